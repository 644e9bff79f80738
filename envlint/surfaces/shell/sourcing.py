"""Sourced files: what a file of the project leaves set in the script that loads it.

Where a path is certain (`folders` says when), the file is read in place: from what the names hold there, by the same
shell, its own loads included, and what it leaves holds afterwards. Otherwise, and where its end may not be reached,
what it leaves is possible and never all: another file may be loaded. Owns both, and how much of them one script is
worth. A file's own facts are told where it is read itself.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias
from weakref import WeakKeyDictionary

from envlint.facts import FILE, Wanted
from envlint.source import Source, Span
from envlint.surfaces.shell.beginning import begin_loaded, begin_script
from envlint.surfaces.shell.effects import Effects, command_name, every_command, own_commands
from envlint.surfaces.shell.folders import is_searched, path_of, within
from envlint.surfaces.shell.grammar import read_script
from envlint.surfaces.shell.names import Held, Status
from envlint.surfaces.shell.reading import Reading
from envlint.surfaces.shell.syntax import Broken, Command, Item, Script, Simple
from envlint.value import Choice, Literal, Part, Ref, Unknown, Value, choice, literal, unknown

Left: TypeAlias = Mapping[str, tuple[str, ...]]
"""Names that a file sets, with every text that each can hold at its end."""

_MOST = 32
"""How many files are followed in one script."""

_MOST_COMMANDS = 2_000
"""How many commands of files are read in place in one script."""

_DEEPEST = 8
_MOST_NAMES = 256
_ANOTHER = unknown("another file may be loaded", type="str")
# What may end a file before its last command, or run commands that are not read.
_LEAVING = frozenset({"return", "eval", "break", "continue"})
# What changes how the loading script itself is to be read.
_CHANGES_READING = ("IFS", "alias", "shopt", "extglob", "lastpipe", "TEXTDOMAIN", "setopt", "emulate")
# What may fail, and in zsh and ksh then ends the loaded file but not the script.
_FAILING = ("((", "$[", "?", "let", "readonly", "integer", "float", "typeset", "declare", "local", "export -")
_Left: TypeAlias = tuple[Left, frozenset[str], Mapping[str, Effects]]
_known: WeakKeyDictionary[Source, _Left] = WeakKeyDictionary()
_read: WeakKeyDictionary[Source, dict[str, tuple[tuple[Item, ...], tuple[Command, ...]] | None]] = WeakKeyDictionary()


def certain_path(reading: Reading, name: str, path: Value) -> str | None:
    """The path from the project's root of a file that `.` or `source` certainly loads here, should it be there."""
    # POSIX has no `source`, nor has dash.
    if is_searched(path, name, reading.script.dialect) or (name == "source" and reading.script.dialect == "sh"):
        return None
    return path_of(path, reading.names, reading.script.source.root) or None


def load_in_place(reading: Reading, name: str, path: Value) -> bool:
    """Does to the names what a loaded file does to them; whether that is certain."""
    sourced, loads = reading.wanted.sourced, reading.loads
    if sourced is None or _repeats(reading) or loads.count >= _MOST or len(loads.chain) >= _DEEPEST:
        return False
    written = certain_path(reading, name, path)
    source = sourced("", written) if written is not None and written not in loads.chain else None
    read = _commands(source, reading.script.dialect) if source is not None else None
    if written is None or source is None or read is None or loads.commands + len(read[1]) > _MOST_COMMANDS:
        return False
    loads.count += 1
    loads.commands += len(read[1])
    loads.chain.append(written)
    _follow(reading, _script(source, reading.script.dialect), *read)
    loads.chain.pop()
    return True


def _repeats(reading: Reading) -> bool:
    """Whether a command may run more than once, or at another time: in a loop, or in a function that is told."""
    return reading.looping or reading.names.base is not None


def _script(source: Source, dialect: str) -> Script:
    return Script(source, (Span(0, len(source.text)),), dialect)


def _commands(source: Source, dialect: str) -> tuple[tuple[Item, ...], tuple[Command, ...]] | None:
    """The commands of a file, nested ones too; None where not all of them may be run and read."""
    found = _read.setdefault(source, {})
    if dialect not in found:
        script = _script(source, dialect)
        items, _ = read_script(script, bom=bool(source.bom))
        commands = tuple(every_command(items))
        words = _CHANGES_READING if dialect in ("bash", "sh") else (*_CHANGES_READING, *_FAILING)
        followed = not any(map(script.mentions, words))
        followed = followed and not any(isinstance(command, Broken) for command in commands)
        followed = followed and not any(map(_leaves, own_commands(items, keeps_last=True)))
        found[dialect] = (items, commands) if followed else None
    return found[dialect]


def _leaves(command: Command) -> bool:
    if not isinstance(command, Simple) or not command.words:
        return False
    name = command_name([word.static for word in command.words])
    return name is None or name in _LEAVING


def _follow(reading: Reading, script: Script, items: Sequence[Item], commands: Sequence[Command]) -> None:
    names = reading.names
    mark = names.mark()
    inner = begin_loaded(reading, script, commands)
    inner.expansion.origin = within(reading.expansion.origin, script.source.path, names, script.dialect)
    inner.run(inner, items)
    reading.exports = inner.exports
    reading.exported = inner.exported if reading.scope == FILE else reading.exported & inner.exported
    for name in sorted(names.changed_since(mark)):
        held = names.known.get(name)
        if held is not None:
            # Spans are those of another file.
            elements = tuple(map(_bare, held.elements)) if held.elements is not None else None
            names.keep(name, Held(_bare(held.value), held.status, elements))


def _bare(value: Value) -> Value:
    """A value that is written nowhere in this file."""
    return Value(tuple(map(_bare_part, value.parts)))


def _bare_part(part: Part) -> Part:
    match part:
        case Literal(text):
            return Literal(text)
        case Ref(name, _, default, alternate):
            return Ref(name, None, _bare(default) if default else None, _bare(alternate) if alternate else None)
        case Choice(options):
            return Choice(tuple(map(_bare, options)))
        case Unknown():
            return replace(part, span=None)
        case _:
            return part


def follow_source(reading: Reading, path: Value) -> None:
    """Lets the names hold what a loaded file may leave in them."""
    sourced = reading.wanted.sourced
    written = _written(path)
    if sourced is None or not written or reading.loads.count >= _MOST:
        return
    source = sourced(reading.script.source.path, written)
    if source is None:
        return
    reading.loads.count += 1
    # It may change the folder.
    reading.names.lose(("PWD",), "a file that is loaded may change it")
    if source not in _known:
        _known[source] = _left(source, replace(reading.wanted, sourced=None), reading)
    left, odd, functions = _known[source]
    reading.names.odd |= odd
    reading.functions.adopt(functions)
    for name, texts in left.items():
        reading.names.assign(name, choice((*map(literal, texts), _ANOTHER)))


def _written(path: Value) -> str:
    """The path, or what follows a folder that is not known: `"$(dirname "$0")/env.sh"`."""
    if path.text is not None:
        return path.text.lstrip("/") if path.text.startswith("./") else path.text
    last = path.parts[-1]
    return last.text[1:] if isinstance(last, Literal) and last.text.startswith("/") else ""


def _left(source: Source, wanted: Wanted, reading: Reading) -> _Left:
    """What a file that is loaded leaves set, if nothing in it is unclear, the names that it gives attributes, and what
    its functions change."""
    script = _script(source, reading.script.dialect)
    items, _ = read_script(script, bom=bool(source.bom))
    inner = begin_script(script, items, wanted, {}, None, reading.run)
    inner.run(inner, items)
    return _settled(inner.names.known), inner.names.odd, inner.functions.effects()


def _settled(known: Mapping[str, Held]) -> Left:
    """Of what names hold at the end of a file, what does not hang on anything outside it."""
    found: dict[str, tuple[str, ...]] = {}
    for name, held in known.items():
        if held.status is Status.SET and held.elements is None and held.value.exhaustive and len(found) < _MOST_NAMES:
            found[name] = held.value.possible()
    return found


def shown_path(reading: Reading, name: str, path: Value, span: Span) -> Value:
    """The path of a loaded file as it is written or, where the project's folders say what it means, from the
    script's own folder."""
    found = certain_path(reading, name, path) if path.text is None else None
    if found is None:
        return path
    return literal(posixpath.relpath(found, posixpath.dirname(reading.script.source.path) or "."), span)
