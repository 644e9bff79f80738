"""The walk over Python expressions and targets: the spots in them, and the names that they bind and use.

Iterative, so that no depth of nesting matters. What a spot means is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

import libcst as cst

from envlint.facts import ScopeKind
from envlint.surfaces.python.records import (
    DYNAMIC,
    OF_AN_OBJECT,
    REFLECTING,
    Bound,
    Change,
    Clue,
    Outline,
    Place,
    Space,
    Spot,
    Step,
)


def line_of(found: Outline) -> int:
    """The logical line that is being walked."""
    return len(found.nodes) - 1


def within(found: Outline, kind: ScopeKind, outer: Place, node: cst.CSTNode) -> Place:
    """A region that is one expression."""
    line = line_of(found)
    return Place(kind, outer, (line, line), (node, node))


def bind(step: Step, space: Space, name: str, bound: Bound) -> None:
    """Notes that a statement binds a name. What a comprehension binds with `:=` belongs to what is around it."""
    while space.kind == "comprehension" and space.parent is not None:
        space = space.parent
    owner = space.shared.get(name, space)
    owner.names.setdefault(name, []).append(bound)
    step.binds.append(bound)


def parameters(found: Outline, step: Step, given: cst.Parameters, space: Space, outer: Space, place: Place) -> None:
    """The parameters of a function whose namespace is `space`; their defaults are evaluated in `outer`."""
    named = [*given.posonly_params, *given.params, *given.kwonly_params]
    walk(found, step, [parameter.default for parameter in named], outer)
    _hand_on(found, *(parameter.default for parameter in named))
    for parameter in named:
        annotation = parameter.annotation.annotation if parameter.annotation is not None else None
        bound = Bound("parameter", step, outer, place, value=parameter.default, annotation=annotation)
        space.names.setdefault(parameter.name.value, []).append(bound)
    for star in (given.star_arg, given.star_kwarg):
        if isinstance(star, cst.Param):
            space.names.setdefault(star.name.value, []).append(Bound("other", step, outer, place))


def bind_targets(found: Outline, step: Step, target: cst.CSTNode, value: cst.BaseExpression | None) -> None:
    """The names that a target binds, and what is assigned to each where that can be told."""
    for part, given in assigned(target, value):
        if isinstance(part, cst.Name):
            kind: Literal["value", "other"] = "value" if given is not None else "other"
            if is_environ(found, given):
                found.aliases.add(part.value)
                found.bound_to_it.append((step.space.shared.get(part.value, step.space), part.value))
            bind(step, step.space, part.value, Bound(kind, step, step.space, step.place, value=given))
        elif isinstance(part, cst.Attribute):
            _hand_on(found, given)
            kept = Bound("value" if given is not None else "other", step, step.space, step.place, value=given)
            found.attributes.setdefault(part.attr.value, []).append(kept)
            walk(found, step, [part.value])
        elif isinstance(part, cst.Subscript):
            step.stores.append(part)
            _hand_on(found, given)
            if isinstance(part.value, cst.Name):
                whole = None if isinstance(step.node, cst.AugAssign) else given
                change(found, part.value.value, Change(part, step, step.space, step.place, whole))
            walk(found, step, [part.value, *part.slice])


def change(found: Outline, name: str, made: Change) -> None:
    """Notes what may change the mapping that a name stands for; using the name there hands nothing on."""
    found.changes.setdefault(name, []).append(made)
    found.spread[name] += 1


def assigned(
    target: cst.CSTNode, value: cst.BaseExpression | None
) -> Iterator[tuple[cst.CSTNode, cst.BaseExpression | None]]:
    """The single targets in a target, in order, each with the expression that it receives; None where that is
    only a part of one."""
    stack: list[tuple[cst.CSTNode, cst.BaseExpression | None]] = [(target, value)]
    while stack:
        node, given = stack.pop()
        if isinstance(node, (cst.Tuple, cst.List)):
            stack.extend(reversed(_pairs(node.elements, given)))
        elif isinstance(node, (cst.Element, cst.StarredElement)):
            stack.append((node.value, given))
        else:
            yield node, given


def _pairs(
    elements: Sequence[cst.BaseElement], value: cst.BaseExpression | None
) -> list[tuple[cst.CSTNode, cst.BaseExpression | None]]:
    given = value.elements if isinstance(value, (cst.Tuple, cst.List)) else ()
    starred = any(isinstance(element, cst.StarredElement) for element in (*elements, *given))
    if starred or len(given) != len(elements):
        return [(element, None) for element in elements]
    return [(element, part.value) for element, part in zip(elements, given, strict=True)]


# The parts of each kind of node that are evaluated with it. What is not here is asked for its children.
_PARTS: dict[type[cst.CSTNode], tuple[str, ...]] = {
    cst.Attribute: ("value",),
    cst.Arg: ("value",),
    cst.Subscript: ("value", "slice"),
    cst.SubscriptElement: ("slice",),
    cst.Index: ("value",),
    cst.Slice: ("lower", "upper", "step"),
    cst.BinaryOperation: ("left", "right"),
    cst.UnaryOperation: ("expression",),
    cst.Comparison: ("left", "comparisons"),
    cst.ComparisonTarget: ("comparator",),
    cst.Tuple: ("elements",),
    cst.List: ("elements",),
    cst.Set: ("elements",),
    cst.Dict: ("elements",),
    cst.Element: ("value",),
    cst.StarredElement: ("value",),
    cst.DictElement: ("key", "value"),
    cst.StarredDictElement: ("value",),
    cst.Await: ("expression",),
    cst.Yield: ("value",),
    cst.From: ("item",),
    cst.FormattedString: ("parts",),
    cst.FormattedStringExpression: ("expression", "format_spec"),
    cst.ConcatenatedString: ("left", "right"),
    cst.CompIf: ("test",),
    cst.SimpleString: (),
    cst.FormattedStringText: (),
    cst.Integer: (),
    cst.Float: (),
    cst.Imaginary: (),
    cst.Ellipsis: (),
}
_SPOTS = (cst.Subscript, cst.Comparison)

# Methods of a mapping: what changes it, and what hands on no more than its items.
_CHANGING = frozenset({"update", "setdefault", "pop", "popitem", "clear", "__setitem__", "__delitem__", "__ior__"})
_LOOKING = frozenset({"copy", "get", "items", "keys", "values", "__getitem__", "__contains__"})
# How many items a mapping has that is a name and its value.
_MOST_PAIR = 3
# Parameters that take a mapping to read from it.
_READ_ONLY = frozenset({"env", "env_vars", "environment", "init_kwargs", "runtime_env", "settings"})
# What declares an option of a command line: argparse, absl.
_DECLARING = frozenset({"add_argument", "add_option", "set_defaults"})

_TEXTS = (cst.SimpleString, cst.FormattedString, cst.ConcatenatedString, cst.BinaryOperation)
_CLUES = frozenset((*_TEXTS, cst.BooleanOperation, cst.Dict, cst.List, cst.Tuple, cst.Lambda, cst.NamedExpr))

_Item: TypeAlias = tuple[cst.CSTNode, Space, Place]


def walk(found: Outline, step: Step, roots: Iterable[cst.CSTNode | None], space: Space | None = None) -> None:
    """Notes the spots in expressions, in the order of the text, and the names that are bound in them."""
    stack: list[_Item] = [(root, space or step.space, step.place) for root in roots if root is not None]
    stack.reverse()
    while stack:
        node, inside, place = stack.pop()
        kind = type(node)
        if kind is cst.Name:
            _use(found, node.value)  # type: ignore[attr-defined]
            continue
        if kind in _CLUES and line_of(found) in found.marked:
            _clue(found, step, node, inside, place)
        if kind is cst.Dict and 2 <= len(node.elements) <= _MOST_PAIR:  # type: ignore[attr-defined]
            step.displays.append(Clue(node, line_of(found), inside, place))
        if kind is cst.Attribute and node.attr.value in REFLECTING:  # type: ignore[attr-defined]
            found.reflects = True
        special = _SPECIAL.get(kind)
        if special is not None:
            parts = special(found, step, node, inside, place)
            stack.extend(reversed([part for part in parts if part is not None]))
            continue
        if kind in _SPOTS:
            _look_up(found, node)
            step.spots.append(Spot(node, line_of(found), inside, place))  # type: ignore[arg-type]
        elif kind is cst.Await or kind is cst.Yield:
            step.disturbs = True
        elif kind is cst.Element or kind is cst.DictElement:
            if kind is cst.DictElement and type(node.value) is cst.Name:  # type: ignore[attr-defined]
                _spread_item(found, node)
            _hand_on(found, node.value)  # type: ignore[attr-defined]
        stack.extend((part, inside, place) for part in reversed(_parts(node)))


def _look_up(found: Outline, node: cst.CSTNode) -> None:
    """`name[key]` and `key in name` hand on no more of a mapping than an item."""
    owner: cst.CSTNode | None = None
    if isinstance(node, cst.Subscript):
        owner = node.value
    elif isinstance(node, cst.Comparison) and isinstance(node.comparisons[0].operator, (cst.In, cst.NotIn)):
        owner = node.comparisons[0].comparator
    if isinstance(owner, cst.Name):
        found.spread[owner.value] += 1


def _spread_item(found: Outline, node: cst.CSTNode) -> None:
    """`{"env_vars": name}`, where that is a mapping that is only read."""
    match node:
        case cst.DictElement(key=cst.SimpleString() as key, value=cst.Name(value=name)):
            if key.raw_value in _READ_ONLY:
                found.spread[name] += 1


def _clue(found: Outline, step: Step, node: cst.CSTNode, space: Space, place: Place) -> None:
    """Notes a clue; a text that is joined of several once, as a whole."""
    if isinstance(node, (cst.ConcatenatedString, cst.BinaryOperation)):
        found.inner.update((id(node.left), id(node.right)))
    if isinstance(node, cst.BinaryOperation) and not isinstance(node.operator, (cst.Add, cst.Modulo)):
        return
    if id(node) not in found.inner:
        step.clues.append(Clue(node, line_of(found), space, place))


def _parts(node: cst.CSTNode) -> list[cst.CSTNode]:
    names = _PARTS.get(type(node))
    if names is None:
        return list(node.children)
    parts: list[cst.CSTNode] = []
    for name in names:
        part = getattr(node, name)
        if isinstance(part, cst.CSTNode):
            parts.append(part)
        elif part is not None:
            parts.extend(part)
    return parts


def _use(found: Outline, name: str) -> None:
    found.uses[name] += 1
    if name in DYNAMIC:
        found.dynamic = True
    if name in REFLECTING:
        found.reflects = True


def _hand_on(found: Outline, *nodes: cst.CSTNode | None) -> None:
    """Expressions whose values go where they are not followed."""
    for node in nodes:
        if is_environ(found, node) or (isinstance(node, cst.Attribute) and is_environ(found, node.value)):
            found.escapes = True


def is_environ(found: Outline, node: cst.CSTNode | None) -> bool:
    """Whether an expression looks like os.environ."""
    if isinstance(node, cst.Attribute):
        return node.attr.value == "environ"
    return isinstance(node, cst.Name) and node.value in found.aliases


def _call(found: Outline, step: Step, node: cst.CSTNode, space: Space, place: Place) -> list[_Item]:
    assert isinstance(node, cst.Call)
    spot = Spot(node, line_of(found), space, place)
    step.spots.append(spot)
    updates = isinstance(node.func, cst.Attribute) and node.func.attr.value == "update"
    match node.func:
        case cst.Name(value=name):
            found.called[name] += 1
        case cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value=method)):
            if method in _CHANGING:
                change(found, name, Change(node, step, space, place))
            elif method in _LOOKING:
                found.spread[name] += 1
    function: cst.CSTNode | None = node.func
    if _is_of_an_object(node, space):
        assert isinstance(node.func, cst.Name)
        found.uses[node.func.value] += 1
        found.through_objects = True
        function = None
    if _declares(node):
        found.options.append((step, spot))
    for argument in node.args:
        if isinstance(argument.value, cst.Attribute) and is_environ(found, argument.value.value):
            # A method of os.environ, which anybody may call.
            found.escapes = True
        if not isinstance(argument.value, cst.Name):
            continue
        if argument.star == "**" or (updates and argument.keyword is None):
            found.spread[argument.value.value] += 1
        elif argument.keyword is not None and argument.keyword.value in _READ_ONLY:
            if argument.keyword.value == "env":
                found.environments.add(argument.value.value)
            found.spread[argument.value.value] += 1
    arguments: list[_Item] = [(argument.value, space, place) for argument in node.args]
    return [(function, space, place), *arguments] if function is not None else arguments


def _is_of_an_object(node: cst.Call, space: Space) -> bool:
    """`vars(options)`, `setattr(options, name, value)`, and `locals()` in a function, which gives a copy (PEP 667)."""
    if not isinstance(node.func, cst.Name):
        return False
    if node.func.value == "locals":
        return space.kind == "function" and not node.args
    plain = bool(node.args) and not node.args[0].star and isinstance(node.args[0].value, (cst.Name, cst.Attribute))
    return plain and node.func.value in OF_AN_OBJECT


def _declares(node: cst.Call) -> bool:
    name = node.func.attr.value if isinstance(node.func, cst.Attribute) else ""
    return name in _DECLARING or name.startswith("DEFINE_")


def _starred(found: Outline, step: Step, node: cst.CSTNode, space: Space, place: Place) -> list[_Item]:
    assert isinstance(node, cst.StarredDictElement)
    if isinstance(node.value, cst.Name):
        found.spread[node.value.value] += 1
    return [(node.value, space, place)]


def _either(found: Outline, step: Step, node: cst.CSTNode, space: Space, place: Place) -> list[_Item]:
    """`a if test else b`: each side may not be evaluated."""
    assert isinstance(node, cst.IfExp)
    _hand_on(found, node.body, node.orelse)
    return [
        (node.body, space, within(found, "branch", place, node.body)),
        (node.test, space, place),
        (node.orelse, space, within(found, "branch", place, node.orelse)),
    ]


def _both(found: Outline, step: Step, node: cst.CSTNode, space: Space, place: Place) -> list[_Item]:
    """`a and b`, `a or b`: the right side may not be evaluated."""
    assert isinstance(node, cst.BooleanOperation)
    _hand_on(found, node.left, node.right)
    return [(node.left, space, place), (node.right, space, within(found, "branch", place, node.right))]


def _named(found: Outline, step: Step, node: cst.CSTNode, space: Space, place: Place) -> list[_Item]:
    assert isinstance(node, cst.NamedExpr)
    _hand_on(found, node.value)
    if isinstance(node.target, cst.Name):
        # Only of a plain text is it certain that whoever gets the expression's value can't change the name's.
        plain = space.kind != "comprehension" and isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString))
        kind: Literal["value", "other"] = "value" if plain else "other"
        bind(step, space, node.target.value, Bound(kind, step, space, place, value=node.value if plain else None))
    return [(node.value, space, place)]


def _lambda(found: Outline, step: Step, node: cst.CSTNode, space: Space, place: Place) -> list[_Item]:
    assert isinstance(node, cst.Lambda)
    inner = Space("function", space)
    body = within(found, "function", place, node)
    parameters(found, step, node.params, inner, space, body)
    return [(node.body, inner, body)]


def _comprehension(found: Outline, step: Step, node: cst.CSTNode, space: Space, place: Place) -> list[_Item]:
    assert isinstance(node, cst.BaseComp)
    inner = Space("comprehension", space)
    body = within(found, "function", place, node)
    body.inline = True
    # Reference 6.2.4: the first iterable is evaluated in the scope around.
    items: list[_Item] = [(node.for_in.iter, space, place)]
    clause: cst.CompFor | None = node.for_in
    while clause is not None:
        for target, _ in assigned(clause.target, None):
            if isinstance(target, cst.Name):
                inner.names.setdefault(target.value, []).append(Bound("other", step, inner, body))
        if clause is not node.for_in:
            items.append((clause.iter, inner, body))
        items.extend((condition, inner, body) for condition in clause.ifs)
        clause = clause.inner_for_in
    for name in ("key", "value", "elt"):
        part = getattr(node, name, None)
        if part is not None:
            items.append((part, inner, body))
    return items


_SPECIAL = {
    cst.Call: _call,
    cst.StarredDictElement: _starred,
    cst.IfExp: _either,
    cst.BooleanOperation: _both,
    cst.NamedExpr: _named,
    cst.Lambda: _lambda,
    cst.ListComp: _comprehension,
    cst.SetComp: _comprehension,
    cst.DictComp: _comprehension,
    cst.GeneratorExp: _comprehension,
}
