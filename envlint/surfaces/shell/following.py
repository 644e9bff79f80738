"""Following calls of functions: what a body leaves of what it did, told by reading it once more from where it is
called.

Owns which functions can be followed so, and how much of that one script is worth. What a body does is not known
here; its facts are told where it is defined.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from envlint.facts import Wanted
from envlint.surfaces.shell.effects import command_name, every_command
from envlint.surfaces.shell.reading import Reading
from envlint.surfaces.shell.secrets import Secrets
from envlint.surfaces.shell.syntax import Function, Group, Simple

_MAX_COMMANDS = 2_000
"""How many commands of bodies are read once more in one script."""

_MAX_DEPTH = 8
# What ends a body before its last command, or belongs to the call: local names, its arguments, options.
_OWN = frozenset(["local", "declare", "typeset", "return", "break", "continue", "shift", "set", "trap", "getopts"])


def follow(reading: Reading, name: str) -> bool:
    """Does to the names what a call of a function does to them; whether it could be told."""
    bodies = reading.functions.bodies[name]
    if len(bodies) != 1 or name not in reading.defined or name in reading.following or reading.names.base is not None:
        return False
    body = bodies[0]
    if not isinstance(body, Group) or body.subshell or body.redirects or len(reading.following) >= _MAX_DEPTH:
        return False
    if reading.script.mentions("alias"):
        # In some shells the name may be another one's by then.
        return False
    size = _size(reading, name, body)
    if size is None or reading.followed + size > _MAX_COMMANDS:
        return False
    reading.followed += size
    with _silent(reading, name):
        reading.run(reading, body.body)
    return True


def _size(reading: Reading, name: str, body: Group) -> int | None:
    """How many commands a body has; None: it does what can't be followed."""
    if name not in reading.sizes:
        commands = list(every_command(body.body))
        plain = not any(isinstance(command, Function) or _is_own(command) for command in commands)
        reading.sizes[name] = len(commands) if plain else None
    return reading.sizes[name]


def _is_own(command: object) -> bool:
    if not isinstance(command, Simple) or not command.words:
        return False
    called = command_name([word.static for word in command.words])
    return called is None or called in _OWN


@contextmanager
def _silent(reading: Reading, name: str) -> Iterator[None]:
    """Reads without telling anything."""
    kept = (reading.facts, reading.scopes, reading.statements, reading.unreadable, reading.secrets, reading.inner)
    reading.facts, reading.scopes, reading.statements, reading.unreadable = [], [], [], []
    reading.secrets, reading.inner = Secrets(reading.script.source, Wanted(), ""), None
    reading.following.append(name)
    yield
    reading.following.pop()
    reading.facts, reading.scopes, reading.statements, reading.unreadable, reading.secrets, reading.inner = kept
