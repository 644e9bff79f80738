"""Loops over lists and mappings that are written out: what their names hold in each turn.

Owns which loops are followed, turn by turn. A statement in one is read once for each turn, where it sets
variables by the loop's names; other reads of such a name give every value that it takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import libcst as cst

from envlint.surfaces.python.calls import elements_of
from envlint.surfaces.python.items import contents_of
from envlint.surfaces.python.names import lookup, only_bound
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Bound, Loop, Place, Space, Step
from envlint.surfaces.python.values import value_of
from envlint.value import Value, choice, literal

_MOST_TURNS = 32
_MOST_LOOPS = 200
_SETTING = frozenset({"setdefault", "setenv", "putenv", "update", "pop", "__setitem__"})
_PLAIN = (cst.Assign, cst.AnnAssign, cst.AugAssign, cst.Expr, cst.Del, cst.Pass)


def find_loops(reading: Reading) -> Iterator[tuple[Place, Loop]]:
    """The loops of a file that are followed, by the regions of their bodies, outer ones first."""
    loops = [step for step in reading.outline.steps if isinstance(step.node, cst.For)]
    for step in loops[:_MOST_LOOPS]:
        assert isinstance(step.node, cst.For)
        body = step.suites[0]
        names = _names(step.node.target)
        if not body.steps or not names or step.node.asynchronous is not None:
            continue
        bounds = [lookup(step.space, name) or [] for name in names]
        if any(len(found) != 1 or found[0].step is not step for found in bounds) or reading.outline.dynamic:
            continue
        with reading.at(step):
            turns = _turns(reading, step.node.iter, step.space, step.place, len(names))
        if turns:
            held = tuple({found[0]: value for found, value in zip(bounds, turn, strict=True)} for turn in turns)
            plain = all(isinstance(each.node, _PLAIN) for each in body.steps)
            yield body.steps[0].place, Loop(names, held, step.place if plain else None)


def _names(target: cst.BaseExpression) -> tuple[str, ...]:
    """The names of a loop's target, in order; none where it has others than names."""
    if isinstance(target, cst.Name):
        return (target.value,)
    parts = elements_of(target) or []
    names = [part.value for part in parts if isinstance(part, cst.Name)]
    return tuple(names) if len(names) == len(parts) == len(set(names)) else ()


def _turns(
    reading: Reading, node: cst.CSTNode, space: Space, place: Place, count: int
) -> list[tuple[Value, ...]] | None:
    """What the names receive in each turn; None where that is not all in sight."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and not node.args:
        method = node.func.attr.value
        if (method, count) not in (("items", 2), ("keys", 1), ("values", 1)):
            return None
        return _of_mapping(reading, node.func.value, space, place, method)
    if isinstance(node, cst.Dict):
        return _of_mapping(reading, node, space, place, "keys") if count == 1 else None
    if isinstance(node, cst.Name):
        bound = only_bound(space, node.value)
        if bound is not None and isinstance(bound.value, (cst.Dict, cst.Call)) and count == 1:
            return _of_mapping(reading, node, space, place, "keys")
        if bound is None or not isinstance(bound.value, (cst.List, cst.Tuple)):
            return None
        if isinstance(bound.value, cst.List) and reading.outline.uses[node.value] != 1:
            return None
        if bound.step.order >= reading.order or bound.place is not place:
            return None
        with reading.at(bound.step):
            return _of_row(reading, bound.value, bound.space, bound.place, count)
    return _of_row(reading, node, space, place, count)


def _of_mapping(
    reading: Reading, node: cst.CSTNode, space: Space, place: Place, method: str
) -> list[tuple[Value, ...]] | None:
    contents = contents_of(reading, node, space, place)
    if contents is None or not contents.complete or contents.inherits or len(contents.items) > _MOST_TURNS:
        return None
    return [
        {
            "items": (literal(item.name, item.name_span), item.value),
            "keys": (literal(item.name, item.name_span),),
            "values": (item.value,),
        }[method]
        for item in contents.items.values()
    ]


def _of_row(
    reading: Reading, node: cst.CSTNode, space: Space, place: Place, count: int
) -> list[tuple[Value, ...]] | None:
    elements = elements_of(node)
    if not elements or len(elements) > _MOST_TURNS:
        return None
    rows = [[element] if count == 1 else elements_of(element) for element in elements]
    turns = [tuple(value_of(reading, part, space, place) for part in row) for row in rows if row is not None]
    return turns if len(turns) == len(rows) and all(len(turn) == count for turn in turns) else None


# ---- Turns


def every_value(reading: Reading) -> None:
    """Finds the loops, and what their names hold in any turn."""
    for place, loop in find_loops(reading):
        reading.loops[place] = loop
        for bound in loop.turns[0]:
            reading.taken[bound] = place, choice(turn[bound] for turn in loop.turns)


def turns_of(reading: Reading, step: Step) -> Sequence[dict[Bound, Value]]:
    """The turns in which a statement sets variables by the names of the loop that it stands in; none: it doesn't."""
    loop = reading.loops.get(step.place)
    if loop is None or not (step.stores or _sets(step)):
        return ()
    if not reading.budget.takes_turns(len(loop.turns)):
        return ()
    text = reading.source.slice(reading.tree.span(step.node, step.line))
    return loop.turns if re.search(rf"(?<!\w)(?:{'|'.join(loop.names)})(?!\w)", text) else ()


def _sets(step: Step) -> bool:
    node = step.node.value if isinstance(step.node, cst.Expr) else None
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value in _SETTING


@contextmanager
def turn(reading: Reading, held: dict[Bound, Value]) -> Iterator[None]:
    """Meanwhile the names of a loop hold what they do in one turn; what was found out before does not count."""
    usual = reading.assumed, reading.values, reading.contents
    reading.assumed, reading.values, reading.contents = {**reading.assumed, **held}, {}, {}
    reading.known.clear()
    try:
        yield
    finally:
        reading.assumed, reading.values, reading.contents = usual
        reading.known.clear()
