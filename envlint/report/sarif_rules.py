"""Rules as SARIF describes them: the words of the pack, and what GitHub sorts alerts by."""

from __future__ import annotations

import re
from collections.abc import Iterator

from envlint.finding import Severity, mask_keys
from envlint.packs import Example, Rule
from envlint.report import sarif_model as model
from envlint.report.sarif_model import Json, Node

# GitHub's limit for a description.
_LONGEST = 1024
# By the rule's check, so that a team's own rule with the same check is sorted alike. The number is GitHub's
# security-severity: a key opens everything its owner can do, so it is critical (above 9). CWE-798 is "use of
# hard-coded credentials".
_SECURITY = {"committed-key": ("9.1", "external/cwe/cwe-798")}
_PROBLEM = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}
# Confidence is a finding's, not a rule's, and doubtful findings are not reported unless they are asked for.
_PRECISION = "high"


def describe(rule: Rule) -> Node:
    """The description of a rule."""
    return model.rule(
        id=rule.name,
        name="".join(word.capitalize() for word in rule.name.split("-")),
        short=_description(rule.summary),
        full=_description(rule.why or rule.summary),
        help="\n\n".join(_paragraphs(rule)),
        markdown="\n\n".join([*_paragraphs(rule), *_examples(rule)]),
        level=str(rule.severity),
        properties=_properties(rule),
    )


def _properties(rule: Rule) -> dict[str, Json]:
    security = _SECURITY.get(rule.check)
    if security is None:
        return {
            "tags": ["environment"],
            "precision": _PRECISION,
            "problem.severity": _PROBLEM[rule.severity],
        }
    severity, weakness = security
    return {"tags": ["environment", "security", weakness], "precision": _PRECISION, "security-severity": severity}


def _description(words: str) -> str:
    masked = _sentence(mask_keys(words))
    return masked if len(masked) <= _LONGEST else f"{masked[: _LONGEST - 1]}…"


def _sentence(words: str) -> str:
    words = words.strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _paragraphs(rule: Rule) -> Iterator[str]:
    yield _sentence(mask_keys(rule.summary))
    if rule.why:
        yield _sentence(mask_keys(rule.why))


def _examples(rule: Rule) -> Iterator[str]:
    """The first bad and the first good example as Markdown."""
    for title, examples in (("Bad", rule.bad), ("Good", rule.good)):
        for example in examples[:1]:
            yield f"{title}:"
            yield from _files(example)


def _files(example: Example) -> Iterator[str]:
    for name, text in example.files.items():
        masked = mask_keys(text)
        # A fence is longer than any run of its character inside it (CommonMark 0.31, 4.5).
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", masked)), default=0))
        yield f"`{name}`\n\n{fence}\n{masked.rstrip()}\n{fence}"
