"""The dotenv surface against python-dotenv itself, on generated files in which every form is as likely as the next."""

from __future__ import annotations

import io
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

import pytest
from dotenv import dotenv_values

from envlint.facts import Binding, Wanted
from envlint.source import Source
from envlint.surfaces.dotenv import read

FILES = 4_000
WORDS = ("offline", "x", "a-b/c", "https://h:1/p?q=1", "0.5", "été", "w@x,y%H", "{}")

Form = Callable[[Random, str, Sequence[str]], str]
"""Writes a form: given chance, the name to set, and the names that earlier lines set."""


def word(chance: Random) -> str:
    return chance.choice(WORDS)


def earlier(chance: Random, names: Sequence[str]) -> str:
    return chance.choice([*names, "UNSET"])


# One for each row of the table of loaders, and what differs inside a row.
FORMS: Mapping[str, Form] = {
    "plain": lambda c, k, n: f"{k}={word(c)}",
    "export": lambda c, k, n: f"export {k}={word(c)}",
    "blanks around =": lambda c, k, n: f"{k} = {word(c)}",
    "blank after =": lambda c, k, n: f"{k}= {word(c)}",
    "leading blanks": lambda c, k, n: f"  \t{k}={word(c)}",
    "trailing blanks": lambda c, k, n: f"{k}={word(c)}   ",
    "blank and #": lambda c, k, n: f"{k}={word(c)} # {word(c)}",
    "# without blank": lambda c, k, n: f"{k}={word(c)}#{word(c)}",
    "# first": lambda c, k, n: f"{k}=#{word(c)}",
    "blanks, then #": lambda c, k, n: f"{k}=   # {word(c)}",
    "double quotes": lambda c, k, n: f'{k}="{word(c)} {word(c)}"',
    "single quotes": lambda c, k, n: f"{k}='{word(c)} {word(c)}'",
    "quotes and comment": lambda c, k, n: f'{k}="{word(c)}" # {word(c)}',
    "quotes and more": lambda c, k, n: f'{k}="{word(c)}"{word(c)}',
    "escapes": lambda c, k, n: f'{k}="{word(c)}\\n\\t\\"\\\\{word(c)}\\q"',
    "escaped $": lambda c, k, n: f'{k}="a\\$b\\${{{earlier(c, n)}}}"',
    "escape in single quotes": lambda c, k, n: f"{k}='a\\'b\\\\c\\n'",
    "escape, no quotes": lambda c, k, n: f"{k}=a\\nb\\",
    "several lines": lambda c, k, n: f"{k}={(q := c.choice(chr(39) + chr(34)))}{word(c)}\n{word(c)}{q}",
    "backslash at line end": lambda c, k, n: f"{k}={word(c)}\\\n{word(c)}",
    "${A}": lambda c, k, n: f"{k}={word(c)}${{{earlier(c, n)}}}",
    "${A} in double quotes": lambda c, k, n: f'{k}="${{{earlier(c, n)}}} {word(c)}"',
    "${A} in single quotes": lambda c, k, n: f"{k}='{word(c)} ${{{earlier(c, n)}}}'",
    "$A": lambda c, k, n: f"{k}=${earlier(c, n)}",
    "${A:-d}": lambda c, k, n: f"{k}=${{{earlier(c, n)}:-{word(c)}}}",
    "${A:-}": lambda c, k, n: f"{k}=${{{earlier(c, n)}:-}}{word(c)}",
    "${A:-${B}}": lambda c, k, n: f"{k}=${{{earlier(c, n)}:-${{{earlier(c, n)}}}}}",
    "${A:x}, ${A": lambda c, k, n: f"{k}={c.choice(['${A:x}', '${A', '${', '${}', '${A:', '${:-d}'])}{word(c)}",
    "own name": lambda c, k, n: f"{k}={word(c)}\n{k}=${{{k}}}{word(c)}",
    "forward reference": lambda c, k, n: f"{k}=${{{k}_LATER}}\n{k}_LATER=1",
    "$(command)": lambda c, k, n: f"{k}=$(echo {word(c)})",
    "backticks": lambda c, k, n: f"{k}=`{word(c)}`",
    "blanks, no quotes": lambda c, k, n: f"{k}={word(c)} {word(c)}",
    "; and &": lambda c, k, n: f"{k}={word(c)};{word(c)}&{word(c)}",
    "~": lambda c, k, n: f"{k}=~/{word(c)}",
    "JSON": lambda c, k, n: f'{k}={{"a": "{word(c)}", "b": [1]}}',
    "K: v": lambda c, k, n: f"{k}: {word(c)}",
    "name alone": lambda c, k, n: k,
    "empty": lambda c, k, n: f"{k}={c.choice(['', '  ', chr(34) * 2, chr(39) * 2])}",
    "odd names": lambda c, k, n: f"{c.choice(['1', 'a-', 'a.', 'é'])}{k}={word(c)}",
    "quoted name": lambda c, k, n: f"'{k}'={word(c)}",
    "+=": lambda c, k, n: f"{k}+={word(c)}",
    "lower case": lambda c, k, n: f"{k.lower()}={word(c)}",
    "duplicate": lambda c, k, n: f"{earlier(c, n)}={word(c)}",
    "CRLF": lambda c, k, n: f"{k}={c.choice(['', chr(34)])}{word(c)}\r",
    "; comment": lambda c, k, n: f"; {word(c)}",
    "# comment": lambda c, k, n: f"  # {k}={word(c)} '",
    "unclosed quote": lambda c, k, n: f"{k}={c.choice(chr(39) + chr(34))}{word(c)}",
    "NUL": lambda c, k, n: f"{k}={word(c)}\0{word(c)}",
    "= in the value": lambda c, k, n: f"{k}={word(c)}={word(c)}",
    "$ at the end": lambda c, k, n: f"{k}={word(c)}$",
    "%": lambda c, k, n: f"{k}=%H{word(c)}%%",
    "blanks of Unicode": lambda c, k, n: f"{k}\u00a0=\u2003{word(c)}\u2028#\x1c{word(c)}\x85",
}


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name != "PYTEST_CURRENT_TEST":
            monkeypatch.delenv(name)


def generated(chance: Random) -> tuple[str, dict[str, str]]:
    """A file, and the form that sets each of its names."""
    lines: list[str] = []
    forms: dict[str, str] = {}
    for number in range(chance.randrange(1, 6)):
        form = chance.choice(list(FORMS))
        name = f"K{number}"
        lines.append(FORMS[form](chance, name, list(forms)))
        forms[name] = form
    mark = chance.choice(["", "", "", "\ufeff"])
    return mark + "\n".join(lines) + chance.choice(["\n", ""]), forms


def form_of(name: str, forms: Mapping[str, str]) -> str:
    """The form of the line that sets a name, whatever the form adds to the name."""
    core = name.upper().lstrip("1A-.É").removesuffix("_LATER").rstrip("+")
    return forms.get(core, "duplicate" if core == "UNSET" else "left over from a broken line")


def test_every_value_is_that_of_dotenv_values(reach: Callable[[str, Mapping[str, tuple[int, int]]], None]) -> None:
    chance = Random(20)
    claimed: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    seen: set[str] = set()
    for _ in range(FILES):
        text, forms = generated(chance)
        seen.update(forms.values())
        # Text mode, as dotenv_values opens a file: CR LF and CR become LF.
        real = dotenv_values(stream=io.StringIO(text, newline=None))
        ours = {binding.variable: binding.value.unset() for binding in facts_of(text)}
        assert set(ours) == {name for name, value in real.items() if value is not None}, repr(text)
        for name, value in ours.items():
            possible = value.possible()
            assert set(possible) <= {real[name]}, repr(text)
            assert possible or not value.exhaustive, repr(text)
            total[form_of(name, forms)] += 1
            claimed[form_of(name, forms)] += value.text is not None
    assert seen == set(FORMS)
    reach("dotenv", {form: (claimed[form], total[form]) for form in sorted(total)})
    assert sum(claimed.values()) >= 0.98 * sum(total.values())


def facts_of(text: str) -> list[Binding]:
    return list(read(Source(".env", text.encode()), Wanted()).bindings())


def test_as_many_statements_are_dropped_as_python_dotenv_warns_of(caplog: pytest.LogCaptureFixture) -> None:
    chance = Random(21)
    caplog.set_level(logging.WARNING, logger="dotenv.main")
    dropped = 0
    for _ in range(FILES // 4):
        text, _ = generated(chance)
        caplog.clear()
        dotenv_values(stream=io.StringIO(text, newline=None))
        unreadable = read(Source(".env", text.encode()), Wanted(needles=("",))).unreadable
        assert len(unreadable) == len(caplog.records), repr(text)
        dropped += len(unreadable)
    assert dropped > 100


def test_files_are_read_as_from_disk(tmp_path: Path) -> None:
    chance = Random(22)
    path = tmp_path / ".env"
    for _ in range(200):
        text, _ = generated(chance)
        path.write_bytes(text.encode())
        real = dotenv_values(path)
        ours = {binding.variable: binding.value.unset().text for binding in facts_of(text)}
        assert ours == {name: value for name, value in real.items() if value is not None}, repr(text)


@pytest.mark.parametrize("data", [b"A=\xff\n", "A=1\n".encode("utf-16"), b"# \x80\nA=1\n", "A=1".encode("utf-32")])
def test_a_file_that_python_dotenv_cannot_decode_is_unreadable(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / ".env"
    path.write_bytes(data)
    with pytest.raises(UnicodeDecodeError):
        dotenv_values(path)
    assert len(read(Source(".env", data), Wanted()).unreadable) == 1
