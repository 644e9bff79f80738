"""Fixes: what a text is after the edits of some findings, and which of its lines are still the old ones.

Edits that overlap an earlier one are left for the next run, so that no edit works on what another has changed.
This module writes nothing; it does not know which fixes are wanted.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from envlint.finding import Edit, Finding
from envlint.source import Source, Span

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_LINE_END = re.compile(r"\r\n|\n|\r")
_BARE = re.compile(r"(?<!\r)\n")


def fixed(findings: Iterable[Finding]) -> dict[Source, str]:
    """The text of each source that the fixes of the findings change, after them; a fix is made whole or not."""
    edits = edits_of(together(findings))
    return {source: "".join(revised(lines(source.text), source, found)) for source, found in edits.items()}


def together(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings whose fixes can be made at once, in order: each whole, and none where an earlier one edits."""
    taken: dict[Source, list[Span]] = {}
    return tuple(finding for finding in findings if finding.fix is not None and _take(finding.fix.edits, taken))


def edits_of(findings: Iterable[Finding]) -> dict[Source, list[Edit]]:
    """The edits of the fixes of some findings, by source, in the order of the text."""
    edits: dict[Source, list[Edit]] = {}
    for finding in findings:
        for edit in finding.fix.edits if finding.fix is not None else ():
            edits.setdefault(edit.source, []).append(edit)
    return {source: sorted(found, key=lambda edit: edit.span) for source, found in edits.items()}


def lines(text: str) -> list[str]:
    """The lines of a text with their ends. As for diff and patch, only LF ends one."""
    return _LINE.findall(text)


def revised(old: Sequence[str], source: Source, edits: Sequence[Edit]) -> list[str]:
    """The lines of a source after edits that are in order and do not overlap."""
    return [line for _, line in traced(old, source, edits)]


def traced(old: Sequence[str], source: Source, edits: Sequence[Edit]) -> list[tuple[int | None, str]]:
    """The lines of a source after edits, each with the number (from 0) of the old line that it is, or None where
    an edit reached it. Lines that were not reached are the old ones, in their order."""
    starts = [0, *accumulate(map(len, old))]
    found: list[tuple[int | None, str]] = []
    at = 0
    for first, end, group in _reached(edits, old, starts):
        found += ((number, old[number]) for number in range(at, first))
        text = _edited(source, Span(starts[first], starts[end]), group)
        found += ((None, line) for line in lines(text))
        at = end
    return [*found, *((number, old[number]) for number in range(at, len(old)))]


def _take(edits: Sequence[Edit], taken: dict[Source, list[Span]]) -> bool:
    """Whether edits fit beside those that are taken; then they are taken too."""
    done: list[Edit] = []
    for edit in edits:
        spans = taken.setdefault(edit.source, [])
        if not _is_free(edit.span, spans):
            for other in done:
                taken[other.source].remove(other.span)
            return False
        insort(spans, edit.span)
        done.append(edit)
    return bool(done)


def _is_free(span: Span, spans: Sequence[Span]) -> bool:
    """Whether a span overlaps none of some that are in order and do not overlap, so that neighbours suffice."""
    at = bisect_left(spans, span)
    return not any(_overlap(span, other) for other in spans[max(at - 1, 0) : at + 1])


def _overlap(span: Span, other: Span) -> bool:
    return (span.start < other.end and other.start < span.end) or span == other


def _reached(edits: Sequence[Edit], old: Sequence[str], starts: Sequence[int]) -> Iterator[tuple[int, int, list[Edit]]]:
    """Runs of lines, the last one exclusive, that edits reach, each with those edits."""
    first = end = 0
    group: list[Edit] = []
    for edit in edits:
        begin, finish = _line_at(edit.span.start, old, starts), _line_at(edit.span.end, old, starts)
        if not _is_of_lines(edit, starts[begin], starts[finish]):
            finish = min(finish + 1, len(old))
        # What stands behind the last line end may be joined to the line before.
        if group and end <= begin < len(old):
            yield first, end, group
            group = []
        first, end = (begin, finish) if not group else (first, max(end, finish))
        group.append(edit)
    if group:
        yield first, end, group


def _line_at(offset: int, old: Sequence[str], starts: Sequence[int]) -> int:
    """The number of the line that an offset stands in; behind the last line end that is a line of nothing."""
    at = bisect_right(starts, offset) - 1
    return at - 1 if at == len(old) and old and not old[-1].endswith("\n") else at


def _is_of_lines(edit: Edit, start: int, end: int) -> bool:
    """Whether an edit puts whole lines in the place of whole lines, so that the one behind it stays as it is."""
    whole = not edit.text or edit.text.endswith("\n")
    return whole and edit.span.start == start and edit.span.end == end


def _edited(source: Source, whole: Span, edits: Iterable[Edit]) -> str:
    """The text of a span of a source after the edits in it."""
    pieces: list[str] = []
    at = whole.start
    for edit in edits:
        pieces += [source.text[at : edit.span.start], _with_line_ends(edit, source)]
        at = edit.span.end
    return "".join([*pieces, source.text[at : whole.end]])


def _with_line_ends(edit: Edit, source: Source) -> str:
    """What an edit writes, its lines ended as the source ends the line that it stands in, or else its first."""
    if "\n" not in edit.text:
        return edit.text
    end = _LINE_END.search(source.text, edit.span.start) or _LINE_END.search(source.text)
    return _BARE.sub(end[0] if end is not None else "\n", edit.text)
