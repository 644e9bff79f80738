"""Notebooks written readably: `# %%` begins a code cell, `# %% [markdown]` or `# %% [raw]` one of another kind, and
`# %% [output]` what the code cell before it printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_MARK = re.compile(r"# %%(?: \[(\w+)\])?\n")


def notebook(text: str) -> tuple[str, dict[int, int]]:
    """A notebook as Jupyter saves it, and for each line of its JSON that spells one of the text, that one's number."""
    cells: list[dict[str, object]] = []
    typed: list[tuple[str, int]] = []
    for kind, lines in _parts(text):
        typed += lines
        source = [line for line, _ in lines]
        if kind == "output":
            cells[-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": source}]
        else:
            cells.append({"cell_type": kind, "metadata": {}, "source": source})
    document = json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": cells}, indent=1, ensure_ascii=False)
    return document, dict(_places(document, typed))


def cells(*sources: str) -> str:
    """A notebook of code cells."""
    return notebook("".join(f"# %%\n{source}\n" for source in sources))[0]


def _parts(text: str) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """The kind of each part and its lines with their numbers; the last of them has no line end."""
    kind, lines = "", list[tuple[str, int]]()
    for number, line in enumerate([*text.splitlines(keepends=True), "# %%\n"], 1):
        mark = _MARK.fullmatch(line)
        if mark is None:
            lines.append((line, number))
            continue
        if kind:
            while lines and not lines[-1][0].strip():
                lines.pop()
            yield kind, [*lines[:-1], *((line.rstrip("\n"), at) for line, at in lines[-1:])]
        kind, lines = mark[1] or "code", []


def _places(document: str, typed: list[tuple[str, int]]) -> Iterator[tuple[int, int]]:
    waiting = iter(typed)
    line, number = next(waiting, ("", 0))
    for at, written in enumerate(document.splitlines(), 1):
        if number and written.strip().removesuffix(",") == json.dumps(line, ensure_ascii=False):
            yield at, number
            line, number = next(waiting, ("", 0))
