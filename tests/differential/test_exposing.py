"""What the shell prints and traces of a key, against bash: whoever reads its output sees the key where that is claimed
with high confidence, and whatever shows the key is found."""

from __future__ import annotations

import random
import shutil
import string
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from envlint import config as configuration
from envlint.engine import judge_files
from envlint.finding import Confidence, Finding
from envlint.packs import load_builtin

SEED, SCRIPTS, LINES = 97, 120, 9
# What stands on a line. Each line writes its number behind it, so that the output falls into one part a line.
TRACING = (
    "set -x",
    "set +x",
    "set -o xtrace",
    "set +o xtrace",
    "set -eux",
    "set +eux",
    "set -",
    "set -- -x",
    "{ set +x; } 2>/dev/null",
    "shopt -so xtrace",
    "shopt -uo xtrace",
    "set -x -u",
    "set -ex -o pipefail",
    "if true; then set -x; fi",
    "false && set -x",
    "( set -x )",
    '[ -n "$UNSET_NAME" ] && set +x',
)
COMMANDS = (
    'export WANDB_API_KEY="$WANDB_API_KEY"',
    "export WANDB_API_KEY",
    'WANDB_API_KEY="$WANDB_API_KEY" true',
    "WANDB_API_KEY=$(printenv WANDB_API_KEY)",
    '[ -n "$WANDB_API_KEY" ]',
    "[[ -n $WANDB_API_KEY ]]",
    'test -z "${WANDB_API_KEY:-}" || true',
    'test -n "${WANDB_API_KEY:+set}"',
    ": ${WANDB_API_KEY:?missing}",
    "true --wandb_key $WANDB_API_KEY",
    '/bin/true --wandb_key="$WANDB_API_KEY"',
    'a=(--wandb_key "$WANDB_API_KEY"); /bin/true "${a[@]}"',
    'k=$WANDB_API_KEY; /bin/true "$k"',
    "echo $WANDB_API_KEY",
    'echo "key: $WANDB_API_KEY" >&2',
    'echo "$WANDB_API_KEY" > /dev/null',
    'echo "$WANDB_API_KEY" 2> /dev/null',
    'echo "$WANDB_API_KEY" >> file',
    'echo "$WANDB_API_KEY" &> file',
    'echo "$WANDB_API_KEY" > /dev/stderr',
    "echo '$WANDB_API_KEY'",
    'echo "\\$WANDB_API_KEY"',
    'echo "${#WANDB_API_KEY} ${WANDB_API_KEY:0:4} ${WANDB_API_KEY:+set}"',
    'echo "$WANDB_API_KEY" | cat',
    'echo "$WANDB_API_KEY" | tee file',
    'echo "$WANDB_API_KEY" | tee file > /dev/null',
    'echo "$WANDB_API_KEY" | tee file | wc -c',
    'echo "$WANDB_API_KEY" | sha256sum',
    'echo "$WANDB_API_KEY" | cut -c 1-4',
    'printf "%s\\n" "$WANDB_API_KEY"',
    'printf -v copy "%s" "$WANDB_API_KEY"',
    "printenv WANDB_API_KEY",
    "printenv WANDB_API_KEY > file",
    "cat <<< $WANDB_API_KEY",
    "cat <<< $WANDB_API_KEY > file",
    'copy=$(echo "$WANDB_API_KEY")',
    '{ echo "$WANDB_API_KEY"; } > file',
    '( echo "$WANDB_API_KEY" )',
    '( set -x; test -n "$WANDB_API_KEY" )',
    '( set +x; test -n "$WANDB_API_KEY" ) 2> /dev/null',
    'command echo "$WANDB_API_KEY"',
    'env echo "$WANDB_API_KEY"',
    "if true; then echo $WANDB_API_KEY; fi",
    "for each in 1; do echo $WANDB_API_KEY; done",
    'case x in x) echo "$WANDB_API_KEY" ;; esac',
    '! echo "$WANDB_API_KEY"',
    "true && echo $WANDB_API_KEY",
)


def commands(rng: random.Random) -> list[str]:
    return [rng.choice(TRACING if rng.random() < 0.35 else COMMANDS) for _ in range(LINES)]


def script(chosen: list[str]) -> str:
    """Each command on a line of its own, and behind it a mark on both streams."""
    return "".join(f"{command}\nprintf '<%s>\\n' {line} | tee /dev/stderr\n" for line, command in enumerate(chosen))


def parts(text: str) -> Iterator[str]:
    """What was written up to each mark."""
    for line in range(LINES):
        before, _, text = text.partition(f"<{line}>\n")
        yield before


def told(finding: Finding) -> int:
    source = finding.location.source
    return (source.position(finding.location.span.start).line - 1) // 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_what_is_told_is_shown(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    key = "".join(rng.choices(string.hexdigits.lower(), k=40))
    config = configuration.parse('min-confidence = "low"\nselect = ["logged-key"]\n', "envlint.toml")
    shown = found = claims = 0
    for _ in range(SCRIPTS):
        chosen = commands(rng)
        text = script(chosen)
        findings = list(judge_files({"run.sh": text}, (load_builtin("wandb"),), config))
        high = {told(each) for each in findings if each.confidence is Confidence.HIGH}
        everywhere = {told(each) for each in findings}
        environment = {"PATH": "/usr/bin:/bin", "WANDB_API_KEY": key}
        done = subprocess.run(
            ["bash", "-c", text], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=20, check=False
        )
        errors = done.stderr
        seen = {n for stream in (done.stdout, errors) for n, part in enumerate(parts(stream)) if key in part}
        reached = {n for n in range(LINES) if f"<{n}>" in errors}
        assert not high & reached - seen, (high & reached - seen, text)
        shown += len(seen)
        found += len(seen & everywhere)
        claims += len(high & reached)
    assert claims > 200
    assert found == shown
