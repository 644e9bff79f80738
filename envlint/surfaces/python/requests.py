"""Secrets that Python code gives to an HTTP client together with one of the vendor's hosts.

Knows the notation of requests, httpx, aiohttp and urllib3: `auth=` and `headers=` beside a URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeGuard

import libcst as cst

from envlint.credentials import words_of
from envlint.source import Span
from envlint.surfaces.python.confided import Confided, base64_text, confided
from envlint.surfaces.python.identifiers import word_of
from envlint.surfaces.python.items import argument_span
from envlint.surfaces.python.names import only_bound
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Bound, Place, Space
from envlint.surfaces.python.spelling import Spelled, spelled
from envlint.surfaces.python.values import value_of
from envlint.value import Value, literal

_GIVEN = frozenset(("auth", "headers", "userpwd", "basic_auth"))
_SCHEME = re.compile(r"[ \t]*(?:(Basic)|Bearer|Token)[ \t]+", re.IGNORECASE)
_SECRET_HEADERS = frozenset(("authorization", "key", "token"))
_MOST_HEADERS = 64
_MOST_URL = 2_048
_Found = tuple[Value, Span, Span]


def http_secrets(reading: Reading, node: cst.Call, space: Space, place: Place) -> Iterator[_Found]:
    """Each secret in the `auth` and `headers` of a call that names a host: its value, the span of the argument
    and that of the value."""
    given = [each for each in node.args if each.keyword is not None and each.keyword.value in _GIVEN]
    if not given or not _names_host(reading, [each for each in node.args if each not in given], space, place):
        return
    for each in given:
        span = argument_span(reading, each)
        bound = only_bound(space, each.value.value) if isinstance(each.value, cst.Name) else None
        found = _secrets(reading, each.value, space, place) if bound is None else _assigned(reading, bound)
        yield from ((value, span, value_span) for value, value_span in found)


def _assigned(reading: Reading, bound: Bound) -> Iterable[Confided]:
    """What the headers that a name was assigned give away, found out once."""
    if bound not in reading.sent and bound.value is not None:
        with reading.at(bound.step):
            reading.sent[bound] = tuple(_secrets(reading, bound.value, bound.space, bound.place))
    return reading.sent.get(bound, ())


def _names_host(reading: Reading, given: list[cst.Arg], space: Space, place: Place) -> bool:
    values = (value_of(reading, each.value, space, place) for each in given)
    return any(reading.meanings.names_host(way.text[:_MOST_URL]) for value in values for way in spelled(value))


def _secrets(reading: Reading, node: cst.CSTNode, space: Space, place: Place) -> Iterator[Confided]:
    for part in _parts(node, space):
        for value, span in confided(reading, part, space, place):
            for way in spelled(value):
                yield _without_scheme(reading, way), span


def _parts(node: cst.CSTNode, space: Space) -> Iterator[cst.CSTNode]:
    """The password of a pair, the values of headers, the last argument of HTTPBasicAuth and its like."""
    match node:
        case cst.Tuple(elements=elements) | cst.List(elements=elements) if elements:
            yield elements[-1].value
        case cst.Dict(elements=items):
            yield from (item.value for item in items[:_MOST_HEADERS] if _is_header(item, space))
        case cst.Call(args=args) if args:
            yield args[-1].value
        case cst.SimpleString() | cst.FormattedString() | cst.Name():
            yield node


def _is_header(item: cst.BaseDictElement, space: Space) -> TypeGuard[cst.DictElement]:
    """Whether a header by its name carries a secret."""
    name = word_of(item.key, space) if isinstance(item, cst.DictElement) else None
    return name is not None and not _SECRET_HEADERS.isdisjoint(words_of(name))


def _without_scheme(reading: Reading, way: Spelled) -> Value:
    """What stands behind `Bearer` or `Basic`, or the password of `user:password`."""
    scheme = _SCHEME.match(way.text)
    start = scheme.end() if scheme is not None else 0
    if scheme is not None and scheme[1]:
        decoded = base64_text(way.text[start:])
        spans = [piece.span for piece in way.cut(reading.source, start, len(way.text)).literals()]
        return literal(decoded.partition(":")[2], spans[0]) if decoded is not None and spans else Value()
    if scheme is None and ":" in way.text:
        start = way.text.index(":") + 1
    return way.cut(reading.source, start, len(way.text))
