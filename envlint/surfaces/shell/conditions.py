"""How conditions come out: of tests whose words are known, or hang on one outer name alone.

Owns `[`, `test` and `[[` as far as they can be decided. It must not know what follows from them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from envlint.value import Ref, Value

_PATTERN = re.compile(r"[*?\[\\]")


@dataclass(frozen=True, slots=True)
class Decided:
    """It comes out so for certain."""

    outcome: bool


@dataclass(frozen=True, slots=True)
class Depends:
    """It comes out as `unset` if an outer name is unset; `exact`: and the other way if it is set to a text."""

    name: str
    unset: bool
    exact: bool


Condition: TypeAlias = Decided | Depends | None
"""None: nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A word of a test. `whole`: it is one word whatever its value, and no pattern."""

    value: Value
    whole: bool


def inverted(condition: Condition) -> Condition:
    """The condition after `!`."""
    match condition:
        case Decided(outcome):
            return Decided(not outcome)
        case Depends(name, unset, exact):
            return Depends(name, not unset, exact)
    return None


def tested(operands: Sequence[Operand]) -> Condition:
    """How a test of these words comes out (POSIX, test: by the number of its operands)."""
    if len(operands) > 1 and operands[0].value.text == "!":
        return inverted(tested(operands[1:]))
    match operands:
        case (operand,):
            return inverted(_empty(operand))
        case (operator, operand) if operator.value.text == "-z":
            return _empty(operand)
        case (operator, operand) if operator.value.text == "-n":
            return inverted(_empty(operand))
        case (left, operator, right) if operator.value.text in ("=", "=="):
            return _equal(left, right)
        case (left, operator, right) if operator.value.text == "!=":
            return inverted(_equal(left, right))
    return None


def _empty(operand: Operand) -> Condition:
    value = operand.value
    if not operand.whole:
        return None
    if value.text is not None or value.min_length:
        return Decided(value.text == "")
    match value.parts:
        case (Ref(name=name, default=default, alternate=None),):
            known = default.text if default is not None else ""
            return None if known is None else Depends(name, not known, exact=not known)
    return None


def _equal(left: Operand, right: Operand) -> Condition:
    text = right.value.text
    if text is None and left.value.text is not None:
        return _equal(right, left)
    if text is None or not left.whole or not right.whole or _PATTERN.search(text):
        return None
    if left.value.text is not None:
        return Decided(left.value.text == text)
    match left.value.parts:
        case (Ref(name=name, default=default, alternate=None),):
            known = default.text if default is not None else ""
            return None if known is None else Depends(name, known == text, exact=False)
    return None
