"""The state of reading one Python file: what its parts share while values and facts are made.

Owns what is known of the environment along a straight line of statements. Makes no fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import libcst as cst

from envlint.source import Source, Span
from envlint.surfaces.python_records import Bound, Outline, Place
from envlint.surfaces.python_tree import Tree
from envlint.value import Value


@dataclass(frozen=True, slots=True)
class Site:
    """A statement that may set a variable in os.environ; `value` is what it sets it to, if that is one expression."""

    start: int
    end: int
    value: cst.CSTNode | None = None


@dataclass(slots=True, eq=False)
class Reading:
    """One file while it is read.

    `known` is what certain variables hold in os.environ at this point of a straight line; `sites` are the
    places that may set a variable, under None those whose variable is not known. `values` keeps what names
    were found to hold, None while that is being found out.
    """

    source: Source
    tree: Tree
    outline: Outline
    parameters: Mapping[str, tuple[str, ...]]
    known: dict[str, Value] = field(default_factory=dict)
    sites: dict[str | None, list[Site]] = field(default_factory=dict)
    values: dict[Bound, Value | None] = field(default_factory=dict)

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node stands."""
        return self.tree.span(node)

    def untouched(self, variable: str, node: cst.CSTNode, place: Place) -> bool:
        """Whether nothing in the file can have set a variable before an expression reads it.

        Top to bottom that is what stands above. In a function or loop it is everything, but for the very
        assignment that the expression is the value of: that one gives the variable what it reads."""
        again = any(around.kind in ("function", "loop") for around in place.within())
        start = self.tree.start(node)
        return all(
            site.value is node or (site.end > start and not again)
            for key in (variable, None)
            for site in self.sites.get(key, ())
        )
