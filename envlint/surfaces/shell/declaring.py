"""Declarations: `export`, `readonly`, `declare`, `typeset` and `local` (Bash manual 4.2), and what shells lack of them.

Owns what their options mean for the names that they are given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from envlint.facts import Binding, Export
from envlint.source import Span
from envlint.surfaces.shell.args import setting_of
from envlint.surfaces.shell.arrays import has_braces
from envlint.surfaces.shell.assigning import Evaluate, args_of, bind, observe_redirects, receive, runs_others, value_of
from envlint.surfaces.shell.conditions import Condition, Decided
from envlint.surfaces.shell.effects import DECLARING, made_readonly
from envlint.surfaces.shell.names import Held, Status
from envlint.surfaces.shell.reading import Reading
from envlint.surfaces.shell.splitting import tell_split
from envlint.surfaces.shell.strays import tell_strays
from envlint.surfaces.shell.syntax import Piece, Simple, Word, as_assignment
from envlint.surfaces.shell.telling import declared
from envlint.surfaces.shell.values import Expansion, assigned, field, observe
from envlint.value import Value, choice, unknown

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# dash has no declare, ksh no declare and no local (mksh has one); `export -n` is bash's own, zsh's `command` runs
# programs alone, and ksh's `builtin` runs nothing.
_LACKING = {
    "sh": frozenset({"declare", "typeset", "export -n"}),
    "ksh": frozenset({"declare", "local", "export -n", "builtin"}),
    "zsh": frozenset({"command", "export -n"}),
}
_MULTIPLIED = re.compile(r"[{*?\[~(]")


def declaration_of(reading: Reading, command: Simple) -> int | None:
    """Where the name of a declaring builtin stands among the words, behind `command` and `builtin`."""
    names = [word.static for word in command.words[:2]]
    at = 1 if names[:1] in (["command"], ["builtin"]) and len(names) > 1 else 0
    found = at < len(names) and names[at] in DECLARING and not any(name in reading.functions for name in names if name)
    return at if found else None


def declare(reading: Reading, command: Simple, at: int) -> Condition:
    """`export`, `readonly`, `declare`, `typeset` and `local` (Bash manual 4.2)."""
    name = command.words[at].static or ""
    # Only the plain name makes its operands assignments; a quoted one takes them as words.
    evaluate: Evaluate = assigned if reading.script.is_bash and command.words[0].plain == name else field
    options = [word.static or "" for word in command.words[at + 1 :] if _is_option(word)]
    operands = [word for word in command.words[at + 1 :] if not _is_option(word)]
    on = "".join(option[1:] for option in options if option.startswith("-"))
    known = _LACKING.get(reading.script.dialect, frozenset()).isdisjoint(
        (name, "export -n" if name == "export" and "n" in on else "", command.words[0].static if at else "")
    )
    observe_redirects(reading, command.redirects)
    for assignment in command.assignments:
        scope = reading.open_scope("command", command.span)
        bind(reading, assignment, value_of(reading, assignment), "shell-prefix", assignment.span, scope)
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
    told = [declared(reading, word) for word in operands]
    tell_strays(reading, told, alone=False)
    if exports:
        tell_split(reading, operands, reading.scope)
    for word in operands:
        whole = command.span if len(operands) == 1 else word.span
        variable = _declare_setting(reading, word, form, whole, evaluate, _kept if known else _doubted)
        if variable is None:
            _declare_name(reading, word, name, exports=exports, off=off, whole=whole)
            continue
        if not known:
            reading.names.keep(variable, Held(reading.names.get(variable).value, Status.MAYBE))
        if off:
            reading.emit(Export(variable, False, reading.script.host(whole), reading.scope))
    if name != "export":
        reading.names.readonly |= made_readonly([word.static for word in command.words])
    return None if command.redirects or name == "local" or runs_others(command) else Decided(True)


def _kept(value: Value) -> Value:
    return value


def _doubted(value: Value) -> Value:
    """What a declaration assigns, in a shell that may not have it."""
    return choice((value, unknown("not every such shell has this command", type="str")))


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


def _declare_setting(
    reading: Reading, word: Word, form: str, whole: Span, evaluate: Evaluate, taken: Callable[[Value], Value]
) -> str | None:
    """An operand that assigns; the name. `taken`: what is certain of its value. Bash takes an assignment as it takes
    any other but multiplies braces, other shells may split it into fields (POSIX.1-2017, export)."""
    assignment = as_assignment(word)
    if assignment is not None:
        value = value_of(reading, assignment, evaluate)
        value = unknown("a word that braces may multiply", type="str") if has_braces(word.pieces) else value
        value = receive(reading, assignment, taken(value))
        bind(reading, assignment, value, form, whole, reading.scope)
        return assignment.name
    if word.plain is not None:
        return None
    args = args_of(reading, word)
    setting = setting_of(args[0]) if len(args) == 1 else None
    if setting is None:
        return None
    held = reading.names.assign(setting.name, taken(setting.value))
    spans = (reading.script.host(whole), setting.name_span, setting.value_span)
    reading.emit(Binding(setting.name, held.value, form, *spans, reading.scope))
    return setting.name
