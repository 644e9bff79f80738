"""Suppressions: comments in a file that take findings out of the report, and what is wrong with them.

    # envlint: ignore[rule, rule] reason        at the end of a line, or alone on the line above
    # envlint: ignore-file[rule] reason         in the first comment block

A comment above a statement, or at its first or last line, covers the whole statement. In .env files and
Dockerfiles only the line above counts: there a trailing comment is part of the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from envlint.checks.verdict import Verdict
from envlint.facts import Facts
from envlint.finding import Confidence, Finding, Suppressed
from envlint.source import Span

FIELDS = ("names", "nearest")
"""What the rules about suppressions may name in their words."""

CHECKS = ("unused-suppression", "unknown-suppression", "bare-suppression")

_MOST_STACKED = 20
_OWN_LINE_ONLY = frozenset({"dotenv", "dockerfile"})
_MARK = re.compile(r"#+\s*envlint:\s*(ignore-file|ignore)\b(?:\s*\[([^\]\n]*)\])?[ \t]*([^\n]*)")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment: the rules that it names, each with its span, its reason, and the lines that it covers
    (from 1, inclusive; None: the whole file), in the count of `line_of`."""

    span: Span
    names: tuple[tuple[str, Span], ...]
    reason: str
    lines: tuple[int, int] | None
    line_of: Callable[[int], int]

    def covers(self, finding: Finding) -> bool:
        """Whether a finding of one of its rules begins where it applies."""
        if self.lines is None:
            return True
        line = self.line_of(finding.location.span.start)
        return self.lines[0] <= line <= self.lines[1]


def suppressions(facts: Facts) -> tuple[Suppression, ...]:
    """Every suppression of a file, in order."""
    return tuple(_read(facts))


def apply(findings: Iterable[Finding], comments: Sequence[Suppression]) -> tuple[Finding, ...]:
    """The findings of one file, those that a comment covers marked as suppressed with its reason."""
    by_rule = _by_rule(comments)
    return tuple(_mark(finding, by_rule.get(finding.rule, ())) for finding in findings)


def judge(
    comments: Sequence[Suppression], findings: Sequence[Finding], known: Collection[str], active: Collection[str]
) -> Iterator[tuple[str, Verdict]]:
    """What is wrong with the suppressions of one file: pairs of a check's name and its verdict.

    `findings` are all of that file, `known` the names of every rule, `active` of those that were run:
    a suppression of a rule that was not run can't be called unused.
    """
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    for comment in comments:
        if not comment.names:
            yield "bare-suppression", Verdict(comment.span, Confidence.HIGH)
        for name, span in comment.names:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                fields = {"names": name, "nearest": near[0] if near else ""}
                yield "unknown-suppression", Verdict(span, Confidence.HIGH, fields)
            elif name in active and not any(map(comment.covers, by_rule.get(name, ()))):
                yield "unused-suppression", Verdict(span, Confidence.HIGH, {"names": name})


def _by_rule(comments: Iterable[Suppression]) -> dict[str, list[Suppression]]:
    found: dict[str, list[Suppression]] = {}
    for comment in comments:
        for name, _ in comment.names:
            found.setdefault(name, []).append(comment)
    return found


def _mark(finding: Finding, comments: Sequence[Suppression]) -> Finding:
    for comment in comments:
        if comment.covers(finding):
            return replace(finding, suppressed=Suppressed("comment", comment.reason))
    return finding


def _read(facts: Facts) -> Iterator[Suppression]:
    source = facts.source
    own_lines = {facts.line(comment.span.start) for comment in facts.comments if comment.own_line}
    header = _end_of_header(own_lines)
    statements = _statement_lines(facts)
    for comment in facts.comments:
        found = _MARK.match(source.slice(comment.span))
        if found is None:
            continue
        kind, names, reason = found.groups()
        line = facts.line(comment.span.start)
        named = tuple(_names(names or "", comment.span.start + found.start(2)))
        if kind == "ignore-file":
            if line <= header:
                yield Suppression(comment.span, named, reason.strip(), None, facts.line)
            continue
        if facts.surface in _OWN_LINE_ONLY and not comment.own_line:
            continue
        at = _first_beyond(line, own_lines) if comment.own_line else line
        yield Suppression(comment.span, named, reason.strip(), statements.get(at, (at, at)), facts.line)


def _names(text: str, start: int) -> Iterator[tuple[str, Span]]:
    for word in re.finditer(r"[^\s,]+", text):
        yield word[0], Span(start + word.start(), start + word.end())


def _end_of_header(own_lines: Collection[int]) -> int:
    """The last line of the comment block that the file begins with."""
    last = 0
    while last + 1 in own_lines:
        last += 1
    return last


def _first_beyond(line: int, own_lines: Collection[int]) -> int:
    """The line that a comment stands above: suppressions may stand one above another, a few at most."""
    for below in range(line + 1, line + _MOST_STACKED):
        if below not in own_lines:
            return below
    return line + _MOST_STACKED


def _statement_lines(facts: Facts) -> dict[int, tuple[int, int]]:
    """For the first and last line of each statement, its lines."""
    lines: dict[int, tuple[int, int]] = {}
    for statement in facts.statements:
        first = facts.line(statement.start)
        last = facts.line(max(statement.end - 1, statement.start))
        lines.setdefault(first, (first, last))
        lines.setdefault(last, (first, last))
    return lines
