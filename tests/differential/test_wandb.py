"""Differential tests of the pack's variables against the wandb package itself.

The expected side is computed here and now, by the installed package; nothing is stored. What raises is:

- for every variable, `Settings().update_from_env_vars({name: text})`, which is how the package reads its environment;
- for the few that the package reads besides or only elsewhere, that reader too: see `_ELSEWHERE`;
- for arguments, `wandb.Settings(parameter=text)` and `wandb.init(parameter=text)`, the latter stopped after
  it has taken its arguments and before it starts anything.

Envlint flags a text if invalid-value or overlong-value does, on the line or argument that holds it. Limits
that the server sets, and the package leaves to it, are no disagreement: see `_SERVERS_LIMITS`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from envlint.pack import Pack
from envlint.packs import load_builtin

wandb = importlib.import_module("wandb")
AgentError = importlib.import_module("wandb.wandb_agent").AgentError

sys.path.insert(0, str(Path(__file__).parent))
from setting_lines import binding, call, flagged, server_limits  # noqa: E402
from setting_texts import texts  # noqa: E402

_SDK = "0.31.0"

_SERVERS_LIMITS = {
    "WANDB_RUN_ID": "64 characters are documented; the package sends more",
}
"""Variables whose length only the server limits: an overlong-value there is no claim about the package."""

_EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("WANDB_HTTP_TIMEOUT", "١٢"): "int() takes other scripts' digits, and then the settings refuse them",
    (
        "WANDB_X_HISTORY_VALUE_ENCODING",
        "typed",
    ): "the one word that raises, where any other is ignored; ignored-value says so",
}
"""The deliberate disagreements: variable (its other spellings included) and text -> the reason."""

_VERDICT = {True: "raises", False: "takes it"}


class _Taken(Exception):
    """wandb.init has taken its arguments."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_builtin("wandb")


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("wandb.termwarn", lambda *args, **kwargs: None)
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))


def test_it_is_the_release_that_the_pack_describes() -> None:
    assert wandb.__version__ == load_builtin("wandb").sdk == _SDK


def test_environment(pack: Pack, monkeypatch: pytest.MonkeyPatch, reach: Callable[..., None]) -> None:
    tried = {variable.name: texts(variable) for variable in pack.variables}
    assert all(len(every) >= 60 for every in tried.values())
    lines = flagged(pack, {name: [binding(name, text) for text in every] for name, every in tried.items()}, _SDK)
    rows: dict[str, tuple[int, int]] = {}
    wrong: list[str] = []
    for variable in pack.variables:
        every = tried[variable.name]
        settings = wandb.Settings()
        expected = [_raises(settings, variable.name, text, monkeypatch) for text in every]
        got = [number in lines[variable.name] for number in range(len(every))]
        agreed = [e == g for e, g in zip(expected, got, strict=True)]
        kind = variable.spec(None).kind if variable.spec(None).read else "not read"
        known, total = rows.get(kind, (0, 0))
        rows[kind] = (known + sum(agreed), total + len(every))
        wrong += [
            f"{variable.name}={text!r}: the package {_VERDICT[e]}, envlint {'flags it' if g else 'is silent'}"
            for text, e, g in zip(every, expected, got, strict=True)
            if e != g and (variable.alias_of or variable.name, text) not in _EXCEPTIONS
        ]
    reach("settings from the environment, agreeing with wandb 0.31.0", rows)
    reach(
        "deliberate exceptions",
        {f"{name} {text!r}: {why}": (0, 1) for (name, text), why in _EXCEPTIONS.items()}
        | {f"{name} over its limit: {why}": (0, 1) for name, why in _SERVERS_LIMITS.items()},
    )
    assert not wrong, f"{len(wrong)} disagree\n" + "\n".join(wrong[:80])


def test_arguments(pack: Pack, monkeypatch: pytest.MonkeyPatch, reach: Callable[..., None]) -> None:
    monkeypatch.setattr("wandb.sdk.wandb_init.get_telemetry_recorder", _stop)
    accepting = {"wandb.Settings": _settings_takes, "wandb.init": _init_takes}
    pairs = [
        (variable, function, parameter)
        for variable in pack.variables
        for function, _, parameter in (pair.partition(":") for pair in variable.arguments)
        if function in accepting
    ]
    tried = {f"{function}:{parameter}": texts(variable) for variable, function, parameter in pairs}
    lines = flagged(
        pack,
        {pair: [call(*pair.split(":"), text) for text in every] for pair, every in tried.items()},
        _SDK,
    )
    rows: dict[str, tuple[int, int]] = {}
    wrong: list[str] = []
    for variable, function, parameter in pairs:
        pair = f"{function}:{parameter}"
        for number, text in enumerate(tried[pair]):
            raises, got = not accepting[function](parameter, text), number in lines[pair]
            known, total = rows.get(function, (0, 0))
            rows[function] = (known + (raises == got), total + 1)
            if raises != got and (variable.name, text) not in _EXCEPTIONS:
                wrong.append(f"{pair} {text!r}: the package {_VERDICT[raises]}")
    reach("arguments, agreeing with wandb 0.31.0", rows)
    assert not wrong, f"{len(wrong)} disagree\n" + "\n".join(wrong[:80])


def test_the_servers_limits_are_all_named(pack: Pack) -> None:
    limits = {variable.alias_of or variable.name for variable in pack.variables if server_limits(variable, _SDK)}
    assert limits == set(_SERVERS_LIMITS)


def test_every_setting_is_known(pack: Pack) -> None:
    fields = set(wandb.Settings.model_fields) | {"x_primary"}
    names = {variable.name for variable in pack.variables}
    folded = {name[len("WANDB_") :].lower() for name in names if name.startswith("WANDB_")}
    settable = {field for field in fields if field in wandb.Settings().__dict__}
    assert len(settable) >= 156
    assert {field for field in settable if field not in folded} == set()
    private = {name[len("WANDB__") :].lower() for name in names if name.startswith("WANDB__")}
    assert {field[2:] for field in settable if field.startswith("x_")} <= private


def _raises(settings: Any, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    if not _takes(lambda: settings.update_from_env_vars({name: text})):
        return True
    if name not in _ELSEWHERE:
        return False
    with monkeypatch.context() as patch:
        patch.setenv(name, text)
        return not _takes(_ELSEWHERE[name])


def _takes(read: Callable[[], object]) -> bool:
    try:
        read()
    except (ValueError, TypeError, wandb.Error, AgentError):
        return False
    return True


def _settings_takes(parameter: str, text: str) -> bool:
    return _takes(lambda: wandb.Settings(**{parameter: text}))


def _init_takes(parameter: str, text: str) -> bool:
    try:
        return _takes(lambda: wandb.init(**{parameter: text}))
    except _Taken:
        return True


def _stop() -> None:
    raise _Taken


def _agent() -> object:
    """What `wandb agent` makes first; it raises where an interval cannot be read."""
    return wandb.wandb_agent.Agent(None, None)


def _launch_timeout() -> object:
    """The launch agent reads its timeout when it is imported."""
    return importlib.reload(importlib.import_module("wandb.sdk.launch.agent.agent"))


def _launch_config() -> object:
    """What `wandb launch-agent` makes of its settings before it asks the server."""
    with mock.patch("wandb.sdk.launch.api.LaunchApi"):
        return importlib.import_module("wandb.sdk.launch._launch").resolve_agent_config(None, None, None, None, None)


_ELSEWHERE: Mapping[str, Callable[[], object]] = {
    "WANDB_HTTP_TIMEOUT": lambda: wandb.env.get_http_timeout(),
    "WANDB_ARTIFACT_FETCH_FILE_URL_BATCH_SIZE": lambda: wandb.env.get_artifact_fetch_file_url_batch_size(),
    "WANDB_AGENT_REPORT_INTERVAL": _agent,
    "WANDB_AGENT_KILL_DELAY": _agent,
    "WANDB_LAUNCH_MAX_JOBS": _launch_config,
    "WANDB_LAUNCH_START_TIMEOUT": _launch_timeout,
}
"""The readers besides the settings: wandb.Api's timeout, the download of artifacts, agents of sweeps and of launch."""
