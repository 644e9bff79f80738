"""The check of settings that come too late: after the SDK has read the environment for good."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from envlint.checks.verdict import Reach, Subject, Verdict
from envlint.facts import Binding, Call, Include, Launch, Read, View
from envlint.finding import Confidence, Location, Related
from envlint.packs import Rule, Variable
from envlint.source import Span
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
    includes = 0
    reads = _last_reads(subject)
    fresh = max((n for n, item in enumerate(subject.facts.items) if _reads_again(subject, item)), default=-1)
    for number, item in enumerate(subject.facts.items):
        if isinstance(item, Call):
            started = _after(subject, rule, item, started)
        elif isinstance(item, Include) and number > fresh and started and includes < _MOST:
            includes += 1
            yield from _loaded_late(subject, rule, item, started, reads)
        elif isinstance(item, Binding) and item.form in _OWN and number > fresh:
            variable = subject.knowledge.variable(item.variable)
            call = (
                _reader(subject, item, started) if variable is not None and _is_read_once(subject, variable) else None
            )
            if call is None or variable is None or _is_read(item.variable, item.scope, item.span.start, reads):
                continue
            if not subject.around.uses(_texts(rule, "looked-up", variable.name)):
                yield _verdict(subject, rule, item.name_span, item, variable, call)


def _loaded_late(
    subject: Subject, rule: Rule, include: Include, started: list[Call], reads: Mapping[str, Mapping[int, int]]
) -> Iterator[Verdict]:
    """The variables of a settings file that the program loads after the call that has read them."""
    call = _reader(subject, include, started)
    for reach in subject.included(include) if call is not None else ():
        name = reach.binding.variable
        variable = subject.knowledge.variable(name)
        if call is None or variable is None or not _is_read_once(subject, variable):
            continue
        if reach.binding.value.text == "" or _is_read(name, include.scope, include.span.start, reads):
            continue
        if subject.around.uses(_texts(rule, "looked-up", variable.name)) or _is_set_in_time(subject, call, name):
            continue
        yield _verdict(subject, rule, include.span, reach.binding, variable, call, _at_binding(reach))


def _is_set_in_time(subject: Subject, call: Call, variable: str) -> bool:
    """Whether something has certainly set a variable where a call reads it, so that loading it again adds nothing."""
    return any(reach.confidence is Confidence.HIGH for reach in subject.reaching(call, variable))


def _at_binding(reach: Reach) -> Related:
    return Related(Location(reach.facts.source, reach.binding.span), f"{reach.binding.variable} is set here")


def is_too_late(subject: Subject, rule: Rule, reach: Reach) -> bool:
    """Whether a variable that the SDK reads once is set, by this file or by one that it loads, after a call that may
    have read it."""
    variable = subject.knowledge.variable(reach.binding.variable)
    if variable is None or not _is_read_once(subject, variable):
        return False
    started: list[Call] = []
    includes = 0
    for item in subject.facts.items:
        if item is reach.binding:
            return _reader(subject, reach.binding, started) is not None
        if isinstance(item, Call):
            started = _after(subject, rule, item, started)
        elif isinstance(item, Include) and includes < _MOST:
            includes += 1
            if any(loaded.binding is reach.binding for loaded in subject.included(item)):
                return _reader(subject, item, started) is not None
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


def _is_read(variable: str, scope: int, start: int, reads: Mapping[str, Mapping[int, int]]) -> bool:
    """Whether the file may still read a variable that is set at a place: further down, or in another scope, at any
    time."""
    scopes = reads.get(variable, {})
    return len(scopes.keys() - {scope}) > 0 or scopes.get(scope, 0) > start


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
    """Whether a function starts a session at the version that the project pins."""
    since, pinned = _began(rule, function), subject.knowledge.versions.get(rule.pack)
    first, own = (age(text) if text is not None else None for text in (since, pinned))
    return first is None or own is None or own >= first


def _since(subject: Subject, rule: Rule, call: Call) -> str | None:
    function = subject.knowledge.function(call.function)
    return _began(rule, function.name) if function is not None else None


def _began(rule: Rule, function: str) -> str | None:
    """The release from which on a function starts a session; the rule's `since` tells of those that have not always
    done so."""
    table = rule.parameters.get("since")
    since = table.get(function) if isinstance(table, dict) else None
    return since if isinstance(since, str) else None


# More starts, or loaded files, than this in one file say nothing new.
_MOST = 32


def _reader(subject: Subject, place: Binding | Include, started: list[Call]) -> Call | None:
    """The first of the calls that has certainly been made where a binding stands, or a file is loaded."""
    view = View(subject.facts, place.scope)
    return next((call for call in started if view.holds(call.scope) is True), None)


def _is_read_once(subject: Subject, variable: Variable) -> bool:
    """Whether the SDK reads a variable when its session starts, and never again: the settings do, and they
    are what its function for settings takes."""
    spec = subject.knowledge.require(variable.name)
    main = subject.knowledge.variables[variable.alias_of or variable.name]
    functions = (subject.knowledge.function(pair.rpartition(":")[0]) for pair in main.arguments)
    return spec.read and spec.kind != "secret" and any(found is not None and found.settings for found in functions)


def _verdict(
    subject: Subject, rule: Rule, span: Span, binding: Binding, variable: Variable, call: Call, *more: Related
) -> Verdict:
    line = subject.facts.source.position(call.span.start).line
    # Without a pin the release may be one that still left the settings open.
    since = None if subject.knowledge.versions.get(rule.pack) else _since(subject, rule, call)
    fields = {
        "variable": variable.name,
        "function": call.function,
        "line": str(line),
        "since": f" (it does so from {rule.pack} {since} on)" if since else "",
    }
    return Verdict(
        span,
        Confidence.MEDIUM if since else Confidence.HIGH,
        fields,
        variable=variable.name,
        form=binding.form,
        related=(Related(Location(subject.facts.source, call.span), "the environment has been read here"), *more),
    )
