"""Commands in Python code: what the shell's reader makes of them, and where it stands in the Python file."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import pytest

from envlint.facts import Facts, Launch, Wanted
from envlint.source import Source
from envlint.surfaces.python import read

CALLS = {"wandb login": ("key",)}
WANTED = Wanted(CALLS, ("",), ("wandb",))
IMPORTS = "import os, shlex, subprocess, sys\n"


def facts(text: str) -> Facts:
    found = read(Source("train.py", (IMPORTS + text + "\n").encode()), WANTED)
    assert found.unreadable == ()
    return found


@pytest.mark.parametrize(
    ("text", "expected", "kinds"),
    [
        ('os.system("A=x python t.py")', [("A", "x")], ["command", "subshell", "file"]),
        ('os.system("export A=x; python t.py")', [("A", "x")], ["subshell", "file"]),
        ('subprocess.run("export A=x && t", shell=True)', [("A", "x")], ["subshell", "file"]),
        ('subprocess.run(["export A=x && t"], shell=True)', [("A", "x")], ["subshell", "file"]),
        ('subprocess.run(["bash", "-lc", "export A=x; t"])', [("A", "x")], ["subshell", "file"]),
        ('subprocess.run(["env", "A=x", "t"])', [("A", "x")], ["command", "file"]),
        ('subprocess.run("env A=x t".split())', [("A", "x")], ["command", "file"]),
        ("subprocess.run(shlex.split(\"env A='x y' t\"))", [("A", "x y")], ["command", "file"]),
        ('subprocess.run(["env", "A=it\'s", "t"])', [("A", "it's")], ["command", "file"]),
        ('C = "A=x t"\nos.system(C)', [("A", "x")], ["command", "subshell", "file"]),
        ('os.system("A=" + "x" + " t")', [("A", "x")], ["command", "subshell", "file"]),
        ('os.system(f"A=x{y} t")', [("A", None)], ["command", "subshell", "file"]),
        ("os.system(f\"A='x{y}' t\")", [("A", None)], ["command", "subshell", "file"]),
        ('os.system(f"B={y} t; A=x t")', [("B", None), ("A", "x")], ["command", "subshell", "file"]),
        ('os.system("A=x t" if y else "t")', [("A", "x")], ["command", "subshell", "branch", "file"]),
        ('os.system("A=\\"x\\ty\\" t")', [("A", "x\ty")], ["command", "subshell", "file"]),
        ('os.system("""\nexport A=x\nt\n""")', [("A", "x")], ["subshell", "file"]),
        ('subprocess.run("A=x t")', [], []),
        ('subprocess.run("A=x t", shell=False)', [], []),
        ("os.system(y)", [], []),
        ('print("export A=x")', [], []),
    ],
)
def test_bindings_of_commands(text: str, expected: list[tuple[str, str | None]], kinds: list[str]) -> None:
    found = facts(text)
    bindings = list(found.bindings())
    assert [(binding.variable, binding.value.unset().text) for binding in bindings] == expected
    for binding in bindings[-1:]:
        assert [found.scopes[at].kind for at in found.ancestors(binding.scope)] == kinds


@pytest.mark.parametrize(
    ("text", "name", "written"),
    [
        ('os.system("A=x t")', "A", "x"),
        ('os.system("A=\\"x\\ty\\" t")', "A", '\\"x\\ty\\"'),
        ("os.system('''\n  A=\"é\" t''')", "A", '"é"'),
        ('os.system(r"A=\\x t")', "A", "\\x"),
        ('os.system(f"{{}}; A={B}x t")', "A", "{B}x"),
        ('subprocess.run(["env", "A=it\'s", "t"])', "A", "it's"),
        ('V = "x"\nos.system("A=" + V + " t")', "A", '" + V + "'),
    ],
)
def test_a_binding_stands_where_it_is_written(text: str, name: str, written: str) -> None:
    found = facts(text)
    binding = list(found.bindings())[-1]
    assert found.source.slice(binding.name_span) == name
    assert found.source.slice(binding.value_span) == written


def test_a_text_that_a_name_carried_stands_where_it_is_written() -> None:
    found = facts('V = "x"\nos.system(f"A={V} t")')
    (binding,) = found.bindings()
    (piece,) = binding.value.literals()
    assert piece.span is not None
    assert found.source.slice(piece.span) == "x"
    assert found.source.slice(binding.value_span) == "{V}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('subprocess.run(["wandb", "login", KEY])', [("key", None)]),
        ('KEY = "k" * 2\nos.system("wandb login " + KEY)', [("key", "kk")]),
        ('KEY = k * 2\nos.system("wandb login " + KEY)', [("key", None)]),
        ('os.system("wandb login --relogin abc")', [("key", "abc")]),
        ('subprocess.run([sys.executable, "-m", "wandb", "login", "abc"])', [("key", "abc")]),
        ('subprocess.run(["wandb", "login"])', []),
    ],
)
def test_tracked_commands(text: str, expected: list[tuple[str, str | None]]) -> None:
    (call,) = facts(text).calls()
    assert call.function == "wandb login"
    assert [(each.name, each.value.text) for each in call.arguments] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('subprocess.run(["./scripts/a.sh", "x"])', [("./scripts/a.sh", ["x"])]),
        ('subprocess.run("./a.sh x")', [("./a.sh", ["x"])]),
        ('COMMAND = ["python", "a.py"]\nsubprocess.run(COMMAND)', [("python", ["a.py"])]),
        ('command = ["python", "a.py"]\ncommand.append(x)\nsubprocess.run(command)', [("", [])]),
        ('subprocess.run(["nohup", "python", "a.py"])', [("python", ["a.py"])]),
        ("subprocess.run([x, 'a.py'])", [("", ["a.py"])]),
    ],
)
def test_programs(text: str, expected: list[tuple[str, list[str | None]]]) -> None:
    launches = [item for item in facts(text).items if isinstance(item, Launch)]
    assert [(item.program, [word.text for word in item.arguments]) for item in launches] == expected


# ---- Held against a shell


TEXTS = ("x", "", "a b", "é", "50%", "it's", 'quo"te', "$HOME", "back\\slash", "tab\ty", "a;b", "#c", "*", "(", "`d`")


def spelled(text: str, choose: random.Random) -> str:
    """A text in one of the notations in which Python has it."""
    middle = choose.randint(0, len(text))
    ways = (
        repr(text),
        f"{text[:middle]!r} + {text[middle:]!r}",
        f"({text[:middle]!r} {text[middle:]!r})",
        '"' + "".join(f"\\u{ord(character):04x}" for character in text) + '"',
    )
    return choose.choice(ways)


def command(choose: random.Random) -> str:
    """A call that starts printenv with a variable A."""
    text = choose.choice(TEXTS)
    quoted = choose.choice(
        (
            "'" + text.replace("'", "'\\''") + "'",
            '"' + "".join("\\" + one if one in '\\"$`' else one for one in text) + '"',
        )
    )
    script = choose.choice((f"A={quoted} printenv A", f"export A={quoted}; printenv A", f"env A={quoted} printenv A"))
    written = spelled(script, choose)
    return choose.choice(
        (
            f"os.system({written})",
            f"subprocess.run({written}, shell=True)",
            f'subprocess.run(["sh", "-c", {written}])',
            f'subprocess.run(["env", {spelled("A=" + text, choose)}, "printenv", "A"])',
            f"subprocess.run(shlex.split({spelled(f'env A={quoted} printenv A', choose)}))",
            f'subprocess.run(["printenv", "A"], env=dict(os.environ, A={spelled(text, choose)}))',
        )
    )


def test_programs_get_what_is_claimed() -> None:
    """What a program that is started finds in its environment is what its binding says."""
    choose = random.Random(5)
    commands = [command(choose) for _ in range(120)]
    lines = [f'{one}\nsys.stdout.flush(); os.write(1, b"\\0")' for one in commands]
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS + "\n".join(lines)],
        capture_output=True,
        check=True,
        env={"PATH": os.environ["PATH"], "HOME": "/home", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"},
        timeout=60,
    )
    seen = [text.removesuffix("\n") for text in done.stdout.decode().split("\0")[:-1]]
    assert len(seen) == len(commands)
    claimed = 0
    for one, text in zip(commands, seen, strict=True):
        (binding,) = facts(one).bindings()
        value = binding.value.unset()
        claimed += value.exhaustive
        assert not value.exhaustive or value.possible() == (text,), one
    assert claimed > 90
