"""Scenes of several files, written as Markdown: a heading names a case, fenced blocks are its files, and a
comment above a line says what is found there:

    # expect: shadowing-argument (medium) beats .env:1

`(medium)` or `(low)` where the confidence is not high, and `beats` (or `with`) the related places. Every
finding must be expected, and the other way round. A block named envlint.toml is the configuration. A notebook is
written as cells (see written_notebooks.py); {{key40}} and the like stand for keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from written_notebooks import notebook

from envlint import config as configuration
from envlint.engine import judge_files
from envlint.finding import Finding, Location
from envlint.packs import load_builtin
from envlint.placeholders import fill

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
    files = {path: fill(text) for path, text in SCENES[title].items()}
    settings = files.pop("envlint.toml", None)
    config = configuration.parse(settings, "envlint.toml") if settings is not None else None
    notebooks = {path: notebook(text) for path, text in files.items() if path.endswith(".ipynb")}
    texts = {**files, **{path: text for path, (text, _) in notebooks.items()}}
    lines = {path: numbers for path, (_, numbers) in notebooks.items()}
    findings = judge_files(texts, (load_builtin("wandb"),), config)
    found = {described(finding, lines) for finding in findings if finding.suppressed is None}
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


def described(finding: Finding, lines: Mapping[str, Mapping[int, int]]) -> str:
    places = sorted(place(related.location, lines) for related in finding.related)
    where = place(finding.location, lines)
    return f"{where} {finding.rule} ({finding.confidence}) {' '.join(places)}".strip()


def place(location: Location, lines: Mapping[str, Mapping[int, int]]) -> str:
    path = location.source.path
    line = location.source.position(location.span.start).line
    return f"{path}:{lines[path][line] if path in lines else line}"


def test_there_are_scenes() -> None:
    assert len(SCENES) > 20
