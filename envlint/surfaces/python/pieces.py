"""What Python's own operations make of values: str(), truth, `%`, str.format, str.join, os.path.join.

Pure functions from values to values; where the result is not certain it is unknown. Knows no syntax tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from envlint.source import Span
from envlint.value import Choice, Constant, Literal, Part, Ref, Unknown, Value, choice, concat, literal, ref, unknown

_PERCENT = re.compile(r"%(?:\((\w*)\))?([%sdi])")
_MOST_DIGITS = 4
_MOST_TEXT = 4_096
_FIELD = re.compile(r"\{\{|\}\}|\{(\w*)\}")


def type_of(value: Value) -> str | None:
    """The Python type of a value of which no more is known than that."""
    part = value.parts[0] if len(value.parts) == 1 else None
    return part.type if isinstance(part, Unknown) else None


def as_text(value: Value) -> Value:
    """What str() makes of a value."""
    if value.is_text:
        return _pieces_of_text(value)
    match value.parts[0]:
        case Constant(constant, span):
            return literal(str(constant), span)
        case Choice(options):
            return choice(as_text(option) for option in options)
        case Ref(name, span, default) if default is not None:
            return ref(name, span, as_text(default))
        case Unknown(reason, span):
            return unknown(reason, span, "str")
    return unknown("not a text", type="str")


def _pieces_of_text(value: Value) -> Value:
    """A text whose unknown pieces are known to be texts, because they are pieces of it."""
    if not any(isinstance(part, Unknown) and part.type != "str" for part in value.parts):
        return value
    return Value(tuple(_piece_of_text(part) for part in value.parts))


def _piece_of_text(part: Part) -> Part:
    return Unknown(part.reason, part.span, "str") if isinstance(part, Unknown) else part


def glued(values: Iterable[Value]) -> Value:
    """The values joined to one text. Two pieces with alternatives may depend on the same condition, so that not
    every combination of them can happen: only the first keeps its alternatives."""
    whole = concat(values)
    several = [index for index, part in enumerate(whole.parts) if _has_alternatives(part)]
    if len(several) < 2:
        return whole
    parts = list(whole.parts)
    for index in several[1:]:
        parts[index] = Unknown("one of several alternatives", type="str")
    return Value(tuple(parts))


def _has_alternatives(part: Part) -> bool:
    if isinstance(part, Ref) and part.default is not None:
        return any(_has_alternatives(inner) for inner in part.default.parts)
    return isinstance(part, Choice)


def joined(values: Sequence[Value]) -> Value | None:
    """The values added with `+`; None where none of them is known to be a text, or one is certainly none."""
    if not any(value.is_text for value in values) or any(_is_no_text(value) for value in values):
        return None
    return glued(value if value.is_text else unknown("not a constant", _span(value), "str") for value in values)


def repeated(left: Value, right: Value, span: Span | None) -> Value:
    """`text * number`, either way round, where both are known and the result is no longer than anybody writes."""
    text, number = (left, right) if left.is_text else (right, left)
    count = number.parts[0] if len(number.parts) == 1 else None
    if not text.is_text or not isinstance(count, Constant) or not isinstance(count.value, int):
        return unknown("an operation", span)
    if text.text is None or len(text.text) * count.value > _MOST_TEXT:
        return unknown("a repeated text", span, "str")
    return literal(text.text * count.value)


def _is_no_text(value: Value) -> bool:
    return not value.is_text and (type_of(value) is not None or any(isinstance(part, Constant) for part in value.parts))


def _span(value: Value) -> Span | None:
    return next((part.span for part in value.parts if not isinstance(part, Choice)), None)


def truth_of(value: Value) -> bool | None:
    """Whether a value counts as true, where that is certain."""
    if value.min_length:
        return True
    if not value.parts:
        return False
    if len(value.parts) > 1:
        return None
    match value.parts[0]:
        case Constant(constant):
            return bool(constant)
        case Choice(options):
            truths = {truth_of(option) for option in options}
            return truths.pop() if len(truths) == 1 else None
    return None


def either(left: Value, right: Value) -> Value:
    """`left or right`."""
    refers = any(True for _ in left.refs())
    truth = truth_of(left.unset() if refers else left)
    if truth is not None and not refers:
        return left if truth else right
    read = left.parts[0] if len(left.parts) == 1 else None
    if isinstance(read, Ref) and read.default is not None and truth is not None:
        # Where the variable is unset its default counts; what is set but empty gives way like ${NAME:-default}.
        return ref(read.name, read.span, either(read.default, right))
    if refers:
        return left if truth else unknown("one of several alternatives")
    return choice([*_kept(left, truth=True), _beside(left, right)])


def both(left: Value, right: Value) -> Value:
    """`left and right`."""
    truth = truth_of(left)
    if truth is not None:
        return right if truth else left
    if any(True for _ in left.refs()):
        return unknown("a condition")
    return choice([*_kept(left, truth=False), _beside(left, right)])


def _beside(left: Value, right: Value) -> Value:
    """The right operand where the left one decides whether it counts: if both have alternatives, these may depend
    on the same condition."""
    depend = all(any(_has_alternatives(part) for part in value.parts) for value in (left, right))
    return unknown("one of several alternatives") if depend else right


def _kept(value: Value, *, truth: bool) -> Iterator[Value]:
    """What a value can be where it counts as true, or as false."""
    part = value.parts[0] if len(value.parts) == 1 else None
    if isinstance(part, Choice):
        for option in part.options:
            yield from _kept(option, truth=truth)
    elif truth_of(value) in (truth, None):
        yield value


def where(value: Value, holds: Callable[[Value], bool]) -> Value:
    """What a value can be where only some of its alternatives are left."""
    options = [option for option in _options(value) if holds(option)]
    return choice(options) if options else unknown("it is another value here")


def _options(value: Value) -> Iterator[Value]:
    part = value.parts[0] if len(value.parts) == 1 else None
    if isinstance(part, Choice):
        for option in part.options:
            yield from _options(option)
    else:
        yield value


def percent(template: Value, arguments: Sequence[Value] | Mapping[str, Value]) -> Value:
    """`template % arguments` (stdtypes, printf-style String Formatting) for `%s`, `%d` and `%%` alone."""
    part = _only_literal(template)
    if part is None:
        return unknown("a formatted value", type="str")
    left = list(arguments) if not isinstance(arguments, Mapping) else []
    named = arguments if isinstance(arguments, Mapping) else {}
    pieces: list[Value] = []
    at = 0
    for found in _PERCENT.finditer(part.text):
        pieces.append(_part_of(part, at, found.start()))
        at = found.end()
        pieces.append(_converted(found, left, named))
    pieces.append(_part_of(part, at, len(part.text)))
    if left or "%" in _PERCENT.sub("", part.text):
        return unknown("a formatted value", type="str")
    return glued(pieces)


def _converted(found: re.Match[str], left: list[Value], named: Mapping[str, Value]) -> Value:
    name, conversion = found.groups()
    if conversion == "%":
        return literal("%")
    value = named.get(name) if name is not None else left.pop(0) if left else None
    if value is None:
        return unknown("a formatted value", type="str")
    if conversion == "s":
        return as_text(value)
    part = value.parts[0] if len(value.parts) == 1 else None
    if isinstance(part, Constant) and isinstance(part.value, int):
        return literal(str(int(part.value)), part.span)
    return unknown("a formatted number", type="str")


def formatted(template: Value, positional: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """`template.format(*positional, **named)` for plain fields; others are unknown pieces."""
    part = _only_literal(template)
    if part is None or any(brace in _FIELD.sub("", part.text) for brace in "{}"):
        return unknown("a formatted value", type="str")
    pieces: list[Value] = []
    at = counted = 0
    for found in _FIELD.finditer(part.text):
        pieces.append(_part_of(part, at, found.start()))
        at = found.end()
        name = found[1]
        if name is None:
            pieces.append(literal(found[0][0]))
            continue
        given = named.get(name)
        if not name:
            given = positional[counted] if counted < len(positional) else None
            counted += 1
        elif name.isdecimal():
            given = positional[int(name)] if len(name) < _MOST_DIGITS and int(name) < len(positional) else None
        pieces.append(as_text(given) if given is not None else unknown("a formatted value", type="str"))
    pieces.append(_part_of(part, at, len(part.text)))
    return glued(pieces)


def _only_literal(value: Value) -> Literal | None:
    """The text of a value that is one known text; the empty one has no part, and nothing to format."""
    part = value.parts[0] if len(value.parts) == 1 else None
    return part if isinstance(part, Literal) else None


def _part_of(part: Literal, start: int, end: int) -> Value:
    """A range of a text's characters. Where an escape is in it, which characters spell them is not told."""
    spelled = part.span is not None and part.span.end - part.span.start == len(part.text)
    span = Span(part.span.start + start, part.span.start + end) if part.span is not None and spelled else None
    return literal(part.text[start:end], span)


def listed(separator: Value, elements: Sequence[Value]) -> Value:
    """`separator.join(elements)`."""
    pieces: list[Value] = []
    for element in elements:
        pieces.extend([separator, element] if pieces else [element])
        if _is_no_text(element):
            return unknown("an operation", type="str")
    return glued(_text_or_unknown(piece) for piece in pieces)


def _text_or_unknown(value: Value) -> Value:
    return _pieces_of_text(value) if value.is_text else unknown("not a constant", _span(value), "str")


def path_joined(parts: Sequence[Value]) -> Value:
    """`os.path.join(*parts)` by the rules of POSIX: an absolute part drops what is before it."""
    whole = Value()
    for index, part in enumerate(parts):
        starts = part.prefix
        if index == 0 or starts.startswith("/"):
            whole = part
            continue
        if not starts and part.parts:
            # It may be absolute.
            return unknown("a path", type="str")
        last = whole.parts[-1] if whole.parts else None
        if last is not None and not isinstance(last, Literal):
            # It may end with a slash, or be empty.
            return unknown("a path", type="str")
        slash = [] if last is None or last.text.endswith("/") else [literal("/")]
        whole = glued([whole, *slash, part])
    return whole
