"""`#SBATCH --export=...` against what sbatch(1) says of it: a stand-in for sbatch gives the script its environment, and
the real bash runs the script. The names are set nowhere in the environment of whoever submits it, but for one."""

from __future__ import annotations

import random
import shlex
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from envlint.facts import Wanted
from envlint.source import Source
from envlint.surfaces.shell import read

Reach = Callable[[str, Mapping[str, tuple[int, int]]], None]

WANTED = Wanted(needles=("T", "OUTER"), commands=())
OUTER = {"OUTER": "set by whoever submits"}
_VALUES = ["x", "online", "my-run", "a.b/c", "k:w", "p=q", "0", "$HOME", "~/d", "*", "", "a;b", "(x)"]
_KINDS = {
    "ALL,T=": "ALL,T={}",
    "T=": "T={}",
    "T=,ALL": "T={},ALL",
    "several": "ALL,S=1,T={},V=2",
    "several, without ALL": "OUTER,T={}",
    "NONE": "NONE",
    "ALL": "ALL",
    "a name alone": "ALL,T",
    "quoted": "'ALL,T={}'",
}


def script(rng: random.Random) -> tuple[str, str]:
    """A batch script, and the kind of its directive that counts."""
    kind = rng.choice(list(_KINDS))
    option = rng.choice(["--export=", "--export "]) + _KINDS[kind].format(rng.choice(_VALUES))
    others = [
        "#SBATCH --job-name=train",
        "#SBATCH -N 1",
        "# a comment",
        "#SBATCH --export-file=f",
        "",
        "  #SBATCH --export=T=no",
    ]
    lines = rng.sample(others, rng.randint(0, 3))
    lines.insert(
        rng.randint(0, len(lines)), f"#SBATCH {rng.choice(['', '--time=1 '])}{option}{rng.choice(['', ' -n 2'])}"
    )
    if rng.random() < 0.2:
        lines.insert(0, "#SBATCH --export=ALL,T=earlier")
    return "\n".join(["#!/bin/bash", *lines, "printenv T; printenv OUTER", "#SBATCH --export=T=late", ""]), kind


def given(text: str) -> dict[str, str]:
    """The environment that sbatch gives a script, of those names: --export={[ALL,]<environment_variables>|ALL|NONE}.

    Options are read from lines that begin with #SBATCH up to the first line that is no comment; of an option given
    twice the later one counts. ALL is the submitter's environment, a name alone passes its value, NONE passes none.
    """
    listed = "ALL"
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            break
        words = shlex.split(line.removeprefix("#SBATCH")) if line.startswith("#SBATCH") else []
        for at, word in enumerate(words):
            if word == "--export":
                listed = words[at + 1]
            elif word.startswith("--export="):
                listed = word.partition("=")[2]
    environment: dict[str, str] = {}
    for element in listed.split(","):
        name, sign, value = element.partition("=")
        if sign:
            environment[name] = value
        elif name == "ALL":
            environment.update(OUTER)
        elif name in OUTER:
            environment[name] = OUTER[name]
    return environment


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_directives_give_the_script_what_is_claimed(tmp_path: Path, reach: Reach) -> None:
    rng = random.Random(47)
    total: Counter[str] = Counter()
    known: Counter[str] = Counter()
    for number in range(300):
        text, kind = script(rng)
        path = tmp_path / f"{number}.sbatch"
        path.write_text(text)
        environment = {"PATH": "/usr/bin:/bin", **given(text)}
        done = subprocess.run(
            ["bash", str(path)], env=environment, capture_output=True, text=True, check=False, timeout=30
        )
        seen = done.stdout.splitlines()
        facts = read(Source("job.sbatch", text.encode()), WANTED)
        claims = [binding.value.text for binding in facts.bindings() if binding.variable == "T"]
        if "T" in environment:
            total[kind] += 1
            known[kind] += bool(claims)
        assert claims in ([], [seen[0]] if "T" in environment else []), text
        if facts.scopes[0].clears and "OUTER" not in "".join(line for line in text.splitlines() if "--export" in line):
            assert OUTER["OUTER"] not in seen, text
    reach("shell, #SBATCH --export", {kind: (known[kind], total[kind]) for kind in sorted(total)})
    assert known.total() > 0.8 * total.total()
