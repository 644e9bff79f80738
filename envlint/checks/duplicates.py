"""Checks of variables that are set twice in a row: only the last value counts, and somebody thinks otherwise.

Two settings are in a row where nothing between them could use or keep the first: in a script nothing but other
settings, in a Dockerfile no instruction that runs or copies its value, in a .env no line that refers to it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping

from envlint.checks.loading import DOTENV
from envlint.checks.verdict import Subject, Verdict
from envlint.facts import Binding, Export, Facts
from envlint.finding import Confidence, Edit, Fix, Location, Related
from envlint.packs import Rule
from envlint.source import Source, Span

_FAMILIES: Mapping[str, str] = {
    DOTENV: DOTENV,
    "docker-env": "docker-env",
    "docker-arg": "docker-arg",
    **dict.fromkeys(("shell-assign", "shell-export"), "shell"),
    "shell-prefix": "shell-prefix",
    "shell-command": "shell-command",
    **dict.fromkeys(("environ-item", "environ-putenv"), "environ"),
    "environ-update": "environ-update",
    "subprocess-env": "subprocess-env",
}
"""The forms whose settings replace each other, by what they are written in."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REFERENCE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
# What may stand between two settings of one command or statement, or on the lines between two of them.
_BETWEEN = re.compile(r"(?:[\s;,\\&\"']|\bexport\b|\bENV\b|\bARG\b|(?<!\S)-e\b|--env\b=?)*", re.IGNORECASE)
# Instructions of a Dockerfile that run nothing, where they refer to nothing.
_QUIET = re.compile(r"(?:COPY|ADD|WORKDIR|EXPOSE|LABEL|USER|VOLUME|STOPSIGNAL|MAINTAINER)\b[^\n$]*", re.IGNORECASE)
# And what runs when the stage is done, so that it finds the last value; it may go on over lines.
_LATE = re.compile(
    r"^[ \t]*(?:CMD|ENTRYPOINT|HEALTHCHECK|SHELL)\b(?:[^\n\\]|\\.)*", re.IGNORECASE | re.MULTILINE | re.DOTALL
)


def duplicate_variable(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """The later of two settings in a row of one variable, in one scope."""
    last: dict[tuple[str, int, str], Binding] = {}
    gap = _Gap(subject.facts)
    for binding in subject.facts.bindings():
        family = _FAMILIES.get(binding.form)
        if family is None or not subject.knowledge.is_known(binding.variable):
            continue
        key = (binding.variable, binding.scope, family)
        earlier, last[key] = last.get(key), binding
        if earlier is not None and _replaces(earlier, binding) and gap.is_idle(earlier, binding):
            yield _verdict(subject, earlier, binding)


def _replaces(earlier: Binding, later: Binding) -> bool:
    """Whether the later value stands instead of the earlier one: the default of an ARG does so for another default."""
    if later.form == "docker-arg":
        return all(one.value_span.start < one.value_span.end for one in (earlier, later))
    return earlier.overrides and later.overrides


def _verdict(subject: Subject, earlier: Binding, later: Binding) -> Verdict:
    source = subject.facts.source
    one, other = earlier.value.text, later.value.text
    same = one is not None and one == other
    return Verdict(
        later.name_span,
        Confidence.HIGH,
        {
            "variable": later.variable,
            "consequence": "to the same value" if same else "and only this last value counts",
        },
        variable=later.variable,
        form=later.form,
        related=(Related(Location(source, earlier.name_span), f"{earlier.variable} is set here first"),),
        fix=_fix(source, earlier),
    )


def _fix(source: Source, earlier: Binding) -> Fix | None:
    """The earlier line of a .env file taken out. What is taken out is told by its place, never by its text."""
    first = source.line_span(source.position(earlier.span.start).line)
    if (
        earlier.form != DOTENV
        or earlier.span.end > first.end
        or source.slice(first).strip() != source.slice(earlier.span)
    ):
        return None
    end = first.end + 1 if source.text[first.end : first.end + 1] in ("\n", "\r") else first.end
    end += source.text[first.end : first.end + 2] == "\r\n"
    # Without `export`, a plain `source` of the file no longer hands the variable to programs.
    safe = not source.slice(earlier.span).startswith("export")
    return Fix("take the earlier line out", (Edit(source, Span(first.start, end), ""),), safe)


class _Gap:
    """What stands between two settings of a file."""

    def __init__(self, facts: Facts) -> None:
        self._text = facts.source.text
        self._is_settings = facts.surface == DOTENV
        quiet = (item.span for item in facts.items if isinstance(item, Export) and item.variable is not None)
        self._covered = sorted(
            [
                *((_whole(one), True) for one in facts.bindings()),
                *((span, False) for span in quiet),
                *((comment.span, False) for comment in facts.comments),
            ]
        )
        self._starts = [span.start for span, _ in self._covered]

    def is_idle(self, earlier: Binding, later: Binding) -> bool:
        """Whether nothing behind the earlier setting, up to and with the later one, can use its value."""
        start, end = _whole(earlier).end, _whole(later).start
        if start > end or "+" in self._text[later.name_span.end : later.value_span.start]:
            return False
        if self._is_settings:
            return earlier.variable not in _REFERENCE.findall(self._text, start, later.value_span.end)
        settings, rest = self._between(start, end)
        if later.form in ("docker-env", "docker-arg"):
            rest = _QUIET.sub("", _LATE.sub("", rest) if later.form == "docker-env" else rest)
        settings = f"{settings} {self._text[later.value_span.start : later.value_span.end]}"
        return earlier.variable not in _WORD.findall(settings) and _BETWEEN.fullmatch(rest) is not None

    def _between(self, start: int, end: int) -> tuple[str, str]:
        """The text of the settings in a range, and what is left without them and without comments."""
        settings: list[str] = []
        rest: list[str] = []
        at = start
        for index in range(bisect_left(self._starts, start), len(self._covered)):
            span, is_setting = self._covered[index]
            if span.start >= end:
                break
            rest.append(self._text[at : span.start])
            settings.append(self._text[span.start : span.end] if is_setting else "")
            at = max(at, span.end)
        return " ".join(settings), "".join([*rest, self._text[at:end]])


def _whole(binding: Binding) -> Span:
    """The notation of a setting alone: in Python its statement; elsewhere one command may hold several."""
    if _FAMILIES.get(binding.form) == "environ":
        return binding.span
    return binding.name_span.to(binding.value_span)
