"""Output: how text leaves, to standard output or into a file that is written whole or not at all.

What is written it does not know.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress


class RefusedError(Exception):
    """A file that is not written, and why, in words that end a sentence."""


def to_stdout(pieces: Iterable[str]) -> None:
    """Prints pieces of text one after another, in UTF-8 whatever the terminal says."""
    sys.stdout.buffer.writelines(_encoded(pieces))
    sys.stdout.buffer.flush()


def to_file(name: str, pieces: Iterable[str]) -> None:
    """Writes pieces of text to a file. OSError where that cannot be done."""
    # A link stays one: the file that it leads to is the one that is written.
    target = os.path.realpath(name)
    if os.path.exists(target) and not os.path.isfile(target):
        _fill(target, _encoded(pieces))
    else:
        _replace(target, _encoded(pieces), lambda scratch: os.chmod(scratch, 0o666 & ~_umask()))


def rewrite(name: str, before: bytes, after: bytes) -> None:
    """Gives a regular file other content, if it still holds `before`. Links that lead to it, its owner, mode and
    attributes stay; its old content stays where anything fails. RefusedError or OSError where it is not written."""
    target = os.path.realpath(name)
    status = os.stat(target)
    if not stat.S_ISREG(status.st_mode):
        raise RefusedError("it is no longer a regular file")
    if status.st_nlink > 1:
        # A new file in its place would part the names from one another.
        raise RefusedError("it has other names (hard links)")
    if not os.access(target, os.W_OK):
        raise RefusedError("it may not be written to")
    if _holds(target, after):
        return
    if not _holds(target, before):
        raise RefusedError("it has changed since it was read")
    _replace(target, [after], lambda scratch: _imitate(scratch, target, status))


def _holds(target: str, data: bytes) -> bool:
    with open(target, "rb") as file:
        return file.read(len(data) + 1) == data


def _imitate(scratch: str, target: str, status: os.stat_result) -> None:
    """Gives a file all that another has but its content and its times."""
    made = os.stat(scratch)
    if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
        os.chown(scratch, status.st_uid, status.st_gid)
    # Mode, flags and, on Linux, extended attributes; after chown, which may take bits of the mode away.
    shutil.copystat(target, scratch)
    os.utime(scratch)


def _encoded(pieces: Iterable[str]) -> Iterator[bytes]:
    return (piece.encode("utf-8", "backslashreplace") for piece in pieces)


def _fill(target: str, data: Iterable[bytes]) -> None:
    """Writes into what is no regular file: a device or a pipe, in whose place nothing else may be put."""
    with open(target, "wb") as out:
        out.writelines(data)


def _replace(target: str, data: Iterable[bytes], prepare: Callable[[str], None]) -> None:
    """Puts a new file in the place of a regular one, or where there is none, once it is prepared."""
    handle, scratch = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".envlint-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.writelines(data)
            out.flush()
            # Without it, a machine that stops may be left with the new name and none of the content.
            os.fsync(out.fileno())
        prepare(scratch)
        os.replace(scratch, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(scratch)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
