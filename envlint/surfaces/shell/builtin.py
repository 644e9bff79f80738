"""Builtins that change names or options, and tests: unset, set, read, `[`.

Owns what each of them does once its words are expanded. Which command runs is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from envlint.facts import Export, Trace, Unset
from envlint.surfaces.shell.args import Arg
from envlint.surfaces.shell.conditions import Condition, Operand, tested
from envlint.surfaces.shell.effects import Effects
from envlint.surfaces.shell.reading import Reading
from envlint.surfaces.shell.syntax import Redirect, Simple
from envlint.value import concat, literal

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def run_unset(reading: Reading, args: Sequence[Arg], effects: Effects) -> Condition:
    """`unset` (POSIX 2.14)."""
    if effects.everything:
        reading.suffer(effects, "unset may have removed it")
    options = "".join(arg.text for arg in args[1:] if arg.text and arg.text.startswith("-"))
    if "f" in options or not options:
        reading.defined.difference_update(arg.text or "" for arg in args[1:])
    for arg in args[1:] if "f" not in options else ():
        text = arg.text or ""
        if _NAME.match(text) and "n" not in options:
            reading.names.unset(text)
            reading.emit(Unset(text, arg.span, reading.scope))
    others = effects.names - {arg.text for arg in args} if "n" not in options else effects.names
    reading.names.lose(sorted(others), "unset may have removed it")
    return None


def run_set(reading: Reading, args: Sequence[Arg]) -> None:
    """`set -a`, `set +a` and `set -o allexport`; `set -x`, `set +x` and `set -o xtrace` (Bash manual 4.3.1)."""
    at = 1
    while at < len(args):
        text = args[at].text or ""
        if text == "-":
            # Bash manual 4.3.1: the options x and v are turned off.
            reading.emit(Trace(False, args[0].span.to(args[at].span), reading.scope))
        if text[:1] not in ("-", "+") or text in ("-", "--"):
            return
        named = text.endswith("o")
        option = args[at + 1].text if named and at + 1 < len(args) else None
        if "a" in text or option == "allexport":
            reading.exports = text.startswith("-")
            reading.emit(Export(None, reading.exports, args[0].span.to(args[at].span), reading.scope))
        if "x" in text or option == "xtrace":
            reading.emit(Trace(text.startswith("-"), args[0].span.to(args[at].span), reading.scope))
        at += 2 if named else 1


def run_shopt(reading: Reading, args: Sequence[Arg]) -> None:
    """`shopt -so xtrace` and `shopt -uo xtrace` (Bash manual 4.3.2): the options of `set -o`."""
    letters = "".join(arg.text for arg in args[1:] if arg.text and arg.text.startswith("-"))
    chosen = "o" in letters and ("s" in letters) != ("u" in letters)
    if chosen and any(arg.text == "xtrace" for arg in args[1:]):
        reading.emit(Trace("s" in letters, args[0].span.to(args[-1].span), reading.scope))


def run_read(reading: Reading, command: Simple, args: Sequence[Arg]) -> None:
    """`read name ...` of a text that stands in the script: `<<< word` or a here-document (POSIX, read)."""
    names = [arg.text or "" for arg in args[1:]]
    raw = names[:1] == ["-r"]
    names = names[1:] if raw else names
    text = _line(reading, command)
    if text is None or (not raw and "\\" in text) or reading.script.mentions("IFS"):
        return
    if not names or not all(map(_NAME.match, names)) or len(command.words) != len(args):
        return
    fields = text.strip(" \t").split(maxsplit=len(names) - 1)
    for at, name in enumerate(names):
        reading.names.assign(name, literal(fields[at] if at < len(fields) else ""))


def _line(reading: Reading, command: Simple) -> str | None:
    """The first line that a command reads from the script itself, where it is known."""
    match command.redirects:
        case (Redirect(operator="<<<" | "<<" | "<<-" as operator),) if reading.given:
            text = concat(value for value, _ in reading.given).text
            known = text is not None and text.isascii() and text.isprintable() if operator == "<<<" else True
            first = (text or "").partition("\n")[0]
            return first if text is not None and known and operator != "<<-" and first.isprintable() else None
    return None


def run_test(args: Sequence[Arg]) -> Condition:
    """`[ ... ]` and `test ...`."""
    operands = args[1:-1] if args[0].text == "[" and args[-1].text == "]" else args[1:]
    return tested([Operand(arg.value, arg.whole) for arg in operands])
