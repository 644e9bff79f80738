"""`envlint check --history`: the keys in every version of every file that the commits hold."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repositories import Ran, assignment, check, commit, git, head, key, settle

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


def told(ran: Ran) -> list[tuple[str, int, str]]:
    return [(finding["path"], finding["line"], finding["commit"]) for finding in ran.findings]


def test_a_key_that_was_removed_is_still_leaked(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(top, {"a.env": "X=1\n"})
    leak = commit(top, {"a.env": f"X=1\n{assignment(1)}"})
    commit(top, {"a.env": "X=1\n"})
    assert check(capsys).code == 0
    ran = check(capsys, "--history")
    assert (ran.code, told(ran)) == (1, [("a.env", 2, leak)])
    assert key(1)[:8] not in json.dumps(ran.findings)


def test_a_key_in_a_file_that_was_deleted(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leak = commit(top, {"sub/a.env": assignment(1)})
    commit(top, {"sub/a.env": None})
    assert told(check(capsys, "--history")) == [("sub/a.env", 1, leak)]
    assert told(check(capsys, "--history", "sub/a.env")) == [("sub/a.env", 1, leak)]
    assert told(check(capsys, "--history", "sub")) == [("sub/a.env", 1, leak)]


def test_the_oldest_commit_and_path_are_told(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One content under several names, by copying and renaming: each blob is judged once."""
    leak = commit(top, {"b.env": assignment(1)})
    commit(top, {"a.env": assignment(1)})
    commit(top, {"b.env": None, "c.env": assignment(1)})
    assert told(check(capsys, "--history")) == [("b.env", 1, leak)]


def test_the_first_path_decides_how_a_file_is_read(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leak = commit(top, {"settings.py": f"import os\nos.environ['WANDB_API_KEY'] = (\n    '{key(1)}')\n"})
    commit(top, {"settings.py": None})
    ran = check(capsys, "--history")
    assert told(ran) == [("settings.py", 3, leak)]
    assert ran.findings[0]["surface"] == "python"


def test_a_key_in_many_versions_is_told_once(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leak = commit(top, {"a.env": assignment(1)})
    commit(top, {"a.env": f"X=1\n{assignment(1)}"})
    commit(top, {"a.env": f"X=2\n{assignment(1)}"})
    other = commit(top, {"a.env": f"X=2\n{assignment(2)}"})
    again = commit(top, {"b.env": f"X=3\n{assignment(1)}"})
    ran = check(capsys, "--history")
    assert told(ran) == [("a.env", 1, leak), ("a.env", 2, other), ("b.env", 2, again)]
    assert ["later version" in finding["message"] for finding in ran.findings] == [True, False, False]
    assert "2 later versions of the file hold it too." in ran.findings[0]["message"]


def test_a_key_twice_in_one_version_is_told_twice(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leak = commit(top, {"a.sh": f"export {assignment(1)}export {assignment(1)}"})
    assert told(check(capsys, "--history")) == [("a.sh", 1, leak), ("a.sh", 2, leak)]


def test_a_key_that_came_with_a_merge(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(top, {"a.env": "X=1\n", "x": "1"})
    git(top, "checkout", "-q", "-b", "side")
    side = commit(top, {"side.env": assignment(1)})
    git(top, "checkout", "-q", "main")
    commit(top, {"x": "2"})
    git(top, "merge", "-q", "--no-commit", "side")
    merge = commit(top, {"a.env": assignment(2), "new.env": assignment(3)})
    assert git(top, "rev-list", "--merges", "HEAD").decode().split() == [merge]
    found = told(check(capsys, "--history"))
    assert found == [("a.env", 1, merge), ("new.env", 1, merge), ("side.env", 1, side)]


def test_a_key_in_an_octopus_merge(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(top, {"x": "1"})
    for name in ("one", "two"):
        git(top, "checkout", "-q", "-b", name, "main")
        commit(top, {name: name})
    git(top, "checkout", "-q", "main")
    git(top, "merge", "-q", "--no-commit", "one", "two", check=False)
    parents = ("-p", "main", "-p", "one", "-p", "two")
    (top / "three.env").write_text(assignment(1))
    git(top, "add", "-A")
    tree = git(top, "write-tree").decode().strip()
    merge = git(top, "commit-tree", tree, *parents, "-m", "x").decode().strip()
    git(top, "update-ref", "refs/heads/octopus", merge)
    assert told(check(capsys, "--history")) == [("three.env", 1, merge)]


@pytest.mark.parametrize("kind", ["branch", "tag", "annotated tag", "stash", "detached head", "note", "remote"])
def test_everything_that_a_name_leads_to_is_history(top: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    base = commit(top, {"x": "1", "a.env": "X=1\n"})
    if kind == "stash":
        (top / "a.env").write_text(assignment(1))
        git(top, "stash", "-q")
        assert [path for path, *_ in told(check(capsys, "--history"))] == ["a.env"]
        return
    git(top, "checkout", "-q", "--detach")
    leak = commit(top, {"a.env": assignment(1)})
    names = {
        "branch": ("update-ref", "refs/heads/other", leak),
        "tag": ("tag", "t", leak),
        "annotated tag": ("tag", "-a", "-m", "x", "t", leak),
        "note": ("update-ref", "refs/notes/x", leak),
        "remote": ("update-ref", "refs/remotes/origin/x", leak),
    }
    if kind in names:
        git(top, *names[kind])
        git(top, "checkout", "-q", "main")
        assert head(top) == base
    assert told(check(capsys, "--history")) == [("a.env", 1, leak)]


def test_what_no_name_leads_to_any_more_is_not(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(top, {"a.env": assignment(1)})
    commit(top, {"a.env": "X=1\n"}, "--amend")
    assert check(capsys, "--history").code == 0


def test_a_replacement_hides_nothing(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leak = commit(top, {"a.env": assignment(1)})
    commit(top, {"a.env": "X=1\n"})
    blob = git(top, "rev-parse", f"{leak}:a.env").decode().strip()
    other = git(top, "rev-parse", "HEAD:a.env").decode().strip()
    git(top, "replace", blob, other)
    assert told(check(capsys, "--history")) == [("a.env", 1, leak)]


# --- which part of it


def test_a_range_of_revisions(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two, three = (commit(top, {f"{number}.env": assignment(number)}) for number in (1, 2, 3))
    assert told(check(capsys, f"--history={one}..{three}")) == [("2.env", 1, two), ("3.env", 1, three)]
    assert told(check(capsys, f"--history={one}..{two}")) == [("2.env", 1, two)]
    assert told(check(capsys, "--history=HEAD~2")) == [("1.env", 1, one)]
    assert told(check(capsys, "--history=HEAD~1..")) == [("3.env", 1, three)]
    assert told(check(capsys, "--history=main^!")) == [("3.env", 1, three)]
    assert told(check(capsys, "--history=HEAD..HEAD")) == []
    assert told(check(capsys, "--history=HEAD", "2.env")) == [("2.env", 1, two)]


def test_the_next_argument_is_a_path_and_no_range(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leak = commit(top, {"HEAD": assignment(1), "other": assignment(2)})
    assert told(check(capsys, "--history", "HEAD")) == [("HEAD", 1, leak)]


@pytest.mark.parametrize(
    "revision",
    ["no-such", "no-such..HEAD", "-x", "--all", "--output=x", "-n1", "-m", "--stdin", "HEAD..:", "\n", "a b"],
)
def test_a_wrong_revision_is_one_clear_line(top: Path, capsys: pytest.CaptureFixture[str], revision: str) -> None:
    commit(top, {"a.env": assignment(1)})
    ran = check(capsys, f"--history={revision}")
    assert ran.code == 2
    assert ran.errors.startswith("envlint: --history=")
    assert ran.errors.count("\n") == 1
    assert sorted(os.listdir(top)) == [".git", "a.env"]


@pytest.mark.parametrize("path", ["-m", "--output=x", ":(glob)**", "*", "[a].env"])
def test_paths_are_names_and_nothing_else(top: Path, capsys: pytest.CaptureFixture[str], path: str) -> None:
    leak = commit(top, {f"{path}/a.env": assignment(1), "b.env": assignment(2), "a.env": assignment(3)})
    assert told(check(capsys, "--history", "--", path)) == [(f"{path}/a.env", 1, leak)]


def test_a_path_that_never_was_is_a_mistake(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(top, {"sub/a.env": assignment(1)})
    ran = check(capsys, "--history", "sub/b.env")
    assert (ran.code, ran.errors.count("\n")) == (2, 1)
    (top / "sub" / "b.env").touch()
    assert check(capsys, "--history", "sub/b.env").code == 0
    assert check(capsys, "--history", "sub", "sub/a.env").code == 1


def test_paths_from_a_folder_below(
    top: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leak = commit(top, {"sub/a.env": assignment(1), "b.env": assignment(2)})
    monkeypatch.chdir(top / "sub")
    assert told(check(capsys, "--history")) == [("a.env", 1, leak)]
    assert told(check(capsys, "--history", "..")) == [("../b.env", 1, leak), ("a.env", 1, leak)]


def test_many_paths(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"{number:03}.env" for number in range(150)]
    leak = commit(top, {**dict.fromkeys(names, "X=1\n"), "140.env": assignment(1), "other.env": assignment(2)})
    assert told(check(capsys, "--history", *names)) == [("140.env", 1, leak)]


def test_exclusions_and_configuration_hold(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(top, {"a.env": assignment(1), "third/b.env": assignment(2)})
    later = commit(top, {"c.env": assignment(2)})
    assert told(check(capsys, "--history", "--exclude", "third/", "--exclude", "a.env")) == [("c.env", 1, later)]
    (top / "envlint.toml").write_text("exclude = ['third/', 'c.env']\n[per-file-ignores]\n'a.*' = ['all']\n")
    assert check(capsys, "--history").code == 0
    assert check(capsys, "--history", "--ignore", "committed-api-key").code == 0


def test_a_comment_covers_its_own_version(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark = "# envlint: ignore[committed-api-key] revoked\n"
    commit(top, {"a.env": f"{mark}{assignment(1)}"})
    assert check(capsys, "--history").code == 0
    # Without the comment the same key is a finding.
    bare = commit(top, {"a.env": assignment(1)})
    assert told(check(capsys, "--history")) == [("a.env", 1, bare)]
    shown = check(capsys, "--history", "--show-suppressed")
    assert [finding["suppressed"] is not None for finding in shown.findings] == [False, True]


def test_only_keys_are_told(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(top, {"a.env": "WANDB_MODE=disable\n", "b.py": "import wandb\nwandb.init(\n"})
    assert main(["check", "--history"]) == 0
    assert main(["check"]) == 1


# --- odd content and names


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-be"])
def test_encodings(top: Path, capsys: pytest.CaptureFixture[str], encoding: str) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    leak = commit(top, {"a.env": mark + f"X=1\r\n{assignment(1)}".encode(encoding)})
    assert told(check(capsys, "--history")) == [("a.env", 2, leak)]


def test_binary_files(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = f"wandb_v1_{key(5)}{key(6)}"[:86]
    leak = commit(top, {"model.bin": bytes(range(256)) * 40 + new.encode() + b"\0\xff\xfe", "none.bin": bytes(4096)})
    assert [(path, commit) for path, _, commit in told(check(capsys, "--history"))] == [("model.bin", leak)]


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="needs names that are not UTF-8")
def test_odd_names(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = [b"line\nbreak.env", b"caf\xe9.env", b"tab\t.env", b" .env", b":100644.env", b"-x.env"]
    commit(top, {os.fsdecode(name): assignment(number) for number, name in enumerate(raw)})
    commit(top, {os.fsdecode(name): None for name in raw})
    found = [path for path, *_ in told(check(capsys, "--history"))]
    assert found == [" .env", "-x.env", ":100644.env", "caf%E9.env", "line\nbreak.env", "tab\t.env"]
    assert told(check(capsys, "--history", os.fsdecode(b"caf\xe9.env")))[0][0] == "caf%E9.env"


def test_links_and_submodules_have_no_content(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = commit(top, {"plain": "x\n"})
    blob = git(top, "hash-object", "-w", "--stdin", stdin=assignment(1).encode()).decode().strip()
    git(top, "update-index", "--add", "--cacheinfo", f"120000,{blob},link.env")
    git(top, "update-index", "--add", "--cacheinfo", f"160000,{base},module")
    git(top, "commit", "-q", "-m", "x")
    assert check(capsys, "--history").code == 0
    git(top, "update-index", "--cacheinfo", f"100755,{blob},link.env")
    git(top, "commit", "-q", "-m", "x")
    assert told(check(capsys, "--history")) == [("link.env", 1, head(top))]


def test_a_path_that_leads_out_of_the_tree_is_only_a_name(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """git itself refuses to check such a tree out, but anybody can make one."""
    blob = git(top, "hash-object", "-w", "--stdin", stdin=assignment(1).encode())
    inner = git(top, "mktree", stdin=b"100644 blob " + blob.strip() + b"\tx.env\n")
    raw = b"40000 ..\0" + bytes.fromhex(inner.decode().strip())
    outer = git(top, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=raw).decode().strip()
    leak = git(top, "commit-tree", outer, "-m", "x").decode().strip()
    git(top, "update-ref", "refs/heads/bad", leak)
    assert [commit for *_, commit in told(check(capsys, "--history"))] == [leak]


def test_a_large_version_is_left_out_with_a_notice(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(top, {"large.txt": f"{assignment(1)}{'x' * (10 << 20)}", "a.env": "X=1\n"})
    ran = check(capsys, "--history")
    assert (ran.code, ran.findings) == (0, [])
    assert "1 version of a file was not searched for keys, being larger than 10 MB" in ran.errors
    assert check(capsys, "--history", "--quiet").errors == ""


# --- kinds of repositories


def test_no_repository_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = check(capsys, "--history")
    assert (ran.code, ran.errors.count("\n")) == (2, 1)
    assert ran.errors.startswith("envlint: --history: ")


def test_ids_of_another_length(
    tmp_path: Path, top: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if subprocess.run(["git", "init", "-q", "--object-format=sha256", "long"], cwd=tmp_path, check=False).returncode:
        pytest.skip("this git knows no SHA-256")
    leak = commit(tmp_path / "long", {f"{number}.env": assignment(number) for number in range(200)})
    assert len(leak) == 64
    monkeypatch.chdir(tmp_path / "long")
    assert {commit for *_, commit in told(check(capsys, "--history"))} == {leak}
    assert len(check(capsys, "--history").findings) == len(check(capsys, "--staged").findings) == 200


def test_an_empty_repository_has_no_history(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (top / ".env").write_text(assignment(1))
    assert check(capsys, "--history").code == 0
    assert check(capsys, "--history=HEAD").code == 2


def test_a_bare_repository(
    top: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leak = commit(top, {"sub/a.env": assignment(1), "b.env": "X=1\n"})
    git(tmp_path, "clone", "-q", "--bare", str(top), "bare.git")
    monkeypatch.chdir(tmp_path)
    assert told(check(capsys, "--history", "bare.git")) == [("bare.git/sub/a.env", 1, leak)]
    monkeypatch.chdir(tmp_path / "bare.git")
    assert told(check(capsys, "--history")) == [("sub/a.env", 1, leak)]
    assert told(check(capsys, "--history", "sub")) == [("sub/a.env", 1, leak)]
    assert check(capsys, "--history", "b.env").code == 0
    assert check(capsys, "--history", "none.env").code == 2


def test_a_bare_repository_within_another_one(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(top, {"a.env": "X=1\n"})
    git(top, "clone", "-q", "--bare", str(top), "inner.git")
    leak = commit(top, {"a.env": assignment(1)})
    assert check(capsys, "--history", "inner.git").code == 0
    assert told(check(capsys, "--history", "a.env")) == [("a.env", 1, leak)]


def test_a_linked_worktree_shares_the_history(
    top: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leak = commit(top, {"a.env": assignment(1)})
    commit(top, {"a.env": None})
    git(top, "worktree", "add", "-q", str(tmp_path / "linked"))
    monkeypatch.chdir(tmp_path / "linked")
    assert told(check(capsys, "--history")) == [("a.env", 1, leak)]


def test_a_shallow_clone_gets_a_notice(
    top: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(top, {"a.env": assignment(1)})
    leak = commit(top, {"a.env": None, "b.env": assignment(2)})
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{top}", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    ran = check(capsys, "--history")
    assert told(ran) == [("b.env", 1, leak)]
    assert "shallow clone" in ran.errors
    monkeypatch.chdir(top)
    assert "shallow" not in check(capsys, "--history").errors


@pytest.mark.parametrize("filter", ["blob:none", "tree:0"])
def test_a_partial_clone_fetches_nothing_and_is_incomplete(
    top: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, filter: str
) -> None:
    git(top, "config", "uploadpack.allowFilter", "true")
    commit(top, {f"{number}.env": assignment(number) for number in range(9)})
    commit(top, {f"{number}.env": None for number in range(9)})
    leak = commit(top, {"b.env": assignment(10)})
    git(tmp_path, "clone", "-q", f"--filter={filter}", f"file://{top}", "partial")
    monkeypatch.chdir(tmp_path / "partial")
    before = git(tmp_path / "partial", "count-objects", "-v")
    ran = check(capsys, "--history")
    found = [place for place in told(ran) if place[0] == "b.env"]
    assert found == ([("b.env", 1, leak)] if filter == "blob:none" else [])
    assert len(ran.unreadable) == 1
    assert ran.code == (1 if found else 3)
    assert check(capsys, "--history", "b.env", "--ignore", "unreadable-source").code in (0, 1)
    assert git(tmp_path / "partial", "count-objects", "-v") == before


def test_a_damaged_object_costs_one_version(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaks = {f"{number}.env": commit(top, {f"{number}.env": assignment(number)}) for number in range(5)}
    blob = git(top, "rev-parse", "HEAD:2.env").decode().strip()
    loose = top / ".git" / "objects" / blob[:2] / blob[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"damaged")
    ran = check(capsys, "--history")
    assert [place for place in told(ran) if place[2]] == [(f"{n}.env", 1, leaks[f"{n}.env"]) for n in (0, 1, 3, 4)]
    assert [notice["message"] for notice in ran.unreadable] != []
    assert ran.code == 1


def test_git_of_a_hook_on_the_receiving_side(top: Path, tmp_path: Path) -> None:
    """A pre-receive hook sees objects that are not yet part of the repository, by its environment alone."""
    git(tmp_path, "init", "-q", "--bare", "hub.git")
    hook = tmp_path / "hub.git" / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\nread old new name\n"
        f'exec "{sys.executable}" -m envlint check --output-format concise --history=$new\n'
    )
    hook.chmod(0o755)
    commit(top, {"a.env": "X=1\n"})
    push = ["git", "push", "-q", str(tmp_path / "hub.git"), "main"]
    assert subprocess.run(push, cwd=top, check=False, capture_output=True).returncode == 0
    commit(top, {"a.env": assignment(1)})
    commit(top, {"a.env": "X=2\n"})
    refused = subprocess.run(push, cwd=top, check=False, capture_output=True, text=True)
    assert refused.returncode != 0
    assert "a.env:1:15" in refused.stderr


# --- as it is shown


@pytest.mark.parametrize("form", ["text", "concise", "github", "sarif", "json"])
def test_every_format_names_the_commit(top: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    leak = commit(top, {"a.env": assignment(1)})
    assert main(["check", "--history", "--output-format", form]) == 1
    shown = capsys.readouterr().out
    assert (leak if form in ("sarif", "json") else leak[:12]) in shown
    assert "a.env" in shown
    assert key(1)[4:12] not in shown


def test_a_fingerprint_does_not_depend_on_the_commit(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(top, {"a.env": assignment(1)})
    (one,) = check(capsys, "--history").findings
    commit(top, {"a.env": assignment(1)}, "--amend", "--date", "2001-01-01T00:00:00")
    (two,) = check(capsys, "--history").findings
    (now,) = check(capsys).findings
    assert one["commit"] != two["commit"]
    assert one["fingerprint"] == two["fingerprint"] == now["fingerprint"]


def test_same_history_same_report(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(5):
        git(top, "checkout", "-q", "--orphan", f"b{number}")
        commit(top, {f"{name}.env": assignment(number) for name in range(3)})
    reports = set()
    for _ in range(3):
        main(["check", "--history", "--output-format", "json"])
        reports.add(capsys.readouterr().out)
    assert len(reports) == 1


@pytest.mark.parametrize(("options", "drawn"), [([], True), (["--quiet"], False)])
def test_a_terminal_sees_how_far_it_is(top: Path, options: list[str], drawn: bool) -> None:
    pty = pytest.importorskip("pty")
    commit(top, {"a.env": "X=1\n"})
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "envlint", "check", "--history", *options]
    environment = {**os.environ, "TERM": "xterm"}
    subprocess.run(command, cwd=top, check=True, stdout=subprocess.DEVNULL, stderr=theirs, env=environment)
    os.close(theirs)
    try:
        seen = os.read(ours, 4096)
    except OSError:  # Linux: nobody has written, and nobody can any more
        seen = b""
    os.close(ours)
    assert (b"% of 1 commits" in seen) == drawn
    assert seen == b"" or seen.endswith(b"\r\x1b[K")


@pytest.mark.parametrize("form", ["text", "sarif", "json"])
def test_a_large_version_is_shown_as_the_file_itself_is(
    top: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """Of an old version only the lines around the finding are kept, which must not show."""
    pieces = "".join(f"    '{key(1)[at : at + 4]}'\n" for at in range(0, 40, 4))
    before = "".join(f"x{number} = {number}\n" for number in range(3000))
    text = f"{before}import os\nos.environ['WANDB_API_KEY'] = (\n{pieces})\n{before}"
    settings = "X=1\n" * 900
    leak = commit(top, {"a.py": text, "b.sh": f"{settings}{assignment(2)}{settings}"})
    reports = []
    for source in ([], ["--history"]):
        assert main(["check", "--select", "committed-api-key", "--output-format", form, *source]) == 1
        reports.append(capsys.readouterr().out)
    now, then = reports
    for shown in (f" (commit {leak[:12]})", f" It is in the history, since commit {leak[:12]}."):
        then = then.replace(shown, "")
    lines = [line for line in then.splitlines() if leak not in line and "primaryLocationLineHash" not in line]
    kept = [line for line in now.splitlines() if '"commit": null' not in line and "LineHash" not in line]
    assert [line.rstrip(",") for line in lines] == [line.rstrip(",") for line in kept]


# --- size

COMMITS = 2_000
MEMORY = 300 << 20


def stream(commits: int) -> bytes:
    """A history for `git fast-import`: each commit changes one of forty files of 4 kB, and a key comes and goes."""
    pieces: list[bytes] = []
    for number in range(commits):
        leak = assignment(1) if number % 1000 == 500 else ""
        ours = "WANDB_PROJECT=x\n" if number % 10 == 0 else ""
        text = f"# version {number}\n{leak}{ours}" + f"X{number}=1\n" * 300
        name = f"folder{number % 7}/file{number % 40}.env"
        head = f"commit refs/heads/main\ncommitter x <x@y> {10**9 + number} +0000\ndata 1\nx\n"
        pieces.append(f"{head}M 100644 inline {name}\ndata {len(text)}\n{text}\n".encode())
    return b"".join(pieces)


@pytest.mark.skipif(os.name == "nt", reason="needs resource")
def test_a_long_history_takes_little_memory(top: Path) -> None:
    git(top, "fast-import", "--quiet", stdin=stream(COMMITS))
    script = (
        "import resource, sys\nfrom envlint.cli import main\ncode = main(sys.argv[1:])\n"
        "own, git = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))\n"
        "print(own, git, file=sys.stderr)\nsys.exit(code)"
    )
    # A process counts the memory of the one that it was forked from, so a small one stands between it and this one.
    between = ["sh", "-c", '"$@"; exit $?', "sh"]
    command = [*between, sys.executable, "-c", script, "check", "--history", "--output-format", "json"]
    done = subprocess.run(command, cwd=top, check=False, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert len(json.loads(done.stdout)["findings"]) == 2
    unit = 1 if sys.platform == "darwin" else 1024
    assert [int(size) * unit < MEMORY for size in done.stderr.split()] == [True, True]
