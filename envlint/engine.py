"""The engine: facts and rules in, findings out, sorted, each once, with their suppressions marked.

It runs checks and gives their verdicts the words of their rules. It decides nothing and touches no disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from envlint import suppress
from envlint.checks import CHECKS
from envlint.checks.keys import secret_values
from envlint.checks.verdict import Subject, Verdict
from envlint.config import Config
from envlint.content import has_needle
from envlint.facts import Facts
from envlint.finding import Finding, Location, key_spans, mask_keys, shown
from envlint.fix import fixed
from envlint.hidden import Hidden
from envlint.ignore import Patterns, covers, parse_globs
from envlint.keyparts import key_parts
from envlint.knowledge import Knowledge
from envlint.library import Library
from envlint.packs import Pack, Rule
from envlint.pins import Pins
from envlint.project import Project
from envlint.requirements import Pin
from envlint.source import Source, Span
from envlint.surfaces import TEXT, surface_of_name
from envlint.value import Value

_FIELD = re.compile(r"\{(\w+)\}")

RULE_FIELDS: Mapping[str, Collection[str]] = {
    **{name: entry.fields for name, entry in CHECKS.items()},
    **dict.fromkeys(suppress.CHECKS, suppress.FIELDS),
}
"""Every check that a rule may name, and the fields that its words may use."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of one project: findings in order, suppressed ones included and marked, and the spans of
    secret values in each source, which nothing may show."""

    findings: tuple[Finding, ...]
    secrets: Mapping[Source, tuple[Span, ...]]


def judge(
    named: Sequence[Facts],
    library: Library,
    knowledge: Knowledge,
    config: Config,
    met: dict[str, int] | None = None,
) -> Judgement:
    """Judges the named files of one project by every active rule.

    A cross-file rule is also run on files that are not named, where a named one may hold the counterpart;
    such a finding counts if one of its related locations is in a named file. `met` numbers the keys that were
    met so far, for those that judge one project in several calls; it is added to, and must be kept nowhere.
    """
    ignored = tuple((parse_globs([glob]), frozenset(names)) for glob, names in config.per_file_ignores.items())
    project = Project(library, knowledge.carriers)
    rules = active_rules(knowledge, config)
    met = {} if met is None else met
    bench = _Bench(library, knowledge, config, project, rules, ignored, _pins(library, knowledge), met)
    findings = [finding for facts in named for finding in bench.judge(facts, bench.rules)]
    paths = {facts.source.path for facts in named}
    crossing = tuple(rule for rule in bench.rules if rule.check in CHECKS and CHECKS[rule.check].crosses)
    for facts in _counterparts(named, library, knowledge) if crossing else ():
        for finding in bench.judge(facts, crossing):
            if any(related.location.source.path in paths for related in finding.related):
                findings.append(finding)
    kept = (finding for finding in findings if finding.confidence >= config.min_confidence)
    unique = {(f.rule, f.location.source.path, f.location.span, f.message): f for f in kept}
    files = {facts.source: facts for facts in (*named, *library.loaded())}
    shown = frozenset(source for finding in unique.values() for source in _sources(finding))
    told = tuple(sorted(unique.values(), key=lambda f: f.order))
    return Judgement(told, secrets(files.values(), knowledge, shown.__contains__))


def _sources(finding: Finding) -> Iterator[Source]:
    """The sources of which a finding may show a part."""
    yield finding.location.source
    yield from (related.location.source for related in finding.related)
    yield from (edit.source for edit in (finding.fix.edits if finding.fix is not None else ()))


def judge_files(files: Mapping[str, str], packs: Sequence[Pack], config: Config | None = None) -> tuple[Finding, ...]:
    """Judges a project that exists in memory only: name -> text. Tests are run through this."""
    return _judge_files(files, packs, config).findings


def _judge_files(files: Mapping[str, str], packs: Sequence[Pack], config: Config | None = None) -> Judgement:
    config = config if config is not None else Config()
    knowledge = Knowledge(tuple(packs), config.versions)
    data = {path: text.encode("utf-8", "surrogateescape") for path, text in files.items()}
    surfaces = {path: surface_of_name(path.rpartition("/")[2]) or "text" for path in files}
    library = Library(".", knowledge.wanted, lambda: surfaces, data.get, lambda path: True)
    named = [facts for facts in map(library.facts, sorted(files)) if facts is not None]
    return judge(named, library, knowledge, config)


def faults(pack: Pack, beside: Sequence[Pack] = ()) -> Iterator[str]:
    """What is wrong with the examples of a pack, one line each; `beside` are packs that are on with it.

    A bad example must give just the texts that it says, in order, as primary locations of its rule, and its
    files must be as `fixed` says after all fixes; a good one none.
    """
    for rule in pack.rules:
        for example in (*rule.bad, *rule.good):
            judgement = _judge_files(example.files, (*beside, pack))
            findings, hidden = judgement.findings, Hidden(judgement.secrets)
            flagged = tuple(f.location.source.slice(f.location.span) for f in findings if f.rule == rule.name)
            where = f"[[rule]] {rule.name}: {mask_keys(example.summary.rstrip('.'))}"
            if flagged != example.flags:
                wanted, got = (
                    ", ".join(shown(hidden.words(text)) for text in texts) or "nothing"
                    for texts in (example.flags, flagged)
                )
                yield f"{where}: should flag {wanted}, flags {got}"
            after = {source.path: text for source, text in fixed(f for f in findings if f.rule == rule.name).items()}
            for name in sorted({*example.fixed, *after}):
                if example.fixed.get(name) != after.get(name):
                    yield f"{where}: {mask_keys(name)} is another than fixed says after the fixes"


def active_rules(knowledge: Knowledge, config: Config) -> tuple[Rule, ...]:
    """The rules that are selected and not ignored."""
    everything = "all" in config.select
    return tuple(
        rule
        for rule in knowledge.rules
        if (everything or rule.name in config.select) and not {rule.name, "all"} & {*config.ignore}
    )


def secrets(
    files: Iterable[Facts], knowledge: Knowledge, is_shown: Callable[[Source], bool] = lambda source: True
) -> dict[Source, tuple[Span, ...]]:
    """Where each file writes the value of a secret variable or argument, and the pieces of broken keys, which only
    those files are searched for of which something is shown."""
    found: dict[Source, tuple[Span, ...]] = {}
    for facts in files:
        spans = {
            piece.span
            for value in _secret_values(facts, knowledge)
            for piece in value.literals()
            if piece.span is not None and piece.span.start < piece.span.end
        }
        if is_shown(facts.source):
            spans.update(key_parts(facts.source.text))
        if spans:
            found[facts.source] = tuple(sorted(spans))
    return found


@dataclass(frozen=True, slots=True)
class _Bench:
    """What judging one file takes, whichever it is."""

    library: Library
    knowledge: Knowledge
    config: Config
    project: Project
    rules: tuple[Rule, ...]
    ignored: tuple[tuple[Patterns, frozenset[str]], ...]
    pins: Mapping[str, Pins]
    met: dict[str, int]
    _at: dict[tuple[tuple[str, str], ...], Knowledge] = field(default_factory=dict)

    def _pinned(self, facts: Facts) -> tuple[Knowledge, Mapping[str, Pin]]:
        """What is known for the versions that the project pins where a file stands, and those pins."""
        if not self.pins or not _concerns(facts, self.knowledge):
            return self.knowledge, {}
        found = {name: pins.of(facts.source.path) for name, pins in self.pins.items()}
        pinned = {name: pin for name, pin in found.items() if pin is not None}
        versions = {**self.knowledge.versions, **{name: pin.version for name, pin in pinned.items()}}
        key = tuple(sorted(versions.items()))
        return self._at.setdefault(key, self.knowledge.at(versions)), pinned

    def judge(self, facts: Facts, rules: Sequence[Rule]) -> tuple[Finding, ...]:
        """The findings of some of the active rules in one file, those that its comments cover marked."""
        path = facts.source.path
        knowledge, pins = self._pinned(facts)
        subject = Subject(
            facts,
            knowledge,
            self.library.committed(path),
            lambda call, variable: self.project.reaching(facts, call, variable),
            self.project.around,
            pins,
            self.library.tracked(path),
            lambda: self.project.loaded(facts, self.config.loaders),
            lambda include: self.project.included(facts, include),
        )
        off = {name for patterns, names in self.ignored if covers(patterns, path) for name in names}
        rules = tuple(rule for rule in rules if not {rule.name, "all"} & off)
        found = [
            _finding(facts, rule, verdict, self.config, self._group(verdict))
            for rule in rules
            if rule.check in CHECKS
            for verdict in CHECKS[rule.check].check(subject, rule)
        ]
        comments = suppress.suppressions(facts)
        marked = suppress.apply(found, comments)
        return (*marked, *self._judge_comments(facts, rules, comments, found))

    def _group(self, verdict: Verdict) -> int | None:
        """The number of the key that a verdict is about."""
        return None if verdict.key is None else self.met.setdefault(verdict.key, len(self.met))

    def _judge_comments(
        self, facts: Facts, rules: Sequence[Rule], comments: Sequence[suppress.Suppression], found: Sequence[Finding]
    ) -> Iterator[Finding]:
        by_check = {rule.check: rule for rule in rules}
        if not comments or not by_check.keys() & {*suppress.CHECKS}:
            return
        known = [rule.name for rule in self.knowledge.rules]
        active = {rule.name for rule in rules}
        for check, verdict in suppress.judge(comments, found, known, active):
            if check in by_check:
                yield _finding(facts, by_check[check], verdict, self.config)


def _pins(library: Library, knowledge: Knowledge) -> dict[str, Pins]:
    """The pins of each pack's package whose version is not configured."""
    return {
        pack.name: Pins(library, pack.package, _versions(pack))
        for pack in knowledge.packs
        if pack.package is not None and pack.name not in knowledge.versions
    }


def _versions(pack: Pack) -> tuple[str, ...]:
    """The versions of a pack's package that make a difference."""
    since = {spec.since for variable in pack.variables for spec in variable.specs}
    since |= {shape.since for shape in pack.keys} | {conflict.since for conflict in pack.conflicts}
    return tuple(sorted(version for version in {pack.sdk, *since} if version is not None))


def _concerns(facts: Facts, knowledge: Knowledge) -> bool:
    """Whether a file sets or passes anything whose meaning can depend on a version."""
    return any(True for _ in facts.calls()) or any(
        binding.form != TEXT and knowledge.is_known(binding.variable) for binding in facts.bindings()
    )


def _counterparts(named: Sequence[Facts], library: Library, knowledge: Knowledge) -> Iterator[Facts]:
    """The files that are not named, call a tracked function, and name a parameter which beats a variable
    that a named file sets, or excludes it."""
    parameters = {
        pair.partition(":")[2].encode()
        for facts in named
        for binding in facts.bindings()
        if (variable := knowledge.variable(binding.variable)) is not None
        for rival in (variable, *knowledge.rivals(variable.name))
        for pair in rival.arguments
    }
    if not parameters:
        return
    # A program that loads a named file too late need not name any of them.
    parameters.add(b"load_dotenv")
    functions = [name.rpartition(".")[2].encode() for name in library.wanted.calls]
    paths = {facts.source.path for facts in named}
    for path, surface in sorted(library.surfaces().items()):
        if surface not in ("python", "notebook") or path in paths:
            continue
        data = library.open(path) or b""
        # Parameters such as `mode` and functions such as `init` are named everywhere.
        if not has_needle(data, library.wanted.needles):
            continue
        if any(name in data for name in functions) and any(name in data for name in parameters):
            facts = library.facts(path)
            if facts is not None:
                yield facts


def _finding(facts: Facts, rule: Rule, verdict: Verdict, config: Config, group: int | None = None) -> Finding:
    words = verdict.fields
    return Finding(
        rule=rule.name,
        severity=config.severity.get(rule.name, rule.severity),
        confidence=verdict.confidence,
        message=_fill(rule.message, words),
        help=_fill(rule.help, words) or None,
        location=Location(facts.source, verdict.span),
        surface=facts.surface,
        variable=verdict.variable,
        form=verdict.form,
        related=verdict.related,
        # An edit of the file's text would have to be spelled in JSON.
        fix=verdict.fix if facts.line_starts is None else None,
        cell=facts.cell(verdict.span.start),
        group=group,
    )


def _fill(words: str, fields: Mapping[str, str]) -> str:
    """A rule's words with the check's texts in place of {fields}; a text is never read as a template."""
    return _FIELD.sub(lambda found: fields.get(found[1], ""), words)


_OPAQUE = re.compile(r"(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}")


def _is_opaque(value: Value) -> bool:
    """Whether one of the texts of a value, or of its pieces, holds a long run of characters with a digit, or what
    is shaped like a key without one."""
    texts = (*value.possible(), *(piece.text for piece in value.literals()))
    return any(_OPAQUE.search(text) or key_spans(text) for text in texts)


def _secret_values(facts: Facts, knowledge: Knowledge) -> Iterator[Value]:
    # Anything may stand where other people keep the secret; only what could be one is hidden.
    yield from (value for value in secret_values(facts, knowledge) if _is_opaque(value))
    for binding in facts.bindings():
        if knowledge.is_secret(binding.variable):
            yield binding.value
    for call in facts.calls():
        for argument in call.arguments:
            variable = knowledge.variable_of(call.function, argument)
            if variable is not None and knowledge.is_secret(variable.name):
                yield argument.value
