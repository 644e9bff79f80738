"""GitHub's fingerprint of a line, `primaryLocationLineHash`: what code scanning tells alerts apart by.

Its upload action computes the same from the files of the checkout. A report that brings it along needs no
checkout. The value of a line is a polynomial over the 100 UTF-16 code units from the line's beginning on,
spaces and tabs left out, each line end counted as one LF; and how many earlier lines had the same value.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Collection, Iterator

BLOCK = 100
"""How many code units a line's value is made of."""

_BASE = 37
_MASK = (1 << 64) - 1
_HIGH = pow(_BASE, BLOCK, 1 << 64)
# The unit that stands for the end of the file.
_END = 0xFFFF
_LF = 10


def line_hashes(text: str, wanted: Collection[int]) -> dict[int, str]:
    """The values of some lines (from 1) of a text as GitHub decodes it, a byte order mark included."""
    last = max(wanted, default=0)
    seen: Counter[int] = Counter()
    hashes: dict[int, str] = {}
    for line, value in enumerate(_values(_units(text)), 1):
        if line > last:
            break
        seen[value] += 1
        if line in wanted:
            hashes[line] = f"{value:x}:{seen[value]}"
    return hashes


def window(text: str, start: int) -> int:
    """Where the characters end that the value of the line beginning at `start` is made of."""
    units = 0
    for at in range(start, len(text)):
        if units >= BLOCK:
            return at
        character = text[at]
        if character not in " \t\n" or (character == "\n" and text[at - 1 : at] != "\r"):
            units += 2 if ord(character) > 0xFFFF else 1
    return len(text)


def _units(text: str) -> array[int]:
    """The code units that count, the end of the file, and what flushes the last values out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    units = array("H", lines.replace(" ", "").replace("\t", "").encode("utf-16-le", "surrogatepass"))
    if sys.byteorder == "big":
        units.byteswap()
    units.append(_END)
    units.extend([0] * BLOCK)
    return units


def _values(units: array[int]) -> Iterator[int]:
    """The value of each line, in order."""
    value = 0
    for unit in units[:BLOCK]:
        value = (value * _BASE + unit) & _MASK
    for at in range(len(units) - BLOCK):
        if at == 0 or units[at - 1] == _LF:
            yield value
        value = (value * _BASE + units[at + BLOCK] - _HIGH * units[at]) & _MASK
