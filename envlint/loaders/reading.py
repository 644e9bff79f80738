"""Readings: what one loader makes of one .env file.

A record and no reader: who loads, and how, is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from envlint.source import Source, Span
from envlint.value import Value, unknown


@dataclass(frozen=True, slots=True)
class Entry:
    """A name that a loader sets, and to what. `span` covers the whole notation, `value_span` the value as
    written, quotes included (empty where nothing is written)."""

    name: str
    value: Value
    span: Span
    name_span: Span
    value_span: Span


@dataclass(frozen=True, slots=True)
class Lost:
    """A region that sets nothing, and what the loader does with it instead: words that follow its name. Where
    they quote the file, `unquoted` are words that do not."""

    span: Span
    words: str
    unquoted: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a loader makes of a file. `refused`: where and why it takes nothing of it at all. Where it is not
    `complete`, it may set more than the entries say."""

    loader: str
    entries: tuple[Entry, ...] = ()
    lost: tuple[Lost, ...] = ()
    refused: Lost | None = None
    complete: bool = True

    def last(self, name: str) -> Entry | None:
        """The entry that counts for a name: every loader takes the last one."""
        return next((entry for entry in reversed(self.entries) if entry.name == name), None)

    def loss(self, span: Span) -> Lost | None:
        """What became of a region that sets nothing here, where that is known."""
        found = (*self.lost, self.refused) if self.refused is not None else self.lost
        return next((lost for lost in found if lost.span.start < span.end and span.start < lost.span.end), None)


def refusal(loader: str, span: Span, cause: str) -> Reading:
    """The reading of a file that a loader refuses."""
    return Reading(loader, refused=Lost(span, f"refuses the whole file, because {cause}"))


def doubtful(reading: Reading, reason: str, start: int = 0) -> Reading:
    """The reading with every value from a place on unknown."""
    entries = (
        replace(entry, value=unknown(reason, entry.value_span, type="str")) if entry.span.start >= start else entry
        for entry in reading.entries
    )
    return replace(reading, entries=tuple(entries))


def is_utf8(source: Source) -> bool:
    """Whether a file's byte order mark, if any, is that of UTF-8: no loader knows another."""
    return source.bom in (b"", b"\xef\xbb\xbf")
