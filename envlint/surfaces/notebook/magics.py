"""Magics: what IPython's own lines and cells do, told as Python that does the same, or kept aside.

A `%env` becomes an assignment to os.environ, so that the Python reader follows it. What another reader must read
(a command, a cell for bash, a file that is written) becomes a read of a variable with a name of its own, by which
it is found again, in its order and scope. Checked against IPython 7 to 9. Knows no facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from envlint.embedded import Embedded, cut, joined, made
from envlint.source import Span
from envlint.surfaces import surface_of_name
from envlint.surfaces.notebook.lines import Line, dedented, lines_of, stripped
from envlint.surfaces.notebook.names import Names, filled, with_stand_ins

OS = "_ipython_os"
DOTENV = "_ipython_dotenv"
PRELUDE = f"import os as {OS}\nimport dotenv as {DOTENV}\n"
"""What the names in a translation stand for."""

MARK = "__ipython_aside_"
_NOBODY = "_ipython_value"
_DISTURBED = "_ipython_code()"

_HEAD = re.compile(r"%%([A-Za-z_!][\w.-]*)([^\r\n]*)(?:\r\n?|\n|\Z)")
_NAME = re.compile(r"[A-Za-z_]\w*")
# The name ends at the first blank; with any other character in it IPython knows no such magic.
_MAGIC = re.compile(r"([^ ]+) *")
_TIMEIT = re.compile(r"(?:-[nrpt][ \t]*\d+[ \t]+|-[a-z]+[ \t]+)*")
_WORDS = re.compile(r"\S+")

# Cells and lines whose text is Python in the notebook's own process.
_PYTHON_CELLS = frozenset({"capture", "time", "timeit", "prun", "memit", "wandb", "heat", "snakeviz", "scalene"})
_PYTHON_LINES = frozenset({"time", "timeit", "prun", "memit"})
_SHELL_CELLS = {"bash": "bash", "sh": "sh", "shell": "bash", "!": "sh", "sx": "sh", "system": "sh", "zsh": "zsh"}
_OTHER_PYTHON = frozenset({"python", "python2", "python3", "pypy"})
_FILES = frozenset({"writefile", "file"})
_INSTALLERS = frozenset({"pip", "conda", "mamba", "micromamba", "uv"})
# Databricks' marks, alone in the first line of a cell in another language.
_ALONE = re.compile(r"%(sh|md|sql|scala|r|fs)[ \t]*(?:\r\n?|\n|\Z)")
# Line magics that leave the environment alone.
_QUIET_NAMES = """alias autoreload autosave cat cd colors config cp debug dirs doctest_mode gui hist history inspect ll
load_ext logstart ls lsmagic lx magic man matplotlib mkdir mv notebook page pdb pdef pdoc pfile pinfo popd precision
psearch psource pushd pwd quickref recall reload_ext rerun reset_selective rm rmdir save tb tensorboard unalias
unload_ext who who_ls whos xdel xmode"""
_QUIET = frozenset(_QUIET_NAMES.split())
_SYSTEM = frozenset({"sx", "system", "sc"})


@dataclass(frozen=True, slots=True)
class Shell:
    """Text that a shell of its own is given; `name` is the notation."""

    text: Embedded
    name: str
    dialect: str


@dataclass(frozen=True, slots=True)
class Program:
    """Python that a process of its own runs."""

    text: Embedded


@dataclass(frozen=True, slots=True)
class Written:
    """A file that a cell writes."""

    text: Embedded
    path: str


Aside: TypeAlias = Shell | Program | Written


@dataclass(slots=True)
class Translation:
    """A cell as Python. `asides` are found again by the variable in whose place they stand; `sets` are the
    offsets in the file at which `%env` sets a variable. `unread`: the cell is in some other language. `cell` is what
    IPython would read."""

    cell: Embedded
    names: Names
    number: int
    asides: dict[str, Aside] = field(default_factory=dict)
    sets: set[int] = field(default_factory=set)
    unread: bool = False

    def python(self) -> Embedded:
        """The cell's Python, magics translated; each of its lines ends with a line end."""
        body = self._inside(self.cell)
        if isinstance(body, Embedded):
            pieces = [piece for line in lines_of(body) for piece in self._line(line)]
            return joined((*pieces, made("\n", self.cell.end, self.cell.end)), self.cell.end)
        self.unread = body is None
        return joined((*self._aside(body, self.cell.end), made("\n", self.cell.end, self.cell.end)), self.cell.end)

    def one_magic(self) -> Embedded | None:
        """A cell of one line that begins with a magic's name and is no Python: IPython adds the `%` itself."""
        body = self._inside(self.cell)
        if not isinstance(body, Embedded):
            return None
        line = stripped(body)
        found = _MAGIC.match(line.text)
        known = _QUIET | _INSTALLERS | {"env", "set_env", "dotenv", "run"}
        if found is None or found[1] not in known or "\n" in line.text or "\r" in line.text:
            return None
        empty = cut(line, 0, 0)
        pieces = self._line(Line(line, empty, "%", line, made("\n", line.end, line.end)))
        return joined(pieces, line.end)

    # ---- Cells

    def _inside(self, cell: Embedded) -> Embedded | Aside | None:
        """The Python of a cell below its cell magics, or what it is instead; None: nothing that is read."""
        for _ in range(_MOST_HEADS):
            alone = _ALONE.match(cell.text)
            if alone is not None:
                rest = cut(cell, alone.end(), len(cell.text))
                return Shell(rest, "%sh", "bash") if alone[1] == "sh" else None
            found = _HEAD.match(cell.text)
            if found is None:
                return cell
            body = cut(cell, found.end(), len(cell.text))
            if found[1] not in _PYTHON_CELLS:
                return _other(found[1], found[2], body)
            # The next lines may begin with another cell magic.
            cell = dedented(body)
        return None

    # ---- Lines

    def _line(self, line: Line) -> Iterator[Embedded]:
        for _ in range(_MOST_HEADS):
            if line.escape != "%":
                break
            rest = _statement(line.rest)
            if rest is None:
                break
            # `%time statement`: the statement stands alone, or is another magic.
            whole = joined((line.before, rest, line.line_end), line.line_end.end)
            line = next(lines_of(whole), line)
        at = line.before.end
        match line.escape:
            case "":
                yield line.whole
                return
            case "?":
                yield from (line.before, made("None", at, at))
            case "!" | "!!":
                command = with_stand_ins(line.rest, self.names)
                yield from self._told(line, self._aside(Shell(command, line.escape, "sh"), at, listed=line.assigns))
            case "%":
                yield from self._told(line, self._magic(line))
            case _:
                # A cell magic that begins no cell is an error when its line is reached.
                yield from (line.before, made(_DISTURBED, at, at))
        yield line.line_end

    def _told(self, line: Line, pieces: Iterator[Embedded]) -> Iterator[Embedded]:
        yield line.before
        yield from pieces

    def _magic(self, line: Line) -> Iterator[Embedded]:
        rest = line.rest
        found = _MAGIC.match(rest.text)
        name = found[1] if found is not None else ""
        words = cut(rest, found.end(), len(rest.text)) if found is not None else rest
        at = rest.starts[0] if rest.starts else rest.end
        if name in ("env", "set_env"):
            yield from self._env(words, line.before.end, reads=name == "env")
        elif name == "dotenv":
            yield from _dotenv(words, at)
        elif name in _INSTALLERS:
            yield from self._aside(Shell(with_stand_ins(rest, self.names), "%", "sh"), at, listed=line.assigns)
        elif name in _SYSTEM:
            yield from self._aside(Shell(with_stand_ins(words, self.names), "!", "sh"), at, listed=line.assigns)
        elif name == "run" and not line.assigns:
            command = joined((made("python ", at, at), with_stand_ins(words, self.names)), words.end)
            yield from self._aside(Shell(command, "%", "sh"), at)
            # The file runs in the notebook's own process.
            yield made(f"; {_DISTURBED}", words.end, words.end)
        elif name in _QUIET:
            yield made("None", at, at)
        else:
            yield made(_DISTURBED, at, at)

    def _env(self, words: Embedded, at: int, *, reads: bool) -> Iterator[Embedded]:
        """`%env NAME=value`, or with a blank in place of the first `=`. Blanks around both are dropped, and quotes and
        whatever looks like a comment are kept (IPython.core.magics.osm)."""
        text = words.text
        split = "=" if "=" in text else " "
        middle = text.find(split)
        if middle < 0:
            name = stripped(words)
            known = reads and _NAME.fullmatch(name.text)
            yield from _item(name, at) if known else (made("None", at, at),)
            return
        name = stripped(cut(words, 0, middle))
        if not _NAME.fullmatch(name.text):
            # With a blank in its name IPython refuses it; with other characters it is no name that is looked for.
            yield made("None", at, at)
            return
        self.sets.add(at)
        yield from _item(name, at)
        yield made(" = ", name.end, name.end)
        yield from self._text(stripped(cut(words, middle + 1, len(text))))

    def _text(self, value: Embedded) -> Iterator[Embedded]:
        """A text that IPython may fill values into, as a Python expression."""
        text = value.text
        at = value.starts[0] if value.starts else value.end
        places = list(filled(text, self.names))
        if not places and "{{" not in text and "}}" not in text:
            yield from _literal(value, at)
            return
        span, name = places[0] if len(places) == 1 else (Span(0, 0), "")
        # In single quotes a dollar stays; two marks of any kind may spoil each other.
        if not name or sum(map(text.count, "${}")) != (2 if text[span.start] == "{" else 1) or "'" in text:
            yield made(_NOBODY, at, value.end)
            return
        yield from _literal(cut(value, 0, span.start), at)
        place = value.outer(span)
        yield made(f" + str({name}) + ", place.start, place.end)
        yield from _literal(cut(value, span.end, len(text)), value.end)

    # ---- Asides

    def _aside(self, aside: Aside | None, at: int, *, listed: bool = False) -> Iterator[Embedded]:
        """The read that stands for something else; in a list where a name is given to its result."""
        if aside is None:
            yield made("None", at, at)
            return
        mark = f"{MARK}{self.number}_{len(self.asides)}"
        self.asides[mark] = aside
        read = f'{OS}.environ["{mark}"]'
        yield made(f"[{read}]" if listed else read, at, at)


WRITTEN = frozenset({"python", "shell", "dotenv", "dockerfile"})
"""The surfaces of files that are read where a cell writes them."""

_MOST_HEADS = 4
"""How many magics may stand in front of each other."""


def _other(name: str, words: str, body: Embedded) -> Aside | None:
    """What a cell magic makes of its cell where that is not the notebook's own Python."""
    if name == "script":
        found = _WORDS.findall(words)
        name = next((word.rpartition("/")[2] for word in found if not word.startswith("-") and word != "env"), "")
        name = "python" if name.startswith("python") else name
    if name in _SHELL_CELLS:
        return Shell(body, f"%%{name}", _SHELL_CELLS[name])
    if name in _OTHER_PYTHON:
        return Program(body)
    if name in _FILES:
        found = [word for word in _WORDS.findall(words) if word not in ("-a", "--append")]
        path = found[0].strip("\"'") if len(found) == 1 else ""
        return Written(body, path) if surface_of_name(path.rpartition("/")[2]) in WRITTEN else None
    return None


def _statement(rest: Embedded) -> Embedded | None:
    """What a line magic runs as a statement of the notebook, if it is such a magic."""
    found = _MAGIC.match(rest.text)
    if found is None or found[1] not in _PYTHON_LINES:
        return None
    options = _TIMEIT.match(rest.text, found.end())
    return cut(rest, options.end() if options is not None else found.end(), len(rest.text))


def _dotenv(words: Embedded, at: int) -> Iterator[Embedded]:
    """`%dotenv [-o] [-v] [path]`, of python-dotenv's extension."""
    found = list(_WORDS.finditer(words.text))
    options = [word[0] for word in found if word[0].startswith("-")]
    paths = [word for word in found if not word[0].startswith("-")]
    yield made(f"{DOTENV}.load_dotenv(", at, at)
    if paths:
        yield from _literal(cut(words, *paths[0].span()), at)
    else:
        yield made("None", at, at)
    overrides = any(option in ("-o", "-vo", "-ov", "--override") for option in options)
    yield made(f", override={overrides})", words.end, words.end)


def _item(name: Embedded, at: int) -> Iterator[Embedded]:
    """The variable of a name in os.environ."""
    yield made(f'{OS}.environ["', at, at)
    yield name
    yield made('"]', name.end, name.end)


def _literal(text: Embedded, at: int) -> Iterator[Embedded]:
    """A text as a string literal of Python; nothing but its own characters has a length in the file."""
    yield made('"', at, at)
    done = 0
    for found in _SPECIAL.finditer(text.text):
        yield cut(text, done, found.start())
        place = text.outer(Span(*found.span()))
        yield made(f"\\x{ord(found[0]):02x}", place.start, place.end)
        done = found.end()
    yield cut(text, done, len(text.text))
    yield made('"', text.end if text.text else at, text.end if text.text else at)


# What would end a literal, or escape something.
_SPECIAL = re.compile(r"[\"\\\x00-\x1f]")
