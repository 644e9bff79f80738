"""The check of settings that come too late: after the SDK has read the environment for good."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from envlint.checks.verdict import Subject, Verdict
from envlint.facts import Binding, Call, Launch, Read, View
from envlint.finding import Confidence, Location, Related
from envlint.packs import Rule, Variable
from envlint.versions import age

# What a program sets for itself; a patch of a test or a program's environment is another matter.
_OWN = frozenset({"environ-item", "environ-update", "environ-setdefault", "environ-putenv", "notebook-env"})


def late_variable(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A variable that a program sets for itself after the call that has read it, in the same straight line.

    Only what the SDK reads once, when its session starts, can come too late; and whatever the program starts
    afterwards still sees the variable, so that a later launch speaks for it, and so does a session that is ended
    later, for the next one reads the environment again. So does whatever looks the variable up by itself: the file,
    or a package that the rule's `looked-up` names for it.
    """
    started: list[Call] = []
    reads = _last_reads(subject)
    fresh = max((n for n, item in enumerate(subject.facts.items) if _reads_again(subject, item)), default=-1)
    for number, item in enumerate(subject.facts.items):
        if isinstance(item, Call):
            started = _after(subject, rule, item, started)
        elif isinstance(item, Binding) and item.form in _OWN and number > fresh:
            variable = subject.knowledge.variable(item.variable)
            call = (
                _reader(subject, item, started) if variable is not None and _is_read_once(subject, variable) else None
            )
            if call is None or variable is None or _is_read(item, reads):
                continue
            if not subject.around.uses(_texts(rule, "looked-up", variable.name)):
                yield _verdict(subject, item, variable, call)


def is_too_late(subject: Subject, rule: Rule, binding: Binding) -> bool:
    """Whether a variable that the SDK reads once is set, in this file, after a call that may have read it."""
    variable = subject.knowledge.variable(binding.variable)
    if variable is None or not _is_read_once(subject, variable):
        return False
    started: list[Call] = []
    for item in subject.facts.items:
        if item is binding:
            return _reader(subject, binding, started) is not None
        if isinstance(item, Call):
            started = _after(subject, rule, item, started)
    return False


def _reads_again(subject: Subject, item: object) -> bool:
    """Whether the environment is read anew from here on: by another program, or by the session after this one."""
    if not isinstance(item, Call):
        return isinstance(item, Launch)
    function = subject.knowledge.function(item.function)
    return function is not None and function.session == "ends"


def _last_reads(subject: Subject) -> Mapping[str, Mapping[int, int]]:
    """Where the file reads each variable for the last time, by the scope in which it does."""
    reads: dict[str, dict[int, int]] = {}
    for item in subject.facts.items:
        if isinstance(item, Read):
            scopes = reads.setdefault(item.variable, {})
            scopes[item.scope] = max(item.span.start, scopes.get(item.scope, 0))
    return reads


def _is_read(binding: Binding, reads: Mapping[str, Mapping[int, int]]) -> bool:
    """Whether the file may still read what a binding sets: further down, or in another scope, at any time."""
    scopes = reads.get(binding.variable, {})
    return len(scopes.keys() - {binding.scope}) > 0 or scopes.get(binding.scope, 0) > binding.span.start


def _texts(rule: Rule, key: str, name: str) -> Collection[str]:
    """A list of texts, by its name, in a table among a rule's parameters."""
    table = rule.parameters.get(key)
    given = table.get(name) if isinstance(table, dict) else None
    return [text for text in given if isinstance(text, str)] if isinstance(given, list) else []


def _after(subject: Subject, rule: Rule, call: Call, started: list[Call]) -> list[Call]:
    """The calls that have started a session and not ended it, after one more call."""
    function = subject.knowledge.function(call.function)
    session = function.session if function is not None else ""
    if session == "ends":
        return []
    if function is not None and not _is_since(subject, rule, function.name):
        return started
    return [*started, call] if session == "starts" and len(started) < _MOST else started


def _is_since(subject: Subject, rule: Rule, function: str) -> bool:
    """Whether a function starts a session at the version that the project pins; the rule's `since` tells which
    functions have not always done so."""
    table = rule.parameters.get("since")
    since = table.get(function) if isinstance(table, dict) else None
    pinned = subject.knowledge.versions.get(rule.pack)
    first, own = (age(text) if isinstance(text, str) else None for text in (since, pinned))
    return first is None or own is None or own >= first


# More starts than this in one file say nothing new.
_MOST = 32


def _reader(subject: Subject, binding: Binding, started: list[Call]) -> Call | None:
    """The first of the calls that has certainly been made where a binding stands."""
    view = View(subject.facts, binding.scope)
    return next((call for call in started if view.holds(call.scope) is True), None)


def _is_read_once(subject: Subject, variable: Variable) -> bool:
    """Whether the SDK reads a variable when its session starts, and never again: the settings do, and they
    are what its function for settings takes."""
    spec = subject.knowledge.require(variable.name)
    main = subject.knowledge.variables[variable.alias_of or variable.name]
    functions = (subject.knowledge.function(pair.rpartition(":")[0]) for pair in main.arguments)
    return spec.read and spec.kind != "secret" and any(found is not None and found.settings for found in functions)


def _verdict(subject: Subject, binding: Binding, variable: Variable, call: Call) -> Verdict:
    line = subject.facts.source.position(call.span.start).line
    return Verdict(
        binding.name_span,
        Confidence.HIGH,
        {"variable": variable.name, "function": call.function, "line": str(line)},
        variable=variable.name,
        form=binding.form,
        related=(Related(Location(subject.facts.source, call.span), "the environment has been read here"),),
    )
