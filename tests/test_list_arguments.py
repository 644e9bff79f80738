"""Lists as arguments, and booleans with words of their own: what a pack says of them, and what follows."""

from __future__ import annotations

import pytest

from envlint.engine import judge_files
from envlint.pack import Pack, PackError
from envlint.packfile import loads

_PACK = """
[pack]
name = "team"
title = "Team"
prefix = "TEAM_"
needles = ["team"]

[booleans]
true = ["yes"]
false = ["no"]
ignore-case = true

[[function]]
name = "team.start"

[[variable]]
name = "TEAM_TAGS"
summary = "The tags."
arguments = ["team.start:tags", "team.start:labels", "team.start:letters"]
lettered = ["team.start:letters"]
kind = "list"
separator = ","
max-length = 3
overlong = "team.start raises an error"
empty = false
refused = "team.start raises an error"

[[variable]]
name = "TEAM_GLOBS"
summary = "The globs."
arguments = ["team.start:globs"]
kind = "list"
separator = ","
alone = "team.start raises an error"

[[variable]]
name = "TEAM_AGAIN"
summary = "What happens a second time."
kind = "boolean"
others = ["Perhaps"]
old = { yes = "Perhaps" }
refused = "team.start raises an error"

[[rule]]
name = "invalid-value"
summary = "A value."
why = "Because."
severity = "error"
check = "invalid-value"
message = "{variable} does not accept {value}: it {problem}."
help = "Write {instead}."
since = "0.1"

[[rule]]
name = "overlong-value"
summary = "A length."
why = "Because."
severity = "error"
check = "overlong-value"
message = "{variable} is {length} long."
help = "Write less."
since = "0.1"
"""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return loads(_PACK.encode(), "team.toml")


def _said(pack: Pack, line: str) -> list[str]:
    return [finding.message for finding in judge_files({"a.py": f"import os, team\n{line}\n"}, (pack,))]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('os.environ["TEAM_TAGS"] = "abc,def"', []),
        ('team.start(tags="a,b")', []),
        ('team.start(tags="ab,cd")', ["TEAM_TAGS is 5 long."]),
        ('team.start(tags="")', ["TEAM_TAGS does not accept '': it is empty."]),
        ('team.start(letters="ab,cd")', []),
        ('team.start(letters="")', []),
        ('team.start(tags=["ab", "abcd"])', ["TEAM_TAGS is 4 long."]),
        ('team.start(tags=("ab", ""))', ["TEAM_TAGS does not accept '': it is empty."]),
        ('team.start(tags={"a,b"})', []),
        ('team.start(tags=["ab", *more, os.sep])', []),
        ("team.start(tags=[])", []),
        ('team.start(letters=["ab", "abcd"])', ["TEAM_TAGS is 4 long."]),
        ('team.start(**{"tags": ["abcd"]})', ["TEAM_TAGS is 4 long."]),
        ('T = ["abcd"]\nteam.start(tags=T)', ["TEAM_TAGS is 4 long."]),
        ('T = ["abcd"]\nT.pop()\nteam.start(tags=T)', []),
        ('team.start(globs=["a", "b"])', []),
        ('os.environ["TEAM_GLOBS"] = "a,b"', []),
        ('team.start(globs="a")', ["TEAM_GLOBS does not accept 'a': it is a text."]),
        ('os.environ["TEAM_AGAIN"] = "YES"', []),
        ('os.environ["TEAM_AGAIN"] = "Perhaps"', []),
        (
            'os.environ["TEAM_AGAIN"] = "perhaps"',
            ["TEAM_AGAIN does not accept 'perhaps': it is none of Perhaps, yes, no."],
        ),
    ],
)
def test_what_is_said(pack: Pack, line: str, said: list[str]) -> None:
    assert _said(pack, line) == said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('lettered = ["team.start:letters"]', 'lettered = ["team.star:letters"]', "lettered holds"),
        ('old = { yes = "Perhaps" }', 'old = { perhaps = "no" }', "old holds"),
        ('kind = "list"', 'kind = "list"\nothers = ["a"]', "others means nothing"),
    ],
)
def test_what_cannot_be_meant(old: str, new: str, said: str) -> None:
    with pytest.raises(PackError, match=said):
        loads(_PACK.replace(old, new, 1).encode(), "team.toml")
