"""The facts of a Python file: its statements passed in order, block by block.

Owns the order in which things happen and what may have happened meanwhile: a block may not run, a loop runs
again, a function runs later, and code that is not in sight may change os.environ.
"""

from __future__ import annotations

from collections import deque
from functools import partial

import libcst as cst

from envlint.surfaces.python.callees import attributes, tracked_call
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
from envlint.surfaces.python.elsewhere import elsewhere, pair
from envlint.surfaces.python.items import contents_of
from envlint.surfaces.python.loops import every_value, turn, turns_of
from envlint.surfaces.python.magics import magic
from envlint.surfaces.python.names import qualified
from envlint.surfaces.python.patches import patch
from envlint.surfaces.python.printing import printed
from envlint.surfaces.python.programs import program_call
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Spot, Step, Suite
from envlint.surfaces.python.sites import note_sites

# What a call may be, in the order in which that is asked.
_READERS = (elsewhere, tracked_call, environment_call, patch, program_call, magic, printed)
_QUIET = HARMLESS | GETTERS | {f"{ENVIRON}.{name}" for name in ("setdefault", "update", "pop", "copy", "items", "keys")}


def collected(reading: Reading) -> Collector:
    """Every fact of a file."""
    note_sites(reading)
    reading.mapping = partial(contents_of, reading)
    every_value(reading)
    collector = Collector(reading)
    waiting = deque([reading.outline.suite])
    while waiting:
        reading.known = {}
        _run(collector, waiting.popleft(), waiting)
    return collector


def _run(collector: Collector, suite: Suite, waiting: deque[Suite]) -> None:
    for step in suite.steps:
        turns = turns_of(collector.reading, step)
        if not turns:
            _pass(collector, step)
        for held in turns:
            with turn(collector.reading, held):
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
    for display in step.displays:
        reading.line = display.line
        pair(collector, step, display)
    reading.line = step.line
    if disturbed:
        known.clear()
    attributes(collector, step)
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
    for told in _READERS:
        if told(collector, step, spot, name):
            return
