"""Packs: which are on. The built-in ones by name, a team's own by path, held against each other.

The records are pack.py's, how a file is read is packfile.py's; this is where the rest of the program gets both.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from envlint.pack import (
    Conflict,
    Example,
    Function,
    KeyShape,
    Override,
    Pack,
    PackError,
    Reader,
    Rule,
    Server,
    Signature,
    Spec,
    Unread,
    Variable,
)
from envlint.packfile import load, loads, validate
from envlint.tables import nearest, plain

__all__ = [
    "DEFAULT",
    "Conflict",
    "Example",
    "Function",
    "KeyShape",
    "Override",
    "Pack",
    "PackError",
    "Reader",
    "Rule",
    "Server",
    "Signature",
    "Spec",
    "Unread",
    "Variable",
    "builtin_names",
    "load",
    "load_all",
    "load_builtin",
    "loads",
    "validate",
]

DEFAULT = "wandb"
"""The built-in pack that is on unless it is turned off."""

_BUILTIN_NAME = re.compile(r"-?[A-Za-z0-9_-]+")


def builtin_names() -> tuple[str, ...]:
    """The names of the packs that come with envlint."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


@lru_cache(maxsize=8)
def load_builtin(name: str) -> Pack:
    """A pack that comes with envlint, read once; PackError where there is none of that name."""
    _check_builtin(name)
    return load(_folder() / f"{name}.toml", f"rules/{name}.toml")


def load_all(entries: Sequence[str], base: Path) -> tuple[Pack, ...]:
    """The packs that a configuration turns on: built-in names, `-name` to turn one off, and paths or globs of
    files relative to `base`. DEFAULT comes first unless it is turned off, a file that is named twice counts
    once. PackError where an entry names nothing, or two packs say different things of one name.
    """
    names = [DEFAULT, *(entry for entry in entries if _is_name(entry))]
    off = {name[1:] for name in names if name.startswith("-")}
    for name in off:
        _check_builtin(name)
    on = dict.fromkeys(name for name in names if not name.startswith("-") and name not in off)
    files = dict.fromkeys(file for entry in entries if not _is_name(entry) for file in _files(entry, base))
    packs = (*(load_builtin(name) for name in on), *(load(base / file, file) for file in files))
    _check_together(packs)
    return packs


def _folder() -> Path:
    """Where the built-in packs lie: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def _is_name(entry: str) -> bool:
    return _BUILTIN_NAME.fullmatch(entry) is not None


def _check_builtin(name: str) -> None:
    names = builtin_names()
    if name not in names:
        raise PackError(f"packs: there is no built-in pack {plain(name)}{nearest(name, names)}")


def _files(entry: str, base: Path) -> Iterator[str]:
    """The files that a path or glob names, in order; a path without a wildcard names itself."""
    if not glob.has_magic(entry):
        yield entry
        return
    found = sorted(glob.glob(entry, root_dir=base))
    if not found:
        raise PackError(f"packs: no file matches {plain(entry)}")
    yield from found


def _check_together(packs: Sequence[Pack]) -> None:
    """PackError where two packs have one name, or a rule, a variable or an argument of one name; a function may
    be in several if they agree on it."""
    owners: dict[tuple[str, str], Pack] = {}
    functions: dict[str, Function] = {}
    for pack in packs:
        for what, name in _names(pack):
            owner = owners.setdefault((what, name), pack)
            if owner is not pack:
                raise PackError(f"{pack.path}: {what} {plain(name)}: it is already in {owner.path}")
        for function in pack.functions:
            if functions.setdefault(function.name, function) != function:
                raise PackError(f"{pack.path}: [[function]] {function.name}: another pack gives it other parameters")


def _names(pack: Pack) -> Iterator[tuple[str, str]]:
    """What only one pack may say, with the table that says it."""
    yield "[pack]", pack.name
    yield from (("[[variable]]", variable.name) for variable in pack.variables)
    yield from (("[[rule]]", rule.name) for rule in pack.rules)
    yield from (("arguments", pair) for variable in pack.variables for pair in variable.arguments)
