"""The JSON that is promised."""

from __future__ import annotations

import json

import pytest
from made_up import at, finding, key, report, sample, source

from envlint.finding import Edit, Fix
from envlint.report import Notice, Style, load
from envlint.source import Span


def render(shown) -> str:
    return "".join(load("json").render(shown, Style(color=True, width=20)))


def test_every_key_in_order() -> None:
    document = json.loads(render(sample()))
    assert list(document) == ["version", "findings", "unreadable", "summary"]
    names = "rule severity confidence message help path line column end_line end_column variable surface form"
    more = "fingerprint cell commit related fix suppressed"
    assert {" ".join(found) for found in document["findings"]} == {f"{names} {more}"}
    assert document["summary"] == {
        "files": 12,
        "errors": 2,
        "warnings": 1,
        "notes": 0,
        "suppressed": 1,
        "fixable": 2,
    }
    assert document["unreadable"] == [
        {"path": "data/odd.py", "line": 7, "message": "the parser gave up: unbalanced brackets"}
    ]


def test_one_finding_whole() -> None:
    found = json.loads(render(sample("/srv")))["findings"][3]
    fingerprint = found.pop("fingerprint")
    assert len(fingerprint) == 24
    assert set(fingerprint) <= set("0123456789abcdef")
    assert found == {
        "rule": "invalid-value",
        "severity": "error",
        "confidence": "high",
        "message": "WANDB_MODE is 'ofline': wandb.init raises",
        "help": "write 'offline'",
        "path": "project/train.sh",
        "line": 3,
        "column": 19,
        "end_line": 3,
        "end_column": 25,
        "variable": "WANDB_MODE",
        "surface": "shell",
        "form": "shell-export",
        "cell": None,
        "commit": None,
        "related": [],
        "fix": {
            "title": "write 'offline'",
            "applicability": "safe",
            "edits": [
                {
                    "path": "project/train.sh",
                    "line": 3,
                    "column": 19,
                    "end_line": 3,
                    "end_column": 25,
                    "text": "offline",
                }
            ],
        },
        "suppressed": None,
    }


def test_related_and_suppressed() -> None:
    found = json.loads(render(sample()))["findings"][1]
    assert found["suppressed"] == {"kind": "comment", "reason": "the sweep needs it"}
    assert found["related"] == [
        {
            "path": "docker/Dockerfile",
            "line": 2,
            "column": 19,
            "end_line": 2,
            "end_column": 24,
            "message": "WANDB_PROJECT is set to 'chess' here",
        }
    ]


def test_sorted_by_path_line_column_rule() -> None:
    for cwd in ("/srv/project", "/srv/project/src", "/srv/project/docker", "/"):
        rows = json.loads(render(sample(cwd)))["findings"]
        places = [(row["path"], row["line"], row["column"], row["rule"]) for row in rows]
        assert places == sorted(places)


def test_columns_count_code_points() -> None:
    where = source("a.sh", "😀é=x\n")
    found = json.loads(render(report(finding(where, at(where, "x")))))["findings"][0]
    assert (found["column"], found["end_column"]) == (4, 5)


@pytest.mark.parametrize("text", [key(), f"x={key()}\n", "\udcff"])
def test_fix_that_would_have_to_be_changed_is_left_out(text: str) -> None:
    where = source("a.sh", "x\n")
    fix = Fix("write it", (Edit(where, Span(0, 1), text),), safe=True)
    document = json.loads(render(report(finding(where, Span(0, 1), fix=fix))))
    assert document["findings"][0]["fix"] is None


def test_letters_stay_and_what_a_terminal_acts_on_is_escaped() -> None:
    where = source("é\x9b.sh", "x\n")
    shown = render(report(finding(where, Span(0, 1), message="値 \u202e \x1b \udcff")))
    assert '"path": "é\\u009b.sh"' in shown
    assert '"message": "値 \\u202e \\u001b �"' in shown
    shown.encode("utf-8")


def test_notices_are_sorted_and_relative() -> None:
    notices = (Notice("b.py", 3, "m"), Notice("b.py", None, "m"), Notice("a.py", 1, "m", root="/srv/other"))
    document = json.loads(render(report(unreadable=notices)))
    assert document["unreadable"] == [
        {"path": "../other/a.py", "line": 1, "message": "m"},
        {"path": "b.py", "line": None, "message": "m"},
        {"path": "b.py", "line": 3, "message": "m"},
    ]
