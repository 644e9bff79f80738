"""Which names commands may change in the shell that runs them, without running them in the mind.

Owns what builtins do to names. It errs to the side of too many names: what it does not list stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from envlint.surfaces.shell.syntax import (
    Arithmetic,
    Command,
    For,
    Function,
    Group,
    Item,
    Output,
    Parameter,
    Piece,
    Simple,
    Test,
    Text,
    Word,
    bodies_of,
    inner_pieces,
    redirects_of,
    words_of,
)
from envlint.surfaces.shell.values import calculated

DECLARING = frozenset({"export", "declare", "typeset", "local", "readonly"})
SOURCING = frozenset({".", "source"})
# POSIX 2.14: with these, a POSIX shell keeps the assignments in front (2.9.1).
SPECIAL = frozenset(
    {":", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times", "trap"}
    | {"unset", "."}
)
# Shell functions that environment managers define: they set variables that are written nowhere in the script.
MANAGERS = frozenset({"module", "ml", "conda", "mamba", "micromamba", "spack", "pyenv", "nvm", "workon", "deactivate"})
# `integer` and `float` are names of `typeset` in zsh and ksh.
_READING = frozenset({"read", "mapfile", "readarray", "getopts", "wait", "integer", "float"})
# What runs its words as commands, or sets names that they hold in ways of its own; `repeat` and below are zsh's.
_RUNNING = frozenset({"eval", "enable", "repeat", "nocorrect", "noglob", "-", "vared", "zparseopts", "zstyle"})
_MOVING = frozenset({"cd", "pushd", "popd"})
_COMPARISONS = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAMED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?=\Z|=|\+=|\[)")
_ASSIGNS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?=\+?=|\[)")
_MAX_FUNCTIONS = 200


@dataclass(frozen=True, slots=True)
class Effects:
    """Names that may change; `everything`: any name may, by something in the script; `outside`: any name may,
    by a file or a program that is not part of it."""

    names: frozenset[str] = frozenset()
    everything: bool = False
    outside: bool = False

    def __or__(self, other: Effects) -> Effects:
        return Effects(self.names | other.names, self.everything or other.everything, self.outside or other.outside)


NOTHING = Effects()
EVERYTHING = Effects(everything=True)


@dataclass
class Functions:
    """The functions (and aliases) that a script defines anywhere, and what calling them may change."""

    bodies: Mapping[str, Sequence[Command]]
    keeps_last: bool
    """Whether the last command of a pipeline runs in the shell itself (zsh, ksh, bash's lastpipe)."""

    doubtful: set[str] = field(default_factory=set)
    """Names that may hold something else than the name of a program."""

    def __post_init__(self) -> None:
        self._own: dict[str, tuple[Effects, frozenset[str]]] = {}
        self._adopted: dict[str, Effects] = {}

    def starts_program(self, word: Word) -> bool:
        """Whether a word that is not known can only name a program: a path, or `$name` of a name that the script
        gives no builtin and no function."""
        if any(isinstance(piece, Text) and "/" in piece.text for piece in word.pieces):
            return True
        match word.pieces:
            case (Parameter(name=name, operator="") as piece,):
                return piece.name.isidentifier() and name not in self.doubtful
            case (Parameter(name=name, operator=":-" | "-", word=default),):
                return name.isidentifier() and name not in self.doubtful and self.names_program(default)
        return False

    def names_program(self, pieces: Sequence[Piece]) -> bool:
        """Whether the value of a name, as written, can only name a program with its arguments."""
        match pieces:
            case (Parameter(name=name, operator=":-" | "-", word=default),):
                return name not in self.doubtful and name.isidentifier() and self.names_program(default)
        if not all(isinstance(piece, Text) for piece in pieces):
            return False
        words = "".join(piece.text for piece in pieces if isinstance(piece, Text)).split()
        return not words or (words[0] not in self and of_words(list(words)) == NOTHING)

    def adopt(self, effects: Mapping[str, Effects]) -> None:
        """Takes over functions of another file, of which only the effects are known. One that is defined here too may
        be either."""
        if not effects:
            return
        doubled = {
            name: EVERYTHING for name in effects if name in self.bodies and self._adopted.get(name) != effects[name]
        }
        self._adopted.update({**effects, **doubled})
        self.bodies = {**self.bodies, **dict.fromkeys(effects, ())}
        self._own.clear()

    def effects(self) -> dict[str, Effects]:
        """What a call of each function may change."""
        return {name: self.called(name) for name in self.bodies}

    def __contains__(self, name: str) -> bool:
        return name in self.bodies

    def called(self, name: str) -> Effects:
        """What a call may change, through every function that it may call."""
        return self._closed(NOTHING, (name,))

    def of(self, items: Sequence[Item]) -> Effects:
        """What a list of commands may change."""
        own, calls = _collected(own_commands(items, keeps_last=self.keeps_last), self)
        return self._closed(own, calls)

    def _closed(self, effects: Effects, calls: Iterable[str]) -> Effects:
        names = set(effects.names)
        everything, outside = effects.everything, effects.outside
        seen: set[str] = set()
        pending = list(calls)
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            if len(seen) > _MAX_FUNCTIONS:
                return EVERYTHING
            own, further = self._of_function(name)
            names |= own.names
            everything, outside = everything or own.everything, outside or own.outside
            pending.extend(further)
        return Effects(frozenset(names), everything, outside)

    def _of_function(self, name: str) -> tuple[Effects, frozenset[str]]:
        if name in self._adopted:
            return self._adopted[name], frozenset()
        if name not in self._own:
            bodies = self.bodies.get(name, ())
            commands = (inner for body in bodies for inner in own_command(body, keeps_last=self.keeps_last))
            own, calls = _collected(commands, self)
            # An alias has no body that was read.
            self._own[name] = (own if bodies else EVERYTHING), calls
        return self._own[name]


def own_commands(items: Sequence[Item], *, keeps_last: bool) -> Iterator[Command]:
    """The commands of a list that run in the shell itself, inner ones included."""
    for item in items:
        for _, pipeline in () if item.background else item.chain:
            commands = pipeline.commands
            alone = commands if len(commands) == 1 else commands[-1:] if keeps_last else ()
            for command in alone:
                yield from own_command(command, keeps_last=keeps_last)


def own_command(command: Command, *, keeps_last: bool) -> Iterator[Command]:
    """A command and those in its bodies, if they run in the shell itself."""
    if isinstance(command, Group) and command.subshell:
        return
    yield command
    for body in bodies_of(command):
        yield from own_commands(body, keeps_last=keeps_last)


def every_command(items: Sequence[Item]) -> Iterator[Command]:
    """All commands, wherever they run: subshells, substitutions and functions too."""
    pending: list[Command] = [command for item in items for _, pipe in item.chain for command in pipe.commands]
    pending.reverse()
    while pending:
        command = pending.pop()
        yield command
        inner = list(bodies_of(command))
        for pieces in words_of(command):
            if any(not isinstance(piece, Text) for piece in pieces):
                inner.extend(piece.body for piece in inner_pieces(pieces) if isinstance(piece, Output))
        found = [each for body in inner for item in body for _, pipe in item.chain for each in pipe.commands]
        if isinstance(command, Function):
            found.append(command.body)
        pending.extend(reversed(found))


def _collected(commands: Iterable[Command], functions: Functions) -> tuple[Effects, frozenset[str]]:
    names: set[str] = set()
    calls: set[str] = set()
    everything = outside = False
    for command in commands:
        effects, call = of_command(command, functions)
        names |= effects.names
        everything, outside = everything or effects.everything, outside or effects.outside
        calls |= {call} if call else set()
    return Effects(frozenset(names), everything, outside), frozenset(calls)


def of_command(command: Command, functions: Functions) -> tuple[Effects, str | None]:
    """What one command changes by itself, bodies left out, and the function that it calls."""
    names = set(_of_words(command))
    names.update(redirect.variable for redirect in redirects_of(command) if redirect.variable)
    if isinstance(command, For):
        names.add(command.name)
    if not isinstance(command, Simple):
        return Effects(frozenset(names)), None
    words = texts_of(command)
    name = command_name(words)
    if name is None and functions.starts_program(command.words[0]):
        # Should its name be empty, the next word is the command.
        words = words[1:]
        name = command_name(words)
    if not words or name is None or name in functions or name in SPECIAL or name in DECLARING:
        names.update(assignment.name for assignment in command.assignments)
    if not words:
        return Effects(frozenset(names)), None
    effects = Effects(frozenset(names)) | of_words(words)
    return effects, name if name is not None and name in functions else None


def texts_of(command: Simple) -> list[str | None]:
    """The texts of a command's words; of `name=value` the name and `=` alone, whatever the value is."""
    texts = [word.static for word in command.words]
    if command_name(texts) not in DECLARING:
        return texts
    return [_assigned_name(word) if text is None else text for word, text in zip(command.words, texts, strict=True)]


def _assigned_name(word: Word) -> str | None:
    first = word.pieces[0]
    found = _ASSIGNS.match(first.text) if isinstance(first, Text) else None
    return found[0] if found else None


def command_name(words: Sequence[str | None]) -> str | None:
    """The name of the command that runs, `command` and `builtin` passed; None where it is not written."""
    return next((word for word in words if word is None or word not in ("command", "builtin", "-p", "--")), "")


def of_words(words: Sequence[str | None]) -> Effects:
    """What a command of these words may change if its name is not a function's; None: a word that is not known."""
    name = command_name(words)
    if name is None or name in _RUNNING:
        return EVERYTHING
    if name in SOURCING or name in MANAGERS:
        return Effects(outside=True)
    arguments = words[list(words).index(name) + 1 :] if name in words else ()
    if name in _MOVING:
        return Effects(frozenset({"PWD", "OLDPWD"}))
    if name in _READING or name in DECLARING or name == "unset":
        return named(arguments)
    if name == "printf":
        return named(arguments[1:2]) if arguments[:1] == ["-v"] else EVERYTHING if arguments[:1] == [None] else NOTHING
    if name == "print" and any(word and word.startswith("-") and "v" in word for word in arguments):
        return named(arguments)
    if name == "let":
        return EVERYTHING if None in arguments else Effects(frozenset(calculated(" ".join(filter(None, arguments)))))
    return NOTHING


def named(arguments: Sequence[str | None]) -> Effects:
    """The names among arguments; one that is not known may be any name."""
    names = (_NAMED.match(argument) for argument in arguments if argument)
    return Effects(frozenset(found[0] for found in names if found), everything=None in arguments)


def _of_words(command: Command) -> Iterator[str]:
    """The names that the expansion of a command's words assigns."""
    for pieces in words_of(command):
        yield from _of_pieces(pieces)
    if isinstance(command, Test) and any(word.static in _COMPARISONS for word in command.words):
        yield from calculated(" ".join(word.static or "" for word in command.words))


def _of_pieces(pieces: Sequence[Piece]) -> Iterator[str]:
    if all(isinstance(piece, Text) for piece in pieces):
        return
    for piece in inner_pieces(pieces):
        match piece:
            case Parameter(operator="=" | ":=", name=name):
                yield name
            case Arithmetic(text=text):
                yield from calculated(text)


def made_readonly(words: Sequence[str | None]) -> frozenset[str]:
    """The names that a command makes read-only."""
    name = command_name(words)
    flags = "".join(word for word in words if word and word.startswith("-"))
    if name == "readonly" or (name in DECLARING and "r" in flags):
        return named(words).names - DECLARING - {"command", "builtin"}
    return frozenset()
