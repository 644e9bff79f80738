"""What a simple command gives away beside its bindings and calls, and what it writes for others to read.

Owns which parts of a command are looked at for secrets. It must not know how a secret is recognised.
"""

from __future__ import annotations

from collections.abc import Sequence

from envlint.source import Span
from envlint.surfaces.shell.args import Arg, Started
from envlint.surfaces.shell.output import Output, written_by
from envlint.surfaces.shell.reading import Reading
from envlint.surfaces.shell.syntax import Array, Assignment, Redirect, Simple, Word
from envlint.value import Value, literal, unknown

_WRITES = frozenset({">", ">>", ">|", "&>", "&>>"})


def tell_written(reading: Reading, redirects: Sequence[Redirect]) -> None:
    """Tells the secret that the last command writes into a file of such a name."""
    for redirect in redirects if reading.written else ():
        secrets, target = reading.secrets, redirect.target.span
        path = reading.script.text[target.start : target.end]
        if redirect.operator in _WRITES and secrets.is_target(path):
            reading.tell(secrets.alone(reading.written, reading.scope))
        elif redirect.operator in _WRITES and secrets.sought and secrets.is_folder(path.rpartition("/")[0]):
            reading.tell(secrets.in_fields(reading.written, reading.scope))


def tell_command(reading: Reading, command: Simple, args: Sequence[Arg], started: Started, scope: int) -> None:
    """Tells the secrets that a command gives away, and notes what it writes."""
    secrets = reading.secrets
    if not args:
        return
    if not secrets.sought:
        reading.written = written_by(reading.script.source, args, started.at, reading.given)
        return
    # `NAME= value`: the name is set to nothing, and the value is taken for a command.
    empty = [assignment.span for assignment in command.assignments if not assignment.pieces]
    before = [
        (literal(reading.script.text[at.start : at.end], span), span)
        for at in empty
        for span in (reading.script.host(at),)
    ]
    reading.tell(secrets.in_command(args, before, scope))
    if args[0].text in ("[", "test"):
        reading.tell(secrets.compared(args, scope))
    reading.tell(secrets.given(reading.given, args, scope))
    for output in reading.substituted:
        reading.tell(secrets.given(output, args, scope))
    reading.written = written_by(reading.script.source, args, started.at, reading.given)
    if reading.written is not reading.given:
        reading.tell(secrets.in_text(reading.written, scope))
    tell_written(reading, command.redirects)
    if args[0].text == "printf" and len(args) > 2 and args[1].text == "-v" and secrets.names(args[2]):
        reading.tell(secrets.alone(reading.written, scope))


def declared(reading: Reading, word: Word) -> Arg:
    """An operand of a declaration, as it is written."""
    if word.static is None:
        return reading.arg(word, unknown("an assignment", type="str"))
    span = reading.script.host(word.pieces[0].span if len(word.pieces) == 1 else word.span)
    value = literal(word.static, span)
    return reading.arg(word, value)


def tell_assigned(reading: Reading, assignment: Assignment, value: Value, substituted: Sequence[Output]) -> None:
    """Tells the secrets that an assignment gives away beside its value: `A[name]=x`, `A=(x)`, `A=$(echo x)`."""
    secrets, host = reading.secrets, reading.script.host
    if assignment.element:
        head = Span(assignment.span.start, assignment.value_span.start)
        placed = (literal(reading.script.text[head.start : head.end], host(head)), host(head))
        reading.tell(secrets.in_text([placed, (value, host(assignment.value_span))], reading.scope))
    else:
        reading.tell(secrets.in_text([(value, host(assignment.value_span))], reading.scope))
    if not secrets.is_name(assignment.name):
        return
    for output in substituted:
        reading.tell(secrets.alone(output, reading.scope))
    if any(isinstance(piece, Array) for piece in assignment.pieces):
        for arg in reading.listed:
            reading.tell(secrets.one(arg.value, host(assignment.span), arg.span, reading.scope))
