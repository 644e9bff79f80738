"""Placeholders: what stands in a pack's examples where a key would, so that a pack holds nothing like one.

The keys are made up, and the same in every run: they are of the shapes that real ones have, and open nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random

_PLACEHOLDER = re.compile(r"\{\{([a-z0-9-]+)\}\}")
_HEX = "0123456789abcdef"
_ALNUM = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

# Texts that stand as they are, and runs of made-up characters: an alphabet and how many.
_SHAPES: Mapping[str, tuple[str | tuple[str, int], ...]] = {
    "key40": ((_HEX, 40),),
    "key86": ("wandb_v1_", (_ALNUM, 27), "_", (_ALNUM, 49)),
    "key-local": ("local-", (_ALNUM, 40)),
}
_RUN = re.compile(r"(hex|alnum)([1-9][0-9]{0,2})")
_ALPHABETS = {"hex": _HEX, "alnum": _ALNUM}
NAMES = (*_SHAPES, "hex40", "alnum40")
"""The placeholders there are; the last two with any number of up to three digits."""


def unknown(text: str) -> str | None:
    """The first placeholder in a text that is not one of NAMES, without its braces; `${{ this }}` is none."""
    return next((found[1] for found in _PLACEHOLDER.finditer(text) if not _shape(found[1])), None)


def fill(text: str) -> str:
    """The text with a made-up key in place of each placeholder: {{key40}}, {{key86}}, {{key-local}}, or a run of
    hex digits or of letters and digits, {{hex32}}, {{alnum34}}, for the keys of other vendors."""
    return _PLACEHOLDER.sub(lambda found: _made_up(found[1]), text)


def _made_up(name: str) -> str:
    # A seeded Random.random() gives the same numbers in every version of Python; its other methods need not.
    random = Random(f"envlint {name}").random
    return "".join(
        piece if isinstance(piece, str) else "".join(piece[0][int(random() * len(piece[0]))] for _ in range(piece[1]))
        for piece in _shape(name)
    )


def _shape(name: str) -> tuple[str | tuple[str, int], ...]:
    """What a placeholder stands for; nothing where there is none of that name."""
    run = _RUN.fullmatch(name)
    return ((_ALPHABETS[run[1]], int(run[2])),) if run is not None else _SHAPES.get(name, ())
