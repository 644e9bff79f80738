"""The check of arguments that a tracked function does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from envlint.checks.verdict import Subject, Verdict
from envlint.facts import Argument, Call
from envlint.finding import Confidence, Edit, Fix, shown
from envlint.packs import Function, Rule
from envlint.source import Span

_NAME = re.compile(r"[A-Za-z_]\w*")


def invalid_argument(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """An argument that is given by a name which the function refuses."""
    for call in subject.facts.calls():
        function = subject.knowledge.function(call.function)
        if function is None or not function.refused:
            continue
        known = subject.knowledge.parameters_of(call.function)
        for argument in call.arguments:
            if argument.position is not None or argument.name in known:
                continue
            if not (function.settings and _was_setting(subject, rule, argument.name)):
                yield _verdict(subject, call, argument, function, known)


def _was_setting(subject: Subject, rule: Rule, name: str) -> bool:
    """Whether a setting that the newest version refuses may be one at an older version that the project pins: the
    packs know its variable, if only as one that is read no more; or it is private, and those come and go."""
    pack = next((pack for pack in subject.knowledge.packs if pack.name == rule.pack), None)
    if pack is None or subject.knowledge.reaches(pack, pack.sdk):
        return False
    return name.startswith("_") or subject.knowledge.variable(pack.prefix + name.upper()) is not None


def _verdict(subject: Subject, call: Call, argument: Argument, function: Function, known: frozenset[str]) -> Verdict:
    near = get_close_matches(argument.name, sorted(known), n=1, cutoff=0.75)
    instead = function.instead.get(argument.name) or next(iter(near), None)
    name = Span(argument.span.start, argument.span.start + len(argument.name))
    written = subject.facts.source.slice(name) == argument.name
    fix = None
    if written and instead is not None and instead in known and all(one.name != instead for one in call.arguments):
        fix = Fix(f"write {shown(instead)}", (Edit(subject.facts.source, name, instead),), safe=False)
    advice = f"Write {instead}" if instead else "Leave it out"
    return Verdict(
        name if written else argument.span,
        Confidence.HIGH,
        {"argument": argument.name, "function": function.name, "refused": function.refused, "advice": advice},
        fix=fix,
    )
