"""Commands in Python code, read by the shell's own reader: a command line, or a program and its words.

Owns how a value becomes text for a shell and how the facts in it come to stand in the Python file. Which call
runs a command is not decided here, and nothing of the shell's language is known. Imported where a command
stands, because the shell's reader comes with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from envlint.embedded import Embedded, joined, made, placed
from envlint.facts import FILE, Binding, Call, Credential, Fact, Launch, Read
from envlint.source import Source, Span
from envlint.surfaces.python.collector import Collector
from envlint.surfaces.python.prose import HOLE
from envlint.surfaces.python.records import Place, Step
from envlint.surfaces.python.spelling import Spelled, spelled
from envlint.surfaces.python.text import spelled_offsets
from envlint.surfaces.shell import read_ranges
from envlint.value import Literal, Part, Value, unknown

_STAND_IN = "__python"
# What a shell is given for a part that is not known: a variable that only Python could tell.
_KNOWN = {_STAND_IN: unknown("a Python value")}
_MOST_CHARACTERS = 16_384
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh"})
_COMMAND_OPTION = re.compile(r"-[a-zA-Z]{0,8}c")


def command_line(collector: Collector, step: Step, command: Value, span: Span, place: Place, name: str) -> bool:
    """Notes what a shell does that is given a text, at a place that is its process; `span` is the expression's.
    Whether anything of the text is known, and so it was read."""
    ways = list(spelled(command))
    span = _inside(collector.reading.source, span)
    if not ways or all(not way.text.strip(HOLE) or len(way.text) > _MOST_CHARACTERS for way in ways):
        return False
    if not collector.reading.budget.takes_characters(sum(len(way.text) for way in ways)):
        return False
    for way in ways:
        around = place
        if len(ways) > 1:
            around = Place("branch", place, (step.line, step.line), written=span)
        if len(way.text) <= _MOST_CHARACTERS:
            process = Place("subshell", around, (step.line, step.line), name=name, written=span) if name else around
            text = _Text(collector.reading.source, span)
            _read(collector, step, joined(text.of(way), span.end), process, text.elsewhere)
            collector.commands.add(span.start)
    return True


def _inside(source: Source, span: Span) -> Span:
    """The span of an expression without the quotes that it ends with."""
    text = source.slice(span)
    return Span(span.start, span.start + max(len(text.rstrip("\"'")), 1))


def words(collector: Collector, step: Step, given: Sequence[Value], spans: Sequence[Span], place: Place) -> bool:
    """Notes what a program does that is started with words, each of which is one; whether they were read."""
    script = _script(given)
    if script is not None:
        # `sh -c text name ...`: what is behind the text are its parameters (POSIX, sh).
        return command_line(collector, step, given[script], spans[script], place, given[0].text or "")
    pieces: list[Embedded] = []
    elsewhere: dict[Span, Literal] = {}
    for value, span in zip(given, spans, strict=True):
        way = next(spelled(value), None) if value.text is not None else None
        if pieces:
            pieces.append(made(" ", span.start, span.start))
        if way is None or HOLE in way.text:
            pieces.append(made(f'"${{{_STAND_IN}}}"', span.start, span.end))
        else:
            text = _Text(collector.reading.source, span)
            pieces += _quoted(text.of(way), span)
            elsewhere |= text.elsewhere
    line = joined(pieces, spans[-1].end)
    if len(line.text) > _MOST_CHARACTERS or not collector.reading.budget.takes_characters(len(line.text)):
        return False
    _read(collector, step, line, place, elsewhere, program=given[0].text or "")
    return True


def _script(given: Sequence[Value]) -> int | None:
    """Which word is a text for the shell that the words start: `bash -lc text`."""
    if (given[0].text or "").rpartition("/")[2] not in _SHELLS:
        return None
    for index, value in enumerate(given[1:-1], 1):
        if not value.prefix.startswith("-"):
            return None
        if _COMMAND_OPTION.fullmatch(value.text or ""):
            return index + 1
    return None


def _quoted(pieces: Iterator[Embedded], span: Span) -> Iterator[Embedded]:
    """A word as POSIX 2.2.2 quotes it; its own quotes stand between those of the others."""
    yield made("'", span.start, span.start)
    for piece in pieces:
        at = 0
        for index, character in enumerate(piece.text):
            if character == "'":
                start, end = piece.starts[index], piece.ends[index]
                yield Embedded(piece.text[at:index], piece.starts[at:index], piece.ends[at:index], start)
                yield made("'\\''", start, end)
                at = index + 1
        yield Embedded(piece.text[at:], piece.starts[at:], piece.ends[at:], piece.end)
    yield made("'", span.end, span.end)


@dataclass(slots=True)
class _Text:
    """The text of an expression that stands at a span, as it is put together for a shell. `elsewhere` are the
    pieces that names carried here, by the place where they come to stand in it."""

    source: Source
    span: Span
    elsewhere: dict[Span, Literal] = field(default_factory=dict)

    def of(self, way: Spelled) -> Iterator[Embedded]:
        """The text with a variable for each part that is not known, in single quotes as elsewhere."""
        at = 0
        last = self.span.start
        quote = ""
        for index, (start, piece) in enumerate((*way.pieces, (len(way.text), Literal("")))):
            after = next((place.start for _, one in way.pieces[index:] if (place := self._here(one))), self.span.end)
            if start > at:
                variable = f"${{{_STAND_IN}}}"
                yield made(f"'\"{variable}\"'" if quote == "'" else variable, last, max(last, after))
            at = start + len(piece.text)
            if not piece.text:
                continue
            here = self._here(piece)
            if here is not None and here.start >= last:
                yield _spelled(self.source, piece, here)
                last = here.end
            else:
                place = Span(last, max(last, after))
                self.elsewhere[place] = piece
                yield made(piece.text, place.start, place.end)
            quote = _open_quote(piece.text, quote)

    def _here(self, piece: Literal) -> Span | None:
        """Where a piece is written, if that is in this expression."""
        return piece.span if piece.span is not None and piece.span in self.span else None


def _spelled(source: Source, literal: Literal, written: Span) -> Embedded:
    """A piece of text, each character with what spells it."""
    if written.end - written.start == len(literal.text):
        first = written.start
        return Embedded(literal.text, range(first, written.end), range(first + 1, written.end + 1), written.end)
    offsets = spelled_offsets(source.slice(written), literal.text)
    if offsets is None:
        return made(literal.text, written.start, written.end)
    places = [written.start + offset for offset in offsets]
    return Embedded(literal.text, places[:-1], places[1:], written.end)


def _open_quote(text: str, quote: str) -> str:
    """The quote that is open at the end of shell text, given the one at its start (POSIX 2.2)."""
    escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif character in "'\"" and quote in ("", character):
            quote = "" if quote else character
    return quote


def _read(
    collector: Collector,
    step: Step,
    text: Embedded,
    process: Place,
    elsewhere: Mapping[Span, Literal],
    *,
    program: str = "",
) -> None:
    """Notes the facts of a text for a shell, whose process is a region. `program` is what is started, with its
    folder, where that is known beforehand."""
    reading = collector.reading
    inner = text.source(reading.source)
    whole = (Span(0, len(inner.text)),)
    facts = placed(read_ranges(inner, whole, reading.wanted, _KNOWN), text, reading.source, 1, FILE)
    places = [process]
    for scope in facts.scopes:
        parent = places[scope.parent if scope.parent is not None else FILE]
        region = Place(scope.kind, parent, parent.lines, name=scope.name, clears=scope.clears, written=scope.span)
        places.append(region)
    for fact in facts.items:
        silent = reading.meanings.silent
        if _is_stand_in(fact) or (isinstance(fact, Credential) and (silent or fact.value_span in collector.told)):
            continue
        if isinstance(fact, Launch) and program.endswith("/" + fact.program):
            fact = replace(fact, program=program)
        if isinstance(fact, Credential):
            collector.told.add(fact.value_span)
        collector.add(replace(_written(fact, elsewhere), scope=FILE), places[fact.scope], step)


def _written(fact: Fact, elsewhere: Mapping[Span, Literal]) -> Fact:
    """A fact whose value stands where it is written, though a name carried it."""
    if not elsewhere:
        return fact
    match fact:
        case Binding(value=value) | Credential(value=value):
            return replace(fact, value=_value_written(value, elsewhere))
        case Call(arguments=arguments):
            given = [replace(each, value=_value_written(each.value, elsewhere)) for each in arguments]
            return replace(fact, arguments=tuple(given))
    return fact


def _value_written(value: Value, elsewhere: Mapping[Span, Literal]) -> Value:
    return Value(tuple(_part_written(part, elsewhere) for part in value.parts))


def _part_written(part: Part, elsewhere: Mapping[Span, Literal]) -> Part:
    whole = elsewhere.get(part.span) if isinstance(part, Literal) and part.span is not None else None
    if whole is None or not isinstance(part, Literal) or part.text not in whole.text:
        return part
    return Literal(part.text, whole.span)


def _is_stand_in(fact: Fact) -> bool:
    match fact:
        case Read(variable=name) | Binding(variable=name):
            return name == _STAND_IN
        case Launch(program="") | Call(function=""):
            return True
    return False
