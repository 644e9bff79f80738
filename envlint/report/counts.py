"""Counts: how many findings there are, by severity and by rule. Suppressed ones count nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from envlint.finding import Finding, Severity
from envlint.report import Report, Style
from envlint.report.glyphs import paint


@dataclass(frozen=True, slots=True)
class Tally:
    """Findings by severity, and how many come with a safe or an unsafe fix."""

    errors: int
    warnings: int
    notes: int
    safe: int
    unsafe: int


def tally(findings: Sequence[Finding]) -> Tally:
    """Counts the findings."""
    counted = [finding for finding in findings if finding.suppressed is None]
    levels = [finding.severity for finding in counted]
    fixes = [finding.fix.safe for finding in counted if finding.fix is not None]
    return Tally(
        errors=levels.count(Severity.ERROR),
        warnings=levels.count(Severity.WARNING),
        notes=levels.count(Severity.NOTE),
        safe=fixes.count(True),
        unsafe=fixes.count(False),
    )


def statistics(report: Report, style: Style) -> Iterator[str]:
    """A line for each rule that was broken: how often, its severity, its name; the most frequent first."""
    shown = (finding for finding in report.findings if finding.suppressed is None)
    counts = Counter((finding.severity, finding.rule) for finding in shown)
    digits = len(str(max(counts.values(), default=0)))
    for (severity, rule), count in sorted(counts.items(), key=lambda row: (-row[1], -row[0][0], row[0][1])):
        word = paint(f"{severity!s:<7}", str(severity), color=style.color)
        yield f"{count:>{digits}}  {word}  {rule}\n"
