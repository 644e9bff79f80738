"""How text looks in a terminal: which characters are replaced to be seen, how wide one is, where a sentence breaks.

It knows nothing of findings or sources.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

TAB = "    "

# Categories of characters that act on a terminal or can't be told from nothing: controls, format characters
# (the bidirectional ones reorder what follows), the two separators, and every space but the ordinary ones.
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_SPACES = " \u3000"

STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "bold": "1",
    "gutter": "1;34",
    "related": "1;34",
    "help": "1;36",
}


def paint(text: str, role: str, *, color: bool) -> str:
    """The text in the colour of its role (ECMA-48 SGR), or as it is."""
    return f"\x1b[{STYLES[role]}m{text}\x1b[0m" if color and text else text


def visible(text: str) -> str:
    """The text with everything that is not plainly seen replaced by something that is."""
    return text if text.isprintable() else "".join(map(glyph, text))


def glyph(character: str) -> str:
    """A character as it may be written to a terminal."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xD800 <= code <= 0xDFFF:
        return "�"
    if unicodedata.category(character) in _UNSEEN and character not in _SPACES:
        return f"<U+{code:04X}>"
    return character


def columns(text: str) -> int:
    """How many columns a text takes whose characters are all visible."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(character: str) -> int:
    # Medial vowels and final consonants of Hangul join the syllable before them.
    if unicodedata.category(character) in {"Mn", "Me"} or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def wrap(text: str, room: int, first: int | None = None) -> list[str]:
    """The lines of a sentence broken at spaces: `room` columns each, the first one `first`, which stays empty
    where no word fits. A word that is longer than a line stays whole, so that it can be copied."""
    lines: list[str] = []
    line: list[str] = []
    left = room if first is None else first
    for word in text.split(" "):
        need = columns(word)
        if need > left and (line or left < room):
            lines.append(" ".join(line))
            line, left = [], room
        line.append(word)
        left -= need + 1
    return [*lines, " ".join(line)]


def widest(texts: Iterable[str]) -> int:
    """The columns of the widest of some texts."""
    return max(map(columns, texts), default=0)
