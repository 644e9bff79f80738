"""Checks of settings that need, or exclude, each other.

Each setting may be fine by itself. Who sees a variable is not decided here: a file's own order is the
timeline's, and what reaches a call from elsewhere the project's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from envlint.checks.verdict import Subject, Verdict
from envlint.facts import Argument, Binding, Call, Facts, Launch, Unset, View, exported_bindings
from envlint.finding import Confidence, Location, Related, shown
from envlint.packs import Conflict, Rule
from envlint.source import Span
from envlint.value import Constant, Value

_TEXT = "text"
# An ARG is there while the image is built, not where it runs.
_NO_PROCESS = frozenset({_TEXT, "docker-arg"})
# A file that sets one variable over and over says nothing new about it.
_MOST = 8


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
    if not found or subject.around.mentions(need.companion) or subject.around.uses(need.elsewhere):
        return
    calls = subject.around.calls(subject.knowledge.package_of(need.variable))
    giving = {call.function for call in calls if _takes(subject, call, need) and _gives(subject, call, need)}
    yield from (verdict for function, verdict in found if not giving - {function})


def _need(rule: Rule) -> _Need | None:
    given = rule.parameters
    variable, companion, values = given.get("variable"), given.get("companion"), given.get("values")
    if not isinstance(variable, str) or not isinstance(companion, str) or not isinstance(values, dict):
        return None
    return _Need(variable, companion, values, _words(given.get("elsewhere")), _words(given.get("hidden")))


def _words(given: object) -> tuple[str, ...]:
    return tuple(word for word in given if isinstance(word, str)) if isinstance(given, list | tuple) else ()


def _needy_bindings(subject: Subject, need: _Need) -> Iterator[tuple[str, Verdict]]:
    exported = exported_bindings(subject.facts)
    for binding in subject.facts.bindings():
        if _canonical(subject, binding.variable) != need.variable or binding.form in _NO_PROCESS:
            continue
        texts = [text for text in binding.value.possible() if text in need.values]
        if texts and id(binding) in exported:
            yield "", _lack(need, texts[0], binding.value, binding.value_span, "", binding.form)


def _needy_calls(subject: Subject, need: _Need) -> Iterator[tuple[str, Verdict]]:
    """What the calls lack, each with its function: another call of it says nothing about this one."""
    for call in subject.facts.calls():
        for argument in call.arguments:
            variable = subject.knowledge.variable_of(call.function, argument)
            if variable is None or variable.name != need.variable or _gives(subject, call, need):
                continue
            texts = [text for text in argument.value.possible() if text in need.values]
            if texts:
                place = f" in {call.function}({argument.name}=...)"
                yield call.function, _lack(need, texts[0], argument.value, argument.value_span, place, None)


def _takes(subject: Subject, call: Call, need: _Need) -> bool:
    """Whether a function has a parameter for the companion."""
    arguments = subject.knowledge.variables[need.companion].arguments
    return any(pair.rpartition(":")[0] == call.function for pair in arguments)


def _gives(subject: Subject, call: Call, need: _Need) -> bool:
    """Whether a call gives the companion, or may do so out of sight."""
    if call.open or any(call.argument(name) is not None for name in need.hidden):
        return True
    for argument in call.arguments:
        variable = subject.knowledge.variable_of(call.function, argument)
        if variable is not None and variable.name == need.companion and not _is_none(argument.value):
            return True
    return False


def _lack(need: _Need, text: str, value: Value, written: Span, place: str, form: str | None) -> Verdict:
    span = next(
        (p.span for p in value.literals() if p.text == text and p.span is not None and p.span in written), written
    )
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
    """Two bindings that a program sees together: one that is started, or whoever reads a file of settings."""
    exported = exported_bindings(subject.facts)
    fold = _Fold(subject.facts)
    places = 0
    for item in subject.facts.items:
        if isinstance(item, Call | Launch):
            places += 1
            yield from _clashes(subject, conflict, fold, item.scope)
        elif isinstance(item, Binding | Unset):
            name = _canonical(subject, item.variable)
            if name not in conflict.variables:
                continue
            fold.remove(name, item)
            if isinstance(item, Binding) and _is_set(item, exported):
                fold.add(name, item)
    if not places:
        yield from _clashes(subject, conflict, fold, None)


def _clashes(subject: Subject, conflict: Conflict, fold: _Fold, scope: int | None) -> Iterator[Verdict]:
    for pair in fold.seen(scope):
        earlier, later = pair.earlier, pair.later
        known = all(binding.value.min_length for binding in (later, earlier))
        confidence = Confidence.HIGH if pair.certain and known else Confidence.MEDIUM
        one, other = earlier.variable, later.variable
        yield Verdict(
            later.name_span,
            confidence,
            {"one": other, "other": one, "refused": conflict.refused},
            variable=_canonical(subject, other),
            form=later.form,
            related=(Related(Location(subject.facts.source, earlier.name_span), f"{one} is set here"),),
        )


def _is_set(binding: Binding, exported: frozenset[int]) -> bool:
    """Whether a binding gives programs a text that is not empty as far as is known, and of its own: what only
    hands a variable on sets it no more than it was."""
    if binding.value_span.start == binding.value_span.end:
        return False
    if binding.form in _NO_PROCESS or id(binding) not in exported or "" in binding.value.possible():
        return False
    return all(ref.name != binding.variable for ref in binding.value.refs()) and binding.value.text != ""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two bindings of variables that exclude each other; `certain`: both hold where the later one stands."""

    earlier: Binding
    later: Binding
    certain: bool


class _Fold:
    """What holds of some variables, on the way through a file: for each the bindings that nothing has replaced,
    and the pairs of them that no place has seen yet."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._live: dict[str, list[Binding]] = {}
        self._pairs: list[_Pair] = []

    def remove(self, name: str, item: Binding | Unset) -> None:
        """A variable gets another value, or none: what was set in that scope, or further inside, is gone."""
        live = self._live.get(name, [])
        if not live or (isinstance(item, Binding) and not item.overrides):
            return
        gone = {id(one) for one in live if item.scope in self._facts.ancestors(one.scope)}
        self._live[name] = [one for one in live if id(one) not in gone]
        self._pairs = [one for one in self._pairs if not {id(one.earlier), id(one.later)} & gone]

    def add(self, name: str, binding: Binding) -> None:
        view = View(self._facts, binding.scope)
        for other, live in self._live.items():
            for one in live if other != name else ():
                certain = view.holds(one.scope)
                if certain is not None:
                    self._pairs.append(_Pair(one, binding, certain))
        self._live[name] = [*self._live.get(name, []), binding][-_MOST:]
        del self._pairs[: -_MOST * _MOST]

    def seen(self, scope: int | None) -> Iterator[_Pair]:
        """The pairs that a place in a scope (None: the end of the file) sees; each is seen once."""
        pairs, self._pairs = self._pairs, []
        view = View(self._facts, scope) if scope is not None and pairs else None
        for pair in pairs:
            certain = view.holds(pair.later.scope) if view is not None else True
            if certain is None:
                self._pairs.append(pair)
            else:
                yield _Pair(pair.earlier, pair.later, pair.certain and certain)


def _in_call(subject: Subject, conflict: Conflict, call: Call) -> Iterator[Verdict]:
    """An argument beside another one of the same call, or beside a variable that the call's process sees."""
    given = {
        variable.name: argument
        for argument in call.arguments
        if (variable := subject.knowledge.variable_of(call.function, argument)) is not None
        and variable.name in conflict.variables
    }
    sure = {name: argument for name, argument in given.items() if _is_given(subject, name, argument)}
    for (_, one), (name, other) in combinations(sure.items(), 2):
        related = Related(Location(subject.facts.source, one.span), f"{one.name} is given here")
        yield _at_argument(call, conflict, name, other, one.name, Confidence.HIGH, related)
    for name, argument in sure.items():
        for rival in conflict.variables:
            if rival in given or not _takes_all(subject, call, (name, rival)):
                continue
            for reach in subject.reaching(call, rival):
                if "" not in reach.binding.value.possible() and reach.binding.value.text != "":
                    location = Location(reach.facts.source, reach.binding.name_span)
                    related = Related(location, f"{rival} is set {reach.how}")
                    yield _at_argument(call, conflict, name, argument, rival, reach.confidence, related)


def _is_given(subject: Subject, name: str, argument: Argument) -> bool:
    """Whether an argument certainly sets its variable: it is no None, and no value that leaves it as it is."""
    constants = list(argument.value.constants())
    if constants:
        spec = subject.knowledge.require(name)
        return all(one.value is not None and repr(one.value) not in spec.yields for one in constants)
    return argument.value.is_text and argument.value.text != ""


def _takes_all(subject: Subject, call: Call, names: tuple[str, ...]) -> bool:
    """Whether one function takes all of some variables as arguments, so that it looks at them together."""
    variables = subject.knowledge.variables
    return all(any(pair.rpartition(":")[0] == call.function for pair in variables[name].arguments) for name in names)


def _at_argument(
    call: Call, conflict: Conflict, name: str, argument: Argument, other: str, confidence: Confidence, related: Related
) -> Verdict:
    fields = {"one": f"{argument.name} of {call.function}", "other": other, "refused": conflict.refused}
    return Verdict(argument.span, confidence, fields, variable=name, related=(related,))


def _canonical(subject: Subject, name: str) -> str:
    """The variable that a name sets, by its main name; the name itself where the packs know none."""
    variable = subject.knowledge.variable(name)
    return name if variable is None else variable.alias_of or variable.name


def _is_none(value: Value) -> bool:
    return len(value.parts) == 1 and isinstance(value.parts[0], Constant) and value.parts[0].value is None
