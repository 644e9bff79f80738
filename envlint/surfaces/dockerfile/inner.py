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
from envlint.value import Unknown, Value

_FILES = frozenset({"dotenv", "shell", "python"})
_OPENED = re.compile(r"<<-?[ \t]*([\"']?)([A-Za-z0-9_.-]+)\1(?=[ \t]|\Z)")
_EXPANDED = re.compile(r"\$\{[^{}]*\}|\$[A-Za-z_0-9]+|\\.", re.DOTALL)
_STAND_IN = "\U000f0000"
_EXPANSION: StandIns = {_STAND_IN: (Unknown("the build puts it in", type="str"), "$")}
_COMMAND = re.compile(r"-[a-z]*c[a-z]*")


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
        if surface not in _FILES or not wanted.matters(text.text) or _STAND_IN in text.text:
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


def given_script(
    source: Source,
    words: Sequence[tuple[str, Span]],
    wanted: Wanted,
    known: Mapping[str, Value],
    shells: Mapping[str, str],
) -> tuple[Embedded, Facts] | None:
    """The script of `["bash", "-c", "..."]`, and its facts."""
    for at, (word, _) in enumerate(words[:-2]):
        dialect = shells.get(word.rpartition("/")[2])
        if dialect is not None and _COMMAND.fullmatch(words[at + 1][0]):
            text, span = words[at + 2]
            embedded = _decoded(source, text, Span(span.start + 1, span.end - 1))
            inner = embedded.source(source)
            return embedded, read_ranges(inner, (Span(0, len(inner.text)),), wanted, known, dialect=dialect)
    return None


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
