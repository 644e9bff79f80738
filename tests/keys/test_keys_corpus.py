"""Keys in every notation are found, just the keys; texts that only look like keys are not."""

from __future__ import annotations

import pytest
from key_lookalikes import LOOKALIKES
from key_notations import NOTATIONS
from made_keys import FORMS, fill

from envlint.engine import judge_files
from envlint.packs import load_builtin

PACKS = (load_builtin("wandb"),)
RULE = "committed-api-key"


def flagged(file: str, text: str) -> list[tuple[int, int]]:
    found = [finding.location for finding in judge_files({file: text}, PACKS) if finding.rule == RULE]
    assert all(location.source.path == file for location in found)
    # A mark at the beginning is no character of the text.
    shift = len(text) - len(text.removeprefix("\ufeff"))
    return sorted((location.span.start + shift, location.span.end + shift) for location in found)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_key_is_found_and_nothing_else(notation: str, form: str) -> None:
    file, template = NOTATIONS[notation]
    filled = fill(template, 1, form)
    assert flagged(file, filled.text) == list(filled.keys)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("row", LOOKALIKES)
def test_what_only_looks_like_a_key_is_none(row: str, seed: int) -> None:
    file, template = LOOKALIKES[row]
    assert flagged(file, fill(template, seed, "cloud").text) == []


def test_the_corpus_is_large() -> None:
    assert len(NOTATIONS) >= 150
    assert len(LOOKALIKES) >= 80
