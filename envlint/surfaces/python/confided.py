"""The texts that an expression gives away where its meaning is a secret: also those behind the calls that encode
a key, wrap it, or take it as a default.

Wider than what an expression evaluates to: every text in it that the program can end up with.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import libcst as cst

from envlint.source import Span
from envlint.surfaces.python.names import only_bound, qualified
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


Confided: TypeAlias = tuple[Value, Span]
"""A value with a text that is given away, and the span of the expression that is it."""


def confided(reading: Reading, node: cst.CSTNode, space: Space, place: Place) -> Iterator[Confided]:
    """What an expression gives away; names lead to what they were assigned."""
    return _confided(reading, node, space, place, follow=True)


def _confided(reading: Reading, node: cst.CSTNode, space: Space, place: Place, *, follow: bool) -> Iterator[Confided]:
    waiting = [node]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        value = _text(reading, part, space, place)
        if any(piece.span for piece in value.literals()):
            if value.min_length <= _MOST_LENGTH:
                yield value, reading.span(part)
        elif isinstance(part, (cst.Name, cst.Attribute)):
            bound = _followed(reading, part, space, place) if follow else None
            yield from _assigned(reading, bound) if bound is not None else ()
        else:
            waiting.extend(reversed(list(_parts(part, space))))


def _assigned(reading: Reading, bound: Bound) -> Sequence[Confided]:
    """What an assignment gives away, found out once."""
    if bound not in reading.confided and bound.value is not None:
        with reading.at(bound.step):
            found = _confided(reading, bound.value, bound.space, bound.place, follow=False)
            reading.confided[bound] = tuple(found)
    return reading.confided.get(bound, ())


def _text(reading: Reading, node: cst.CSTNode, space: Space, place: Place) -> Value:
    """The text that an expression is, decoded and turned round where the code does that."""
    if isinstance(node, cst.Call) and node.args and qualified(node.func, space) in _DECODERS:
        return _decoded(text_of(reading, node.args[0].value, space, place))
    if isinstance(node, cst.Subscript) and _reverses(node):
        return _reversed(text_of(reading, node.value, space, place))
    return text_of(reading, node, space, place)


def text_of(reading: Reading, node: cst.CSTNode, space: Space, place: Place) -> Value:
    """What an expression evaluates to; bytes that are written out count as the text that they spell."""
    if not isinstance(node, cst.SimpleString) or "b" not in node.prefix.lower():
        return value_of(reading, node, space, place)
    span = inner(reading, node)
    return literal(unescaped(reading.source.slice(span), raw="r" in node.prefix.lower()) or "", span)


def _followed(reading: Reading, node: cst.Name | cst.Attribute, space: Space, place: Place) -> Bound | None:
    """The one assignment that a name, or an attribute of a class of this file, comes from."""
    if isinstance(node, cst.Name):
        return only_bound(space, node.value)
    if not isinstance(node.value, cst.Name):
        return None
    owner = node.value.value
    if owner in ("self", "cls"):
        owner = next((around.name or "" for around in place.within() if around.kind == "class"), "")
    inside = reading.outline.classes.get(owner)
    bounds = inside.names.get(node.attr.value, []) if inside is not None else []
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
