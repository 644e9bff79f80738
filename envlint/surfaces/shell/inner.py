"""Text that a command hands to another reader: a script for a further shell, or a file that the script writes.

`bash -c '...'`, `ssh host '...'` and a here-document for a shell are scripts; `cat > .env <<EOF`, `tee run.sh` and
`echo A=1 >> .env` write files, each read by the surface of its name. Owns which text that is, and that what the
outer script expands in it stays what it is: a stand-in for each such part is taken out again of what was read. A
part is taken for text of one line. What the inner text means is its own surface's affair; it is read one level deep.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from envlint.embedded import Embedded, cut, joined, made, placed, verbatim
from envlint.facts import Facts, Scope
from envlint.source import Source, Span
from envlint.surfaces import load, surface_of_name
from envlint.surfaces.shell.args import Arg, Started, pass_options, program_of, text_at, word_set
from envlint.surfaces.shell.names import Status
from envlint.surfaces.shell.output import Output, written_by
from envlint.surfaces.shell.reading import Reading
from envlint.surfaces.shell.syntax import Redirect, Simple, Text, Word
from envlint.value import Literal, Part, Unknown, Value

SHELLS = {"sh": "sh", "dash": "sh", "ash": "sh", "bash": "bash", "zsh": "zsh", "ksh": "ksh", "mksh": "ksh"}
_FILES = frozenset({"dotenv", "shell", "python"})
_WRITES = frozenset({">", ">>", ">|"})
# Programs among whose words the command of another process stands.
_CARRIERS = word_set(
    "docker podman nerdctl singularity apptainer srun mpirun mpiexec kubectl oc tmux screen gosu su runuser parallel "
    "docker-compose podman-compose"
)
_SSH_VALUED = word_set("-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIRST, _MOST = 0xF0000, 1_000
_STAND_IN = re.compile("[\U000f0000-\U000fffff]")
_PLAIN = re.compile(r"[A-Za-z0-9_.:/@,+-]*\Z")
_CARRIED = 2_000
_TABS = re.compile(r"^\t+", re.MULTILINE)
_ESCAPE = re.compile(r"\\.", re.DOTALL)


def tell_inner(reading: Reading, command: Simple, args: Sequence[Arg], started: Started, scope: int) -> None:
    """Tells what stands in the texts that a command hands on."""
    if reading.inner is None:
        return
    for name, output in _files(reading, command, args, started):
        _tell_file(reading, _embedded(reading, output), name)
    script = _script(args, started)
    if script is not None:
        _tell_script(reading, command, *script, started, scope)
    elif reading.given and _reads_script(args, started):
        _tell_script(reading, command, *_read_script(reading, command, args, started), started, scope)


# ---- Files


def _files(
    reading: Reading, command: Simple, args: Sequence[Arg], started: Started
) -> Iterator[tuple[str, Iterable[Embedded | _Expanded]]]:
    """The names of the files that a command writes, with their text."""
    own = [redirect for redirect in command.redirects if ">" in redirect.operator]
    names = [_name_of(redirect.target) for redirect in own or reading.into if redirect.operator in _WRITES]
    program = program_of(args[started.at]) if started.at < len(args) else ""
    if program == "tee":
        names += [
            (arg.text or "").rpartition("/")[2] for arg in args[pass_options(args, started.at + 1, frozenset()) :]
        ]
    for name in names:
        if surface_of_name(name) not in _FILES:
            continue
        written = written_by(reading.script.source, args, started.at, reading.given)
        pieces = list(_pieces(reading.script.source, written))
        if program in ("echo", "printf") and not _unescaped(pieces, program, args[started.at + 1 :]):
            continue
        yield name, _cut_tabs(pieces, command.redirects)


def _name_of(target: Word) -> str:
    """The name of a file, its folder left out; nothing where it is not plain."""
    if target.static is not None:
        return target.static.rpartition("/")[2]
    last = target.pieces[-1]
    return last.text.rpartition("/")[2] if isinstance(last, Text) and "/" in last.text else ""


def _unescaped(pieces: list[Embedded | _Expanded], program: str, args: Sequence[Arg]) -> bool:
    """Makes line ends of the `\\n` that printf and `echo -e` write; whether no other escape is left."""
    if program == "echo" and text_at(args, 0) not in ("-e", "-ne", "-en"):
        return not any(isinstance(piece, Embedded) and "\\" in piece.text for piece in pieces)
    for at, piece in enumerate(pieces):
        if not isinstance(piece, Embedded) or "\\" not in piece.text:
            continue
        done = 0
        parts: list[Embedded] = []
        for found in _ESCAPE.finditer(piece.text):
            if found[0] != "\\n":
                return False
            span = piece.outer(Span(found.start(), found.end()))
            parts += (cut(piece, done, found.start()), made("\n", span.start, span.end))
            done = found.end()
        pieces[at] = joined((*parts, cut(piece, done, len(piece.text))), piece.end)
    return True


def _cut_tabs(pieces: Iterable[Embedded | _Expanded], redirects: Sequence[Redirect]) -> Iterator[Embedded | _Expanded]:
    """What `<<-` leaves of a here-document: lines without their leading tabs (POSIX 2.7.4)."""
    cuts = any(redirect.operator == "<<-" for redirect in redirects)
    for piece in pieces:
        if not cuts or not isinstance(piece, Embedded):
            yield piece
            continue
        done = 0
        for found in _TABS.finditer(piece.text):
            yield cut(piece, done, found.start())
            done = found.end()
        yield cut(piece, done, len(piece.text))


def _tell_file(reading: Reading, inner: _Inner | None, name: str) -> None:
    if inner is None or not reading.wanted.matters(inner.text.text):
        return
    outer = reading.script.source
    source = Source(name, inner.text.source(outer).data, outer.root)
    surface = surface_of_name(name) or ""
    if surface == "shell" and reading.inner is not None:
        facts = reading.inner(source, reading.wanted, None, {})
    else:
        facts = load(surface)(source, reading.wanted)
    # A file is a world of its own: who reads it, and when, is not known here.
    _tell(reading, inner, facts, Scope("file", None, inner.span, name))


# ---- Scripts


def _script(args: Sequence[Arg], started: Started) -> tuple[str, list[Arg]] | None:
    """The shell that a command gives a script as words, and those words: `bash -c`, `ssh host`."""
    at = started.at
    if started.program == "ssh":
        at = pass_options(args, at + 1, _SSH_VALUED) + 1
        words = list(args[at:])
        # Else they are a command like any other, whose words the remote shell sees joined.
        return ("ssh", words) if words and any(" " in arg.raw or "=" in arg.raw for arg in words) else None
    if started.program in ("su", "runuser"):
        given = next((n for n in range(at + 1, len(args) - 1) if text_at(args, n) in ("-c", "--command")), None)
        return ("sh", [args[given + 1]]) if given is not None else None
    last = len(args) if started.program in _CARRIERS else min(at + 1, len(args))
    for place in range(at, last):
        program = program_of(args[place])
        if program in SHELLS:
            option = pass_options(args, place + 1, frozenset({"-o", "+o", "-O", "--rcfile", "--init-file"}))
            commands = [arg.text or "" for arg in args[place + 1 : option]]
            takes = any(re.fullmatch(r"-[a-z]*c[a-z]*", text) for text in commands)
            return (program, [args[option]]) if takes and option < len(args) else None
    return None


def _reads_script(args: Sequence[Arg], started: Started) -> bool:
    """Whether a command runs what it is given to read: `bash <<EOF`, `ssh host <<EOF`."""
    if started.program == "ssh":
        at = pass_options(args, started.at + 1, _SSH_VALUED) + 1
        rest = args[at:]
        return not rest or (program_of(rest[0]) in SHELLS and all((arg.text or "").startswith("-") for arg in rest[1:]))
    rest = args[started.at + 1 :]
    return started.program in SHELLS and all((arg.text or "x") == "-s" for arg in rest[:1])


def _read_script(
    reading: Reading, command: Simple, args: Sequence[Arg], started: Started
) -> tuple[str, Iterable[Embedded | _Expanded]]:
    program = started.program if started.program in SHELLS else "ssh"
    return program, _cut_tabs(_pieces(reading.script.source, reading.given), command.redirects)


def _tell_script(
    reading: Reading,
    command: Simple,
    program: str,
    text: Sequence[Arg] | Iterable[Embedded | _Expanded],
    started: Started,
    scope: int,
) -> None:
    pieces: list[Embedded | _Expanded] = []
    for at, piece in enumerate(text):
        if isinstance(piece, Arg):
            if at:
                pieces.append(made(" ", piece.span.start, piece.span.start))
            pieces += _pieces(reading.script.source, ((piece.value, piece.span),))
        else:
            pieces.append(piece)
    inner = _embedded(reading, pieces)
    if inner is None or reading.inner is None:
        return
    source = inner.text.source(reading.script.source)
    facts = reading.inner(source, reading.wanted, SHELLS.get(program, "sh"), _known(reading, command, started, source))
    if program == "ssh":
        # Another machine: nothing that is set here is set there.
        _tell(reading, inner, facts, Scope("file", None, inner.span, "ssh"))
    else:
        _tell(reading, inner, facts, Scope("subshell", scope, inner.span))


def _known(reading: Reading, command: Simple, started: Started, source: Source) -> dict[str, Value]:
    """Of the names in an inner script, those that the outer one may have set."""
    own = {each.name for each in command.assignments} | {setting.name for setting in started.settings}
    passed = Value((Unknown("passed on if it is exported", type="str"),))
    names = dict.fromkeys(_NAME.findall(source.text))
    return {name: passed for name in names if name in own or reading.names.get(name).status is not Status.OUTSIDE}


# ---- Text


@dataclass(frozen=True, slots=True)
class _Expanded:
    """What the outer script expands: where it stands, and how it is written."""

    part: Part
    span: Span
    written: str


@dataclass(frozen=True, slots=True)
class _Inner:
    """Inner text, where all of it is written, and the parts that its stand-ins stand for."""

    text: Embedded
    span: Span
    parts: dict[str, tuple[Part, str]]


def _pieces(source: Source, output: Output) -> Iterator[Embedded | _Expanded]:
    """A text in pieces: what is written, and what the outer script expands."""
    at = -1
    for value, place in output:
        # The pieces of a here-document all have its place.
        at = at if place.start <= at <= place.end else place.start
        for part in value.parts:
            if not isinstance(part, Literal):
                yield _expanded(source, part, place, at)
            elif part.span is None or part.span not in place:
                long = _expanded(source, Unknown("a long text"), place, at)
                yield made(part.text, at, at) if len(part.text) <= _CARRIED else long
            else:
                yield _written(source, part.text, part.span)
            at = max(at, _end(part, place))


def _expanded(source: Source, part: Part, place: Span, at: int) -> _Expanded:
    """A part behind an offset of a place: it may be written elsewhere, where a name was given what it stands for."""
    span = getattr(part, "span", None)
    if not isinstance(span, Span):
        return _Expanded(part, Span(at, at), "")
    here = span in place and at <= span.start
    return _Expanded(part, span if here else Span(at, at), source.slice(span))


def _end(part: Part, place: Span) -> int:
    """Where a part ends that is written in a place."""
    span = getattr(part, "span", None)
    return span.end if isinstance(span, Span) and span in place else place.start


def _written(source: Source, text: str, span: Span) -> Embedded:
    """A text that is written at a span, where quotes and backslashes may stand between its characters."""
    written = source.slice(span)
    if written == text:
        return verbatim(source, span)
    starts: list[int] = []
    at = 0
    for character in text:
        while at < len(written) and written[at] != character and written[at] in "\\'\"\n":
            at += 1
        if at >= len(written) or written[at] != character:
            return made(text, span.start, span.end)
        starts.append(span.start + at)
        at += 1
    return Embedded(text, starts, [start + 1 for start in starts], span.end)


def _embedded(reading: Reading, pieces: Iterable[Embedded | _Expanded]) -> _Inner | None:
    """The pieces as one text; None where there is none, or no room for stand-ins."""
    texts: list[Embedded] = []
    parts: dict[str, tuple[Part, str]] = {}
    for piece in pieces:
        if isinstance(piece, Embedded):
            if _STAND_IN.search(piece.text):
                return None
            texts.append(piece)
            continue
        part, span = piece.part, piece.span
        stand_in = chr(_FIRST + len(parts))
        part = part if _is_plain(part) else Unknown("put in by the script that writes it", span)
        parts[stand_in] = (part, piece.written)
        texts.append(made(stand_in, span.start, span.end))
        if len(parts) > _MOST:
            return None
    spans = [Span(text.starts[0], text.ends[-1]) for text in texts if text.text]
    if not spans:
        return None
    whole = joined(texts, spans[-1].end)
    return _Inner(whole, Span(min(span.start for span in spans), max(span.end for span in spans)), parts)


def _is_plain(part: Part) -> bool:
    """Whether a part reads as itself whoever reads it."""
    return all(_PLAIN.match(piece.text) for piece in Value((part,)).literals())


def _tell(reading: Reading, inner: _Inner, facts: Facts, scope: Scope) -> None:
    """Adds the facts of an inner text in a scope of its own."""
    reading.scopes.append(scope)
    parent = len(reading.scopes) - 1
    source = reading.script.source
    moved = placed(facts, inner.text, source, len(reading.scopes), parent, inner.parts)
    reading.scopes += moved.scopes
    reading.facts += moved.items
    reading.comments += moved.comments
    reading.unreadable += moved.unreadable
    reading.statements += moved.statements
    for fact in moved.items:
        reading.secrets.told(fact)
