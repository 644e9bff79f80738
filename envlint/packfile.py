"""A pack's file: TOML in, one Pack out, read strictly.

What the file says wrongly is one PackError of one line that names file, table and the nearest known name.
This module knows how a pack is written, not which packs are on, and checks only by their names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TypeVar

from envlint import placeholders
from envlint.credentials import Credentials, words_of
from envlint.finding import Severity, shown
from envlint.pack import Example, Function, KeyShape, Pack, PackError, Rule, Spec, Variable
from envlint.tables import Table, TableError, nearest, opened, parse, plain, problem, read, shown_path
from envlint.versions import Age, age

_TOP = ("pack", "booleans", "credentials", "specs", "function", "key", "variable", "rule")
_PACK = ("name", "title", "docs", "sdk", "needles", "commands")
_BOOLEANS = ("true", "false", "ignore-case")
_CREDENTIALS = ("names", "fields", "sections", "hosts")
_FUNCTION = ("name", "parameters")
_KEY = ("alphabet", "length", "max-length", "marker", "prefix", "required", "alone")
_RULE = ("name", "summary", "why", "severity", "check", "message", "help", "since", "parameters", "bad", "good")
_GOOD = ("summary", "files")
_BAD = (*_GOOD, "flags")

_EVERY_KIND = ("kind", "since", "read", "empty", "refused", "yields", "instead")
_KINDS: Mapping[str, tuple[str, ...]] = {
    "choice": ("values", "ignore-case", "old"),
    "boolean": _BOOLEANS,
    "text": ("max-length", "overlong", "forbidden", "trimmed"),
    "list": ("separator", "max-length", "overlong", "forbidden"),
    "path": ("absolute", "home", "misplaced", "max-length", "overlong"),
    "url": ("max-length", "overlong", "trimmed"),
    "number": ("integer", "minimum"),
    "secret": ("trimmed",),
}
"""The kinds of values, and the keys that have a meaning for each besides those of every kind."""

_SPEC = tuple(dict.fromkeys([*_EVERY_KIND, *(key for keys in _KINDS.values() for key in keys)]))
_VARIABLE = ("name", "summary", "docs", "arguments", "spec")
_ALPHABETS = ("hex", "word")
_SEVERITIES = {str(level): level for level in sorted(Severity, reverse=True)}
# Shorter, and every other word of a project would be a key.
_SHORTEST_KEY = 16

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FUNCTION_NAME = re.compile(r"[A-Za-z_][\w.]*(?: [\w-]+)*")
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_FIELD = re.compile(r"\{(\w+)\}")


_N = TypeVar("_N", Function, Variable, Rule)


def load(path: Path, called: str | None = None) -> Pack:
    """The pack in a file, which it and its errors call as `called` or else by its path; PackError where the
    file cannot be read or used."""
    called = shown_path(Path(called) if called is not None else path)
    try:
        return loads(read(path), called)
    except OSError as error:
        raise PackError(f"{called}: {problem(error)}") from None
    except TableError as error:
        raise PackError(f"{called}: {error}") from None


def loads(data: bytes, path: str) -> Pack:
    """The pack that a file's content makes; `path` is how the pack and its errors call the file."""
    try:
        return _pack(opened(parse(data), "", _TOP), path)
    except TableError as error:
        raise PackError(f"{path}: {error}") from None


def validate(pack: Pack, checks: Collection[str], fields: Mapping[str, Collection[str]] | None = None) -> None:
    """PackError where a rule names a check that is not one of `checks`, or its words a field that the check
    does not offer; `fields` maps checks to theirs, and one that is not in it may offer any."""
    for rule in pack.rules:
        where = f"{pack.path}: [[rule]] {rule.name}"
        if rule.check not in checks:
            raise PackError(f"{where}: check is {shown(rule.check)}{nearest(rule.check, checks)}")
        if fields is None or rule.check not in fields:
            continue
        for key, words in (("message", rule.message), ("help", rule.help)):
            for name in _FIELD.findall(words):
                if name not in fields[rule.check]:
                    raise PackError(f"{where}: {key} has {{{name}}}{nearest(name, fields[rule.check])}")


@dataclass(frozen=True, slots=True)
class _Shared:
    """What a pack's variables may refer to: its words for yes and no, named lists of specs, its functions."""

    booleans: Table
    specs: Table
    functions: Collection[str]


def _pack(top: Table, path: str) -> Pack:
    head = top.table("pack", _PACK)
    functions = tuple(_distinct(_function(table) for table in top.tables("function", _FUNCTION, "name")))
    shared = _Shared(
        booleans=top.table("booleans", _BOOLEANS),
        specs=Table(top.free("specs"), "[specs]"),
        functions=[function.name for function in functions],
    )
    for name in shared.specs.content:
        _listed(shared.specs, name, shared.booleans)
    return Pack(
        name=_named(head, _NAME),
        title=head.text("title"),
        path=path,
        sdk=_version(head, "sdk"),
        docs=head.optional_text("docs"),
        needles=_words(head, "needles"),
        commands=_words(head, "commands"),
        variables=_variables(top, shared),
        functions=functions,
        keys=tuple(_key(table) for table in top.tables("key", _KEY)),
        rules=tuple(_distinct(_rule(table) for table in top.tables("rule", _RULE, "name"))),
        credentials=_credentials(top.table("credentials", _CREDENTIALS)),
    )


def _credentials(table: Table) -> Credentials:
    found = Credentials(*(_words(table, key) for key in _CREDENTIALS))
    for key, words in (("names", found.names), ("fields", found.fields), ("sections", found.sections)):
        for word in words:
            if "".join(words_of(word)) != word:
                raise table.error(f"{key} holds {shown(word)}; write its words run together in lower case")
    return found


def _words(table: Table, key: str) -> tuple[str, ...]:
    """Texts that are looked for; an empty one would be everywhere."""
    for word in table.texts(key):
        if not word.strip():
            raise table.error(f"{key} holds an empty text")
    return table.texts(key)


def _distinct(items: Iterator[_N]) -> Iterator[_N]:
    """The items as they come; TableError at the second of one name."""
    seen: set[str] = set()
    for item in items:
        if item.name in seen:
            raise TableError(f"[[{type(item).__name__.lower()}]] {item.name}: the name stands twice")
        seen.add(item.name)
        yield item


def _named(table: Table, pattern: re.Pattern[str]) -> str:
    name = table.text("name")
    if not pattern.fullmatch(name):
        raise table.error(f"name is {shown(name)}, which is no such name")
    return name


def _version(table: Table, key: str) -> str | None:
    version = table.optional_text(key)
    if version is not None and age(version) is None:
        raise table.error(f"{key} is {shown(version)}, which is no version such as 0.31.0")
    return version


def _function(table: Table) -> Function:
    return Function(_named(table, _FUNCTION_NAME), _words(table, "parameters"))


def _key(table: Table) -> KeyShape:
    shape = KeyShape(
        alphabet=table.choice("alphabet", _ALPHABETS),
        length=table.count("length") or 0,
        max_length=table.count("max-length"),
        marker=table.raw_text("marker"),
        prefix=table.flag("prefix", default=False),
        required=table.flag("required", default=False),
        alone=table.flag("alone", default=False),
    )
    if shape.length < _SHORTEST_KEY:
        raise table.error(f"length must be {_SHORTEST_KEY} or more")
    if shape.max_length is not None and shape.max_length < shape.length:
        raise table.error("max-length is below length")
    if shape.required and not shape.prefix:
        raise table.error("required needs prefix = true")
    if shape.alone and not shape.marker:
        raise table.error("alone needs a marker by which the key is known")
    return shape


def _variables(top: Table, shared: _Shared) -> tuple[Variable, ...]:
    known = (*_VARIABLE, *_SPEC)
    variables = tuple(_distinct(_variable(table, shared) for table in top.tables("variable", known, "name")))
    owners: dict[str, str] = {}
    for variable in variables:
        for pair in variable.arguments:
            if pair in owners:
                raise TableError(f"[[variable]] {variable.name}: {plain(pair)} already wins over {owners[pair]}")
            owners[pair] = variable.name
    return variables


def _variable(table: Table, shared: _Shared) -> Variable:
    return Variable(
        name=_named(table, _ENVIRONMENT_NAME),
        summary=table.text("summary"),
        specs=_specs(table, shared),
        arguments=_arguments(table, shared.functions),
        docs=table.optional_text("docs"),
    )


def _arguments(table: Table, functions: Collection[str]) -> tuple[str, ...]:
    pairs = table.texts("arguments")
    for pair in pairs:
        function, colon, parameter = pair.rpartition(":")
        if not colon or not _WORD.fullmatch(parameter):
            raise table.error(f"arguments holds {shown(pair)}, which is no function:parameter")
        if function not in functions:
            raise table.error(
                f"arguments holds {shown(pair)}, but no [[function]] is {plain(function)}{nearest(function, functions)}"
            )
    return pairs


def _specs(table: Table, shared: _Shared) -> tuple[Spec, ...]:
    """A variable's specs: the table's own keys, its array `spec`, or the shared list that `spec` names."""
    if not table.has("spec"):
        return _from(_version(table, "since"), (_spec(table, shared.booleans),))
    both = next((key for key in _SPEC if key != "since" and table.has(key)), None)
    if both is not None:
        raise table.error(f"{both} stands beside spec, but belongs into it")
    if isinstance(table.content["spec"], str):
        name = table.choice("spec", shared.specs.content)
        return _from(_version(table, "since"), _listed(shared.specs, name, shared.booleans))
    return _from(_version(table, "since"), _listed(table, "spec", shared.booleans))


def _listed(table: Table, key: str, booleans: Table) -> tuple[Spec, ...]:
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
        since=_version(table, "since"),
        read=read,
        values=(*words.texts("true"), *words.texts("false")) if kind == "boolean" else table.texts("values"),
        true=words.texts("true"),
        ignore_case=words.flag("ignore-case", default=False),
        old=table.mapping("old"),
        instead=table.mapping("instead"),
        empty=table.flag("empty", default=True),
        trimmed=table.flag("trimmed", default=False),
        max_length=table.count("max-length"),
        separator=table.raw_text("separator") or None,
        forbidden=table.raw_text("forbidden"),
        integer=table.flag("integer", default=False),
        minimum=table.number("minimum"),
        absolute=table.flag("absolute", default=False),
        home=table.flag("home", default=False),
        yields=table.texts("yields"),
        refused=table.raw_text("refused"),
        overlong=table.raw_text("overlong"),
        misplaced=table.raw_text("misplaced"),
    )
    _check_spec(table, spec)
    return spec


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
    for text in spec.instead:
        if text in spec.values:
            raise table.error(f"instead holds {shown(text)}, which is one of the values")


def _rule(table: Table) -> Rule:
    return Rule(
        name=_named(table, _NAME),
        summary=table.text("summary"),
        why=table.text("why"),
        severity=_SEVERITIES[table.choice("severity", _SEVERITIES)],
        check=table.text("check"),
        message=_template(table, "message"),
        help=_template(table, "help"),
        since=_version(table, "since") or table.text("since"),
        parameters=table.free("parameters"),
        bad=tuple(_bad(example) for example in table.tables("bad", _BAD)),
        good=tuple(Example(_files(example), (), example.text("summary")) for example in table.tables("good", _GOOD)),
    )


def _template(table: Table, key: str) -> str:
    """Words with {fields}: one line, and no brace that is none of a field."""
    words = table.text(key)
    if "\n" in words:
        raise table.error(f"{key} has more than one line")
    if re.search(r"[{}]", _FIELD.sub("", words)):
        raise table.error(f"{key} has a brace that belongs to no {{field}}")
    return words


def _bad(table: Table) -> Example:
    files = _files(table)
    flags = tuple(_filled(table, flag) for flag in table.texts("flags"))
    if not flags:
        raise table.error("flags is missing or empty")
    for flag in flags:
        if not any(flag in text for text in files.values()):
            raise table.error(f"flags holds {shown(flag)}, which none of the files does")
    return Example(files, flags, table.text("summary"))


def _files(table: Table) -> dict[str, str]:
    files = table.mapping("files")
    if not files:
        raise table.error("files is missing or empty")
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or str(path) != name or not name.isprintable():
            raise table.error(f"files holds {shown(name)}, which is no relative path")
    return {name: _filled(table, text) for name, text in files.items()}


def _filled(table: Table, text: str) -> str:
    name = placeholders.unknown(text)
    if name is not None:
        raise table.error(f"the placeholder {name} is not known{nearest(name, placeholders.NAMES)}")
    return placeholders.fill(text)
