"""What envlint says of lines that set variables or pass arguments, through the whole engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from envlint.config import Config
from envlint.engine import judge_files
from envlint.finding import Confidence
from envlint.pack import Pack, Variable

_RULES = ("invalid-value", "overlong-value")


def binding(name: str, text: str) -> str:
    return f"os.environ[{name!r}] = {text!r}"


def call(function: str, parameter: str, text: str) -> str:
    return f"{function}({parameter}={text!r})"


def flagged(pack: Pack, written: Mapping[str, Sequence[str]], sdk: str) -> dict[str, set[int]]:
    """The numbers of the lines that envlint flags for a version of the SDK, under the names that the lists of
    lines have. A length that only the server refuses is no statement about the package and does not count."""
    titles = list(written)
    files = {
        f"{number}.py": "\n".join(["import os, wandb", *written[title], ""]) for number, title in enumerate(titles)
    }
    servers = {variable.name for variable in pack.variables if server_limits(variable, sdk)}
    found: dict[str, set[int]] = {title: set() for title in titles}
    config = Config(select=_RULES, min_confidence=Confidence.LOW, sdk=sdk)
    for finding in judge_files(files, (pack,), config):
        if finding.rule == "overlong-value" and finding.variable in servers:
            continue
        source = finding.location.source
        line = source.text.count("\n", 0, finding.location.span.start)
        found[titles[int(source.path.partition(".")[0])]].add(line - 1)
    return found


def server_limits(variable: Variable, sdk: str) -> bool:
    """Whether it is the server, and not the package, that refuses a text of this variable for its length."""
    spec = variable.spec(sdk)
    return spec.max_length is not None and "wandb.init" not in spec.overlong
