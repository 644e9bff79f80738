"""Numbers as pydantic and as Python read them from text.

Owns which texts are numbers and which number each is. Knows no range and no setting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

MOST_DIGITS = 4300
"""How many digits the text of a whole number may have, for Python (since 3.10.7) and for pydantic alike."""

# Rust's str::trim strips Unicode's White_Space. Python's str.strip also takes U+001C to U+001F for blanks.
_BLANKS = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
# Rust's f64::from_str. One of three starts settles the alternative, so nothing is read twice.
_FRACTION = re.compile(r"[+-]?(?:inf(?:inity)?|nan|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)", re.A | re.I)
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)")


def fraction(text: str, grammar: str) -> float | None:
    """The number that a setting of type float gets from `text`, None where it is refused.

    `grammar` is "pydantic" (pydantic's lax mode) or "python" (a call of float). Infinity and NaN are numbers.
    """
    return _FRACTIONS[grammar](text)


def whole(text: str, grammar: str) -> int | None:
    """The number that a setting of type int gets from `text`, None where it is refused.

    `grammar` is "pydantic" (pydantic's lax mode) or "python" (a call of int).
    """
    return _WHOLES[grammar](text)


def _python_fraction(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _python_whole(text: str) -> int | None:
    # Counted here, since a longer text is refused late, or on an old 3.10 read in quadratic time.
    if len(text) > MOST_DIGITS and sum(map(str.isdecimal, text)) > MOST_DIGITS:
        return None
    try:
        return int(text)
    except ValueError:
        return None


def _pydantic_fraction(text: str) -> float | None:
    # The underscores are taken out of the text as it stands, so blanks and underscores exclude each other.
    for spelling in (text.strip(_BLANKS), _without_underscores(text)):
        if spelling is not None and _FRACTION.fullmatch(spelling):
            return float(spelling)
    return None


def _pydantic_whole(text: str) -> int | None:
    if _WHOLE.fullmatch(text):
        return _of_digits(text)
    # A run of digits that is too long ends the matter before any cleaning.
    start = _WHOLE.match(text)
    if start is not None and len(start.group().lstrip("-")) > MOST_DIGITS:
        return None
    cleaned = _cleaned(text)
    if cleaned is None or not _WHOLE.fullmatch(cleaned):
        return None
    return _of_digits(cleaned)


def _of_digits(spelling: str) -> int | None:
    return int(spelling) if len(spelling.lstrip("-")) <= MOST_DIGITS else None


def _cleaned(text: str) -> str | None:
    """The plain spelling that pydantic tries after the text: no blanks, plus, leading zeros, .0 or underscores."""
    spelling = text.strip(_BLANKS)
    if spelling.startswith("+"):
        spelling = spelling[1:]
        if spelling.startswith("-"):
            return None
    sign = "-" if spelling.startswith("-") else ""
    if sign:
        spelling = spelling[1:]
        if spelling.startswith(("-", "+")):
            return None
    significant = _without_leading_zeros(spelling)
    if significant is None:
        return None
    head, dot, decimals = significant.partition(".")
    if dot and decimals and not decimals.strip("0"):
        significant = head
    return sign + (_without_underscores(significant) or significant)


def _without_leading_zeros(spelling: str) -> str | None:
    """The digits from the first that counts. What stands between zeros may be underscores, at any number."""
    if spelling[:1] in tuple("123456789"):
        return spelling
    if spelling[:1] != "0":
        return None
    rest = spelling.lstrip("0_")
    if not rest:
        return spelling[-1]
    if rest[0] == ".":
        return spelling[-len(rest) - 1 :]
    return rest if rest[0] in "123456789-" else None


def _without_underscores(spelling: str) -> str | None:
    """The spelling without its underscores; None where there are none, or one stands first, last or doubled."""
    if "_" not in spelling or spelling.startswith("_") or spelling.endswith("_") or "__" in spelling:
        return None
    return spelling.replace("_", "")


_FRACTIONS: Mapping[str, Callable[[str], float | None]] = MappingProxyType(
    {"pydantic": _pydantic_fraction, "python": _python_fraction}
)
_WHOLES: Mapping[str, Callable[[str], int | None]] = MappingProxyType(
    {"pydantic": _pydantic_whole, "python": _python_whole}
)
