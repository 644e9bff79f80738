"""The facts of a Python file: its statements passed in order, block by block.

Owns the order in which things happen and what may have happened meanwhile: a block may not run, a loop runs
again, a function runs later, and code that is not in sight may change os.environ.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import libcst as cst

from envlint.facts import Argument, Call
from envlint.surfaces.python.calls import ENVIRON, GETTERS, HARMLESS
from envlint.surfaces.python.collector import Collector
from envlint.surfaces.python.credentials import credentials
from envlint.surfaces.python.effects import (
    assignment,
    augmented,
    deletion,
    environment_call,
    environments,
    item_read,
)
from envlint.surfaces.python.items import argument_span, contents_of
from envlint.surfaces.python.names import qualified
from envlint.surfaces.python.patches import patch
from envlint.surfaces.python.programs import program_call
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Spot, Step, Suite
from envlint.surfaces.python.sites import note_sites
from envlint.surfaces.python.values import value_of

_PARTIAL = "functools.partial"
_QUIET = HARMLESS | GETTERS | {f"{ENVIRON}.{name}" for name in ("setdefault", "update", "pop", "copy", "items", "keys")}


def collected(reading: Reading) -> Collector:
    """Every fact of a file."""
    note_sites(reading)
    collector = Collector(reading)
    waiting = deque([reading.outline.suite])
    while waiting:
        reading.known = {}
        _run(collector, waiting.popleft(), waiting)
    return collector


def _run(collector: Collector, suite: Suite, waiting: deque[Suite]) -> None:
    for step in suite.steps:
        _pass(collector, step)
        environments(collector, step)
        credentials(collector, step)
        _suites(collector, step, waiting)


def _suites(collector: Collector, step: Step, waiting: deque[Suite]) -> None:
    """The blocks of a statement. After one that may not run, only that is known which it leaves alone."""
    reading = collector.reading
    for suite in step.suites:
        if suite.runs == "later":
            waiting.append(suite)
        elif suite.runs == "always":
            _run(collector, suite, waiting)
        elif suite.runs == "loop":
            reading.known = {}
            _run(collector, suite, waiting)
            reading.known = {}
        else:
            before = dict(reading.known)
            _run(collector, suite, waiting)
            after = reading.known
            reading.known = {name: value for name, value in before.items() if after.get(name) is value}
    if step.disturbs and step.suites:
        reading.known.clear()


def _pass(collector: Collector, step: Step) -> None:
    """One statement, or the header of a compound one."""
    reading = collector.reading
    known = reading.known
    reading.order = step.order
    disturbed = step.disturbs or reading.outline.escapes or any(_disturbs(spot) for spot in step.spots)
    if disturbed:
        known.clear()
    for spot in step.spots:
        reading.line = spot.line
        _spot(collector, step, spot)
    reading.line = step.line
    if disturbed:
        known.clear()
    match step.node:
        case cst.Assign() | cst.AnnAssign() if step.stores:
            assignment(collector, step, step.node)
        case cst.AugAssign():
            augmented(collector, step, step.node)
        case cst.Del():
            deletion(collector, step)


def _disturbs(spot: Spot) -> bool:
    """Whether a call may run code that is not in sight."""
    node = spot.node
    if not isinstance(node, cst.Call):
        return False
    if isinstance(node.func, cst.Attribute) and isinstance(node.func.value, (cst.SimpleString, cst.FormattedString)):
        return False
    return qualified(node.func, spot.space) not in _QUIET


def _spot(collector: Collector, step: Step, spot: Spot) -> None:
    node = spot.node
    if not isinstance(node, cst.Call):
        item_read(collector, step, spot)
        return
    name = qualified(node.func, spot.space)
    parameters = collector.reading.parameters
    if name is not None and name in parameters:
        _call(collector, step, spot, name, node.func, node.args, partial=False)
    elif name == _PARTIAL and node.args and not node.args[0].star:
        first = node.args[0].value
        function = qualified(first, spot.space)
        if function is not None and function in parameters:
            _call(collector, step, spot, function, first, node.args[1:], partial=True)
    elif not environment_call(collector, step, spot, name) and not patch(collector, step, spot):
        program_call(collector, step, spot, name)


def _call(
    collector: Collector,
    step: Step,
    spot: Spot,
    function: str,
    named: cst.CSTNode,
    given: Sequence[cst.Arg],
    *,
    partial: bool,
) -> None:
    """A call of a tracked function; functools.partial leaves room for further arguments."""
    reading = collector.reading
    positional: Sequence[str] | None = reading.parameters[function]
    arguments: list[Argument] = []
    hidden = partial
    for index, each in enumerate(given):
        if each.star:
            unpacked, whole = _unpacked(reading, each, spot)
            arguments.extend(unpacked)
            hidden = hidden or not whole
            positional = None
            continue
        position = index if each.keyword is None else None
        name = each.keyword.value if each.keyword is not None else _parameter(positional, index)
        if name is not None:
            value = value_of(reading, each.value, spot.space, spot.place)
            arguments.append(Argument(name, value, argument_span(reading, each), reading.span(each.value), position))
    call = Call(function, tuple(arguments), hidden, reading.span(spot.node), reading.span(named))
    collector.add(call, spot.place, step)


def _parameter(positional: Sequence[str] | None, index: int) -> str | None:
    """The parameter for a place, in the newest signature; an older one may know more places, which have no name
    here. None where what stands before the place is not all in sight, or nothing is given by place."""
    if not positional:
        return None
    return positional[index] if index < len(positional) else str(index)


def _unpacked(reading: Reading, given: cst.Arg, spot: Spot) -> tuple[list[Argument], bool]:
    """The arguments that `**mapping` stands for, and whether those are all."""
    contents = contents_of(reading, given.value, spot.space, spot.place) if given.star == "**" else None
    if contents is None:
        return [], False
    arguments = [Argument(item.name, item.value, item.span, item.value_span) for item in contents.items.values()]
    return arguments, contents.complete and not contents.inherits
