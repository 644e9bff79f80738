"""What the shell surface claims, against real shells: no value that is claimed may be another one.

A claim is what a binding's value can be, if it says that this is all: in its closed reading for scripts that run
with nothing set, in its open reading for scripts that run with outer names set.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import shell_scripts
from shell_scripts import OWN_LINE, Statement, Writer

from envlint.facts import Binding, Wanted
from envlint.source import Source
from envlint.surfaces.shell import read

Reach = Callable[[str, Mapping[str, tuple[int, int]]], None]

WANTED = Wanted(needles=("A", "B", "C", "D", "E"), commands=("wandb",))
OUTER = ({"A": "outer a", "B": "", "C": "x", "E": "online"}, {"D": "x*", "B": "b", "A": ""})

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
needs_dash = pytest.mark.skipif(shutil.which("dash") is None, reason="dash is not installed")


def claims(w: Writer, *, first: str) -> Iterator[tuple[int, Binding]]:
    """For each probe, the binding that stands before it, if the surface saw one."""
    files = {"settings": shell_scripts.SETTINGS, **w.beside}

    def sourced(script: str, path: str) -> Source | None:
        return Source(path, files[path].encode()) if path in files else None

    source = Source("script.sh", (first + w.script).encode())
    found = read(source, replace(WANTED, sourced=sourced)).bindings()
    at = {binding.name_span.start: binding for binding in found if binding.overrides}
    starts = [len(first)]
    for line in w.lines:
        starts.append(starts[-1] + len(line) + 1)
    for line, (name, notation) in w.probes.items():
        own = line if notation in OWN_LINE else line - 1
        places = [found.start() for found in re.finditer(rf'(?<![A-Z]){name}(?=\+?=|"=)', w.lines[own])]
        binding = at.get(starts[own] + places[-1 if notation == "several" else 0])
        if binding is not None and binding.variable == name:
            yield line, binding


Seen = Mapping[str, Mapping[int, set[str]]]
Rows = dict[str, tuple[int, int]]


def judged(scripts: Mapping[str, Writer], seen: Seen, *, first: str, closed: bool) -> tuple[list[str], Rows]:
    """The claims that do not hold, and for each notation how many values are one known text, of how many."""
    wrong: list[str] = []
    total: Counter[str] = Counter()
    known: Counter[str] = Counter()
    for name, w in scripts.items():
        found = dict(claims(w, first=first))
        for line, values in seen[name].items():
            notation = w.probes[line][1]
            total[notation] += 1
            if line not in found:
                continue
            value = found[line].value.unset() if closed else found[line].value
            end = "\n." if notation in OWN_LINE else ""
            possible = {text + end for text in value.possible()}
            known[notation] += value.text is not None
            if value.exhaustive and not values <= possible:
                wrong.append(f"{name} line {line}: {w.lines[line - 1]!r} gives {values - possible}, not {possible}")
    return wrong, {notation: (known[notation], count) for notation, count in sorted(total.items())}


def compared(
    folder: Path,
    statements: Sequence[Statement],
    *,
    seed: int,
    scripts: int,
    size: int,
    shell: str = "bash",
    outer: Mapping[str, str] | None = None,
) -> Rows:
    """Runs scripts and compares them; the reach by notation."""
    bash = shell == "bash"
    first = "" if bash else "#!/bin/sh\n"
    made = {f"{at}.sh": shell_scripts.written(seed + at, statements, size, bash=bash) for at in range(scripts)}
    seen = shell_scripts.run(shell, folder, made, outer or {})
    wrong, rows = judged(made, seen, first=first, closed=not outer)
    assert not wrong, "\n".join(wrong[:10])
    assert sum(count for _, count in rows.values()) > scripts, "the probes wrote too little to compare"
    return rows


def together(rows: Rows) -> tuple[int, int]:
    return sum(known for known, _ in rows.values()), sum(count for _, count in rows.values())


def share(rows: Rows) -> float:
    known, count = together(rows)
    return known / count


@needs_bash
def test_words_are_what_bash_makes_of_them(tmp_path: Path, reach: Reach) -> None:
    rows = compared(tmp_path, [shell_scripts.assignment], seed=1_000_000, scripts=700, size=12)
    reach("shell, words of assignments", rows)
    assert share(rows) > 0.75


@needs_bash
def test_programs_see_what_is_claimed(tmp_path: Path, reach: Reach) -> None:
    leaves = [shell_scripts.prefix, shell_scripts.given, shell_scripts.assignment]
    rows = compared(tmp_path, leaves, seed=2_000_000, scripts=120, size=6)
    reach("shell, what programs are given", {name: rows[name] for name in sorted(OWN_LINE)})
    assert share(rows) > 0.7


@needs_bash
def test_control_flow_leaves_what_bash_leaves(tmp_path: Path, reach: Reach) -> None:
    rows = compared(tmp_path, shell_scripts.STATEMENTS, seed=3_000_000, scripts=600, size=8)
    kinds = ("state", "export", "export, quoted", "declare", "+=", "several")
    plain = together({name: row for name, row in rows.items() if name not in kinds})
    table = {"plain assignments": plain, **{kind: rows[kind] for kind in kinds}}
    reach("shell, in branches, loops and functions", table)
    assert share(rows) > 0.5


@needs_bash
@pytest.mark.parametrize("outer", OUTER)
def test_outer_names_change_nothing_that_is_claimed(tmp_path: Path, outer: Mapping[str, str]) -> None:
    compared(tmp_path, [shell_scripts.assignment], seed=4_000_000, scripts=200, size=12, outer=outer)


@needs_bash
@pytest.mark.parametrize("outer", OUTER)
def test_outer_names_in_control_flow(tmp_path: Path, outer: Mapping[str, str]) -> None:
    compared(tmp_path, shell_scripts.STATEMENTS, seed=5_000_000, scripts=200, size=8, outer=outer)


@needs_dash
def test_scripts_for_sh_hold_in_dash(tmp_path: Path, reach: Reach) -> None:
    rows = compared(tmp_path, shell_scripts.STATEMENTS, seed=6_000_000, scripts=300, size=8, shell="dash")
    reach("shell, #!/bin/sh in dash", {"all statements": together(rows)})


@needs_bash
def test_scripts_for_sh_hold_in_bash_too(tmp_path: Path) -> None:
    made = {
        f"{at}.sh": shell_scripts.written(7_000_000 + at, shell_scripts.STATEMENTS, 8, bash=False) for at in range(150)
    }
    wrong, _ = judged(made, shell_scripts.run("bash", tmp_path, made, {}), first="#!/bin/sh\n", closed=True)
    assert not wrong, "\n".join(wrong[:10])


@needs_bash
def test_what_bash_parses_is_read() -> None:
    """A script that bash accepts holds nothing unreadable; coproc is the one command that is left out."""
    accepted = 0
    for seed in range(8_000_000, 8_000_150):
        script = shell_scripts.written(seed, shell_scripts.STATEMENTS, 8).script
        checked = subprocess.run(["bash", "-n"], input=script.encode(), capture_output=True, check=False)
        if checked.returncode == 0 and "coproc" not in script:
            accepted += 1
            facts = read(Source("script.sh", script.encode()), WANTED)
            assert not facts.unreadable, (script, facts.unreadable)
    assert accepted > 100
