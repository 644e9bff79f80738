"""Where the reading of a script stands: its text, what it still has to read, and how deep it is.

Owns the position and the error that ends a command. It must not know what stands in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from envlint.source import Span
from envlint.surfaces.shell.syntax import (
    MAX_NESTING,
    Item,
    Redirect,
    Script,
)

_BLANK = re.compile(r"(?:[ \t]|\\\n)+")


class ShellError(Exception):
    """Text that is not read as shell, at an offset. `unclosed`: what began is still open at the end."""

    def __init__(self, reason: str, at: int, *, unclosed: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at
        self.unclosed = unclosed


@dataclass
class Cursor:
    """Where the reader stands, and what it has to remember."""

    script: Script
    commands: Callable[[Cursor, frozenset[str]], tuple[Item, ...]]
    end: int
    text: str
    at: int = 0
    depth: int = 0
    pending: list[tuple[Redirect, str, bool]] = field(default_factory=list)
    comments: list[Span] = field(default_factory=list)
    broken_bom: bool = False

    def peek(self, length: int = 1) -> str:
        """The next characters, fewer at the end."""
        return self.text[self.at : min(self.at + length, self.end)]

    def starts(self, text: str) -> bool:
        """Whether a text comes next."""
        return self.text.startswith(text, self.at, self.end)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """A pattern's match at this place."""
        return pattern.match(self.text, self.at, self.end)

    def blanks(self) -> None:
        """Passes blanks and continued lines (POSIX 2.2.1: the pair is removed before tokens are made)."""
        if found := self.match(_BLANK):
            self.at = found.end()

    def enter(self) -> None:
        """Notes one more level of nesting; raises where there are too many."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            # What follows may lie within it, so that nothing more can be told apart.
            raise ShellError("nests too deeply to follow", self.at, unclosed=True)

    def leave(self) -> None:
        """Notes that a level of nesting is closed."""
        self.depth -= 1

    def unclosed(self, what: str) -> ShellError:
        """The error of something that is still open at the end."""
        return ShellError(f"{what} is not closed", self.end, unclosed=True)


def pass_comment(cursor: Cursor) -> None:
    """Passes the comment at the cursor, up to the end of its line (POSIX 2.3, rule 9)."""
    end = cursor.text.find("\n", cursor.at, cursor.end)
    end = cursor.end if end < 0 else end
    cursor.comments.append(Span(cursor.at, end))
    cursor.at = end
