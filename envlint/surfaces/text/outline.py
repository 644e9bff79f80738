"""The outline of a text: what stands around a value in brackets, in tags, in the lines beside and above it.

Brackets and lines are looked at within a bound; section headings of the whole text are found once. It does not
know which names matter.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from envlint.source import Span
from envlint.surfaces.text.labels import identifier, label_of

_BRACKET = re.compile(r"[()\[\]{}]")
_REACH = 800
_LINES = 60
_LONGEST_LINE = 1600
_BESIDE = 12
_HEADING = re.compile(r"^[ \t#;+-]{0,20}\[{1,2}([A-Za-z_][^\[\]\r\n]{0,120})\]{1,2}[ \t]*\r?$", re.MULTILINE)
# What a line may begin with before its content: blanks, and marks of comments, patches, lists and strings.
_MARGIN = re.compile(r"""[ \t#+/>*;|%!"'-]*""")
_ITEM = re.compile(r"-[ \t]+[\"']?\Z")
_CONTINUED = re.compile(r"\\\r?\n|\\\\\\n\",?\s*\"|\\\\\\n|`\r?\n|\^\r?\n")
_LINE_END = re.compile(r"\r?\n|\r|\\n(?![A-Za-z0-9_])")


@dataclass(frozen=True, slots=True)
class Bracket:
    """An opening bracket: its kind, where it stands, and the name to the left of it."""

    kind: str
    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text: its span, the column where its content begins, and whether it begins a list's item."""

    span: Span
    column: int
    item: bool


@dataclass(eq=False)
class Outline:
    """The surroundings of places in one text."""

    text: str
    _lines: dict[int, Line | None] = field(default_factory=dict)

    def brackets(self, at: int) -> Iterator[Bracket]:
        """The brackets that are open at an offset, the innermost first."""
        low = max(0, at - _REACH)
        depth = 0
        for found in reversed(list(_BRACKET.finditer(self.text, low, at))):
            depth += 1 if found[0] in ")]}" else -1
            if depth < 0:
                depth = 0
                yield Bracket(found[0], found.start(), self._name(found.start()))

    def _name(self, at: int) -> str:
        """What a bracket is called: a function's name, or what its content is assigned to."""
        before = self.text[max(0, at - _REACH) : at].rstrip(" \t")
        name = identifier(before[-120:])[0]
        if name:
            return name
        label = label_of(self.text, at)
        return label.name if label.link != "call" else ""

    def inside(self, at: int) -> Span | None:
        """What the innermost brackets around an offset hold, where both are near."""
        opening = next(self.brackets(at), None)
        if opening is None:
            return None
        depth = 0
        for found in _BRACKET.finditer(self.text, at, at + _REACH):
            depth += 1 if found[0] in "([{" else -1
            if depth < 0:
                return Span(opening.at + 1, found.start())
        return None

    def tag(self, at: int) -> Span | None:
        """The tag (`<add key="x" value="y"/>`) that an offset stands in, where it is near."""
        opening = self.text.rfind("<", max(0, at - _REACH), at)
        if opening < 0 or ">" in self.text[opening:at]:
            return None
        closing = self.text.find(">", at, at + _REACH)
        return Span(opening + 1, closing) if closing >= 0 else None

    def command(self, at: int) -> Span:
        """The logical line around an offset: lines that a mark at the end continues are one."""
        start = max(0, at - _REACH)
        for found in _LINE_END.finditer(self.text, start, at):
            if not _CONTINUED.match(self.text, max(found.start() - 1, 0)):
                start = found.end()
        for found in _LINE_END.finditer(self.text, at, at + _REACH):
            if not _CONTINUED.match(self.text, max(found.start() - 1, 0)):
                return Span(start, found.start())
        return Span(start, min(len(self.text), at + _REACH))

    def paragraph(self, at: int) -> Span:
        """The lines around an offset up to an empty one, as far as they are near."""
        low, high = max(0, at - _REACH), min(len(self.text), at + _REACH)
        start = max(self.text.rfind(end, low, at) for end in ("\n\n", "\n\r\n"))
        ends = [end for end in (self.text.find(end, at, high) for end in ("\n\n", "\n\r\n")) if end >= 0]
        return Span(start if start >= 0 else low, min(ends, default=high))

    def line(self, at: int) -> Line:
        """The line that an offset stands in; one that is very long has no columns to speak of."""
        low = max(0, at - _LONGEST_LINE)
        start = max(self.text.rfind("\n", low, at), self.text.rfind("\r", low, at)) + 1
        found = self._line(start) if start or low == 0 else None
        return found or Line(Span(at, at), 0, False)

    def _line(self, start: int) -> Line | None:
        """The line that begins at an offset, or None where it is very long."""
        if start not in self._lines:
            self._lines[start] = self._measured(start)
        return self._lines[start]

    def _measured(self, start: int) -> Line | None:
        end = self.text.find("\n", start, start + _LONGEST_LINE)
        if end < 0:
            end = len(self.text)
            if end - start > _LONGEST_LINE:
                return None
        margin = _MARGIN.match(self.text, start, end)
        content = margin.end() if margin else start
        item = _ITEM.search(self.text, start, content)
        # A patch begins each line that it takes away with a mark of its own.
        removed = item is not None and item.start() == start and content - start > 2
        return Line(Span(start, end), content - start, item is not None and not removed)

    def above(self, line: Line) -> Iterator[Line]:
        """The lines before one, the nearest first, as far as they are near; empty ones are left out."""
        start = line.span.start
        for _ in range(_LINES):
            before = self.text.rfind("\n", max(0, start - _LONGEST_LINE), max(0, start - 1)) + 1
            found = self._line(before) if start > 0 else None
            if found is None or found.span.end >= start:
                return
            if found.column < found.span.end - found.span.start:
                yield found
            start = before

    def below(self, line: Line) -> Iterator[Line]:
        """The lines after one, the nearest first, as far as they are near; empty ones are left out."""
        end = line.span.end
        for _ in range(_BESIDE):
            found = self._line(end + 1) if end + 1 < len(self.text) else None
            if found is None:
                return
            if found.column < found.span.end - found.span.start:
                yield found
            end = found.span.end

    def siblings(self, at: int) -> Iterator[Line]:
        """The lines beside the one at an offset: of the same column, in the same item of a list or block."""
        here = self.line(at)
        for line in () if here.item else islice(self.above(here), _BESIDE):
            if line.column < here.column:
                break
            if line.column == here.column:
                yield line
                if line.item:
                    break
        for line in self.below(here):
            if line.column < here.column or (line.column == here.column and line.item):
                break
            if line.column == here.column:
                yield line

    def item_above(self, at: int) -> Iterator[Line]:
        """The item before the one at an offset, where both are items of one line each (`- name: x`, `- value: y`)."""
        here = self.line(at)
        before = next(self.above(here), None) if here.item else None
        if before is not None and before.item and before.column == here.column:
            yield before

    def parents(self, at: int) -> Iterator[tuple[str, Line]]:
        """The names that the line at an offset is indented under, the nearest first."""
        here = self.line(at)
        column = here.column
        for line in self.above(here):
            if line.column >= column:
                continue
            column = line.column
            yield _block_name(self.text[line.span.start : line.span.end].rstrip()), line
            if column == 0:
                return

    def heading(self, at: int) -> str | None:
        """The heading `[name]` of the section that an offset stands in (INI, TOML, git)."""
        number = bisect_right(self._headings, (at,)) - 1
        return self._headings[number][1] if number >= 0 else None

    @cached_property
    def _headings(self) -> list[tuple[int, str]]:
        return [(found.start(), found[1]) for found in _HEADING.finditer(self.text)]


def _block_name(line: str) -> str:
    """The last name in a line that opens a block: `wandb:`, `"wandb": {`, `variable "wandb_key" {`."""
    bare = line.removesuffix(",").rstrip(" \t=:{[(|>-\"'`\\")
    return identifier(bare[-120:])[0]
