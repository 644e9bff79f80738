"""One line for each finding, for editors and grep: `path:line:col: severity[rule] message`."""

from __future__ import annotations

from collections.abc import Iterator

from envlint.finding import Finding
from envlint.hidden import Hidden
from envlint.report import COMMIT, Report, Style
from envlint.report.counts import statistics
from envlint.report.glyphs import paint, visible
from envlint.report.paths import in_order


def render(report: Report, style: Style) -> Iterator[str]:
    """The findings, a line each and nothing else; no path and no message can end its line. Or the statistics."""
    if style.statistics:
        yield from statistics(report, style)
        return
    hidden = Hidden(report.secrets)
    for path, finding, _ in in_order(report):
        at = finding.location.source.position(finding.location.span.start)
        head = paint(f"{finding.severity}[{finding.rule}]", str(finding.severity), color=style.color)
        message = visible(hidden.words(finding.message) + _commit(finding) + _suppressed(finding, hidden))
        yield f"{visible(path)}:{at.line}:{at.column}: {head} {message}\n"


def _commit(finding: Finding) -> str:
    return f" (commit {finding.commit[:COMMIT]})" if finding.commit is not None else ""


def _suppressed(finding: Finding, hidden: Hidden) -> str:
    if finding.suppressed is None:
        return ""
    reason = f": {hidden.words(finding.suppressed.reason)}" if finding.suppressed.reason else ""
    return f" (suppressed{reason})"
