"""The tree under examples/ shows every rule of the W&B pack, and a comment over each finding names it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from envlint.engine import judge_files
from envlint.finding import key_spans
from envlint.packs import load_builtin
from envlint.placeholders import fill

EXAMPLES = Path(__file__).parents[1] / "examples"
WANDB = load_builtin("wandb")
RULES = {rule.name for rule in WANDB.rules}
FILES = {
    path.relative_to(EXAMPLES).as_posix(): path.read_text(encoding="utf-8")
    for path in EXAMPLES.rglob("*")
    if path.is_file()
}
_ANNOUNCED = re.compile(r"\s*# ([a-z-]+): ")


def announced() -> Iterator[tuple[str, int, str]]:
    """What the comments say: file, line, rule."""
    for name, text in FILES.items():
        waiting: list[str] = []
        for number, line in enumerate(text.splitlines(), 1):
            found = _ANNOUNCED.match(line)
            if found is not None and found[1] in RULES:
                waiting.append(found[1])
                continue
            yield from ((name, number, rule) for rule in waiting)
            waiting = []


def test_every_finding_is_announced_and_every_announced_one_is_found() -> None:
    found = {
        (finding.location.source.path, finding.location.source.position(finding.location.span.start).line, finding.rule)
        for finding in judge_files(FILES, (WANDB,))
        if finding.suppressed is None
    }
    assert found == set(announced())


def test_every_rule_is_shown() -> None:
    assert {rule for _, _, rule in announced()} == RULES


def test_the_only_keys_are_made_up_ones() -> None:
    keys = {text[span.start : span.end] for text in FILES.values() for span in key_spans(text)}
    assert keys == {fill("{{key40}}"), fill("{{key86}}")}
