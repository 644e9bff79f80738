"""A command's words once they are expanded: options, settings and lists among them.

Owns how `name=value` and option values are found in words. It must not know any program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from envlint.source import Span
from envlint.value import Literal, Part, Value


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Arg:
    """A word of a command: its value, the text that it is if all outer names are unset, where it stands, how
    it is written, and whether it stays one word whatever its value."""

    value: Value
    text: str | None
    span: Span
    raw: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Setting:
    """`name=value` given to a program. `passed`: only the name is written, and the shell's own value is passed."""

    name: str
    value: Value
    span: Span
    name_span: Span
    value_span: Span
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file of settings that an option names, and who reads it."""

    path: Value
    loader: str
    span: Span


@dataclass
class Started:
    """A program that a command starts: `at` indexes its first word, behind all wrappers. No program: only
    wrappers, or a builtin behind `command`."""

    at: int
    program: str = ""
    settings: list[Setting] = field(default_factory=list)
    removed: list[tuple[str, Span]] = field(default_factory=list)
    loaded: list[Loaded] = field(default_factory=list)
    clears: bool = False


_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?==)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def closed_text(value: Value) -> str | None:
    """The text that a value is if all outer names are unset, or None."""
    match value.parts:
        case ():
            return ""
        case (Literal(text),):
            return text
    return value.unset().text


def setting_of(arg: Arg, start: int = 0) -> Setting | None:
    """The word, or what follows its first characters, as `name=value`."""
    value = without(arg.value, start)
    found = _SETTING.match(value.prefix)
    if found is None:
        return None
    first = next(part.span for part in value.parts if isinstance(part, Literal))
    rest = without(value, found.end() + 1)
    if first is None or first.start not in range(arg.span.start, arg.span.end):
        # A name carried it here; it is written elsewhere.
        return Setting(found[0], rest, arg.span, arg.span, arg.span)
    at, end = first.start, arg.span.end
    if start == 0 and len(arg.raw) > 1 and arg.raw[0] in "\"'" and arg.raw[-1] == arg.raw[0]:
        end -= 1
    name_span = Span(at, at + found.end())
    span = arg.span if start == 0 else Span(at, end)
    return Setting(found[0], rest, span, name_span, Span(min(name_span.end + 1, end), end))


def without(value: Value, length: int) -> Value:
    """A value without its first characters, which are known."""
    parts: list[Part] = []
    for part in value.parts:
        if length and isinstance(part, Literal):
            cut, length = min(length, len(part.text)), max(length - len(part.text), 0)
            # Where escapes make text and characters differ, the span keeps its end.
            span = Span(min(part.span.start + cut, part.span.end), part.span.end) if part.span else None
            part = Literal(part.text[cut:], span)
        if not isinstance(part, Literal) or part.text:
            parts.append(part)
    return Value(tuple(parts))


def elements(arg: Arg, start: int) -> Iterator[Arg]:
    """The elements of a list with commas, from a place in the word on."""
    pieces: list[list[Part]] = [[]]
    starts = [arg.span.start + start]
    for part in without(arg.value, start).parts:
        if not isinstance(part, Literal):
            pieces[-1].append(part)
            continue
        at = part.span.start if part.span else arg.span.start
        for index, text in enumerate(part.text.split(",")):
            if index:
                pieces.append([])
                starts.append(at)
            if text:
                pieces[-1].append(Literal(text, Span(at, at + len(text)) if part.span else None))
            at += len(text) + 1
    ends = [*(at - 1 for at in starts[1:]), arg.span.end]
    for parts, first, last in zip(pieces, starts, ends, strict=True):
        # A list that a name carried here is written elsewhere.
        written = arg.span.start <= first <= last <= arg.span.end
        value = Value(tuple(parts))
        yield Arg(value, closed_text(value), Span(first, last) if written else arg.span, value.text or "")


def program_of(arg: Arg) -> str:
    """The name of the program that a word runs, as written: the last part of its path."""
    written = arg.text if arg.text is not None else arg.raw.strip("\"'")
    return written.rstrip("/").rpartition("/")[2]


def text_at(args: Sequence[Arg], at: int) -> str | None:
    return args[at].text if at < len(args) else None


def pass_options(args: Sequence[Arg], at: int, valued: frozenset[str]) -> int:
    """Where the options that begin here end."""
    while (text := text_at(args, at)) is not None and text.startswith("-") and len(text) > 1:
        at += 2 if text in valued else 1
        if text == "--":
            break
    return min(at, len(args))


def option_values(args: Sequence[Arg], first: int, *names: str) -> Iterator[tuple[Arg, int]]:
    """The values of an option: the word that holds each, and where in it the value begins."""
    for at in range(first, len(args)):
        prefix = args[at].value.prefix
        for name in names:
            if args[at].text == name and at + 1 < len(args):
                yield args[at + 1], 0
            elif name.startswith("--") and prefix.startswith(name + "="):
                yield args[at], len(name) + 1


def set_or_pass(found: tuple[Arg, int], started: Started) -> None:
    """`name=value` sets, `name` alone passes what the shell has."""
    arg, start = found
    setting = setting_of(arg, start)
    if setting:
        started.settings.append(setting)
        return
    text = arg.text[start:] if arg.text is not None else ""
    if _NAME.match(text):
        span = Span(arg.span.start + start, arg.span.end) if start else arg.span
        started.settings.append(Setting(text, Value(), span, span, Span(span.end, span.end), passed=True))
