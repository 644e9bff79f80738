"""Checks of settings files by who loads them: lines that loaders read differently.

What each loader makes of a file is given; here it is compared, and judged as each of them sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from envlint.checks.verdict import Loaded, Subject, Verdict
from envlint.facts import Binding
from envlint.finding import Confidence, Edit, Fix, Related, mask, mask_keys, shown
from envlint.loaders import SPLITTING
from envlint.loaders.reading import Entry, Lost, Reading
from envlint.packs import Rule
from envlint.source import Source, Span

DOTENV = "dotenv"
"""The form of a settings file's bindings, and the name of its surface."""

_DEFAULT = "python-dotenv"
# A secret of fewer characters is shown by its length alone.
_LONG = 32

# Words that every loader reads as they stand.
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%,+=-]*")
# What means itself in single quotes, to all loaders that know quotes: python-dotenv expands `${` in them.
_QUOTABLE = re.compile(r"(?:[^'\\$`\x00-\x1f\x7f-\x9f]|\$(?!\{))*")
# What means itself without quotes, to all that do not split at blanks.
_SPACED = re.compile(
    r"(?!export\b)[^\s#'\"\\$`~\x00-\x1f](?:[^#'\"\\$`\x00-\x1f\x7f-\x9f]*[^\s#'\"\\$`\x00-\x1f\x7f-\x9f])?"
)
_COMMENT = re.compile(r"[ \t]*(#[^\r\n]*)?")
_KNOWS_NO_QUOTES = frozenset({"docker", *SPLITTING})
_SPLITS = frozenset({"bash", "direnv", *SPLITTING})
# What a login sets (POSIX 8.3): nobody is helped by what is read without it.
_ALWAYS_SET = frozenset({"HOME", "LOGNAME", "PATH", "PWD", "SHELL", "USER"})


def as_loaded(subject: Subject) -> Iterator[tuple[Binding, str]]:
    """What the loaders of a settings file set, line by line, each distinct value once; where not all of them see
    it, or python-dotenv does not, with words that say who does."""
    loaded = subject.loaded()
    groups: dict[tuple[Span, object], list[tuple[str, Entry]]] = {}
    for one in loaded:
        for entry in one.reading.entries:
            groups.setdefault(_seen(entry), []).append((one.reading.loader, entry))
    usual = {_seen(entry) for entry in _default(subject).entries}
    for seen, group in sorted(groups.items(), key=lambda item: item[1][0][1].span):
        names = [name for name, _ in group]
        whose = f" as {_listed(names)} {'reads' if len(names) == 1 else 'read'} it"
        entry = group[0][1]
        binding = Binding(entry.name, entry.value, DOTENV, entry.span, entry.name_span, entry.value_span)
        yield binding, "" if len(names) == len(loaded) and seen in usual else whose


def _seen(entry: Entry) -> tuple[Span, object]:
    """What makes a value another one: its place, and its text or, where that is not known, itself."""
    text = entry.value.text
    return entry.name_span, entry.value if text is None else text


def loader_dependent_value(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A variable of which the loaders of a settings file see different values, or some see none."""
    loaded = subject.loaded()
    readings = [one.reading for one in loaded]
    if readings and all(reading.loader != _DEFAULT for reading in readings):
        readings.append(_default(subject))
    names = dict.fromkeys(entry.name for reading in readings for entry in reading.entries)
    for name in names:
        if not subject.knowledge.is_known(name):
            continue
        verdict = _verdict(subject, loaded, readings, name)
        if verdict is not None:
            yield verdict


def _default(subject: Subject) -> Reading:
    """What the facts themselves say: python-dotenv's reading."""
    bindings = [one for one in subject.facts.bindings() if one.form == DOTENV]
    return Reading(
        _DEFAULT, tuple(Entry(one.variable, one.value, one.span, one.name_span, one.value_span) for one in bindings)
    )


@dataclass(frozen=True, slots=True)
class _Sight:
    """What one loader sees of a variable: a text (None: nothing) with all other names unset, whether that is
    certain, and the words for it, which follow the loader's name."""

    loader: str
    text: str | None
    certain: bool
    words: str


def _verdict(subject: Subject, loaded: Sequence[Loaded], readings: Sequence[Reading], name: str) -> Verdict | None:
    entry = _anchor(readings, name)
    secret = subject.knowledge.is_secret(name)
    sights = [sight for reading in readings if (sight := _sight(reading, name, entry, secret=secret)) is not None]
    if len({sight.text for sight in sights}) < 2:
        return None
    loaders = [sight.loader for sight in sights]
    fix = _fix(subject.facts.source, entry, loaders, secret=secret)
    if fix is None and not secret:
        fix = next(_rewritten(subject.facts.source, entry, readings, loaders), None)
    span = entry.value_span if entry.value_span.start < entry.value_span.end else entry.name_span
    return Verdict(
        span,
        Confidence.HIGH if all(sight.certain for sight in sights) else Confidence.MEDIUM,
        {"variable": name, "readings": _told(sights), "advice": _advice(fix)},
        variable=name,
        form=DOTENV,
        related=tuple(
            Related(one.where, f"{one.reading.loader} loads the file here") for one in loaded if one.where is not None
        ),
        fix=fix,
    )


def _anchor(readings: Sequence[Reading], name: str) -> Entry:
    """The line that the verdict is on: python-dotenv's, if it reads one, else the first that anybody reads."""
    entries = sorted(
        (reading.loader != _DEFAULT, number, entry)
        for number, reading in enumerate(readings)
        if (entry := reading.last(name)) is not None
    )
    return entries[0][2]


def _sight(reading: Reading, name: str, anchor: Entry, *, secret: bool) -> _Sight | None:
    """What a loader sees; None where that is not known, or where another line is at fault."""
    entry = reading.last(name)
    if entry is None:
        lost = reading.loss(anchor.span)
        if lost is None and (reading.refused is not None or not reading.complete):
            return None
        return _Sight(reading.loader, None, True, _loss(lost, secret=secret))
    text = entry.value.unset().text
    if text is None:
        return None
    certain = entry.value.text is not None
    seen = _covered(text) if secret and text else shown(text)
    filled = [one for one in _names(entry) if one in _ALWAYS_SET]
    if filled:
        return _Sight(reading.loader, text, certain, f"fills in {_listed(filled)}")
    held = "" if certain else f" (where {_listed(_names(entry))} {'is' if len(_names(entry)) == 1 else 'are'} not set)"
    return _Sight(reading.loader, text, certain, f"sees {seen}{held}")


def _loss(lost: Lost | None, *, secret: bool) -> str:
    if lost is None:
        return "sets nothing"
    return lost.unquoted if secret and lost.unquoted is not None else lost.words


def _names(entry: Entry) -> list[str]:
    return sorted({ref.name for ref in entry.value.refs()})


def _covered(secret: str) -> str:
    """A secret as a message shows it: that it has quotes around it, or blanks or more, is seen by its length."""
    return mask(secret) if len(secret) >= _LONG and secret.isprintable() else f"…({len(secret)} characters)"


def _told(sights: Sequence[_Sight]) -> str:
    """Who sees what, those who agree together."""
    groups: dict[str, list[str]] = {}
    for sight in sights:
        groups.setdefault(sight.words, []).append(sight.loader)
    return "; ".join(f"{_listed(loaders)} {_many(words, len(loaders))}" for words, loaders in groups.items())


def _many(words: str, count: int) -> str:
    """The words for several loaders: their verb loses its ending."""
    verb, blank, rest = words.partition(" ")
    return f"{verb.removesuffix('s')}{blank}{rest}" if count > 1 else words


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# ---- fixes


def portable(text: str, loaders: Sequence[str]) -> str | None:
    """The quotes around a text (none: the empty text) with which some loaders all read just it; None where
    there are none."""
    if _PLAIN.fullmatch(text):
        return ""
    if not _KNOWS_NO_QUOTES & {*loaders} and _QUOTABLE.fullmatch(text):
        return "'"
    if not _SPLITS & {*loaders} and _SPACED.fullmatch(text):
        return ""
    return None


def _fix(source: Source, entry: Entry, loaders: Sequence[str], *, secret: bool) -> Fix | None:
    """The line as all loaders read alike what this one reads. What is written of the value stays untouched, so
    that an edit never holds a secret; a comment behind it moves to a line of its own."""
    text = entry.value.text
    pieces = list(entry.value.literals())
    quotes = portable(text, loaders) if text is not None else None
    if text is None or quotes is None or len(pieces) > 1:
        return None
    content = pieces[0].span if pieces else Span(entry.span.end, entry.span.end)
    if content is None or content not in entry.span or source.slice(content) != text:
        return None
    line = source.line_span(source.position(entry.span.start).line)
    if content.end > line.end or source.text[line.end : line.end + 1] == "\r":
        return None
    wanted = (
        (Span(line.start, entry.name_span.start), ""),
        (Span(entry.name_span.end, content.start), f"={quotes}"),
        (Span(content.end, line.end), quotes),
    )
    comment = source.slice(Span(content.end, line.end)).partition("#")
    above = f"#{comment[2]}\n" if comment[1] else ""
    if above and (secret or mask_keys(above) != above):
        return None
    edits = [Edit(source, span, new) for span, new in wanted if source.slice(span) != new]
    if above:
        edits.insert(0, Edit(source, Span(line.start, line.start), above))
    # It changes what at least one of them sees, and which one was meant is a guess.
    return Fix("write it as all of them read alike", tuple(edits), safe=False) if edits else None


def _rewritten(source: Source, anchor: Entry, readings: Sequence[Reading], loaders: Sequence[str]) -> Iterator[Fix]:
    """The line written as all loaders read alike what another one reads, for each that can be; no line does so where
    one of them reads a later one."""
    last = (reading.last(anchor.name) for reading in readings)
    if any(entry is not None and entry.name_span != anchor.name_span for entry in last):
        return
    line = source.line_span(source.position(anchor.span.start).line)
    for reading in readings:
        entry = reading.last(anchor.name)
        if entry is None or entry.span not in line:
            continue
        text = entry.value.text
        quotes = portable(text, loaders) if text else None
        rest = _COMMENT.fullmatch(source.text, entry.value_span.end, line.end)
        if text is None or quotes is None or rest is None or mask_keys(source.slice(line)) != source.slice(line):
            continue
        above = f"{rest[1]}\n" if rest[1] else ""
        new = f"{above}{source.slice(entry.name_span)}={quotes}{text}{quotes}"
        if new == source.slice(line):
            continue
        yield Fix(
            f"write it so that all of them read what {reading.loader} does", (Edit(source, line, new),), safe=False
        )


def _advice(fix: Fix | None) -> str:
    if fix is None:
        return "Give it a value that needs no quotes, blanks or signs, or set it where only one of them reads it."
    if any("'" in edit.text for edit in fix.edits):
        return "Write the name, =, and the value in single quotes, with nothing before or behind them."
    return "Write the name, =, and the bare value, without blanks, quotes or a comment on the line."
