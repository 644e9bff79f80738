"""Arrays and lengths: what their elements and counts are, and which words surely make one element.

Owns `${name[subscript]}`, `${#name}` and what may make several words of one. Names and their values are given.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from envlint.source import Span
from envlint.surfaces.shell.names import Held, Status, one_of
from envlint.surfaces.shell.syntax import Arithmetic, Output, Parameter, Piece, Text, Word
from envlint.value import Value, concat, literal, ref, unknown

_SUBSCRIPT = re.compile(r"(?:0|[1-9][0-9]{0,6})\]")
_MULTIPLIED = re.compile(r"[*?\[~{\0]")
_BRACES = re.compile(r"\{[^{}]*(?:,|\.\.)[^{}]*\}")


def means_all(piece: Parameter, marks: str) -> bool:
    """Whether a subscript stands for all elements: `${name[@]}` (Bash manual 6.7)."""
    match piece.word:
        case (Text(text=text),):
            return len(text) == 2 and text[0] in marks and text[1] == "]"
    return False


def is_one_word(word: Word) -> bool:
    """Whether a word is one word whatever its value: nothing in it is split, multiplied or taken for a pattern, and it
    is no `[subscript]=value`."""
    if has_braces(word.pieces) or word.plain == "":
        return False
    for piece in word.pieces:
        match piece:
            case Text(quoted=False, text=text) if _MULTIPLIED.search(text):
                return False
            case Text():
                continue
            case Parameter(quoted=True, name=name, operator=operator) if name != "@" and operator != "[":
                continue
            case Output(quoted=True) | Arithmetic(quoted=True):
                continue
            case _:
                return False
    return True


def has_braces(pieces: Sequence[Piece]) -> bool:
    """Whether braces outside quotes may make several words of one (Bash manual 3.5.1)."""
    marks = "".join(piece.text if isinstance(piece, Text) and not piece.quoted else "_" for piece in pieces)
    return "{" in marks and bool(_BRACES.search(marks) or marks.count("{") > 1)


def counted(piece: Parameter, held: Held, span: Span, *, lists: bool, joins: bool) -> Value | None:
    """`${#name}`, `${name[subscript]}` and `${#name[@]}`; None where it is not known. `lists`: the
    shell counts elements from 0; `joins`: it puts blanks between them."""
    match piece:
        case Parameter(operator="#", word=()):
            return _length(held, piece.name, span)
        case _ if held.elements is None or not lists:
            return None
        case Parameter(operator="#"):
            return literal(str(len(held.elements)), span) if means_all(piece, "@*") else None
        case Parameter(operator="[") if means_all(piece, "@*") and joins:
            blank = literal(" ")
            return concat(part for at, each in enumerate(held.elements) for part in ((blank,) if at else ()) + (each,))
        case Parameter(operator="[", word=(Text(text=text),)) if _SUBSCRIPT.fullmatch(text):
            at = int(text[:-1])
            return held.elements[at] if at < len(held.elements) else Value()
    return None


def _length(held: Held, name: str, span: Span) -> Value | None:
    """How long a value is. Characters are the locale's, so that only those of ASCII count for sure."""
    if held.status is Status.OUTSIDE:
        counted = unknown("the length of what it is set to", span, "str")
        return ref(name, span, default=literal("0", span), alternate=counted)
    texts = held.value.possible() if held.value.exhaustive and held.status is not Status.MAYBE else ()
    if not texts or not all(text.isascii() for text in texts):
        return None
    return one_of(literal(str(len(text)), span) for text in texts)
