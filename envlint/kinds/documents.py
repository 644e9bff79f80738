"""JSON documents that a setting's text holds, and the shapes in which the loader takes them.

Owns what json.loads reads and what pydantic, in its lax mode, then takes for a type. Knows no setting.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from itertools import accumulate
from types import MappingProxyType

from envlint.kinds.numbers import MOST_DIGITS, whole

# No shape is deeper than two; only under a key that is given again can more be hidden. Python's own bound is
# its recursion limit, 1000 less the frames above.
_DEEPEST = 300
# A string, whole or cut off, or a bracket. Nothing fails after a string's start, so nothing is read twice.
_STRUCTURE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.S)
_STEP = MappingProxyType({"[": 1, "{": 1, "]": -1, "}": -1})


def problem(text: str, shape: str) -> str | None:
    """Why the loader refuses the document, in words that follow "it"; None where it takes it.

    `shape` is "texts" (an object of strings), "integers" (a list of whole numbers) or "filters" (an object of
    objects of strings, or a list of strings). Null is a document of every shape.
    """
    if _is_too_deep(text):
        return "is JSON that is nested too deeply"
    try:
        document: object = json.loads(text, parse_int=_integer)
    except (ValueError, RecursionError):
        return "is no JSON"
    if document is None:
        return None
    return _SHAPES[shape](document)


def _is_too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    steps = (_STEP.get(found.group()[0], 0) for found in _STRUCTURE.finditer(text))
    return any(depth > _DEEPEST for depth in accumulate(steps))


def _integer(digits: str) -> int:
    """The number; ValueError where it has more digits than Python reads, which an old 3.10 would read slowly."""
    if len(digits.lstrip("-")) > MOST_DIGITS:
        raise ValueError("too many digits")
    return int(digits)


def _texts(document: object) -> str | None:
    if not isinstance(document, dict):
        return "is no JSON object"
    if not _are_texts(document):
        return "is a JSON object with a value that is no string"
    return None


def _integers(document: object) -> str | None:
    if not isinstance(document, list):
        return "is no JSON list"
    if not all(map(_is_whole, document)):
        return "is a JSON list with an item that is no whole number"
    return None


def _filters(document: object) -> str | None:
    if isinstance(document, list):
        fits = all(isinstance(item, str) for item in document)
        return None if fits else "is a JSON list with an item that is no string"
    if not isinstance(document, dict):
        return "is neither a JSON object nor a JSON list"
    if not all(isinstance(value, dict) and _are_texts(value) for value in document.values()):
        return "is a JSON object with a value that is no object of strings"
    return None


def _are_texts(document: dict[str, object]) -> bool:
    return all(isinstance(value, str) for value in document.values())


def _is_whole(item: object) -> bool:
    """Whether pydantic's lax mode makes an int of it: of true and false, of 1.0 and of "1" too."""
    if isinstance(item, str):
        return whole(item, "pydantic") is not None
    if isinstance(item, float):
        # float_as_int: only what lies strictly between the bounds of 64 bits.
        return math.isfinite(item) and item.is_integer() and -(2.0**63) < item < 2.0**63
    return isinstance(item, int)


_SHAPES: Mapping[str, Callable[[object], str | None]] = MappingProxyType(
    {"texts": _texts, "integers": _integers, "filters": _filters}
)
