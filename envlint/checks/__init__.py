"""Checks: the functions that decide. A rule in a pack names one; this table is all there is.

A check sees facts and knowledge, never a surface, a file or a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from envlint.checks.arguments import invalid_argument
from envlint.checks.combinations import conflicting_settings, missing_companion
from envlint.checks.duplicates import duplicate_variable
from envlint.checks.exporting import unexported_variable
from envlint.checks.exposing import logged_key
from envlint.checks.images import key_in_image
from envlint.checks.keys import committed_key, incompatible_key
from envlint.checks.loading import loader_dependent_value
from envlint.checks.names import deprecated_variable, misspelled_variable, unread_variable
from envlint.checks.reading import unreadable
from envlint.checks.shadowing import overridden_argument, redundant_argument, shadowing_argument
from envlint.checks.texts import non_text_value
from envlint.checks.timing import late_variable
from envlint.checks.values import (
    deprecated_value,
    ignored_value,
    invalid_value,
    overlong_value,
    relative_path,
)
from envlint.checks.verdict import Check


@dataclass(frozen=True, slots=True)
class Entry:
    """A check, and the fields that it offers to a rule's message and help.
    `crosses`: it needs what other files of the project say."""

    check: Check
    fields: tuple[str, ...]
    crosses: bool = False


_CONTEST = ("variable", "argument", "function", "value", "where", "advice")

CHECKS: Mapping[str, Entry] = {
    "committed-key": Entry(committed_key, ("variable", "key", "where", "advice")),
    "incompatible-key": Entry(incompatible_key, ("variable", "key", "version", "since")),
    "key-in-image": Entry(key_in_image, ("consequence", "advice")),
    "logged-key": Entry(logged_key, ("consequence", "advice")),
    "invalid-value": Entry(invalid_value, ("variable", "place", "value", "problem", "refused", "allowed", "advice")),
    "ignored-value": Entry(ignored_value, ("variable", "place", "value", "ignored", "advice")),
    "deprecated-value": Entry(deprecated_value, ("variable", "place", "value", "since", "instead")),
    "overlong-value": Entry(overlong_value, ("variable", "place", "length", "limit", "overlong")),
    "relative-path": Entry(relative_path, ("variable", "place", "value", "misplaced")),
    "unread-variable": Entry(unread_variable, ("variable", "because", "instead")),
    "misspelled-variable": Entry(misspelled_variable, ("variable", "meant", "reader")),
    "deprecated-variable": Entry(deprecated_variable, ("variable", "package", "since", "ignored", "instead")),
    "missing-companion": Entry(missing_companion, ("variable", "place", "value", "companion", "consequence")),
    "conflicting-settings": Entry(conflicting_settings, ("one", "other", "refused"), crosses=True),
    "overridden-argument": Entry(overridden_argument, (*_CONTEST, "effect"), crosses=True),
    "shadowing-argument": Entry(shadowing_argument, _CONTEST, crosses=True),
    "redundant-argument": Entry(redundant_argument, _CONTEST, crosses=True),
    "invalid-argument": Entry(invalid_argument, ("argument", "function", "refused", "advice")),
    "late-variable": Entry(late_variable, ("variable", "function", "line", "since"), crosses=True),
    "unexported-variable": Entry(unexported_variable, ("variable", "consequence", "advice")),
    "non-text-value": Entry(non_text_value, ("variable", "type", "refused")),
    "loader-dependent-value": Entry(loader_dependent_value, ("variable", "readings", "advice")),
    "duplicate-variable": Entry(duplicate_variable, ("variable", "consequence")),
    "unreadable": Entry(unreadable, ("reason",)),
}
