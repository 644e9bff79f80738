"""Defaults that Python programs declare: options of a command line, fields of classes that hold settings.

Owns the notation of argparse, absl, click, typer, dataclasses and their like. A default is what a thing may be,
and never all that it may be: whoever runs the program decides. How an expression is evaluated is told by the
caller.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from envlint.surfaces.python.calls import argument
from envlint.surfaces.python.names import lookup, plain_text
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Bound, Default, Place, Space

_PARSERS = frozenset({"parse_args", "parse_known_args", "parse_intermixed_args"})
# What the result of a parser is called where it is handed on.
_HOLDERS = frozenset({"args", "opt", "opts", "options", "flags", "FLAGS", "parsed_args"})
# What holds a default of a field or parameter, as its first argument or by name.
_FIELDS = frozenset({"field", "Field", "ib", "attrib", "Option", "Argument", "Parameter"})
_OPTIONS = frozenset({"option", "argument"})
_MOST_OPTIONS = 8
_MOST_LINKS = 6


def of_attribute(reading: Reading, node: cst.Attribute, space: Space, place: Place) -> list[Default]:
    """The defaults of what an attribute names: a field of a class of this file, an option of its command line."""
    owner = _class_of(reading, node.value, space, place)
    if owner is not None:
        bound = _field(owner, node.attr.value)
        default = unwrapped(bound.value) if bound is not None and bound.value is not None else None
        return [Default(default, bound.space, bound.place, bound.step)] if default is not None and bound else []
    if not _is_parsed(node.value, space):
        return []
    return _options(reading).get(node.attr.value, [])[:_MOST_OPTIONS]


def of_parameter(bound: Bound, name: str) -> cst.CSTNode | None:
    """The default of a function's parameter: its own, or that of the option of the same name (click)."""
    if bound.value is not None:
        return unwrapped(bound.value)
    decorators = bound.step.node.decorators if isinstance(bound.step.node, cst.FunctionDef) else ()
    for decorator in decorators:
        call = decorator.decorator
        if isinstance(call, cst.Call) and _last(call.func) in _OPTIONS and _destination(call, bound.space) == name:
            return argument(call, len(call.args), "default")
    return None


def unwrapped(node: cst.CSTNode) -> cst.CSTNode | None:
    """The default that `field(default=...)`, `typer.Option(...)` and their like hold; another expression itself."""
    if not isinstance(node, cst.Call) or _last(node.func) not in _FIELDS:
        return node
    return argument(node, 0, "default")


def _last(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


# ---- Options of a command line


def _is_parsed(node: cst.CSTNode, space: Space) -> bool:
    """Whether an expression is what a parser made of the command line, as far as its name or its origin says."""
    if isinstance(node, cst.Name):
        for bound in (lookup(space, node.value) or [])[:_MOST_OPTIONS]:
            value = bound.step.node.value if isinstance(bound.step.node, (cst.Assign, cst.AnnAssign)) else None
            if isinstance(value, cst.Subscript):
                value = value.value
            if isinstance(value, cst.Call) and _last(value.func) in _PARSERS:
                return True
            if bound.kind not in ("parameter", "import"):
                return isinstance(bound.value, cst.Attribute) and _last(bound.value) in _HOLDERS
    return _last(node) in _HOLDERS


def _options(reading: Reading) -> dict[str, list[Default]]:
    """The defaults of a file's options, by the attribute that each becomes."""
    if reading.options is None:
        reading.options = {}
        for step, spot in reading.outline.options:
            assert isinstance(spot.node, cst.Call)
            for name, node in _declared(spot.node, spot.space):
                reading.options.setdefault(name, []).append(Default(node, spot.space, spot.place, step))
    return reading.options


def _declared(node: cst.Call, space: Space) -> Iterator[tuple[str, cst.CSTNode]]:
    method = _last(node.func)
    if method == "set_defaults":
        yield from ((given.keyword.value, given.value) for given in node.args if given.keyword is not None)
        return
    if method.startswith("DEFINE_"):
        name, default = argument(node, 0, "name"), argument(node, 1, "default")
        text = plain_text(name, space) if name is not None else None
    else:
        text, default = _destination(node, space), argument(node, len(node.args), "default")
        kind = argument(node, len(node.args), "type")
        # A text that is a default goes through the option's type (argparse, default).
        if isinstance(default, cst.SimpleString) and kind is not None and _last(kind) not in ("str", "Path"):
            return
    if text is not None and default is not None:
        yield text, default


def _destination(node: cst.Call, space: Space) -> str | None:
    """The name that an option's value gets: `dest`, or that of its first long flag, or its first name at all."""
    given = argument(node, len(node.args), "dest")
    if given is not None:
        return plain_text(given, space)
    flags = [plain_text(each.value, space) or "" for each in node.args if each.keyword is None and not each.star]
    plain = [flag for flag in flags if flag and not flag.startswith("-")]
    long = [flag for flag in flags if flag.startswith("--")]
    for flag in (*plain, *long, *flags):
        return flag.partition("/")[0].lstrip("-").replace("-", "_")
    return None


# ---- Fields of classes


def _class_of(reading: Reading, node: cst.CSTNode, space: Space, place: Place) -> Space | None:
    """The namespace of the class of this file that an expression is, or is an object of."""
    names: list[str] = []
    while isinstance(node, cst.Attribute) and len(names) < _MOST_LINKS:
        names.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return None
    found = _root(reading, node.value, space, place)
    for name in reversed(names):
        bound = _field(found, name) if found is not None else None
        found = _made(reading, bound.value) if bound is not None and bound.value is not None else None
    return found


def _root(reading: Reading, name: str, space: Space, place: Place) -> Space | None:
    classes = reading.outline.classes
    if name in ("self", "cls"):
        return next((classes.get(around.name or "") for around in place.within() if around.kind == "class"), None)
    bounds = lookup(space, name) or []
    if len(bounds) != 1:
        return None
    bound = bounds[0]
    if bound.kind == "parameter":
        return classes.get(_last(bound.annotation)) if bound.annotation is not None else None
    if bound.kind == "value" and bound.value is not None:
        return _made(reading, bound.value)
    return classes.get(name) if isinstance(bound.step.node, cst.ClassDef) else None


def _made(reading: Reading, node: cst.CSTNode) -> Space | None:
    """The class that `Config()`, or `field(default_factory=Config)`, makes an object of."""
    if not isinstance(node, cst.Call):
        return None
    factory = argument(node, len(node.args), "default_factory")
    return reading.outline.classes.get(_last(factory if factory is not None else node.func))


def _field(owner: Space, name: str) -> Bound | None:
    bounds = owner.names.get(name, [])
    return bounds[0] if len(bounds) == 1 and bounds[0].kind == "value" else None
