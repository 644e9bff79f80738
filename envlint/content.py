"""Content: the bytes of regular files, read without ever waiting, and the first sieve over them.

It knows files and bytes; not which files there are, and not what stands in them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from envlint.source import Source, wide_encoding

LIMIT = 10 << 20
"""How many bytes a file may have to be read."""

# Without O_NONBLOCK, opening a FIFO waits for a writer; Windows has no such flag, and no such files.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


@dataclass(frozen=True, slots=True)
class Problem:
    """A path that could not be read or listed, and why, in words that end a sentence. `too_large`: it could
    be, but for its size."""

    path: str
    message: str
    too_large: bool = False


def read_bytes(path: str, limit: int = LIMIT) -> bytes | Problem:
    """The content of a regular file of at most `limit` bytes. Links are followed; anything else is a Problem
    that bears the path as it was given."""
    try:
        # Opening a device can do something; so look first, and once more at what was opened.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return Problem(path, "not a regular file")
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        return Problem(path, reason(error))
    try:
        return _read(path, descriptor, limit)
    except OSError as error:
        return Problem(path, reason(error))
    finally:
        os.close(descriptor)


def _read(path: str, descriptor: int, limit: int) -> bytes | Problem:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return Problem(path, "not a regular file")
    chunks: list[bytes] = []
    room = limit + 1
    # The size is a hint only: files of /proc say 0, and a file may grow while it is read.
    while room > 0 and status.st_size <= limit:
        chunk = os.read(descriptor, min(room, status.st_size + 1 if not chunks else room))
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        room -= len(chunk)
    return Problem(path, f"larger than {_size(limit)}: not read", too_large=True)


def reason(error: Exception) -> str:
    """What an operating system's error says, in lower case and without the path."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return text[0].lower() + text[1:]


def _size(count: int) -> str:
    return f"{count >> 20} MB" if count >= 1 << 20 else f"{count} bytes"


def has_needle(data: bytes, needles: Sequence[str]) -> bool:
    """Whether one of the texts occurs in a file's content. UTF-16 and UTF-32 are decoded first."""
    if data.startswith(_WIDE_MARKS) or wide_encoding(data) is not None:
        text = Source("", data).text
        return any(needle in text for needle in needles)
    return any(needle in data for needle in _encoded(tuple(needles)))


def is_named_for(path: str, needles: Sequence[str]) -> bool:
    """Whether one of the texts occurs in a file's name or in that of its folder: such a file may hold a key
    and nothing else, or a field whose name means one only there."""
    near = path[path.rfind("/", 0, max(path.rfind("/"), 0)) + 1 :]
    return any(needle in near for needle in needles)


@lru_cache(maxsize=16)
def _encoded(needles: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(needle.encode("utf-8", "surrogatepass") for needle in needles)
