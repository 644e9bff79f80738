"""GitHub's line hash: the first three cases are the vectors that its upload action is tested with; the others are
worked out with whole numbers, without rolling."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envlint.report.linehash import line_hashes, window


def all_hashes(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    found = line_hashes(text, range(1, lines + 1))
    return [found[line] for line in sorted(found)]


@pytest.mark.parametrize(
    ("text", "hashes"),
    [
        ("", ["c129715d7a2bc9a3:1"]),
        (
            " a\nb\n  \t\tc\n d",
            ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
        ),
    ],
)
def test_vectors(text: str, hashes: list[str]) -> None:
    assert all_hashes(text) == hashes


def test_vector_of_equal_lines() -> None:
    found = line_hashes("Lorem ipsum dolor sit amet.\n" * 10, {1, 7})
    assert found == {1: "a7f2ff13bc495cf2:1", 7: "a7f2ff1481e87703:1"}


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_every_line_end_counts_the_same(end: str) -> None:
    text = " a\nb\n\n  \t\tc\n d\n"
    assert all_hashes(text.replace("\n", end)) == all_hashes(text)


def by_definition(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    seen: dict[str, int] = {}
    hashes = []
    for at in range(len(lines)):
        rest = "\n".join(lines[at:]).replace(" ", "").replace("\t", "").encode("utf-16-le")
        units = [int.from_bytes(rest[i : i + 2], "little") for i in range(0, len(rest), 2)]
        units = ([*units, 65535] + [0] * 100)[:100]
        value = f"{sum(unit * 37 ** (99 - i) for i, unit in enumerate(units)) % 2**64:x}"
        seen[value] = seen.get(value, 0) + 1
        hashes.append(f"{value}:{seen[value]}")
    return hashes


@given(st.text(st.sampled_from("ab \t\n\r😀é"), max_size=300))
def test_definition(text: str) -> None:
    assert all_hashes(text) == by_definition(text)


def test_nothing_beyond_the_window_changes_the_value() -> None:
    generator = random.Random(3)
    for _ in range(200):
        text = "".join(generator.choice("ab  \n\t😀") for _ in range(400))
        end = window(text, 0)
        assert line_hashes(text[:end] + "x" * 200, {1}) == line_hashes(text[:end] + "y" * 200, {1})
        assert line_hashes(text, {1}) != line_hashes("z" + text[1:], {1})


def test_long_text_takes_no_longer_than_its_length() -> None:
    text = "WANDB_MODE=offline\n" * 50_000
    assert line_hashes(text, {1, 50_000}).keys() == {1, 50_000}
