"""Text in a Dockerfile that another surface reads: files that COPY and ADD write, scripts in the exec form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from envlint.embedded import Embedded, StandIns, cut, joined, made, verbatim
from envlint.facts import Facts, Wanted
from envlint.source import Source, Span
from envlint.surfaces import load, surface_of_name
from envlint.surfaces.dockerfile.lines import Instruction
from envlint.surfaces.shell import read_ranges
from envlint.surfaces.shell.args import Arg
from envlint.surfaces.shell.commands import start_of
from envlint.value import Unknown, Value, literal

_FILES = frozenset({"dotenv", "shell", "python"})
_OPENED = re.compile(r"<<-?[ \t]*([\"']?)([A-Za-z0-9_.-]+)\1(?=[ \t]|\Z)")
_EXPANDED = re.compile(r"\$\{[^{}]*\}|\$[A-Za-z_0-9]+|\\.", re.DOTALL)
_STAND_IN = "\U000f0000"
# What is no text, or would be taken for what the build puts in.
_NOT_TEXT = re.compile(f"[\ud800-\udfff{_STAND_IN}]")
_EXPANSION: StandIns = {_STAND_IN: (Unknown("the build puts it in", type="str"), "$")}
# What can be a program's name, seen from env; and what no program can be given, or no text is. What a shell reads
# files by is no program.
_PROGRAM = re.compile(r"(?!(?:\.|source)\Z)[^-=][^=]*\Z")
_ODD = re.compile("[\0\ud800-\udfff]")
_QUOTE = re.compile("'")
_SPACED = re.compile(r"\s")


def written_files(
    source: Source, instruction: Instruction, wanted: Wanted
) -> Iterator[tuple[str, Embedded, Facts, StandIns]]:
    """The files that a COPY or ADD writes from its heredocs, as far as a surface reads such a file: names, texts, facts
    and stand-ins (Dockerfile reference, Here-Documents: the build expands variables unless the word is quoted)."""
    opened = list(_OPENED.finditer(instruction.rest))
    target = instruction.rest.rsplit(maxsplit=1)[-1].rpartition("/")[2] if instruction.rest else ""
    for heredoc, found in zip(instruction.heredocs, opened, strict=False):
        name = target or found[2]
        surface = surface_of_name(name)
        pieces = [verbatim(source, span) for span in heredoc.pieces(source.text)]
        text = joined(pieces, heredoc.body.end)
        if surface not in _FILES or not wanted.matters(text.text) or _NOT_TEXT.search(text.text):
            continue
        if not found[1]:
            text = _expanded(text)
        yield name, text, load(surface or "")(Source(name, text.source(source).data, source.root), wanted), _EXPANSION


def _expanded(text: Embedded) -> Embedded:
    pieces: list[Embedded] = []
    done = 0
    for found in _EXPANDED.finditer(text.text):
        span = text.outer(Span(found.start(), found.end()))
        pieces += (cut(text, done, found.start()), made(_STAND_IN, span.start, span.end))
        done = found.end()
    return joined((*pieces, cut(text, done, len(text.text))), text.end)


def exec_form(
    source: Source, words: Sequence[tuple[str, Span]], wanted: Wanted, known: Mapping[str, Value]
) -> tuple[Embedded, Facts] | None:
    """A command in the exec form, its words with their quotes in the source: the facts of the shell command in which
    each stands in single quotes. `env` before them runs programs alone, as the build does, and no builtins. None where
    the first word is no program, where no shell could be given the words, and where there is nothing to see: they are
    a program's arguments and no more."""
    if not words or not _PROGRAM.match(words[0][0]) or any(_ODD.search(text) for text, _ in words):
        return None
    if not _sets_or_wraps(words):
        return None
    at = words[0][1].start
    pieces = [made("env", at, at)]
    for text, span in words:
        first = max(span.start, pieces[-1].end)
        word = _decoded(source, text, Span(span.start + 1, span.end - 1)) if first == span.start else made(text, at, at)
        pieces += (made(" '", first, first + 1), *_escaped(word), made("'", word.end, max(word.end, span.end)))
        at = pieces[-1].end
    embedded = joined(pieces, at)
    inner = embedded.source(source)
    return embedded, read_ranges(inner, (Span(0, len(inner.text)),), wanted, known, dialect="sh")


def _sets_or_wraps(words: Sequence[tuple[str, Span]]) -> bool:
    """Whether a command starts another program, sets anything, or is given what can be a script."""
    if any(_SPACED.search(text) for text, _ in words):
        return True
    started = start_of([Arg(literal(text), text, span, text) for text, span in words])
    plain = started.at == 0 and started.program and not started.clears
    return not plain or bool(started.settings or started.removed or started.loaded)


def _escaped(word: Embedded) -> Iterator[Embedded]:
    """A text as it stands in single quotes."""
    done = 0
    for found in _QUOTE.finditer(word.text):
        span = word.outer(Span(*found.span()))
        yield cut(word, done, found.start())
        yield made("'\\''", span.start, span.end)
        done = found.end()
    yield cut(word, done, len(word.text))


def _decoded(source: Source, text: str, span: Span) -> Embedded:
    """A text of JSON, each character where it is written if that is plain to see."""
    written = source.slice(span)
    starts: list[int] = []
    at = 0
    for character in text:
        at += written[at : at + 1] == "\\" and written[at + 1 : at + 2] == character
        if written[at : at + 1] != character:
            return made(text, span.start, span.end)
        starts.append(span.start + at)
        at += 1
    return Embedded(text, starts, [start + 1 for start in starts], span.end)
