"""Single patterns: what they ignore. The whole of git's rules is held against git in the differential tests."""

from __future__ import annotations

import time

import pytest

from envlint.ignore import Ignores, parse, parse_globs


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("foo", "foo", True),
        ("foo", "a/foo", True),
        ("foo", "foo/a", None),
        ("/foo", "a/foo", None),
        ("a/foo", "b/a/foo", None),
        ("*.py[cod]", "a/x.pyc", True),
        ("*.py[cod]", "a/x.py", None),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**", "a", None),
        ("a/**", "a/b/c", True),
        ("**/b", "b", True),
        ("a*c", "a/c", None),
        ("a?c", "a/c", None),
        ("a[!x]c", "a/c", None),
        ("[[:upper:]]*", "Ab", True),
        ("[[:upper:]]*", "ab", None),
        ("[a", "[a", None),
        ("a\\", "a\\", None),
        ("\\#a", "#a", True),
        ("#a", "#a", None),
        ("\\!a", "!a", True),
        ("a ", "a", True),
        ("a\\ ", "a ", True),
        ("a\t", "a", None),
        ("a\t", "a\t", True),
        ("!a", "a", False),
        ("?", "é", None),
        ("??", "é", True),
        ("*", "a\nb", True),
        ("foo**/bar", "foobar", True),
        ("foob**/bar", "foob/x/bar", True),
        ("foo[b]**/bar", "foob/x/bar", None),
        ("a/**\\/b", "a/b", None),
        ("a/**\\/b", "a/x/b", True),
        ("", "", None),
        ("/", "a", None),
    ],
)
def test_a_pattern_and_a_file(pattern: str, path: str, ignored: bool | None) -> None:
    assert parse(pattern.encode()).ignores(path, directory=False) is ignored


def test_a_slash_at_the_end_wants_a_folder() -> None:
    patterns = parse(b"foo/\n")
    assert patterns.ignores("a/foo", directory=True) is True
    assert patterns.ignores("a/foo", directory=False) is None


def test_the_last_pattern_that_matches_decides() -> None:
    patterns = parse(b"*.sh\n!a.sh\n/a.sh\n")
    assert [patterns.ignores(path, directory=False) for path in ("a.sh", "x/a.sh", "b.sh", "c")] == [
        True,
        False,
        True,
        None,
    ]


def test_a_deeper_file_decides_before_an_outer_one() -> None:
    outer = Ignores(parse(b"*.sh\n!keep.sh\n"))
    inner = Ignores(parse(b"!a.sh\nkeep.sh\n"), "sub/", outer)
    assert not inner.ignores("sub/a.sh", directory=False)
    assert inner.ignores("sub/keep.sh", directory=False)
    assert inner.ignores("sub/b.sh", directory=False)
    assert not inner.ignores("sub/c", directory=False)


def test_line_ends_marks_and_nul_are_git_s() -> None:
    lines = parse(b"\xef\xbb\xbfa\r\n\r\nb\0c\n# d\nlast").lines
    assert [line.text for line in lines] == ["a", "b", "last"]


def test_globs_are_patterns() -> None:
    patterns = parse_globs(["old/", "*.tmp"])
    assert patterns.ignores("a/old", directory=True)
    assert patterns.ignores("a/b.tmp", directory=False)


@pytest.mark.parametrize(
    "pattern",
    ["*a" * 100 + "b", "*a*/" * 100 + "b", "**/a/" * 100 + "b", "a*" * 3 + "b", "**/" * 500 + "b", "[a-z]*" * 80 + "0"],
)
def test_matching_takes_no_more_than_pattern_times_path(pattern: str) -> None:
    paths = ["a" * 250, "/".join(["a" * 250] * 16), "/".join("a" * 2_000)]
    started = time.process_time()
    assert [parse(pattern.encode()).ignores(path, directory=False) for path in paths] == [None] * 3
    assert time.process_time() - started < 30
