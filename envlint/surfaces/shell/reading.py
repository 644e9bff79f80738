"""The state of one reading of a script: what the names hold, where it stands, and the facts so far.

Owns the sequence of facts and the scopes. It must not know any command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from envlint.facts import (
    FILE,
    Binding,
    Comment,
    Credential,
    Export,
    Fact,
    Read,
    Scope,
    ScopeKind,
    Unreadable,
    Unset,
    Wanted,
)
from envlint.facts import Facts as FileFacts
from envlint.source import Source, Span
from envlint.surfaces.shell.args import Arg, closed_text
from envlint.surfaces.shell.conditions import Condition
from envlint.surfaces.shell.effects import Effects, Functions
from envlint.surfaces.shell.folders import prints_place
from envlint.surfaces.shell.names import Changes, Names
from envlint.surfaces.shell.output import Output as Written
from envlint.surfaces.shell.secrets import Secrets
from envlint.surfaces.shell.syntax import Function, Item, Output, Parameter, Redirect, Script, Word
from envlint.surfaces.shell.values import Expansion
from envlint.value import Value, literal

Inner: TypeAlias = Callable[[Source, Wanted, "str | None", Mapping[str, Value]], FileFacts]
"""Reads a script within another one: its text, for which shell (None: by its name or first line), and what is set."""

Facts: TypeAlias = "list[Fact | Facts]"
"""Facts in order. A list among them stands for a function's body, which is read last."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The names of the secrets that an array carries, and the scope that gave it all of its elements."""

    names: tuple[str, ...]
    scope: int


@dataclass(frozen=True, slots=True)
class Deferred:
    """A function whose body is read once all commands outside functions have been."""

    function: Function
    facts: Facts
    scope: int


@dataclass
class Loads:
    """The files that are being read in place, outermost first, and what all such files have cost so far."""

    chain: list[str] = field(default_factory=list)
    count: int = 0
    commands: int = 0


@dataclass
class Reading:
    """One reading. `run` reads a list of commands; `exports`: `set -a` is in force;
    `looping`: a loop's body is read.

    `into`: where commands around the present one write what it writes;
    `given` is what the present command may read, `written` what the last one writes, both as far as they are
    known; `substituted` what the substitutions within the present command wrote, `listed` the words of its
    last array, `elements` what that array then holds, where it is certain. `defined` are the functions that are
    certainly defined by now, `exported` the names that certainly are; `following` the functions whose bodies are being
    followed, `sizes` and `followed` what that costs; `loads` counts the files that are loaded. `printed`: the place of
    the project that the last command wrote.
    `lists` are the arrays that carry secrets.
    `logged`: what is printed here is the script's own output, and goes into no file, variable or other command.
    `inner` reads a script within this one, None where this one is within another already.
    """

    script: Script
    wanted: Wanted
    names: Names
    functions: Functions
    run: Callable[[Reading, Sequence[Item]], Condition]
    inner: Inner | None = None
    loads: Loads = field(default_factory=Loads)
    facts: Facts = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    scope: int = FILE
    exports: bool = False
    looping: bool = False
    logged: bool = True
    statements: list[Span] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    deferred: list[Deferred] = field(default_factory=list)
    into: tuple[Redirect, ...] = ()
    given: Written = ()
    written: Written = ()
    printed: Value | None = None
    substituted: list[Written] = field(default_factory=list)
    listed: list[Arg] = field(default_factory=list)
    elements: tuple[Value, ...] | None = None
    defined: set[str] = field(default_factory=set)
    exported: set[str] = field(default_factory=set)
    following: list[str] = field(default_factory=list)
    followed: int = 0
    sizes: dict[str, int | None] = field(default_factory=dict)
    lists: dict[str, Carried] = field(default_factory=dict)

    def __post_init__(self) -> None:
        told = (self._read, self._output, self._defaulted, self._listed)
        self.expansion = Expansion(self.script, self.names, *told)
        self.secrets = Secrets(self.script.source, self.wanted, self.script.text)

    def stand_with(self, names: Names) -> None:
        """Goes on with another state of the names."""
        self.names = self.expansion.names = names

    def emit(self, fact: Fact) -> None:
        """Adds a fact."""
        self.facts.append(fact)
        self._note_export(fact)
        self.secrets.told(fact)

    def _note_export(self, fact: Fact) -> None:
        """Keeps account of the names that are exported for certain."""
        match fact:
            case Export(variable=str(name), on=True, scope=0) | Binding(variable=name, form="shell-export", scope=0):
                self.exported.add(name)
            case Binding(variable=name, form="shell-assign", scope=0) if self.exports:
                self.exported.add(name)
            case Export(variable=str(name), on=False) | Unset(variable=name):
                self.exported.discard(name)

    def tell(self, credentials: Iterable[Credential]) -> None:
        """Adds the secrets that were found."""
        self.facts.extend(credentials)

    def tell_raw(self, span: Span) -> None:
        """Adds the secrets in a span of the script that is not read as commands."""
        host = self.script.host(span)
        self.tell(self.secrets.in_text([(literal(self.script.text[span.start : span.end], host), host)], self.scope))

    def arg(self, word: Word, value: Value) -> Arg:
        """A word with its value."""
        raw = self.script.text[word.span.start : word.span.end]
        return Arg(value, closed_text(value), self.script.host(word.span), raw)

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
    def printing(self, *, logged: bool) -> Iterator[None]:
        """Runs commands whose output is the script's own only if that around them is, and `logged`."""
        before, self.logged = self.logged, self.logged and logged
        yield
        self.logged = before

    @contextmanager
    def writing(self, into: tuple[Redirect, ...]) -> Iterator[None]:
        """Runs commands whose output goes into files."""
        before, self.into = self.into, into
        yield
        self.into = before

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
            self.defined.clear()
            where = self.names.known.get("PWD")
            self.names.forget(reason, outside=not effects.everything)
            if where is not None and not effects.everything:
                self.names.keep("PWD", where)
        self.names.lose(sorted(effects.names), reason)

    def matters(self, span: Span) -> bool:
        """Whether the script's text there names anything that is wanted."""
        text = self.script.text[span.start : span.end]
        return self.wanted.matters(text) or any(command in text for command in self.wanted.commands)

    def _read(self, parameter: Parameter, default: Value | None) -> None:
        if self.wanted.matters(parameter.name):
            self.emit(Read(parameter.name, self.script.host(parameter.span), default, self.scope))
        # What is assigned becomes a binding.
        if default is not None and "=" not in parameter.operator and self.secrets.is_name(parameter.name):
            span, _, written = self._spans(parameter)
            self.tell(self.secrets.one(default, span, written, self.scope))

    def _output(self, output: Output) -> Value | None:
        if not output.body:
            self.tell_raw(output.span)
        self.written, self.printed = (), None
        with self.apart(output.span), self.printing(logged=False), self.writing(()):
            self.run(self, output.body)
        self.substituted.append(self.written)
        return self.printed if self.printed is not None and prints_place(output.body) else None

    def _listed(self, words: Sequence[tuple[Word, Value]], elements: tuple[Value, ...] | None) -> None:
        self.listed, self.elements = [self.arg(word, value) for word, value in words], elements
        self.tell(self.secrets.in_command(self.listed, (), self.scope))

    def _spans(self, parameter: Parameter) -> tuple[Span, Span, Span]:
        """Where an expansion with a word, its name and its word are written."""
        start, operator = parameter.span.start + len("${"), len(parameter.operator)
        name = Span(start, start + len(parameter.name))
        written = Span(min(name.end + operator, parameter.span.end - 1), parameter.span.end - 1)
        host = self.script.host
        return host(parameter.span), host(name), host(written)

    def _defaulted(self, parameter: Parameter, value: Value) -> None:
        spans = self._spans(parameter)
        self.emit(Binding(parameter.name, value, "shell-assign", *spans, self.scope, overrides=False))
