"""The order of versions is that of PEP 440, where releases need it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from envlint.versions import age

IN_ORDER = ("0.9.7", "0.10.0.dev1", "0.10", "0.10.post1", "0.10.0.1", "0.12.3", "0.12.21", "0.31.0rc1", "0.31", "v1.0")


@pytest.mark.parametrize(("older", "newer"), list(pairwise(IN_ORDER)))
def test_each_is_older_than_the_next(older: str, newer: str) -> None:
    first, second = age(older), age(newer)
    assert first is not None
    assert second is not None
    assert first < second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0.19", "0.19.0"),
        ("0.19.0", "v0.19.0"),
        ("1.0+cu118", "1.0"),
        ("0.31.0rc1", "0.31.0rc2"),
        ("1.0-1", "1.0.post1"),
    ],
)
def test_these_are_of_one_age(one: str, other: str) -> None:
    assert age(one) == age(other) is not None


@pytest.mark.parametrize(
    "text", ["", " 0.31.0", "0.31.0 ", "latest", ">=0.31", "0.31.*", "0..1", "1." * 20, "9" * 10, "٣.1"]
)
def test_these_are_no_versions(text: str) -> None:
    assert age(text) is None
