"""A text as it is written in values: its known characters, a mark for everything else, and the way back.

Owns how words are joined to one text and how a range of it becomes a value again, with spans. It must not
know what is looked for in the text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from envlint.source import Source, Span
from envlint.value import Literal, Part, Unknown, Value, concat

HOLE = "\ufffc"
"""Stands for a part that is no known text."""

_CARRIED = 2_000
"""Code points of a text that a name may carry here, so that a long one costs nothing wherever it is used."""

Placed: TypeAlias = tuple[Value, Span]
"""A value, and where in the source it is used: a name may have carried it there from an earlier line."""


class Written:
    """Placed values as one text. Ranges of it are to be asked for in order, so that time stays linear."""

    def __init__(self, source: Source, placed: Iterable[Placed], between: str = "") -> None:
        self._source = source
        self._parts: list[Part] = []
        self._places: list[Span] = []
        self._starts: list[int] = []
        self._found: dict[int, tuple[int, int]] = {}
        texts: list[str] = []
        at = 0
        for part, place in _parts(placed, between):
            text = part.text if isinstance(part, Literal) else HOLE
            self._parts.append(part)
            self._places.append(place)
            self._starts.append(at)
            texts.append(text)
            at += len(text)
        self.text = "".join(texts)
        """All of it; HOLE where it is not known."""

    def cut(self, start: int, end: int) -> Value:
        """What a range is worth."""
        return concat([Value(tuple(part for part, _ in self._cut(start, end)))])

    def span(self, start: int, end: int) -> Span:
        """Where a range is written, from its first to its last character; in the place of what was carried there."""
        spans = [
            part.span if isinstance(part, Literal) and part.span and part.span in place else place
            for part, place in self._cut(start, end)
        ]
        return Span(min(span.start for span in spans), max(span.end for span in spans)) if spans else Span(0, 0)

    def placed(self, start: int, end: int) -> list[Placed]:
        """A range as values in their places."""
        return [(Value((part,)), place) for part, place in self._cut(start, end)]

    def _cut(self, start: int, end: int) -> Iterator[tuple[Part, Span]]:
        for at in range(max(bisect_right(self._starts, start) - 1, 0), len(self._parts)):
            first = self._starts[at]
            if first >= end:
                return
            part = self._parts[at]
            if not isinstance(part, Literal):
                yield part, self._places[at]
                continue
            low, high = max(start - first, 0), min(end - first, len(part.text))
            if low < high:
                yield Literal(part.text[low:high], self._place(at, part, low, high)), self._places[at]

    def _place(self, at: int, part: Literal, low: int, high: int) -> Span | None:
        """Where characters of a part are written. Escapes before them move them to the right: they are looked
        for from where the ones before them were found."""
        span = part.span
        if span is None or (low == 0 and high == len(part.text)):
            return span
        if span.end - span.start == len(part.text):
            return Span(span.start + low, span.start + high)
        before, shift = self._found.get(at, (0, 0))
        first = span.start + low + (shift if before <= low else 0)
        last = span.end - (len(part.text) - high)
        found = self._source.text.find(part.text[low:high], first, last)
        if found < 0:
            return span
        self._found[at] = (low, found - span.start - low)
        return Span(found, found + high - low)


def _parts(placed: Iterable[Placed], between: str) -> Iterator[tuple[Part, Span]]:
    joint = Literal(between)
    for index, (value, place) in enumerate(placed):
        if index and between:
            yield joint, Span(place.start, place.start)
        for part in value.parts:
            yield _HIDDEN if _is_carried(part, place) else part, place


_HIDDEN = Unknown("a long text from elsewhere", type="str")


def _is_carried(part: Part, place: Span) -> bool:
    if not isinstance(part, Literal) or len(part.text) <= _CARRIED:
        return False
    return part.span is None or part.span not in place
