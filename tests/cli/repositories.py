"""git repositories made for one test, and keys that nobody owns."""

from __future__ import annotations

import json
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from envlint.cli import main


def key(seed: int) -> str:
    """A made-up key of forty digits."""
    return "".join(random.Random(seed).choices("0123456789abcdef", k=40))


def assignment(seed: int) -> str:
    """A line of a .env file that gives a made-up key away."""
    return f"WANDB_API_KEY={key(seed)}\n"


def git(folder: Path, *arguments: str, check: bool = True, stdin: bytes | None = None) -> bytes:
    """git as anybody would call it."""
    done = subprocess.run(["git", *arguments], cwd=folder, check=check, capture_output=True, input=stdin)
    return done.stdout


def commit(folder: Path, files: dict[str, str | bytes | None], *arguments: str) -> str:
    """Writes files (None: removes them), commits them all, and gives the commit's full id."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "--allow-empty", "-m", "x", *arguments)
    return head(folder)


def head(folder: Path) -> str:
    """The full id of the last commit."""
    return git(folder, "rev-parse", "HEAD").decode().strip()


@dataclass(frozen=True)
class Ran:
    """What a run of the command gave."""

    code: int
    findings: list[dict[str, Any]]
    unreadable: list[dict[str, Any]]
    errors: str

    def places(self) -> list[tuple[str, int]]:
        return [(finding["path"], finding["line"]) for finding in self.findings]


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    """`envlint check` with a report for programs; only keys and what could not be read are told."""
    rules = "committed-api-key,unreadable-source"
    code = main(["check", "--output-format", "json", "--select", rules, *arguments])
    streams = capsys.readouterr()
    report = json.loads(streams.out) if streams.out else {"findings": [], "unreadable": []}
    return Ran(code, report["findings"], report["unreadable"], streams.err)


def settle(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Makes git forget whose machine this is."""
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "x")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "x@example.org")
