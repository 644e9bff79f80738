"""The guard before libcst: whether a Python text can be parsed without the process dying or the run stalling.

libcst's native parser recurses for every nested bracket, operator and block, and a stack that runs out ends
the whole process; some shapes cost it more than quadratic time. So the tokens are counted first, by one
linear pass over the text that does not depend on the Python it runs on: the parser of an older Python refuses
newer syntax, and those of 3.10 and 3.13 accept chains of thousands. The pass also finds where logical lines and
comments stand. Knows nothing of what the text means.

The figures are measured with libcst 1.9: on a stack of 1 MiB it took 130 nested brackets, 70 lambdas nested in
each other's defaults, 820 operators in a row, 380 calls in a chain or 39 nested blocks. The limit is what fits
into the 1.9 MiB that Windows gives the main thread of Python, the smallest of any platform.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

from envlint.facts import Unreadable
from envlint.source import Span

# Kilobytes of the native stack that one level of each kind takes at most, and how many there may be at once.
_BLOCK = 26
_BRACKET = 7.5
_LAMBDA = 14.0
_LINK = 1.5
_LIMIT = 1_600

MAX_ELIF = 400
"""How many `elif` one statement may have: each is nested in the one before."""

# What parsing costs, in the time for one ordinary token and its neighbour (about 20 microseconds, 4 KiB).
_BUDGET = 100_000
_LINE = 0.25
# One more operator in a chain costs more the longer the chain is, one more bracket the deeper it is.
_PER_LINK = 0.03
_PER_DEPTH = 0.5
# Brackets take this many times as long with each level in the pattern of a `case` or after `del`.
_CASE = 4.0
_DEL = 2.0
_PER_POWER = 0.5

_TOO_DEEP = "it is nested too deeply to be parsed"
_TOO_LONG = "an expression in it has too many operators to be parsed"
_TOO_COSTLY = "it is too large to be parsed"
_UNCLOSED = "a string in it is not closed"

# What counts begins with one of these; between two of them stand names, numbers, blanks and keywords. One class
# of characters alone is what the regular expression engine searches fast.
_SEARCH = re.compile("[][(){},;:.\"'#\n\\\\=+*/%@&|^~<>!-]").search
_KEYWORDS = frozenset(("not", "lambda", "if", "elif", "else", "and", "or", "in", "is", "await", "for", "yield", "del"))
_FIRST = re.compile(r"(?:case|if|elif)\b")
_PREFIX = re.compile(r"(?<!\w)[rRbBuUfFtT]{1,2}\Z")
# The inside of a string up to its end. Each turn of a group begins with a backslash: no two ways to match.
_INSIDE = {
    '"': re.compile(r'[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"'),
    "'": re.compile(r"[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'"),
    '"""': re.compile(r'[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"""'),
    "'''": re.compile(r"[^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)*'''"),
}
# What matters in the literal part of an f-string: a backslash keeps a quote from ending it, but no brace from
# opening a field, except in a name such as \N{BULLET} where escapes are read at all.
_LITERAL = re.compile(r"\\N\{[^{}\n]*\}|\\[^{}]|\{\{|\}\}|[{}\n]|\"{3}|'{3}|[\"']")
_RAW_LITERAL = re.compile(r"\\[^{}]|\{\{|\}\}|[{}\n]|\"{3}|'{3}|[\"']")
_FORMATTED = frozenset("fFtT")
_SPECIFICATION = re.compile(r"[{}\n]|\"{3}|'{3}|[\"']")


@dataclass(slots=True)
class Lines:
    """Where the logical lines of a text stand (reference 2.1.1), from their first token to the end of their
    last, blanks after it perhaps included, and its comments up to the end of their lines."""

    starts: array[int] = field(default_factory=lambda: array("L"))
    ends: array[int] = field(default_factory=lambda: array("L"))
    comments: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class _Level:
    """An open bracket, or the file. `links` counts the operators since the last comma or statement, `weight`
    is the stack that they take. `opening` begins the f-string whose braces these are; `nested`: they stand
    in its format specification."""

    links: int = 0
    weight: float = 0
    opening: str | None = None
    nested: bool = False


@dataclass(slots=True)
class _Count:
    """What the pass has seen so far. `open`: a logical line has begun; `comment`: where one stands in this line.

    `levels` are the open brackets, `blocks` the indentations, `elifs` counts them by indentation. `weight` is the
    stack that it all takes, `cost` the time. `growth` is how the time grows with each bracket in this statement."""

    lines: Lines = field(default_factory=Lines)
    open: bool = False
    comment: int = -1
    levels: list[_Level] = field(default_factory=lambda: [_Level()])
    blocks: list[int] = field(default_factory=lambda: [0])
    elifs: dict[int, int] = field(default_factory=dict)
    weight: float = 0
    cost: float = 0
    growth: float = 0


def lines_of(text: str) -> Lines | Unreadable:
    """The logical lines of a text (line feeds alone) that may be given to libcst; why it must not, and where
    that shows."""
    count = _Count()
    at = _statement(text, 0, count)
    while at < len(text):
        found = _SEARCH(text, at)
        start = found.start() if found is not None else len(text)
        if start - at > 1:
            for word in text[at:start].split():
                if word in _KEYWORDS:
                    _keyword(count, word)
            if count.weight > _LIMIT:
                return Unreadable(_exceeded(count), Span(at, start))
        if found is None:
            break
        at = _STEPS[text[start]](text, start, count)
        if at < 0:
            return Unreadable(_UNCLOSED, Span(start, start + 1))
        if count.weight > _LIMIT or count.cost > _BUDGET:
            return Unreadable(_exceeded(count), Span(start, start + 1))
    _end_line(count, len(text))
    return count.lines


def _exceeded(count: _Count) -> str:
    if count.weight <= _LIMIT:
        return _TOO_COSTLY
    return _TOO_LONG if count.levels[-1].weight > _LIMIT / 2 else _TOO_DEEP


def _newline(text: str, start: int, count: _Count) -> int:
    """A line ends; outside of brackets a statement does too."""
    count.cost += _LINE
    if len(count.levels) > 1:
        count.comment = -1
        return start + 1
    _separator(text, start, count)
    _end_line(count, start)
    count.growth = 0
    return _statement(text, start + 1, count)


def _end_line(count: _Count, at: int) -> None:
    if count.open:
        count.lines.ends.append(count.comment if count.comment >= 0 else at)
    count.open = False
    count.comment = -1


def _statement(text: str, start: int, count: _Count) -> int:
    """A line outside of brackets begins: its indentation, unless nothing but a comment is on it. Where its
    first token is."""
    at = start
    while at < len(text) and text[at] in " \t\f":
        at += 1
    if at == len(text) or text[at] in "\n#":
        return at
    count.open = True
    count.lines.starts.append(at)
    width = at - start
    if "\t" in text[start:at]:
        width = len(text[start:at].expandtabs(8))
    blocks = count.blocks
    while blocks[-1] > width:
        blocks.pop()
        count.weight -= _BLOCK
    if blocks[-1] < width:
        blocks.append(width)
        count.weight += _BLOCK
    if text[at] in "cei":
        _first_word(text, at, count)
    return at


def _first_word(text: str, at: int, count: _Count) -> None:
    """The keyword that begins a statement tells an `elif` or the pattern of a `case`."""
    found = _FIRST.match(text, at)
    if found is None:
        return
    column = count.blocks[-1]
    if found[0] == "case":
        count.growth = _CASE
    elif found[0] == "if":
        count.elifs[column] = 0
    else:
        count.elifs[column] = count.elifs.get(column, 0) + 1
        if count.elifs[column] > MAX_ELIF:
            count.weight += _LIMIT


def _separator(text: str, start: int, count: _Count) -> int:
    """A comma or semicolon: what comes next is not nested in what was before."""
    level = count.levels[-1]
    count.weight -= level.weight
    level.links = 0
    level.weight = 0
    count.cost += 1
    return start + 1


def _open(count: _Count, opening: str | None = None, *, nested: bool = False) -> None:
    """A bracket opens. It may be a call or subscript of what is before it, and counts as an operator there; the
    fields of an f-string stand beside each other."""
    if opening is None:
        _add(count, _LINK)
    count.levels.append(_Level(opening=opening, nested=nested))
    count.weight += _BRACKET
    depth = len(count.levels)
    count.cost += _PER_DEPTH * depth
    if count.growth:
        count.cost += _PER_POWER * count.growth ** min(depth - 1, 30)


def _opened(text: str, start: int, count: _Count) -> int:
    _open(count)
    return start + 1


def _close(text: str, start: int, count: _Count) -> int:
    """A bracket closes. Where reading goes on: in the f-string that it was a brace of, if it was one."""
    if len(count.levels) == 1:
        return start + 1
    level = count.levels.pop()
    count.weight -= level.weight + _BRACKET
    if level.opening is None:
        return start + 1
    if level.nested:
        return _specified(text, start + 1, level.opening, count)
    return _formatted(text, start + 1, level.opening, count)


def _keyword(count: _Count, word: str) -> None:
    if word == "del" and len(count.levels) == 1:
        count.growth = _DEL
    _add(count, _LAMBDA if word == "lambda" else _LINK)


def _link(text: str, start: int, count: _Count) -> int:
    """A sign that is an operator, or part of one."""
    _add(count, _LINK)
    return start + 1


def _comment(text: str, start: int, count: _Count) -> int:
    count.cost += _LINE
    count.comment = start
    end = text.find("\n", start)
    end = end if end >= 0 else len(text)
    count.lines.comments.append(Span(start, end))
    return end


def _backslash(text: str, start: int, count: _Count) -> int:
    """A continued line; the statement goes on."""
    return start + 2


def _add(count: _Count, weight: float) -> None:
    level = count.levels[-1]
    level.links += 1
    level.weight += weight
    count.weight += weight
    count.cost += 1 + _PER_LINK * level.links


def _colon(text: str, start: int, count: _Count) -> int:
    """A colon. Directly in the braces of an f-string the format specification begins."""
    count.cost += 1
    opening = count.levels[-1].opening
    return start + 1 if opening is None else _specified(text, start + 1, opening, count)


def _string(text: str, start: int, count: _Count) -> int:
    """A string begins. Where reading goes on: after it, or in its first braces; -1 where it is not closed.
    Adjacent strings are nested in the tree like operators."""
    _add(count, 1)
    quote = text[start]
    if text.startswith(quote * 3, start):
        quote *= 3
    prefix = _PREFIX.search(text, max(start - 3, 0), start)
    if prefix is not None and not _FORMATTED.isdisjoint(prefix[0]):
        return _formatted(text, start + len(quote), prefix[0] + quote, count)
    inside = _INSIDE[quote].match(text, start + len(quote))
    return inside.end() if inside is not None else -1


def _formatted(text: str, at: int, opening: str, count: _Count) -> int:
    """The literal part of an f-string: where reading goes on, after the string or in its next braces."""
    quote = _quote(opening)
    pattern = _RAW_LITERAL if "r" in opening.lower() else _LITERAL
    while True:
        found = pattern.search(text, at)
        if found is None or (found[0] == "\n" and len(quote) == 1):
            return -1
        at = found.end()
        if found[0] == "{":
            _open(count, opening)
            return at
        if found[0].startswith(quote):
            return found.start() + len(quote)


def _specified(text: str, at: int, opening: str, count: _Count) -> int:
    """A format specification, which is literal but for braces. Where reading goes on: at the brace that ends
    it or in a field of its own; -1 where neither comes before the string ends."""
    quote = _quote(opening)
    while True:
        found = _SPECIFICATION.search(text, at)
        if found is None or found[0].startswith(quote) or (found[0] == "\n" and len(quote) == 1):
            return -1
        at = found.end()
        if found[0] == "{":
            _open(count, opening, nested=True)
            return at
        if found[0] == "}":
            return found.start()


def _quote(opening: str) -> str:
    return opening.lstrip("rRbBuUfFtT")


_STEPS: dict[str, Callable[[str, int, _Count], int]] = {
    **dict.fromkeys("([{", _opened),
    **dict.fromkeys(")]}", _close),
    **dict.fromkeys(",;", _separator),
    **dict.fromkeys("\"'", _string),
    **dict.fromkeys(".=+*/%@&|^~<>!-", _link),
    "\n": _newline,
    "#": _comment,
    "\\": _backslash,
    ":": _colon,
}
