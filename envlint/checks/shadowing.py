"""Checks of arguments against the variables that they win over."""

from __future__ import annotations

from collections.abc import Iterator

from envlint.checks.verdict import Reach, Subject, Verdict
from envlint.facts import Argument, Call, Read
from envlint.finding import Confidence, Location, Related, shown
from envlint.packs import Rule, Spec, Variable


def shadowing_argument(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """An argument that silently beats a variable which the project sets for this very process."""
    for call, argument, variable, beaten in _contests(subject):
        if not _same(argument, beaten):
            yield _verdict(subject, call, argument, variable, beaten)


def redundant_argument(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """An argument that says what the variable says already."""
    for call, argument, variable, beaten in _contests(subject):
        if _same(argument, beaten):
            yield _verdict(subject, call, argument, variable, beaten)


def _contests(subject: Subject) -> Iterator[tuple[Call, Argument, Variable, tuple[Reach, ...]]]:
    """Each argument that wins over a variable, with the bindings of that variable that its process sees."""
    for call in subject.facts.calls():
        for argument in call.arguments:
            variable = subject.knowledge.variable_of(call.function, argument)
            if variable is None:
                continue
            spec = subject.knowledge.require(variable.name)
            if not spec.read or spec.kind == "secret":
                continue
            if not _wins(argument, spec) or _consults(subject, argument, variable.name):
                continue
            # An empty variable decides nothing, so nothing is lost with it.
            beaten = tuple(
                reach
                for reach in subject.reaching(call, variable.name)
                if reach.binding.value.text != "" and not _written_alike(subject, argument, reach)
            )
            if beaten:
                yield call, argument, variable, beaten


def _wins(argument: Argument, spec: Spec) -> bool:
    """Whether the argument can decide at all: None never does, and some values leave it to the variable."""
    constants = list(argument.value.constants())
    if len(argument.value.parts) == 1 and constants:
        return any(constant.value is not None and repr(constant.value) not in spec.yields for constant in constants)
    return True


def _consults(subject: Subject, argument: Argument, variable: str) -> bool:
    """Whether the program reads the variable itself where it makes this argument, as it should; a value
    that is not plain to see counts as made with it wherever the file reads the variable."""
    if any(ref.name == variable for ref in argument.value.refs()):
        return True
    if argument.value.text is not None:
        return False
    return any(isinstance(item, Read) and item.variable == variable for item in subject.facts.items)


def _written_alike(subject: Subject, argument: Argument, reach: Reach) -> bool:
    """Whether both are one expression of this file, whose value is not known: they agree, whatever it is."""
    source = subject.facts.source
    if reach.facts.source is not source or argument.value.text is not None:
        return False
    return source.slice(argument.value_span) == source.slice(reach.binding.value_span)


def _same(argument: Argument, beaten: tuple[Reach, ...]) -> bool:
    text = argument.value.text
    return text is not None and all(reach.binding.value.text == text for reach in beaten)


def _verdict(
    subject: Subject, call: Call, argument: Argument, variable: Variable, beaten: tuple[Reach, ...]
) -> Verdict:
    strongest = max(beaten, key=lambda reach: reach.confidence)
    confidence = strongest.confidence
    if argument.value.may_be_none:
        confidence = Confidence.LOW
    return Verdict(
        span=argument.span,
        confidence=confidence,
        fields={
            "variable": variable.name,
            "argument": argument.name,
            "function": call.function,
            "value": _shown(strongest),
            "where": strongest.how,
        },
        variable=variable.name,
        related=tuple(_related(reach, variable.name) for reach in beaten),
    )


def _shown(reach: Reach) -> str:
    text = reach.binding.value.text
    return shown(text) if text is not None else "a value"


def _related(reach: Reach, variable: str) -> Related:
    return Related(Location(reach.facts.source, reach.binding.span), f"{variable} is set {reach.how}")
