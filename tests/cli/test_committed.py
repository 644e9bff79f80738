"""Committed means committed: a key in a file that git neither tracks nor would add is where it belongs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from repositories import assignment, check, commit, git, settle

from envlint.config import Config
from envlint.index import Index, load
from envlint.objects import Objects
from envlint.trees import Choice, Tree, in_index, on_disk

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settle(monkeypatch, tmp_path / "home")
    (tmp_path / "home").mkdir()
    folder = tmp_path / "top"
    folder.mkdir()
    git(folder, "init", "-q")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("ignoring", "pattern", "keyed", "committed"),
    [
        (".gitignore", "", ".env", True),
        (".gitignore", ".env", ".env", False),
        (".gitignore", ".env", "a/b/.env", False),
        (".gitignore", "/.env", "a/.env", True),
        ("a/.gitignore", ".env", "a/.env", False),
        ("a/.gitignore", ".env", ".env", True),
        ("a/b/.gitignore", "*", "a/b/.env", False),
        (".gitignore", ".env\n!a/.env", "a/.env", True),
        (".gitignore", "secret/", "secret/.env", False),
        (".git/info/exclude", ".env", "a/.env", False),
        (".git/info/exclude", "/.env", "a/.env", True),
        ("../home/.config/git/ignore", ".env", ".env", False),
    ],
)
def test_a_key_in_an_ignored_file_is_no_finding(
    top: Path, capsys: pytest.CaptureFixture[str], ignoring: str, pattern: str, keyed: str, committed: bool
) -> None:
    for name, text in ((ignoring, f"{pattern}\n"), (keyed, assignment(1))):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    expected = [(keyed, 1)] if committed else []
    assert check(capsys).places() == expected
    assert check(capsys, keyed).places() == expected
    assert check(capsys, "--no-gitignore").places() == expected
    # git says the same of what it would add.
    assert bool(git(top, "status", "--porcelain", "-uall", "--", keyed)) == committed


def test_the_user_s_own_ignore_file_counts(top: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (top / ".env").write_text(assignment(1))
    assert check(capsys).code == 1
    (tmp_path / "mine").write_text(".env\n")
    git(top, "config", "core.excludesFile", str(tmp_path / "mine"))
    assert check(capsys).code == 0


def test_a_tracked_file_counts_though_it_is_ignored(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (top / ".gitignore").write_text("*.sh\n.env\n")
    (top / ".env").write_text(assignment(1))
    (top / "creds.sh").write_text(f"export {assignment(2)}")
    (top / "other.sh").write_text(f"export {assignment(3)}")
    git(top, "add", "-f", ".env", "creds.sh")
    assert check(capsys).places() == [(".env", 1), ("creds.sh", 1)]
    git(top, "rm", "-q", "--cached", ".env")
    assert check(capsys).places() == [("creds.sh", 1)]


def test_a_submodule_is_a_project_of_its_own(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = top / "module"
    module.mkdir()
    git(module, "init", "-q")
    commit(module, {"tracked.env": assignment(1), ".gitignore": ".env\n"})
    (module / ".env").write_text(assignment(2))
    git(top, "add", "module")
    assert check(capsys).places() == []
    assert check(capsys, "module").places() == [("module/tracked.env", 1)]
    assert check(capsys, "module/.env").places() == []


def test_a_linked_worktree_has_an_index_of_its_own(
    top: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(top, {".gitignore": ".env\n"})
    linked = tmp_path / "linked"
    git(top, "worktree", "add", "-q", str(linked))
    for folder in (top, linked):
        (folder / ".env").write_text(assignment(1))
    git(linked, "add", "-f", ".env")
    assert check(capsys).places() == []
    monkeypatch.chdir(linked)
    assert check(capsys).places() == [(".env", 1)]
    git(linked, "rm", "-q", "--cached", ".env")
    (top / ".git" / "info" / "exclude").write_text("other.env\n")
    (linked / "other.env").write_text(assignment(2))
    assert check(capsys).places() == []


def test_outside_of_git_every_file_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(assignment(1))
    assert check(capsys).places() == [(".env", 1)]


def test_whether_git_tracks_a_file_is_known(top: Path, tmp_path: Path) -> None:
    for name in ("a.env", "b.env"):
        (top / name).write_text(assignment(1))
    git(top, "add", "a.env")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.env").write_text(assignment(1))
    inside, elsewhere = (
        Tree(str(folder), [str(folder)], Config(), on_disk(str(folder), Config(), Choice()))
        for folder in (top, outside)
    )
    with Objects(str(top)) as objects:
        staged = load(str(top), objects)
        assert isinstance(staged, Index)
        index = Tree(str(top), [str(top)], Config(), in_index(staged, Config(), Choice()))
        assert [index.tracked(name) for name in ("a.env", "b.env")] == [True, None]
    assert [inside.tracked(name) for name in ("a.env", "b.env")] == [True, False]
    assert elsewhere.tracked("a.env") is None
