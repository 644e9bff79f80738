"""Which files of a project are read for the sake of others, and that asking for them costs nothing each time."""

from __future__ import annotations

from pathlib import Path

from envlint.config import Config
from envlint.fixing import judged
from envlint.knowledge import Knowledge
from envlint.packs import load_builtin
from envlint.trees import Choice, Tree, on_disk

KNOWLEDGE = Knowledge((load_builtin("wandb"),))


def tree(root: Path, *paths: str) -> Tree:
    return Tree(str(root), [str(root / path) for path in paths], Config(), on_disk(str(root), Config(), Choice()))


def test_only_files_that_may_concern_a_setting_are_read_for_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WANDB_MODE=offline\n")
    (tmp_path / "other.py").write_text("class A:\n    def __init__(self, mode):\n        self.init(mode=mode)\n")
    (tmp_path / "train.py").write_text("import wandb\nwandb.init(mode='online')\n")
    for named in ([".env"], ["."]):
        reading, judgement = judged(tree(tmp_path, *named), KNOWLEDGE)
        assert {facts.source.path for facts in reading.library.loaded()} == {".env", "train.py"}
        assert [finding.rule for finding in judgement.findings] == ["shadowing-argument"]


def test_the_table_of_surfaces_is_made_once(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("")
    project = tree(tmp_path, ".")
    assert project.surfaces() == {"a.sh": "shell"}
    assert project.surfaces() is project.surfaces()
