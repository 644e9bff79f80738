"""The surface "notebook": Jupyter's .ipynb files.

The code cells, in the file's order, are one program; what stands anywhere else (outputs, prose, cells that are not
Python) is searched for settings of known names, as in any text. Positions are those of the .ipynb file. A file
that is no JSON is unreadable as a whole. Knows nothing of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from envlint.facts import Binding, Facts, Unreadable, Wanted
from envlint.source import Source, Span
from envlint.surfaces.notebook.document import BrokenError, Notebook, notebook_of
from envlint.surfaces.notebook.lines import line_starts
from envlint.surfaces.notebook.program import Collection, read_cells
from envlint.surfaces.python.tree import without_collector
from envlint.surfaces.text.settings import settings

NAME = "notebook"


def read(source: Source, wanted: Wanted) -> Facts:
    """The facts of a notebook. One whose text names nothing that is wanted is not taken apart."""
    collection = Collection(source, wanted)
    if not wanted.matters(source.text):
        return Facts(source, NAME, scopes=tuple(collection.scopes))
    try:
        notebook = notebook_of(source.text)
    except BrokenError as error:
        end = min(error.at + 1, len(source.text))
        reason = Unreadable(f"it is not valid JSON ({error})", Span(min(error.at, end), end))
        return Facts(source, NAME, scopes=tuple(collection.scopes), unreadable=(reason,))
    code = notebook.code if notebook.is_python else []
    with without_collector():
        unread = read_cells(collection, code)
    typed = [cell.source.outer(Span(0, len(cell.source.text))) for cell in code if cell.span not in unread]
    return Facts(
        source,
        NAME,
        items=(*collection.items, *_elsewhere(source, wanted, typed)),
        scopes=tuple(collection.scopes),
        comments=tuple(sorted(collection.comments, key=lambda comment: comment.span)),
        unreadable=tuple(collection.unreadable),
        statements=tuple(sorted(set(collection.statements))),
        cells=tuple(notebook.spans),
        line_starts=_line_starts(notebook),
    )


def _elsewhere(source: Source, wanted: Wanted, typed: Sequence[Span]) -> Iterator[Binding]:
    """Settings outside of the code, both in the order of the text."""
    number = 0
    for binding in sorted(settings(source.text, wanted), key=lambda one: one.span):
        while number < len(typed) and typed[number].end <= binding.span.start:
            number += 1
        if number == len(typed) or binding.span.end <= typed[number].start:
            yield binding


def _line_starts(notebook: Notebook) -> tuple[int, ...]:
    """Where the lines of code begin, the first one first. What lies between two cells is a line too, so that a
    comment at the end of one says nothing of the next."""
    starts: list[int] = []
    for cell in notebook.code:
        starts += line_starts(cell.source)
        starts.append(cell.source.end)
    return tuple(starts)
