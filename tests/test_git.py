"""git is asked, and never made to run anything that a repository names."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from envlint import git
from envlint.git import Refusal, Tracked
from envlint.objects import Lost, Objects

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "x")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "x@example.org")


def plain(folder: Path, *arguments: str, check: bool = True) -> bytes:
    """git as anybody would call it."""
    return subprocess.run(["git", *arguments], cwd=folder, check=check, capture_output=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = tmp_path / "repository"
    (top / "sub").mkdir(parents=True)
    plain(top, "init", "-q")
    (top / "train.py").write_text("x = 1\n")
    (top / "sub" / "a b.sh").write_text("x=1\n")
    plain(top, "add", ".")
    plain(top, "commit", "-q", "-m", "first")
    return top


def test_tracked_files_are_relative_to_the_folder_asked_about(repository: Path) -> None:
    (repository / "untracked").touch()
    assert git.tracked(str(repository)) == Tracked(frozenset({"train.py", "sub/a b.sh"}), frozenset())
    assert git.tracked(str(repository / "sub")) == Tracked(frozenset({"a b.sh"}), frozenset())


@pytest.mark.skipif(os.name == "nt", reason="needs names that are not UTF-8")
def test_names_that_are_not_utf8_are_kept(repository: Path) -> None:
    (repository / os.fsdecode(b"caf\xe9.env")).touch()
    plain(repository, "add", ".")
    found = git.tracked(str(repository))
    assert isinstance(found, Tracked)
    assert "caf\udce9.env" in found.files


def test_a_submodule_is_told_from_files(repository: Path) -> None:
    commit = plain(repository, "rev-parse", "HEAD").decode().strip()
    plain(repository, "update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    found = git.tracked(str(repository))
    assert found == Tracked(frozenset({"train.py", "sub/a b.sh"}), frozenset({"module"}))


HOSTILE = {
    "core.fsmonitor": "{run}",
    "core.hooksPath": "{hooks}",
    "core.sshCommand": "{run}",
    "core.pager": "{run}",
    "pager.ls-files": "{run}",
    "pager.config": "{run}",
    "core.editor": "{run}",
    "core.askPass": "{run}",
    "diff.external": "{run}",
    "diff.x.textconv": "{run}",
    "diff.x.command": "{run}",
    "filter.x.clean": "{run}",
    "filter.x.smudge": "{run}",
    "filter.x.process": "{run}",
    "filter.x.required": "true",
    "alias.ls-files": "!{run}",
    "alias.config": "!{run}",
    "core.repositoryFormatVersion": "1",
    "extensions.partialClone": "origin",
    "remote.origin.promisor": "true",
    "remote.origin.url": "ext::{run}",
    "protocol.allow": "always",
    "protocol.ext.allow": "always",
}


@pytest.fixture
def hostile(repository: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A repository whose configuration runs a program wherever git lets it, and the file that would prove it."""
    proof = tmp_path / "proof"
    program = tmp_path / "run"
    program.write_text(f"#!/bin/sh\ntouch '{proof}'\n")
    program.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "post-checkout", "reference-transaction", "fsmonitor-watchman"):
        shutil.copy(program, hooks / name)
    (repository / ".gitattributes").write_text("* diff=x filter=x\n")
    for key, value in HOSTILE.items():
        plain(repository, "config", key, value.format(run=program, hooks=hooks))
    (repository / "train.py").write_text("x = 2\n")
    return repository, proof


@pytest.mark.skipif(os.name == "nt", reason="needs a shell script")
@pytest.mark.parametrize(
    "arguments",
    [
        ("ls-files", "-z", "--stage"),
        ("ls-files", "-co", "--exclude-standard", "-z"),
        ("ls-files", "-d", "-t", "-z"),
        ("config", "--get", "core.fsmonitor"),
        ("diff-index", "-p", "HEAD"),
        ("diff-tree", "-p", "--root", "HEAD"),
        ("rev-list", "--objects", "--all"),
        ("ls-tree", "-r", "HEAD"),
        ("cat-file", "-p", "HEAD:train.py"),
        ("cat-file", "-p", "0123456789012345678901234567890123456789"),
        ("for-each-ref",),
        ("rev-parse", "HEAD"),
    ],
    ids=" ".join,
)
def test_a_hostile_repository_runs_nothing(hostile: tuple[Path, Path], arguments: tuple[str, ...]) -> None:
    repository, proof = hostile
    answer = git.run(str(repository), *arguments)
    assert not proof.exists()
    if "0123456789012345678901234567890123456789" not in arguments:
        assert isinstance(answer, bytes)


@pytest.mark.skipif(os.name == "nt", reason="needs a shell script")
@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("diff",),
        ("ls-files", "-m"),
        ("diff-index", "-p", "HEAD"),
        ("cat-file", "-p", "0123456789012345678901234567890123456789"),
    ],
    ids=" ".join,
)
def test_the_hostile_repository_is_one(hostile: tuple[Path, Path], arguments: tuple[str, ...]) -> None:
    """Called without care, git does run what it names; else the test above would prove nothing."""
    repository, proof = hostile
    plain(repository, *arguments, check=False)
    assert proof.exists()


@pytest.mark.skipif(os.name == "nt", reason="needs a shell script")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("cat-file", "--batch"), b"HEAD:train.py\n0123456789012345678901234567890123456789\n"),
        (("cat-file", "--batch-check"), b"HEAD:train.py\n0123456789012345678901234567890123456789\n"),
        (("cat-file", "--batch-all-objects", "--batch-check"), b""),
        (("diff-tree", "--stdin", "--root", "-r", "-c", "-z"), b"{head}\n"),
        (("rev-list", "--date-order", "--reverse", "--all", "--"), b""),
    ],
    ids=str,
)
def test_a_hostile_repository_runs_nothing_beside_us(
    hostile: tuple[Path, Path], arguments: tuple[str, ...], told: bytes
) -> None:
    repository, proof = hostile
    head = (repository / ".git" / plain(repository, "symbolic-ref", "HEAD").decode().strip()).read_bytes().strip()
    with git.running(str(repository), *arguments, stdin=git.PIPE) as running:
        assert isinstance(running, git.Running)
        assert running.input is not None
        running.input.write(told.replace(b"{head}", head))
        running.input.close()
        assert running.output.read() != b""
    assert not proof.exists()


@pytest.mark.skipif(os.name == "nt", reason="needs a shell script")
def test_what_a_hostile_repository_lacks_is_not_fetched(hostile: tuple[Path, Path]) -> None:
    repository, proof = hostile
    here = plain(repository, "rev-parse", "HEAD:train.py").decode().strip()
    missing = "0123456789012345678901234567890123456789"
    with Objects(str(repository)) as objects:
        assert list(objects.contents([missing, here])) == [Lost.MISSING, b"x = 1\n"]
        assert objects.content(missing) is Lost.MISSING
    assert not proof.exists()


def test_a_git_that_runs_beside_us_ends_with_the_block(repository: Path) -> None:
    with git.running(str(repository), "cat-file", "--batch", stdin=git.PIPE) as running:
        assert isinstance(running, git.Running)
        assert running.process.poll() is None
    assert running.process.poll() is not None


def test_why_a_git_that_runs_beside_us_failed(repository: Path) -> None:
    with git.running(str(repository), "rev-list", "no-such") as running:
        assert isinstance(running, git.Running)
        assert running.output.read() == b""
        refusal = running.finish()
    assert refusal is not None
    assert "no-such" in refusal.reason
    assert refusal.code == 128


def test_more_blobs_than_a_pipe_takes_at_once(repository: Path) -> None:
    for number in range(300):
        (repository / f"{number}.txt").write_text(f"{number}\n" * 1000)
    plain(repository, "add", ".")
    names = "".join(f":{number}.txt\n" for number in range(300)).encode()
    done = subprocess.run(
        ["git", "cat-file", "--batch-check=%(objectname)"], cwd=repository, input=names, capture_output=True, check=True
    )
    with Objects(str(repository)) as objects:
        found = list(objects.contents(done.stdout.decode().split()))
        assert found == [f"{number}\n".encode() * 1000 for number in range(300)]
        assert list(objects.contents([])) == []


def test_what_is_no_blob_has_no_content(repository: Path) -> None:
    tree = plain(repository, "rev-parse", "HEAD^{tree}").decode().strip()
    blob = plain(repository, "rev-parse", "HEAD:train.py").decode().strip()
    with Objects(str(repository)) as objects:
        assert list(objects.contents([tree, blob])) == [Lost.DAMAGED, b"x = 1\n"]


def test_no_git_has_no_objects(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    with Objects(str(repository)) as objects:
        assert objects.content("0" * 40) is Lost.DAMAGED


@pytest.mark.parametrize("end", ["--", "--end-of-options"])
def test_what_follows_the_options_is_none(repository: Path, end: str) -> None:
    answer = git.run(str(repository), "rev-list", "HEAD", end, "-m")
    assert answer == b"" if end == "--" else isinstance(answer, Refusal)


@pytest.mark.parametrize(
    "arguments", [("status",), ("fetch",), ("cat-file", "--textconv"), ("ls-files", "-zm"), ("grep", "x")]
)
def test_only_what_reads_may_be_called(repository: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="not for reading"):
        git.run(str(repository), *arguments)


def test_standard_input_is_handed_on(repository: Path) -> None:
    answer = git.run(str(repository), "cat-file", "--batch-check=%(objecttype)", stdin=b"HEAD\nHEAD:train.py\n")
    assert answer == b"commit\nblob\n"


def test_paths_are_taken_literally(repository: Path) -> None:
    (repository / "*.py").touch()
    plain(repository, "add", ".")
    assert git.run(str(repository), "ls-files", "-z", "--", "*.py") == b"*.py\0"


def test_no_git_is_a_refusal(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert git.tracked(str(repository)) == Refusal("git was not found")


@pytest.mark.skipif(os.name == "nt", reason="needs a shell script")
def test_git_is_not_looked_for_in_the_scanned_folder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "git").write_text("#!/bin/sh\necho fooled\n")
    (repository / "git").chmod(0o755)
    monkeypatch.chdir(repository)
    monkeypatch.setenv("PATH", os.pathsep.join(("", ".", os.environ["PATH"])))
    assert isinstance(git.tracked(str(repository)), Tracked)


def test_another_owner_is_a_refusal(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    answer = git.tracked(str(repository))
    assert isinstance(answer, Refusal)
    assert "dubious ownership" in answer.reason
    assert answer.code == 128


def test_no_repository_is_a_refusal(tmp_path: Path) -> None:
    answer = git.tracked(str(tmp_path))
    assert isinstance(answer, Refusal)
    assert "not a git repository" in answer.reason


def test_a_folder_that_is_not_there_is_a_refusal(tmp_path: Path) -> None:
    assert isinstance(git.run(str(tmp_path / "none"), "ls-files"), Refusal)


@pytest.mark.skipif(os.name == "nt", reason="needs a shell script")
def test_a_git_that_does_not_answer_is_given_up(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path / "bin"), os.environ["PATH"])))
    assert git.run(str(repository), "ls-files", timeout=0.2) == Refusal("git did not answer within 0.2 seconds")


def test_a_hooks_repository_is_not_taken_for_another_one(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    plain(other, "init", "-q")
    monkeypatch.chdir(other)
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert git.tracked(str(repository)) == Tracked(frozenset({"train.py", "sub/a b.sh"}), frozenset())


def test_a_hooks_index_counts_in_its_own_repository(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git commit --only` runs hooks with an index of its own."""
    monkeypatch.chdir(repository)
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index")
    (repository / "new.sh").touch()
    plain(repository, "add", "new.sh")
    assert git.tracked(str(repository)) == Tracked(frozenset({"new.sh"}), frozenset())
    assert git.tracked(str(repository / "sub")) == Tracked(frozenset(), frozenset())


# --- what is known without asking git


def test_the_top_of_a_work_tree(repository: Path, tmp_path: Path) -> None:
    assert git.top_of(str(repository / "sub")) == str(repository)
    assert git.top_of(str(tmp_path)) is None


def test_a_stray_git_folder_or_file_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / "a" / ".git").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / ".git").write_text("not a repository\n")
    assert not git.is_work_tree(str(tmp_path / "a"))
    assert not git.is_work_tree(str(tmp_path / "b"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
def test_a_fifo_in_git_s_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".git")
    assert not git.is_work_tree(str(tmp_path))


def test_a_linked_worktree_shares_its_repository_s_ignore_file(repository: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    plain(repository, "worktree", "add", "-q", str(linked))
    assert git.is_work_tree(str(linked))
    assert os.path.realpath(git.info_exclude(str(linked))) == str(repository / ".git" / "info" / "exclude")
    assert git.info_exclude(str(repository)) == str(repository / ".git" / "info" / "exclude")
    assert git.tracked(str(linked)) == Tracked(frozenset({"train.py", "sub/a b.sh"}), frozenset())


def test_the_user_s_ignore_file(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert git.excludes_file(str(repository)) == str(tmp_path / "home" / ".config" / "git" / "ignore")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    assert git.excludes_file(str(repository)) == str(tmp_path / "settings" / "git" / "ignore")
    plain(repository, "config", "core.excludesFile", "~/ignored")
    assert git.excludes_file(str(repository)) == str(tmp_path / "home" / "ignored")
    plain(repository, "config", "core.excludesFile", "mine")
    assert git.excludes_file(str(repository / "sub")) == str(repository / "mine")
    plain(repository, "config", "core.excludesFile", "")
    assert git.excludes_file(str(repository)) is None
