"""The catalogue: what `envlint rules` and `envlint variables` print, and --show-settings. All of it is the
packs' own words, laid out, with keys masked before a line is broken."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from envlint.config import KEYS, Config
from envlint.finding import mask_keys, shown
from envlint.knowledge import Knowledge
from envlint.packs import PackError, Rule, Spec, Unread, Variable
from envlint.tables import nearest, plain

_WIDTH = 100


def rules(knowledge: Knowledge) -> Iterator[str]:
    """The table of rules."""
    yield from _table([(rule.name, str(rule.severity), mask_keys(rule.summary)) for rule in knowledge.rules])


def rule(knowledge: Knowledge, name: str) -> Iterator[str]:
    """A rule's page; PackError where there is none of that name."""
    found = {rule.name: rule for rule in knowledge.rules}
    if name not in found:
        raise PackError(f"there is no rule {name}{nearest(name, found)}")
    yield from _rule_page(found[name])


def _rule_page(rule: Rule) -> Iterator[str]:
    yield f"{rule.name} ({rule.severity}, since {rule.since})\n\n"
    yield _paragraph(rule.summary)
    yield _paragraph(rule.why)
    for title, examples in (("Wrong", rule.bad), ("Right", rule.good)):
        for example in examples:
            yield f"{title}: {mask_keys(example.summary)}\n\n"
            yield from _files(example.files)
            if example.fixed:
                yield "  Fixed:\n\n"
                yield from _files(example.fixed)
    yield f"To suppress one finding: # envlint: ignore[{rule.name}] reason\n"


def _files(files: Mapping[str, str]) -> Iterator[str]:
    for name, text in files.items():
        yield f"  {mask_keys(name)}\n"
        yield textwrap.indent(mask_keys(text.strip("\n")), "    ") + "\n\n"


def variables(knowledge: Knowledge) -> Iterator[str]:
    """The table of variables, by name."""
    found = sorted(knowledge.variables.items())
    rows = ((name, _table_kind(knowledge.require(name)), variable.summary) for name, variable in found)
    yield from _table([(mask_keys(name), kind, mask_keys(summary)) for name, kind, summary in rows])


def _table_kind(spec: Spec) -> str:
    return spec.kind if spec.read else "not read"


def variable(knowledge: Knowledge, name: str) -> Iterator[str]:
    """A variable's page; PackError where the packs know none of that name."""
    if name in knowledge.unread:
        yield from _unread_page(knowledge.unread[name])
        return
    found = knowledge.variable(name)
    if found is None:
        known = [*knowledge.variables, *knowledge.unread]
        raise PackError(f"there is no variable {plain(name)} in the packs{nearest(name, known)}")
    yield from _variable_page(knowledge, found)


def _unread_page(unread: Unread) -> Iterator[str]:
    yield f"{mask_keys(unread.name)}\n\n"
    yield _paragraph(f"Nothing reads it: {unread.because}.")
    if unread.use:
        yield _paragraph(f"Write {unread.use}.")


def _variable_page(knowledge: Knowledge, variable: Variable) -> Iterator[str]:
    yield f"{mask_keys(variable.name)}\n\n"
    yield _paragraph(variable.summary)
    others = [one.name for one in knowledge.variables.values() if one.alias_of == variable.name]
    if others:
        yield _paragraph(f"Other names: {', '.join(others)}.")
    if variable.readers:
        titles = [knowledge.readers[name].title for name in variable.readers]
        yield _paragraph(f"Read by {' and '.join(titles)}; the vendor's own package does not read it today.")
    if variable.arguments:
        yield _paragraph("Arguments that win over it: " + ", ".join(map(_argument, variable.arguments)) + ".")
    in_force = knowledge.require(variable.name)
    package = knowledge.package_of(variable.name)
    for spec in reversed(variable.specs):
        version = f"since {package} {spec.since}" if spec.since else "from the beginning"
        mark = " (in force)" if spec is in_force and len(variable.specs) > 1 else ""
        yield f"{version}{mark}\n"
        for line in _spec(spec):
            yield textwrap.fill(mask_keys(line), _WIDTH, initial_indent="  ", subsequent_indent="    ") + "\n"
    if variable.docs:
        yield f"\n{mask_keys(variable.docs)}\n"


def _argument(pair: str) -> str:
    function, _, parameter = pair.partition(":")
    return f"{function} {parameter.upper()}" if " " in function else f"{function}({parameter}=...)"


def _spec(spec: Spec) -> Iterator[str]:
    if not spec.read:
        yield f"not read: {spec.ignored}" if spec.ignored else "not read"
        if spec.use:
            yield f"write {spec.use}"
        return
    yield f"kind: {_kind(spec)}"
    if spec.values:
        case = ", in any letter case" if spec.ignore_case else ""
        yield f"values: {', '.join(spec.values)}{case}"
    if spec.others:
        yield f"and, letter by letter: {', '.join(spec.others)}"
    for server in spec.servers:
        yield f"at {server.domain}: {server.instead}"
    if spec.old:
        since = f" since {spec.old_since}" if spec.old_since else ""
        words = ", ".join(f"{old} (write {new})" for old, new in spec.old.items())
        yield f"old{since}, but accepted: {words}"
    for text, effect in spec.surprising.items():
        yield f"{text} is accepted, but {effect}"
    if spec.spaced:
        yield f"blanks around an element: {spec.spaced}"
    if not spec.empty:
        yield "the empty text is refused"
    if spec.trimmed:
        yield "blanks at either end are refused"
    if spec.max_length is not None:
        each = " each" if spec.kind == "list" else ""
        yield f"at most {spec.max_length} characters{each}: beyond that {spec.overlong}"
    if spec.forbidden:
        yield f"without any of {' '.join(spec.forbidden)}"
    if spec.absolute:
        yield f"should be absolute: {spec.misplaced} otherwise"
    if spec.refused:
        yield f"otherwise {spec.refused}"
    if spec.ignored:
        yield f"otherwise {spec.ignored}"


def _kind(spec: Spec) -> str:
    if spec.kind == "number":
        least = f" from {spec.minimum:g}" if spec.minimum is not None else ""
        return f"{'whole ' if spec.integer else ''}number{least}"
    if spec.kind == "list":
        return f"list, with {shown(spec.separator or '')} between its elements"
    if spec.kind == "json":
        return f"JSON ({spec.shape})"
    return {"moment": "run and step, as in 1a2b3c4d?_step=100", "nothing": "none: no text will do"}.get(
        spec.kind, spec.kind
    )


def settings(config: Config, knowledge: Knowledge) -> Iterator[str]:
    """Every setting in force, and where the configuration was found."""
    yield f"# {mask_keys(str(config.path or 'no configuration file: all defaults'))}\n"
    for key in KEYS:
        yield f"{key.name} = {_shown(getattr(config, key.name.replace('-', '_')))}\n"
    yield f"# packs in force: {', '.join(pack.name for pack in knowledge.packs)}\n"


def _shown(value: object) -> str:
    if value is None:
        return '""'
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_shown(key)} = {_shown(inner)}' for key, inner in value.items())} }}"
    return '"' + mask_keys(str(value)).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _paragraph(text: str) -> str:
    return textwrap.fill(mask_keys(text), _WIDTH) + "\n\n"


def _table(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    first = max((len(row[0]) for row in rows), default=0)
    second = max((len(row[1]) for row in rows), default=0)
    for name, kind, summary in rows:
        yield f"{name:<{first}}  {kind:<{second}}  {summary}\n"
