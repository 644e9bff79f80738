"""Loaders: what each program that reads .env files makes of one, whatever envlint itself takes it for.

The table says who there is. Each module owns one loader's notation and knows nothing of the others, of
variables or of rules. Where versions of a loader differ, or the text is odder than its module follows, the
value is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from envlint.loaders import bash, compose, direnv, docker, node, python_dotenv, systemd, words
from envlint.loaders.reading import Reading
from envlint.source import Source

LOADERS: Mapping[str, Callable[[Source], Reading]] = {
    "python-dotenv": python_dotenv.read,
    "docker": docker.read,
    "compose": compose.read,
    "bash": bash.read,
    "systemd": systemd.read,
    "direnv": direnv.read,
    "node": node.read,
}
"""Every loader by the name that configuration, messages and facts use."""

SPLITTING: Mapping[str, Callable[[Source], Reading]] = {
    words.PLAIN: words.read_plain,
    words.UNQUOTED: words.read_unquoted,
}
"""What shell scripts make of a .env by commands that were not made for it; a configuration can't name them."""

DEFAULT = "python-dotenv"
"""Who reads a .env file where nothing says who does."""


def read(loader: str, source: Source) -> Reading:
    """What a loader makes of a file; KeyError for a loader that is in neither table."""
    return (LOADERS[loader] if loader in LOADERS else SPLITTING[loader])(source)
