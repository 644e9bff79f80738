"""The surface "shell": scripts for bash, sh, zsh and ksh, batch scripts, and shell text within other files.

Owns which shell a text is for and what surrounds its commands: byte order marks and Slurm's directives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from envlint.facts import FILE, Binding, Call, Comment, Credential, Fact, Facts, Trace, Unreadable, Wanted
from envlint.source import Source, Span
from envlint.surfaces.shell.args import Arg, Started
from envlint.surfaces.shell.calls import tracked
from envlint.surfaces.shell.commands import start_of
from envlint.surfaces.shell.grammar import read_script
from envlint.surfaces.shell.programs import slurm_directive
from envlint.surfaces.shell.reading import Inner
from envlint.surfaces.shell.secrets import Secrets
from envlint.surfaces.shell.syntax import Script
from envlint.surfaces.shell.walk import flattened, walk
from envlint.value import Value, literal, unknown

NAME = "shell"

_SHEBANG = re.compile(r"#![^\n]*?\b(bash|dash|ash|ksh|mksh|zsh|sh)\b")
# An option among those behind the shell's name: `#!/bin/bash -ex`.
_TRACING = re.compile(
    r"#![^\n]{0,200}?\b(?:bash|dash|ash|ksh|mksh|zsh|sh)(?=[ \t])[^\n]{0,40}?[ \t](-[A-Za-z]{0,8}x[A-Za-z]{0,8})(?!\S)"
)
_DIALECTS = {"bash": "bash", "zsh": "zsh", "ksh": "ksh", "mksh": "ksh"}
_NOTHING: Mapping[str, Value] = MappingProxyType({})


def read(source: Source, wanted: Wanted) -> Facts:
    """The facts of a whole script. A file that no shell can read has none, and one Unreadable if it matters."""
    if source.bom and source.bom != b"\xef\xbb\xbf":
        reasons = (Unreadable("is not in an encoding that a shell reads"),) if wanted.matters(source.text) else ()
        return Facts(source, NAME, unreadable=reasons)
    script = Script(source, (Span(0, len(source.text)),), dialect_of(source))
    return _read(script, wanted, _NOTHING, _inner, bom=bool(source.bom), alone=True)


def read_ranges(
    source: Source,
    ranges: Sequence[Span],
    wanted: Wanted,
    known: Mapping[str, Value] = _NOTHING,
    *,
    dialect: str = "sh",
) -> Facts:
    """The facts of shell text within another file: the ranges, in order, are what the shell is given as one text.

    `known` are the names that are set before it, with their values. `dialect`: `sh` where any POSIX shell may
    be the one (what differs between shells is then unknown), `bash`, `zsh` or `ksh`. Spans are the source's;
    the first scope is of kind "file" and spans the ranges.
    """
    return _read(Script(source, tuple(ranges), dialect), wanted, known, _inner, bom=False, alone=False)


def _inner(source: Source, wanted: Wanted, dialect: str | None, known: Mapping[str, Value]) -> Facts:
    """The facts of a script within a script; what stands within it in turn is not read."""
    script = Script(source, (Span(0, len(source.text)),), dialect or dialect_of(source))
    return _read(script, wanted, known, None, bom=False, alone=False)


def read_words(
    source: Source, words: Sequence[tuple[str, Span]], wanted: Wanted, secrets: Secrets
) -> Iterator[Call | Credential]:
    """The calls and secrets of a command that no shell reads: its words as texts, and where each is written."""
    args = [Arg(literal(text, span), text, span, source.slice(span)) for text, span in words]
    started = start_of(args)
    call = tracked(args, started, wanted)
    if call is not None:
        fact = Call(call.function, call.arguments, call.open, words[0][1].to(words[-1][1]), call.span)
        secrets.told(fact)
        yield fact
    yield from secrets.in_command(args, (), FILE)


def dialect_of(source: Source) -> str:
    """The shell that a script is written for: by its first line, else by its name. POSIX for `sh`."""
    found = _SHEBANG.match(source.text)
    if found:
        return _DIALECTS.get(found[1], "sh")
    suffix = source.path.rpartition(".")[2]
    return _DIALECTS.get(suffix, "bash")


def _read(
    script: Script, wanted: Wanted, known: Mapping[str, Value], inner: Inner | None, *, bom: bool, alone: bool
) -> Facts:
    items, comments = read_script(script, bom=bom)
    first = min((item.span.start for item in items), default=len(script.text))
    directives, clears = _directives(script, [comment for comment in comments if comment.start < first])
    # Slurm may or may not be what starts the script.
    given = {binding.variable: unknown("set by a directive", type="str") for binding in directives}
    reading = walk(script, items, wanted, {**known, **given}, inner, alone=alone)
    reading.scopes[FILE] = replace(reading.scopes[FILE], clears=clears)
    facts: tuple[Fact, ...] = (*_traced(script), *directives, *flattened(reading.facts))
    return Facts(
        script.source,
        NAME,
        facts,
        tuple(reading.scopes),
        tuple(sorted((*(_comment(script, comment) for comment in comments), *reading.comments), key=_place)),
        tuple(reading.unreadable),
        tuple(sorted(set(reading.statements))),
    )


def _traced(script: Script) -> Iterator[Trace]:
    """A first line that starts the shell with -x."""
    found = _TRACING.match(script.text)
    if found:
        yield Trace(True, script.host(Span(*found.span(1))), FILE)


def _comment(script: Script, comment: Span) -> Comment:
    line = script.text.rfind("\n", 0, comment.start) + 1
    return Comment(script.host(comment), not script.text[line : comment.start].strip())


def _place(comment: Comment) -> Span:
    return comment.span


def _directives(script: Script, comments: Sequence[Span]) -> tuple[list[Binding], bool]:
    """What `#SBATCH --export=...` sets for the script (sbatch reads directives up to the first command), and whether
    it lets nothing else through."""
    last: Started | None = None
    for comment in comments:
        text = script.text[comment.start : comment.end]
        # Slurm looks at the beginning of lines alone, and the last word on an option counts.
        if text.startswith("#SBATCH") and script.text[comment.start - 1 : comment.start] in ("", "\n"):
            last = slurm_directive(text.removeprefix("#"), script.host(comment).start + 1) or last
    if last is None:
        return [], False
    found = [
        Binding(each.name, each.value, "shell-command", each.span, each.name_span, each.value_span, FILE)
        for each in last.settings
        if not each.passed
    ]
    return found, last.clears
