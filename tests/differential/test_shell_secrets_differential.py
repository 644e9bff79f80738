"""The secrets that the shell surface tells of, against bash: a program is given just the text that is claimed."""

from __future__ import annotations

import random
import shutil
import string
import subprocess
from pathlib import Path

import pytest

from envlint.facts import Credential, Wanted
from envlint.knowledge import Knowledge
from envlint.packs import load_builtin
from envlint.source import Source
from envlint.surfaces.shell import read

WANTED: Wanted = Knowledge((load_builtin("wandb"),), None).wanted
MARK = "--"
# What stands on a line; {W} is a spelling of the key, `probe` prints its words and what it is given to read.
COMMANDS = (
    "probe --wandb_key {W}",
    "probe --wandb_key={W}",
    "probe +wandb.api_key={W} x",
    "probe 'x' -e A=1,WANDB_KEY={W}",
    "probe secret set WANDB_API_KEY --body {W}",
    "k={W}; probe --wandb_key $k",
    'k={W}; probe --wandb_key "$k"',
    "probe WANDB_API_KEY <<< {W}",
    "echo {W} | probe WANDB_API_KEY",
    "printf '%s\\n' {W} | probe WANDB_API_KEY",
    "printf 'WANDB_API_KEY=%s\\n' {W} | probe",
    "cat <<E | probe\nWANDB_API_KEY={R}\nE",
    "cat <<'E' | probe\nWANDB_API_KEY={R}\nE",
    "k={W}; cat <<E | probe\nwandb_key: $k\nE",
    'a=(--wandb_key {W}); probe "${a[@]}"',
    "probe curl -u api:{W} https://api.wandb.ai",
    'probe --wandb_key "$(echo {W})" || probe wandb_key $(echo {W})',
)


def spelling(rng: random.Random, key: str) -> str:
    """The key as a shell word, in pieces that are quoted in different ways."""
    word, at = "", 0
    while at < len(key):
        end = min(len(key), at + rng.randint(4, 30))
        piece = key[at:end]
        word += rng.choice((piece, piece, f"'{piece}'", f'"{piece}"', f"\\{piece}", f"$'{piece}'", f"\\\n{piece}"))
        at = end
    return word


def script(rng: random.Random, count: int) -> list[tuple[str, str]]:
    """Commands with the keys in them."""
    lines = []
    for _ in range(count):
        key = "".join(rng.choices(string.ascii_lowercase + string.digits, k=40))
        command = rng.choice(COMMANDS)
        lines.append((command.replace("{W}", spelling(rng, key)).replace("{R}", key), key))
    return lines


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_programs_are_given_what_is_told(tmp_path: Path) -> None:
    lines = script(random.Random(41), 600)
    probe = 'probe() { printf "%s\\n" "$@"; [ -p /dev/stdin ] || [ ! -t 0 ] && cat; }\n'
    body = "".join(f"( {command}\n) \necho {MARK}\n" for command, _ in lines)
    path = tmp_path / "script.sh"
    path.write_text(probe + body)
    done = subprocess.run(["bash", str(path)], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    given = done.stdout.split(f"{MARK}\n")
    assert len(given) == len(lines) + 1
    told = 0
    for (command, key), seen in zip(lines, given, strict=False):
        found = [fact for fact in read(Source("x.sh", command.encode()), WANTED).items if isinstance(fact, Credential)]
        texts = {text for fact in found for text in fact.value.possible()}
        assert all(text in seen for text in texts), command
        told += key in texts
    # A key in an array's expansion, or in a text that is put together from several, may be missed; hardly more.
    assert told > 0.95 * len(lines)
