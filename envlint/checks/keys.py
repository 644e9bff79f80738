"""The check for keys that are, or would be, committed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from envlint.checks.settings import SECRET, settings
from envlint.checks.verdict import Subject, Verdict
from envlint.finding import Confidence, mask
from envlint.packs import KeyShape, Rule
from envlint.source import Span
from envlint.value import Literal, Value

_CLASSES = {"hex": "[0-9A-Fa-f]", "word": "[0-9A-Za-z_]"}
# A generated key uses most of its alphabet: of 100,000 random 40-digit keys none had under eight distinct digits.
_FEWEST_DISTINCT = 8
# Words of four letters and more: a shorter one turns up by chance in one long key of a few hundred.
_PLACEHOLDER = re.compile(r"your|xxxx|token|secret|insert|example|dummy|changeme|placeholder|deadbeef", re.IGNORECASE)


def committed_key(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A real-looking key in a file that git tracks or would add: as a secret variable's value, as an
    argument that is a key, or, for a shape that identifies itself, wherever it stands."""
    if not subject.committed:
        return
    found: set[Span] = set()
    for setting in settings(subject, SECRET):
        for key, span in _keys_in(setting.value):
            if span in found or not any(_fits(shape, key) for shape in subject.knowledge.keys):
                continue
            found.add(span)
            yield _verdict(setting.variable.name, setting.form, key, span)
    secret = next((name for name in subject.knowledge.variables if subject.knowledge.is_secret(name)), None)
    for shape in subject.knowledge.keys:
        if not shape.alone:
            continue
        for match in re.finditer(_pattern(shape), subject.facts.source.text):
            span = Span(*match.span())
            if any(span in other or other in span for other in found) or not _fits(shape, match[0]):
                continue
            found.add(span)
            yield _verdict(secret, None, match[0], span)


def _verdict(variable: str | None, form: str | None, key: str, span: Span) -> Verdict:
    fields = {"variable": variable or "", "key": mask(key)}
    return Verdict(span, Confidence.HIGH, fields, variable=variable, form=form)


def _keys_in(value: Value) -> Iterator[tuple[str, Span]]:
    """Each text that a value can be for sure, with the span of the characters that spell it."""
    possible = set(value.possible())
    for piece in value.literals():
        if piece.text in possible and piece.span is not None:
            yield piece.text, piece.span
    joined = _joined(value)
    if joined is not None and joined[0] in possible:
        yield joined


def _joined(value: Value) -> tuple[str, Span] | None:
    """A key that is written in several pieces: its text, and the span from the first to the last."""
    pieces = [part for part in value.parts if isinstance(part, Literal)]
    spans = [piece.span for piece in pieces if piece.span is not None]
    if len(pieces) < 2 or len(pieces) != len(value.parts) or len(spans) != len(pieces):
        return None
    return "".join(piece.text for piece in pieces), Span(min(spans).start, max(span.end for span in spans))


def _pattern(shape: KeyShape) -> str:
    """A shape as a pattern whose matching is linear: runs of one class, no nesting."""
    run = _CLASSES[shape.alphabet]
    most = "" if shape.max_length is None else str(shape.max_length)
    before = "(?:[0-9A-Za-z]{1,40}-)" + ("" if shape.required else "?") if shape.prefix else ""
    key = rf"{before}{re.escape(shape.marker)}{run}{{{shape.length},{most}}}"
    return rf"(?<![0-9A-Za-z_-]){key}(?![0-9A-Za-z_])"


def _fits(shape: KeyShape, text: str) -> bool:
    """Whether a text is of this shape as a whole and does not look made up."""
    if re.fullmatch(_pattern(shape), text) is None:
        return False
    secret = text.rpartition("-")[2].removeprefix(shape.marker)
    return not _is_placeholder(secret)


def _is_placeholder(secret: str) -> bool:
    """Whether the random part of a key is plainly made up: few distinct characters, words, a count."""
    if len(set(secret.lower())) < _FEWEST_DISTINCT or _PLACEHOLDER.search(secret):
        return True
    steps = sum(ord(after) - ord(before) in (0, 1, -1) for before, after in pairwise(secret))
    return steps > len(secret) * 2 // 3
