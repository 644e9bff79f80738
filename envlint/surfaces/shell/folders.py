"""Folders: where in the project a script stands, and which of its files a path means.

A path is certain in two ways. It is built on the script's own folder (`"$(dirname "$0")/env.sh"`), or it is relative
and the shell stands in a folder that is known: one that it changed to, or the project's root, where a script that
stands in the root is assumed to be started. Whatever is loaded is assumed to be found, folders are assumed to be
no links, and a program outside the project that is loaded is assumed not to change the folder.
Owns those places and how commands and expansions name them. It must not know what is done with a file.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from envlint.surfaces.shell.names import Names
from envlint.surfaces.shell.syntax import Item, Parameter, Script, Simple, Text
from envlint.value import Literal, Unknown, Value

# Schedulers run a copy of a script, some of them in another folder (sbatch(1), qsub(1), bsub(1)).
_BATCH = re.compile(r"^#(?:SBATCH|PBS|BSUB|\$)[ \t]", re.MULTILINE)
_ELSEWHERE = re.compile(r"^#(?:PBS|\$)[ \t]", re.MULTILINE)
_BATCH_NAMES = (".sbatch", ".slurm", ".pbs", ".qsub")
_PRINTS = frozenset({"pwd", "dirname", "realpath", "readlink"})
MOVING = frozenset({"cd", "pushd"})
_SELF = frozenset({"0", "BASH_SOURCE"})
_ZSH = re.compile(r":(?:[aA]:?)?h?\Z")


@dataclass(frozen=True, slots=True)
class Place(Unknown):
    """A file or folder of the project whose name on a machine is not known. `path` is relative to the project's root
    (None: not known). `start`: what it says holds only as long as the shell stands where it was started."""

    path: str | None = None
    start: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that `$0` names and the one that BASH_SOURCE names, where that is known."""

    started: Place | None = None
    own: Place | None = None


def place(path: str | None, *, start: bool = False) -> Place:
    return Place("a folder or file of the project", None, "str", path, start)


def value_of(found: Place) -> Value:
    return Value((found,))


def begin(script: Script, names: Names) -> Origin:
    """Where a script that is a file of its own begins: notes the folder in PWD, and says what it calls itself."""
    path, text = script.source.path, script.text
    if script.mentions("PWD="):
        names.volatile.add("PWD")
    folder = posixpath.dirname(path)
    known = not folder and not _ELSEWHERE.search(text)
    names.assign("PWD", value_of(place("" if known else None, start=True)))
    if _BATCH.search(text) or path.endswith(_BATCH_NAMES):
        return Origin()
    own = place(path, start=True)
    # In zsh and ksh `$0` may be a function's name.
    plain = script.dialect in ("bash", "sh") or "()" not in text
    return Origin(own if plain else None, own if script.dialect == "bash" else None)


def within(origin: Origin, path: str, names: Names, dialect: str) -> Origin:
    """What a file that is loaded calls itself."""
    found = place(path, start=True) if _is_at_start(names) else place(None)
    if dialect == "zsh":
        # zshoptions(1), FUNCTION_ARGZERO: `$0` is the loaded file.
        return Origin(found)
    return replace(origin, own=found) if dialect == "bash" else origin


def itself(piece: Parameter, origin: Origin, dialect: str) -> Value | None:
    """`$0`, `${BASH_SOURCE[0]}` and the like, and the folder in `${0%/*}`; None: the expansion is none of those."""
    if piece.name not in _SELF:
        return None
    found = origin.started if piece.name == "0" else origin.own
    rest = piece.operator
    for inner in piece.word:
        if not isinstance(inner, Text):
            # `${BASH_SOURCE[0]:-$0}`: bash has the first one.
            if not rest.endswith((":-", "-")) or dialect != "bash":
                return None
            rest = rest.removesuffix("-").removesuffix(":")
            break
        rest += inner.text
    if found is None:
        return None
    if piece.name == "BASH_SOURCE":
        rest = rest.removeprefix("[0]")
    if rest == "":
        return value_of(found)
    if rest == "%/*" or (dialect == "zsh" and _ZSH.match(rest) and rest.endswith("h")):
        return value_of(_parent(found))
    return None


def _parent(found: Place) -> Place:
    return replace(found, path=posixpath.dirname(found.path)) if found.path else replace(found, path=None)


def path_of(value: Value, names: Names, root: str) -> str | None:
    """The path from the project's root that a text means here, or None. The root itself is the empty path."""
    text = value.text
    if text is not None:
        inside = text.removeprefix(root.rstrip("/") + "/") if root.startswith("/") else text
        if inside.startswith(("/", "~")) or not inside:
            return None
        return _normal(inside if inside != text else _joined(_standing(names), inside))
    match value.parts:
        case (Place() as found,):
            rest = ""
        case (Place() as found, Literal(rest)) if rest.startswith("/"):
            pass
        case _:
            return None
    if found.start and not _is_at_start(names):
        return None
    return _normal(_joined(found.path, rest))


def _joined(folder: str | None, rest: str) -> str | None:
    return None if folder is None else posixpath.join(folder, rest.lstrip("/"))


def _normal(path: str | None) -> str | None:
    if path is None or "\0" in path:
        return None
    normal = posixpath.normpath(path)
    return None if normal == ".." or normal.startswith(("../", "/")) else "" if normal == "." else normal


def _standing(names: Names) -> str | None:
    match names.get("PWD").value.parts:
        case (Place(path=path),):
            return path
    return None


def _is_at_start(names: Names) -> bool:
    match names.get("PWD").value.parts:
        case (Place(start=start),):
            return start
    return False


def moved(values: Sequence[Value], names: Names, root: str) -> Value | None:
    """What PWD holds after `cd` with these arguments; None: it is not known."""
    operands = _operands(values, ("-P", "-L", "-e", "--"))
    path = path_of(operands[0], names, root) if len(operands) == 1 else None
    return value_of(place(path)) if path is not None else None


def is_own(value: Value, origin: Origin) -> bool:
    """Whether a folder is there for certain: the script's own, or one around it."""
    match value.parts, origin.started or origin.own:
        case (Place(path=str(path)),), Place(path=str(own)):
            return path == "" or own.startswith(path + "/")
    return False


def prints_place(body: Sequence[Item]) -> bool:
    """Whether all that commands write is the one place that the last of them names: `cd ... && pwd`."""
    commands = [command for item in body for _, pipeline in item.chain for command in pipeline.commands]
    if any(item.background or len(pipeline.commands) > 1 for item in body for _, pipeline in item.chain):
        return False
    words = [
        command.words[0].static
        for command in commands
        if isinstance(command, Simple) and command.words and not command.assignments
    ]
    return len(words) == len(commands) > 0 and words[-1] in _PRINTS and all(word in MOVING for word in words[:-1])


def printed(name: str, values: Sequence[Value], names: Names, root: str) -> Value | None:
    """The place that `pwd`, `dirname`, `realpath` or `readlink -f` writes, or None."""
    if name == "pwd":
        where = _standing(names)
        return value_of(place(where)) if where is not None else None
    if name not in _PRINTS or (name == "readlink" and not any(value.text in ("-f", "-e", "-m") for value in values)):
        return None
    operands = _operands(values, ("-f", "-e", "-m", "-s", "-P", "-L", "--"))
    if len(operands) != 1:
        return None
    if name == "dirname":
        match operands[0].parts:
            case (Place() as found,):
                return value_of(_parent(found))
            case (Place() as found, Literal(rest)) if rest.startswith("/") and found.path is not None:
                path = _normal(_joined(posixpath.join(found.path, rest.lstrip("/")), ".."))
                return value_of(replace(found, path=path)) if path is not None and ".." not in rest else None
        return None
    path = path_of(operands[0], names, root)
    return value_of(place(path)) if path is not None else None


def _operands(values: Sequence[Value], options: Sequence[str]) -> list[Value]:
    """The values behind options that change nothing here."""
    return [value for value in values if value.text not in options]


def is_searched(word: Value, name: str, dialect: str) -> bool:
    """Whether a shell looks for a file of this name on PATH alone, or first, where a program may have it: bash looks
    there first (Bash manual 4.1), zsh's `source` in the present folder first, all others nowhere else (POSIX, dot)."""
    text = word.text
    if text is None or "/" in text:
        return False
    if dialect == "bash":
        return "." not in text
    return not (dialect == "zsh" and name == "source")
