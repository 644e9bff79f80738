"""What Python code starts and loads: programs with their words and environment, settings files.

Owns the notation of subprocess, os.system, os.exec* and load_dotenv. What a shell makes of a command is its own
reader's to say.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from itertools import islice

import libcst as cst

from envlint.facts import Include, Launch
from envlint.source import Span
from envlint.surfaces.python.calls import argument, path_of
from envlint.surfaces.python.collector import Collector
from envlint.surfaces.python.effects import bind_items
from envlint.surfaces.python.items import contents_of
from envlint.surfaces.python.names import only_bound, qualified
from envlint.surfaces.python.prose import HOLE
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Bound, Place, Spot, Step
from envlint.surfaces.python.spelling import spelled
from envlint.surfaces.python.values import value_of
from envlint.value import Constant, Value, literal, unknown

_SUBPROCESS = frozenset(f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen"))
_SHELLS = frozenset(
    {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_shell"}
)
_EXEC = re.compile(r"os\.(?:exec|spawn)([lv])(p?)(e?)")
_DOTENV = frozenset({"dotenv.load_dotenv", "dotenv.main.load_dotenv"})
_FIND_DOTENV = frozenset({"dotenv.find_dotenv", "dotenv.main.find_dotenv"})

_MOST_WORDS = 256
_MOST_CHARACTERS = 16_384
_WORD = re.compile(r"\S+")
_QUOTED = re.compile(r"[\"'\\]")


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
    """`subprocess.run(args, shell=False)`: a program and its words, or a line for the shell (library reference)."""
    command = argument(node, 0, "args")
    place = _environment(collector, step, spot, node)
    shell = next((each.value for each in node.args if each.keyword is not None and each.keyword.value == "shell"), None)
    by_shell = shell is not None and not _is_constant(collector, shell, spot, False)
    if by_shell:
        first = _elements(command)[0] if isinstance(command, (cst.List, cst.Tuple)) and command.elements else command
        _shell(collector, step, spot, first, place)
    elif command is not None:
        _program(collector, step, spot, command, place)


def _program(collector: Collector, step: Step, spot: Spot, command: cst.CSTNode, place: Place) -> None:
    """A program by a list of words that is written out, split from a text, or bound to a name and not changed."""
    node = spot.node
    assert isinstance(node, cst.Call)
    reading = collector.reading
    if isinstance(command, (cst.List, cst.Tuple)):
        _launch(collector, step, node, _elements(command), spot, place)
        return
    bound = only_bound(spot.space, command.value) if isinstance(command, cst.Name) else None
    if bound is not None and isinstance(bound.value, (cst.List, cst.Tuple)) and _is_only_used(reading, command, bound):
        with reading.at(bound.step):
            given = Spot(node, bound.step.line, bound.space, bound.place)
            values, spans = _values(collector, _elements(bound.value), given)
        _start(collector, step, node, values, spans, place)
        return
    text, how = _split(command, spot)
    if text is None:
        return
    span = reading.span(text)
    values, spans = _words_of(collector, value_of(reading, text, spot.space, spot.place), span, how)
    if not how and values:
        # One text is the program's name as a whole, but for Windows, where it is a line.
        collector.add(Launch(values[0].text or "", tuple(values[1:]), reading.span(node)), place, step)
    elif values:
        _start(collector, step, node, values, spans, place)
    else:
        collector.add(Launch("", (), reading.span(node)), place, step)


def _words_of(collector: Collector, value: Value, span: Span, how: str) -> tuple[list[Value], list[Span]]:
    """The words that a text is split into, by blanks or as `shlex.split` does, which knows quotes and nothing else
    of a shell; none where that is not certain."""
    way = next(spelled(value), None)
    if way is None or len(way.text) > _MOST_CHARACTERS:
        return [], []
    values: list[Value] = []
    spans: list[Span] = []
    if how == "shlex" and _QUOTED.search(way.text) is not None:
        try:
            values = [literal(word) for word in shlex.split(way.text)] if HOLE not in way.text else []
        except ValueError:
            values = []
        return values[:_MOST_WORDS], [span] * len(values[:_MOST_WORDS])
    for found in islice(_WORD.finditer(way.text), _MOST_WORDS):
        known = way.cut(collector.reading.source, *found.span())
        places = [piece.span for piece in known.literals() if piece.span is not None and piece.span in span]
        values.append(known if HOLE not in found[0] else unknown("a Python value", span, "str"))
        spans.append(places[0].to(places[-1]) if places else span)
    return values, spans


def _is_only_used(reading: Reading, command: cst.CSTNode, bound: Bound) -> bool:
    """Whether a list's name is used here alone, so that nothing can have changed it."""
    return isinstance(command, cst.Name) and reading.outline.uses[command.value] == 1 and bound.kind == "value"


def _split(command: cst.CSTNode, spot: Spot) -> tuple[cst.CSTNode | None, str]:
    """The text whose words a command is, and how it is split: `shlex.split(text)`, `text.split()`; or the command
    itself, which may be one text."""
    if isinstance(command, cst.Call):
        if qualified(command.func, spot.space) == "shlex.split":
            return argument(command, 0, "s"), "shlex"
        if isinstance(command.func, cst.Attribute) and command.func.attr.value == "split" and not command.args:
            return command.func.value, "blanks"
    return command, ""


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
    values, spans = _values(collector, words, spot)
    _start(collector, step, node, values, spans, place)


def _values(collector: Collector, words: Sequence[cst.CSTNode], spot: Spot) -> tuple[list[Value], list[Span]]:
    reading = collector.reading
    values: list[Value] = []
    spans: list[Span] = []
    for word in words[:_MOST_WORDS]:
        spans.append(reading.span(word))
        if isinstance(word, cst.StarredElement):
            values.append(unknown("unpacked", spans[-1]))
            break
        # sys.executable is the running Python (library reference, sys).
        executable = qualified(word, spot.space) == "sys.executable"
        value = value_of(reading, word, spot.space, spot.place)
        values.append(literal("python", spans[-1]) if executable else value)
    return values, spans


def _start(
    collector: Collector, step: Step, node: cst.Call, values: list[Value], spans: list[Span], place: Place
) -> None:
    # The shell's reader is loaded only where there is something for it to read.
    from envlint.surfaces.python import commands

    if values and values[0].text is not None and commands.words(collector, step, values, spans, place):
        return
    if values:
        program = values[0].text or ""
        collector.add(Launch(program, tuple(values[1:]), collector.reading.span(node)), place, step)


def _shell(
    collector: Collector, step: Step, spot: Spot, command: cst.CSTNode | None, place: Place, name: str = "shell"
) -> None:
    """A command line that a shell is given."""
    node = spot.node
    if command is None or not isinstance(node, cst.Call):
        return
    value = value_of(collector.reading, command, spot.space, spot.place)
    if not command_line(collector, step, value, collector.reading.span(command), place, name):
        collector.add(Launch("", (), collector.reading.span(node)), place, step)


def command_line(collector: Collector, step: Step, value: Value, span: Span, place: Place, name: str) -> bool:
    """The facts of a command line; whether anything of it is known."""
    from envlint.surfaces.python import commands

    return commands.command_line(collector, step, value, span, place, name)


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
