"""The check of settings that stay in a shell which ends at once."""

from __future__ import annotations

from collections.abc import Iterator

from envlint.checks.verdict import Subject, Verdict
from envlint.facts import Binding, Call, Facts, Include, Launch
from envlint.finding import Confidence
from envlint.packs import Rule

_PLAIN = frozenset({"shell-export", "shell-assign"})
# What a shell may do with a variable before it ends.
_USES = (Call, Launch, Include)


def unexported_variable(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A variable that a notebook's line or cell for a shell sets, where nothing is started there afterwards.

    Such a shell is a process of its own: what it exports is gone with it (POSIX 2.12).
    """
    facts = subject.facts
    last: dict[int, int] = {}
    for number, item in enumerate(facts.items):
        shell = _own_shell(facts, item.scope) if isinstance(item, _USES) else None
        if shell is not None:
            last[shell] = number
    for number, item in enumerate(facts.items):
        if not isinstance(item, Binding) or item.form not in _PLAIN:
            continue
        variable = subject.knowledge.variable(item.variable)
        shell = _own_shell(facts, item.scope) if variable is not None else None
        if variable is None or shell is None or last.get(shell, -1) > number:
            continue
        if subject.knowledge.require(variable.name).read:
            place = "cell" if (facts.scopes[shell].name or "").startswith("%%") else "line"
            fields = {"variable": item.variable, "place": place}
            yield Verdict(item.name_span, Confidence.HIGH, fields, variable=variable.name, form=item.form)


def _own_shell(facts: Facts, scope: int) -> int | None:
    """The scope of the shell that a notebook starts for a line or cell, around a scope: the one that is named."""
    return next(
        (at for at in facts.ancestors(scope) if facts.scopes[at].kind == "subshell" and facts.scopes[at].name), None
    )
