"""The items of Python mappings that become environments: what a dict display, dict() or a copy of os.environ holds.

Owns which expressions are such mappings and what is in them. Where they end up is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

import libcst as cst

from envlint.source import Span
from envlint.surfaces.python.calls import ENVIRON, argument, index_of
from envlint.surfaces.python.names import function_of, only_bound, passed, qualified
from envlint.surfaces.python.reading import Contents, Item, Reading
from envlint.surfaces.python.records import Bound, Change, Place, Space, Step
from envlint.surfaces.python.values import inner, value_of
from envlint.value import Value, choice, unknown

_MOST_HOPS = 4
# How many items a mapping may have that a name carries to other places, and one that is put together of others.
_MOST_SHARED = 100
_MOST_JOINED = 1_000
_MOST_ELEMENTS = 256
_PAIR = 2
_SEQUENCES = (cst.List, cst.Tuple, cst.Set)
# How many statements that build up a mapping are followed.
_MOST_CHANGES = 64


@dataclass(frozen=True, slots=True)
class Found:
    """An expression, where it is evaluated, and the statement that it is part of if that is another one."""

    node: cst.CSTNode
    space: Space
    place: Place
    step: Step | None


def contents_found(reading: Reading, found: Found) -> tuple[Contents | None, Span]:
    """The contents of an expression that was found, and where it stands."""
    with reading.at(found.step) if found.step is not None else nullcontext():
        return contents_of(reading, found.node, found.space, found.place), reading.span(found.node)


def contents_of(reading: Reading, node: cst.CSTNode, space: Space, place: Place, depth: int = 0) -> Contents | None:
    """The contents of an expression that is a mapping written out, or a copy of os.environ; None for others."""
    if depth > _MOST_HOPS:
        return None
    if qualified(node, space) == ENVIRON:
        return Contents(inherits=True)
    match node:
        case cst.Dict():
            return _display(reading, node, space, place, depth)
        case cst.Call():
            return _call(reading, node, space, place, depth)
        case cst.BinaryOperation(left=left, operator=cst.BitOr(), right=right):
            return _union(reading, [left, right], space, place, depth)
        case cst.Name(value=name):
            bound = only_bound(space, name)
            # What else uses the name may have changed what it holds.
            if bound is None or bound.value is None or reading.outline.dynamic:
                return None
            if reading.outline.uses[name] != reading.outline.spread[name]:
                return None
            if not passed(bound, reading.order, place):
                return None
            if bound not in reading.contents:
                reading.contents[bound] = None
                with reading.at(bound.step):
                    found = contents_of(reading, bound.value, bound.space, bound.place, depth + 1)
                reading.contents[bound] = found if found is not None and len(found.items) <= _MOST_SHARED else None
            held = reading.contents[bound]
            changes = reading.outline.changes.get(name)
            return held if held is None or not changes else _changed(reading, held, bound, changes, place, depth)
    return None


# ---- Mappings that are built up in straight lines


def _changed(
    reading: Reading, held: Contents, bound: Bound, changes: Sequence[Change], place: Place, depth: int
) -> Contents | None:
    """What a mapping holds at a place after the changes that were made to it; None where these are not certain."""
    if len(changes) > _MOST_CHANGES or not reading.budget.takes_changes(len(changes)):
        return None
    if any(function_of(change.place) is not function_of(place) for change in changes):
        return None
    found = Contents(dict(held.items), held.complete, held.inherits)
    around = set(place.within())
    for change in changes:
        again = _repeats(change.place, bound.place)
        if change.step.order == reading.order and isinstance(change.node, cst.Call):
            return None
        passed_by = bound.step.order <= change.step.order < reading.order
        if not passed_by and (again is None or again not in around):
            continue
        certain = again is None and change.place in around
        if not _apply(reading, found, change, depth, certain=certain):
            return None
    return found


def _repeats(place: Place, outer: Place) -> Place | None:
    """The outermost loop that a place is in and another one is not."""
    beyond = set(outer.within())
    loops = [around for around in place.within() if around.kind == "loop" and around not in beyond]
    return loops[-1] if loops else None


def _apply(reading: Reading, found: Contents, change: Change, depth: int, *, certain: bool) -> bool:
    """Makes a change, or forgets what it may change; whether what it may change is known."""
    with reading.at(change.step):
        given, removed = _given_by(reading, change, depth)
    if given is None or (not certain and not given.complete):
        return False
    for name in removed:
        found.items.pop(name, None)
    for item in given.items.values():
        if not certain:
            found.items.pop(item.name, None)
        elif item.overrides or (item.name not in found.items and found.complete and not found.inherits):
            found.put(replace(item, overrides=True))
        elif item.name not in found.items:
            found.complete = False
    found.complete = found.complete and certain and given.complete
    if not given.complete:
        # What is not in sight may have replaced any of them.
        found.items = {item.name: item for item in given.items.values()}
    return True


def _given_by(reading: Reading, change: Change, depth: int) -> tuple[Contents | None, list[str]]:
    """The items that a change puts into a mapping, None where they cannot be told, and the names it removes."""
    node, space, place = change.node, change.space, change.place
    if isinstance(node, cst.AugAssign):
        return contents_of(reading, node.value, space, place, depth + 1), []
    if isinstance(node, cst.Subscript):
        index = index_of(node)
        key = key_of(reading, index, space, place) if index is not None else None
        if key is None:
            return None, []
        if change.value is None:
            # Deleted, or given a part of a value.
            return Contents(), [key[0]]
        whole = reading.span(change.step.node)
        return _one(key, value_of(reading, change.value, space, place), reading.span(change.value), whole), []
    assert isinstance(node.func, cst.Attribute)
    method = node.func.attr.value
    if method in ("update", "__ior__"):
        return arguments_of(reading, node.args, space, place, depth), []
    first, second = (argument(node, index, name) for index, name in enumerate(("key", "value")))
    key = key_of(reading, first, space, place) if first is not None else None
    if key is None:
        return None, []
    if method in ("pop", "__delitem__"):
        return Contents(), [key[0]]
    if second is None:
        return None, []
    value = value_of(reading, second, space, place)
    return _one(key, value, reading.span(second), reading.span(node), overrides=method != "setdefault"), []


def _one(key: tuple[str, Span], value: Value, value_span: Span, span: Span, *, overrides: bool = True) -> Contents:
    return Contents({key[0]: Item(*key, value, value_span, span, overrides)})


def item_of(reading: Reading, node: cst.CSTNode, space: Space, place: Place, key: str) -> Found | None:
    """What stands under a key in a mapping that is written out, or that a name is bound to once and only read."""
    step: Step | None = None
    if isinstance(node, cst.Name):
        bound, uses = only_bound(space, node.value), reading.outline.uses[node.value]
        if bound is None or uses != reading.outline.spread[node.value] or node.value in reading.outline.changes:
            return None
        if bound.value is None or not passed(bound, reading.order, place):
            return None
        node, space, place, step = bound.value, bound.space, bound.place, bound.step
    if not isinstance(node, cst.Dict):
        return None
    with reading.at(step) if step is not None else nullcontext():
        for element in node.elements[:_MOST_CHANGES]:
            if isinstance(element, cst.DictElement) and value_of(reading, element.key, space, place).text == key:
                return Found(element.value, space, place, step)
    return None


def is_copy(node: cst.CSTNode, space: Space) -> bool:
    """Whether an expression makes a new mapping out of os.environ."""
    match node:
        case cst.Call(func=function, args=arguments):
            name = qualified(function, space)
            if name == f"{ENVIRON}.copy":
                return True
            first = arguments[0] if arguments else None
            copies = name in ("dict", "copy.copy", "copy.deepcopy")
            return copies and first is not None and qualified(first.value, space) == ENVIRON
        case cst.Dict(elements=elements):
            starred = [element for element in elements if isinstance(element, cst.StarredDictElement)]
            return any(
                qualified(element.value, space) == ENVIRON or is_copy(element.value, space) for element in starred
            )
        case cst.BinaryOperation(left=left, operator=cst.BitOr()):
            return qualified(left, space) == ENVIRON or (isinstance(left, cst.Call) and is_copy(left, space))
    return False


def _display(reading: Reading, node: cst.Dict, space: Space, place: Place, depth: int) -> Contents:
    found = Contents()
    for element in node.elements:
        if isinstance(element, cst.StarredDictElement):
            add(found, contents_of(reading, element.value, space, place, depth + 1))
        elif isinstance(element, cst.DictElement):
            _add_item(reading, found, element, space, place)
    return found


def _add_item(reading: Reading, found: Contents, element: cst.DictElement, space: Space, place: Place) -> None:
    key = key_of(reading, element.key, space, place)
    if key is None:
        _doubt(found)
        return
    span = reading.span(element.key).to(reading.span(element.value))
    value = value_of(reading, element.value, space, place)
    elements = elements_in(reading, element.value, space, place)
    found.put(Item(*key, value, reading.span(element.value), span, elements=elements))


def _call(reading: Reading, node: cst.Call, space: Space, place: Place, depth: int) -> Contents | None:
    name = qualified(node.func, space)
    if name == f"{ENVIRON}.copy":
        return Contents(inherits=True)
    if name == "dict":
        return arguments_of(reading, node.args, space, place, depth)
    if name in ("copy.copy", "copy.deepcopy") and len(node.args) == 1:
        return contents_of(reading, node.args[0].value, space, place, depth + 1)
    return None


def _union(
    reading: Reading, operands: list[cst.BaseExpression], space: Space, place: Place, depth: int
) -> Contents | None:
    parts = [contents_of(reading, operand, space, place, depth + 1) for operand in operands]
    if all(part is None for part in parts):
        return None
    found = Contents()
    for part in parts:
        add(found, part)
    return found


def arguments_of(
    reading: Reading, arguments: Sequence[cst.Arg], space: Space, place: Place, depth: int = 0
) -> Contents:
    """What dict() or update() is given: mappings first, then items by keyword."""
    found = Contents()
    for given in arguments:
        if given.keyword is not None:
            name = given.keyword.value
            span = argument_span(reading, given)
            value = value_of(reading, given.value, space, place)
            elements = elements_in(reading, given.value, space, place)
            found.put(
                Item(name, reading.span(given.keyword), value, reading.span(given.value), span, elements=elements)
            )
        elif isinstance(given.value, (cst.List, cst.Tuple)) and not given.star:
            _add_pairs(reading, found, given.value, space, place)
        else:
            add(found, contents_of(reading, given.value, space, place, depth + 1) if given.star != "*" else None)
    return found


def _add_pairs(reading: Reading, found: Contents, node: cst.List | cst.Tuple, space: Space, place: Place) -> None:
    """`[(K, v), ...]`, which dict() and update() take for a mapping."""
    for element in node.elements:
        pair = element.value.elements if isinstance(element.value, (cst.Tuple, cst.List)) else ()
        plain = not any(isinstance(each, cst.StarredElement) for each in (element, *pair))
        key = key_of(reading, pair[0].value, space, place) if len(pair) == _PAIR and plain else None
        if key is None:
            _doubt(found)
            continue
        value = value_of(reading, pair[1].value, space, place)
        found.put(Item(*key, value, reading.span(pair[1].value), reading.span(element.value)))


def elements_in(reading: Reading, node: cst.CSTNode, space: Space, place: Place) -> tuple[Value, ...]:
    """The elements of a list, tuple or set that is written out where it stands, or that a name is bound to once and
    used for nothing else; the first few of very many."""
    if isinstance(node, cst.Name):
        bound = only_bound(space, node.value)
        if bound is None or reading.outline.uses[node.value] != 1 or not passed(bound, reading.order, place):
            return ()
        if not isinstance(bound.value, _SEQUENCES):
            return ()
        with reading.at(bound.step):
            return elements_in(reading, bound.value, bound.space, bound.place)
    if not isinstance(node, _SEQUENCES):
        return ()
    return tuple(
        unknown("what is unpacked", reading.span(element))
        if isinstance(element, cst.StarredElement)
        else value_of(reading, element.value, space, place)
        for element in node.elements[:_MOST_ELEMENTS]
    )


def argument_span(reading: Reading, given: cst.Arg) -> Span:
    """`name=value`, or the value alone."""
    value = reading.span(given.value)
    return reading.span(given.keyword).to(value) if given.keyword is not None else value


def add(found: Contents, part: Contents | None) -> None:
    if part is None or len(found.items) > _MOST_JOINED:
        _doubt(found)
        return
    if not part.complete:
        _doubt(found)
    if part.inherits:
        # What os.environ holds replaces what was there before it.
        found.items = {name: replace(item, overrides=False) for name, item in found.items.items()}
        found.inherits = True
    for item in part.items.values():
        found.put(item)
    found.complete = found.complete and part.complete


def _doubt(found: Contents) -> None:
    """What comes next has names that are not known, so that it may replace any item before it."""
    found.complete = False
    if len(found.items) <= _MOST_SHARED:
        found.items = {name: replace(item, value=_or_other(item.value)) for name, item in found.items.items()}


def _or_other(value: Value) -> Value:
    return choice([value, unknown("something else may have this name")])


def key_of(reading: Reading, node: cst.CSTNode, space: Space, place: Place) -> tuple[str, Span] | None:
    """The variable that a key names, and where: inside the quotes of a plain string, else the whole key."""
    if isinstance(node, cst.SimpleString) and "b" not in node.prefix:
        span = inner(reading, node)
        name = value_of(reading, node, space, place).text
    else:
        span = reading.span(node)
        value = value_of(reading, node, space, place)
        name = value.text if value.is_text else None
    # A name with an equals sign, or none at all, is refused by os.environ.
    return (name, span) if name and "=" not in name else None
