"""The records of a Python module's outline: namespaces, regions, statements and the spots in them.

Nothing here reads a tree; the walk fills these records, and the readers of names, values and facts use them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import libcst as cst

from envlint.facts import ScopeKind
from envlint.source import Span
from envlint.value import Value

SpaceKind: TypeAlias = Literal["module", "function", "class", "comprehension"]

DYNAMIC = frozenset({"exec", "globals", "locals", "vars", "setattr"})
"""Builtins by which a module's names may change out of sight."""

OF_AN_OBJECT = frozenset({"setattr", "vars"})
"""Those of them that are given an object, and change a module's names only where that object is the module."""

REFLECTING = frozenset({"modules", "import_module", "__import__", "__main__", "f_globals", "getmodule"})
"""Names by which a file may get hold of a module as an object."""


@dataclass(slots=True, eq=False)
class Bound:
    """One place where a name is bound: an import by its qualified name, an expression that is assigned, a
    parameter with its default and annotation, `name |= ...`, which leaves a mapping the same one, or anything
    else. `space` is where the expression is evaluated, `step` the statement that does it. `imported` keeps what the
    name is imported as by all its bindings, of which this is the first, and how many they were then."""

    kind: Literal["import", "value", "parameter", "union", "other"]
    step: Step
    space: Space
    place: Place
    qualified: str | None = None
    value: cst.BaseExpression | None = None
    annotation: cst.BaseExpression | None = None
    imported: tuple[int, str | None] | None = None


@dataclass(slots=True, eq=False)
class Space:
    """A namespace (reference 4.2.2). `shared` maps the names that are declared global in it."""

    kind: SpaceKind
    parent: Space | None = None
    names: dict[str, list[Bound]] = field(default_factory=dict)
    shared: dict[str, Space] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Place:
    """A region that is a scope of facts if anything in it is one. It is made of whole logical lines, from the
    first of `lines` to the last, or lies within the first of them, from the first of `nodes` to the last.
    `written` is where it stands, if a region of another text does in this one.
    `choice` is the statement of which it is one of several arms, no two of which run; `transparent`: it is
    the body of a `with`, which is a scope of its own only where that changes the environment for it; `inline`:
    it is a comprehension, a function that runs where it stands."""

    kind: ScopeKind
    parent: Place | None
    lines: tuple[int, int]
    nodes: tuple[cst.CSTNode, cst.CSTNode] | None = None
    name: str | None = None
    choice: cst.CSTNode | None = None
    clears: bool = False
    transparent: bool = False
    inline: bool = False
    written: Span | None = None

    def within(self) -> Iterator[Place]:
        """The place itself and every one around it, inside first."""
        at: Place | None = self
        while at is not None:
            yield at
            at = at.parent


@dataclass(slots=True, frozen=True, eq=False)
class Spot:
    """A call, subscript or comparison, and the logical line, namespace and region it stands in."""

    node: cst.Call | cst.Subscript | cst.Comparison
    line: int
    space: Space
    place: Place


@dataclass(slots=True, frozen=True, eq=False)
class Clue:
    """An expression in a line that may name a secret, and where it stands: a display, a text, a lambda, `or`, `:=`."""

    node: cst.CSTNode
    line: int
    space: Space
    place: Place


@dataclass(slots=True, frozen=True, eq=False)
class Change:
    """What may change the mapping that a name stands for: an item that is assigned or deleted, `|=`, a method.
    `value` is what an item is assigned, where that is one expression."""

    node: cst.Subscript | cst.Call | cst.AugAssign
    step: Step
    space: Space
    place: Place
    value: cst.BaseExpression | None = None


@dataclass(slots=True, eq=False)
class Suite:
    """Statements that run one after another. `runs`: always, at most once, any number of times, or later
    (a function's body)."""

    runs: Literal["always", "maybe", "loop", "later"]
    steps: list[Step] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Step:
    """A simple statement, or a compound one: its header's spots and its suites.

    `line` is the logical line it begins, or stands in, `order` its number among all statements; `clues` are the
    expressions in it that may hold a secret, `displays` the mappings that may be a name and its value; `binds` are
    the names it binds, `stores` the subscripts it assigns to or deletes, `disturbs`: code that is not in sight
    may run in it.
    """

    node: cst.CSTNode
    line: int
    order: int
    space: Space
    place: Place
    spots: list[Spot] = field(default_factory=list)
    clues: list[Clue] = field(default_factory=list)
    displays: list[Clue] = field(default_factory=list)
    suites: list[Suite] = field(default_factory=list)
    binds: list[Bound] = field(default_factory=list)
    stores: list[cst.Subscript] = field(default_factory=list)
    disturbs: bool = False


@dataclass(slots=True, frozen=True, eq=False)
class Default:
    """An expression that is a default, and where it is evaluated."""

    node: cst.CSTNode
    space: Space
    place: Place
    step: Step


@dataclass(slots=True, frozen=True, eq=False)
class Loop:
    """A loop that is followed: what its names hold in each turn, and the region outside of it, where nothing in
    it can end it early."""

    names: tuple[str, ...]
    turns: tuple[dict[Bound, Value], ...]
    outside: Place | None


@dataclass(slots=True, eq=False)
class Outline:
    """What one walk finds. `nodes` are what each logical line begins with, in order.

    `uses` counts where each name is read, `spread` where that hands on no mapping that it stands for (`**name`,
    `name["key"]`), `called` where it is called; `changes` are what may change that mapping, `attributes` what is
    assigned to attributes by their last name, `options` the calls that declare options of a command line.
    `environments` are the names given as `env=`, `aliases` those that may stand for os.environ and `bound_to_it`
    where they are bound, `escapes`: os.environ is handed on in a way that is not followed, `dynamic`: names may
    change out of sight, as they do `through_objects` where the file `reflects` on modules. `classes` are the
    namespaces of classes by name, `marked` the lines whose expressions are noted as clues, `inner` the identities
    of operands of a text that is noted as a whole."""

    module: Space
    file: Place
    nodes: list[cst.CSTNode]
    suite: Suite = field(default_factory=lambda: Suite("always"))
    steps: list[Step] = field(default_factory=list)
    uses: Counter[str] = field(default_factory=Counter)
    spread: Counter[str] = field(default_factory=Counter)
    called: Counter[str] = field(default_factory=Counter)
    changes: dict[str, list[Change]] = field(default_factory=dict)
    attributes: dict[str, list[Bound]] = field(default_factory=dict)
    options: list[tuple[Step, Spot]] = field(default_factory=list)
    environments: set[str] = field(default_factory=set)
    aliases: set[str] = field(default_factory=lambda: {"environ"})
    bound_to_it: list[tuple[Space, str]] = field(default_factory=list)
    escapes: bool = False
    dynamic: bool = False
    through_objects: bool = False
    reflects: bool = False
    classes: dict[str, Space] = field(default_factory=dict)
    marked: frozenset[int] = frozenset()
    inner: set[int] = field(default_factory=set)
