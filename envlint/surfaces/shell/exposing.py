"""What commands let others read: the words of a program's command line, and what goes to a terminal or a log.

Owns which words are seen by whom. It must not know whether a shell traces its commands, nor what a secret looks like.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from itertools import groupby, islice

from envlint.facts import Exposed, Way
from envlint.source import Span
from envlint.surfaces.shell.args import Arg, Setting, Started
from envlint.surfaces.shell.arrays import means_all
from envlint.surfaces.shell.commands import BUILTINS
from envlint.surfaces.shell.reading import Carried, Reading
from envlint.surfaces.shell.syntax import (
    Array,
    Assignment,
    Command,
    Parameter,
    Piece,
    Redirect,
    Script,
    Simple,
    Text,
    Word,
)

# Expansions that give a name's whole value where it is set, and those that give their own word (POSIX 2.6.2).
_WHOLE = frozenset({"", "-", ":-", "=", ":=", "?", ":?"})
_WORDED = _WHOLE | {"+", ":+"}
_PRINTING = frozenset({"echo", "print", "printf", "printenv"})
_PASSING = frozenset({"cat", "tee"})
_TO_A_FILE = frozenset({">", ">>", ">|", "&>", "&>>", ">&"})
# What is a terminal or a log all the same (Bash manual 3.6): standard error, and the streams by their number.
_STREAMS = re.compile(r"/dev/(?:stdout|stderr|tty|fd/[12])|[12]")
# A word to the runner of a workflow, which hides the text from then on (GitHub Actions, workflow commands).
_HIDING = "::add-mask::"
# Long enough to be a secret.
_SPELLED = re.compile(r"[0-9A-Za-z_-]{40}")
_OPTION = re.compile(r"[-+]{0,2}([A-Za-z][\w.-]*)(=?)")
# Their own command line lasts as long as that of the program they start; sudo(8) writes it into a log, too.
_LASTING = frozenset({"sudo", "doas"})
_MOST = 4
"""How many secrets of an array are told."""
_DEEPEST = 32
"""How many scopes are looked at for one that holds another."""


def tell_exposed(reading: Reading, command: Simple, args: Sequence[Arg], started: Started, scope: int) -> None:
    """Tells what a simple command exposes."""
    if not reading.secrets.sought or not command.words:
        return
    logged = reading.logged and not is_kept(reading.script, command.redirects)
    at, name = _own_name(command, args, started)
    words = command.words[at:]
    if name in _PRINTING and words:
        if not _hides(words[0]):
            _tell_printed(reading, command, name, words, scope)
    elif _is_shells_own(reading, command, started):
        _tell(reading, "word", words, scope)
    else:
        dynamic = command.words[0].static is None
        _tell_line(reading, command.words if dynamic else command.words[1:], args, started, scope)
        if name in _PASSING:
            _tell_passed(reading, command.redirects, scope, logged=logged)


def _own_name(command: Simple, args: Sequence[Arg], started: Started) -> tuple[int, str]:
    """The command behind `command`, `builtin` and wrappers such as sudo, and which of the words follows it."""
    at = 1 if command.words[0].static in ("command", "builtin") and len(command.words) > 1 else 0
    wrapped = started.program.rpartition("/")[2]
    if not at and wrapped in _PRINTING | _PASSING:
        place = args[started.at].span.start - args[0].span.start
        first = command.words[0].span.start
        at = next((n for n, word in enumerate(command.words) if word.span.start - first >= place), 0)
    return at + 1, (command.words[at].static or "").rpartition("/")[2]


def _is_shells_own(reading: Reading, command: Simple, started: Started) -> bool:
    """Whether a command starts no program: its words stay within the shell."""
    if not started.program:
        return command.words[0].static is not None
    return started.program in BUILTINS or started.program in reading.functions


def _tell_printed(reading: Reading, command: Simple, name: str, words: Sequence[Word], scope: int) -> None:
    """Tells what a command prints: to a log, into a file, or for another command to read."""
    kept = is_kept(reading.script, command.redirects)
    logged = reading.logged and not kept
    if name == "printf" and words[0].static == "-v":
        # Bash manual 4.2, printf: the text becomes the value of a name.
        _tell(reading, "word", words, scope)
    elif kept:
        file = _file(reading.script, command.redirects)
        if file != "/dev/null":
            _tell(reading, "written", words, scope, program=file)
        _tell(reading, "word", words, scope)
    else:
        _tell(reading, "printed" if logged else "word", words, scope)
    _tell_named(reading, words if name == "printenv" and logged else (), scope)


def tell_tested(reading: Reading, words: Sequence[Word]) -> None:
    """Tells what the words of `[[ ... ]]` expose."""
    if reading.secrets.sought:
        _tell(reading, "word", words, reading.scope)


def _tell_line(reading: Reading, words: Sequence[Word], args: Sequence[Arg], started: Started, scope: int) -> None:
    """Tells what the command line of a program holds. That of a wrapper such as env is gone in no time."""
    at = args[started.at].span.start
    wrapper = (args[0].text or "").rpartition("/")[2]
    first = args[0].span.start if wrapper in _LASTING else at
    given = [one for one in started.settings if one.span.start >= first and not one.passed and _is_open(reading, one)]
    for setting in given:
        program = started.program if setting.span.start >= at else wrapper
        reading.emit(Exposed("argument", (setting.name,), setting.value_span, scope, program))
    starts = frozenset(setting.span.start for setting in given)
    for start, each in groupby(words, lambda word: reading.script.host(word.span).start >= at):
        rest = [word for word in each if reading.script.host(word.span).start >= first]
        program = started.program if start else wrapper
        _tell(reading, "argument", rest, scope, program=program, told=starts)


def _is_open(reading: Reading, setting: Setting) -> bool:
    """Whether a setting is a secret that is not plainly something else."""
    text = setting.value.text
    return reading.secrets.is_name(setting.name) and (text is None or bool(_SPELLED.search(text)))


def passed_on(script: Script, commands: Sequence[Command]) -> int:
    """From which command of a pipeline on all that is printed comes out of its end as it is."""
    first = len(commands) - 1
    while first > 0 and _passes(script, commands[first]):
        first -= 1
    return first


def _passes(script: Script, command: Command) -> bool:
    named = isinstance(command, Simple) and bool(command.words) and command.words[0].static in _PASSING
    return named and isinstance(command, Simple) and not is_kept(script, command.redirects)


def is_kept(script: Script, redirects: Sequence[Redirect]) -> bool:
    """Whether redirections send the standard output to a file."""
    return any(
        redirect.operator in _TO_A_FILE
        and script.text[redirect.span.start] not in "023456789"
        and not _STREAMS.fullmatch(redirect.target.static or "")
        for redirect in redirects
    )


def _file(script: Script, redirects: Sequence[Redirect]) -> str:
    """The file that standard output goes to at last, as far as its name is written."""
    kept = [redirect for redirect in redirects if is_kept(script, (redirect,))]
    return "".join(piece.text for piece in kept[-1].target.pieces if isinstance(piece, Text)) if kept else ""


def _hides(word: Word) -> bool:
    first = word.pieces[0] if word.pieces else None
    return isinstance(first, Text) and first.text.startswith(_HIDING)


def _tell(
    reading: Reading,
    way: Way,
    words: Sequence[Word],
    scope: int,
    *,
    program: str = "",
    told: Container[int] = (),
) -> None:
    """Tells of each word what it exposes; `told` are the offsets of notations that are told already."""
    before = ""
    for word in words:
        option = _OPTION.match(_prefix(word))
        name = option[1] if option and option[2] else before
        span = reading.script.host(word.span)
        if not any(start in told for start in range(span.start, span.start + 3)):
            _tell_word(reading, way, name, word.pieces, span, scope, program)
        before = option[1] if option and word.static and word.static.startswith("-") and not option[2] else ""


def _tell_word(
    reading: Reading, way: Way, name: str, pieces: Sequence[Piece], span: Span, scope: int, program: str
) -> None:
    """A word, or a text: each expansion that gives a secret's value; the whole, where a name says that it is one or
    where it may spell one."""
    exposed = [Exposed(way, names, place, scope, program) for names, place in _carried(reading, pieces)]
    if not exposed and reading.secrets.is_name(name) and _is_given(reading, pieces):
        written = (piece.name for piece in pieces if isinstance(piece, Parameter))
        exposed = [Exposed(way, tuple(islice(dict.fromkeys((name, *written)), _MOST)), span, scope, program)]
    if not exposed and any(isinstance(piece, Text) and _SPELLED.search(piece.text) for piece in pieces):
        exposed = [Exposed(way, (), span, scope, program)]
    for fact in exposed:
        reading.emit(fact)


def _tell_named(reading: Reading, words: Sequence[Word], scope: int) -> None:
    """printenv(1): its words are the names whose values are printed."""
    for word in words:
        if word.static and reading.secrets.is_name(word.static):
            reading.emit(Exposed("printed", (word.static,), reading.script.host(word.span), scope))


def _tell_passed(reading: Reading, redirects: Sequence[Redirect], scope: int, *, logged: bool) -> None:
    """What `cat` prints of a here-document or a here-string, or writes into a file."""
    file = _file(reading.script, redirects)
    if file == "/dev/null" or not (logged or file):
        return
    for redirect in redirects:
        pieces = redirect.heredoc if redirect.operator in ("<<", "<<-") else redirect.target.pieces
        if pieces and redirect.operator.startswith("<<"):
            span = reading.script.host(pieces[0].span.to(pieces[-1].span))
            _tell_word(reading, "written" if file else "printed", "", pieces, span, scope, file)


def note_list(reading: Reading, assignment: Assignment, array: Array) -> None:
    """Notes the secrets among the words that an array is given, for where all of them are used."""
    if not reading.secrets.sought:
        return
    found = dict.fromkeys(_listed(reading, array.words))
    before = reading.lists.get(assignment.name)
    if before is not None and (assignment.append or not _stands_within(reading, before.scope)):
        # What another branch gave it may still be there.
        found = {**dict.fromkeys(before.names), **found}
    if found:
        reading.lists[assignment.name] = Carried(tuple(found)[:_MOST], reading.scope)
    else:
        reading.lists.pop(assignment.name, None)


def _stands_within(reading: Reading, scope: int) -> bool:
    """Whether a scope is the present one or within it."""
    at: int | None = scope
    for _ in range(_DEEPEST):
        if at is None or at == reading.scope:
            break
        at = reading.scopes[at].parent
    return at == reading.scope


def _listed(reading: Reading, words: Sequence[Word]) -> Iterator[str]:
    before = ""
    for word in words:
        option = _OPTION.match(_prefix(word))
        name = option[1] if option and option[2] else before
        names = [each for carried, _ in _carried(reading, word.pieces) for each in carried]
        yield from names or ([name] if reading.secrets.is_name(name) and _is_given(reading, word.pieces) else ())
        before = option[1] if option and word.static and word.static.startswith("-") and not option[2] else ""


def _prefix(word: Word) -> str:
    first = word.pieces[0] if word.pieces else None
    return first.text if isinstance(first, Text) else ""


def _may_hold(reading: Reading, name: str) -> bool:
    """Whether a name may hold a secret: it is named for one, and the script does not plainly give it another text."""
    return reading.secrets.is_name(name) and not _is_plain(reading, name)


def _is_plain(reading: Reading, name: str) -> bool:
    """Whether what a name holds is known, and too short for a secret."""
    text = reading.names.get(name).value.text
    return text is not None and not _SPELLED.search(text)


def _is_given(reading: Reading, pieces: Sequence[Piece]) -> bool:
    """Whether a word holds what the script does not spell."""
    return any(
        not isinstance(piece, Text)
        and not (isinstance(piece, Parameter) and piece.operator in _WHOLE and _is_plain(reading, piece.name))
        for piece in pieces
    )


def _carried(reading: Reading, pieces: Sequence[Piece]) -> Iterator[tuple[tuple[str, ...], Span]]:
    """The secrets whose whole values pieces are made of, or which the names in them hold in turn; and where."""
    for piece in pieces:
        if not isinstance(piece, Parameter):
            continue
        if piece.operator == "[" and piece.name in reading.lists and means_all(piece, "@*"):
            yield reading.lists[piece.name].names, reading.script.host(piece.span)
        if piece.operator in _WHOLE:
            names = (piece.name, *(ref.name for ref in reading.names.get(piece.name).value.refs()))
            secret = tuple(dict.fromkeys(name for name in names if _may_hold(reading, name)))
            if secret:
                yield secret, reading.script.host(piece.span)
                continue
        if piece.operator in _WORDED:
            yield from _carried(reading, piece.word)
