"""Embedded text: a program or settings file that stands inside another file, read by its own surface.

A notebook's cells, a shell command in a Python string, a here-document that writes a .env: the inner text is
read as a source of its own, and its facts are then placed where their characters stand in the outer file.
Which surface reads it, and what its facts mean there, is the outer surface's affair.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

from envlint.facts import (
    Argument,
    Binding,
    Call,
    Comment,
    Credential,
    Export,
    Exposed,
    Fact,
    Facts,
    Include,
    Launch,
    Read,
    Scope,
    Stray,
    Trace,
    Unreadable,
    Unset,
)
from envlint.source import Source, Span
from envlint.value import Choice, Constant, Literal, Part, Ref, Unknown, Value

_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")


@dataclass(frozen=True, slots=True)
class Embedded:
    """A text and, for each of its code points, the span of the outer source that spells it.

    `starts` and `ends` are as long as the text: an escape such as `\\n` spells one code point with two. The
    text's own end is `end`, which matters where it is empty.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    end: int

    def source(self, outer: Source) -> Source:
        """The inner text as a source, to be read by its surface. It bears the outer path."""
        # Bytes that are no text stand in it as the outer source keeps them; other halves of characters, as JSON can
        # spell them, have no bytes at all.
        text = _HALVES.sub("\ufffd", self.text)
        return Source(outer.path, text.encode("utf-8", "surrogateescape"), outer.root)

    def outer(self, span: Span) -> Span:
        """Where a span of the inner text stands in the outer source."""
        if span.start < span.end:
            return Span(self.starts[span.start], self.ends[span.end - 1])
        at = self.starts[span.start] if span.start < len(self.starts) else self.end
        return Span(at, at)


def verbatim(source: Source, span: Span) -> Embedded:
    """A span of a source that is the inner text as it stands."""
    return Embedded(source.slice(span), range(span.start, span.end), range(span.start + 1, span.end + 1), span.end)


def joined(pieces: Iterable[Embedded], end: int) -> Embedded:
    """Pieces of inner text, one after the other."""
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece in pieces:
        texts.append(piece.text)
        starts += piece.starts
        ends += piece.ends
    return Embedded("".join(texts), starts, ends, end)


def cut(embedded: Embedded, start: int, end: int) -> Embedded:
    """A range of an inner text."""
    after = embedded.starts[end] if end < len(embedded.starts) else embedded.end
    return Embedded(embedded.text[start:end], embedded.starts[start:end], embedded.ends[start:end], after)


def made(text: str, start: int, end: int) -> Embedded:
    """Inner text that the outer source spells otherwise: every code point stands for the whole of a span there."""
    return Embedded(text, [start] * len(text), [end] * len(text), end)


StandIns: TypeAlias = Mapping[str, tuple[Part, str]]
"""Characters of an inner text that stand for what the outer source expands there: the part, and how it is written."""

_NO_STAND_INS: StandIns = MappingProxyType({})


def placed(
    facts: Facts, embedded: Embedded, source: Source, first: int, parent: int, stand_ins: StandIns = _NO_STAND_INS
) -> Facts:
    """The facts of an inner text as facts of the outer source.

    The inner file's own scope is the outer scope `parent`; the inner file's other scopes are numbered from
    `first` on. The result's scopes are those others only, in this order.
    """
    scopes = {0: parent, **{inner: first + inner - 1 for inner in range(1, len(facts.scopes))}}
    mover = _Mover(embedded.outer, scopes, stand_ins)
    return Facts(
        source,
        facts.surface,
        items=tuple(mover.fact(item) for item in facts.items),
        scopes=tuple(mover.scope(scope) for scope in facts.scopes[1:]),
        comments=tuple(Comment(embedded.outer(comment.span), comment.own_line) for comment in facts.comments),
        unreadable=tuple(
            Unreadable(region.reason, embedded.outer(region.span or Span(0, len(embedded.text))))
            for region in facts.unreadable
        ),
        statements=tuple(embedded.outer(span) for span in facts.statements),
    )


@dataclass(frozen=True, slots=True)
class _Mover:
    """Where spans and scopes of an inner text come to stand."""

    span: Callable[[Span], Span]
    scopes: dict[int, int]
    stand_ins: StandIns

    def scope(self, scope: Scope) -> Scope:
        parent = self.scopes[scope.parent] if scope.parent is not None else None
        return replace(scope, parent=parent, span=self.span(scope.span))

    def fact(self, fact: Fact) -> Fact:
        """One fact, moved; a fact of a new kind must be added here, and mypy says so."""
        at = self.scopes[fact.scope]
        span = self.span(fact.span)
        match fact:
            case Binding():
                return replace(
                    fact,
                    value=self.value(fact.value),
                    span=span,
                    name_span=self.span(fact.name_span),
                    value_span=self.span(fact.value_span),
                    scope=at,
                )
            case Stray():
                spans = self.span(fact.name_span), self.span(fact.value_span)
                value = self.value(fact.value)
                return replace(fact, value=value, span=span, name_span=spans[0], value_span=spans[1], scope=at)
            case Credential():
                value_span = self.span(fact.value_span)
                return replace(fact, value=self.value(fact.value), span=span, value_span=value_span, scope=at)
            case Call():
                arguments = tuple(self.argument(argument) for argument in fact.arguments)
                return replace(fact, arguments=arguments, span=span, name_span=self.span(fact.name_span), scope=at)
            case Read():
                default = self.value(fact.default) if fact.default is not None else None
                return replace(fact, span=span, default=default, scope=at)
            case Launch():
                words = tuple(self.value(word) for word in fact.arguments)
                return replace(fact, program=self.written(fact.program), arguments=words, span=span, scope=at)
            case Include():
                return replace(fact, path=self.value(fact.path), span=span, scope=at)
            case Exposed():
                return replace(fact, program=self.written(fact.program), span=span, scope=at)
            case Export() | Unset() | Trace():
                return replace(fact, span=span, scope=at)

    def written(self, text: str) -> str:
        """A text with stand-ins as it is written."""
        return "".join(self.stand_ins[one][1] if one in self.stand_ins else one for one in text)

    def argument(self, argument: Argument) -> Argument:
        return replace(
            argument,
            value=self.value(argument.value),
            span=self.span(argument.span),
            value_span=self.span(argument.value_span),
        )

    def value(self, value: Value) -> Value:
        """A value whose parts say where they stand in the outer source. How deep values nest is bounded."""
        return Value(tuple(moved for part in value.parts for moved in self.parts(part)))

    def parts(self, part: Part) -> Iterator[Part]:
        """A part, with what stand-ins in its text stand for."""
        if not self.stand_ins or not isinstance(part, Literal):
            yield self.part(part)
            return
        done = 0
        for at, character in enumerate(part.text):
            if character in self.stand_ins:
                yield from self.cut(part, done, at)
                yield self.stand_ins[character][0]
                done = at + 1
        yield from self.cut(part, done, len(part.text))

    def cut(self, part: Literal, start: int, end: int) -> Iterator[Literal]:
        """A range of a text, if it is not empty."""
        span = part.span
        if span is not None and span.end - span.start == len(part.text):
            span = Span(span.start + start, span.start + end)
        if start < end:
            yield Literal(part.text[start:end], self.place(span))

    def part(self, part: Part) -> Part:
        match part:
            case Choice(options):
                return Choice(tuple(self.value(option) for option in options))
            case Ref(default=default, alternate=alternate):
                return replace(
                    part,
                    span=self.place(part.span),
                    default=self.value(default) if default is not None else None,
                    alternate=self.value(alternate) if alternate is not None else None,
                )
            case Literal() | Unknown() | Constant():
                return replace(part, span=self.place(part.span))

    def place(self, span: Span | None) -> Span | None:
        return self.span(span) if span is not None else None
