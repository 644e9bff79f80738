"""bash: `set -a; source FILE`. The file is a script, so the shell surface's facts are its reading.

Owns what of a script outlives it: the settings of the shell itself, not those of a command or subshell.
"""

from __future__ import annotations

from collections.abc import Iterator

from envlint.facts import FILE, Binding, Facts, Launch, Unset, Wanted
from envlint.finding import shown
from envlint.loaders.reading import Entry, Lost, Reading, doubtful, is_utf8
from envlint.source import Source, Span
from envlint.surfaces import load
from envlint.value import unknown

NAME = "bash"

_EVERYTHING = Wanted(needles=("",))
_PERHAPS = frozenset({"branch", "loop", "function"})


def read(source: Source) -> Reading:
    """What bash has set at the end of the file. From an error on nothing is known: bash may have given up."""
    if not is_utf8(source):
        return Reading(NAME, complete=False)
    facts = load("shell")(Source(".env", source.data, source.root), _EVERYTHING)
    reading = Reading(NAME, tuple(_entries(facts)), tuple(_lost(facts)))
    if source.bom:
        # The mark is part of the first word, or a word of its own.
        first = source.line_span(1)
        entries = tuple(entry for entry in reading.entries if entry.span.start > first.end)
        reading = Reading(NAME, entries, (*reading.lost, Lost(first, "takes the byte order mark for a command")))
    places = [one.span.start for one in facts.unreadable if one.span is not None]
    if not facts.unreadable:
        return reading
    return _given_up(doubtful(reading, "bash may give up before", min(places, default=0)), facts)


def _entries(facts: Facts) -> Iterator[Entry]:
    for item in facts.items:
        if isinstance(item, Unset):
            yield Entry(item.variable, unknown("it is removed", item.span), item.span, item.span, item.span)
        elif isinstance(item, Binding) and item.scope == FILE:
            yield Entry(item.variable, item.value, item.span, item.name_span, item.value_span)
        elif isinstance(item, Binding) and facts.scopes[item.scope].kind in _PERHAPS:
            value = unknown("whether this line is run", item.value_span, type="str")
            yield Entry(item.variable, value, item.span, item.name_span, item.value_span)


def _lost(facts: Facts) -> Iterator[Lost]:
    """The commands that lines start instead of setting something."""
    for item in facts.items:
        if isinstance(item, Launch):
            yield Lost(item.span, f"runs {shown(item.program)}, and sets nothing", "runs a command, and sets nothing")
        elif isinstance(item, Binding) and item.scope != FILE and item.form != "shell-prefix":
            yield Lost(item.span, "sets it in a process of its own only")


def _given_up(reading: Reading, facts: Facts) -> Reading:
    lost = (Lost(one.span or Span(0, 0), f"gives up: {one.reason}") for one in facts.unreadable)
    return Reading(NAME, reading.entries, (*lost, *reading.lost), complete=False)
