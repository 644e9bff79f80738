"""The tree of a Python file, and where its nodes stand.

libcst's nodes know no positions, and its position providers work on a deep copy of the whole tree and cost
several times what parsing does. Here a node is placed only when it is asked for: the guard's pass has found
where each logical line begins, and libcst itself writes the tree of that one line back as text, telling a
state object when each node begins and ends. The written text is held against the file's, so that a position is
exact or the file counts as unreadable. Knows nothing of facts.
"""

from __future__ import annotations

import ast
import gc
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import libcst as cst
from libcst._nodes.internal import CodegenState

from envlint.facts import Unreadable
from envlint.source import Span
from envlint.surfaces.python.guard import Lines, lines_of
from envlint.surfaces.python.text import Plain, plain

# Writing a line takes up to six Python frames for each bracket, two for each operator; the guard bounds both.
_FRAMES = 5_000

# What parsing raises: besides its errors for what is no Python, libcst fails with TypeError on some Python that
# is valid (`not(lambda: 1)`), and with others on what no interpreter takes.
_PARSING = (
    cst.ParserSyntaxError,
    cst.CSTValidationError,
    SyntaxError,
    LookupError,
    UnicodeError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
    MemoryError,
)


_WORD = re.compile(r"[A-Za-z_]\w*")
# A name that is given a text.
_NAMED = re.compile(r"([A-Za-z_]\w{0,79})[ \t]*(?::[ \t]*[\w.]{1,40}[ \t]*)?=[ \t]*[bBrRuUfF]{0,2}[(\"']")


_IMPORTED = re.compile(r"(?:from[ \t][^\n]*?[ \t]import|import)[ \t(]")


def _names_given(line: str) -> Iterator[str]:
    """The names that a line gives a text, or imports from the module it names."""
    found = _NAMED.match(line)
    if found is not None:
        yield found[1]
    imported = _IMPORTED.match(line)
    if imported is None:
        return
    words = _WORD.findall(line, imported.end())
    if line.startswith("from"):
        yield from words
    else:
        # `import wandb as w`: any other name is the module's own.
        yield from (after for before, after in pairwise(words) if before == "as")


class MisplacedError(Exception):
    """A line of the tree is not the text that stands there, or is too deep to be written."""


@dataclass(slots=True, eq=False)
class Tree:
    """A module and the positions of its nodes in the original text.

    `nodes` are the statements, or clauses of statements, that each logical line begins; whoever walks the
    tree fills it in the order of the text."""

    module: cst.Module
    given: Plain
    lines: Lines
    nodes: list[cst.CSTNode] = field(default_factory=list)
    _placed: set[int] = field(default_factory=set)
    _starts: dict[int, int] = field(default_factory=dict)
    _ends: dict[int, int] = field(default_factory=dict)

    def comments(self) -> Iterator[Span]:
        """Where the comments stand."""
        return (self.given.span(span.start, span.end) for span in self.lines.comments)

    def marked(self, mark: Callable[[str], bool]) -> Iterator[int]:
        """The logical lines of which a judgement over their text holds, and those that use a text that a name
        was given in one of them. A decorator counts with the definition after it."""
        text = self.given.text
        if not mark(text):
            return
        lines = [text[start:end] for start, end in zip(self.lines.starts, self.lines.ends, strict=False)]
        marked = [mark(line) for line in lines]
        named = {name for line, chosen in zip(lines, marked, strict=True) if chosen for name in _names_given(line)}
        decorated = False
        for number, line in enumerate(lines):
            chosen = decorated or marked[number] or (bool(named) and not named.isdisjoint(_WORD.findall(line)))
            decorated = chosen and line.startswith("@")
            if chosen:
                yield number

    def line_span(self, first: int, last: int) -> Span:
        """From the first token of a logical line to the last one of another."""
        start, end = self.lines.starts[first], self.lines.ends[last]
        return self.given.span(start, start + len(self.given.text[start:end].rstrip(" \t\f\\\n")))

    def span(self, node: cst.CSTNode, line: int) -> Span:
        """Where a node stands, without parentheses, blanks and comments around it; `line` is its logical line,
        unless that has been placed before. Raises MisplacedError where the place is not certain."""
        if id(node) not in self._ends:
            if line in self._placed:
                raise MisplacedError
            self._place(line)
            if id(node) not in self._ends:
                raise MisplacedError
        return self.given.span(self._starts[id(node)], self._ends[id(node)])

    def _place(self, line: int) -> None:
        """Places the nodes of one logical line; those of decorators come with the definition after them."""
        node = self.nodes[line]
        first_line = line
        while line + 1 < len(self.nodes) and self.nodes[line + 1] is node:
            line += 1
        text = self.given.text
        start = self.lines.starts[line]
        writing = _Writing(self.module, node, text[text.rfind("\n", 0, start) + 1 : start])
        writing.write(elif_=text.startswith("elif", start))
        offsets = list(accumulate(map(len, writing.tokens), initial=0))
        origin = start - offsets[writing.starts[id(node)]]
        first, last = offsets[writing.first], offsets[writing.last]
        if not text.startswith("".join(writing.tokens)[first:last], origin + first):
            raise MisplacedError
        self._placed.update(range(first_line, line + 1))
        self._starts.update((key, origin + offsets[at]) for key, at in writing.starts.items())
        self._ends.update((key, origin + offsets[at]) for key, at in writing.ends.items())


def parsed(text: str) -> Tree | Unreadable:
    """The tree of a file's text, or why there is none and where that shows."""
    given = plain(text)
    lines = lines_of(given.text)
    if isinstance(lines, Unreadable):
        return _placed(lines, given)
    try:
        return Tree(cst.parse_module(given.text), given, lines)
    except _PARSING as error:
        return _placed(_complaint(given.text, error), given)


class _WrittenError(Exception):
    """The line is written; what would come next are other lines."""


class _Writing(CodegenState):
    """libcst's state while one logical line is written. `starts` and `ends` are indices into `tokens` by a
    node's id; from `first` to `last` the tokens are those of the line."""

    def __init__(self, module: cst.Module, node: cst.CSTNode, indent: str) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.indent_tokens.append(indent)
        self.starts: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        self.first = self.last = 0
        self._node = node
        body = next(iter(node.cases), None) if isinstance(node, cst.Match) else getattr(node, "body", None)
        self._before = body if isinstance(body, (cst.IndentedBlock, cst.MatchCase)) else None
        self._after = body if isinstance(body, cst.SimpleStatementSuite) else None

    def write(self, *, elif_: bool) -> None:
        """Writes the line. Raises MisplacedError where it is too deep."""
        clause = {"is_elif": True} if elif_ and isinstance(self._node, cst.If) else {}
        try:
            with _deep_stack():
                self._node._codegen(self, **clause)
        except _WrittenError:
            pass
        except RecursionError:
            raise MisplacedError from None
        self.first = self.starts[id(self._node)]
        if isinstance(self._node, (cst.FunctionDef, cst.ClassDef)) and self._node.decorators:
            self.first = self.tokens.index("@")
        self.last = self.ends.get(id(self._after or self._node), len(self.tokens))

    def before_codegen(self, node: cst.CSTNode) -> None:
        if node is self._before:
            raise _WrittenError
        self.starts[id(node)] = len(self.tokens)

    def after_codegen(self, node: cst.CSTNode) -> None:
        self.ends.setdefault(id(node), len(self.tokens))
        if node is self._after:
            raise _WrittenError

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
def without_collector() -> Iterator[None]:
    """No garbage collection meanwhile: searching a growing tree for cycles again and again costs a fifth of all."""
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
