"""The program that a notebook's code cells are: their facts, in order, as facts of the file.

Owns how cells become one text, what a cell costs that is no Python, and in which scope stands what other readers
find in commands, cells for a shell and files that are written. It does not know how a magic is spelled.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from envlint.embedded import Embedded, cut, joined, made, placed
from envlint.facts import FILE, Binding, Comment, Fact, Facts, Read, Scope, Unreadable, Wanted
from envlint.source import Source, Span
from envlint.surfaces import TEXT, load, surface_of_name
from envlint.surfaces.notebook.document import Cell
from envlint.surfaces.notebook.lines import dedented
from envlint.surfaces.notebook.magics import MARK, PRELUDE, Aside, Program, Shell, Translation, Written
from envlint.surfaces.notebook.names import STAND_IN, names_of
from envlint.surfaces.python import read as read_python
from envlint.surfaces.python.guard import lines_of as guarded
from envlint.surfaces.python.text import plain
from envlint.surfaces.python.tree import parsed
from envlint.surfaces.shell import read_ranges
from envlint.value import unknown

# A byte order mark that begins a text is no part of it.
_MARK = "\ufeff"
_FILLED = {STAND_IN: unknown("IPython puts the value of a Python expression here")}


@dataclass(slots=True)
class _Part:
    """A cell as it is read: its Python, and what was taken out of it."""

    cell: Cell
    python: Embedded
    asides: dict[str, Aside] = field(default_factory=dict)
    sets: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Collection:
    """The facts of a notebook while they are collected. The first scope is that of the whole file."""

    source: Source
    wanted: Wanted
    items: list[Fact] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    statements: list[Span] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scopes.append(Scope("file", None, Span(0, len(self.source.text))))

    def open(self, scope: Scope) -> int:
        self.scopes.append(scope)
        return len(self.scopes) - 1

    def add(self, facts: Facts, embedded: Embedded, parent: int) -> Iterator[Fact]:
        """All of an inner text but its facts is added; those come back placed, for whoever puts them in order."""
        moved = placed(facts, embedded, self.source, len(self.scopes), parent)
        self.scopes += moved.scopes
        self.comments += moved.comments
        self.unreadable += moved.unreadable
        self.statements += moved.statements
        yield from moved.items


def read_cells(collection: Collection, cells: Sequence[Cell]) -> frozenset[Span]:
    """Reads the code cells of a notebook in Python; the spans of those that are in some other language."""
    names = names_of(cell.source for cell in cells)
    parts: list[_Part] = []
    broken: list[_Part] = []
    unread: list[Span] = []
    for number, cell in enumerate(cells):
        translation = Translation(dedented(cell.source), names, number)
        part = _part(cell, translation)
        if translation.unread:
            unread.append(cell.span)
        else:
            (parts if cell.whole and _parses(part.python.text) else broken).append(part)
    if parts and not _read_together(collection, parts):
        broken += _read_apart(collection, parts)
    blocks = [
        (part.cell.span, _read_broken(collection, part)) for part in sorted(broken, key=lambda one: one.cell.span)
    ]
    collection.items = list(_merged(collection.items, blocks))
    return frozenset(unread)


def _part(cell: Cell, translation: Translation) -> _Part:
    """A cell as Python, or as what IPython would hand to Python to refuse."""
    python = translation.python()
    magic = translation.one_magic()
    if magic is not None and not _parses(python.text):
        python = magic
    return _Part(cell, python, translation.asides, translation.sets)


def _read_apart(collection: Collection, parts: Sequence[_Part]) -> Iterator[_Part]:
    """Reads cells that cannot be read as one program without those that the Python reader refuses, or else one by
    one; the refused ones."""
    rest: list[_Part] = []
    for part in parts:
        if isinstance(parsed(part.python.text), Unreadable):
            yield part
        else:
            rest.append(part)
    if rest and not (len(rest) < len(parts) and _read_together(collection, rest)):
        for part in rest:
            _read_together(collection, [part])


def _merged(items: Sequence[Fact], blocks: Sequence[tuple[Span, Sequence[Fact]]]) -> Iterator[Fact]:
    """The facts of the program, with those of each broken cell where it stands."""
    number = 0
    for item in items:
        while number < len(blocks) and blocks[number][0].end <= item.span.start:
            yield from blocks[number][1]
            number += 1
        yield item
    for _, block in blocks[number:]:
        yield from block


def _parses(text: str) -> bool:
    """Whether a cell is Python, of the version that runs or of any that the Python reader knows."""
    if isinstance(guarded(plain(text).text), Unreadable):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return not isinstance(parsed(text), Unreadable)
    return True


def _read_broken(collection: Collection, part: _Part) -> list[Fact]:
    """A cell that does not run: what its plain lines would set is told, and reaches nothing."""
    cell = part.cell
    text = joined((_prelude(part.python), part.python), part.python.end)
    facts = read_python(text.source(collection.source), collection.wanted)
    if not cell.whole:
        facts = replace(facts, unreadable=())
        if collection.wanted.matters(cell.source.text):
            collection.unreadable.append(Unreadable("it holds half a character, which Python does not read", cell.span))
    return list(collection.add(facts, text, collection.open(Scope("file", None, cell.span, "cell"))))


def _prelude(first: Embedded) -> Embedded:
    """What stands before the first cell, so that no line of it is a cell's first: there a comment could tell Python
    an encoding."""
    at = first.starts[0] if first.starts else first.end
    return made(PRELUDE, at, at)


def _read_together(collection: Collection, parts: Sequence[_Part]) -> bool:
    """Reads cells as one program; nothing is added where that is not possible and there are several."""
    text = joined((_prelude(parts[0].python), *(part.python for part in parts)), parts[-1].python.end)
    facts = read_python(text.source(collection.source), collection.wanted)
    if facts.unreadable and len(parts) > 1:
        return False
    asides = {mark: aside for part in parts for mark, aside in part.asides.items()}
    sets = {at for part in parts for at in part.sets}
    # With the Python facts' scopes added, what is read aside gets the numbers behind them.
    for item in list(collection.add(facts, text, FILE)):
        if isinstance(item, Read) and item.variable.startswith(MARK):
            aside = asides.pop(item.variable, None)
            if aside is not None:
                collection.items += _aside(collection, aside, item)
        elif isinstance(item, Binding) and item.form == "environ-item" and item.span.start in sets:
            collection.items.append(replace(item, form="notebook-env"))
        else:
            collection.items.append(item)
    return True


def _aside(collection: Collection, aside: Aside, mark: Read) -> Iterator[Fact]:
    """The facts of what stands where a mark was read."""
    text = cut(aside.text, int(aside.text.text.startswith(_MARK)), len(aside.text.text))
    span = text.outer(Span(0, len(text.text)))
    surface = _surface(aside)
    if surface == "python":
        text = joined((_prelude(text), text), text.end)
    inner = text.source(collection.source)
    match aside:
        case Shell():
            whole = (Span(0, len(inner.text)),)
            facts = read_ranges(inner, whole, collection.wanted, _FILLED, dialect=aside.dialect)
            scope = collection.open(Scope("subshell", mark.scope, span, aside.name))
        case Program():
            facts = load(surface)(inner, collection.wanted)
            scope = collection.open(Scope("subshell", mark.scope, span, "%%python"))
        case Written():
            written = Source(aside.path, inner.data, inner.root)
            facts = load(surface)(written, collection.wanted)
            # A file is a world of its own: who runs it, and when, is not known here.
            scope = collection.open(Scope("file", None, span, aside.path))
    for fact in collection.add(facts, text, scope):
        if not (isinstance(fact, Read) and fact.variable == STAND_IN):
            yield fact


def _surface(aside: Aside) -> str:
    match aside:
        case Shell():
            return "shell"
        case Program():
            return "python"
        case Written():
            return surface_of_name(aside.path.rpartition("/")[2]) or TEXT
