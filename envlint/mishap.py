"""Mishaps: how an error of envlint's own is named without quoting what it was reading.

An exception's words, and the values in a traceback, may hold a key; its type and place can't.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def place_of(error: BaseException) -> str:
    """An error's type and the innermost line of this package that it went through, such as
    `KeyError at surfaces/shell.py:12`."""
    found = type(error).__name__
    trace = error.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if _PACKAGE in path.parents:
            found = f"{type(error).__name__} at {path.relative_to(_PACKAGE).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
