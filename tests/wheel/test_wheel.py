"""The wheel, built and tried in an empty environment: it must bring its packs and all that it needs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_the_packs_and_nothing_else_that_is_not_code(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert wheel.name.startswith("envlint_policy-")
    assert "envlint/rules/wandb.toml" in names
    assert "envlint/py.typed" in names
    assert [name for name in names if name.startswith(("tests/", "examples/", "docs/"))] == []


def test_it_runs_from_where_it_is_installed(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(target)
    (tmp_path / ".env").write_text("WANDB_MODE=disable\n")
    environment = {**os.environ, "PYTHONPATH": str(target)}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, envlint.cli; print(envlint.__file__); sys.exit(envlint.cli.main(['check', '.']))",
        ],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert str(target) in done.stdout
    assert "invalid-value" in done.stdout
    assert done.returncode == 1, done.stderr
