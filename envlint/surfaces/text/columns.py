"""Columns: what the head of a table calls a value below it, in files of separated values and in Markdown."""

from __future__ import annotations

import re

from envlint.credentials import Credentials, words_of
from envlint.source import Span
from envlint.surfaces.text.outline import Outline

_WIDEST = 600
_SEPARATORS = {".csv": ",;", ".tsv": "\t"}
_MARKS = " \t\"'`*_"
_RULE = re.compile(r"[ \t]{0,20}\|?[ \t:|-]{3,400}\Z")


def headed(text: str, path: str, span: Span, outline: Outline, known: Credentials) -> bool:
    """Whether the head of the column that a value stands in is a name of the secret. The separators of quoted
    cells are counted like others, so a row that has them may be taken for another column's."""
    start = text.rfind("\n", max(0, span.start - _WIDEST), span.start) + 1
    if start == 0 or text[span.start - 1 : span.start] not in ("", *",;\t|", *_MARKS):
        return False
    before = text[start : span.start]
    for separator in _SEPARATORS.get(path[-4:].lower(), ""):
        head = text[:_WIDEST].partition("\n")[0]
        if separator in head:
            return _is_head(head.split(separator), before.count(separator), known)
    return "|" in before and _is_head(_head_above(text, span, outline), before.count("|"), known)


def _head_above(text: str, span: Span, outline: Outline) -> list[str]:
    """The cells of the line above the rule under a Markdown table's head."""
    ruled = False
    for line in outline.above(outline.line(span.start)):
        written = text[line.span.start : line.span.end].rstrip("\r")
        if "|" not in written:
            return []
        if ruled:
            return written.split("|")
        ruled = _RULE.match(written) is not None and "-" in written
    return []


def _is_head(cells: list[str], number: int, known: Credentials) -> bool:
    if number >= len(cells):
        return False
    cell = cells[number].strip(_MARKS + "\r\ufeff")
    return "".join(words_of(cell)) in known.names or (" " not in cell and known.is_named(cell))
