"""Stray blanks: `NAME = value` and `NAME =value`, with which a shell assigns nothing (POSIX 2.3: blanks part words).

Owns how such words are recognised. `NAME= value` assigns the empty text, and is a binding like any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from envlint.facts import Stray
from envlint.source import Span
from envlint.surfaces.shell.args import Arg, without
from envlint.surfaces.shell.reading import Reading
from envlint.value import Value, unknown

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def tell_strays(reading: Reading, words: Sequence[Arg], *, alone: bool) -> None:
    """Tells of the names among a command's words that an `=` follows. `alone`: only the first word is such a name, the
    name of a command that is run."""
    for at in range(min(len(words) - 1, 1) if alone else len(words) - 1):
        name, sign = words[at], words[at + 1]
        if not _NAME.match(name.raw) or not sign.raw.startswith("=") or not reading.wanted.matters(name.raw):
            continue
        value, span = _meant(sign, words[at + 2 : at + 3])
        reading.emit(Stray(name.raw, value, name.span.to(span), name.span, span, alone, reading.scope))


def _meant(sign: Arg, following: Sequence[Arg]) -> tuple[Value, Span]:
    """The value behind the sign, and where it is written."""
    if sign.raw == "=":
        return (following[0].value, following[0].span) if following else (Value(), Span(sign.span.end, sign.span.end))
    span = Span(sign.span.start + 1, sign.span.end)
    # In zsh a word that begins with `=` is another one.
    known = sign.value.prefix.startswith("=")
    return without(sign.value, 1) if known else unknown("what stands behind the sign", span, "str"), span
