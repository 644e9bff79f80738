"""The values of Python calls and of reads of the environment.

Owns which functions of the standard library are followed, and what a read of os.environ gives. How their
arguments are evaluated is told by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeAlias

import libcst as cst

from envlint.surfaces.python.names import qualified
from envlint.surfaces.python.pieces import as_text, formatted, listed, path_joined
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Place, Space
from envlint.value import Value, literal, ref, unknown

Evaluate: TypeAlias = Callable[[cst.CSTNode], Value]
"""What an expression in sight of the same namespace and place evaluates to."""

ENVIRON = "os.environ"
GETTERS = frozenset({"os.getenv", "os.environ.get"})

_MOST_PARTS = 64
_PATHS = frozenset({"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath"})
# What a call of these gives, whatever its arguments are.
_RESULTS = {
    **dict.fromkeys(("str", "repr", "input", "ascii", "chr", "hex", "oct", "bin", "format"), "str"),
    **dict.fromkeys(("os.getcwd", "os.fspath", "getpass.getuser", "getpass.getpass", "socket.gethostname"), "str"),
    **{f"os.path.{name}": "str" for name in ("abspath", "basename", "dirname", "realpath", "expanduser", "join")},
    **{f"os.path.{name}": "str" for name in ("normpath", "expandvars", "relpath")},
    **dict.fromkeys(("tempfile.mkdtemp", "tempfile.gettempdir", "time.strftime"), "str"),
    **dict.fromkeys(("int", "len", "ord", "hash", "id", "os.getpid"), "int"),
    **dict.fromkeys(("bool", "isinstance", "any", "all", "callable", "hasattr"), "bool"),
    **dict.fromkeys(("os.path.exists", "os.path.isfile", "os.path.isdir"), "bool"),
    **dict.fromkeys(("list", "sorted", "dir"), "list"),
    **{name: name for name in ("dict", "tuple", "set", "float", "bytes", "frozenset", "complex")},
    **dict.fromkeys(_PATHS, "Path"),
}
HARMLESS = frozenset(
    {*_RESULTS, "print", "os.putenv", "os.unsetenv", "type", "range", "enumerate", "zip", "min", "max"}
)
"""Functions that run no code of the program, as far as anybody cares."""

_TEXT_METHODS = frozenset(
    (
        "capitalize",
        "casefold",
        "center",
        "expandtabs",
        "format",
        "join",
        "ljust",
        "lower",
        "lstrip",
        "replace",
        "removeprefix",
        "removesuffix",
        "rjust",
        "rstrip",
        "strip",
        "swapcase",
        "title",
        "translate",
        "upper",
        "zfill",
    )
)


_PLAIN_METHODS = frozenset(
    {"lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize", "casefold", "swapcase"}
)
_MOST_TEXT = 4_096


@dataclass(frozen=True, slots=True)
class EnvironmentRead:
    """A read of a variable: by subscript (it must be set), or with a default, which may be left out."""

    variable: str
    key: cst.CSTNode
    default: cst.CSTNode | None = None
    required: bool = False


def environment_read(node: cst.CSTNode, space: Space, evaluate: Evaluate) -> EnvironmentRead | None:
    """The read of the environment that an expression is, if its variable is known."""
    if isinstance(node, cst.Subscript):
        key = index_of(node)
        if key is None or qualified(node.value, space) != ENVIRON:
            return None
        variable = evaluate(key).text
        return EnvironmentRead(variable, key, required=True) if variable else None
    if not isinstance(node, cst.Call) or qualified(node.func, space) not in GETTERS:
        return None
    key = argument(node, 0, "key")
    variable = evaluate(key).text if key is not None else None
    return EnvironmentRead(variable, key, argument(node, 1, "default")) if variable and key is not None else None


def environment_value(
    reading: Reading, node: cst.CSTNode, read: EnvironmentRead, place: Place, evaluate: Evaluate
) -> Value:
    """What a read of the environment gives."""
    known = reading.known.get(read.variable)
    if known is not None:
        return known
    span = reading.span(node)
    reason = f"whatever {read.variable} holds"
    if read.required:
        return unknown(reason, span, "str")
    if read.default is None:
        return unknown(reason, span)
    default = evaluate(read.default)
    if not reading.untouched(read.variable, node, place):
        return unknown(reason, span, "str" if default.is_text else None)
    return ref(read.variable, span, default)


def call_value(reading: Reading, node: cst.Call, space: Space, place: Place, evaluate: Evaluate) -> Value:
    """What a call gives."""
    read = environment_read(node, space, evaluate)
    if read is not None:
        return environment_value(reading, node, read, place, evaluate)
    span = reading.span(node)
    name = qualified(node.func, space)
    plain = [given.value for given in node.args if not given.star and given.keyword is None]
    only = plain[0] if len(plain) == len(node.args) == 1 else None
    if name in ("str", "os.fspath") and only is not None:
        path = path_of(only, space, evaluate)
        if path is not None:
            return literal(path, reading.span(only))
        if name == "str":
            return as_text(evaluate(only))
    if name == "os.path.join" and 0 < len(plain) == len(node.args) <= _MOST_PARTS:
        parts = [evaluate(part) for part in plain]
        return path_joined(parts) if all(part.is_text for part in parts) else unknown("a path", span, "str")
    if name in _RESULTS:
        return unknown("a call", span, _RESULTS[name])
    if isinstance(node.func, cst.Attribute) and node.func.attr.value == "as_posix" and not node.args:
        path = path_of(node.func.value, space, evaluate)
        return literal(path, span) if path is not None else unknown("a path", span)
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in _TEXT_METHODS:
        return _method(reading, node, node.func, plain, evaluate)
    return unknown("a call", span)


def _method(
    reading: Reading, node: cst.Call, function: cst.Attribute, plain: Sequence[cst.CSTNode], evaluate: Evaluate
) -> Value:
    """A method of a text."""
    span = reading.span(node)
    owner = evaluate(function.value)
    if not owner.is_text:
        return unknown("a call", span)
    method = function.attr.value
    given = unknown("a call", span, "str")
    if method == "format" and len(node.args) <= _MOST_PARTS and not any(each.star for each in node.args):
        named = {each.keyword.value: evaluate(each.value) for each in node.args if each.keyword is not None}
        return formatted(owner, [evaluate(part) for part in plain], named)
    if method == "join" and len(plain) == len(node.args) == 1:
        elements = elements_of(plain[0])
        return listed(owner, [evaluate(element) for element in elements]) if elements is not None else given
    text = owner.text
    if method in ("replace", "removeprefix", "removesuffix", "strip", "lstrip", "rstrip") and node.args:
        whole = len(plain) == len(node.args)
        return _edited(owner, method, [evaluate(part).text for part in plain], given) if whole else given
    if node.args or text is None or method not in _PLAIN_METHODS:
        return given
    # Where one letter gives way to one, its place in the text stays the same.
    changed = str(getattr(str, method)(text))
    spans = [part.span for part in owner.literals() if part.span is not None]
    return literal(changed, spans[0] if len(spans) == 1 and len(changed) == len(text) else None)


def _edited(owner: Value, method: str, given: list[str | None], otherwise: Value) -> Value:
    """A text with some of it taken away or replaced, where all of it is known."""
    known = [text for text in given if text is not None]
    if owner.text is None or len(known) != len(given) or len(known) != (2 if method == "replace" else 1):
        return otherwise
    if method == "replace" and len(owner.text) * (len(known[1]) + 1) > _MOST_TEXT:
        return otherwise
    return literal(str(getattr(str, method)(owner.text, *known)))


def elements_of(node: cst.CSTNode) -> list[cst.CSTNode] | None:
    """The elements of a list or tuple that is written out and not too long."""
    if not isinstance(node, (cst.List, cst.Tuple)) or len(node.elements) > _MOST_PARTS:
        return None
    if any(isinstance(element, cst.StarredElement) for element in node.elements):
        return None
    return [element.value for element in node.elements]


def path_of(node: cst.CSTNode, space: Space, evaluate: Evaluate) -> str | None:
    """The text of a pathlib path that is made of known texts, by the rules of POSIX."""
    operands: list[cst.CSTNode] = []
    while isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Divide):
        operands.append(node.right)
        node = node.left
    if not isinstance(node, cst.Call) or qualified(node.func, space) not in _PATHS:
        return None
    if any(given.star or given.keyword is not None for given in node.args):
        return None
    texts = [evaluate(part).text for part in (*(given.value for given in node.args), *reversed(operands))]
    known = [text for text in texts if text is not None]
    return str(PurePosixPath(*known)) if len(known) == len(texts) <= _MOST_PARTS else None


def index_of(node: cst.Subscript) -> cst.BaseExpression | None:
    """The one index of a subscript."""
    if len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
        return None
    return node.slice[0].slice.value


def argument(node: cst.Call, position: int, name: str) -> cst.BaseExpression | None:
    """An argument by its place or name; None where it is not given in sight."""
    for index, given in enumerate(node.args):
        if given.star == "*" and index <= position:
            return None
        if given.keyword is not None and given.keyword.value == name:
            return given.value
        if index == position and given.keyword is None and not given.star:
            return given.value
    return None
