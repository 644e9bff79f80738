"""Written text: characters as a loader reads them, and where in the file each is spelled.

Shared by the readers of this room; it knows no loader's notation.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator

from envlint.source import Span
from envlint.value import Value, concat, literal, unknown

_SURROGATE = re.compile("[\ud800-\udfff]")
_REFERENCE = re.compile(
    r"\$(?:(?P<bare>[A-Za-z_][A-Za-z0-9_]*)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<d>[^{}$\\]*))?\})"
)

Lookup = Callable[[str, Span, "Value | None"], Value]
"""The value of a name: given the name, where the reference stands, and its default."""


class Written:
    """A text that is put together from what is written. Every character has the offset where its spelling
    begins; the last one ends at `end`."""

    __slots__ = ("end", "starts", "text")

    def __init__(self, text: str = "", start: int = 0) -> None:
        self.text = text
        self.starts = array("L", range(start, start + len(text)))
        self.end = start + len(text)

    def span(self, start: int, end: int) -> Span:
        """Where a range of the characters is spelled."""
        last = self.starts[end] if end < len(self.starts) else self.end
        return Span(self.starts[start] if start < len(self.starts) else self.end, last)

    def cut(self, start: int, end: int) -> Written:
        """A range of the characters."""
        part = Written()
        part.text, part.starts, part.end = self.text[start:end], self.starts[start:end], self.span(start, end).end
        return part

    def respelled(self, pattern: re.Pattern[str], instead: Callable[[re.Match[str]], str]) -> Written:
        """The same text with each match read as another one, which begins where the match does."""
        pieces: list[str] = []
        starts = array("L")
        at = 0
        for found in pattern.finditer(self.text):
            new = instead(found)
            pieces += [self.text[at : found.start()], new]
            starts.extend(self.starts[at : found.start()])
            starts.extend([self.starts[found.start()]] * len(new))
            at = found.end()
        if not at:
            return self
        starts.extend(self.starts[at:])
        result = Written()
        result.text, result.starts, result.end = "".join([*pieces, self.text[at:]]), starts, self.end
        return result

    def literal(self, start: int = 0, end: int | None = None) -> Value:
        """A range of the characters as a value; bytes that are not UTF-8 are no text."""
        end = len(self.text) if end is None else end
        if _SURROGATE.search(self.text, start, end):
            return unknown("not UTF-8", self.span(start, end), type="str")
        return literal(self.text[start:end], self.span(start, end))

    def expanded(self, lookup: Lookup) -> Value:
        """The value with `$name`, `${name}` and `${name:-default}` replaced; unknown where a `$` before other
        characters stands in it. A `$` at the very end is itself."""
        if "$" not in self.text:
            return self.literal()
        return concat(self._parts(lookup))

    def _parts(self, lookup: Lookup) -> Iterator[Value]:
        at = 0
        while at < len(self.text):
            mark = self.text.find("$", at)
            mark = len(self.text) if mark < 0 or mark == len(self.text) - 1 else mark
            if mark > at:
                yield self.literal(at, mark)
            if mark == len(self.text):
                return
            found = _REFERENCE.match(self.text, mark)
            if found is None:
                yield unknown("an expansion that is not followed", self.span(mark, len(self.text)), type="str")
                return
            default = self.literal(*found.span("d")) if found["d"] else None
            yield lookup(found["bare"] or found["name"], self.span(mark, found.end()), default)
            at = found.end()
