"""What a build runs and what a container starts: RUN, CMD, ENTRYPOINT and HEALTHCHECK, in shell and in exec form.

Owns which environment each of them finds, and which texts a shell reads: those go to the shell surface. Knows
nothing of how a stage comes to its settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from envlint.embedded import placed
from envlint.facts import FILE, Binding, Launch, ScopeKind
from envlint.source import Span
from envlint.surfaces import shell
from envlint.surfaces.dockerfile.found import Found
from envlint.surfaces.dockerfile.inner import exec_form
from envlint.surfaces.dockerfile.lines import Heredoc, Instruction, json_words
from envlint.surfaces.dockerfile.pairs import secrets_of
from envlint.surfaces.dockerfile.stages import Stage, Start, at_last, dialect_of, known_of
from envlint.surfaces.dockerfile.values import Setting
from envlint.surfaces.dockerfile.words import marker, skip_spaces
from envlint.surfaces.shell import read_words
from envlint.value import literal, unknown

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORD = re.compile(r"[^\t\v\f\r ]+")
_SHEBANG = re.compile(r"#![ \t]*(\S+)(?:[ \t]+(\S+))?")
# Programs to which a CMD behind an exec-form ENTRYPOINT gives a script.
_INTERPRETER = re.compile(r"(?:python|pypy)[0-9.]*|torchrun|accelerate|deepspeed|uv|node")
# How many of the programs that a base starts are told again for each stage on top of it.
_MOST_LAUNCHES = 8


def run(found: Found, instruction: Instruction, stage: Stage) -> None:
    """RUN: the build's own process, which sees what its stage has set so far."""
    secrets = list(secrets_of(instruction))
    if secrets:
        # They are there for this instruction alone.
        settings = {each.name: Setting(unknown("a secret of the build", type="str"), True) for each in secrets}
        known = {**stage.settings, **settings} if stage.settings is not None else None
        stage = replace(stage, scope=found.scope("command", stage.scope, instruction.span), settings=known)
    for secret in secrets:
        value = unknown("a secret of the build", secret.span, type="str")
        spans = (secret.span, secret.name_span, Span(secret.span.end, secret.span.end))
        found.bind(Binding(secret.name, value, "docker-secret", *spans, stage.scope))
    if not instruction.heredocs:
        _command(found, instruction, instruction.arguments, stage)
    elif marker(instruction.rest) is None:
        # The shell gets the line and the heredocs below it, and handles them itself.
        pieces = instruction.pieces(instruction.arguments, len(instruction.text))
        below = Span(found.source.text.index("\n", instruction.line.end), instruction.span.end)
        _body(found, (*pieces, below), stage)
    else:
        _script(found, instruction.heredocs[0], stage)


def _script(found: Found, heredoc: Heredoc, stage: Stage) -> None:
    """`RUN <<EOF`: the heredoc is what the shell runs, or the program that its first line names."""
    first = _SHEBANG.match(found.source.text, heredoc.body.start, heredoc.body.end)
    if first:
        program = first[2] if first[2] and first[1].endswith("/env") else first[1]
        stage = replace(stage, dialect=dialect_of(program))
    _body(found, heredoc.pieces(found.source.text), stage)


def _command(
    found: Found,
    instruction: Instruction,
    start: int,
    stage: Stage,
    *,
    kind: ScopeKind = "subshell",
    added: Sequence[tuple[str, Span]] = (),
) -> None:
    """What is started, by a shell or, if it is a JSON array, without one; `added` are further words."""
    words = json_words(instruction, start)
    if words is None:
        _body(found, instruction.pieces(start, len(instruction.text)), stage, kind=kind)
        return
    if not words:
        return
    # A script among the words finds what the build has set.
    names = _NAME.findall(" ".join(text for text, _ in words))
    held = dict.fromkeys(names) if stage.settings is None else {name for name in names if name in stage.settings}
    known = {name: unknown("the build sets it", type="str") for name in held}
    told = exec_form(found.source, (*words, *added), found.wanted, known)
    if told is not None:
        embedded, facts = told
        found.add(placed(facts, embedded, found.source, len(found.scopes), stage.scope))
        return
    every = [(text, Span(place.start + 1, place.end - 1)) for text, place in (*words, *added)]
    arguments = tuple(literal(text, place) for text, place in every[1:])
    # What a RUN starts is no part of what a container starts.
    scope = found.scope("command", stage.scope, instruction.span) if kind == "subshell" else stage.scope
    found.items.append(Launch(words[0][0], arguments, instruction.place(start, len(instruction.text)), scope))
    secrets = read_words(found.source, every[: len(words)], found.wanted, found.secrets)
    found.items += (replace(fact, scope=scope) for fact in secrets)


def _body(found: Found, ranges: Iterable[Span], stage: Stage, *, kind: ScopeKind = "subshell") -> None:
    """Reads what a shell runs. It is a process of its own: what it sets is gone when it ends."""
    body = tuple(ranges)
    if not body or stage.dialect is None:
        found.give_away_in(body, stage.scope)
        return
    # Only the names that the body spells: a file may set many and run much.
    names = dict.fromkeys(_NAME.findall("".join(map(found.source.slice, body))))
    known = known_of(names, stage.settings)
    facts = shell.read_ranges(found.source, body, found.wanted, known, dialect=stage.dialect)
    found.add_body(facts, kind, stage.scope, body)


def healthcheck(found: Found, instruction: Instruction, stage: Stage) -> None:
    """HEALTHCHECK: a command that a container runs, or NONE."""
    word = _WORD.match(instruction.text, instruction.arguments)
    if word and word[0].upper() == "CMD":
        start(found, instruction, skip_spaces(instruction.text, word.end()), stage)
    else:
        stage.starts.pop("HEALTHCHECK", None)


def start(found: Found, instruction: Instruction, at: int, stage: Stage) -> None:
    """A command that a container runs, not the build: it sees what its stage has set in the end. Only the last of
    its kind counts, and an ENTRYPOINT drops the CMD of its base (Dockerfile reference, CMD and ENTRYPOINT)."""
    if stage.settings is None or stage.scope == FILE:
        _command(found, instruction, at, stage)
        return
    before = stage.starts.get(instruction.keyword)
    if before is not None and before.scope == stage.scope:
        found.give_away(before.instruction, before.at, stage.scope)
    command = stage.starts.get("CMD")
    if instruction.keyword == "ENTRYPOINT" and command is not None and command.scope != stage.scope:
        del stage.starts["CMD"]
    stage.starts[instruction.keyword] = Start(instruction, at, stage.scope, stage.dialect)


def started(found: Found, stage: Stage) -> None:
    """What a container of a stage that has ended starts."""
    entry, command = stage.starts.get("ENTRYPOINT"), stage.starts.get("CMD")
    words = json_words(command.instruction, command.at) if command is not None else None
    program = json_words(entry.instruction, entry.at) if entry is not None else None
    added = words or () if program is not None else ()
    for one in (entry, command, stage.starts.get("HEALTHCHECK")):
        if one is None:
            continue
        first = len(found.items)
        if one.scope != stage.scope:
            found.items += (replace(launch, scope=stage.scope) for launch in one.launches[:_MOST_LAUNCHES])
            continue
        late = replace(stage, dialect=one.dialect, settings=at_last(stage.settings))
        _command(found, one.instruction, one.at, late, kind="stage", added=added if one is entry else ())
        if one is command and program and _INTERPRETER.fullmatch(program[0][0].rpartition("/")[2]):
            # What it names is an argument, and no program.
            found.items[first:] = [item for item in found.items[first:] if not isinstance(item, Launch)]
        one.launches = [item for item in found.items[first:] if isinstance(item, Launch)]
