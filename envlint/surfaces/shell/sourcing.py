"""Sourced files: what a file of the project leaves set in the script that loads it.

Owns what is taken over from such a file. Which file a path means depends on where the script is started, so that its
values are possible ones and never the only ones; a file that it loads in turn is not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias
from weakref import WeakKeyDictionary

from envlint.facts import Wanted
from envlint.source import Source
from envlint.surfaces.shell.names import Held, Status
from envlint.surfaces.shell.reading import Reading
from envlint.value import Literal, Value, choice, literal, unknown

Left: TypeAlias = Mapping[str, tuple[str, ...]]
"""Names that a file sets, with every text that each can hold at its end."""

_MOST = 32
"""How many files are followed in one script."""

_MOST_NAMES = 256
_ANOTHER = unknown("another file may be loaded", type="str")
_known: WeakKeyDictionary[Source, Left] = WeakKeyDictionary()


def follow_source(reading: Reading, path: Value, left: Callable[[Source, Wanted], Left]) -> None:
    """Lets the names hold what a loaded file may leave in them; `left` reads the file."""
    sourced = reading.wanted.sourced
    written = _written(path)
    if sourced is None or not written or reading.sourced >= _MOST:
        return
    source = sourced(reading.script.source.path, written)
    if source is None:
        return
    reading.sourced += 1
    if source not in _known:
        _known[source] = left(source, replace(reading.wanted, sourced=None))
    for name, texts in _known[source].items():
        reading.names.assign(name, choice((*map(literal, texts), _ANOTHER)))


def _written(path: Value) -> str:
    """The path, or what follows a folder that is not known: `"$(dirname "$0")/env.sh"`."""
    if path.text is not None:
        return path.text.lstrip("/") if path.text.startswith("./") else path.text
    last = path.parts[-1]
    return last.text[1:] if isinstance(last, Literal) and last.text.startswith("/") else ""


def left_by(known: Mapping[str, Held]) -> Left:
    """Of what names hold at the end of a file, what does not hang on anything outside it."""
    found: dict[str, tuple[str, ...]] = {}
    for name, held in known.items():
        if held.status is Status.SET and held.elements is None and held.value.exhaustive and len(found) < _MOST_NAMES:
            found[name] = held.value.possible()
    return found
