"""Simple commands: assignments, declarations, builtins and programs as facts.

Owns what one simple command does to the names and which facts it yields. Control flow is not its concern.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from envlint.facts import Binding, Call, Export, Include, Launch, Unset
from envlint.source import Span
from envlint.surfaces.shell_commands import BUILTINS, Arg, Setting, Started, setting_of, start_of, tracked
from envlint.surfaces.shell_conditions import Condition, Decided, Operand, tested
from envlint.surfaces.shell_effects import (
    DECLARING,
    EVERYTHING,
    MANAGERS,
    SOURCING,
    SPECIAL,
    Effects,
    command_name,
    made_readonly,
    of_words,
)
from envlint.surfaces.shell_names import Status
from envlint.surfaces.shell_reading import Reading
from envlint.surfaces.shell_syntax import Array, Assignment, Output, Redirect, Simple, Word, as_assignment, inner_pieces
from envlint.surfaces.shell_values import assigned, field, fields, observe
from envlint.value import Value, concat, unknown

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def run_simple(reading: Reading, command: Simple) -> Condition:
    """Reads one simple command; how it comes out, where that is known."""
    first = command.words[0].static if command.words else None
    if first in DECLARING and first not in reading.functions:
        return _declare(reading, command, first or "")
    args = [arg for word in command.words for arg in _args(reading, word)]
    observe_redirects(reading, command.redirects)
    if not command.words:
        for assignment in command.assignments:
            _assign(reading, assignment)
        runs = any(isinstance(piece, Output) for each in command.assignments for piece in inner_pieces(each.pieces))
        return None if runs or command.redirects else Decided(True)
    return _command(reading, command, args)


def observe_redirects(reading: Reading, redirects: Sequence[Redirect]) -> None:
    """Expands the words of redirections, here-documents included."""
    for redirect in redirects:
        observe(reading.expansion, redirect.target.pieces if redirect.operator not in ("<<", "<<-") else ())
        observe(reading.expansion, redirect.heredoc)
        if redirect.variable:
            reading.names.lose((redirect.variable,), "it holds a file descriptor")


def _args(reading: Reading, word: Word) -> list[Arg]:
    span = reading.script.host(word.span)
    raw = reading.script.text[word.span.start : word.span.end]
    values = fields(reading.expansion, word)
    return [Arg(value, value.unset().text, _own_span(value, span) if len(values) > 1 else span, raw) for value in values]


def _own_span(value: Value, span: Span) -> Span:
    """Where one of several words of an expansion is written: at the expansion, not at the definition."""
    return span


def _value(reading: Reading, assignment: Assignment) -> Value:
    """What an assignment assigns, apart from what the name makes of it."""
    value = assigned(reading.expansion, assignment.pieces)
    if assignment.element:
        return unknown("an element of an array", type="str")
    if not assignment.append:
        return value
    held = reading.names.get(assignment.name)
    if not reading.script.is_bash or any(isinstance(piece, Array) for piece in assignment.pieces):
        return unknown("+= differs between shells", type="str")
    return concat((held.value, value))


def _binding(reading: Reading, assignment: Assignment, value: Value, form: str, whole: Span, scope: int) -> Binding:
    host = reading.script.host
    spans = (host(whole), host(assignment.name_span), host(assignment.value_span))
    return Binding(assignment.name, value, form, *spans, scope)


def _assign(reading: Reading, assignment: Assignment, form: str = "shell-assign", whole: Span | None = None) -> None:
    value = _value(reading, assignment)
    held = reading.names.assign(assignment.name, value)
    reading.emit(_binding(reading, assignment, held.value, form, whole or assignment.span, reading.scope))


def _declare(reading: Reading, command: Simple, name: str) -> Condition:
    """`export`, `readonly`, `declare`, `typeset` and `local` (Bash manual 4.2)."""
    options = [word.static for word in command.words[1:] if word.static and word.static[:1] in ("-", "+")]
    on = "".join(option[1:] for option in options if option.startswith("-"))
    operands = [word for word in command.words[1:] if not (word.static and word.static[:1] in ("-", "+"))]
    observe_redirects(reading, command.redirects)
    for assignment in command.assignments:
        # Whether the name keeps the value afterwards differs between shells and builtins.
        value = _value(reading, assignment)
        scope = reading.open_scope("command", command.span)
        reading.emit(_binding(reading, assignment, value, "shell-prefix", assignment.span, scope))
        reading.names.lose((assignment.name,), "an assignment before a declaration")
    if set("fFp") & set(on):
        return None
    exports = name == "export" or "x" in on
    off = (name == "export" and "n" in on) or any(option.startswith("+") and "x" in option for option in options)
    whole = command.span if len(operands) == 1 else None
    for word in operands:
        _declare_word(reading, word, name, exports=exports and not off, off=off, whole=whole)
    if name != "export":
        reading.names.readonly |= made_readonly([word.static for word in command.words])
    runs = any(isinstance(piece, Output) for word in operands for piece in inner_pieces(word.pieces))
    return None if runs or command.redirects or name == "local" else Decided(True)


def _declare_word(reading: Reading, word: Word, name: str, *, exports: bool, off: bool, whole: Span | None) -> None:
    """One operand: `name=value`, quoted or not, or a name alone."""
    form = "shell-export" if exports else "shell-assign"
    span = reading.script.host(whole or word.span)
    assignment = as_assignment(word)
    if assignment is not None:
        _declare_assignment(reading, word, assignment, form, whole or word.span)
        if off:
            reading.emit(Export(assignment.name, False, span, reading.scope))
        return
    args = _args(reading, word)
    setting = setting_of(args[0]) if len(args) == 1 else None
    text = word.static or ""
    if setting is not None:
        held = reading.names.assign(setting.name, setting.value)
        spans = (span, setting.name_span, setting.value_span)
        reading.emit(Binding(setting.name, held.value, form, *spans, reading.scope))
    elif not _NAME.match(text):
        reading.names.forget("it may have been declared")
    elif exports or off:
        reading.emit(Export(text, exports, span, reading.scope))
    elif name == "local":
        reading.names.unset(text)
    elif name != "readonly":
        # Within a function it is a new, unset name; outside it stays as it was.
        reading.names.lose((text,), "it may have been declared anew")


def _declare_assignment(reading: Reading, word: Word, assignment: Assignment, form: str, whole: Span) -> None:
    """A declaration's assignment: bash takes it like any other but multiplies braces, other shells may split it
    (POSIX.1-2017, export)."""
    names = reading.names
    plain = _value(reading, assignment)
    if field(reading.expansion, word.pieces).parts and _braces(reading, word):
        plain = unknown("a word that braces may multiply", type="str")
    elif not reading.script.is_bash:
        split = field(reading.expansion, assignment.pieces)
        plain = plain if split == plain else unknown("a word that some shells split", type="str")
    held = names.assign(assignment.name, plain)
    reading.emit(_binding(reading, assignment, held.value, form, whole, reading.scope))
