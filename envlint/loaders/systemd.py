"""systemd: `EnvironmentFile=` of a unit, as systemd's reader of environment files takes it (since 240).

Quotes may close and open again, a backslash before a line end joins the lines, a comment begins only where a
line does, and nothing is expanded. Only names that a shell could have are kept.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from envlint.loaders.reading import Entry, Lost, Reading, doubtful
from envlint.loaders.written import Written
from envlint.source import Source, Span
from envlint.value import unknown

NAME = "systemd"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BLANKS = " \t\n\r"
_ENDS = "\n\r"
_COMMENTS = "#;"
# What a backslash in double quotes takes its meaning from.
_ESCAPED = '"\\`$'
# Versions differ on whether a value may hold these.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def read(source: Source) -> Reading:
    """What a unit's processes get. Where a byte is no text, what systemd makes of the file is not known."""
    reader = _Reader(source.text, marked=bool(source.bom))
    items = tuple(reader.items())
    reading = Reading(
        NAME,
        tuple(item for item in items if isinstance(item, Entry)),
        tuple(item for item in items if isinstance(item, Lost)),
    )
    if source.undecodable is not None or source.bom not in (b"", b"\xef\xbb\xbf") or "\0" in source.text:
        return replace(doubtful(reading, "systemd may give up on bytes that are no text"), complete=False)
    if reader.swallowing is not None:
        hidden = "before 254, a comment that ends in a backslash hides the next line"
        return replace(doubtful(reading, hidden, reader.swallowing), complete=False)
    return reading


@dataclass
class _Reader:
    """One pass over the text. `marked`: a byte order mark stands before it, which is part of the first name."""

    text: str
    marked: bool
    swallowing: int | None = None
    _characters: list[str] = field(default_factory=list)
    _starts: array[int] = field(default_factory=lambda: array("L"))

    def items(self) -> Iterator[Entry | Lost]:
        at = 0
        while at < len(self.text):
            at = self._line(at)
            start = at
            if at >= len(self.text):
                return
            if self.text[at] in _COMMENTS and not self._is_marked(at):
                at = self._comment(at)
                continue
            stop = self._stop(at, "=" + _ENDS)
            if stop == len(self.text) or self.text[stop] != "=":
                yield Lost(Span(start, stop), "ignores the line")
                at = stop
                continue
            name = self.text[start:stop].rstrip(_BLANKS)
            at, value_span = self._value(stop + 1)
            yield self._item(name, Span(start, start + len(name)), value_span)

    def _line(self, at: int) -> int:
        if self._is_marked(at):
            return at
        while at < len(self.text) and self.text[at] in _BLANKS:
            at += 1
        return at

    def _is_marked(self, at: int) -> bool:
        """Whether the mark stands before something on its line, and is part of a name therefore."""
        return self.marked and at == 0 and self.text[:1] not in ("", "\r", "\n")

    def _stop(self, at: int, stops: str) -> int:
        while at < len(self.text) and self.text[at] not in stops:
            at += 1
        return at

    def _comment(self, at: int) -> int:
        end = self._stop(at, _ENDS)
        if self.swallowing is None and self.text[at:end].endswith("\\"):
            self.swallowing = end
        return end

    def _keep(self, character: str, at: int) -> None:
        self._characters.append(character)
        self._starts.append(at)

    def _value(self, at: int) -> tuple[int, Span]:
        """Reads a value into the buffer; where it ends, and its span without the blanks around it."""
        self._characters, self._starts = [], array("L")
        first = last = at
        kept = 0
        bare = False
        while at < len(self.text) and self.text[at] not in _ENDS:
            begin, at, bare = at, *self._piece(at, bare=bare)
            if self.text[begin] not in _BLANKS:
                first = begin if first == last else first
                last, kept = at, len(self._characters)
        del self._characters[kept:], self._starts[kept:]
        return at, Span(first, last)

    def _piece(self, at: int, *, bare: bool) -> tuple[int, bool]:
        """Reads a quoted text, an escape or a character; where it ends, and whether the value is now one in which
        quotes are text and blanks count."""
        character = self.text[at]
        if not bare and character in "'\"":
            return self._quoted(at), False
        if character == "\\":
            following = self.text[at + 1 : at + 2]
            if following and following not in _ENDS:
                self._keep(following, at)
            return at + 1 + len(following), True
        if bare or character not in _BLANKS:
            self._keep(character, at)
        return at + 1, bare or character not in _BLANKS

    def _quoted(self, at: int) -> int:
        """Reads what is in quotes; a quote that is not closed reaches to the end of the file."""
        text, quote = self.text, self.text[at]
        at += 1
        while at < len(text) and text[at] != quote:
            if quote == '"' and text[at] == "\\" and at + 1 < len(text):
                if text[at + 1] not in _ESCAPED + "\n":
                    self._keep("\\", at)
                if text[at + 1] != "\n":
                    self._keep(text[at + 1], at if text[at + 1] in _ESCAPED else at + 1)
                at += 2
            else:
                self._keep(text[at], at)
                at += 1
        return min(at + 1, len(text))

    def _item(self, name: str, name_span: Span, value_span: Span) -> Entry | Lost:
        span = name_span.to(value_span)
        if not _NAME.fullmatch(name) or (self.marked and name_span.start == 0):
            return Lost(span, "ignores the line")
        content = Written()
        content.text, content.starts, content.end = "".join(self._characters), self._starts, value_span.end
        value = content.literal()
        if _CONTROL.search(content.text):
            value = unknown("versions of systemd differ on control characters", value_span, type="str")
        return Entry(name, value, span, name_span, value_span)
