"""The source frame: the lines of a finding with a rule of carets under what they are about.

It draws, in a given number of columns, whatever a line holds: keys masked, control characters replaced, wide
and combining characters measured, and of a long line only what is near the marks. It knows no finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from envlint.hidden import Hidden, cover
from envlint.report.glyphs import TAB, columns, glyph, paint, visible, wrap
from envlint.source import Source, Span

CUT = "…"
# A label that finds less room than this beside its carets goes below them.
_LABEL_ROOM = 24
# Of a span of more lines than this, the first two and the last are shown.
_MOST_LINES = 4
# No terminal is narrower for our purposes: below it lines are drawn as if it were this wide.
_LEAST_ROOM = 24


@dataclass(frozen=True, slots=True)
class Mark:
    """A span to be underlined with `sign`, coloured as `role`, and what is said of it."""

    span: Span
    sign: str
    role: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Canvas:
    """What all frames of one finding share: `gutter` is the width of the line numbers, `width` that of it all."""

    hidden: Hidden
    gutter: int
    width: int
    color: bool

    @property
    def room(self) -> int:
        """The columns that are left for the text of a line."""
        return max(self.width - self.gutter - 4, _LEAST_ROOM)

    def rule(self, text: str = "", number: str = "") -> str:
        """A row of the frame: the gutter, the bar, and a text that is painted already."""
        bar = paint(f" {number:>{self.gutter}} |", "gutter", color=self.color)
        return f"{bar} {text}".rstrip()


def gutter(source: Source, marks: Sequence[Mark]) -> int:
    """How wide the largest line number is that a frame with these marks can show."""
    return len(str(max(_lines(source, mark.span)[-1] for mark in marks) + 1))


def draw(source: Source, marks: Sequence[Mark], canvas: Canvas, *, context: int = 1) -> Iterator[str]:
    """The rows of a frame. The first mark is the one that a long line is cut around; `context` lines are shown
    before and after each mark."""
    last = 0
    for line in _shown(source, marks, context):
        if last and line > last + 1:
            yield paint(" ...", "gutter", color=canvas.color)
        last = line
        yield from _row(source, line, marks, canvas)


def _lines(source: Source, span: Span) -> list[int]:
    """The lines of a span that a frame shows."""
    first = source.position(span.start).line
    last = source.position(max(span.start, span.end - 1)).line
    if last - first < _MOST_LINES:
        return list(range(first, last + 1))
    return [first, first + 1, last]


def _shown(source: Source, marks: Sequence[Mark], context: int) -> list[int]:
    """The lines of the marks and those around them, without blank ones at the edges."""
    shown: set[int] = set()
    for mark in marks:
        lines = _lines(source, mark.span)
        before = range(max(lines[0] - context, 1), lines[0])
        after = range(lines[-1] + 1, min(lines[-1] + context, source.line_count) + 1)
        shown.update(lines, (line for line in (*before, *after) if not _blank(source, line)))
    # A gap of one line is not shorter than the line.
    shown.update(line + 1 for line in tuple(shown) if line + 2 in shown)
    return sorted(shown)


def _blank(source: Source, line: int) -> bool:
    span = source.line_span(line)
    return not source.text[span.start : min(span.end, span.start + 200)].strip()


def _row(source: Source, line: int, marks: Sequence[Mark], canvas: Canvas) -> Iterator[str]:
    """One line of the source and the rules under it."""
    whole = source.line_span(line)
    parts = [(mark, part) for mark in marks if (part := _part(source, mark.span, line)) is not None]
    view = _view(source, whole, [part for _, part in parts], canvas)
    yield canvas.rule(view.text, str(line))
    for mark, part in parts:
        label = mark.label if line == _lines(source, mark.span)[-1] else ""
        reach = view.reach(part)
        if reach is not None:
            yield from _underline(reach, mark, label, canvas)
        elif label:  # the line is long, and the mark is elsewhere in it
            place = source.position(part.start)
            yield from _below(f"column {place.column}: {label}", 0, mark, canvas)


def _part(source: Source, span: Span, line: int) -> Span | None:
    """What a mark covers of a line; from the second line on, without the indentation."""
    if line not in _lines(source, span):
        return None
    whole = source.line_span(line)
    start = max(span.start, whole.start)
    end = min(span.end, whole.end)
    if span.start < whole.start:
        head = source.text[start : min(end, start + 1000)]
        start += len(head) - len(head.lstrip())
        if start >= end:
            return None
    start = min(start, whole.end)
    return Span(start, max(start, end))


def _underline(reach: tuple[int, int], mark: Mark, label: str, canvas: Canvas) -> Iterator[str]:
    start, width = reach
    rule = " " * start + paint(mark.sign * width, mark.role, color=canvas.color)
    beside = canvas.room - start - width - 1
    if not label or (columns(label) > beside and beside < _LABEL_ROOM):
        yield canvas.rule(rule)
        yield from _below(label, start, mark, canvas)
        return
    first, *rest = wrap(label, beside)
    yield canvas.rule(f"{rule} {paint(first, mark.role, color=canvas.color)}")
    indent = " " * (start + width + 1)
    yield from (canvas.rule(indent + paint(row, mark.role, color=canvas.color)) for row in rest)


def _below(label: str, start: int, mark: Mark, canvas: Canvas) -> Iterator[str]:
    """A label on rows of its own, as far to the right as leaves it room."""
    if not label:
        return
    indent = max(min(start, canvas.room - max(_LABEL_ROOM, columns(label))), 0)
    for row in wrap(label, canvas.room - indent):
        yield canvas.rule(" " * indent + paint(row, mark.role, color=canvas.color))


@dataclass(frozen=True, slots=True)
class _Cell:
    """What is drawn for one character of the source, or for a whole hidden part of it."""

    shown: str
    columns: int
    span: Span


@dataclass(frozen=True, slots=True)
class _View:
    """The cells of a line that are drawn; `before` and `after`: whether some were cut off there."""

    cells: Sequence[_Cell]
    before: bool
    after: bool

    @property
    def text(self) -> str:
        shown = "".join(cell.shown for cell in self.cells)
        return f"{CUT if self.before else ''}{shown}{CUT if self.after else ''}"

    def reach(self, part: Span) -> tuple[int, int] | None:
        """The column, from 0, and the number of columns under a part of the line; at least one. None where
        nothing of it is drawn."""
        at = columns(CUT) if self.before else 0
        under: list[tuple[int, int]] = []
        for cell in self.cells:
            if _meets(cell.span, part):
                under.append((at, at + cell.columns))
            at += cell.columns
        if not under:
            edge = self.cells[-1].span.end if self.cells else part.start
            return (at, 1) if part.start == part.end == edge else None
        # A mark without width, such as a combining character, is shown under what it belongs to.
        start = min(under[0][0], max(under[-1][1] - 1, 0))
        return start, max(under[-1][1] - start, 1)


def _meets(cell: Span, part: Span) -> bool:
    """Whether a cell is drawn for some of a part, or for the character that an empty part stands before."""
    if part.start == part.end:
        return cell.start <= part.start < cell.end
    return cell.start < part.end and part.start < cell.end


def _view(source: Source, line: Span, parts: Sequence[Span], canvas: Canvas) -> _View:
    """As much of a line as there is room for, around its first part and the others where they fit."""
    focus = _focus(line, parts, canvas.room)
    # Every visible character may be as narrow as nothing: those around the focus are looked at, no more.
    near = Span(max(line.start, focus.start - 2 * canvas.room), min(line.end, focus.end + 2 * canvas.room))
    cells = [cell for piece in _pieces(source, near, canvas) for cell in piece]
    view = _View(cells, near.start > line.start, near.end < line.end)
    # An empty part at the end of the line is marked behind it.
    room = canvas.room - any(part.start == part.end == line.end for part in parts)
    return view if _fits(view, room) else _cut(view, focus, room)


def _focus(line: Span, parts: Sequence[Span], room: int) -> Span:
    """What a cut line must show, no longer than the room."""
    if not parts:
        return Span(line.start, line.start)
    union = Span(min(part.start for part in parts), max(part.end for part in parts))
    focus = union if union.end - union.start <= room // 2 else parts[0]
    return Span(focus.start, min(focus.end, focus.start + room))


def _pieces(source: Source, near: Span, canvas: Canvas) -> Iterator[list[_Cell]]:
    for piece in canvas.hidden.pieces(source, near):
        if piece.secret is None:
            text = source.slice(piece.span)
            yield [_cell(character, at) for at, character in enumerate(text, piece.span.start)]
            continue
        # The rest of a secret that began on an earlier line is nothing but hidden.
        shown = visible(cover(source.slice(piece.secret))) if piece.span.start == piece.secret.start else CUT
        yield [_Cell(shown, columns(shown), piece.span)]


def _cell(character: str, at: int) -> _Cell:
    shown = TAB if character == "\t" else glyph(character)
    return _Cell(shown, columns(shown), Span(at, at + 1))


def _fits(view: _View, room: int) -> bool:
    return not view.before and not view.after and sum(cell.columns for cell in view.cells) <= room


def _cut(view: _View, focus: Span, room: int) -> _View:
    """The cells around the focus that fit between two ellipses."""
    cells = view.cells
    first = sum(1 for _ in takewhile(lambda cell: cell.span.end <= focus.start, cells))
    room -= 2 * columns(CUT)
    wanted = sum(cell.columns for cell in cells if _meets(cell.span, focus))
    left = _count(reversed(cells[:first]), max(room - wanted, 0) // 2)
    right = _count(cells[first - left :], room)
    # What the right side does not need is the left side's.
    spare = room - sum(cell.columns for cell in cells[first - left : first - left + right])
    more = _count(reversed(cells[: first - left]), spare) if first - left + right == len(cells) else 0
    start, end = first - left - more, first - left + right
    return _View(cells[start:end], view.before or start > 0, view.after or end < len(cells))


def _count(cells: Iterator[_Cell] | Sequence[_Cell], room: int) -> int:
    """How many cells, in this order, fit in the room."""
    count = 0
    for cell in cells:
        room -= cell.columns
        if room < 0:
            break
        count += 1
    return count
