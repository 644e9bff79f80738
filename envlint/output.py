"""Output: how text leaves, to standard output or into a file that is written whole or not at all.

What is written it does not know.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress


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
        _replace(target, _encoded(pieces))


def _encoded(pieces: Iterable[str]) -> Iterator[bytes]:
    return (piece.encode("utf-8", "backslashreplace") for piece in pieces)


def _fill(target: str, data: Iterable[bytes]) -> None:
    """Writes into what is no regular file: a device or a pipe, in whose place nothing else may be put."""
    with open(target, "wb") as out:
        out.writelines(data)


def _replace(target: str, data: Iterable[bytes]) -> None:
    """Puts a new file in the place of a regular one, or where there is none."""
    handle, scratch = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".envlint-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.writelines(data)
        os.chmod(scratch, 0o666 & ~_umask())
        os.replace(scratch, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(scratch)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
