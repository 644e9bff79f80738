"""The layers of ARCHITECTURE.md, held against the imports as they stand in the code."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "envlint"

LAYERS = (
    ("source", "mishap", "credentials", "kinds", "progress", "output"),
    ("value", "keyparts"),
    ("facts", "finding", "versions"),
    ("embedded", "excerpt", "fix", "hidden", "placeholders", "tables"),
    ("fingerprint",),
    ("pack",),
    ("specfile", "content"),
    ("packfile",),
    ("packs", "ignore", "surfaces", "git", "config"),
    ("knowledge", "discover", "objects"),
    ("history", "index"),
    ("requirements", "loaders"),
    ("checks", "library", "timeline"),
    ("loading", "imports", "starting"),
    ("project", "suppress", "pins"),
    ("engine",),
    ("report", "catalogue", "trees", "leaks"),
    ("calls", "fixing"),
    ("commands",),
    ("cli",),
    ("__main__",),
)
"""From the inside out. A module imports from layers before its own, and from its own room."""

RANK = {room: rank for rank, rooms in enumerate(LAYERS) for room in rooms}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts != ("__init__",):
            yield parts[0], path


def imported_rooms(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "envlint":
            names = [f"envlint.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in names:
            if name.startswith("envlint.") and name != "envlint.__version__":
                yield name.split(".")[1]


def test_every_room_has_a_place() -> None:
    assert {room for room, _ in modules()} == RANK.keys()


@pytest.mark.parametrize(("room", "path"), list(modules()), ids=lambda value: str(value).rpartition("/")[2])
def test_imports_go_inward(room: str, path: Path) -> None:
    outward = {other for other in imported_rooms(path) if other != room and RANK[other] >= RANK[room]}
    assert outward == set()


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["check", "train.sh"], ["libcst", "sarif_om", "envlint.surfaces.python", "envlint.surfaces.dockerfile"]),
        (["check", "train.py"], ["sarif_om", "envlint.surfaces.shell"]),
        (["rules"], ["libcst", "sarif_om", "envlint.surfaces.shell"]),
    ],
)
def test_a_run_loads_what_it_uses(arguments: list[str], unwanted: list[str], tmp_path: Path) -> None:
    (tmp_path / "train.sh").write_text("export WANDB_MODE=offline\n")
    (tmp_path / "train.py").write_text("import wandb\nwandb.init()\n")
    script = (
        "import sys\nfrom envlint.cli import main\ncode = main(sys.argv[1:])\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)\nsys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert set(done.stderr.split()) & set(unwanted) == set()


def test_lazy_imports_live_in_two_tables() -> None:
    users = {
        path.relative_to(PACKAGE).as_posix() for _, path in modules() if "import_module(" in path.read_text("utf-8")
    }
    assert users == {"surfaces/__init__.py", "report/__init__.py"}
