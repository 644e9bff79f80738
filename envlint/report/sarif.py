"""The report as SARIF 2.1.0, in the shape that GitHub code scanning asks for.

Same findings, same bytes: no time, no path of the machine, no command line. Where a key stood, the text
holds the redaction token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from envlint.finding import Finding, Fix, Location, Related
from envlint.hidden import Hidden
from envlint.report import COMMIT, Notice, Report, Style
from envlint.report import sarif_model as model
from envlint.report.document import dump, lines_and_columns, transferable
from envlint.report.linehash import line_hashes, window
from envlint.report.paths import absolute, uri
from envlint.report.sarif_model import Node
from envlint.report.sarif_rules import describe
from envlint.source import Source, Span

ROOT = "%SRCROOT%"
REDACTED = "[REDACTED]"
CATEGORY = "envlint/"
"""What GitHub keeps the results of several runs for one commit apart by: everything up to the slash."""

# A snippet of more code points is left out, a context of more is narrowed: a file may be one long line.
_SNIPPET = 1000
_NEAR = 200
_MOST_RELATED = 20
# Larger files get no line hash of ours; the upload computes the same from the checkout.
_HASHED = 1 << 20
_KINDS = {"comment": "inSource", "baseline": "external"}


def render(report: Report, style: Style) -> Iterator[str]:
    """The whole file; the style has no say in it."""
    hidden = Hidden(report.secrets)
    places = _Places(hidden, _bases(report), report)
    suppressed = any(finding.suppressed is not None for finding in report.findings)
    rules = sorted(report.rules, key=lambda rule: rule.name)
    index = {rule.name: at for at, rule in enumerate(rules)}
    hashes = _hashes(report.findings, hidden)
    results = [
        _result(finding, index.get(finding.rule, -1), _fingerprints(finding, mark, hashes), places, all_=suppressed)
        for finding, mark in zip(report.findings, report.marks(), strict=True)
    ]
    run = model.run(
        driver=model.driver(
            name="envlint",
            full_name="envlint, an environment linter for machine-learning projects",
            version=report.version,
            rules=[describe(rule) for rule in rules],
        ),
        results=results,
        invocation=model.invocation(notifications=[_notification(notice, places) for notice in report.unreadable]),
        base_ids={name: model.base(words) for name, words in _described(places.bases)},
        category=CATEGORY,
        redaction=REDACTED,
    )
    yield dump(model.to_json(model.log(run)))


def _bases(report: Report) -> dict[str, str]:
    """The root of each project, absolute, and the name that stands for it; the report's own is first."""
    roots = {absolute(report, finding.location.source.root) for finding in report.findings}
    roots |= {absolute(report, notice.root) for notice in report.unreadable if notice.root is not None}
    first = absolute(report, report.root)
    others = enumerate(sorted(roots - {first}), 2)
    return {first: ROOT} | {root: f"%SRCROOT{number}%" for number, root in others}


def _described(bases: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for number, name in enumerate(bases.values(), 1):
        yield name, "The root of the project." if number == 1 else f"The root of project {number} of this run."


@dataclass(frozen=True, slots=True)
class _Places:
    """Where things are, in SARIF's terms."""

    hidden: Hidden
    bases: Mapping[str, str]
    report: Report

    def file(self, path: str, root: str) -> Node:
        return model.artifact(uri(path), self.bases.get(absolute(self.report, root), ROOT))

    def location(self, at: Location, *, id: int | None = None, text: str | None = None) -> Node:
        file = self.file(at.source.path, at.source.root)
        context = _context(at.source, at.span)
        return model.location(
            file=file,
            region=self.region(at.source, at.span),
            context=self.region(at.source, context) if context is not None else None,
            id=id,
            text=text,
        )

    def region(self, source: Source, span: Span) -> Node:
        short = span.end - span.start <= _SNIPPET
        text = self.hidden.text(source, span, lambda _: REDACTED) if short else ""
        return model.region(**lines_and_columns(source, span), text=text)


def _context(source: Source, span: Span) -> Span | None:
    """The lines of a span and one before and after; of long lines what is near. None: nothing more than it."""
    first = source.position(span.start).line
    last = source.position(max(span.start, span.end - 1)).line
    start = source.line_span(max(first - 1, 1)).start
    end = source.line_span(min(last + 1, source.line_count)).end
    if end - start > _SNIPPET:
        start = max(source.line_span(first).start, span.start - _NEAR)
        end = min(source.line_span(last).end, span.end + _NEAR)
    context = Span(min(start, span.start), max(end, span.end))
    return None if context == span or context.end - context.start > _SNIPPET else context


def _result(finding: Finding, index: int, fingerprints: Mapping[str, str], places: _Places, *, all_: bool) -> Node:
    related = finding.related[:_MOST_RELATED]
    fix = finding.fix
    return model.result(
        rule_id=finding.rule,
        rule_index=index,
        level=str(finding.severity),
        text=_text(finding, related, places.hidden),
        location=places.location(finding.location),
        related=[
            places.location(other.location, id=number, text=_sentence(places.hidden.words(other.message)))
            for number, other in enumerate(related, 1)
        ],
        fingerprints=fingerprints,
        fixes=[_fix(fix, places)] if fix is not None and transferable(fix, places.hidden) else [],
        suppressions=_suppressions(finding, places.hidden) if all_ else None,
        properties=_properties(finding, places.hidden),
    )


def _text(finding: Finding, related: Sequence[Related], hidden: Hidden) -> str:
    """The message, the help, and links to the related locations: GitHub shows only those that are linked."""
    spoken = [
        finding.message,
        *([f"It is in the history, since commit {finding.commit[:COMMIT]}"] if finding.commit is not None else []),
        *([f"Help: {finding.help}"] if finding.help else []),
    ]
    sentences = [_unlinked(_sentence(hidden.words(words))) for words in spoken]
    links = [f"[{_escaped(hidden.words(other.message))}]({number})" for number, other in enumerate(related, 1)]
    return " ".join([*sentences, *([f"See: {', '.join(links)}."] if links else [])])


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _unlinked(words: str) -> str:
    """Words in which nothing is a link, whatever value they quote (3.11.6)."""
    return words.replace("](", "\\](")


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _properties(finding: Finding, hidden: Hidden) -> dict[str, object]:
    found = {
        "confidence": str(finding.confidence),
        "variable": hidden.words(finding.variable) if finding.variable is not None else None,
        "surface": finding.surface,
        "form": finding.form,
        "cell": finding.cell,
        "commit": finding.commit,
    }
    return {key: value for key, value in found.items() if value is not None}


def _suppressions(finding: Finding, hidden: Hidden) -> list[Mapping[str, str]]:
    if finding.suppressed is None:
        return []
    kind = _KINDS.get(finding.suppressed.kind, "external")
    return [model.suppression(kind=kind, justification=hidden.words(finding.suppressed.reason))]


def _fix(fix: Fix, places: _Places) -> Node:
    sources = dict.fromkeys(edit.source for edit in fix.edits)
    changes = [
        (
            places.file(source.path, source.root),
            [(_bare(source, edit.span), edit.text) for edit in fix.edits if edit.source is source],
        )
        for source in sources
    ]
    return model.fix(description=_sentence(places.hidden.words(fix.title)), changes=changes)


def _bare(source: Source, span: Span) -> Node:
    """A region without its text."""
    return model.region(**lines_and_columns(source, span), text="")


def _notification(notice: Notice, places: _Places) -> Node:
    region = model.region(line=notice.line) if notice.line is not None else None
    root = notice.root if notice.root is not None else places.report.root
    return model.notification(
        text=_sentence(places.hidden.words(notice.message)),
        locations=[model.location(file=places.file(notice.path, root), region=region)],
    )


def _fingerprints(finding: Finding, mark: str, hashes: Mapping[tuple[Source, int], str]) -> dict[str, str]:
    source = finding.location.source
    line = source.position(finding.location.span.start).line
    theirs = hashes.get((source, line))
    return {**({"primaryLocationLineHash": theirs} if theirs is not None else {}), "envlint/v1": mark}


def _hashes(findings: Sequence[Finding], hidden: Hidden) -> dict[tuple[Source, int], str]:
    """GitHub's own fingerprint of the line of each finding, where it may be told.

    It is the hash of a hundred characters as they are. Where a key is among them, a reader of the report
    could try keys against it, so it is left out. GitHub's upload action fills in what is missing, from the
    checkout that holds the key anyway; the plain API does without.
    """
    wanted: dict[Source, set[int]] = {}
    for finding in findings:
        source = finding.location.source
        line = source.position(finding.location.span.start).line
        if _hashable(source) and not _tells_secret(source, line, hidden):
            wanted.setdefault(source, set()).add(line)
    return {
        (source, line): found
        for source, lines in wanted.items()
        for line, found in line_hashes(source.data.decode("utf-8", "replace"), lines).items()
    }


def _hashable(source: Source) -> bool:
    """Whether GitHub, which reads everything as UTF-8, sees the text that was read here."""
    return (
        len(source.data) <= _HASHED and source.encoding is None and not source.bom.startswith((b"\xff", b"\xfe", b"\0"))
    )


def _tells_secret(source: Source, line: int, hidden: Hidden) -> bool:
    start = source.line_span(line).start
    return hidden.touches(source, Span(start, window(source.text, start)))
