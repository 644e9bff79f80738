"""Stray blanks: where a shell ends a value before the word that was meant to be it."""

from __future__ import annotations

import re

from envlint.finding import Location, Related
from envlint.source import Source, Span

_SHELL = frozenset({"shell-assign", "shell-export", "shell-prefix"})
# A further word on the same line, no comment, operator or continuation.
_WORD = re.compile(r"[ \t]+[^\s#;&|<>()\\]\S*")


def stray_blank(source: Source, form: str | None, written: Span, text: str) -> tuple[Related, ...]:
    """The word behind a value that ends too early, as `A= x` and `A=a, b` do (POSIX 2.3: blanks part words)."""
    if form not in _SHELL or not (text == "" or text.endswith(",")) or written.end == 0:
        return ()
    found = _WORD.match(source.text, written.end)
    if found is None or source.text[written.end - 1] in "\"'":
        return ()
    place = Span(found.end() - len(found[0].lstrip(" \t")), found.end())
    return (Related(Location(source, place), "a shell ends the value at the blank, so this is a word of its own"),)
