"""The report for programs: one JSON document, whose keys are a promise.

Lines and columns count from 1, columns in code points, ends are exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator

from envlint.finding import Finding, Fix, Location, Related
from envlint.hidden import Hidden
from envlint.report import Notice, Report, Style
from envlint.report.counts import tally
from envlint.report.document import dump, lines_and_columns, transferable
from envlint.report.paths import in_order, of_notice, of_source


def render(report: Report, style: Style) -> Iterator[str]:
    """The whole document; the style has no say in it."""
    hidden = Hidden(report.secrets)
    counts = tally(report.findings)
    notices = sorted(report.unreadable, key=lambda one: (of_notice(report, one), one.line or 0, one.message))
    yield dump(
        {
            "version": report.version,
            "findings": [_finding(report, hidden, *row) for row in in_order(report)],
            "unreadable": [_notice(report, hidden, notice) for notice in notices],
            "summary": {
                "files": report.files,
                "errors": counts.errors,
                "warnings": counts.warnings,
                "notes": counts.notes,
                "suppressed": report.suppressed,
                "fixable": counts.safe + counts.unsafe,
            },
        }
    )


def _finding(report: Report, hidden: Hidden, path: str, finding: Finding, mark: str) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "message": hidden.words(finding.message),
        "help": hidden.words(finding.help) if finding.help is not None else None,
        "path": path,
        **lines_and_columns(finding.location.source, finding.location.span),
        "variable": hidden.words(finding.variable) if finding.variable is not None else None,
        "surface": finding.surface,
        "form": finding.form,
        "fingerprint": mark,
        "cell": finding.cell,
        "commit": finding.commit,
        "related": [_related(report, hidden, related) for related in finding.related],
        "fix": _fix(report, hidden, finding.fix),
        "suppressed": {"kind": finding.suppressed.kind, "reason": hidden.words(finding.suppressed.reason)}
        if finding.suppressed is not None
        else None,
    }


def _place(report: Report, location: Location) -> dict[str, object]:
    return {"path": of_source(report, location.source), **lines_and_columns(location.source, location.span)}


def _related(report: Report, hidden: Hidden, related: Related) -> dict[str, object]:
    return {**_place(report, related.location), "message": hidden.words(related.message)}


def _fix(report: Report, hidden: Hidden, fix: Fix | None) -> dict[str, object] | None:
    if fix is None or not transferable(fix, hidden):
        return None
    return {
        "title": hidden.words(fix.title),
        "applicability": "safe" if fix.safe else "unsafe",
        "edits": [{**_place(report, Location(edit.source, edit.span)), "text": edit.text} for edit in fix.edits],
    }


def _notice(report: Report, hidden: Hidden, notice: Notice) -> dict[str, object]:
    return {"path": of_notice(report, notice), "line": notice.line, "message": hidden.words(notice.message)}
