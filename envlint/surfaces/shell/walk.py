"""Walking a script's commands in order: what a branch, a loop, a function or a subshell leaves of what it did.

Owns control flow. It must not know how words are spelled, nor what a simple command does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from envlint.facts import FILE, Binding, Fact, Unreadable, Wanted
from envlint.source import Span
from envlint.surfaces.shell.assigning import observe_redirects
from envlint.surfaces.shell.beginning import begin_script
from envlint.surfaces.shell.conditions import Condition, Decided, Depends, Operand, inverted, tested
from envlint.surfaces.shell.effects import (
    Effects,
    every_command,
    made_readonly,
    own_commands,
)
from envlint.surfaces.shell.exposing import is_kept, passed_on, tell_tested
from envlint.surfaces.shell.folders import begin
from envlint.surfaces.shell.names import Changes, Held, Names, Status, one_of
from envlint.surfaces.shell.reading import Deferred, Facts, Inner, Reading
from envlint.surfaces.shell.simple import run_simple
from envlint.surfaces.shell.survey import (
    EVERY_NAME,
    OUTSIDE,
    outermost,
    sites,
    within,
)
from envlint.surfaces.shell.syntax import (
    Broken,
    Calculation,
    Case,
    Command,
    For,
    Function,
    Group,
    If,
    Item,
    Pipeline,
    Script,
    Simple,
    Test,
    While,
    redirects_of,
)
from envlint.surfaces.shell.telling import tell_written
from envlint.surfaces.shell.values import calculated, field, fields, observe, texts
from envlint.value import Value, unknown

_LOOP = "it may change in a loop"
_FUNCTION = "it may have changed when the function is called"
_OPERATORS = re.compile(r"[&|()<>]")
_MAX_FOLLOWED = 8
"""How many clauses of an `if` are followed one by one; what longer ones assign is not known after them."""


def walk(
    script: Script,
    items: Sequence[Item],
    wanted: Wanted,
    known: Mapping[str, Value],
    inner: Inner | None,
    *,
    alone: bool,
) -> Reading:
    """Reads all commands of a script; `known` are names that are set before it begins, `inner` reads scripts in it.
    `alone`: it is a file of its own, and no text within another one."""
    reading = begin_script(script, items, wanted, known, inner, run)
    if alone:
        reading.expansion.origin = begin(script, reading.names)
    run(reading, items)
    if reading.deferred:
        _read_functions(reading, list(every_command(items)))
    return reading


def run(reading: Reading, items: Sequence[Item]) -> Condition:
    """Reads a list of commands; how the last one comes out."""
    condition: Condition = None
    for item in items:
        _note_statement(reading, item)
        if item.background:
            with reading.apart(item.span):
                _chain(reading, item)
            condition = Decided(True)
        else:
            condition = _chain(reading, item)
    return condition


def _note_statement(reading: Reading, item: Item) -> None:
    commands = [command for _, pipeline in item.chain for command in pipeline.commands]
    whole = [item.span] if len(commands) > 1 and all(isinstance(command, Simple) for command in commands) else []
    for span in (*whole, *(command.span for command in commands if isinstance(command, Simple))):
        host = reading.script.host(span)
        if reading.script.source.text.find("\n", host.start, host.end) >= 0:
            reading.statements.append(host)


def _chain(reading: Reading, item: Item) -> Condition:
    """Pipelines joined by `&&` and `||`, from left to right (POSIX 2.9.3)."""
    condition = _pipeline(reading, item.chain[0][1])
    branch = None
    for at, (operator, pipeline) in enumerate(item.chain[1:], 1):
        runs = inverted(condition) if operator == "||" else condition
        if isinstance(runs, Decided) and runs.outcome:
            condition = _pipeline(reading, pipeline)
            continue
        if branch is None or operator == "||" or item.chain[at - 1][0] == "||":
            branch = reading.open_scope("branch", pipeline.span.to(item.span))
        mark = reading.names.mark()
        with reading.inside(branch):
            outcome = _pipeline(reading, pipeline)
        _settle(reading.names, runs, reading.names.take_back(mark), Changes({}))
        condition = _after(operator, condition, outcome)
    return condition


def _after(operator: str, left: Condition, right: Condition) -> Condition:
    """How `left && right` or `left || right` comes out, if the right side does not run for certain."""
    stops = operator == "||"
    if isinstance(left, Decided) and left.outcome is stops:
        return left
    return right if isinstance(right, Decided) and right.outcome is stops else None


def _settle(names: Names, runs: Condition, then: Changes, otherwise: Changes) -> None:
    """What the names hold after one of two ways was taken."""
    match runs:
        case Decided(outcome):
            names.redo(then if outcome else otherwise)
        case Depends(name, unset, exact):
            first, second = (then, otherwise) if unset else (otherwise, then)
            names.join_on(name, first, (second,) if exact else (first, second))
        case _:
            names.join((then, otherwise))


def _pipeline(reading: Reading, pipeline: Pipeline) -> Condition:
    """POSIX 2.9.2 and 2.12: the commands of a pipeline run in subshells, in some shells the last one does not."""
    commands = pipeline.commands
    if len(commands) == 1:
        condition = _command(reading, commands[0])
        return inverted(condition) if pipeline.negated else condition
    given = reading.given
    passing = passed_on(reading.script, commands)
    for at, command in enumerate(commands):
        reading.written = ()
        into = reading.into if command is commands[-1] else ()
        with reading.apart(command.span), reading.printing(logged=at >= passing), reading.writing(into):
            _command(reading, command)
        reading.given = reading.written
    reading.given = given
    if reading.functions.keeps_last:
        last = Item((("", Pipeline(commands[-1:], False, pipeline.span)),), False, pipeline.span)
        reading.suffer(reading.functions.of((last,)), "a pipeline may have changed it")
    return None


def _command(reading: Reading, command: Command) -> Condition:
    if isinstance(command, Simple):
        return run_simple(reading, command)
    given, reading.given = reading.given, observe_redirects(reading, redirects_of(command)) or reading.given
    with reading.printing(logged=not is_kept(reading.script, redirects_of(command))):
        written = tuple(each for each in redirects_of(command) if ">" in each.operator)
        with reading.writing(written or reading.into):
            condition = _compound(reading, command)
    reading.given = given
    tell_written(reading, redirects_of(command))
    return condition


def _compound(reading: Reading, command: Command) -> Condition:
    match command:
        case Group(subshell=False, body=body):
            return run(reading, body)
        case Group(body=body):
            with reading.apart(command.span):
                run(reading, body)
        case If():
            _if(reading, command)
        case While(condition=condition, body=body):
            _loop(reading, command.span, (*condition, *body), lambda: run(reading, condition), body)
        case For():
            _for(reading, command)
        case Case():
            _case(reading, command)
        case Calculation():
            _calculation(reading, command)
        case Test():
            return _test(reading, command)
        case Function():
            _function(reading, command)
        case Broken(reason=reason, span=span):
            reading.tell_raw(span)
            if reading.matters(span):
                reading.unreadable.append(Unreadable(reason, reading.script.host(span)))
            reading.names.forget("commands before it could not be read")
    return None


def _if(reading: Reading, command: If) -> None:
    if len(command.clauses) > _MAX_FOLLOWED:
        _long_if(reading, command)
        return
    names = reading.names
    taken: list[tuple[Condition, Changes, int]] = []
    for condition, body in command.clauses:
        outcome = run(reading, condition)
        changes: list[Changes] = []
        with reading.tried("branch", _covered(body, command.span), changes):
            run(reading, body)
        taken.append((outcome, changes[0], names.mark()))
    if command.otherwise:
        with reading.inside(reading.open_scope("branch", _covered(command.otherwise, command.span))):
            run(reading, command.otherwise)
    for outcome, then, mark in reversed(taken):
        _settle(names, outcome, then, names.take_back(mark))


def _long_if(reading: Reading, command: If) -> None:
    """Each clause from where the command began, so that time stays linear."""
    effects = Effects()
    for condition, body in (*command.clauses, ((), command.otherwise)):
        with reading.tried("branch", _covered((*condition, *body), command.span), []):
            run(reading, condition)
            run(reading, body)
        effects = Effects(frozenset(), effects.everything, effects.outside) | reading.functions.of((*condition, *body))
        reading.names.lose(sorted(effects.names), "one of many clauses may have changed it")
    reading.suffer(Effects(frozenset(), effects.everything, effects.outside), "a clause may have changed it")


def _covered(items: Sequence[Item], otherwise: Span) -> Span:
    return items[0].span.to(items[-1].span) if items else Span(otherwise.end, otherwise.end)


def _case(reading: Reading, command: Case) -> None:
    observe(reading.expansion, command.subject.pieces)
    subject = command.subject.span
    secret = reading.secrets.refers(reading.script.text[subject.start : subject.end])
    ways: list[Changes] = []
    falls = always = False
    for patterns, body, falls_on in command.branches:
        for pattern in patterns:
            values = texts(reading.expansion, pattern.pieces)
            for value in values if secret else ():
                spans = (reading.script.host(subject), reading.script.host(pattern.span))
                reading.tell(reading.secrets.one(value, *spans, reading.scope))
        if falls:
            reading.names.join((ways[-1], Changes({})))
        with reading.tried("branch", _covered(body, command.span), ways):
            run(reading, body)
        falls = falls_on
        always = always or any(pattern.plain == "*" for pattern in patterns)
    reading.names.join(ways if always else (*ways, Changes({})))


def _loop(
    reading: Reading, span: Span, touched: Sequence[Item], begin: Callable[[], object], body: Sequence[Item]
) -> None:
    """A loop: `begin` runs before each round, and at least once; `touched` is all that may change names."""
    names = reading.names
    effects = reading.functions.of(touched)
    names.readonly |= _made_readonly(touched)
    mark = names.mark()
    reading.suffer(effects, _LOOP)
    start = names.mark()
    begin()
    always = names.changed_since(start)
    looping, reading.looping = reading.looping, True
    with reading.inside(reading.open_scope("loop", span)):
        run(reading, body)
    reading.looping = looping
    changes = names.take_back(mark)
    if changes.rest is not None:
        names.forget(_LOOP, outside=changes.rest.status is Status.LOOSE)
        return
    leaves = _leaves(body)
    for name, held in changes.names.items():
        settled = not leaves and name not in always
        names.join((Changes({name: held}), Changes({}))) if settled else names.lose((name,), _LOOP)


def _made_readonly(items: Sequence[Item]) -> set[str]:
    """The names that become read-only in a loop: from its second round on, they are so at its beginning."""
    return {
        name
        for command in own_commands(items, keeps_last=True)
        if isinstance(command, Simple)
        for name in made_readonly([word.static for word in command.words])
    }


def _leaves(body: Sequence[Item]) -> bool:
    """Whether a round of a loop may end before its last command."""
    return any(
        isinstance(command, Simple) and command.words and command.words[0].static in ("break", "continue", "return")
        for command in own_commands(body, keeps_last=True)
    )


def _for(reading: Reading, command: For) -> None:
    names, host = reading.names, reading.script.host
    words = command.words
    values = [value for word in words for value in fields(reading.expansion, word)] if words is not None else []
    counted = words is not None and all(value.text is not None for value in values)
    value = one_of(values) if counted and values else unknown("a loop's variable", type="str")
    span = command.name_span
    if words:
        span = span.to(words[-1].span)
        written = words[0].span.to(words[-1].span)
        accepted = names.accepted(command.name, value)
        spans = (host(span), host(command.name_span), host(written))
        reading.emit(Binding(command.name, accepted, "shell-assign", *spans, reading.scope))

    def begin() -> None:
        names.assign(command.name, value)

    _loop(reading, command.span, command.body, begin, command.body)
    own = reading.functions.of(command.body)
    plain = counted and values and not _leaves(command.body) and not (own.everything or own.outside)
    if plain and command.name not in own.names:
        names.assign(command.name, values[-1])


def _calculation(reading: Reading, command: Calculation) -> None:
    changed = frozenset(calculated(command.expression.text))
    observe(reading.expansion, (command.expression,))
    if command.body is None:
        return

    def begin() -> None:
        reading.names.lose(sorted(changed), _LOOP)

    begin()
    _loop(reading, command.span, command.body, begin, command.body)
    begin()


def _test(reading: Reading, command: Test) -> Condition:
    values = [field(reading.expansion, word.pieces) for word in command.words]
    tell_tested(reading, command.words)
    if reading.secrets.sought:
        args = [reading.arg(word, value) for word, value in zip(command.words, values, strict=True)]
        reading.tell(reading.secrets.compared(args, reading.scope))
    if any(word.static in ("-eq", "-ne", "-lt", "-le", "-gt", "-ge") for word in command.words):
        reading.names.lose(calculated(" ".join(word.static or "" for word in command.words)), "a calculation")
    if _OPERATORS.search(reading.script.text, command.span.start, command.span.end) or command.redirects:
        return None
    # Bash manual 3.2.5.2: no splitting within [[ ]], so that every word is one word.
    return tested([Operand(value, True) for value in values])


def _function(reading: Reading, command: Function) -> None:
    scope = reading.open_scope("function", command.span, name=command.name)
    facts: Facts = []
    reading.facts.append(facts)
    reading.deferred.append(Deferred(command, facts, scope))
    if reading.scopes[scope].parent == FILE:
        reading.defined.add(command.name)


def _read_functions(reading: Reading, commands: Sequence[Command]) -> None:
    """Reads the bodies of functions. They may be called at any time after their definition, so that a name is
    known in them only if a single place before it, outside any function, may change it."""
    places: dict[str, list[int]] = {}
    for name, offset in sites(commands, reading.functions):
        places.setdefault(name, []).append(offset)
    bodies = outermost(commands)
    outer, facts = reading.names, reading.facts
    # The list grows: a body may define functions in turn.
    for deferred in reading.deferred:
        start = deferred.function.span.start
        top = reading.scopes[deferred.scope].parent == FILE

        def held(name: str, start: int = start, top: bool = top) -> Held:
            if EVERY_NAME in places or OUTSIDE in places:
                return Held(unknown(_FUNCTION, type="str"), Status.MAYBE if EVERY_NAME in places else Status.LOOSE)
            offsets = places.get(name, [])
            single = top and len(offsets) == 1 and offsets[0] < start and not within(bodies, offsets[0])
            return outer.get(name) if not offsets or single else Held(unknown(_FUNCTION, type="str"), Status.MAYBE)

        reading.stand_with(Names(odd=outer.odd, readonly=set(outer.readonly), volatile=outer.volatile, base=held))
        reading.facts, reading.scope, reading.exports = deferred.facts, deferred.scope, False
        reading.written, reading.into = (), ()
        _command(reading, deferred.function.body)
        if reading.secrets.is_name(deferred.function.name):
            reading.tell(reading.secrets.alone(reading.written, reading.scope))
    reading.stand_with(outer)
    reading.facts, reading.scope = facts, FILE


def flattened(facts: Facts) -> Iterator[Fact]:
    """Facts in the order of the text, function bodies where they are defined."""
    pending: list[Fact | Facts] = list(reversed(facts))
    while pending:
        fact = pending.pop()
        if isinstance(fact, list):
            pending.extend(reversed(fact))
        else:
            yield fact
