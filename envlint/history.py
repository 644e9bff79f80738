"""History: which versions of files a repository's commits hold, the oldest first, each blob once.

It walks commits and names blobs; their content, and what is looked for in it, it does not know. The work
tree is not read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO

from envlint import git
from envlint.discover import PathError, existing, project_root
from envlint.finding import mask_keys, shown
from envlint.ignore import Patterns, covers

# git is told the paths itself, unless they are more than a command line may hold.
_MOST_PATHSPECS = 100
# Seconds that git may take to count the commits.
_PATIENCE = 600.0
_READ_SIZE = 1 << 16
# The modes of regular files; links, submodules and folders have others. 100664 is from git's first days.
_FILES = frozenset({b"100644", b"100755", b"100664"})


class HistoryError(Exception):
    """A history that git does not give: no repository, no such revision. The message is one line."""


@dataclass(frozen=True, slots=True)
class Past:
    """The part of a repository's history that is looked at.

    root      an absolute folder of the work tree, or a bare repository
    paths     relative to it, "" for all of it; they need not exist any more
    revision  a range as git writes it, or "" for all that a branch, a tag, a stash or HEAD leads to
    excluded  globs, relative to the root
    """

    root: str
    paths: Sequence[str]
    revision: str
    excluded: Patterns


@dataclass(frozen=True, slots=True)
class Version:
    """A file as a commit left it: its path relative to the root, and the full ids of the blob and the commit."""

    path: str
    id: str
    commit: str


def root_of(path: str) -> str:
    """The root for a path, which need not exist: the bare repository that it lies in, else its project's root."""
    path = os.path.abspath(path)
    home = git.home_of(path)
    if home is not None and git.is_bare(home):
        return home
    return project_root(existing(path))


def count(past: Past) -> int:
    """How many commits there are to be walked. HistoryError where git refuses."""
    return int(_ask(past, "rev-list", "--count", *_revisions(past)))


def is_shallow(past: Past) -> bool:
    """Whether the repository lacks its older commits. HistoryError where git refuses."""
    return _ask(past, "rev-parse", "--is-shallow-repository").strip() == b"true"


@dataclass(eq=False)
class Walk:
    """One way through the commits, oldest first. `refusal`: why git could not go on, once it is at its end."""

    past: Past
    refusal: git.Refusal | None = None

    def versions(self, tell: Callable[[int], None]) -> Iterator[Version]:
        """Every blob of the commits' files, once: at the oldest commit that has it, and its first path there.

        Parents come before their children; a blob that a merge adds is the merge's. `tell` is told how many
        commits are done. HistoryError where git refuses from the start, PathError, at the end, for a path
        that neither exists nor ever did.
        """
        past = self.past
        # The root's path in the work tree, which ends with a slash or is nothing, and a line end.
        prefix = _ask(past, "rev-parse", "--show-prefix")[:-1]
        _ask(past, "rev-list", "--max-count=1", *_revisions(past))
        names = frozenset(past.paths)
        met: set[str] = set()
        seen: set[bytes] = set()
        for entry in self._entries(tell):
            path = entry.path[len(prefix) :].decode("utf-8", "surrogateescape")
            name = _named(path, names) if entry.path.startswith(prefix) else None
            if name is None:
                continue
            met.add(name)
            id = bytes.fromhex(entry.id)
            if not id or id in seen or (past.excluded.lines and covers(past.excluded, path)):
                continue
            seen.add(id)
            yield Version(path, entry.id, entry.commit)
        if self.refusal is None:
            _check_paths(past, [name for name in names - met if not any(one.startswith(f"{name}/") for one in met)])

    def _entries(self, tell: Callable[[int], None]) -> Iterator[_Entry]:
        past = self.past
        # Timestamps order what is not ordered by descent.
        order = ("--date-order", "--reverse", *_revisions(past))
        with ExitStack() as stack:
            commits = stack.enter_context(git.running(past.root, "rev-list", *order))
            if isinstance(commits, git.Refusal):
                self.refusal = commits
                return
            # -c: of a merge, what none of its parents has.
            options = ("--stdin", "--root", "-r", "-c", "-z", "--always", "--no-renames", *_pathspecs(past))
            changes = stack.enter_context(git.running(past.root, "diff-tree", *options, stdin=commits.output))
            if isinstance(changes, git.Refusal):
                self.refusal = changes
                return
            # diff-tree alone holds the other end, so that each of the two notices when the other ends.
            commits.output.close()
            yield from _read(changes.output, tell)
            self.refusal = changes.finish() or commits.finish()


@dataclass(frozen=True, slots=True)
class _Entry:
    """A change of a path. `id` is empty where it is a regular file no longer, or never was."""

    commit: str
    id: str
    path: bytes


def _read(stream: IO[bytes], tell: Callable[[int], None]) -> Iterator[_Entry]:
    """The changes in the output of `git diff-tree --stdin -z --always`."""
    tokens = _tokens(stream)
    commit, done = "", 0
    for token in tokens:
        if not token.startswith(b":"):
            tell(done)
            commit, done = token.decode("ascii"), done + 1
            continue
        # One colon a parent; a mode and an id for each parent and for the commit, and a letter for each parent.
        fields = token.lstrip(b":").split(b" ")
        parents = len(token) - len(token.lstrip(b":"))
        path = next(tokens, b"")
        yield _Entry(commit, fields[2 * parents + 1].decode("ascii") if fields[parents] in _FILES else "", path)


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    """What NULs end in a stream. What no NUL ends is half a token of a git that failed, and left out."""
    pieces: list[bytes] = []
    while chunk := stream.read(_READ_SIZE):
        first, *rest = chunk.split(b"\0")
        pieces.append(first)
        if rest:
            yield b"".join(pieces)
            yield from rest[:-1]
            pieces = rest[-1:]


def _named(path: str, names: Collection[str]) -> str | None:
    """Which of the named paths a path is, or lies in."""
    if "" in names:
        return ""
    while path and path not in names:
        path = path.rpartition("/")[0]
    return path or None


def _check_paths(past: Past, unmet: Collection[str]) -> None:
    bare = git.is_bare(past.root)
    for name in sorted(unmet):
        if name and (bare or not os.path.lexists(os.path.join(past.root, name))):
            raise PathError(f"{shown(name)}: no such file or folder, and none in these commits")


def _pathspecs(past: Past) -> tuple[str, ...]:
    """The named paths for git, relative to the root, in which it runs."""
    if "" in past.paths or len(past.paths) > _MOST_PATHSPECS:
        return ()
    return ("--", *past.paths)


def _revisions(past: Past) -> tuple[str, ...]:
    return ("--end-of-options", past.revision, "--") if past.revision else ("--all", "--")


def _ask(past: Past, subcommand: str, *arguments: str) -> bytes:
    answer = git.run(past.root, subcommand, *arguments, timeout=_PATIENCE)
    if isinstance(answer, git.Refusal):
        raise HistoryError(mask_keys(answer.reason))
    return answer
