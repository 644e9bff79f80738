"""Packs: what a file says becomes records, and what it says wrongly one line that names file, table and key."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envlint.engine import faults
from envlint.finding import Severity, key_spans
from envlint.packs import (
    Pack,
    PackError,
    Spec,
    Variable,
    builtin_names,
    load,
    load_all,
    load_builtin,
    loads,
    validate,
)

HEAD = '[pack]\nname = "team"\ntitle = "Team"\n'
BOOLEANS = '[booleans]\ntrue = ["yes"]\nfalse = ["no"]\nignore-case = true\n'
FUNCTION = '[[function]]\nname = "team.start"\nparameters = ["queue"]\n'
VARIABLE = '[[variable]]\nname = "TEAM_MODE"\nsummary = "How."\n'
MODE = HEAD + VARIABLE
RULE = """
[[rule]]
name = "team-mode"
summary = "A mode."
why = "Because."
severity = "warning"
check = "invalid-value"
message = "{variable} is {value}."
help = "Write another."
since = "0.1"
"""
BAD = '[[rule.bad]]\nsummary = "So."\nflags = ["{{key40}}"]\nfiles.".env" = "KEY={{key40}}\\n"\n'
TEAM = HEAD + BOOLEANS + FUNCTION + VARIABLE + 'kind = "boolean"\narguments = ["team.start:queue"]\n' + RULE + BAD


def team(text: str) -> Pack:
    return loads(text.encode(), "team.toml")


def specs(text: str) -> tuple[Spec, ...]:
    return team(HEAD + BOOLEANS + VARIABLE + text).variables[0].specs


def problem(text: str) -> str:
    with pytest.raises(PackError) as caught:
        team(text)
    return str(caught.value)


# ---- What a file says


def test_a_pack_becomes_records() -> None:
    pack = team(TEAM)
    assert (pack.name, pack.title, pack.path, pack.sdk) == ("team", "Team", "team.toml", None)
    assert [(function.name, function.parameters) for function in pack.functions] == [("team.start", ("queue",))]
    assert pack.variables[0].arguments == ("team.start:queue",)
    assert pack.rules[0].severity is Severity.WARNING


def test_a_boolean_takes_the_words_of_its_pack() -> None:
    assert specs('kind = "boolean"') == (Spec("boolean", values=("yes", "no"), true=("yes",), ignore_case=True),)


def test_a_boolean_with_words_of_its_own_takes_those() -> None:
    own = specs('kind = "boolean"\ntrue = ["1"]\nfalse = ["0"]')
    assert own == (Spec("boolean", values=("1", "0"), true=("1",), ignore_case=False),)


@pytest.mark.parametrize(
    "text",
    [
        'spec = [{ kind = "text" }, { since = "0.19", kind = "url" }]',
        '[[variable.spec]]\nkind = "text"\n[[variable.spec]]\nsince = "0.19"\nkind = "url"',
    ],
    ids=["an array", "tables"],
)
def test_specs_by_version(text: str) -> None:
    assert specs(text) == (Spec("text"), Spec("url", since="0.19"))


def test_what_is_read_since_a_version_was_not_read_before() -> None:
    assert specs('kind = "text"\nsince = "0.12"') == (Spec("text", read=False), Spec("text", since="0.12"))


def test_a_shared_list_of_specs_holds_from_where_the_variable_does() -> None:
    shared = '[specs]\nflag = [{ kind = "text" }, { since = "0.5", kind = "path" }, { since = "0.9", kind = "url" }]\n'
    pack = team(HEAD + shared + VARIABLE + 'spec = "flag"\nsince = "0.7"')
    assert pack.variables[0].specs == (Spec("path", read=False), Spec("path", since="0.7"), Spec("url", since="0.9"))


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        (None, "url"), ("0.18.7", "text"), ("0.19.0", "path"), ("0.19", "path"), ("0.19.0rc1", "text"),
        ("0.20.9", "path"), ("0.21", "url"), ("1.0", "url"), ("no version", "url"),
    ],
)  # fmt: skip
def test_the_spec_of_a_version(version: str | None, kind: str) -> None:
    variable = Variable("V", "", (Spec("text"), Spec("path", since="0.19.0"), Spec("url", since="0.21.0")))
    assert variable.spec(version).kind == kind


def test_placeholders_become_keys_of_their_shapes_the_same_in_every_run() -> None:
    files = 'files.".env" = "A={{key40}} B={{key86}} C={{key-local}} D=${{ secrets.KEY }}"\n'
    bad = '[[rule.bad]]\nsummary = "So."\nflags = ["{{key86}}"]\n' + files
    example = team(HEAD + RULE + bad).rules[0].bad[0]
    shapes = (
        r"A=[0-9a-f]{40} B=wandb_v1_[0-9A-Za-z]{27}_[0-9A-Za-z]{49} C=local-[0-9A-Za-z]{40} D=\$\{\{ secrets.KEY \}\}"
    )
    assert re.fullmatch(shapes, example.files[".env"])
    assert len(example.flags[0]) == 86
    assert team(HEAD + RULE + bad).rules[0].bad[0] == example


# ---- What a file says wrongly


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[pack\n", "is not TOML: "),
        (HEAD + "[[variables]]\n", "unknown key 'variables'; did you mean 'variable'?"),
        ('[pack]\ntitle = "T"\n', "[pack]: the key name is missing"),
        ('[pack]\nname = "T"\ntitle = "T"\n', "[pack]: name is 'T', which is no such name"),
        (HEAD + 'sdk = "newest"\n', "[pack]: sdk is 'newest', which is no version such as 0.31.0"),
        (HEAD + 'needles = ["WANDB", " "]\n', "[pack]: needles holds an empty text"),
        (MODE + 'kind = "txt"', "[[variable]] TEAM_MODE: kind is 'txt'; did you mean 'text'?"),
        (MODE, "[[variable]] TEAM_MODE: the key kind is missing"),
        (MODE + 'kind = "text"\nvaleus = []', "[[variable]] TEAM_MODE: unknown key 'valeus'; did you mean 'values'?"),
        (MODE + 'kind = "text"\nvalues = []', "[[variable]] TEAM_MODE: values means nothing for kind = 'text'"),
        (MODE + 'kind = "choice"', "[[variable]] TEAM_MODE: a choice needs values"),
        (MODE + 'kind = "choice"\nvalues = "a"', "[[variable]] TEAM_MODE: values must be a list, and is a text"),
        (
            MODE + 'kind = "choice"\nvalues = ["a", 1]',
            "TEAM_MODE: values must be a list of texts, and holds a whole number",
        ),
        (MODE + 'kind = "choice"\nvalues = ["a"]\nold = { b = "a" }', "TEAM_MODE: old holds 'b', which is none of a"),
        (MODE + 'kind = "boolean"', "TEAM_MODE: a boolean needs true and false, here or in [booleans]"),
        (MODE + 'kind = "list"', "TEAM_MODE: a list needs a separator"),
        (MODE + 'kind = "text"\nmax-length = 8', "TEAM_MODE: max-length needs overlong: what happens then"),
        (
            MODE + 'kind = "text"\nmax-length = true\noverlong = "x"',
            "max-length must be a whole number, and is true or false",
        ),
        (MODE + 'kind = "text"\nempty = 1', "TEAM_MODE: empty must be true or false, and is a whole number"),
        (MODE + 'kind = "text"\nsince = 0.19', "TEAM_MODE: since must be a text, and is a number"),
        (MODE + 'kind = "text"\n' + VARIABLE + 'kind = "url"', "[[variable]] TEAM_MODE: the name stands twice"),
        (MODE + 'kind = "text"\nspec = []', "TEAM_MODE: kind stands beside spec, but belongs into it"),
        (MODE + "spec = []", "TEAM_MODE: spec is empty"),
        (MODE + 'spec = "flg"\n[specs]\nflag = [{kind = "text"}]', "TEAM_MODE: spec is 'flg'; did you mean 'flag'?"),
        (MODE + 'spec = [{kind = "text"}, {kind = "url"}]', "TEAM_MODE: spec 2 needs since; only the first may"),
        (
            MODE + 'spec = [{since = "0.19", kind = "text"}, {since = "0.9", kind = "url"}]',
            "TEAM_MODE: spec 2 is since 0.9, which is not after the one before it",
        ),
        (MODE + 'spec = [{kind = "text", knid = "a"}]', "[[variable]] TEAM_MODE [[spec]] number 1: unknown key 'knid'"),
        (
            HEAD + FUNCTION + VARIABLE + 'kind = "text"\narguments = ["team.strat:queue"]',
            "arguments holds 'team.strat:queue', but no [[function]] is team.strat; did you mean 'team.start'?",
        ),
        (MODE + 'kind = "text"\narguments = ["queue"]', "arguments holds 'queue', which is no function:parameter"),
        (
            HEAD
            + FUNCTION
            + VARIABLE
            + 'kind = "text"\narguments = ["team.start:queue"]\n[[variable]]\nname = "OTHER"\n'
            'summary = "x"\nkind = "text"\narguments = ["team.start:queue"]',
            "[[variable]] OTHER: team.start:queue already wins over TEAM_MODE",
        ),
        (
            MODE + 'kind = "text"\n' + FUNCTION + 'switches = { queu = "x" }\nvariables = { queue = "TEAM_MODE" }',
            "[[function]] team.start: switches holds 'queu'; did you mean 'queue'?",
        ),
        (
            MODE + 'kind = "text"\n' + FUNCTION + 'writes = { TEAM_MOD = "x" }',
            "[[function]] team.start: writes has 'TEAM_MOD'; did you mean 'TEAM_MODE'?",
        ),
        (
            MODE + 'kind = "text"\n' + FUNCTION + 'options = { "-m" = "TEAM_MOD" }',
            "[[function]] team.start: options has 'TEAM_MOD'; did you mean 'TEAM_MODE'?",
        ),
        (HEAD + FUNCTION + FUNCTION, "[[function]] team.start: the name stands twice"),
        (HEAD + "[[variable]]\nname = 'A B'", "[[variable]] A B: name is 'A B', which is no such name"),
        (HEAD + "[[variable]]\nkind = 'text'", "[[variable]] number 1: the key name is missing"),
        (
            MODE + 'kind = "text"\naliases = { "A B" = "" }',
            "[[variable]] TEAM_MODE: aliases holds 'A B', which is no such name",
        ),
        (
            MODE + 'kind = "text"\naliases = { OTHER = "old" }',
            "TEAM_MODE: aliases has 'old' for OTHER, which is no version such as 0.31.0",
        ),
        (MODE + 'kind = "text"\naliases = { TEAM_MODE = "" }', "[[variable]] TEAM_MODE: the name stands twice"),
        (
            MODE + 'kind = "text"\nreaders = ["ray"]',
            "TEAM_MODE: readers holds 'ray', but no [[reader]] has this name, which is not known",
        ),
        (MODE + 'kind = "json"', "[[variable]] TEAM_MODE: the key shape is missing"),
        (MODE + 'kind = "json"\nshape = "text"', "TEAM_MODE: shape is 'text'; did you mean 'texts'?"),
        (MODE + 'kind = "number"\ngrammar = "pythn"', "TEAM_MODE: grammar is 'pythn'; did you mean 'python'?"),
        (
            MODE + 'kind = "url"\nservers = [{ domain = "a.b", instead = "https://a.b" }]',
            "TEAM_MODE [[servers]] number 1: a server needs either label or path",
        ),
        (MODE + 'kind = "text"\nrefused = "x"\nignored = "y"', "TEAM_MODE: refused and ignored exclude each other"),
        (MODE + 'kind = "text"\nuse = "OTHER"', "TEAM_MODE: use belongs to read = false"),
        (MODE + 'kind = "text"\nsurprisng = {}', "TEAM_MODE: unknown key 'surprisng'; did you mean 'surprising'?"),
        (
            MODE + 'kind = "choice"\nvalues = ["a"]\nold-since = "1"',
            "[[variable]] TEAM_MODE: old-since needs old",
        ),
        (HEAD + '[[unread]]\nname = "TEAM_MDE"', "[[unread]] TEAM_MDE: the key because is missing"),
        (
            MODE + 'kind = "text"\n[[unread]]\nname = "TEAM_MODE"\nbecause = "x"',
            "[[unread]] TEAM_MODE: a [[variable]] has this name",
        ),
        (HEAD + '[[reader]]\nname = "ray"\ntitle = "Ray"', "[[reader]] ray: needles is missing or empty"),
        (
            MODE + 'kind = "text"\n[[conflict]]\nvariables = ["TEAM_MODE", "TEAM_MDOE"]\nrefused = "x"',
            "[[conflict]] number 1: variables holds 'TEAM_MDOE'; did you mean 'TEAM_MODE'?",
        ),
        (
            MODE + 'kind = "text"\n[[conflict]]\nvariables = ["TEAM_MODE"]\nrefused = "x"',
            "[[conflict]] number 1: variables needs two names or more",
        ),
        (HEAD + '[credentials]\nnames = ["team_key"]', "names holds 'team_key'; write its words run together"),
        (
            HEAD + RULE + BAD + 'fixed."x.env" = "KEY"\n',
            "[[rule]] team-mode [[bad]] number 1: fixed holds 'x.env'; did you mean '.env'?",
        ),
        (HEAD + '[[key]]\nalphabet = "hexa"\nlength = 40', "[[key]] number 1: alphabet is 'hexa'; did you mean 'hex'?"),
        (HEAD + '[[key]]\nalphabet = "hex"\nlength = 4', "[[key]] number 1: length must be 16 or more"),
        (
            HEAD + '[[key]]\nalphabet = "hex"\nlength = 40\nalone = true',
            "number 1: alone needs a marker by which the key is known",
        ),
        (HEAD + '[[key]]\nalphabet = "hex"\nlength = 40\nrequired = true', "number 1: required needs prefix = true"),
        (
            HEAD + RULE.replace('"warning"', '"wanring"'),
            "[[rule]] team-mode: severity is 'wanring'; did you mean 'warning'?",
        ),
        (
            HEAD + RULE.replace("{value}", "{value!r}"),
            "[[rule]] team-mode: message has a brace that belongs to no {field}",
        ),
        (
            HEAD + RULE.replace("{value}", "{value.__class__}"),
            "team-mode: message has a brace that belongs to no {field}",
        ),
        (HEAD + RULE + RULE, "[[rule]] team-mode: the name stands twice"),
        (
            HEAD + RULE + BAD.replace("flags", "flag"),
            "team-mode [[bad]] number 1: unknown key 'flag'; did you mean 'flags'?",
        ),
        (HEAD + RULE + BAD.replace("rule.bad", "rule.good"), "team-mode [[good]] number 1: unknown key 'flags'"),
        (
            HEAD + RULE + BAD.replace('"{{key40}}"', '"elsewhere"'),
            "number 1: flags holds 'elsewhere', which none of the files does",
        ),
        (
            HEAD + RULE + BAD.replace("key40", "key41"),
            "number 1: the placeholder key41 is not known; did you mean 'key40'?",
        ),
        (
            HEAD + RULE + BAD.replace(".env", "/etc/.env"),
            "number 1: files holds '/etc/.env', which is no relative path",
        ),
        (HEAD + RULE + BAD.replace(".env", "../.env"), "number 1: files holds '../.env', which is no relative path"),
    ],
)
def test_a_mistake_is_named(text: str, message: str) -> None:
    said = problem(text)
    assert said.startswith("team.toml: ")
    assert message in said
    assert "\n" not in said


def test_an_error_of_syntax_has_line_and_column() -> None:
    assert problem(HEAD + "sdk = \n") == "team.toml: is not TOML: Invalid value (at line 4, column 7)"


def test_an_error_is_one_line_and_shows_no_key() -> None:
    key = "wandb_v1_" + "aB3" * 26
    said = problem(HEAD + f'"{key}\\n\\u0007" = 1\n')
    assert key[:20] not in said
    assert said.isprintable()


def test_an_alias_is_a_variable_of_its_own_from_its_version_on() -> None:
    pack = team(MODE + 'kind = "text"\nsince = "0.5"\naliases = { TEAM_MODUS = "0.7", TEAM_STYLE = "" }')
    since = {variable.name: (variable.alias_of, variable.specs[-1].since) for variable in pack.variables}
    assert since == {
        "TEAM_MODE": (None, "0.5"),
        "TEAM_MODUS": ("TEAM_MODE", "0.7"),
        "TEAM_STYLE": ("TEAM_MODE", "0.5"),
    }


# ---- Examples


FIXED = BAD.replace("{{key40}}", "ofline").replace("KEY=", "TEAM_MODE=")
CHOICE = MODE + 'kind = "choice"\nvalues = ["online", "offline"]\nrefused = "it stops"\n' + RULE


@pytest.mark.parametrize(
    ("example", "wrong"),
    [
        (FIXED + 'fixed.".env" = "TEAM_MODE=offline\\n"\n', []),
        (FIXED, [".env is another than fixed says after the fixes"]),
        (FIXED + 'fixed.".env" = "TEAM_MODE=online\\n"\n', [".env is another than fixed says after the fixes"]),
        (FIXED.replace('["ofline"]', '["TEAM_MODE"]'), ["should flag 'TEAM_MODE', flags 'ofline'", ".env is another"]),
        ('[[rule.good]]\nsummary = "So."\nfiles.".env" = "TEAM_MODE=online"\n', []),
        (
            '[[rule.good]]\nsummary = "So."\nfiles.".env" = "TEAM_MODE=zzz"\n',
            ["should flag nothing, flags 'zzz'"],
        ),
    ],
)
def test_an_example_that_does_not_behave_is_named(example: str, wrong: list[str]) -> None:
    found = list(faults(team(CHOICE + example)))
    assert len(found) == len(wrong)
    for said, part in zip(found, wrong, strict=True):
        assert said.startswith("[[rule]] team-mode: So: ")
        assert part in said


# ---- Checks and fields


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (RULE.replace("invalid-value", "invald-value"), "check is 'invald-value'; did you mean 'invalid-value'?"),
        (RULE.replace("{value}", "{valeu}"), "message has {valeu}; did you mean 'value'?"),
        (RULE.replace("another", "{variables}"), "help has {variables}; did you mean 'variable'?"),
    ],
)
def test_a_check_or_field_that_does_not_exist_is_named(rule: str, message: str) -> None:
    fields = {"invalid-value": ("variable", "value"), "relative-path": ("variable",)}
    with pytest.raises(PackError) as caught:
        validate(team(HEAD + rule), fields, fields)
    assert str(caught.value) == f"team.toml: [[rule]] team-mode: {message}"


def test_a_check_without_known_fields_may_offer_any() -> None:
    validate(team(HEAD + RULE), {"invalid-value"})


# ---- Which packs are on


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        ([], ["wandb"]),
        (["wandb"], ["wandb"]),
        (["-wandb"], []),
        (["policies/a.toml"], ["wandb", "team"]),
        (["policies/*.toml"], ["wandb", "team", "other"]),
        (["-wandb", "policies/b.toml", "policies/*.toml"], ["other", "team"]),
    ],
)
def test_the_packs_that_are_on(tmp_path: Path, entries: list[str], names: list[str]) -> None:
    write(tmp_path, "policies/a.toml", HEAD)
    write(tmp_path, "policies/b.toml", HEAD.replace("team", "other"))
    assert [pack.name for pack in load_all(entries, tmp_path)] == names


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (["wanbd"], "packs: there is no built-in pack wanbd; did you mean 'wandb'?"),
        (["-mlflow"], "packs: there is no built-in pack mlflow, which is none of huggingface, wandb"),
        (["policies/*.toml"], "packs: no file matches policies/*.toml"),
        (["policies/a.toml"], "policies/a.toml: cannot be read: no such file or directory"),
        (["folder/"], "folder: is not a regular file"),
        (["rule.toml"], "rule.toml: [[rule]] invalid-value: it is already in rules/wandb.toml"),
        (["variable.toml"], "variable.toml: [[variable]] WANDB_MODE: it is already in rules/wandb.toml"),
        (["team.toml", "again.toml"], "again.toml: [pack] team: it is already in team.toml"),
        (["function.toml"], "function.toml: [[function]] wandb.setup: another pack gives it other parameters"),
    ],
)
def test_an_entry_that_names_nothing_or_clashes(tmp_path: Path, entries: list[str], message: str) -> None:
    (tmp_path / "folder").mkdir()
    write(tmp_path, "team.toml", HEAD)
    write(tmp_path, "again.toml", HEAD)
    write(tmp_path, "rule.toml", HEAD + RULE.replace("team-mode", "invalid-value"))
    write(tmp_path, "variable.toml", HEAD + VARIABLE.replace("TEAM_MODE", "WANDB_MODE") + 'kind = "text"')
    write(tmp_path, "function.toml", HEAD + '[[function]]\nname = "wandb.setup"\nparameters = ["other"]')
    with pytest.raises(PackError) as caught:
        load_all(entries, tmp_path)
    assert str(caught.value) == message


def test_a_built_in_pack_that_does_not_exist() -> None:
    with pytest.raises(PackError, match="there is no built-in pack wnadb; did you mean 'wandb'"):
        load_builtin("wnadb")


# ---- No file stops a run


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "{a = " * 100_000,
        ".".join(["a"] * 100_000) + " = 1",
        "[" + ".".join(['"a"'] * 100_000) + "]",
        "\n".join(f"{i}." + ".".join(["a"] * 900) + " = 1" for i in range(400)),
        "a = " + "9" * 100_000,
        "a = 2026-13-45",
        HEAD + '[[variable]]\nname = "A"\nsummary = "x"\nkind = "text"\n' * 18_000,
        HEAD + "".join(f'[[variable]]\nname = "A{i}"\n' for i in range(25_000)),
        '"' + "a" * 900_000 + '" = 1',
        "-" * 900_000 + ". = 1",
        "\0",
    ],
    ids=range(12),
)
def test_a_hostile_file_is_refused_in_a_moment(text: str) -> None:
    before = time.process_time()
    said = problem(text)
    assert time.process_time() - before < 30
    assert len(said) < 200


def test_a_large_pack_loads_in_a_moment() -> None:
    before = time.process_time()
    pack = team(HEAD + "".join(f'[[variable]]\nname = "A{i}"\nsummary = "x"\nkind = "text"\n' for i in range(15_000)))
    assert len(pack.variables) == 15_000
    assert time.process_time() - before < 30


def test_a_file_beyond_the_bound_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "big.toml"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(PackError, match=r"big.toml: is larger than 1024 KiB"):
        load(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_a_device_and_a_circle_of_links_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    (tmp_path / "endless.toml").symlink_to("/dev/zero")
    for name in ("pipe.toml", "loop.toml", "endless.toml"):
        with pytest.raises(PackError, match=name):
            load(tmp_path / name)


def test_undecodable_bytes_and_a_byte_order_mark() -> None:
    with pytest.raises(PackError, match=r"team.toml: is not UTF-8 at byte 3"):
        loads(b"a=\xff", "team.toml")
    assert loads(b"\xef\xbb\xbf" + HEAD.encode(), "team.toml").name == "team"


@given(st.data())
def test_no_damage_to_a_pack_raises_anything_but_its_own_error(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TEAM)))
    end = data.draw(st.integers(start, min(len(TEAM), start + 40)))
    text = TEAM[:start] + data.draw(st.text(max_size=20)) + TEAM[end:]
    with suppress(PackError):
        loads(text.encode("utf-8", "surrogatepass"), "team.toml")


@given(st.text(max_size=80))
def test_no_name_in_an_error_breaks_its_line(name: str) -> None:
    quoted = name.encode("unicode_escape").decode("ascii").replace("\\x", "\\u00").replace('"', '\\"')
    said = problem(f'"{quoted}" = 1')
    assert said.startswith("team.toml: ")
    assert said.isprintable()


# ---- The pack of W&B

WANDB = load_builtin("wandb")
BY_NAME = {variable.name: variable for variable in WANDB.variables}

SOURCE_DOCUMENT = (
    "API_KEY BASE_URL NAME NOTES ENTITY USERNAME PROJECT MODE TAGS DIR RESUME RUN_ID IGNORE_GLOBS ERROR_REPORTING "
    "SHOW_RUN DOCKER DISABLE_CODE ANONYMOUS CONSOLE CONFIG_PATHS CONFIG_DIR NOTEBOOK_NAME HOST SILENT RUN_GROUP "
    "JOB_TYPE USER_EMAIL"
)


def test_wandb_is_built_in() -> None:
    assert "wandb" in builtin_names()


def test_every_documented_variable_is_known() -> None:
    assert {f"WANDB_{name}" for name in SOURCE_DOCUMENT.split()} <= BY_NAME.keys()


@pytest.mark.parametrize(
    ("name", "version", "value", "accepted"),
    [
        # What these releases of the package did when they were run.
        ("WANDB_MODE", "0.31.0", "shared", True),
        ("WANDB_MODE", "0.16.6", "shared", True),
        ("WANDB_MODE", "0.15.12", "shared", False),
        ("WANDB_MODE", "0.10.33", "dryrun", True),
        ("WANDB_MODE", "0.31.0", "OFFLINE", False),
        ("WANDB_RESUME", "0.31.0", "true", False),
        ("WANDB_RESUME", "0.19.0", "true", False),
        ("WANDB_CONSOLE", "0.31.0", "on", False),
        ("WANDB_CONSOLE", "0.13.11", "wrap_raw", True),
        ("WANDB_CONSOLE", "0.12.21", "wrap_raw", False),
        ("WANDB_ANONYMOUS", "0.22.3", "must", True),
        ("WANDB_ANONYMOUS", "0.22.3", "true", False),
        ("WANDB_ANONYMOUS", "0.18.7", "true", True),
        ("WANDB_SILENT", "0.31.0", "yes", True),
        ("WANDB_SILENT", "0.31.0", "enabled", False),
        ("WANDB_QUIET", "0.18.7", "junk", False),
        ("WANDB_START_METHOD", "0.19.11", "junk", False),
    ],
)  # fmt: skip
def test_what_a_release_accepts(name: str, version: str, value: str, accepted: bool) -> None:
    spec = BY_NAME[name].spec(version)
    assert (value in spec.values) is accepted
    assert spec.refused


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("WANDB_RESUME", "0.18.7"),
        ("WANDB_QUIET", "0.13.11"),
        ("WANDB_START_METHOD", "0.28.2"),
        ("WANDB_CONFIG_PATHS", "0.18.7"),
        ("WANDB_ERROR_REPORTING", "0.31.0"),
    ],
)
def test_what_a_release_takes_whatever_it_is(name: str, version: str) -> None:
    assert BY_NAME[name].spec(version).refused == ""


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("WANDB_ANONYMOUS", "0.23.1"),
        ("WANDB_SHOW_RUN", "0.10.0"),
        ("WANDB_START_METHOD", "0.29.0"),
        ("WANDB_QUIET", "0.10.33"),
        ("WANDB_CONSOLE", "0.9.7"),
    ],
)
def test_what_a_release_does_not_read(name: str, version: str) -> None:
    assert not BY_NAME[name].spec(version).read


def test_an_argument_that_leaves_the_decision_to_the_variable() -> None:
    assert BY_NAME["WANDB_RESUME"].spec("0.31.0").yields == ("False",)
    assert BY_NAME["WANDB_RESUME"].spec("0.18.7").yields == ()


def test_another_name_of_a_variable_is_judged_alike() -> None:
    aliases = [variable for variable in WANDB.variables if variable.alias_of is not None]
    assert len(aliases) > 50
    for alias in aliases:
        main = BY_NAME[alias.alias_of or ""].specs[-1]
        assert replace(alias.specs[-1], since=None) == replace(main, since=None)


def test_the_pack_holds_nothing_like_a_key() -> None:
    text = (Path(__file__).parents[1] / "rules" / "wandb.toml").read_text(encoding="utf-8")
    # The one exception is the example of a key that is plainly none.
    assert {text[span.start : span.end] for span in key_spans(text)} == {"0" * 40}
