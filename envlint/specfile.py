"""How a pack writes its variables: what each accepts, version by version, and its other spellings.

Everything is read strictly: what cannot be meant is a TableError of one line. Which variables there are is
the pack's affair, and what is done with a spec the checks'.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from envlint.finding import shown
from envlint.pack import Function, Reader, Rule, Server, Spec, Unread, Variable
from envlint.tables import Table, TableError, nearest, plain
from envlint.versions import Age, age

BOOLEANS = ("true", "false", "ignore-case")
"""The keys that say which words mean yes and no."""

_EVERY_KIND = ("kind", "since", "read", "empty", "refused", "ignored", "yields", "instead", "surprising", "use")
_KINDS: Mapping[str, tuple[str, ...]] = {
    "choice": ("values", "ignore-case", "old", "old-since"),
    "boolean": (*BOOLEANS, "others", "old", "old-since"),
    "text": ("max-length", "overlong", "forbidden", "trimmed"),
    "list": ("separator", "max-length", "overlong", "forbidden", "spaced", "alone"),
    "path": ("absolute", "home", "misplaced", "max-length", "overlong"),
    "url": ("max-length", "overlong", "servers", "grammar"),
    "number": ("integer", "minimum", "grammar"),
    "json": ("shape",),
    "moment": (),
    "nothing": (),
    "secret": ("trimmed",),
}
"""The kinds of values, and the keys that have a meaning for each besides those of every kind."""

_SPEC = tuple(dict.fromkeys([*_EVERY_KIND, *(key for keys in _KINDS.values() for key in keys)]))
_VARIABLE = ("name", "summary", "docs", "arguments", "lettered", "spec", "aliases", "any-case", "readers")
_GRAMMARS = ("pydantic", "python")
_SHAPES = ("texts", "integers", "filters")
_SERVER = ("domain", "instead", "label", "path")

ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORD = re.compile(r"[A-Za-z_][\w-]*")

N = TypeVar("N", Function, Variable, Rule, Reader, Unread)


def distinct(items: Iterator[N]) -> Iterator[N]:
    """The items as they come; TableError at the second of one name."""
    seen: set[str] = set()
    for item in items:
        if item.name in seen:
            raise TableError(f"[[{type(item).__name__.lower()}]] {item.name}: the name stands twice")
        seen.add(item.name)
        yield item


@dataclass(frozen=True, slots=True)
class Shared:
    """What a pack's variables may refer to: its words for yes and no, named lists of specs, its functions."""

    booleans: Table
    specs: Table
    functions: Collection[str]
    readers: Collection[str]


def variables(top: Table, shared: Shared) -> tuple[Variable, ...]:
    known = (*_VARIABLE, *_SPEC)
    named = [pair for table in top.tables("variable", known, "name") for pair in _spellings(table, shared)]
    variables = tuple(distinct(iter(named)))
    owners: dict[str, str] = {}
    for variable in variables:
        for pair in variable.arguments:
            if pair in owners:
                raise TableError(f"[[variable]] {variable.name}: {plain(pair)} already wins over {owners[pair]}")
            owners[pair] = variable.name
    return variables


def _spellings(table: Table, shared: Shared) -> Iterator[Variable]:
    """A variable, and each of its aliases as a variable of its own that holds from the alias' version on."""
    main = _variable(table, shared)
    yield main
    for name, since in table.mapping("aliases").items():
        if not ENVIRONMENT_NAME.fullmatch(name):
            raise table.error(f"aliases holds {shown(name)}, which is no such name")
        if since and age(since) is None:
            raise table.error(f"aliases has {shown(since)} for {plain(name)}, which is no version such as 0.31.0")
        specs = _from(since, main.specs) if since else main.specs
        yield replace(
            main,
            name=name,
            summary=f"Another name of {main.name}.",
            specs=specs,
            arguments=(),
            alias_of=main.name,
        )


def _variable(table: Table, shared: Shared) -> Variable:
    readers = table.texts("readers")
    for reader in readers:
        if reader not in shared.readers:
            raise table.error(
                f"readers holds {shown(reader)}, but no [[reader]] has this name{nearest(reader, shared.readers)}"
            )
    return Variable(
        name=table.named(ENVIRONMENT_NAME),
        summary=table.text("summary"),
        specs=_specs(table, shared),
        arguments=argument_pairs(table, shared.functions),
        docs=table.optional_text("docs"),
        lettered=argument_pairs(table, shared.functions, "lettered"),
        any_case=table.flag("any-case", default=False),
        readers=readers,
    )


def argument_pairs(table: Table, functions: Collection[str], key: str = "arguments") -> tuple[str, ...]:
    """The function:parameter pairs under a key; each function must be one of those the pack has."""
    pairs = table.texts(key)
    for pair in pairs:
        function, colon, parameter = pair.rpartition(":")
        if not colon or not _WORD.fullmatch(parameter):
            raise table.error(f"{key} holds {shown(pair)}, which is no function:parameter")
        if function not in functions:
            raise table.error(
                f"{key} holds {shown(pair)}, but no [[function]] is {plain(function)}{nearest(function, functions)}"
            )
    return pairs


def _specs(table: Table, shared: Shared) -> tuple[Spec, ...]:
    """A variable's specs: the table's own keys, its array `spec`, or the shared list that `spec` names."""
    if not table.has("spec"):
        return _from(table.version("since"), (_spec(table, shared.booleans),))
    both = next((key for key in _SPEC if key != "since" and table.has(key)), None)
    if both is not None:
        raise table.error(f"{both} stands beside spec, but belongs into it")
    if isinstance(table.content["spec"], str):
        name = table.choice("spec", shared.specs.content)
        return _from(table.version("since"), listed(shared.specs, name, shared.booleans))
    return _from(table.version("since"), listed(table, "spec", shared.booleans))


def listed(table: Table, key: str, booleans: Table) -> tuple[Spec, ...]:
    """The specs in an array of tables, which must be in the order of versions."""
    specs = tuple(_spec(inner, booleans) for inner in table.tables(key, _SPEC))
    if not specs:
        raise table.error(f"{plain(key)} is empty")
    _check_order(table, [spec.since for spec in specs])
    return specs


def _from(version: str | None, specs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """The specs as they hold from a version on; before it, and before the first of them, nothing is read."""
    version = version or specs[0].since
    if version is None:
        return specs
    begins = age(version) or ((), 0)
    later = [spec for spec in specs if (age(spec.since or "") or begins) > begins]
    first = specs[len(specs) - len(later) - 1] if len(later) < len(specs) else specs[0]
    return (Spec(first.kind, read=False), replace(first, since=version), *later)


def _check_order(table: Table, versions: list[str | None]) -> None:
    last: Age | None = None
    for number, version in enumerate(versions, 1):
        at = age(version) if version is not None else None
        if at is None and number > 1:
            raise table.error(f"spec {number} needs since; only the first may hold from the beginning")
        if at is not None and last is not None and at <= last:
            raise table.error(f"spec {number} is since {version}, which is not after the one before it")
        last = at


def _spec(table: Table, booleans: Table) -> Spec:
    read = table.flag("read", default=True)
    kind = table.choice("kind", _KINDS, None if read else "text")
    known = (*_VARIABLE, *_EVERY_KIND, *_KINDS[kind])
    meaningless = next((key for key in table.content if key not in known), None)
    if meaningless is not None:
        raise table.error(f"{meaningless} means nothing for kind = {shown(kind)}")
    words = booleans if kind == "boolean" and not (table.has("true") or table.has("false")) else table
    spec = Spec(
        kind=kind,
        since=table.version("since"),
        read=read,
        values=(*words.texts("true"), *words.texts("false")) if kind == "boolean" else table.texts("values"),
        true=words.texts("true"),
        ignore_case=words.flag("ignore-case", default=False),
        others=table.texts("others"),
        old=table.mapping("old"),
        old_since=table.version("old-since"),
        instead=table.mapping("instead"),
        surprising=table.mapping("surprising"),
        empty=table.flag("empty", default=True),
        trimmed=table.flag("trimmed", default=False),
        max_length=table.count("max-length"),
        separator=table.raw_text("separator") or None,
        spaced=table.raw_text("spaced"),
        alone=table.raw_text("alone"),
        forbidden=table.raw_text("forbidden"),
        integer=table.flag("integer", default=False),
        minimum=table.number("minimum"),
        grammar=table.choice("grammar", _GRAMMARS, "pydantic"),
        shape=table.choice("shape", _SHAPES) if kind == "json" else "",
        servers=tuple(_server(inner) for inner in table.tables("servers", _SERVER)),
        absolute=table.flag("absolute", default=False),
        home=table.flag("home", default=False),
        yields=table.texts("yields"),
        refused=table.raw_text("refused"),
        ignored=table.raw_text("ignored"),
        overlong=table.raw_text("overlong"),
        misplaced=table.raw_text("misplaced"),
        use=table.raw_text("use"),
    )
    _check_spec(table, spec)
    return spec


def _server(table: Table) -> Server:
    server = Server(table.text("domain"), table.text("instead"), table.raw_text("label"), table.raw_text("path"))
    if bool(server.label) == bool(server.path):
        raise table.error("a server needs either label or path")
    return server


def _check_spec(table: Table, spec: Spec) -> None:
    """What a spec must say so that the checks have words and values for it."""
    if spec.kind == "choice" and not table.has("values"):
        raise table.error("a choice needs values")
    if spec.kind == "boolean" and not (spec.true and len(spec.values) > len(spec.true)):
        raise table.error("a boolean needs true and false, here or in [booleans]")
    if spec.ignore_case and any(value != value.lower() for value in spec.values):
        raise table.error("with ignore-case, every value is written in lower case")
    if spec.kind == "list" and spec.separator is None:
        raise table.error("a list needs a separator")
    for key, words in (("max-length", "overlong"), ("absolute", "misplaced")):
        if table.has(key) and not table.has(words):
            raise table.error(f"{key} needs {words}: what happens then")
    for text in spec.old:
        if text not in spec.values:
            raise table.error(f"old holds {shown(text)}{nearest(text, spec.values)}")
    if spec.use and spec.read:
        raise table.error("use belongs to read = false")
    if spec.refused and spec.ignored:
        raise table.error("refused and ignored exclude each other")
    if spec.old_since is not None and not spec.old:
        raise table.error("old-since needs old")
    for text in spec.instead:
        if text in spec.values and text not in spec.surprising:
            raise table.error(f"instead holds {shown(text)}, which is one of the values")
