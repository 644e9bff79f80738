"""The checks for keys that others come to see though no file holds them: in an image, in a log, on a command line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from envlint.checks.keys import FoundKey, found_keys, is_key
from envlint.checks.verdict import Subject, Verdict
from envlint.facts import FILE, Argument, Binding, Call, Exposed, Fact, Facts, Launch, Trace, View
from envlint.finding import Confidence
from envlint.knowledge import Knowledge
from envlint.packs import Rule
from envlint.source import Span
from envlint.value import Ref, Value

_INSTRUCTIONS = {"docker-env": "ENV", "docker-arg": "ARG"}
_SETTING = frozenset({"shell-assign", "shell-export", "shell-prefix"})


_Words: TypeAlias = tuple[str, str]
"""What happens to a key, and what to do instead."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a key comes to be seen, how sure that is, and the texts for the rule's words."""

    span: Span
    confidence: Confidence
    words: _Words
    variable: str | None = None
    form: str | None = None


# ---- Images


def key_in_image(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A key that becomes part of an image or of its history, whatever its value's origin."""
    facts = subject.facts
    if facts.surface != "dockerfile":
        return
    knowledge = subject.knowledge.only(rule.pack)
    last = frozenset(facts.ancestors(_last_stage(facts)))
    secret = _secret_name(knowledge)
    keys = _Keys(found_keys(subject, rule))
    told = _Told()
    for place in _built(facts, knowledge, last):
        told.add(place.span)
        yield from keys.verdicts(place)
    for item in facts.items:
        if isinstance(item, Binding | Call | Launch | Exposed) and _built_by(facts, item.scope) is not None:
            for found in keys.within(item.span):
                if told.add(found.span):
                    confidence = _in_last(facts, item.scope, last)
                    words = _filled(_IN_RUN, variable=found.variable or secret)
                    yield from keys.verdicts(_Place(found.span, confidence, words, found.variable))


_MOUNT = "RUN --mount=type=secret,id={variable},env={variable}"
_IN_ENV = (
    "ENV keeps {variable} in the image, so whoever can pull it can read the key",
    "Set it when a container is started (docker run -e {variable}), and let a build that needs it have " + _MOUNT,
)
_IN_ARG = (
    "ARG hands {variable} to the build, and docker history shows it to whoever can pull the image",
    "Write " + _MOUNT + " in front of the command that needs it",
)
_IN_LOGIN = (
    "A login during the build writes the key into ~/.netrc of the image, so whoever can pull it can read the key",
    "Leave the login out and write " + _MOUNT + " in front of the command that needs the key",
)
_IN_FILE = (
    "The build writes {variable} into a file of the image, so whoever can pull it can read the key",
    "Leave the file out and write " + _MOUNT + " in front of the command that needs the key",
)
_IN_RUN = (
    "A key is written in this RUN, whose text docker history shows to whoever can pull the image",
    "Write " + _MOUNT + " in front of the command that needs it",
)


def _built(facts: Facts, knowledge: Knowledge, last: frozenset[int]) -> Iterator[_Place]:
    """The settings, logins and files of a build that keep a key."""
    removed = _removed(facts)
    given = _Given(facts)
    before: Fact | None = None
    for item in facts.items:
        given.note(before)
        before = item
        confidence = _in_last(facts, item.scope, last)
        if isinstance(item, Binding) and item.form in _INSTRUCTIONS and knowledge.is_secret(item.variable):
            # A global ARG reaches nothing until a stage takes it over (Dockerfile reference, ARG, Scope).
            # Whatever its default, an ARG is there to be given a value.
            taken = item.form == "docker-arg" or may_be_key(item.value, knowledge)
            if facts.scopes[item.scope].kind == "stage" and taken:
                words = _IN_ENV if item.form == "docker-env" else _IN_ARG
                told = _filled(words, variable=item.variable)
                span = item.value_span if item.form == "docker-env" else item.name_span
                sure = confidence if item.form == "docker-arg" else given.sure(item.value, item.scope, confidence)
                yield _Place(span, sure, told, _known(item.variable, knowledge), item.form)
            continue
        run = _built_by(facts, item.scope)
        if run is None:
            continue
        match item:
            case Call():
                for argument, variable in _secrets(item, knowledge) if "netrc" not in removed.get(run, "") else ():
                    if may_be_key(argument.value, knowledge):
                        told = _filled(_IN_LOGIN, variable=variable)
                        sure = given.sure(argument.value, item.scope, confidence)
                        yield _Place(argument.value_span, sure, told, variable)
            case Exposed(way="written"):
                named = [name for name in item.variables if knowledge.is_secret(name)]
                file = item.program.rpartition("/")[2]
                if named and not (file and file in removed.get(run, "")):
                    told = _filled(_IN_FILE, variable=named[0])
                    sure = given.sure_of(item.variables, item.scope, confidence)
                    yield _Place(item.span, sure, told, _known(named[0], knowledge))


class _Given:
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
        run = _built_by(self._facts, item.scope) if item.form not in _INSTRUCTIONS else None
        self._names.setdefault(item.scope if run is None else run, set()).add(item.variable)

    def sure(self, value: Value, scope: int, confidence: Confidence) -> Confidence:
        """How sure it is that a value is a key, since it may come from names that nobody gives."""
        names = [name.name for name in value.refs()]
        whole = all(isinstance(part, Ref) for part in value.parts)
        return self.sure_of(names, scope, confidence) if whole and names else confidence

    def sure_of(self, names: Sequence[str], scope: int, confidence: Confidence) -> Confidence:
        held = [self._names.get(at, ()) for at in self._facts.ancestors(scope) if at != FILE]
        given = any(name in each for name in names for each in held)
        return confidence if given else Confidence.LOW


def _last_stage(facts: Facts) -> int:
    """The scope of the stage that an image is made of: the last one, unless a build asks for another."""
    return max((at for at, scope in enumerate(facts.scopes) if scope.kind == "stage" and scope.name), default=FILE)


def _in_last(facts: Facts, scope: int, last: frozenset[int]) -> Confidence:
    """How sure it is that what stands in a scope is part of the last stage's image."""
    return Confidence.HIGH if any(at in last and at != FILE for at in facts.ancestors(scope)) else Confidence.LOW


def _built_by(facts: Facts, scope: int) -> int | None:
    """The scope of the RUN that a scope is within; None: it is within none, or within what a container starts."""
    inner: int | None = None
    for at in facts.ancestors(scope):
        if facts.scopes[at].kind == "stage":
            return inner if facts.scopes[at].name else None
        inner = at
    return None


def _removed(facts: Facts) -> dict[int, str]:
    """The names of the files that each RUN removes again."""
    removed: dict[int, list[str]] = {}
    for item in facts.items:
        if isinstance(item, Launch) and item.program in ("rm", "shred"):
            run = _built_by(facts, item.scope)
            if run is not None:
                removed.setdefault(run, []).extend(text for value in item.arguments for text in value.fragments())
    return {run: "\n".join(texts) for run, texts in removed.items()}


# ---- Logs and command lines


def logged_key(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A key that is printed, shown by a shell that traces its commands, or a word of a command line."""
    knowledge = subject.knowledge.only(rule.pack)
    keys = _Keys(found_keys(subject, rule))
    told = _Told()
    for place in _shown(subject.facts, knowledge, keys):
        if told.add(place.span):
            yield from keys.verdicts(place)


_PRINTED = (
    "{variable} is printed here, and whoever sees the terminal or the log of the job can use the key",
    "Print only whether it is set, as ${{{variable}:+set}} does",
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


def _shown(facts: Facts, knowledge: Knowledge, keys: _Keys) -> Iterator[_Place]:
    traces = _Traces(facts)
    given = _Given(facts) if facts.surface == "dockerfile" else None
    secret = _secret_name(knowledge)
    for number, item in enumerate(facts.items):
        if given is not None:
            given.note(item)
        match item:
            case Exposed():
                named = [name for name in item.variables if knowledge.is_secret(name)]
                spelled = keys.within(item.span)
                if not named and not spelled:
                    continue
                variable = next((found for name in named if (found := _known(name, knowledge))), secret)
                # What the script calls it.
                shown = named[0] if named else variable
                if item.way == "printed":
                    yield _place(item, _printed(facts, item, given), _PRINTED, shown, variable)
                elif (traced := traces.at(number, item)) is not None:
                    yield _place(item, traced, _TRACED, shown, variable)
                elif item.way == "argument" and (sure := _listed(facts, item)) is not None:
                    words = (_ARGUMENT, _BY_NAME if item.program in _PASSING else _BY_ENVIRONMENT)
                    yield _place(item, sure, words, shown, variable, item.program)
            case Binding() if item.form in _SETTING and knowledge.is_secret(item.variable):
                traced = traces.at(number, item) if may_be_key(item.value, knowledge) else None
                if traced is not None and item.value_span.start < item.value_span.end:
                    yield _Place(
                        item.value_span,
                        traced,
                        _filled(_TRACED, variable=item.variable),
                        _known(item.variable, knowledge),
                        item.form,
                    )
            case Call() if " " in item.function:
                for argument, variable in _secrets(item, knowledge):
                    if not may_be_key(argument.value, knowledge):
                        continue
                    traced = traces.at(number, item)
                    if traced is not None:
                        yield _Place(argument.value_span, traced, _filled(_TRACED, variable=variable), variable)
                    elif (sure := _listed(facts, item)) is not None:
                        told = _filled((_ARGUMENT, _LOGIN), variable=variable, program=item.function)
                        yield _Place(argument.value_span, sure, told, variable)


def _place(
    item: Exposed,
    confidence: Confidence,
    words: _Words,
    shown: str,
    variable: str,
    program: str = "",
) -> _Place:
    told = _filled(words, variable=shown, program=program or "a program")
    return _Place(item.span, confidence, told, variable or None)


def _printed(facts: Facts, item: Exposed, given: _Given | None) -> Confidence:
    """How sure it is that what is printed is a key and ends in a log. A shell's function may be called for what it
    prints, a program's name may hold nothing, and a build may not be given one."""
    if facts.surface in ("python", "notebook"):
        return Confidence.MEDIUM
    inside = any(facts.scopes[at].kind == "function" for at in facts.ancestors(item.scope))
    if given is not None and item.variables and _built_by(facts, item.scope) is not None:
        return given.sure_of(item.variables, item.scope, Confidence.HIGH)
    return Confidence.LOW if inside else Confidence.HIGH


def _listed(facts: Facts, item: Fact) -> Confidence | None:
    """How sure it is that others can list a command line; None: what matters there is that it is part of an image."""
    if facts.surface == "dockerfile":
        return None if _built_by(facts, item.scope) is not None else Confidence.LOW
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
        perhaps: Confidence | None = None
        for place in reversed(self._places[max(first - _MOST, 0) : first]):
            trace = self.facts.items[place]
            holds = self._view(item.scope).holds(trace.scope)
            if not isinstance(trace, Trace) or holds is None:
                continue
            if holds:
                return (perhaps or Confidence.HIGH) if trace.on else perhaps
            perhaps = Confidence.LOW if trace.on else Confidence.MEDIUM
        return perhaps if perhaps is Confidence.LOW else None

    def _view(self, scope: int) -> View:
        if scope not in self._views:
            self._views[scope] = View(self.facts, scope)
        return self._views[scope]


_MOST = 32
"""How many places where tracing changes are looked at before one."""


# ---- Both


def may_be_key(value: Value, knowledge: Knowledge) -> bool:
    """Whether a value that is a secret by its meaning can be a real one: it is a key, or comes from elsewhere."""
    return not value.exhaustive or any(is_key(text.strip(), knowledge) for text in value.possible())


def _secrets(call: Call, knowledge: Knowledge) -> Iterator[tuple[Argument, str]]:
    """The arguments of a call that are a secret, with the variable that each stands for."""
    for argument in call.arguments:
        variable = knowledge.variable_of(call.function, argument)
        if variable is not None and knowledge.is_secret(variable.name):
            yield argument, variable.name


def _filled(words: _Words, **fields: str) -> _Words:
    consequence, advice = words
    return consequence.format(**fields), advice.format(**fields)


def _secret_name(knowledge: Knowledge) -> str:
    """The variable that a key of the pack belongs in."""
    return next((name for name in knowledge.variables if knowledge.is_secret(name)), "")


def _known(name: str, knowledge: Knowledge) -> str | None:
    return name if name in knowledge.variables else None


class _Told:
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


class _Keys:
    """The keys that are spelled in a file, by where they stand."""

    def __init__(self, found: Iterator[FoundKey]) -> None:
        self._found = sorted(found, key=lambda one: one.span)
        self._starts = [one.span.start for one in self._found]

    def within(self, span: Span) -> Sequence[FoundKey]:
        """The keys that are spelled in a span."""
        first, after = bisect_right(self._starts, span.start - 1), bisect_right(self._starts, span.end - 1)
        return [one for one in self._found[first:after] if one.span.end <= span.end]

    def verdicts(self, place: _Place) -> Iterator[Verdict]:
        """A place as a verdict: at the key itself where it is spelled there."""
        found = next(iter(self.within(place.span)), None)
        fields = dict(zip(("consequence", "advice"), place.words, strict=True))
        yield Verdict(
            found.span if found is not None else place.span,
            place.confidence,
            fields,
            variable=place.variable,
            form=place.form,
            key=found.key if found is not None else None,
        )
