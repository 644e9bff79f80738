"""Which files a program imports, and by which names: tables, and texts made to be slow."""

from __future__ import annotations

import time

import pytest

from envlint.facts import Wanted
from envlint.imports import Entrances, Import, Imports, Program, statements
from envlint.library import Library


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a", [Import(0, "a", None)]),
        ("import a.b as c, d  # e", [Import(0, "a.b", None), Import(0, "d", None)]),
        ("from a import b, c as d", [Import(0, "a", ("b", "c"))]),
        ("from a.b import *", [Import(0, "a.b", ("*",))]),
        ("from . import a", [Import(1, "", ("a",))]),
        ("from ..a.b import c", [Import(2, "a.b", ("c",))]),
        ("from a import (\n    b,  # one\n    c,\n)\nimport d", [Import(0, "a", ("b", "c")), Import(0, "d", None)]),
        ("import a; import b", [Import(0, "a", None)]),
        ("if x:\n    import a", []),
        ("# import a", []),
        ('"""\nimport a\n"""\nimport b', [Import(0, "b", None)]),
        ("'''\nimport a\n'''\nimport b", [Import(0, "b", None)]),
        ("x = '\\''\nimport b", [Import(0, "b", None)]),
        ("x = 'it\nimport b", [Import(0, "b", None)]),
        ("important = 1\nfromage = 2", []),
        ("from a importb", []),
        ("import\nfrom a import", [Import(0, "a", ())]),
    ],
)
def test_statements(text: str, expected: list[Import]) -> None:
    assert list(statements(text.encode())) == expected


MODULE = """
import wandb
wandb.init(at_once)

def start():
    _start()

async def _start():
    wandb.init(hidden)

class Logger:
    def __init__(self):
        wandb.init(logger)

def setup():
    wandb.init(setup)

setup()

def main():
    wandb.init(main)

if __name__ == "__main__":
    wandb.init(program)
    main()
"""


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("_start", {"_start", "start"}),
        ("Logger", {"Logger"}),
        ("main", {"main"}),
        ("setup", None),
        ("nobody", {"nobody"}),
    ],
)
def test_ways_into_a_module(name: str, ways: set[str] | None) -> None:
    assert Entrances(MODULE).to(name) == ways


@pytest.mark.parametrize(("mark", "ways"), [("at_once", None), ("program", set())])
def test_code_outside_of_functions(mark: str, ways: set[str] | None) -> None:
    assert Entrances(MODULE).at(MODULE.index(mark)) == ways


def library(files: dict[str, str]) -> Library:
    surfaces = {path: "shell" if path.endswith(".sh") else "python" for path in files}
    data = {path: text.encode() for path, text in files.items()}
    return Library(".", Wanted(), lambda: surfaces, data.get, lambda path: True)


def programs(files: dict[str, str], path: str, *names: str) -> list[Program]:
    return list(Imports(library(files)).programs(path, frozenset(names) if names else None))


@pytest.mark.parametrize(
    ("text", "by_name"),
    [
        ("from log import start\nstart()", True),
        ("from log import start", False),
        ("from log import start as go\ngo()", True),
        ("from log import other\nother()", False),
        ("from log import *\nstart()", True),
        ("from log import *", False),
        ("import log\nlog.start()", True),
        ("import log as l\nl.start()", True),
        ("import log\nstart()", False),
    ],
)
def test_who_asks_for_a_name(text: str, by_name: bool) -> None:
    files = {"run.sh": "python train.py", "train.py": text, "log.py": ""}
    assert programs(files, "log.py", "start") == [Program("train.py", by_name)]


def test_a_package_hands_on_what_it_imports() -> None:
    files = {
        "run.sh": "python train.py",
        "train.py": "from kit import start\nstart()",
        "kit/__init__.py": "from .log import start",
        "kit/log.py": "",
    }
    assert programs(files, "kit/log.py", "start") == [Program("train.py", True)]


def test_nobody_starts_it() -> None:
    files = {"train.py": "import log", "log.py": "", "run.sh": "python other.py"}
    assert programs(files, "log.py") == []


def test_files_that_import_each_other() -> None:
    files = {"run.sh": "python a.py", "a.py": "import b", "b.py": "import a, b, c", "c.py": "import b"}
    assert programs(files, "c.py") == programs(files, "b.py") == [Program("a.py", True)]
    assert programs(files, "a.py") == []


def test_only_so_deep() -> None:
    files = {f"m{n}.py": f"import m{n + 1}" for n in range(10)} | {"run.sh": "python m0.py"}
    assert [bool(programs(files, f"m{n}.py")) for n in range(1, 8)] == [True] * 4 + [False] * 3


def took(files: dict[str, str]) -> float:
    begin = time.process_time()
    programs(files, next(iter(files)), "f1")
    return time.process_time() - begin


@pytest.mark.parametrize(
    "text",
    [
        '"""' * 200_001,
        "'\n" * 300_000,
        "from a import (\n" * 60_000,
        "from" + " " * 1_000_000,
        "from a import " + "b, " * 300_000,
        "import " + "a." * 500_000,
        "import " + "a," * 500_000,
        "from " + "." * 1_000_000 + " import a",
        "import b\n" * 100_000,
        "\\" * 1_000_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    assert took({"log.py": "", "run.sh": "python train.py", "train.py": text}) < 3


def test_many_programs_and_modules_take_no_longer_than_their_number() -> None:
    names = [f"m{n}" for n in range(600)]
    everything = "".join(f"import {name}\n" for name in names)
    files = {f"{name}.py": everything for name in names}
    assert took({**files, "run.sh": "".join(f"python {name}.py\n" for name in names)}) < 8


def test_functions_that_all_name_each_other() -> None:
    calls = "".join(f" f{n}()\n" for n in range(300))
    text = "".join(f"def f{n}():\n{calls}" for n in range(300))
    begin = time.process_time()
    ways = Entrances(text)
    assert all(ways.to(f"f{n}") for n in range(300))
    assert time.process_time() - begin < 5
