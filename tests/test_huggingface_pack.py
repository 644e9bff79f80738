"""A second vendor is TOML only: its variables are judged by the same rules, and it is off until it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from envlint.config import Config
from envlint.engine import judge_files
from envlint.packs import load_all, load_builtin

PACKS = (load_builtin("wandb"), load_builtin("huggingface"))


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        ("HF_HOME=cache", ["relative-path"]),
        ("HF_HOME=~/hf", []),
        ("HF_HUB_CACHE=/data/hf", []),
        ("HF_HUB_OFFLINE=yes", []),
        ("HF_HUB_OFFLINE=enabled", ["ignored-value"]),
        ("TRANSFORMERS_OFFLINE=2", ["ignored-value"]),
        ("HF_HUB_DOWNLOAD_TIMEOUT=30", []),
        ("HF_HUB_DOWNLOAD_TIMEOUT=30s", ["invalid-value"]),
        ("HF_HUB_ETAG_TIMEOUT=", ["invalid-value"]),
        ("HF_TOKEN=your-token", []),
    ],
)
def test_a_line_of_a_settings_file(line: str, rules: list[str]) -> None:
    assert [finding.rule for finding in judge_files({".env": line + "\n"}, PACKS)] == rules


def test_it_is_off_until_it_is_asked_for() -> None:
    assert [pack.name for pack in load_all((), Path())] == ["wandb"]
    assert [pack.name for pack in load_all(("huggingface",), Path())] == ["wandb", "huggingface"]
    assert judge_files({".env": "HF_HOME=cache\n"}, PACKS[:1]) == ()


def test_the_version_of_one_vendor_is_none_of_the_other() -> None:
    files = {"requirements.txt": "huggingface-hub==0.5.0\n", "train.sh": "export WANDB_MODE=shared\npython t.py\n"}
    assert judge_files(files, PACKS) == ()
    assert [f.rule for f in judge_files(files, PACKS, Config(sdk="0.15.0"))] == ["invalid-value"]
