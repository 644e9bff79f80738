"""Facts: what a surface reads in one source, before any judgement.

A file's facts are one sequence in the order of the text. Each names the scope it stands in; a scope
knows its parent. Everything that depends on order or scope (what is exported, what a launched program
sees, what comes too late) is a fold over this sequence, never a flag that a surface sets.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal as Name
from typing import TypeAlias

from envlint.credentials import Credentials
from envlint.source import Source, Span
from envlint.value import Value

ScopeKind: TypeAlias = Name["file", "function", "class", "branch", "loop", "subshell", "command", "stage"]
"""What a scope is. A `branch` or `loop` may not run, and what it sets stays set after it. A `subshell`
(also a pipeline's side) and a `command` (prefix assignments, `env A=1 cmd`, subprocess env=) set nothing
outside themselves. A `stage` of a Dockerfile inherits from its parent scope only."""

FILE = 0
"""The index of the scope that is the whole file."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A region whose settings live and die together. `parent` indexes Facts.scopes; the file's is None.
    `clears`: the process starts with nothing from around it (`env -i`, subprocess env={...})."""

    kind: ScopeKind
    parent: int | None
    span: Span
    name: str | None = None
    clears: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """A name receives a value.

    `span` covers the whole notation, `name_span` the name, `value_span` the value as written, quotes
    included (empty where nothing is written). `value` is what the place assigns; names set earlier in the
    same file are already replaced. `overrides` is false where an earlier or outer setting stays
    (setdefault, an ARG's default). The form says how it is written and whether that exports it.
    """

    variable: str
    value: Value
    form: str
    span: Span
    name_span: Span
    value_span: Span
    scope: int = FILE
    overrides: bool = True


@dataclass(frozen=True, slots=True)
class Export:
    """A name that is already set, or will be, is handed to programs from here on (`on`), or no longer.
    `variable` None: every later assignment (`set -a`, `set +a`)."""

    variable: str | None
    on: bool
    span: Span
    scope: int = FILE


@dataclass(frozen=True, slots=True)
class Unset:
    """A name is removed from the environment."""

    variable: str
    span: Span
    scope: int = FILE


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call, under its parameter's name; `span` covers `name=value` or the value alone.

    `position` is its place among the positional arguments, from 0, and its name then that of the newest
    signature; None where the call names the parameter itself. `elements` are those of a list, tuple or set that is
    written out, in order, one that is not in sight being unknown; none: the value is no such thing.
    """

    name: str
    value: Value
    span: Span
    value_span: Span
    position: int | None = None
    elements: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function that a pack tracks, by its qualified name.

    `open`: `*args` or `**kwargs` may hide further arguments. `name_span` covers the function as written.
    """

    function: str
    arguments: tuple[Argument, ...]
    open: bool
    span: Span
    name_span: Span
    scope: int = FILE

    def argument(self, name: str) -> Argument | None:
        """The argument for this parameter, if it is given in sight."""
        return next((argument for argument in self.arguments if argument.name == name), None)


@dataclass(frozen=True, slots=True)
class Credential:
    """A value that is a secret by its meaning, though no variable and no argument of a tracked function
    receives it: a field with such a name, a password of the vendor's host, a word of a command.

    `span` covers the whole notation, `value_span` the value as written, quotes included.
    """

    value: Value
    span: Span
    value_span: Span
    scope: int = FILE


@dataclass(frozen=True, slots=True)
class Read:
    """The program reads a variable; `default` is what it uses where the variable is unset."""

    variable: str
    span: Span
    default: Value | None = None
    scope: int = FILE


@dataclass(frozen=True, slots=True)
class Launch:
    """A program is started. `program` is its name as written, without wrappers such as env, sudo or time;
    `arguments` are the words after it. It sees what its scope and the scopes around it have exported so far.
    """

    program: str
    arguments: tuple[Value, ...]
    span: Span
    scope: int = FILE


@dataclass(frozen=True, slots=True)
class Include:
    """A file of settings is loaded: by `loader` (bash, python-dotenv, docker, ...), `path` as written or, where that is
    built on the script's own folder, from that folder.
    `overrides`: whether it replaces what is set already. `exports`: whether its plain assignments reach programs."""

    path: Value
    loader: str
    span: Span
    scope: int = FILE
    overrides: bool = True
    exports: bool = True


@dataclass(frozen=True, slots=True)
class Stray:
    """A text that blanks keep from the name that it is meant for: `NAME = value`, with which a shell assigns nothing.

    `value` is what would be assigned, as far as it is written; `span` covers name and text, `value_span` the text,
    quotes included. `alone`: the name is then the name of a command.
    """

    variable: str
    value: Value
    span: Span
    name_span: Span
    value_span: Span
    alone: bool
    scope: int = FILE


Way: TypeAlias = Name["printed", "written", "argument", "word"]
"""How a text comes to be read by others: `printed` to an output that a terminal shows and a log keeps; `written` into a
file; as an `argument`, a word of a program's command line, which whoever is on the machine can list; or as a `word`
that a shell keeps to itself unless it traces its commands."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """A text that others than its program may read. `variables` are the names whose whole values are in it, or that
    say what it is (`--wandb_key=...`); a secret may also be spelled in it. `span` covers the word, and `program` is
    what is given it, where that is a program, or the file, as far as its name is known."""

    way: Way
    variables: tuple[str, ...]
    span: Span
    scope: int = FILE
    program: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """From here on a shell shows each command with what its words became (`set -x`), or no longer does (`on` False)."""

    on: bool
    span: Span
    scope: int = FILE


Fact: TypeAlias = Binding | Export | Unset | Call | Credential | Read | Launch | Include | Stray | Exposed | Trace


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, its mark included. `own_line`: nothing but blanks stands before it on its line."""

    span: Span
    own_line: bool


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A region (None: the whole file) that could not be read, and why, in words that end a sentence."""

    reason: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was read in one source.

    `statements` are the spans of whole statements (call, continued command, instruction) that cover more
    than one line: a suppression at one of their ends covers all of it. `cells` are the spans of a notebook's
    cells. `line_starts` are where its lines of code begin, which need be no lines of the file; None: the
    file's lines are what comments speak of.
    """

    source: Source
    surface: str
    items: tuple[Fact, ...] = ()
    scopes: tuple[Scope, ...] = ()
    comments: tuple[Comment, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    statements: tuple[Span, ...] = ()
    cells: tuple[Span, ...] = ()
    line_starts: tuple[int, ...] | None = None

    def cell(self, offset: int) -> int | None:
        """The number of the notebook's cell at an offset, from 1."""
        number = bisect_right(self.cells, offset, key=lambda span: span.start)
        return number if number and offset < self.cells[number - 1].end else None

    def line(self, offset: int) -> int:
        """The number of the line at an offset, of the file or of a notebook's code, from 1."""
        if self.line_starts is None:
            return self.source.position(offset).line
        return bisect_right(self.line_starts, offset)

    def bindings(self) -> Iterator[Binding]:
        return (item for item in self.items if isinstance(item, Binding))

    def calls(self) -> Iterator[Call]:
        return (item for item in self.items if isinstance(item, Call))

    def credentials(self) -> Iterator[Credential]:
        return (item for item in self.items if isinstance(item, Credential))

    def ancestors(self, scope: int) -> Iterator[int]:
        """The scope itself and every scope around it, inside first."""
        at: int | None = scope
        while at is not None:
            yield at
            at = self.scopes[at].parent


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the packs want to see, told to a surface so that it need not know them.

    `calls` maps the qualified name of each tracked function to its positional parameters in order, the
    variadic one and everything behind it left out. `writes` says which variables a tracked command gives which texts
    in a settings file, `options` for which its options do so. `hands` says where a tracked function is given a mapping
    with the arguments of another one: the parameter, or parameter.key, and that function's name. `needles` are the
    texts of which one must occur in a file for it to matter; a region that cannot be read counts only where it
    holds one. `objects` are the tracked classes whose objects take the same arguments as attributes later on.
    `commands` are the shell commands that are tracked, such as `wandb`; `credentials` says what else means a secret.
    `sourced` gives the file of the project that a path means, which a script of some path loads.
    """

    calls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needles: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    credentials: Credentials = field(default_factory=Credentials)
    sourced: Callable[[str, str], Source | None] | None = field(default=None, compare=False)
    hands: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    objects: frozenset[str] = frozenset()
    writes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def matters(self, text: str) -> bool:
        """Whether a text names anything that the packs know."""
        return any(needle in text for needle in self.needles)


EXPORTING_FORMS = frozenset(
    {
        "dotenv",
        "shell-export",
        "shell-prefix",
        "shell-command",
        "docker-env",
        "docker-arg",
        "docker-secret",
        "environ-item",
        "environ-update",
        "environ-setdefault",
        "environ-putenv",
        "subprocess-env",
        "notebook-env",
    }
)
"""The forms whose bindings reach the programs started after them without an Export of their own."""


KEPT = "settings-file"
"""The form of what a command writes into a settings file: it counts only where the environment says nothing, and is
no part of it."""


_PROCESSES = frozenset({"file", "function", "subshell", "command", "stage"})
"""The scopes that keep what is exported in them to themselves; a branch or loop shares with what is around it."""


def is_exported(facts: Facts, binding: Binding, at: Fact | None = None) -> bool:
    """Whether a binding's name is handed to the programs that start where a fact stands (None: at the end of
    the file). A name that is exported once stays so until it is unset (POSIX 2.14, export)."""
    return binding.form in EXPORTING_FORMS or (binding.form != KEPT and _holds(facts, _exports(facts, at), binding))


def exported_bindings(facts: Facts) -> frozenset[int]:
    """The identities, by `id`, of the bindings whose names are exported at the end of the file."""
    exports = _exports(facts, None)
    return frozenset(
        id(item)
        for item in facts.bindings()
        if item.form in EXPORTING_FORMS or (item.form != KEPT and _holds(facts, exports, item))
    )


_LEAKS = frozenset({"branch", "loop"})
"""The scopes whose settings stay set after them, if they ran."""


class View:
    """What a place in one scope sees of other scopes."""

    def __init__(self, facts: Facts, scope: int) -> None:
        self._facts = facts
        self._around = set(_own_surroundings(facts, scope))
        self._beside = {facts.scopes[at].parent for at in self._around if facts.scopes[at].kind == "branch"}

    def holds(self, scope: int) -> bool | None:
        """Whether what happened in a scope holds here: for certain, perhaps (False), or not at all (None).

        A branch or loop in one of the scopes around the place may have run. A branch beside one that the
        place itself stands in has not, or not for sure: only one of an if's branches runs.
        """
        at: int | None = scope
        while at is not None and at not in self._around:
            if self._facts.scopes[at].kind not in _LEAKS or self._facts.scopes[at].parent in self._beside:
                return None
            at = self._facts.scopes[at].parent
        return None if at is None else at == scope


def _own_surroundings(facts: Facts, scope: int) -> Iterator[int]:
    """The scope and those around it, up to one whose process starts with nothing from around it."""
    for at in facts.ancestors(scope):
        yield at
        if facts.scopes[at].clears:
            return


_Exports: TypeAlias = dict[tuple[str, int], bool]


def _exports(facts: Facts, at: Fact | None) -> _Exports:
    """Which names are exported, in each process, where a fact stands."""
    exports: _Exports = {}
    every: dict[int, bool] = {}
    for item in facts.items:
        if item is at:
            break
        process = _process(facts, item.scope)
        match item:
            case Export(variable=None, on=on):
                every[process] = on
            case Export(variable=str(name), on=on):
                exports[name, process] = on
            case Binding(variable=name, form=form) if form in EXPORTING_FORMS or (form != KEPT and every.get(process)):
                exports[name, process] = True
            case Unset(variable=name):
                exports[name, process] = False
    return exports


def _holds(facts: Facts, exports: _Exports, binding: Binding) -> bool:
    for scope in facts.ancestors(binding.scope):
        known = exports.get((binding.variable, scope))
        if known is not None:
            return known
    return False


def _process(facts: Facts, scope: int) -> int:
    return next((at for at in facts.ancestors(scope) if facts.scopes[at].kind in _PROCESSES), FILE)
