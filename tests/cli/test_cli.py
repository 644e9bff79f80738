"""The command line: exit codes, bad input, and what goes where."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from envlint.cli import main

KEY = "".join(random.Random(1).choices("0123456789abcdef", k=40))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "ENVLINT_OUTPUT_FORMAT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "envlint.toml").write_text("")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    streams = capsys.readouterr()
    return code, streams.out, streams.err


FILES = {
    "wrong": ("train.sh", "export WANDB_MODE=disable\n"),
    "warned": (".env", "WANDB_DIR=runs\n"),
    "noted": ("train.py", "import os, wandb\nos.environ['WANDB_MODE'] = 'offline'\nwandb.init(mode='offline')\n"),
    "right": (".env", "WANDB_MODE=offline\n"),
    "broken": ("broken.py", "import wandb\nwandb.init(\n"),
    "broken but not ours": ("broken.py", "print(\n"),
}


@pytest.mark.parametrize(
    ("files", "options", "code"),
    [
        (["wrong"], [], 1),
        (["wrong"], ["--exit-zero"], 0),
        (["wrong"], ["--ignore", "invalid-value"], 0),
        (["wrong"], ["--select", "relative-path"], 0),
        (["warned"], [], 1),
        (["warned"], ["--fail-on", "error"], 0),
        (["noted"], [], 0),
        (["noted"], ["--fail-on", "note"], 1),
        (["right"], [], 0),
        (["broken"], [], 3),
        (["broken"], ["--fail-on", "note"], 3),
        (["broken"], ["--exit-zero"], 0),
        (["broken"], ["--ignore", "unreadable-source"], 0),
        (["broken", "wrong"], [], 1),
        (["broken but not ours"], [], 0),
        ([], [], 0),
    ],
)
@pytest.mark.parametrize("form", ["text", "concise", "json", "sarif", "github"])
def test_exit_codes_are_the_same_for_every_format(
    project: Path, capsys: pytest.CaptureFixture[str], files: list[str], options: list[str], code: int, form: str
) -> None:
    for file in files:
        name, text = FILES[file]
        (project / name).write_text(text)
    assert run(capsys, "check", "--output-format", form, *options)[0] == code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "a command is needed"),
        (["chek"], "chek"),
        (["check", "no-such-file"], "no-such-file: no such file"),
        (["check", "--select", "invalid-valu"], "invalid-value"),
        (["check", "--ignore", "nonsense"], "nonsense"),
        (["check", "--fail-on", "fatal"], "fatal"),
        (["check", "--output-format", "xml"], "xml"),
        (["check", "--unsafe-fixes"], "--fix"),
        (["check", "--history"], "--history"),
        (["check", "--config", "missing.toml"], "missing.toml"),
        (["check", "--config", "envlint.toml", "--isolated"], "exclude each other"),
        (["check", "-o", "no/such/folder/report.json"], "no/such/folder"),
        (["rules", "invalid-valu"], "invalid-value"),
        (["variables", "WANDB_MOD"], "WANDB_MODE"),
        (["pack", "check", "missing.toml"], "missing.toml"),
        (["pack"], "ACTION"),
    ],
)
def test_a_mistake_in_the_call_is_one_clear_line(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert words in err
    assert err.startswith("envlint: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("envlint.toml", "ignroe = []\n", "ignore"),
        ("envlint.toml", "ignore = ['no-such-rule']\n", "no-such-rule"),
        ("envlint.toml", "ignore = [\n", "envlint.toml"),
        ("pyproject.toml", "[tool.envlint]\nfail-on = 'fatal'\n", "fatal"),
        ("envlint.toml", "packs = ['mine.toml']\n", "mine.toml"),
    ],
)
def test_a_broken_configuration_is_one_clear_line(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, words: str
) -> None:
    (project / "envlint.toml").unlink()
    (project / name).write_text(text)
    code, out, err = run(capsys, "check")
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_everything_else_is_still_reported_beside_a_broken_file(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "train.py").write_bytes(b"import wandb\nwandb.init(\xff\n")
    (project / ".env").write_text("WANDB_MODE=disable\n")
    code, out, _ = run(capsys, "check", "--output-format", "concise")
    assert code == 1
    assert "train.py:" in out
    assert "unreadable-source" in out
    assert ".env:1:12: error[invalid-value]" in out


def test_a_key_is_found_in_a_broken_file_and_not_shown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "train.py").write_text(f'import os\nos.environ["WANDB_API_KEY"] = "{KEY}"\nwandb.init(\n')
    for form in ("text", "concise", "json", "sarif", "github"):
        code, out, err = run(capsys, "check", "--output-format", form)
        assert code == 1
        assert "committed-api-key" in out
        assert not any(KEY[at : at + 8] in out + err for at in range(len(KEY) - 7))


def test_the_report_goes_to_a_file_whole(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".env").write_text("WANDB_MODE=disable\n")
    code, out, _ = run(capsys, "check", "--output-format", "json", "-o", "report.json")
    assert (code, out) == (1, "")
    assert len(json.loads((project / "report.json").read_text())["findings"]) == 1
    assert sorted(path.name for path in project.iterdir()) == [".env", "envlint.toml", "report.json"]


def test_findings_go_to_standard_output_and_notices_do_not(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "data.bin").write_bytes(b"\0" * (10 << 20) + b"\0")
    code, out, err = run(capsys, "check")
    assert code == 0
    assert "larger than 10 MB" in err
    assert "larger" not in out
    assert run(capsys, "check", "--quiet")[2] == ""


def test_same_input_same_output(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(20):
        (project / f"{number}.sh").write_text("export WANDB_MODE=disable WANDB_DIR=x\n")
    first = run(capsys, "check", "--output-format", "sarif")
    assert run(capsys, "check", "--output-format", "sarif") == first


def test_a_named_file_is_read_though_ignored_and_excluded(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".gitignore").write_text("*.sh\n")
    (project / "train.sh").write_text("export WANDB_MODE=disable\n")
    (project / "envlint.toml").write_text("exclude = ['*.sh']\n")
    assert run(capsys, "check")[0] == 0
    assert run(capsys, "check", "train.sh")[0] == 1
    assert run(capsys, "check", "--force-exclude", "train.sh")[0] == 0


def test_the_severity_of_a_rule_is_the_projects_to_choose(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "envlint.toml").write_text("[severity]\nrelative-path = 'note'\n")
    (project / ".env").write_text("WANDB_DIR=runs\n")
    code, out, _ = run(capsys, "check", "--output-format", "concise")
    assert code == 0
    assert "note[relative-path]" in out


def test_rules_are_ignored_per_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "envlint.toml").write_text("[per-file-ignores]\n'tests/**' = ['invalid-value']\n")
    (project / "tests").mkdir()
    (project / "tests" / "a.sh").write_text("export WANDB_MODE=disable\n")
    assert run(capsys, "check")[0] == 0
    (project / "a.sh").write_text("export WANDB_MODE=disable\n")
    assert run(capsys, "check")[0] == 1


def test_paths_in_a_configuration_are_relative_to_it(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    inner = project / "inner"
    inner.mkdir()
    (inner / "envlint.toml").write_text("exclude = ['/a.sh']\n")
    for folder in (project, inner):
        (folder / "a.sh").write_text("export WANDB_MODE=disable\n")
    monkeypatch.chdir(inner)
    code, out, _ = run(capsys, "check", "--output-format", "concise", "..")
    assert code == 1
    assert out.startswith("../a.sh:1:19: ")
    assert "inner" not in out.partition("../a.sh")[2]


def test_the_version_names_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out.startswith("envlint-policy ")


def test_a_closed_pipe_is_no_error(project: Path) -> None:
    for number in range(500):
        (project / f"{number}.sh").write_text("export WANDB_MODE=disable\n")
    command = f'"{sys.executable}" -m envlint check | head -n 1'
    done = subprocess.run(["bash", "-c", command], cwd=project, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.startswith("error[invalid-value]")


@pytest.mark.parametrize(
    ("environment", "options", "colored"),
    [
        ({}, [], False),
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
        ({"FORCE_COLOR": "1"}, ["--color", "never"], False),
    ],
)
def test_colours(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    options: list[str],
    colored: bool,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (project / ".env").write_text("WANDB_MODE=disable\n")
    assert ("\x1b[" in run(capsys, "check", *options)[1]) is colored


def test_the_format_may_come_from_the_environment(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVLINT_OUTPUT_FORMAT", "json")
    assert json.loads(run(capsys, "check")[1])["findings"] == []
    assert run(capsys, "check", "--output-format", "text")[1].startswith("No problems found")


def test_facts_are_shown_whatever_variable(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".env").write_text("WANDB_MODE=offline\nOTHER=1\n")
    code, out, _ = run(capsys, "facts", "--output-format", "json")
    assert code == 0
    assert [(b["variable"], b["value"], b["line"]) for b in json.loads(out)["bindings"]] == [
        ("WANDB_MODE", "offline", 1),
        ("OTHER", "1", 2),
    ]


def test_settings_and_files_can_be_shown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".env").write_text("WANDB_MODE=disable\n")
    code, out, _ = run(capsys, "check", "--show-files")
    assert (code, out.split()) == (0, [".env", "envlint.toml"])
    code, out, _ = run(capsys, "check", "--show-settings", "--fail-on", "error")
    assert code == 0
    assert 'fail-on = "error"' in out


def test_a_run_from_another_folder_names_paths_from_there(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".env").write_text("WANDB_MODE=disable\n")
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    assert run(capsys, "check", "--output-format", "concise", "..")[1].startswith("../.env:1:12: ")


def test_only_findings_that_concern_a_named_file_are_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "a.sh").write_text("export WANDB_MODE=disable\nexport WANDB_PROJECT=x\npython a.py\n")
    (project / "a.py").write_text("import wandb\nwandb.init(project='y', resume='perhaps')\n")
    concise = ("check", "--output-format", "concise")
    rules_of_script = [line.split()[1] for line in run(capsys, *concise, "a.sh")[1].splitlines()]
    # The argument stands in a.py, and its path sorts first; what is wrong in a.py alone is not told.
    assert rules_of_script == ["warning[shadowing-argument]", "error[invalid-value]"]
    rules_of_program = {line.split()[1] for line in run(capsys, *concise, "a.py")[1].splitlines()}
    assert rules_of_program == {"warning[shadowing-argument]", "error[invalid-value]"}


@pytest.mark.skipif(os.name == "nt", reason="there are no such files")
def test_special_files_do_not_stop_a_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(project / "pipe.sh")
    (project / "loop").symlink_to(project)
    assert run(capsys, "check")[0] == 0
    code, out, _ = run(capsys, "check", "--output-format", "concise", "pipe.sh")
    assert code == 3
    assert "pipe.sh:1:1: note[unreadable-source]" in out


def test_a_mistake_of_our_own_costs_one_file(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(source: object, wanted: object) -> None:
        raise KeyError(KEY)

    monkeypatch.setattr("envlint.surfaces.shell.read", broken)
    (project / "train.sh").write_text(f"export WANDB_API_KEY={KEY}\n")
    (project / ".env").write_text("WANDB_MODE=disable\n")
    code, out, err = run(capsys, "check", "--output-format", "concise")
    assert code == 1
    assert "train.sh:1:1: note[unreadable-source]" in out
    assert "KeyError at " in out
    # The key is still found in the text.
    assert "train.sh:1:22: error[committed-api-key]" in out
    assert ".env:1:12: error[invalid-value]" in out
    assert KEY[4:] not in out + err


def test_an_internal_error_is_one_line_without_the_files_text(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise ValueError(KEY)

    monkeypatch.setattr("envlint.engine.judge", broken)
    (project / ".env").write_text("WANDB_MODE=disable\n")
    code, out, err = run(capsys, "check")
    assert (code, out) == (2, "")
    assert err.startswith("envlint: an internal error")
    assert err.count("\n") == 1
    assert KEY not in err


def test_as_a_module_it_imports_nothing_of_the_folder_that_it_stands_in(tmp_path: Path) -> None:
    for name in ("json", "argparse", "tomli", "pathspec", "envlint_policy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('run')\n", encoding="utf-8")
    (tmp_path / ".env").write_text("WANDB_MODE=ofline\n", encoding="utf-8")
    command = [sys.executable, "-m", "envlint", "check", "--output-format", "concise", ".env"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "[invalid-value]" in done.stdout


@pytest.mark.parametrize("arguments", ["check", "rules", "variables", "check --output-format", "check --select"])
def test_a_wrong_call_shows_no_key(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    key = "".join(random.Random(3).choices("0123456789abcdef", k=40))
    assert main([*arguments.split(), key]) == 2
    assert key[4:12] not in capsys.readouterr().err
