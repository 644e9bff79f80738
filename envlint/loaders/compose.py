"""compose: `env_file:` of a compose file, as the dotenv reader of compose-go 2 takes it.

Quotes count only where a value begins with one, what follows a closing quote is a statement of its own, and a
name may end at `:`. What compose itself runs with wins over earlier lines of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from envlint.loaders.reading import Entry, Reading, doubtful, is_utf8, refusal
from envlint.loaders.written import Written
from envlint.source import Source, Span
from envlint.value import Unknown, Value, choice, concat, ref, unknown

NAME = "compose"

# Go's unicode.IsSpace, and the same without the line end.
_GAP = re.compile("[\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*")
_BLANKS = re.compile("[\t\v\f\r \x85\xa0]*")
_EXPORT = re.compile(r"export(?=[\t\n\f\r ])")
_STOPS = {"'": re.compile(r"\\.|'", re.DOTALL), '"': re.compile(r'\\.|"', re.DOTALL)}
_ESCAPE = re.compile(r"\\(?:[abfnrtv\"\\]|.)", re.DOTALL)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", '"': '"', "\\": "\\"}
# Escapes whose meaning depends on what follows.
_ODD = re.compile(r"\\0|\\\$")
# compose-go's template: `$$`, `$name`, `${name}` and `${name` with a sign and a word; and a `${` that is odder.
_DOLLAR = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<bare>[A-Za-z_][A-Za-z0-9_]*)"
    r"|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<sign>:?[-+?])(?P<word>[^{}$\\]*))?\}|(?P<open>\{))"
)
_REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*(?:\}|:?[-+?])")
_NOT_FOLLOWED = "an expansion that is not followed"


class _Refused(Exception):
    """A statement for which compose refuses the whole file."""

    def __init__(self, span: Span, cause: str) -> None:
        super().__init__(cause)
        self.span = span
        self.cause = cause


def read(source: Source) -> Reading:
    """What compose sets in the container; it refuses the file as a whole where one statement is wrong."""
    if not is_utf8(source):
        return Reading(NAME, complete=False)
    try:
        entries = tuple(_entries(source.text))
    except _Refused as refused:
        return refusal(NAME, refused.span, refused.cause)
    if any(part.reason == _NOT_FOLLOWED for one in entries for part in one.value.parts if isinstance(part, Unknown)):
        return replace(doubtful(Reading(NAME, entries), "compose may refuse the file"), complete=False)
    return Reading(NAME, entries)


@dataclass(frozen=True, slots=True)
class _Name:
    """A name, where its notation begins, where the value may begin, and whether none follows."""

    span: Span
    start: int
    after: int
    alone: bool


def _entries(text: str) -> Iterator[Entry]:
    known: dict[str, Value] = {}
    at = _start(text, 0)
    while at < len(text):
        name = _name(text, at)
        word = text[name.span.start : name.span.end]
        if name.alone:
            value, value_span, at = _passed(name), Span(name.span.end, name.span.end), name.after
        else:
            value, value_span, at = _value(text, name.after, known)
        span = Span(name.start, max(name.span.end, value_span.end))
        known[word] = value
        if word:
            yield Entry(word, value, span, name.span, value_span)
        at = _start(text, at)


def _passed(name: _Name) -> Value:
    return unknown("what compose itself runs with", name.span, type="str")


def _start(text: str, at: int) -> int:
    """Where the next statement begins: behind blanks, line ends and comments."""
    at = _end(_GAP, text, at)
    while text.startswith("#", at):
        line_end = text.find("\n", at)
        at = _end(_GAP, text, line_end) if line_end >= 0 else len(text)
    return at


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _name(text: str, start: int) -> _Name:
    """The name: letters, digits and a few signs, up to `=`, `:` or the line's end. Blanks within are an error,
    and so is the end of the file behind a name."""
    at = first = _end(_BLANKS, text, _end(_EXPORT, text, start))
    while at < len(text) and text[at] not in "=:\n":
        if not (text[at] in "_.-[]" or text[at].isalnum() or _BLANKS.fullmatch(text[at])):
            raise _Refused(
                _line(text, start),
                f"a name may not hold `{text[at]}`" if text[at].isprintable() else "of a character in its name",
            )
        at += 1
    end = at if at < len(text) else first
    name = text[first:end].rstrip()
    if " " in name:
        raise _Refused(_line(text, start), "the name holds a blank")
    if at == len(text):
        # compose-go finds no end of the name, and so takes the rest for the value of no name.
        return _Name(Span(first, at), start, at, alone=True)
    return _Name(Span(first, first + len(name)), start, _end(_BLANKS, text, at + 1), alone=text[at] == "\n")


def _line(text: str, at: int) -> Span:
    end = text.find("\n", at)
    return Span(at, end if end >= 0 else len(text))


def _value(text: str, at: int, known: dict[str, Value]) -> tuple[Value, Span, int]:
    """A value, how it is written, and where it ends."""
    quote = text[at : at + 1]
    if quote in _STOPS:
        return _quoted(text, at, known)
    line = _line(text, at)
    content, _, _ = text[at : line.end].partition(" #")
    content = content.rstrip()
    return _expanded(Written(content, at), known), Span(at, at + len(content)), line.end


def _quoted(text: str, at: int, known: dict[str, Value]) -> tuple[Value, Span, int]:
    quote = text[at]
    end = next((found.end() for found in _STOPS[quote].finditer(text, at + 1) if found[0] == quote), None)
    if end is None:
        raise _Refused(_line(text, at), "its quote is not closed")
    span = Span(at, end)
    content = Written(text[at + 1 : end - 1], at + 1)
    if f"\\{quote}" in content.text and quote == "'":
        return unknown("versions of compose differ on an escaped quote", span, type="str"), span, end
    if quote == "'":
        return content.literal(), span, end
    if _ODD.search(content.text):
        return _dollars(content, span), span, end
    return _expanded(content.respelled(_ESCAPE, lambda found: _ESCAPES.get(found[0][1:], found[0])), known), span, end


def _dollars(content: Written, span: Span) -> Value:
    """A text with escaped dollars, where there are no others: `\\$` is a dollar."""
    if "\\0" in content.text or "$" in content.text.replace("\\$", ""):
        return unknown(_NOT_FOLLOWED, span, type="str")
    escapes = {**_ESCAPES, "$": "$"}
    return content.respelled(_ESCAPE, lambda found: escapes.get(found[0][1:], found[0])).literal()


def _expanded(content: Written, known: dict[str, Value]) -> Value:
    """The value with references replaced. A dollar before anything else is itself, two of them are one."""
    if "$" not in content.text:
        return content.literal()
    return concat(_parts(content, known))


def _parts(content: Written, known: dict[str, Value]) -> Iterator[Value]:
    at = 0
    for found in _DOLLAR.finditer(content.text):
        yield content.literal(at, found.start() + (found["dollar"] is not None))
        at = found.end()
        span = content.span(*found.span())
        if found["open"]:
            _check(content, found.start(), span)
            yield unknown(_NOT_FOLLOWED, content.span(found.start(), len(content.text)), type="str")
            return
        name = found["bare"] or found["name"]
        if name:
            word = content.literal(*found.span("word")) if found["word"] is not None else Value()
            yield _named(known.get(name), ref(name, span), found["sign"] or "", word, span)
    yield content.literal(at)


def _check(content: Written, at: int, span: Span) -> None:
    """Raises _Refused where `${` begins nothing that compose knows."""
    if not _REFERENCE.match(content.text, at) or content.text.rfind("}") < at:
        raise _Refused(span, "a `${` in it is no reference")


def _named(earlier: Value | None, own: Value, sign: str, word: Value, span: Span) -> Value:
    """The value of a name that a line above set to `earlier` (None: none did): `own` of what compose runs with."""
    name = next(own.refs()).name
    if sign in ("?", ":?"):
        # An error, and no value, where the name is unset.
        return unknown(_NOT_FOLLOWED, span, type="str")
    if sign in ("+", ":+"):
        return (
            ref(name, span, alternate=word)
            if earlier is None and sign == "+"
            else unknown("an empty text or not", span, type="str")
        )
    if earlier is None:
        return ref(name, span, word if sign else None)
    if sign == ":-" and "" in earlier.unset().possible():
        return choice((earlier, word, unknown("an empty text or its default", span, type="str")))
    return ref(name, span, earlier)
