"""Simple commands: assignments, declarations, builtins and programs as facts.

Owns what one simple command does to the names and which facts it yields. Control flow is not its concern.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from envlint.facts import KEPT, Binding, Call, Include, Launch, Unset
from envlint.surfaces.shell.args import Arg, Setting, Started
from envlint.surfaces.shell.assigning import args_of, assign, bind, observe_redirects, runs_others, value_of
from envlint.surfaces.shell.builtin import run_read, run_set, run_shopt, run_test, run_unset
from envlint.surfaces.shell.calls import kept, tracked
from envlint.surfaces.shell.commands import BUILTINS, start_of
from envlint.surfaces.shell.conditions import Condition, Decided
from envlint.surfaces.shell.declaring import declaration_of, declare
from envlint.surfaces.shell.effects import (
    EVERYTHING,
    NOTHING,
    SOURCING,
    SPECIAL,
    Effects,
    command_name,
    of_words,
)
from envlint.surfaces.shell.exposing import tell_exposed
from envlint.surfaces.shell.folders import MOVING, is_own, moved, printed
from envlint.surfaces.shell.following import follow
from envlint.surfaces.shell.inner import tell_inner
from envlint.surfaces.shell.names import Status
from envlint.surfaces.shell.reading import Reading
from envlint.surfaces.shell.sourcing import follow_source, load_in_place, shown_path
from envlint.surfaces.shell.splitting import tell_evaluated, tell_split
from envlint.surfaces.shell.strays import tell_strays
from envlint.surfaces.shell.syntax import (
    Simple,
)
from envlint.surfaces.shell.telling import declared, tell_command
from envlint.value import Value, unknown

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def run_simple(reading: Reading, command: Simple) -> Condition:
    """Reads one simple command; how it comes out, where that is known."""
    outer, given = reading.substituted, reading.given
    reading.substituted, reading.written = [], ()
    condition = _run(reading, command)
    reading.substituted, reading.given = outer, given
    return condition


def _run(reading: Reading, command: Simple) -> Condition:
    declaration = declaration_of(reading, command)
    if declaration is not None:
        condition = declare(reading, command, declaration)
        tell_command(reading, command, [declared(reading, word) for word in command.words], Started(0), reading.scope)
        return condition
    args = [arg for word in command.words for arg in args_of(reading, word)]
    reading.given = observe_redirects(reading, command.redirects) or reading.given
    while args and args[0].text == "" and not args[0].whole:
        # An expansion that is empty is no word (POSIX 2.6.5): `$SUDO python train.py`.
        args = args[1:]
    if args:
        return _command(reading, command, args)
    # Words that vanish leave assignments that stay (POSIX 2.9.1); whether they do is not certain here.
    for assignment in command.assignments:
        assign(reading, assignment)
    if command.words:
        reading.names.lose([each.name for each in command.assignments], "it may be an assignment for a command")
    return Decided(True) if not command.redirects and not runs_others(command) else None


def _command(reading: Reading, command: Simple, args: Sequence[Arg]) -> Condition:
    """A command with a name: its facts, then what it does to the names."""
    texts = [arg.text for arg in args]
    name = command_name(texts)
    called = name is not None and name in reading.functions
    names = reading.names
    started = Started(len(args)) if called else start_of(args)
    bare = not command.assignments and not started.settings and not started.removed and not started.clears
    scope = reading.scope if bare else reading.open_scope("command", command.span, clears=started.clears)
    _prefix(reading, command, scope)
    _start(reading, command, args, started, scope)
    tell_strays(reading, args[started.at : started.at + 3], alone=True)
    tell_command(reading, command, args, started, scope)
    tell_exposed(reading, command, args, started, scope)
    tell_inner(reading, command, args, started, scope)
    effects = _effects(reading, args, name)
    if effects.everything or (reading.script.dialect in ("sh", "ksh") and (called or name in SPECIAL)):
        # POSIX 2.9.1: such assignments may stay.
        names.lose((each.name for each in command.assignments), "an assignment before a builtin or function")
    return _finish(reading, command, args, name or "", effects)


def _prefix(reading: Reading, command: Simple, scope: int) -> None:
    """The assignments in front of a command: each sees those before it, and none stays."""
    names = reading.names
    mark = names.mark()
    lasting: frozenset[str] = frozenset()
    for assignment in command.assignments:
        before = names.mark()
        value = value_of(reading, assignment)
        lasting |= names.changed_since(before)
        held = names.assign(assignment.name, value)
        bind(reading, assignment, held.value, "shell-prefix", assignment.span, scope)
    names.take_back(mark)
    names.lose(sorted(lasting), "assigned while a command was prepared")


def _effects(reading: Reading, args: Sequence[Arg], name: str | None) -> Effects:
    """What the command may change."""
    if name is None:
        # A path names a program, never a builtin or a function.
        return NOTHING if any("/" in text for text in args[0].value.fragments()) else EVERYTHING
    effects = of_words([arg.text for arg in args])
    return reading.functions.called(name) | effects if name in reading.functions else effects


def _finish(reading: Reading, command: Simple, args: Sequence[Arg], name: str, effects: Effects) -> Condition:
    """What a builtin does beyond changing names, and how the command comes out."""
    if name in reading.functions:
        plain = not command.assignments and not command.redirects and args[0].text == name
        if not (plain and follow(reading, name)):
            reading.suffer(effects, "a function may have changed it")
        return None
    if name == "unset":
        return run_unset(reading, args, effects)
    if name == "set":
        run_set(reading, args)
    if name == "shopt":
        run_shopt(reading, args)
    plain = args[0].text == name and not command.assignments
    if name in SOURCING and plain and len(args) > 1 and load_in_place(reading, name, args[1].value):
        return None
    values = [arg.value for arg in args[1:]]
    where = moved(values, reading.names, reading.script.source.root) if name in MOVING and plain else None
    reading.suffer(
        effects, f"{name} may have changed it" if name else "a command that is not known may have changed it"
    )
    if name in ("[", "test"):
        return run_test(args)
    if where is not None:
        reading.names.assign("PWD", where)
        return Decided(True) if is_own(where, reading.expansion.origin) else None
    reading.printed = printed(name, values, reading.names, reading.script.source.root)
    if name in SOURCING and len(args) == 2:
        follow_source(reading, args[1].value)
    if name == "read":
        run_read(reading, command, args)
    if name in (":", "true", "false") and not command.redirects:
        return Decided(name != "false")
    return None


def _start(reading: Reading, command: Simple, args: Sequence[Arg], started: Started, scope: int) -> None:
    """The facts of what a command starts, and of what it hands over."""
    span = reading.script.host(command.span)
    for variable, place in started.removed:
        reading.emit(Unset(variable, place, scope))
    for setting in started.settings:
        spans = (setting.span, setting.name_span, setting.value_span)
        reading.emit(Binding(setting.name, _given(reading, setting), "shell-command", *spans, scope))
    if command.words[0].static in ("env", "sudo"):
        tell_split(reading, command.words[1:], scope)
    tell_evaluated(reading, command.words, scope)
    for loaded in started.loaded:
        reading.emit(Include(loaded.path, loaded.loader, loaded.span, scope))
    if started.program in SOURCING and len(args) > started.at + 1:
        path = shown_path(reading, started.program, args[started.at + 1].value, args[started.at + 1].span)
        reading.emit(Include(path, "bash", span, scope, exports=reading.exports))
    if call := tracked(args, started, reading.wanted):
        reading.emit(Call(call.function, call.arguments, call.open, span, call.span, scope))
        for name, value, value_span in kept(args, call, reading.wanted):
            reading.emit(Binding(name, value, KEPT, span, call.span, value_span, scope, overrides=False))
    if started.program and started.program not in BUILTINS and started.program not in reading.functions:
        arguments = tuple(arg.value for arg in args[started.at + 1 :])
        reading.emit(Launch(started.program, arguments, span, scope))


def _given(reading: Reading, setting: Setting) -> Value:
    """The value that a program is given."""
    if not setting.passed:
        return setting.value
    held = reading.names.get(setting.name)
    known = held.status is Status.OUTSIDE or (setting.name in reading.exported and held.status is Status.SET)
    return held.value if known else unknown("passed on if it is exported", type="str")
