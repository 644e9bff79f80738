"""direnv: `direnv dotenv`, and `dotenv` in a .envrc, which hold each line against one pattern.

A value in quotes reaches to the last such quote of its line that only a comment follows; one line that is
neither a setting nor a comment makes direnv refuse the file. Versions differ on values of several lines and on
`\\$`, which are unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from envlint.loaders.reading import Entry, Reading, doubtful, is_utf8, refusal
from envlint.loaders.written import Written
from envlint.source import Source, Span
from envlint.value import Value, ref, unknown

NAME = "direnv"

_LINE = re.compile(r"[^\r\n]+")
# Go's \s, within a line.
_HEAD = re.compile(r"[\t\f ]*(?:export[\t\f ]+)?(?P<name>[A-Za-z0-9_.]+)(?:[\t\f ]*=[\t\f ]*|:[\t\f ])")
_NOTHING = re.compile(r"[\t\f ]*(?:#.*)?\Z")
_TAIL = re.compile(r"[\t\f ]*(?:#|\Z)")
_BARE = re.compile(r"[^\t\f #]*")
_OPENS = re.compile(r"[^=:]+[=:][ \t]*(['\"])")
_ESCAPE = re.compile(r"\\([^$])")
# direnv reads `\n` before it reads `\\`, and newer versions read `\$`.
_ODD = re.compile(r"\\\\[nr]|\\\$")


class _Refused(Exception):
    """A line that is neither a setting nor a comment."""

    def __init__(self, span: Span) -> None:
        super().__init__()
        self.span = span


def read(source: Source) -> Reading:
    """What direnv exports."""
    if not is_utf8(source):
        return Reading(NAME, complete=False)
    if source.bom and source.text[:1] not in ("", "\r", "\n"):
        return refusal(NAME, Span(0, _first_line(source.text)), "a byte order mark stands before its first name")
    several = any(_is_open(line[0]) for line in _LINE.finditer(source.text))
    try:
        reading = Reading(NAME, tuple(_entries(source.text)))
    except _Refused as refused:
        return (
            Reading(NAME, complete=False)
            if several
            else refusal(NAME, refused.span, "the line is no setting that it knows")
        )
    if not several:
        return reading
    return replace(doubtful(reading, "versions of direnv differ on values of several lines"), complete=False)


def _first_line(text: str) -> int:
    found = _LINE.match(text)
    return found.end() if found else 0


def _is_open(line: str) -> bool:
    """Whether newer versions take a line for the first of several: one quote, where a value begins."""
    found = _OPENS.match(line)
    return found is not None and line.count(found[1], found.end()) == 0


def _entries(text: str) -> Iterator[Entry]:
    known: dict[str, Value] = {}
    for line in _LINE.finditer(text):
        if _NOTHING.match(line[0]):
            continue
        head = _HEAD.match(line[0])
        end = _value_end(line[0], head.end()) if head is not None else None
        if head is None or end is None:
            raise _Refused(Span(*line.span()))
        written = Written(line[0][head.end() : end], line.start() + head.end())
        name_span = Span(line.start() + head.start("name"), line.start() + head.end("name"))
        value_span = Span(line.start() + head.end(), line.start() + end)
        known[head["name"]] = value = _value(written, known)
        start = line.start() + len(line[0]) - len(line[0].lstrip("\t\f "))
        yield Entry(head["name"], value, Span(start, max(value_span.end, name_span.end)), name_span, value_span)


def _value_end(line: str, at: int) -> int | None:
    """Where the value ends that begins here, or None where the line fits no pattern."""
    quote = line[at : at + 1]
    close = line.rfind(quote) if quote in ("'", '"') else -1
    while close > at:
        if _TAIL.match(line, close + 1):
            return close + 1
        close = line.rfind(quote, 0, close)
    bare = _BARE.match(line, at)
    end = bare.end() if bare else at
    return end if _TAIL.match(line, end) else None


def _value(written: Written, known: dict[str, Value]) -> Value:
    text = written.text
    if len(text) > 1 and text[0] == text[-1] == "'":
        return written.cut(1, len(text) - 1).literal()
    if len(text) > 1 and text[0] == text[-1] == '"':
        written = written.cut(1, len(text) - 1).respelled(_ESCAPE, _unescaped)
    if _ODD.search(text):
        return unknown("an escape that is not followed", written.span(0, len(written.text)), type="str")

    def lookup(name: str, span: Span, default: Value | None) -> Value:
        return known[name] if name in known else ref(name, span, default)

    return written.expanded(lookup)


def _unescaped(found: re.Match[str]) -> str:
    return {"n": "\n", "r": "\r"}.get(found[1], found[1])
