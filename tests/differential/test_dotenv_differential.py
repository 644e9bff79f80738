"""The dotenv surface against python-dotenv itself, on generated files in which every form is as likely as the next."""

from __future__ import annotations

import io
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest
from dotenv import dotenv_values
from dotenv_files import FORMS, generated

from envlint.facts import Binding, Wanted
from envlint.source import Source
from envlint.surfaces.dotenv import read

FILES = 4_000


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name != "PYTEST_CURRENT_TEST":
            monkeypatch.delenv(name)


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
