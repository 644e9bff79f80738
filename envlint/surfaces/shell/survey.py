"""What holds for a whole script before it is walked: its functions, and the names that are not what they seem.

Owns the questions that every command of a script is asked at once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from envlint.surfaces.shell.effects import (
    DECLARING,
    Functions,
    command_name,
    made_readonly,
    named,
    of_command,
    own_command,
    texts_of,
)
from envlint.surfaces.shell.syntax import (
    Arithmetic,
    Command,
    Function,
    Simple,
    Test,
    Word,
    as_assignment,
    inner_pieces,
    redirects_of,
    words_of,
)
from envlint.surfaces.shell.values import calculated

EVERY_NAME = ""
OUTSIDE = "."


def functions_of(commands: Sequence[Command], *, keeps_last: bool) -> Functions:
    """Every function and alias that a script defines."""
    bodies: dict[str, list[Command]] = {}
    for command in commands:
        match command:
            case Function(name=name, body=body):
                bodies.setdefault(name, []).append(body)
            case Simple(words=(first, *rest)) if first.static == "alias":
                for word in rest:
                    bodies.setdefault((word.static or "").partition("=")[0], [])
    functions = Functions(bodies, keeps_last)
    functions.doubtful.update(_doubtful(commands, functions))
    return functions


def _doubtful(commands: Iterable[Command], functions: Functions) -> Iterator[str]:
    for command in commands:
        assignments = list(command.assignments) if isinstance(command, Simple) else []
        if isinstance(command, Simple) and command_name(texts_of(command)) in DECLARING:
            assignments += [found for word in command.words if (found := as_assignment(word))]
        harmless = {each.name for each in assignments if not each.append and functions.names_program(each.pieces)}
        yield from (each.name for each in assignments if each.name not in harmless)
        yield from of_command(command, functions)[0].names - harmless


def odd_names(commands: Iterable[Command]) -> Iterator[str]:
    """Names that are declared anywhere as integers, arrays, references or with a fixed case."""
    for command in commands:
        if not isinstance(command, Simple):
            continue
        yield from (each.name for each in command.assignments if each.element)
        words = texts_of(command)
        if command_name(words) in ("integer", "float"):
            yield from named(words).names
        if command_name(words) not in DECLARING:
            continue
        # `export -n` takes the export back, `declare -n` makes a reference.
        options = "".join(word for word in words if word and word[0] in "-+" and command_name(words) != "export")
        yield from (found for word in command.words if (found := _element(word)))
        if set("iluncA") & set(options):
            yield from named(words).names


def calculated_names(commands: Iterable[Command]) -> Iterator[str]:
    """Names that are assigned within arithmetic or hold a file descriptor: zsh makes numbers of them, ksh of the latter
    (zsh manual 7, 11)."""
    for command in commands:
        yield from (redirect.variable for redirect in redirects_of(command) if redirect.variable)
        for pieces in words_of(command):
            for piece in inner_pieces(pieces):
                if isinstance(piece, Arithmetic):
                    yield from calculated(piece.text)
        if isinstance(command, Test):
            yield from calculated(" ".join(word.static or "" for word in command.words))
        if isinstance(command, Simple) and command_name(texts_of(command)) == "let":
            yield from calculated(" ".join(word.static or "" for word in command.words))


def has_references(commands: Iterable[Command]) -> bool:
    """Whether a name may stand for another one (`declare -n`), so that any assignment may change any name."""
    for command in commands:
        if isinstance(command, Simple):
            words = [word.static for word in command.words]
            declares = command_name(words) in ("declare", "typeset", "local")
            if declares and any(word and word.startswith("-") and "n" in word for word in words):
                return True
    return False


def _element(word: Word) -> str | None:
    assignment = as_assignment(word)
    return assignment.name if assignment and assignment.element else None


def fixed_names(commands: Iterable[Command]) -> frozenset[str]:
    """Names that are made read-only within a function, which may be called at any time."""
    names: set[str] = set()
    for command in commands:
        if isinstance(command, Function):
            for inner in own_command(command.body, keeps_last=True):
                if isinstance(inner, Simple):
                    names.update(made_readonly([word.static for word in inner.words]))
    return frozenset(names)


def sites(commands: Iterable[Command], functions: Functions) -> Iterator[tuple[str, int]]:
    """Every place that may change a name, with its offset; EVERY_NAME or OUTSIDE where it may be any name."""
    for command in commands:
        effects, _ = of_command(command, functions)
        names = set(effects.names)
        if isinstance(command, Simple):
            names.update(assignment.name for assignment in command.assignments)
        for name in sorted(names):
            yield name, command.span.start
        if effects.everything or effects.outside:
            yield EVERY_NAME if effects.everything else OUTSIDE, command.span.start


def outermost(commands: Iterable[Command]) -> list[tuple[int, int]]:
    """Where functions that lie in no other function begin and end, in order."""
    spans = sorted((each.span.start, each.span.end) for each in commands if isinstance(each, Function))
    outermost: list[tuple[int, int]] = []
    for start, end in spans:
        if not outermost or start >= outermost[-1][1]:
            outermost.append((start, end))
    return outermost


def within(spans: Sequence[tuple[int, int]], offset: int) -> bool:
    at = bisect_left(spans, (offset + 1, 0)) - 1
    return at >= 0 and offset < spans[at][1]


def volatile_names(commands: Sequence[Command], functions: Functions) -> set[str | None]:
    """The names that a trap may change at any time; None: any name."""
    if has_references(commands):
        return {None}
    volatile: set[str | None] = set()
    for command in commands:
        if not isinstance(command, Simple) or not command.words or command.words[0].static != "trap":
            continue
        words = [word.static for word in command.words[1:]]
        if words[1:] and all(word in ("EXIT", "0") for word in words[1:]):
            continue
        action = words[0] if words else ""
        if action in ("", "-", "-p", "-l"):
            continue
        if action is not None and action in functions:
            effects = functions.called(action)
            volatile |= {None} if effects.everything or effects.outside else effects.names
        elif action is None or _assigns(action, functions):
            volatile.add(None)
    return volatile


def _assigns(action: str, functions: Functions) -> bool:
    """Whether a trap's commands may change names, by the look of them."""
    words = set(re.findall(r"[\w.+-]+", action))
    changing = {"eval", "source", ".", "read", "unset", "export", "let", "printf", "mapfile", "readarray", "getopts"}
    return "=" in action or "((" in action or any(word in changing or word in functions for word in words)
