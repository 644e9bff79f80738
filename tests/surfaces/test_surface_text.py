"""The text surface: one line of text -> the settings taken from it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envlint.facts import FILE, Wanted
from envlint.source import Source
from envlint.surfaces.text import read

WANTED = Wanted(needles=("WANDB",))


def settings(text: str) -> list[tuple[str, str | None]]:
    facts = read(Source("x.txt", text.encode("utf-8", "surrogatepass")), WANTED)
    return [(binding.variable, binding.value.text) for binding in facts.bindings()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WANDB_MODE=offline", [("WANDB_MODE", "offline")]),
        ("WANDB_MODE = offline", [("WANDB_MODE", "offline")]),
        ("WANDB_MODE: offline", [("WANDB_MODE", "offline")]),
        ("  - WANDB_MODE=offline", [("WANDB_MODE", "offline")]),
        ('"WANDB_MODE": "offline",', [("WANDB_MODE", "offline")]),
        ('{"WANDB_MODE":"offline"}', [("WANDB_MODE", "offline")]),
        ("{'WANDB_MODE': 'offline', 'WANDB_NAME': 'x'}", [("WANDB_MODE", "offline"), ("WANDB_NAME", "x")]),
        ("ENV WANDB_MODE=offline WANDB_NAME=x", [("WANDB_MODE", "offline"), ("WANDB_NAME", "x")]),
        ("f(WANDB_MODE=offline, b=1)", [("WANDB_MODE", "offline")]),
        ('WANDB_NAME="a b"', [("WANDB_NAME", None)]),
        ("WANDB_NAME=$X", [("WANDB_NAME", None)]),
        ("WANDB_NAME: {{ name }}", [("WANDB_NAME", None)]),
        ("WANDB_NAME=<your name>", [("WANDB_NAME", None)]),
        ("é WANDB_MODE=ö", [("WANDB_MODE", "ö")]),
        ("OTHER=x", []),
        ("OTHER=WANDB", []),
        ("WANDB_MODE", []),
        ("WANDB_MODE=", []),
        ("WANDB_MODE=\noffline", []),
        ("WANDB_MODE == offline", []),
        ("WANDB_MODE:offline", []),
        ("${WANDB_MODE:-offline}", []),
        ("$WANDB_MODE=x", []),
        ("'WANDB_MODE=offline", []),
        ("wandb.MODE=x", []),
    ],
)
def test_a_line(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert settings(text) == expected


def test_spans_cover_name_value_and_both() -> None:
    source = Source("x.json", '# é\n{"WANDB_MODE": "offline"}\n'.encode())
    (binding,) = read(source, WANTED).bindings()
    assert source.slice(binding.span) == '"WANDB_MODE": "offline"'
    assert source.slice(binding.name_span) == "WANDB_MODE"
    assert source.slice(binding.value_span) == '"offline"'
    assert [source.slice(part.span) for part in binding.value.literals() if part.span] == ["offline"]
    assert (binding.form, binding.scope) == ("text", FILE)


def test_the_only_scope_is_the_file() -> None:
    facts = read(Source("x", b"WANDB_MODE=a\n"), WANTED)
    assert [(scope.kind, scope.parent) for scope in facts.scopes] == [("file", None)]
    assert facts.unreadable == ()


def test_quoted_text_beyond_a_blank_is_known_in_part() -> None:
    (binding,) = read(Source("x", b'WANDB_NOTES="first try"'), WANTED).bindings()
    assert list(binding.value.fragments()) == ["first"]
    assert binding.value.possible() == ()


@given(st.text(alphabet="WANDB_=:\"' \t\n\r$x\0é", max_size=200))
def test_whatever_stands_there_its_literals_are_what_is_written(text: str) -> None:
    source = Source("x", text.encode())
    for binding in read(source, WANTED).bindings():
        assert source.slice(binding.name_span) == binding.variable
        assert binding.name_span in binding.span
        assert binding.value_span in binding.span
        for part in binding.value.literals():
            assert part.span is not None
            assert source.slice(part.span) == part.text


@pytest.mark.parametrize(
    "piece", ["WANDB_A ", "WANDB_A=", "WANDB_A" + " " * 50, '"WANDB_A', "W", "WANDB_A= \t", "WANDB_A:="]
)
def test_time_grows_with_length_alone(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        started = time.process_time()
        read(Source("x", text.encode()), WANTED)
        return time.process_time() - started

    seconds(1_000)
    assert seconds(800_000) < 30 * max(seconds(100_000), 0.01)
