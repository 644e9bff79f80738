"""Every example of every rule of every built-in pack behaves as its pack says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from envlint.engine import RULE_FIELDS, judge_files
from envlint.packs import Example, Pack, Rule, builtin_names, load_builtin, validate

PACKS = tuple(load_builtin(name) for name in builtin_names())


def examples() -> Iterator[tuple[Rule, str, Example]]:
    for pack in PACKS:
        for rule in pack.rules:
            yield from ((rule, "bad", example) for example in rule.bad)
            yield from ((rule, "good", example) for example in rule.good)


EXAMPLES = {f"{rule.name}, {kind}: {example.summary}": (rule, example) for rule, kind, example in examples()}


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_is_flagged_where_its_pack_says(title: str) -> None:
    rule, example = EXAMPLES[title]
    flagged = [
        finding.location.source.slice(finding.location.span)
        for finding in judge_files(example.files, PACKS)
        if finding.rule == rule.name and finding.suppressed is None
    ]
    assert flagged == list(example.flags)


@pytest.mark.parametrize("title", [title for title, (_, example) in EXAMPLES.items() if example.flags])
def test_the_words_of_a_finding_are_whole(title: str) -> None:
    rule, example = EXAMPLES[title]
    for finding in judge_files(example.files, PACKS):
        if finding.rule != rule.name:
            continue
        for words in (finding.message, finding.help or ""):
            assert "\n" not in words
            # A field that the check leaves empty shows as a gap.
            assert "  " not in words
            assert not re.search(r" \.(?!\.)", words)
            assert words.endswith(".")


def test_every_example_has_a_title_of_its_own() -> None:
    assert len(EXAMPLES) == sum(len(rule.bad) + len(rule.good) for pack in PACKS for rule in pack.rules)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_every_rule_shows_two_bad_and_two_good_examples(pack: Pack) -> None:
    assert {rule.name for rule in pack.rules if len(rule.bad) < 2 or len(rule.good) < 2} == set()


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_every_rule_names_a_check_and_fields_that_exist(pack: Pack) -> None:
    validate(pack, RULE_FIELDS, RULE_FIELDS)
