"""node: the dotenv package of npm (16), which searches the text for one pattern and expands nothing.

The pattern's blanks may be line ends, so a value may stand on a later line than its name; what fits no pattern
is passed over without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from envlint.loaders.reading import Entry, Reading, is_utf8
from envlint.loaders.written import Written
from envlint.source import Source, Span
from envlint.value import Value, unknown

NAME = "node"

# JavaScript's \s, with the byte order mark, which the package does not take off.
_GAP = re.compile("[\t\n\v\f\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]*")
_BLANK = _GAP.pattern[:-1]
_EXPORT = re.compile(rf"export{_BLANK}+")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_SEPARATOR = re.compile(rf"{_BLANK}*=|:{_BLANK}")
_REST = re.compile(r"[^#\r\n]*")
_STOPS = {quote: re.compile(rf"\\?{quote}") for quote in "'\"`"}
_LINE_END = re.compile(r"\r\n?")
# JavaScript ends lines at two more characters, which may still stand in a value.
_LINE_STOP = re.compile("[\r\n\u2028\u2029]")
_OWN_LINE_END = re.compile("[\u2028\u2029]")
_ESCAPE = re.compile(r"\\[nr]")


def read(source: Source) -> Reading:
    """What the package sets."""
    if not is_utf8(source):
        return Reading(NAME, complete=False)
    return Reading(NAME, tuple(_entries(source.text)))


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _entries(text: str) -> Iterator[Entry]:
    at = _end(_GAP, text, 0)
    while at < len(text):
        entry = _entry(text, at)
        if entry is not None:
            yield entry
            at = max(entry.span.end, at + 1)
        at = _end(_GAP, text, _line_end(text, at))


def _line_end(text: str, at: int) -> int:
    found = _LINE_STOP.search(text, at)
    return found.start() if found else len(text)


def _entry(text: str, start: int) -> Entry | None:
    """The setting that begins here: behind `export`, unless that is the name itself."""
    for at in (_end(_EXPORT, text, start), start):
        name = _NAME.match(text, at)
        separator = _SEPARATOR.match(text, name.end()) if name is not None else None
        if name is not None and separator is not None:
            written = _value(text, separator.end())
            content = _content(text, written)
            span = Span(start, max(written.end, separator.end() if written.end > written.start else name.end()))
            return Entry(name[0], content, span, Span(*name.span()), written)
    return None


def _value(text: str, at: int) -> Span:
    """The value as written, its quotes included."""
    start = _end(_GAP, text, at)
    quote = text[start : start + 1]
    if quote in _STOPS:
        end = _closing(text, start, _STOPS[quote])
        if end is not None:
            return Span(start, end)
    rest = _end(_REST, text, at)
    first = min(start, rest)
    last = rest
    while last > first and _GAP.fullmatch(text[last - 1]):
        last -= 1
    return Span(first, last) if last > first else Span(at, at)


def _closing(text: str, start: int, stops: re.Pattern[str]) -> int | None:
    """Where a value in quotes ends: at the first quote without a backslash, else at the last one with one, that
    only a comment follows."""
    escaped: list[int] = []
    for found in stops.finditer(text, start + 1):
        if len(found[0]) == 1:
            escaped.append(found.end())
            break
        escaped.append(found.end())
    return next((end for end in reversed(escaped) if _is_followed_by_nothing(text, end)), None)


def _is_followed_by_nothing(text: str, at: int) -> bool:
    end = _end(_GAP, text, at)
    return end == len(text) or text[end] == "#" or _LINE_STOP.search(text, at, end) is not None


def _content(text: str, span: Span) -> Value:
    written = Written(text[span.start : span.end], span.start)
    if _OWN_LINE_END.search(written.text):
        return unknown("a line end of JavaScript's own stands in it", span, type="str")
    quote = written.text[:1]
    if len(written.text) > 1 and quote in _STOPS and written.text[-1] == quote:
        written = written.cut(1, len(written.text) - 1)
    written = written.respelled(_LINE_END, lambda found: "\n")
    if quote == '"':
        written = written.respelled(_ESCAPE, lambda found: "\n" if found[0] == "\\n" else "\r")
    return written.literal()
