"""`export $(cat FILE)` and `export $(xargs < FILE)`: a shell takes the words of a file for names to export.

The output of a command is split at blanks and nothing else of it is read (Bash manual 3.5.7): quotes and `$` stay.
xargs takes quotes and backslashes away first, but its output is split all the same. Lines of comments are taken for
left out, as most such commands do (`grep -v '^#'`); where one of them would set a name, the reading is not complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from envlint.finding import shown
from envlint.loaders.reading import Entry, Lost, Reading, doubtful, is_utf8
from envlint.source import Source, Span
from envlint.value import literal, unknown

PLAIN = "export $(cat)"
UNQUOTED = "export $(xargs)"

_WORD = re.compile(r"[^ \t\n]+")
_SETTING = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_PATTERN = re.compile(r"[*?\[]")
# What xargs reads as something else than itself: a quoted text, an escaped character, an open quote.
_QUOTED = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"|\\([\s\S])|(['\"])")


def read_plain(source: Source) -> Reading:
    """What the shell exports of the file's own words."""
    text = source.text
    return _reading(PLAIN, source, text, list(range(len(text) + 1)))


def read_unquoted(source: Source) -> Reading:
    """What the shell exports of the words that xargs makes of the file. From an open quote on nothing is known."""
    kept = _COMMENT.sub(lambda found: " " * len(found[0]), source.text)
    texts: list[str] = []
    starts: list[int] = []
    done = 0
    for found in _QUOTED.finditer(kept):
        texts.append(kept[done : found.start()])
        starts.extend(range(done, found.start()))
        done = found.end()
        if found[4]:
            return doubtful(Reading(UNQUOTED, complete=False), "an open quote")
        group = found.lastindex or 3
        texts.append(found[group])
        starts.extend(range(found.start(group), found.end(group)))
    texts.append(kept[done:])
    starts.extend(range(done, len(kept) + 1))
    reading = _reading(UNQUOTED, source, "".join(texts), starts)
    return (
        reading
        if kept == source.text
        else Reading(UNQUOTED, reading.entries, reading.lost, complete=reading.complete and not _sets(source.text))
    )


def _sets(text: str) -> bool:
    """Whether a comment holds a word that would set a name."""
    return any(_SETTING.match(word[0]) for found in _COMMENT.finditer(text) for word in _WORD.finditer(found[0]))


def _reading(loader: str, source: Source, text: str, starts: list[int]) -> Reading:
    """The words of a text whose characters stand at some offsets of the source."""
    if not is_utf8(source) or source.bom:
        return Reading(loader, complete=False)
    kept = _COMMENT.sub(lambda found: " " * len(found[0]), text)
    items = list(_items(kept, starts))
    entries = tuple(item for item in items if isinstance(item, Entry))
    lost = tuple(item for item in items if isinstance(item, Lost))
    return Reading(loader, entries, lost, complete=not _sets(text))


def _items(text: str, starts: list[int]) -> Iterator[Entry | Lost]:
    for word in _WORD.finditer(text):
        span = Span(starts[word.start()], starts[word.end() - 1] + 1)
        setting = _SETTING.match(word[0])
        if setting is None:
            if not _NAME.fullmatch(word[0]):
                words = f"takes {shown(word[0])} for a name, and sets nothing"
                yield Lost(span, words, "takes a word of it for a name, and sets nothing")
            continue
        rest = word[0][setting.end() :]
        first = word.start() + setting.end()
        value_span = Span(starts[first], span.end) if rest else Span(span.end, span.end)
        name_span = Span(span.start, starts[word.start() + len(setting[1]) - 1] + 1)
        value = literal(rest, value_span)
        if setting[2] or _PATTERN.search(rest):
            value = unknown("a pattern, or something that is added", value_span, "str")
        yield Entry(setting[1], value, span, name_span, value_span)
