"""Names of hosts by Unicode's rules for them: UTS 46 as the WHATWG URL standard calls for it.

Owns mapping, Punycode, and the rules of RFC 5892 (joiners) and RFC 5893 (right to left). The standard library has
no table of UTS 46; its case folding and normalization come close to it. Where versions of Unicode
differ, or the table has exceptions, a name is undecided. Knows no URL.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

NO_NAME = "has a host with a character that no host can have"
_NO_LABEL = "has a host that breaks the rules for international names"

# URL standard, "forbidden domain code point".
_FORBIDDEN = frozenset(map(chr, range(0x21))) | frozenset("\x7f%#/:<>?@[\\]^|")
_DOTS = frozenset("\u3002\uff0e\uff61")
_JOINERS = frozenset("\u200c\u200d")
# UTS 46 lets these stand, where case folding takes them for ss and for another sigma.
_DEVIATIONS = _JOINERS | frozenset("ßς")
_IGNORED = frozenset("\xad\u034f\u180b\u180c\u180d\u180f\u200b\u2060\u2064\ufeff").union(
    map(chr, range(0xFE00, 0xFE10)), map(chr, range(0xE0100, 0xE01F0)), map(chr, range(0x1BCA0, 0x1BCA4))
)
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REPLACEMENTS = frozenset("\ufffc\ufffd")
_NEVER = frozenset({"Cc", "Co", "Cs", "Zs", "Zl", "Zp"})
# Disallowed in some versions of Unicode and mapped, ignored or valid in later ones.
_CHANGED = frozenset("\u04c0\u115f\u1160\u17b4\u17b5\u1806\u2132\u2183\ufe12").union(
    map(chr, range(0x10A0, 0x10C6)), map(chr, range(0x2FF0, 0x3000))
)

_PREFIX = "xn--"
# The reader's own bounds, against quadratic time.
_MOST_ENCODED = 2000
_MOST_DECODED = 1000
# Composition makes one of four characters at most; no longer label can come to fit, nor is worth normalizing.
_MOST_UNCOMPOSED = 4 * _MOST_DECODED

_RIGHT = frozenset({"R", "AL", "AN"})
_NEUTRAL = frozenset({"EN", "ES", "CS", "ET", "ON", "BN", "NSM"})


@dataclass(frozen=True, slots=True)
class Name:
    """A name: `text`, mapped and composed as it is looked up, but for Punycode; or `fault`, why it is none."""

    text: str
    fault: str | None = None


def read(name: str) -> Name | None:
    """What a name comes to; None where it cannot be decided."""
    table = {character: _mapped(character) for character in set(name)}
    spellings = frozenset("".join(table.values()))
    if not _FORBIDDEN.isdisjoint(spellings) or any(map(_is_never, spellings)):
        return Name("", NO_NAME)
    if any(_is_open(character, spelling) for character, spelling in table.items()):
        return None
    return _labelled("".join(map(table.__getitem__, name)).split("."))


def _labelled(labels: list[str]) -> Name | None:
    if any(len(label) > _MOST_UNCOMPOSED and not label.isascii() for label in labels):
        return Name("", _NO_LABEL)
    composed = [unicodedata.normalize("NFC", label) for label in labels]
    decoded = [_decoded(label) if label.startswith(_PREFIX) else label for label in composed]
    known = [label for label in decoded if label is not None]
    if len(known) < len(decoded) or not all(map(_is_label, known)):
        return Name("", _NO_LABEL)
    characters = frozenset("").union(*known)
    if any(_is_open(character, character) for character in characters):
        return None
    if any(map(_is_right, characters)) and not all(map(_is_directed, filter(None, known))):
        return Name("", "has a host that mixes directions of writing")
    return Name(".".join(composed))


def _mapped(character: str) -> str:
    if character.isascii():
        return character.lower()
    if character in _DEVIATIONS:
        return character
    if character in _IGNORED:
        return ""
    if character in _DOTS:
        return "."
    normal = unicodedata.normalize("NFKC", character)
    return unicodedata.normalize("NFKC", normal.casefold())


def _is_never(character: str) -> bool:
    """Whether no version of Unicode lets a host have the character."""
    if character.isascii():
        return character in _FORBIDDEN
    if character in _REPLACEMENTS or character in _DIRECTIONS:
        return True
    point = ord(character)
    # Noncharacters, and all planes after the third, whose variation selectors are mapped away.
    if point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF or point >= 0x40000:
        return True
    return unicodedata.category(character) in _NEVER


def _is_open(character: str, spelling: str) -> bool:
    """Whether versions of Unicode, or the table's exceptions, decide on a character."""
    if character.isascii() or character in _DOTS or character in _DEVIATIONS:
        return False
    if "." in spelling or not _CHANGED.isdisjoint(character + spelling):
        return True
    return any(unicodedata.category(each) in ("Cn", "Cf") for each in character + spelling if each not in _IGNORED)


def _decoded(label: str) -> str | None:
    """What a label in Punycode stands for; None where it is none or could have been spelled otherwise."""
    digits = label[len(_PREFIX) :]
    if not label.isascii() or label.endswith("-") or len(digits) > _MOST_ENCODED:
        return None
    # A delimiter delimits something; Python's codec passes over one that stands first.
    if digits.rfind("-") == 0:
        return None
    try:
        text = digits.encode().decode("punycode")
    except UnicodeError:
        return None
    if not all(character in _DEVIATIONS or _mapped(character) == character for character in text):
        return None
    return (
        text if not any(map(_is_never, text)) and unicodedata.is_normalized("NFC", text) and "." not in text else None
    )


def _is_label(label: str) -> bool:
    if label.isascii():
        return True
    if len(label) > _MOST_DECODED or unicodedata.category(label[0]).startswith("M"):
        return False
    if _JOINERS.isdisjoint(label):
        return True
    return all(_joins(label, index) for index, character in enumerate(label) if character in _JOINERS)


def _joins(label: str, index: int) -> bool:
    """RFC 5892, appendix A: after a virama, or for U+200C between letters that join.

    Which letters join is in no table of the standard library; no ASCII character does.
    """
    if index == 0:
        return False
    if unicodedata.combining(label[index - 1]) == 9:
        return True
    if label[index] == "\u200d":
        return False
    return _may_join(reversed(label[:index])) and _may_join(label[index + 1 :])


def _may_join(run: Iterable[str]) -> bool:
    return not next(
        (character for character in run if unicodedata.category(character) not in ("Mn", "Me", "Cf")), "-"
    ).isascii()


def _is_right(character: str) -> bool:
    return unicodedata.bidirectional(character) in _RIGHT


def _is_directed(label: str) -> bool:
    """RFC 5893, section 2, for a label of a name in which some character is written from right to left."""
    first, *others = map(unicodedata.bidirectional, label)
    while others and others[-1] == "NSM":
        others.pop()
    if first == "L":
        return others[-1:] in ([], ["L"], ["EN"]) and _NEUTRAL.issuperset(set(others) - {"L"})
    if first not in ("R", "AL"):
        return False
    ends = not others or others[-1] in ("R", "AL", "EN", "AN")
    return ends and _NEUTRAL.issuperset(set(others) - _RIGHT) and not {"EN", "AN"}.issubset(others)
