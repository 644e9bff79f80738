"""Findings: what is reported, where, how sure it is, and how a key is kept out of sight.

Nothing here decides; a check makes findings, the engine orders them, a report shows them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from envlint.keyparts import key_parts
from envlint.source import Source, Span, merged


class Severity(IntEnum):
    """How bad it is: SARIF's levels, ordered."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


class Confidence(IntEnum):
    """How sure it is. High: known for certain. Medium: true in some runs, not in every one. Low: linked by a
    guess."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Location:
    """A span of a source."""

    source: Source
    span: Span


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that the finding speaks of, and what it has to do with it."""

    location: Location
    message: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of a span by a text."""

    source: Source
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that remove a finding. Safe: the program does what it did, or what it was plainly meant to do."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Why a finding is not reported: by a comment or a baseline, with the reason that was given."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One reported problem. `location` covers the value, name or argument at fault and nothing more.

    `message` says what is wrong and what happens because of it, `help` what to write instead. Neither
    holds a key. `variable` is the variable concerned, also where it stands in an argument. Findings of one
    project with the same `group` are of one key: a number in the order in which keys were met, which tells
    nothing of the key itself.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    message: str
    location: Location
    surface: str
    help: str | None = None
    variable: str | None = None
    form: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    suppressed: Suppressed | None = None
    cell: int | None = None
    commit: str | None = None
    group: int | None = None

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """The sort key of reports: path, line, column, rule, then what tells two at one place apart."""
        at = self.location.source.position(self.location.span.start)
        return self.location.source.path, at.line, at.column, self.rule, self.message


# What looks like a W&B key: the self-identifying form, forty and more hex digits, a prefix with a dash and
# forty and more word characters, without a digit if they are of both cases. Each alternative begins only where
# a run of word characters begins, so that a long run is tried once and not from each of its characters.
_KEY = re.compile(
    r"(?:(?<![A-Za-z0-9])[A-Za-z0-9]+-)?wandb_v\d_\w+|(?<!\w)(?:[A-Za-z0-9_]{1,40}-)?(?=\w{40})\w*\d\w*|"
    r"(?<!\w)[A-Za-z0-9_]{1,40}-(?=\w{40})(?=[a-z_]*[A-Z])(?=[A-Z_]*[a-z])\w+"
)

_LONG_ENOUGH = 32
SHOWN = 4
"""How many characters of a key may be seen."""


def mask(key: str) -> str:
    """A key as it may be shown: its first characters, an ellipsis and its length in code points. Of a text that is
    too short to be a key only the length: its first characters would be much of it."""
    return f"{key[:SHOWN] if len(key) >= _LONG_ENOUGH else ''}…({len(key)} characters)"


def mask_keys(text: str) -> str:
    """A text with everything in it that is shaped like a key masked, and the pieces of keys that are broken."""
    pieces: list[str] = []
    at = 0
    for span in merged([*key_spans(text), *key_parts(text)]):
        pieces += (text[at : span.start], mask(text[span.start : span.end]))
        at = span.end
    return "".join((*pieces, text[at:]))


def key_spans(text: str) -> list[Span]:
    """Where a text holds something that is shaped like a key."""
    return [Span(*found.span()) for found in _KEY.finditer(text)]


def shown(text: str) -> str:
    """A value as a message shows it: quoted, short, without control characters, and never a key."""
    printable = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in mask_keys(text))
    return f"'{printable if len(printable) <= 60 else printable[:59] + '…'}'"
