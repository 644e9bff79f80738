"""The hooks, run by the real pre-commit in scratch repositories.

pre-commit installs a hook's repository with pip; here the environment of the tests stands in for it
(`language: system`), so that no network is needed. Everything else is read from .pre-commit-hooks.yaml.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")


def git(repository: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=repository, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty repository whose pre-commit configuration holds both hooks."""
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "config", "user.email", "tests@envlint.invalid")
    git(folder, "config", "user.name", "tests")
    local = HOOKS.replace("language: python", "language: system")
    indented = "".join(f"      {line}\n" for line in local.splitlines() if not line.startswith("#"))
    (folder / ".pre-commit-config.yaml").write_text(f"repos:\n  - repo: local\n    hooks:\n{indented}")
    return folder


def pre_commit(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    environment["PRE_COMMIT_HOME"] = str(repository.parent / "cache")
    command = [sys.executable, "-m", "pre_commit", "run", *arguments]
    return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".env", "WANDB_MODE=disable\n"),
        (".env.local", "WANDB_MODE=disable\n"),
        ("job.sbatch", "export WANDB_MODE=disable\n"),
        ("Dockerfile", "FROM python:3.12\nENV WANDB_MODE=disable\n"),
        ("train.py", "import wandb\nwandb.init(mode='disable')\n"),
        ("train", "#!/usr/bin/env bash\nexport WANDB_MODE=disable\n"),
    ],
)
def test_every_surface_reaches_the_hook(repository: Path, name: str, text: str) -> None:
    (repository / name).write_text(text)
    git(repository, "add", "-A")
    done = pre_commit(repository, "envlint")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "invalid-value" in done.stdout
    assert name in done.stdout


def test_a_clean_commit_passes(repository: Path) -> None:
    (repository / ".env").write_text("WANDB_MODE=offline\n")
    git(repository, "add", "-A")
    done = pre_commit(repository, "envlint")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout


def test_an_excluded_file_stays_excluded(repository: Path) -> None:
    (repository / "envlint.toml").write_text('exclude = ["fixtures/"]\n')
    (repository / "fixtures").mkdir()
    (repository / "fixtures" / ".env").write_text("WANDB_MODE=disable\n")
    git(repository, "add", "-A")
    assert pre_commit(repository, "envlint").returncode == 0


def test_the_whole_project_is_judged_whatever_the_commit_holds(repository: Path) -> None:
    (repository / ".env").write_text("WANDB_MODE=disable\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "first", "--no-verify")
    (repository / "notes.txt").write_text("nothing\n")
    git(repository, "add", "-A")
    assert pre_commit(repository, "envlint").returncode == 0
    assert pre_commit(repository, "envlint-all").returncode == 1


def test_a_finding_over_two_files_survives_the_splitting_of_a_long_list(repository: Path) -> None:
    # 5,000 names of some 130 characters are more than one command line holds on any system.
    folder = repository / ("a-folder-with-a-long-name-" * 3)
    folder.mkdir()
    for number in range(5_000):
        (folder / f"{number:04}-{'x' * 40}.txt").write_text("WANDB\n")
    (repository / "0-first.sh").write_text("export WANDB_PROJECT=from-script\npython zz-last.py\n")
    (repository / "zz-last.py").write_text("import wandb\nwandb.init(project='from-argument')\n")
    git(repository, "add", "-A")
    done = pre_commit(repository, "envlint", "--all-files")
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.count("warning[shadowing-argument]") in (1, 2)
    assert done.stdout.count(" files") > 1, "the list was not split, so nothing was shown"
