"""Loading: which programs read a project's .env files, by what the project itself says.

Shell scripts, Dockerfiles and .envrc files say so in their facts. Compose files and systemd units have no facts
of their own here: their lines are looked at for the one key that names such a file. What a loader makes of a
file is not known here.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from envlint.facts import Facts, Include, Launch
from envlint.finding import Location
from envlint.library import LAUNCHERS, Library
from envlint.loaders import LOADERS, SPLITTING
from envlint.source import Source, Span
from envlint.value import literal

DOTENV = "dotenv"
"""The surface of settings files."""

ENVRC = ".envrc"
"""The name of direnv's own files, which are shell scripts."""

# Code that reads .env files with python-dotenv, directly or through pydantic's settings.
_PYTHON_WORDS = ("load_dotenv", "dotenv_values", "find_dotenv", "DotEnvSettingsSource")
# direnv's standard library: who reads the file that each names, and what it is called if nothing is named.
_DIRENV = {
    "dotenv": ("direnv", ".env"),
    "dotenv_if_exists": ("direnv", ".env"),
    "source_env": ("bash", ENVRC),
    "source_env_if_exists": ("bash", ENVRC),
}
_NODE = frozenset({"node", "nodemon", "ts-node", "tsx"})

_COMPOSE_NAME = re.compile(r"(?:[\w.-]*-)?(?:docker-)?compose[\w.-]*\.ya?ml\Z", re.IGNORECASE)
_UNIT_NAME = re.compile(r".+\.(?:service|socket|mount|swap)\Z")
_ENV_FILE_KEY = re.compile(r"(?P<indent>[ \t]*)(?:- +)?[\"']?env_file[\"']?[ \t]*:(?:[ \t]+(?P<rest>\S.*))?[ \t]*\Z")
_ITEM = re.compile(r"(?P<indent>[ \t]*)-[ \t]+(?:path:[ \t]+)?(?P<rest>\S.*)\Z")
_KEY = re.compile(r"[ \t]*(?:required|format):")
_UNIT_KEY = re.compile(r"[ \t]*EnvironmentFile[ \t]*=[ \t]*-?(?P<rest>\S.*)\Z")
_LINE = re.compile(r"[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Use:
    """A loader that reads a file, and the place that says so (None: not a certain place)."""

    loader: str
    where: Location | None


Targets: TypeAlias = Callable[[Facts, Include], Iterator[str]]
"""The files of the project that an Include can mean."""


def uses(library: Library, targets: Targets) -> dict[str, tuple[Use, ...]]:
    """Who reads each settings file of the project, each loader once; files that only python-dotenv may read, for
    whom envlint reads anyway, are left out. One pass over the files that may name one of them."""
    found: dict[str, dict[str, Use]] = {}
    for path, use in _uses(library, targets):
        found.setdefault(path, {}).setdefault(use.loader, use)
    python = {"python-dotenv": Use("python-dotenv", None)} if found and library.uses(_PYTHON_WORDS) else {}
    return {
        path: tuple(each[loader] for loader in (*LOADERS, *SPLITTING) if loader in each)
        for path, known in found.items()
        if known.keys() - python.keys() and (each := {**python, **known})
    }


def _uses(library: Library, targets: Targets) -> Iterator[tuple[str, Use]]:
    paths = {path for path, surface in library.surfaces().items() if surface == DOTENV}
    names = {posixpath.basename(path).encode("utf-8", "surrogateescape") for path in paths} | {b"dotenv"}
    pattern = re.compile(b"|".join(map(re.escape, sorted(names))))
    for path, surface in sorted(library.surfaces().items()):
        base = posixpath.basename(path)
        launches = surface in LAUNCHERS or base == ENVRC
        if not (launches or _COMPOSE_NAME.match(base) or _UNIT_NAME.match(base)):
            continue
        data = library.open(path) or b""
        if not pattern.search(data):
            continue
        facts = library.facts(path) if launches else None
        if facts is not None:
            yield from _from_facts(facts, targets)
        elif not launches:
            yield from _from_lines(Source(path, data, library.root), library)


def _from_facts(facts: Facts, targets: Targets) -> Iterator[tuple[str, Use]]:
    for item in facts.items:
        for include in _includes(facts, item):
            if include.loader in LOADERS or include.loader in SPLITTING:
                for path in targets(facts, include):
                    yield path, Use(include.loader, Location(facts.source, include.span))


def _includes(facts: Facts, item: object) -> Iterator[Include]:
    """The files that a fact loads: as an Include, by direnv's functions, or by node's preloaded dotenv."""
    if isinstance(item, Include):
        yield item
    elif isinstance(item, Launch) and item.program in _DIRENV and facts.source.path.endswith(ENVRC):
        loader, default = _DIRENV[item.program]
        for path in item.arguments or (literal(default),):
            yield Include(path, loader, item.span, item.scope)
    elif isinstance(item, Launch) and item.program in _NODE:
        words = [value.text for value in item.arguments]
        if "dotenv/config" in words:
            given = [word.partition("=")[2] for word in words if word and word.startswith("dotenv_config_path=")]
            yield Include(literal((given or [".env"])[0]), "node", item.span, item.scope)


def _from_lines(source: Source, library: Library) -> Iterator[tuple[str, Use]]:
    if _COMPOSE_NAME.match(posixpath.basename(source.path)):
        for text, span in _named_by_compose(source):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), text))
            yield path, Use("compose", Location(source, span))
        return
    for text, span in _named_by_unit(source):
        # A unit names where a file is installed: it is the only one of its name in the project, or not known.
        named = library.named(posixpath.basename(text))
        if len(named) == 1:
            yield named[0], Use("systemd", Location(source, span))


def _named_by_compose(source: Source) -> Iterator[tuple[str, Span]]:
    """The paths below `env_file:`: one text, a list in brackets, or items on the lines below."""
    below: int | None = None
    for line in _LINE.finditer(source.text):
        key = _ENV_FILE_KEY.match(line[0])
        item = _ITEM.match(line[0]) if below is not None else None
        if key is not None:
            below = len(key["indent"])
            found = key
        elif item is not None and below is not None and len(item["indent"]) >= below:
            found = item
        else:
            below = below if not line[0].strip() or line[0].lstrip().startswith("#") or _KEY.match(line[0]) else None
            continue
        if found["rest"]:
            yield from _texts(found["rest"], line.start() + found.start("rest"))


def _texts(written: str, start: int) -> Iterator[tuple[str, Span]]:
    """The texts of a YAML scalar or list on one line, without quotes and comments."""
    written = re.split(r"(?:\s|^)#", written, maxsplit=1)[0]
    for found in re.finditer(r"[^\s,\[\]\"']+", written):
        yield found[0], Span(start + found.start(), start + found.end())


def _named_by_unit(source: Source) -> Iterator[tuple[str, Span]]:
    for line in _LINE.finditer(source.text):
        found = _UNIT_KEY.match(line[0])
        if found is not None:
            text = found["rest"].strip()
            start = line.start() + found.start("rest")
            yield text, Span(start, start + len(text))
