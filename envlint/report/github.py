"""Workflow commands: each finding as an annotation of GitHub Actions.

A command is one line that the runner parses. Whatever comes from a scanned file is escaped so that it can
neither end its line nor open another command.
"""

from __future__ import annotations

from collections.abc import Iterator

from envlint.finding import Finding, Location, Severity
from envlint.hidden import Hidden
from envlint.report import COMMIT, Report, Style
from envlint.report.glyphs import visible
from envlint.report.paths import portable

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
# The runner refuses longer messages; it counts UTF-16 code units.
_LONGEST = 4096
_CUT = "…"


def render(report: Report, style: Style) -> Iterator[str]:
    """A command for each finding that is not suppressed; paths are relative to each project's root."""
    hidden = Hidden(report.secrets)
    for finding in report.findings:
        if finding.suppressed is None:
            yield _command(finding, hidden)


def _command(finding: Finding, hidden: Hidden) -> str:
    properties = ",".join(f"{name}={_property(value)}" for name, value in _properties(finding))
    return f"::{_LEVELS[finding.severity]} {properties}::{_data(_message(finding, hidden))}\n"


def _properties(finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.commit is not None:
        # The lines of an old commit are not those of the checkout, on which the runner would show it.
        yield "title", finding.rule
        return
    source, span = finding.location.source, finding.location.span
    start, end = source.position(span.start), source.position(span.end)
    yield "file", visible(portable(source.path))
    yield "line", str(start.line)
    yield "endLine", str(end.line)
    # The runner drops columns of a range of several lines, and says so in its log.
    if start.line == end.line:
        yield "col", str(start.column)
        yield "endColumn", str(end.column)
    yield "title", finding.rule


def _message(finding: Finding, hidden: Hidden) -> str:
    lines = [finding.message, *([f"help: {finding.help}"] if finding.help else [])]
    if finding.commit is not None:
        lines.insert(0, f"{_place(finding.location)} in commit {finding.commit[:COMMIT]}:")
    lines += [f"{_place(related.location)}: {related.message}" for related in finding.related]
    return _shorten("\n".join(visible(hidden.words(line)) for line in lines))


def _place(location: Location) -> str:
    at = location.source.position(location.span.start)
    return f"{portable(location.source.path)}:{at.line}:{at.column}"


def _shorten(message: str) -> str:
    units = message.encode("utf-16-le")
    if len(units) <= 2 * _LONGEST:
        return message
    # A pair of surrogates that the cut would part is dropped.
    return units[: 2 * (_LONGEST - 1)].decode("utf-16-le", "ignore") + _CUT


def _data(text: str) -> str:
    # The percent sign first: the others are escaped with it.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
