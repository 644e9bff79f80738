"""Checks of settings that need, or exclude, each other.

Each setting may be fine by itself. Who sees a variable is not decided here: a file's own order is the
timeline's, and what reaches a call from elsewhere the project's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from envlint.checks.verdict import Subject, Verdict
from envlint.facts import FILE, Argument, Binding, Call, Fact, Facts, Launch, Unset, exported_bindings
from envlint.finding import Confidence, Location, Related, shown
from envlint.packs import Conflict, Rule
from envlint.source import Span
from envlint.value import Value

_TEXT = "text"
# An ARG is there while the image is built, not where it runs.
_NO_PROCESS = frozenset({_TEXT, "docker-arg"})
_LEAKS = frozenset({"branch", "loop"})
# A file that sets one variable over and over says nothing new about it.
_MOST = 32


# ---- what needs something else


@dataclass(frozen=True, slots=True)
class _Need:
    """A rule's parameters: a variable, for each value what happens without its companion, and words by which
    something else gives the companion. `hidden` are arguments in which it may be hidden."""

    variable: str
    companion: str
    values: Mapping[str, str]
    elsewhere: tuple[str, ...]
    hidden: tuple[str, ...]


def missing_companion(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A value that works only together with another variable, which nothing in the project gives."""
    need = _need(rule)
    if need is None or need.variable not in subject.knowledge.variables:
        return
    found = [*_needy_bindings(subject, need), *_needy_calls(subject, need)]
    if found and not subject.around.mentions(need.companion) and not subject.around.uses(need.elsewhere):
        yield from found


def _need(rule: Rule) -> _Need | None:
    given = rule.parameters
    variable, companion, values = given.get("variable"), given.get("companion"), given.get("values")
    if not isinstance(variable, str) or not isinstance(companion, str) or not isinstance(values, dict):
        return None
    return _Need(variable, companion, values, _words(given.get("elsewhere")), _words(given.get("hidden")))


def _words(given: object) -> tuple[str, ...]:
    return tuple(word for word in given if isinstance(word, str)) if isinstance(given, list | tuple) else ()


def _needy_bindings(subject: Subject, need: _Need) -> Iterator[Verdict]:
    exported = exported_bindings(subject.facts)
    for binding in subject.facts.bindings():
        if _canonical(subject, binding.variable) != need.variable or binding.form in _NO_PROCESS:
            continue
        texts = [text for text in binding.value.possible() if text in need.values]
        if texts and id(binding) in exported and not _any_call_gives(subject, need):
            yield _lack(need, texts[0], binding.value, binding.value_span, "", binding.form)


def _any_call_gives(subject: Subject, need: _Need) -> bool:
    package = next((pack for pack in subject.knowledge.packs if subject.knowledge.variables[need.variable] in pack.variables))
    calls = subject.around.calls(package.package or package.name)
    return any(_gives(subject, call, need) for call in calls if _takes(subject, call, need))


def _needy_calls(subject: Subject, need: _Need) -> Iterator[Verdict]:
    for call in subject.facts.calls():
        for argument in call.arguments:
            variable = subject.knowledge.variable_of(call.function, argument.name)
            if variable is None or variable.name != need.variable or _gives(subject, call, need):
                continue
            texts = [text for text in argument.value.possible() if text in need.values]
            if texts:
                place = f" in {call.function}({argument.name}=...)"
                yield _lack(need, texts[0], argument.value, argument.value_span, place, None)


def _takes(subject: Subject, call: Call, need: _Need) -> bool:
    """Whether a function has a parameter for the companion."""
    arguments = subject.knowledge.variables[need.companion].arguments
    return any(pair.rpartition(":")[0] == call.function for pair in arguments)


def _gives(subject: Subject, call: Call, need: _Need) -> bool:
    """Whether a call gives the companion, or may do so out of sight."""
    if call.open or any(call.argument(name) is not None for name in need.hidden):
        return True
    for argument in call.arguments:
        variable = subject.knowledge.variable_of(call.function, argument.name)
        if variable is not None and variable.name == need.companion and not _is_none(argument.value):
            return True
    return False


def _lack(need: _Need, text: str, value: Value, written: Span, place: str, form: str | None) -> Verdict:
    span = next((p.span for p in value.literals() if p.text == text and p.span is not None and p.span in written), written)
    fields = {
        "variable": need.variable,
        "place": place,
        "value": shown(text),
        "companion": need.companion,
        "consequence": need.values[text],
    }
    # Something outside of the project may give it all the same.
    return Verdict(span, Confidence.MEDIUM, fields, variable=need.variable, form=form)


# ---- what excludes something else


def conflicting_settings(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """Two settings of which only one may be made, for one program."""
    for conflict in subject.knowledge.conflicts:
        yield from _between_bindings(subject, conflict)
        if not any(subject.knowledge.require(name).kind == "secret" for name in conflict.variables):
            for call in subject.facts.calls():
                yield from _in_call(subject, conflict, call)


def _between_bindings(subject: Subject, conflict: Conflict) -> Iterator[Verdict]:
    """The later of two bindings of a file that hold together where the later one stands, and after it."""
    timelines = {name: _Held(subject, name) for name in conflict.variables}
    if sum(bool(held.events) for held in timelines.values()) < 2:
        return
    exported = exported_bindings(subject.facts)
    used = [number for number, item in enumerate(subject.facts.items) if isinstance(item, Call | Launch)]
    for one, other in combinations(conflict.variables, 2):
        for mine, theirs in ((timelines[one], timelines[other]), (timelines[other], timelines[one])):
            for number, binding in mine.bindings(exported):
                for earlier, confidence in theirs.before(number, binding, exported):
                    end = min(mine.end(number), theirs.end(number))
                    if _is_used(used, number, end):
                        yield _clash(subject, conflict, binding, earlier, confidence)


def _is_used(used: list[int], number: int, end: float) -> bool:
    """Whether a program may start between a place of the file and another one, or after the file."""
    return end == float("inf") or any(number < at < end for at in used)


class _Held:
    """The bindings and removals of one variable in a file, by their place in its order."""

    def __init__(self, subject: Subject, variable: str) -> None:
        self._facts = subject.facts
        self.events: list[tuple[int, Binding | Unset]] = [
            (number, item)
            for number, item in enumerate(subject.facts.items)
            if isinstance(item, Binding | Unset) and _canonical(subject, item.variable) == variable
        ]

    def bindings(self, exported: frozenset[int]) -> Iterator[tuple[int, Binding]]:
        for number, item in self.events:
            if isinstance(item, Binding) and _is_set(item, exported):
                yield number, item
