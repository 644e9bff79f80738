"""The places of one key in the report for people: one is shown in full, the others are listed beneath it."""

from __future__ import annotations

import random

import pytest
from made_up import at, finding, golden, key, report, source

from envlint.engine import judge_files
from envlint.finding import Edit, Fix, Location, Related, Severity, Suppressed
from envlint.packs import load_builtin
from envlint.report import FORMATS, Style, load
from envlint.report.text import MOST_PER_RULE
from envlint.source import Span

PACKS = (load_builtin("wandb"),)
LINES = source("a.sh", "".join(f"WANDB_API_KEY={key(line)}\n" for line in range(300)))
OTHER = source("b/c.sh", f"echo 1\nWANDB_API_KEY={key(0)}\n")


def place(line: int, where=LINES, **changes):
    start = where.line_span(line).start + len("WANDB_API_KEY=")
    words = {"rule": "committed-api-key", "message": "a key is written here", "help": "revoke it", "group": 0}
    return finding(where, Span(start, start + 40), **{**words, **changes})


def text(*findings, **style) -> str:
    secrets = {LINES: [at(LINES, key(line)) for line in range(300)], OTHER: [at(OTHER, key(0))]}
    return "".join(load("text").render(report(*findings, secrets=secrets), Style(**style)))


def heads(output: str) -> list[str]:
    return [line.split("--> ")[1] for line in output.splitlines() if "--> " in line]


def listed(output: str) -> list[list[str]]:
    """The places in each list."""
    lists = output.split("the same key also stands at:\n")[1:]
    return [[line.strip() for line in one.split("\n\n")[0].splitlines()] for one in lists]


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("groups.txt", {}),
        ("groups-40.txt", {"width": 40, "terminal": True}),
        ("groups-color.txt", {"width": 60, "terminal": True, "color": True, "quiet": True}),
    ],
)
def test_whole_report_is_the_kept_one(name: str, style: dict) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    found = [
        place(1),
        place(2, group=1),
        place(3),
        place(4, cell=7),
        place(2, OTHER, commit=commit),
        place(5, group=None),
    ]
    golden(name, text(*found, **style))


@pytest.mark.parametrize(
    ("changes", "lists"),
    [
        ({}, [["a.sh:2:15"]]),
        ({"message": "a key is written here, too"}, [["a.sh:2:15"]]),
        ({"variable": None, "form": "dotenv"}, [["a.sh:2:15"]]),
        ({"group": 1}, []),
        ({"group": None}, []),
        ({"rule": "incompatible-key"}, []),
        ({"help": "take the file out of the repository"}, []),
        ({"suppressed": Suppressed("comment", "rotated")}, []),
        ({"related": (Related(Location(LINES, Span(0, 3)), "pinned here"),)}, []),
        ({"fix": Fix("take it out", (Edit(LINES, Span(0, 3), ""),), safe=True)}, []),
    ],
)
def test_what_is_told_together(changes: dict, lists: list[list[str]]) -> None:
    output = text(place(1), place(2, **changes))
    assert listed(output) == lists
    assert heads(output) == ["a.sh:1:15"] + ["a.sh:2:15"] * (not lists)


def test_projects_number_their_keys_apart() -> None:
    far = source("a.sh", f"WANDB_API_KEY={key(9)}\n", "/srv/other")
    assert listed(text(place(1), place(1, far))) == []


def test_each_place_counts() -> None:
    assert "Found 3 errors in" in text(*(place(line) for line in (1, 2, 3)))


@pytest.mark.parametrize(
    ("keys", "firsts", "others", "more"),
    [
        # The number of places of each key; of how many keys the first is shown, how many others, and what is told.
        ([60], 1, 49, ["and 10 more places"]),
        ([MOST_PER_RULE], 1, 49, []),
        ([51], 1, 49, ["and 1 more place"]),
        ([100, 1, 2], 3, 47, ["and 52 more places", "the same key stands at 1 other place"]),
        ([2] * 60, 50, 0, ["the same key stands at 1 other place"] * 50),
        ([2] * 30, 30, 20, ["the same key stands at 1 other place"] * 10),
    ],
)
def test_terminal_shows_fifty_places_of_a_rule_and_every_key_first(
    keys: list[int], firsts: int, others: int, more: list[str]
) -> None:
    groups = [group for group, count in enumerate(keys) for _ in range(count)]
    found = [place(line, group=group) for line, group in enumerate(groups, 1)]
    output = text(*found, terminal=True, width=80)
    told = [place for one in listed(output) for place in one if place.startswith("a.sh:")]
    assert (len(heads(output)), len(told)) == (firsts, others)
    assert [line for line in more if line not in output] == []
    assert sum(output.count(line) for line in set(more)) == len(more)
    rest = len(found) - MOST_PER_RULE
    sentence = f"committed-api-key: {rest} more of {len(found)} findings; --verbose shows them all.\n"
    assert (sentence in output) == (rest > 0)
    assert f"Found {len(found)} errors" in output
    for whole in (text(*found), text(*found, terminal=True, width=80, verbose=True)):
        assert len(heads(whole)) + sum(map(len, listed(whole))) == len(found)


@pytest.mark.parametrize("format", sorted(FORMATS.keys() - {"text"}))
def test_other_formats_tell_a_place_a_place_and_nothing_of_the_group(format: str) -> None:
    def rendered(group: int | None) -> str:
        found = (place(1, group=group), place(2, group=group), place(2, OTHER, group=group))
        return "".join(load(format).render(report(*found), Style()))

    assert rendered(0) == rendered(None)


def test_the_engine_numbers_keys_as_they_are_met() -> None:
    one, two = ("".join(random.Random(seed).choices("0123456789abcdef", k=40)) for seed in (1, 2))
    files = {
        "a.env": f"WANDB_API_KEY={one}\nWANDB_MODE=ofline\n",
        "b.py": f"import wandb\nwandb.login(key='{two}')\nwandb.login(key='{one[:9]}' '{one[9:]}')\n",
        "c.env": f"WANDB_API_KEY={two}\n",
    }
    found = judge_files(files, PACKS)
    assert [
        (
            finding.location.source.path,
            finding.location.source.position(finding.location.span.start).line,
            finding.group,
        )
        for finding in found
        if finding.rule in ("committed-api-key", "invalid-value")
    ] == [("a.env", 1, 0), ("a.env", 2, None), ("b.py", 2, 1), ("b.py", 3, 0), ("c.env", 1, 1)]
    assert all(finding.severity == Severity.ERROR for finding in found if finding.group is not None)
