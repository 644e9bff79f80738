"""Secrets in Python code that no variable of the environment and no tracked argument carries: what is assigned
to a name that means one, stands under such a key, is its default, is compared with it, or is part of a command.

Owns which notation gives a secret away. What an identifier means is the packs' to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from envlint.facts import Credential
from envlint.source import Span
from envlint.surfaces.python.collector import Collector
from envlint.surfaces.python.confided import DEFAULTS, confided, text_of
from envlint.surfaces.python.identifiers import chain_of, means_secret, owner_of, word_of
from envlint.surfaces.python.items import argument_span
from envlint.surfaces.python.meanings import BETWEEN, Meanings, is_opaque
from envlint.surfaces.python.prose import after_command, may_hold, secrets_in
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Clue, Place, Space, Spot, Step
from envlint.surfaces.python.requests import http_secrets
from envlint.surfaces.python.spelling import part_of, spelled
from envlint.surfaces.python.walk import assigned
from envlint.value import Literal, Value

_MOST_FIELDS = 256
# Keys under which the name of a variable stands, and those of its value beside it.
_NAMING = frozenset(("dest", "env", "env_var", "envvar", "field", "id", "key", "name", "option", "var", "variable"))
_VALUES = DEFAULTS | {"secret", "stringvalue", "string_value", "val", "value_to_set"}
# Where a call of the vendor's takes settings as a mapping.
_SETTINGS = frozenset(("overrides", "settings"))
_TAKES_SETTINGS = frozenset(("Api", "Settings", "setup"))
_COMPARED = (cst.Equal, cst.NotEqual, cst.In, cst.NotIn)
_TEXT_METHODS = frozenset(("format", "join"))


@dataclass(frozen=True, slots=True)
class _At:
    """Where an expression is looked at: the file's facts, the statement, the namespace and the region."""

    collector: Collector
    step: Step
    space: Space
    place: Place

    @property
    def reading(self) -> Reading:
        return self.collector.reading

    @property
    def meanings(self) -> Meanings:
        return self.collector.reading.meanings

    def text(self, node: cst.CSTNode | None) -> str | None:
        return word_of(node, self.space) if node is not None else None


def credentials(collector: Collector, step: Step) -> None:
    """Notes the secrets that a statement, or the header of a compound one, gives away."""
    reading = collector.reading
    if reading.meanings.silent:
        return
    at = _At(collector, step, step.space, step.place)
    marked = step.line in reading.outline.marked
    match step.node:
        case cst.Assign(targets=targets, value=value) if marked or owner_of(reading, step.place):
            _assignment(at, [target.target for target in targets], value)
        case cst.AnnAssign(target=target, value=value) if value is not None and (
            marked or owner_of(reading, step.place)
        ):
            _assignment(at, [target], value)
        case cst.FunctionDef(name=name, params=params) if marked or owner_of(reading, step.place):
            _parameters(at, params, name.value)
    for spot in step.spots:
        if isinstance(spot.node, (cst.Call, cst.Comparison)):
            _spot(collector, step, spot)
    for clue in step.clues:
        reading.line = clue.line
        _clue(_At(collector, step, clue.space, clue.place), clue)
    reading.line = step.line


def _spot(collector: Collector, step: Step, spot: Spot) -> None:
    reading = collector.reading
    reading.line = spot.line
    at = _At(collector, step, spot.space, spot.place)
    marked = spot.line in reading.outline.marked
    if isinstance(spot.node, cst.Call):
        _fields_of_call(at, spot.node, marked=marked)
        for value, span, value_span in http_secrets(reading, spot.node, spot.space, spot.place):
            _note(at, value, span, value_span)
        if marked:
            _call(at, spot.node)
    elif marked and isinstance(spot.node, cst.Comparison):
        _comparison(at, spot.node)


def _clue(at: _At, clue: Clue) -> None:
    match clue.node:
        case cst.Dict():
            _display(at, clue.node)
        case cst.List(elements=elements) | cst.Tuple(elements=elements):
            _sequence(at, [element.value for element in elements], clue.node)
        case cst.Lambda(params=params):
            _parameters(at, params, "")
        case cst.NamedExpr(target=target, value=value):
            _assignment(at, [target], value, clue.node)
        case _:
            _text(at, clue.node)


# ---- Noting


def _note(at: _At, value: Value, span: Span, value_span: Span) -> None:
    """Notes a value as a secret, unless another fact has it, or it is the name of one."""
    trimmed = _trimmed(at.reading, value)
    texts = [piece.text for piece in trimmed.literals() if piece.text]
    if not texts or value_span in at.collector.told or all(map(at.meanings.is_named, texts)):
        return
    if trimmed is not value and (only := trimmed.parts[0]) and isinstance(only, Literal) and only.span is not None:
        value_span = only.span
    at.collector.told.add(value_span)
    at.collector.add(Credential(trimmed, span, value_span), at.place, at.step)


def _trimmed(reading: Reading, value: Value) -> Value:
    """A text without the blanks around it (`input="...\\n"`)."""
    part = value.parts[0] if len(value.parts) == 1 else None
    if not isinstance(part, Literal) or part.text == part.text.strip() or not part.text.strip():
        return value
    start = len(part.text) - len(part.text.lstrip())
    return Value((part_of(reading.source, part, start, len(part.text.rstrip())),))


def _secret(at: _At, node: cst.CSTNode, span: Span | None = None) -> None:
    """Notes what an expression gives away."""
    for value, value_span in confided(at.reading, node, at.space, at.place):
        _note(at, value, span or value_span, value_span)


def _weak_secret(at: _At, node: cst.CSTNode, span: Span | None = None) -> None:
    """The same where the notation often holds something else: only what looks like nothing else."""
    for value, value_span in confided(at.reading, node, at.space, at.place):
        if any(is_opaque(text.strip()) for text in (*value.possible(), *(piece.text for piece in value.literals()))):
            _note(at, value, span or value_span, value_span)


# ---- Names that receive a secret


def _assignment(
    at: _At, targets: Iterable[cst.CSTNode], value: cst.BaseExpression, whole: cst.CSTNode | None = None
) -> None:
    whole = whole if whole is not None else at.step.node
    for target in targets:
        for part, given in assigned(target, value):
            chain = chain_of(part, at.space)
            if given is None or not chain:
                continue
            if at.meanings.is_named(chain[-1]):
                _secret(at, given, at.reading.span(whole))
            elif means_secret(at.reading, chain, at.place):
                _weak_secret(at, given, at.reading.span(whole))
            elif at.meanings.is_section(chain[-1]):
                _fields(at, given)
            elif any(map(at.meanings.is_host, chain)):
                _weak_secret(at, given, at.reading.span(whole))


def _parameters(at: _At, params: cst.Parameters, function: str) -> None:
    owned = at.meanings.is_context(function) or (function == "__init__" and owner_of(at.reading, at.place))
    for param in (*params.posonly_params, *params.params, *params.kwonly_params):
        named = at.meanings.is_named(param.name.value)
        if param.default is None or not (named or (owned and at.meanings.is_field(param.name.value))):
            continue
        note = _secret if named else _weak_secret
        note(at, param.default, at.reading.span(param.name).to(at.reading.span(param.default)))


def _comparison(at: _At, node: cst.Comparison) -> None:
    first = node.comparisons[0]
    if len(node.comparisons) != 1 or not isinstance(first.operator, _COMPARED):
        return
    for one, other in ((node.left, first.comparator), (first.comparator, node.left)):
        chain = chain_of(one, at.space)
        if chain and means_secret(at.reading, chain, at.place):
            _weak_secret(at, other, at.reading.span(node))


# ---- Mappings and sequences


def _display(at: _At, node: cst.Dict) -> None:
    items = [(at.text(item.key), item) for item in node.elements if isinstance(item, cst.DictElement)]
    for key, item in items:
        if key is None:
            continue
        if at.meanings.is_named(key):
            _secret(at, item.value, _item_span(at, item))
        elif at.meanings.is_section(key):
            _fields(at, item.value)
        elif at.meanings.is_host(key):
            _weak_secret(at, item.value, _item_span(at, item))
    if not any(key in _NAMING and at.meanings.is_named(at.text(item.value) or "") for key, item in _lower(items)):
        return
    for key, item in items:
        if key is not None and key.lower() in _VALUES:
            _secret(at, item.value, at.reading.span(node))


def _lower(items: Sequence[tuple[str | None, cst.DictElement]]) -> Iterator[tuple[str, cst.DictElement]]:
    return ((key.lower(), item) for key, item in items if key is not None)


def _item_span(at: _At, item: cst.DictElement) -> Span:
    return at.reading.span(item.key).to(at.reading.span(item.value))


def _fields(at: _At, node: cst.CSTNode) -> None:
    """The fields of a section: a mapping that is written out, or the keywords of the call that makes it."""
    waiting = [node]
    for _ in range(_MOST_FIELDS):
        if not waiting:
            return
        for name, value, span in _entries(at, waiting.pop()):
            if at.meanings.is_field(name) or at.meanings.is_named(name):
                _weak_secret(at, value, span)
            elif name in BETWEEN:
                waiting.append(value)


def _entries(at: _At, node: cst.CSTNode) -> Iterator[tuple[str, cst.CSTNode, Span]]:
    if isinstance(node, cst.Dict):
        for item in node.elements[:_MOST_FIELDS]:
            key = at.text(item.key) if isinstance(item, cst.DictElement) else None
            if key is not None and isinstance(item, cst.DictElement):
                yield key, item.value, _item_span(at, item)
    elif isinstance(node, cst.Call):
        for given in node.args[:_MOST_FIELDS]:
            if given.keyword is not None:
                yield given.keyword.value, given.value, argument_span(at.reading, given)


def _sequence(at: _At, nodes: Sequence[cst.CSTNode], whole: cst.CSTNode) -> None:
    """Words in a row: a name and its value, or a command that logs in."""
    texts = [at.text(node) for node in nodes]
    for text, node in zip(texts, nodes[1:], strict=False):
        if text is not None and at.meanings.is_named(text):
            _weak_secret(at, node, at.reading.span(whole))
    for node in nodes[len(nodes) - len(_given_to_login(at, texts)) :]:
        _weak_secret(at, node, at.reading.span(whole))


def _given_to_login(at: _At, words: Sequence[str | None]) -> list[str]:
    """The words after a command that logs in; none where there is no such command."""
    texts = [word or "" for word in words]
    return next(filter(None, (after_command(texts, command) for command in at.meanings.logins)), [])


def _logs_in(at: _At, words: list[str]) -> bool:
    return any(after_command(words, command) is not None for command in at.meanings.logins)


# ---- Calls


def _fields_of_call(at: _At, node: cst.Call, *, marked: bool) -> None:
    """The fields that a function or class of the vendor's is given, and the settings."""
    if not marked and not any(each.keyword is not None and _may_be_field(at, each.keyword.value) for each in node.args):
        return
    chain = chain_of(node.func, at.space)
    qualified = ".".join(chain)
    if not at.meanings.is_context(qualified):
        return
    last = chain[-1]
    positional = at.reading.parameters.get(qualified, ())
    given = [(name, each) for name, each in _named_arguments(node, positional) if at.meanings.is_field(name)]
    for _, each in given:
        _weak_secret(at, each.value, argument_span(at.reading, each))
    for each in node.args:
        name = each.keyword.value if each.keyword is not None else None
        if name in _SETTINGS or (name is None and last in _TAKES_SETTINGS and isinstance(each.value, cst.Dict)):
            _fields(at, each.value)


def _may_be_field(at: _At, name: str) -> bool:
    return name in _SETTINGS or at.meanings.is_field(name)


def _named_arguments(node: cst.Call, positional: Sequence[str]) -> Iterator[tuple[str, cst.Arg]]:
    """The arguments with their parameters' names, as far as these are known."""
    for index, each in enumerate(node.args):
        if each.keyword is not None:
            yield each.keyword.value, each
        elif each.star:
            positional = ()
        elif index < len(positional):
            yield positional[index], each


def _call(at: _At, node: cst.Call) -> None:
    plain = [each.value for each in node.args if each.keyword is None and not each.star]
    _sequence(at, plain, node)
    named = any(at.meanings.is_named(at.text(value) or "") for value in plain)
    elsewhere = False
    for each in node.args:
        if each.keyword is None:
            continue
        name = each.keyword.value
        if at.meanings.is_named(name):
            _secret(at, each.value, argument_span(at.reading, each))
        elif at.meanings.is_section(name):
            _fields(at, each.value)
        elif at.meanings.is_named(at.text(each.value) or ""):
            named = elsewhere = True
        elif name == "input" and plain and _is_login(at, plain[0]):
            _weak_secret(at, each.value, at.reading.span(node))
    for value in plain if elsewhere else ():
        _weak_secret(at, value, at.reading.span(node))
    if named:
        for each in node.args:
            if each.keyword is not None and each.keyword.value in _VALUES:
                _weak_secret(at, each.value, at.reading.span(node))
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in _TEXT_METHODS:
        _text(at, node)


def _is_login(at: _At, command: cst.CSTNode) -> bool:
    if isinstance(command, (cst.List, cst.Tuple)):
        return _logs_in(at, [text for element in command.elements if (text := at.text(element.value)) is not None])
    return _logs_in(at, (at.text(command) or "").split())


# ---- Texts


def _text(at: _At, node: cst.CSTNode) -> None:
    """The secrets inside a text: a command line, lines of a settings file, a URL."""
    if isinstance(node, cst.SimpleString) and not may_hold(node.value):
        return
    # What a word means is told by the same text.
    if not at.meanings.mark(" ".join(_written(node))):
        return
    whole = at.reading.span(node)
    for way in spelled(text_of(at.reading, node, at.space, at.place)):
        for start, end in secrets_in(way.text, at.meanings):
            value = way.cut(at.reading.source, start, end)
            spans = [piece.span for piece in value.literals() if piece.span is not None and piece.span in whole]
            _note(at, value, whole, Span(spans[0].start, spans[-1].end) if spans else whole)


def _written(node: cst.CSTNode) -> Iterator[str]:
    """The strings that a text is made of, as they are written."""
    waiting = [node]
    while waiting:
        match waiting.pop():
            case cst.SimpleString(value=text) | cst.FormattedStringText(value=text):
                yield text
            case cst.FormattedString(parts=parts):
                waiting.extend(parts)
            case cst.ConcatenatedString(left=left, right=right) | cst.BinaryOperation(left=left, right=right):
                waiting.extend((left, right))
            case cst.Call(func=cst.Attribute(value=owner), args=args):
                waiting.extend((owner, *(given.value for given in args)))
            case cst.List(elements=elements) | cst.Tuple(elements=elements):
                waiting.extend(element.value for element in elements)
