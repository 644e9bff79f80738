"""Progress: one line on a terminal that says how far a long run has come, and is gone at its end.

It counts what it is told to; what is counted it does not know.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_EVERY = 0.1
_WIDTH = 30
_ERASE = "\r\x1b[K"


def is_watched(stream: TextIO) -> bool:
    """Whether a stream is a terminal on which a line can be written anew."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def counting(
    stream: TextIO, things: str, total: int, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[int], None]]:
    """Gives a function to be told how many things, of `total`, are done. `clock` tells seconds.

    The line is drawn ten times a second at most, and erased at the end, whatever that is.
    """
    drawn = clock() - _EVERY

    def tell(done: int) -> None:
        nonlocal drawn
        now = clock()
        if now - drawn < _EVERY:
            return
        drawn = now
        stream.write(_ERASE + line(things, done, total))
        stream.flush()

    try:
        yield tell
    finally:
        stream.write(_ERASE)
        stream.flush()


def line(things: str, done: int, total: int) -> str:
    """The line itself: `[##########                    ]  33% of 9000 commits`."""
    share = min(done / total, 1.0) if total > 0 else 1.0
    filled = int(share * _WIDTH)
    return f"[{'#' * filled}{' ' * (_WIDTH - filled)}] {int(share * 100):>3}% of {total} {things}"
