"""Secrets in Python's mappings and sequences: under a key that means one, in a section of the vendor's, behind a
name or a command in a row of words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from envlint.source import Span
from envlint.surfaces.python.confided import DEFAULTS
from envlint.surfaces.python.items import argument_span
from envlint.surfaces.python.meanings import BETWEEN
from envlint.surfaces.python.noting import At, secret, weak_secret
from envlint.surfaces.python.prose import after_command

MOST_FIELDS = 256
"""How many fields of one section are looked at."""

# Keys under which the name of a variable stands, and those of its value beside it.
_NAMING = frozenset(("dest", "env", "env_var", "envvar", "field", "id", "key", "name", "option", "var", "variable"))
VALUES = DEFAULTS | {"secret", "stringvalue", "string_value", "val", "value_to_set"}
"""Keys and parameters, in lower case, under which a value stands whose name stands beside it."""


def display(at: At, node: cst.Dict) -> None:
    items = [(at.text(item.key), item) for item in node.elements if isinstance(item, cst.DictElement)]
    for key, item in items:
        if key is None:
            continue
        if at.meanings.is_named(key):
            secret(at, item.value, _item_span(at, item))
        elif at.meanings.is_section(key):
            fields(at, item.value)
        elif at.meanings.is_host(key):
            weak_secret(at, item.value, _item_span(at, item))
    if not any(key in _NAMING and at.meanings.is_named(at.text(item.value) or "") for key, item in _lower(items)):
        return
    for key, item in items:
        if key is not None and key.lower() in VALUES:
            secret(at, item.value, at.reading.span(node))


def _lower(items: Sequence[tuple[str | None, cst.DictElement]]) -> Iterator[tuple[str, cst.DictElement]]:
    return ((key.lower(), item) for key, item in items if key is not None)


def _item_span(at: At, item: cst.DictElement) -> Span:
    return at.reading.span(item.key).to(at.reading.span(item.value))


def fields(at: At, node: cst.CSTNode) -> None:
    """The fields of a section: a mapping that is written out, or the keywords of the call that makes it."""
    waiting = [node]
    for _ in range(MOST_FIELDS):
        if not waiting:
            return
        for name, value, span in _entries(at, waiting.pop()):
            if at.meanings.is_field(name) or at.meanings.is_named(name):
                weak_secret(at, value, span)
            elif name in BETWEEN:
                waiting.append(value)


def sections(at: At, node: cst.CSTNode) -> None:
    """The secrets of several vendors by their names: `api_keys = {"wandb": ...}`."""
    for name, value, span in _entries(at, node):
        if at.meanings.is_section(name):
            weak_secret(at, value, span)


def _entries(at: At, node: cst.CSTNode) -> Iterator[tuple[str, cst.CSTNode, Span]]:
    if isinstance(node, cst.Dict):
        for item in node.elements[:MOST_FIELDS]:
            key = at.text(item.key) if isinstance(item, cst.DictElement) else None
            if key is not None and isinstance(item, cst.DictElement):
                yield key, item.value, _item_span(at, item)
    elif isinstance(node, cst.Call):
        for given in node.args[:MOST_FIELDS]:
            if given.keyword is not None:
                yield given.keyword.value, given.value, argument_span(at.reading, given)


def sequence(at: At, nodes: Sequence[cst.CSTNode], whole: cst.CSTNode) -> None:
    """Words in a row: a name and its value, or a command that logs in."""
    texts = [at.text(node) for node in nodes]
    for text, node in zip(texts, nodes[1:], strict=False):
        if text is not None and at.meanings.is_named(text):
            weak_secret(at, node, at.reading.span(whole))
    for node in nodes[len(nodes) - len(_given_to_login(at, texts)) :]:
        weak_secret(at, node, at.reading.span(whole))


def _given_to_login(at: At, words: Sequence[str | None]) -> list[str]:
    """The words after a command that logs in; none where there is no such command."""
    texts = [word or "" for word in words]
    return next(filter(None, (after_command(texts, command) for command in at.meanings.logins)), [])


def logs_in(at: At, words: list[str]) -> bool:
    return any(after_command(words, command) is not None for command in at.meanings.logins)
