"""Keys for tests, made when they are needed, of every form; and texts with them in place of marks."""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

HEX = "0123456789abcdef"
ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
WORD = ALNUM + "_"
FORMS = ("cloud", "server", "new", "new of a server", "longer")

_MARK = re.compile("§([A-Za-z])")


def _run(source: random.Random, alphabet: str, length: int) -> str:
    return "".join(source.choice(alphabet) for _ in range(length))


def key(source: random.Random, form: str) -> str:
    """A random key of a form; nothing is sorted out by entropy."""
    match form:
        case "cloud":
            return _run(source, HEX, 40)
        case "server":
            return "local-" + _run(source, ALNUM, 40)
        case "new":
            return f"wandb_v1_{_run(source, ALNUM, 27)}_{_run(source, ALNUM, 49)}"
        case "new of a server":
            return f"team-wandb_v1_{_run(source, WORD, 77)}"
        case _:
            return f"wandb_v1_{_run(source, WORD, 120)}"


@dataclass(frozen=True)
class Filled:
    """A text, and the places of the keys in it: as characters and as (start, end)."""

    text: str
    keys: tuple[tuple[int, int], ...]
    secrets: tuple[str, ...]


def fill(template: str, seed: int, form: str) -> Filled:
    """The template with made-up texts in place of its marks."""
    source = random.Random(f"{seed} {form}")
    pieces: list[str] = []
    keys: list[tuple[int, int]] = []
    secrets: list[str] = []
    at = 0
    for text, mark in _pieces(template):
        if mark is None:
            pieces.append(text)
            at += len(text)
            continue
        written, secret = _made(source, mark, form)
        if secret is not None:
            keys.append((at, at + len(written)))
            secrets.append(secret)
        pieces.append(written)
        at += len(written)
    return Filled("".join(pieces), tuple(keys), tuple(secrets))


def _pieces(template: str) -> Iterator[tuple[str, str | None]]:
    at = 0
    for found in _MARK.finditer(template):
        yield template[at : found.start()], None
        yield "", found[1]
        at = found.end()
    yield template[at:], None


def _made(source: random.Random, mark: str, form: str) -> tuple[str, str | None]:
    """What stands for a mark, and the key in it, if there is one."""
    made = key(source, form)
    match mark:
        case "K":
            return made, made
        case "U":
            made = _run(source, HEX, 40).upper()
            return made, made
        case "P":
            made = f"my-team-{_run(source, ALNUM, 40)}"
            return made, made
        case "B":
            return base64.b64encode(made.encode()).decode(), made
        case "E":
            return base64.b64encode(made.encode() + b"\n").decode(), made
        case "A":
            return base64.b64encode(b"api:" + made.encode()).decode(), made
        case "h":
            return _run(source, HEX, 40), None
        case "H":
            return _run(source, HEX, 40).upper(), None
        case "m":
            half = _run(source, HEX, 36)
            return f"aB{half}Fc", None
        case "d":
            return _run(source, HEX, 64), None
        case "l":
            return "my-wandb_secret_of_the_training_cluster_in_production", None
        case "r":
            return _run(source, ALNUM.lower(), 8), None
        case _:
            return _run(source, ALNUM, 86), None
