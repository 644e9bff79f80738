"""The state of reading one Python file: what its parts share while values and facts are made.

Owns what is known of the environment along a straight line of statements. Makes no fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import libcst as cst

from envlint.facts import Wanted
from envlint.source import Source, Span
from envlint.surfaces.python.meanings import Meanings
from envlint.surfaces.python.records import Bound, Default, Loop, Outline, Place, Space, Step
from envlint.surfaces.python.tree import Tree
from envlint.value import Value


@dataclass(frozen=True, slots=True)
class Site:
    """A statement that may set a variable in os.environ, by its number; `value` is what it sets it to, if that
    is one expression, and `last`: it does so after everything in it is evaluated."""

    order: int
    value: cst.CSTNode | None = None
    last: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One item with a known key. `overrides` is false where an item of os.environ that is added later wins,
    `elements` are those of a value that is a list."""

    name: str
    name_span: Span
    value: Value
    value_span: Span
    span: Span
    overrides: bool = True
    elements: tuple[Value, ...] = ()


@dataclass(slots=True, eq=False)
class Contents:
    """What a mapping is made of: its items by name, whether all of it is in sight, whether os.environ is in it."""

    items: dict[str, Item] = field(default_factory=dict)
    complete: bool = True
    inherits: bool = False

    def put(self, item: Item) -> None:
        """An item takes the place of an earlier one with its name."""
        self.items.pop(item.name, None)
        self.items[item.name] = item


@dataclass(slots=True, eq=False)
class Budget:
    """How much of what one text can ask for again and again is still done in a file: changes of mappings, turns
    of loops, characters that a shell's reader is given."""

    changes: int = 20_000
    turns: int = 2_000
    characters: int = 1 << 17

    def takes_changes(self, count: int) -> bool:
        self.changes -= count
        return self.changes >= 0

    def takes_turns(self, count: int) -> bool:
        self.turns -= count
        return self.turns >= 0

    def takes_characters(self, count: int) -> bool:
        self.characters -= count
        return self.characters >= 0


def is_class(name: str) -> bool:
    """Whether a qualified name is that of a class, by how names are written (PEP 8)."""
    return name.rpartition(".")[2][:1].isupper()


@dataclass(slots=True, eq=False)
class Reading:
    """One file while it is read.

    `line` and `order` are the logical line and the statement that are being read. `known` is what certain
    variables hold in os.environ at this point of a straight line; `sites` are the statements that may set a
    variable, under None those whose variable is not known. `values` and `contents` keep what names were found
    to hold, None while that is being found out, `confided` and `sent` which texts they give away, by themselves
    and in the headers of a request. `assumed` is what names hold in one turn of a loop, `taken` every value
    that they take in the loop's region, `loops` those that are followed; `mapping` reads a mapping. `options` are
    the defaults of options by name once they are asked for, `defaults` their values, None while they are found out.
    `methods` are the classes of each tracked method, `partials`: the file may use functools.partial,
    `objects`: and make objects that take arguments as attributes. `nested` counts
    the items of mappings that are being looked up in each other.
    """

    source: Source
    tree: Tree
    outline: Outline
    wanted: Wanted
    meanings: Meanings
    line: int = 0
    order: int = 0
    known: dict[str, Value] = field(default_factory=dict)
    sites: dict[str | None, list[Site]] = field(default_factory=dict)
    values: dict[Bound, Value | None] = field(default_factory=dict)
    contents: dict[Bound, Contents | None] = field(default_factory=dict)
    confided: dict[Bound, Sequence[tuple[Value, Span]]] = field(default_factory=dict)
    sent: dict[Bound, Sequence[tuple[Value, Span]]] = field(default_factory=dict)
    assumed: dict[Bound, Value] = field(default_factory=dict)
    taken: dict[Bound, tuple[Place, Value]] = field(default_factory=dict)
    loops: dict[Place, Loop] = field(default_factory=dict)
    mapping: Callable[[cst.CSTNode, Space, Place], Contents | None] = lambda node, space, place: None
    options: dict[str, list[Default]] | None = None
    defaults: dict[cst.CSTNode, Value | None] = field(default_factory=dict)
    nested: int = 0
    budget: Budget = field(default_factory=Budget)
    methods: dict[str, list[str]] = field(init=False)
    partials: bool = field(init=False)
    objects: bool = field(init=False)

    def __post_init__(self) -> None:
        self.partials = "partial" in self.source.text
        self.objects = any(name.rpartition(".")[2] in self.source.text for name in self.wanted.objects)
        self.methods = {}
        for name in self.wanted.calls:
            owner, _, method = name.rpartition(".")
            # A class, or a function of the packs, whose result has the method.
            if is_class(owner) or owner in self.wanted.calls:
                self.methods.setdefault(method, []).append(owner)

    @property
    def parameters(self) -> Mapping[str, tuple[str, ...]]:
        """The tracked functions by name, each with its positional parameters."""
        return self.wanted.calls

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node stands: one of the line that is being read, or of one that was read before."""
        return self.tree.span(node, self.line)

    @contextmanager
    def at(self, step: Step) -> Iterator[None]:
        """Meanwhile another statement is read. What it assigns was evaluated at some other time, so that what is
        known of the environment at this point does not count."""
        usual = self.line, self.order, self.known
        self.line, self.order, self.known = step.line, step.order, {}
        try:
            yield
        finally:
            self.line, self.order, self.known = usual

    def untouched(self, variable: str, node: cst.CSTNode, place: Place) -> bool:
        """Whether nothing in the file can have set a variable before an expression reads it.

        Top to bottom that is what stands above. In a function or loop it is everything, but for the very
        assignment that the expression is the value of: that one gives the variable what it reads."""
        again = any(around.kind in ("function", "loop") for around in place.within())
        return all(
            site.value is node or (not again and self._comes_later(site))
            for key in (variable, None)
            for site in self.sites.get(key, ())
        )

    def _comes_later(self, site: Site) -> bool:
        return site.order > self.order or (site.order == self.order and site.last)
