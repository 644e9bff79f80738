"""How long envlint takes, as multiples of something that the same machine does in the same run.

    python benchmarks/run.py [ROUNDS]

Each row is a command, a yardstick, and how many times the yardstick's processor time it takes: the median of
ROUNDS (default 5) runs of both, taken in turn. The trees are made anew, from a seed, in a temporary folder; one
file in twenty has to do with W&B, as in a repository of research code. Nothing here is asserted: a slow machine
makes both slower.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_START = (sys.executable, "-c", "pass")
_PARSE = (
    sys.executable,
    "-c",
    "import ast, pathlib\n"
    "for path in sorted(pathlib.Path('.').rglob('*.py')): ast.parse(path.read_bytes())\n"
    "for path in sorted(pathlib.Path('.').rglob('*')): path.is_file() and path.read_bytes()",
)
_ENVLINT = (sys.executable, "-m", "envlint", "check", "--isolated", "--exit-zero", "--quiet")


@dataclass(frozen=True, slots=True)
class Row:
    """A measurement: what is run, in which folder, and what it is compared with."""

    title: str
    folder: Path
    command: Sequence[str]
    yardstick: Sequence[str]
    against: str


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        print(f"{'what':44}  {'times':>6}  of")
        for row in rows(Path(scratch)):
            pairs = [(seconds(row.command, row.folder), seconds(row.yardstick, row.folder)) for _ in range(rounds)]
            ratio = statistics.median(ours / theirs for ours, theirs in pairs)
            print(f"{row.title:44}  {ratio:6.1f}  {row.against}")


def rows(scratch: Path) -> Iterator[Row]:
    small, large = scratch / "small", scratch / "large"
    tree(small, 1)
    tree(large, 2_000)
    start, parse = "starting Python", "parsing each Python file, reading the rest"
    yield Row("version", small, (*_ENVLINT[:3], "--version"), _START, start)
    yield Row("a hook on one script", small, (*_ENVLINT, "train0.sh"), _START, start)
    yield Row("a hook on one Python file", small, (*_ENVLINT, "module0.py"), _START, start)
    yield Row("a tree of 4,000 files", large, (*_ENVLINT, "."), _PARSE, parse)
    for title, name, text in hostile():
        path = scratch / title.replace(" ", "-")
        path.mkdir()
        (path / name).write_text(text)
        yield Row(title, path, (*_ENVLINT, name), _START, start)


def hostile() -> Iterator[tuple[str, str, str]]:
    """One big file of each kind: about a megabyte, or what ten thousand lines are."""
    lines = range(10_000)
    yield "ten thousand lines of shell", "x.sh", "".join(f"export WANDB_TAGS=a{n}\n" for n in lines)
    yield "ten thousand lines of .env", "x.env", "".join(f"WANDB_NAME_{n}=${{WANDB_NAME_{n - 1}}}x\n" for n in lines)
    yield "ten thousand instructions", "Dockerfile", "FROM a\n" + "".join(f"ENV WANDB_N{n}=$WANDB_N1\n" for n in lines)
    yield "ten thousand lines of Python", "x.py", "import os\n" + 'os.environ["WANDB_MODE"] = "online"\n' * len(lines)
    yield "a megabyte of hex", "x.txt", "wandb " + "0123456789abcdef" * (1 << 16)


def tree(folder: Path, files: int) -> None:
    """So many Python files, and as many others, of some thousand characters each."""
    random_ = random.Random(7)
    folder.mkdir()
    for number in range(files):
        settings = number % 20 == 0
        head = "import os\nimport wandb\n" if settings else "import os\n"
        body = "".join(f"def f{n}(x):\n    return x + {random_.random()}\n\n\n" for n in range(40))
        call = 'os.environ["WANDB_MODE"] = "offline"\nwandb.init(project="x")\n' if settings else ""
        (folder / f"module{number}.py").write_text(head + body + call)
        start = "export WANDB_PROJECT=vision\n" if settings else "export SEED=1\n"
        (folder / f"train{number}.sh").write_text(start + "python train.py --lr 0.1\n" * 40)


def seconds(command: Sequence[str], folder: Path) -> float:
    """The processor time of a command and of what it starts."""
    before = os.times()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)
