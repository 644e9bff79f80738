"""The check for keys that others come to see in a log or on a command line though no file holds them.

Owns who sees what is printed, traced or given to a program, and which names a build is given. What an image keeps is
judged in images.py.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from envlint.checks.keys import FoundKey, found_keys, is_key
from envlint.checks.verdict import Subject, Verdict
from envlint.facts import FILE, Argument, Binding, Call, Exposed, Fact, Facts, Include, Trace, View
from envlint.finding import Confidence, Location, Related
from envlint.knowledge import Knowledge
from envlint.packs import Rule
from envlint.source import Span
from envlint.value import Ref, Value

INSTRUCTIONS = frozenset({"docker-env", "docker-arg"})
_SETTING = frozenset({"shell-assign", "shell-export", "shell-prefix"})


Words: TypeAlias = tuple[str, str]
"""What happens to a key, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key comes to be seen, how sure that is, and the texts for the rule's words."""

    span: Span
    confidence: Confidence
    words: Words
    variable: str | None = None
    form: str | None = None
    related: tuple[Related, ...] = ()


def logged_key(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A key that is printed, shown by a shell that traces its commands, or a word of a command line."""
    if not any(isinstance(item, Exposed | Trace | Call) for item in subject.facts.items):
        return
    knowledge = subject.knowledge.only(rule.pack)
    keys = Keys(found_keys(subject, rule))
    told = Told()
    for place in (*_shown(subject.facts, knowledge, keys), *_loaded(subject, knowledge)):
        if told.add(place.span):
            yield from keys.verdicts(place)


_PRINTED = (
    "{variable} is printed here, and whoever sees the terminal or the log of the job can use the key",
    "Print only whether it is set, as ${{{variable}:+set}} does",
)
_PRINTED_BY_PROGRAM = (_PRINTED[0], "Print only whether there is one")
_LOADED = (
    "The shell traces its commands here (set -x), those of the file that it loads too, and so writes the key of "
    "{variable} into the log of the job",
    "Write set +x before the file is loaded, and set -x after it",
)
_TRACED = (
    "The shell traces its commands here (set -x), so it writes the key of {variable} into the log of the job",
    "Write set +x before the key is used, and set -x after it",
)
_ARGUMENT = (
    "{variable} becomes a word of the command line of {program}, which every user of the machine can list while it runs"
)
_LOGIN = "Leave the login out and export {variable}, which wandb reads by itself"
_BY_NAME = "Export {variable} and give {program} its name alone"
_BY_ENVIRONMENT = "Export {variable} and let {program} read it from the environment"
# Programs that are given a name alone and pass its value on.
_PASSING = frozenset({"docker", "podman", "nerdctl", "sbatch", "srun", "salloc", "sky", "docker-compose"})


def _shown(facts: Facts, knowledge: Knowledge, keys: Keys) -> Iterator[Place]:
    traces = _Traces(facts)
    given = Given(facts) if facts.surface == "dockerfile" else None
    secret = secret_name(knowledge)
    for number, item in enumerate(facts.items):
        if given is not None:
            given.note(item)
        match item:
            case Exposed():
                named = [name for name in item.variables if knowledge.is_secret(name)]
                spelled = keys.within(item.span)
                # What is written into a file stays there: a shell traces no redirections.
                if item.way == "written" or not (named or spelled):
                    continue
                variable = next((found for name in named if (found := known_name(name, knowledge))), secret)
                # What the script calls it.
                shown = named[0] if named else variable
                if item.way == "printed":
                    words = _PRINTED_BY_PROGRAM if facts.surface == "python" else _PRINTED
                    yield _place(item, _printed(facts, item, given), words, shown, variable)
                elif (traced := traces.at(number, item)) is not None:
                    yield _place(item, traced, _TRACED, shown, variable)
                elif item.way == "argument" and (sure := _listed(facts, item)) is not None:
                    words = (_ARGUMENT, _BY_NAME if item.program in _PASSING else _BY_ENVIRONMENT)
                    yield _place(item, sure, words, shown, variable, item.program)
            case Binding() if item.form in _SETTING and knowledge.is_secret(item.variable):
                traced = traces.at(number, item) if may_be_key(item.value, knowledge) else None
                if traced is not None and item.value_span.start < item.value_span.end:
                    yield Place(
                        item.value_span,
                        traced,
                        filled(_TRACED, variable=item.variable),
                        known_name(item.variable, knowledge),
                        item.form,
                    )
            case Call() if " " in item.function:
                for argument, variable in secrets_in(item, knowledge):
                    if not may_be_key(argument.value, knowledge):
                        continue
                    traced = traces.at(number, item)
                    if traced is not None:
                        yield Place(argument.value_span, traced, filled(_TRACED, variable=variable), variable)
                    elif (sure := _listed(facts, item)) is not None:
                        told = filled((_ARGUMENT, _LOGIN), variable=variable, program=item.function)
                        yield Place(argument.value_span, sure, told, variable)


def _loaded(subject: Subject, knowledge: Knowledge) -> Iterator[Place]:
    """The files that a tracing shell loads, if they set a key."""
    traces = _Traces(subject.facts)
    for number, item in enumerate(subject.facts.items):
        if not isinstance(item, Include) or item.loader != "bash":
            continue
        traced = traces.at(number, item)
        for reach in subject.included(item) if traced is not None else ():
            name, value = reach.binding.variable, reach.binding.value
            if knowledge.is_secret(name) and may_be_key(value, knowledge) and traced is not None:
                related = (Related(Location(reach.facts.source, reach.binding.span), "it is set here"),)
                yield Place(item.span, traced, filled(_LOADED, variable=name), name, related=related)


def _place(
    item: Exposed,
    confidence: Confidence,
    words: Words,
    shown: str,
    variable: str,
    program: str = "",
) -> Place:
    told = filled(words, variable=shown, program=program or "a program")
    return Place(item.span, confidence, told, variable or None)


def _printed(facts: Facts, item: Exposed, given: Given | None) -> Confidence:
    """How sure it is that what is printed is a key and ends in a log. A shell's function may be called for what it
    prints, a program's name may hold nothing, and a build may not be given one."""
    if facts.surface in ("python", "notebook"):
        return Confidence.MEDIUM
    inside = any(facts.scopes[at].kind == "function" for at in facts.ancestors(item.scope))
    if given is not None and item.variables and built_by(facts, item.scope) is not None:
        return given.sure_of(item.variables, item.scope, Confidence.HIGH)
    return Confidence.LOW if inside else Confidence.HIGH


def _listed(facts: Facts, item: Fact) -> Confidence | None:
    """How sure it is that others can list a command line; None: what matters there is that it is part of an image."""
    if facts.surface == "dockerfile":
        return None if built_by(facts, item.scope) is not None else Confidence.LOW
    return Confidence.LOW if facts.cells else Confidence.MEDIUM


@dataclass(eq=False)
class _Traces:
    """Where a file's shells trace their commands."""

    facts: Facts
    _places: list[int] = field(init=False)
    _views: dict[int, View] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._places = [number for number, item in enumerate(self.facts.items) if isinstance(item, Trace)]

    def at(self, number: int, item: Fact) -> Confidence | None:
        """How sure it is that the command is traced to which a fact, the `number`th, belongs."""
        first = bisect_right(self._places, number)
        may_begin = may_end = False
        for place in reversed(self._places[max(first - _MOST, 0) : first]):
            trace = self.facts.items[place]
            holds = self._view(item.scope).holds(trace.scope)
            if not isinstance(trace, Trace) or holds is None:
                continue
            if holds and trace.on:
                return Confidence.MEDIUM if may_end else Confidence.HIGH
            if holds:
                break
            may_begin, may_end = may_begin or trace.on, may_end or not trace.on
        return Confidence.LOW if may_begin else None

    def _view(self, scope: int) -> View:
        if scope not in self._views:
            self._views[scope] = View(self.facts, scope)
        return self._views[scope]


_MOST = 32
"""How many places where tracing changes are looked at before one, and how many scopes that hold one."""


# ---- For images, too


def may_be_key(value: Value, knowledge: Knowledge) -> bool:
    """Whether a value that is a secret by its meaning can be a real one: it is a key, or comes from elsewhere."""
    return not value.exhaustive or any(is_key(text.strip(), knowledge) for text in value.possible())


def secrets_in(call: Call, knowledge: Knowledge) -> Iterator[tuple[Argument, str]]:
    """The arguments of a call that are a secret, with the variable that each stands for."""
    for argument in call.arguments:
        variable = knowledge.variable_of(call.function, argument)
        if variable is not None and knowledge.is_secret(variable.name):
            yield argument, variable.name


def filled(words: Words, **fields: str) -> Words:
    consequence, advice = words
    return consequence.format(**fields), advice.format(**fields)


def secret_name(knowledge: Knowledge) -> str:
    """The variable that a key of the pack belongs in."""
    return next((name for name in knowledge.variables if knowledge.is_secret(name)), "")


def known_name(name: str, knowledge: Knowledge) -> str | None:
    return name if name in knowledge.variables else None


class Told:
    """The places that were told: none that overlaps another is told again."""

    def __init__(self) -> None:
        self._places: list[Span] = []

    def add(self, span: Span) -> bool:
        """Notes a place; whether it is a new one."""
        at = bisect_right(self._places, span)
        before, after = self._places[at - 1 : at] if at else [], self._places[at : at + 1]
        if any(one.start < span.end and span.start < one.end for one in (*before, *after)):
            return False
        self._places.insert(at, span)
        return True


class Keys:
    """The keys that are spelled in a file, by where they stand."""

    def __init__(self, found: Iterator[FoundKey]) -> None:
        self._found = sorted(found, key=lambda one: one.span)
        self._starts = [one.span.start for one in self._found]

    def within(self, span: Span) -> Sequence[FoundKey]:
        """The keys that are spelled in a span."""
        first, after = bisect_right(self._starts, span.start - 1), bisect_right(self._starts, span.end - 1)
        return [one for one in self._found[first:after] if one.span.end <= span.end]

    def verdicts(self, place: Place) -> Iterator[Verdict]:
        """A place as a verdict: at the key itself where it is spelled there."""
        found = next(iter(self.within(place.span)), None)
        fields = dict(zip(("consequence", "advice"), place.words, strict=True))
        yield Verdict(
            found.span if found is not None else place.span,
            place.confidence,
            fields,
            variable=place.variable,
            form=place.form,
            related=place.related,
            key=found.key if found is not None else None,
        )


class Given:
    """Which names a build is given where one of its instructions stands. The image below may hold others."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._names: dict[int, set[str]] = {}

    def note(self, item: Fact | None) -> None:
        """Goes on behind a fact; None: at the beginning."""
        if not isinstance(item, Binding):
            return
        if item.form == "docker-env" and self.sure(item.value, item.scope, Confidence.HIGH) is Confidence.LOW:
            return
        run = built_by(self._facts, item.scope) if item.form not in INSTRUCTIONS else None
        self._names.setdefault(item.scope if run is None else run, set()).add(item.variable)

    def sure(self, value: Value, scope: int, confidence: Confidence) -> Confidence:
        """How sure it is that a value is a key, since it may come from names that nobody gives."""
        names = [name.name for name in value.refs()]
        whole = all(isinstance(part, Ref) for part in value.parts)
        return self.sure_of(names, scope, confidence) if whole and names else confidence

    def sure_of(self, names: Sequence[str], scope: int, confidence: Confidence) -> Confidence:
        for step, at in enumerate(self._facts.ancestors(scope)):
            held = self._names.get(at, ()) if at != FILE else ()
            if step == _MOST or any(name in held for name in names):
                return confidence
        return Confidence.LOW


def built_by(facts: Facts, scope: int) -> int | None:
    """The scope of the RUN that a scope is within; None: it is within none, or within what a container starts."""
    inner: int | None = None
    for at in facts.ancestors(scope):
        if facts.scopes[at].kind == "stage":
            return inner if facts.scopes[at].name else None
        inner = at
    return None
