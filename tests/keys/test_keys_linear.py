"""Time grows with the length of a text alone, whatever stands in it."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import cast

import pytest
from made_keys import fill

from envlint.checks.keys import committed_key
from envlint.checks.verdict import Subject
from envlint.knowledge import Knowledge
from envlint.library import read
from envlint.packs import load_builtin
from envlint.source import Source

KNOWLEDGE = Knowledge((load_builtin("wandb"),))
RULE = next(rule for rule in KNOWLEDGE.rules if rule.name == "committed-api-key")
MEGABYTE = 1 << 20
LENGTH = 150_000
PIECES = {
    "one run": "a1",
    "runs": "0123456789abcdef0123456789abcdef01234567 ",
    "random digits": "§h\n",
    "values": "  value: §h\n",
    "pairs": "- name: x\n  value: §h\n",
    "fields": "  api_key: §h\n",
    "deeper and deeper": " api_key:\n§h",
    "brackets": "[({",
    "brackets with keys": '{"key": "§h", ',
    "calls": 'f("§h", ',
    "logins": "wandb login ",
    "logins with digits": "wandb login -- §h ",
    "login words": "login login §h",
    "prefixes": "a-b_c-",
    "escapes": "\\n\\n§h",
    "quotes": "\"'\\\"'",
    "tags": "<value>§h</value>",
    "open tags": "<a <b §h",
    "machines": "machine api.wandb.ai password §h ",
    "headers": "Authorization: Bearer §h\n",
    "headings": "[a]\napi_key = §h\n",
    "base64": "d2FuZGJfdjFf" * 6 + " ",
    "markers": "wandb_v1_",
    "markers with dashes": "a-wandb_v1_",
    "names": "wandb_api_key_",
    "names with digits": "wandb_key_sha_ = §h ",
    "blanks": " ",
    "line ends": "\n\r",
    "continued": "\\\n",
    "colours": "\x1b[0m[32m",
    "found": "WANDB_API_KEY=§K\n",
}


def seconds(text: str) -> float:
    started = time.process_time()
    facts = read(Source("x.txt", text.encode()), "text", KNOWLEDGE.wanted)
    subject = SimpleNamespace(tracked=None, facts=facts, knowledge=KNOWLEDGE, committed=True)
    for _ in committed_key(cast(Subject, subject), RULE):
        pass
    return time.process_time() - started


@pytest.mark.parametrize("name", PIECES)
def test_twice_the_text_takes_twice_the_time(name: str) -> None:
    piece = PIECES[name]
    # Enough different keys that nothing repeats nearby, and not so many that making them takes the time.
    block = "".join(fill(piece, seed, "cloud").text for seed in range(50))
    text = (block * (LENGTH // len(block) + 1))[:LENGTH]
    half = max(seconds(text[: LENGTH // 2]), 0.02)
    # A second look, where something else had the machine meanwhile.
    assert seconds(text) < 3 * half or seconds(text) < 3 * half


@pytest.mark.parametrize(
    "name", ["one run", "prefixes", "escapes", "quotes", "line ends", "markers", "names", "machines"]
)
def test_a_megabyte_takes_ten_times_a_tenth(name: str) -> None:
    text = fill(PIECES[name], 0, "cloud").text
    text *= MEGABYTE // len(text)
    assert seconds(text) < 15 * max(seconds(text[: MEGABYTE // 10]), 0.02)
