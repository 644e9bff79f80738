"""Ignore patterns as git means them: which entry of a tree they ignore, asked folder by folder.

pathspec reads the ordinary patterns. Where it departs from git (brackets, escapes, `**` beside other
characters, what is stripped at a line's end) or where its regular expressions would try too many ways
(several stars), a small matcher here decides, whose work is bounded by pattern times path. Which files
there are, and where patterns are written, is not known here.

Git compares bytes. So paths and patterns are compared as Latin-1 texts, a character a byte.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias, TypeVar

from pathspec import GitIgnoreSpec

_BOM = b"\xef\xbb\xbf"
_SPECIAL = re.compile(r"[*?\[\\]")
_FEW = re.compile(r"\[([A-Za-z0-9_]{1,8})\]")
# Behind `**`, an escaped slash is one that must be there, where a plain one may fall away with the folders.
_KEPT_SLASH = re.compile(r"(?<![^/])\*\*+\\/")

# No pattern can hold a line end, but `.` and `$` of regular expressions treat it apart. A path can't hold NUL.
_LINE_END = "\0"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line of an ignore file (gitignore(5)): its text without `!`, the slash that anchors it and the
    slash at its end, and what these three said."""

    text: str
    negated: bool
    anchored: bool
    directories_only: bool


@dataclass(eq=False)
class Patterns:
    """The patterns of one file, in order. Of those that match an entry, the last one decides."""

    lines: tuple[Pattern, ...]
    _matchers: dict[int, Callable[[str], bool]] = field(default_factory=dict)

    def ignores(self, path: str, *, directory: bool) -> bool | None:
        """Whether an entry is ignored; None where no pattern speaks of it. `path` is relative to the folder
        that the patterns are for. What an ignored folder holds is not looked at here."""
        if not self.lines:
            return None
        path = _bytewise(path)
        name = path.rpartition("/")[2]
        for index in self._candidates(name):
            line = self.lines[index]
            if line.directories_only and not directory:
                continue
            if self._matcher(index)(path if line.anchored else name):
                return not line.negated
        return None

    def _matcher(self, index: int) -> Callable[[str], bool]:
        # Compiled when first asked: most patterns of a template never meet a name that they could match.
        if index not in self._matchers:
            self._matchers[index] = _matcher(self.lines[index])
        return self._matchers[index]

    def _candidates(self, name: str) -> Sequence[int]:
        """The patterns that an entry's last name does not rule out, the last one first."""
        names, endings, others = self._index
        found = [index for index, head, tail in others if name.startswith(head) and name.endswith(tail)]
        found += names.get(name, ())
        dot = name.find(".")
        while dot >= 0:
            found += endings.get(name[dot:], ())
            dot = name.find(".", dot + 1)
        found.sort(reverse=True)
        return found

    @cached_property
    def _index(self) -> tuple[dict[str, list[int]], dict[str, list[int]], list[tuple[int, str, str]]]:
        """Patterns by the last name that they want; by the ending that it has (`*.pyc`); and all others, each
        with what that name begins and ends with."""
        names: dict[str, list[int]] = {}
        endings: dict[str, list[int]] = {}
        others: list[tuple[int, str, str]] = []
        for index, line in enumerate(self.lines):
            last = line.text.rpartition("/")[2] if _is_ordinary(line) else "*"
            literals = _SPECIAL.split(last)
            head, tail = literals[0], literals[-1]
            if len(literals) == 1:
                names.setdefault(last, []).append(index)
            elif tail.startswith(".") and last == f"*{tail}":
                endings.setdefault(tail, []).append(index)
            else:
                others.append((index, head, tail))
        return names, endings, others


@dataclass(frozen=True, slots=True)
class Ignores:
    """Patterns for the folder `folder` (relative to the tree's top, ending with `/`, or empty) and below,
    and those that count where they say nothing."""

    patterns: Patterns
    folder: str = ""
    outer: Ignores | None = None

    def ignores(self, path: str, *, directory: bool) -> bool:
        """Whether an entry is ignored, by its path relative to the tree's top, taking it that no folder above it is."""
        at: Ignores | None = self
        while at is not None:
            found = at.patterns.ignores(path[len(at.folder) :], directory=directory)
            if found is not None:
                return found
            at = at.outer
        return False


def parse(data: bytes) -> Patterns:
    """The patterns of an ignore file's content. No content is wrong: what git drops is dropped."""
    lines = data.removeprefix(_BOM).split(b"\n")
    return Patterns(tuple(pattern for line in lines for pattern in _pattern(line.removesuffix(b"\r"))))


def parse_globs(globs: Iterable[str]) -> Patterns:
    """Patterns that are written one by one, as in a configuration."""
    return parse(b"\n".join(os.fsencode(glob) for glob in globs))


def covers(patterns: Patterns, path: str) -> bool:
    """Whether patterns match a file, or a folder that it lies in; the outermost match decides, as for git."""
    parts = path.split("/")
    folders = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
    return any(patterns.ignores(folder, directory=True) for folder in folders) or bool(
        patterns.ignores(path, directory=False)
    )


def _pattern(line: bytes) -> Iterator[Pattern]:
    # git reads a line as a C string.
    text = _trimmed(line.partition(b"\0")[0]).decode("latin-1")
    if not text or text.startswith("#"):
        return
    negated = text.startswith("!")
    text = text[negated:]
    directories_only = text.endswith("/")
    text = text[: len(text) - directories_only]
    # A slash anywhere, in brackets too, makes git compare the whole path.
    anchored = "/" in text
    for spelled in _spelled_out(text.removeprefix("/")):
        yield Pattern(spelled, negated, anchored, directories_only)


def _trimmed(line: bytes) -> bytes:
    """A line without the spaces at its end; one that a backslash stands before is kept."""
    kept = line.rstrip(b" ")
    backslashes = len(kept) - len(kept.rstrip(b"\\"))
    return line[: len(kept) + 1] if backslashes % 2 else kept


def _spelled_out(text: str) -> Iterator[str]:
    """A pattern with its only brackets replaced by each of a few characters: the commonest one there is,
    `*.py[cod]`, is then three ordinary ones. Not so beside `**`, where git looks at what stands before it."""
    brackets = _FEW.search(text) if text.count("[") == 1 and "\\" not in text and "**" not in text else None
    if brackets is None:
        yield text
        return
    for character in brackets[1]:
        yield text[: brackets.start()] + character + text[brackets.end() :]


def _bytewise(path: str) -> str:
    text = path if path.isascii() else os.fsencode(path).decode("latin-1")
    return text.replace("\n", _LINE_END)


# --- ordinary patterns: pathspec's


def _is_ordinary(line: Pattern) -> bool:
    """Whether pathspec, from 0.12 on, and git agree on a pattern, and few ways of matching it exist.

    One segment `**`, and two stars in one segment, leave at most length times length ways to try.
    """
    text = line.text
    if "[" in text or "\\" in text or text != text.strip() or text.startswith(("#", "!")):
        return False
    segments = text.split("/")
    within = [segment.count("*") for segment in segments if segment != "**"]
    if not all(segments) or segments[-1] in ("*", "**") or len(segments) - len(within) > 1:
        return False
    return "**" not in text.replace("/**/", "/").removeprefix("**/") and sum(n - 1 for n in within if n > 1) <= 1


def _matcher(line: Pattern) -> Callable[[str], bool]:
    if not _is_ordinary(line):
        return _own_matcher(line)
    text = "/" + line.text if line.anchored else line.text
    regex = GitIgnoreSpec.from_lines([text]).patterns[0].regex
    if regex is None:
        return _never
    search = regex.fullmatch

    def matches(path: str) -> bool:
        found = search(path)
        # pathspec also matches what lies in a folder of that name, and then this group holds the slash.
        return found is not None and found["ps_d"] is None

    return matches


def _never(path: str) -> bool:
    return False


# --- all others: elements of a segment, segments of a path, and one rule for the stars of both

_Element: TypeAlias = "str | frozenset[str] | None"
"""A character, the characters that brackets or `?` stand for, or None: a star."""
_Segment: TypeAlias = "tuple[_Element, ...]"
_Wanted = TypeVar("_Wanted")
_Given = TypeVar("_Given")

_ANY = frozenset(chr(code) for code in range(256)) - {"/", "\n"}
_ANY_NAME: _Segment = (None,)


def _own_matcher(line: Pattern) -> Callable[[str], bool]:
    first = _SPECIAL.search(line.text)
    # git compares what stands before the first special character on its own, and what follows as if a path
    # began there. So `**` counts as folders right behind it: `foo**/bar` matches foobar and foo/x/bar.
    prefix, rest = line.text[: first.start()] if first else line.text, line.text[first.start() :] if first else ""
    elements = _elements(_KEPT_SLASH.sub("**/*/", rest))
    if elements is None:
        return _never
    segments = _segments(elements)

    def matches(path: str) -> bool:
        if not path.startswith(prefix):
            return False
        tail = path[len(prefix) :]
        return _fits(segments, tail.split("/"), _name_fits) if rest else not tail

    return matches


def _fits(wanted: Sequence[_Wanted | None], given: Sequence[_Given], fit: Callable[[_Wanted, _Given], bool]) -> bool:
    """Whether a sequence is what is wanted, where None stands for any run. Only the latest star is ever
    stretched: whatever an earlier one could reach by stretching, this one reaches too."""
    want = have = mark = 0
    star = -1
    while have < len(given):
        piece = wanted[want] if want < len(wanted) else None
        if want < len(wanted) and piece is None:
            star, mark, want = want, have, want + 1
        elif piece is not None and fit(piece, given[have]):
            want, have = want + 1, have + 1
        elif star >= 0:
            mark += 1
            want, have = star + 1, mark
        else:
            return False
    return all(piece is None for piece in wanted[want:])


def _character_fits(element: Collection[str], character: str) -> bool:
    return character in element


def _name_fits(segment: _Segment, name: str) -> bool:
    return _fits(segment, name, _character_fits)


def _segments(elements: Sequence[_Element]) -> list[_Segment | None]:
    """Elements split at slashes; a segment of stars alone, two or more, is None: any number of folders."""
    segments: list[_Segment | None] = []
    current: list[_Element] = []
    for element in (*elements, "/"):
        if element != "/":
            current.append(element)
            continue
        segments.append(None if len(current) > 1 and not any(current) else tuple(current))
        current = []
    # `a/**` is what lies in a, and not a itself.
    return [*segments, _ANY_NAME] if len(segments) > 1 and segments[-1] is None else segments


def _elements(text: str) -> list[_Element] | None:
    """A pattern's elements; None where git takes it to match nothing: brackets left open, nothing to escape."""
    elements: list[_Element] = []
    at = 0
    while at < len(text):
        character = text[at]
        at += 1
        if character == "\\":
            if at == len(text):
                return None
            elements.append(text[at])
            at += 1
        elif character == "[":
            bracket = _bracket(text, at)
            if bracket is None:
                return None
            elements.append(bracket[0])
            at = bracket[1]
        else:
            elements.append({"*": None, "?": _ANY}.get(character, character))
    return elements


# --- brackets: POSIX 2.13.1, with what git does where that leaves it open

_CLASS = re.compile(r"\[:([^\]]*):\]")


def _ascii(wanted: Callable[[str], bool]) -> frozenset[str]:
    return frozenset(filter(wanted, map(chr, range(128))))


_CLASSES = {
    "alnum": _ascii(str.isalnum),
    "alpha": _ascii(str.isalpha),
    "blank": frozenset(" \t"),
    "cntrl": _ascii(lambda character: not character.isprintable()),
    "digit": _ascii(str.isdigit),
    "graph": _ascii(lambda character: character.isprintable() and character != " "),
    "lower": _ascii(str.islower),
    "print": _ascii(str.isprintable),
    "punct": _ascii(lambda character: character.isprintable() and not character.isalnum() and character != " "),
    "space": frozenset(" \t\n\r"),
    "upper": _ascii(str.isupper),
    "xdigit": frozenset("0123456789abcdefABCDEF"),
}


def _bracket(text: str, at: int) -> tuple[frozenset[str], int] | None:
    """The characters that brackets stand for, and where they end; `at` is behind the opening one."""
    negated = text[at : at + 1] in ("!", "^")
    at += negated
    members: set[str] = set()
    first = at
    previous = ""
    while at < len(text):
        if text[at] == "]" and at > first:
            # No brackets match a slash.
            chosen = frozenset(map(chr, range(256))) - members if negated else frozenset(members)
            shown = {_LINE_END} if "\n" in chosen else set()
            return (chosen - {"/", "\n", _LINE_END}) | shown, at + 1
        item = _bracket_item(text, at, previous)
        if item is None:
            return None
        more, previous, at = item
        members |= more
    return None


def _bracket_item(text: str, at: int, previous: str) -> tuple[set[str] | frozenset[str], str, int] | None:
    """The characters that one item in brackets adds, the one that a range after it would begin with, and
    where it ends."""
    if text.startswith("[:", at):
        named = _CLASS.match(text, at)
        if named:
            known = _CLASSES.get(named[1])
            return (known, "", named.end()) if known is not None else None
        # Not closed by `:]` but closed at all: the bracket is a character. git looks no further than the first `]`.
        return ({"["}, "[", at + 1) if "]" in text[at + 2 :] else None
    if text[at] == "-" and previous and at + 1 < len(text) and text[at + 1] != "]":
        at += 1 + text.startswith("\\", at + 1)
        return (set(map(chr, range(ord(previous), ord(text[at]) + 1))), "", at + 1) if at < len(text) else None
    at += text[at] == "\\"
    return ({text[at]}, text[at], at + 1) if at < len(text) else None
