"""The check that reports what could not be read."""

from __future__ import annotations

from collections.abc import Iterator

from envlint.checks.verdict import Subject, Verdict
from envlint.finding import Confidence, mask_keys
from envlint.packs import Rule
from envlint.source import Span


def unreadable(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """Each region, or the whole file, that its reader gave up on."""
    for region in subject.facts.unreadable:
        yield Verdict(region.span or Span(0, 0), Confidence.HIGH, {"reason": mask_keys(region.reason)})
