"""Law: no key is shown, whatever the command, the format, the notation and the mistake.

Two things are asked of every call: that nothing which it puts out holds eight characters in a row of the random part
of a key, and that it says the same of a project with other keys, of which only what may be shown is alike. The second
leaves no room for a hash of a key, or a length, an order or a count that comes of one.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from key_notations import NOTATIONS
from leaky_projects import FORMS, RUN, Maker, Ran, Secret, leaked, project, run, tree

from envlint import checks, engine
from envlint.facts import Facts
from envlint.report import FORMATS

NAMES = sorted(NOTATIONS)
SOME = ("lower", "server", "new of a server")
GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="needs git")


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine has a say."""
    for name in ("NO_COLOR", "FORCE_COLOR", "ENVLINT_OUTPUT_FORMAT", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "x")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "x@example.org")
        monkeypatch.setenv(f"GIT_{name}_DATE", "2024-01-01T00:00:00Z")


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def commit(*arguments: str) -> None:
    git("add", "-A", "-f")
    git("commit", "-q", "--allow-empty", "-m", *(arguments or ("x",)))


Made = Callable[[Maker], Any]


def told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, build: Made, calls: Callable[[], Iterator[Ran]], seed: str = ""
) -> list[Ran]:
    """What calls say of a project that is built with the one keys and with the other; it is the same, and no key."""
    outcomes: list[list[Ran]] = []
    for universe in (0, 1):
        folder = tmp_path / "project"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        monkeypatch.chdir(folder)
        maker = Maker(seed, universe)
        build(maker)
        outcomes.append([])
        for ran in calls():
            assert leaked(maker.secrets, ran.out, ran.err) == []
            outcomes[-1].append(without_commits(ran))
    for one, other in zip(*outcomes, strict=True):
        assert one.code == other.code
        assert differences(one, other) == []
    return outcomes[0]


def differences(one: Ran, other: Ran) -> list[tuple[str, str]]:
    """The lines that two runs do not share."""
    lines = ((*ran.out.splitlines(), *ran.err.splitlines()) for ran in (one, other))
    return [(left, right) for left, right in itertools.zip_longest(*lines, fillvalue="") if left != right]


def without_commits(ran: Ran) -> Ran:
    """What was said, with the number of a commit, which follows from all that is in it, in place of its name."""
    if not os.path.isdir(".git"):
        return ran
    out, err = ran.out, ran.err
    for number, name in enumerate(git("rev-list", "--all", "--reverse").split()):
        out, err = (text.replace(name, f"<{number}>").replace(name[:12], f"<{number}>") for text in (out, err))
    return Ran(ran.code, out, err)


def corpus(names: Sequence[str] = NAMES) -> Made:
    def build(maker: Maker) -> None:
        Path("envlint.toml").write_text("")
        project(Path(), maker, names)

    return build


def sample(seed: int, count: int = 40) -> list[str]:
    return random.Random(seed).sample(NAMES, count)


def written(format: str) -> Ran:
    ran = run("check", "--output-format", format, "--output-file", "report.out")
    file = Path("report.out")
    text = file.read_text(encoding="utf-8")
    file.unlink()
    assert text
    return Ran(ran.code, text, ran.out + ran.err)


# ---- Every notation


@pytest.mark.parametrize("format", FORMATS)
def test_check_of_every_notation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str) -> None:
    (ran,) = told(tmp_path, monkeypatch, corpus(), lambda: iter([run("check", "--output-format", format)]), format)
    assert ran.code == 1


def test_facts_and_diff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def calls() -> Iterator[Ran]:
        yield run("facts")
        yield run("facts", "--output-format", "json")
        yield run("check", "--diff", "--unsafe-fixes")

    *facts, diff = told(tmp_path, monkeypatch, corpus(NAMES[::2]), calls, "facts")
    assert all("WANDB_API_KEY" in ran.out for ran in facts)
    assert "+WANDB_MODE=offline" in diff.out


@needs_git
def test_history_of_every_notation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(maker: Maker) -> None:
        git("init", "-q", "-b", "main")
        corpus(sample(4, 80))(maker)
        commit()
        shutil.rmtree("n0")
        commit()

    def calls() -> Iterator[Ran]:
        for format in FORMATS:
            yield run("check", "--history", "--output-format", format)

    ran = told(tmp_path, monkeypatch, build, calls, "history")
    assert len(json.loads(ran[2].out)["findings"]) > 60


def test_other_ways_to_look_at_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def calls() -> Iterator[Ran]:
        for width in ("24", "60", "400"):
            monkeypatch.setenv("COLUMNS", width)
            yield run("check", "--color", "always", watched=True)
            yield run("check", "--show-suppressed", "--verbose", watched=True)
        for options in (["--statistics"], ["--quiet"], ["--show-files"], ["--show-settings"], ["--exit-zero"]):
            yield run("check", *options)
        yield from map(written, FORMATS)
        yield run("rules")
        yield run("rules", "committed-api-key")
        yield run("variables")
        yield run("variables", "WANDB_API_KEY")

    told(tmp_path, monkeypatch, corpus(sample(1)), calls, "ways")


@needs_git
def test_what_is_staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(maker: Maker) -> None:
        git("init", "-q", "-b", "main")
        corpus(sample(2))(maker)
        git("add", "-A", "-f")

    def calls() -> Iterator[Ran]:
        for format in FORMATS:
            yield run("check", "--staged", "--output-format", format)

    told(tmp_path, monkeypatch, build, calls, "staged")


@pytest.mark.parametrize("options", [("--fix",), ("--fix", "--unsafe-fixes")])
def test_what_was_fixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]) -> None:
    before: dict[str, bytes] = {}

    def build(maker: Maker) -> None:
        corpus(sample(3))(maker)
        before.update(tree(Path()))

    def calls() -> Iterator[Ran]:
        yield run("check", *options, "--output-format", "json")
        assert tree(Path()) != before
        yield run("check")

    told(tmp_path, monkeypatch, build, calls, "fixed")


# ---- Keys in pieces, as they are copied out of a letter, a slide or a terminal


def _escaped(character: str) -> list[str]:
    code = ord(character)
    return [f"\\x{code:02x}", f"\\u{code:04x}", f"\\{code:03o}", f"%{code:02X}", f"&#{code};"]


BETWEEN = ('" "', "' '", '" + "', "' .. '", '"\n    "', "\\\n", "\n", "\n    ", "\n# ", '""', "''", "${EMPTY}", "\n+")
PIECES = ("dotenv: plain", "dotenv: commented out", "shell: export", "shell: login", "shell: curl", "shell: bash -c")
PIECES += ("python: environ", "python: getenv", "python: login", "python: argparse", "python: run list")
PIECES += ("dockerfile: env", "dockerfile: run", "yaml: mapping", "json: mapping", "prose: Markdown", "code: fish")
PIECES = tuple(name for name in PIECES if name in NOTATIONS)


def in_pieces(cut: int) -> Made:
    """The same key broken in every way in several notations, beside mistakes."""

    def build(maker: Maker) -> None:
        Path("envlint.toml").write_text("")
        forms = itertools.cycle(("lower", "server", "new", "upper"))
        ways = [*BETWEEN, *range(len(_escaped("a")))]
        for number, (name, way) in enumerate(itertools.product(PIECES, ways)):
            form = next(forms)
            file, template = NOTATIONS[name]
            key = maker.key(form)
            at = len(FORMS[form][0]) + cut
            broken = f"{key[:at]}{way}{key[at:]}" if isinstance(way, str) else _with_escape(key, at, way)
            path = Path(f"n{number}") / file
            path.parent.mkdir(parents=True)
            mistake = {".py": "import os\nos.environ['WANDB_MODE'] = 'ofline'\n"}.get(
                path.suffix, "WANDB_MODE=ofline\n"
            )
            path.write_text(f"{mistake}{template.replace('§K', broken)}\n{mistake}")

    return build


def _with_escape(key: str, at: int, way: int) -> str:
    # Which digits an escape has follows from the character that it stands for.
    return f"{key[:at]}{_escaped('7')[way]}{key[at + 1 :]}"


@pytest.mark.parametrize("cut", [9, 20])
def test_keys_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int) -> None:
    monkeypatch.chdir(tmp_path)
    maker = Maker(f"pieces {cut}", 0)
    in_pieces(cut)(maker)
    for arguments in (["check"], ["check", "--output-format", "sarif"], ["check", "--diff"], ["facts"]):
        ran = run(*arguments)
        assert leaked(maker.secrets, ran.out, ran.err) == []


# ---- Wrong calls


CALLS = (
    "check {K}",
    "check sub/{K}.env",
    "check . {K} --fix",
    "check --staged {K}",
    "check --history {K}",
    "check --history={K}",
    "check --history={K}..HEAD .",
    "check --history=HEAD..{K} .",
    "check --select {K}",
    "check --ignore all,{K}",
    "check --min-confidence {K}",
    "check --fail-on {K}",
    "check --output-format {K}",
    "check --output-file no/{K}/report",
    "check --output-file {K}/",
    "check --color {K}",
    "check --config {K}",
    "check --config {K}.toml",
    "check --exclude {K} --show-settings",
    "check --wandb-key {K}",
    "check --wandb-key={K}",
    "check --{K}",
    "check -{K}",
    "{K}",
    "--api-key {K} check",
    "facts {K}",
    "facts --output-format {K}",
    "rules {K}",
    "rules --config {K}",
    "rules a {K}",
    "variables {K}",
    "variables WANDB_{K}",
    "pack check {K}",
    "pack check {K}.toml x",
    "pack {K}",
)


@pytest.mark.parametrize("call", CALLS)
def test_wrong_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    for form in SOME:
        keys: list[str] = []

        def build(maker: Maker, form: str = form, keys: list[str] = keys) -> None:
            keys[:] = [maker.key(form)]
            if GIT is not None:
                git("init", "-q", "-b", "main")
                commit()
            Path("envlint.toml").write_text("")

        told(tmp_path, monkeypatch, build, lambda keys=keys: iter([run(*call.format(K=keys[0]).split())]), call)  # type: ignore[misc]


def test_a_key_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for form in FORMS:

        def build(maker: Maker, form: str = form) -> None:
            monkeypatch.setenv("ENVLINT_OUTPUT_FORMAT", maker.key(form))

        (ran,) = told(tmp_path, monkeypatch, build, lambda: iter([run("check")]), "environment")
        assert ran.code == 2


# ---- Wrong files

CONFIGURATIONS = (
    'select = ["{K}"]',
    "{K} = 1",
    '"{K}" = 1',
    'wandb_key = "{K}"',
    'sdk = "{K}"',
    'packs = ["{K}"]',
    'packs = ["-{K}"]',
    'packs = ["{K}.toml"]',
    'packs = ["{K}/*.toml"]',
    '[severity]\n{K} = "error"',
    '[severity]\ninvalid-value = "{K}"',
    'exclude = ["{K}", "/{K}/"]',
    '[per-file-ignores]\n"{K}" = ["all"]',
    '[per-file-ignores]\n"*" = ["{K}"]',
    'loaders = ["{K}"]',
    'fail-on = "{K}"',
    "select = {K}",
    'select = "{K}',
    "{K}",
    "[{K}",
    "[[{K}]]\n[{K}]",
    "a.{K} = 1\na.{K} = 2",
    "a = 2024-{K}",
    "a = 0x{K}",
    'a = "\\{K}"',
    '[tool.envlint]\n{K} = "x"',
)


@pytest.mark.parametrize(("text", "form"), list(zip(CONFIGURATIONS, itertools.cycle(FORMS), strict=False)))
def test_configurations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, form: str) -> None:
    def build(maker: Maker) -> None:
        Path("envlint.toml").write_text(text.replace("{K}", maker.key(form)))
        Path(".env").write_text("WANDB_MODE=ofline\n")

    def calls() -> Iterator[Ran]:
        yield run("check")
        yield run("check", "--show-settings")
        yield run("facts", "--config", "envlint.toml")
        shutil.copy("envlint.toml", "pack.toml")
        yield run("pack", "check", "pack.toml")

    told(tmp_path, monkeypatch, build, calls, text)


PACK = """
[pack]
name = "team"
title = "Team {K}"
[[variable]]
name = "TEAM_MODE"
summary = "The mode, not {K}."
docs = "https://example.org/{K}"
kind = "choice"
values = ["a", "{K}"]
old = { "{K}" = "a" }
[[unread]]
name = "TEAM_OLD"
because = "{K} is gone"
[[rule]]
name = "no-team"
summary = "Not {K}."
why = "Because of {K}, and then because of {K}, and because of so many other things that this line is long, {K}."
severity = "error"
check = "committed-key"
message = "{K} is no value"
help = "write {K}"
since = "0.1.0"
[[rule.bad]]
summary = "As {K}."
flags = ["{H}"]
files.".env" = '''
WANDB_API_KEY={K}
'''
files."b.py" = '''
import wandb
wandb.login(key="{H}" "{T}")
'''
[[rule.good]]
summary = "Not as {K}."
files.".env" = '''
TEAM_MODE=a
'''
"""


@pytest.mark.parametrize("form", ["lower", "server", "longer"])
@pytest.mark.parametrize(
    ("old", "new"),
    [("", ""), ("committed-key", "committed-{K}"), ('flags = ["{H}"]', 'flags = ["{T}"]'), ("TEAM_OLD", "{K}")],
)
def test_packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, form: str) -> None:
    text = PACK.replace(old, new)

    def build(maker: Maker) -> None:
        key = maker.key(form)
        filled = text.replace("{K}", key).replace("{H}", key[:-20]).replace("{T}", key[-20:])
        Path("team.toml").write_text(filled)
        Path("envlint.toml").write_text('packs = ["team.toml"]\n')
        Path(".env").write_text(f"TEAM_MODE=x\nTEAM_OLD=1\nWANDB_API_KEY={key}\n")

    def calls() -> Iterator[Ran]:
        yield run("pack", "check", "team.toml")
        for format in ("text", "json", "sarif"):
            yield run("check", ".env", "--output-format", format)
        for arguments in (["rules"], ["rules", "no-team"], ["variables"]):
            yield run(*arguments)
        yield run("variables", "TEAM_MODE")
        yield run("variables", "TEAM_OLD")

    told(tmp_path, monkeypatch, build, calls, "packs")


UNREADABLE = {
    "a.py": ("import wandb\nwandb.login(key='{K}'\n", "import wandb\nwandb.login(key='{K}\n", "wandb {K} = = \n"),
    "b.ipynb": (
        '{"wandb": "{K}"',
        '{"nbformat": 4, "cells": [{"cell_type": "code", "source": "wandb(\'{K}"}]}',
        "wandb {K}",
    ),
    "c.sh": ("wandb login '{K}\n", "export WANDB_API_KEY=$(echo {K}\n", "wandb <<EOF {K}\n"),
    "Dockerfile": (
        "FROM\nENV WANDB_API_KEY\nENV WANDB_API_KEY={K} {K}\n",
        "FROM a\nRUN [\"wandb\", '{K}'\n{K} wandb\n",
    ),
    ".env": ("WANDB_API_KEY='{K}\n", "{K}\nWANDB_API_KEY\n", "WANDB_API_KEY={K}\udcff\n"),
    "requirements.txt": ("wandb=={K}\n", "wandb @ git+https://{K}@example.org/x\n"),
}


@pytest.mark.parametrize("file", UNREADABLE)
def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    def build(maker: Maker) -> None:
        for number, (text, form) in enumerate(itertools.product(UNREADABLE[file], FORMS)):
            path = Path(f"n{number}") / file
            path.parent.mkdir()
            filled = text.replace("{K}", maker.key(form))
            path.write_bytes(f"{filled}WANDB_MODE=ofline\n".encode("utf-8", "surrogateescape"))

    def calls() -> Iterator[Ran]:
        for format in FORMATS:
            yield run("check", "--output-format", format)
        yield run("facts")
        yield run("facts", "--output-format", "json")

    told(tmp_path, monkeypatch, build, calls, file)


def test_comments_that_suppress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (
        "export WANDB_MODE=ofline  # envlint: ignore[{K}] {K}\n",
        "export WANDB_MODE=ofline  # envlint: ignore[invalid-value] for {K}\n",
        "export WANDB_API_KEY={K}  # envlint: ignore[committed-api-key] it is {K}\n",
        "# envlint: ignore-file[{K}] {K}\n",
        "# envlint: ignore[invalid-value, {K}]\n",
        "export WANDB_MODE={K}\n",
        "export WANDB_{K}=1\n",
        "export WANDB_RUN_ID={K}:{K}\n",
        "{K}=1 wandb sync --{K} {K}.wandb\n",
    )

    def build(maker: Maker) -> None:
        for number, (line, form) in enumerate(itertools.product(lines, FORMS)):
            Path(f"{number}.sh").write_text(line.replace("{K}", maker.key(form)) + "export WANDB_MODE=ofline\n")

    def calls() -> Iterator[Ran]:
        for format in FORMATS:
            yield run("check", "--show-suppressed", "--output-format", format)
        yield run("facts")
        yield run("check", "--diff", "--unsafe-fixes")

    told(tmp_path, monkeypatch, build, calls, "comments")


# ---- Keys in names


@needs_git
def test_names_of_files_folders_and_branches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(maker: Maker) -> None:
        git("init", "-q", "-b", maker.key("lower"))
        Path("envlint.toml").write_text("")
        for form in FORMS:
            key = maker.key(form)
            for path in (
                f"{key}.env",
                f"a/wandb-{form}-{key}/train.sh",
                f"{form}/x_{key}",
                f"b/{key}/c.py",
                f"{key}.md",
            ):
                file = Path(path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(
                    f"WANDB_MODE=ofline\nWANDB_API_KEY={key}\n" if "c.py" not in path else "import wandb(\n"
                )
        commit(maker.key("server"))
        git("tag", maker.key("new"))

    def calls() -> Iterator[Ran]:
        for format in FORMATS:
            yield run("check", "--output-format", format)
        for format in ("text", "json"):
            yield run("check", "--staged", "--output-format", format)
            yield run("check", "--history", "--output-format", format)
        yield run("facts")
        yield run("facts", "--output-format", "json")
        yield run("check", "--show-files")
        yield run("check", "--diff", "--unsafe-fixes")
        yield run("check", "--statistics")
        os.chmod(next(Path().glob("*.env")), 0o400)
        yield run("check", "--fix", "--unsafe-fixes")

    ran = told(tmp_path, monkeypatch, build, calls, "names")
    assert "…(40 characters).env" in ran[0].out


# ---- Mistakes of our own


@pytest.mark.parametrize("command", [("check",), ("facts",), ("pack", "check", "team.toml"), ("check", "--fix")])
def test_an_error_that_quotes_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    def build(maker: Maker) -> None:
        key = maker.key("lower")
        Path(".env").write_text(f"WANDB_API_KEY={key}\n")
        Path("team.toml").write_text(PACK.replace("{K}", "x").replace("{H}", "x"))

        def broken(*_: object, **__: object) -> Any:
            raise ValueError(f"cannot make anything of {key}") from KeyError(key)

        monkeypatch.setattr(engine, "secrets", broken)

    (ran,) = told(tmp_path, monkeypatch, build, lambda: iter([run(*command)]), "mistake")
    assert (ran.code, ran.out) == (2, "")
    assert "ValueError at" in ran.err


def test_a_check_that_fails_on_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(maker: Maker) -> None:
        key = maker.key("new")
        Path(".env").write_text(f"WANDB_API_KEY={key}\n")

        def broken(*_: object) -> Any:
            raise RuntimeError(key)

        name = "committed-key"
        monkeypatch.setitem(checks.CHECKS, name, replace(checks.CHECKS[name], check=broken))  # type: ignore[arg-type]

    (ran,) = told(tmp_path, monkeypatch, build, lambda: iter([run("check")]), "check")
    assert ran.code == 2


def test_a_reader_that_fails_on_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(maker: Maker) -> None:
        key = maker.key("server")
        Path(".env").write_text(f"WANDB_API_KEY={key}\n")

        def broken(*_: object) -> Facts:
            raise IndexError(key)

        monkeypatch.setattr("envlint.surfaces.dotenv.read", broken)

    def calls() -> Iterator[Ran]:
        for format in FORMATS:
            yield run("check", "--output-format", format)
        yield run("facts")

    told(tmp_path, monkeypatch, build, calls, "reader")


# ---- The search itself


def test_the_search_finds_what_is_shown() -> None:
    secret = Secret("wandb_v1_", "abcdEFGH0123")
    assert leaked([secret], "x wandb_v1_ab… y") == []
    assert leaked([secret], "x wandb_v1_abcdEFG… y") == []
    assert leaked([secret], "x abcdEFGH y") != []
    assert leaked([secret], "x ABCDEFGH y") != []
    assert leaked([secret], "x abcd\x1b[1mEFGH y") != []
    assert leaked([secret], "d2FuZGJfdjFfYWJjZEVGR0gwMTIz") != []
    assert leaked([secret], "d2FuZGJfdjFf…") == []
    assert RUN == 8


def test_keys_of_two_universes_differ_in_all_that_is_hidden() -> None:
    one, two = Maker("x", 0), Maker("x", 1)
    for form in FORMS:
        left, right = one.key(form), two.key(form)
        assert len(left) == len(right)
        assert left[:4] == right[:4]
        assert sum(a != b for a, b in zip(left[-36:], right[-36:], strict=True)) > 20
    assert re.fullmatch("[0-9A-F]{40}", one.key("upper"))
