"""The lines of a cell: where each logical line of Python ends, and which lines are IPython's own.

Owns what IPython looks for before Python sees a cell: `%magic`, `!command`, `x = !command`, `name?`, at the start
of a logical line only. It does not know what a magic does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from envlint.embedded import Embedded, cut, joined, made
from envlint.source import Span

_STOP = re.compile(r"[\"'#()\[\]{}\r\n\\]")
_LINE_END = re.compile(r"\r\n?|\n|\Z")
_BLANK_LINES = re.compile(r"(?:[ \t]*(?:\r\n?|\n))*")
_MARGIN = re.compile(r"[ \t]*")
# What ends a string, or is kept from ending it.
_QUOTES = {
    '"': re.compile(r"\\(?:\r\n|[\s\S])|[\"\r\n]"),
    "'": re.compile(r"\\(?:\r\n|[\s\S])|['\r\n]"),
    '"""': re.compile(r"\\[\s\S]|\"\"\""),
    "'''": re.compile(r"\\[\s\S]|'''"),
}
# IPython's tokens tell an escape at the start of a line, or behind the first `=` of one.
_ESCAPED = re.compile(r"([ \t]*(?:[^=!%#\"'\s][^=!%#\"'\r\n]*=[ \t]*)?)(!!?|%%?)")
_HELP = re.compile(r"[ \t]*\?|[^#\"'\r\n]*\?[ \t]*(?=[\r\n]|\Z)")
_CONTINUED = re.compile(r"\\(?:\r\n?|\n)")


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line, its line end included. `before` is what stands before an escape, blanks or `x = `.

    `escape` is `!`, `!!`, `%`, `%%` or `?`, empty where the line is Python; `rest` is what follows it, in one line as
    IPython joins it."""

    whole: Embedded
    before: Embedded
    escape: str
    rest: Embedded
    line_end: Embedded

    @property
    def assigns(self) -> bool:
        """Whether the result of the command is given a name."""
        return bool(self.before.text.strip())


def lines_of(cell: Embedded) -> Iterator[Line]:
    """The logical lines of a cell without a cell magic."""
    text = cell.text
    at = 0
    while at < len(text):
        found = _ESCAPED.match(text, at)
        asked = _HELP.match(text, at) if found is None else None
        if found is None and asked is None:
            end = logical_end(text, at)
            whole = cut(cell, at, end)
            yield Line(whole, cut(cell, at, at), "", whole, cut(cell, end, end))
        elif found is not None:
            stop, end = _command_end(text, found.end())
            rest = _one_line(cut(cell, found.end(), stop))
            before = cut(cell, at, found.end(1))
            yield Line(cut(cell, at, end), before, found[2], rest, cut(cell, stop, end))
        else:
            stop, end = _physical_end(text, at)
            before = cut(cell, at, at + len(_MARGIN.match(text, at)[0]))  # type: ignore[index]
            yield Line(cut(cell, at, end), before, "?", cut(cell, at, stop), cut(cell, stop, end))
        at = end


def logical_end(text: str, at: int) -> int:
    """Where the logical line that begins at an offset ends, behind its line end (reference 2.1.5, 2.1.6)."""
    depth = 0
    while (found := _STOP.search(text, at)) is not None:
        mark, at = found[0], found.end()
        if mark == "#":
            at = _physical_end(text, at)[0]
        elif mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth = max(depth - 1, 0)
        elif mark == "\\":
            at = _LINE_END.match(text, at).end() if text[at : at + 1] in ("\r", "\n") else at  # type: ignore[union-attr]
        elif mark in "\r\n":
            if depth == 0:
                return _physical_end(text, found.start())[1]
        else:
            at = _string_end(text, found.start())
    return len(text)


def _string_end(text: str, at: int) -> int:
    """Behind the string that begins at an offset; one that is not closed ends with its line."""
    quote = text[at : at + 3] if text[at : at + 3] in _QUOTES else text[at]
    for found in _QUOTES[quote].finditer(text, at + len(quote)):
        if found[0] == quote:
            return found.end()
        if found[0] in "\r\n":
            return found.start()
    return len(text)


def _physical_end(text: str, at: int) -> tuple[int, int]:
    """Where the line around an offset ends, without and with its line end."""
    found = _LINE_END.search(text, at)
    return found.span() if found is not None else (len(text), len(text))


def _command_end(text: str, at: int) -> tuple[int, int]:
    """The same for a command, which a backslash at the end of a line continues."""
    stop, end = _physical_end(text, at)
    while stop > at and text[stop - 1] == "\\" and end > stop and end < len(text):
        at = end
        stop, end = _physical_end(text, at)
    return stop, end


def _one_line(command: Embedded) -> Embedded:
    """A command as IPython joins its lines: a blank for each backslash and line end, no blanks at the end."""
    pieces: list[Embedded] = []
    at = 0
    for found in _CONTINUED.finditer(command.text):
        span = command.outer(Span(found.start(), found.end()))
        pieces += (cut(command, at, found.start()), made(" ", span.start, span.end))
        at = found.end()
    pieces.append(cut(command, at, len(command.text)))
    whole = joined(pieces, command.end) if len(pieces) > 1 else command
    return cut(whole, 0, len(whole.text.rstrip()))


def stripped(text: Embedded) -> Embedded:
    """A text without the blanks around it."""
    start = len(text.text) - len(text.text.lstrip())
    return cut(text, start, max(start, len(text.text.rstrip())))


def dedented(cell: Embedded) -> Embedded:
    """A cell without the empty lines before it and without the indentation that all its lines have."""
    text = cell.text
    first = _BLANK_LINES.match(text)
    start = first.end() if first is not None else 0
    if text[start : start + 1] not in (" ", "\t"):
        return cut(cell, start, len(text)) if start else cell
    spans = list(_physical_lines(text, start))
    margins = [_MARGIN.match(text, span.start)[0] for span in spans if text[span.start : span.end].strip()]  # type: ignore[index]
    margin = _common(margins)
    kept = (
        cut(cell, span.start + margin * text.startswith(margins[0][:margin], span.start), span.end) for span in spans
    )
    return joined(kept, cell.end) if margin else cut(cell, start, len(text))


def _physical_lines(text: str, at: int) -> Iterator[Span]:
    while at < len(text):
        end = _physical_end(text, at)[1]
        yield Span(at, end)
        at = end


def _common(margins: list[str]) -> int:
    """How long a beginning all the margins share."""
    first, last = min(margins, default=""), max(margins, default="")
    return next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def line_starts(cell: Embedded) -> Iterator[int]:
    """Where in the file each line of a cell begins."""
    for span in _physical_lines(cell.text, 0):
        yield cell.starts[span.start]
