"""Settings that Python code gives to processes elsewhere: a cluster's workers, containers, jobs.

Owns their notation: mappings under parameters such as `runtime_env` and `env_vars`, secrets that are made of a
mapping, pairs of `name` and `value`. They reach nothing in this process, but for the code that a decorator sends
there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from envlint.surfaces.python.calls import argument
from envlint.surfaces.python.collector import Collector
from envlint.surfaces.python.effects import bind_items
from envlint.surfaces.python.items import Found, contents_found, item_of, key_of
from envlint.surfaces.python.records import Clue, Place, Space, Spot, Step
from envlint.surfaces.python.values import value_of

# Parameters of calls, and keys, under which a mapping of variables stands: Ray, SageMaker, Airflow, Azure ML, KFP.
_MAPPINGS = frozenset({"env_vars", "environment", "environment_variables", "envs", "env", "container_env", "env_dict"})
_RUNTIME = "runtime_env"
_RUNTIME_KEYS = ("env_vars", "env")
_SECRETS = frozenset({"from_dict"})
_NAMES = ("name", "Name", "key")
_VALUES = ("value", "Value")
_ENVIRONMENT_NAME = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]*\Z")
_PAIRED = re.compile("EnvVar|Environment|env_var")
_MOST_LENGTH = 80


def elsewhere(collector: Collector, step: Step, spot: Spot, name: str | None) -> bool:
    """Notes what a call gives to a process elsewhere. Never the whole meaning of a call."""
    node = spot.node
    if isinstance(node, cst.Call) and node.args:
        for form, mapping in _mappings(collector, node, spot, name):
            contents, _ = contents_found(collector.reading, mapping)
            if contents is not None and contents.items:
                written = node if mapping.step is not None else mapping.node
                bind_items(collector, step, _region(step, spot, written), form, contents)
        if len(node.args) > 1 and _PAIRED.search(_last(node.func)):
            _pair_of_call(collector, step, spot, node)
    return False


def _last(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def _mappings(collector: Collector, node: cst.Call, spot: Spot, name: str | None) -> Iterator[tuple[str, Found]]:
    """The mappings of variables among what a call is given, each with the form that its bindings have."""
    last = _last(node.func)

    def own(mapping: cst.CSTNode) -> Found:
        return Found(mapping, spot.space, spot.place, None)

    for given in node.args:
        keyword = given.keyword.value if given.keyword is not None else ""
        if keyword == _RUNTIME:
            for key in _RUNTIME_KEYS:
                mapping = item_of(collector.reading, given.value, spot.space, spot.place, key)
                if mapping is not None:
                    yield "runtime-env", mapping
        elif keyword in _MAPPINGS and not _is_local(name):
            yield "runtime-env" if last == "RuntimeEnv" else "call-env", own(given.value)
        elif not keyword and not given.star and given is node.args[0]:
            if last in _SECRETS and "secret" in _last(_owner(node)).lower():
                yield "secret-dict", own(given.value)
            elif last == "env" and isinstance(given.value, cst.Dict) and isinstance(node.func, cst.Attribute):
                # modal.Image.env.
                yield "call-env", own(given.value)


def _owner(node: cst.Call) -> cst.CSTNode:
    return node.func.value if isinstance(node.func, cst.Attribute) else node.func


def _is_local(name: str | None) -> bool:
    """Whether a function starts a program on this machine, or takes its mapping to work on it."""
    return name is not None and name.startswith(("subprocess.", "asyncio.", "os.", "dict", "print"))


def _region(step: Step, spot: Spot, node: cst.CSTNode) -> Place:
    """The region that stands for the process: around what a decorator is for, or of the mapping alone."""
    match step.node:
        case cst.FunctionDef(decorators=decorators) | cst.ClassDef(decorators=decorators) if decorators:
            inside = step.suites[0].steps[0].place
            if inside.parent is step.place and inside is not step.place:
                inside.parent = Place("command", step.place, inside.lines)
            if inside.parent is not None and inside.parent.kind == "command":
                return inside.parent
    return Place("command", spot.place, (spot.line, spot.line), (node, node))


# ---- Pairs of a name and a value


def _pair_of_call(collector: Collector, step: Step, spot: Spot, node: cst.Call) -> None:
    """`V1EnvVar(name=K, value=v)`, as clients of Kubernetes have it."""
    name, value = argument(node, 0, "name"), argument(node, 1, "value")
    if name is not None and value is not None:
        _pair(collector, step, spot.space, spot.place, node, name, value)


def pair(collector: Collector, step: Step, clue: Clue) -> None:
    """`{"name": K, "value": v}`."""
    if not isinstance(clue.node, cst.Dict) or not 2 <= len(clue.node.elements) <= len(_NAMES):
        return
    found: dict[str, cst.BaseExpression] = {}
    for element in clue.node.elements:
        if isinstance(element, cst.DictElement) and isinstance(element.key, cst.SimpleString):
            found[element.key.raw_value] = element.value
    names = [found[key] for key in _NAMES if key in found]
    values = [found[key] for key in _VALUES if key in found]
    if len(names) == len(values) == 1:
        _pair(collector, step, clue.space, clue.place, clue.node, names[0], values[0])


def _pair(
    collector: Collector,
    step: Step,
    space: Space,
    place: Place,
    node: cst.CSTNode,
    name: cst.CSTNode,
    value: cst.CSTNode,
) -> None:
    reading = collector.reading
    key = key_of(reading, name, space, place)
    if key is None or len(key[0]) > _MOST_LENGTH or not _ENVIRONMENT_NAME.match(key[0]):
        return
    region = Place("command", place, (reading.line, reading.line), (node, node))
    spans = reading.span(node), reading.span(value)
    collector.bind(step, region, "name-value", key, value_of(reading, value, space, place), spans)
