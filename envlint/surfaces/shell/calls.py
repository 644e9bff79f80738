"""Calls of tracked commands, such as `wandb login KEY`, by their parameters.

Owns which words are which arguments. It must not know what they are worth to anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from envlint.facts import Argument, Wanted
from envlint.source import Span
from envlint.surfaces.shell.args import (
    Arg,
    Started,
    option_values,
    pass_options,
    program_of,
    text_at,
    without,
    word_set,
)
from envlint.surfaces.shell.commands import BUILTINS
from envlint.value import Value, literal

_LOGIN_OPTIONS = {"--host": "host", "--base-url": "base_url"}
# No option of the command's, but what somebody means who writes it.
_KEY_OPTIONS = frozenset({"--key", "--api-key", "--api_key", "-k"})
_SUBCOMMAND = re.compile(r"[a-z][a-z-]*\Z")
_PYTHON = re.compile(r"(?:python|pypy)[0-9.]*\Z")
_PYTHON_VALUED = word_set("-W -X")
_MODULE = re.compile(r"-[A-Za-z]{0,8}m\Z")


@dataclass(frozen=True, slots=True)
class Tracked:
    """A tracked command's call: which, with which arguments, and whether words that are not known may hide more."""

    function: str
    arguments: tuple[Argument, ...]
    open: bool
    span: Span


def tracked(args: Sequence[Arg], started: Started, wanted: Wanted) -> Tracked | None:
    """The call of a tracked command, run by its name or as a Python module."""
    at = started.at
    if started.program not in wanted.commands:
        module = pass_options(args, at + 1, _PYTHON_VALUED)
        by_module = _MODULE.match(text_at(args, module - 1) or "")
        if not (_PYTHON.match(started.program) and by_module and text_at(args, module) in wanted.commands):
            return None
        at = module
    name = program_of(args[at])
    after = pass_options(args, at + 1, frozenset())
    subcommand = text_at(args, after)
    if name in BUILTINS or subcommand is None or not _SUBCOMMAND.match(subcommand):
        return Tracked(name, tuple(_positional(args, at + 1)), _hides(args[at + 1 :]), args[at].span)
    span = args[at].span.to(args[after].span)
    rest = args[after + 1 :]
    arguments = tuple(_login(rest) if subcommand == "login" else _positional(args, after + 1))
    # A key's own word may be split, but then nothing but itself is hidden.
    last = arguments[-1].value_span if arguments else None
    plain = rest[:-1] if subcommand == "login" and rest and rest[-1].span == last else rest
    return Tracked(f"{name} {subcommand}", arguments, _hides(plain), span)


def kept(args: Sequence[Arg], call: Tracked, wanted: Wanted) -> Iterator[tuple[str, Value, Span]]:
    """What a tracked command writes into a settings file: variables with their values, and where these are written."""
    for name, text in wanted.writes.get(call.function, {}).items():
        yield name, literal(text, call.span), call.span
    for option, name in wanted.options.get(call.function, {}).items():
        for arg, start in option_values(args, 0, option):
            yield name, without(arg.value, start), Span(arg.span.start + start, arg.span.end)


def _hides(args: Sequence[Arg]) -> bool:
    """Whether a word may stand for several, or for none."""
    return any(not arg.whole or "$@" in arg.raw or "[@]" in arg.raw for arg in args)


def _positional(args: Sequence[Arg], first: int) -> Iterator[Argument]:
    for index, arg in enumerate(args[first:]):
        yield Argument(str(index), arg.value, arg.span, arg.span)


def _login(args: Sequence[Arg]) -> Iterator[Argument]:
    """`login [options] KEY`: the first operand counts, later ones are ignored by the command itself."""
    at = 0
    while at < len(args):
        arg = args[at]
        prefix = arg.value.prefix
        option = prefix.partition("=")[0]
        if option in _LOGIN_OPTIONS and "=" in prefix:
            value = without(arg.value, len(option) + 1)
            yield Argument(
                _LOGIN_OPTIONS[option], value, arg.span, Span(arg.span.start + len(option) + 1, arg.span.end)
            )
        elif arg.text in _LOGIN_OPTIONS and at + 1 < len(args):
            at += 1
            yield Argument(_LOGIN_OPTIONS[arg.text or ""], args[at].value, arg.span.to(args[at].span), args[at].span)
        elif option in _KEY_OPTIONS and "=" in prefix:
            start = Span(arg.span.start + len(option) + 1, arg.span.end)
            yield Argument("key", without(arg.value, len(option) + 1), arg.span, start)
            return
        elif not prefix.startswith("-"):
            yield Argument("key", arg.value, arg.span, arg.span)
            return
        at += 1
