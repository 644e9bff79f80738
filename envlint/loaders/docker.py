"""docker: `docker run --env-file`, as docker's command line reads the file (28.2).

Nothing is taken apart: a line is a name, `=`, and all the rest of the line, quotes, blanks and `#` included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from envlint.loaders.reading import Entry, Reading, is_utf8, refusal
from envlint.loaders.written import Written
from envlint.source import Source, Span
from envlint.value import unknown

NAME = "docker"

# What Go's unicode.IsSpace takes for blank.
_BLANKS = re.compile("[\t\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*")
_BLANK_IN_NAME = re.compile("[ \t]")
# Go's bufio.MaxScanTokenSize: a longer line, in bytes with its end, makes the scanner give up.
_LONGEST = 1 << 16


class _Refused(Exception):
    """A line for which docker refuses the whole file."""

    def __init__(self, span: Span, cause: str) -> None:
        super().__init__(cause)
        self.span = span
        self.cause = cause


def read(source: Source) -> Reading:
    """What docker hands to the container; it refuses the file as a whole where one line is wrong."""
    if source.undecodable is not None or not is_utf8(source):
        return refusal(NAME, source.undecodable or Span(0, len(source.text)), "this is not UTF-8")
    try:
        return Reading(NAME, tuple(_entries(source.text)))
    except _Refused as refused:
        return refusal(NAME, refused.span, refused.cause)


def _entries(text: str) -> Iterator[Entry]:
    at = 0
    for line in text.split("\n"):
        yield from _entry(line, at)
        at += len(line) + 1


def _entry(line: str, offset: int) -> Iterator[Entry]:
    if len(line) * 4 >= _LONGEST and len(line.encode()) >= _LONGEST:
        raise _Refused(Span(offset, offset + len(line)), "the line is longer than 64 KiB")
    line = line.removesuffix("\r")
    blanks = _BLANKS.match(line)
    first = blanks.end() if blanks else 0
    if first == len(line) or line[first] == "#":
        return
    start, end = offset + first, offset + len(line)
    name, equals, rest = line[first:].partition("=")
    if not name:
        raise _Refused(Span(start, end), "no name stands before the `=`")
    if _BLANK_IN_NAME.search(name):
        raise _Refused(Span(start, end), "a blank stands before the `=`" if equals else "the name holds a blank")
    name_span = Span(start, start + len(name))
    value_span = Span(end - len(rest), end)
    value = Written(rest, value_span.start).literal()
    if not equals:
        value = unknown("what docker itself runs with", type="str")
    yield Entry(name, value, Span(start, end), name_span, value_span)
