"""The text of a Python file: its declared encoding, its line ends as libcst can take them, its escapes.

Owns what the Python reference says of source files before any grammar applies (lexical analysis 2.1, 2.4),
and the plain reading of a file that cannot be parsed. Knows no syntax tree.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from envlint.facts import Binding
from envlint.source import Source, Span
from envlint.value import literal

# Reference 2.1.4: a comment in the first or second line that matches this declares the encoding.
_COOKIE = re.compile(rb"[ \t\f]*#[^\r\n]*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"[ \t\f]*(?:#[^\r\n]*)?(?:\r\n?|\n)")
_UTF8 = re.compile(r"utf[-_]?8(?:[-_]|$)", re.IGNORECASE)
# Codecs that Python would take, but that no file of text is written in: of two-byte units, not linear, or
# meant to turn comments into code.
_REFUSED = re.compile(r"utf[-_]?(?:16|32|7)|idna|punycode|undefined|(?:raw[-_])?unicode[-_]escape", re.IGNORECASE)

# A form feed at the start of a line resets the column (reference 2.1.8); what is before it says nothing.
_DROPPED = re.compile(r"\r(?=\n)|^[ \t\f]*\f", re.MULTILINE)
_LONE_CR = re.compile(r"\r(?!\n)")

_ESCAPE = re.compile(
    r"\\(?:(\r\n|[\n\r])|([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|N\{([^}]*)\}|([\s\S]))"
)
_SIMPLE = {"\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LINE_END = re.compile(r"\r\n?")
# What spells one character of a text, or none; in an f-string braces are doubled.
_UNIT = re.compile(rf"{_ESCAPE.pattern}|\r\n?|[\s\S]")
_BRACED_UNIT = re.compile(rf"{_ESCAPE.pattern}|\r\n?|\{{\{{|\}}\}}|[\s\S]")
# What no environment variable can hold; os.environ raises on it. Bytes that are not UTF-8 stand as U+DC80 to U+DCFF.
_NO_VARIABLE = re.compile("[\0\ud800-\udc7f\udd00-\udfff]")

_PLAIN_LINE = re.compile(
    r"^[ \t]*(os\.environ\[(?:\"([A-Za-z_]\w*)\"|'([A-Za-z_]\w*)')\][ \t]*=[ \t]*"
    r"(?:\"([^\"\\\r\n]*)\"|'([^'\\\r\n]*)'))[ \t]*(?:#[^\r\n]*)?$",
    re.MULTILINE,
)


def decoded(source: Source) -> tuple[Source, str | None]:
    """The source with its declared encoding, and what keeps Python from reading it as text, or None.

    The source comes back as it was where the declared encoding is none that is known.
    """
    if source.bom.startswith((b"\xff", b"\xfe", b"\x00")):
        return source, "it is written in two-byte or four-byte units, which Python does not read"
    name = _declared(source.data[len(source.bom) :])
    if name is not None and not _UTF8.match(name):
        if source.bom:
            return source, f"it begins with the mark of UTF-8 and declares the encoding {name}"
        if _REFUSED.match(name) or not _is_text_encoding(name):
            return source, f"it declares the encoding {name}, which is not read"
        source = Source(source.path, source.data, source.root, name)
    if source.undecodable is not None:
        return source, f"a byte in it is not {name or 'UTF-8'}"
    return source, None


def _declared(data: bytes) -> str | None:
    found = _COOKIE.match(data)
    if found is None:
        first = _BLANK.match(data)
        found = _COOKIE.match(data, first.end()) if first is not None else None
    return found[1].decode("ascii", "replace")[:40] if found is not None else None


def _is_text_encoding(name: str) -> bool:
    try:
        # bytes.decode refuses codecs that are not from bytes to text, such as rot13.
        return b"a".decode(name) == "a"
    except (LookupError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class Plain:
    """A text with line feeds alone and without form feeds at line starts, and the way back to the original.

    libcst does not give back a text with other line ends or such form feeds as it was, so that offsets in
    its tree would be wrong. `at` are the offsets in `text` before which something was left out, `left_out`
    how many characters were left out up to and including there.
    """

    text: str
    at: array[int]
    left_out: array[int]

    def span(self, start: int, end: int) -> Span:
        """The span in the original text of a range of this one: what was left out at its ends stays outside."""
        if not self.at or start == end:
            first = self._original(start, bisect_left(self.at, start))
            return Span(first, first + end - start)
        return Span(self._original(start, bisect_right(self.at, start)), self._original(end, bisect_left(self.at, end)))

    def _original(self, offset: int, before: int) -> int:
        return offset + (self.left_out[before - 1] if before else 0)


def plain(text: str) -> Plain:
    """A text as libcst is given it."""
    at = array("L")
    left_out = array("L")
    text = _LONE_CR.sub("\n", text)
    # libcst loses what stands in a last line of blanks alone.
    shorter = text.rstrip(" \t\f")
    text = shorter if shorter.endswith("\n") or not shorter else text
    if _DROPPED.search(text) is None:
        return Plain(text, at, left_out)
    pieces: list[str] = []
    copied = total = 0
    for found in _DROPPED.finditer(text):
        pieces.append(text[copied : found.start()])
        copied = found.end()
        at.append(found.start() - total)
        total += found.end() - found.start()
        left_out.append(total)
    pieces.append(text[copied:])
    return Plain("".join(pieces), at, left_out)


def unescaped(spelled: str, *, raw: bool) -> str | None:
    """The text that the inside of a string literal spells; None where Python refuses it or no variable can hold it."""
    # Reference 2.1.2: line ends inside a literal read as line feeds, whatever they are in the file.
    text = _LINE_END.sub("\n", spelled) if "\r" in spelled else spelled
    if not raw and "\\" in text:
        try:
            text = _ESCAPE.sub(_character, text)
        except (ValueError, KeyError, OverflowError):
            return None
    return None if _NO_VARIABLE.search(text) else text


def _character(found: re.Match[str]) -> str:
    """What one escape sequence stands for (reference 2.5.2); an unknown one stands for itself."""
    newline, octal, two, four, eight, name, other = found.groups()
    if newline:
        return ""
    if octal:
        return chr(int(octal, 8))
    if name is not None:
        return unicodedata.lookup(name)
    if other:
        if other in "xuUN":
            raise ValueError(other)
        return _SIMPLE.get(other, found[0])
    return chr(int(two or four or eight, 16))


def spelled_offsets(spelled: str, text: str) -> list[int] | None:
    """Where in the spelling of a string's inside each character of its text begins, and where the last one ends;
    None where the spelling does not give the text."""
    for unit in (_UNIT, _BRACED_UNIT):
        offsets: list[int] = []
        for found in unit.finditer(spelled):
            offsets.extend([found.start()] * len(_unit_text(found[0])))
        if len(offsets) == len(text):
            return [*offsets, len(spelled)]
    return None


def _unit_text(unit: str) -> str:
    if unit.startswith("\\"):
        return unescaped(unit, raw=False) or ""
    return unit if len(unit) == 1 else unit[0]


def plain_lines(source: Source) -> Iterator[Binding]:
    """The lines `os.environ["NAME"] = "text"` of a file that cannot be parsed, where no escape is in them."""
    for found in _PLAIN_LINE.finditer(source.text.replace("\r", "\n")):
        name = 2 if found[2] else 3
        text = 4 if found[4] is not None else 5
        inside = Span(*found.span(text))
        yield Binding(
            variable=found[name],
            value=literal(found[text], inside),
            form="environ-item",
            span=Span(*found.span(1)),
            name_span=Span(*found.span(name)),
            value_span=Span(inside.start - 1, inside.end + 1),
        )
