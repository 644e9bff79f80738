"""Secrets in Python code that no variable of the environment and no tracked argument carries: what is assigned
to a name that means one, stands under such a key, is its default, is compared with it, or is part of a command.

Owns which notation gives a secret away. What an identifier means is the packs' to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from envlint.source import Span
from envlint.surfaces.python.collector import Collector
from envlint.surfaces.python.confided import text_of
from envlint.surfaces.python.containers import MOST_FIELDS, VALUES, display, fields, logs_in, sections, sequence
from envlint.surfaces.python.identifiers import chain_of, means_secret, owner_of
from envlint.surfaces.python.items import argument_span
from envlint.surfaces.python.names import function_of
from envlint.surfaces.python.noting import At, note, secret, weak_secret
from envlint.surfaces.python.prose import may_hold, secrets_in
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Clue, Place, Spot, Step
from envlint.surfaces.python.requests import http_secrets
from envlint.surfaces.python.spelling import spelled
from envlint.surfaces.python.walk import assigned

# Where a call of the vendor's takes settings as a mapping.
_SETTINGS = frozenset(("default_settings", "overrides", "settings"))
_TAKES_SETTINGS = frozenset(("Api", "Settings", "setup"))
_COMPARED = (cst.Equal, cst.NotEqual, cst.In, cst.NotIn)
_TEXT_METHODS = frozenset(("format", "join"))


def credentials(collector: Collector, step: Step) -> None:
    """Notes the secrets that a statement, or the header of a compound one, gives away."""
    reading = collector.reading
    if reading.meanings.silent:
        return
    at = At(collector, step, step.space, step.place)
    marked = step.line in reading.outline.marked
    match step.node:
        case cst.Assign(targets=targets, value=value) if marked or owner_of(reading, step.place):
            _assignment(at, [target.target for target in targets], value)
        case cst.AnnAssign(target=target, value=value) if value is not None and (
            marked or owner_of(reading, step.place)
        ):
            _assignment(at, [target], value)
        case cst.Return(value=value) if value is not None and _returns_secret(reading, step.place):
            weak_secret(at, value)
        case cst.FunctionDef(name=name, params=params) if marked or owner_of(reading, step.place):
            _parameters(at, params, name.value)
    for spot in step.spots:
        if isinstance(spot.node, (cst.Call, cst.Comparison)):
            _spot(collector, step, spot)
    for clue in step.clues:
        reading.line = clue.line
        _clue(At(collector, step, clue.space, clue.place), clue)
    reading.line = step.line


def _returns_secret(reading: Reading, place: Place) -> bool:
    """Whether the function that a place is in is named after the secret that it returns."""
    function = function_of(place)
    return function is not None and function.name is not None and reading.meanings.is_named(function.name)


def _spot(collector: Collector, step: Step, spot: Spot) -> None:
    reading = collector.reading
    reading.line = spot.line
    at = At(collector, step, spot.space, spot.place)
    marked = spot.line in reading.outline.marked
    if isinstance(spot.node, cst.Call):
        _fields_of_call(at, spot.node, marked=marked)
        for value, span, value_span in http_secrets(reading, spot.node, spot.space, spot.place):
            note(at, value, span, value_span)
        if marked:
            _call(at, spot.node)
    elif marked and isinstance(spot.node, cst.Comparison):
        _comparison(at, spot.node)


def _clue(at: At, clue: Clue) -> None:
    match clue.node:
        case cst.Dict():
            display(at, clue.node)
        case cst.List(elements=elements) | cst.Tuple(elements=elements):
            sequence(at, [element.value for element in elements], clue.node)
        case cst.Lambda(params=params):
            _parameters(at, params, "")
        case cst.BooleanOperation(left=left, operator=cst.Or(), right=right):
            # `os.environ.get("NAME") or "..."`: what counts where there is none.
            chain = chain_of(left, at.space)
            if chain and means_secret(at.reading, chain, at.place):
                weak_secret(at, right, at.reading.span(clue.node))
        case cst.BooleanOperation():
            pass
        case cst.NamedExpr(target=target, value=value):
            _assignment(at, [target], value, clue.node)
        case _:
            _text(at, clue.node)


def _assignment(
    at: At, targets: Iterable[cst.CSTNode], value: cst.BaseExpression, whole: cst.CSTNode | None = None
) -> None:
    whole = whole if whole is not None else at.step.node
    for target in targets:
        for part, given in assigned(target, value):
            chain = chain_of(part, at.space)
            if given is None or not chain:
                continue
            if at.meanings.is_named(chain[-1]):
                secret(at, given, at.reading.span(whole))
            elif means_secret(at.reading, chain, at.place):
                weak_secret(at, given, at.reading.span(whole))
            elif at.meanings.is_section(chain[-1]):
                fields(at, given)
            elif at.meanings.holds_fields(chain[-1]):
                sections(at, given)
            elif any(map(at.meanings.is_host, chain)):
                weak_secret(at, given, at.reading.span(whole))


def _parameters(at: At, params: cst.Parameters, function: str) -> None:
    owned = at.meanings.is_context(function) or (function == "__init__" and owner_of(at.reading, at.place))
    for param in (*params.posonly_params, *params.params, *params.kwonly_params):
        named = at.meanings.is_named(param.name.value)
        if param.default is None or not (named or (owned and at.meanings.is_field(param.name.value))):
            continue
        noted = secret if named else weak_secret
        noted(at, param.default, at.reading.span(param.name).to(at.reading.span(param.default)))


def _comparison(at: At, node: cst.Comparison) -> None:
    first = node.comparisons[0]
    if len(node.comparisons) != 1 or not isinstance(first.operator, _COMPARED):
        return
    for one, other in ((node.left, first.comparator), (first.comparator, node.left)):
        chain = chain_of(one, at.space)
        if chain and means_secret(at.reading, chain, at.place):
            weak_secret(at, other, at.reading.span(node))


def _fields_of_call(at: At, node: cst.Call, *, marked: bool) -> None:
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
    if at.meanings.takes_secret(qualified):
        given += [("", each) for each in node.args[:MOST_FIELDS] if each.keyword is None and not each.star]
    for _, each in given:
        weak_secret(at, each.value, argument_span(at.reading, each))
    for each in node.args:
        name = each.keyword.value if each.keyword is not None else None
        if name in _SETTINGS or (name is None and last in _TAKES_SETTINGS and isinstance(each.value, cst.Dict)):
            fields(at, each.value)


def _may_be_field(at: At, name: str) -> bool:
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


def _call(at: At, node: cst.Call) -> None:
    plain = [each.value for each in node.args if each.keyword is None and not each.star]
    sequence(at, plain, node)
    named = any(at.meanings.is_named(at.text(value) or "") for value in plain)
    elsewhere = False
    for each in node.args:
        if each.keyword is None:
            continue
        name = each.keyword.value
        if at.meanings.is_named(name):
            secret(at, each.value, argument_span(at.reading, each))
        elif at.meanings.is_section(name):
            fields(at, each.value)
        elif _is_identifier(at, at.text(each.value)):
            named = elsewhere = True
        elif name == "input" and plain and _is_login(at, plain[0]):
            weak_secret(at, each.value, at.reading.span(node))
    for value in plain if elsewhere else ():
        weak_secret(at, value, at.reading.span(node))
    if named:
        for each in node.args:
            if each.keyword is not None and each.keyword.value in VALUES:
                weak_secret(at, each.value, at.reading.span(node))
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in _TEXT_METHODS:
        _text(at, node)


def _is_identifier(at: At, text: str | None) -> bool:
    """Whether a text is the name of a secret, and no sentence about one."""
    return text is not None and not any(map(str.isspace, text)) and at.meanings.is_named(text)


def _is_login(at: At, command: cst.CSTNode) -> bool:
    if isinstance(command, (cst.List, cst.Tuple)):
        return logs_in(at, [text for element in command.elements if (text := at.text(element.value)) is not None])
    return logs_in(at, (at.text(command) or "").split())


def _text(at: At, node: cst.CSTNode) -> None:
    """The secrets inside a text: a command line, lines of a settings file, a URL."""
    if isinstance(node, cst.SimpleString) and not may_hold(node.value):
        return
    # What a word means is told by the same text.
    if not at.meanings.mark(" ".join(_written(node))):
        return
    whole = at.reading.span(node)
    if whole.start in at.collector.commands:
        return
    for way in spelled(text_of(at.reading, node, at.space, at.place)):
        for start, end in secrets_in(way.text, at.meanings):
            value = way.cut(at.reading.source, start, end)
            spans = [piece.span for piece in value.literals() if piece.span is not None and piece.span in whole]
            note(at, value, whole, Span(spans[0].start, spans[-1].end) if spans else whole)


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
