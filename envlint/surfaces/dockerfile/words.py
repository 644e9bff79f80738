"""The words of a Dockerfile: how BuildKit splits a joined line into words, and what one word is made of.

Owns quotes, the escape character, `$name` and `${name...}`. Offsets count in the joined line. The facts are
those of BuildKit's frontend/dockerfile/parser (line_parsers.go, split_command.go) and
frontend/dockerfile/shell/lex.go. Knows nothing of instructions, of settings, or of where a line is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal as Name
from typing import TypeAlias

# What Go's unicode.IsSpace accepts; Python's str.isspace accepts a few characters more.
SPACES = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_ASCII_SPACES = "\t\n\v\f\r "
_ASCII_SPACE = re.compile(f"[{_ASCII_SPACES}]*")
_SPACE = re.compile(f"[{SPACES}]")
_SPACES = re.compile(f"[{SPACES}]*")
SPECIAL = "@*#?-$!"
"""Parameters that a shell has and a build does not, beside numbers: POSIX 2.5.2."""
_ACTIVE = re.compile(r"[$'\"`\\]")
_OPERATORS = ("-", "+", "?", "#", "%", "/")
_MAX_DEPTH = 24


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters that stand for themselves or were escaped; `text` is what they read as. A `mark` is a quote."""

    kind: Name["plain", "escaped", "quoted", "mark"]
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reference:
    """`$name`, `${name}`, or `${name` with an operator and a word: `:-`, `-`, `:+`, `+`, `:?`, `?`; `#`, `%` and `/`,
    whose word is a pattern; or `:` and any other character, which no value comes of."""

    name: str
    operator: str
    word: tuple[Node, ...]
    start: int
    end: int


Node: TypeAlias = "Piece | Reference"


class BadWord(Exception):
    """A word that cannot be read; the message says why, in words that follow `because`."""


def split(text: str, start: int, escape: str) -> Iterator[tuple[int, int]]:
    """The words from `start` to the end of a line, quotes included, as ranges. Quotes and the escape character keep
    blanks in a word; an escape character at the very end belongs to no word."""
    word = _word_pattern(escape, quoted='"', spaces=SPACES)
    at = skip_spaces(text, start)
    while found := word.match(text, at):
        end = found.end() - bool(found["dangling"] or found["dangling_quoted"])
        if end > at:
            yield at, end
        at = skip_spaces(text, found.end())


def after_flags(text: str, start: int, escape: str) -> int:
    """Where the arguments begin behind the `--flags` of an instruction, which only ASCII blanks part."""
    at = _end(_ASCII_SPACE, text, start)
    if not text.startswith("--", at):
        return skip_spaces(text, at)
    word = _word_pattern(escape, quoted="\"'", spaces=_ASCII_SPACES)
    while text.startswith("--", at) and (found := word.match(text, at)):
        at = _end(_ASCII_SPACE, text, found.end())
        if found[0] == "--":
            break
    return skip_spaces(text, at)


def skip_spaces(text: str, at: int) -> int:
    """The next offset that holds no blank."""
    return _end(_SPACES, text, at)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


@lru_cache(maxsize=8)
def _word_pattern(escape: str, quoted: str, spaces: str) -> re.Pattern[str]:
    """One word. `quoted` are the quotes inside which the escape character works. Each alternative begins with a
    character of its own and can always end, so that nothing is tried twice."""
    e = re.escape(escape)
    single = f"'(?:[^'{e}]+|{e}.)*(?:'|{e}?\\Z)" if "'" in quoted else "'[^']*(?:'|\\Z)"
    double = f'"(?:[^"{e}]+|{e}.)*(?:"|(?P<dangling_quoted>{e})?\\Z)'
    return re.compile(f"(?:[^{spaces}'\"{e}]+|{e}.|{single}|{double}|(?P<dangling>{e})\\Z)+", re.DOTALL)


def is_inactive(text: str, start: int, end: int) -> bool:
    """Whether no character of a range has a meaning in a word."""
    return not _ACTIVE.search(text, start, end)


def parse(text: str, start: int, end: int, escape: str) -> tuple[Node, ...]:
    """What a word is made of. Raises BadWord where BuildKit refuses it, or where it nests too deep to follow."""
    if is_inactive(text, start, end):
        return (Piece("plain", text[start:end], start, end),) if start < end else ()
    return tuple(_Lexer(text, start, end, escape).nodes("", depth=0))


class _Lexer:
    """Reads one word from left to right; `at` is the next character."""

    def __init__(self, text: str, start: int, end: int, escape: str) -> None:
        self.text = text
        self.at = start
        self.end = end
        self.escape = escape
        self.plain = re.compile(f"[^$'\"}}/{re.escape(escape)}]+|[}}/]")

    def peek(self) -> str:
        return self.text[self.at] if self.at < self.end else ""

    def take(self) -> str:
        character = self.peek()
        self.at += 1
        return character

    def nodes(self, stop: str, *, depth: int) -> Iterator[Node]:
        """What stands up to the character `stop`, which is taken too; without one, up to the end of the word."""
        while self.at < self.end:
            start = self.at
            character = self.peek()
            if character == stop:
                self.at += 1
                return
            if character == "$":
                yield self.dollar(depth)
            elif character == "'":
                yield from self.single()
            elif character == '"':
                yield from self.double(depth)
            elif character == self.escape:
                self.at += 1
                yield Piece("escaped", self.take(), start, min(self.at, self.end))
            else:
                found = self.plain.match(self.text, self.at, self.end)
                self.at = found.end() if found else self.end
                yield Piece("plain", self.text[start : self.at], start, self.at)
        if stop:
            raise BadWord("a `${` is not closed")

    def single(self) -> Iterator[Piece]:
        start = self.at
        close = self.text.find("'", start + 1, self.end)
        if close < 0:
            raise BadWord("a single quote is not closed")
        yield Piece("mark", "", start, start + 1)
        yield Piece("quoted", self.text[start + 1 : close], start + 1, close)
        yield Piece("mark", "", close, close + 1)
        self.at = close + 1

    def double(self, depth: int) -> Iterator[Node]:
        """In double quotes the escape character escapes a double quote, `$` and itself only."""
        plain = re.compile(f'[^$"{re.escape(self.escape)}]+')
        yield Piece("mark", "", self.at, self.at + 1)
        self.at += 1
        while self.at < self.end:
            start = self.at
            character = self.peek()
            if character == '"':
                self.at += 1
                yield Piece("mark", "", start, self.at)
                return
            if character == "$":
                yield self.dollar(depth)
            elif character == self.escape:
                self.at += 1
                text = self.take() if self.peek() in (*'"$', self.escape) else character
                yield Piece("quoted", text, start, self.at)
            else:
                found = plain.match(self.text, self.at, self.end)
                self.at = found.end() if found else self.end
                yield Piece("quoted", self.text[start : self.at], start, self.at)
        raise BadWord("a double quote is not closed")

    def dollar(self, depth: int) -> Node:
        """What begins with a `$`; alone it stands for itself."""
        start = self.at
        self.at += 1
        if self.peek() != "{":
            name = self.name()
            if name:
                return Reference(name, "", (), start, self.at)
            return Piece("plain", "$", start, self.at)
        self.at += 1
        if self.peek() in ("", "{", "}", ":"):
            raise BadWord("a `${` is not followed by a name")
        name = self.name()
        operator = self.take()
        if operator == "}":
            return Reference(name, "", (), start, self.at)
        if operator == ":":
            operator += self.take()
        if operator in (":#", ":%") or (len(operator) < 2 and operator not in _OPERATORS):
            raise BadWord("a `${` holds an operator that BuildKit does not know")
        if depth >= _MAX_DEPTH:
            raise BadWord("it nests too deep to follow")
        if operator == "/":
            self.at += self.peek() == "/"
            for _ in self.nodes("/", depth=depth + 1):
                pass
        word = tuple(self.nodes("}", depth=depth + 1))
        return Reference(name, operator, word, start, self.at)

    def name(self) -> str:
        """A number; one special character; or letters, digits and `_`."""
        start = self.at
        first = self.peek()
        if first and first in SPECIAL:
            self.at += 1
            return first
        belongs = str.isdecimal if first.isdecimal() else _in_name
        while self.at < self.end and belongs(self.text[self.at]):
            self.at += 1
        return self.text[start : self.at]


def _in_name(character: str) -> bool:
    return character == "_" or character.isalpha() or character.isdecimal()


_HEREDOC = re.compile(r"[0-9]*<<(-?)([\t\n\f\r ]*)([^<]+)")
_RAW = re.compile(f"<<[ \t\r]*|[{SPACES}]+|<|[^<{SPACES}]+")


@dataclass(frozen=True, slots=True)
class Marker:
    """What opens a heredoc: the line that ends it, whether its lines lose their leading tabs (`<<-`), and whether
    blanks stand behind the `<<`, which older versions of BuildKit do not take for a heredoc."""

    name: str
    cut: bool
    apart: bool


def markers(text: str) -> Iterator[Marker]:
    """The heredocs that a line opens. The escape character is `\\` here whatever the directive says, and a line with
    a bad word opens none."""
    try:
        nodes = parse(text, 0, len(text), "\\")
    except BadWord:
        return
    for word in _raw_words(text, nodes):
        found = marker(word)
        if found:
            yield found


def marker(word: str) -> Marker | None:
    """The heredoc that a word opens, if it is nothing but that."""
    found = _HEREDOC.fullmatch(word)
    if found is None:
        return None
    raw = found[3]
    try:
        nodes = parse(raw, 0, len(raw), "\\")
    except BadWord:
        return None
    if any(isinstance(node, Piece) and node.kind == "plain" and _SPACE.search(node.text) for node in nodes):
        return None
    name = "".join(node.text if isinstance(node, Piece) else raw[node.start : node.end] for node in nodes)
    return Marker(name, found[1] == "-", bool(found[2])) if name else None


def _raw_words(text: str, nodes: tuple[Node, ...]) -> Iterator[str]:
    """The words of a line, quotes and escapes kept; blanks after `<<` do not end a word."""
    word: list[str] = []
    for node in nodes:
        raw = text[node.start : node.end]
        if isinstance(node, Piece) and node.kind != "plain":
            word.append(raw)
            continue
        for token in _RAW.findall(raw):
            if not _SPACE.match(token):
                word.append(token)
            elif word:
                yield "".join(word)
                word = []
    if word:
        yield "".join(word)
