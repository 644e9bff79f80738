"""Noting a secret as a fact: where it is looked at, what of a value is the secret, when it is worth a fact.

What makes an expression a secret is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from envlint.facts import Credential
from envlint.source import Span
from envlint.surfaces.python.collector import Collector
from envlint.surfaces.python.confided import base64_text, confided
from envlint.surfaces.python.identifiers import word_of
from envlint.surfaces.python.meanings import Meanings, is_opaque
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Place, Space, Step
from envlint.surfaces.python.spelling import part_of
from envlint.value import Literal, Value, literal


@dataclass(frozen=True, slots=True)
class At:
    """Where an expression is looked at: the file's facts, the statement, the namespace and the region."""

    collector: Collector
    step: Step
    space: Space
    place: Place

    @property
    def reading(self) -> Reading:
        return self.collector.reading

    @property
    def meanings(self) -> Meanings:
        return self.collector.reading.meanings

    def text(self, node: cst.CSTNode | None) -> str | None:
        return word_of(node, self.space) if node is not None else None


def note(at: At, value: Value, span: Span, value_span: Span) -> None:
    """Notes a value as a secret, unless another fact has it, or it is the name of one."""
    trimmed = _decoded(_trimmed(at.reading, value))
    texts = [piece.text for piece in trimmed.literals() if piece.text]
    if not texts or value_span in at.collector.told or all(map(at.meanings.is_named, texts)):
        return
    if trimmed is not value and (only := trimmed.parts[0]) and isinstance(only, Literal) and only.span is not None:
        value_span = only.span
    at.collector.told.add(value_span)
    at.collector.add(Credential(trimmed, span, value_span), at.place, at.step)


def _trimmed(reading: Reading, value: Value) -> Value:
    """A text without the blanks around it (`input="...\\n"`)."""
    part = value.parts[0] if len(value.parts) == 1 else None
    if not isinstance(part, Literal) or part.text == part.text.strip() or not part.text.strip():
        return value
    start = len(part.text) - len(part.text.lstrip())
    return Value((part_of(reading.source, part, start, len(part.text.rstrip())),))


def _decoded(value: Value) -> Value:
    """What a text is in base64 (the data of a Kubernetes secret), where that looks like a secret and it does not."""
    part = value.parts[0] if len(value.parts) == 1 else None
    text = base64_text(part.text) if isinstance(part, Literal) and part.text.endswith(("=", "==")) else None
    if not isinstance(part, Literal) or text is None or not is_opaque(text) or not text.replace("-", "").isalnum():
        return value
    return literal(text, part.span)


def secret(at: At, node: cst.CSTNode, span: Span | None = None) -> None:
    """Notes what an expression gives away."""
    for value, value_span in confided(at.reading, node, at.space, at.place):
        note(at, value, span or value_span, value_span)


def weak_secret(at: At, node: cst.CSTNode, span: Span | None = None) -> None:
    """The same where the notation often holds something else: only what looks like nothing else."""
    for value, value_span in confided(at.reading, node, at.space, at.place):
        if any(is_opaque(text.strip()) for text in (*value.possible(), *(piece.text for piece in value.literals()))):
            note(at, value, span or value_span, value_span)
