"""Excerpts: a source with the lines that matter and empty ones in place of all others.

What is kept of many large files for a report then costs little. Lines and columns are what they were. Why
a line matters is not known here.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from envlint.source import Source, Span

# So many lines around a span are kept; reports show fewer.
_AROUND = 5
# In place of a line. Neither half of it can join with a CR before it or an LF after it to a single line end.
_END = "\r\n"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is left of a source, and where a span of it, or nothing where it was left out, is by now."""

    source: Source
    moved: Callable[[Span], Span | None]


def around(source: Source, spans: Sequence[Span]) -> Excerpt:
    """The excerpt of the lines of some spans and a few around them."""
    kept = sorted({line for span in spans for line in _lines(source, span, _AROUND)})
    pieces: list[str] = []
    shifts: dict[int, int] = {}
    last = length = 0
    for line in kept:
        pieces.append(_END * (line - last - 1))
        start = source.line_span(line).start
        end = source.line_span(line + 1).start if line < source.line_count else len(source.text)
        shifts[line] = length + len(pieces[-1]) - start
        pieces.append(source.text[start:end])
        length += len(pieces[-2]) + len(pieces[-1])
        last = line
    text = "".join(pieces)

    def moved(span: Span) -> Span | None:
        lines = _lines(source, span, 0)
        if not all(line in shifts for line in lines):
            return None
        return Span(span.start + shifts[lines[0]], span.end + shifts[lines[-1]])

    # The mark keeps a text that begins with one from losing it.
    data = codecs.BOM_UTF8 + text.encode("utf-8", "surrogateescape")
    return Excerpt(Source(source.path, data, source.root), moved)


def _lines(source: Source, span: Span, around: int) -> range:
    first = source.position(span.start).line
    last = source.position(max(span.start, span.end - 1)).line
    return range(max(first - around, 1), min(last + around, source.line_count) + 1)
