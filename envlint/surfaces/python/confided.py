"""The texts that an expression gives away where its meaning is a secret: also those behind the calls that encode
a key, wrap it, or take it as a default.

Wider than what an expression evaluates to: every text in it that the program can end up with.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from envlint.source import Span
from envlint.surfaces.python.items import only_bound
from envlint.surfaces.python.names import qualified
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Bound, Place, Space
from envlint.surfaces.python.text import unescaped
from envlint.surfaces.python.values import inner, value_of
from envlint.value import Literal, Value, literal

_MOST_PARTS = 128
_MOST_LENGTH = 4_096
_DECODERS = frozenset(f"base64.{name}" for name in ("b64decode", "urlsafe_b64decode", "standard_b64decode"))
# Methods of a text or bytes that leave the secret in it.
_SAME = frozenset(("decode", "encode", "strip", "lstrip", "rstrip", "get_secret_value", "split", "join"))
# What holds its first argument as a default or as it is, by the last word of its name.
_HOLDER_WORDS = """Argument Constant Field Literal Option Param Parameter Secret SecretBytes SecretStr String StringVar
Textbox Value Variable attrib bytes bytearray cast choice field ib list quote shuffle str text_input tuple"""
_HOLDERS = frozenset(_HOLDER_WORDS.split())
# Functions, besides methods, whose first argument is the secret in another form.
_PASSED = frozenset(("b64encode", "decode", "encode", "join"))
# What takes a default as its second argument.
_GETTERS = frozenset(("get", "getenv", "pop", "setdefault", "config", "str", "getattr", "get_env", "secret"))
DEFAULTS = frozenset(("const", "default", "default_value", "fallback", "initial", "initial_value", "value"))
"""Parameters that receive what a name holds if nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class _Part:
    """An expression still to be looked at, and the assignment that it is the value of, if a name led there."""

    node: cst.CSTNode
    space: Space
    place: Place
    bound: Bound | None = None


def confided(reading: Reading, node: cst.CSTNode, space: Space, place: Place) -> Iterator[tuple[Value, Span]]:
    """Each value with a text that an expression gives away, and the span of the expression that is it."""
    waiting = [_Part(node, space, place)]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        if part.bound is None:
            found = list(_texts(reading, part))
        else:
            with reading.at(part.bound):
                found = list(_texts(reading, part))
        yield from found
        if not found:
            waiting.extend(reversed(list(_inside(reading, part))))


def _texts(reading: Reading, part: _Part) -> Iterator[tuple[Value, Span]]:
    node = part.node
    value = text_of(reading, node, part.space, part.place)
    if isinstance(node, cst.Call) and qualified(node.func, part.space) in _DECODERS and node.args:
        value = _decoded(text_of(reading, node.args[0].value, part.space, part.place))
    elif isinstance(node, cst.Subscript) and _reverses(node):
        value = _reversed(text_of(reading, node.value, part.space, part.place))
    if value.min_length <= _MOST_LENGTH and any(piece.span for piece in value.literals()):
        yield value, reading.span(node)


def text_of(reading: Reading, node: cst.CSTNode, space: Space, place: Place) -> Value:
    """What an expression evaluates to; bytes that are written out count as the text that they spell."""
    if not isinstance(node, cst.SimpleString) or "b" not in node.prefix.lower():
        return value_of(reading, node, space, place)
    span = inner(reading, node)
    return literal(unescaped(reading.source.slice(span), raw="r" in node.prefix.lower()) or "", span)


def _inside(reading: Reading, part: _Part) -> Iterator[_Part]:
    """The expressions inside one that may be what it gives."""
    node = part.node
    if isinstance(node, (cst.Name, cst.Attribute)) and part.bound is None:
        bound = _followed(reading, node, part)
        if bound is not None and bound.value is not None:
            yield _Part(bound.value, bound.space, bound.place, bound)
        return
    for inside in _parts(node, part.space):
        yield _Part(inside, part.space, part.place, part.bound)


def _followed(reading: Reading, node: cst.Name | cst.Attribute, part: _Part) -> Bound | None:
    """The one assignment that a name, or an attribute of a class of this file, comes from."""
    if isinstance(node, cst.Name):
        return only_bound(part.space, node.value)
    if not isinstance(node.value, cst.Name):
        return None
    owner = node.value.value
    if owner in ("self", "cls"):
        owner = next((around.name or "" for around in part.place.within() if around.kind == "class"), "")
    space = reading.outline.classes.get(owner)
    bounds = space.names.get(node.attr.value, []) if space is not None else []
    return bounds[0] if len(bounds) == 1 and bounds[0].kind == "value" else None


def _parts(node: cst.CSTNode, space: Space) -> Iterator[cst.CSTNode]:
    match node:
        case cst.List(elements=elements) | cst.Tuple(elements=elements) | cst.Set(elements=elements):
            yield from (element.value for element in elements[:_MOST_PARTS])
        case cst.Dict(elements=items):
            yield from (item.value for item in items[:_MOST_PARTS] if isinstance(item, cst.DictElement))
        case cst.IfExp(body=body, orelse=orelse):
            yield from (body, orelse)
        case cst.BooleanOperation(left=left, right=right):
            yield from (left, right)
        case cst.Subscript(value=value):
            yield value
        case cst.Lambda(body=body):
            yield body
        case cst.NamedExpr(value=value) | cst.Await(expression=value):
            yield value
        case cst.Call():
            yield from _given(node, space)


def _given(node: cst.Call, space: Space) -> Iterator[cst.CSTNode]:
    """What a call is given that it may give back."""
    plain = [given.value for given in node.args if given.keyword is None and not given.star]
    for given in node.args[:_MOST_PARTS]:
        if given.keyword is not None and given.keyword.value in (*DEFAULTS, "default_factory"):
            yield given.value
    name = node.func.attr.value if isinstance(node.func, cst.Attribute) else qualified(node.func, space)
    last = (name or "").rpartition(".")[2]
    if isinstance(node.func, cst.Attribute) and last in _SAME:
        yield node.func.value
    if last in _HOLDERS | _PASSED:
        yield from plain[:1]
    if last in _GETTERS:
        yield from plain[1:3]


def _decoded(value: Value) -> Value:
    """The text that a text in base64 stands for, spelled by its characters."""
    part = value.parts[0] if len(value.parts) == 1 else None
    if not isinstance(part, Literal) or len(part.text) > _MOST_LENGTH:
        return Value()
    text = base64_text(part.text)
    return literal(text, part.span) if text is not None else Value()


def base64_text(text: str) -> str | None:
    """The ASCII text that a text in base64 stands for, in either alphabet."""
    data = text.strip().translate(str.maketrans("-_", "+/"))
    try:
        decoded = base64.b64decode(data + "=" * (-len(data) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return decoded.strip() if decoded.strip().isprintable() else None


def _reverses(node: cst.Subscript) -> bool:
    """`text[::-1]`."""
    part = node.slice[0].slice if len(node.slice) == 1 else None
    if not isinstance(part, cst.Slice) or part.lower is not None or part.upper is not None:
        return False
    step = part.step
    return (
        isinstance(step, cst.UnaryOperation)
        and isinstance(step.operator, cst.Minus)
        and isinstance(step.expression, cst.Integer)
        and step.expression.value == "1"
    )


def _reversed(value: Value) -> Value:
    part = value.parts[0] if len(value.parts) == 1 else None
    return literal(part.text[::-1], part.span) if isinstance(part, Literal) else Value()
