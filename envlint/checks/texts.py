"""The check of values that are no texts, where the environment takes nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from envlint.checks.verdict import Subject, Verdict
from envlint.facts import Binding
from envlint.finding import Confidence, Edit, Fix
from envlint.packs import Rule
from envlint.value import Choice, Constant, Unknown, Value

# os.environ encodes what it is given, and subprocess hands it to the system: both raise for anything but text. So
# do Ray (runtime_env's validation, since 1.4) and Modal (Secret.from_dict, which skips None); Kubernetes and ECS
# take a number or a truth value for no text, and null for nothing at all.
_FORMS = {
    "environ-item": "os.environ raises a TypeError",
    "environ-update": "os.environ raises a TypeError",
    "environ-setdefault": "os.environ raises a TypeError",
    "environ-putenv": "os.putenv raises a TypeError",
    "environ-patch": "os.environ raises a TypeError",
    "subprocess-env": "the subprocess is not started, and a TypeError is raised",
    "runtime-env": "Ray raises a TypeError",
    "secret-dict": "Modal raises an InvalidError",
    "name-value": "the job is refused, for every value must be text",
}
_NONE_IS_NOTHING = frozenset({"secret-dict", "name-value"})


def non_text_value(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A value that is certainly no text, given to a variable of the packs in Python."""
    for binding in subject.facts.bindings():
        variable = subject.knowledge.variable(binding.variable)
        if variable is None or binding.form not in _FORMS:
            continue
        kind = _type(binding.value)
        if kind is None or (binding.form in _NONE_IS_NOTHING and binding.value.may_be_none):
            continue
        yield Verdict(
            binding.value_span,
            Confidence.HIGH,
            {"variable": variable.name, "type": kind, "refused": _FORMS[binding.form]},
            variable=variable.name,
            form=binding.form,
            fix=_fix(subject, binding),
        )


def _type(value: Value) -> str | None:
    """The Python type of a value that is certainly no text, or None where it is one or may be."""
    if len(value.parts) != 1:
        return None
    match value.parts[0]:
        case Constant(value=constant):
            return type(constant).__name__
        case Unknown(type=known) if known is not None and known != "str":
            return known
        case Choice(options):
            kinds = {_type(option) for option in options}
            return kinds.pop() if len(kinds) == 1 else None
    return None


def _fix(subject: Subject, binding: Binding) -> Fix | None:
    """Quotes around a number or truth value that stands there; which text is meant for None is not known."""
    written = subject.facts.source.slice(binding.value_span)
    constants = [constant.value for constant in binding.value.constants()]
    if len(constants) != 1 or constants[0] is None or written != repr(constants[0]):
        return None
    text = f'"{str(constants[0]).lower()}"'
    return Fix(f"write {text}", (Edit(subject.facts.source, binding.value_span, text),), safe=False)
