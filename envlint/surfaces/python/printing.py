"""What Python code prints or logs that may be a secret: a variable of the environment, or what is named for one.

Owns which calls print. It must not know what a secret looks like, nor who reads the output.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from envlint.facts import Exposed
from envlint.surfaces.python.calls import environment_read
from envlint.surfaces.python.collector import Collector
from envlint.surfaces.python.names import only_bound
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Place, Space, Spot, Step
from envlint.surfaces.python.values import value_of

_PRINTING = frozenset({"print", "pprint.pprint", "sys.stdout.write", "sys.stderr.write", "click.echo"})
# The methods of logging.Logger that say something at a level which a training usually shows.
_LEVELS = frozenset({"info", "warning", "error", "critical", "exception"})
_LOGGERS = frozenset({"logging", "logger", "log", "_logger", "LOGGER"})
_MOST = 32
"""How many arguments and parts of a text are looked at."""


def printed(collector: Collector, step: Step, spot: Spot, name: str | None) -> bool:
    """Notes the secrets that a call prints; whether it is one that prints."""
    reading, node = collector.reading, spot.node
    if not isinstance(node, cst.Call) or reading.meanings.silent or not _prints(node.func, name):
        return False
    if any(each.keyword is not None and each.keyword.value == "file" for each in node.args[:_MOST]):
        # It goes elsewhere, perhaps to where a secret is kept.
        return True
    for each in node.args[:_MOST]:
        found = (
            tuple(dict.fromkeys(_named(reading, each.value, spot.space, spot.place))) if each.keyword is None else ()
        )
        if found:
            collector.add(Exposed("printed", found, reading.span(each.value)), spot.place, step)
    return True


def _prints(function: cst.CSTNode, name: str | None) -> bool:
    if name in _PRINTING:
        return True
    if not isinstance(function, cst.Attribute) or function.attr.value not in _LEVELS:
        return False
    owner = function.value.attr if isinstance(function.value, cst.Attribute) else function.value
    return isinstance(owner, cst.Name) and owner.value in _LOGGERS


def _named(reading: Reading, node: cst.CSTNode, space: Space, place: Place) -> Iterator[str]:
    """The names that mean a secret and whose whole values an expression's text holds."""
    match node:
        case cst.FormattedString(parts=parts):
            for part in parts[:_MOST]:
                # A format may cut the text, as `{key:.4}` does.
                if isinstance(part, cst.FormattedStringExpression) and part.format_spec is None:
                    yield from _named(reading, part.expression, space, place)
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)) if reading.meanings.is_named(name):
            yield name
        case cst.Name(value=name):
            bound = only_bound(space, name)
            if bound is not None and isinstance(bound.value, (cst.Subscript, cst.Call)):
                yield from _read(reading, bound.value, bound.space, bound.place)
        case cst.Subscript() | cst.Call():
            yield from _read(reading, node, space, place)


def _read(reading: Reading, node: cst.CSTNode, space: Space, place: Place) -> Iterator[str]:
    """The variable that an expression reads, if it means a secret."""
    read = environment_read(node, space, lambda key: value_of(reading, key, space, place))
    if read is not None and reading.meanings.is_named(read.variable):
        yield read.variable
