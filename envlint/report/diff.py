"""The diff for people: what fixes change in files, in the unified form, with keys masked.

It compares no texts: which lines are the old ones it is told. So its time grows with their number alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from envlint.fix import lines as lines_of
from envlint.hidden import Hidden
from envlint.report.glyphs import visible
from envlint.report.paths import near
from envlint.source import Source, Span

CONTEXT = 3
"""How many unchanged lines stand around a change."""

_NO_END = "\\ No newline at end of file\n"


@dataclass(frozen=True, slots=True)
class Diff:
    """The text of a diff, and whether something in it was covered, so that no program should apply it."""

    text: str
    covered: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """Old lines, from `old` up to `old_end`, in whose place new lines stand; all counted from 0."""

    old: int
    old_end: int
    new: int
    new_end: int


@dataclass(frozen=True, slots=True)
class _Side:
    """A source cut into lines, with where each begins."""

    source: Source
    lines: Sequence[str]
    starts: Sequence[int]

    def shown(self, number: int, hidden: Hidden) -> str:
        """A line as it may be shown, with its end."""
        line, at = self.lines[number], self.starts[number]
        body = line.removesuffix("\n").removesuffix("\r")
        covered = hidden.words(hidden.text(self.source, Span(at, at + len(body))))
        return "\t".join(map(visible, covered.split("\t"))) + line[len(body) :]


def diff(before: Source, after: Source, new: Sequence[tuple[int | None, str]], hidden: Hidden, cwd: str) -> Diff:
    """What is different in a file. `new` are the lines of `after` with their ends, each with the number (from 0) of
    the line of `before` that it is, or None."""
    old = lines_of(before.text)
    left, right = _side(before, old), _side(after, [line for _, line in new])
    blocks = list(_trimmed(_blocks(len(old), [number for number, _ in new]), left.lines, right.lines))
    if not blocks:
        return Diff("", False)
    path = visible(near(before.root, before.path, cwd))
    pieces = [f"--- {path}\n+++ {path}\n"]
    covered = False
    for group in _groups(blocks):
        pieces.append(_heading(group, len(old)))
        for sign, side, number in _entries(group, left, right):
            shown = side.shown(number, hidden)
            covered = covered or shown != side.lines[number]
            pieces.append(f"{sign}{shown}" if shown.endswith("\n") else f"{sign}{shown}\n{_NO_END}")
    return Diff("".join(pieces), covered)


def _side(source: Source, lines: Sequence[str]) -> _Side:
    return _Side(source, lines, [0, *accumulate(map(len, lines))])


def _blocks(count: int, numbers: Sequence[int | None]) -> Iterator[_Block]:
    """Where lines of an old text, `count` of them, are no longer there, or others are."""
    old = new = 0
    for at, number in enumerate([*numbers, count]):
        if number is None:
            continue
        if number > old or at > new:
            yield _Block(old, number, new, at)
        old, new = number + 1, at + 1


def _trimmed(blocks: Iterator[_Block], old: Sequence[str], new: Sequence[str]) -> Iterator[_Block]:
    """The blocks without lines at their edges that were reached and left as they were."""
    for block in blocks:
        start, new_start, end, new_end = block.old, block.new, block.old_end, block.new_end
        while start < end and new_start < new_end and old[start] == new[new_start]:
            start, new_start = start + 1, new_start + 1
        while start < end and new_start < new_end and old[end - 1] == new[new_end - 1]:
            end, new_end = end - 1, new_end - 1
        if start < end or new_start < new_end:
            yield _Block(start, end, new_start, new_end)


def _groups(blocks: Sequence[_Block]) -> Iterator[list[_Block]]:
    """The blocks of each hunk: those whose context would touch stand together."""
    group: list[_Block] = []
    for block in blocks:
        if group and block.old - group[-1].old_end > 2 * CONTEXT:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _heading(group: Sequence[_Block], count: int) -> str:
    first, last = group[0], group[-1]
    before, behind = first.old - _start(first), _end(last, count) - last.old_end
    new = _range(first.new - before, last.new_end + behind)
    return f"@@ -{_range(_start(first), _end(last, count))} +{new} @@\n"


def _entries(group: Sequence[_Block], old: _Side, new: _Side) -> Iterator[tuple[str, _Side, int]]:
    """The lines of a hunk: a sign, and where the line stands."""
    at = _start(group[0])
    for block in group:
        yield from ((" ", old, number) for number in range(at, block.old))
        yield from (("-", old, number) for number in range(block.old, block.old_end))
        yield from (("+", new, number) for number in range(block.new, block.new_end))
        at = block.old_end
    yield from ((" ", old, number) for number in range(at, _end(group[-1], len(old.lines))))


def _start(block: _Block) -> int:
    return max(block.old - CONTEXT, 0)


def _end(block: _Block, count: int) -> int:
    return min(block.old_end + CONTEXT, count)


def _range(start: int, end: int) -> str:
    """As POSIX says of `diff -u`: an empty range is counted from the line before it, and a length of 1 is left out."""
    length = end - start
    first = start if length == 0 else start + 1
    return f"{first}" if length == 1 else f"{first},{length}"
