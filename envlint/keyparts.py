"""Keys that are written in several pieces: over wrapped lines, in texts that are joined, with escapes in them.

Nobody may know that such a text is a key, because no program would read it as one; its pieces are one all the same
to whoever sees them. What is a finding is not decided here: this is about what must not be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from envlint.source import Span

# So many characters make a key, without a prefix and a marker.
_KEY = 40
# Digests of 128 bits have 32 digits; of a run that is longer, and no key, the rest of one stands elsewhere.
_REST = 33
# Whoever writes a key in more pieces than this hides it from himself.
_MOST_PIECES = 16
# What may stand between two pieces: quotes, blanks, line ends, the signs that join texts or begin a comment, an
# expansion that gives nothing, a terminal's colours. Neither a comma nor a colon: what they part are texts of their
# own.
_GLUE = re.compile(
    r"""(?:["'`\s\\+.&|>#(){}]|\$\{\w{1,40}\}|\$\w{1,40}\b|(?:\x1b|\\(?:e|x1b|033|u001b))\[[\d;]{0,12}m){1,60}"""
)
# A character that is written as a number, in code, URLs and HTML.
_ESCAPED = re.compile(
    r"\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\[0-7]{3}|%[0-9A-Fa-f]{2}|&#(?:x[0-9A-Fa-f]{1,4}|\d{1,4});"
)
_SEED = re.compile(r"(?<![0-9A-Za-z_])[0-9A-Za-z_]{4,}")
_RUN = re.compile(r"[0-9A-Za-z_]+")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_DIGIT = re.compile(r"[0-9]")
# Where small letters begin or end; counted by the pattern, because every word of every text is asked.
_CHANGE = re.compile(r"[a-z](?=[^a-z])|[^a-z](?=[a-z])")
# Of so few characters hardly anything can be said.
_SHORT = 9
# A word or a name with a number behind it, or a number.
_PLAIN = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+)?[0-9]*")
_MARKER = re.compile(r"wandb_v\d_")
_PREFIX = re.compile(r"(?<![0-9A-Za-z_])[0-9A-Za-z_]{1,40}-\Z")


def key_parts(text: str) -> Iterator[Span]:
    """The pieces of every key that a text holds in more than one, in order, without what stands between them."""
    done = 0
    for seed in _SEED.finditer(text):
        if seed.start() < done or not _may_begin(text, seed):
            continue
        found = _pieces(text, seed.start())
        yield from found
        done = found[-1].end if found else seed.end()


def _may_begin(text: str, seed: re.Match[str]) -> bool:
    if seed.start() > 0 and text[seed.start() - 1] == "-":
        return True
    return _HEX.fullmatch(seed[0]) is not None or _MARKER.match(seed[0]) is not None or _is_random(seed[0])


def _pieces(text: str, start: int) -> list[Span]:
    """The pieces of the key that begins at a place; none where none does, or where it stands in one piece."""
    first = _RUN.match(text, start)
    if first is None:
        return []
    hexadecimal = _HEX.fullmatch(first[0]) is not None
    named = _MARKER.match(first[0]) or _PREFIX.search(text, max(start - 42, 0), start)
    pieces: list[Span] = []
    whole: list[Span] = []
    length = 0
    run: re.Match[str] | None = first
    while run is not None and len(pieces) < _MOST_PIECES:
        pieces.append(Span(run.start(), run.end()))
        length += run.end() - run.start()
        if _is_whole(text, pieces, length) if named else length == _KEY and hexadecimal:
            whole = list(pieces)
        at, escaped = _beyond(text, run.end())
        length += escaped
        run = _RUN.match(text, at) if at > run.end() else None
        if run is not None and not (_HEX.fullmatch(run[0]) if hexadecimal and not named else _is_random(run[0])):
            run = None
    rest = hexadecimal and _REST <= first.end() - start < _KEY
    return whole if len(whole) > 1 else pieces[:1] if rest else []


def _beyond(text: str, at: int) -> tuple[int, bool]:
    """Where the next piece may begin, and whether a character of the key is written before it."""
    escaped = _ESCAPED.match(text, at)
    glue = escaped or _GLUE.match(text, at)
    return (glue.end() if glue else at), escaped is not None


def _is_whole(text: str, pieces: list[Span], length: int) -> bool:
    """Whether pieces behind a prefix or a marker are as long and as mixed as a key."""
    joined = "".join(text[piece.start : piece.end] for piece in pieces)
    return length >= _KEY and 3 * sum(_kind(left) != _kind(right) for left, right in pairwise(joined)) > len(joined)


def _kind(character: str) -> int:
    return 0 if character.isdigit() else 1 if character.islower() else 2


def _is_random(run: str) -> bool:
    """Whether characters look drawn by lot: digits among letters, or letters of both cases that change often."""
    if len(run) < _SHORT:
        return _DIGIT.search(run) is not None or not (run.islower() or run.isupper())
    if _PLAIN.fullmatch(run):
        return False
    return _DIGIT.search(run) is not None or len(_CHANGE.findall(run)) * 4 > len(run)
