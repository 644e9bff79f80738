"""The names that a notebook's Python may hold, as far as IPython puts their values into its own lines.

Owns the notation `$name` and `{expression}` in commands and magics. It must not know what a command does.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from envlint.embedded import Embedded, cut, joined, made
from envlint.source import Span

STAND_IN = "__ipython"
"""What a shell is given for a Python value that IPython would have put there."""

_OWN_LINE = re.compile(r"^[ \t]*[!%].*$", re.MULTILINE)
# A name, and no text that is just one.
_WORD = re.compile(r"(?<![\w\"'])[A-Za-z_]\w*(?![\w\"'])")
_DYNAMIC = re.compile(r"\bimport[ \t]*\*|\b(?:exec|globals|pylab|user_ns)\b|^[ \t]*%run\b", re.MULTILINE)
# IPython fills in `$name`, attributes included, and `{expression}`; `$$name` is its way to write `$name`.
_FILLED = re.compile(r"\$(\$?[\w.]+)|\$?\{([^{}]*)\}")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_ALWAYS = frozenset({"In", "Out", "exit", "quit", "get_ipython", "display", "self", "line", "cell"})


@dataclass(frozen=True, slots=True)
class Names:
    """The words of a notebook's Python. `open`: code that is not in sight may define any name."""

    words: frozenset[str]
    open: bool

    def may_hold(self, name: str) -> bool:
        """Whether IPython may find a name, and so put its value where it is written."""
        return self.open or name.startswith("_") or name in self.words or name in _ALWAYS or hasattr(builtins, name)


def names_of(cells: Iterable[Embedded]) -> Names:
    """The names in the Python of some cells."""
    words: set[str] = set()
    dynamic = False
    for cell in cells:
        dynamic = dynamic or _DYNAMIC.search(cell.text) is not None
        words.update(_WORD.findall(_OWN_LINE.sub("", cell.text)))
    return Names(frozenset(words), dynamic)


def filled(text: str, names: Names) -> Iterator[tuple[Span, str]]:
    """The places of a line that IPython may fill in, and the one name whose value it is there, if it is one.

    Where one expression fails, IPython fills in nothing at all, so that each of them only may be."""
    for found in _FILLED.finditer(text):
        name, expression = found.groups()
        if name is not None:
            first = name.partition(".")[0]
            if not first.startswith("$") and not names.may_hold(first):
                continue
            yield Span(*found.span()), name if first == name else ""
            continue
        first = _IDENTIFIER.match(expression.strip())
        if first is None or names.may_hold(first[0]) or "(" in expression:
            plain = first is not None and first[0] == expression and not found[0].startswith("$")
            yield Span(*found.span()), expression if plain else ""


def with_stand_ins(command: Embedded, names: Names) -> Embedded:
    """A shell command in which a variable that nobody knows stands for each Python value."""
    pieces: list[Embedded] = []
    at = 0
    quote = ""
    for span, _ in filled(command.text, names):
        quote = _quoted(command.text, at, span.start, quote)
        place = command.outer(span)
        variable = f"${{{STAND_IN}}}"
        pieces += (cut(command, at, span.start), made(f"'\"{variable}\"'" if quote == "'" else variable, *_ends(place)))
        at = span.end
    return joined((*pieces, cut(command, at, len(command.text))), command.end) if pieces else command


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _quoted(text: str, start: int, end: int, quote: str) -> str:
    """The quote that is open at the end of a range of shell text, given the one at its start (POSIX 2.2)."""
    at = start
    while at < end:
        character = text[at]
        if character == "\\" and quote != "'":
            at += 1
        elif character in "'\"" and quote in ("", character):
            quote = "" if quote else character
        at += 1
    return quote
