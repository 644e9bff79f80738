"""The checks for keys: those that are, or would be, committed, and those that the SDK in use does not take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from envlint.checks.verdict import Subject, Verdict
from envlint.facts import Argument, Binding, Call, Credential, Fact, Facts, Launch, Read
from envlint.finding import Confidence, Related, mask
from envlint.knowledge import Knowledge
from envlint.packs import KeyShape, Rule
from envlint.source import Span
from envlint.value import Literal, Value
from envlint.versions import age

# Keys are issued with hex digits of one case; a mixture is something else.
_CLASSES = {"hex": ("[0-9a-f]", "[0-9A-F]"), "word": ("[0-9A-Za-z_]",)}
_PREFIX = r"(?:[0-9A-Za-z_]{1,40}-){1,4}"
_BEFORE = re.compile(r"(?<![0-9A-Za-z_-])[0-9A-Za-z_]{1,40}-\Z", re.ASCII)
_ESCAPE = re.compile(r"\\[nrt]\Z")
_WORD_RUN = re.compile(r"[0-9A-Za-z_]*", re.ASCII)

# A generated key uses most of its alphabet: of 100,000 random 40-digit keys none had under eight distinct digits.
_FEWEST_DISTINCT = 8
_HEX = re.compile(r"[0-9a-fA-F]+")
_SPELLED_OUT = re.compile(
    r"(?:^|_)(?:your|example|dummy|changeme|placeholder|replace|insert|fake|sample)(?:_|$)|(?:deadbeef){2}|x{8}|"
    r"your_?(?:wandb|api|key|token|secret)",
    re.IGNORECASE,
)
_SHORTEST_COUNT = 4
_FEWEST_WORDS = 4
_PLAIN_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*|[A-Z]+|[0-9]+")


_TRACKED = ", which git tracks"
_STOP_TRACKING = (
    "Take the file out of the repository with git rm --cached, let git ignore it, revoke the key and make a new one."
)
_KEEP_ELSEWHERE = (
    "Revoke the key, make a new one, and read it from the environment, a secret store or a file that git ignores."
)


def is_key(text: str, knowledge: Knowledge) -> bool:
    """Whether a text is, as a whole, a key of a shape that the packs know."""
    return any(_fits(shape, text) for shape in knowledge.keys)


def committed_key(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A real-looking key in a file that git tracks or would add."""
    if not subject.committed:
        return
    # A .env is where a key belongs; what is wrong with it is that git tracks it.
    tracked = subject.tracked is True and subject.facts.surface == "dotenv"
    where, advice = (_TRACKED, _STOP_TRACKING) if tracked else ("", _KEEP_ELSEWHERE)
    for found in found_keys(subject, rule):
        fields = {"variable": found.variable or "", "key": mask(found.key), "where": where, "advice": advice}
        yield Verdict(found.span, Confidence.HIGH, fields, variable=found.variable, form=found.form, key=found.key)


def incompatible_key(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A key of a form that the SDK in use does not take yet, wherever it is kept."""
    version = subject.knowledge.versions.get(rule.pack)
    at = age(version or "")
    if at is None:
        return
    pin = subject.pins.get(rule.pack)
    related = (Related(pin.location, f"version {pin.version} is pinned here"),) if pin is not None else ()
    for found in found_keys(subject, rule):
        if at < (age(found.shape.since or "") or at):
            fields = {
                "variable": found.variable or "",
                "key": mask(found.key),
                "version": version or "",
                "since": found.shape.since or "",
            }
            yield Verdict(
                found.span,
                Confidence.HIGH,
                fields,
                variable=found.variable,
                form=found.form,
                related=related,
                key=found.key,
            )


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key: its shape, its text, which is never shown, where it stands, and what it is the value of."""

    shape: KeyShape
    key: str
    span: Span
    variable: str | None
    form: str | None


def found_keys(subject: Subject, rule: Rule) -> Iterator[FoundKey]:
    """Each key of the rule's pack: where its meaning says key, or, for a shape that identifies itself, wherever
    it stands."""
    knowledge = subject.knowledge.only(rule.pack)
    secret = next((name for name in knowledge.variables if knowledge.is_secret(name)), None)
    seen = _Seen()
    for item in subject.facts.items:
        for place in _places(item, knowledge):
            for key, span in _keys_in(place.value):
                shape = next((shape for shape in knowledge.keys if _fits(shape, key)), None)
                if shape is not None and seen.adds(span):
                    yield FoundKey(shape, key, span, place.variable or secret, place.form)
    text = subject.facts.source.text
    for shape in knowledge.keys:
        for span in _alone(shape, text) if shape.alone else ():
            key = text[span.start : span.end]
            if _fits(shape, key) and seen.adds(span):
                yield FoundKey(shape, key, span, secret, None)


@dataclass(eq=False)
class _Seen:
    """The places that have a verdict. One place has one, whoever found it."""

    _by_block: dict[int, list[Span]] = field(default_factory=dict)

    def adds(self, span: Span) -> bool:
        """Whether a place shares no character with an earlier one; it is then noted."""
        blocks = range(span.start >> 7, (span.end >> 7) + 1)
        if any(
            span.start < other.end and other.start < span.end for b in blocks for other in self._by_block.get(b, ())
        ):
            return False
        for block in blocks:
            self._by_block.setdefault(block, []).append(span)
        return True


def secret_values(facts: Facts, knowledge: Knowledge) -> Iterator[Value]:
    """Every value in a file that is a secret by its meaning: what stands there may be a key."""
    return (place.value for item in facts.items for place in _places(item, knowledge))


@dataclass(frozen=True, slots=True)
class _Place:
    """A value that is a secret by its meaning; the variable it is, where that is a known one."""

    value: Value
    variable: str | None = None
    form: str | None = None


def _places(item: Fact, knowledge: Knowledge) -> Iterator[_Place]:
    """The values in a fact that mean a secret."""
    match item:
        case Binding():
            if knowledge.is_secret(item.variable):
                yield _Place(item.value, _known(item.variable, knowledge), item.form)
            else:
                yield from _defaults(item.value, knowledge)
        case Call():
            for argument in item.arguments:
                variable = _secret_of(item.function, argument, knowledge)
                if variable is not None:
                    yield _Place(argument.value, variable)
                elif knowledge.credentials.is_named(argument.name):
                    yield _Place(argument.value)
                else:
                    yield from _defaults(argument.value, knowledge)
        case Credential():
            yield _Place(item.value)
        case Read(default=Value() as default) if knowledge.is_secret(item.variable):
            yield _Place(default, _known(item.variable, knowledge))
        case Launch():
            for value in item.arguments:
                yield from _defaults(value, knowledge)


def _secret_of(function: str, argument: Argument, knowledge: Knowledge) -> str | None:
    """The secret that an argument is, in whatever version of the SDK: one in the place of an older signature's
    key has leaked, too."""
    tracked = knowledge.function(function)
    place = argument.position
    older = tracked.earlier if tracked is not None and place is not None else ()
    meant = [
        argument,
        *(replace(argument, name=name, position=None) for s in older for name in s.parameters[place:][:1]),
    ]
    found = (knowledge.variable_of(function, one) for one in meant)
    return next(
        (variable.name for variable in found if variable is not None and knowledge.is_secret(variable.name)), None
    )


def _known(name: str, knowledge: Knowledge) -> str | None:
    return name if name in knowledge.variables else None


def _defaults(value: Value, knowledge: Knowledge) -> Iterator[_Place]:
    """What stands for a secret where nothing sets it: `${WANDB_API_KEY:-...}`, os.getenv's second argument."""
    for ref in value.refs():
        if ref.default is not None and knowledge.is_secret(ref.name):
            yield _Place(ref.default, _known(ref.name, knowledge))


def _keys_in(value: Value) -> Iterator[tuple[str, Span]]:
    """Each text that a value can be for sure, with the span of the characters that spell it; blanks around it
    are left out where they are written as they are."""
    possible = set(value.possible())
    for piece in value.literals():
        if piece.span is not None and piece.text in possible:
            yield _trimmed(piece.text, piece.span)
    joined = _joined(value)
    if joined is not None and joined[0] in possible:
        yield _trimmed(*joined)


def _trimmed(text: str, span: Span) -> tuple[str, Span]:
    bare = text.strip()
    if len(bare) == len(text) or span.end - span.start != len(text):
        return bare, span
    start = span.start + len(text) - len(text.lstrip())
    return bare, Span(start, start + len(bare))


def _joined(value: Value) -> tuple[str, Span] | None:
    """A key that is written in several pieces: its text, and the span from the first to the last."""
    pieces = [part for part in value.parts if isinstance(part, Literal)]
    spans = [piece.span for piece in pieces if piece.span is not None]
    if len(pieces) < 2 or len(pieces) != len(value.parts) or len(spans) != len(pieces):
        return None
    return "".join(piece.text for piece in pieces), Span(min(spans).start, max(span.end for span in spans))


# ---- Shapes


def _alone(shape: KeyShape, text: str) -> Iterator[Span]:
    """Where a text holds the marker of a shape that identifies itself, with all that belongs to the key."""
    at = text.find(shape.marker)
    while at >= 0:
        start, end = at, at + len(shape.marker)
        run = _WORD_RUN.match(text, end)
        end = run.end() if run else end
        before = _BEFORE.search(text, max(0, at - 42), at) if shape.prefix else None
        if before is not None:
            start = before.start()
            # The letter of an escape in front belongs to no key: `\nlocal-...` in a JSON string.
            start += 1 if _ESCAPE.search(text, max(0, start - 1), start + 1) else 0
        yield Span(start, end)
        at = text.find(shape.marker, end)


@lru_cache(maxsize=64)
def _pattern(shape: KeyShape) -> re.Pattern[str]:
    """A shape as a pattern whose matching is linear: runs of one class, a bounded number of prefixes."""
    most = "" if shape.max_length is None else str(shape.max_length)
    runs = "|".join(f"{run}{{{shape.length},{most}}}" for run in _CLASSES[shape.alphabet])
    before = _PREFIX + ("" if shape.required else "?") if shape.prefix else ""
    before = f"(?:{before})?" if before and not shape.required else before
    return re.compile(rf"{before}{re.escape(shape.marker)}(?P<secret>{runs})")


def _fits(shape: KeyShape, text: str) -> bool:
    """Whether a text is of this shape as a whole and does not look made up."""
    found = _pattern(shape).fullmatch(text)
    return found is not None and not _is_made_up(found["secret"])


def _is_made_up(secret: str) -> bool:
    """Whether the random part of a key is plainly none: few distinct characters, words, a count, a repetition."""
    if len(set(secret.lower())) < _FEWEST_DISTINCT or _SPELLED_OUT.search(secret):
        return True
    one_case = secret in (secret.lower(), secret.upper())
    if secret.isdigit() or (one_case and not any(character.isdigit() for character in secret)):
        return True
    return _repeats(secret) or _is_spelled(secret) or _predictable(secret) * 2 > len(secret)


def _repeats(secret: str) -> bool:
    """Whether a text is one shorter text over and over."""
    return any(secret[period:] == secret[:-period] for period in range(1, len(secret) // 2 + 1))


def _predictable(secret: str) -> int:
    """How many characters continue a count (`0123`, `zyxw`, `a1b2c3`)."""
    return len(_counting(secret, 1) | _counting(secret, 2))


def _is_spelled(secret: str) -> bool:
    """Whether a text is words or numbers with underscores between them."""
    pieces = [piece for piece in secret.split("_") if piece]
    return len(pieces) >= _FEWEST_WORDS and all(_PLAIN_WORD.fullmatch(piece) for piece in pieces)


_FOLLOWS = frozenset(pairwise("0123456789abcdef")) | frozenset(pairwise("abcdefghijklmnopqrstuvwxyz")) | {("9", "0")}


def _counting(secret: str, step: int) -> set[int]:
    """The places of runs in which every character follows the one `step` before it, up or down, or is the same."""
    lower = secret.lower()
    places: set[int] = set()
    run: list[int] = []
    for at in range(step, len(lower) + 1):
        pair = (lower[at - step], lower[at]) if at < len(lower) else None
        if pair is not None and (pair in _FOLLOWS or pair[::-1] in _FOLLOWS or pair[0] == pair[1]):
            run.append(at)
            continue
        if len(run) >= _SHORTEST_COUNT - 1:
            places.update(range(run[0] - step, run[-1] + 1))
        run = []
    return places
