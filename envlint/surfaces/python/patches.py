"""Changes of os.environ for a time, as tests make them: patch.dict of unittest.mock, monkeypatch of pytest.

Owns their notation and the regions in which they hold. Their bindings are not the program's own settings.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from envlint.facts import Unset
from envlint.surfaces.python.calls import ENVIRON, argument
from envlint.surfaces.python.collector import Collector
from envlint.surfaces.python.effects import bind_items
from envlint.surfaces.python.items import add, arguments_of, contents_of, key_of
from envlint.surfaces.python.names import qualified
from envlint.surfaces.python.pieces import as_text, joined
from envlint.surfaces.python.reading import Contents
from envlint.surfaces.python.records import Place, Spot, Step
from envlint.surfaces.python.values import value_of
from envlint.value import unknown

_OPTIONS = frozenset({"in_dict", "values", "clear"})


def patch(collector: Collector, step: Step, spot: Spot, name: str | None) -> bool:
    """The patch that a call makes, if it makes one."""
    node = spot.node
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return False
    method = node.func.attr.value
    if method in ("setenv", "delenv"):
        return _patch_one(collector, step, spot, node, method, 0)
    if method in ("setitem", "delitem"):
        # monkeypatch.setitem(mapping, name, value).
        if not node.args or qualified(node.args[0].value, spot.space) != ENVIRON:
            return False
        return _patch_one(collector, step, spot, node, "setenv" if method == "setitem" else "delenv", 1)
    if method != "dict" or not _is_patch(node.func.value, spot) or not _of_environment(collector, spot, node):
        return False
    contents = Contents()
    for part in _parts(collector, spot, node):
        add(contents, part)
    place = _patched_place(collector, step, spot)
    clear = argument(node, 2, "clear")
    place.clears = isinstance(clear, cst.Name) and clear.value == "True"
    bind_items(collector, step, place, "environ-patch", contents)
    collector.reading.known.clear()
    return True


def _is_patch(owner: cst.CSTNode, spot: Spot) -> bool:
    """unittest.mock.patch under any name, or the `patch` of pytest-mock's fixture."""
    name = qualified(owner, spot.space)
    return (isinstance(owner, cst.Attribute) and owner.attr.value == "patch") or (name or "").endswith("patch")


def _of_environment(collector: Collector, spot: Spot, node: cst.Call) -> bool:
    """Whether what is patched is os.environ, itself or by its name."""
    first = argument(node, 0, "in_dict")
    if first is None:
        return False
    named = value_of(collector.reading, first, spot.space, spot.place).text
    return named == ENVIRON or qualified(first, spot.space) == ENVIRON


def _parts(collector: Collector, spot: Spot, node: cst.Call) -> Iterator[Contents | None]:
    """`values`, then what is given by keyword."""
    reading = collector.reading
    values = argument(node, 1, "values")
    if values is not None:
        yield contents_of(reading, values, spot.space, spot.place)
    named = [given for given in node.args if given.keyword is not None and given.keyword.value not in _OPTIONS]
    yield arguments_of(reading, named, spot.space, spot.place)


def _patched_place(collector: Collector, step: Step, spot: Spot) -> Place:
    """The region in which a patch holds."""
    match step.node:
        case cst.With(items=items) if any(item.item is spot.node for item in items):
            place = step.suites[0].steps[0].place
            place.kind = "command"
            place.transparent = False
            return place
        case cst.FunctionDef(decorators=decorators) if any(each.decorator is spot.node for each in decorators):
            function = step.suites[0].steps[0].place
            if function.parent is not None and function.parent is step.place:
                function.parent = Place("command", step.place, function.lines)
            return function.parent or step.place
    return collector.inside("command", spot.place, spot.place)


def _patch_one(collector: Collector, step: Step, spot: Spot, node: cst.Call, method: str, first: int) -> bool:
    """`monkeypatch.setenv(K, v)` and `delenv(K)`, whatever the fixture is called; `first` is the name's place."""
    reading = collector.reading
    given = argument(node, first, "name")
    key = key_of(reading, given, spot.space, spot.place) if given is not None else None
    if key is None:
        return False
    place = collector.inside("command", spot.place, spot.place)
    span = reading.span(node)
    if method == "delenv":
        collector.add(Unset(key[0], span), place, step)
        return True
    value = argument(node, first + 1, "value")
    if value is None:
        return False
    # pytest: the value is converted to a text, and `prepend` puts it before what the variable holds.
    known = value_of(reading, value, spot.space, spot.place)
    known = known if first else as_text(known)
    if not first and argument(node, 2, "prepend") is not None:
        known = joined([known, unknown("what the variable holds", span, "str")]) or known
    collector.bind(step, place, "environ-patch", key, known, (span, reading.span(value)))
    reading.known.pop(key[0], None)
    return True
