"""Every notation of the shell surface with the same weight, against real shells: nothing that is claimed is wrong, and
most that is plain to a person is claimed. A claim: the value names all that it can be, nothing else being set."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import shell_notations
from shell_notations import Sheet

from envlint.facts import Binding, Wanted
from envlint.source import Source
from envlint.surfaces.shell import read

Rows = dict[str, tuple[int, int]]
Reach = Callable[[str, Mapping[str, tuple[int, int]]], None]

WANTED = Wanted(needles=("T",), commands=("wandb",))


def claims(sheet: Sheet, first: str) -> Iterator[tuple[int, Binding]]:
    """For each probe, the last binding of its name on its lines."""
    source = Source(sheet.tag, (first + sheet.script).encode())
    starts = [len(first)]
    for line in sheet.lines:
        starts.append(starts[-1] + len(line) + 1)
    found: dict[tuple[str, int], Binding] = {}
    entry = 0
    wanted = replace(WANTED, sourced=lambda script, path: _beside(sheet, path))
    for binding in sorted(read(source, wanted).bindings(), key=lambda each: each.name_span):
        while starts[entry + 1] <= binding.name_span.start:
            entry += 1
        found[binding.variable, entry] = binding
    for number, probe in sheet.probes.items():
        if (probe.variable, probe.at) in found:
            yield number, found[probe.variable, probe.at]


def _beside(sheet: Sheet, path: str) -> Source | None:
    text = sheet.beside.get(path)
    return Source(path, text.encode()) if text is not None else None


def compared(folder: Path, shell: str, *, seed: int, scripts: int) -> Rows:
    bash = shell == "bash"
    first = "" if bash else "#!/bin/sh\n"
    made = shell_notations.sheets(seed, scripts, 12, bash=bash)
    seen = shell_notations.run(shell, folder, made)
    total: Counter[str] = Counter()
    known: Counter[str] = Counter()
    wrong: list[str] = []
    for sheet in made:
        bindings = dict(claims(sheet, first))
        for number, text in seen[sheet.tag].items():
            probe = sheet.probes[number]
            total[probe.notation] += 1
            if number not in bindings:
                continue
            value = bindings[number].value.unset()
            known[probe.notation] += value.exhaustive
            if value.exhaustive and text not in value.possible():
                wrong.append(f"{probe.notation}: {sheet.lines[probe.at]!r} gives {text!r}, not {value.possible()}")
    assert not wrong, "\n".join(wrong[:20])
    assert set(total) == {name for name in shell_notations.NOTATIONS if bash or name not in shell_notations.BASH_ONLY}
    return {name: (known[name], total[name]) for name in sorted(total)}


def share(rows: Rows) -> float:
    return sum(known for known, _ in rows.values()) / sum(every for _, every in rows.values())


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_every_notation_in_bash(tmp_path: Path, reach: Reach) -> None:
    rows = compared(tmp_path, "bash", seed=41, scripts=600)
    reach("shell, every notation with the same weight", rows)
    assert share(rows) >= 0.8
    assert {name for name, (known, _) in rows.items() if not known} == shell_notations.UNKNOWN


@pytest.mark.skipif(shutil.which("dash") is None, reason="dash is not installed")
def test_every_posix_notation_in_dash(tmp_path: Path, reach: Reach) -> None:
    rows = compared(tmp_path, "dash", seed=42, scripts=200)
    reach("shell, every POSIX notation with the same weight, #!/bin/sh in dash", rows)
    assert share(rows) >= 0.75
