"""What holds of every loader's reading, whatever the text, and of the fix that makes all of them agree."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envlint.checks.loading import portable
from envlint.config import Config
from envlint.engine import judge_files
from envlint.finding import Finding
from envlint.fix import fixed
from envlint.loaders import LOADERS, read
from envlint.packs import load_builtin
from envlint.source import Source

TEXTS = st.text(
    st.sampled_from("AB=#'\"\\ \t\n\r${}:-x.`;&~\0\u00a0\u2028\u00e9\udcff") | st.characters(exclude_categories=["Cs"]),
    max_size=60,
)
SUBSETS = st.lists(st.sampled_from(list(LOADERS)), min_size=1, unique=True)
RULE = "loader-dependent-value"
PACK = load_builtin("wandb")


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from(["", "\ufeff"]))
def test_no_text_raises_and_spans_lie_in_it(text: str, mark: str) -> None:
    source = Source(".env", (mark + text).encode("utf-8", "surrogateescape"))
    size = len(source.text)
    for loader in LOADERS:
        reading = read(loader, source)
        for entry in reading.entries:
            assert 0 <= entry.span.start <= entry.name_span.start <= entry.name_span.end <= entry.span.end <= size
            assert 0 <= entry.value_span.start <= entry.value_span.end <= size
            for piece in entry.value.literals():
                assert piece.span is not None
                assert 0 <= piece.span.start < piece.span.end <= size
        for lost in (*reading.lost, *filter(None, [reading.refused])):
            assert 0 <= lost.span.start <= lost.span.end <= size


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab1_./:@%,+=- #'\"\\$`~!{}()[]*?;&|<>\t\n\u00e9"), max_size=12), SUBSETS)
def test_what_is_called_portable_is_read_alike(text: str, loaders: list[str]) -> None:
    quotes = portable(text, loaders)
    if quotes is None:
        return
    written = Source(".env", f"A=1\nK={quotes}{text}{quotes}\nL=2\n".encode())
    for loader in loaders:
        entry = read(loader, written).last("K")
        assert entry is not None
        assert entry.value.text == text, loader


def test_plain_words_are_portable_to_all() -> None:
    assert portable("https://wandb.example.org:8080/a,b+c=d%20@x_1.-", list(LOADERS)) == ""
    assert portable("first try", ["docker", "bash"]) is None
    assert portable("first try", ["docker", "systemd", "python-dotenv"]) == ""
    assert portable("first try", ["bash", "direnv", "python-dotenv"]) == "'"


def findings(text: str, loaders: list[str]) -> tuple[Finding, ...]:
    config = Config(loaders=tuple(loaders))
    return tuple(one for one in judge_files({".env": text}, (PACK,), config) if one.rule == RULE)


LINES = st.sampled_from(
    [
        *(
            '"v"',
            "'v'",
            '"a b"',
            "'a b'",
            " v",
            "a b",
            "v ",
            "v # c",
            "v #c",
            "a#c",
            '"v" # c',
            "'a # b'",
            '"a"b',
            "a;b",
            "off'line'",
            'a"b c" # d',
            "a$b",
        ),
        *(
            "",
            '""',
            '"a\\nb"',
            "${A}",
            "'${A}'",
            "$A",
            "~/x",
            '{"a": 1}',
            "`c`",
            "'a\nb'",
            "a\\\nb",
            "v\t",
            "  ",
            "# c",
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(LINES, st.sampled_from(["{}={}", "export {}={}", "{} = {}", "{} ={}", "  {}={}", "'{}'={}"]), SUBSETS)
def test_a_fix_removes_its_finding_and_adds_none(value: str, shape: str, loaders: list[str]) -> None:
    text = "A=1\n" + shape.format("WANDB_NOTES", value) + "\nWANDB_NAME=x\n"
    found = findings(text, loaders)
    for source, after in fixed(found).items():
        assert source.text == text
        assert findings(after, loaders) == ()


@pytest.mark.parametrize(
    ("line", "loaders", "alike"),
    [
        ('WANDB_NAME="a"', ["docker"], "WANDB_NAME=a"),
        ("export WANDB_NAME=a", ["systemd"], "WANDB_NAME=a"),
        ("WANDB_NAME=a #b", ["systemd"], "#b\nWANDB_NAME=a"),
        ("WANDB_NAME=a b", ["bash"], "WANDB_NAME='a b'"),
        ("WANDB_NAME=a$b", ["bash", "compose"], "WANDB_NAME='a$b'"),
        # What python-dotenv reads can't be written for all; what another one reads can.
        ("WANDB_MODE=off'line'", ["bash"], "WANDB_MODE=offline"),
        ('WANDB_MODE="off"line # why', ["bash"], "# why\nWANDB_MODE=offline"),
        # Nor can what either of them reads.
        ('WANDB_NOTES="a b"', ["docker", "bash"], None),
    ],
)
def test_the_line_that_all_read_alike(line: str, loaders: list[str], alike: str | None) -> None:
    found = findings(f"{line}\n", loaders)
    assert len(found) == 1
    assert list(fixed(found).values()) == ([f"{alike}\n"] if alike is not None else [])


@pytest.mark.parametrize("length", [12, 40])
def test_a_key_is_not_in_what_is_said_of_it(length: int) -> None:
    key = "".join(random.Random(7).choices("0123456789abcdef", k=length))
    for line in (
        f"WANDB_API_KEY= {key}",
        f"WANDB_API_KEY={key} {key}",
        f'WANDB_API_KEY="{key}"',
        f"export WANDB_API_KEY={key} # {key}",
        f"WANDB_API_KEY = '{key}'",
    ):
        found = findings(line + "\n", list(LOADERS))
        assert [one.variable for one in found] == ["WANDB_API_KEY"]
        edits = [edit.text for one in found for edit in (one.fix.edits if one.fix else ())]
        assert not any(key[4:9] in text for text in (*(one.message for one in found), *edits))


# bash and python-dotenv are read by surfaces, which have this test of their own.
@pytest.mark.parametrize("loader", [name for name in LOADERS if name not in ("bash", "python-dotenv")])
@pytest.mark.parametrize(
    "piece",
    [
        'A="',
        "'",
        "A='\n",
        "A='\\'\n",
        "${",
        "A=${A}${A}\n",
        " ",
        "\\",
        "A=x #",
        "\n",
        "'a' b\n",
        "=",
        "A='x' ",
        "A:\n",
        "#\n",
    ],
)
def test_hostile_texts_take_time_in_proportion_to_their_length(piece: str, loader: str) -> None:
    # Worse than linear would be many minutes at this length; the bound leaves room for a slow machine.
    source = Source(".env", ("A=" + piece * (60_000 // len(piece))).encode())
    start = time.monotonic()
    read(loader, source)
    assert time.monotonic() - start < 10
