"""Checks of arguments against the variables that they win over."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from envlint.checks.rewriting import asking_first, without
from envlint.checks.timing import is_too_late
from envlint.checks.verdict import Reach, Subject, Verdict
from envlint.facts import Argument, Call, Facts, Launch, Read, View
from envlint.finding import Confidence, Fix, Location, Related, shown
from envlint.packs import Rule, Spec, Variable
from envlint.value import Constant, Value, literal

# What a project that loads a .env holds, be it code, a requirement or a setting of what starts it.
_LOADERS = ("dotenv", "environs", "decouple", "dynaconf", "BaseSettings", "env_file", "env-file", "pipenv", "direnv")


def shadowing_argument(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """An argument that silently beats a variable which the project sets for this very process."""
    for call, argument, variable, beaten in _contests(subject, rule):
        if not _same(argument, beaten, subject.knowledge.require(variable.name)):
            fix = _asking_first(subject, call, argument, _strongest(beaten).binding.variable)
            told = tuple(_as_told(subject, reach) for reach in beaten)
            yield _verdict(subject, call, argument, variable, told, fix=fix)


def _asking_first(subject: Subject, call: Call, argument: Argument, variable: str) -> Fix | None:
    """The variable is asked first; not where the argument has another meaning than the variable's text."""
    if subject.knowledge.switch(call.function, argument) is not None:
        return None
    return asking_first(subject.facts.source, argument, variable)


def redundant_argument(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """An argument that says what the variable says already."""
    for call, argument, variable, beaten in _contests(subject, rule):
        if _same(argument, beaten, subject.knowledge.require(variable.name)) and not _is_needed(
            subject, rule, call, beaten
        ):
            fix = without(subject.facts.source, call, argument)
            doubted = tuple(_doubted(subject, reach) for reach in beaten)
            yield _verdict(subject, call, argument, variable, doubted, fix=fix)


def overridden_argument(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """The other way round: an argument that a variable, set for this very process, silently beats."""
    for call in subject.facts.calls():
        for argument in call.arguments:
            for variable, effect, winning in _overriding(subject, call, argument):
                yield _verdict(subject, call, argument, subject.knowledge.variables[variable], winning, effect)


def _is_needed(subject: Subject, rule: Rule, call: Call, beaten: tuple[Reach, ...]) -> bool:
    """Whether the argument alone reaches the run: each variable is set after the settings have been read. What looks
    a variable up by itself, such as wandb.sweep, hears it all the same."""
    function = subject.knowledge.function(call.function)
    if function is None:
        return False
    foreign = function.name.partition(".")[0] != rule.pack
    if function.session != "starts" and not function.settings and not foreign:
        return False
    return all(is_too_late(subject, rule, reach) for reach in beaten)


def _overriding(subject: Subject, call: Call, argument: Argument) -> Iterator[tuple[str, str, tuple[Reach, ...]]]:
    """The variables that beat an argument and are set for its process, each with what the SDK does and where it
    is set."""
    for variable, effect in _overrides(subject, call, argument):
        winning = tuple(reach for reach in subject.reaching(call, variable) if _decides(subject, reach))
        if winning:
            yield variable, effect, winning


def _overrides(subject: Subject, call: Call, argument: Argument) -> Iterator[tuple[str, str]]:
    """The variables that beat an argument where they are set, each with what the SDK does."""
    knowledge = subject.knowledge
    function = knowledge.function(call.function)
    parameter = knowledge.parameter(call.function, argument)
    if function is None or parameter is None or _is_none(argument.value):
        return
    variable = knowledge.variable_of(call.function, argument)
    if variable is not None and _yields(argument, knowledge.require(variable.name)):
        written = subject.facts.source.slice(argument.value_span)
        yield variable.name, f"{call.function} takes {parameter}={written} for not given"
    for override in knowledge.overrides:
        if f"{function.name}:{parameter}" in override.arguments:
            yield override.variable, override.effect


def _decides(subject: Subject, reach: Reach) -> bool:
    """Whether a binding sets something that counts: no empty text, and no word for no."""
    spec = subject.knowledge.require(reach.binding.variable)
    text = reach.binding.value.text
    if text is None:
        return True
    word = text.lower() if spec.ignore_case else text
    return text != "" and (spec.kind != "boolean" or word in spec.true)


def _contests(subject: Subject, rule: Rule) -> Iterator[tuple[Call, Argument, Variable, tuple[Reach, ...]]]:
    """Each argument that wins over a variable, with the bindings of that variable that its process sees."""
    for call in subject.facts.calls():
        for argument in (*_given(subject, call), *_handed_on(subject, call)):
            variable = subject.knowledge.variable_of(call.function, argument)
            if variable is None:
                continue
            spec = subject.knowledge.require(variable.name)
            if not spec.read or spec.kind == "secret":
                continue
            if not _wins(argument, spec):
                continue
            # An empty variable decides nothing, so nothing is lost with it.
            beaten = tuple(
                reach
                for name in subject.knowledge.spellings(variable)
                if not _consults(subject, call, argument, name)
                for reach in subject.reaching(call, name)
                if reach.binding.value.text != ""
                and not _written_alike(subject, argument, reach)
                and not _is_handed_over(subject, argument, reach)
            )
            if not beaten or _is_joining(subject, rule, call, variable):
                continue
            if not _is_dropped(subject, call, argument, beaten):
                yield call, argument, variable, beaten


def _is_joining(subject: Subject, rule: Rule, call: Call, variable: Variable) -> bool:
    """Whether a logger of another package joins a run that the file has certainly started: then its argument decides
    nothing, for the call that started the run has taken the variable (read in transformers 5.23 and lightning 2.6)."""
    function = subject.knowledge.function(call.function)
    if function is None or function.name.partition(".")[0] == rule.pack:
        return False
    view = View(subject.facts, call.scope)
    earlier = (other for other in subject.facts.calls() if other.span.start < call.span.start)
    return any(_starts_with(subject, other, variable) and view.holds(other.scope) is True for other in earlier)


def _starts_with(subject: Subject, call: Call, variable: Variable) -> bool:
    """Whether a call starts a session and takes what a variable says."""
    function = subject.knowledge.function(call.function)
    if function is None or function.session != "starts":
        return False
    return any(pair.rpartition(":")[0] == function.name for pair in variable.arguments)


def _is_dropped(subject: Subject, call: Call, argument: Argument, beaten: tuple[Reach, ...]) -> bool:
    """Whether another variable, at least as sure to be set, makes the call drop the argument: then it beats nothing."""
    winning = (reach for _, _, reaches in _overriding(subject, call, argument) for reach in reaches)
    strongest = max((reach.confidence for reach in winning), default=None)
    return strongest is not None and strongest >= max(reach.confidence for reach in beaten)


def _doubted(subject: Subject, reach: Reach) -> Reach:
    """A binding for the question whether an argument may go: that a .env which only lies there is loaded is a guess."""
    return replace(reach, confidence=Confidence.LOW) if _lies_there(subject, reach) else reach


def _as_told(subject: Subject, reach: Reach) -> Reach:
    """A binding for the question whether an argument wins, which it does over whatever loads the file, be it an
    editor."""
    return (
        replace(reach, how=f"{reach.how}, which nothing here is seen to load") if _lies_there(subject, reach) else reach
    )


def _lies_there(subject: Subject, reach: Reach) -> bool:
    """Whether a binding stands in a .env that nothing in the project says to load, nor files like it."""
    return not reach.is_loaded and not subject.around.uses(_LOADERS)


def _given(subject: Subject, call: Call) -> Iterator[Argument]:
    """The arguments of a call; a switch that is on stands for what it means, and one that is off for nothing."""
    for argument in call.arguments:
        meant = subject.knowledge.switch(call.function, argument)
        constants = list(argument.value.constants()) if meant is not None else []
        if meant is None or not constants or len(argument.value.parts) != 1:
            yield argument
        elif any(constant.value for constant in constants):
            certain = all(constant.value for constant in constants) and not argument.value.may_be_none
            value = literal(meant) if certain else argument.value
            yield replace(argument, value=value)


def _handed_on(subject: Subject, call: Call) -> Iterator[Argument]:
    """What a function hands on though the caller does not give it; the call's name stands for it."""
    function = subject.knowledge.function(call.function)
    if function is None or call.open:
        return
    given = {subject.knowledge.parameter(call.function, argument) for argument in call.arguments}
    for parameter, text in function.passes.items():
        if parameter not in given:
            yield Argument(parameter, literal(text), call.name_span, call.name_span)


def _is_none(value: Value) -> bool:
    """Whether an argument is certainly None, which is the same as not giving it."""
    return len(value.parts) == 1 and isinstance(value.parts[0], Constant) and value.parts[0].value is None


def _yields(argument: Argument, spec: Spec) -> bool:
    """Whether an argument leaves the decision to the variable, though it says something itself."""
    parts = argument.value.parts
    return len(parts) == 1 and isinstance(parts[0], Constant) and repr(parts[0].value) in spec.yields


def _wins(argument: Argument, spec: Spec) -> bool:
    """Whether the argument can decide at all: None never does, and some values leave it to the variable."""
    constants = list(argument.value.constants())
    if len(argument.value.parts) == 1 and constants:
        return any(constant.value is not None and repr(constant.value) not in spec.yields for constant in constants)
    return True


def _consults(subject: Subject, call: Call, argument: Argument, variable: str) -> bool:
    """Whether the program reads the variable itself where it makes this argument, as it should. A value that is not
    plain to see counts as made with it wherever the file reads the variable, and so does a call that stands in a
    branch: which of the ways is taken may hang on it."""
    if any(ref.name == variable for ref in argument.value.refs()):
        return True
    facts = subject.facts
    if argument.value.text is not None and not _is_in_branch(facts, call):
        return False
    return any(isinstance(item, Read) and item.variable == variable for item in facts.items)


def _is_in_branch(facts: Facts, call: Call) -> bool:
    return any(facts.scopes[scope].kind == "branch" for scope in facts.ancestors(call.scope))


def _is_handed_over(subject: Subject, argument: Argument, reach: Reach) -> bool:
    """Whether the argument may be the variable itself, for the script that starts this program puts it among the
    program's own arguments: `train.py --entity "$WANDB_ENTITY"`."""
    if argument.value.text is not None or reach.facts.source is subject.facts.source:
        return False
    asked = re.compile(rf"\$\{{?{re.escape(reach.binding.variable)}(?!\w)")
    program = posixpath.basename(subject.facts.source.path).partition(".")[0]
    launches = (item for item in reach.facts.items if isinstance(item, Launch))
    written = (reach.facts.source.slice(launch.span) for launch in launches)
    return any(program in text and asked.search(text) is not None for text in written)


def _written_alike(subject: Subject, argument: Argument, reach: Reach) -> bool:
    """Whether both are one expression of this file, whose value is not known: they agree, whatever it is."""
    source = subject.facts.source
    if reach.facts.source is not source or argument.value.text is not None:
        return False
    return source.slice(argument.value_span) == source.slice(reach.binding.value_span)


def _same(argument: Argument, beaten: tuple[Reach, ...], spec: Spec) -> bool:
    """Whether an argument certainly says what every beaten binding says. True is any word for yes, or the word that
    stands for true where the variable has words of its own."""
    texts = [reach.binding.value.text for reach in beaten]
    constant = argument.value.parts[0] if len(argument.value.parts) == 1 else None
    if isinstance(constant, Constant) and isinstance(constant.value, bool):
        meant = spec.true if constant.value else tuple(word for word in spec.values if word not in spec.true)
        alone = spec.instead.get(str(constant.value).lower())
        words = meant if spec.kind == "boolean" else (alone,)
        return all(text is not None and (text.lower() if spec.ignore_case else text) in words for text in texts)
    text = str(constant.value) if isinstance(constant, Constant) else _text(argument, spec)
    return text is not None and all(other is not None and _today(other, spec) == _today(text, spec) for other in texts)


def _today(text: str, spec: Spec) -> str:
    """The newer word for a text that still works."""
    return spec.old.get(text, text)


def _text(argument: Argument, spec: Spec) -> str | None:
    """The text of an argument, as a variable would have it; None where it is not known."""
    if not argument.elements or spec.separator is None:
        return argument.value.text
    known = [text for text in (element.text for element in argument.elements) if text is not None]
    return spec.separator.join(known) if len(known) == len(argument.elements) else None


def _verdict(
    subject: Subject,
    call: Call,
    argument: Argument,
    variable: Variable,
    beaten: tuple[Reach, ...],
    effect: str = "",
    fix: Fix | None = None,
) -> Verdict:
    strongest = _strongest(beaten)
    spelling = strongest.binding.variable
    confidence = strongest.confidence
    if argument.value.may_be_none:
        confidence = Confidence.LOW
    return Verdict(
        span=argument.span,
        confidence=confidence,
        fields={
            "variable": spelling,
            "argument": _named(subject, call, argument),
            "function": call.function,
            "value": _shown(strongest),
            "where": strongest.how,
            "effect": effect,
            "advice": _advice(subject, call, argument, spelling),
        },
        variable=variable.name,
        fix=fix,
        related=tuple(_related(reach) for reach in beaten),
    )


def _strongest(beaten: tuple[Reach, ...]) -> Reach:
    """The surest of the bindings; a message calls the variable by its spelling."""
    return max(beaten, key=lambda reach: reach.confidence)


def _named(subject: Subject, call: Call, argument: Argument) -> str:
    """How a message calls an argument; one that is not written is told with what stands for it."""
    name = subject.knowledge.parameter(call.function, argument) or argument.name
    return name if _is_written(argument) else f"{name}={shown(argument.value.text or '')}, the default"


def _is_written(argument: Argument) -> bool:
    return argument.position is not None or argument.span != argument.value_span


def _advice(subject: Subject, call: Call, argument: Argument, variable: str) -> str:
    if subject.knowledge.switch(call.function, argument) is not None:
        return "Leave out the argument."
    asking = f'{argument.name}=os.getenv("{variable}", ...)'
    return f"Leave out the argument, or make it a default: {asking}." if _is_written(argument) else f"Pass {asking}."


def _shown(reach: Reach) -> str:
    text = reach.binding.value.text
    return shown(text) if text is not None else "a value"


def _related(reach: Reach) -> Related:
    return Related(Location(reach.facts.source, reach.binding.span), f"{reach.binding.variable} is set {reach.how}")
