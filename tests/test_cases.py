"""Scenes of several files, written as Markdown: a heading names a case, fenced blocks are its files, and a
comment above a line says what is found there:

    # expect: shadowing-argument (medium) beats .env:1

`(medium)` or `(low)` where the confidence is not high, and `beats` (or `with`) the related places. Every
finding must be expected, and the other way round. A block named envlint.toml is the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from envlint import config as configuration
from envlint.engine import judge_files
from envlint.finding import Finding
from envlint.packs import load_builtin

CASES = Path(__file__).parent / "cases"
_FENCE = re.compile(r"^```(?P<file>\S+)[ \t]*\n(?P<text>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_EXPECT = re.compile(
    r"#\s*expect:\s*(?P<rule>[a-z-]+)(?:\s*\((?P<confidence>\w+)\))?(?:\s+(?:beats|with)\s+(?P<places>.+))?$"
)


def scenes() -> Iterator[tuple[str, dict[str, str]]]:
    for document in sorted(CASES.glob("*.md")):
        for section in re.split(r"^## ", document.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, body = section.partition("\n")
            files = {found["file"]: found["text"] for found in _FENCE.finditer(body)}
            yield f"{document.stem}: {title.strip()}", files


SCENES = dict(scenes())


@pytest.mark.parametrize("title", SCENES)
def test_scene(title: str) -> None:
    files = dict(SCENES[title])
    settings = files.pop("envlint.toml", None)
    config = configuration.parse(settings, "envlint.toml") if settings is not None else None
    findings = judge_files(files, (load_builtin("wandb"),), config)
    found = {described(finding) for finding in findings if finding.suppressed is None}
    assert found == set(expected(files))


def expected(files: dict[str, str]) -> Iterator[str]:
    for path, text in files.items():
        waiting: list[str] = []
        for number, line in enumerate(text.splitlines(), 1):
            comment = _EXPECT.match(line.strip())
            if comment is not None:
                places = sorted(re.split(r",\s*", comment["places"])) if comment["places"] else []
                waiting.append(f"{comment['rule']} ({comment['confidence'] or 'high'}) {' '.join(places)}".strip())
                continue
            for words in waiting:
                yield f"{path}:{number} {words}"
            waiting = []


def described(finding: Finding) -> str:
    at = finding.location.source.position(finding.location.span.start)
    places = sorted(
        f"{related.location.source.path}:{related.location.source.position(related.location.span.start).line}"
        for related in finding.related
    )
    where = f"{finding.location.source.path}:{at.line}"
    return f"{where} {finding.rule} ({finding.confidence}) {' '.join(places)}".strip()


def test_there_are_scenes() -> None:
    assert len(SCENES) > 20
