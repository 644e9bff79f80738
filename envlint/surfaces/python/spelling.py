"""How a text that a Python program will see is spelled in its file: from ranges of the text back to spans.

Owns the way from a value's joined text to the pieces that it is made of, escapes included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from envlint.source import Source, Span
from envlint.surfaces.python.prose import HOLE
from envlint.surfaces.python.text import spelled_offsets
from envlint.value import Choice, Literal, Part, Ref, Value

_MOST_WAYS = 4


@dataclass(frozen=True, slots=True)
class Spelled:
    """One text that a value can be, HOLE for what is not known, and the literal that each stretch comes from."""

    text: str
    pieces: tuple[tuple[int, Literal], ...]
    _offsets: dict[Span, list[int] | None] = field(default_factory=dict, repr=False, compare=False)

    def cut(self, source: Source, start: int, end: int) -> Value:
        """A range of the text as a value."""
        return Value(tuple(self._within(source, start, end)))

    def _within(self, source: Source, start: int, end: int) -> Iterator[Literal]:
        for at, piece in self.pieces:
            first, last = max(start - at, 0), min(end - at, len(piece.text))
            if first < last:
                yield self._part(source, piece, first, last)

    def _part(self, source: Source, piece: Literal, start: int, end: int) -> Literal:
        if piece.span is None or piece.span.end - piece.span.start == len(piece.text):
            return part_of(source, piece, start, end)
        if piece.span not in self._offsets:
            self._offsets[piece.span] = spelled_offsets(source.slice(piece.span), piece.text)
        return _cut(piece, piece.span, self._offsets[piece.span], start, end)


def spelled(value: Value) -> Iterator[Spelled]:
    """The texts that a value can be, no more than a few, each alternative at least once."""
    ways = max((_ways(part) for part in value.parts), default=1)
    for way in range(min(ways, _MOST_WAYS)):
        pieces: list[tuple[int, Literal]] = []
        text = ""
        for part in value.parts:
            for piece in _chosen(part, way):
                if piece is not None:
                    pieces.append((len(text), piece))
                text += HOLE if piece is None else piece.text
        yield Spelled(text, tuple(pieces))


def _ways(part: Part) -> int:
    return len(part.options) if isinstance(part, Choice) else 1


def _chosen(part: Part, way: int) -> Iterator[Literal | None]:
    """The literals of a part in one of its alternatives, None for what is not known."""
    match part:
        case Literal():
            yield part
        case Choice(options) if options:
            yield from _plain(options[min(way, len(options) - 1)])
        case Ref(default=Value() as default):
            yield from _plain(default)
        case _:
            yield None


def _plain(value: Value) -> Iterator[Literal | None]:
    return (part if isinstance(part, Literal) else None for part in value.parts)


def part_of(source: Source, piece: Literal, start: int, end: int) -> Literal:
    """A range of a literal's characters, with the span of what spells it."""
    if (start, end) == (0, len(piece.text)) or piece.span is None:
        return Literal(piece.text[start:end], piece.span)
    first = piece.span.start
    if piece.span.end - first == len(piece.text):
        return Literal(piece.text[start:end], Span(first + start, first + end))
    return _cut(piece, piece.span, spelled_offsets(source.slice(piece.span), piece.text), start, end)


def _cut(piece: Literal, span: Span, offsets: list[int] | None, start: int, end: int) -> Literal:
    if offsets is not None:
        span = Span(span.start + offsets[start], span.start + offsets[end])
    return Literal(piece.text[start:end], span)
