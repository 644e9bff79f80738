"""The tree of a Python file, and where each of its nodes stands.

libcst's nodes know no positions, and its position providers work on a deep copy of the tree and cost several
times what parsing does. But libcst can write a tree back as text, and its writer tells a state object when
each node begins and ends. The state here keeps those moments as indices into the written tokens. One pass
gives every position, exactly, and at the same time the proof that the tree spells the text it was read from:
where it does not, the file counts as unreadable, so that no position is ever wrong. Knows nothing of facts.
"""

from __future__ import annotations

import ast
import gc
import sys
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import accumulate

import libcst as cst
from libcst._nodes.internal import CodegenState

from envlint.facts import Unreadable
from envlint.source import Span
from envlint.surfaces.python_guard import refusal
from envlint.surfaces.python_text import Plain, plain

# Writing a tree takes up to six Python frames for each bracket, two for each operator; the guard bounds both.
_FRAMES = 5_000

_PARSING = (cst.ParserSyntaxError, SyntaxError, LookupError, UnicodeError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True, slots=True)
class Tree:
    """A module and the positions of its nodes in the original text."""

    module: cst.Module
    comments: tuple[Span, ...]
    _plain: Plain
    _offsets: list[int]
    _starts: dict[int, int]
    _ends: dict[int, int]

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node stands, without parentheses, blanks and comments around it."""
        return self._plain.span(self._offsets[self._starts[id(node)]], self._offsets[self._ends[id(node)]])

    def start(self, node: cst.CSTNode) -> int:
        """Where a node begins in the text that was parsed: only good for comparing the order of nodes."""
        return self._offsets[self._starts[id(node)]]

    def end(self, node: cst.CSTNode) -> int:
        """Where a node ends in the text that was parsed."""
        return self._offsets[self._ends[id(node)]]


def parsed(text: str) -> Tree | Unreadable:
    """The tree of a file's text, or why there is none and where that shows."""
    given = plain(text)
    refused = refusal(given.text)
    if refused is not None:
        return _placed(refused, given)
    with _without_collector():
        try:
            module = cst.parse_module(given.text)
        except _PARSING as error:
            return _placed(_complaint(given.text, error), given)
        return _positioned(module, given)


def _positioned(module: cst.Module, given: Plain) -> Tree | Unreadable:
    writing = _Writing(module)
    try:
        with _deep_stack():
            module._codegen(writing)
    except RecursionError:
        return Unreadable("it is nested too deeply to be read")
    if "".join(writing.tokens) != given.text:
        return Unreadable("it cannot be given back as it is written, so that no position in it would be certain")
    offsets = list(accumulate(map(len, writing.tokens), initial=0))
    starts, ends = writing.starts, writing.ends
    comments = tuple(given.span(offsets[at], offsets[at + 1]) for at in writing.comments)
    return Tree(module, comments, given, offsets, starts, ends)


class _Writing(CodegenState):
    """libcst's state while a tree is written. `starts` and `ends` are indices into `tokens` by a node's id."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.starts: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        self.comments: list[int] = []
        # Called for every token, so that the method around it would be felt.
        self.add_token = self.tokens.append  # type: ignore[method-assign]

    def before_codegen(self, node: cst.CSTNode) -> None:
        kind = type(node)
        if kind is cst.SimpleWhitespace:
            return
        self.starts[id(node)] = len(self.tokens)
        if kind is cst.Comment:
            self.comments.append(len(self.tokens))

    def after_codegen(self, node: cst.CSTNode) -> None:
        if type(node) is not cst.SimpleWhitespace:
            self.ends.setdefault(id(node), len(self.tokens))

    def record_syntactic_position(  # type: ignore[override]
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> AbstractContextManager[None]:
        # An expression without parentheses begins and ends where it is written as a whole.
        return _Inner(self, node, end_node) if getattr(node, "lpar", True) else _NOTHING


_NOTHING = nullcontext()


class _Inner(AbstractContextManager[None]):
    """The part of a node's text that is the node itself: inside its parentheses, after its leading lines."""

    def __init__(self, writing: _Writing, node: cst.CSTNode, end_node: cst.CSTNode | None) -> None:
        self._writing = writing
        self._node = node
        self._end_node = end_node

    def __enter__(self) -> None:
        self._writing.starts[id(self._node)] = len(self._writing.tokens)

    def __exit__(self, *raised: object) -> None:
        ends = self._writing.ends
        end = ends.get(id(self._end_node)) if self._end_node is not None else None
        ends[id(self._node)] = len(self._writing.tokens) if end is None else end


def _complaint(text: str, error: BaseException) -> Unreadable:
    """Why a text is no Python and in which line, in the words of Python's own parser where that refuses it too.

    libcst's message quotes the text, which may hold a key, and often tells a wrong place."""
    if isinstance(error, (MemoryError, RecursionError)):
        return Unreadable("it is nested too deeply to be parsed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as refused:
        return Unreadable(f"it is not valid Python ({refused.msg})", _line(text, refused.lineno))
    except (ValueError, RecursionError, MemoryError):
        return Unreadable("it is not valid Python")
    line = error.raw_line if isinstance(error, cst.ParserSyntaxError) else None
    return Unreadable("it is not Python that is understood here", _line(text, line))


def _line(text: str, number: int | None) -> Span | None:
    """The span of a line (from 1) of a text with line feeds alone."""
    lines = text.split("\n")
    if number is None or not 1 <= number <= len(lines):
        return None
    start = sum(len(line) + 1 for line in lines[: number - 1])
    return Span(start, start + len(lines[number - 1]))


def _placed(unreadable: Unreadable, given: Plain) -> Unreadable:
    """The same with its span in the original text."""
    span = unreadable.span
    return Unreadable(unreadable.reason, given.span(span.start, span.end)) if span is not None else unreadable


@contextmanager
def _without_collector() -> Iterator[None]:
    """No garbage collection meanwhile: a tree has no cycles, and searching it for some costs a tenth of parsing."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


@contextmanager
def _deep_stack() -> Iterator[None]:
    """Room for the frames that writing the deepest tree takes that the guard lets through."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(max(usual, _FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)
