"""The loaders against the real ones, on generated .env files: no value that is claimed may be another one, and
nothing may be missed that is not said to be unknown. Those that are not installed are skipped."""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import real_loaders
from dotenv_files import FORMS, generated

from envlint.loaders import read
from envlint.loaders.reading import Reading
from envlint.source import Source

Reach = Callable[[str, Mapping[str, tuple[int, int]]], None]
Real = dict[str, str]


def form_of(name: str, forms: Mapping[str, str]) -> str:
    """The form of the line that sets a name, whatever the form adds to the name."""
    core = name.upper().lstrip("1A-.É").removesuffix("_LATER").rstrip("+")
    return forms.get(core, "other lines' rest")


class Tally:
    """What was claimed, form by form."""

    def __init__(self) -> None:
        self.claimed: dict[str, int] = defaultdict(int)
        self.total: dict[str, int] = defaultdict(int)

    def add(self, reading: Reading, text: str, forms: Mapping[str, str], real: Real) -> None:
        """Holds one reading against what the real loader sets."""
        claims = {entry.name: entry.value.unset() for entry in reading.entries}
        for name, value in claims.items():
            possible = value.possible()
            assert not value.exhaustive or set(possible) == {real.get(name)}, (name, text)
        for name in real:
            assert name in claims or not reading.complete, (name, text)
            form = form_of(name, forms)
            self.total[form] += 1
            self.claimed[form] += name in claims and claims[name].text is not None

    @property
    def rows(self) -> dict[str, tuple[int, int]]:
        return {form: (self.claimed[form], self.total[form]) for form in sorted(self.total)}

    @property
    def share(self) -> float:
        return sum(self.claimed.values()) / sum(self.total.values())


def files(seed: int, count: int) -> list[tuple[str, dict[str, str]]]:
    chance = random.Random(seed)
    return [generated(chance) for _ in range(count)]


def reading_of(loader: str, text: str) -> Reading:
    return read(loader, Source(".env", text.encode()))


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash(tmp_path: Path, reach: Reach) -> None:
    tally = Tally()
    for text, forms in files(41, 400):
        tally.add(reading_of("bash", text), text, forms, real_loaders.bash(text, tmp_path))
    reach("loader: bash", tally.rows)
    assert tally.share >= 0.8


@pytest.mark.skipif(real_loaders.without_node() is not None, reason=str(real_loaders.without_node()))
def test_node(reach: Reach) -> None:
    tally = Tally()
    made = files(42, 3_000)
    for (text, forms), real in zip(made, real_loaders.node([text for text, _ in made]), strict=True):
        tally.add(reading_of("node", text), text, forms, real)
    reach("loader: node", tally.rows)
    assert tally.share >= 0.98
    assert set(FORMS) - set(tally.total) <= {"; comment"}


@pytest.mark.skipif(not real_loaders.GENERATOR.exists(), reason="systemd's environment generator is not installed")
def test_systemd(tmp_path: Path, reach: Reach) -> None:
    tally = Tally()
    for text, forms in files(43, 700):
        if not real_loaders.is_alike_in_environment_d(text):
            continue
        reading = reading_of("systemd", text)
        names = {entry.name for entry in reading.entries}
        # The generator refuses empty values, which units take, and adds files of its own.
        real = {name: value for name, value in real_loaders.systemd(text, tmp_path).items() if name in text}
        empty = {entry.name: "" for entry in reading.entries if entry.value.text == "" and entry.name not in real}
        assert names >= real.keys(), text
        tally.add(reading, text, forms, {**real, **empty})
    reach("loader: systemd", tally.rows)
    assert tally.share >= 0.95


@pytest.mark.skipif(real_loaders.without_docker() is not None, reason=str(real_loaders.without_docker()))
def test_docker(tmp_path: Path, reach: Reach) -> None:
    tally = Tally()
    refused = 0
    with real_loaders.docker_daemon() as address:
        for text, forms in files(44, 80):
            reading = reading_of("docker", text)
            real = real_loaders.docker(text, tmp_path, address)
            assert (real is None) == (reading.refused is not None), text
            refused += real is None
            if real is not None:
                tally.add(reading, text, forms, real)
    reach("loader: docker", tally.rows)
    assert tally.share == 1
    assert refused > 10


@pytest.mark.skipif(shutil.which("direnv") is None, reason="direnv is not installed")
def test_direnv(tmp_path: Path, reach: Reach) -> None:
    _hold("direnv", 45, 300, lambda text: real_loaders.direnv(text, tmp_path), reach, least=0.75)


@pytest.mark.skipif(real_loaders.compose_command() is None, reason="compose 2 is not installed")
def test_compose(tmp_path: Path, reach: Reach) -> None:
    _hold("compose", 46, 40, lambda text: real_loaders.compose(text, tmp_path), reach, least=0.75)


def _hold(loader: str, seed: int, count: int, ask: Callable[[str], Real | None], reach: Reach, *, least: float) -> None:
    """Holds a loader that may refuse a file against the real one."""
    tally = Tally()
    refused = 0
    for text, forms in files(seed, count):
        reading = reading_of(loader, text)
        real = ask(text)
        assert reading.refused is None or real is None, text
        assert real is not None or reading.refused is not None or not reading.complete or not reading.entries, text
        refused += real is None
        if real is not None:
            tally.add(reading, text, forms, real)
    reach(f"loader: {loader}", tally.rows)
    assert tally.share >= least
    assert refused
