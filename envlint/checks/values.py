"""Checks of a value by what its variable accepts: invalid, overlong, relative."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from envlint.checks.settings import Setting, settings
from envlint.checks.verdict import Subject, Verdict
from envlint.finding import Confidence, shown
from envlint.packs import Rule, Spec

_CLOSED_KINDS = frozenset({"choice", "boolean"})
_ALL_KINDS = frozenset({"choice", "text", "path", "url"})
_PATH = frozenset({"path"})

# What makes a path absolute for wandb on any system: a root, a home, a drive, a network share.
_ABSOLUTE = re.compile(r"[/~\\]|[A-Za-z]:[\\/]")


def invalid_value(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A choice or boolean that the SDK refuses."""
    for setting in settings(subject, _CLOSED_KINDS):
        for text in setting.value.possible():
            if _accepts(setting.spec, text):
                continue
            yield _verdict(
                subject,
                setting,
                text,
                value=shown(text),
                refused=setting.spec.refused,
                allowed=", ".join(setting.spec.values),
                instead=_instead(text, setting.spec),
            )


def overlong_value(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A text over the variable's limit, in code points."""
    for setting in settings(subject, _ALL_KINDS):
        limit = setting.spec.max_length
        if limit is None:
            continue
        fields = {"limit": str(limit), "overlong": setting.spec.overlong}
        too_long = [text for text in setting.value.possible() if len(text) > limit]
        for text in too_long:
            yield _verdict(subject, setting, text, length=str(len(text)), **fields)
        if not too_long and setting.value.min_length > limit:
            length = f"at least {setting.value.min_length}"
            yield _verdict(subject, setting, None, length=length, **fields)


def relative_path(subject: Subject, rule: Rule) -> Iterator[Verdict]:
    """A path that should be absolute and certainly is not."""
    for setting in settings(subject, _PATH):
        if not setting.spec.absolute:
            continue
        texts = setting.value.possible()
        for text in texts:
            if text and not _ABSOLUTE.match(text):
                yield _verdict(subject, setting, text, value=shown(text), misplaced=setting.spec.misplaced)
        prefix = setting.value.prefix
        # A drive letter's colon may still follow, so what is known must reach beyond the first separator.
        if not texts and re.match(r"[^/\\~]+[/\\]", prefix) and not _ABSOLUTE.match(prefix):
            yield _verdict(subject, setting, None, value=shown(prefix + "…"), misplaced=setting.spec.misplaced)


def _verdict(subject: Subject, setting: Setting, text: str | None, **fields: str) -> Verdict:
    """A verdict on one possible text of a setting; None: on what is certain of an otherwise unknown value."""
    confidence = setting.confidence if text is not None else Confidence.HIGH
    return Verdict(
        span=setting.span_of(text) if text is not None else setting.written,
        confidence=confidence,
        fields={"variable": setting.variable.name, "place": setting.place, **fields},
        variable=setting.variable.name,
        form=setting.form,
        related=setting.origin(subject, text) if text is not None else (),
    )


def _accepts(spec: Spec, text: str) -> bool:
    """Whether the SDK takes a text; a spec without a refusal takes all."""
    if not spec.refused:
        return True
    if not text:
        return spec.empty
    return (text.lower() if spec.ignore_case else text) in spec.values


def _instead(text: str, spec: Spec) -> str:
    """What to write: the accepted value that was probably meant, or all that are not old."""
    values = [value for value in spec.values if value not in spec.old]
    if not values:
        return "nothing, and take the variable out"
    plain = text.strip().strip("'\"").lower()
    meant = [spec.instead[plain]] if plain in spec.instead else get_close_matches(plain, values, n=1, cutoff=0.6)
    return shown(meant[0]) if meant else "one of " + ", ".join(values)
