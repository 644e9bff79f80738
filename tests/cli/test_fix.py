"""--fix and --diff: what is written, what is not, how it is told, and with which exit code the run ends."""

from __future__ import annotations

import os
import random
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from envlint import engine, fixing, output
from envlint.cli import main
from envlint.finding import Confidence, Edit, Finding, Fix, Location, Severity
from envlint.source import Source, Span

KEY = "".join(random.Random(5).choices("0123456789abcdef", k=40))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "ENVLINT_OUTPUT_FORMAT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "envlint.toml").write_text("")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["check", "--output-format", "concise", *arguments])
    streams = capsys.readouterr()
    return code, streams.out, streams.err


# A value whose fix is safe, one whose fix is not, and one without any.
SAFE, UNSAFE, NONE = "WANDB_MODE=OFFLINE\n", "WANDB_MODE=ofline\n", "WANDB_DIR=runs\n"


@pytest.mark.parametrize(
    ("before", "options", "after", "code"),
    [
        (SAFE, [], SAFE, 1),
        (SAFE, ["--fix"], "WANDB_MODE=offline\n", 0),
        (SAFE, ["--fix", "--unsafe-fixes"], "WANDB_MODE=offline\n", 0),
        (SAFE, ["--fix", "--exit-non-zero-on-fix"], "WANDB_MODE=offline\n", 1),
        (SAFE, ["--fix", "--exit-non-zero-on-fix", "--exit-zero"], "WANDB_MODE=offline\n", 0),
        (SAFE, ["--fix", "--ignore", "invalid-value"], SAFE, 0),
        (SAFE, ["--diff"], SAFE, 1),
        (SAFE, ["--fix", "--diff"], SAFE, 1),
        (SAFE, ["--diff", "--exit-zero"], SAFE, 0),
        (UNSAFE, ["--fix"], UNSAFE, 1),
        (UNSAFE, ["--fix", "--unsafe-fixes"], "WANDB_MODE=offline\n", 0),
        (UNSAFE, ["--diff"], UNSAFE, 0),
        (UNSAFE, ["--diff", "--unsafe-fixes"], UNSAFE, 1),
        (NONE, ["--fix", "--unsafe-fixes"], NONE, 1),
        (NONE, ["--fix", "--exit-non-zero-on-fix", "--fail-on", "error"], NONE, 0),
        (NONE, ["--diff", "--unsafe-fixes"], NONE, 0),
        (SAFE + NONE, ["--fix"], "WANDB_MODE=offline\n" + NONE, 1),
        (f"# envlint: ignore[invalid-value] so\n{SAFE}", ["--fix"], f"# envlint: ignore[invalid-value] so\n{SAFE}", 0),
    ],
)
def test_what_is_written_and_how_a_run_ends(
    project: Path, capsys: pytest.CaptureFixture[str], before: str, options: list[str], after: str, code: int
) -> None:
    (project / ".env").write_text(before)
    assert run(capsys, *options)[0] == code
    assert (project / ".env").read_text() == after


def test_the_report_is_of_what_remains(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".env").write_text(SAFE + NONE)
    (project / "b.env").write_text("WANDB_RESUME=Never\nWANDB_MODE=OnLine\n")
    code, out, err = run(capsys, "--fix")
    assert (code, err) == (1, "Fixed 3 problems in 2 files.\n")
    assert [line.split(" ")[0] for line in out.splitlines()] == [".env:2:11:"]
    assert run(capsys, "--fix")[2] == ""
    (project / ".env").write_text(SAFE)
    assert run(capsys, "--fix")[2] == "Fixed 1 problem in 1 file.\n"
    (project / ".env").write_text(SAFE)
    assert run(capsys, "--fix", "--quiet")[2] == ""


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (SAFE, "1 fixable with --fix."),
        (UNSAFE, "1 fixable with --fix --unsafe-fixes."),
        (SAFE + "WANDB_RESUME=alow\n", "1 fixable with --fix, 1 more with --unsafe-fixes."),
    ],
)
def test_the_hints_of_the_report_come_true(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, hint: str
) -> None:
    (project / "a.env").write_text(text)
    selected = ("--select", "invalid-value", "--output-format", "text")
    assert run(capsys, *selected)[1].splitlines()[-1] == hint
    assert run(capsys, *selected, "--fix", "--unsafe-fixes")[1] == "No problems found in 2 files.\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--fix", "--staged"], "--fix and --staged exclude each other"),
        (["--diff", "--staged"], "--diff and --staged exclude each other"),
        (["--fix", "--history"], "--history and --fix exclude each other"),
        (["--diff", "--history=HEAD"], "--history and --diff exclude each other"),
        (["--unsafe-fixes"], "--unsafe-fixes goes with --fix or --diff"),
        (["--exit-non-zero-on-fix"], "--exit-non-zero-on-fix goes with --fix"),
    ],
)
def test_options_that_exclude_each_other(
    project: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    (project / ".env").write_text(SAFE)
    code, out, err = run(capsys, *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err
    assert (project / ".env").read_text() == SAFE


def test_only_what_is_named_is_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.env", "sub/b.env", "sub/c.env", "other/d.env"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(SAFE)
    run(capsys, "--fix", "sub/b.env")
    changed = {path.name for path in project.rglob("*.env") if path.read_text() != SAFE}
    assert changed == {"b.env"}
    run(capsys, "--fix", "sub", "--exclude", "c.env", "other/d.env")
    changed = {path.name for path in project.rglob("*.env") if path.read_text() != SAFE}
    assert changed == {"b.env", "d.env"}


def test_fixes_that_overlap_take_several_rounds(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".env").write_text("".join(f"WANDB_PROJECT=p{number}\n" for number in range(6)) + "X=1\n")
    code, _, err = run(capsys, "--fix")
    assert (code, err) == (0, "Fixed 5 problems in 1 file.\n")
    assert (project / ".env").read_text() == "WANDB_PROJECT=p5\nX=1\n"
    (project / ".env").write_text("WANDB_PROJECT=team\nWANDB_MODE=offline\n")
    (project / "train.py").write_text("import wandb\n\nwandb.init(project='a', entity='b')\nwandb.init(project='c')\n")
    assert run(capsys, "--fix", "--unsafe-fixes")[0] == 0
    text = (project / "train.py").read_text()
    assert text.startswith("import os\nimport wandb\n")
    assert text.count("import os") == 1
    assert text.count('os.getenv("WANDB_PROJECT", ') == 2


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("bom.env", b"\xef\xbb\xbfA=\xc3\xa9\nWANDB_MODE=OFFLINE\n"),
        ("wide.env", b"\xff\xfe" + "A=\xe9\U0001f600\nWANDB_MODE=OFFLINE\n".encode("utf-16-le")),
        ("wide_be.env", b"\xfe\xff" + "WANDB_MODE=OFFLINE\n".encode("utf-16-be")),
        ("wider.env", b"\xff\xfe\0\0" + "WANDB_MODE=OFFLINE\n".encode("utf-32-le")),
        ("crlf.env", b"A=1\r\nWANDB_MODE=OFFLINE\r\nB=2\r\n"),
        ("mixed.env", b"A=1\r\n\nWANDB_MODE=OFFLINE\nB=2\r\n"),
        ("cr.sh", b"A=1\nexport WANDB_MODE=OFFLINE\n# a\rb\n"),
        ("no_end.env", b"WANDB_MODE=OFFLINE"),
        ("undecodable.env", b"A=\xff\xfe\xe9\nWANDB_MODE=OFFLINE\n# \x80\n"),
        ("nul.sh", b"# \0\x0c\x1d\nexport WANDB_MODE=OFFLINE\n"),
        ("latin.py", "# coding: latin-1\nimport os\nos.environ['WANDB_MODE'] = 'OFFLINE'  # \xe9\n".encode("latin-1")),
        ("bom.py", b"\xef\xbb\xbfimport os\nos.environ['WANDB_MODE'] = 'OFFLINE'  # \xc3\xa9\n"),
        ("Dockerfile", b"FROM a\r\nENV WANDB_MODE=OFFLINE\r\nRUN x\r\n"),
    ],
)
def test_the_rest_of_a_file_stays_byte_for_byte(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, before: bytes
) -> None:
    (project / name).write_bytes(before)
    codec = next((one for one in ("utf-16-le", "utf-16-be", "utf-32-le") if "OFFLINE".encode(one) in before), "ascii")
    run(capsys, "--fix", name)
    assert (project / name).read_bytes() == before.replace("OFFLINE".encode(codec), "offline".encode(codec))


def test_what_is_written_anew_ends_lines_as_the_file_does(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".env").write_text("WANDB_PROJECT=team\n")
    (project / "train.py").write_bytes(b"import wandb\r\nwandb.init(project='a')\r\n")
    run(capsys, "--fix", "--unsafe-fixes")
    assert (project / "train.py").read_bytes().count(b"\n") == (project / "train.py").read_bytes().count(b"\r\n") == 3


def test_a_file_whose_bytes_would_be_lost_is_left(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = b"\xff\xfe" + "WANDB_MODE=OFFLINE\n".encode("utf-16-le") + b"\x00\xd8#\0"
    (project / "a.env").write_bytes(before)
    (project / "b.env").write_text(SAFE)
    code, _, err = run(capsys, "--fix")
    assert code == 1
    assert err.splitlines() == [
        "envlint: a.env was not fixed: its encoding would not keep all that it holds",
        "Fixed 1 problem in 1 file.",
    ]
    assert (project / "a.env").read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="needs modes")
@pytest.mark.parametrize("mode", [0o755, 0o600, 0o644, 0o4711])
def test_the_mode_stays(project: Path, capsys: pytest.CaptureFixture[str], mode: int) -> None:
    (project / ".env").write_text(SAFE)
    (project / ".env").chmod(mode)
    assert run(capsys, "--fix")[0] == 0
    assert stat.S_IMODE((project / ".env").stat().st_mode) == mode
    assert sorted(os.listdir(project)) == [".env", "envlint.toml"]


@pytest.mark.skipif(os.name == "nt", reason="needs links")
def test_a_named_link_stays_one_and_one_that_is_met_is_not_followed(
    project: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "real"
    outside.write_text(SAFE)
    (project / "link.env").symlink_to(outside)
    assert run(capsys, "--fix", ".")[0] == 0
    assert outside.read_text() == SAFE
    assert run(capsys, "--fix", "link.env")[0] == 0
    assert outside.read_text() == "WANDB_MODE=offline\n"
    assert (project / "link.env").is_symlink()


@pytest.mark.skipif(os.name == "nt", reason="needs links")
def test_a_file_under_two_names_is_fixed_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "a.env").write_text(SAFE)
    (project / "link.env").symlink_to("a.env")
    assert run(capsys, "--fix", "link.env", "a.env")[0] == 0
    assert (project / "a.env").read_text() == "WANDB_MODE=offline\n"
    assert (project / "link.env").is_symlink()


@pytest.mark.skipif(not hasattr(os, "link"), reason="needs hard links")
def test_a_file_with_other_names_is_left(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "a.env").write_text(SAFE)
    os.link(project / "a.env", project / "other")
    code, out, err = run(capsys, "--fix")
    assert (code, err) == (1, "envlint: a.env was not fixed: it has other names (hard links)\n")
    assert out.startswith("a.env:1:12:")
    assert (project / "a.env").read_text() == SAFE


def test_a_file_that_changed_meanwhile_is_left(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite = output.rewrite

    def late(name: str, before: bytes, after: bytes) -> None:
        if name.endswith("a.env"):
            Path(name).write_text(SAFE + "# more\n")
        rewrite(name, before, after)

    monkeypatch.setattr(output, "rewrite", late)
    for name in ("a.env", "b.env"):
        (project / name).write_text(SAFE)
    code, out, err = run(capsys, "--fix")
    assert (code, out.count("\n")) == (1, 1)
    assert err.splitlines() == [
        "envlint: a.env was not fixed: it has changed since it was read",
        "Fixed 1 problem in 1 file.",
    ]
    assert (project / "a.env").read_text() == SAFE + "# more\n"


def test_what_fails_while_it_is_written_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def broken(source: str, target: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(PermissionError):
        output.rewrite(str(tmp_path / "a"), b"old", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("after", [b"old", b"old and more"])
def test_what_is_written_already_is_no_change(tmp_path: Path, after: bytes) -> None:
    (tmp_path / "a").write_bytes(after)
    output.rewrite(str(tmp_path / "a"), b"old", after)
    assert (tmp_path / "a").read_bytes() == after


@pytest.mark.parametrize(("named", "changed"), [([], True), (["a.env"], False)])
def test_a_fix_of_several_files_is_made_whole_or_not(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    named: list[str],
    changed: bool,
) -> None:
    for name in ("a.env", "b.env"):
        (project / name).write_text("WANDB_MODE=x\n")

    def judge(facts: tuple[engine.Facts, ...], *_: object) -> engine.Judgement:
        sources = [one.source for one in facts if one.source.text == "WANDB_MODE=x\n"]
        if not sources:
            return engine.Judgement((), {})
        both = [sources[0], Source("b.env", b"WANDB_MODE=x\n", sources[0].root)]
        edits = tuple(Edit(source, Span(11, 12), "offline") for source in both)
        place = Location(sources[0], Span(11, 12))
        fix = Fix("write it", edits, safe=True)
        found = Finding("invalid-value", Severity.ERROR, Confidence.HIGH, "wrong", place, "dotenv", fix=fix)
        return engine.Judgement((found,), {})

    monkeypatch.setattr(fixing.engine, "judge", judge)
    assert run(capsys, "--fix", *named)[0] == (0 if changed else 1)
    for name in ("a.env", "b.env"):
        assert ((project / name).read_text() == "WANDB_MODE=offline\n") is changed


def test_a_fix_that_breaks_a_file_is_taken_back(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = engine.judge

    def careless(*arguments: object) -> engine.Judgement:
        judgement = judge(*arguments)  # type: ignore[arg-type]
        found = [
            engine_finding(one, "'(") if one.location.source.path == "train.py" else one for one in judgement.findings
        ]
        return engine.Judgement(tuple(found), judgement.secrets)

    def engine_finding(one: Finding, text: str) -> Finding:
        source, span = one.location.source, one.location.span
        edits = (Edit(source, span, text),)
        return Finding(
            one.rule, one.severity, one.confidence, one.message, one.location, one.surface, fix=Fix("x", edits, True)
        )

    monkeypatch.setattr(fixing.engine, "judge", careless)
    text = "import os, wandb\nos.environ['WANDB_MODE'] = 'nonsense'\nwandb.init()\n"
    (project / "train.py").write_text(text)
    (project / ".env").write_text(SAFE)
    code, out, err = run(capsys, "--fix")
    assert (code, out.count("\n")) == (1, 1)
    assert err.splitlines() == [
        "envlint: train.py was not fixed: after its fixes it could not be read",
        "Fixed 1 problem in 1 file.",
    ]
    assert (project / "train.py").read_text() == text
    assert (project / ".env").read_text() == "WANDB_MODE=offline\n"


# ---- the diff


DIFF = """\
--- sub/a.env
+++ sub/a.env
@@ -2,7 +2,7 @@
 B=2
 C=3
 D=4
-WANDB_MODE=OFFLINE
+WANDB_MODE=offline
 E=5
 F=6
 G=7
"""


def test_a_diff_is_in_the_unified_form(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "sub").mkdir()
    (project / "sub/a.env").write_text("A=1\nB=2\nC=3\nD=4\nWANDB_MODE=OFFLINE\nE=5\nF=6\nG=7\nH=8\n")
    assert run(capsys, "--diff") == (1, DIFF, "Would fix 1 problem in 1 file.\n")
    assert run(capsys, "--diff", "--quiet", "-o", "out.patch") == (1, "", "")
    assert (project / "out.patch").read_text() == DIFF


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs patch")
@pytest.mark.parametrize("seed", range(12))
def test_a_diff_makes_what_fix_writes(project: Path, capsys: pytest.CaptureFixture[str], seed: int) -> None:
    choose = random.Random(seed)
    pool = [SAFE, UNSAFE, "WANDB_PROJECT=a\n", "X=1\n", "Y=2\r\n", "\n", "# \xe9\n", "WANBD_NAME=q\n", "Z=3\n"]
    for name in ("a.env", "b.env", "c.sh"):
        text = "".join(choose.choices(pool, k=choose.randint(1, 25)))
        (project / name).write_bytes(text.removesuffix("\n" if choose.random() < 0.5 else "").encode())
    shutil.copytree(project, project / "copy")
    code, out, _ = run(capsys, "--diff", "--unsafe-fixes", "a.env", "b.env", "c.sh")
    assert code == (1 if out else 0)
    subprocess.run(
        ["patch", "-p0", "--binary", "--quiet", "--fuzz=0"], input=out.encode(), cwd=project / "copy", check=True
    )
    run(capsys, "--fix", "--unsafe-fixes", "a.env", "b.env", "c.sh")
    for name in ("a.env", "b.env", "c.sh"):
        assert (project / "copy" / name).read_bytes() == (project / name).read_bytes()


def test_no_key_is_in_a_diff(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".env").write_text(f"WANDB_API_KEY={KEY}\n{SAFE}WANDB_API_KEY={KEY}\n# {KEY}\n")
    code, out, err = run(capsys, "--diff", "--unsafe-fixes")
    assert code == 1
    assert f"-WANDB_API_KEY={KEY[:4]}…(40 characters)" in out
    assert not any(KEY[at : at + 5] in out + err for at in range(36))
    assert "covered in the diff" in err
    (project / ".env").write_text(f"{SAFE}\n\n\n\nWANDB_API_KEY={KEY}\n")
    assert "covered" not in run(capsys, "--diff")[2]


def test_a_diff_without_changes_is_empty_and_still_says_what_is_lost(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "broken.py").write_text("import wandb\nwandb.init(\n")
    assert run(capsys, "--diff") == (3, "", "")
    assert run(capsys, "--diff", "--exit-zero") == (0, "", "")


def test_a_terminal_is_not_steered_by_a_diff(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".env").write_text(f"# \x1b[2J\u202e\tx\n{SAFE}")
    out = run(capsys, "--diff")[1]
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "\tx" in out


# ---- files that are named for a secret


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("secrets/wandb_api_key.txt", KEY + "\n", 1),
        ("secrets/wandb_api_key", KEY, 1),
        ("wandb.json", f'{{"api_key": "{KEY}"}}\n', 1),
        ("wandb/settings", f"[default]\napi_key = {KEY}\n", 1),
        ("secrets/commit.txt", KEY + "\n", 0),
        ("wandb/files/checksums.txt", KEY + "\n", 0),
        # In whose bytes there is nothing to look for, that is not unreadable.
        ("wandb_tools.py", "print(\n", 0),
    ],
)
def test_a_file_named_for_a_secret_is_searched(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, code: int
) -> None:
    (project / name).parent.mkdir(exist_ok=True, parents=True)
    (project / name).write_text(text)
    got, out, _ = run(capsys)
    assert (got, out.count("committed-api-key")) == (code, code)
    if shutil.which("git"):
        for command in ("init -q", "add -A -f", "-c user.name=x -c user.email=x@example.org commit -qm x"):
            subprocess.run(["git", *command.split(" ")], cwd=project, check=True)
        assert run(capsys, "--history")[0] == code
        assert run(capsys, "--staged")[0] == code
