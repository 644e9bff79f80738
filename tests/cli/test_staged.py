"""`envlint check --staged` judges what git's index holds, whatever the work tree holds."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from repositories import assignment, check, commit, git, head, key, settle

from envlint.cli import main

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settle(monkeypatch, tmp_path / "home")
    folder = tmp_path / "top"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    monkeypatch.chdir(folder)
    return folder


def stage(top: Path, name: str, text: str) -> None:
    (top / name).parent.mkdir(parents=True, exist_ok=True)
    (top / name).write_text(text)
    git(top, "add", "-f", name)


def test_the_index_counts_and_not_the_work_tree(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage(top, "a.env", assignment(1))
    stage(top, "b.env", "X=1\n")
    (top / "a.env").write_text("X=1\n")
    (top / "b.env").write_text(assignment(2))
    (top / "untracked.env").write_text(assignment(3))
    ran = check(capsys, "--staged")
    assert (ran.code, ran.places()) == (1, [("a.env", 1)])
    assert ran.findings[0]["commit"] is None


def test_every_entry_counts_changed_or_not(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(top, {"a.env": assignment(1), "sub/b.env": assignment(2)})
    assert check(capsys, "--staged").places() == [("a.env", 1), ("sub/b.env", 1)]


def test_a_file_that_the_work_tree_lost_counts(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage(top, "a.env", assignment(1))
    (top / "a.env").unlink()
    assert check(capsys, "--staged").places() == [("a.env", 1)]
    assert check(capsys, "--staged", "a.env").places() == [("a.env", 1)]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["."], ["a.env", "sub/b.env", "sub/deep/c.env"]),
        (["sub"], ["sub/b.env", "sub/deep/c.env"]),
        (["sub/deep", "a.env"], ["a.env", "sub/deep/c.env"]),
        (["sub/b.env"], ["sub/b.env"]),
        (["untracked.env"], []),
    ],
)
def test_paths_limit_what_is_reported(
    top: Path, capsys: pytest.CaptureFixture[str], paths: list[str], expected: list[str]
) -> None:
    for number, name in enumerate(("a.env", "sub/b.env", "sub/deep/c.env")):
        stage(top, name, assignment(number))
    (top / "untracked.env").write_text(assignment(7))
    assert check(capsys, "--staged", *paths).places() == [(name, 1) for name in expected]


def test_paths_are_relative_to_the_current_folder(
    top: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(top, "sub/b.env", assignment(1))
    stage(top, "a.env", assignment(2))
    monkeypatch.chdir(top / "sub")
    assert check(capsys, "--staged").places() == [("b.env", 1)]
    assert check(capsys, "--staged", "../a.env").places() == [("../a.env", 1)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--staged", "no-such-file"], "no such file"),
        (["--staged", "--history"], "exclude each other"),
        (["--staged", "--history=HEAD"], "exclude each other"),
    ],
)
def test_a_mistake_in_the_call_is_one_clear_line(
    top: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    ran = check(capsys, *arguments)
    assert ran.code == 2
    assert words in ran.errors
    assert ran.errors.count("\n") == 1


def test_outside_of_git_there_is_no_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = check(capsys, "--staged")
    assert ran.code == 2
    assert ran.errors.startswith("envlint: --staged: ")
    assert ran.errors.count("\n") == 1


def test_an_empty_repository_has_nothing_staged(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (top / ".env").write_text(assignment(1))
    assert check(capsys, "--staged").code == 0


def test_an_entry_added_with_intent_only_has_no_content(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (top / "a.env").write_text(assignment(1))
    git(top, "add", "--intent-to-add", "a.env")
    ran = check(capsys, "--staged")
    assert (ran.code, ran.findings, ran.unreadable) == (0, [], [])


def test_an_unmerged_file_is_read_from_the_work_tree(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(top, {"a.env": "X=1\n", "b.env": "X=1\n"})
    git(top, "checkout", "-q", "-b", "side")
    commit(top, {"a.env": "X=2\n", "b.env": "X=2\n"})
    git(top, "checkout", "-q", "main")
    commit(top, {"a.env": "X=3\n", "b.env": "X=3\n"})
    git(top, "merge", "-q", "side", check=False)
    (top / "a.env").write_text(f"X=4\n{assignment(1)}")
    (top / "b.env").unlink()
    ran = check(capsys, "--staged")
    assert (ran.code, ran.places()) == (1, [("a.env", 2)])


@pytest.mark.skipif(os.name == "nt", reason="needs links")
def test_an_unmerged_path_leads_nowhere_else(top: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path of an index is anybody's word."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.env").write_text(assignment(1))
    (top / "linked").symlink_to(tmp_path / "outside")
    (top / "link.env").symlink_to(tmp_path / "outside" / "x.env")
    blob = git(top, "hash-object", "-w", "--stdin", stdin=b"X=1\n").decode().strip()
    entries = "".join(f"100644 {blob} 2\t{path}\n" for path in ("linked/x.env", "link.env"))
    git(top, "update-index", "--index-info", stdin=entries.encode())
    ran = check(capsys, "--staged")
    assert (ran.code, [finding["rule"] for finding in ran.findings]) == (3, ["unreadable-source"] * 2)


def test_links_and_submodules_have_no_content(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blob = git(top, "hash-object", "-w", "--stdin", stdin=assignment(1).encode()).decode().strip()
    commit_id = commit(top, {"plain": "x\n"})
    git(top, "update-index", "--add", "--cacheinfo", f"120000,{blob},link.env")
    git(top, "update-index", "--add", "--cacheinfo", f"160000,{commit_id},module")
    git(top, "update-index", "--add", "--cacheinfo", f"100755,{blob},run.env")
    assert check(capsys, "--staged").places() == [("run.env", 1)]


def test_a_force_added_file_counts_and_an_ignored_one_is_not_there(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage(top, ".gitignore", ".env\n")
    stage(top, ".env", assignment(1))
    (top / "sub").mkdir()
    (top / "sub" / ".env").write_text(assignment(2))
    assert check(capsys, "--staged").places() == [(".env", 1)]


@pytest.mark.parametrize(
    ("options", "paths", "expected"),
    [
        (["--exclude", "sub/"], ["."], ["a.env"]),
        (["--exclude", "*.env"], ["."], []),
        (["--exclude", "*.env"], ["a.env"], ["a.env"]),
        (["--exclude", "*.env", "--force-exclude"], ["a.env"], []),
        (["--exclude", "sub/"], ["sub"], ["sub/b.env"]),
        (["--exclude", "sub/", "--force-exclude"], ["sub"], []),
    ],
)
@pytest.mark.parametrize("source", [["--staged"], []])
def test_exclusions_are_those_of_the_work_tree(
    top: Path,
    capsys: pytest.CaptureFixture[str],
    source: list[str],
    options: list[str],
    paths: list[str],
    expected: list[str],
) -> None:
    stage(top, "a.env", assignment(1))
    stage(top, "sub/b.env", assignment(2))
    assert check(capsys, *source, *options, *paths).places() == [(name, 1) for name in expected]


def test_comments_and_configuration_hold(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage(top, "a.env", f"# envlint: ignore[committed-api-key] revoked\n{assignment(1)}")
    stage(top, "b.env", assignment(2))
    assert check(capsys, "--staged").places() == [("b.env", 1)]
    # The configuration is the work tree's, staged or not.
    (top / "envlint.toml").write_text("[per-file-ignores]\n'b.env' = ['committed-api-key']\n")
    assert check(capsys, "--staged").code == 0


def test_facts_of_the_project_are_the_index_s_too(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A staged argument beats a staged variable; what the work tree says by now is something else."""
    stage(top, "run.sh", "export WANDB_PROJECT=a\npython train.py\n")
    stage(top, "train.py", "import wandb\nwandb.init(project='b')\n")
    (top / "run.sh").write_text("python train.py\n")
    arguments = ["--select", "shadowing-argument", "--output-format", "concise", "train.py"]
    assert main(["check", *arguments]) == 0
    assert main(["check", "--staged", *arguments]) == 1
    assert capsys.readouterr().out.startswith("train.py:2:")


def test_show_files_lists_the_index(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage(top, "a.env", "X=1\n")
    (top / "b.env").touch()
    assert main(["check", "--staged", "--show-files"]) == 0
    assert capsys.readouterr().out == "a.env\n"


def test_one_content_under_many_names(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"{number:03}.env" for number in range(600)]
    for name in names:
        (top / name).write_text(assignment(1))
    (top / "500.env").write_text("X=1\n")
    git(top, "add", "-A")
    assert check(capsys, "--staged").places() == [(name, 1) for name in names if name != "500.env"]


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="needs names that are not UTF-8")
def test_odd_names(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (b"line\nbreak.env", b"caf\xe9.env", b"tab\t.env", b" .env", b":(top).env"):
        (top / os.fsdecode(name)).write_text(assignment(1))
    git(top, "add", "-A")
    found = [path for path, _ in check(capsys, "--staged").places()]
    assert found == [" .env", ":(top).env", "caf%E9.env", "line\nbreak.env", "tab\t.env"]


def test_a_large_file_is_left_out_with_a_notice(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage(top, "large.txt", f"{assignment(1)}{'x' * (10 << 20)}")
    ran = check(capsys, "--staged")
    assert (ran.code, ran.findings) == (0, [])
    assert "larger than 10 MB" in ran.errors
    assert check(capsys, "--staged", "large.txt").code == 3


def test_a_damaged_object_costs_one_file(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(5):
        stage(top, f"{number}.env", assignment(number))
    blob = git(top, "rev-parse", ":2.env").decode().strip()
    loose = top / ".git" / "objects" / blob[:2] / blob[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"damaged")
    ran = check(capsys, "--staged", "--ignore", "unreadable-source")
    assert ran.places() == [(f"{number}.env", 1) for number in (0, 1, 3, 4)]
    assert [notice["path"] for notice in check(capsys, "--staged").unreadable] == ["2.env"]


def test_another_index_is_honoured(
    top: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(top, "a.env", assignment(1))
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/other")
    stage(top, "b.env", assignment(2))
    assert check(capsys, "--staged").places() == [("b.env", 1)]


def test_another_repository_is_honoured(
    top: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A work tree without `.git`, as people keep their settings under version control."""
    stage(top, "a.env", assignment(1))
    shutil.move(top / ".git", tmp_path / "elsewhere")
    assert check(capsys, "--staged").code == 2
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(top))
    assert check(capsys, "--staged").places() == [("a.env", 1)]


# --- as a hook of git itself


@pytest.fixture
def hooked(top: Path) -> Path:
    """A repository whose pre-commit hook runs envlint on the index."""
    commit(top, {"a.env": "X=1\n", "b.env": "X=1\n"})
    hook = top / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m envlint check --staged --output-format concise\n')
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    return top


def committed(top: Path, *arguments: str) -> tuple[bool, str]:
    before = head(top)
    done = subprocess.run(["git", "commit", "-m", "y", *arguments], cwd=top, check=False, capture_output=True)
    return head(top) != before, (done.stdout + done.stderr).decode()


@pytest.mark.skipif(os.name == "nt", reason="needs a shell script")
def test_a_hook_stops_a_staged_key(hooked: Path) -> None:
    stage(hooked, "a.env", assignment(1))
    (hooked / "a.env").write_text("X=1\n")
    done, told = committed(hooked)
    assert not done
    assert told.startswith("a.env:1:15: ")
    assert key(1)[:8] not in told


@pytest.mark.skipif(os.name == "nt", reason="needs a shell script")
def test_a_hook_sees_what_commit_all_takes_in(hooked: Path) -> None:
    (hooked / "a.env").write_text(assignment(1))
    assert not committed(hooked, "-a")[0]
    (hooked / "a.env").write_text("X=2\n")
    assert committed(hooked, "-a")[0]


@pytest.mark.skipif(os.name == "nt", reason="needs a shell script")
def test_a_hook_of_a_partial_commit_sees_what_is_in_it(hooked: Path) -> None:
    """Of two changed files one is committed, so the key in the other is not leaked yet."""
    (hooked / "a.env").write_text(assignment(1))
    (hooked / "b.env").write_text("X=2\n")
    assert not committed(hooked, "a.env")[0]
    assert committed(hooked, "b.env")[0]


@pytest.mark.skipif(os.name == "nt", reason="needs a shell script")
def test_a_hook_works_in_a_linked_worktree(hooked: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    git(hooked, "worktree", "add", "-q", str(linked))
    (linked / "a.env").write_text(assignment(1))
    assert not committed(linked, "-a")[0]
    (linked / "a.env").write_text("X=2\n")
    assert committed(linked, "-a")[0]
