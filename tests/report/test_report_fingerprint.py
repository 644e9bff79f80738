"""What changes a fingerprint, and what does not."""

from __future__ import annotations

import pytest
from made_up import at, finding, key, source

from envlint.finding import Finding
from envlint.fingerprint import fingerprints
from envlint.source import Source, Span

TEXT = "export A=1\nexport WANDB_MODE=ofline  # x\nexport B=2\n"


def one(text: str, needle: str, path: str = "a.sh", secrets: tuple[str, ...] = (), **changes) -> str:
    where = source(path, text)
    spans: dict[Source, tuple[Span, ...]] = {where: tuple(at(where, secret) for secret in secrets)}
    (found,) = fingerprints([finding(where, at(where, needle), **changes)], spans)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "# new\n\n" + TEXT,
        TEXT.replace("A=1", "A=2"),
        TEXT + "more\n",
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("  # x", "\t# x "),
        "    " + TEXT.replace("\n", "\n    "),
    ],
)
def test_other_lines_and_blanks_do_not_matter(text: str) -> None:
    assert one(text, "ofline") == one(TEXT, "ofline")


def test_line_rule_path_and_variable_matter() -> None:
    others = [
        one(TEXT.replace("ofline", "onlin"), "onlin"),
        one(TEXT.replace("# x", "# y"), "ofline"),
        one(TEXT, "ofline", path="b.sh"),
        one(TEXT, "ofline", rule="deprecated-value"),
        one(TEXT, "ofline", variable="WANDB_RESUME"),
        one(TEXT, "ofline"),
    ]
    assert len(set(others)) == len(others)


def test_message_severity_and_confidence_do_not() -> None:
    assert one(TEXT, "ofline", message="other words") == one(TEXT, "ofline")


@pytest.mark.parametrize("length", [40, 86])
def test_key_does_not_matter_nor_its_length(length: int) -> None:
    first, second = key(1), key(2, length)
    assert one(f"K={first} # x\n", first) == one(f"K={second} # x\n", second)
    assert one(f"K={first} A=ofline\n", "ofline") == one(f"K={second} A=ofline\n", "ofline")


def test_pieces_of_a_key_do_not_matter() -> None:
    def pieces(seed: int) -> str:
        secret = key(seed)
        text = f"K='{secret[:15]}'\"{secret[15:]}\" A=ofline\n"
        return one(text, "ofline", secrets=(secret[:15], secret[15:]))

    assert pieces(1) == pieces(2)


def test_equal_findings_are_numbered_in_the_order_of_the_text() -> None:
    where = source("a.sh", "A=x\nB=y\nA=x\n")
    first, second = (finding(where, at(where, "x", nth)) for nth in (0, 1))
    forwards: list[Finding] = [first, second]
    prints = fingerprints(forwards, {})
    assert prints[0] != prints[1]
    assert fingerprints(forwards[::-1], {}) == prints[::-1]
    assert prints[0] == fingerprints([first], {})[0]


def test_very_long_line_is_read_near_the_finding_only() -> None:
    far, near = "x " * 5000, "y " * 50
    assert one(f"{far}{near * 3}A=ofline{near * 3}{far}", "ofline") == one(
        f"z{far}{near * 3}A=ofline{near * 3}{far}z", "ofline"
    )


def test_path_that_is_no_text() -> None:
    assert one(TEXT, "ofline", path="\udcff.sh") != one(TEXT, "ofline", path="\udcfe.sh")


def test_many_findings_on_one_long_line() -> None:
    where = source("a.sh", "A=x " * 20_000)
    many = [finding(where, Span(4 * n + 2, 4 * n + 3)) for n in range(20_000)]
    assert len(set(fingerprints(many, {}))) == len(many)


def test_a_file_named_for_a_key_tells_nothing_of_it() -> None:
    names = [f"{key(1)[:4]}{key(seed)[4:]}.env" for seed in (1, 2)]
    assert one(TEXT, "ofline", path=names[0]) == one(TEXT, "ofline", path=names[1])
    assert one(TEXT, "ofline", path=names[0]) != one(TEXT, "ofline", path="a.env")
