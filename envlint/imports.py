"""Imports: which files of a project a program in Python brings in, and by which of their names.

Told from plain import statements at the left margin, outside of strings and comments, as the bytes have them: nothing
is parsed and nothing is run. What a program sets for itself, and which rule asks, is not known here.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from envlint.library import Library

# As deep as anybody reads, and as far as a project goes before its imports say nothing new.
_MOST_HOPS = 4
_MOST_FILES = 400
_MOST_VISITS = 100_000
_MOST_IMPORTS = 512
_MOST_NAMES = 64
# Longer than any name of a module that somebody writes.
_LONGEST = 256
# Programs that bring in one file: more of them than this say nothing new about it.
_MOST_PROGRAMS = 16

# Where modules of a project lie, besides the folder of the script that is started (library reference, sys.path).
_ROOTS = ("", "src")

# Strings and comments are passed over; every alternative that begins also ends, so that no text is tried twice.
_STATEMENT = re.compile(
    rb"""
    \#[^\n]*
    | \"\"\".*?(?:\"\"\"|\Z)
    | '''.*?(?:'''|\Z)
    | "(?:[^"\\\n]|\\.)*
    | '(?:[^'\\\n]|\\.)*
    | ^from[ \t]+(?P<module>[.\w]+)[ \t]+import\b[ \t]*(?P<names>\([^()]*(?:\)|\Z)|[^\n\#;]*)
    | ^import[ \t]+(?P<modules>[^\n\#;]*)
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
_NAME = re.compile(rb"[A-Za-z_]\w*")
_USED = re.compile(rb"\.?\b[A-Za-z_]\w*(?: as\b)?")
_DOTTED = re.compile(rb"[A-Za-z_][\w.]*")

# What stands at the left margin and has a name, or runs in a program only.
_BLOCK = re.compile(r"^(?:(?:async[ \t]+)?def[ \t]+|class[ \t]+)(?P<name>\w+)|^(?P<other>[^\s#)\]}])", re.MULTILINE)
_MAIN = re.compile(r"if\b.*__name__")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Import:
    """What one statement imports: a module by its dotted name, behind `level` dots, and the names out of it; None:
    the module itself, and "*" for all of them."""

    level: int
    module: str
    names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Program:
    """A program that brings in a file. `by_name`: a statement of it, or of a file that it brings in, asks the file
    for one of the names that were looked for."""

    path: str
    by_name: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """Another file that runs in one process with a file: it `imports` that file, or is imported by it. `by_name` as
    for a program."""

    path: str
    imports: bool
    by_name: bool


@dataclass(eq=False)
class Imports:
    """The imports of one project's files, each file read once, on demand."""

    library: Library
    _statements: dict[str, tuple[Import, ...]] = field(default_factory=dict)
    _resolved: dict[tuple[str, str], tuple[tuple[str, Import], ...]] = field(default_factory=dict)
    _words: dict[str, Counter[str]] = field(default_factory=dict)
    _reaching: dict[str, dict[str, list[tuple[str, Import]]]] = field(default_factory=dict)
    _left: int = _MOST_VISITS

    def programs(self, path: str, names: frozenset[str] | None) -> Iterator[Program]:
        """The programs that something of the project may start and that bring in a file, in order. `names` are those
        of its functions and classes that matter; None: all that matters runs when it is imported."""
        found = self._programs.get(path, {}) if names is None or names else {}
        for program, importers in islice(found.items(), _MOST_PROGRAMS):
            asked = names is None or any(self._asks(importer, one, names) for importer, one in importers)
            yield Program(program, asked)

    def beside(self, path: str, names: frozenset[str] | None, others: Iterable[str]) -> Iterator[Beside]:
        """Those of some other files that run in one process with a file: it imports them, or they import it. In a file
        that is imported, what runs at once may run before anything else."""
        own = self._reached(path)
        for other in others:
            if other in own:
                yield Beside(other, imports=False, by_name=True)
            elif path in (found := self._reached(other)) and names:
                asked = any(self._asks(importer, one, names) for importer, one in found[path])
                yield Beside(other, imports=True, by_name=asked)

    def _reached(self, program: str) -> dict[str, list[tuple[str, Import]]]:
        """The files that a program brings in, each with those that import it and how; none once too many were."""
        if program not in self._reaching:
            found: dict[str, list[tuple[str, Import]]] = {}
            for importer, target, statement in self._brought_in(program) if self._left > 0 else ():
                self._left -= 1
                found.setdefault(target, []).append((importer, statement))
            self._reaching[program] = found
        return self._reaching[program]

    @cached_property
    def _programs(self) -> dict[str, dict[str, list[tuple[str, Import]]]]:
        """For each file that is brought in, the programs that do so, and the statements that name it."""
        found: dict[str, dict[str, list[tuple[str, Import]]]] = {}
        for program, surface in sorted(self.library.surfaces().items()):
            if surface == "python" and self.library.launchers_naming(program):
                for target, importers in self._reached(program).items():
                    found.setdefault(target, {})[program] = importers
        return found

    def _brought_in(self, program: str) -> Iterator[tuple[str, str, Import]]:
        """Every file that a program brings in, with the file and the statement that name it; the nearest first."""
        folder = posixpath.dirname(program)
        seen = {program}
        waiting = [program]
        for _ in range(_MOST_HOPS):
            further: list[str] = []
            for importer in waiting:
                for target, statement in self._targets(importer, folder):
                    if target != program:
                        yield importer, target, statement
                    if target not in seen and len(seen) < _MOST_FILES:
                        seen.add(target)
                        further.append(target)
            waiting = further

    def _targets(self, path: str, folder: str) -> tuple[tuple[str, Import], ...]:
        """The files that a file imports where the script that was started lies in a folder."""
        key = (path, folder)
        if key not in self._resolved:
            self._resolved[key] = tuple(
                dict.fromkeys((target, one) for one in self._of(path) for target in self._files(path, folder, one))
            )
        return self._resolved[key]

    def _of(self, path: str) -> tuple[Import, ...]:
        if path not in self._statements:
            self._statements[path] = tuple(islice(statements(self.library.open(path) or b""), _MOST_IMPORTS))
        return self._statements[path]

    def _files(self, path: str, folder: str, statement: Import) -> Iterator[str]:
        """The files of the project that a statement runs: packages on the way, the module, submodules among names."""
        if statement.level:
            at = posixpath.dirname(path)
            for _ in range(statement.level - 1):
                at = posixpath.dirname(at)
            yield from self._module(at, statement)
            return
        first = statement.module.partition(".")[0]
        for root in dict.fromkeys((folder, *_ROOTS)):
            # Most of what is imported is none of the project's.
            files = tuple(self._module(root, statement)) if first in self._inside.get(root, ()) else ()
            if files:
                yield from files
                return

    @cached_property
    def _inside(self) -> dict[str, set[str]]:
        """For each folder, the modules in it and the folders that lead to one, by the names that imports use."""
        found: dict[str, set[str]] = {}
        for path, surface in self.library.surfaces().items():
            at = path.removesuffix(".py") if surface == "python" else ""
            while at:
                at, name = posixpath.split(at)
                names = found.setdefault(at, set())
                if name in names:
                    break
                names.add(name)
        return found

    def _module(self, root: str, statement: Import) -> Iterator[str]:
        surfaces = self.library.surfaces()
        at = root
        for part in statement.module.split(".") if statement.module else ():
            at = posixpath.join(at, part)
            yield from (file for file in (f"{at}.py", f"{at}/__init__.py") if surfaces.get(file) == "python")
        for name in statement.names or ():
            inner = posixpath.join(at, name)
            yield from (file for file in (f"{inner}.py", f"{inner}/__init__.py") if surfaces.get(file) == "python")

    def _asks(self, importer: str, statement: Import, names: frozenset[str]) -> bool:
        """Whether a file that imports another one uses one of its names: out of it, by a star, or as an attribute. A
        package hands on what it imports."""
        if importer not in self._words:
            self._words[importer] = Counter(_plain(word) for word in _USED.findall(self.library.open(importer) or b""))
        used = self._words[importer]
        if statement.names is not None and statement.names != ("*",):
            taken = names.intersection(statement.names)
            once = 0 if posixpath.basename(importer) == "__init__.py" else 1
            if any(used[name] > once or used[name + " as"] for name in taken):
                return True
        return any(used["." + name] or (statement.names == ("*",) and used[name]) for name in names)


def statements(data: bytes) -> Iterator[Import]:
    """The plain imports in the bytes of a Python file, in order."""
    for found in _STATEMENT.finditer(data):
        if found["modules"] is not None:
            for part in found["modules"].split(b",")[:_MOST_NAMES]:
                dotted = _DOTTED.match(part.strip())
                if dotted is not None and len(dotted[0]) <= _LONGEST:
                    yield Import(0, _plain(dotted[0].rstrip(b".")), None)
        elif found["module"] is not None and len(found["module"]) <= _LONGEST:
            module = found["module"].lstrip(b".")
            names = tuple(_names(found["names"]))
            yield Import(len(found["module"]) - len(module), _plain(module), names)


def _names(written: bytes) -> Iterator[str]:
    for part in written.strip(b"( )\t\r\n").split(b",")[:_MOST_NAMES]:
        part = re.sub(rb"#[^\n]*", b"", part).strip()
        name = _NAME.match(part)
        if name is not None or part == b"*":
            yield _plain(name[0] if name is not None else part)


def _plain(name: bytes) -> str:
    return name.decode("utf-8", "replace")


# What runs with the import, and what runs in a program only: no names of anything.
_IMPORTED = ""
_PROGRAM = "__main__"


@dataclass(eq=False)
class Entrances:
    """The ways into the code of one module. A function is taken to use another one where it holds its word."""

    text: str
    _found: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def to(self, name: str) -> frozenset[str] | None:
        """The names of functions and classes at the left margin by which one of them may come to run; None where it
        runs when the module is imported."""
        if name not in self._found:
            self._found[name] = self._ways(name)
        return self._found[name]

    def at(self, offset: int) -> frozenset[str] | None:
        """The same for the code at an offset outside of all functions and classes: None, or no way at all where it
        stands under `if __name__ == "__main__":`, which runs in a program only."""
        block = self._blocks[bisect_right(self._starts, offset) - 1]
        return frozenset() if block.name == _PROGRAM else None

    def _ways(self, name: str) -> frozenset[str] | None:
        found: dict[str, None] = {}
        waiting = [name]
        while waiting and len(found) < _MOST_NAMES:
            one = waiting.pop()
            if one == _IMPORTED:
                return None
            if one not in found:
                found[one] = None
                waiting.extend(sorted(self._users.get(one, ())))
        return frozenset(found) - {_PROGRAM}

    @cached_property
    def _blocks(self) -> tuple[_Block, ...]:
        return tuple(_blocks(self.text))

    @cached_property
    def _starts(self) -> list[int]:
        return [block.start for block in self._blocks]

    @cached_property
    def _users(self) -> dict[str, set[str]]:
        """For each function and class, the blocks that hold its name."""
        named = {block.name for block in self._blocks} - {_IMPORTED, _PROGRAM}
        users: dict[str, set[str]] = {}
        for block in self._blocks:
            for word in {found[0] for found in _WORD.finditer(self.text, block.start, block.end)} & named:
                users.setdefault(word, set()).add(block.name)
        return users


@dataclass(frozen=True, slots=True)
class _Block:
    """What stands below one line at the left margin: what it is called, and its ends."""

    name: str
    start: int
    end: int


def _blocks(text: str) -> Iterator[_Block]:
    name, start = _IMPORTED, 0
    for found in _BLOCK.finditer(text):
        now = found["name"] or (_PROGRAM if _MAIN.match(text, found.start()) else _IMPORTED)
        if now != name or found["name"]:
            yield _Block(name, start, found.start())
            name, start = now, found.start()
    yield _Block(name, start, len(text))
