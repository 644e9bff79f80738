"""Words and assignments of a command as the names, the secrets and the facts see them.

Owns what an assignment assigns and how it becomes a binding. Which command it stands in is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from envlint.facts import Binding
from envlint.source import Span
from envlint.surfaces.shell.args import Arg, closed_text
from envlint.surfaces.shell.exposing import note_list
from envlint.surfaces.shell.names import Status
from envlint.surfaces.shell.output import Output as Written
from envlint.surfaces.shell.reading import Reading
from envlint.surfaces.shell.syntax import Array, Assignment, Output, Piece, Redirect, Simple, Text, Word, inner_pieces
from envlint.surfaces.shell.telling import tell_assigned
from envlint.surfaces.shell.values import Expansion, assigned, fields, texts
from envlint.value import Value, concat, unknown

Evaluate = Callable[[Expansion, Sequence[Piece]], Value]
"""Gives what the pieces of an assignment are worth."""


def observe_redirects(reading: Reading, redirects: Sequence[Redirect]) -> Written:
    """Expands the words of redirections, here-documents included; what the last of these gives to read."""
    mark = reading.names.mark()
    given: Written = ()
    for redirect in redirects:
        pieces = redirect.heredoc if redirect.operator in ("<<", "<<-") else redirect.target.pieces
        values = texts(reading.expansion, pieces)
        if pieces and redirect.operator.startswith("<<"):
            span = reading.script.host(pieces[0].span.to(pieces[-1].span))
            given = tuple((value, span) for value in values)
            reading.tell(reading.secrets.in_text(given, reading.scope))
        if redirect.variable:
            reading.names.lose((redirect.variable,), "it holds a file descriptor")
    # A program's redirections are expanded by the process that becomes it, a builtin's by the shell.
    reading.names.lose(sorted(reading.names.changed_since(mark)), "assigned within a redirection")
    return given


def args_of(reading: Reading, word: Word) -> list[Arg]:
    """The words that one of a command's words becomes."""
    span = reading.script.host(word.span)
    raw = reading.script.text[word.span.start : word.span.end]
    whole = all(isinstance(piece, Text) or piece.quoted for piece in word.pieces)
    return [Arg(value, closed_text(value), span, raw, whole) for value in fields(reading.expansion, word)]


def value_of(reading: Reading, assignment: Assignment, evaluate: Evaluate = assigned) -> Value:
    """What an assignment assigns, apart from what the name makes of it."""
    before = len(reading.substituted)
    value = evaluate(reading.expansion, assignment.pieces)
    if reading.secrets.sought:
        tell_assigned(reading, assignment, value, reading.substituted[before:])
    if assignment.element:
        return unknown("an element of an array", type="str")
    if not assignment.append:
        return value
    if not reading.script.is_bash or any(isinstance(piece, Array) for piece in assignment.pieces):
        return unknown("an array, or a shell that does not know +=", type="str")
    return concat((reading.names.get(assignment.name).value, value))


def bind(reading: Reading, assignment: Assignment, value: Value, form: str, whole: Span, scope: int) -> None:
    """Tells what an assignment assigns."""
    host = reading.script.host
    spans = (host(whole), host(assignment.name_span), host(assignment.value_span))
    reading.emit(Binding(assignment.name, value, form, *spans, scope))


def receive(reading: Reading, assignment: Assignment, value: Value) -> Value:
    """The name of an assignment receives its value; what a binding of it then says."""
    match assignment.pieces:
        case (Array() as array,) if not assignment.element:
            note_list(reading, assignment, array)
            before = reading.names.get(assignment.name)
            fresh = before.status is Status.UNSET and before.elements is None
            held = () if not assignment.append or fresh else before.elements
            together = (*held, *reading.elements) if held is not None and reading.elements is not None else None
            reading.names.assign_list(assignment.name, together)
            return value
    return reading.names.assign(assignment.name, value).value


def assign(reading: Reading, assignment: Assignment) -> None:
    """An assignment that is a command of its own."""
    value = receive(reading, assignment, value_of(reading, assignment))
    bind(reading, assignment, value, "shell-assign", assignment.span, reading.scope)
    if assignment.append and not reading.script.is_bash:
        # POSIX has no +=: there it is the name of a command, and the variable stays as it was.
        reading.names.lose((assignment.name,), "+= differs between shells")


def runs_others(command: Simple) -> bool:
    """Whether a command's words run others, whose failure may be its own."""
    written = [*(each.pieces for each in command.assignments), *(each.pieces for each in command.words)]
    return any(isinstance(piece, Output) for pieces in written for piece in inner_pieces(pieces))
