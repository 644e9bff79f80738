"""Which files are read, as what, and what is said of them."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from envlint import discover
from envlint.discover import (
    Candidate,
    Notice,
    PathError,
    Problem,
    classify,
    has_needle,
    project_root,
    read_bytes,
    walk,
)

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
needs_links = pytest.mark.skipif(os.name == "nt", reason="needs links")


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "x")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "x@example.org")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def repository(top: Path) -> Path:
    git(top, "init", "-q")
    return top


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def plant(top: Path, *paths: str) -> None:
    """Files, each as `path: text` with `|` for a line end."""
    for path in paths:
        name, _, text = path.partition(": ")
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text.replace("|", "\n"))


def records(top: Path, *paths: str, **options: object) -> list[Candidate | Problem | Notice]:
    named: Sequence[str] = [str(top / path) for path in paths or ("",)]
    return list(walk(str(top), named, **options))  # type: ignore[arg-type]


def files(top: Path, *paths: str, **options: object) -> dict[str, Candidate]:
    return {item.path: item for item in records(top, *paths, **options) if isinstance(item, Candidate)}


# --- which project


@needs_git
def test_the_project_is_the_work_tree(repository: Path) -> None:
    plant(repository, "pkg/envlint.toml: ", "pkg/deep/train.py: ")
    assert project_root(str(repository / "pkg" / "deep")) == str(repository)
    assert project_root(str(repository / "pkg" / "deep" / "train.py")) == str(repository)


@needs_git
def test_a_linked_worktree_is_a_project(repository: Path, tmp_path: Path) -> None:
    plant(repository, "train.py: x", ".gitignore: *.log")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "first")
    git(repository, "worktree", "add", "-q", str(tmp_path / "linked"))
    linked = tmp_path / "linked"
    (repository / ".git" / "info" / "exclude").write_text("secret.sh\n")
    plant(linked, "secret.sh: ", "run.log: ", "sub/new.sh: ")
    assert project_root(str(linked / "sub")) == str(linked)
    assert list(files(linked)) == [".gitignore", "sub/new.sh", "train.py"]


@needs_git
def test_a_submodule_is_a_project_of_its_own(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    plant(other, "inside.sh: ")
    git(other, "init", "-q")
    git(other, "add", ".")
    git(other, "commit", "-q", "-m", "first")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "module")
    assert (repository / "module" / ".git").is_file()
    assert list(files(repository)) == [".gitmodules"]
    assert project_root(str(repository / "module")) == str(repository / "module")
    assert files(repository / "module")["inside.sh"].tracked is True


@needs_git
def test_a_submodule_that_is_not_checked_out_is_not_entered(repository: Path) -> None:
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{'0123456789' * 4},module")
    plant(repository, "module/left-over.sh: ")
    assert files(repository) == {}


@needs_git
def test_a_repository_inside_is_not_entered(repository: Path) -> None:
    plant(repository, "own.sh: ", "other/inside.sh: ")
    git(repository / "other", "init", "-q")
    assert list(files(repository)) == ["own.sh"]


@pytest.mark.parametrize(
    ("name", "text", "marks"),
    [
        ("envlint.toml", "", True),
        ("pyproject.toml", "[tool.envlint]\n", True),
        ("pyproject.toml", '[tool]\nenvlint = {select = ["all"]}\n', True),
        ("pyproject.toml", "[tool.envlint.severity]\ninvalid-value = 'note'\n", True),
        ("pyproject.toml", "[project]\nname = 'envlint'\n", False),
        ("pyproject.toml", "# [tool.envlint]\n[tool.ruff]\n", False),
        ("pyproject.toml", "[tool.envlint\n", False),
        ("setup.cfg", "[tool.envlint]\n", False),
    ],
)
def test_without_git_settings_mark_the_project(top: Path, name: str, text: str, marks: bool) -> None:
    plant(top, "a/b/train.py: ")
    (top / name).write_text(text)
    assert project_root(str(top / "a" / "b")) == str(top if marks else top / "a" / "b")


def test_the_nearest_settings_win(top: Path) -> None:
    plant(top, "envlint.toml: ", "a/envlint.toml: ", "a/b/train.py: ")
    assert project_root(str(top / "a" / "b" / "train.py")) == str(top / "a")


def test_else_the_project_is_the_folder_that_is_named(top: Path) -> None:
    plant(top, "a/train.py: ")
    assert project_root(str(top)) == str(top)
    assert project_root(str(top / "a" / "train.py")) == str(top / "a")


def test_relative_paths_count_from_the_current_folder(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(top, "envlint.toml: ", "a/train.py: ")
    monkeypatch.chdir(top / "a")
    assert project_root("train.py") == str(top)
    assert project_root(".") == str(top)


@needs_git
def test_a_home_folder_is_no_project(tmp_path: Path) -> None:
    home = tmp_path / "home"
    plant(home, "envlint.toml: ", "work/train.py: ", "dotted.sh: ", ".gitignore: *.log", "work/a.log: ")
    git(home, "init", "-q")
    git(home, "add", "work")
    assert project_root(str(home / "work" / "train.py")) == str(home / "work")
    # What git says about the files still counts.
    found = files(home / "work")
    assert list(found) == ["train.py"]
    assert found["train.py"].tracked is True


def test_a_home_folder_that_is_named_is_one(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    assert project_root(str(tmp_path / "home")) == str(tmp_path / "home")


def test_what_lies_around_a_home_folder_is_no_project(tmp_path: Path) -> None:
    plant(tmp_path, "envlint.toml: ", "home/work/train.py: ")
    assert project_root(str(tmp_path / "home" / "work")) == str(tmp_path / "home" / "work")


def test_the_root_of_the_file_system_is_no_project(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(top.anchor)
    monkeypatch.setattr("envlint.git.is_work_tree", lambda folder: folder == str(root))
    assert project_root(str(top)) == str(top)


# --- which files


@needs_git
def test_what_git_tracks_is_read_though_ignored(repository: Path) -> None:
    plant(repository, ".gitignore: *.sh|build/", "creds.sh: ", "build/deep/keys.txt: ", "build/other.txt: ", "b.sh: ")
    git(repository, "add", "-f", "creds.sh", "build/deep/keys.txt")
    found = files(repository)
    assert list(found) == [".gitignore", "build/deep/keys.txt", "creds.sh"]
    assert found["creds.sh"] == Candidate("creds.sh", "shell", named=False, tracked=True, ignored=False)
    assert found[".gitignore"].tracked is False
    assert all(candidate.committed for candidate in found.values())


@needs_git
def test_an_ignored_dotenv_file_is_read_and_not_committed(repository: Path) -> None:
    plant(repository, ".gitignore: .env*|/hidden/", ".env: ", "app/.env.local: ", "hidden/.env: ", ".envrc: ")
    found = files(repository)
    assert list(found) == [".env", ".envrc", ".gitignore", "app/.env.local"]
    assert [candidate.committed for candidate in found.values()] == [False, False, True, False]


@needs_git
def test_git_s_other_ignore_files_count(repository: Path, tmp_path: Path) -> None:
    plant(repository, ".git/info/exclude: a.sh", "a.sh: ", "b.sh: ", "c.sh: ", "d.sh: ")
    plant(tmp_path, "home/.config/git/ignore: b.sh|c.sh")
    plant(repository, ".gitignore: !c.sh")
    assert list(files(repository)) == [".gitignore", "c.sh", "d.sh"]


@needs_git
def test_without_gitignore_all_is_read_and_said_to_be_ignored(repository: Path) -> None:
    plant(repository, ".gitignore: build/", "build/a.sh: ", "build/deep/b.sh: ", "c.sh: ")
    found = files(repository, gitignore=False)
    assert {path: candidate.ignored for path, candidate in found.items()} == {
        ".gitignore": False,
        "build/a.sh": True,
        "build/deep/b.sh": True,
        "c.sh": False,
    }


def test_outside_git_ignore_files_count_and_tracked_is_unknown(top: Path) -> None:
    plant(top, ".gitignore: *.log|!keep.log", "sub/.gitignore: secret.sh", "sub/secret.sh: ", "secret.sh: ")
    plant(top, "a.log: ", "sub/keep.log: ", ".env: ", "sub/local/x.sh: ")
    found = files(top)
    assert list(found) == [".env", ".gitignore", "secret.sh", "sub/.gitignore", "sub/keep.log", "sub/local/x.sh"]
    assert {candidate.tracked for candidate in found.values()} == {None}
    assert not [record for record in records(top) if isinstance(record, Notice)]


def test_unknown_counts_as_committed() -> None:
    ignored = Candidate(".env", "dotenv", named=False, tracked=None, ignored=True)
    assert ignored.committed


def test_outside_git_installed_packages_are_skipped_unless_named(top: Path) -> None:
    folders = (".venv", "venv", "node_modules", "lib/site-packages", ".tox", "__pycache__")
    plant(top, "a.sh: ", *(f"{folder}/deep/x.sh: " for folder in folders))
    assert list(files(top)) == ["a.sh"]
    assert list(files(top, "", ".venv")) == [".venv/deep/x.sh", "a.sh"]
    assert list(files(top, "node_modules/deep")) == ["node_modules/deep/x.sh"]


@needs_git
def test_in_git_only_ignore_files_say_what_is_skipped(repository: Path) -> None:
    plant(repository, "venv/x.sh: ")
    assert list(files(repository)) == ["venv/x.sh"]


@needs_git
def test_a_refusal_is_one_notice_and_ignore_files_still_count(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(repository, ".gitignore: *.log", "a.log: ", "a.sh: ")
    git(repository, "add", "a.sh")
    monkeypatch.setenv("PATH", "")
    found = records(repository)
    assert found[0] == Notice(
        "git was not found: which files are tracked is not known, so all that are ignored are left out"
    )
    assert [(item.path, item.tracked) for item in found if isinstance(item, Candidate)] == [
        (".gitignore", None),
        ("a.sh", None),
    ]


@needs_git
def test_named_files_are_read_whatever_ignores_them(repository: Path) -> None:
    plant(repository, ".gitignore: build/|*.log", "build/a.sh: ", "a.log: ", "b.sh: ")
    found = files(repository, "build/a.sh", "a.log")
    assert found == {
        "a.log": Candidate("a.log", "", named=True, tracked=False, ignored=True),
        "build/a.sh": Candidate("build/a.sh", "shell", named=True, tracked=False, ignored=True),
    }
    assert files(repository, "", "b.sh")["b.sh"].named


@needs_git
def test_a_named_folder_is_entered_though_ignored(repository: Path) -> None:
    plant(repository, ".gitignore: build/|*.log", "build/a.sh: ", "build/deep/b.sh: ", "build/c.log: ", "d.sh: ")
    found = files(repository, "build")
    assert list(found) == ["build/a.sh", "build/deep/b.sh"]
    assert all(candidate.ignored and not candidate.named for candidate in found.values())


def test_each_file_comes_once_and_sorted(top: Path) -> None:
    plant(top, "b/x.sh: ", "b/deep/y.sh: ", "a.sh: ", "b-c.sh: ")
    found = records(top, "b/deep", "", "b", "b/deep/y.sh", "a.sh", "a.sh")
    assert [item.path for item in found if isinstance(item, Candidate)] == ["a.sh", "b-c.sh", "b/deep/y.sh", "b/x.sh"]
    assert [item.named for item in found if isinstance(item, Candidate)] == [True, False, True, False]


def test_excluded_paths(top: Path) -> None:
    plant(top, "a.sh: ", "old/b.sh: ", "old/deep/c.sh: ", "new/old/d.sh: ", "e.py: ")
    assert list(files(top, exclude=["/old/"])) == ["a.sh", "e.py", "new/old/d.sh"]
    assert list(files(top, exclude=["old"])) == ["a.sh", "e.py"]
    assert list(files(top, exclude=["*.sh", "!a.sh"])) == ["a.sh", "e.py"]
    assert list(files(top, "", "old/b.sh", exclude=["old"])) == ["a.sh", "e.py", "old/b.sh"]
    assert list(files(top, "old", exclude=["/old"])) == ["old/b.sh", "old/deep/c.sh"]


def test_force_exclude_holds_for_named_paths(top: Path) -> None:
    plant(top, "a.sh: ", "old/deep/c.sh: ")
    named = ("a.sh", "old/deep/c.sh", "old/deep", "old")
    assert list(files(top, *named, exclude=["old"], force_exclude=True)) == ["a.sh"]
    assert list(files(top, *named, exclude=["c.sh"], force_exclude=True)) == ["a.sh"]
    assert list(files(top, "", exclude=["a.sh"], force_exclude=True)) == ["old/deep/c.sh"]


@needs_git
def test_tracked_files_are_excluded_too(repository: Path) -> None:
    plant(repository, "a.sh: ", "b.sh: ")
    git(repository, "add", ".")
    assert list(files(repository, exclude=["a.sh"])) == ["b.sh"]


def test_a_named_path_that_is_not_there(top: Path) -> None:
    plant(top, "file: ")
    for path in ("none.sh", "none/none.sh", "file/none.sh"):
        with pytest.raises(PathError, match=r"none\.sh': no such file or folder") as raised:
            records(top, path)
        assert "\n" not in str(raised.value)


def test_a_path_outside_of_the_root_is_refused(top: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outside"):
        list(walk(str(top), [str(tmp_path)]))


# --- links, special files, odd trees


@needs_links
def test_links_met_on_the_way_are_not_read(top: Path, tmp_path: Path) -> None:
    plant(tmp_path, "elsewhere/x.sh: ")
    plant(top, "a.sh: ", "sub/b.sh: ")
    (top / "file.sh").symlink_to(top / "a.sh")
    (top / "folder").symlink_to(tmp_path / "elsewhere")
    (top / "sub" / "loop").symlink_to(top)
    (top / "gone.sh").symlink_to(top / "none")
    assert list(files(top)) == ["a.sh", "sub/b.sh"]


@needs_links
def test_named_links_are_read_under_their_own_name(top: Path, tmp_path: Path) -> None:
    plant(tmp_path, "elsewhere/x.sh: x", "elsewhere/y: y")
    (top / "train.sh").symlink_to(tmp_path / "elsewhere" / "y")
    (top / "folder").symlink_to(tmp_path / "elsewhere")
    found = files(top, "train.sh", "folder")
    assert list(found) == ["folder/x.sh", "folder/y", "train.sh"]
    assert found["train.sh"] == Candidate("train.sh", "shell", named=True, tracked=None, ignored=False)
    assert read_bytes(str(top / "train.sh")) == b"y"


@needs_links
def test_a_link_is_no_ignore_file(top: Path, tmp_path: Path) -> None:
    plant(tmp_path, "patterns: *.sh")
    plant(top, "a.sh: ")
    (top / ".gitignore").symlink_to(tmp_path / "patterns")
    assert list(files(top)) == ["a.sh"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
def test_special_files_are_not_waited_for(top: Path) -> None:
    os.mkfifo(top / "pipe.sh")
    os.mkfifo(top / ".env")
    os.mkfifo(top / ".gitignore")
    with socket.socket(socket.AF_UNIX) as server:
        # Bound by a short relative name: such addresses hold about 100 bytes.
        here = os.getcwd()
        os.chdir(top)
        server.bind("socket.sh")
        os.chdir(here)
    assert records(top) == []
    assert list(files(top, "pipe.sh")) == ["pipe.sh"]
    assert read_bytes(str(top / "pipe.sh")) == Problem(str(top / "pipe.sh"), "not a regular file")
    assert read_bytes(os.devnull) == Problem(os.devnull, "not a regular file")


@pytest.fixture
def locked(top: Path) -> Iterator[Path]:
    plant(top, "a.sh: ", "locked/b.sh: ", "c.sh: ")
    (top / "locked").chmod(0)
    (top / "c.sh").chmod(0)
    if os.access(top / "locked", os.R_OK):
        pytest.skip("nothing is unreadable here")
    yield top
    (top / "locked").chmod(0o700)


def test_what_can_t_be_listed_is_a_problem(locked: Path) -> None:
    assert [item.path for item in records(locked)] == ["a.sh", "c.sh", "locked"]  # type: ignore[union-attr]
    assert records(locked)[2] == Problem("locked", "the folder could not be listed: permission denied")
    assert read_bytes(str(locked / "c.sh")) == Problem(str(locked / "c.sh"), "permission denied")


def test_a_folder_that_fails_to_list_costs_one_problem(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(top, "a.sh: ", "locked/b.sh: ")
    listing = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return listing(path)

    monkeypatch.setattr("os.scandir", refuse)
    assert [item.path for item in records(top)] == ["a.sh", "locked"]  # type: ignore[union-attr]
    assert records(top)[1] == Problem("locked", "the folder could not be listed: permission denied")


@pytest.mark.skipif(os.name == "nt", reason="needs names that are not UTF-8")
def test_names_that_are_not_utf8(top: Path) -> None:
    name = os.fsdecode(b"caf\xe9.sh")
    plant(top, f"{name}: ", "a\nb.sh: ")
    (top / ".gitignore").write_bytes(b"caf?.log\n")
    (top / os.fsdecode(b"caf\xe9.log")).touch()
    assert list(files(top)) == [".gitignore", "a\nb.sh", "caf\udce9.sh"]


@pytest.fixture
def deep(top: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, int], None]]:
    """Makes a folder in a folder in a folder; taken away at once, because not every tool can."""
    monkeypatch.chdir(top)

    def make(name: str, levels: int) -> None:
        for _ in range(levels):
            os.mkdir(name)
            os.chdir(name)
        (Path("x.sh")).touch()
        os.chdir(top)

    yield make
    subprocess.run(["rm", "-rf", str(top)], check=True, cwd=top.parent)


@needs_links
def test_a_deep_tree_is_walked_to_its_end(top: Path, deep: Callable[[str, int], None]) -> None:
    deep("d", 1_000)
    path = "d/" * 1_000 + "x.sh"
    assert list(files(top)) == [path]
    assert list(files(top, path)) == [path]


@needs_links
def test_a_tree_deeper_than_paths_may_be_long_costs_one_problem(top: Path, deep: Callable[[str, int], None]) -> None:
    plant(top, "a.sh: ")
    deep("d" * 200, 30)
    found = records(top)
    assert [item.path for item in found if isinstance(item, Candidate)] == ["a.sh"]
    assert [item.message for item in found if isinstance(item, Problem)] == [
        "the folder could not be listed: file name too long"
    ]


def test_an_ignore_file_beyond_the_limit_is_a_notice(top: Path) -> None:
    plant(top, "a.sh: ")
    (top / ".gitignore").write_bytes(b"*.sh\n" * 300_000)
    found = records(top)
    assert isinstance(found[0], Notice)
    assert found[0].message.endswith("is not honoured: larger than 1 MB: not read")
    assert list(files(top)) == [".gitignore", "a.sh"]


def test_hostile_patterns_cost_no_more_than_others(top: Path) -> None:
    plant(top, *(f"{'a' * 60}/{'a' * 200}{number}.sh: " for number in range(100)))
    patterns = ("*a" * 40 + "b", "/".join(["*a*a*"] * 20) + "/b", "**/a*/" * 20 + "b", "[" * 5_000, "\\" * 5_001)
    (top / ".gitignore").write_text("\n".join(patterns * 5) + "\n")
    started = time.process_time()
    assert len(files(top)) == 101
    assert time.process_time() - started < 30


# --- content


def test_a_file_is_read_up_to_the_limit(top: Path) -> None:
    path = str(top / "data")
    for size, expected in ((0, True), (999, True), (1000, True), (1001, False)):
        Path(path).write_bytes(b"x" * size)
        content = read_bytes(path, 1000)
        assert content == (
            b"x" * size if expected else Problem(path, "larger than 1000 bytes: not read", too_large=True)
        )


def test_the_limit_is_10_mb(top: Path) -> None:
    path = top / "data"
    path.write_bytes(b"")
    os.truncate(path, (10 << 20) + 1)
    assert read_bytes(str(path)) == Problem(str(path), "larger than 10 MB: not read", too_large=True)
    os.truncate(path, 10 << 20)
    assert read_bytes(str(path)) == bytes(10 << 20)


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="needs /proc")
def test_a_file_that_says_it_is_empty_is_read() -> None:
    assert b"PATH=" in read_bytes("/proc/self/environ")  # type: ignore[operator]


def test_what_can_t_be_opened_is_a_problem(top: Path) -> None:
    assert read_bytes(str(top / "none")) == Problem(str(top / "none"), "no such file or directory")
    assert read_bytes(str(top)) == Problem(str(top), "not a regular file")
    assert isinstance(read_bytes("a\0b"), Problem)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1"])
def test_needles_are_found_in_any_encoding_with_a_mark(encoding: str) -> None:
    data = "é = 1\nexport WANDB_MODE=offline\n".encode(encoding)
    assert has_needle(data, ("nothing", "WANDB"))
    assert not has_needle(data, ("wandb", "nothing"))
    assert not has_needle(data, ())


def test_big_endian_marks() -> None:
    for encoding, mark in (("utf-16-be", b"\xfe\xff"), ("utf-32-be", b"\0\0\xfe\xff")):
        assert has_needle(mark + "WANDB".encode(encoding), ("WANDB",))


@pytest.mark.parametrize(
    ("name", "data", "surface"),
    [
        ("train.py", b"#!/bin/sh\n", "python"),
        ("train", b"#!/usr/bin/env python3\nimport wandb\n", "python"),
        ("train", b"#!/bin/bash\r\n", "shell"),
        ("train", b"import wandb\n", "text"),
        ("train", b"", "text"),
        ("train", b"#!" + b"/" * 10_000 + b"bin/sh", "text"),
    ],
)
def test_what_a_name_does_not_tell_the_first_line_may(top: Path, name: str, data: bytes, surface: str) -> None:
    (top / name).write_bytes(data)
    assert classify(files(top)[name], data) == surface


def test_the_order_of_listing_never_shows(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(top, *(f"{folder}/{name}.sh: " for folder in "abc" for name in "xyz"))
    expected = records(top)
    listed = discover._entries

    def shuffled(*arguments: Any) -> list[tuple[str, int]]:
        found = listed(*arguments)
        random.Random(7).shuffle(found)
        return found

    monkeypatch.setattr(discover, "_entries", shuffled)
    assert records(top) == expected
