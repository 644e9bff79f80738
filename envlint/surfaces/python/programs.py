"""What Python code starts and loads: programs with their words and environment, settings files.

Owns the notation of subprocess, os.system, os.exec* and load_dotenv. How a shell reads a command is not known
here beyond its plain words.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

import libcst as cst

from envlint.facts import Include, Launch
from envlint.surfaces.python.calls import argument, path_of
from envlint.surfaces.python.collector import Collector
from envlint.surfaces.python.effects import bind_items
from envlint.surfaces.python.items import contents_of, only_bound
from envlint.surfaces.python.names import qualified
from envlint.surfaces.python.records import Place, Spot, Step
from envlint.surfaces.python.values import value_of
from envlint.value import Constant, Value, literal, unknown

_SUBPROCESS = frozenset(f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen"))
_SHELLS = frozenset(
    {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_shell"}
)
_EXEC = re.compile(r"os\.(?:exec|spawn)([lv])(p?)(e?)")
_DOTENV = frozenset({"dotenv.load_dotenv", "dotenv.main.load_dotenv"})
_FIND_DOTENV = frozenset({"dotenv.find_dotenv", "dotenv.main.find_dotenv"})

# A word that the shell takes as it stands, or a separator of commands; the rest of its syntax is not read.
_MOST_CHARACTERS = 4_096
_MOST_WORDS = 256
_MOST_COMMANDS = 16
_SEPARATOR = frozenset({";", "&", "&&", "|", "||", "\n"})
_EXPANDED = re.compile(r"[$`*?~<>(){}\[\]!#]")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
# Programs that start the program named after them with the environment they have.
_WRAPPERS = frozenset({"env", "sudo", "time", "nohup", "exec", "nice", "command"})


def program_call(collector: Collector, step: Step, spot: Spot, name: str | None) -> bool:
    """The launch or include that a call is; whether it is one."""
    node = spot.node
    if name is None or not isinstance(node, cst.Call):
        return False
    if name in _SUBPROCESS:
        _subprocess(collector, step, spot, node)
    elif name in _SHELLS:
        _shell(collector, step, spot, argument(node, 0, "command" if name == "os.system" else "cmd"), spot.place)
    elif name == "asyncio.create_subprocess_exec":
        _launch(collector, step, node, _plain(node), spot, _environment(collector, step, spot, node))
    elif name in _DOTENV:
        _include(collector, step, spot, node)
    elif found := _EXEC.fullmatch(name):
        _exec(collector, step, spot, node, found)
    else:
        return False
    return True


def _subprocess(collector: Collector, step: Step, spot: Spot, node: cst.Call) -> None:
    command = argument(node, 0, "args")
    place = _environment(collector, step, spot, node)
    if isinstance(command, (cst.List, cst.Tuple)):
        _launch(collector, step, node, _elements(command), spot, place)
    elif command is not None:
        _shell(collector, step, spot, command, place)


def _plain(node: cst.Call) -> list[cst.CSTNode]:
    """The positional arguments up to one that is unpacked."""
    words: list[cst.CSTNode] = []
    for given in node.args:
        if given.star or given.keyword is not None:
            break
        words.append(given.value)
    return words


def _elements(node: cst.List | cst.Tuple) -> list[cst.CSTNode]:
    return [element if isinstance(element, cst.StarredElement) else element.value for element in node.elements]


def _exec(collector: Collector, step: Step, spot: Spot, node: cst.Call, found: re.Match[str]) -> None:
    """`os.execl(path, arg0, ...)`, `os.execv(path, [arg0, ...])`, with an environment last where the name ends in e."""
    words = _plain(node)
    if found[0].startswith("os.spawn"):
        # The first argument of os.spawn* is the mode.
        words = words[1:]
    place = spot.place
    if found[3] and words:
        place = _given_environment(collector, step, spot, node, words.pop())
    if not words:
        return
    if found[1] == "v":
        given = words[1] if len(words) > 1 else None
        rest = _elements(given) if isinstance(given, (cst.List, cst.Tuple)) else []
        words = [words[0], *rest]
    # The second word is what the program is told it was called.
    _launch(collector, step, node, [words[0], *words[2:]], spot, place)


def _launch(
    collector: Collector, step: Step, node: cst.Call, words: Sequence[cst.CSTNode], spot: Spot, place: Place
) -> None:
    """A program that is started with words that are each an expression."""
    reading = collector.reading
    values: list[Value] = []
    for word in words[:_MOST_WORDS]:
        if isinstance(word, cst.StarredElement):
            values.append(unknown("unpacked", reading.span(word)))
            break
        # sys.executable is the running Python (library reference, sys).
        executable = qualified(word, spot.space) == "sys.executable"
        value = value_of(reading, word, spot.space, spot.place)
        values.append(literal("python", reading.span(word)) if executable else value)
    if values:
        _add(collector, step, node, values, place)


def _shell(collector: Collector, step: Step, spot: Spot, command: cst.CSTNode | None, place: Place) -> None:
    """A program that is started by a command line for the shell; each of its commands, as far as it is plain."""
    node = spot.node
    if command is None or not isinstance(node, cst.Call):
        return
    text = value_of(collector.reading, command, spot.space, spot.place).text
    if text is None or len(text) > _MOST_CHARACTERS:
        _add(collector, step, node, [unknown("a command", collector.reading.span(command), "str")], place)
        return
    for words in _commands(text):
        _add(collector, step, node, [_word(word) for word in words], place)


def _commands(text: str) -> list[list[str]]:
    """The words of each command in a command line; none where its quotes do not match."""
    lexer = shlex.shlex(text.replace("\n", ";"), posix=True, punctuation_chars=";&|")
    lexer.whitespace_split = True
    lexer.commenters = ""
    commands: list[list[str]] = [[]]
    try:
        for word in lexer:
            if word in _SEPARATOR or not word.strip(";&|"):
                commands.append([])
            elif commands[-1] or not _ASSIGNED.match(word):
                commands[-1].append(word)
    except ValueError:
        return []
    return [words for words in commands if words][:_MOST_COMMANDS]


def _word(word: str) -> Value:
    return unknown("expanded by the shell", type="str") if _EXPANDED.search(word) else literal(word)


def _add(collector: Collector, step: Step, node: cst.Call, words: list[Value], place: Place) -> None:
    while len(words) > 1 and words[0].text in _WRAPPERS:
        words = words[1:]
        while len(words) > 1 and _ASSIGNED.match(words[0].prefix):
            words = words[1:]
    program = words[0].text or ""
    collector.add(Launch(program, tuple(words[1:]), collector.reading.span(node)), place, step)


# ---- Environments that are given to a program


def _environment(collector: Collector, step: Step, spot: Spot, node: cst.Call) -> Place:
    """The region that stands for what a program is given as `env=`; where the call stands if it inherits all."""
    given = next((each for each in node.args if each.keyword is not None and each.keyword.value == "env"), None)
    return spot.place if given is None else _given_environment(collector, step, spot, node, given.value)


def _given_environment(collector: Collector, step: Step, spot: Spot, node: cst.Call, given: cst.CSTNode) -> Place:
    bound = only_bound(spot.space, given.value) if isinstance(given, cst.Name) else None
    if bound is not None and bound in collector.environments:
        return collector.environments[bound]
    contents = contents_of(collector.reading, given, spot.space, spot.place)
    if contents is None:
        return spot.place
    if contents.inherits and not contents.items and contents.complete:
        return spot.place
    place = Place(
        "command", spot.place, (spot.line, spot.line), (node, node), clears=contents.complete and not contents.inherits
    )
    bind_items(collector, step, place, "subprocess-env", contents)
    return place


# ---- Settings files


def _include(collector: Collector, step: Step, spot: Spot, node: cst.Call) -> None:
    """`load_dotenv(dotenv_path=None, stream=None, verbose=False, override=False)` of python-dotenv 1.x."""
    stream = argument(node, 1, "stream")
    if stream is not None and not _is_constant(collector, stream, spot, None):
        return
    override = argument(node, 3, "override")
    overrides = override is not None and _is_constant(collector, override, spot, True)
    path = _settings_path(collector, argument(node, 0, "dotenv_path"), spot)
    span = collector.reading.span(node)
    collector.add(Include(path, "python-dotenv", span, overrides=overrides), spot.place, step)
    collector.reading.known.clear()


def _settings_path(collector: Collector, given: cst.CSTNode | None, spot: Spot) -> Value:
    reading = collector.reading
    if isinstance(given, cst.Call) and qualified(given.func, spot.space) in _FIND_DOTENV:
        given = argument(given, 0, "filename")
    if given is None or _is_constant(collector, given, spot, None):
        return literal(".env")
    path = path_of(given, spot.space, lambda part: value_of(reading, part, spot.space, spot.place))
    return literal(path, reading.span(given)) if path is not None else value_of(reading, given, spot.space, spot.place)


def _is_constant(collector: Collector, node: cst.CSTNode, spot: Spot, wanted: bool | None) -> bool:
    value = value_of(collector.reading, node, spot.space, spot.place)
    part = value.parts[0] if len(value.parts) == 1 else None
    return isinstance(part, Constant) and part.value is wanted
