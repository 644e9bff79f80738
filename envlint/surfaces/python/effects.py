"""What Python statements and calls do to environments: os.environ itself and copies of it.

Owns which notation sets, keeps or removes which variable where, and what is certain of os.environ after it.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from envlint.facts import Read, Unset
from envlint.source import Span
from envlint.surfaces.python.calls import ENVIRON, GETTERS, argument, index_of
from envlint.surfaces.python.collector import Collector
from envlint.surfaces.python.items import arguments_of, contents_of, is_copy, key_of
from envlint.surfaces.python.names import only_bound, qualified
from envlint.surfaces.python.pieces import joined
from envlint.surfaces.python.reading import Contents, Reading
from envlint.surfaces.python.records import Bound, Place, Space, Spot, Step
from envlint.surfaces.python.values import value_of
from envlint.surfaces.python.walk import assigned
from envlint.value import Value, unknown

_METHODS = frozenset({"setdefault", "update", "pop", "get", "__setitem__", "__delitem__"})


@dataclass(frozen=True, slots=True)
class _Target:
    """An environment that is changed: os.environ where `place` is that of the statement, or a copy of it."""

    place: Place
    own: bool

    def form(self, method: str) -> str:
        return f"environ-{method}" if self.own else "subprocess-env"


def _target(collector: Collector, node: cst.CSTNode, space: Space, place: Place) -> _Target | None:
    """The environment that an expression names."""
    if qualified(node, space) == ENVIRON:
        return _Target(place, own=True)
    bound = only_bound(space, node.value) if isinstance(node, cst.Name) else None
    copy = collector.environments.get(bound) if bound is not None else None
    if copy is None or bound is None:
        return None
    return _Target(copy if bound.place is place else collector.inside("branch", copy, place), own=False)


def _lose(reading: Reading, target: _Target) -> None:
    """A variable is changed of which only the program knows which one it is."""
    if target.own:
        reading.known.clear()


# ---- Assignments


def assignment(collector: Collector, step: Step, node: cst.Assign | cst.AnnAssign) -> None:
    """`os.environ[K] = v`, several targets and tuples included; the names that become environments."""
    reading = collector.reading
    targets = [target.target for target in node.targets] if isinstance(node, cst.Assign) else [node.target]
    stores: list[tuple[_Target, tuple[str, Span], Value, Span]] = []
    for target in targets:
        for part, given in assigned(target, node.value):
            if not isinstance(part, cst.Subscript):
                continue
            place = _target(collector, part.value, step.space, step.place)
            index = index_of(part)
            key = key_of(reading, index, step.space, step.place) if place is not None and index is not None else None
            if place is None:
                continue
            if key is None:
                _lose(reading, place)
                continue
            if given is None:
                stores.append((place, key, unknown("a part of a value", reading.span(part)), reading.span(part)))
            else:
                value = value_of(reading, given, step.space, step.place)
                stores.append((place, key, value, reading.span(given)))
    whole = reading.span(node)
    for place, key, value, span in stores:
        collector.bind(step, place.place, place.form("item"), key, value, (whole, span))
        if place.own:
            reading.known[key[0]] = value


def environments(collector: Collector, step: Step) -> None:
    """The names that a statement binds to a copy of os.environ, or to a mapping that is given as `env=`."""
    reading = collector.reading
    for bound in step.binds:
        if bound.kind != "value" or bound.value is None or bound in collector.environments:
            continue
        copied = is_copy(bound.value, bound.space)
        if not copied and not _named_as_environment(collector, bound):
            continue
        contents = contents_of(reading, bound.value, bound.space, bound.place)
        if contents is not None:
            clears = contents.complete and not contents.inherits
            place = Place("command", bound.place, (step.line, step.line), (bound.value, bound.value), clears=clears)
            collector.environments[bound] = place
            bind_items(collector, step, place, "subprocess-env", contents)


def _named_as_environment(collector: Collector, bound: Bound) -> bool:
    if not isinstance(bound.value, (cst.Dict, cst.Call, cst.BinaryOperation)):
        return False
    names = collector.reading.outline.environments
    return any(only_bound(bound.space, name) is bound for name in names)


def augmented(collector: Collector, step: Step, node: cst.AugAssign) -> None:
    """`os.environ[K] += v` and `os.environ |= {...}`."""
    reading = collector.reading
    span = reading.span(node)
    if isinstance(node.operator, cst.BitOrAssign):
        target = _target(collector, node.target, step.space, step.place)
        if target is not None:
            contents = contents_of(reading, node.value, step.space, step.place)
            _update(collector, step, target, contents or Contents(complete=False), step.place)
        return
    index = index_of(node.target) if isinstance(node.target, cst.Subscript) else None
    if not isinstance(node.target, cst.Subscript) or index is None:
        return
    target = _target(collector, node.target.value, step.space, step.place)
    key = key_of(reading, index, step.space, step.place) if target is not None else None
    if target is None:
        return
    if key is None:
        _lose(reading, target)
        return
    held = unknown(f"whatever {key[0]} holds", reading.span(node.target), "str")
    if target.own:
        collector.add(Read(key[0], reading.span(node.target)), step.place, step)
        held = reading.known.get(key[0], held)
    added = value_of(reading, node.value, step.space, step.place)
    value = joined([held, added]) if isinstance(node.operator, cst.AddAssign) else None
    value = value if value is not None else unknown("an operation", span)
    collector.bind(step, target.place, target.form("item"), key, value, (span, reading.span(node.value)))
    if target.own:
        reading.known[key[0]] = value


def deletion(collector: Collector, step: Step) -> None:
    """`del os.environ[K]`."""
    reading = collector.reading
    for store in step.stores:
        index = index_of(store)
        target = _target(collector, store.value, step.space, step.place)
        key = key_of(reading, index, step.space, step.place) if target is not None and index is not None else None
        if target is None:
            continue
        if key is None:
            _lose(reading, target)
            continue
        collector.add(Unset(key[0], reading.span(store)), target.place, step)
        if target.own:
            reading.known.pop(key[0], None)


# ---- Reads


def item_read(collector: Collector, step: Step, spot: Spot) -> None:
    """`os.environ[K]` and `K in os.environ`."""
    reading = collector.reading
    node = spot.node
    key: tuple[str, Span] | None = None
    if isinstance(node, cst.Subscript):
        index = index_of(node)
        if index is not None and qualified(node.value, spot.space) == ENVIRON:
            key = key_of(reading, index, spot.space, spot.place)
    elif isinstance(node, cst.Comparison):
        first = node.comparisons[0]
        if isinstance(first.operator, (cst.In, cst.NotIn)) and qualified(first.comparator, spot.space) == ENVIRON:
            key = key_of(reading, node.left, spot.space, spot.place)
    if key is not None:
        collector.add(Read(key[0], reading.span(node)), spot.place, step)


# ---- Calls


def environment_call(collector: Collector, step: Step, spot: Spot, name: str | None) -> bool:
    """What a call does to an environment or reads of it; whether it is such a call."""
    node = spot.node
    if not isinstance(node, cst.Call):
        return False
    if name in GETTERS:
        _get(collector, step, spot, node)
        return True
    if name in ("os.putenv", "os.unsetenv"):
        _put(collector, step, spot, node, name)
        return True
    function = node.func
    if not isinstance(function, cst.Attribute):
        return False
    method = function.attr.value
    if method in _METHODS:
        target = _target(collector, function.value, spot.space, spot.place)
        if target is not None:
            _method(collector, step, spot, node, target, method)
            return True
    return False


def _get(collector: Collector, step: Step, spot: Spot, node: cst.Call) -> None:
    reading = collector.reading
    given = argument(node, 0, "key")
    key = key_of(reading, given, spot.space, spot.place) if given is not None else None
    if key is None:
        return
    default = argument(node, 1, "default")
    value = value_of(reading, default, spot.space, spot.place) if default is not None else None
    collector.add(Read(key[0], reading.span(node), value), spot.place, step)


def _put(collector: Collector, step: Step, spot: Spot, node: cst.Call, name: str) -> None:
    """os.putenv and os.unsetenv change what programs see that are started later, but not os.environ."""
    reading = collector.reading
    given = argument(node, 0, "name")
    key = key_of(reading, given, spot.space, spot.place) if given is not None else None
    if key is None:
        return
    span = reading.span(node)
    if name == "os.unsetenv":
        collector.add(Unset(key[0], span), spot.place, step)
        return
    value = argument(node, 1, "value")
    if value is not None:
        known = value_of(reading, value, spot.space, spot.place)
        collector.bind(step, spot.place, "environ-putenv", key, known, (span, reading.span(value)))


def _method(collector: Collector, step: Step, spot: Spot, node: cst.Call, target: _Target, method: str) -> None:
    reading = collector.reading
    if method == "update":
        _update(collector, step, target, arguments_of(reading, node.args, spot.space, spot.place), spot.place)
        return
    given = argument(node, 0, "key")
    key = key_of(reading, given, spot.space, spot.place) if given is not None else None
    if method == "get":
        return
    if key is None:
        _lose(reading, target)
        return
    span = reading.span(node)
    if method in ("pop", "__delitem__"):
        collector.add(Unset(key[0], span), target.place, step)
        if target.own:
            reading.known.pop(key[0], None)
        return
    value = argument(node, 1, "value" if method == "setdefault" else "item")
    if value is None:
        return
    known = value_of(reading, value, spot.space, spot.place)
    form = target.form("setdefault" if method == "setdefault" else "item")
    spans = (span, reading.span(value))
    collector.bind(step, target.place, form, key, known, spans, overrides=method != "setdefault")
    if target.own and method == "setdefault":
        # What was set before is kept, and whether something was is known only where it was set in this line.
        return
    if target.own:
        _set(collector, step, spot.place, key[0], known)


def _set(collector: Collector, step: Step, place: Place, name: str, value: Value) -> None:
    """A variable is set now, if the expression is evaluated at all."""
    if place is step.place:
        collector.reading.known[name] = value
    else:
        collector.reading.known.pop(name, None)


def _update(collector: Collector, step: Step, target: _Target, contents: Contents, place: Place) -> None:
    values = bind_items(collector, step, target.place, target.form("update"), contents)
    if not target.own:
        return
    if not contents.complete:
        collector.reading.known.clear()
        return
    for name, value in values:
        _set(collector, step, place, name, value)


def bind_items(
    collector: Collector, step: Step, place: Place, form: str, contents: Contents
) -> list[tuple[str, Value]]:
    """Notes a binding for each item of a mapping; the names and values in order."""
    values: list[tuple[str, Value]] = []
    for item in contents.items.values():
        spans = (item.span, item.value_span)
        collector.bind(step, place, form, (item.name, item.name_span), item.value, spans, overrides=item.overrides)
        values.append((item.name, item.value))
    return values
