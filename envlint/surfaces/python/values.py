"""The values of Python expressions, as far as they can be told without running anything.

Owns what an expression evaluates to: constants, texts and their pieces, names that are followed, reads of
the environment. What assigns a value to what is not known here. A value that a name carries keeps the spans
of where it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import libcst as cst

from envlint.source import Span
from envlint.surfaces.python.calls import (
    Evaluate,
    call_value,
    elements_of,
    environment_read,
    environment_value,
    index_of,
    path_of,
)
from envlint.surfaces.python.conditions import narrowed
from envlint.surfaces.python.defaults import of_attribute, of_parameter
from envlint.surfaces.python.names import followed, lookup
from envlint.surfaces.python.pieces import as_text, both, either, glued, joined, percent, repeated, truth_of, type_of
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Bound, Default, Place, Space
from envlint.surfaces.python.text import unescaped
from envlint.value import Constant, Value, choice, literal, ref, unknown

_MOST_DEPTH = 24
_MOST_NESTED = 8
_MOST_DIGITS = 300
_CONSTANTS = {"None": None, "True": True, "False": False}
_DISPLAYS: dict[type[cst.CSTNode], str] = {
    cst.List: "list",
    cst.ListComp: "list",
    cst.Dict: "dict",
    cst.DictComp: "dict",
    cst.Set: "set",
    cst.SetComp: "set",
    cst.Tuple: "tuple",
    cst.Lambda: "function",
    cst.Imaginary: "complex",
}


def value_of(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int = 0) -> Value:
    """What an expression evaluates to, read at a place in a namespace."""
    if depth > _MOST_DEPTH:
        return unknown("too deeply nested to follow", reading.span(node))
    reader = _READERS.get(type(node))
    if reader is not None:
        return reader(reading, node, space, place, depth + 1)
    kind = _DISPLAYS.get(type(node))
    return unknown("not a constant" if kind is None else f"a {kind}", reading.span(node), kind)


# ---- Strings


def _simple_string(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    assert isinstance(node, cst.SimpleString)
    whole = reading.span(node)
    prefix = node.prefix
    if "b" in prefix:
        return unknown("bytes", whole, "bytes")
    inside = inner(reading, node)
    text = unescaped(reading.source.slice(inside), raw="r" in prefix)
    return literal(text, inside) if text is not None else unknown("no text that a variable can hold", whole, "str")


def inner(reading: Reading, node: cst.SimpleString) -> Span:
    """The characters between the quotes of a string."""
    whole = reading.span(node)
    quote = len(node.quote)
    return Span(whole.start + len(node.prefix) + quote, whole.end - quote)


def _formatted_string(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    assert isinstance(node, cst.FormattedString)
    raw = "r" in node.prefix
    return glued(_formatted_part(reading, part, space, place, depth, raw=raw) for part in node.parts)


def _formatted_part(reading: Reading, part: cst.CSTNode, space: Space, place: Place, depth: int, *, raw: bool) -> Value:
    span = reading.span(part)
    if isinstance(part, cst.FormattedStringText):
        spelled = reading.source.slice(span).replace("{{", "{").replace("}}", "}")
        text = unescaped(spelled, raw=raw)
        return literal(text, span) if text is not None else unknown("no text that a variable can hold", span, "str")
    if not isinstance(part, cst.FormattedStringExpression) or part.conversion not in (None, "s"):
        return unknown("a formatted value", span, "str")
    if part.format_spec is not None or part.equal is not None:
        return unknown("a formatted value", span, "str")
    return as_text(value_of(reading, part.expression, space, place, depth))


def _concatenated(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    """Adjacent strings, which libcst nests to the right."""
    pieces: list[Value] = []
    at = node
    while isinstance(at, cst.ConcatenatedString):
        pieces.append(value_of(reading, at.left, space, place, depth))
        at = at.right
    pieces.append(value_of(reading, at, space, place, depth))
    if any(type_of(piece) == "bytes" for piece in pieces):
        return unknown("bytes", reading.span(node), "bytes")
    return glued(pieces)


# ---- Constants and names


def _integer(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    assert isinstance(node, cst.Integer)
    span = reading.span(node)
    digits = node.value.replace("_", "")
    if len(digits) > _MOST_DIGITS:
        return unknown("a large number", span, "int")
    try:
        return Value((Constant(int(digits, 0), span),))
    except ValueError:
        return unknown("not a number", span, "int")


def _float(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    assert isinstance(node, cst.Float)
    span = reading.span(node)
    if len(node.value) > _MOST_DIGITS:
        return unknown("a long number", span, "float")
    return Value((Constant(float(node.value), span),))


def _name(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    assert isinstance(node, cst.Name)
    span = reading.span(node)
    if node.value in _CONSTANTS:
        return Value((Constant(_CONSTANTS[node.value], span),))
    bounds = followed(reading.outline, space, node.value, reading.order, place)
    if bounds is None:
        looped = _looped(reading, lookup(space, node.value) or [], place)
        if looped is not None:
            return looped
        # Reference 5.3: the import system gives a module these two as texts.
        return unknown("a name that is not followed", span, "str" if node.value in ("__file__", "__name__") else None)
    return choice(_bound_value(reading, bound, node.value, span, depth) for bound in bounds)


def _looped(reading: Reading, bounds: list[Bound], place: Place) -> Value | None:
    """What the name of a loop holds inside of it."""
    if len(bounds) != 1:
        return None
    if bounds[0] in reading.assumed:
        return reading.assumed[bounds[0]]
    taken = reading.taken.get(bounds[0])
    # A function that the loop defines may be called after it.
    inside = taken is not None and any(around is taken[0] for around in _until_function(place))
    return taken[1] if taken is not None and inside else None


def _until_function(place: Place) -> Iterator[Place]:
    for around in place.within():
        yield around
        if around.kind == "function" and not around.inline:
            return


def _bound_value(reading: Reading, bound: Bound, name: str, span: Span, depth: int) -> Value:
    if bound.kind == "parameter":
        given = unknown("a parameter", span)
        default = of_parameter(bound, name)
        return given if default is None else choice([_assigned_value(reading, bound, default, depth), given])
    return _assigned_value(reading, bound, bound.value, depth)


def _assigned_value(reading: Reading, bound: Bound, node: cst.CSTNode | None, depth: int) -> Value:
    """What was assigned to a name, found once."""
    if bound in reading.values or node is None:
        return reading.values.get(bound) or unknown("a name that depends on itself")
    reading.values[bound] = None
    with reading.at(bound.step):
        value = value_of(reading, node, bound.space, bound.place, depth)
    reading.values[bound] = value
    return value


def _attribute(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    """An attribute may be what its declaration says, and anything else."""
    assert isinstance(node, cst.Attribute)
    given = unknown("an attribute", reading.span(node))
    options = [_default(reading, default, depth) for default in of_attribute(reading, node, space, place)]
    return choice([*options, given])


def _default(reading: Reading, default: Default, depth: int) -> Value:
    """What a default evaluates to, found once."""
    if default.node in reading.defaults:
        return reading.defaults[default.node] or unknown("a default that depends on itself")
    reading.defaults[default.node] = None
    with reading.at(default.step):
        value = value_of(reading, default.node, default.space, default.place, depth)
    reading.defaults[default.node] = value
    return value


# ---- Operators


def _binary(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    assert isinstance(node, cst.BinaryOperation)
    span = reading.span(node)

    def evaluate(part: cst.CSTNode) -> Value:
        return value_of(reading, part, space, place, depth)

    if isinstance(node.operator, cst.Add):
        return joined([evaluate(operand) for operand in _operands(node)]) or unknown("an operation", span)
    if isinstance(node.operator, cst.Modulo):
        template = evaluate(node.left)
        if template.is_text:
            return percent(template, _percent_arguments(node.right, evaluate))
    if isinstance(node.operator, cst.Multiply):
        return repeated(evaluate(node.left), evaluate(node.right), span)
    if isinstance(node.operator, cst.Divide) and path_of(node, space, evaluate) is not None:
        return unknown("a path", span, "Path")
    return unknown("an operation", span)


def _operands(node: cst.BinaryOperation) -> list[cst.BaseExpression]:
    """What is added with `+`, which libcst nests to the left."""
    operands: list[cst.BaseExpression] = []
    at: cst.BaseExpression = node
    while isinstance(at, cst.BinaryOperation) and isinstance(at.operator, cst.Add) and (at is node or not at.lpar):
        operands.append(at.right)
        at = at.left
    return [at, *reversed(operands)]


def _percent_arguments(node: cst.CSTNode, evaluate: Evaluate) -> list[Value] | dict[str, Value]:
    """What stands to the right of `%`: the elements of a tuple, the items of a dict, or one value."""
    if isinstance(node, cst.Tuple):
        elements = elements_of(node)
        return [evaluate(element) for element in elements] if elements is not None else {}
    if not isinstance(node, cst.Dict):
        value = evaluate(node)
        # A name may hold a tuple or a dict, which count as several arguments.
        return [value] if value.is_text or any(isinstance(part, Constant) for part in value.parts) else {}
    items = [item for item in node.elements if isinstance(item, cst.DictElement)]
    keys = [(evaluate(item.key).text, item.value) for item in items]
    return {key: evaluate(item) for key, item in keys if key is not None and len(items) == len(node.elements)}


def _unary(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    assert isinstance(node, cst.UnaryOperation)
    span = reading.span(node)
    value = value_of(reading, node.expression, space, place, depth)
    part = value.parts[0] if len(value.parts) == 1 else None
    if isinstance(node.operator, cst.Not):
        truth = truth_of(value)
        return unknown("a condition", span, "bool") if truth is None else Value((Constant(not truth, span),))
    if isinstance(part, Constant) and isinstance(part.value, (int, float)):
        if isinstance(node.operator, cst.Minus):
            return Value((Constant(-part.value, span),))
        if isinstance(node.operator, cst.Plus):
            return Value((Constant(+part.value, span),))
    return unknown("an operation", span)


def _conditional(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    assert isinstance(node, cst.IfExp)
    truth = truth_of(value_of(reading, node.test, space, place, depth))
    arms = [(met, arm) for met, arm in ((True, node.body), (False, node.orelse)) if truth in (met, None)]
    return choice(narrowed(node.test, arm, value_of(reading, arm, space, place, depth), met=met) for met, arm in arms)


def _boolean(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    assert isinstance(node, cst.BooleanOperation)

    def evaluate(part: cst.CSTNode) -> Value:
        return value_of(reading, part, space, place, depth)

    left, right = evaluate(node.left), evaluate(node.right)
    if isinstance(node.operator, cst.And):
        return both(left, right)
    read = environment_read(node.left, space, evaluate)
    if read is None or read.required or read.default is not None or read.variable in reading.known:
        return either(left, right)
    if not reading.untouched(read.variable, node.left, place):
        return either(left, right)
    # `os.getenv(NAME) or default` gives the default where the variable is unset, or empty.
    return ref(read.variable, reading.span(node.left), right)


def _comparison(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    return unknown("a condition", reading.span(node))


def _walrus(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    assert isinstance(node, cst.NamedExpr)
    return value_of(reading, node.value, space, place, depth)


def _subscript(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    def evaluate(part: cst.CSTNode) -> Value:
        return value_of(reading, part, space, place, depth)

    read = environment_read(node, space, evaluate)
    if read is None:
        assert isinstance(node, cst.Subscript)
        return _item(reading, node, space, place, depth) or unknown("an item", reading.span(node))
    return environment_value(reading, node, read, place, evaluate)


def _item(reading: Reading, node: cst.Subscript, space: Space, place: Place, depth: int) -> Value | None:
    """An item of a mapping, list or tuple that is all in sight."""
    index = index_of(node)
    if index is None:
        return None
    key = value_of(reading, index, space, place, depth)
    elements = elements_of(node.value)
    part = key.parts[0] if len(key.parts) == 1 else None
    if elements is not None and isinstance(part, Constant) and type(part.value) is int:
        inside = -len(elements) <= part.value < len(elements)
        return value_of(reading, elements[part.value], space, place, depth) if inside else None
    if key.text is None or reading.nested >= _MOST_NESTED:
        return None
    reading.nested += 1
    contents = reading.mapping(node.value, space, place)
    reading.nested -= 1
    if contents is None or not contents.complete or contents.inherits or key.text not in contents.items:
        return None
    return contents.items[key.text].value


def _call(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int) -> Value:
    assert isinstance(node, cst.Call)
    return call_value(reading, node, space, place, lambda part: value_of(reading, part, space, place, depth))


_Reader: TypeAlias = Callable[[Reading, cst.CSTNode, Space, Place, int], Value]

_READERS: dict[type[cst.CSTNode], _Reader] = {
    cst.SimpleString: _simple_string,
    cst.FormattedString: _formatted_string,
    cst.ConcatenatedString: _concatenated,
    cst.Integer: _integer,
    cst.Float: _float,
    cst.Name: _name,
    cst.Attribute: _attribute,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.IfExp: _conditional,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _comparison,
    cst.NamedExpr: _walrus,
    cst.Subscript: _subscript,
    cst.Call: _call,
}
