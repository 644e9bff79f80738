"""What a shell word is worth: its pieces under what the names hold (POSIX 2.6; Bash manual 3.5).

Owns expansion, and what differs between an assignment, a word and an expansion's own word. It must not
know commands: what a substitution runs, and which names are worth telling, it leaves to its caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as field_of
from enum import Enum

from envlint.source import Span
from envlint.surfaces.shell.arrays import counted, has_braces, is_one_word, means_all
from envlint.surfaces.shell.folders import Origin, itself
from envlint.surfaces.shell.names import Held, Names, Status, one_of
from envlint.surfaces.shell.syntax import (
    Arithmetic,
    Array,
    Opaque,
    Output,
    Parameter,
    Piece,
    Script,
    Text,
    Word,
)
from envlint.value import MAX_SIZE, Choice, Literal, Part, Ref, Unknown, Value, concat, literal, ref, unknown

_DEFAULTS = frozenset({"-", ":-", "=", ":=", "?", ":?"})
_ALTERNATES = frozenset({"+", ":+"})
_SPLITS = re.compile(r"[ \t\n*?\[\\]")
_MAX_SPLIT = 1 << 18
_SEPARATED = re.compile(r"[^ \t\n]+")
_SPECIAL = re.compile(r"[*?\[~{=\0]")
_GLOB = re.compile(r"[*?\[]")
_ASSIGNED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[[^\]]*\])?\s*(?:[-+*/%&|^]|<<|>>)?=(?!=)")
_STEPPED = re.compile(r"(?:\+\+|--)\s*([A-Za-z_][A-Za-z0-9_]*)|([A-Za-z_][A-Za-z0-9_]*)(?:\[[^\]]*\])?\s*(?:\+\+|--)")


class Place(Enum):
    """Where a word stands: on the right of an assignment (no splitting, no patterns), in `${...}` (the same,
    and a tilde counts after `=` too), or among a command's words."""

    ASSIGNMENT = "assignment"
    BRACES = "braces"
    WORD = "word"


@dataclass
class Expansion:
    """What expanding a word needs, and whom it tells what it meets: `read` a parameter and its default,
    `output` a substitution (it may say what that is worth), `defaulted` a name that `${name:=word}` assigns, with the
    value, `listed` the words of an array and, where that is certain, its elements. `origin`: the script's own place."""

    script: Script
    names: Names
    read: Callable[[Parameter, Value | None], None]
    output: Callable[[Output], Value | None]
    defaulted: Callable[[Parameter, Value], None]
    listed: Callable[[Sequence[tuple[Word, Value]], tuple[Value, ...] | None], None]
    origin: Origin = field_of(default_factory=Origin)
    room: int = _MAX_SPLIT
    """How many code points may still be split into fields, so that no text is taken apart wherever it is used."""

    def host(self, span: Span) -> Span:
        """The span in the source."""
        return self.script.host(span)


def assigned(expansion: Expansion, pieces: Sequence[Piece]) -> Value:
    """What the right side of an assignment is worth (POSIX 2.9.1: no splitting, no patterns)."""
    return _joined(_values(expansion, pieces, Place.ASSIGNMENT))


def field(expansion: Expansion, pieces: Sequence[Piece]) -> Value:
    """What one of a command's words is worth if it stays one word; Unknown where it may become several."""
    value = _joined(_values(expansion, pieces, Place.WORD))
    return unknown("a word that braces may multiply", type="str") if has_braces(pieces) else value


def fields(expansion: Expansion, word: Word) -> list[Value]:
    """The words that one of a command's words becomes, as far as is known."""
    # A lone bracket is no pattern but the name of a command (POSIX 2.13.1).
    if word.plain and (word.plain == "[" or not _SPECIAL.search(word.plain)):
        return [literal(word.plain, expansion.host(word.span))]
    several = _several(expansion, word.pieces)
    value = field(expansion, word.pieces)
    if several is not None:
        return several
    vanishes = not value.parts and not any(piece.quoted for piece in word.pieces)
    return [] if vanishes else [value]


def _several(expansion: Expansion, pieces: Sequence[Piece]) -> list[Value] | None:
    """The words that a lone parameter becomes, where its value or its elements are known; None: it is none such."""
    match pieces:
        case (Parameter(quoted=False),) if expansion.script.dialect == "zsh":
            # zsh splits no expansion (zsh manual 14.3).
            return None
        case (Parameter(quoted=False, operator="", name=name),):
            return _split(expansion, expansion.names.get(name).value)
        case (Parameter(operator="[", quoted=quoted) as piece,):
            if not means_all(piece, "@" if quoted else "@*") or expansion.script.mentions("IFS"):
                return None
            elements = expansion.names.get(piece.name).elements
            if elements is None or quoted:
                return None if elements is None else list(elements)
            split = [_split(expansion, element) for element in elements]
            return None if None in split else [value for values in split for value in values or ()]
    return None


def _elements(expansion: Expansion, words: Sequence[Word]) -> tuple[list[tuple[Word, Value]], tuple[Value, ...] | None]:
    """The words of an array with their values, and the elements that they make, where that is certain."""
    listed: list[tuple[Word, Value]] = []
    elements: list[Value] | None = []
    for word in words:
        certain = is_one_word(word) or _several(expansion, word.pieces) is not None
        values = fields(expansion, word)
        listed += [(word, value) for value in values]
        elements = [*elements, *values] if elements is not None and certain else None
        if elements is not None and len(elements) > MAX_SIZE:
            elements = None
    return listed, tuple(elements) if elements is not None else None


def texts(expansion: Expansion, pieces: Sequence[Piece]) -> list[Value]:
    """What the pieces of a here-document, a redirection's word or a pattern are worth, one by one."""
    return list(_values(expansion, pieces, Place.BRACES))


def observe(expansion: Expansion, pieces: Sequence[Piece]) -> None:
    """Expands pieces for what they read, run and assign alone."""
    for _ in _values(expansion, pieces, Place.BRACES):
        pass


def calculated(text: str) -> Iterator[str]:
    """The names that an arithmetic expression assigns."""
    for found in _ASSIGNED.finditer(text):
        yield found[1]
    for found in _STEPPED.finditer(text):
        yield found[1] or found[2]


def _values(expansion: Expansion, pieces: Sequence[Piece], place: Place) -> Iterator[Value]:
    before: Piece | None = None
    for piece in pieces:
        match piece:
            case Text(quoted=True):
                yield _text(piece.text, expansion.host(piece.span))
            case Text():
                yield from _unquoted(expansion, piece, before, place)
            case Parameter():
                value = _parameter(expansion, piece, place)
                yield value if piece.quoted or place is not Place.WORD else _unsplit(expansion, value)
            case Output():
                yield expansion.output(piece) or unknown("the output of a command", expansion.host(piece.span), "str")
            case Arithmetic():
                observe(expansion, piece.pieces)
                expansion.names.lose(calculated(piece.text), "a calculation may change it")
                yield unknown("a calculation", expansion.host(piece.span), "str")
            case Array():
                expansion.listed(*_elements(expansion, piece.words))
                yield unknown("an array", expansion.host(piece.span), "str")
            case Opaque():
                yield unknown(piece.reason, expansion.host(piece.span), "str")
        before = piece


def _text(text: str, span: Span) -> Value:
    # A shell drops NUL bytes from what it reads, but not all do so alike.
    return unknown("a NUL byte", span, "str") if "\0" in text else literal(text, span)


def _unquoted(expansion: Expansion, piece: Text, before: Piece | None, place: Place) -> Iterator[Value]:
    """Unquoted text: tildes, and in a word patterns, are what is not known of it."""
    text = piece.text
    host = expansion.host(piece.span)
    if (place is Place.WORD and _GLOB.search(text)) or (expansion.names.other_shell and text.startswith("=")):
        yield unknown("a pattern", host, "str")
        return
    if expansion.script.dialect == "zsh" and "}" in text:
        # zshoptions(1), IGNORE_CLOSE_BRACES: it ends a list of commands.
        yield unknown("a brace that ends a command", host, "str")
        return
    done = at = 0
    while (at := text.find("~", at)) >= 0:
        # zsh expands a tilde behind an expansion that is empty.
        behind = not at and before is not None and not isinstance(before, Text) and expansion.names.other_shell
        if not behind and not _expands_tilde(text, at, before, place):
            at += 1
            continue
        yield _text(text[done:at], expansion.host(_part(piece, done, at)))
        done = min((stop for stop in (text.find("/", at), text.find(":", at)) if stop >= 0), default=len(text))
        home = _home(expansion.names) if done == at + 1 else None
        yield home or unknown("a home folder", expansion.host(_part(piece, at, done)), "str")
        at = done
    yield _text(text[done:], expansion.host(_part(piece, done, len(text)) if done else piece.span))


def _home(names: Names) -> Value | None:
    """What a tilde alone stands for where the script has set HOME (POSIX 2.6.1); elsewhere it hangs on the user."""
    held = names.get("HOME")
    return held.value if held.status is Status.SET and held.value.text and not names.other_shell else None


def _part(piece: Text, start: int, end: int) -> Span:
    return Span(piece.span.start + start, piece.span.start + end)


def _expands_tilde(text: str, at: int, before: Piece | None, place: Place) -> bool:
    """Whether a tilde may stand for a home folder (POSIX 2.6.1): first, or after a colon; bash and dash
    differ on words that merely look like assignments."""
    marks = ":" if place is Place.ASSIGNMENT else ":="
    if at:
        return text[at - 1] in marks
    return before is None or (isinstance(before, Text) and before.text[-1:] in tuple(marks))


def _parameter(expansion: Expansion, piece: Parameter, place: Place) -> Value:
    names, span = expansion.names, expansion.host(piece.span)
    if found := itself(piece, expansion.origin, expansion.script.dialect):
        return found
    held = names.get(piece.name)
    if not piece.operator:
        expansion.read(piece, None)
        return ref(piece.name, span) if held.status is Status.OUTSIDE else held.value
    mark = names.mark()
    # In double quotes every piece of the word is quoted already, so that only unquoted words see tildes.
    word = _joined(_values(expansion, piece.word, Place.WORD if place is Place.WORD else Place.BRACES))
    names.lose(names.changed_since(mark), "it may have been assigned within an expansion")
    expansion.read(piece, word if piece.operator in _DEFAULTS else None)
    if piece.operator in _ALTERNATES:
        return _alternate(piece, held, word, span)
    if piece.operator not in _DEFAULTS:
        joins = not expansion.script.mentions("IFS")
        return counted(piece, held, span, lists=not names.other_shell, joins=joins) or unknown(
            "an expansion that is not followed", span, "str"
        )
    if piece.operator in ("?", ":?"):
        known = held.status is Status.SET and (piece.operator == "?" or held.value.min_length > 0)
        return held.value if known else unknown("a value that has to be given", span, "str")
    value = _default(piece, held, word, span)
    if piece.operator in ("=", ":="):
        return _assign_default(expansion, piece, held, word, value)
    return value


def _assign_default(expansion: Expansion, piece: Parameter, held: Held, word: Value, value: Value) -> Value:
    """`${name:=word}` (POSIX 2.6.2): the name keeps what the expansion yields."""
    if held.status is Status.SET and value == held.value:
        return value
    expansion.defaulted(piece, word)
    return expansion.names.assign(piece.name, value).value


def _default(piece: Parameter, held: Held, word: Value, span: Span) -> Value:
    colon = piece.operator.startswith(":")
    match held.status:
        case Status.OUTSIDE:
            return ref(piece.name, span, default=word)
        case Status.UNSET:
            return word
        case Status.LOOSE:
            return one_of((held.value, word))
        case Status.SET if not colon:
            return held.value
    return _filled(held.value, word) if colon else unknown("it may be set or not", span, "str")


def _alternate(piece: Parameter, held: Held, word: Value, span: Span) -> Value:
    colon = piece.operator.startswith(":")
    match held.status:
        case Status.OUTSIDE:
            return ref(piece.name, span, alternate=word)
        case Status.UNSET:
            return Value()
        case Status.LOOSE:
            return one_of((Value(), word))
        case Status.SET if not colon:
            return word
    return _present(held.value, word) if colon else unknown("it may be set or not", span, "str")


def _filled(value: Value, word: Value) -> Value:
    """The value, or the word where the value is empty."""
    if value.min_length:
        return value
    match value.parts:
        case ():
            return word
        case (Choice(options),):
            return one_of(_filled(option, word) for option in options)
        case (Ref(name, span, default, None),):
            return ref(name, span, default=_filled(default or Value(), word))
        case (Ref(name, span, default, alternate),) if alternate is not None:
            return ref(name, span, _filled(default or Value(), word), _filled(alternate, word))
    return unknown("it may be empty or not", type="str")


def _present(value: Value, word: Value) -> Value:
    """The word, or nothing where the value is empty."""
    if value.min_length:
        return word
    match value.parts:
        case ():
            return Value()
        case (Choice(options),):
            return one_of(_present(option, word) for option in options)
        case (Ref(name, span, default, alternate),):
            # Set, it may still be empty.
            given = one_of((Value(), word)) if alternate is None else _present(alternate, word)
            return ref(name, span, default=_present(default or Value(), word), alternate=given)
    return unknown("it may be empty or not", type="str")


def _unsplit(expansion: Expansion, value: Value) -> Value:
    """What an unquoted expansion leaves in one word: Unknown where it may be split or taken for a pattern."""
    if not value.parts:
        return value
    if expansion.script.mentions("IFS") or any(_SPLITS.search(piece.text) for piece in value.literals()):
        return unknown("a word that may be split", type="str")
    return value


def _split(expansion: Expansion, value: Value) -> list[Value] | None:
    """The fields of an unquoted expansion whose text is known (POSIX 2.6.5), or None."""
    text = value.text
    if text is None or expansion.room < len(text):
        return None
    expansion.room -= len(text)
    if _GLOB.search(text) or "\\" in text or expansion.script.mentions("IFS"):
        return None
    span = value.parts[0].span if len(value.parts) == 1 and isinstance(value.parts[0], Literal) else None
    exact = span is not None and span.end - span.start == len(text)
    if span and not _SEPARATED.fullmatch(text) and not exact:
        # Where in it each field is spelled is not known.
        span = None
    return [
        literal(found[0], Span(span.start + found.start(), span.start + found.end()) if span and exact else span)
        for found in _SEPARATED.finditer(text)
    ]


def _joined(values: Iterator[Value]) -> Value:
    """Values side by side: texts that touch become one, and of several choices only the first is followed,
    because those that hang on one decision do not combine freely."""
    parts: list[Part] = []
    run: list[Literal] = []
    decided = False
    every = list(values)
    if len(every) == 1 and len(every[0].parts) < 2:
        return every[0]
    for part in (part for value in every for part in value.parts):
        if isinstance(part, Literal) and _touches(run, part):
            run.append(part)
            continue
        parts.extend(_run(run))
        run = [part] if isinstance(part, Literal) else []
        if not run:
            chooses = _chooses(part)
            parts.append(Unknown("several decisions in one text", type="str") if decided and chooses else part)
            decided = decided or chooses
    parts.extend(_run(run))
    return concat((Value(tuple(parts)),))


def _touches(run: Sequence[Literal], part: Literal) -> bool:
    last = run[-1].span if run else None
    return last is not None and part.span is not None and last.end == part.span.start


def _run(run: Sequence[Literal]) -> Iterator[Literal]:
    """Texts that touch, as one."""
    first, last = (run[0].span, run[-1].span) if run else (None, None)
    if first and last:
        yield Literal("".join(part.text for part in run), first.to(last))
    else:
        yield from run


def _chooses(part: Part) -> bool:
    match part:
        case Choice():
            return True
        case Ref(default=default, alternate=alternate):
            return any(_chooses(inner) for value in (default, alternate) if value for inner in value.parts)
    return False
