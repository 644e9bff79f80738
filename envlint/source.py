"""Sources and spans: one file's text, and the only arithmetic on offsets in it.

Every offset outside this module counts Unicode code points of `Source.text`, from 0, ends exclusive.
Lines and columns count from 1. Bytes appear here only, for parsers that count them.
This module knows nothing of what the text means.
"""

from __future__ import annotations

import codecs
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

# The order matters: the UTF-32 little-endian mark begins with the UTF-16 one.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LINE_END = re.compile(r"\r\n|\n|\r")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")


def wide_encoding(data: bytes) -> str | None:
    """UTF-16 without its mark, by its beginning: every other byte of Latin text is NUL there. None: it is not."""
    head = data[:_LOOKED_AT]
    if len(head) < _FEWEST or len(data) % 2:
        return None
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        zeros, others = head[first::2], head[1 - first :: 2]
        if zeros.count(0) * 10 >= len(zeros) * 9 and not others.count(0):
            return encoding
    return None


# As many bytes as a line of text has; and fewer than these may be anything.
_LOOKED_AT = 256
_FEWEST = 16


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points in one source's text."""

    start: int
    end: int

    def __contains__(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    def to(self, other: Span) -> Span:
        """The smallest span that covers this one and a later one."""
        return Span(min(self.start, other.start), max(self.end, other.end))


def merged(spans: Iterable[Span], apart: int = 0) -> list[Span]:
    """The same places in order, those that overlap, touch or lie no more than `apart` code points apart as one;
    empty spans are left out."""
    found: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if found and span.start <= found[-1].end + apart:
            found[-1] = found[-1].to(span)
        else:
            found.append(span)
    return found


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text as people count it: line and column from 1, the column in code points."""

    line: int
    column: int


@dataclass(frozen=True, eq=False)
class Source:
    """One file as it was read.

    `path` is relative to the project's root `root`, with `/`; bytes that are not UTF-8 stand in it as
    surrogate escapes. `data` is the file's content. `encoding` overrides what the byte order mark says
    (a Python file may declare one); an unknown name raises LookupError when the text is first needed.
    """

    path: str
    data: bytes
    root: str = "."
    encoding: str | None = None

    @cached_property
    def bom(self) -> bytes:
        """The byte order mark that the file begins with, or nothing."""
        return next((mark for mark, _ in _MARKS if self.data.startswith(mark)), b"")

    @cached_property
    def text(self) -> str:
        """The decoded text, without its byte order mark and with its line ends as they are.

        Bytes that are not UTF-8 become surrogate escapes, so that nothing before or after them moves.
        """
        content = self.data[len(self.bom) :]
        encoding = self.encoding or dict(_MARKS).get(self.bom) or wide_encoding(content) or "utf-8"
        if encoding == "utf-8":
            return content.decode("utf-8", "surrogateescape")
        return content.decode(encoding, "replace")

    @cached_property
    def _codec(self) -> tuple[str, str] | None:
        """The encoding of the text and how errors in it are kept; None where its bytes don't come back from it."""
        encoding = self.encoding or dict(_MARKS).get(self.bom, "utf-8")
        errors = "surrogateescape" if encoding == "utf-8" else "strict"
        try:
            faithful = self.bom + self.text.encode(encoding, errors) == self.data
        except UnicodeError:
            return None
        return (encoding, errors) if faithful else None

    def encoded(self, text: str) -> bytes | None:
        """The bytes of another text in this file's encoding, after its byte order mark. None where the encoding
        can't hold it, or where bytes of this file were no text in it and would be lost."""
        if self._codec is None:
            return None
        try:
            return self.bom + text.encode(*self._codec)
        except UnicodeError:
            return None

    @cached_property
    def undecodable(self) -> Span | None:
        """The first place whose bytes are not text in the file's encoding, or None."""
        found = _NOT_UTF8.search(self.text) or (
            re.search("\ufffd", self.text) if self.encoding or self.bom or wide_encoding(self.data) else None
        )
        return Span(*found.span()) if found else None

    @cached_property
    def utf8(self) -> bytes:
        """The text as UTF-8, for parsers that count bytes."""
        return self.text.encode("utf-8", "surrogateescape" if _NOT_UTF8.search(self.text) else "surrogatepass")

    @cached_property
    def _byte_of(self) -> array[int] | None:
        """For each code point, and the end, its offset in `utf8`; None where both counts agree."""
        if self.text.isascii():
            return None
        offsets = array("L", [0])
        at = 0
        for character in self.text:
            code = ord(character)
            # A surrogate escape stands for one byte that could not be decoded.
            escaped = 0xDC80 <= code <= 0xDCFF
            at += 1 if code < 0x80 or escaped else 2 if code < 0x800 else 3 if code < 0x10000 else 4
            offsets.append(at)
        return offsets

    def span_of_bytes(self, start: int, end: int) -> Span:
        """The span of a range of bytes of `utf8`; a byte inside a code point counts as its beginning."""
        offsets = self._byte_of
        if offsets is None:
            return Span(start, end)
        return Span(max(bisect_right(offsets, start) - 1, 0), bisect_left(offsets, end))

    def byte_range(self, span: Span) -> tuple[int, int]:
        """The range of bytes of `utf8` that a span covers: the inverse of span_of_bytes."""
        offsets = self._byte_of
        if offsets is None:
            return span.start, span.end
        return offsets[span.start], offsets[span.end]

    @cached_property
    def _line_starts(self) -> array[int]:
        # Of numbers, not of objects: a long file has a line for every few bytes.
        starts = array("L", [0])
        starts.extend(end.end() for end in _LINE_END.finditer(self.text))
        return starts

    def position(self, offset: int) -> Position:
        """Line and column of an offset. CR LF, LF and a lone CR each end a line."""
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)

    def line_span(self, line: int) -> Span:
        """The span of a line (from 1) without its line end."""
        start = self._line_starts[line - 1]
        end = self._line_starts[line] if line < len(self._line_starts) else len(self.text)
        while end > start and self.text[end - 1] in "\r\n":
            end -= 1
        return Span(start, end)

    @property
    def line_count(self) -> int:
        """How many lines there are; text after the last line end counts, nothing after it does too."""
        return len(self._line_starts)

    def slice(self, span: Span) -> str:
        """The text that a span covers."""
        return self.text[span.start : span.end]
