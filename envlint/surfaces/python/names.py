"""What a name in a Python file stands for: an imported thing by its qualified name, or what it is bound to.

A name is followed only where every read of it gives the same thing or fails: bound once in its namespace, or
in arms of one statement of which only one runs. Knows nothing of environments or values.
"""

from __future__ import annotations

import builtins

import libcst as cst

from envlint.surfaces.python.records import Bound, Outline, Place, Space
from envlint.surfaces.python.text import unescaped

# How many names are followed one after another, and how many places a name may be bound in.
_MOST_HOPS = 8
_MOST_ARMS = 8
_MOST_UNIONS = 64
# Longer than any name that somebody writes.
_LONGEST = 512


def lookup(space: Space, name: str) -> list[Bound] | None:
    """Every binding of the name that a read in a namespace sees (reference 4.2.2); None where there is none."""
    at: Space | None = space
    while at is not None:
        # A name that a function declares global is global in the functions inside it too.
        if name in at.shared and (at.kind != "class" or at is space):
            return at.shared[name].names.get(name)
        # What a class binds is seen in its own body only.
        if name in at.names and (at.kind != "class" or at is space):
            return at.names[name]
        at = at.parent
    return None


def qualified(node: cst.CSTNode, space: Space) -> str | None:
    """The qualified name of what an expression names, through imports and names for them; a name that is
    bound nowhere is itself, as a builtin or as what an unseen cell or `import *` gives."""
    attributes: list[str] = []
    for _ in range(_MOST_HOPS):
        while isinstance(node, cst.Attribute):
            attributes.append(node.attr.value)
            node = node.value
        if not isinstance(node, cst.Name):
            return None
        bounds = lookup(space, node.value)
        if bounds is None:
            return ".".join([node.value, *reversed(attributes)])
        imported = _imported(bounds)
        if imported is not None:
            return ".".join([imported, *reversed(attributes)])
        bounds = but_unions(bounds)
        if len(bounds) != 1 or bounds[0].kind != "value" or bounds[0].value is None:
            return None
        node, space = bounds[0].value, bounds[0].space
    return None


def but_unions(bounds: list[Bound]) -> list[Bound]:
    """The bindings without `name |= ...`, which leaves the name what it was where that is a mapping; the first
    few of very many, which are too many all the same."""
    return [bound for bound in bounds[:_MOST_UNIONS] if bound.kind != "union"] if len(bounds) > 1 else bounds


def _imported(bounds: list[Bound]) -> str | None:
    """What a name is imported as, where every binding imports it under the same last name or is the None of
    `except ImportError`, on which nothing can be called. Found once: notebooks import a name in every cell."""
    first = bounds[0]
    if first.imported is None or first.imported[0] != len(bounds):
        first.imported = len(bounds), _imported_by_all(bounds)
    return first.imported[1]


def _imported_by_all(bounds: list[Bound]) -> str | None:
    if any(bound.kind not in ("import", "union") and not _is_none(bound.value) for bound in bounds):
        return None
    imports = [bound.qualified for bound in bounds if bound.kind == "import" and bound.qualified is not None]
    if not imports:
        return None
    same = {name.rpartition(".")[2] for name in imports}
    return imports[0] if len(same) == 1 else None


def _is_none(node: cst.CSTNode | None) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"


def passed(bound: Bound, order: int, place: Place) -> bool:
    """Whether a binding stands before the statement of a number at a place, or in other code, which may have
    run by then."""
    return bound.step.order < order or function_of(bound.place) is not function_of(place)


def function_of(place: Place) -> Place | None:
    """The function whose code stands at a place."""
    return next((outer for outer in place.within() if outer.kind == "function" and not outer.inline), None)


def followed(outline: Outline, space: Space, name: str, order: int, place: Place) -> list[Bound] | None:
    """What a name was bound to that a statement reads at a place: one binding, or several of which each is
    possible and no other is; None where that is not certain."""
    bounds = lookup(space, name)
    if bounds is None or len(bounds) > _MOST_ARMS or not all(passed(bound, order, place) for bound in bounds):
        return None
    owner = bounds[0].space.kind
    # Before a module binds a name that a builtin has too, its functions see the builtin.
    if owner in ("module", "class") and (outline.dynamic or hasattr(builtins, name)):
        return None
    # A name that a class has not bound yet is looked up in the module (reference 4.2.2).
    if owner == "class" and any(bound.place.kind != "class" for bound in bounds):
        return None
    if len(bounds) == 1:
        return bounds if bounds[0].kind in ("value", "parameter") else None
    if any(bound.kind != "value" or bound.space is not bounds[0].space for bound in bounds):
        return None
    return _alternatives(bounds, place)


def _alternatives(bounds: list[Bound], place: Place) -> list[Bound] | None:
    """Which of several bindings a read at a place may see, if it stands beside the arms that they are in and
    not in one of them."""
    around = {outer.choice for outer in place.within() if outer.choice is not None}
    parting = _parting_of_all(bounds)
    if parting is not None:
        return bounds if around.isdisjoint(parting) else None
    first, *rest = bounds
    if not all(_runs_after(place, bound) for bound in bounds):
        return None
    arms = [_arm_beside(first.place, bound.place) for bound in rest]
    statement = arms[0].choice if arms[0] is not None else None
    if not isinstance(statement, cst.If) or any(arm is None or arm.choice is not statement for arm in arms):
        return None
    parting = _parting_of_all(rest)
    if parting is None or statement in around or not around.isdisjoint(parting):
        return None
    if len(set(map(id, arms))) < _arms(statement):
        return bounds
    # Every arm binds the name: for certain, if it does so directly, and then the first binding is gone.
    return rest if all(bound.place is arm for bound, arm in zip(rest, arms, strict=True)) else None


def _runs_after(place: Place, bound: Bound) -> bool:
    """Whether what stands at a place, and stands after a binding, cannot run before it: a function that is
    defined after it can't, one that is defined before it can."""
    function = function_of(place)
    return function is None or function is function_of(bound.place) or function.lines[0] > bound.step.line


def _parting_of_all(bounds: list[Bound]) -> set[cst.CSTNode] | None:
    """The statements in different arms of which each two of the bindings are; None where two can both run."""
    statements: set[cst.CSTNode] = set()
    for index, one in enumerate(bounds):
        for other in bounds[index + 1 :]:
            statement = _parting(one.place, other.place)
            if statement is None:
                return None
            statements.add(statement)
    return statements


def _parting(one: Place, other: Place) -> cst.CSTNode | None:
    """The statement in different arms of which two places are, if there is one."""
    arms = {place.choice: place for place in one.within() if place.choice is not None}
    for place in other.within():
        if place.choice is not None and place.choice in arms:
            return place.choice if arms[place.choice] is not place else None
    return None


def _arm_beside(first: Place, later: Place) -> Place | None:
    """The outermost place around a later one that lies in the first one itself."""
    around = list(later.within())
    return around[around.index(first) - 1] if first in around and later is not first else None


def _arms(statement: cst.If) -> int:
    """How many ways there are through a statement, of which one may be to do nothing."""
    arms = 1
    at: cst.If | cst.Else | None = statement
    while isinstance(at, cst.If):
        arms += 1
        at = at.orelse
    return arms


def only_bound(space: Space, name: str) -> Bound | None:
    """The one assignment that binds a name, if there is only one."""
    bounds = but_unions(lookup(space, name) or [])
    if len(bounds) != 1 or bounds[0].kind != "value":
        return None
    return bounds[0] if bounds[0].space.kind != "class" or bounds[0].place.kind == "class" else None


def plain_text(node: cst.CSTNode, space: Space) -> str | None:
    """A string that is written out, or that a name was bound to once."""
    if isinstance(node, cst.Name):
        bound = only_bound(space, node.value)
        return (
            plain_text(bound.value, bound.space)
            if bound is not None and isinstance(bound.value, cst.SimpleString)
            else None
        )
    if not isinstance(node, cst.SimpleString) or "b" in node.prefix or len(node.value) > _LONGEST:
        return None
    return unescaped(node.raw_value, raw="r" in node.prefix)
