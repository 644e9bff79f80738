"""The facts of a Python file while they are collected, and the scopes that they stand in.

Owns the order of facts and which regions become scopes. What is a fact is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import libcst as cst

from envlint.facts import Binding, Call, Fact, Scope
from envlint.source import Span
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Bound, Place, Step
from envlint.value import Value


@dataclass(slots=True, eq=False)
class Collector:
    """The facts found so far. `environments` are the regions that stand for mappings given to programs, by
    the assignment that makes them; `beside` keeps regions that were made for facts of another region, `told`
    where values stand that facts have, `commands` where texts begin that the shell's reader was given."""

    reading: Reading
    found: list[tuple[int, Fact, Place]] = field(default_factory=list)
    statements: set[Span] = field(default_factory=set)
    environments: dict[Bound, Place] = field(default_factory=dict)
    beside: dict[tuple[str, Place, Place], Place] = field(default_factory=dict)
    told: set[Span] = field(default_factory=set)
    commands: set[int] = field(default_factory=set)

    def add(self, fact: Fact, place: Place, step: Step) -> None:
        """Notes a fact of a statement. Within a simple statement facts keep the order in which they are
        added, which is the order of evaluation; in the header of a compound one they have that of the text."""
        loop = self.reading.loops.get(place)
        if self.reading.assumed and loop is not None and loop.outside is not None:
            # All turns are made, in the order of the facts.
            place = loop.outside
        start = fact.span.start
        if isinstance(step.node, cst.BaseSmallStatement):
            span = self.reading.span(step.node)
            start = span.start
            text = self.reading.source.slice(span)
            if "\n" in text or "\r" in text:
                self.statements.add(span)
        self.found.append((start, fact, place))
        self.told.update(self._told_by(fact))

    def _told_by(self, fact: Fact) -> Iterator[Span]:
        """Where a fact has a text already, as the value of a variable or of a tracked function's parameter."""
        match fact:
            case Binding(value=value, value_span=span) if any(True for _ in value.literals()):
                yield span
            case Call(function=function, arguments=arguments):
                known = self.reading.parameters.get(function, ())
                for each in arguments:
                    if each.name in known and any(True for _ in each.value.literals()):
                        yield each.value_span

    def bind(
        self,
        step: Step,
        place: Place,
        form: str,
        key: tuple[str, Span],
        value: Value,
        spans: tuple[Span, Span],
        *,
        overrides: bool = True,
    ) -> None:
        """Notes a binding; `spans` are those of the whole notation and of the value."""
        name, name_span = key
        self.add(Binding(name, value, form, spans[0], name_span, spans[1], overrides=overrides), place, step)

    def inside(self, kind: str, outer: Place, place: Place) -> Place:
        """A region in another one that stands for a third: where an environment made at `outer` is changed in
        a branch, or where a test changes the environment for its own time only."""
        key = (kind, outer, place)
        if key not in self.beside:
            scope = "command" if kind == "command" else "branch"
            self.beside[key] = Place("command" if scope == "command" else "branch", outer, place.lines, place.nodes)
        return self.beside[key]

    def facts(self) -> tuple[Fact, ...]:
        """The facts in order, each with its scope's index."""
        index = self._indices()
        ordered = sorted(self.found, key=lambda item: item[0])
        return tuple(replace(fact, scope=index[_solid(place)]) for _, fact, place in ordered)

    def scopes(self) -> tuple[Scope, ...]:
        """The scopes that facts stand in, and those around them; the file's first."""
        index = self._indices()
        return tuple(
            Scope(
                place.kind,
                index[_solid(place.parent)] if place.parent is not None else None,
                self._span(place),
                place.name,
                place.clears,
            )
            for place in index
        )

    def _indices(self) -> dict[Place, int]:
        used = {self.reading.outline.file}
        for _, _, place in self.found:
            used.update(around for around in place.within() if not around.transparent)
        depths = {place: sum(1 for _ in place.within()) for place in used}
        spans = {place: self._span(place) for place in used}
        order = sorted(
            used, key=lambda place: (depths[place] > 1, spans[place].start, -spans[place].end, depths[place])
        )
        return {place: number for number, place in enumerate(order)}

    def _span(self, place: Place) -> Span:
        tree = self.reading.tree
        first, last = place.lines
        if place.kind == "file":
            return Span(0, len(self.reading.source.text))
        if place.written is not None:
            return place.written
        if place.nodes is None:
            return tree.line_span(first, last)
        return tree.span(place.nodes[0], first).to(tree.span(place.nodes[1], first))


def _solid(place: Place) -> Place:
    """The place itself, or the nearest one around it that is a scope."""
    return next(around for around in place.within() if not around.transparent)
