"""The document of a notebook: its cells, and where in the file each character of their text is written.

Owns JSON and the formats of Jupyter (nbformat 3 and 4), read in one pass that skips what is not asked for, so that
pictures in outputs cost next to nothing. It does not know what stands in a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from envlint.embedded import Embedded, joined
from envlint.source import Span

_BLANKS = re.compile(r"[ \t\r\n]*")
_ATOM = re.compile(r"[^\s\"{}\[\]:,]+")
# A string without escapes, the beginning of any other, or brackets in a row.
_STRUCTURE = re.compile(r"\"[^\"\\]*\"|\"|[{}\[\]]+")
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\"\\/bfnrt])|([\s\S]?))"
)
_SIMPLE = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LONE = re.compile("[\ud800-\udfff]")

_PYTHON = re.compile(r"i?python|xpython|pyodide|sagemath", re.IGNORECASE)
# Kernels that are known by name where their language is not written.
_OTHER_KERNELS = re.compile(
    r"(?:ir|xr|bash|julia|scala|apache_toree|xcpp|deno|javascript|ruby|octave)\b", re.IGNORECASE
)


class BrokenError(Exception):
    """The text is no JSON; the message says why in words that end a sentence, `at` is the offset."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.at = at


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell. `span` covers all of it in the file, outputs included; `source` is what was typed in. `whole` is
    false where that holds half a character (a lone surrogate, which no text that Python compiles can hold); it reads
    as U+FFFD."""

    span: Span
    source: Embedded
    whole: bool


@dataclass(slots=True)
class Notebook:
    """A notebook's cells in order; `spans` are those of all of them, `code` the code cells."""

    spans: list[Span] = field(default_factory=list)
    code: list[Cell] = field(default_factory=list)
    language: str = ""
    kernel: str = ""

    @property
    def is_python(self) -> bool:
        """Whether its code is Python: where nothing says what it is, it is."""
        if self.language:
            return _PYTHON.match(self.language) is not None
        return _OTHER_KERNELS.match(self.kernel) is None


def notebook_of(text: str) -> Notebook:
    """The notebook that a file's text is. Raises BrokenError where it is no JSON object."""
    cursor = _Cursor(text)
    notebook = Notebook()
    for key in cursor.members():
        match key:
            case "cells":
                _cells(cursor, notebook)
            case "worksheets" if cursor.peek() == "[":
                # nbformat 3: the cells stand in worksheets, of which there is one.
                for _ in cursor.elements():
                    for inner in cursor.members():
                        _cells(cursor, notebook) if inner == "cells" else cursor.skip()
            case "metadata" if cursor.peek() == "{":
                _metadata(cursor, notebook)
            case _:
                cursor.skip()
    if cursor.peek():
        raise BrokenError("something follows its end", cursor.at)
    return notebook


def _metadata(cursor: _Cursor, notebook: Notebook) -> None:
    """`kernelspec: {name, language}` and `language_info: {name}`."""
    for key in cursor.members():
        if key not in ("kernelspec", "language_info") or cursor.peek() != "{":
            cursor.skip()
            continue
        for inner in cursor.members():
            if cursor.peek() != '"':
                cursor.skip()
                continue
            word = cursor.decoded(cursor.string()).text
            if inner == "language" or (inner == "name" and key == "language_info"):
                notebook.language = notebook.language or word
            elif inner == "name":
                notebook.kernel = word


def _cells(cursor: _Cursor, notebook: Notebook) -> None:
    if cursor.peek() != "[":
        cursor.skip()
        return
    for _ in cursor.elements():
        if cursor.peek() != "{":
            cursor.skip()
            continue
        start = cursor.at
        kind, language, pieces = "", "", []
        for key in cursor.members():
            first = cursor.peek()
            if key in ("cell_type", "language") and first == '"':
                word = cursor.decoded(cursor.string()).text
                kind, language = (word, language) if key == "cell_type" else (kind, word)
            elif key in ("source", "input"):
                pieces = list(_lines(cursor))
            else:
                cursor.skip()
        span = Span(start, cursor.at)
        notebook.spans.append(span)
        notebook.language = notebook.language or language
        if kind == "code":
            end = pieces[-1].end if pieces else start
            source = joined(map(cursor.decoded, pieces), end)
            whole = _LONE.search(source.text) is None
            notebook.code.append(Cell(span, replace(source, text=_LONE.sub("\ufffd", source.text)), whole))


def _lines(cursor: _Cursor) -> Iterator[Span]:
    """The insides of the strings that a text is written as: one, or a list of them."""
    first = cursor.peek()
    if first == '"':
        yield cursor.string()
    elif first == "[":
        for _ in cursor.elements():
            if cursor.peek() == '"':
                yield cursor.string()
            else:
                cursor.skip()
    else:
        cursor.skip()


@dataclass(slots=True)
class _Cursor:
    """A place in a JSON text. Whoever walks the members or elements of a value takes or skips each of them."""

    text: str
    at: int = 0

    def peek(self) -> str:
        """The character that the next value or mark begins with; nothing at the end."""
        found = _BLANKS.match(self.text, self.at)
        self.at = found.end() if found is not None else self.at
        return self.text[self.at : self.at + 1]

    def _take(self, mark: str) -> None:
        if self.peek() != mark:
            raise BrokenError(f"a {mark} is missing" if self.at < len(self.text) else "it ends too early", self.at)
        self.at += 1

    def members(self) -> Iterator[str]:
        """The keys of an object; after each the cursor stands at its value."""
        self._take("{")
        if self.peek() == "}":
            self.at += 1
            return
        while True:
            if self.peek() != '"':
                raise BrokenError("a name in quotes is missing", self.at)
            key = self.decoded(self.string()).text
            self._take(":")
            yield key
            if self.peek() == "}":
                self.at += 1
                return
            self._take(",")

    def elements(self) -> Iterator[None]:
        """The elements of an array; at each the cursor stands at it."""
        self._take("[")
        if self.peek() == "]":
            self.at += 1
            return
        while True:
            yield None
            if self.peek() == "]":
                self.at += 1
                return
            self._take(",")

    def string(self) -> Span:
        """Passes a string; the span of its inside."""
        start = self.at + 1
        close = self.text.find('"', start)
        while close >= 0 and self._escaped(start, close):
            close = self.text.find('"', close + 1)
        if close < 0:
            raise BrokenError("a string is not closed", self.at)
        self.at = close + 1
        return Span(start, close)

    def _escaped(self, start: int, at: int) -> bool:
        before = at
        while before > start and self.text[before - 1] == "\\":
            before -= 1
        return (at - before) % 2 == 1

    def skip(self) -> None:
        """Passes a value, however large and deep. Its marks are counted, not held against each other."""
        first = self.peek()
        if first == '"':
            self.string()
            return
        if first not in ("{", "["):
            found = _ATOM.match(self.text, self.at)
            if found is None:
                raise BrokenError("a value is missing", self.at)
            self.at = found.end()
            return
        start, depth = self.at, 0
        while (found := _STRUCTURE.search(self.text, self.at)) is not None:
            row = found[0]
            if row[0] == '"':
                self.at = found.end()
                if row == '"':
                    self.at = found.start()
                    self.string()
                continue
            closing = row.count("}") + row.count("]")
            if closing < depth:
                self.at = found.end()
                depth += len(row) - 2 * closing
                continue
            for self.at, mark in enumerate(row, found.start() + 1):
                depth += 1 if mark in "{[" else -1
                if depth == 0:
                    return
        raise BrokenError("a bracket is not closed", start)

    def decoded(self, inside: Span) -> Embedded:
        """The text that the inside of a string spells."""
        text = self.text
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = inside.start
        for found in _ESCAPE.finditer(text, inside.start, inside.end):
            pieces += (text[at : found.start()], self._character(found))
            starts += range(at, found.start() + 1)
            ends += (*range(at + 1, found.start() + 1), found.end())
            at = found.end()
        pieces.append(text[at : inside.end])
        starts += range(at, inside.end)
        ends += range(at + 1, inside.end + 1)
        return Embedded("".join(pieces), starts, ends, inside.end)

    def _character(self, found: re.Match[str]) -> str:
        high, low, code, simple, wrong = found.groups()
        if wrong is not None:
            raise BrokenError("a string has an escape that JSON does not know", found.start())
        if simple is not None:
            return _SIMPLE[simple]
        if code is not None:
            return chr(int(code, 16))
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
