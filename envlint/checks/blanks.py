"""Stray blanks: where a shell ends a value before the word that was meant to be it, or assigns nothing at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from envlint.checks.accepting import problem
from envlint.checks.settings import Setting, settings
from envlint.checks.verdict import Subject, Verdict
from envlint.facts import Facts, Launch, Stray
from envlint.finding import Confidence, Edit, Fix, Location, Related, mask, shown
from envlint.source import Source, Span
from envlint.value import Value

_SHELL = frozenset({"shell-assign", "shell-export", "shell-prefix"})
# A further word on the same line, no comment, operator or continuation.
_WORD = re.compile(r"[ \t]+[^\s#;&|<>()\\]\S*")
_SIGN = re.compile(r"[ \t]*=[ \t]*\Z")
# What is likely to be meant for a program, so that a variable is emptied for it alone: `WANDB_NAME= python train.py`.
_PROGRAM = re.compile(
    r"(?:python|pypy)[0-9.]*|torchrun|accelerate|deepspeed|srun|sbatch|mpirun|mpiexec|horovodrun|wandb|ray|pytest|tox|nox|"
    r"papermill|composer|axolotl|lightning|fabric|jupyter(?:-\w+)?|ipython|uvx?|pipx?|poetry|pdm|hatch|pixi|conda|mamba|make|"
    r"just|snakemake|dvc|docker|podman|kubectl|ssh|tmux|screen|env|sudo|exec|time|nohup|nice|timeout|xargs|watch|(?:ba|z|k)?sh|"
    r"npm|npx|node|cargo|go|git|cat|echo|printenv|[\w.+-]*(?:run|launch|exec|cli|train)[\w.+-]*"
)


def stray_blank(source: Source, form: str | None, written: Span, text: str) -> tuple[Related, ...]:
    """The word behind a value that ends too early, as `A= x` and `A=a, b` do (POSIX 2.3: blanks part words)."""
    if form not in _SHELL or not (text == "" or text.endswith(",")) or written.end == 0:
        return ()
    found = _WORD.match(source.text, written.end)
    if found is None or source.text[written.end - 1] in "\"'":
        return ()
    place = Span(found.end() - len(found[0].lstrip(" \t")), found.end())
    return (Related(Location(source, place), "a shell ends the value at the blank, so this is a word of its own"),)


def kept_apart(subject: Subject) -> Iterator[Verdict]:
    """Values that reach no variable: `NAME = value`."""
    for stray in subject.facts.items:
        if not isinstance(stray, Stray):
            continue
        variable = subject.knowledge.variable(stray.variable)
        if variable is None or not subject.knowledge.require(variable.name).read:
            continue
        does = "runs the name as a command" if stray.alone else "assigns nothing"
        fields = {
            "variable": variable.name,
            "place": "",
            "value": _shown(stray.value, secret=subject.knowledge.is_secret(variable.name)),
            "ignored": f"a shell takes no blanks around =, so it {does} and the variable is not set here",
            "advice": "Write the name, =, and the value without blanks.",
        }
        span = stray.value_span if stray.value_span.start < stray.value_span.end else stray.name_span
        yield Verdict(
            span, Confidence.HIGH, fields, variable=variable.name, form=None, fix=_joined(subject.facts.source, stray)
        )


def _shown(value: Value, *, secret: bool) -> str:
    text = value.text
    if text is None:
        return "a value"
    return mask(text) if secret and text else shown(text)


def _joined(source: Source, stray: Stray) -> Fix | None:
    """The sign without blanks. The value itself is no part of the edit."""
    between = Span(stray.name_span.end, stray.value_span.start)
    if stray.value_span.start == stray.value_span.end or not _SIGN.match(source.slice(between)):
        return None
    return Fix("write no blanks around =", (Edit(source, between, "="),), safe=False)


def cut_short(subject: Subject, kinds: frozenset[str]) -> Iterator[Verdict]:
    """What `export A= x`, `A= x` and `A=a, b` leave of a value, where the SDK takes it. The word behind may be a name
    to export or the name of a program, so this is not certain; one that assigns something is no part of the value."""
    launches = _launches(subject.facts)
    for setting in settings(subject, kinds):
        text, spec = setting.value.text, setting.spec
        if setting.form not in _SHELL or text is None or (text and spec.kind == "secret"):
            continue
        if spec.refused and problem(spec, text) is not None:
            continue
        for word in stray_blank(subject.facts.source, setting.form, setting.written, text):
            behind = subject.facts.source.slice(word.location.span)
            launch = launches.get(setting.whole.start)
            if "=" not in behind and (setting.form != "shell-prefix" or _is_value(launch, behind, text)):
                yield _cut(subject, setting, text, word)


def _cut(subject: Subject, setting: Setting, text: str, word: Related) -> Verdict:
    fields = {
        "variable": setting.variable.name,
        "place": setting.place,
        "value": shown(text),
        "ignored": "the shell ends the value at the blank, so what stands behind it is no part of it",
        "advice": "Write no blank there, or put the whole value in quotes.",
    }
    related = (*setting.origin(subject, text), word)
    span, name = setting.span_of(text), setting.variable.name
    return Verdict(span, Confidence.MEDIUM, fields, variable=name, form=setting.form, related=related)


def _launches(facts: Facts) -> dict[int, Launch]:
    """What is started behind each assignment for one command, by where the assignment begins."""
    started = {item.scope: item for item in facts.items if isinstance(item, Launch) and item.scope}
    return {
        item.span.start: started[item.scope]
        for item in facts.bindings()
        if item.form == "shell-prefix" and item.scope in started
    }


def _is_value(launch: Launch | None, behind: str, text: str) -> bool:
    """Whether the word behind an assignment for one command is the rest of a value rather than a program."""
    if launch is None or ("/" in behind and "://" not in behind) or _PROGRAM.fullmatch(launch.program):
        return False
    if launch.program.endswith((".sh", ".bash", ".py")):
        return False
    # A value that ends with a comma goes on; an empty one may be meant, for a program that has arguments.
    following = launch.arguments[0].text if launch.arguments else None
    return bool(text) or not launch.arguments or bool(following and _PROGRAM.fullmatch(following))
