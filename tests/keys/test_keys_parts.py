"""Keys that are written in several pieces, and texts that only look so."""

from __future__ import annotations

import random
from time import process_time

import pytest

from envlint.finding import mask_keys
from envlint.keyparts import key_parts

ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def made(seed: int, alphabet: str = "0123456789abcdef", length: int = 40) -> str:
    return "".join(random.Random(seed).choices(alphabet, k=length))


HEX, OTHER = made(1), made(2)
WORD = made(3, ALNUM)


def parts(text: str) -> list[str]:
    return [text[span.start : span.end] for span in key_parts(text)]


@pytest.mark.parametrize(
    "between",
    ['" "', '" + "', "' .. '", "\n", "\r\n    ", "\\\n", "\n# ", '"\n  "', "''", "${EMPTY}", "$EMPTY ", "\n+", " | "],
)
@pytest.mark.parametrize("cut", [8, 20, 32])
def test_what_joins_pieces(between: str, cut: int) -> None:
    assert parts(f"x={HEX[:cut]}{between}{HEX[cut:]}\n") == [HEX[:cut], HEX[cut:]]
    assert parts(f"x={HEX.upper()[:cut]}{between}{HEX.upper()[cut:]}") == [HEX.upper()[:cut], HEX.upper()[cut:]]
    assert parts(f"local-{WORD[:cut]}{between}{WORD[cut:]};") == [WORD[:cut], WORD[cut:]]
    assert parts(f"wandb_v1_{WORD[:cut]}{between}{WORD}") == [f"wandb_v1_{WORD[:cut]}", WORD]


@pytest.mark.parametrize("escape", ["\\x61", "\\u0061", "\\141", "%61", "&#97;", "&#x61;"])
def test_a_character_that_is_written_as_a_number(escape: str) -> None:
    assert parts(f"'{HEX[:19]}{escape}{HEX[20:]}'") == [HEX[:19], HEX[20:]]


def test_three_pieces_and_one_that_is_left_over() -> None:
    assert parts(f"'{HEX[:10]}' '{HEX[10:24]}'\n'{HEX[24:]}'") == [HEX[:10], HEX[10:24], HEX[24:]]
    assert parts(f"abc: {HEX[:35]}; {HEX[35:]}") == [HEX[:35]]


@pytest.mark.parametrize(
    "text",
    [
        f"WANDB_API_KEY={HEX}\n",
        f"WANDB_API_KEY=local-{WORD}\n",
        f"{HEX[:8]}, {HEX[8:16]}, {HEX[16:24]}, {HEX[24:32]}, {HEX[32:]}",
        f"{HEX[:20]} {HEX[:19]}",
        f"{HEX[:32]}  weights.pt\n{OTHER[:32]}  data.bin\n",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        f"id={HEX[:8]} name={OTHER[:8]}",
        "run-20240101_123456-a1b2c3d4 run-20240102_123456-b1c2d3e4",
        "local-rank and then other words of the language which are long enough",
        "--local-rank0 resnet50 imagenet2012 epochs100 cifar10",
        "class ResNet50Backbone(TorchVision2Module):",
        "a " * 100,
        "",
    ],
)
def test_what_is_no_piece(text: str) -> None:
    assert parts(text) == []


def test_pieces_are_masked_in_sentences() -> None:
    assert mask_keys(f"a '{HEX[:18]}' '{HEX[18:]}' b") == "a '…(18 characters)' '…(22 characters)' b"


def test_long_texts_take_no_longer_than_their_length() -> None:
    def cost(size: int) -> float:
        texts = ("a1b2c3d4 ", "ab1-", 'abcd1"', "aB", "_", "a1 \\\n", "local-", "wandb_v1_a1 ")
        started = process_time()
        for text in texts:
            list(key_parts(text * (size // len(text))))
        return process_time() - started

    # Some six seconds if it were ten times as long for a tenth of the length.
    assert cost(400_000) < 6 + 20 * cost(40_000)
