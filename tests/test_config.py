"""Configuration: where it is found, what it says, and what it says wrongly in one line."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envlint.config import KEYS, Config, ConfigError, check_rule_names, find, load, parse
from envlint.finding import Confidence, Severity

EVERYTHING = """
select = ["invalid-value", "relative-path"]
ignore = ["relative-path"]
severity = { invalid-value = "warning", relative-path = "note" }
exclude = ["examples", "!examples/kept"]
per-file-ignores = { "tests/*" = ["all"], "*.env" = ["invalid-value"] }
packs = ["-wandb", "policies/*.toml"]
min-confidence = "low"
fail-on = "error"
loaders = ["docker", "python-dotenv"]
sdk = "0.18.7"
"""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def problem(text: str, path: str = "envlint.toml") -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, path)
    return str(caught.value)


# ---- What a file says


def test_every_key_is_read() -> None:
    assert parse(EVERYTHING, "envlint.toml") == Config(
        select=("invalid-value", "relative-path"),
        ignore=("relative-path",),
        severity={"invalid-value": Severity.WARNING, "relative-path": Severity.NOTE},
        exclude=("examples", "!examples/kept"),
        per_file_ignores={"tests/*": ("all",), "*.env": ("invalid-value",)},
        packs=("-wandb", "policies/*.toml"),
        min_confidence=Confidence.LOW,
        fail_on=Severity.ERROR,
        loaders=("docker", "python-dotenv"),
        sdk="0.18.7",
        path=Path("envlint.toml"),
    )


def test_the_example_of_every_key_names_every_key() -> None:
    named = {line.partition(" = ")[0] for line in EVERYTHING.strip().splitlines()}
    assert named == {key.name for key in KEYS}


def test_nothing_said_leaves_the_defaults() -> None:
    assert parse("", "envlint.toml") == Config(path=Path("envlint.toml"))
    assert parse("[tool.envlint]", "pyproject.toml") == Config(path=Path("pyproject.toml"))


def test_the_documented_defaults_are_the_defaults() -> None:
    written = "".join(f"{key.name} = {key.default}\n" for key in KEYS if key.default != "none")
    assert parse(written, "envlint.toml") == Config(path=Path("envlint.toml"))
    assert [key.name for key in KEYS if key.default == "none"] == ["sdk"]
    assert Config().sdk is None


def test_paths_are_relative_to_the_file() -> None:
    assert parse("", "sub/envlint.toml").folder == Path("sub")
    assert Config().folder is None


# ---- What a file says wrongly


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", "unknown key 'selct'; did you mean 'select'?"),
        ("per_file_ignores = {}", "unknown key 'per_file_ignores'; did you mean 'per-file-ignores'?"),
        ('select = "all"', "select must be a list, and is a text"),
        ("ignore = [1]", "ignore must be a list of texts, and holds a whole number"),
        ("severity = []", "severity must be a table, and is a list"),
        ('severity = { a = "eror" }', "severity.a is 'eror'; did you mean 'error'?"),
        ("severity = { a = 2 }", "severity.a must be a text, and is a whole number"),
        ('exclude = [" "]', "exclude holds ' ', which is no glob"),
        ('exclude = ["a\\u0000b"]', "exclude holds 'a\\x00b', which is no glob"),
        ('per-file-ignores = { "*.env" = "all" }', "per-file-ignores: *.env must be a list, and is a text"),
        ('per-file-ignores = { "" = ["all"] }', "per-file-ignores holds '', which is no glob"),
        ('min-confidence = "hihg"', "min-confidence is 'hihg'; did you mean 'high'?"),
        ('fail-on = "never"', "fail-on is 'never', which is none of error, note, warning"),
        ("fail-on = true", "fail-on must be a text, and is true or false"),
        ('loaders = ["dotenv"]', "loaders holds 'dotenv'; did you mean 'python-dotenv'?"),
        ("sdk = 0.31", "sdk must be a text, and is a number"),
        ('sdk = ">=0.31"', "sdk is '>=0.31', which is no version such as 0.31.0"),
        ("[tool.envlint]", "[tool.envlint] is for pyproject.toml; in envlint.toml its keys stand at the top"),
        ("select = ]", "is not TOML: Invalid value (at line 1, column 10)"),
    ],
)
def test_a_mistake_is_named(text: str, message: str) -> None:
    assert problem(text) == f"envlint.toml: {message}"


def test_in_a_project_file_the_table_is_named() -> None:
    assert problem("[tool.envlint]\nselct = []", "pyproject.toml") == (
        "pyproject.toml: [tool.envlint]: unknown key 'selct'; did you mean 'select'?"
    )
    assert problem("[tool]\nenvlint = 1", "pyproject.toml") == "pyproject.toml: tool.envlint must be a table"
    assert problem("[tool.ruff]", "pyproject.toml") == "pyproject.toml: has no [tool.envlint]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('select = ["invalid-valeu"]', "select: there is no rule 'invalid-valeu'; did you mean 'invalid-value'?"),
        ('ignore = ["relative"]', "ignore: there is no rule 'relative'; did you mean 'relative-path'?"),
        ('severity = { x = "note" }', "severity: there is no rule 'x', which is none of invalid-value, relative-path"),
        (
            'severity = { all = "note" }',
            "severity: there is no rule 'all', which is none of invalid-value, relative-path",
        ),
        (
            'per-file-ignores = { "*.env" = ["invalid"] }',
            "per-file-ignores.*.env: there is no rule 'invalid'; did you mean 'invalid-value'?",
        ),
    ],
)
def test_a_rule_that_does_not_exist_is_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_rule_names(parse(text, "envlint.toml"), {"invalid-value", "relative-path"})
    assert str(caught.value) == f"envlint.toml: {message}"


def test_all_stands_for_every_rule() -> None:
    config = parse('select = ["all"]\nignore = ["all"]\nper-file-ignores = { "*.env" = ["all"] }', "envlint.toml")
    check_rule_names(config, {"invalid-value"})


def test_an_error_shows_no_key() -> None:
    key = "wandb_v1_" + "aB3" * 26
    said = problem(f'select = []\n{key} = "{key}"\n')
    assert key[:20] not in said


# ---- Where it is found


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, None),
        ({"envlint.toml": ""}, "envlint.toml"),
        ({"pyproject.toml": "[tool.envlint]"}, "pyproject.toml"),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 1"}, None),
        ({"pyproject.toml": "# see envlint"}, None),
        ({"pyproject.toml": "[tool.envlint]", "envlint.toml": ""}, "envlint.toml"),
        ({"pyproject.toml": "[tool.envlint]", "a/envlint.toml": ""}, "a/envlint.toml"),
        ({"envlint.toml": "", "a/pyproject.toml": "[tool.ruff]"}, "envlint.toml"),
        ({"envlint.toml": "", "a/pyproject.toml": "[tool.envlint]"}, "a/pyproject.toml"),
        ({"envlint.toml": "", "a/b/envlint.toml": ""}, "a/b/envlint.toml"),
        ({"envlint.toml": "", "a/b/c/envlint.toml": ""}, "envlint.toml"),
        # A project file that is broken, but never speaks of envlint, is none of our business.
        ({"envlint.toml": "", "a/pyproject.toml": "[["}, "envlint.toml"),
    ],
)
def test_the_nearest_file_upward_is_found(tmp_path: Path, files: dict[str, str], found: str | None) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    write(tmp_path, files)
    expected = tmp_path.resolve() / found if found is not None else None
    assert find(tmp_path / "a" / "b", tmp_path) == expected


def test_the_search_ends_at_the_root_of_the_project(tmp_path: Path) -> None:
    write(tmp_path, {"envlint.toml": "", "project/sub/x": ""})
    assert find(tmp_path / "project" / "sub", tmp_path / "project") is None


def test_from_outside_the_project_only_its_root_is_looked_at(tmp_path: Path) -> None:
    write(tmp_path, {"elsewhere/envlint.toml": "", "project/envlint.toml": "", "bare/x": ""})
    assert find(tmp_path / "elsewhere", tmp_path / "project") == tmp_path.resolve() / "project" / "envlint.toml"
    assert find(tmp_path / "elsewhere", tmp_path / "bare") is None


def test_without_a_root_a_home_folder_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"envlint.toml": "", "project/sub/x": ""})
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert find(tmp_path / "project" / "sub") is None
    write(tmp_path, {"project/envlint.toml": ""})
    assert find(tmp_path / "project" / "sub") == tmp_path.resolve() / "project" / "envlint.toml"


def test_a_broken_project_file_that_speaks_of_envlint_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.envlint\n"})
    with pytest.raises(ConfigError, match=r"pyproject.toml: is not TOML"):
        find(tmp_path, tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_what_is_no_regular_file_is_passed_over_and_never_blocks(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "envlint.toml")
    (tmp_path / "pyproject.toml").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "envlint.toml").symlink_to("envlint.toml")
    (tmp_path / "a" / "pyproject.toml").symlink_to("nowhere")
    assert find(tmp_path / "a", tmp_path) is None
    with pytest.raises(ConfigError, match="is not a regular file"):
        load(tmp_path / "envlint.toml")


def test_a_link_to_a_file_is_read_where_it_lies(tmp_path: Path) -> None:
    write(tmp_path, {"shared/team.toml": 'sdk = "0.31.0"'})
    (tmp_path / "envlint.toml").symlink_to(tmp_path / "shared" / "team.toml")
    assert load(tmp_path / "envlint.toml").folder == tmp_path


def test_a_missing_or_huge_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"envlint.toml: cannot be read: no such file or directory$"):
        load(tmp_path / "envlint.toml")
    with (tmp_path / "pyproject.toml").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ConfigError, match=r"pyproject.toml: is larger than 1024 KiB"):
        find(tmp_path, tmp_path)


@given(st.data())
def test_no_damage_to_a_configuration_raises_anything_but_its_own_error(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(EVERYTHING)))
    end = data.draw(st.integers(start, min(len(EVERYTHING), start + 40)))
    with suppress(ConfigError):
        parse(EVERYTHING[:start] + data.draw(st.text(max_size=20)) + EVERYTHING[end:], "envlint.toml")
