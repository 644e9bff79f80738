"""What programs set for processes elsewhere: clusters, clouds, other environments.

Owns the tables of those programs and their notations. It sees words that are expanded already. That `wandb offline`
and the like set no variable but edit a settings file is the SDK's affair: they are calls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from envlint.source import Span
from envlint.surfaces.shell.args import (
    Arg,
    Loaded,
    Setting,
    Started,
    elements,
    option_values,
    pass_options,
    set_or_pass,
    setting_of,
    text_at,
    without,
    word_set,
)
from envlint.value import Literal, literal, unknown

_KUBECTL = frozenset({"kubectl", "oc"})
_KUBECTL_GLOBALS = word_set("-n --namespace --context --kubeconfig --cluster --user -s --server --as --token")
_CONDA = frozenset({"conda", "mamba", "micromamba"})
_PBS = frozenset({"qsub", "qrsh"})
SETTERS = _KUBECTL | _CONDA | _PBS | {"ray", "sky", "modal"}

_HOLE = "\ufffc"
_LONGEST_JSON = 1 << 16
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def set_elsewhere(args: Sequence[Arg], started: Started) -> None:
    """The settings that a program's words make."""
    name, first = started.program, started.at + 1
    words = [arg.text for arg in args[first : first + 4]]
    if name in _KUBECTL:
        _kubectl(args, pass_options(args, first, _KUBECTL_GLOBALS), started)
    elif name in _CONDA and words == ["env", "config", "vars", "set"]:
        _settings(args[first + 4 :], started)
    elif name in _PBS:
        for value in option_values(args, first, "-v"):
            for element in elements(*value):
                set_or_pass((element, 0), started)
    elif name == "ray":
        for value in option_values(args, first, "--runtime-env-json"):
            started.settings += _of_json(*value)
    elif name == "sky":
        for value in option_values(args, first, "--env", "--secret"):
            set_or_pass(value, started)
        for arg, start in option_values(args, first, "--env-file", "--secret-file"):
            started.loaded.append(Loaded(without(arg.value, start), "python-dotenv", arg.span))
    elif name == "modal" and words[:2] == ["secret", "create"]:
        _settings(args[first + 2 :], started)
        for arg, start in option_values(args, first, "--from-dotenv"):
            started.loaded.append(Loaded(without(arg.value, start), "python-dotenv", arg.span))


def _settings(args: Sequence[Arg], started: Started) -> None:
    started.settings += (setting for arg in args if (setting := setting_of(arg)) is not None)


def _kubectl(args: Sequence[Arg], at: int, started: Started) -> None:
    """`kubectl set env deploy/x NAME=value`, `kubectl run --env`, `kubectl create ... --from-literal`."""
    match text_at(args, at), text_at(args, at + 1):
        case "set", "env":
            for value in option_values(args, at, "-e", "--env"):
                set_or_pass(value, started)
            rest = args[at + 2 :]
            _settings(
                [arg for n, arg in enumerate(rest) if text_at(rest, n - 1) not in ("-e", "--env") or n == 0], started
            )
        case "run", _:
            for value in option_values(args, at, "--env"):
                set_or_pass(value, started)
        case "create", _:
            for arg, start in option_values(args, at, "--from-literal"):
                setting = setting_of(arg, start)
                started.settings += [setting] if setting is not None else []


@dataclass(frozen=True, slots=True)
class _Names:
    """An object of JSON, its members in order."""

    members: tuple[tuple[str, object], ...]


def _of_json(arg: Arg, start: int) -> Iterator[Setting]:
    """The `env_vars` of Ray's runtime environment, a text in JSON."""
    value = without(arg.value, start)
    text = "".join(part.text if isinstance(part, Literal) else _HOLE for part in value.parts)
    if len(text) > _LONGEST_JSON:
        return
    try:
        read = json.loads(text, object_pairs_hook=lambda pairs: _Names(tuple(pairs)))
    except (ValueError, RecursionError):
        return
    found = dict(read.members).get("env_vars") if isinstance(read, _Names) else None
    at = 0
    for name, member in found.members if isinstance(found, _Names) else ():
        if not isinstance(member, str) or not _NAME.match(name):
            continue
        name_span, at = _place(arg, name, at)
        value_span, at = _place(arg, member, at)
        known = (
            unknown("the shell puts something in", value_span, "str")
            if _HOLE in member
            else literal(member, value_span)
        )
        yield Setting(name, known, name_span.to(value_span), name_span, value_span)


def _place(arg: Arg, text: str, at: int) -> tuple[Span, int]:
    """Where a text stands in a word from an offset on, and where to look for the next one; else the whole word."""
    found = arg.raw.find(text, at) if text else -1
    if found < 0:
        return arg.span, at
    start = arg.span.start + found
    return Span(start, start + len(text)), found + len(text)
