"""Every notation in which a Dockerfile sets something, with equal weight: what is claimed is what is set, and how
much is claimed. BuildKit's parser (PyPI: dockerfile) accepts each file; each comes with the value that it gives K."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random

import dockerfile

from envlint.facts import Binding, Wanted
from envlint.source import Source
from envlint.surfaces.dockerfile import read

FILES = 40
WORDS = ("offline", "a-b/c", "https://h:1/p?q=1", "0.5", "été", "x,y", "w@x%H", "a=b")
NEEDLES = Wanted(needles=("K",))
ESCAPE = "# escape=`\n"

Notation = Callable[[str], str]
"""Writes a file that gives K a word."""

NOTATIONS: Mapping[str, Notation] = {
    "ENV": lambda w: f"FROM a\nENV K={w}\n",
    "ENV, older form": lambda w: f"FROM a\nENV K  {w}\n",
    "ENV, several pairs": lambda w: f'FROM a\nENV B=other K="{w}" C=d\n',
    "ENV, pairs see what was before": lambda w: f"FROM a\nENV B={w}\nENV B=other K=$B\n",
    "ARG of a stage": lambda w: f"FROM a\nARG B={w}\nENV K=${{B}}\n",
    "ARG, global": lambda w: f"ARG B={w}\nFROM a\nARG B\nENV K=$B\n",
    "ARG itself": lambda w: f"FROM a\nARG K={w}\n",
    "FROM a stage, ENV": lambda w: f"FROM a AS one\nENV B={w}\nFROM other\nFROM one\nENV K=$B\n",
    "FROM a stage, ARG": lambda w: f"FROM a AS one\nARG B={w}\nFROM one AS two\nFROM two\nENV K=$B\n",
    "FROM a stage by a global ARG": lambda w: f"ARG S=one\nFROM a AS one\nENV B={w}\nFROM $S\nENV K=$B\n",
    "ONBUILD": lambda w: f"FROM a\nONBUILD ENV K={w}\n",
    "escape directive": lambda w: f"{ESCAPE}FROM a\nENV A=1 `\n  K={w}\n",
    "continued line": lambda w: f"FROM a\nENV A=1 \\\n  K=\\\n{w}\n",
    "comment in a continued line": lambda w: f"FROM a\nENV A=1 \\\n# K=no\n\n  # no\n  K={w}\n",
    "RUN, shell form": lambda w: f"FROM a\nRUN export K='{w}' && x\n",
    "RUN, one command": lambda w: f"FROM a\nRUN true && K={w} x\n",
    "RUN, continued": lambda w: f"FROM a\nRUN true && \\\n  # no\n  K={w} \\\n  x\n",
    "RUN, mounts": lambda w: f"FROM a\nRUN --mount=type=cache,target=/x --mount=type=secret,id=s,env=S K={w} x\n",
    "RUN, exec form": lambda w: f"FROM a\nRUN {json.dumps(['env', f'K={w}', 'x'], ensure_ascii=False)}\n",
    "RUN, exec form, JSON's escapes": lambda w: f"FROM a\nRUN {json.dumps(['env', f'K={w}', 'x'])}\n",
    "RUN, exec form of a shell": lambda w: f"FROM a\nRUN {json.dumps(['sh', '-c', f'K={w} x'], ensure_ascii=False)}\n",
    "RUN sees ENV": lambda w: f"FROM a\nENV B={w}\nRUN K=$B x\n",
    "RUN sees ARG": lambda w: f"FROM a\nARG B={w}\nRUN K=$B x\n",
    "heredoc that RUN runs": lambda w: f"FROM a\nRUN <<EOF\nexport K={w}\nEOF\n",
    "heredoc, tabs cut": lambda w: f"FROM a\nRUN <<-EOF\n\texport K={w}\n\tEOF\n",
    "heredoc, program named": lambda w: f"FROM a\nRUN <<EOF\n#!/usr/bin/env bash\nexport K={w}\nEOF\n",
    "heredoc that a program is given": lambda w: f"FROM a\nRUN cat <<'EOF' > .env\nK={w}\nEOF\n",
    "heredoc that COPY writes": lambda w: f"FROM a\nCOPY <<EOF /app/.env\nK={w}\nEOF\n",
    "heredoc that COPY writes, quoted": lambda w: f"FROM a\nCOPY <<'EOF' run.sh\nexport K={w}\nEOF\n",
    "SHELL": lambda w: f'FROM a\nSHELL ["/bin/bash", "-c"]\nRUN export K=$\'{w}\'\n',
    "CMD, shell form": lambda w: f"FROM a\nCMD K={w} x\n",
    "CMD above its ENV": lambda w: f"FROM a\nCMD K=$B x\nENV B={w}\n",
    "ENTRYPOINT, exec form": lambda w: f'FROM a\nENTRYPOINT {json.dumps(["env", f"K={w}"])}\nCMD ["x"]\n',
    "ENTRYPOINT, shell form": lambda w: f"FROM a\nENTRYPOINT exec env 'K={w}' x\n",
    "HEALTHCHECK": lambda w: f"FROM a\nHEALTHCHECK --interval=5s CMD K={w} x\n",
    "Windows path": lambda w: f"{ESCAPE}FROM a\nENV K=C:\\{w}\\d\n",
    "Windows path, escaped": lambda w: f"FROM a\nENV K=C:\\\\{w}\\\\d\n",
    "Windows path, quoted": lambda w: f"FROM a\nENV K='C:\\{w}\\d'\n",
}


def test_what_each_notation_sets(reach: Callable[[str, Mapping[str, tuple[int, int]]], None]) -> None:
    chance = Random(34)
    claimed: Counter[str] = Counter()
    for notation, write in NOTATIONS.items():
        for _ in range(FILES):
            word = chance.choice(WORDS)
            text = write(word)
            expected = f"C:\\{word}\\d" if "Windows" in notation else word
            assert dockerfile.parse_string(text)
            values = [each.value.unset() for each in _facts(text) if each.variable == "K"]
            assert len(values) == 1, text
            assert set(values[0].possible()) <= {expected}, text
            claimed[notation] += values[0].text == expected
    reach("Dockerfile, notations", {notation: (claimed[notation], FILES) for notation in NOTATIONS})
    assert sum(claimed.values()) >= 0.98 * FILES * len(NOTATIONS)
    assert all(claimed[notation] for notation in NOTATIONS)


def test_a_secret_of_the_build_is_set_to_what_nobody_knows() -> None:
    (binding,) = _facts("FROM a\nRUN --mount=type=secret,id=s,env=K x\n")
    assert (binding.variable, binding.value.possible(), binding.value.exhaustive) == ("K", (), False)


def _facts(text: str) -> list[Binding]:
    return list(read(Source("Dockerfile", text.encode()), NEEDLES).bindings())
