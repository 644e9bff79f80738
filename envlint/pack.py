"""One pack: what is known of variables, calls and keys, and which rules judge them, as frozen records.

A pack is data. Nothing in it is run, and no pattern in it is a regular expression. How it is written in
TOML is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from envlint.credentials import Credentials
from envlint.finding import Severity
from envlint.versions import age


class PackError(Exception):
    """A pack that cannot be used; the message is one line: file, table, what is wrong, nearest known name."""


@dataclass(frozen=True, slots=True)
class Server:
    """An address that the SDK takes in one form only.

    A URL whose text ends in `domain` (no dot behind it) must hold `label` and begin with https; or, with
    `path`, a URL of that very host must be https, without a port, and have that path.
    """

    domain: str
    instead: str
    label: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """What one range of SDK versions accepts for a variable: from `since` (None: always) to the next spec.

    kind        choice, boolean, path, url, text, list, number, json, moment, secret, or nothing (no text will do)
    read        false: these versions do not read the variable at all
    values      choice: the accepted texts; boolean: every accepted word, in lower case
    true        boolean: those of `values` that mean yes
    ignore_case choice, boolean: whether letter case is free
    others      boolean: texts that are accepted besides those words, letter by letter
    old         accepted, but old: one of `values` -> what to write instead
    old_since   the version since which they are old
    instead     texts that are often written and not accepted -> what to write instead
    surprising  accepted texts that do something else than they say -> what they do, as a clause
    empty       whether the empty text is accepted; list: as an element
    trimmed     whether blanks at either end are refused
    max_length  in code points, or None; list: of each element
    separator   list: what stands between elements
    spaced      list: what happens with blanks around an element, as a clause
    alone       list: what happens to a text in place of a list as an argument, as a clause; none: it is an element
    forbidden   characters that are refused
    integer     number: whether it must be whole
    minimum     number: the least that is accepted, or None
    grammar     number, url: how it is written: pydantic's or Python's own way
    shape       json: what the document must be: texts, integers or filters (envlint.kinds.documents)
    servers     url: addresses that are taken in one form only
    absolute    path: relative ones land somewhere else than people think
    home        path: whether the SDK itself expands a `~` at the beginning
    yields      how Python writes the constants with which an argument leaves the decision to the variable, though
                its words say otherwise
    refused     what happens on a value that is not accepted, as a clause; none: it is taken all the same
    ignored     without `refused`: what such a value does, as a clause; not read: what that means for the user
    overlong    what happens beyond max_length, as a clause
    misplaced   path: what happens to a relative one, as a clause
    use         not read: what to write instead; none: nothing
    """

    kind: str
    since: str | None = None
    read: bool = True
    values: tuple[str, ...] = ()
    true: tuple[str, ...] = ()
    ignore_case: bool = False
    others: tuple[str, ...] = ()
    old: Mapping[str, str] = field(default_factory=dict)
    old_since: str | None = None
    instead: Mapping[str, str] = field(default_factory=dict)
    surprising: Mapping[str, str] = field(default_factory=dict)
    empty: bool = True
    trimmed: bool = False
    max_length: int | None = None
    separator: str | None = None
    spaced: str = ""
    alone: str = ""
    forbidden: str = ""
    integer: bool = False
    minimum: float | None = None
    grammar: str = "pydantic"
    shape: str = ""
    servers: tuple[Server, ...] = ()
    absolute: bool = False
    home: bool = False
    yields: tuple[str, ...] = ()
    refused: str = ""
    ignored: str = ""
    overlong: str = ""
    misplaced: str = ""
    use: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable. `specs` are in the order of versions, the first without `since`; `arguments`
    are the `function:parameter` pairs that win over it.

    `lettered`    the `function:parameter` pairs that take a text letter by letter, so that there is nothing to refuse
    `alias_of`    the name that this one is another spelling of, or None
    `any_case`    the SDK takes the name in any letter case behind the pack's prefix
    `readers`     programs besides the SDK that read it, by their names in the pack; the SDK does not if there are any
    """

    name: str
    summary: str
    specs: tuple[Spec, ...]
    arguments: tuple[str, ...] = ()
    docs: str | None = None
    lettered: tuple[str, ...] = ()
    alias_of: str | None = None
    any_case: bool = False
    readers: tuple[str, ...] = ()

    def spec(self, version: str | None) -> Spec:
        """The spec that holds for an SDK version; the newest where the version is not known, or is none."""
        at = age(version) if version is not None else None
        if at is None:
            return self.specs[-1]
        holding = [spec for spec in self.specs if spec.since is None or (age(spec.since) or at) <= at]
        return holding[-1] if holding else self.specs[0]


@dataclass(frozen=True, slots=True)
class Unread:
    """A name that people write and nothing reads. `because`: what happens instead, as a clause; `use`: what
    to write, or nothing."""

    name: str
    because: str
    use: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """A program besides the SDK that reads variables. A project has it if one of its files holds a needle."""

    name: str
    title: str
    needles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Variables of which only one may be set, since a version. `refused`: what happens otherwise, as a clause."""

    variables: tuple[str, ...]
    refused: str
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A variable beside which some arguments are not heard. `arguments` are function:parameter pairs; `effect`
    is what the SDK does instead, as a clause."""

    variable: str
    arguments: tuple[str, ...]
    effect: str


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function took before a version of the SDK: its positional parameters, in order."""

    before: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function whose calls are tracked.

    parameters  the positional ones, in order
    keywords    those that are given by name only
    names       its other qualified names
    earlier     the signatures of older versions, the oldest first
    refused     what happens on an argument that it does not know, as a clause; none: it takes any, or it is not known
    instead     arguments that are often written and not known -> what to write instead
    passes      parameters that it hands on even where the caller does not give them -> what it hands on
    switches    parameters of a truth value -> what true is for their variable; anything false leaves it as it is
    hands       parameters, or parameter.key, that hold a mapping of another function's arguments -> that function
    variables   parameters that win over a variable -> that variable; for functions of other packages than the SDK
    session     starts: it reads the environment for good, if that has not been done; ends: it will be read anew
    writes      for a command: variables -> the texts that it writes for them into a settings file, which they beat
    options     for a command: its options -> the variables for which it writes their values there
    settings    whether it takes the settings that are read for good by their own names
    """

    name: str
    parameters: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    earlier: tuple[Signature, ...] = ()
    refused: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)
    passes: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, str] = field(default_factory=dict)
    hands: Mapping[str, str] = field(default_factory=dict)
    session: str = ""
    writes: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    settings: bool = False

    def positional(self, version: str | None) -> tuple[str, ...]:
        """The positional parameters at a version of the SDK, in order; the newest where none is given."""
        at = age(version) if version is not None else None
        if at is not None:
            for signature in self.earlier:
                if at < (age(signature.before) or at):
                    return signature.parameters
        return self.parameters


@dataclass(frozen=True, slots=True)
class KeyShape:
    """What a secret looks like: [prefix-]marker + `length` to `max_length` characters of an alphabet.

    alphabet    hex or word ([A-Za-z0-9_])
    marker      text that it begins with
    prefix      whether `<letters, digits>-` may stand before it
    required    whether that prefix must stand
    alone       the shape identifies itself: it is a key wherever it stands
    since       the version of the SDK since which it takes such keys, or None
    """

    alphabet: str
    length: int
    max_length: int | None = None
    marker: str = ""
    prefix: bool = False
    required: bool = False
    alone: bool = False
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """Files (name -> text), the texts that the rule flags in them (primary locations, in order; none: good),
    and those of the files that the fixes of the findings change, as they are after them."""

    files: Mapping[str, str]
    flags: tuple[str, ...] = ()
    summary: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as data. `check` names the function that decides, `message` and `help` are its words with
    the check's {fields}; `parameters` are the check's own. `pack` is the name of the pack that it stands in:
    a rule about keys speaks of the keys of its own pack."""

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
    pack: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """One TOML file of variables, functions, key shapes and rules. `path` is how it is called in errors.

    sdk          the version of the vendor's package that it was verified against
    package      that package's name, as requirements pin it
    prefix       what the names of the vendor's variables begin with
    carriers     what container tools put before a name to set it inside: SINGULARITYENV_
    misprefixes  how the prefix is often misspelt
    """

    name: str
    title: str
    path: str
    sdk: str | None = None
    docs: str | None = None
    package: str | None = None
    prefix: str = ""
    carriers: tuple[str, ...] = ()
    misprefixes: tuple[str, ...] = ()
    needles: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    variables: tuple[Variable, ...] = ()
    unread: tuple[Unread, ...] = ()
    readers: tuple[Reader, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    overrides: tuple[Override, ...] = ()
    functions: tuple[Function, ...] = ()
    keys: tuple[KeyShape, ...] = ()
    rules: tuple[Rule, ...] = ()
    credentials: Credentials = field(default_factory=Credentials)
