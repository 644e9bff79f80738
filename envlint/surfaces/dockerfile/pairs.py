"""The names and values in an ENV and an ARG, and the options of a RUN: how they are written, not what they mean."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from envlint.source import Span
from envlint.surfaces.dockerfile.lines import Instruction
from envlint.surfaces.dockerfile.words import split

_BLANKS = re.compile(r"[\t\v\f\r ]+")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Refused(Exception):
    """BuildKit does not accept the instruction; the message says why, in words that follow `because`."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A name and a value in an instruction's text: where it starts, where the name ends, where the value begins (at
    the name's end: there is none) and ends."""

    start: int
    name_end: int
    value: int
    end: int


def pairs(instruction: Instruction) -> Iterator[Pair]:
    """The pairs of an ENV. Raises Refused."""
    text, start = instruction.text, instruction.arguments
    words = list(split(text, start, instruction.escape))
    if words and "=" not in text[slice(*words[0])]:
        blanks = _BLANKS.search(text, start)
        if blanks is None:
            raise Refused("ENV takes a name and a value")
        yield Pair(start, blanks.start(), blanks.end(), len(text))
        return
    found = [pair_of(instruction, *word) for word in words]
    if not found or any(pair.value == pair.name_end for pair in found):
        raise Refused("ENV takes pairs of a name and a value with a `=` between, and no comment behind them")
    yield from found


def pair_of(instruction: Instruction, start: int, end: int) -> Pair:
    """The pair that a word is; without a `=` it is a name alone."""
    equals = instruction.text.find("=", start, end)
    return Pair(start, end, end, end) if equals < 0 else Pair(start, equals, equals + 1, end)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret of the build that a RUN has in its environment: under which name, and where that is written."""

    name: str
    span: Span
    name_span: Span


def secrets_of(instruction: Instruction) -> Iterator[Secret]:
    """`--mount=type=secret,id=...,env=NAME` (Dockerfile reference, RUN --mount=type=secret)."""
    start = instruction.start + len(instruction.keyword)
    if "env=" not in instruction.text[start : instruction.arguments]:
        return
    for first, end in split(instruction.text[: instruction.arguments], start, instruction.escape):
        word = instruction.text[first:end]
        if not word.startswith("--mount="):
            continue
        options = dict(field.partition("=")[::2] for field in _fields(word.removeprefix("--mount=")))
        name = options.get("env", "")
        if options.get("type") == "secret" and _ENV_NAME.fullmatch(name):
            at = first + max(word.rfind("env=" + name), 0) + len("env=")
            yield Secret(name, instruction.place(first, end), instruction.place(at, at + len(name)))


def _fields(text: str) -> list[str]:
    """The fields of a mount, which BuildKit reads as one line of CSV; none where it is no such line."""
    try:
        return next(csv.reader([text]), [])
    except csv.Error:
        return []
