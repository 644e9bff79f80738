"""Simple commands: assignments, declarations, builtins and programs as facts.

Owns what one simple command does to the names and which facts it yields. Control flow is not its concern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from envlint.facts import Binding, Call, Export, Include, Launch, Unreadable, Unset
from envlint.source import Span
from envlint.surfaces.shell.args import Arg, Setting, Started, closed_text, setting_of
from envlint.surfaces.shell.arrays import has_braces
from envlint.surfaces.shell.builtin import run_read, run_set, run_test, run_unset
from envlint.surfaces.shell.calls import tracked
from envlint.surfaces.shell.commands import BUILTINS, start_of
from envlint.surfaces.shell.conditions import Condition, Decided
from envlint.surfaces.shell.effects import (
    DECLARING,
    EVERYTHING,
    NOTHING,
    SOURCING,
    SPECIAL,
    Effects,
    command_name,
    made_readonly,
    of_words,
)
from envlint.surfaces.shell.following import follow
from envlint.surfaces.shell.inner import tell_inner
from envlint.surfaces.shell.names import Status
from envlint.surfaces.shell.output import Output as Written
from envlint.surfaces.shell.reading import Reading
from envlint.surfaces.shell.sourcing import follow_source
from envlint.surfaces.shell.syntax import (
    Array,
    Assignment,
    Output,
    Piece,
    Redirect,
    Simple,
    Text,
    Word,
    as_assignment,
    inner_pieces,
)
from envlint.surfaces.shell.telling import declared, tell_assigned, tell_command
from envlint.surfaces.shell.values import Expansion, assigned, field, fields, observe, texts
from envlint.value import Value, concat, unknown

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_APART = "a shell takes no blanks around `=`, so {name} is not assigned here"
_MULTIPLIED = re.compile(r"[{*?\[~(]")
_Evaluate = Callable[[Expansion, Sequence[Piece]], Value]


def run_simple(reading: Reading, command: Simple) -> Condition:
    """Reads one simple command; how it comes out, where that is known."""
    outer, given = reading.substituted, reading.given
    reading.substituted, reading.written = [], ()
    condition = _run(reading, command)
    reading.substituted, reading.given = outer, given
    return condition


def _run(reading: Reading, command: Simple) -> Condition:
    declaration = _declaration(reading, command)
    if declaration is not None:
        condition = _declare(reading, command, declaration)
        tell_command(reading, command, [declared(reading, word) for word in command.words], Started(0), reading.scope)
        return condition
    args = [arg for word in command.words for arg in _args(reading, word)]
    reading.given = observe_redirects(reading, command.redirects) or reading.given
    while args and args[0].text == "" and not args[0].whole:
        # An expansion that is empty is no word (POSIX 2.6.5): `$SUDO python train.py`.
        args = args[1:]
    if args:
        return _command(reading, command, args)
    # Words that vanish leave assignments that stay (POSIX 2.9.1); whether they do is not certain here.
    for assignment in command.assignments:
        _assign(reading, assignment)
    if command.words:
        reading.names.lose([each.name for each in command.assignments], "it may be an assignment for a command")
    return Decided(True) if not command.redirects and not _runs(command) else None


def _declaration(reading: Reading, command: Simple) -> int | None:
    """Where the name of a declaring builtin stands among the words, behind `command` and `builtin`."""
    names = [word.static for word in command.words[:2]]
    at = 1 if names[:1] in (["command"], ["builtin"]) and len(names) > 1 else 0
    found = at < len(names) and names[at] in DECLARING and not any(name in reading.functions for name in names if name)
    return at if found else None


def _runs(command: Simple) -> bool:
    """Whether a command's words run others, whose failure may be its own."""
    written = [*(each.pieces for each in command.assignments), *(each.pieces for each in command.words)]
    return any(isinstance(piece, Output) for pieces in written for piece in inner_pieces(pieces))


def observe_redirects(reading: Reading, redirects: Sequence[Redirect]) -> Written:
    """Expands the words of redirections, here-documents included; what the last of these gives to read."""
    mark = reading.names.mark()
    given: Written = ()
    for redirect in redirects:
        pieces = redirect.heredoc if redirect.operator in ("<<", "<<-") else redirect.target.pieces
        values = texts(reading.expansion, pieces)
        if pieces and redirect.operator.startswith("<<"):
            span = reading.script.host(pieces[0].span.to(pieces[-1].span))
            given = tuple((value, span) for value in values)
            reading.tell(reading.secrets.in_text(given, reading.scope))
        if redirect.variable:
            reading.names.lose((redirect.variable,), "it holds a file descriptor")
    # A program's redirections are expanded by the process that becomes it, a builtin's by the shell.
    reading.names.lose(sorted(reading.names.changed_since(mark)), "assigned within a redirection")
    return given


def _args(reading: Reading, word: Word) -> list[Arg]:
    span = reading.script.host(word.span)
    raw = reading.script.text[word.span.start : word.span.end]
    whole = all(isinstance(piece, Text) or piece.quoted for piece in word.pieces)
    return [Arg(value, closed_text(value), span, raw, whole) for value in fields(reading.expansion, word)]


def _value(reading: Reading, assignment: Assignment, evaluate: _Evaluate = assigned) -> Value:
    """What an assignment assigns, apart from what the name makes of it."""
    before = len(reading.substituted)
    value = evaluate(reading.expansion, assignment.pieces)
    if reading.secrets.sought:
        tell_assigned(reading, assignment, value, reading.substituted[before:])
    if assignment.element:
        return unknown("an element of an array", type="str")
    if not assignment.append:
        return value
    if not reading.script.is_bash or any(isinstance(piece, Array) for piece in assignment.pieces):
        return unknown("an array, or a shell that does not know +=", type="str")
    return concat((reading.names.get(assignment.name).value, value))


def _bind(reading: Reading, assignment: Assignment, value: Value, form: str, whole: Span, scope: int) -> None:
    host = reading.script.host
    spans = (host(whole), host(assignment.name_span), host(assignment.value_span))
    reading.emit(Binding(assignment.name, value, form, *spans, scope))


def _receive(reading: Reading, assignment: Assignment, value: Value) -> Value:
    """The name of an assignment receives its value; what a binding of it then says."""
    match assignment.pieces:
        case (Array(),) if not assignment.element:
            before = reading.names.get(assignment.name)
            fresh = before.status is Status.UNSET and before.elements is None
            held = () if not assignment.append or fresh else before.elements
            together = (*held, *reading.elements) if held is not None and reading.elements is not None else None
            reading.names.assign_list(assignment.name, together)
            return value
    return reading.names.assign(assignment.name, value).value


def _assign(reading: Reading, assignment: Assignment) -> None:
    value = _receive(reading, assignment, _value(reading, assignment))
    _bind(reading, assignment, value, "shell-assign", assignment.span, reading.scope)
    if assignment.append and not reading.script.is_bash:
        # POSIX has no +=: there it is the name of a command, and the variable stays as it was.
        reading.names.lose((assignment.name,), "+= differs between shells")


def _declare(reading: Reading, command: Simple, at: int) -> Condition:
    """`export`, `readonly`, `declare`, `typeset` and `local` (Bash manual 4.2)."""
    name = command.words[at].static or ""
    # Only the plain name makes its operands assignments; a quoted one takes them as words.
    evaluate = assigned if reading.script.is_bash and command.words[0].plain == name else field
    options = [word.static or "" for word in command.words[at + 1 :] if _is_option(word)]
    operands = [word for word in command.words[at + 1 :] if not _is_option(word)]
    on = "".join(option[1:] for option in options if option.startswith("-"))
    observe_redirects(reading, command.redirects)
    for assignment in command.assignments:
        scope = reading.open_scope("command", command.span)
        _bind(reading, assignment, _value(reading, assignment), "shell-prefix", assignment.span, scope)
        # Whether the name keeps the value afterwards differs between shells and builtins.
        reading.names.lose((assignment.name,), "an assignment before a declaration")
    if set("fFp") & set(on):
        return None
    off = (name == "export" and "n" in on) or any(option.startswith("+") and "x" in option for option in options)
    exports = (name == "export" or "x" in on) and not off
    form = "shell-export" if exports else "shell-assign"
    if "g" in on and reading.names.base is not None:
        # Within a function it means the outer variable, which a local one may hide.
        evaluate = _global
    _note_apart(reading, command, [word.static for word in operands])
    for word in operands:
        whole = command.span if len(operands) == 1 else word.span
        variable = _declare_setting(reading, word, form, whole, evaluate)
        if variable is None:
            _declare_name(reading, word, name, exports=exports, off=off, whole=whole)
        elif off:
            reading.emit(Export(variable, False, reading.script.host(whole), reading.scope))
    if name != "export":
        reading.names.readonly |= made_readonly([word.static for word in command.words])
    return None if command.redirects or name == "local" or _runs(command) else Decided(True)


def _note_apart(reading: Reading, command: Simple, words: Sequence[str | None]) -> None:
    """Notes `NAME = value`, with which a shell assigns nothing: blanks part words (POSIX 2.3)."""
    for name, following in pairwise(words):
        if name and _NAME.match(name) and reading.wanted.matters(name) and (following or "").startswith("="):
            reading.unreadable.append(Unreadable(_APART.format(name=name), reading.script.host(command.span)))


def _global(expansion: Expansion, pieces: Sequence[Piece]) -> Value:
    observe(expansion, pieces)
    return unknown("a variable outside the function", type="str")


def _is_option(word: Word) -> bool:
    return (word.static or "")[:1] in ("-", "+")


def _declare_name(reading: Reading, word: Word, name: str, *, exports: bool, off: bool, whole: Span) -> None:
    """An operand that is a name alone, or anything."""
    text = word.static or ""
    if text and not _NAME.match(text) and not _MULTIPLIED.search(text):
        # It is "not a valid identifier", and nothing comes of it: `export NAME = value`.
        return
    if not _NAME.match(text):
        reading.names.forget("it may have been declared")
    elif exports or off:
        reading.emit(Export(text, exports, reading.script.host(whole), reading.scope))
    elif name in ("declare", "typeset", "local"):
        # Within a function it is a new, unset name; outside it stays as it was.
        reading.names.lose((text,), "it may have been declared anew")


def _declare_setting(reading: Reading, word: Word, form: str, whole: Span, evaluate: _Evaluate) -> str | None:
    """An operand that assigns; the name. Bash takes an assignment as it takes any other but multiplies braces,
    other shells may split it into fields (POSIX.1-2017, export)."""
    assignment = as_assignment(word)
    if assignment is not None:
        value = _value(reading, assignment, evaluate)
        value = unknown("a word that braces may multiply", type="str") if has_braces(word.pieces) else value
        value = _receive(reading, assignment, value)
        _bind(reading, assignment, value, form, whole, reading.scope)
        return assignment.name
    if word.plain is not None:
        return None
    args = _args(reading, word)
    setting = setting_of(args[0]) if len(args) == 1 else None
    if setting is None:
        return None
    held = reading.names.assign(setting.name, setting.value)
    spans = (reading.script.host(whole), setting.name_span, setting.value_span)
    reading.emit(Binding(setting.name, held.value, form, *spans, reading.scope))
    return setting.name


def _command(reading: Reading, command: Simple, args: Sequence[Arg]) -> Condition:
    """A command with a name: its facts, then what it does to the names."""
    texts = [arg.text for arg in args]
    _note_apart(reading, command, texts[:2])
    name = command_name(texts)
    called = name is not None and name in reading.functions
    names = reading.names
    started = Started(len(args)) if called else start_of(args)
    bare = not command.assignments and not started.settings and not started.removed and not started.clears
    scope = reading.scope if bare else reading.open_scope("command", command.span, clears=started.clears)
    _prefix(reading, command, scope)
    _start(reading, command, args, started, scope)
    tell_command(reading, command, args, started, scope)
    tell_inner(reading, command, args, started, scope)
    effects = _effects(reading, args, name)
    if effects.everything or (not reading.script.is_bash and (called or name in SPECIAL)):
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
        value = _value(reading, assignment)
        lasting |= names.changed_since(before)
        held = names.assign(assignment.name, value)
        _bind(reading, assignment, held.value, "shell-prefix", assignment.span, scope)
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
    reading.suffer(
        effects, f"{name} may have changed it" if name else "a command that is not known may have changed it"
    )
    if name in ("[", "test"):
        return run_test(args)
    if name in SOURCING and len(args) == 2 and reading.left is not None:
        follow_source(reading, args[1].value, reading.left)
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
    for loaded in started.loaded:
        reading.emit(Include(loaded.path, loaded.loader, loaded.span, scope))
    if started.program in SOURCING and len(args) > started.at + 1:
        reading.emit(Include(args[started.at + 1].value, "bash", span, scope, exports=reading.exports))
    if call := tracked(args, started, reading.wanted):
        reading.emit(Call(call.function, call.arguments, call.open, span, call.span, scope))
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
