"""Trees: one project's files, where they come from, and the facts of those that are named.

A tree is a folder on disk, or what git's index holds of it. It chooses and reads; it judges nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from envlint import discover
from envlint.config import Config
from envlint.content import has_needle, is_named_for, read_bytes
from envlint.discover import Candidate, Notice, Problem
from envlint.facts import Facts
from envlint.ignore import parse_globs
from envlint.index import Index
from envlint.knowledge import Knowledge
from envlint.library import Library, unopened
from envlint.library import read as read_source
from envlint.source import Source
from envlint.surfaces import TEXT


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line says of which files are read. `exclude` are globs relative to the current folder."""

    exclude: Sequence[str] = ()
    force_exclude: bool = False
    gitignore: bool = True


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the files of a project come from. `walk` finds those below some paths, `contents` and `content` give
    what is in them, by paths that `walk` gave."""

    walk: Callable[[Sequence[str]], Iterator[Candidate | Problem | Notice]]
    contents: Callable[[Sequence[str]], Iterator[bytes | Problem]]
    content: Callable[[str], bytes | Problem]


def on_disk(root: str, settings: Config, choice: Choice) -> Shelf:
    """The files as they lie in a folder."""
    globs = excluded(root, settings, choice)

    def content(path: str) -> bytes | Problem:
        return read_bytes(os.path.join(root, path))

    return Shelf(
        walk=lambda paths: discover.walk(
            root, paths, exclude=globs, force_exclude=choice.force_exclude, gitignore=choice.gitignore
        ),
        contents=lambda paths: map(content, paths),
        content=content,
    )


def in_index(index: Index, settings: Config, choice: Choice) -> Shelf:
    """The files as git's index holds them."""
    patterns = parse_globs(excluded(index.root, settings, choice))
    return Shelf(
        walk=lambda paths: index.walk(paths, patterns, force_exclude=choice.force_exclude),
        contents=index.contents,
        content=index.content,
    )


@dataclass(eq=False)
class Tree:
    """One project, and those of its files that are named. `edited` holds what stands for the content of some of
    its files: a change that is not written yet."""

    root: str
    paths: Sequence[str]
    settings: Config
    shelf: Shelf
    notices: list[str] = field(default_factory=list)
    edited: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def named(self) -> tuple[Candidate | Problem, ...]:
        """The files to judge, in order, and what could not be opened on the way to them."""
        return tuple(self._walk(self.paths))

    @cached_property
    def all(self) -> Mapping[str, Candidate]:
        """Every file of the project that may be read."""
        whole = any(discover.relative(self.root, path) == "" for path in self.paths)
        found = self.named if whole else (*self._walk([self.root]), *self.named)
        return {item.path: item for item in found if isinstance(item, Candidate)}

    def surfaces(self) -> Mapping[str, str]:
        """The surface of each file, as far as names tell it."""
        return self._surfaces

    @cached_property
    def _surfaces(self) -> Mapping[str, str]:
        return {path: item.surface or TEXT for path, item in self.all.items()}

    def open(self, path: str) -> bytes | None:
        """The content of a file, None where it can't be read."""
        data = self.edited[path] if path in self.edited else self.shelf.content(path)
        return None if isinstance(data, Problem) else data

    def committed(self, path: str) -> bool:
        """Whether what a file holds is, or would be, in the repository."""
        item = self.all.get(path)
        return item is None or item.committed

    def tracked(self, path: str) -> bool | None:
        """Whether git tracks a file; None where that is not known."""
        item = self.all.get(path)
        return None if item is None else item.tracked

    def _walk(self, paths: Sequence[str]) -> Iterator[Candidate | Problem]:
        for item in self.shelf.walk(paths):
            if isinstance(item, Notice):
                self.notices.append(item.message)
            else:
                yield item

    def contents(self) -> Iterator[tuple[Candidate | Problem, bytes | Problem]]:
        """Each of the named files with its content."""
        found = self.shelf.contents([item.path for item in self.named if isinstance(item, Candidate)])
        for item in self.named:
            data = item if isinstance(item, Problem) else next(found)
            yield item, self.edited.get(item.path, data)


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a project's named files gave: their facts, and how many files were looked into."""

    library: Library
    facts: tuple[Facts, ...]
    files: int


def read(tree: Tree, knowledge: Knowledge) -> Reading:
    """Reads the named files in which there may be something."""
    library = Library(tree.root, knowledge.wanted, tree.surfaces, tree.open, tree.committed, tree.tracked)
    found: list[Facts] = []
    files = large = 0
    for item, data in tree.contents():
        if isinstance(item, Problem):
            found.append(unopened(item.path, tree.root, TEXT, item.message))
        elif isinstance(data, Problem):
            # A model or a data set that is too large to search is no reason to call every run incomplete.
            if data.too_large and item.surface in ("", TEXT) and not item.named:
                large += 1
                continue
            found.append(unopened(item.path, tree.root, item.surface or TEXT, data.message))
        else:
            files += 1
            if has_needle(data, knowledge.wanted.needles):
                found.append(library.read(item.path, discover.classify(item, data), data))
            elif is_named_for(item.path, knowledge.wanted.needles):
                # By its name alone a file can only be a place for keys; the library still has it as what it is.
                found.append(read_source(Source(item.path, data, tree.root), TEXT, knowledge.wanted))
    if large:
        tree.notices.append(f"{large} files larger than 10 MB were not searched for keys")
    return Reading(library, tuple(found), files)


def excluded(root: str, settings: Config, choice: Choice) -> tuple[str, ...]:
    """The globs of what is not read, of the configuration and of the command line, relative to a root."""
    folder = str(settings.folder) if settings.folder is not None else root
    return (*rooted(settings.exclude, folder, root), *rooted(choice.exclude, os.getcwd(), root))


def rooted_settings(settings: Config, root: str) -> Config:
    """The settings with the globs of per-file-ignores made relative to a project's root."""
    folder = str(settings.folder) if settings.folder is not None else root
    ignores: dict[str, tuple[str, ...]] = {}
    for glob, names in settings.per_file_ignores.items():
        for whole in rooted([glob], folder, root):
            ignores[whole] = (*ignores.get(whole, ()), *names)
    return replace(settings, per_file_ignores=ignores)


def rooted(globs: Iterable[str], folder: str, root: str) -> Iterator[str]:
    """Globs that are written relative to a folder, made relative to a root that the folder lies in; where it
    lies elsewhere they stay as they are. As in .gitignore, a glob without an inner slash counts at any depth."""
    inside = os.path.relpath(folder, root).replace(os.sep, "/")
    for glob in globs:
        if inside == "." or inside.startswith(".."):
            yield glob
            continue
        negated, bare = ("!", glob[1:]) if glob.startswith("!") else ("", glob)
        anchored = "/" in bare.rstrip("/")
        yield f"{negated}/{inside}/{'' if anchored else '**/'}{bare.removeprefix('/')}"
