"""The library: the files of one project and their facts, each read once, when something asks.

It takes bytes from whoever knows where they are (a folder, git's index, a test's memory) and hands out
facts. It does not choose which files are judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from envlint.facts import Binding, Facts, Scope, Unreadable, Wanted
from envlint.mishap import place_of
from envlint.source import Source, Span
from envlint.surfaces import load

LAUNCHERS = frozenset({"shell", "dockerfile"})
"""The surfaces of files that start programs."""

SCRIPTS = ("py", "sh", "bash", "zsh", "ksh", "sbatch", "slurm")
"""The extensions by which a word names a program of the project."""

_MENTION = re.compile(rf"([\w-]+)\.(?:{'|'.join(SCRIPTS)})\b|-m\s+([\w.]+)".encode())


@dataclass(eq=False)
class Library:
    """One project's files.

    `surfaces` maps every file that may be read to its surface, by path relative to the project's root;
    `open` gives a file's content, None where it can't be read; `committed` tells whether what a file holds
    is, or would be, in the repository.
    """

    root: str
    wanted: Wanted
    surfaces: Callable[[], Mapping[str, str]]
    open: Callable[[str], bytes | None]
    committed: Callable[[str], bool]
    _facts: dict[str, Facts | None] = field(default_factory=dict)

    def facts(self, path: str) -> Facts | None:
        """The facts of a file, or None where the project has no such file or it can't be opened."""
        if path not in self._facts:
            surface = self.surfaces().get(path)
            data = self.open(path) if surface is not None else None
            self._facts[path] = self.read(path, surface, data) if surface is not None and data is not None else None
        return self._facts[path]

    def read(self, path: str, surface: str, data: bytes) -> Facts:
        """The facts of a file whose content is at hand already."""
        facts = read(Source(path, data, self.root), surface, self.wanted)
        self._facts[path] = facts
        return facts

    def loaded(self) -> Iterator[Facts]:
        """The facts of every file that was read so far."""
        return (facts for facts in self._facts.values() if facts is not None)

    def named(self, name: str) -> tuple[str, ...]:
        """The paths of the files with this name, in whatever folder."""
        return self._by_name.get(name, ())

    @cached_property
    def _by_name(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for path in sorted(self.surfaces()):
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return {name: tuple(paths) for name, paths in found.items()}

    def launchers_naming(self, path: str) -> tuple[str, ...]:
        """The scripts and Dockerfiles whose bytes hold a file's name without its extension."""
        name = path.rpartition("/")[2]
        return self._mentions.get(name.rpartition(".")[0] or name, ())

    @cached_property
    def _mentions(self) -> dict[str, tuple[str, ...]]:
        """For each name of a script or module, the launchers that mention it."""
        found: dict[str, list[str]] = {}
        for path, surface in sorted(self.surfaces().items()):
            data = self.open(path) if surface in LAUNCHERS else None
            if data is None:
                continue
            names = {script or module.rpartition(b".")[2] for script, module in _MENTION.findall(data)}
            for name in names:
                found.setdefault(name.decode("utf-8", "surrogateescape"), []).append(path)
        return {name: tuple(paths) for name, paths in found.items()}


def read(source: Source, surface: str, wanted: Wanted) -> Facts:
    """The facts of one source. What its own reader gives up on is still read as plain text, for keys."""
    try:
        facts = load(surface)(source, wanted)
    except (ImportError, SyntaxError):
        # The installation is broken, not the file.
        raise
    except Exception as error:
        # A mistake of ours in reading one file must not cost the reading of all others. It is not lost: the
        # file is called unreadable, with the place of the mistake, and the error's own words, which may quote
        # the file, are left out.
        reason = f"its reader failed, a mistake of envlint ({place_of(error)})"
        facts = Facts(source, surface, scopes=(Scope("file", None, Span(0, 0)),), unreadable=(Unreadable(reason),))
    if not facts.unreadable or surface == "text":
        return facts
    known = [binding.span for binding in facts.bindings()]
    plain = load("text")(facts.source, wanted)
    extra = [item for item in plain.items if isinstance(item, Binding) and not _overlaps(item.span, known)]
    return replace(facts, items=(*facts.items, *extra))


def unopened(path: str, root: str, surface: str, reason: str) -> Facts:
    """The facts of a file that could not be opened: none, and why."""
    return Facts(Source(path, b"", root), surface, unreadable=(Unreadable(reason),))


def _overlaps(span: Span, others: list[Span]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others)
