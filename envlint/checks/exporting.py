"""The check of settings that stay in a shell: one that ends at once, or one that never hands them on."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice

from envlint.checks.verdict import Reach, Subject, Verdict
from envlint.facts import Binding, Call, Export, Fact, Facts, Include, Launch, View
from envlint.finding import Confidence, Edit, Fix, Location, Related
from envlint.packs import Rule, Variable
from envlint.source import Span

_PLAIN = frozenset({"shell-export", "shell-assign"})
# What a shell may do with a variable before it ends.
_USES = (Call, Launch, Include)

# Programs that run training code, or are W&B's own.
_NEEDS = re.compile(
    r"(?:python|pypy)[0-9.]*|torchrun|accelerate|deepspeed|srun|sbatch|mpirun|mpiexec|horovodrun|wandb|ray|pytest|"
    r"papermill|composer|axolotl|llamafactory-cli|lightning|fabric|.+\.(?:sh|bash|py|sbatch|slurm)"
)
_SHELLS = re.compile(r"(?:ba|da|z|k)?sh")
# Uses of Python that train nothing.
_OTHER_USES = frozenset({"-c", "-V", "--version", "--help", "setup.py"})
_OTHER_MODULES = frozenset({"pip", "venv", "virtualenv", "build", "ensurepip", "json.tool", "http.server"})
# What wandb does without a look at its settings: it writes them into a file.
_WRITES = frozenset({"online", "offline", "enabled", "disabled", "on", "off"})
# Sourced files that are known to leave other programs' variables alone.
_HARMLESS = re.compile(r"(?:.*/)?(?:activate|conda\.sh|\.?bashrc|\.?profile|\.bash_profile|setvars\.sh|nvm\.sh)")
_EXPORTS_ALL = re.compile(r"#![^\n]*\s-[a-z]*a|(?<![\w-])(?:set|setopt)\s+(?:-[a-z]*a|-o\s+allexport|allexport)")
# More starts than this say nothing new.
_MOST = 32
_BEFORE = re.compile(r"(?:^|[;&|({]|(?<!\w)(?:then|do|else))[ \t]*\Z", re.MULTILINE)


def unexported_variable(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A variable that no program sees though a shell sets it: in a shell of its own that ends before anything could
    use it (POSIX 2.12), or in one that starts programs afterwards and has not exported it (POSIX 2.14, export)."""
    yield from _ended(subject)
    yield from _kept(subject)
    yield from _loaded(subject)


# ---- Shells that end


def _ended(subject: Subject) -> Iterator[Verdict]:
    """What a notebook's line or cell for a shell, or a RUN, sets where nothing is started there afterwards."""
    facts = subject.facts
    last: dict[int, int] = {}
    for number, item in enumerate(facts.items):
        shell = _own_shell(facts, item.scope) if isinstance(item, _USES) else None
        if shell is not None:
            last[shell] = number
    for number, item in enumerate(facts.items):
        if not isinstance(item, Binding) or item.form not in _PLAIN:
            continue
        variable = _read_variable(subject, item)
        shell = _own_shell(facts, item.scope) if variable is not None else None
        if variable is None or shell is None or last.get(shell, -1) > number:
            continue
        fields = {"variable": item.variable, **_words(facts, shell, item.variable)}
        yield Verdict(item.name_span, Confidence.HIGH, fields, variable=variable.name, form=item.form)


def _words(facts: Facts, shell: int, name: str) -> dict[str, str]:
    if facts.surface == "dockerfile":
        return {
            "consequence": "is set in a shell that ends with this RUN, so neither the image nor a later RUN has it",
            "advice": f"Write ENV {name}=...",
        }
    scope = facts.scopes[shell].name or ""
    if facts.surface == "python" and not scope.startswith(("%", "!")):
        return {
            "consequence": "is set in a shell that ends with this call, so neither the program nor what it starts "
            "later sees it",
            "advice": f'Write os.environ["{name}"] = ...',
        }
    place = "cell" if scope.startswith("%%") else "line"
    return {
        "consequence": f"is set in a shell that ends with this {place}, so neither the notebook nor what it starts "
        "later sees it",
        "advice": f"Write %env {name}=..., or set it in os.environ",
    }


def _own_shell(facts: Facts, scope: int) -> int | None:
    """The scope of the shell that a notebook starts for a line or cell, the one that is named, or that a RUN is."""
    for at in facts.ancestors(scope):
        parent = facts.scopes[at].parent
        if facts.scopes[at].kind != "subshell" or parent is None:
            continue
        if facts.scopes[at].name or (facts.surface == "dockerfile" and facts.scopes[parent].kind == "stage"):
            return at
    return None


# ---- Shells that keep it to themselves


def _kept(subject: Subject) -> Iterator[Verdict]:
    """What a script assigns, never exports and does not use itself, where it starts a program afterwards."""
    facts = subject.facts
    if _EXPORTS_ALL.search(facts.source.text):
        return
    assigned = [item for item in facts.bindings() if item.form == "shell-assign" and _read_variable(subject, item)]
    if not assigned:
        return
    taken = _taken(facts)
    used = {name: _is_used(facts, name) for name in dict.fromkeys(item.variable for item in assigned)}
    starts = [(number, item) for number, item in enumerate(facts.items) if isinstance(item, Launch) and _needs(item)]
    loaded = next((number for number, item in enumerate(facts.items) if _may_export(item)), len(facts.items))
    order = {id(item): number for number, item in enumerate(facts.items)}
    for binding in assigned:
        if binding.variable in taken or used[binding.variable]:
            continue
        found = _start(facts, binding, order[id(binding)], starts, loaded)
        variable = _read_variable(subject, binding)
        if found is not None and variable is not None:
            yield _kept_verdict(facts, binding, variable, *found)


def _loaded(subject: Subject) -> Iterator[Verdict]:
    """What a settings file assigns that a script loads without exporting it, where it starts a program afterwards."""
    facts = subject.facts
    if _EXPORTS_ALL.search(facts.source.text):
        return
    plain_loads = (
        (number, item)
        for number, item in enumerate(facts.items)
        if isinstance(item, Include) and item.loader == "bash" and not item.exports
    )
    taken = _taken(facts)
    for number, item in islice(plain_loads, _MOST):
        for reach in subject.included(item):
            variable = _read_variable(subject, reach.binding)
            plain = reach.facts.surface == "dotenv" and not reach.is_exported
            if variable is None or not plain or reach.binding.variable in taken:
                continue
            if _is_used(facts, reach.binding.variable):
                continue
            launch = _first_needing(facts, item, number)
            if launch is not None:
                yield _loaded_verdict(facts, item, reach, variable, launch)


def _first_needing(facts: Facts, include: Include, number: int) -> Launch | None:
    """The first program that may run training code, started where a file has certainly been loaded."""
    later = (item for item in facts.items[number + 1 :] if isinstance(item, Launch) and _needs(item))
    return next((item for item in islice(later, _MOST) if View(facts, item.scope).holds(include.scope)), None)


def _loaded_verdict(facts: Facts, include: Include, reach: Reach, variable: Variable, launch: Launch) -> Verdict:
    line = facts.source.position(launch.span.start).line
    return Verdict(
        include.span,
        Confidence.MEDIUM,
        {
            "variable": reach.binding.variable,
            "consequence": f"is loaded here and never exported, so {launch.program} in line {line} does not see it",
            "advice": "Write set -a before the file is loaded and set +a after it",
        },
        variable=variable.name,
        form=reach.binding.form,
        related=(
            Related(Location(reach.facts.source, reach.binding.span), "it is assigned here"),
            Related(Location(facts.source, launch.span), "this program does not see it"),
        ),
    )


def _taken(facts: Facts) -> frozenset[str]:
    """The names that are exported anywhere in a file, be it in another place."""
    exports = {item.variable for item in facts.items if isinstance(item, Export) and item.variable is not None}
    return frozenset(exports | {item.variable for item in facts.bindings() if item.form == "shell-export"})


def _is_used(facts: Facts, name: str) -> bool:
    """Whether a name stands anywhere but in its own assignments and in comments: the script may use it itself."""
    own = [item.span for item in facts.bindings() if item.variable == name and item.form == "shell-assign"]
    covered = sorted([*own, *(comment.span for comment in facts.comments)])
    starts = [span.start for span in covered]
    for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", facts.source.text, re.ASCII):
        at = bisect_right(starts, found.start()) - 1
        if at < 0 or covered[at].end < found.end():
            return True
    return False


def _may_export(item: Fact) -> bool:
    """Whether a file is loaded that may export names, or have been given them exported."""
    return isinstance(item, Include) and item.loader == "bash" and not _HARMLESS.fullmatch(item.path.text or "")


def _start(
    facts: Facts, binding: Binding, number: int, starts: list[tuple[int, Launch]], loaded: int
) -> tuple[Launch, Confidence] | None:
    """The first program that is started where a binding holds and should have been handed on, and how sure that is.
    `loaded` is the place from which on a file may have exported names."""
    first = bisect_left(starts, number, key=lambda start: start[0])
    for at, launch in starts[first : first + _MOST]:
        if at > loaded:
            return None
        holds = View(facts, launch.scope).holds(binding.scope)
        if holds is None or any(facts.scopes[scope].clears for scope in facts.ancestors(launch.scope)):
            continue
        confidence = Confidence.HIGH if holds and binding.overrides else Confidence.MEDIUM
        # Where it is set outside, it is exported already, and only the default is not.
        itself = any(ref.name == binding.variable for ref in binding.value.refs())
        return launch, Confidence.LOW if itself else confidence
    return None


def _needs(launch: Launch) -> bool:
    """Whether a program may run training code."""
    words = [value.text for value in launch.arguments]
    if _SHELLS.fullmatch(launch.program):
        return any(word is not None and word.endswith((".sh", ".bash")) for word in words)
    if not _NEEDS.fullmatch(launch.program) or (launch.program == "wandb" and words[:1] and words[0] in _WRITES):
        return False
    return not (_OTHER_USES & set(words[:2]) or (words[:1] == ["-m"] and words[1:2] and words[1] in _OTHER_MODULES))


def _kept_verdict(
    facts: Facts, binding: Binding, variable: Variable, launch: Launch, confidence: Confidence
) -> Verdict:
    line = facts.source.position(launch.span.start).line
    return Verdict(
        binding.name_span,
        confidence,
        {
            "variable": binding.variable,
            "consequence": f"is assigned and never exported, so {launch.program} in line {line} does not see it",
            "advice": "Write export before it",
        },
        variable=variable.name,
        form=binding.form,
        related=(Related(Location(facts.source, launch.span), "this program does not see it"),),
        fix=_fix(facts, binding),
    )


def _fix(facts: Facts, binding: Binding) -> Fix | None:
    """The word `export` in front, where the assignment is a command of its own."""
    at = binding.name_span.start
    line = facts.source.line_span(facts.source.position(at).line)
    if binding.span.start != at or not _BEFORE.search(facts.source.text[line.start : at]):
        return None
    return Fix("write export", (Edit(facts.source, Span(at, at), "export "),), safe=False)


def _read_variable(subject: Subject, binding: Binding) -> Variable | None:
    """The variable of the packs that a binding sets, if anything reads it."""
    variable = subject.knowledge.variable(binding.variable)
    return variable if variable is not None and subject.knowledge.require(variable.name).read else None
