"""python-dotenv: the reader of the dotenv surface, whose facts are its reading."""

from __future__ import annotations

from envlint.facts import Wanted
from envlint.loaders.reading import Entry, Lost, Reading, refusal
from envlint.source import Source
from envlint.surfaces import load

NAME = "python-dotenv"

_EVERYTHING = Wanted(needles=("",))


def read(source: Source) -> Reading:
    """What dotenv_values returns, and what it drops with a warning."""
    facts = load("dotenv")(Source(".env", source.data, source.root), _EVERYTHING)
    if source.undecodable is not None or source.bom not in (b"", b"\xef\xbb\xbf"):
        whole = facts.scopes[0].span
        return refusal(NAME, source.undecodable or whole, "this is not UTF-8")
    return Reading(
        NAME,
        tuple(Entry(one.variable, one.value, one.span, one.name_span, one.value_span) for one in facts.bindings()),
        tuple(Lost(one.span, "drops the line with a warning") for one in facts.unreadable if one.span is not None),
    )
