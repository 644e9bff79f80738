"""README is executed: its commands, its tables, its configuration."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomli

from envlint.cli import main
from envlint.config import KEYS, load
from envlint.packs import load_builtin

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading."""
    section = README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows[2:]]


def test_the_table_of_rules_is_the_pack() -> None:
    rules = sorted(load_builtin("wandb").rules, key=lambda rule: rule.name)
    assert table("What it finds") == [[f"`{rule.name}`", str(rule.severity), rule.summary] for rule in rules]


def test_the_table_of_keys_is_the_configuration() -> None:
    expected = [
        [f"`{key.name}`", key.type, f"`{key.default}`" if key.default != "none" else "", key.summary] for key in KEYS
    ]
    assert table("Configuration") == expected


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    text = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert text is not None
    path = tmp_path / "envlint.toml"
    path.write_text(text[1])
    assert load(path).sdk == tomli.loads(text[1])["sdk"]


def test_the_two_commands_are_there_once() -> None:
    commands = re.findall(r"^python -m pip install .*$", README, re.MULTILINE)
    assert commands == [
        "python -m pip install . && envlint check examples",
        "python -m pip install -e '.[test]' && python -m pytest",
    ]


def test_the_first_command_shows_the_rules(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["check", "--output-format", "concise", "examples"]) == 1
    shown = capsys.readouterr().out
    missing = [rule.name for rule in load_builtin("wandb").rules if f"[{rule.name}]" not in shown]
    # The code around the examples speaks of run ids, so that one could be given somewhere.
    assert missing == ["resume-without-run-id"]


def test_the_repository_itself_is_clean(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    code = main(["check", "."])
    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"])
def test_what_documents_point_at_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:rules|tests|docs|scripts|examples|envlint)/[\w./-]*)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_house_has_the_rooms_that_the_plan_shows() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = text.split("## Rooms", 1)[1].split("\n## ", 1)[0]
    named = set(re.findall(r"`(\w+)(?:\.py|/)`", section))
    rooms = {path.stem for path in (ROOT / "envlint").glob("[!_]*.py")} | {"surfaces", "checks", "report"}
    assert rooms - named == set()
