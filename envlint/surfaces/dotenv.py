"""The dotenv surface: what python-dotenv's dotenv_values makes of a .env file, with true positions.

Owns the notation of .env files as python-dotenv 1.2 reads it from disk; what other loaders (docker,
systemd, a shell) make of the same line is not told here. Knows nothing of rules.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from envlint.facts import Binding, Comment, Facts, Scope, Unreadable, Wanted
from envlint.source import Source, Span
from envlint.surfaces import load
from envlint.value import Value, concat, literal, ref, unknown

# Blanks are what Python's \s matches; all of them but CR and LF may stand inside a line.
_GAP = re.compile(r"\s*")
_BLANKS = re.compile(r"[^\S\r\n]*")
_EXPORT = re.compile(r"(?:export[^\S\r\n]+)?")
_NAME = re.compile(r"[^=#\s]*")
_EQUALS = re.compile(r"=[^\S\r\n]*")
_LINE_END = re.compile(r"\r\n?")
_REST = re.compile(r"[^\r\n]*")
_COMMENT_IN_VALUE = re.compile(r"\s#")
# In quotes a backslash keeps the character after it, whatever that is, from closing them.
_STOPS = {"'": re.compile(r"\\.|'", re.DOTALL), '"': re.compile(r'\\.|"', re.DOTALL)}
# What reads otherwise than it is spelled. Line ends too: the file is opened in text mode.
_SPELLED = {"'": re.compile(r"\\[\\']|\r\n?"), '"': re.compile(r"\\[\\'\"abfnrtv]|\r\n?")}
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_NAME_STOP = re.compile(r"[:}]")
_SURROGATE = re.compile("[\ud800-\udfff]")

_DROPPED = "python-dotenv drops this statement, because {cause}: nothing is set, and only the log holds a warning"
_NOT_UTF8 = "this is not UTF-8: python-dotenv raises UnicodeDecodeError and nothing in the file is set"


def read(source: Source, wanted: Wanted) -> Facts:
    """The bindings that dotenv_values(interpolate=True) returns, one for each statement that gives a value.

    A statement that python-dotenv drops is Unreadable where it names something wanted. Where python-dotenv
    fails on the whole file, that is said, and what the statements would set is given all the same. direnv's own
    .envrc is no such file, but a script that bash runs.
    """
    if source.path.rpartition("/")[2] == ".envrc":
        return replace(load("shell")(source, wanted), surface="dotenv")
    items = list(_items(source.text))
    bindings = tuple(_bindings(item for item in items if isinstance(item, _Statement)))
    dropped = (item for item in items if isinstance(item, _Dropped))
    return Facts(
        source,
        "dotenv",
        items=bindings,
        scopes=(Scope("file", None, Span(0, len(source.text))),),
        comments=tuple(item for item in items if isinstance(item, Comment)),
        unreadable=(
            *_undecodable(source),
            *(
                Unreadable(_DROPPED.format(cause=item.cause), item.span)
                for item in dropped
                if wanted.matters(source.slice(item.span))
            ),
        ),
        statements=tuple(item.span for item in bindings if re.search(r"[\r\n]", source.slice(item.span))),
    )


def _undecodable(source: Source) -> Iterator[Unreadable]:
    """What keeps python-dotenv, which opens the file as UTF-8, from reading any of it."""
    if source.bom.startswith((b"\xff", b"\xfe", b"\x00")):
        yield Unreadable(_NOT_UTF8)
    elif source.undecodable is not None:
        yield Unreadable(_NOT_UTF8, source.undecodable)


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement that names something. `content` is the value without its quotes, `quote` what they are;
    `value_span` None: no `=` stands there, and dotenv_values gives None."""

    text: str
    span: Span
    name_span: Span
    value_span: Span | None
    content: Span
    quote: str


@dataclass(frozen=True, slots=True)
class _Dropped:
    """A statement that python-dotenv drops, and why, in words that follow `because`."""

    span: Span
    cause: str


_Item: TypeAlias = _Statement | _Dropped | Comment


class _Broken(Exception):
    """The statement goes wrong at `at`; the rest of that line belongs to what is dropped."""

    def __init__(self, cause: str, at: int) -> None:
        super().__init__(cause)
        self.cause = cause
        self.at = at


def _items(text: str) -> Iterator[_Item]:
    """Every statement and comment of a file, in order. Linear: no character is scanned for twice in vain,
    since a quote that finds no partner is the last one of its kind."""
    at = _end(_GAP, text, 0)
    while at < len(text):
        try:
            found, end = _statement(text, at)
        except _Broken as broken:
            end = _end(_REST, text, broken.at)
            found = (_Dropped(Span(at, end), broken.cause),)
        yield from found
        at = _end(_GAP, text, end)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a pattern that matches everywhere ends."""
    found = pattern.match(text, at)
    return found.end() if found else at


def _statement(text: str, start: int) -> tuple[tuple[_Item, ...], int]:
    """The statement that begins here, with its comment, and where it ends."""
    at = _end(_EXPORT, text, start)
    if text.startswith("#", at):
        return _comment(text, at, start)
    name, after = _name(text, at)
    equals = _end(_BLANKS, text, after)
    if not text.startswith("=", equals):
        statement = _Statement(text, Span(start, after), name, None, Span(after, after), "")
        comment, end = _comment(text, after, start)
        return (statement, *comment), end
    value, content, quote = _value(text, equals)
    statement = _Statement(text, Span(start, value.end), name, value, content, quote)
    comment, end = _comment(text, value.end, start)
    return (statement, *comment), end


def _comment(text: str, at: int, start: int) -> tuple[tuple[Comment, ...], int]:
    """The comment, if any, with which a line may end here; something else there breaks the statement."""
    mark = _end(_BLANKS, text, at)
    end = _end(_REST, text, mark)
    if text.startswith("#", mark):
        return (Comment(Span(mark, end), own_line=mark == start),), end
    if mark != end:
        raise _Broken("more than a comment follows its name or value", mark)
    return (), end


def _name(text: str, at: int) -> tuple[Span, int]:
    """The name, and where the notation of it ends; in single quotes it may hold anything."""
    if not text.startswith("'", at):
        end = _end(_NAME, text, at)
        if end == at:
            raise _Broken("no name stands before the `=`", at)
        return Span(at, end), end
    end = text.find("'", at + 1)
    if end < 0:
        raise _Broken("the quote around the name is not closed", at)
    if end == at + 1:
        raise _Broken("the name is empty", at)
    return Span(at + 1, end), end + 1


def _value(text: str, equals: int) -> tuple[Span, Span, str]:
    """The value as written, its content, and its quote: what stands behind the `=`."""
    at = _end(_EQUALS, text, equals)
    empty = Span(equals + 1, equals + 1)
    quote = text[at : at + 1]
    # `K= # note` is an empty value and a comment, `K=#x` is a value.
    if quote in ("", "\r", "\n") or (quote == "#" and at > equals + 1):
        return empty, empty, ""
    if quote in _STOPS:
        end = _closing(text, at)
        return Span(at, end), Span(at + 1, end - 1), quote
    end = _end(_REST, text, at)
    comment = _COMMENT_IN_VALUE.search(text, at, end)
    end = at + len(text[at : comment.start() if comment else end].rstrip())
    return Span(at, end), Span(at, end), ""


def _closing(text: str, at: int) -> int:
    """Where the quotes that open here end."""
    quote = text[at]
    for found in _STOPS[quote].finditer(text, at + 1):
        if found[0] == quote:
            return found.end()
    raise _Broken("its quote is not closed", at)


def _bindings(statements: Iterator[_Statement]) -> Iterator[Binding]:
    """The bindings, with the names that earlier lines set replaced: dotenv_values lets those win over
    the environment, and takes a name without a value for the empty text."""
    known: dict[str, Value] = {}
    for statement in statements:
        name = _LINE_END.sub("\n", statement.text[statement.name_span.start : statement.name_span.end])
        if statement.value_span is None:
            known[name] = Value()
            continue
        known[name] = value = _Content(statement).value(known)
        yield Binding(name, value, "dotenv", statement.span, statement.name_span, statement.value_span)


class _Content:
    """The characters of one value as they are read, and where each is written."""

    def __init__(self, statement: _Statement) -> None:
        self.start = statement.content.start
        self.starts: array[int] | None = None
        self.text = statement.text[statement.content.start : statement.content.end]
        if statement.quote and _SPELLED[statement.quote].search(self.text):
            self._decode(_SPELLED[statement.quote])

    def _decode(self, spelled: re.Pattern[str]) -> None:
        """Replaces what is spelled otherwise, and notes where each character begins."""
        pieces: list[str] = []
        starts = array("L")
        at = 0
        for found in spelled.finditer(self.text):
            pieces += [self.text[at : found.start()], _spelled(found[0])]
            starts.extend(range(at, found.start() + 1))
            at = found.end()
        pieces.append(self.text[at:])
        starts.extend(range(at, len(self.text) + 1))
        self.text = "".join(pieces)
        self.starts = starts

    def span(self, start: int, end: int) -> Span:
        """Where a range of the characters is written."""
        if self.starts is None:
            return Span(self.start + start, self.start + end)
        return Span(self.start + self.starts[start], self.start + self.starts[end])

    def value(self, known: Mapping[str, Value]) -> Value:
        """The value with `${name}` and `${name:-default}` expanded, as python-dotenv does inside every kind
        of quotes; `$name` is text."""
        parts: list[Value] = []
        at = 0
        for start, name_end, end in _references(self.text):
            if start > at:
                parts.append(self.literal(at, start))
            parts.append(self.reference(start, name_end, end, known))
            at = end
        if at < len(self.text):
            parts.append(self.literal(at, len(self.text)))
        return parts[0] if len(parts) == 1 else concat(parts)

    def literal(self, start: int, end: int) -> Value:
        """A range of the characters as text. What is not UTF-8 is no text: python-dotenv never gets so far."""
        if _SURROGATE.search(self.text, start, end):
            return unknown("not UTF-8", self.span(start, end), type="str")
        return literal(self.text[start:end], self.span(start, end))

    def reference(self, start: int, name_end: int, end: int, known: Mapping[str, Value]) -> Value:
        """One reference. The default counts only where the name is not set at all: an empty text is kept."""
        name = self.text[start + 2 : name_end]
        if name in known:
            return known[name]
        default = self.literal(name_end + 2, end - 1) if name_end < end - 1 else None
        if not name or _SURROGATE.search(name):
            return default or Value()
        return ref(name, self.span(start, end), default)


def _spelled(text: str) -> str:
    """The character that an escape or a line end stands for."""
    return "\n" if text[0] == "\r" else _ESCAPES.get(text[1], text[1])


def _references(text: str) -> Iterator[tuple[int, int, int]]:
    """Every reference: where it begins, where its name ends, where it ends. A name is everything up to `:` or
    `}`, and only `:-` may follow a name. Each search begins where the last one found something, so the text is
    passed once."""
    at = text.find("${")
    stop = close = -1
    while at >= 0:
        if stop < at + 2:
            found = _NAME_STOP.search(text, at + 2)
            if found is None:
                return
            stop = found.start()
        if text[stop] == "}":
            yield at, stop, stop + 1
            at = text.find("${", stop + 1)
            continue
        if not text.startswith(":-", stop):
            at = text.find("${", at + 1)
            continue
        if close < stop:
            close = text.find("}", stop)
        if close < 0:
            return
        yield at, stop, close + 1
        at = text.find("${", close + 1)
