"""Conditional expressions: what a name holds in the arm that a condition about this very name chooses.

Owns `x if x else y` and its like, with comparisons to the empty text and None. It does not evaluate expressions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import libcst as cst

from envlint.surfaces.python.pieces import truth_of, where
from envlint.value import Constant, Value

_Holds: TypeAlias = Callable[[Value], bool]


def narrowed(test: cst.BaseExpression, arm: cst.BaseExpression, value: Value, *, met: bool) -> Value:
    """The value of an arm: `met` for the one that is taken where the test holds. What the test says of the very
    expression that the arm is rules out some alternatives."""
    while isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        test, met = test.expression, not met
    asked, holds = _asked(test, met)
    return where(value, holds) if asked is not None and _is_plain(arm) and asked.deep_equals(arm) else value


def _asked(test: cst.BaseExpression, met: bool) -> tuple[cst.BaseExpression | None, _Holds]:
    """The expression that a test is about, and which of its alternatives are left."""
    match test:
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator=operator, comparator=other)]):
            same = isinstance(operator, (cst.Equal, cst.Is))
            if not same and not isinstance(operator, (cst.NotEqual, cst.IsNot)):
                return None, _any
            if isinstance(other, cst.Name) and other.value == "None":
                return left, _not_none if same is not met else _any
            if isinstance(other, cst.SimpleString) and other.evaluated_value == "":
                return left, _not_empty if same is not met else _any
            return None, _any
        case cst.Name() | cst.Attribute():
            return test, _true if met else _false
    return None, _any


def _is_plain(node: cst.CSTNode) -> bool:
    """A name or an attribute of one: what is compared with itself costs no more than it is long."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


def _any(value: Value) -> bool:
    return True


def _true(value: Value) -> bool:
    return truth_of(value) is not False


def _false(value: Value) -> bool:
    return truth_of(value) is not True


def _not_empty(value: Value) -> bool:
    return bool(value.parts)


def _not_none(value: Value) -> bool:
    match value.parts:
        case (Constant(value=None),):
            return False
    return True
