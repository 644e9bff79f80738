"""Calls of tracked functions: under whatever name, through functools.partial, as methods of objects, and with
mappings that hold the arguments of another function.

Owns which function a call means and which arguments it gets. What these are worth is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import libcst as cst

from envlint.facts import Argument, Call
from envlint.surfaces.python.collector import Collector
from envlint.surfaces.python.items import Found, argument_span, contents_found, contents_of, elements_in, item_of
from envlint.surfaces.python.names import lookup, only_bound, qualified
from envlint.surfaces.python.reading import Contents, Reading, is_class
from envlint.surfaces.python.records import Bound, Place, Space, Spot, Step
from envlint.surfaces.python.values import value_of
from envlint.surfaces.python.walk import assigned

_PARTIAL = "functools.partial"
_MOST_NAMES = 4


@dataclass(frozen=True, slots=True)
class _Given:
    """Arguments as they are written, and where they are evaluated; `step` is that of another statement."""

    arguments: Sequence[cst.Arg]
    space: Space
    place: Place
    step: Step | None = None


@dataclass(frozen=True, slots=True)
class _Called:
    """A tracked function, where it is named, and what it is given, in order."""

    function: str
    named: cst.CSTNode
    given: tuple[_Given, ...]


def tracked_call(collector: Collector, step: Step, spot: Spot, name: str | None) -> bool:
    """Notes the call of a tracked function that a call is, or makes with functools.partial; whether it is one."""
    reading = collector.reading
    node = spot.node
    if not isinstance(node, cst.Call) or not reading.parameters:
        return False
    if name == _PARTIAL:
        made = _partial(reading, node, spot.space, spot.place, None)
        if made is not None and not _is_only_called(reading, step, node):
            # It is called later, by somebody who is not in sight and may give more.
            later = Place("function", spot.place, (spot.line, spot.line), (node, node))
            _note(collector, step, spot, made, later, hidden=True)
        return made is not None
    called = _called(reading, node, spot, name)
    if called is None:
        return False
    _note(collector, step, spot, called, spot.place, hidden=False)
    return True


def _called(reading: Reading, node: cst.Call, spot: Spot, name: str | None) -> _Called | None:
    own = _Given(node.args, spot.space, spot.place)
    if name is not None and name in reading.parameters:
        return _Called(name, node.func, (own,))
    partial = _partial_behind(reading, node.func, spot.space, spot.place)
    if partial is not None:
        return _Called(partial.function, node.func, (*partial.given, own))
    method = _method(reading, node.func, spot.space)
    return _Called(method, node.func, (own,)) if method is not None else None


# ---- functools.partial


def _partial(reading: Reading, node: cst.Call, space: Space, place: Place, step: Step | None) -> _Called | None:
    """What `partial(function, ...)` calls in the end."""
    if not node.args or node.args[0].star or node.args[0].keyword is not None:
        return None
    first = node.args[0].value
    function = qualified(first, space)
    if function is None or function not in reading.parameters:
        return None
    return _Called(function, first, (_Given(node.args[1:], space, place, step),))


def _partial_behind(reading: Reading, node: cst.CSTNode, space: Space, place: Place) -> _Called | None:
    """What a call of `partial(...)(...)`, or of a name for a partial, calls."""
    if isinstance(node, cst.Name):
        if not reading.partials:
            return None
        bound = only_bound(space, node.value)
        if bound is None or not isinstance(bound.value, cst.Call):
            return None
        made, space, place, step = bound.value, bound.space, bound.place, bound.step
        return _partial(reading, made, space, place, step) if qualified(made.func, space) == _PARTIAL else None
    if isinstance(node, cst.Call) and qualified(node.func, space) == _PARTIAL:
        return _partial(reading, node, space, place, None)
    return None


def _is_only_called(reading: Reading, step: Step, node: cst.Call) -> bool:
    """Whether a partial is called in sight wherever it is used: at once, or by the one name that it is given."""
    if any(isinstance(spot.node, cst.Call) and spot.node.func is node for spot in step.spots):
        return True
    match step.node:
        case cst.Assign(targets=[cst.AssignTarget(cst.Name(value=name))], value=value) if value is node:
            uses = reading.outline.uses[name]
            return uses > 0 and uses == reading.outline.called[name] and only_bound(step.space, name) is not None
    return False


# ---- Methods


def _method(reading: Reading, node: cst.CSTNode, space: Space) -> str | None:
    """The tracked method that an attribute of an object is, by the class that the object is made of."""
    if not isinstance(node, cst.Attribute) or node.attr.value not in reading.methods:
        return None
    classes = reading.methods[node.attr.value]
    kind = _class_of(reading, node.value, space)
    if kind is not None:
        return f"{kind}.{node.attr.value}" if kind in classes else None
    # Nobody says what it is, but a name that is the class's own in lower case.
    last = node.value.attr.value if isinstance(node.value, cst.Attribute) else None
    if isinstance(node.value, cst.Name):
        last = node.value.value
    wanted = (last or "").lower().strip("_")
    named = [kind for kind in classes if is_class(kind) and kind.rpartition(".")[2].lower() == wanted]
    return f"{named[0]}.{node.attr.value}" if named else None


def _class_of(reading: Reading, node: cst.CSTNode, space: Space) -> str | None:
    """The qualified name of the class that an expression's value is made of, or annotated with."""
    if isinstance(node, cst.Call):
        return qualified(node.func, space)
    bounds: Sequence[Bound] = ()
    if isinstance(node, cst.Name):
        bounds = lookup(space, node.value) or ()
    elif isinstance(node, cst.Attribute):
        bounds = reading.outline.attributes.get(node.attr.value, ())
    classes = {_made_of(bound) for bound in bounds[:_MOST_NAMES]}
    return classes.pop() if len(classes) == 1 and len(bounds) <= _MOST_NAMES else None


def _made_of(bound: Bound) -> str | None:
    if bound.kind == "parameter" and bound.annotation is not None:
        return qualified(bound.annotation, bound.space)
    return qualified(bound.value.func, bound.space) if isinstance(bound.value, cst.Call) else None


# ---- The fact


def _note(collector: Collector, step: Step, spot: Spot, called: _Called, place: Place, *, hidden: bool) -> None:
    reading = collector.reading
    arguments: list[Argument] = []
    handed: list[Call] = []
    positional: Sequence[str] | None = reading.parameters[called.function]
    hands = reading.wanted.hands.get(called.function, {})
    count = 0
    put = _put if len(called.given) > 1 else list.extend
    for given in called.given:
        for each in given.arguments:
            with reading.at(given.step) if given.step is not None else nullcontext():
                if each.star:
                    unpacked, whole = _unpacked(reading, each, given)
                    put(arguments, unpacked)
                    hidden = hidden or not whole
                    positional = None if each.star == "*" else positional
                    continue
                position = count if each.keyword is None else None
                count += each.keyword is None
                name = each.keyword.value if each.keyword is not None else _parameter(positional, count - 1)
                if name is not None:
                    value = value_of(reading, each.value, given.space, given.place)
                    spans = argument_span(reading, each), reading.span(each.value)
                    elements = elements_in(reading, each.value, given.space, given.place)
                    put(arguments, [Argument(name, value, *spans, position, elements)])
                    handed += _handed(reading, each.value, given, name, hands)
    for call in handed:
        collector.add(call, place, step)
    spans = reading.span(spot.node), reading.span(called.named)
    collector.add(Call(called.function, tuple(arguments), hidden, *spans), place, step)


def _put(arguments: list[Argument], more: Sequence[Argument]) -> None:
    """Adds arguments; one that is given by name takes the place of an earlier one that a partial gave."""
    names = {each.name for each in more if each.position is None}
    arguments[:] = [each for each in arguments if each.name not in names or each.position is not None]
    arguments.extend(more)


def _parameter(positional: Sequence[str] | None, index: int) -> str | None:
    """The parameter for a place, in the newest signature; an older one may know more places, which have no name
    here. None where what stands before the place is not all in sight, or nothing is given by place."""
    if not positional:
        return None
    return positional[index] if index < len(positional) else str(index)


def _unpacked(reading: Reading, each: cst.Arg, given: _Given) -> tuple[list[Argument], bool]:
    """The arguments that `**mapping` stands for, and whether those are all."""
    contents = contents_of(reading, each.value, given.space, given.place) if each.star == "**" else None
    if contents is None:
        return [], False
    return _arguments(contents), contents.complete and not contents.inherits


def _arguments(contents: Contents) -> list[Argument]:
    return [
        Argument(item.name, item.value, item.span, item.value_span, elements=item.elements)
        for item in contents.items.values()
    ]


# ---- Attributes that are arguments


def attributes(collector: Collector, step: Step) -> None:
    """`settings = wandb.Settings()`, then `settings.mode = "offline"`: an argument that is given later."""
    reading = collector.reading
    if not reading.objects or not isinstance(step.node, (cst.Assign, cst.AnnAssign)) or step.node.value is None:
        return
    node = step.node
    targets = [target.target for target in node.targets] if isinstance(node, cst.Assign) else [node.target]
    for target in targets:
        for part, given in assigned(target, node.value):
            kind = _object_of(reading, part, step.space) if isinstance(part, cst.Attribute) else None
            if kind is None or given is None or not isinstance(part, cst.Attribute):
                continue
            value = value_of(reading, given, step.space, step.place)
            elements = elements_in(reading, given, step.space, step.place)
            name, written = reading.span(part.attr), reading.span(given)
            argument = Argument(part.attr.value, value, name.to(written), written, elements=elements)
            spans = name.to(written), reading.span(part.value)
            collector.add(Call(kind, (argument,), True, *spans), step.place, step)


def _object_of(reading: Reading, node: cst.Attribute, space: Space) -> str | None:
    """The tracked class of the object whose attribute is assigned, where its arguments may be given so."""
    kind = _class_of(reading, node.value, space) if isinstance(node.value, (cst.Name, cst.Attribute)) else None
    return kind if kind in reading.wanted.objects else None


# ---- Mappings that hold another function's arguments


def _handed(reading: Reading, node: cst.CSTNode, given: _Given, name: str, hands: Mapping[str, str]) -> Iterator[Call]:
    """The calls for which an argument, or a mapping in it, holds the arguments."""
    for path, function in hands.items():
        parameter, _, key = path.partition(".")
        own = Found(node, given.space, given.place, None)
        found = item_of(reading, node, given.space, given.place, key) if key else own
        if parameter != name or found is None:
            continue
        contents, span = contents_found(reading, found)
        if contents is not None:
            more = bool(key) or contents.inherits or not contents.complete
            yield Call(function, tuple(_arguments(contents)), more, span, span)
