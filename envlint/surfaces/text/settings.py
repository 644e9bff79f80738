"""Settings in a text of which nothing is known: a name that the packs know, `=` or `:`, and a value, on one line.

It knows no quoting, no comments and no scopes, so no check but the one for keys trusts what it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from envlint.facts import Binding, Wanted
from envlint.source import Span
from envlint.value import Value, concat, literal, unknown

_LINE = re.compile(r"[^\r\n]+")
# A name begins where a word begins, so each word is looked at once. A colon needs a blank after it, or a
# quoted name before it (JSON): `${NAME:-x}`, `NAME::x` and `NAME == x` set nothing.
_SETTING = re.compile(
    r"""(?<![\w$-])(?P<mark>["']?)(?P<name>[A-Za-z_]\w*)(?P<end>["']?)"""
    r"""[ \t]*(?:=(?!=)|(?P<colon>:)(?P<blank>[ \t])?)[ \t]*(?P<quote>["']?)(?P<value>[^\s"']+)""",
    re.ASCII,
)
# Where a value is filled in by something else before a program sees it.
_FILLED_IN = re.compile(r"[$`<%]|\{\{")
_SEPARATORS = ",;"


def settings(text: str, wanted: Wanted) -> Iterator[Binding]:
    """The settings of names that matter to the packs, in the order of the text."""
    for line in _LINE.finditer(text):
        if wanted.matters(line[0]):
            yield from _bindings(text, Span(*line.span()), wanted)


def _bindings(text: str, line: Span, wanted: Wanted) -> Iterator[Binding]:
    for found in _SETTING.finditer(text, line.start, line.end):
        if found["mark"] != found["end"] or not wanted.matters(found["name"]):
            continue
        if found["colon"] and not found["blank"] and not found["mark"]:
            continue
        value, written = _value(text, Span(*found.span("value")), found["quote"])
        span = Span(found.start("mark"), written.end)
        yield Binding(found["name"], value, "text", span, Span(*found.span("name")), written)


def _value(text: str, run: Span, quote: str) -> tuple[Value, Span]:
    """The value of a run of characters, and the span of it as it is written, quotes included."""
    if not quote:
        # A separator at the end belongs to the list or call around the setting.
        run = Span(run.start, run.start + (len(text[run.start : run.end].rstrip(_SEPARATORS)) or run.end - run.start))
    closed = bool(quote) and text.startswith(quote, run.end)
    written = Span(run.start - len(quote), run.end + closed)
    content = text[run.start : run.end]
    if _FILLED_IN.search(content):
        return concat([unknown("filled in by whatever reads this text", run, type="str")]), written
    if quote and not closed:
        return concat([literal(content, run), unknown("not followed beyond the first blank", type="str")]), written
    return literal(content, run), written
