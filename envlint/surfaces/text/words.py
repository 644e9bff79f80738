"""Words that may be a secret: long runs of the characters that keys are made of, plain or in base64.

It knows what a random text looks like, not what a vendor's key does, and nothing of what stands around a word.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from envlint.source import Span

_RUN = re.compile(r"[0-9A-Za-z_-]{32,}", re.ASCII)
# A run of word characters that begins with the letter of an escape (`\n` in a JSON string) or with the end of a
# terminal's colour code (`[32m`).
_ESCAPED = re.compile(r"[nrtbf]")
_COLOUR = re.compile(r"\d{0,3}m")
_CODED = re.compile(r"(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/]{44,}={0,2}(?![0-9A-Za-z+/=_-])")
# Longer, and it is a file.
_LONGEST = 1024
# Such a file, in lines that a JSON string joins or in one: a notebook's pictures. What lies in it is no word.
_FILE = re.compile(r"(?<![0-9A-Za-z+/\\])[0-9A-Za-z+/\\]{1025,}")
# What base64 of a key holds: the key, perhaps behind the name of a user and before the end of a line.
_DECODED = re.compile(r"(?:(?P<user>[\w.@-]{0,64}):)?(?P<word>[0-9A-Za-z_-]{32,})\n?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that may be a secret: its text, the characters that spell it, and whether base64 of it also names a
    user, as HTTP's basic authentication does (RFC 7617)."""

    text: str
    span: Span
    coded: bool = False
    user: bool = False


def words(text: str) -> Iterator[Word]:
    """The words of a text that may be secrets, plain ones first, each kind in the order of the text."""
    for found in _runs(text):
        word = _plain(text, *found.span())
        if word is not None:
            yield word
    for found in _CODED.finditer(text):
        word = _coded(found)
        if word is not None:
            yield word


def _runs(text: str) -> Iterator[re.Match[str]]:
    """The long runs of a text that lie in no file."""
    files = _FILE.finditer(text)
    file = next(files, None)
    for found in _RUN.finditer(text):
        while file is not None and file.end() <= found.start():
            file = next(files, None)
        if file is None or found.start() < file.start() or file.end() < found.end():
            yield found


def _plain(text: str, start: int, end: int) -> Word | None:
    """The word in a run without what an escape, a colour code, `:-` or the end of a comment adds to it."""
    before = text[start - 1 : start]
    if before == "\\" and _ESCAPED.match(text, start):
        start += 1
    elif before in ("[", ";"):
        colour = _COLOUR.match(text, start)
        start = colour.end() if colour else start
    while end > start and text[end - 1] == "-":
        end -= 1
    while start < end and text[start] == "-":
        start += 1
    if end - start < 32 or _is_word(text[start:end]):
        return None
    return Word(text[start:end], Span(start, end))


def _is_word(run: str) -> bool:
    """Whether a run has neither a digit nor letters of both cases, as words of a language."""
    return run in (run.lower(), run.upper()) and not any(character.isdigit() for character in run)


def _coded(found: re.Match[str]) -> Word | None:
    run = found[0]
    if len(run) > _LONGEST:
        return None
    try:
        decoded = base64.b64decode(run + "=" * (-len(run) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    inner = _DECODED.fullmatch(decoded)
    if inner is None or _is_word(inner["word"]):
        return None
    return Word(inner["word"], Span(*found.span()), coded=True, user=inner["user"] is not None)
