"""The report for people: each finding with its words, the lines it is about, and what to do; then a summary.

Of a key that stands in several places the first is shown so, and the others are listed beneath it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from envlint.finding import Confidence, Finding, Location, Related
from envlint.hidden import Hidden
from envlint.report import COMMIT, Report, Style
from envlint.report.counts import Tally, statistics, tally
from envlint.report.frame import Canvas, Mark, draw, gutter
from envlint.report.glyphs import paint, visible, wrap
from envlint.report.groups import Group, grouped, limited
from envlint.report.paths import of_source
from envlint.source import Source

MOST_PER_RULE = 50
"""How many findings of one rule a terminal gets to see, each place of a key being one."""

_MOST_RELATED = 8
_SURE = {Confidence.MEDIUM: "true in some runs, not in every one", Confidence.LOW: "linked by a guess"}
_KINDS = {"comment": "by a comment", "baseline": "by the baseline"}


def render(report: Report, style: Style) -> Iterator[str]:
    """The findings, each followed by an empty line, or the statistics in their place; and the summary."""
    yield from statistics(report, style) if style.statistics else findings(report, style)
    if not style.quiet:
        yield from summary(report)


def findings(report: Report, style: Style) -> Iterator[str]:
    """The findings alone, and on a terminal how many more there are of a rule that has very many."""
    hidden = Hidden(report.secrets)
    cut = style.terminal and not style.verbose
    groups = grouped(report)
    for group in limited(groups, MOST_PER_RULE) if cut else groups:
        yield "".join(f"{line}\n" for line in _group(report, group, hidden, style)) + "\n"
    if cut:
        counts = Counter(finding.rule for finding in report.findings)
        yield from (
            f"{rule}: {count - MOST_PER_RULE} more of {count} findings; --verbose shows them all.\n\n"
            for rule, count in sorted(counts.items())
            if count > MOST_PER_RULE
        )


def summary(report: Report) -> Iterator[str]:
    """What came of it all, in a line or two."""
    counts = tally(report.findings)
    unread = len({(notice.root, notice.path) for notice in report.unreadable})
    suppressed = f" ({report.suppressed} suppressed)" if report.suppressed else ""
    yield f"{_found(counts)} in {_many(report.files, 'file')}{suppressed}.\n"
    if unread:
        yield f"{_many(unread, 'file')} could not be read in full.\n"
    if counts.safe or counts.unsafe:
        yield f"{_fixable(counts)}.\n"


def _found(counts: Tally) -> str:
    numbers = ((counts.errors, "error"), (counts.warnings, "warning"), (counts.notes, "note"))
    told = ", ".join(_many(number, word) for number, word in numbers if number)
    return f"Found {told}" if told else "No problems found"


def _fixable(counts: Tally) -> str:
    if not counts.unsafe:
        return f"{counts.safe} fixable with --fix"
    if not counts.safe:
        return f"{counts.unsafe} fixable with --fix --unsafe-fixes"
    return f"{counts.safe} fixable with --fix, {counts.unsafe} more with --unsafe-fixes"


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _group(report: Report, group: Group, hidden: Hidden, style: Style) -> Iterator[str]:
    finding, path = group.first.finding, group.first.path
    source = finding.location.source
    near = [related for related in finding.related if related.location.source is source][:_MOST_RELATED]
    away = [related for related in finding.related if related.location.source is not source]
    frames = [(source, [_primary(finding), *(_secondary(related, hidden) for related in near)])]
    frames += [_elsewhere(group, hidden) for group in _by_source(away[: _MOST_RELATED - len(near)])]
    canvas = Canvas(hidden, max(gutter(*frame) for frame in frames), style.width, style.color)

    yield from _headline(finding, hidden, style)
    yield f"{_arrow('-->', canvas)} {_place(path, finding.location, finding)}"
    yield canvas.rule()
    yield from draw(*frames[0], canvas)
    for other, marks in frames[1:]:
        yield f"{_arrow(':::', canvas)} {_place(of_source(report, other), Location(other, marks[0].span))}"
        yield canvas.rule()
        yield from draw(other, marks, canvas, context=0)
    notes = list(_notes(finding, hidden))
    if notes or group.others or group.more:
        yield canvas.rule()
    for kind, note in notes:
        yield from _note(kind, note, canvas, style)
    yield from _others(group, canvas, style)


def _headline(finding: Finding, hidden: Hidden, style: Style) -> Iterator[str]:
    name = str(finding.severity)
    head = f"{name}[{finding.rule}]"
    message = visible(hidden.words(finding.message))
    first, *rest = _lines(message, style, len(head) + 2, indent=2)
    yield f"{paint(head, name, color=style.color)}{paint(f': {first}'.rstrip(), 'bold', color=style.color)}"
    yield from (f"  {paint(line, 'bold', color=style.color)}" for line in rest)


def _lines(text: str, style: Style, used: int, indent: int) -> list[str]:
    """A sentence broken for a terminal; whole where a program may read it, so that a search finds it."""
    if not style.terminal:
        return [text]
    return wrap(text, max(style.width - indent, 20), max(style.width - used, 0))


def _arrow(sign: str, canvas: Canvas) -> str:
    return paint(f"{'':>{canvas.gutter}} {sign}", "gutter", color=canvas.color)


def _place(path: str, location: Location, finding: Finding | None = None) -> str:
    at = location.source.position(location.span.start)
    place = f"{visible(path)}:{at.line}:{at.column}"
    if finding is not None and finding.cell is not None:
        place += f" (cell {finding.cell})"
    if finding is not None and finding.commit is not None:
        place += f" (commit {finding.commit[:COMMIT]})"
    return place


def _primary(finding: Finding) -> Mark:
    return Mark(finding.location.span, "^", str(finding.severity))


def _secondary(related: Related, hidden: Hidden) -> Mark:
    return Mark(related.location.span, "-", "related", visible(hidden.words(related.message)))


def _by_source(related: Sequence[Related]) -> Iterator[list[Related]]:
    """The related places of each other source together, in the order in which they are named."""
    for source in dict.fromkeys(one.location.source for one in related):
        yield [one for one in related if one.location.source is source]


def _elsewhere(group: Sequence[Related], hidden: Hidden) -> tuple[Source, list[Mark]]:
    return group[0].location.source, [_secondary(related, hidden) for related in group]


def _notes(finding: Finding, hidden: Hidden) -> Iterator[tuple[str, str]]:
    if finding.help and (finding.fix is None or finding.fix.title != finding.help):
        yield "help", hidden.words(finding.help)
    if finding.fix is not None:
        option = "--fix" if finding.fix.safe else "--fix --unsafe-fixes"
        yield "fix", f"{hidden.words(finding.fix.title)} ({option})"
    if len(finding.related) > _MOST_RELATED:
        yield "note", f"{len(finding.related) - _MOST_RELATED} more places are not shown"
    if finding.confidence in _SURE:
        yield "note", f"{finding.confidence} confidence: {_SURE[finding.confidence]}"
    if finding.suppressed is not None:
        reason = f": {hidden.words(finding.suppressed.reason)}" if finding.suppressed.reason else ""
        yield "note", f"suppressed {_KINDS.get(finding.suppressed.kind, finding.suppressed.kind)}{reason}"


def _others(group: Group, canvas: Canvas, style: Style) -> Iterator[str]:
    """Where else the key stands: a line each, which is never broken, so that it can be clicked."""
    if not group.others:
        if group.more:
            yield from _note("note", f"the same key stands at {_many(group.more, 'other place')}", canvas, style)
        return
    yield from _note("note", "the same key also stands at:", canvas, style)
    indent = " " * len(_head("note", canvas))
    yield from (f"{indent}{_place(one.path, one.finding.location, one.finding)}" for one in group.others)
    if group.more:
        yield f"{indent}and {_many(group.more, 'more place')}"


def _head(kind: str, canvas: Canvas) -> str:
    return f"{'':>{canvas.gutter + 1}} = {kind}: "


def _note(kind: str, note: str, canvas: Canvas, style: Style) -> Iterator[str]:
    margin = canvas.gutter + 1
    head = _head(kind, canvas)
    first, *rest = _lines(visible(note), style, len(head), indent=len(head))
    sign = paint("=", "gutter", color=style.color)
    yield f"{'':>{margin}} {sign} {paint(f'{kind}:', 'bold', color=style.color)} {first}"
    yield from (f"{'':>{len(head)}}{line}" for line in rest)
