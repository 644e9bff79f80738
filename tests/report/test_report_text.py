"""The report for people: whole reports against kept ones, frames against tables."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import at, finding, golden, key, report, sample, source

from envlint.finding import Location, Related, Severity
from envlint.report import Style, load
from envlint.report.glyphs import columns
from envlint.source import Span

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]")
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def text(shown, **style) -> str:
    return "".join(load("text").render(shown, Style(**style)))


def frame(content: str, span: Span | str, width: int = 80, **changes) -> list[str]:
    """The rows between the place and the empty line."""
    where = source("a.sh", content)
    span = at(where, span) if isinstance(span, str) else span
    shown = text(report(finding(where, span, **changes)), width=width, quiet=True)
    return shown.splitlines()[3:-1]


@pytest.mark.parametrize(
    ("name", "style", "cwd"),
    [
        ("wide.txt", {"width": 100}, "/srv/project"),
        ("terminal-60.txt", {"width": 60, "terminal": True}, "/srv/project/src"),
        ("terminal-40.txt", {"width": 40, "terminal": True}, "/srv/project"),
        ("color.txt", {"width": 80, "terminal": True, "color": True}, "/srv/project"),
        ("statistics.txt", {"statistics": True}, "/srv/project"),
    ],
)
def test_whole_report_is_the_kept_one(name: str, style: dict, cwd: str) -> None:
    golden(name, text(sample(cwd), **style))


def test_color_changes_nothing_but_colors() -> None:
    style = {"width": 80, "terminal": True}
    assert ESCAPES.sub("", text(sample(), **style, color=True)) == text(sample(), **style)


@pytest.mark.parametrize(
    ("content", "span", "rows"),
    [
        pytest.param(
            "\tA=\t'x' # é\n", "'x'", [" 1 |     A=    'x' # é", "   |           ^^^"], id="tabs-are-four-columns"
        ),
        pytest.param("値='オフ' x\n", "'オフ'", [" 1 | 値='オフ' x", "   |    ^^^^^^"], id="wide-characters-are-two"),
        pytest.param("e\u0301=x\n", "x", [" 1 | e\u0301=x", "   |   ^"], id="combining-marks-take-no-room"),
        pytest.param(
            "e\u0301=x\n", "\u0301", [" 1 | e\u0301=x", "   | ^"], id="a-mark-on-one-is-seen-under-its-letter"
        ),
        pytest.param("\x1b[31m\x00\x7fx\n", "x", [" 1 | ␛[31m␀␡x", "   |        ^"], id="controls-are-pictures"),
        pytest.param(
            "\u202e\x9b\u00a0x\n",
            "x",
            [" 1 | <U+202E><U+009B><U+00A0>x", "   |                         ^"],
            id="what-is-not-seen-is-named",
        ),
        pytest.param("\udcffx\n", "x", [" 1 | �x", "   |  ^"], id="undecodable-bytes-are-replaced"),
        pytest.param(
            "a=1\r\nA=x\r\nb=2\r\n", "x", [" 1 | a=1", " 2 | A=x", "   |   ^", " 3 | b=2"], id="crlf-ends-no-row"
        ),
        pytest.param("a\rA=x\rb", "x", [" 1 | a", " 2 | A=x", "   |   ^", " 3 | b"], id="a-lone-cr-ends-a-line"),
        pytest.param("A=\nb\n", Span(2, 2), [" 1 | A=", "   |   ^", " 2 | b"], id="an-empty-span-gets-one-caret"),
        pytest.param("A=1\n", Span(4, 4), [" 1 | A=1", " 2 |", "   | ^"], id="the-end-of-the-file"),
        pytest.param("", Span(0, 0), [" 1 |", "   | ^"], id="an-empty-file"),
        pytest.param("\n\nA=x\n\nb\n", "x", [" 3 | A=x", "   |   ^"], id="blank-lines-are-no-context"),
        pytest.param(
            "f(\n  a,\n)\nb\n",
            Span(0, 9),
            [" 1 | f(", "   | ^^", " 2 |   a,", "   |   ^^", " 3 | )", "   | ^", " 4 | b"],
            id="a-span-of-three-lines",
        ),
        pytest.param(
            "f(\n" + "  a,\n" * 9 + ")\n",
            Span(0, 49),
            ["  1 | f(", "    | ^^", "  2 |   a,", "    |   ^^", " ...", " 11 | )", "    | ^"],
            id="of-a-long-one-the-ends",
        ),
    ],
)
def test_frame(content: str, span: Span | str, rows: list[str]) -> None:
    assert frame(content, span) == rows


@pytest.mark.parametrize(
    ("content", "row", "caret"),
    [
        # 40 columns, 5 of them the gutter; of the 35 that are left, each end keeps one for an ellipsis.
        pytest.param("a " * 500 + "A=x" + " b" * 500, "…" + "a " * 7 + "A=x" + " b" * 8 + "…", 17, id="middle"),
        pytest.param("A=x" + "b" * 5000, "A=x" + "b" * 30 + "…", 2, id="start"),
        pytest.param("b" * 5000 + "A=x", "…" + "b" * 30 + "A=x", 33, id="end"),
        pytest.param("値" * 5000 + "x", "…" + "値" * 16 + "x", 33, id="wide"),
        pytest.param("A=x" + "\u0301" * 5000, "A=x" + "\u0301" * 70 + "…", 2, id="without-width"),
    ],
)
def test_long_line_is_cut_around_the_span(content: str, row: str, caret: int) -> None:
    assert frame(content, "x", width=40) == [f" 1 | {row}", f"   | {' ' * caret}^"]


def test_key_is_masked_and_the_carets_stay_with_it() -> None:
    secret = key()
    masked = f"{secret[:4]}…(40 characters)"
    assert frame(f"A={secret} B=x\n", secret) == [f" 1 | A={masked} B=x", f"   |   {'^' * len(masked)}"]
    assert frame(f"A={secret} B=x\n", "x") == [f" 1 | A={masked} B=x", f"   |   {' ' * len(masked)}   ^"]


def test_key_over_two_lines_shows_its_beginning_once() -> None:
    secret = key()
    content = f'A="{secret[:20]}\\\n{secret[20:]}" B=x\n'
    where = source("a.sh", content)
    spans = (Span(3, content.index('" B')),)
    shown = text(report(finding(where, at(where, "x")), secrets={where: spans}), quiet=True)
    assert shown.splitlines()[3:-1] == [
        f' 1 | A="{secret[:4]}…(42 characters)',
        ' 2 | …" B=x',
        "   |      ^",
    ]


def test_pieces_of_a_key_show_none_of_their_characters() -> None:
    secret = key()
    where = source("a.sh", f"A='{secret[:20]}'\"{secret[20:]}\" B=x\n")
    pieces = (at(where, secret[:20]), at(where, secret[20:]))
    shown = text(report(finding(where, at(where, "x")), secrets={where: pieces}), quiet=True)
    assert " 1 | A='…(20 characters)'\"…(20 characters)\" B=x\n" in shown


def test_related_place_on_the_same_line_and_in_another_file() -> None:
    where = source("a.sh", "A=old; A=new\n")
    other = source("sub/b.sh", "x\nB=y\n")
    related = (
        Related(Location(where, at(where, "old")), "first here"),
        Related(Location(other, at(other, "y")), "read here"),
    )
    shown = text(report(finding(where, at(where, "new"), related=related)), quiet=True)
    assert shown.splitlines()[1:-1] == [
        "  --> a.sh:1:10",
        "   |",
        " 1 | A=old; A=new",
        "   |          ^^^",
        "   |   --- first here",
        "  ::: sub/b.sh:2:3",
        "   |",
        " 2 | B=y",
        "   |   - read here",
    ]


def test_related_place_that_the_cut_leaves_out_is_told_by_its_column() -> None:
    where = source("a.sh", "A=old; " + "x " * 100 + "A=new\n")
    related = (Related(Location(where, at(where, "old")), "first here"),)
    shown = text(report(finding(where, at(where, "new"), related=related)), width=60, quiet=True)
    assert "   | column 3: first here\n" in shown


def test_label_goes_below_where_it_finds_no_room() -> None:
    where = source("a.sh", " " * 25 + "A=new B=old\n")
    related = (Related(Location(where, at(where, "old")), "the same variable is set here"),)
    shown = text(report(finding(where, at(where, "new"), related=related)), width=44, terminal=True, quiet=True)
    assert shown.splitlines()[-3:-1] == [
        "   | " + " " * 33 + "---",
        "   | " + " " * 10 + "the same variable is set here",
    ]


def test_terminal_shows_fifty_findings_of_a_rule() -> None:
    where = source("a.sh", "x\n" * 60)
    many = [finding(where, Span(2 * line, 2 * line + 1), message=f"number {line}") for line in range(60)]
    assert "number 49" in text(report(*many), terminal=True)
    assert "number 50" not in text(report(*many), terminal=True)
    assert "invalid-value: 10 more of 60 findings; --verbose shows them all.\n" in text(report(*many), terminal=True)
    assert "number 59" in text(report(*many), terminal=True, verbose=True)
    assert "number 59" in text(report(*many))
    assert "Found 60 errors in 12 files.\n" in text(report(*many), terminal=True)


@pytest.mark.parametrize(
    ("severities", "changes", "expected"),
    [
        ((), {}, "No problems found in 12 files.\n"),
        ((), {"files": 1}, "No problems found in 1 file.\n"),
        ((), {"suppressed": 2}, "No problems found in 12 files (2 suppressed).\n"),
        ((Severity.ERROR,) * 3 + (Severity.WARNING,), {}, "Found 3 errors, 1 warning in 12 files.\n"),
        ((Severity.NOTE,) * 2, {"suppressed": 2}, "Found 2 notes in 12 files (2 suppressed).\n"),
    ],
)
def test_summary(severities, changes, expected: str) -> None:
    where = source("a.sh", "x\n")
    found = [finding(where, Span(0, 1), severity=severity) for severity in severities]
    assert "".join(load("text").summary(report(*found, **changes))) == expected


def test_quiet_has_no_summary() -> None:
    assert text(report(), quiet=True) == ""


def test_hostile_words_and_paths_reach_no_terminal() -> None:
    where = source("a\x1b]0;x\x07\nb.sh", "x\n")
    shown = text(report(finding(where, Span(0, 1), message="\x1b[2J\r\nfake", help="\x9b2J\u202e")))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)
    assert "error[invalid-value]: ␛[2J␍␊fake\n" in shown
    assert " --> a␛]0;x␇␊b.sh:1:1\n" in shown


def test_notebook_cell_and_commit_are_named() -> None:
    where = source("a.ipynb", "x\n")
    shown = text(report(finding(where, Span(0, 1), cell=4, commit="0123456789abcdef0123456789abcdef01234567")))
    assert "  --> a.ipynb:1:1 (cell 4) (commit 0123456789ab)\n" in shown


@pytest.mark.parametrize("length", [34, 35, 36, 37])
def test_a_mark_behind_a_line_is_drawn_in_the_width(length: int) -> None:
    where = source("a.sh", "0" * length)
    rows = text(report(finding(where, Span(length, length), message="m")), width=40, quiet=True).splitlines()
    assert all(columns(row) <= 40 for row in rows)
    assert any("^" in row for row in rows)


@given(st.text(max_size=300), st.data(), st.integers(40, 120))
def test_any_text_is_drawn_in_the_width(content: str, data: st.DataObject, width: int) -> None:
    where = source("a.sh", content.encode("utf-8", "replace").decode())
    start = data.draw(st.integers(0, len(where.text)))
    span = Span(start, data.draw(st.integers(start, len(where.text))))
    rows = text(report(finding(where, span, message="m")), width=width, quiet=True).splitlines()
    assert all(columns(row) <= width for row in rows)
    assert not any(CONTROL.search(row) for row in rows)
    assert any("^" in row for row in rows)


def test_long_file_and_line_take_no_longer_than_their_length() -> None:
    line = source("a.sh", "A=x " * 50_000)
    shown = text(report(*(finding(line, Span(4 * n + 2, 4 * n + 3)) for n in range(2_000))), width=80)
    assert shown.count("^") == 2_000
