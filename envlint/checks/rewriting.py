"""Rewriting of arguments in Python calls: the edits by which a program listens to its environment.

The text is changed at spans only, so that everything else stays as it is written. Whether a change is wanted
is not decided here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from envlint.facts import Argument, Call
from envlint.finding import Edit, Fix
from envlint.source import Source, Span

_IMPORTS_OS = re.compile(r"^import[ \t]+os[ \t]*(?:#.*)?$", re.MULTILINE)
_BLANK = re.compile(r"[ \t]*")


def asking_first(source: Source, argument: Argument, variable: str) -> Fix | None:
    """`name=value` becomes `name=os.getenv("VARIABLE", value)`, with `import os` where the file has none; None
    where the value is no text that stands here on one line, or the place for the import is not plain."""
    written = source.slice(argument.value_span)
    if not argument.value.is_text or not written or "\n" in written or argument.span == argument.value_span:
        return None
    edit = Edit(source, argument.value_span, f'os.getenv("{variable}", {written})')
    if _IMPORTS_OS.search(source.text):
        return Fix(f"ask {variable} first", (edit,), safe=False)
    at = _first_import(source)
    if at is None:
        return None
    return Fix(f"ask {variable} first", (Edit(source, Span(at, at), "import os\n"), edit), safe=False)


def without(source: Source, call: Call, argument: Argument) -> Fix | None:
    """The argument is taken out, with the comma that belonged to it; None where it is not given by name, or by an
    assignment to an attribute."""
    if argument.span == argument.value_span or call.name_span not in call.span:
        return None
    text = source.text
    end = _BLANK.match(text, argument.span.end)
    after = end.end() if end is not None else argument.span.end
    if text[after : after + 1] == ",":
        rest = re.compile(r"[ \t]*(?:\r?\n[ \t]*)?").match(text, after + 1)
        return _taken_out(source, Span(argument.span.start, rest.end() if rest is not None else after + 1))
    before = text.rfind(",", call.span.start, argument.span.start)
    if before != -1 and not text[before + 1 : argument.span.start].strip():
        return _taken_out(source, Span(before, argument.span.end))
    return _taken_out(source, argument.span) if text[after : after + 1] == ")" else None


def _taken_out(source: Source, span: Span) -> Fix:
    return Fix("leave the argument out", (Edit(source, span, ""),), safe=False)


def _first_import(source: Source) -> int | None:
    """Where an import may be put: before the first one of the file that is none from __future__."""
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    line = next((node.lineno for node in _imports(tree)), None)
    return source.line_span(line).start if line is not None else None


def _imports(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in tree.body:
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.module != "__future__"):
            yield node
