"""Packs: what is known of variables, calls and keys, and which rules judge them. TOML in, frozen records out.

A pack is data. Nothing in it is run, no pattern in it is a regular expression, and what it says wrongly
is one PackError that names file, table and the nearest known key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from envlint.finding import Severity


class PackError(Exception):
    """A pack that cannot be used; the message is one line: file, table, what is wrong, nearest known name."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What one range of SDK versions accepts for a variable: from `since` (None: always) to the next spec.

    kind        choice, boolean, path, url, text, list, number or secret
    read        false: these versions do not read the variable at all
    values      choice: the accepted texts; boolean: every accepted word, in lower case
    ignore_case whether letter case is free (booleans)
    old         accepted, but old: text -> what to write instead
    empty       whether the empty text is accepted
    max_length  in code points, or None
    separator   list: what stands between elements
    forbidden   characters that are refused
    absolute    path: relative ones land somewhere else than people think
    refused     what happens on a value that is not accepted, in the vendor's own terms
    overlong    what happens beyond max_length
    misplaced   path: what happens to a relative one
    """

    kind: str
    since: str | None = None
    read: bool = True
    values: tuple[str, ...] = ()
    ignore_case: bool = False
    old: Mapping[str, str] = field(default_factory=dict)
    empty: bool = True
    max_length: int | None = None
    separator: str | None = None
    forbidden: str = ""
    absolute: bool = False
    refused: str = ""
    overlong: str = ""
    misplaced: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable. `arguments` are the `function:parameter` pairs that win over it."""

    name: str
    summary: str
    specs: tuple[Spec, ...]
    arguments: tuple[str, ...] = ()
    docs: str | None = None

    def spec(self, version: str | None) -> Spec:
        """The spec that holds for an SDK version; the newest where the version is not known."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Function:
    """A function whose calls are tracked. `parameters` are the positional ones, in order."""

    name: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyShape:
    """What a secret looks like: [prefix-]marker + `length` to `max_length` characters of an alphabet.

    alphabet    hex or word ([A-Za-z0-9_])
    marker      text that it begins with
    prefix      whether `<letters, digits>-` may stand before it
    required    whether that prefix must stand
    alone       the shape identifies itself: it is a key wherever it stands
    """

    alphabet: str
    length: int
    max_length: int | None = None
    marker: str = ""
    prefix: bool = False
    required: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """Files (name -> text), the texts that the rule flags in them (primary locations, in order; none: good)."""

    files: Mapping[str, str]
    flags: tuple[str, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as data. `check` names the function that decides, `message` and `help` are its words with
    the check's {fields}; `parameters` are the check's own."""

    name: str
    summary: str
    why: str
    severity: Severity
    check: str
    message: str
    help: str
    since: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    bad: tuple[Example, ...] = ()
    good: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """One TOML file of variables, functions, key shapes and rules."""

    name: str
    title: str
    path: str
    sdk: str | None = None
    docs: str | None = None
    needles: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    variables: tuple[Variable, ...] = ()
    functions: tuple[Function, ...] = ()
    keys: tuple[KeyShape, ...] = ()
    rules: tuple[Rule, ...] = ()
