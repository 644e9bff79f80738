"""Text: every file that no other surface reads, and what is left of one that its own surface cannot read.

Two readings, both of notations that many kinds of file share: `settings` takes names that the packs know and
their values on one line; `meaning` takes words that may be keys, and asks what their surroundings call them.
It knows no language as a whole: no quoting across lines, no scopes, no order of execution.
"""

from __future__ import annotations

from envlint.facts import Fact, Facts, Scope, Wanted
from envlint.source import Source, Span
from envlint.surfaces.text.meaning import credentials
from envlint.surfaces.text.settings import settings

__all__ = ["read"]


def read(source: Source, wanted: Wanted) -> Facts:
    """The settings in a source whose names matter to the packs, as bindings of the form "text", and the words
    that are a secret by what is written around them, as credentials. Time grows with the text's length alone."""
    items: tuple[Fact, ...] = (*settings(source.text, wanted), *credentials(source, wanted))
    return Facts(source, "text", items=items, scopes=(Scope("file", None, Span(0, len(source.text))),))
