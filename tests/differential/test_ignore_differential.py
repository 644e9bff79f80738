"""Which files are read, held against git: random trees with random ignore files, and one pattern against one path.

git's answer is `ls-files -co --exclude-standard`; the one difference that is meant is a dotenv file that is
itself ignored.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from envlint.discover import Candidate, walk
from envlint.ignore import Patterns, parse
from envlint.surfaces import surface_of_name

TREES = 500
PATTERNS = 1_500


def words(text: str) -> list[str]:
    return text.split()


NAMES = (*words("a b ab foo bar foobar x.py y.py .env a.env #h !n a[b] é A-Z ..x"), "s p", "end ", "a\t")
PIECES = (
    *words("a b f foo bar x .py .env * * ** *** ? / / /**/ **/ /** é # ! \\"),
    *words("[ab] [!a] [^b] [a-f] [[:alpha:]] []a] [a [z-a] [a\\]] [.-x] [[:no:]]"),
    *words("\\* \\# \\! \\\\ **\\/"),
    *(" ", "\\ ", "\t"),
)
WHOLE = (
    *words("* !* *.py !*.py /foo foo/ !foo/ a/**/b **/bar foo/** !foo/bar .env a*b* *a*/*a*/b"),
    *words("/** **/ */ !*/ foo**/bar /foo** *.p[yx] [ab]"),
    *("# note", "", "  ", "\t", "?\t"),
)


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / "home" / "git").mkdir(parents=True)


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["git", *arguments], cwd=folder, input=stdin, check=True, capture_output=True).stdout


def pattern_of(chance: random.Random) -> str:
    if chance.random() < 0.5:
        return chance.choice(("", "", "!", "/", "!/")) + chance.choice(NAMES) + chance.choice(("", "", "/", " ", "/*"))
    if chance.random() < 0.5:
        return chance.choice(WHOLE)
    return "".join(chance.choices(PIECES, k=chance.randint(1, 5)))


def ignore_text(chance: random.Random) -> bytes:
    lines = [pattern_of(chance).encode() for _ in range(chance.randint(1, 5))]
    mark = b"\xef\xbb\xbf" if chance.random() < 0.1 else b""
    return mark + chance.choice((b"\n", b"\n", b"\r\n")).join(lines) + chance.choice((b"\n", b""))


def plant(chance: random.Random, top: Path) -> list[str]:
    """Random files, and ignore files in some folders; returns the files' paths."""
    folders = [""]
    files = []
    for _ in range(chance.randint(4, 22)):
        path = chance.choice(folders) + chance.choice(NAMES)
        if (top / path).exists():
            continue
        if chance.random() < 0.4:
            (top / path).mkdir()
            folders.append(path + "/")
        else:
            (top / path).write_bytes(b"")
            files.append(path)
    for folder in folders:
        if folder == "" or chance.random() < 0.35:
            (top / folder / ".gitignore").write_bytes(ignore_text(chance))
    return files


def readable(top: Path, path: str) -> bool:
    return os.path.isfile(top / path) and not os.path.islink(top / path)


def below_ignored_folder(top: Path, paths: set[str]) -> set[str]:
    """Those of the paths that lie in a folder that git ignores, by git's own word."""
    folders = sorted({path[:at] for path in paths for at, character in enumerate(path) if character == "/"})
    if not folders:
        return set()
    asked = "\0".join(folders).encode("utf-8", "surrogateescape")
    done = subprocess.run(
        ["git", "check-ignore", "-z", "--stdin", "--no-index"], cwd=top, input=asked, capture_output=True, check=False
    )
    ignored = tuple(f"{folder}/" for folder in done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1])
    return {path for path in paths if path.startswith(ignored)} if ignored else set()


def differences(seed: int, top: Path) -> Iterator[str]:
    chance = random.Random(seed)
    git(top, "init", "-q")
    files = plant(chance, top)
    if chance.random() < 0.4:
        (top / ".git/info").mkdir(exist_ok=True)
        (top / ".git/info/exclude").write_bytes(ignore_text(chance))
    if chance.random() < 0.3:
        Path(os.environ["XDG_CONFIG_HOME"], "git/ignore").write_bytes(ignore_text(chance))
    forced = chance.sample(files, min(len(files), chance.choice((0, 0, 1, 3))))
    if forced:
        git(top, "--literal-pathspecs", "add", "-f", "--", *forced)
    listed = git(top, "ls-files", "-co", "--exclude-standard", "-z").decode("utf-8", "surrogateescape")
    theirs = {path for path in listed.split("\0") if path and readable(top, path)}
    records = list(walk(str(top), [str(top)]))
    ours = {record.path: record for record in records if isinstance(record, Candidate)}
    assert len(ours) == len(records)
    extra = {path for path in ours.keys() - theirs if surface_of_name(path.rpartition("/")[2]) == "dotenv"}
    yield from (f"missing {path!r}" for path in sorted(theirs - ours.keys()))
    yield from (f"too many {path!r}" for path in sorted(ours.keys() - theirs - extra))
    yield from (f"in an ignored folder: {path!r}" for path in sorted(below_ignored_folder(top, extra)))
    yield from (f"not said to be ignored: {path!r}" for path in sorted(extra) if not ours[path].ignored)
    yield from (f"said to be ignored: {path!r}" for path in sorted(theirs) if path in ours and ours[path].ignored)
    yield from (f"tracked? {path!r}" for path in sorted(ours) if ours[path].tracked != (path in forced))
    left = {path for path in files if surface_of_name(path.rpartition("/")[2]) == "dotenv"} - ours.keys()
    yield from (f"dotenv file left out: {path!r}" for path in sorted(left - below_ignored_folder(top, left)))


def test_the_files_read_are_those_git_lists(tmp_path: Path) -> None:
    found = []
    for seed in range(TREES):
        top = tmp_path / str(seed)
        top.mkdir()
        Path(os.environ["XDG_CONFIG_HOME"], "git/ignore").unlink(missing_ok=True)
        found += [f"seed {seed}: {difference}" for difference in differences(seed, top)]
    assert found == []


def test_one_pattern_and_one_path_as_git_sees_them(tmp_path: Path) -> None:
    """check-ignore is asked about many paths at once, so each round tries one pattern on all of them."""
    git(tmp_path, "init", "-q")
    chance = random.Random(20261101)
    segments = ("a", "b", "ab", "aab", "foo", "foobar", "x.py", "é", "a\nb", "[", "a-b", " ", "a\t")
    paths = sorted({"/".join(chance.choices(segments, k=chance.randint(1, 4))) for _ in range(150)})
    asked = "\0".join(paths).encode()
    found = []
    for _ in range(PATTERNS):
        line = "".join(chance.choices((*PIECES, "o", "b", "-", "]", "["), k=chance.randint(1, 6))).encode()
        (tmp_path / "one").write_bytes(line + b"\n")
        answer = (
            subprocess.run(
                [
                    "git",
                    "-c",
                    f"core.excludesFile={tmp_path / 'one'}",
                    "check-ignore",
                    "-z",
                    "-v",
                    "-n",
                    "--no-index",
                    "--stdin",
                ],
                cwd=tmp_path,
                input=asked,
                capture_output=True,
                check=False,
            )
            .stdout.decode()
            .split("\0")
        )
        patterns = parse(line)
        for pattern, path in zip(answer[2::4], answer[3::4], strict=False):
            ours = decided(patterns, path)
            if ours != bool(pattern):
                found.append(f"{line!r} on {path!r}: git {bool(pattern)}, here {ours}")
    assert found == []


def decided(patterns: Patterns, path: str) -> bool:
    """Whether a pattern speaks of a path as check-ignore tells: of a folder that it ignores, or of itself."""
    parts = path.split("/")
    for depth in range(1, len(parts)):
        if patterns.ignores("/".join(parts[:depth]), directory=True):
            return True
    return patterns.ignores(path, directory=False) is not None
