"""Settings: every place of a file that gives a known variable a value, be it a binding or an argument.

A value is judged alike wherever it is written; only the words for the place differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from envlint.checks.loading import DOTENV, as_loaded
from envlint.checks.verdict import Subject
from envlint.facts import Binding, Export
from envlint.finding import Confidence, Location, Related
from envlint.packs import Spec, Variable
from envlint.source import Span
from envlint.value import Ref, Value

SECRET = frozenset({"secret"})

# What a file without a surface of its own means is not known; a key in it has leaked whatever it means.
_TEXT = "text"


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable's value as one place gives it. `whole` covers name and value, `written` the value's notation.
    `place` is empty for a binding and " in wandb.init(mode=...)" for an argument."""

    variable: Variable
    spec: Spec
    value: Value
    whole: Span
    written: Span
    form: str | None
    place: str

    @property
    def confidence(self) -> Confidence:
        """High where the value is known for sure, medium where it is one of several."""
        return Confidence.HIGH if self.value.text is not None else Confidence.MEDIUM

    def span_of(self, text: str) -> Span:
        """Where one possible text of the value is written: its own characters if they stand here, else
        the value's notation, else (nothing is written) the whole setting."""
        for piece in self.value.literals():
            if piece.text == text and piece.span is not None and piece.span in self.written:
                return piece.span
        return self.written if self.written.start < self.written.end else self.whole

    def origin(self, subject: Subject, text: str) -> tuple[Related, ...]:
        """The earlier place where a text is written that a name carried here, if it is one piece."""
        for piece in self.value.literals():
            if piece.text == text and piece.span is not None and piece.span not in self.written:
                return (Related(Location(subject.facts.source, piece.span), "the value is written here"),)
        return ()


def settings(subject: Subject, kinds: frozenset[str]) -> Iterator[Setting]:
    """Every setting of a variable whose kind is one of `kinds`, in source order."""
    knowledge = subject.knowledge
    for binding, place in _bindings(subject, kinds):
        variable = knowledge.variable(binding.variable)
        if binding.form == _TEXT and not kinds <= SECRET:
            continue
        if variable is not None and _is_of(spec := knowledge.require(variable.name), kinds):
            whole = binding.name_span.to(binding.span)
            yield Setting(variable, spec, binding.value, whole, binding.value_span, binding.form, place)
    for call in subject.facts.calls():
        for argument in call.arguments:
            variable = knowledge.variable_of(call.function, argument)
            if knowledge.switch(call.function, argument) is not None:
                continue
            if variable is not None and _is_of(spec := knowledge.require(variable.name), kinds):
                place = f" in {call.function}({argument.name}=...)"
                # Each element of a list is judged as the text that it is.
                elements = argument.elements if spec.kind == "list" else ()
                if not elements and f"{call.function}:{argument.name}" in variable.lettered:
                    continue
                spec = _as_element(spec) if elements else _as_argument(spec)
                for value in elements or (argument.value,):
                    yield Setting(variable, spec, value, argument.span, argument.value_span, None, place)


def _as_argument(spec: Spec) -> Spec:
    """The spec as it holds for an argument: the SDK splits a list only where it reads the environment."""
    if spec.kind == "list" and spec.alone:
        return Spec("nothing", empty=False, refused=spec.alone)
    return _as_element(spec)


def _as_element(spec: Spec) -> Spec:
    """The spec as it holds for one element of a list."""
    return replace(spec, separator=None, spaced="")


def _bindings(subject: Subject, kinds: frozenset[str]) -> Iterator[tuple[Binding, str]]:
    """Every binding, and the words for whose it is. A settings file's are those of the programs that load it,
    where that is not python-dotenv alone. A secret has leaked however it is read."""
    loaded = not kinds <= SECRET and bool(subject.loaded())
    exports = {item.variable for item in subject.facts.items if isinstance(item, Export) and item.on}
    for binding in subject.facts.bindings():
        # `NAME=${NAME:-x}` without an export: programs see the name only where it is set already.
        if binding.form == "shell-assign" and _is_own_default(binding) and exports.isdisjoint({binding.variable, None}):
            continue
        if not loaded or binding.form != DOTENV:
            yield binding, ""
    yield from as_loaded(subject) if loaded else ()


def _is_own_default(binding: Binding) -> bool:
    match binding.value.parts:
        case (Ref(name=name),):
            return name == binding.variable
    return False


def _is_of(spec: Spec, kinds: frozenset[str]) -> bool:
    return spec.read and spec.kind in kinds
