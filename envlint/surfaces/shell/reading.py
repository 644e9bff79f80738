"""The state of one reading of a script: what the names hold, where it stands, and the facts so far.

Owns the sequence of facts and the scopes. It must not know any command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from envlint.facts import FILE, Binding, Fact, Read, Scope, ScopeKind, Unreadable, Wanted
from envlint.source import Span
from envlint.surfaces.shell.conditions import Condition
from envlint.surfaces.shell.effects import Effects, Functions
from envlint.surfaces.shell.names import Changes, Names
from envlint.surfaces.shell.syntax import Function, Item, Output, Parameter, Script
from envlint.surfaces.shell.values import Expansion
from envlint.value import Value

Facts: TypeAlias = "list[Fact | Facts]"
"""Facts in order. A list among them stands for a function's body, which is read last."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """A function whose body is read once all commands outside functions have been."""

    function: Function
    facts: Facts
    scope: int


@dataclass
class Reading:
    """One reading. `run` reads a list of commands; `exports`: `set -a` is in force."""

    script: Script
    wanted: Wanted
    names: Names
    functions: Functions
    run: Callable[[Reading, Sequence[Item]], Condition]
    facts: Facts = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    scope: int = FILE
    exports: bool = False
    statements: list[Span] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    deferred: list[Deferred] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.expansion = Expansion(self.script, self.names, self._read, self._output, self._defaulted)

    def stand_with(self, names: Names) -> None:
        """Goes on with another state of the names."""
        self.names = self.expansion.names = names

    def emit(self, fact: Fact) -> None:
        """Adds a fact."""
        self.facts.append(fact)

    def open_scope(self, kind: ScopeKind, span: Span, *, name: str | None = None, clears: bool = False) -> int:
        """Adds a scope below the present one; its index. The span is one of the script."""
        self.scopes.append(Scope(kind, self.scope, self.script.host(span), name, clears))
        return len(self.scopes) - 1

    @contextmanager
    def inside(self, scope: int) -> Iterator[None]:
        """Stands in a scope for a while."""
        before, self.scope = self.scope, scope
        yield
        self.scope = before

    @contextmanager
    def apart(self, span: Span) -> Iterator[None]:
        """Stands in a subshell: what it sets is gone afterwards (POSIX 2.12)."""
        mark, exports = self.names.mark(), self.exports
        with self.inside(self.open_scope("subshell", span)):
            yield
        self.names.take_back(mark)
        self.exports = exports

    @contextmanager
    def tried(self, kind: ScopeKind, span: Span, changes: list[Changes]) -> Iterator[None]:
        """Stands in a scope that may not run; what it changed is taken back and added to a list."""
        mark = self.names.mark()
        with self.inside(self.open_scope(kind, span)):
            yield
        changes.append(self.names.take_back(mark))

    def suffer(self, effects: Effects, reason: str) -> None:
        """Names may have changed."""
        if effects.outside or effects.everything:
            self.names.forget(reason, outside=not effects.everything)
        self.names.lose(sorted(effects.names), reason)

    def matters(self, span: Span) -> bool:
        """Whether the script's text there names anything that is wanted."""
        text = self.script.text[span.start : span.end]
        return self.wanted.matters(text) or any(command in text for command in self.wanted.commands)

    def _read(self, parameter: Parameter, default: Value | None) -> None:
        if self.wanted.matters(parameter.name):
            self.emit(Read(parameter.name, self.script.host(parameter.span), default, self.scope))

    def _output(self, output: Output) -> None:
        with self.apart(output.span):
            self.run(self, output.body)

    def _defaulted(self, parameter: Parameter, value: Value) -> None:
        start, operator = parameter.span.start + len("${"), len(parameter.operator)
        name = Span(start, start + len(parameter.name))
        written = Span(min(name.end + operator, parameter.span.end - 1), parameter.span.end - 1)
        host = self.script.host
        spans = (host(parameter.span), host(name), host(written))
        self.emit(Binding(parameter.name, value, "shell-assign", *spans, self.scope, overrides=False))
