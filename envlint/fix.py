"""Fixes: what a text is after the edits of some findings.

Edits that overlap an earlier one are left for the next run, so that no edit works on what another has changed.
This module writes nothing; it does not know which fixes are wanted.
"""

from __future__ import annotations

from collections.abc import Iterable

from envlint.finding import Edit, Finding
from envlint.source import Source


def fixed(findings: Iterable[Finding]) -> dict[Source, str]:
    """The text of each source that the fixes of the findings change, after them; a fix is made whole or not."""
    edits: dict[Source, list[Edit]] = {}
    for finding in findings:
        wanted = finding.fix.edits if finding.fix is not None else ()
        if not any(_overlaps(edit, other) for edit in wanted for other in edits.get(edit.source, ())):
            for edit in wanted:
                edits.setdefault(edit.source, []).append(edit)
    return {source: _edited(source, found) for source, found in edits.items()}


def _overlaps(edit: Edit, other: Edit) -> bool:
    return (edit.span.start < other.span.end and other.span.start < edit.span.end) or edit.span == other.span


def _edited(source: Source, edits: list[Edit]) -> str:
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: edit.span.start):
        pieces += [source.text[at : edit.span.start], edit.text]
        at = edit.span.end
    return "".join([*pieces, source.text[at:]])
