"""Values: what is known of a text that a program will see.

A value is a sequence of parts that are joined. Checks ask of it only what it can be (`possible`,
`exhaustive`), which pieces are certain (`fragments`, `prefix`, `min_length`) and whether it is a text
at all (`is_text`). Nothing here knows where values come from or what they are for.

Two readings of a reference to a name that the file itself does not set:

- open: something outside may set it, so only a default that is written down is a known possibility;
- closed (`Value.unset`): nothing sets it. This is the reading that can be compared with a real tool.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from envlint.source import Span

# Bounds, so that no text makes a value grow without end (`A=$A$A`, line after line).
MAX_TEXTS = 64
MAX_SIZE = 256
MAX_DEPTH = 32
MAX_LENGTH = 1 << 16


@dataclass(frozen=True, slots=True)
class Literal:
    """A known piece of text. `span` covers the characters that spell it, on an earlier line where a
    name carried it here; escapes make the two differ in length. None: it is written nowhere."""

    text: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """The value of a name that nothing earlier in the file sets: `$X`, `${X:-default}`, os.getenv("X", d).

    `default` is what stands here when the name is unset (None: nothing, the empty text).
    `alternate` is what stands here when it is set, where that is not its own value: `${X:+alternate}`.
    """

    name: str
    span: Span | None = None
    default: Value | None = None
    alternate: Value | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values; which one is decided when the program runs."""

    options: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that is not followed, and why. `type` is the Python type if that much is known."""

    reason: str
    span: Span | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    """A Python constant that is no text: None, a boolean or a number."""

    value: bool | int | float | None
    span: Span | None = None


Part: TypeAlias = Literal | Ref | Choice | Unknown | Constant


@dataclass(frozen=True, slots=True)
class Value:
    """Parts that are joined to one text. No parts: the empty text."""

    parts: tuple[Part, ...] = ()
    _size: int = field(init=False, repr=False, compare=False)
    _depth: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        inner = [value for part in self.parts for value in _inside(part)]
        object.__setattr__(self, "_size", len(self.parts) + sum(value._size for value in inner))
        object.__setattr__(self, "_depth", 1 + max((value._depth for value in inner), default=0))

    def possible(self) -> tuple[str, ...]:
        """Each text that this can fully be as far as is known, in order, no more than MAX_TEXTS; open reading."""
        return _texts(self)[0]

    @property
    def exhaustive(self) -> bool:
        """Whether `possible` names every text that this can be; open reading."""
        return _texts(self)[1]

    @property
    def text(self) -> str | None:
        """The one text that this is, or None where that is not certain."""
        texts, exhaustive = _texts(self)
        return texts[0] if exhaustive and len(texts) == 1 else None

    def unset(self) -> Value:
        """The closed reading: the same value with every name that it refers to unset."""
        return concat(_closed(part) for part in self.parts)

    def literals(self) -> Iterator[Literal]:
        """Every piece of text written in it, in options and defaults too, in order."""
        for part in self.parts:
            if isinstance(part, Literal):
                yield part
            for value in _inside(part):
                yield from value.literals()

    def refs(self) -> Iterator[Ref]:
        """Every name that it refers to, in options and defaults too."""
        for part in self.parts:
            if isinstance(part, Ref):
                yield part
            for value in _inside(part):
                yield from value.refs()

    def constants(self) -> Iterator[Constant]:
        """Every Python constant that it can be."""
        for part in self.parts:
            if isinstance(part, Constant):
                yield part
            for value in _inside(part):
                yield from value.constants()

    def fragments(self) -> Iterator[str]:
        """The texts that it contains for certain, in order, whatever the rest is."""
        return (part.text for part in self.parts if isinstance(part, Literal) and part.text)

    @property
    def prefix(self) -> str:
        """The text that it certainly begins with."""
        known = ""
        for part in self.parts:
            if not isinstance(part, Literal):
                return known
            known += part.text
        return known

    @property
    def min_length(self) -> int:
        """The length in code points that it certainly reaches."""
        return sum(map(len, self.fragments()))

    @property
    def is_text(self) -> bool:
        """Whether it is certainly a text, and no other Python object such as None."""
        if len(self.parts) != 1:
            return True
        match self.parts[0]:
            case Literal():
                return True
            case Choice(options):
                return all(option.is_text for option in options)
            case Ref(default=default):
                return default is None or default.is_text
            case Unknown(type=known):
                return known == "str"
            case _:
                return False

    @property
    def may_be_none(self) -> bool:
        """Whether it can be Python's None, as far as is known."""
        if len(self.parts) != 1:
            return False
        match self.parts[0]:
            case Literal():
                return False
            case Choice(options):
                return any(option.may_be_none for option in options)
            case Ref(default=default):
                return default is not None and default.may_be_none
            case Unknown(type=known):
                return known is None
            case Constant(value=constant):
                return constant is None
        return True


def literal(text: str, span: Span | None = None) -> Value:
    """The value that is just this text."""
    return Value((Literal(text, span),)) if text else Value()


def unknown(reason: str, span: Span | None = None, type: str | None = None) -> Value:
    """The value of which nothing is known but, perhaps, its Python type."""
    return Value((Unknown(reason, span, type),))


def ref(name: str, span: Span | None = None, default: Value | None = None, alternate: Value | None = None) -> Value:
    """The value of a name; Unknown where its default or alternate nests beyond the bounds of this module."""
    return _bounded((Ref(name, span, default, alternate),), span)


def concat(values: Iterable[Value]) -> Value:
    """The values joined; Unknown where the result would outgrow the bounds of this module."""
    parts: list[Part] = []
    size = length = 0
    for value in values:
        size += value._size
        length += value.min_length
        if size > MAX_SIZE or length > MAX_LENGTH:
            return unknown("too long to follow", type="str")
        parts.extend(value.parts)
    return Value(tuple(parts))


def choice(options: Iterable[Value]) -> Value:
    """One of the values; equal ones count once, and one alone is itself."""
    distinct = tuple(dict.fromkeys(options))
    if len(distinct) == 1:
        return distinct[0]
    return _bounded((Choice(distinct),)) if distinct else unknown("no alternative")


def _bounded(parts: tuple[Part, ...], span: Span | None = None) -> Value:
    value = Value(parts)
    if value._size > MAX_SIZE or value._depth > MAX_DEPTH:
        return unknown("too deeply nested to follow", span)
    return value


def _inside(part: Part) -> tuple[Value, ...]:
    """The values that a part is made of."""
    match part:
        case Choice(options):
            return options
        case Ref(default=default, alternate=alternate):
            return tuple(value for value in (default, alternate) if value is not None)
        case _:
            return ()


def _closed(part: Part) -> Value:
    match part:
        case Ref(default=default):
            return default.unset() if default is not None else Value()
        case Choice(options):
            return choice(option.unset() for option in options)
        case _:
            return Value((part,))


def _texts(value: Value) -> tuple[tuple[str, ...], bool]:
    """What a value can be, and whether that is all."""
    texts: tuple[str, ...] = ("",)
    exhaustive = True
    for part in value.parts:
        tails, whole = _texts_of(part)
        joined = _distinct(head + tail for head in texts for tail in tails)
        texts = joined[:MAX_TEXTS]
        exhaustive = exhaustive and whole and len(joined) == len(texts)
    return texts, exhaustive


def _texts_of(part: Part) -> tuple[tuple[str, ...], bool]:
    match part:
        case Literal(text):
            return (text,), True
        case Choice(options):
            known = [_texts(option) for option in options]
            return _distinct(text for texts, _ in known for text in texts), all(whole for _, whole in known)
        case Ref(default=default, alternate=alternate):
            if alternate is None:
                return (_texts(default)[0] if default is not None else ()), False
            written = [_texts(alternate), _texts(default) if default is not None else (("",), True)]
            return _distinct(text for texts, _ in written for text in texts), all(whole for _, whole in written)
        case _:
            return (), False


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
