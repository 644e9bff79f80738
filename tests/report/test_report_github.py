"""Workflow commands. Escapes and limits are those of the runner: percent sign, CR and LF in messages, colon and
comma in properties too."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from made_up import at, finding, report, sample, source

from envlint.finding import Location, Related, Severity, Suppressed
from envlint.report import Style, load
from envlint.source import Span

COMMAND = re.compile(r"::(error|warning|notice) ([^:\r\n]*)::([^\r\n]*)\n")


def github(shown) -> str:
    return "".join(load("github").render(shown, Style()))


def unescaped(text: str) -> str:
    for code, character in (("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_sample_without_what_is_suppressed() -> None:
    lines = github(sample("/elsewhere")).splitlines()
    assert [line.split("::")[1].split(" ")[0] for line in lines] == ["error", "warning", "error"]
    assert lines[1] == (
        "::warning file=src/train.py,line=10,endLine=10,col=9,endColumn=22,title=shadowing-argument::"
        "wandb.init(mode='online') wins over WANDB_MODE='offline'%0Ahelp: drop the argument%0A"
        "src/train.py:4:28: WANDB_MODE is set to 'offline' here"
    )


def test_levels_and_several_lines() -> None:
    where = source("a.sh", "ab\ncd\n")
    shown = github(report(finding(where, Span(1, 4), severity=Severity.NOTE, message="m")))
    assert shown == "::notice file=a.sh,line=1,endLine=2,title=invalid-value::m\n"


def test_percent_signs_are_escaped_first() -> None:
    where = source("50%,a:b\n.sh", "x\n")
    shown = github(report(finding(where, Span(0, 1), message="100%0A, x::y")))
    assert shown == (
        "::error file=50%25%2Ca%3Ab␊.sh,line=1,endLine=1,col=1,endColumn=2,title=invalid-value::100%250A, x::y\n"
    )


def test_bytes_of_a_path_that_are_no_text() -> None:
    shown = github(report(finding(source("a\udcff.sh", "x"), Span(0, 1))))
    assert "file=a%25FF.sh," in shown


def test_suppressed_findings_are_no_annotations() -> None:
    assert github(report(finding(source("a.sh", "x"), Span(0, 1), suppressed=Suppressed("baseline", "")))) == ""


def test_longest_message() -> None:
    where = source("a.sh", "x\n")
    message = unescaped(github(report(finding(where, Span(0, 1), message="😀" * 3000))).split("::", 2)[2][:-1])
    assert message == "😀" * 2047 + "…"
    assert len(message.encode("utf-16-le")) // 2 <= 4096


@given(st.text(), st.text(min_size=1), st.text())
def test_no_text_makes_a_second_command(message: str, name: str, note: str) -> None:
    where = source("dir/" + name, "x\n")
    related = (Related(Location(where, at(where, "x")), note),)
    shown = github(report(finding(where, Span(0, 1), message=message, help=note, related=related)))
    assert COMMAND.fullmatch(shown)
    assert len(shown.splitlines()) == 1
