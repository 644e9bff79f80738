"""IPython's magics as a notebook's export to Python has them: calls of methods of get_ipython().

Owns their notation in Python: `run_line_magic("env", ...)`, `system(...)`, `run_cell_magic("bash", ...)`. What a
shell makes of its text is its own reader's to say.
"""

from __future__ import annotations

import libcst as cst

from envlint.source import Span
from envlint.surfaces.python.calls import argument
from envlint.surfaces.python.collector import Collector
from envlint.surfaces.python.programs import command_line
from envlint.surfaces.python.records import Spot, Step
from envlint.surfaces.python.spelling import Spelled, spelled
from envlint.surfaces.python.values import value_of
from envlint.value import Value, unknown

_IPYTHON = "get_ipython"
_LINES = frozenset({"run_line_magic", "magic", "line_magic"})
_SHELLS = frozenset({"system", "getoutput", "getoutputs", "system_raw", "system_piped"})
_SHELL_MAGICS = frozenset({"bash", "sh", "script", "system", "sx", "!"})
_SETTING = frozenset({"env", "set_env"})


def magic(collector: Collector, step: Step, spot: Spot, name: str | None) -> bool:
    """The magic that a call runs; whether it is one."""
    node = spot.node
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute) or not _is_shell(node.func.value):
        return False
    method = node.func.attr.value
    first = argument(node, 0, "cmd")
    if method in _SHELLS and first is not None:
        _command(collector, step, spot, first)
    elif method in _LINES and first is not None:
        _line(collector, step, spot, first, argument(node, 1, "line"))
    elif method == "run_cell_magic":
        body = argument(node, 2, "cell")
        known = first is not None and _text(collector, first, spot).text in _SHELL_MAGICS
        if known and body is not None:
            _command(collector, step, spot, body)
    return True


def _is_shell(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == _IPYTHON


def _text(collector: Collector, node: cst.CSTNode, spot: Spot) -> Value:
    return value_of(collector.reading, node, spot.space, spot.place)


def _command(collector: Collector, step: Step, spot: Spot, node: cst.CSTNode) -> None:
    span = collector.reading.span(node)
    command_line(collector, step, _text(collector, node, spot), span, spot.place, "get_ipython")


def _line(collector: Collector, step: Step, spot: Spot, first: cst.CSTNode, rest: cst.CSTNode | None) -> None:
    """A line magic: its name and the rest of its line, or both as one text (`magic("env K=v")`)."""
    node = rest if rest is not None else first
    way = next(spelled(_text(collector, node, spot)), None)
    name = _text(collector, first, spot).text if rest is not None else None
    if way is None:
        return
    start = 0
    if rest is None:
        name = way.text.split(" ", 1)[0].lstrip("%")
        start = len(way.text.split(" ", 1)[0])
    if name in _SETTING:
        _set(collector, step, spot, node, way, start)
    elif name in _SHELL_MAGICS:
        _command(collector, step, spot, node)


def _set(collector: Collector, step: Step, spot: Spot, node: cst.CSTNode, way: Spelled, start: int) -> None:
    """`NAME=value`, or with a blank in place of the first `=`. Blanks around both are dropped, quotes are kept
    (IPython.core.magics.osm)."""
    reading = collector.reading
    text = way.text
    middle = text.find("=", start)
    if middle < 0:
        middle = text.find(" ", start + len(text[start:]) - len(text[start:].lstrip()))
    if middle < 0:
        return
    name = text[start:middle].strip()
    at = text.index(name, start) if name else start
    rest = text[middle + 1 :]
    first = middle + 1 + len(rest) - len(rest.lstrip())
    last = max(first, middle + 1 + len(rest.rstrip()))
    whole = reading.span(node)
    named = _span(way.cut(reading.source, at, at + len(name)), whole)
    value = way.cut(reading.source, first, last)
    written = _span(value, whole)
    if value.text != text[first:last] or "$" in text[first:last] or "{" in text[first:last]:
        # IPython fills in the values of names.
        value = unknown("IPython may fill in the value of a name", written, "str")
    if name.isidentifier():
        collector.bind(step, spot.place, "notebook-env", (name, named), value, (whole, written))
        reading.known.pop(name, None)


def _span(value: Value, otherwise: Span) -> Span:
    spans = [piece.span for piece in value.literals() if piece.span is not None and piece.span in otherwise]
    return spans[0].to(spans[-1]) if spans else otherwise
