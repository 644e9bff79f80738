"""Leaks: the keys in a repository's history. A key that was taken out later has leaked all the same.

It fetches what the history names, has it read and judged as a file is, and tells one key once. How commits
are walked and what a key is it does not know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from envlint import discover, engine
from envlint.config import Config
from envlint.content import has_needle, is_named_for
from envlint.discover import Candidate
from envlint.excerpt import Excerpt, around
from envlint.facts import Facts
from envlint.finding import Finding, Location
from envlint.history import Past, Version, Walk
from envlint.knowledge import Knowledge
from envlint.library import Library, unopened
from envlint.objects import Lost, Objects
from envlint.source import Source, Span
from envlint.surfaces import TEXT, surface_of_name

CHECKS = frozenset({"committed-key"})
"""The checks whose rules are run on history."""

# So many blobs are asked for at once.
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Leaks:
    """What a history holds: findings in order, each with its commit, and the spans of secrets in their sources;
    how many files were looked into, in whatever many versions; sentences about what was left out; and what
    could not be read, as facts of a file that could not be opened."""

    findings: tuple[Finding, ...]
    secrets: dict[Source, tuple[Span, ...]]
    files: int
    notices: tuple[str, ...]
    unread: tuple[Facts, ...]


def search(past: Past, knowledge: Knowledge, config: Config, tell: Callable[[int], None]) -> Leaks:
    """The keys in every blob of a history. `tell` is told how many commits are done.

    A key that several versions of one file hold is told once, of the oldest. Raises what Walk.versions does.
    """
    rules = tuple(rule.name for rule in engine.active_rules(knowledge, config) if rule.check in CHECKS)
    bench = _Bench(past.root, knowledge, replace(config, select=rules))
    walk = Walk(past)
    with Objects(past.root) as objects:
        for version, data in _fetched(walk.versions(tell), objects):
            bench.look(version, data)
    return bench.outcome(walk)


def _fetched(versions: Iterator[Version], objects: Objects) -> Iterator[tuple[Version, bytes | Lost]]:
    while chunk := list(islice(versions, _CHUNK)):
        yield from zip(chunk, objects.contents([version.id for version in chunk]), strict=True)


@dataclass(eq=False)
class _Bench:
    """What has come out so far. Keys are compared in memory and go nowhere from here."""

    root: str
    knowledge: Knowledge
    config: Config
    findings: list[Finding] = field(default_factory=list)
    secrets: dict[Source, tuple[Span, ...]] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)
    lost: Counter[Lost] = field(default_factory=Counter)
    # By path, rule, key and whether it is suppressed: the blob that told it, and how many others hold it.
    told: dict[tuple[str, str, str, bool], str] = field(default_factory=dict)
    later: Counter[tuple[str, str, str, bool]] = field(default_factory=Counter)
    met: dict[str, int] = field(default_factory=dict)

    def look(self, version: Version, data: bytes | Lost) -> None:
        """Judges one version of a file."""
        if isinstance(data, Lost):
            self.lost[data] += 1
            return
        self.paths.add(version.path)
        if has_needle(data, self.knowledge.wanted.needles):
            surface = _surface(version.path, data)
        elif is_named_for(version.path, self.knowledge.wanted.needles):
            surface = TEXT
        else:
            return
        judgement = self._judge(version.path, data, surface)
        for mark in sorted({_mark(finding) for finding in judgement.findings}):
            self.later[mark] += mark in self.told
            self.told.setdefault(mark, version.id)
        kept = [finding for finding in judgement.findings if self.told[_mark(finding)] == version.id]
        for finding, source, spans in _excerpts(kept, judgement.secrets):
            self.findings.append(replace(finding, commit=version.commit))
            self.secrets[source] = spans

    def outcome(self, walk: Walk) -> Leaks:
        """All of it, in the order of reports."""
        findings = [_with_later(finding, self.later[_mark(finding)]) for finding in self.findings]
        large = self.lost[Lost.LARGE]
        return Leaks(
            findings=tuple(sorted(findings, key=lambda finding: finding.order)),
            secrets=self.secrets,
            files=len(self.paths),
            notices=(f"{_many(large)} not searched for keys, being larger than 10 MB",) if large else (),
            unread=tuple(unopened(".", self.root, TEXT, reason) for reason in self._unread(walk)),
        )

    def _judge(self, path: str, data: bytes, surface: str) -> engine.Judgement:
        """Judges one version of a file as if it were all that there is."""
        library = Library(
            self.root, self.knowledge.wanted, lambda: {path: surface}, lambda _: data, lambda _: True, lambda _: None
        )
        return engine.judge([library.read(path, surface, data)], library, self.knowledge, self.config, self.met)

    def _unread(self, walk: Walk) -> Iterator[str]:
        if walk.refusal is not None:
            yield f"the history could not be walked to its end: {walk.refusal.reason}"
        if self.lost[Lost.MISSING]:
            yield f"{_many(self.lost[Lost.MISSING])} not searched, not being in this clone"
        if self.lost[Lost.DAMAGED]:
            yield f"{_many(self.lost[Lost.DAMAGED])} not searched, not being readable for git"


def _surface(path: str, data: bytes) -> str:
    name = surface_of_name(path.rpartition("/")[2]) or ""
    return discover.classify(Candidate(path, name, False, None, False), data)


def _excerpts(
    findings: Sequence[Finding], secrets: Mapping[Source, tuple[Span, ...]]
) -> Iterator[tuple[Finding, Source, tuple[Span, ...]]]:
    """The findings of one version, of which only the lines are kept that a report may show; and the secrets there."""
    if not findings:
        return
    source = findings[0].location.source
    hidden = secrets.get(source, ())
    places = [finding.location.span for finding in findings]
    others = [related.location.span for finding in findings for related in finding.related]
    # All secrets, so that of none a part is left that nobody knows to be one.
    excerpt = around(source, [*places, *others, *hidden])
    spans = tuple(span for secret in hidden if (span := excerpt.moved(secret)) is not None)
    for finding in findings:
        yield _moved(finding, excerpt), excerpt.source, spans


def _moved(finding: Finding, excerpt: Excerpt) -> Finding:
    related = tuple(replace(one, location=_at(one.location, excerpt)) for one in finding.related)
    # An old version can't be mended.
    return replace(finding, location=_at(finding.location, excerpt), related=related, fix=None)


def _at(location: Location, excerpt: Excerpt) -> Location:
    span = excerpt.moved(location.span)
    return Location(excerpt.source, span) if span is not None else location


def _mark(finding: Finding) -> tuple[str, str, str, bool]:
    """What two findings have in common that tell of one key in one file."""
    source = finding.location.source
    return source.path, finding.rule, source.slice(finding.location.span), finding.suppressed is not None


def _with_later(finding: Finding, count: int) -> Finding:
    if not count:
        return finding
    also = "1 later version of the file holds" if count == 1 else f"{count} later versions of the file hold"
    return replace(finding, message=f"{finding.message.rstrip('.')}. {also} it too.")


def _many(count: int) -> str:
    return "1 version of a file was" if count == 1 else f"{count} versions of files were"
