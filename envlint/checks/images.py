"""The check for keys that become part of an image or of its history, wherever their values come from.

Owns which instructions of a build keep a key. What of it is printed is judged in exposing.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from envlint.checks.exposing import (
    INSTRUCTIONS,
    Given,
    Keys,
    Place,
    Told,
    built_by,
    filled,
    known_name,
    may_be_key,
    secret_name,
    secrets_in,
)
from envlint.checks.keys import found_keys
from envlint.checks.verdict import Subject, Verdict
from envlint.facts import FILE, Binding, Call, Exposed, Fact, Facts, Launch
from envlint.finding import Confidence
from envlint.knowledge import Knowledge
from envlint.packs import Rule


def key_in_image(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A key that becomes part of an image or of its history, whatever its value's origin."""
    facts = subject.facts
    if facts.surface != "dockerfile":
        return
    knowledge = subject.knowledge.only(rule.pack)
    last = frozenset(facts.ancestors(_last_stage(facts)))
    secret = secret_name(knowledge)
    keys = Keys(found_keys(subject, rule))
    told = Told()
    for place in _built(facts, knowledge, last):
        told.add(place.span)
        yield from keys.verdicts(place)
    for item in facts.items:
        if isinstance(item, Binding | Call | Launch | Exposed) and built_by(facts, item.scope) is not None:
            for found in keys.within(item.span):
                if told.add(found.span):
                    confidence = _in_last(facts, item.scope, last)
                    words = filled(_IN_RUN, variable=found.variable or secret)
                    yield from keys.verdicts(Place(found.span, confidence, words, found.variable))


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


def _built(facts: Facts, knowledge: Knowledge, last: frozenset[int]) -> Iterator[Place]:
    """The settings, logins and files of a build that keep a key."""
    removed = _removed(facts)
    given = Given(facts)
    before: Fact | None = None
    for item in facts.items:
        given.note(before)
        before = item
        confidence = _in_last(facts, item.scope, last)
        if isinstance(item, Binding) and item.form in INSTRUCTIONS and knowledge.is_secret(item.variable):
            # A global ARG reaches nothing until a stage takes it over (Dockerfile reference, ARG, Scope).
            # Whatever its default, an ARG is there to be given a value.
            taken = item.form == "docker-arg" or may_be_key(item.value, knowledge)
            if facts.scopes[item.scope].kind == "stage" and taken:
                words = _IN_ENV if item.form == "docker-env" else _IN_ARG
                told = filled(words, variable=item.variable)
                span = item.value_span if item.form == "docker-env" else item.name_span
                sure = confidence if item.form == "docker-arg" else given.sure(item.value, item.scope, confidence)
                yield Place(span, sure, told, known_name(item.variable, knowledge), item.form)
            continue
        run = built_by(facts, item.scope)
        if run is None:
            continue
        match item:
            case Call():
                for argument, variable in secrets_in(item, knowledge) if "netrc" not in removed.get(run, "") else ():
                    if may_be_key(argument.value, knowledge):
                        told = filled(_IN_LOGIN, variable=variable)
                        sure = given.sure(argument.value, item.scope, confidence)
                        yield Place(argument.value_span, sure, told, variable)
            case Exposed(way="written"):
                named = [name for name in item.variables if knowledge.is_secret(name)]
                file = item.program.rpartition("/")[2]
                if named and not (file and file in removed.get(run, "")):
                    told = filled(_IN_FILE, variable=named[0])
                    sure = given.sure_of(item.variables, item.scope, confidence)
                    yield Place(item.span, sure, told, known_name(named[0], knowledge))


def _last_stage(facts: Facts) -> int:
    """The scope of the stage that an image is made of: the last one, unless a build asks for another."""
    return max((at for at, scope in enumerate(facts.scopes) if scope.kind == "stage" and scope.name), default=FILE)


def _in_last(facts: Facts, scope: int, last: frozenset[int]) -> Confidence:
    """How sure it is that what stands in a scope is part of the last stage's image."""
    return Confidence.HIGH if any(at in last and at != FILE for at in facts.ancestors(scope)) else Confidence.LOW


def _removed(facts: Facts) -> dict[int, str]:
    """The names of the files that each RUN removes again."""
    removed: dict[int, list[str]] = {}
    for item in facts.items:
        if isinstance(item, Launch) and item.program in ("rm", "shred"):
            run = built_by(facts, item.scope)
            if run is not None:
                removed.setdefault(run, []).extend(text for value in item.arguments for text in value.fragments())
    return {run: "\n".join(texts) for run, texts in removed.items()}
