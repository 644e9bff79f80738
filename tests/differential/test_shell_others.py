"""zsh and ksh, where they differ from bash: nothing that is claimed of a script with their first line is wrong in them.

The table holds where no such shell is installed, and each row is run in each that is.
"""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import shell_notations
import shell_scripts
from test_shell_differential import OUTER, judged, together
from test_shell_notations import claims

from envlint.facts import Wanted
from envlint.source import Source
from envlint.surfaces.shell import read

Reach = Callable[[str, Mapping[str, tuple[int, int]]], None]

SHELLS = {"zsh": "zsh", "ksh93": "ksh", "mksh": "ksh"}
"""Programs, and the name in the first line of scripts for them."""

every_shell = pytest.mark.parametrize(
    "shell",
    [
        pytest.param(each, marks=pytest.mark.skipif(shutil.which(each) is None, reason=f"{each} is not installed"))
        for each in SHELLS
    ],
)

# zsh manual 5.2 to 6.9, 11, 14 and zshoptions(1); ksh(1) of ksh93u+m and mksh(1). What T holds in zsh and in ksh at the
# end of the lines, None where it is not followed.
ROWS: list[tuple[str, str | None, str | None]] = [
    ("A='x y'; T=$A", "x y", "x y"),
    ("A='x y'; T=$A[1]", None, "x y[1]"),
    ('A=xy; T="$A[1]"', None, "xy[1]"),
    ("A=x; T=$A:u", None, "x:u"),
    ("A=x/y; T=$A:h", None, "x/y:h"),
    ("A=x; T=$A:/y", "x:/y", "x:/y"),
    ("A=x; T=$+A", None, "$+A"),
    ("A='x y'; T=$=A", None, None),
    ("A=x; T=${A:u}", None, None),
    ("T=${(U)A}", None, None),
    ("R=(x y z); T=$R[1]", None, None),
    ("R=(x y z); T=${R[1]}", None, None),
    ("R=(x y z); T=$R", None, None),
    ("T==ls", None, None),
    ('T="=ls"', "=ls", "=ls"),
    ("export T=~/x", None, None),
    ("unset A; T=$A~", None, None),
    ("T=*.none", "*.none", "*.none"),
    ("typeset -x T=1", "1", "1"),
    ("T=0; declare -x T=1", "1", None),
    ("T=0; command export T=7", None, "7"),
    ("T=0; builtin export T=7", "7", None),
    ("T=0; export -n T=1", None, None),
    ("T=0; echo hi | read T", None, None),
    ("T=$(print x)", None, None),
    ("print -v T x", None, None),
    ("T=0; repeat 1 T=2", None, None),
    ("T=1; integer T=1+1", None, None),
    ("typeset -i T; T=1+1", None, None),
    (": $((T=3)); T=1+1", None, None),
    ("exec {T}>/dev/null; T=x", None, None),
    ("T=0; nocorrect T=1", None, None),
    ("noglob export T=x", None, None),
    ("T=0; time T=1", None, "1"),
    ("T=$'a\\qb'", None, None),
    ("T=$'a\\tb'", "a\tb", "a\tb"),
    ('T=$"a b"', "$a b", "a b"),
    ("T=0; T=1 :", "0", None),
    ("T=0; T=1 true", "0", "0"),
    ("T=0; f() { T=1; }; f", "1", "1"),
    ("T=${U:-d}", "d", "d"),
    ("T=a; T+=b", "ab", "ab"),
]


def claimed(lines: str, shell: str) -> tuple[str, ...] | None:
    """What T can be at the end, if that is claimed."""
    source = Source("script", f"#!/bin/{shell}\n{lines}\nX=$T\n".encode())
    value = list(read(source, Wanted(needles=("T",))).bindings())[-1].value.unset()
    return value.possible() if value.exhaustive else None


@pytest.mark.parametrize(("lines", "in_zsh", "in_ksh"), ROWS)
def test_differences(lines: str, in_zsh: str | None, in_ksh: str | None) -> None:
    for shell, expected in (("zsh", in_zsh), ("ksh", in_ksh)):
        assert claimed(lines, shell) == (None if expected is None else (expected,))


@every_shell
def test_differences_are_real(shell: str, tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/home/user", "LC_ALL": "C.UTF-8"}
    seen = 0
    for number, (lines, _, _) in enumerate(ROWS):
        script = tmp_path / str(number)
        script.write_text(f"{lines}\nprintf '<%s>' \"$T\"\n")
        done = subprocess.run(
            [shell, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=30
        )
        possible = claimed(lines, SHELLS[shell])
        if possible is not None and "<" in done.stdout:
            seen += 1
            assert done.stdout.partition("<")[2][:-1] in possible, lines
    assert seen > 10


@every_shell
def test_every_notation(shell: str, tmp_path: Path, reach: Reach) -> None:
    """Notations that a shell does not have stop its script; what it does not run proves nothing."""
    made = shell_notations.sheets(43, 120, 8)
    seen = shell_notations.run(shell, tmp_path, made)
    total: Counter[str] = Counter()
    known: Counter[str] = Counter()
    wrong: list[str] = []
    for sheet in made:
        bindings = dict(claims(sheet, f"#!/bin/{SHELLS[shell]}\n"))
        for number, text in seen[sheet.tag].items():
            notation = sheet.probes[number].notation
            total[notation] += 1
            value = bindings[number].value.unset() if number in bindings else None
            known[notation] += value is not None and value.exhaustive
            if value is not None and value.exhaustive and text not in value.possible():
                wrong.append(f"{notation}: {sheet.lines[number]!r} gives {text!r}, not {value.possible()}")
    assert not wrong, "\n".join(wrong[:20])
    reach(f"shell, every notation, {shell}", {"all notations": (known.total(), total.total())})
    assert known.total() > total.total() * 0.7 > 400


@every_shell
@pytest.mark.parametrize("outer", [{}, OUTER[0]], ids=["nothing set", "names set"])
def test_any_script(shell: str, outer: Mapping[str, str], tmp_path: Path, reach: Reach) -> None:
    made = {f"{at}.sh": shell_scripts.written(9_100_000 + at, shell_scripts.STATEMENTS, 6) for at in range(100)}
    seen = shell_scripts.run(shell, tmp_path, made, outer)
    wrong, rows = judged(made, seen, first=f"#!/bin/{SHELLS[shell]}\n", closed=not outer)
    assert not wrong, "\n".join(wrong[:10])
    if not outer:
        reach(f"shell, in branches, loops and functions, {shell}", {"all statements": together(rows)})
