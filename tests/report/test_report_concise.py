"""One line a finding."""

from __future__ import annotations

from made_up import finding, key, report, sample, source

from envlint.finding import Suppressed
from envlint.report import Style, load
from envlint.source import Span


def concise(shown, **style) -> str:
    return "".join(load("concise").render(shown, Style(**style)))


def test_lines_are_sorted_by_the_path_that_is_shown() -> None:
    assert concise(sample("/srv/project/src")).splitlines() == [
        f"../.env:2:15: error[committed-api-key] WANDB_API_KEY holds a key ({key()[:4]}…(40 characters)) in a file "
        "that is committed",
        "../train.sh:3:19: error[invalid-value] WANDB_MODE is 'ofline': wandb.init raises",
        "train.py:9:9: note[redundant-argument] wandb.init(project='go') wins over WANDB_PROJECT='chess' "
        "(suppressed: the sweep needs it)",
        "train.py:10:9: warning[shadowing-argument] wandb.init(mode='online') wins over WANDB_MODE='offline'",
    ]


def test_nothing_ends_a_line_early() -> None:
    where = source("a\nb.sh", "x\n")
    hostile = finding(where, Span(0, 1), message="one\ntwo\r", suppressed=Suppressed("comment", "x\u2028y"))
    assert concise(report(hostile)) == ("a␊b.sh:1:1: error[invalid-value] one␊two␍ (suppressed: x<U+2028>y)\n")


def test_color() -> None:
    where = source("a.sh", "x\n")
    assert concise(report(finding(where, Span(0, 1), message="m")), color=True) == (
        "a.sh:1:1: \x1b[1;31merror[invalid-value]\x1b[0m m\n"
    )


def test_statistics_stand_in_place_of_the_findings() -> None:
    assert concise(sample(), statistics=True) == (
        "1  error    committed-api-key\n1  error    invalid-value\n1  warning  shadowing-argument\n"
    )
