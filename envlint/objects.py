"""Objects: the content of a git repository's blobs by their ids, from a git that runs on beside us.

It knows ids and bytes. Which paths and commits a blob belongs to, and what stands in it, it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import IO, TypeVar

from envlint import git
from envlint.content import LIMIT

T = TypeVar("T")

# Ids that are sent before the answer to the first is read. All of them fit into the smallest pipe, 4096 bytes,
# with ids of 64 digits; so sending never waits for a git that waits for us to read.
_AHEAD = 48
# A damaged object ends git. It is started anew for the next one, but not for ever.
_MOST_DEATHS = 50


class Lost(Enum):
    """Why a blob has no content here: words that follow its name."""

    LARGE = "larger than 10 MB"
    MISSING = "not in this clone"
    DAMAGED = "could not be read"


@dataclass(eq=False)
class Objects:
    """The blobs of the repository around a folder. A context: at its end the processes are stopped."""

    root: str
    _many: tuple[_Talk, _Talk] = field(init=False)
    _one: tuple[_Talk, _Talk] = field(init=False)
    _present: frozenset[bytes] | None = field(init=False)

    def __enter__(self) -> Objects:
        # One for each use: between two answers to the one, the other may be asked for something.
        self._many, self._one = _talks(self.root), _talks(self.root)
        self._present = _present(self.root) if _is_partial(self.root) else None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for talk in (*self._many, *self._one):
            talk.end()

    def content(self, id: str) -> bytes | Lost:
        """The content of one blob, of which the id is given in hexadecimal."""
        return next(self._contents([id], *self._one))

    def contents(self, ids: Sequence[str]) -> Iterator[bytes | Lost]:
        """The content of each of some different blobs, in the order given. What is too large is never loaded.

        It is to be read to its end, before the next is begun.
        """
        return self._contents(ids, *self._many)

    def _contents(self, ids: Sequence[str], check: _Talk, fetch: _Talk) -> Iterator[bytes | Lost]:
        here = [id for id in ids if self._present is None or bytes.fromhex(id) in self._present]
        sizes = dict(zip(here, check.answers(here, _size), strict=True))
        found = fetch.answers([id for id, size in sizes.items() if _fits(size)], _content)
        for id in ids:
            size = sizes.get(id, Lost.MISSING)
            yield next(found) if _fits(size) else size if isinstance(size, Lost) else Lost.LARGE


def _talks(root: str) -> tuple[_Talk, _Talk]:
    return _Talk(root, "--batch-check"), _Talk(root, "--batch")


def _fits(size: int | Lost) -> bool:
    return isinstance(size, int) and size <= LIMIT


def _is_partial(root: str) -> bool:
    """Whether objects may be missing that git would fetch: asked for one, it ends if it must not."""
    promisors = git.run(root, "config", "-z", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$")
    return isinstance(promisors, bytes)


def _present(root: str) -> frozenset[bytes]:
    """The ids of all objects that are there, in binary."""
    with git.running(root, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered") as listing:
        if isinstance(listing, git.Refusal):
            return frozenset()
        return frozenset(bytes.fromhex(line.decode("ascii")) for line in listing.output)


@dataclass(eq=False)
class _Talk:
    """One `git cat-file` that is asked for one object after another."""

    root: str
    option: str
    _stack: ExitStack = field(default_factory=ExitStack)
    _running: git.Running | None = None
    _deaths: int = 0

    def answers(self, ids: Sequence[str], take: Callable[[bytes, IO[bytes]], T | Lost]) -> Iterator[T | Lost]:
        """What `take` makes of the answer for each id: of its first line and of what follows in the stream."""
        sent = 0
        for at, _ in enumerate(ids):
            running = self._running or self._start()
            if running is None:
                yield Lost.DAMAGED
                continue
            try:
                if sent - at <= _AHEAD // 2:
                    sent = _send(running, ids, max(sent, at), at + _AHEAD)
                answer = take(running.output.readline(), running.output)
            except (OSError, EOFError):
                self._running, sent = None, at + 1
                self._deaths += 1
                answer = Lost.DAMAGED
            yield answer

    def _start(self) -> git.Running | None:
        self._stack.close()
        if self._deaths >= _MOST_DEATHS:
            return None
        running = self._stack.enter_context(git.running(self.root, "cat-file", self.option, stdin=git.PIPE))
        self._running = None if isinstance(running, git.Refusal) else running
        return self._running

    def end(self) -> None:
        """Stops git."""
        self._stack.close()
        self._running = None


def _send(running: git.Running, ids: Sequence[str], start: int, end: int) -> int:
    """Sends some of the ids, and gives the number of those sent in all."""
    some = ids[start:end]
    if some and running.input is not None:
        running.input.write("".join(f"{id}\n" for id in some).encode("ascii"))
        running.input.flush()
    return start + len(some)


def _size(header: bytes, rest: IO[bytes]) -> int | Lost:
    """The size of a blob, from `ID TYPE SIZE` or `ID missing`. EOFError where git ended instead."""
    if not header.endswith(b"\n"):
        raise EOFError
    words = header.split()
    if words[-1] == b"missing":
        return Lost.MISSING
    return int(words[2]) if len(words) == 3 and words[1] == b"blob" else Lost.DAMAGED


def _content(header: bytes, rest: IO[bytes]) -> bytes | Lost:
    size = _size(header, rest)
    if isinstance(size, Lost):
        return size
    data = rest.read(size + 1)
    if len(data) != size + 1:
        raise EOFError
    return data[:size]
