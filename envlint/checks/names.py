"""Checks of a variable's name: read by nothing, nearly one that is read, or no longer read.

What a project itself reads is its own affair, whatever it is called. Values are not looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from envlint.checks import slips
from envlint.checks.verdict import Subject, Verdict
from envlint.facts import Binding, Read
from envlint.finding import Confidence, Edit, Fix
from envlint.packs import Rule, Spec, Variable
from envlint.source import Span
from envlint.versions import age

# What a file without a surface of its own means is not known.
_TEXT = "text"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def unread_variable(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A name that nothing reads: of no program, of another version, or of a program that is not there."""
    for binding, name in _bindings(subject):
        found = _why_unread(subject, rule, name) if not _hands_on(binding) else None
        if found is None or subject.around.reads(name):
            continue
        because, instead, confidence = found
        fix = _renaming(subject, binding.name_span, name, instead) if _NAME.fullmatch(instead) else None
        yield _verdict(binding, name, confidence, fix, because=because, instead=instead)


def misspelled_variable(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A name that is one slip away from one that is read, where it is set, or read though nothing sets it."""
    for binding, name in _bindings(subject):
        meant = _meant(subject, name)
        if meant is not None and not subject.around.reads(name):
            fix = _renaming(subject, binding.name_span, name, meant)
            yield _verdict(binding, name, Confidence.MEDIUM, fix, meant=meant, reader=_reader(subject, meant))
    for read in subject.facts.items:
        if not isinstance(read, Read):
            continue
        name = subject.knowledge.bare(read.variable)
        meant = _meant(subject, name)
        if meant is not None and not subject.around.sets(name):
            span = _name_in(subject, read.span, name)
            fix = _renaming(subject, span, name, meant)
            fields = {"variable": name, "meant": meant, "reader": _reader(subject, meant)}
            yield Verdict(span, Confidence.MEDIUM, fields, variable=name, fix=fix)


def deprecated_variable(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A variable that was read once, and is no longer."""
    for binding, name in _bindings(subject):
        variable = subject.knowledge.variable(name)
        if variable is None or variable.readers or _hands_on(binding):
            continue
        spec = subject.knowledge.require(variable.name)
        if spec.read or spec.since is None or subject.around.reads(name):
            continue
        instead = f" and use {spec.use}" if spec.use else ""
        ignored = spec.ignored or "it has no effect"
        since = _end(variable, spec)
        package = subject.knowledge.package_of(variable.name)
        yield _verdict(
            binding, name, Confidence.HIGH, None, since=since, ignored=ignored, instead=instead, package=package
        )


def _bindings(subject: Subject) -> Iterator[tuple[Binding, str]]:
    """Every binding whose meaning is known, with the name that it sets inside of a container, if in one."""
    for binding in subject.facts.bindings():
        if binding.form != _TEXT:
            yield binding, subject.knowledge.bare(binding.variable)


def _hands_on(binding: Binding) -> bool:
    """Whether a binding only hands on what is set elsewhere, perhaps to one who reads it: `-e NAME`, `ARG NAME`."""
    return binding.value_span.start == binding.value_span.end and binding.value.text != ""


def _why_unread(subject: Subject, rule: Rule, name: str) -> tuple[str, str, Confidence] | None:
    """What happens to a name that nothing reads, what to use instead, and how sure that is; None for others."""
    unread = subject.knowledge.unread.get(name)
    if unread is not None:
        return unread.because, unread.use, Confidence.HIGH
    variable = subject.knowledge.variable(name)
    if variable is None:
        return None
    spec = subject.knowledge.require(variable.name)
    if variable.readers:
        return _without_reader(subject, rule, variable)
    version = subject.knowledge.version_of(variable.name) if not spec.read else None
    begin = next((later.since for later in variable.specs if later.read), None)
    if spec is not variable.specs[0] or begin is None or version is None:
        return None
    package = subject.knowledge.package_of(variable.name)
    return (
        f"{package} does since {begin}, and the project runs {version}",
        f"{package} {begin} or later",
        Confidence.HIGH,
    )


def _without_reader(subject: Subject, rule: Rule, variable: Variable) -> tuple[str, str, Confidence] | None:
    """Only where the project uses the package itself, and nothing in it hints at the reader: a settings file
    alone says nothing, and a launcher may start what is written elsewhere."""
    readers = [subject.knowledge.readers[name] for name in variable.readers]
    if _was_own(subject, rule, variable):
        return None
    if not subject.around.imports(subject.knowledge.package_of(variable.name)):
        return None
    if any(subject.around.uses(reader.needles) for reader in readers):
        return None
    titles = " or ".join(reader.title for reader in readers)
    instead = _texts(rule, "instead").get(variable.name, f"it with {titles} only")
    return f"only {titles} would, which the project does not use", instead, Confidence.MEDIUM


def _was_own(subject: Subject, rule: Rule, variable: Variable) -> bool:
    """Whether the package reads the variable itself at the version that the project pins; the rule's `until` tells
    which variables it has not always left to others."""
    until = age(_texts(rule, "until").get(variable.name, ""))
    pinned = age(subject.knowledge.versions.get(rule.pack, ""))
    return until is not None and pinned is not None and pinned < until


def _texts(rule: Rule, key: str) -> Mapping[str, str]:
    """A table of texts among a rule's parameters."""
    given = rule.parameters.get(key)
    return {name: text for name, text in given.items() if isinstance(text, str)} if isinstance(given, dict) else {}


def _end(variable: Variable, spec: Spec) -> str:
    """The version since which a variable is not read, at one that does not read it."""
    since = spec.since
    for earlier in reversed(variable.specs[: variable.specs.index(spec)]):
        if earlier.read:
            break
        since = earlier.since
    return since or ""


def _meant(subject: Subject, name: str) -> str | None:
    """The variable that somebody meant by a name which is none; None where the name may well be meant."""
    knowledge = subject.knowledge
    if not knowledge.wanted.matters(name) or knowledge.is_known(name):
        return None
    known = knowledge.read_names
    for pack in knowledge.packs:
        if pack.prefix and name.startswith(pack.prefix) and name.upper() in known:
            return name.upper()
        for wrong in pack.misprefixes:
            if name.startswith(wrong) and (right := pack.prefix + name[len(wrong) :]) in known:
                return right
    return slips.meant(name, known, [pack.prefix for pack in knowledge.packs if pack.prefix])


def _reader(subject: Subject, name: str) -> str:
    """Who reads a known variable."""
    readers = subject.knowledge.variables[name].readers
    titles = [subject.knowledge.readers[reader].title for reader in readers]
    return " or ".join(titles) or subject.knowledge.package_of(name)


def _name_in(subject: Subject, span: Span, name: str) -> Span:
    """Where a name is written inside of a span; the span itself where that is not plain to see."""
    at = subject.facts.source.slice(span).find(name)
    return Span(span.start + at, span.start + at + len(name)) if at >= 0 else span


def _renaming(subject: Subject, span: Span, name: str, instead: str) -> Fix | None:
    """The edit that writes another name, where the name is written as it is; what was meant is a guess."""
    written = subject.facts.source.slice(span)
    if not written.endswith(name):
        return None
    edit = Edit(subject.facts.source, Span(span.end - len(name), span.end), instead)
    return Fix(f"write {instead}", (edit,), safe=False)


def _verdict(binding: Binding, name: str, confidence: Confidence, fix: Fix | None, /, **fields: str) -> Verdict:
    return Verdict(
        binding.name_span,
        confidence,
        {"variable": name, **fields},
        variable=name,
        form=binding.form,
        fix=fix,
    )
