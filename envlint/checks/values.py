"""Checks of a value by what its variable accepts: invalid, overlong, ignored, deprecated, relative."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from envlint.checks.accepting import Problem, elements, overlong, problem
from envlint.checks.blanks import cut_short, kept_apart, stray_blank
from envlint.checks.settings import Setting, settings
from envlint.checks.verdict import Subject, Verdict
from envlint.facts import KEPT, Export
from envlint.finding import Confidence, Edit, Fix, mask, shown
from envlint.packs import Rule, Spec
from envlint.source import Span

_EVERY_KIND = frozenset(
    {"choice", "boolean", "path", "url", "text", "list", "number", "json", "moment", "nothing", "secret"}
)
_WORDS = frozenset({"choice", "boolean"})
_PATH = frozenset({"path"})

# What makes a path absolute on any system: a root, a drive, a network share.
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[\\/]")
# A text that means itself in every notation, so that it can stand where another such text stood.
_PLAIN = re.compile(r"[A-Za-z0-9_.:/-]+")


def invalid_value(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A text that the SDK refuses."""
    for setting in settings(subject, _EVERY_KIND):
        if not setting.spec.refused or setting.form == KEPT:
            continue
        for text in setting.value.possible():
            wrong = problem(setting.spec, text)
            if wrong is not None:
                yield _wrong(subject, setting, text, wrong, refused=setting.spec.refused)


def ignored_value(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A text that the SDK takes, and that then does nothing or something else than it says."""
    for setting in settings(subject, _EVERY_KIND - {"secret"}):
        for text in setting.value.possible():
            found = _without_effect(setting.spec, text)
            if found is not None:
                ignored, advice, instead = found
                fix = _fix(subject, setting, text, instead, safe=False)
                yield _verdict(subject, setting, text, fix, value=shown(text), ignored=ignored, advice=advice)
    yield from kept_apart(subject)
    yield from cut_short(subject, _EVERY_KIND)
    yield from _spelled_out(subject)
    yield from _unread_file(subject)


def _unread_file(subject: Subject) -> Iterator[Verdict]:
    """A text that a command writes into a settings file unchecked, and that the SDK refuses when it reads the file."""
    for setting in settings(subject, _EVERY_KIND - {"secret"}):
        for text in setting.value.possible() if setting.form == KEPT else ():
            wrong = problem(setting.spec, text)
            if wrong is not None:
                ignored = "the command writes it into a settings file, all of which is then ignored or an error"
                advice = f"Write {wrong.instead}."
                yield _verdict(subject, setting, text, value=shown(text), ignored=ignored, advice=advice)


def _spelled_out(subject: Subject) -> Iterator[Verdict]:
    """One text where a list is meant, and where the SDK makes a list of the text's letters."""
    knowledge = subject.knowledge
    for call in subject.facts.calls():
        for argument in call.arguments:
            variable = knowledge.variable_of(call.function, argument)
            pair = f"{call.function}:{knowledge.parameter(call.function, argument)}"
            text = argument.value.text
            if variable is None or pair not in variable.lettered or text is None or len(text) < 2:
                continue
            fields = {
                "variable": variable.name,
                "place": f" in {call.function}({argument.name}=...)",
                "value": shown(text),
                "ignored": "each of its letters becomes an element of its own",
                "advice": "Write a list of texts.",
            }
            fix = _listing(subject, argument.value_span, text)
            yield Verdict(argument.value_span, Confidence.HIGH, fields, variable=variable.name, fix=fix)


def _listing(subject: Subject, written: Span, text: str) -> Fix | None:
    """The brackets of a list around a text that stands there and is one element; what was meant is a guess."""
    source = subject.facts.source
    if "," in text or source.slice(written).strip("\"'") != text:
        return None
    edits = (Edit(source, Span(written.start, written.start), "["), Edit(source, Span(written.end, written.end), "]"))
    return Fix("write a list", edits, safe=False)


def _without_effect(spec: Spec, text: str) -> tuple[str, str, str | None] | None:
    """What a text that is taken does instead of what it says, what to do about it, and what to write; or None."""
    word = text.lower() if spec.ignore_case else text
    if word in spec.surprising:
        instead = spec.instead.get(word)
        return spec.surprising[word], f"Write {shown(instead)}." if instead else "Take the variable out.", instead
    if spec.spaced and any(part != part.strip() for part in elements(spec, text)):
        return spec.spaced, f"Write nothing but {shown(spec.separator or '')} between two of them.", None
    wrong = problem(spec, text) if spec.ignored else None
    return (spec.ignored, f"Write {wrong.instead}.", wrong.exact) if wrong is not None else None


def deprecated_value(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A text that still works, and for which there is a newer one."""
    for setting in settings(subject, _WORDS):
        spec = setting.spec
        for text in setting.value.possible():
            word = text.lower() if spec.ignore_case else text
            if word in spec.old:
                new = spec.old[word]
                since = f" since {spec.old_since}" if spec.old_since else ""
                yield _verdict(
                    subject,
                    setting,
                    text,
                    _fix(subject, setting, text, new, safe=True),
                    value=shown(text),
                    instead=shown(new),
                    since=since,
                )


def overlong_value(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A text, or an element of a list, over the variable's limit, in code points."""
    for setting in settings(subject, _EVERY_KIND):
        limit = setting.spec.max_length
        if limit is None:
            continue
        fields = {"limit": str(limit), "overlong": setting.spec.overlong}
        if setting.spec.separator:
            fields["variable"] = f"An element of {setting.variable.name}"
        lengths = {text: overlong(setting.spec, text) for text in setting.value.possible()}
        for text, length in lengths.items():
            if length is not None:
                yield _verdict(subject, setting, text, length=str(length), **fields)
        if not any(lengths.values()) and setting.spec.kind != "list" and setting.value.min_length > limit:
            yield _verdict(subject, setting, None, length=f"at least {setting.value.min_length}", **fields)


def relative_path(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A path that should be absolute and certainly is not. A program's own argument is often meant to be below the
    folder that the program starts in, and a name that a script never exports is often its own, so that these are no
    more than guesses."""
    exports = {item.variable for item in subject.facts.items if isinstance(item, Export) and item.on}
    for setting, verdict in _relative(subject):
        own = setting.form == "shell-assign" and exports.isdisjoint({setting.variable.name, None})
        yield verdict if setting.form is not None and not own else replace(verdict, confidence=Confidence.LOW)


def _relative(subject: Subject) -> Iterator[tuple[Setting, Verdict]]:
    for setting in settings(subject, _PATH):
        if not setting.spec.absolute:
            continue
        texts = setting.value.possible()
        for text in texts:
            if text and not _is_absolute(setting, text):
                yield setting, _verdict(subject, setting, text, value=shown(text), misplaced=setting.spec.misplaced)
        prefix = setting.value.prefix
        # After a single letter a drive's colon may still follow.
        if not texts and re.match(r"[^/\\][^:]", prefix) and not _is_absolute(setting, prefix):
            told = shown(prefix + "…")
            yield setting, _verdict(subject, setting, None, value=told, misplaced=setting.spec.misplaced)


def _is_absolute(setting: Setting, path: str) -> bool:
    """Whether a path does not depend on where the process starts; a `~` only where the SDK expands it."""
    return _ABSOLUTE.match(path) is not None or (setting.spec.home and path.startswith("~"))


def _wrong(subject: Subject, setting: Setting, text: str, wrong: Problem, **fields: str) -> Verdict:
    return _verdict(
        subject,
        setting,
        text,
        _fix(subject, setting, text, wrong.exact, safe=text.lower() == (wrong.exact or "").lower()),
        value=mask(text) if setting.spec.kind == "secret" else shown(text),
        problem=wrong.words,
        advice="Take the variable out." if setting.spec.kind == "nothing" else f"Write {wrong.instead}.",
        allowed=", ".join(setting.spec.values),
        **fields,
    )


def _fix(subject: Subject, setting: Setting, text: str, instead: str | None, *, safe: bool) -> Fix | None:
    """The edit that writes another text in the place of this one, where both are written as they are. It is
    safe where the meaning is the same, such as another letter case; otherwise what was meant is a guess."""
    span = setting.span_of(text)
    if instead is None or not (_PLAIN.fullmatch(instead) and _PLAIN.fullmatch(text)):
        return None
    if subject.facts.source.slice(span) != text:
        return None
    edit = Edit(subject.facts.source, span, instead)
    return Fix(f"write {shown(instead)}", (edit,), safe)


def _verdict(subject: Subject, setting: Setting, text: str | None, fix: Fix | None = None, /, **fields: str) -> Verdict:
    """A verdict on one possible text of a setting; None: on what is certain of an otherwise unknown value."""
    confidence = setting.confidence if text is not None else Confidence.HIGH
    return Verdict(
        span=setting.span_of(text) if text is not None else setting.written,
        confidence=confidence,
        fields={"variable": setting.variable.name, "place": setting.place, **fields},
        variable=setting.variable.name,
        form=setting.form,
        related=(
            (*setting.origin(subject, text), *stray_blank(subject.facts.source, setting.form, setting.written, text))
            if text is not None
            else ()
        ),
        fix=fix,
    )
