"""The values of a Dockerfile: what a word is, given what is set where it stands.

Owns expansion as BuildKit's ProcessWord does it (frontend/dockerfile/shell/lex.go) and what is known of a name:
certainly set by ENV, perhaps set by ARG, or left to the base image. Knows nothing of instructions or stages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from envlint.source import Span
from envlint.surfaces.dockerfile.lines import Instruction
from envlint.surfaces.dockerfile.words import SPECIAL, BadWord, Node, Piece, Reference, is_inactive, parse
from envlint.value import Ref, Value, choice, concat, literal, ref, unknown

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of a name at one place. `certain`: it is set, whatever arguments the build is given.
    `kept`: what an ENV set it to, which the image keeps. `default`: of an ARG, what it is where the build is not
    given it."""

    value: Value
    certain: bool
    kept: Value | None = None
    default: Value | None = None

    @property
    def open(self) -> bool:
        """Whether it is an ARG without any default: set or not, as the build is called."""
        source = _lone_reference(self.value)
        return not self.certain and source is not None and source.default is None


Settings = Mapping[str, Setting]


def inherited(settings: Settings) -> dict[str, Setting]:
    """What a stage finds set on top of another one. What ENV set counts again, whatever an ARG of that name below it
    did: the stage begins with its base's state and then with all that its image keeps (dockerfile2llb/convert.go:
    dispatchState.init, and dispatchStages, "initialize base metadata from image conf")."""
    return {
        name: setting if setting.kept is None or setting.kept is setting.value else replace(setting, value=setting.kept)
        for name, setting in settings.items()
    }


def doubted(settings: Settings) -> dict[str, Setting]:
    """The same where --build-arg may name another base: each is what it is here, or whatever that one has."""
    return {
        name: setting
        if setting.open
        else Setting(ref(name, default=setting.value), False, _doubted(name, setting.kept))
        for name, setting in settings.items()
    }


def _doubted(name: str, kept: Value | None) -> Value | None:
    return None if kept is None else ref(name, default=kept)


def is_plain(instruction: Instruction, start: int, end: int) -> bool:
    """Whether a range of an instruction's text is a word that stands for itself, and nothing else."""
    return (
        start < end
        and is_inactive(instruction.text, start, end)
        and not _SURROGATE.search(instruction.text, start, end)
    )


def expanded(instruction: Instruction, start: int, end: int, settings: Settings | None) -> Value:
    """The value of the word that is a range of an instruction's text. Settings None: it is expanded in a build that
    is not this one. Raises BadWord where BuildKit refuses it."""
    if is_plain(instruction, start, end):
        return literal(instruction.text[start:end], instruction.place(start, end))
    nodes = parse(instruction.text, start, end, instruction.escape)
    return _Expansion(instruction, settings).value(nodes)


def declared(
    name: str, span: Span, default: Value | None, prior: Setting | None, outer: Setting | None
) -> tuple[Value, Setting]:
    """What an ARG is itself, and what its name is from there on, given what was set before it in its stage and among
    the global ARGs. Its own value is its default; the name's is what --build-arg says and only else the default.

    Where an ENV set the name before, the Dockerfile reference lets that win, while BuildKit takes the ARG's default
    for the rest of the build (dockerfile2llb/convert.go, dispatchArg): either can be seen.
    """
    taken = default is None and outer is not None and outer.default is not None
    known = outer.default if taken and outer else default
    if known is None:
        value = unknown("the build is given it", span, type="str")
        if prior is None:
            return value, Setting(ref(name, span), certain=False)
        return value, replace(prior, value=ref(name, span, default=prior.value)) if prior.kept is not None else prior
    given = ref(name, span, default=known)
    if prior is None or prior.kept is None:
        return given if taken else known, Setting(given, certain=True, default=known)
    either = choice((prior.value, given))
    return given if taken else known, Setting(either, certain=True, kept=prior.kept, default=known)


@dataclass(frozen=True, slots=True)
class _Expansion:
    instruction: Instruction
    settings: Settings | None

    def value(self, nodes: Sequence[Node]) -> Value:
        values = [value for run in _runs(nodes) for value in self.values(run)]
        return values[0] if len(values) == 1 else concat(values)

    def values(self, run: Sequence[Node]) -> Iterator[Value]:
        """The value of pieces that are written next to each other, or of one reference."""
        if isinstance(run[0], Reference):
            yield self.reference(run[0])
            return
        text = "".join(node.text for node in run if isinstance(node, Piece))
        span = self.instruction.place(run[0].start, run[-1].end)
        if _SURROGATE.search(text):
            yield unknown("not UTF-8", span, type="str")
        elif text:
            yield literal(text, span)

    def reference(self, node: Reference) -> Value:
        span = self.instruction.place(node.start, node.end)
        word = self.value(node.word)
        if self.settings is None:
            return unknown("what it is comes from another build", span, type="str")
        if not node.name:
            return unknown("no name stands in `${`", span, type="str")
        setting = self.settings.get(node.name)
        match node.operator:
            case "":
                return setting.value if setting else _outside(node.name, span)
            case "-" | ":-":
                return _or_default(node, span, setting, word)
            case "+" | ":+":
                return _or_nothing(node, span, setting, word)
            case "?" if setting and setting.certain:
                return setting.value
            case ":?" if setting and setting.certain and _filled(setting.value.unset()):
                return setting.value
            case "?" | ":?":
                return unknown("the build ends here where the name is unset", span, type="str")
            case "#" | "%" | "/":
                return unknown("patterns are not followed", span, type="str")
        raise BadWord("a `${` holds an operator that BuildKit does not know")


def _runs(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """References one by one, and pieces in runs with no quote between them."""
    run: list[Node] = []
    for node in nodes:
        if isinstance(node, Piece) and node.kind != "mark":
            run.append(node)
            continue
        if run:
            yield run
        run = []
        if isinstance(node, Reference):
            yield [node]
    if run:
        yield run


def _or_default(node: Reference, span: Span, setting: Setting | None, word: Value) -> Value:
    """`${name-word}`: the word where the name is unset; `${name:-word}`: where it is empty too."""
    if setting is None or setting.open:
        return word if _never_set(node.name) else ref(node.name, span, default=word)
    return setting.value if node.operator == "-" else _or(setting.value, word, span)


def _or(value: Value, word: Value, span: Span) -> Value:
    """The value, or the word where it is empty."""
    filled = _filled(value)
    if filled is not None:
        return value if filled else word
    source = _lone_reference(value)
    if source is None:
        return unknown("whether the name is empty is not known", span, type="str")
    return ref(source.name, span, default=word if source.default is None else _or(source.default, word, span))


def _or_nothing(node: Reference, span: Span, setting: Setting | None, word: Value) -> Value:
    """`${name+word}`: the word where the name is set; `${name:+word}`: where it is not empty."""
    if setting is None or setting.open:
        return Value() if _never_set(node.name) else ref(node.name, span, alternate=word)
    if node.operator == ":+":
        return _and(setting.value, word, span)
    return word if setting.certain else unknown("whether the name is set is not known", span, type="str")


def _and(value: Value, word: Value, span: Span) -> Value:
    """The word, or the empty text where the value is empty."""
    filled = _filled(value)
    if filled is not None:
        return word if filled else Value()
    source = _lone_reference(value)
    if source is None:
        return unknown("whether the name is empty is not known", span, type="str")
    if source.default is None:
        return ref(source.name, span, alternate=word)
    # Given to the build, it may be given as the empty text.
    return ref(source.name, span, _and(source.default, word, span), alternate=choice((word, Value())))


def _outside(name: str, span: Span) -> Value:
    """A name that nothing here sets; the base image may."""
    return Value() if _never_set(name) else ref(name, span)


def _never_set(name: str) -> bool:
    """Whether it is a parameter that a shell has and a build does not: POSIX 2.5.1, 2.5.2."""
    return name in SPECIAL or name.isdecimal()


def _filled(value: Value) -> bool | None:
    """Whether a text is certainly not empty, or certainly empty."""
    if value.min_length:
        return True
    texts = value.possible() if value.exhaustive else ()
    if not texts or (any(texts) and not all(texts)):
        return None
    return all(texts)


def _lone_reference(value: Value) -> Ref | None:
    """The reference that a value consists of, if it is one and stands for the name's own value."""
    match value.parts:
        case (Ref(alternate=None) as source,):
            return source
    return None
