"""The index: the files of the next commit, as git's index holds them, whatever the work tree holds by now.

It names them and gives their content, as discovery does for a folder. What is in them it does not know.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from envlint import git
from envlint.content import Problem, read_bytes
from envlint.discover import Candidate, PathError, relative
from envlint.finding import shown
from envlint.ignore import Patterns
from envlint.objects import Lost, Objects
from envlint.surfaces import surface_of_name

# The modes of regular files; links and submodules have others. 100664 is from git's first days.
_FILES = frozenset({"100644", "100755", "100664"})
_CHUNK = 256


@dataclass(frozen=True, eq=False)
class Index:
    """What the index holds below a folder. Paths are relative to it, with `/`.

    `blobs` gives the id of each file's content. None: the file is unmerged, and the index has several contents
    for it; what the work tree has is what people are working on.
    """

    root: str
    blobs: Mapping[str, str | None]
    objects: Objects

    def walk(self, paths: Sequence[str], excluded: Patterns, *, force_exclude: bool) -> Iterator[Candidate]:
        """The files below the named paths, sorted. Named and excluded ones as in discover.walk.

        PathError for a path that is neither in the index nor in the work tree.
        """
        names = {relative(self.root, path) for path in paths}
        unmet = {name for name in names if not os.path.lexists(os.path.join(self.root, name))}
        for path in sorted(self.blobs):
            starts = [above for above in _upward(path) if above in names]
            unmet.difference_update(starts)
            if not starts or self._is_gone(path):
                continue
            # What is named itself is read, and below a named folder only what lies between can be excluded.
            start = "" if force_exclude else starts[0]
            if not _is_excluded(path, start, excluded):
                yield Candidate(path, surface_of_name(path.rpartition("/")[2]) or "", path in names, True, False)
        for name in sorted(unmet):
            raise PathError(f"{shown(name)}: no such file or folder, and none in the index")

    def _is_gone(self, path: str) -> bool:
        """Whether a conflict about a file was settled, so far, by removing it."""
        return self.blobs[path] is None and not os.path.lexists(os.path.join(self.root, path))

    def contents(self, paths: Sequence[str]) -> Iterator[bytes | Problem]:
        """The content of each file, in the order given."""
        for some in _with_different(paths, self.blobs):
            found = self.objects.contents([id for path in some if (id := self.blobs[path]) is not None])
            for path in some:
                yield self._unmerged(path) if self.blobs[path] is None else _told(path, next(found))

    def content(self, path: str) -> bytes | Problem:
        """The content of one file of the index."""
        id = self.blobs[path]
        return self._unmerged(path) if id is None else _told(path, self.objects.content(id))

    def _unmerged(self, path: str) -> bytes | Problem:
        """What the work tree has of a file. A path of an index is anybody's word, so it must not lead elsewhere."""
        absolute = os.path.join(self.root, path)
        folder, top = os.path.realpath(os.path.dirname(absolute)), os.path.realpath(self.root)
        try:
            inside = os.path.commonpath([folder, top]) == top and stat.S_ISREG(os.lstat(absolute).st_mode)
        except (OSError, ValueError):
            inside = False
        return read_bytes(absolute) if inside else Problem(path, "unmerged, and no regular file in the work tree")


def load(root: str, objects: Objects) -> Index | git.Refusal:
    """The index of the repository around a folder, as far as it is about the folder.

    The index that GIT_INDEX_FILE names counts, so a hook sees what is about to be committed.
    """
    answer = git.run(root, "ls-files", "-z", "--stage")
    if isinstance(answer, git.Refusal):
        return answer
    blobs: dict[str, str | None] = {}
    for entry in answer.decode("utf-8", "surrogateescape").split("\0"):
        head, _, path = entry.partition("\t")
        mode, _, rest = head.partition(" ")
        id, _, stage = rest.partition(" ")
        if mode in _FILES:
            # The stages 1 to 3 are those of a conflict: the common ancestor's, ours and theirs.
            blobs[path] = id if stage == "0" else None
    return Index(root, blobs, objects)


def _told(path: str, data: bytes | Lost) -> bytes | Problem:
    if isinstance(data, bytes):
        return data
    return Problem(path, f"{data.value}: not read", too_large=data is Lost.LARGE)


def _upward(path: str) -> Iterator[str]:
    """A path and every folder that it lies in, inside first; "" is the outermost."""
    while path:
        yield path
        path = path.rpartition("/")[0]
    yield ""


def _is_excluded(path: str, start: str, excluded: Patterns) -> bool:
    """Whether a file, or a folder on the way to it from a start, is excluded."""
    if not excluded.lines:
        return False
    between = takewhile(lambda above: above != start, _upward(path))
    return any(excluded.ignores(above, directory=above != path) is True for above in between)


def _with_different(paths: Sequence[str], blobs: Mapping[str, str | None]) -> Iterator[list[str]]:
    """The paths in order, in stretches of which each has no content twice."""
    some: list[str] = []
    ids: set[str | None] = set()
    for path in paths:
        if len(some) >= _CHUNK or blobs[path] in ids - {None}:
            yield some
            some, ids = [], set()
        some.append(path)
        ids.add(blobs[path])
    if some:
        yield some
