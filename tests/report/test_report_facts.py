"""`envlint facts`: its JSON, key by key, and its text."""

from __future__ import annotations

import json

import pytest
from made_up import at, source

from envlint.facts import Argument, Binding, Call, Export, Facts, Include, Launch, Read, Scope, Unreadable, Unset
from envlint.report.facts import render
from envlint.source import Source, Span
from envlint.value import Constant, Value, choice, concat, literal, ref, unknown

LISTS = ("bindings", "calls", "reads", "launches", "includes", "unreadable")
TEXT = "WANDB_MODE=offline\nMODE=$X-${Y:-b}\npython train.py $Z\n"


def facts(where: Source, *items, surface: str = "shell", unreadable=()) -> Facts:
    return Facts(where, surface, items, (Scope("file", None, Span(0, len(where.text))),), unreadable=unreadable)


def shown(*read: Facts, format: str = "json", cwd: str = "/srv/project") -> str:
    return "".join(render(read, {}, format, cwd=cwd, secret=lambda variable: False))


def binding(value: Value, form: str = "shell-assign", name: str = "A", **changes) -> Binding:
    fields = {"span": Span(0, 1), "name_span": Span(0, 1), "value_span": Span(0, 1), **changes}
    return Binding(name, value, form, **fields)


def known(value: Value) -> dict:
    (only,) = json.loads(shown(facts(source("a.sh", "x"), binding(value))))["bindings"]
    return {name: only[name] for name in ("value", "possible", "exhaustive")}


@pytest.mark.parametrize(
    ("value", "only", "possible", "exhaustive"),
    [
        (literal("x"), "x", ["x"], True),
        (Value(), "", [""], True),
        (unknown("a command"), None, [], False),
        (ref("X"), "", [""], True),
        (concat([literal("a"), ref("X", default=literal("b"))]), "ab", ["ab"], True),
        (choice([literal("a"), literal("b")]), None, ["a", "b"], True),
        (choice([literal("a"), unknown("?")]), None, ["a"], False),
        (Value((Constant(None),)), None, [], False),
        (choice([literal("a"), Value((Constant(True),))]), None, ["a"], False),
        (literal("\udcff"), None, [], False),
        (choice([literal("a"), literal("\udcff")]), None, ["a"], False),
    ],
)
def test_values(value: Value, only: str | None, possible: list[str], exhaustive: bool) -> None:
    assert known(value) == {"value": only, "possible": possible, "exhaustive": exhaustive}


def test_every_key_in_order() -> None:
    where = source("sub/a.py", TEXT)
    line = Span(0, 18)
    read = facts(
        where,
        Binding("WANDB_MODE", literal("offline"), "dotenv", line, Span(0, 10), Span(11, 18)),
        Call("wandb.init", (Argument("project", literal("x"), line, line),), True, Span(0, 8), Span(0, 8)),
        Read("HOME", Span(0, 3)),
        Read("HOST", Span(0, 3), literal("h")),
        Launch("python", (literal("train.py"), unknown("?")), at(where, "python train.py $Z")),
        Include(literal(".env"), "bash", Span(19, 23), overrides=False),
        Export("A", True, Span(0, 1)),
        Unset("A", Span(0, 1)),
        unreadable=(Unreadable("why", Span(19, 20)), Unreadable("whole")),
    )
    document = json.loads(shown(read))
    place = {"path": "sub/a.py", "line": 1, "column": 1, "end_line": 1}
    assert document == {
        "bindings": [
            {
                "variable": "WANDB_MODE",
                "value": "offline",
                "possible": ["offline"],
                "exhaustive": True,
                "form": "dotenv",
                "surface": "shell",
                "exported": True,
                **place,
                "end_column": 19,
            }
        ],
        "calls": [
            {
                "function": "wandb.init",
                "arguments": {"project": {"possible": ["x"], "exhaustive": True}},
                "open": True,
                **place,
                "end_column": 9,
            }
        ],
        "reads": [
            {"variable": "HOME", "default": None, **place, "end_column": 4},
            {"variable": "HOST", "default": {"possible": ["h"], "exhaustive": True}, **place, "end_column": 4},
        ],
        "launches": [
            {
                "program": "python",
                "arguments": [
                    {"possible": ["train.py"], "exhaustive": True},
                    {"possible": [], "exhaustive": False},
                ],
                "path": "sub/a.py",
                "line": 3,
                "column": 1,
                "end_line": 3,
                "end_column": 19,
            }
        ],
        "includes": [
            {
                "file": {"possible": [".env"], "exhaustive": True},
                "loader": "bash",
                "overrides": False,
                "exports": True,
                "path": "sub/a.py",
                "line": 2,
                "column": 1,
                "end_line": 2,
                "end_column": 5,
            }
        ],
        "unreadable": [
            {"path": "sub/a.py", "line": 2, "message": "why"},
            {"path": "sub/a.py", "line": None, "message": "whole"},
        ],
    }
    assert list(document["bindings"][0]) == [
        *("variable", "value", "possible", "exhaustive", "form", "surface", "exported"),
        *("path", "line", "column", "end_line", "end_column"),
    ]


def test_files_come_by_path_and_facts_as_written() -> None:
    one, two = source("b.sh", "xx"), source("a.sh", "xx")
    read = [
        facts(one, binding(literal("1")), binding(literal("2"))),
        facts(two, binding(literal("3")), binding(literal("4"))),
    ]
    rows = json.loads(shown(*read))["bindings"]
    assert [(row["path"], row["value"]) for row in rows] == [("a.sh", "3"), ("a.sh", "4"), ("b.sh", "1"), ("b.sh", "2")]


def test_nothing_read() -> None:
    assert json.loads(shown()) == {
        name: [] for name in ["bindings", "calls", "reads", "launches", "includes", "unreadable"]
    }
    assert shown(format="text") == ""


def test_text() -> None:
    where = source("train.sh", TEXT)
    read = facts(
        where,
        binding(literal("offline"), name="WANDB_MODE", form="shell-export", span=Span(0, 18)),
        binding(choice([literal("a"), unknown("?")]), span=Span(19, 23)),
        binding(Value((Constant(None),)), name="B", form="environ-setdefault", span=Span(19, 23), overrides=False),
        Call("wandb.init", (Argument("project", literal("値"), Span(0, 1), Span(0, 1)),), True, Span(0, 8), Span(0, 8)),
        Read("HOME", Span(0, 3), literal("\x1b")),
        Launch("python", (literal("train.py"),), at(where, "python train.py $Z")),
        Include(literal(".env"), "bash", Span(19, 23)),
        unreadable=(Unreadable("an odd line", Span(19, 20)),),
    )
    assert shown(read, format="text", cwd="/srv").splitlines() == [
        "project/train.sh:1:1  binding     WANDB_MODE='offline'           shell-export, exported",
        "project/train.sh:1:1  call        wandb.init(project='値', ...)",
        "project/train.sh:1:1  read        HOME                           default '\\x1b'",
        "project/train.sh:2:1  binding     A='a' | ?                      shell-assign",
        "project/train.sh:2:1  binding     B=None                         environ-setdefault, exported, if unset",
        "project/train.sh:2:1  include     '.env'                         bash",
        "project/train.sh:3:1  launch      python 'train.py'",
        "project/train.sh:2:1  unreadable  an odd line",
    ]
