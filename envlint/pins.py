"""Pins: which version of the SDK each file of a project runs with, as far as the project says so.

The nearest word counts: what the file itself installs, then the requirements in its folder, then those in the
folders around it, then what any script or Dockerfile of the project installs. The requirements of a folder
beside it are another program's. A lock file counts before the requirements it was made from, and of several
versions the newest. How a requirement is written is not known here.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from envlint.finding import Location
from envlint.library import LAUNCHERS, Library
from envlint.requirements import Pin, Requirement, in_file, in_launches, kind_of, version
from envlint.source import Source
from envlint.versions import age


@dataclass(eq=False)
class Pins:
    """The pins of one package in one project; `known` are the versions that make a difference, oldest to newest."""

    library: Library
    package: str
    known: Collection[str]

    def of(self, path: str) -> Pin | None:
        """The pin that counts for a file, or None where the project leaves the version open."""
        own = [pin for pin in self._all if pin.location.source.path == path]
        if own:
            return _strongest(own)
        folder = posixpath.dirname(path)
        while True:
            here = [pin for pin in self._all if not pin.installed and _reach(pin) == folder]
            if here or not folder:
                break
            folder = posixpath.dirname(folder)
        return _strongest(here or [pin for pin in self._all if pin.installed])

    @cached_property
    def _all(self) -> tuple[Pin, ...]:
        found = (requirement for path in sorted(self.library.surfaces()) for requirement in self._requirements(path))
        return tuple(
            Pin(settled, Location(requirement.source, requirement.span), requirement.locked, requirement.installed)
            for requirement in found
            if (settled := version(requirement, self.known)) is not None
        )

    def _requirements(self, path: str) -> Iterator[Requirement]:
        kind = kind_of(path)
        launcher = self.library.surfaces()[path] in LAUNCHERS
        data = self.library.open(path) if kind is not None or launcher else None
        if data is None or self.package.encode() not in data:
            return
        if kind is not None:
            yield from in_file(Source(path, data, self.library.root), kind, self.package)
        elif b"install" in data or b"add" in data:
            facts = self.library.facts(path)
            if facts is not None:
                yield from in_launches(facts, self.package)


# Folders that hold requirements for what lies around them.
_OF_THE_FOLDER_AROUND = frozenset(
    {"requirements", "reqs", "deps", "dependencies", "conda", "env", "envs", "environment", "environments", "docker"}
)


def _reach(pin: Pin) -> str:
    """The folder from which on a requirement file counts."""
    folder = posixpath.dirname(pin.location.source.path)
    around, _, name = folder.rpartition("/")
    return around if name in _OF_THE_FOLDER_AROUND else folder


def _strongest(pins: Collection[Pin]) -> Pin | None:
    return max(pins, key=lambda pin: (pin.locked, age(pin.version) or ((), 0)), default=None)
