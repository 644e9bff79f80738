"""What `export $(cat FILE)` and `export $(xargs < FILE)` make of a file, a line each, and against the real shell."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from envlint.loaders import read
from envlint.loaders.words import PLAIN, UNQUOTED
from envlint.source import Source

COMMANDS = {PLAIN: "export $(cat FILE)", UNQUOTED: "export $(grep -v '^#' FILE | xargs)"}


# A line, what the file's own words give, and what xargs leaves of them; None: not known, absent: nothing is set.
@pytest.mark.parametrize(
    ("line", "plain", "unquoted"),
    [
        ("A=x", "x", "x"),
        ('A="x"', '"x"', "x"),
        ("A='x y'", "'x", "x"),
        ("A=a\\ b", "a\\", "a"),
        ("A=$B", "$B", "$B"),
        ("A=x # c", "x", "x"),
        ("export A=x", "x", "x"),
        ("A = x", "absent", "absent"),
        ("A= x", "", ""),
        ("A=x#y", "x#y", "x#y"),
        ("A=*", None, None),
        ("A+=x", None, None),
        ('A="', '"', "absent"),
        ("A=x\r", "x\r", "x\r"),
        ("  A=x", "x", "x"),
        ("A=", "", ""),
        ("# A=x", "absent", "absent"),
        ('"A"=x', "absent", "x"),
    ],
)
def test_forms(line: str, plain: str | None, unquoted: str | None) -> None:
    for loader, expected in ((PLAIN, plain), (UNQUOTED, unquoted)):
        entry = read(loader, Source(".env", f"S=1\n{line}\nU=2\n".encode())).last("A")
        assert (entry.value.text if entry is not None else "absent") == expected, loader


def test_places() -> None:
    text = "S=1\nWANDB_MODE='offline'\n"
    for loader, value in ((PLAIN, "'offline'"), (UNQUOTED, "offline")):
        entry = read(loader, Source(".env", text.encode())).last("WANDB_MODE")
        assert entry is not None
        assert entry.value.text == value
        assert text[entry.name_span.start : entry.name_span.end] == "WANDB_MODE"
        assert text[entry.value_span.start : entry.value_span.end].strip("'") == "offline"


def line(rng: random.Random, name: str) -> str:
    values = [
        "x",
        "'x'",
        '"x y"',
        "a\\ b",
        "$S",
        "x # c",
        " x",
        "",
        "x#y",
        "'a'\"b\"",
        "é",
        "a=b",
        "a\\\\b",
        '"a\\"b',
        "{a,b}",
        "~",
    ]
    return (
        rng.choice(["", "", "", "export ", "  "]) + name + rng.choice(["=", "=", "=", " =", "+="]) + rng.choice(values)
    )


@pytest.mark.skipif(shutil.which("bash") is None or shutil.which("xargs") is None, reason="bash or xargs is missing")
@pytest.mark.parametrize("loader", COMMANDS)
def test_the_real_shell_sets_what_is_claimed(loader: str, tmp_path: Path) -> None:
    rng = random.Random(51)
    claimed = 0
    files = []
    for number in range(400):
        lines = [rng.choice(["# a comment", "", line(rng, name)]) for name in "ABCDE"]
        path = tmp_path / f"{number}.env"
        path.write_text("\n".join(lines) + "\n")
        files.append(path)
    show = "for n in A B C D E; do printf '%s\\0' \"${!n-<unset>}\"; done"
    command = COMMANDS[loader].replace("FILE", '"$file"')
    loop = f'for file in "$@"; do ( set -f; {command} >/dev/null 2>&1; {show} ); done'
    done = subprocess.run(
        ["bash", "-c", loop, "bash", *files], env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, capture_output=True
    )
    seen = done.stdout.decode().split("\0")[:-1]
    assert len(seen) == 5 * len(files)
    for number, path in enumerate(files):
        reading = read(loader, Source(".env", path.read_bytes()))
        for name, real in zip("ABCDE", seen[number * 5 :], strict=False):
            entry = reading.last(name)
            if entry is None:
                assert real == "<unset>" or not reading.complete, path.read_text()
            elif entry.value.text is not None:
                claimed += 1
                assert real == entry.value.text, path.read_text()
    assert claimed > 250
