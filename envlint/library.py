"""The library: the files of one project and their facts, each read once, when something asks.

It takes bytes from whoever knows where they are (a folder, git's index, a test's memory) and hands out
facts. It does not choose which files are judged.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from envlint.facts import Fact, Facts, Scope, Unreadable, Wanted
from envlint.mishap import place_of
from envlint.source import Source, Span, merged
from envlint.surfaces import TEXT, load, surface_of_shebang

LAUNCHERS = frozenset({"shell", "dockerfile", "notebook"})
"""The surfaces of files that start programs."""

SCRIPTS = ("py", "sh", "bash", "zsh", "ksh", "sbatch", "slurm")
"""The extensions by which a word names a program of the project."""

# What people write code and requirements in, besides the files that have a surface of their own.
_CODE = (".ipynb", ".toml", ".txt", ".lock", ".cfg", ".ini", ".yml", ".yaml", ".in", ".r", ".jl", ".js", ".ts")
_CODE_NAMES = frozenset({"Pipfile", "Makefile", "Snakefile", "Justfile", "justfile"})
# The kernel reads no more of a first line than this (Linux: BINPRM_BUF_SIZE).
_SHEBANG_LENGTH = 256
# A longer word is no name of a variable.
_LONGEST_WORD = 256
_REST = re.compile(rb"\w*", re.ASCII)
_WORD_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")

# A name begins where a run of its characters does: each run is tried once.
# What Python code that starts a program holds.
_STARTING = (b"subprocess", b"os.system", b"os.popen", b"os.exec", b"os.spawn")
_MENTION = re.compile(rf"(?<![\w-])([\w-]+)\.(?:{'|'.join(SCRIPTS)})\b|-m\s+([\w.]+)".encode())


@dataclass(eq=False)
class Library:
    """One project's files.

    `surfaces` maps every file that may be read to its surface, by path relative to the project's root;
    `open` gives a file's content, None where it can't be read; `committed` tells whether what a file holds
    is, or would be, in the repository; `tracked` whether git tracks it by now, None where that is not known.
    """

    root: str
    wanted: Wanted
    surfaces: Callable[[], Mapping[str, str]]
    open: Callable[[str], bytes | None]
    committed: Callable[[str], bool]
    tracked: Callable[[str], bool | None] = field(default=lambda path: None)
    _facts: dict[str, Facts | None] = field(default_factory=dict)
    _used: dict[frozenset[str], bool] = field(default_factory=dict)
    _sources: dict[str, Source | None] = field(default_factory=dict)

    def facts(self, path: str) -> Facts | None:
        """The facts of a file, or None where the project has no such file or it can't be opened."""
        if path not in self._facts:
            surface = self.surfaces().get(path)
            data = self.open(path) if surface is not None else None
            if surface == TEXT and data is not None:
                surface = surface_of_shebang(data[:_SHEBANG_LENGTH].partition(b"\n")[0]) or TEXT
            self._facts[path] = self.read(path, surface, data) if surface is not None and data is not None else None
        return self._facts[path]

    def read(self, path: str, surface: str, data: bytes) -> Facts:
        """The facts of a file whose content is at hand already."""
        facts = read(Source(path, data, self.root), surface, self._following)
        self._facts[path] = facts
        return facts

    @cached_property
    def _following(self) -> Wanted:
        return replace(self.wanted, sourced=self._sourced)

    def _sourced(self, script: str, written: str) -> Source | None:
        """The file that a path means which a script loads: beside the script, else from the project's root."""
        for path in (posixpath.join(posixpath.dirname(script), written), written):
            path = posixpath.normpath(path)
            if path not in self.surfaces() or path == script:
                continue
            if path not in self._sources:
                data = self.open(path)
                self._sources[path] = Source(path, data, self.root) if data is not None else None
            return self._sources[path]
        return None

    def loaded(self) -> Iterator[Facts]:
        """The facts of every file that was read so far."""
        return (facts for facts in self._facts.values() if facts is not None)

    def named(self, name: str) -> tuple[str, ...]:
        """The paths of the files with this name, in whatever folder."""
        return self._by_name.get(name, ())

    @cached_property
    def _by_name(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for path in sorted(self.surfaces()):
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return {name: tuple(paths) for name, paths in found.items()}

    def mentions(self, name: str) -> tuple[str, ...]:
        """The paths of the files whose content holds a name as a whole word, in order; the name must hold one
        of the needles that are wanted."""
        return self._words.get(name, ())

    @cached_property
    def _words(self) -> dict[str, tuple[str, ...]]:
        """For each word that holds a needle, the files that it stands in. One pass over the project's bytes."""
        needles = tuple(needle.encode("utf-8", "surrogatepass") for needle in self.wanted.needles)
        found: dict[str, list[str]] = {}
        for path in sorted(self.surfaces()):
            for word in set(_words_with(needles, self._content(path))):
                found.setdefault(word.decode("ascii", "replace"), []).append(path)
        return {word: tuple(paths) for word, paths in found.items()}

    def uses(self, words: Collection[str]) -> bool:
        """Whether a source, script, notebook, requirement or setting of the project holds one of some words, in
        any letter case; letters and digits make a word, so `sentence-transformers` holds `transformers`."""
        key = frozenset(words)
        if key not in self._used:
            self._used[key] = any(self._holding(key))
        return self._used[key]

    def _holding(self, words: frozenset[str]) -> Iterator[bool]:
        wanted = [word.lower().encode() for word in sorted(words)]
        whole = {word: re.compile(rb"(?<![a-z0-9])" + re.escape(word) + rb"(?![a-z0-9])") for word in wanted}
        for path, surface in sorted(self.surfaces().items()):
            if surface != TEXT or path.lower().endswith(_CODE) or path.rpartition("/")[2] in _CODE_NAMES:
                content = self._content(path).lower()
                yield any(word in content and whole[word].search(content) for word in wanted)

    def _content(self, path: str) -> bytes:
        """A file's bytes, in UTF-8 where a mark says how they are encoded; nothing where it can't be opened."""
        facts = self._facts.get(path)
        source = facts.source if facts is not None else Source(path, self.open(path) or b"", self.root)
        return source.utf8 if source.bom else source.data

    def launchers_naming(self, path: str) -> tuple[str, ...]:
        """The scripts and Dockerfiles whose bytes hold a file's name without its extension."""
        name = path.rpartition("/")[2]
        return self._mentions.get(name.rpartition(".")[0] or name, ())

    @cached_property
    def _mentions(self) -> dict[str, tuple[str, ...]]:
        """For each name of a script or module, the launchers that mention it."""
        found: dict[str, list[str]] = {}
        for path, surface in sorted(self.surfaces().items()):
            data = self.open(path) if surface in LAUNCHERS or surface == "python" else None
            if data is None or (surface == "python" and not any(word in data for word in _STARTING)):
                continue
            names = {script or module.rpartition(b".")[2] for script, module in _MENTION.findall(data)}
            for name in names:
                found.setdefault(name.decode("utf-8", "surrogateescape"), []).append(path)
        return {name: tuple(paths) for name, paths in found.items()}


def read(source: Source, surface: str, wanted: Wanted) -> Facts:
    """The facts of one source. What its own reader gives up on, or has no meaning for, is still read as plain
    text, for keys: comments, regions that it cannot read, and whatever is no program of its own kind."""
    facts = _read(source, surface, wanted)
    if surface == "text":
        return facts
    plain = _read(facts.source, "text", wanted)
    known = merged([binding.span for binding in facts.bindings()])
    settings = (item for item in plain.bindings() if facts.unreadable and not _overlaps(item.span, known))
    unread = _unread_spans(facts)
    told = (item for item in plain.credentials() if _lies_in(item.value_span, unread))
    extra: tuple[Fact, ...] = (*settings, *told)
    if not extra and not plain.unreadable:
        return facts
    # A surface that gives a whole file up tells of no scope.
    scopes, unreadable = facts.scopes or plain.scopes, (*facts.unreadable, *plain.unreadable)
    return replace(facts, items=(*facts.items, *extra), scopes=scopes, unreadable=unreadable)


def _unread_spans(facts: Facts) -> list[Span]:
    """Where a surface says nothing of what the text means. In code that it has read, its word is the better one:
    it knows names and calls, where the text alone knows neighbours."""
    whole = Span(0, len(facts.source.text))
    if facts.surface not in _TOLD_WHOLE or any(region.span is None for region in facts.unreadable):
        return [whole]
    regions = [region.span for region in facts.unreadable if region.span is not None]
    # Comments that follow each other line by line count as one: a setting may cover two.
    return merged([*(comment.span for comment in facts.comments), *regions], _BETWEEN_COMMENTS)


_TOLD_WHOLE = frozenset({"python"})
"""The surfaces that tell of every key in what they can read, comments left out, and better than the text does:
a call's name and a method's decide what a word in a program means."""


# A line end and the blanks before the next comment.
_BETWEEN_COMMENTS = 40


def _read(source: Source, surface: str, wanted: Wanted) -> Facts:
    """What the reader of one surface makes of a source."""
    try:
        return load(surface)(source, wanted)
    except (ImportError, SyntaxError):
        # The installation is broken, not the file.
        raise
    except Exception as error:
        # A mistake of ours in reading one file must not cost the reading of all others. It is not lost: the
        # file is called unreadable, with the place of the mistake, and the error's own words, which may quote
        # the file, are left out.
        reason = f"its reader failed, a mistake of envlint ({place_of(error)})"
        return Facts(source, surface, scopes=(Scope("file", None, Span(0, 0)),), unreadable=(Unreadable(reason),))


def unopened(path: str, root: str, surface: str, reason: str) -> Facts:
    """The facts of a file that could not be opened: none, and why."""
    return Facts(Source(path, b"", root), surface, unreadable=(Unreadable(reason),))


def _overlaps(span: Span, others: list[Span]) -> bool:
    """Whether a span shares a character with one of others that are in order and apart."""
    at = bisect_left(others, Span(span.end, 0)) - 1
    return at >= 0 and span.start < others[at].end


def _lies_in(span: Span, others: list[Span]) -> bool:
    """Whether a span lies within one of others that are in order and apart."""
    at = bisect_left(others, Span(span.start + 1, 0)) - 1
    return at >= 0 and span in others[at]


def _words_with(needles: tuple[bytes, ...], data: bytes) -> Iterator[bytes]:
    """The words of letters, digits and underscores that hold one of the needles; very long ones are left out."""
    for needle in needles:
        at = data.find(needle)
        while at >= 0:
            start = at
            while start > 0 and at - start < _LONGEST_WORD and data[start - 1] in _WORD_BYTES:
                start -= 1
            rest = _REST.match(data, at)
            end = max(rest.end() if rest else at, at + len(needle))
            if end - start <= _LONGEST_WORD:
                yield data[start:end]
            at = data.find(needle, end)
