"""Where in a Python file os.environ may be set: what decides whether a read of it can be told.

Coarser than the facts: a statement whose variable is not a plain text counts for every variable. Makes no fact.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from envlint.surfaces.python.calls import ENVIRON, argument, index_of
from envlint.surfaces.python.names import but_unions, plain_text, qualified
from envlint.surfaces.python.reading import Reading, Site
from envlint.surfaces.python.records import Space, Step

# What may be given os.environ without changing it.
_READERS = frozenset({"dict", "copy.copy", "copy.deepcopy", "len", "print", "sorted", "list", "str", "repr", "set"})


def note_sites(reading: Reading) -> None:
    """Fills the sites of a reading."""
    for step in reading.outline.steps:
        for name, value in _set_by(reading, step):
            reading.sites.setdefault(name, []).append(Site(step.order, value, last=bool(step.stores)))
    outline = reading.outline
    ambiguous = any(len(but_unions(space.names[name])) > 1 for space, name in outline.bound_to_it)
    outline.escapes = outline.escapes or ambiguous or bool({"exec", "eval"} & outline.uses.keys())
    if outline.escapes:
        reading.sites.setdefault(None, []).append(Site(0))


def _set_by(reading: Reading, step: Step) -> Iterator[tuple[str | None, cst.CSTNode | None]]:
    """The variables that a statement may set, None for one that is not known, and the expression assigned."""
    if not isinstance(step.node, cst.Del):
        for store in step.stores:
            if qualified(store.value, step.space) == ENVIRON:
                index = index_of(store)
                name = plain_text(index, step.space) if index is not None else None
                yield name, step.node.value if isinstance(step.node, cst.Assign) else None
    if isinstance(step.node, cst.AugAssign) and qualified(step.node.target, step.space) == ENVIRON:
        yield from _items(step.node.value, step.space)
    for spot in step.spots:
        if isinstance(spot.node, cst.Call):
            yield from _set_by_call(reading, spot.node, spot.space)


def _set_by_call(reading: Reading, node: cst.Call, space: Space) -> Iterator[tuple[str | None, cst.CSTNode | None]]:
    method = node.func.attr.value if isinstance(node.func, cst.Attribute) else None
    if method in ("run_line_magic", "magic"):
        yield None, None
    if method in ("setdefault", "setenv", "__setitem__"):
        key = argument(node, 0, "name")
        name = plain_text(key, space) if key is not None else None
        if method == "setenv" or qualified(node.func, space) == f"{ENVIRON}.{method}":
            yield name, argument(node, 1, "value")
    elif method == "update" and qualified(node.func, space) == f"{ENVIRON}.update":
        yield from _argument_items(node, space)
    elif any(_is_environ(reading, given.value, space) for given in node.args):
        name = qualified(node.func, space)
        if name is not None and name.endswith("patch.dict") and len(node.args) > 1:
            yield from _items(node.args[1].value, space)
        elif name not in _READERS and not (name or "").startswith("subprocess."):
            yield None, None


def _is_environ(reading: Reading, node: cst.CSTNode, space: Space) -> bool:
    if isinstance(node, cst.Attribute):
        return node.attr.value == "environ" and qualified(node, space) == ENVIRON
    return isinstance(node, cst.Name) and node.value in reading.outline.aliases and qualified(node, space) == ENVIRON


def _argument_items(node: cst.Call, space: Space) -> Iterator[tuple[str | None, cst.CSTNode | None]]:
    for given in node.args:
        if given.keyword is not None:
            yield given.keyword.value, given.value
        else:
            yield from _items(given.value, space)


def _items(node: cst.CSTNode, space: Space) -> Iterator[tuple[str | None, cst.CSTNode | None]]:
    if not isinstance(node, cst.Dict):
        yield None, None
        return
    for element in node.elements:
        if isinstance(element, cst.DictElement):
            yield plain_text(element.key, space), element.value
        else:
            yield None, None
