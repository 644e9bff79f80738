"""Fixing: rounds of fixes over the files of one project, in memory, until nothing changes; then the writing of them.

What a fix is it is told by the findings, what a project holds by its tree. It prints nothing.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from envlint import engine, output
from envlint.content import reason
from envlint.discover import Candidate
from envlint.engine import Judgement
from envlint.finding import Edit, Finding, mask_keys
from envlint.fix import edits_of, lines, together, traced
from envlint.knowledge import Knowledge
from envlint.source import Source, Span
from envlint.trees import Reading, Tree, read

ROUNDS = 10
"""How often the fixed project is judged anew, at most."""


_Lines: TypeAlias = Sequence[tuple[int | None, str]]


@dataclass(frozen=True, slots=True)
class Change:
    """What fixes make of one file. `lines` are its lines after them, with their ends, each with the number
    (from 0) of the line of `before` that it is, or None where it is none of those. `problems`: how many fixes."""

    before: Source
    after: Source
    lines: _Lines
    problems: int


@dataclass(frozen=True, slots=True)
class Mended:
    """What came of one project: how it is judged after the fixes, what they changed, and sentences about what
    they could not. `secrets` is where all that is in `changes`, before and after, holds what nothing may show."""

    reading: Reading
    judgement: Judgement
    secrets: Mapping[Source, Sequence[Span]]
    changes: tuple[Change, ...]
    notices: tuple[str, ...]


def judged(tree: Tree, knowledge: Knowledge) -> tuple[Reading, Judgement]:
    """A project as it is, read and judged."""
    reading = read(tree, knowledge)
    return reading, engine.judge(reading.facts, reading.library, knowledge, tree.settings)


def mended(tree: Tree, knowledge: Knowledge, *, unsafe: bool) -> Mended:
    """A project after the safe fixes of what is found in it, or after all, in rounds: each makes whole fixes that
    touch named files only and don't overlap, and then the project is judged anew. Nothing is written."""
    bench = _Bench(tree, knowledge, unsafe)
    for _ in range(ROUNDS):
        if not bench.round():
            break
    return bench.outcome()


def written(tree: Tree, knowledge: Knowledge, result: Mended) -> Mended:
    """Writes the changes. What can't be written is taken back, and the project judged without it."""
    refused: dict[str, str] = {}
    for change in result.changes:
        path = change.before.path
        try:
            output.rewrite(os.path.join(tree.root, path), change.before.data, change.after.data)
        except (OSError, output.RefusedError) as error:
            refused[path] = reason(error)
            del tree.edited[path]
    if not refused:
        return result
    reading, judgement = judged(tree, knowledge)
    changes = tuple(change for change in result.changes if change.before.path not in refused)
    notices = (f"{_here(tree, path)} was not fixed: {why}" for path, why in refused.items())
    return Mended(reading, judgement, result.secrets, changes, (*result.notices, *notices))


@dataclass(eq=False)
class _Bench:
    """The state of one project between rounds."""

    tree: Tree
    knowledge: Knowledge
    unsafe: bool
    before: dict[str, Source] = field(default_factory=dict)
    lines: dict[str, _Lines] = field(default_factory=dict)
    made: Counter[str] = field(default_factory=Counter)
    barred: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.named = {item.path for item in self.tree.named if isinstance(item, Candidate)}
        self.reading, self.judgement = judged(self.tree, self.knowledge)
        self.secrets = dict(self.judgement.secrets)

    def round(self) -> bool:
        """Makes the fixes that can be made at once; False where there are none."""
        chosen = together(filter(self._is_wanted, self.judgement.findings))
        if not chosen:
            return False
        then = self._state()
        lost = [source.path for source, edits in edits_of(chosen).items() if not self._revise(source, edits)]
        self.made.update(finding.fix.edits[0].source.path for finding in chosen if finding.fix is not None)
        broken = self._broken()
        self.reading, self.judgement = judged(self.tree, self.knowledge)
        self._bar(lost, "its encoding would not keep all that it holds")
        worse = [path for path, count in self._broken().items() if count > broken[path]]
        self._bar(worse, "after its fixes it could not be read")
        if lost or worse:
            # Undone as a whole, because a fix is made whole or not; without these files it is tried again.
            self.lines, self.made, self.tree.edited, self.reading, self.judgement = then
        return True

    def _state(self) -> tuple[dict[str, _Lines], Counter[str], dict[str, bytes], Reading, Judgement]:
        return dict(self.lines), self.made.copy(), dict(self.tree.edited), self.reading, self.judgement

    def _bar(self, paths: Iterable[str], why: str) -> None:
        self.barred.update(dict.fromkeys(paths, why))

    def _revise(self, source: Source, edits: Sequence[Edit]) -> bool:
        """Makes edits of one file; False where its encoding does not let it."""
        self.before.setdefault(source.path, source)
        after = traced(lines(source.text), source, edits)
        old = self.lines.get(source.path)
        numbered = [(number if old is None or number is None else old[number][0], line) for number, line in after]
        data = source.encoded("".join(line for _, line in numbered))
        if data is None:
            return False
        self.lines[source.path] = numbered
        self.tree.edited[source.path] = data
        return True

    def _is_wanted(self, finding: Finding) -> bool:
        fix = finding.fix
        if fix is None or finding.suppressed is not None or not (fix.safe or self.unsafe):
            return False
        paths = {edit.source.path for edit in fix.edits}
        unable = [edit.source.path for edit in fix.edits if edit.source.encoded(edit.text) is None]
        if paths <= self.named:
            self._bar(unable, "its encoding would not keep all that it holds")
        return paths <= self.named and not paths & self.barred.keys()

    def _broken(self) -> Counter[str]:
        """How many places of each file could not be read."""
        return Counter({facts.source.path: len(facts.unreadable) for facts in self.reading.facts})

    def outcome(self) -> Mended:
        """All of it."""
        last = {facts.source.path: facts.source for facts in self.reading.facts}
        return Mended(
            self.reading,
            self.judgement,
            {**self.secrets, **self.judgement.secrets},
            tuple(self._changes(last)),
            tuple(f"{_here(self.tree, path)} was not fixed: {why}" for path, why in sorted(self.barred.items())),
        )

    def _changes(self, last: Mapping[str, Source]) -> Iterator[Change]:
        for path, traces in sorted(self.lines.items()):
            before, data = self.before[path], self.tree.edited[path]
            # A file in which there is nothing to look for any more was not read.
            after = last.get(path) or Source(path, data, before.root, before.encoding)
            if data != before.data:
                yield Change(before, after, traces, self.made[path])


def _here(tree: Tree, path: str) -> str:
    return mask_keys(os.path.relpath(os.path.join(tree.root, path)).replace(os.sep, "/"))
