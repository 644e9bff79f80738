"""JSON as every report writes it: one way to spell a document, whatever its texts hold."""

from __future__ import annotations

import json
import re

from envlint.finding import Fix
from envlint.hidden import Hidden
from envlint.source import Source, Span

# Legal in JSON text, but a terminal acts on the C1 controls and the bidirectional marks, and JavaScript
# once ended lines at the two separators.
_HIDDEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
SURROGATE = re.compile("[\ud800-\udfff]")


def lines_and_columns(source: Source, span: Span) -> dict[str, int]:
    """A span as JSON counts it: lines and columns from 1, columns in code points, the end exclusive."""
    start, end = source.position(span.start), source.position(span.end)
    return {"line": start.line, "column": start.column, "end_line": end.line, "end_column": end.column}


def transferable(fix: Fix, hidden: Hidden) -> bool:
    """Whether a document can hold a fix as it is. An edit that would have to be masked, or whose text UTF-8
    can't hold, is no edit: whoever applied it would write something else."""
    return all(hidden.words(edit.text) == edit.text and not SURROGATE.search(edit.text) for edit in fix.edits)


def dump(document: object) -> str:
    """A document as JSON: keys in the order given, two spaces deep, with a line end.

    Surrogates, which UTF-8 can't hold, become U+FFFD.
    """
    text = SURROGATE.sub("�", json.dumps(document, ensure_ascii=False, indent=2))
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
