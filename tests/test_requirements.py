"""Which version a project runs, by its requirements: a line each, and which of several counts."""

from __future__ import annotations

import pytest

from envlint.engine import judge_files
from envlint.facts import Wanted
from envlint.library import read
from envlint.packs import load_builtin
from envlint.requirements import in_file, in_launches, kind_of, version
from envlint.source import Source
from envlint.surfaces import surface_of_name

KNOWN = ("0.10.0", "0.13.0", "0.16.3", "0.19.0", "0.21.0", "0.31.0")

WANDB = load_builtin("wandb")


def settled(path: str, text: str) -> list[str | None]:
    kind = kind_of(path)
    source = Source(path, text.encode())
    if kind is None:
        facts = read(source, surface_of_name(path) or "text", Wanted(needles=("wandb",)))
        return [version(one, KNOWN) for one in in_launches(facts, "wandb")]
    return [version(one, KNOWN) for one in in_file(source, kind, "wandb")]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("requirements.txt", "wandb==0.16.0\n", ["0.16.0"]),
        ("requirements-dev.txt", "torch\nWandB == 0.16.0 ; python_version < '3.12'  # old\n", ["0.16.0"]),
        ("requirements/base.txt", "wandb[media,sweeps]===0.15.4", ["0.15.4"]),
        ("requirements.txt", "wandb==0.16.*", ["0.16.3"]),
        ("requirements.txt", "wandb~=0.16.0", ["0.16.3"]),
        ("requirements.txt", "wandb>=0.15,<0.19", ["0.16.3"]),
        ("requirements.txt", "wandb<=0.19.2", ["0.19.2"]),
        ("requirements.txt", "wandb>=0.15", [None]),
        ("requirements.txt", "wandb!=0.16.0", [None]),
        ("requirements.txt", "wandb", []),
        ("requirements.txt", "# wandb==0.12.0\nwandb-core==0.1.0\nmy-wandb==0.2\n", []),
        ("requirements.txt", "wandb @ git+https://example.org/wandb/wandb@v0.12.0", []),
        ("requirements.txt", "wandb==banana\nwandb==0.16.0.0.x\n", [None]),
        ("constraints.txt", "wandb==0.12.21", ["0.12.21"]),
        ("pyproject.toml", '[project]\ndependencies = ["wandb<0.20", "torch"]', ["0.19.0"]),
        ("pyproject.toml", '[tool.poetry.dependencies]\nwandb = "^0.16.1"\n', ["0.16.3"]),
        ("pyproject.toml", '[tool.poetry.dependencies]\nwandb = {version = "0.16.2", optional = true}\n', ["0.16.2"]),
        ("pyproject.toml", '[tool.poetry.dependencies]\nwandb = "*"\n', []),
        ("pyproject.toml", '[tool.poetry.dependencies]\nwandb = "~0.16"\n', ["0.16.3"]),
        ("Pipfile", '[packages]\nwandb = "==0.17.0"\n', ["0.17.0"]),
        ("Pipfile.lock", '{"default": {"wandb": {"hashes": ["sha256:0"], "version": "==0.17.0"}}}', ["0.17.0"]),
        ("uv.lock", '[[package]]\nname = "wandb"\nversion = "0.18.7"\n', ["0.18.7"]),
        ("poetry.lock", '[[package]]\nname = "wandb"\nversion = "0.31.0"\n', ["0.31.0"]),
        ("poetry.lock", '[[package]]\nname = "wandb-x"\nversion = "0.1.0"\n', []),
        ("environment.yml", "dependencies:\n  - wandb=0.16.0\n", ["0.16.0"]),
        (
            "environment.yaml",
            "dependencies:\n  - wandb=0.16.0=pyhd8ed1ab_0\n  - pip:\n    - wandb==0.15.1\n",
            ["0.16.0", "0.15.1"],
        ),
        ("setup.sh", "pip install -q wandb==0.16.2 torch\n", ["0.16.2"]),
        ("setup.sh", 'python -m pip install "wandb[media]<0.19"\n', ["0.16.3"]),
        ("setup.sh", "pip install wandb<0.19\n", []),
        ("setup.sh", "conda install -y wandb=0.16.2\n", ["0.16.2"]),
        ("setup.sh", "echo wandb==0.16.2\n", []),
        ("Dockerfile", "FROM python:3.11\nRUN pip install torch \\\n    wandb==0.12.0\n", ["0.12.0"]),
        ("Dockerfile", "FROM python:3.11\nRUN uv pip install wandb[media]==0.15.3\n", ["0.15.3"]),
    ],
)
def test_a_requirement_settles_on(path: str, text: str, expected: list[str | None]) -> None:
    assert settled(path, text) == expected


SHARED = {"train.sh": "export WANDB_MODE=shared\npython train.py\n"}


@pytest.mark.parametrize(
    ("files", "refused"),
    [
        ({}, False),
        ({"requirements.txt": "wandb==0.15.0"}, True),
        ({"requirements.txt": "wandb==0.17.0"}, False),
        ({"requirements.txt": "wandb>=0.15", "uv.lock": 'name = "wandb"\nversion = "0.15.0"'}, True),
        ({"requirements.txt": "wandb==0.15.0", "uv.lock": 'name = "wandb"\nversion = "0.31.0"'}, False),
        ({"other/requirements.txt": "wandb==0.15.0"}, False),
        ({"requirements/train.txt": "wandb==0.15.0"}, True),
        ({"docker/Dockerfile": "FROM a\nRUN pip install wandb==0.15.0"}, True),
        ({"docker/Dockerfile": "FROM a\nRUN pip install wandb==0.15.0", "requirements.txt": "wandb==0.30.0"}, False),
        ({"requirements.txt": "wandb==0.15.0", "requirements-new.txt": "wandb==0.30.0"}, False),
    ],
)
def test_the_pin_chooses_what_a_value_means(files: dict[str, str], refused: bool) -> None:
    found = [finding.rule for finding in judge_files({**SHARED, **files}, [WANDB])]
    assert ("invalid-value" in found) is refused


def test_the_nearest_pin_counts() -> None:
    files = {
        "old/requirements.txt": "wandb==0.15.0",
        "old/jobs/train.sh": SHARED["train.sh"],
        "new/requirements.txt": "wandb==0.30.0",
        "new/train.sh": SHARED["train.sh"],
    }
    found = [f.location.source.path for f in judge_files(files, [WANDB]) if f.rule == "invalid-value"]
    assert found == ["old/jobs/train.sh"]


def test_what_a_script_installs_itself_counts_first() -> None:
    script = "pip install wandb==0.15.0\n" + SHARED["train.sh"]
    files = {"train.sh": script, "requirements.txt": "wandb==0.30.0"}
    assert "invalid-value" in [finding.rule for finding in judge_files(files, [WANDB])]
