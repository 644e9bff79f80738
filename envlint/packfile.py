"""A pack's file: TOML in, one Pack out, read strictly.

What the file says wrongly is one PackError of one line that names file, table and the nearest known name.
This module knows how a pack is written, not which packs are on, and checks only by their names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from envlint import placeholders
from envlint.credentials import Credentials, words_of
from envlint.finding import Severity, shown
from envlint.pack import (
    Conflict,
    Example,
    Function,
    KeyShape,
    Override,
    Pack,
    PackError,
    Reader,
    Rule,
    Signature,
    Unread,
    Variable,
)
from envlint.specfile import BOOLEANS, ENVIRONMENT_NAME, Shared, argument_pairs, distinct, listed, variables
from envlint.tables import Table, TableError, nearest, opened, parse, problem, read, shown_path

_TOP = (
    "pack",
    "booleans",
    "credentials",
    "specs",
    "function",
    "key",
    "reader",
    "variable",
    "unread",
    "conflict",
    "override",
    "rule",
)
_PACK = (
    "name",
    "title",
    "docs",
    "sdk",
    "package",
    "prefix",
    "carriers",
    "misprefixes",
    "needles",
    "commands",
)
_CREDENTIALS = ("names", "fields", "sections", "hosts")
_FUNCTION = (
    "name",
    "parameters",
    "keywords",
    "names",
    "earlier",
    "refused",
    "instead",
    "passes",
    "variables",
    "switches",
    "hands",
    "session",
    "writes",
    "options",
    "settings",
)
_SESSIONS = ("starts", "ends", "")
_SIGNATURE = ("before", "parameters")
_KEY = ("alphabet", "length", "max-length", "marker", "prefix", "required", "alone", "since")
_READER = ("name", "title", "needles")
_UNREAD = ("name", "because", "use")
_CONFLICT = ("variables", "refused", "since")
_OVERRIDE = ("variable", "arguments", "effect")
_RULE = ("name", "summary", "why", "severity", "check", "message", "help", "since", "parameters", "bad", "good")
_GOOD = ("summary", "files")
_BAD = (*_GOOD, "flags", "fixed")

_ALPHABETS = ("hex", "word")
_SEVERITIES = {str(level): level for level in sorted(Severity, reverse=True)}
# Shorter, and every other word of a project would be a key.
_SHORTEST_KEY = 16

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_FUNCTION_NAME = re.compile(r"[A-Za-z_][\w.]*(?: [\w-]+)*")
_FIELD = re.compile(r"\{(\w+)\}")


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


def _pack(top: Table, path: str) -> Pack:
    head = top.table("pack", _PACK)
    functions = tuple(distinct(_function(table) for table in top.tables("function", _FUNCTION, "name")))
    readers = tuple(distinct(_reader(table) for table in top.tables("reader", _READER, "name")))
    shared = Shared(
        booleans=top.table("booleans", BOOLEANS),
        specs=Table(top.free("specs"), "[specs]"),
        functions=[function.name for function in functions],
        readers=[reader.name for reader in readers],
    )
    for name in shared.specs.content:
        listed(shared.specs, name, shared.booleans)
    known = variables(top, shared)
    _check_functions(functions, known)
    name = head.named(_NAME)
    return Pack(
        name=name,
        title=head.text("title"),
        path=path,
        sdk=head.version("sdk"),
        docs=head.optional_text("docs"),
        package=head.optional_text("package"),
        prefix=head.raw_text("prefix"),
        carriers=head.words("carriers"),
        misprefixes=head.words("misprefixes"),
        needles=head.words("needles"),
        commands=head.words("commands"),
        variables=known,
        unread=_unread(top, known),
        readers=readers,
        conflicts=tuple(_conflict(table, known) for table in top.tables("conflict", _CONFLICT)),
        functions=functions,
        keys=tuple(_key(table) for table in top.tables("key", _KEY)),
        overrides=tuple(_override(table, known, shared) for table in top.tables("override", _OVERRIDE)),
        rules=tuple(
            replace(rule, pack=name) for rule in distinct(_rule(table) for table in top.tables("rule", _RULE, "name"))
        ),
        credentials=_credentials(top.table("credentials", _CREDENTIALS)),
    )


def _credentials(table: Table) -> Credentials:
    found = Credentials(*(table.words(key) for key in _CREDENTIALS))
    for key, words in (("names", found.names), ("fields", found.fields), ("sections", found.sections)):
        for word in words:
            if "".join(words_of(word)) != word:
                raise table.error(f"{key} holds {shown(word)}; write its words run together in lower case")
    return found


def _function(table: Table) -> Function:
    function = Function(
        name=table.named(_FUNCTION_NAME),
        parameters=table.words("parameters"),
        keywords=table.words("keywords"),
        names=table.words("names"),
        earlier=tuple(_signature(inner) for inner in table.tables("earlier", _SIGNATURE)),
        refused=table.raw_text("refused"),
        instead=table.mapping("instead"),
        passes=table.mapping("passes"),
        variables=table.mapping("variables"),
        switches=table.mapping("switches"),
        hands=table.mapping("hands"),
        session=table.choice("session", _SESSIONS, ""),
        writes=table.mapping("writes"),
        options=table.mapping("options"),
        settings=table.flag("settings", default=False),
    )
    for name in function.names:
        if not _FUNCTION_NAME.fullmatch(name):
            raise table.error(f"names holds {shown(name)}, which is no such name")
    known = (*function.parameters, *function.keywords)
    handed = [name.partition(".")[0] for name in function.hands]
    for key, names in (("passes", function.passes), ("variables", function.variables), ("hands", handed)):
        for name in names:
            if name not in known:
                raise table.error(f"{key} holds {shown(name)}{nearest(name, known)}")
    for name in function.switches:
        if name not in function.variables:
            raise table.error(f"switches holds {shown(name)}{nearest(name, function.variables)}")
    return function


def _check_functions(functions: Collection[Function], variables: Collection[Variable]) -> None:
    known = [variable.name for variable in variables]
    named = [function.name for function in functions]
    for function in functions:
        for name in function.hands.values():
            if name not in named:
                raise TableError(f"[[function]] {function.name}: hands has {shown(name)}{nearest(name, named)}")
        for key, meant in (
            ("variables", function.variables.values()),
            ("writes", function.writes),
            ("options", function.options.values()),
        ):
            for name in meant:
                if name not in known:
                    raise TableError(f"[[function]] {function.name}: {key} has {shown(name)}{nearest(name, known)}")


def _signature(table: Table) -> Signature:
    before = table.version("before")
    if before is None:
        raise table.error("the key before is missing")
    return Signature(before, table.words("parameters"))


def _reader(table: Table) -> Reader:
    reader = Reader(table.named(_NAME), table.text("title"), table.words("needles"))
    if not reader.needles:
        raise table.error("needles is missing or empty")
    return reader


def _unread(top: Table, variables: Collection[Variable]) -> tuple[Unread, ...]:
    known = {variable.name for variable in variables}
    found = tuple(
        distinct(
            Unread(table.named(ENVIRONMENT_NAME), table.text("because"), table.raw_text("use"))
            for table in top.tables("unread", _UNREAD, "name")
        )
    )
    for one in found:
        if one.name in known:
            raise TableError(f"[[unread]] {one.name}: a [[variable]] has this name")
    return found


def _conflict(table: Table, variables: Collection[Variable]) -> Conflict:
    conflict = Conflict(table.words("variables"), table.text("refused"), table.version("since"))
    known = [variable.name for variable in variables]
    if len(conflict.variables) < 2:
        raise table.error("variables needs two names or more")
    for name in conflict.variables:
        if name not in known:
            raise table.error(f"variables holds {shown(name)}{nearest(name, known)}")
    return conflict


def _override(table: Table, variables: Collection[Variable], shared: Shared) -> Override:
    name = table.text("variable")
    known = [variable.name for variable in variables]
    if name not in known:
        raise table.error(f"variable is {shown(name)}{nearest(name, known)}")
    return Override(name, argument_pairs(table, shared.functions), table.text("effect"))


def _key(table: Table) -> KeyShape:
    shape = KeyShape(
        alphabet=table.choice("alphabet", _ALPHABETS),
        length=table.count("length") or 0,
        max_length=table.count("max-length"),
        marker=table.raw_text("marker"),
        prefix=table.flag("prefix", default=False),
        required=table.flag("required", default=False),
        alone=table.flag("alone", default=False),
        since=table.version("since"),
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


def _rule(table: Table) -> Rule:
    return Rule(
        name=table.named(_NAME),
        summary=table.text("summary"),
        why=table.text("why"),
        severity=_SEVERITIES[table.choice("severity", _SEVERITIES)],
        check=table.text("check"),
        message=_template(table, "message"),
        help=_template(table, "help"),
        since=table.version("since") or table.text("since"),
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
    fixed = _files(table, "fixed") if table.has("fixed") else {}
    for name in fixed:
        if name not in files:
            raise table.error(f"fixed holds {shown(name)}{nearest(name, files)}")
    return Example(files, flags, table.text("summary"), fixed)


def _files(table: Table, key: str = "files") -> dict[str, str]:
    files = table.mapping(key)
    if not files:
        raise table.error(f"{key} is missing or empty")
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or str(path) != name or not name.isprintable():
            raise table.error(f"{key} holds {shown(name)}, which is no relative path")
    return {name: _filled(table, text) for name, text in files.items()}


def _filled(table: Table, text: str) -> str:
    name = placeholders.unknown(text)
    if name is not None:
        raise table.error(f"the placeholder {name} is not known{nearest(name, placeholders.NAMES)}")
    return placeholders.fill(text)
