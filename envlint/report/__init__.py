"""Reports: a run's outcome as text. Each format is one module with `render(report, style)`; this table says which.

A report shows; it does not judge, sort anew by importance, read a file or write one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from envlint.finding import Finding
from envlint.fingerprint import fingerprints
from envlint.packs import Rule
from envlint.source import Source, Span

FORMATS: Mapping[str, str] = {
    "text": "envlint.report.text",
    "concise": "envlint.report.concise",
    "json": "envlint.report.json",
    "sarif": "envlint.report.sarif",
    "github": "envlint.report.github",
}
"""Every output format and its module, which is imported only when it is asked for."""


COMMIT = 12
"""How many digits of a commit are shown to people. Programs get all of them."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A file or a region that was not read. `path` is relative to `root` (None: the report's own root), `line`
    counts from 1 (None: the whole file), `message` says why."""

    path: str
    line: int | None
    message: str
    root: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a run.

    findings      sorted; suppressed ones only if they shall be shown
    unreadable    what was not read, whether or not a finding says so too
    rules         every rule that was in force, sorted by name
    secrets       where sources hold keys and secret values: never shown
    files         how many files were judged;  suppressed: how many findings were suppressed, shown or not
    root, cwd     absolute paths: the project's root (of several, the first one's) and the current directory
    version       envlint's own
    fingerprints  one for each finding, where they were already computed over all findings of the run
    """

    findings: tuple[Finding, ...]
    unreadable: tuple[Notice, ...]
    rules: tuple[Rule, ...]
    secrets: Mapping[Source, Sequence[Span]]
    files: int
    suppressed: int
    root: str
    cwd: str
    version: str
    fingerprints: tuple[str, ...] = ()

    def marks(self) -> tuple[str, ...]:
        """The fingerprint of each finding."""
        return self.fingerprints or fingerprints(self.findings, self.secrets)


@dataclass(frozen=True, slots=True)
class Style:
    """How a report is written for people. `width` counts terminal columns. `terminal`: someone is watching, so
    sentences are wrapped and long lists cut. `verbose`: nothing is cut. `quiet`: no summary. `statistics`: counts
    by rule in place of the findings."""

    color: bool = False
    width: int = 100
    verbose: bool = False
    terminal: bool = False
    quiet: bool = False
    statistics: bool = False


class Format(Protocol):
    """What a module of the table offers."""

    def render(self, report: Report, style: Style) -> Iterator[str]:
        """The report as pieces of text, to be written one after another as UTF-8."""
        ...


def load(format: str) -> Format:
    """The module of an output format; KeyError where the table has none of that name."""
    return cast(Format, import_module(FORMATS[format]))
