"""Files whose text becomes settings through a substitution: `export $(cat .env)`, `source <(grep -v '^#' .env)`.

Owns how such commands are recognised, and who of the loaders reads the file as they do. What it makes of the file is
not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from envlint.facts import Include
from envlint.surfaces.shell.effects import SOURCING
from envlint.surfaces.shell.reading import Reading
from envlint.surfaces.shell.syntax import Output, Simple, Word
from envlint.value import Value, literal, unknown

_PLAIN, _UNQUOTED, _BASH = "export $(cat)", "export $(xargs)", "bash"
_OTHER = "export"
"""Commands that change the text in ways of their own."""

_READERS = frozenset({"cat", "grep", "egrep", "sed", "awk", "envsubst", "tr", "cut", "xargs", "sort", "head", "tail"})
_KEEPING = frozenset({"cat", "grep", "egrep", "xargs"})
# Options of xargs with which it takes no quotes away, or puts the text elsewhere (GNU findutils manual 8.4).
_ODD_XARGS = re.compile(r"-(?:0|d|I|i|-null|-delimiter|-replace)")
# Patterns of lines that set nothing: comments and empty ones.
_BLANK = re.compile(r"\\s|\[\[:(?:space|blank):\]\]|\[\[:(?:space|blank):\]#\]")
_NO_SETTING = re.compile(r"[\^#$|()\[\]*+\\ \t.?]*")


def tell_split(reading: Reading, words: Sequence[Word], scope: int) -> None:
    """Tells of the files among whose words settings are sought: operands of `export`, words behind `env`."""
    for word in words:
        match word.pieces:
            case (Output(quoted=False) as output,):
                for path, names in _read_by(reading, output):
                    loader = _OTHER
                    if all(name in _KEEPING for name, _ in names) and not any(map(_selects, names)):
                        loader = _UNQUOTED if any(map(_unquotes, names)) else _PLAIN
                    _tell(reading, word, path, loader, scope, exports=True)


def tell_evaluated(reading: Reading, words: Sequence[Word], scope: int) -> None:
    """Tells of the files that are run as commands: `source <(grep -v '^#' .env)`, `eval "$(cat .env)"`."""
    name = words[0].static if words else None
    if name not in SOURCING and name != "eval":
        return
    for word in words[1:]:
        match word.pieces:
            case (Output() as output,):
                for path, names in _read_by(reading, output):
                    kept = all(each in _KEEPING for each, _ in names) and not any(map(_selects, names))
                    whole = output.quoted or name != "eval"
                    exports = reading.exports or any("export" in (text or "") for _, rest in names for text in rest)
                    _tell(reading, word, path, _BASH if kept and whole else _OTHER, scope, exports=exports)


def _tell(reading: Reading, word: Word, path: Value, loader: str, scope: int, *, exports: bool) -> None:
    reading.emit(Include(path, loader, reading.script.host(word.span), scope, exports=exports))


_Called = tuple[str, list["str | None"]]


def _read_by(reading: Reading, output: Output) -> Iterator[tuple[Value, list[_Called]]]:
    """The file that a substitution reads, and the programs that it goes through with their words."""
    if len(output.body) != 1 or len(output.body[0].chain) != 1:
        return
    commands = output.body[0].chain[0][1].commands
    called: list[_Called] = []
    for command in commands:
        if not isinstance(command, Simple) or command.assignments:
            return
        words = [word.static for word in command.words]
        if words and words[0] not in _READERS:
            return
        called += [(words[0], words[1:])] if words and words[0] else []
    first = commands[0]
    path = _path(first) if isinstance(first, Simple) else None
    if path is not None:
        span = reading.script.host(path.span)
        yield (
            literal(path.static, span) if path.static is not None else unknown("a path", span, "str"),
            called or [("cat", [])],
        )


def _path(command: Simple) -> Word | None:
    """The word that names the file which a command reads."""
    for redirect in command.redirects:
        if redirect.operator == "<":
            return redirect.target
    operands = [word for word in command.words[1:] if not (word.static or "").startswith("-")]
    name = command.words[0].static if command.words else None
    if name == "xargs":
        options = [word.static for word in command.words]
        return command.words[options.index("-a") + 1] if "-a" in options[:-1] else None
    fewest = 1 if name in ("cat", "sort", "head", "tail") else 2
    return operands[-1] if len(operands) >= fewest else None


def _selects(called: _Called) -> bool:
    """Whether grep picks lines by more than that they are comments or empty."""
    name, words = called
    if name not in ("grep", "egrep"):
        return False
    options = "".join(word or "?" for word in words if (word or "").startswith("-"))
    patterns = [word for word in words if word is None or not word.startswith("-")]
    return "v" not in options or not patterns or not _NO_SETTING.fullmatch(_BLANK.sub("", patterns[0] or "A"))


def _unquotes(called: _Called) -> bool:
    name, words = called
    return name == "xargs" and not any(word and _ODD_XARGS.match(word) for word in words)
