"""Syntax trees: a grammar's parser over a source, and its nodes as spans of that source.

Owns the loading of grammars, the translation of bytes to spans and the bounds that keep a parse short.
It must not know what any language means.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import TYPE_CHECKING, cast

from envlint.source import Source, Span

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Tree

# The time that a parse may take: GLR parsers are quadratic on some inputs (a chain of 16,000 pipes), and
# nothing cheaper than the clock tells those apart. Thousands of times what a file of that size needs.
_SECONDS = 2.0
_SECONDS_PER_BYTE = 2e-6

_CHUNK = 1 << 16
_NUL = bytes([0])
_STAND_IN = bytes([1])


class TreeError(Exception):
    """A source that could not be parsed within bounds; the message ends a sentence."""


@cache
def language(package: str) -> Language:
    """The language of an installed grammar package, such as `tree_sitter_containerfile`.

    Only the compiled module is loaded: the package around it imports importlib.resources, for queries
    that are not used here, and that takes longer than parsing a file. ImportError if it is not installed.
    """
    from tree_sitter import Language

    package_spec = PathFinder.find_spec(package)
    places = package_spec.submodule_search_locations if package_spec else None
    spec = PathFinder.find_spec("_binding", list(places)) if places else None
    if spec is None or spec.loader is None:
        raise ImportError(f"the grammar {package} is not installed", name=package)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return Language(cast("Callable[[], object]", module.language)())


def parse(grammar: str, source: Source, ranges: Sequence[Span] = ()) -> Tree:
    """The tree of a source, or of some ranges of it read as one text, in a grammar package's language.

    Positions stay those of the whole source. NUL bytes, on which lexers take quadratic time, are read as
    another control character. Raises TreeError where the parse takes longer than its bounds allow.
    """
    from tree_sitter import Parser, Point, Range

    # surrogate escapes are single bytes here, as they are in the file
    data = source.utf8.replace(_NUL, _STAND_IN)
    parser = Parser(language(grammar))
    if ranges:
        bytes_of = [source.byte_range(span) for span in ranges]
        points = [(_point(data, start), _point(data, end)) for start, end in bytes_of]
        parser.included_ranges = [
            Range(Point(*first), Point(*last), start, end)
            for (start, end), (first, last) in zip(bytes_of, points, strict=True)
        ]
    deadline = time.monotonic() + _SECONDS + _SECONDS_PER_BYTE * len(data)

    def chunk(offset: int, _: Point) -> bytes:
        return data[offset : offset + _CHUNK - offset % _CHUNK]

    def overdue(_offset: int, _broken: bool) -> bool:
        return time.monotonic() > deadline

    try:
        return parser.parse(chunk, encoding="utf8", progress_callback=overdue)
    except ValueError as error:
        raise TreeError("takes too long to parse") from error


def _point(data: bytes, offset: int) -> tuple[int, int]:
    """Row and column in bytes, as tree-sitter counts them."""
    return data.count(b"\n", 0, offset), offset - (data.rfind(b"\n", 0, offset) + 1)


def span_of(source: Source, node: Node) -> Span:
    """The span that a node covers."""
    return source.span_of_bytes(node.start_byte, node.end_byte)


def text_of(source: Source, node: Node) -> str:
    """The text that a node covers."""
    return source.slice(span_of(source, node))


def walk(node: Node) -> Iterator[Node]:
    """A node and everything in it, outer nodes first, in the order of the text. However deep: no recursion."""
    pending = [node]
    while pending:
        at = pending.pop()
        yield at
        pending.extend(reversed(at.children))
