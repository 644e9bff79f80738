"""The syntax of shell text: what a script and its words consist of, as frozen nodes.

Spans here count code points of the script's own text (`Script.text`), which need not be a whole source:
`Script.host` says where they lie in it. Nothing here knows what a command does.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from envlint.source import Source, Span

MAX_NESTING = 48
"""How deep commands, substitutions and expansions may nest before the reader gives up on a command."""


@dataclass(frozen=True)
class Script:
    """Shell text: the ranges of a source read as one text, without anything between them."""

    source: Source
    ranges: tuple[Span, ...]
    dialect: str = "bash"

    @cached_property
    def text(self) -> str:
        """The text that a shell is given."""
        return "".join(self.source.slice(span) for span in self.ranges)

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for span in self.ranges:
            starts.append(starts[-1] + span.end - span.start)
        return starts

    def _host(self, offset: int) -> int:
        at = min(bisect_right(self._starts, offset) - 1, len(self.ranges) - 1)
        return self.ranges[at].start + offset - self._starts[at]

    @cached_property
    def _shift(self) -> int | None:
        """By how much all offsets differ from the source's, if there is but one range."""
        return self.ranges[0].start if len(self.ranges) == 1 else None

    def host(self, span: Span) -> Span:
        """The span of the source that covers a span of the text."""
        shift = self._shift
        if shift is not None:
            return Span(span.start + shift, span.end + shift) if shift else span
        if not self.ranges:
            return Span(0, 0)
        if span.end == span.start:
            return Span(self._host(span.start), self._host(span.start))
        return Span(self._host(span.start), self._host(span.end - 1) + 1)

    @cached_property
    def _mentioned(self) -> dict[str, bool]:
        return {}

    def mentions(self, text: str) -> bool:
        """Whether a text occurs anywhere in the script; looked up once."""
        if text not in self._mentioned:
            self._mentioned[text] = text in self.text
        return self._mentioned[text]

    @property
    def is_bash(self) -> bool:
        """Whether bash's own notations hold; not so in a script that any POSIX shell may run."""
        return self.dialect != "sh"


@dataclass(frozen=True, slots=True)
class Text:
    """Characters that stand for themselves, after the removal of quotes. Quoted ones are not expanded."""

    text: str
    span: Span
    quoted: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$name`, `${name}` or `${name<operator>word}`. An operator that is not modelled is kept as written."""

    name: str
    operator: str
    word: tuple[Piece, ...]
    span: Span
    quoted: bool


@dataclass(frozen=True, slots=True)
class Output:
    """A command or process substitution. `body` is empty where its text could not be read in place."""

    body: tuple[Item, ...]
    span: Span
    quoted: bool


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`$((...))`: `text` is what is plain in it."""

    text: str
    pieces: tuple[Piece, ...]
    span: Span
    quoted: bool


@dataclass(frozen=True, slots=True)
class Array:
    """The `(...)` of `A=(...)`."""

    words: tuple[Word, ...]
    span: Span
    quoted: bool = True


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that stands for a text which is not followed, and why."""

    reason: str
    span: Span
    quoted: bool


Piece: TypeAlias = Text | Parameter | Output | Arithmetic | Array | Opaque


@dataclass(frozen=True, slots=True)
class Word:
    """What a shell takes as one word, before any expansion."""

    pieces: tuple[Piece, ...]
    span: Span
    static: str | None = field(init=False, repr=False, compare=False)
    """The word's text if it consists of plain and quoted characters alone."""

    plain: str | None = field(init=False, repr=False, compare=False)
    """The word's text if nothing in it is quoted or expanded, as reserved words have to be."""

    def __post_init__(self) -> None:
        texts = [piece for piece in self.pieces if isinstance(piece, Text)]
        static = "".join(piece.text for piece in texts) if len(texts) == len(self.pieces) else None
        object.__setattr__(self, "static", static)
        object.__setattr__(self, "plain", None if any(piece.quoted for piece in texts) else static)


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name=value` or `name+=value`. `element`: it names an element, `name[subscript]=value`."""

    name: str
    pieces: tuple[Piece, ...]
    span: Span
    name_span: Span
    value_span: Span
    append: bool
    element: bool


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirection; `heredoc` holds the pieces of a here-document once its body was met, `variable` the name
    of `{name}>file`."""

    operator: str
    target: Word
    span: Span
    heredoc: list[Piece] = field(default_factory=list, compare=False, hash=False)
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Simple:
    """A simple command: assignments, words and redirections (POSIX 2.9.1)."""

    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """`{ ...; }`, or `( ... )` as a `subshell`."""

    body: tuple[Item, ...]
    subshell: bool
    redirects: tuple[Redirect, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class If:
    """`if`: conditions with their bodies in order, and what runs otherwise."""

    clauses: tuple[tuple[tuple[Item, ...], tuple[Item, ...]], ...]
    otherwise: tuple[Item, ...]
    redirects: tuple[Redirect, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class While:
    """`while` and `until`."""

    condition: tuple[Item, ...]
    body: tuple[Item, ...]
    redirects: tuple[Redirect, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class For:
    """`for` and `select` over words; `words` None: over the positional parameters."""

    name: str
    name_span: Span
    words: tuple[Word, ...] | None
    body: tuple[Item, ...]
    redirects: tuple[Redirect, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Case:
    """`case`: each branch has its patterns, its body and whether the next one may follow it."""

    subject: Word
    branches: tuple[tuple[tuple[Word, ...], tuple[Item, ...], bool], ...]
    redirects: tuple[Redirect, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Function:
    """A definition; nothing in its body runs before it is called."""

    name: str
    body: Command
    span: Span


@dataclass(frozen=True, slots=True)
class Calculation:
    """`((...))`, and with a body `for ((...))`."""

    expression: Arithmetic
    body: tuple[Item, ...] | None
    redirects: tuple[Redirect, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Test:
    """`[[ ... ]]`; operators stand among the words."""

    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Broken:
    """Text that could not be read, up to the end of a line, and why."""

    reason: str
    span: Span


Command: TypeAlias = Simple | Group | If | While | For | Case | Function | Calculation | Test | Broken


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by pipes; the first may stand alone."""

    commands: tuple[Command, ...]
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Item:
    """A list of pipelines joined by `&&` and `||` (the first operator is empty), perhaps in the background."""

    chain: tuple[tuple[str, Pipeline], ...]
    background: bool
    span: Span


_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\[[^\]]*\])?(\+?)=", re.DOTALL)


def as_assignment(word: Word) -> Assignment | None:
    """The word as an assignment, if the shell would take it for one: an unquoted name and `=` in front."""
    head = ""
    for piece in word.pieces:
        if not isinstance(piece, Text) or piece.quoted:
            break
        head += piece.text
        if "=" in piece.text:
            break
    found = _ASSIGNMENT.match(head)
    if found is None:
        return None
    name, subscript, plus = found.groups()
    rest, name_span, start = _after(word.pieces, len(name), found.end())
    value_span = Span(min(start, word.span.end), word.span.end)
    return Assignment(name, rest, word.span, name_span, value_span, bool(plus), bool(subscript))


def _after(pieces: Sequence[Piece], name: int, length: int) -> tuple[tuple[Piece, ...], Span, int]:
    """What follows the first `length` characters, the span of the first `name` of them, where it begins."""
    seen = 0
    ends = pieces[0].span.start
    for at, piece in enumerate(pieces):
        if not isinstance(piece, Text):
            break
        if seen < name <= seen + len(piece.text):
            ends = piece.span.start + name - seen
        if seen + len(piece.text) >= length:
            cut = length - seen
            tail = Text(piece.text[cut:], Span(piece.span.start + cut, piece.span.end), piece.quoted)
            rest = tuple(pieces[at + 1 :])
            return ((tail, *rest) if tail.text else rest), Span(pieces[0].span.start, ends), tail.span.start
        seen += len(piece.text)
    raise AssertionError("an assignment's name is made of text")


def inner_pieces(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Every piece, outer ones first, also within expansions and arrays; not within substitutions."""
    for piece in pieces:
        yield piece
        match piece:
            case Parameter(word=inner) | Arithmetic(pieces=inner):
                yield from inner_pieces(inner)
            case Array(words=words):
                for word in words:
                    yield from inner_pieces(word.pieces)


def words_of(command: Command) -> Iterator[tuple[Piece, ...]]:
    """The pieces of every word of a command itself, redirections included, bodies left out."""
    match command:
        case Simple(assignments=assignments, words=words):
            yield from (assignment.pieces for assignment in assignments)
            yield from (word.pieces for word in words)
        case For(words=words) if words is not None:
            yield from (word.pieces for word in words)
        case Test(words=words):
            yield from (word.pieces for word in words)
        case Case(subject=subject, branches=branches):
            yield subject.pieces
            yield from (word.pieces for patterns, _, _ in branches for word in patterns)
        case Calculation(expression=expression):
            yield (expression,)
    for redirect in redirects_of(command):
        yield redirect.target.pieces
        yield tuple(redirect.heredoc)


def redirects_of(command: Command) -> tuple[Redirect, ...]:
    """The redirections of a command."""
    return () if isinstance(command, Function | Broken) else command.redirects


def bodies_of(command: Command) -> Iterator[tuple[Item, ...]]:
    """The lists that a command runs in its own shell, conditions included; a function's body left out."""
    match command:
        case Group(body=body) | For(body=body):
            yield body
        case Calculation(body=body) if body is not None:
            yield body
        case While(condition=condition, body=body):
            yield condition
            yield body
        case If(clauses=clauses, otherwise=otherwise):
            for condition, body in clauses:
                yield condition
                yield body
            yield otherwise
        case Case(branches=branches):
            yield from (body for _, body, _ in branches)
