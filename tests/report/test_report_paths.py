"""Paths as reports write them."""

from __future__ import annotations

import random
from urllib.parse import quote

import pytest

from envlint.report.paths import near, portable, uri


@pytest.mark.parametrize(
    ("root", "path", "cwd", "shown"),
    [
        ("/p", "a/b.py", "/p", "a/b.py"),
        ("/p", "a/b.py", "/p/a", "b.py"),
        ("/p", "a/b.py", "/p/c", "../a/b.py"),
        ("/p", "a.py", "/", "p/a.py"),
        (".", "a.py", "/p", "a.py"),
        ("/p", "a\udcff%b.py", "/p", "a%FF%b.py"),
    ],
)
def test_near(root: str, path: str, cwd: str, shown: str) -> None:
    assert near(root, path, cwd) == shown


def test_portable_is_utf8() -> None:
    assert portable("é\udc80\ud800").encode("utf-8") == "é%80�".encode()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a b/ü.py", "a%20b/%C3%BC.py"),
        ("a:b?#[%].py", "a%3Ab%3F%23%5B%25%5D.py"),
        ("a\udcff", "a%FF"),
        ("a\n\x1b", "a%0A%1B"),
        ("a\ud800", "a%ED%A0%80"),
    ],
)
def test_uri(path: str, expected: str) -> None:
    assert uri(path) == expected


def test_a_key_in_a_path_is_masked_in_every_spelling() -> None:
    key = "".join(random.Random(1).choices("0123456789abcdef", k=40))
    masked = f"{key[:4]}…(40 characters)"
    assert portable(f"a/{key}.env") == f"a/{masked}.env"
    assert near("/srv", f"a/local-{key}/b.py", "/srv") == "a/loca…(46 characters)/b.py"
    assert uri(f"a/{key}.env") == f"a/{quote(masked)}.env"
    assert portable("a/0123456789/b.py") == "a/0123456789/b.py"
