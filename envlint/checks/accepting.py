"""Accepting: what the SDK does with one text for a variable, by the variable's spec.

A spec says what is taken; here is how each kind of value is read. Where a text stands is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias
from urllib.parse import urlsplit

from envlint.finding import shown
from envlint.kinds import addresses, documents, moments, numbers, urls
from envlint.packs import Server, Spec


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text is not accepted, in words that follow "it", and what to write instead, in words that follow
    "Write". `exact`: the one text that was probably meant, or None."""

    words: str
    instead: str
    exact: str | None = None


@dataclass(frozen=True, slots=True)
class Overlong:
    """A text, or an element of a list, over the limit: its length in code points."""

    length: int


def problem(spec: Spec, text: str) -> Problem | None:
    """What is wrong with a text by the notation of its kind; None where nothing is, its length apart."""
    return next(_problems(spec, text), None)


def overlong(spec: Spec, text: str) -> int | None:
    """The length of a text, or of the longest element of a list, if it is over the limit; else None."""
    if spec.max_length is None:
        return None
    length = max(map(len, elements(spec, text)))
    return length if length > spec.max_length else None


def elements(spec: Spec, text: str) -> list[str]:
    """The elements of a list; any other text is its only one."""
    return text.split(spec.separator) if spec.kind == "list" and spec.separator else [text]


def _problems(spec: Spec, text: str) -> Iterator[Problem]:
    for element in elements(spec, text):
        if not element and not spec.empty:
            one = "has an empty element" if text else "is empty"
            yield Problem(one, _OF_KIND[spec.kind].instead(text, spec), None)
        if spec.trimmed and element != element.strip():
            yield Problem("begins or ends with a blank", "it without the blank", None)
        held = [character for character in spec.forbidden if character in element]
        if held:
            yield Problem(f"holds {' and '.join(map(shown, held))}", f"it without {' '.join(spec.forbidden)}")
    if text:
        yield from _OF_KIND[spec.kind].problems(spec, text)


def _word(spec: Spec, text: str) -> Iterator[Problem]:
    word = text.lower() if spec.ignore_case else text
    if word not in spec.values and text not in spec.others:
        exact = _meant(text, spec)
        yield Problem("is none of " + ", ".join((*spec.others, *spec.values)), _instead_of_word(text, spec), exact)


def _number(spec: Spec, text: str) -> Iterator[Problem]:
    number = (numbers.whole if spec.integer else numbers.fraction)(text, spec.grammar)
    if number is None:
        yield Problem("is no whole number" if spec.integer else "is no number", _a_number(text, spec))
    elif spec.minimum is not None and number < spec.minimum:
        yield Problem(f"is less than {spec.minimum:g}", _a_number(text, spec))


def _url(spec: Spec, text: str) -> Iterator[Problem]:
    if spec.grammar == "python":
        wrong, text = addresses.problem(text), addresses.cut(text)
    else:
        wrong = urls.problem(text)
    if wrong is not None:
        yield Problem(wrong, _an_address(text, spec))
        return
    for server in spec.servers:
        yield from _address(server, text)


def _address(server: Server, text: str) -> Iterator[Problem]:
    if server.path:
        parts = urlsplit(text)
        right = parts.scheme == "https" and _port(text) is None and parts.path.rstrip("/") == server.path
        if parts.hostname == server.domain and not right:
            yield Problem(f"is not how {server.domain} is reached", server.instead, server.instead)
        return
    # A dot behind the domain makes it part of another name, or of a path.
    _, found, behind = text.rpartition(server.domain)
    if not found or "." in behind:
        return
    if server.label not in text:
        yield Problem(f"is the address of {server.domain}'s pages", server.instead, server.instead)
    elif not text.startswith("https"):
        yield Problem("is not https", server.instead, server.instead)


def _port(text: str) -> int | None:
    try:
        return urlsplit(text).port
    except ValueError:
        return None


def _json(spec: Spec, text: str) -> Iterator[Problem]:
    wrong = documents.problem(text, spec.shape)
    if wrong is not None:
        yield Problem(wrong, _a_document(text, spec))


def _moment(spec: Spec, text: str) -> Iterator[Problem]:
    wrong = moments.problem(text)
    if wrong is not None:
        yield Problem(wrong, _a_moment(text, spec))


def _nothing(spec: Spec, text: str) -> Iterator[Problem]:
    yield Problem("is a text", _no_text(text, spec))


def _anything(spec: Spec, text: str) -> Iterator[Problem]:
    return iter(())


def _instead_of_word(text: str, spec: Spec) -> str:
    meant = _meant(text, spec)
    if meant is not None:
        return shown(meant)
    values = [value for value in (*spec.others, *spec.values) if value not in spec.old]
    return "one of " + ", ".join(values)


def _meant(text: str, spec: Spec) -> str | None:
    """The accepted value that was probably meant, if one stands out."""
    plain = text.strip().strip("'\"").lower()
    if plain in spec.instead:
        return spec.instead[plain]
    if not plain:
        return None
    values = [value for value in (*spec.others, *spec.values) if value not in spec.old]
    return next(iter(get_close_matches(plain, values, n=1, cutoff=0.6)), None)


def _a_number(text: str, spec: Spec) -> str:
    least = f" from {spec.minimum:g}" if spec.minimum is not None else ""
    return f"a {'whole ' if spec.integer else ''}number{least}"


def _an_address(text: str, spec: Spec) -> str:
    return "a whole address that begins with https:// or http://"


_SHAPES = {
    "texts": 'a JSON object of texts, such as {"name": "value"}',
    "integers": "a JSON list of whole numbers, such as [0, 1]",
    "filters": 'a JSON list of patterns, such as ["node_.*"], or an object of objects of texts',
}


def _a_document(text: str, spec: Spec) -> str:
    return _SHAPES[spec.shape]


def _a_moment(text: str, spec: Spec) -> str:
    return "a run and a step, as in 1a2b3c4d?_step=100"


def _no_text(text: str, spec: Spec) -> str:
    return "no text at all"


def _some_text(text: str, spec: Spec) -> str:
    return "each element" if spec.kind == "list" and text else "a value, or take the variable out"


_Problems: TypeAlias = Callable[[Spec, str], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class _Kind:
    problems: _Problems
    instead: Callable[[str, Spec], str]


_OF_KIND: Mapping[str, _Kind] = {
    "choice": _Kind(_word, _instead_of_word),
    "boolean": _Kind(_word, _instead_of_word),
    "number": _Kind(_number, _a_number),
    "url": _Kind(_url, _an_address),
    "json": _Kind(_json, _a_document),
    "moment": _Kind(_moment, _a_moment),
    "nothing": _Kind(_nothing, _no_text),
    "text": _Kind(_anything, _some_text),
    "list": _Kind(_anything, _some_text),
    "path": _Kind(_anything, _some_text),
    "secret": _Kind(_anything, _some_text),
}
