"""Fingerprints: what tells a finding from others for as long as the text around it stays the same.

A fingerprint is made of the rule, the path, the variable and the lines of the finding with their keys
taken out, never of line numbers and never of a key: the hash of a key in a public file would let anyone
try guesses against it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from envlint.finding import Finding, mask_keys
from envlint.hidden import Hidden
from envlint.source import Source, Span

# What stands for a key. The control character keeps it apart from any word of the text.
_KEY = "\0key"
# How far from the ends of a finding its lines are read, in code points: a file may be one long line.
_REACH = 200
_DIGITS = 24


def fingerprints(findings: Sequence[Finding], secrets: Mapping[Source, Sequence[Span]]) -> tuple[str, ...]:
    """The fingerprint of each finding, in the order given: hexadecimal digits.

    Findings that nothing else tells apart are numbered in the order of the text, so all findings of a file
    should be handed over, those that will not be shown too.
    """
    hidden = Hidden(secrets)
    seen: Counter[str] = Counter()
    prints = [""] * len(findings)
    for index in sorted(range(len(findings)), key=lambda index: findings[index].order):
        subject = _subject(findings[index], hidden)
        prints[index] = _digest(f"{subject}\0{seen[subject]}")
        seen[subject] += 1
    return tuple(prints)


def _subject(finding: Finding, hidden: Hidden) -> str:
    # A file may be named for a key.
    path, variable = mask_keys(finding.location.source.path), mask_keys(finding.variable or "")
    words = (finding.rule, path, variable, _context(finding, hidden))
    return _digest("\0".join(words))


def _context(finding: Finding, hidden: Hidden) -> str:
    """The lines of the finding, as far as they are near it, with every run of blanks as one space."""
    source, span = finding.location.source, finding.location.span
    first = source.line_span(source.position(span.start).line)
    last = source.line_span(source.position(max(span.start, span.end - 1)).line)
    head = Span(max(first.start, span.start - _REACH), min(last.end, span.start + _REACH))
    tail = Span(max(head.end, span.end - _REACH), min(last.end, span.end + _REACH))
    parts = (hidden.text(source, part, lambda _: _KEY) for part in (head, tail) if part.start < part.end)
    return " ".join("".join(parts).split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
