"""Names nearly known, and what a project says as a whole; named files are judged as the whole project is."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envlint.checks import slips
from envlint.config import Config
from envlint.engine import judge, judge_files
from envlint.finding import Finding
from envlint.knowledge import Knowledge
from envlint.library import Library
from envlint.packs import load_builtin
from envlint.project import Project
from envlint.surfaces import surface_of_name

WANDB = load_builtin("wandb")
KNOWLEDGE = Knowledge((WANDB,))
OURS = {
    "unread-variable",
    "misspelled-variable",
    "deprecated-variable",
    "resume-without-run-id",
    "conflicting-settings",
}

SLIPS = [
    ("WANDB_MDOE", "WANDB_MODE"),
    ("WANDB_MOED", "WANDB_MODE"),
    ("WANDB_MODDE", "WANDB_MODE"),
    ("WANDB_MODEE", "WANDB_MODE"),
    ("WNADB_MODE", "WANDB_MODE"),
    ("WANDBMODE", "WANDB_MODE"),
    ("WANDDB_MODE", "WANDB_MODE"),
    ("WANDB__MODE", "WANDB_MODE"),
    ("WANDB_DRI", "WANDB_DIR"),
    ("WANDB_DIRR", "WANDB_DIR"),
    ("WANDB_PROJET", "WANDB_PROJECT"),
    ("WANDB_PROJEC", "WANDB_PROJECT"),
    ("WANDB_ROJECT", "WANDB_PROJECT"),
    ("WANDB_PROJEKT", "WANDB_PROJECT"),
    ("WANDB_PROJEACT", "WANDB_PROJECT"),
    ("WANDB_ENTITIY", "WANDB_ENTITY"),
    ("WANDB_RUNID", "WANDB_RUN_ID"),
    ("WANDB_API_KEU", "WANDB_API_KEY"),
    ("WANDB_IGNORE_GLOB", "WANDB_IGNORE_GLOBS"),
    ("WANDB_TAGSS", "WANDB_TAGS"),
    ("WANDB_NOTEBOOKNAME", "WANDB_NOTEBOOK_NAME"),
    ("WANDB_DISABLE_META", "WANDB__DISABLE_META"),
]

OWN = [
    "WANDB_MODES",  # a plural
    "WANDB_MODE2",  # a number
    "WANDB_MODE_",  # something was to follow
    "WANDB_MODEL",  # a suffix, and a word
    "WANDB_NODE",  # another word
    "WANDB_MOD",
    "WANDB_DIM",
    "WANDB_HOSTS",
    "WANDB_RUNS_ID",
    "WANDB_RUN_ID0",
    "WANDB_API_KEY1",
    "WANDB_API_KE1",
    "WANDBS_MODE",
    "MWANDB_MODE",
    "_WANDB_MODE",
    "WANDB1_MODE",
    "WANDB_PROJECTS",
    "WANDB_PROJECT_A",
    "WANDB_PROJCTE_A",
    "WANDB_LABEL",  # though there is WANDB__LABEL
    "WANDB_",
    "WANDB",
    "wandb_mdoe",
    "WANDB_mdoe",
    "",
]


@pytest.mark.parametrize(("written", "meant"), SLIPS)
def test_a_slip(written: str, meant: str) -> None:
    assert slips.meant(written, KNOWLEDGE.read_names, ["WANDB_"]) == meant


@pytest.mark.parametrize("written", OWN)
def test_a_name_of_ones_own(written: str) -> None:
    assert slips.meant(written, KNOWLEDGE.read_names, ["WANDB_"]) is None


def test_two_that_are_equally_near_are_neither() -> None:
    assert slips.meant("WANDB_COLOUX", ("WANDB_COLOUR", "WANDB_COLOUS"), ["WANDB_"]) is None
    assert slips.meant("WANDB_COLOUX", ("WANDB_COLOUR", "WANDB_FLAVOUR"), ["WANDB_"]) == "WANDB_COLOUR"


def test_swapped_goes_before_replaced() -> None:
    assert slips.meant("WANDB_COLORU", ("WANDB_COLOUR", "WANDB_COLORS"), ["WANDB_"]) == "WANDB_COLOUR"


def distance(one: str, other: str) -> int:
    """Optimal string alignment, by its textbook recurrence: edits and swaps of neighbours."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[i - 2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


@settings(max_examples=300, deadline=None)
@given(st.text("AB_1", max_size=8), st.text("AB_1", max_size=8))
def test_every_slip_is_one_edit(one: str, other: str) -> None:
    kind = slips._kind(one, other, slips._first_difference(one, other)) if one != other else None
    assert (kind is not None) == (distance(one, other) == 1)


@settings(max_examples=200, deadline=None)
@given(st.text("ABC_", min_size=6, max_size=9), st.text("ABC_", min_size=5, max_size=10))
def test_the_index_finds_what_comparing_each_finds(known: str, name: str) -> None:
    near = set(slips._neighbours(name, slips._index((known,))))
    assert near >= ({known} if distance(name, known) == 1 else set())


def ours(files: Mapping[str, str], named: tuple[str, ...] | None = None) -> list[str]:
    """The findings of this module's rules, as path:text; of all files or of some named ones."""
    if named is None:
        findings = judge_files(files, (WANDB,))
    else:
        library = library_of(files)
        facts = [found for path in named if (found := library.facts(path)) is not None]
        findings = judge(facts, library, KNOWLEDGE, Config()).findings
    return [described(finding) for finding in findings if finding.rule in OURS]


def library_of(files: Mapping[str, str]) -> Library:
    data = {path: text.encode("utf-8", "surrogateescape") for path, text in files.items()}
    surfaces = {path: surface_of_name(path.rpartition("/")[2]) or "text" for path in files}
    return Library(".", KNOWLEDGE.wanted, lambda: surfaces, data.get, lambda path: True)


def described(finding: Finding) -> str:
    return f"{finding.location.source.path}:{finding.location.source.slice(finding.location.span)}"


PROJECTS: tuple[dict[str, str], ...] = (
    {".env": "WANDB_OFFLINE=true\nWANDB_GROUP=a\n", "train.py": "import os\nos.environ['WANDB_GROUP']\n"},
    {".env": "WANDB_LOG_MODEL=end\n", "train.py": "import wandb\n", "requirements.txt": "transformers\n"},
    {".env": "WANDB_LOG_MODEL=end\n", "train.py": "import wandb\n", "requirements.txt": "numpy\n"},
    {".env": "WANBD_MODE=offline\nWANDB_RESUME=allow\n", "train.py": "import wandb\nwandb.init(id='a')\n"},
    {".env": "WANDB_RESUME=allow\n", "train.py": "import wandb\nwandb.init()\n"},
    {"run": "#!/bin/sh\n# WANDB_TEAM\nexport WANDB_TEAM=a\n", ".env": "WANDB_TEAM=b\n"},
    {
        "run.sh": "export WANDB_FORK_FROM='a?_step=1'\npython t.py\n",
        "t.py": "import wandb\nwandb.init(resume='auto')\n",
    },
)


@pytest.mark.parametrize("files", PROJECTS)
def test_a_named_file_is_judged_as_in_the_whole_project(files: dict[str, str]) -> None:
    each = {finding for path in files for finding in ours(files, (path,))}
    assert each == set(ours(files))


def test_what_the_projects_show() -> None:
    assert [ours(files) for files in PROJECTS] == [
        [".env:WANDB_OFFLINE"],
        [],
        [".env:WANDB_LOG_MODEL"],
        [".env:WANBD_MODE"],
        [".env:allow"],
        [".env:WANDB_TEAM", "run:WANDB_TEAM"],
        ["t.py:resume='auto'"],
    ]


def test_a_named_settings_file_shows_the_conflict_of_another_files_argument() -> None:
    assert ours(PROJECTS[-1], ("run.sh",)) == ["t.py:resume='auto'"]


MENTIONS = [
    ("WANDB_GROUP", True),
    (" $WANDB_GROUP ", True),
    ("WANDB_GROUP=WANDB_TEAM", True),
    ("xWANDB_GROUP", False),
    ("WANDB_GROUPS", False),
    ("WANDB_GROUP2", False),
    ("WANDB_GROUP-2", True),
    ("éWANDB_GROUPé", True),
    ("WANDBWANDB_GROUP", False),
    ("\ufeffWANDB_GROUP", True),
]


@pytest.mark.parametrize(("text", "expected"), MENTIONS)
def test_a_mention_is_a_whole_word(text: str, expected: bool) -> None:
    assert bool(library_of({"a.txt": text}).mentions("WANDB_GROUP")) is expected


def test_a_mention_in_another_encoding() -> None:
    data = "WANDB_GROUP".encode("utf-16")
    library = Library(".", KNOWLEDGE.wanted, lambda: {"a.ps1": "text"}, lambda path: data, lambda path: True)
    assert library.mentions("WANDB_GROUP") == ("a.ps1",)


USES = [
    ("requirements.txt", "ray[tune]==2.40", True),
    ("setup.py", "from ray import tune", True),
    ("environment.yml", "  - RAY", True),
    ("train.py", "numpy.array(arrays)", False),
    ("train.py", "xray = sprayed", False),
    ("train.py", "x_ray", True),
    ("paper.tex", "a ray of light", False),
    ("README.md", "ray", False),
    ("notebook.ipynb", '"import ray"', True),
    ("Makefile", "pip install ray", True),
]


@pytest.mark.parametrize(("path", "text", "expected"), USES)
def test_a_reader_is_there_where_its_word_is(path: str, text: str, expected: bool) -> None:
    assert library_of({path: text}).uses(("ray",)) is expected


READS = [
    ("train.sh", "export WANDB_GROUP=a\nexport WANDB_GROUP\nunset WANDB_GROUP\n", False),
    ("train.sh", "export WANDB_GROUP=a # WANDB_GROUP\n", False),
    ("train.sh", "export WANDB_GROUP=${WANDB_GROUP:-a}\n", False),
    ("train.sh", "echo $WANDB_GROUP\n", True),
    ("train.sh", "export WANDB_NAME=$WANDB_GROUP\n", True),
    ("train.py", "import os\nos.environ['WANDB_GROUP'] = 'a'\nos.environ.pop('WANDB_GROUP', None)\n", False),
    ("train.py", "import os\nos.getenv('WANDB_GROUP')\n", True),
    ("train.py", "import os\nname = 'WANDB_GROUP'\n", True),
    ("Dockerfile", "FROM a\nARG WANDB_GROUP\nENV WANDB_GROUP=$WANDB_GROUP\n", False),
    ("a.yaml", "WANDB_GROUP: a\n", False),
    ("a.yaml", "group: ${oc.env:WANDB_GROUP}\n", True),
    ("notes.md", "WANDB_GROUP is the group\n", False),
    (".envlint-baseline.json", '["WANDB_GROUP"]\n', False),
]


@pytest.mark.parametrize(("path", "text", "expected"), READS)
def test_reading_is_not_setting(path: str, text: str, expected: bool) -> None:
    assert Project(library_of({path: text})).reads("WANDB_GROUP") is expected


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "export WANDB_RESUME=allow",
                "export WANDB_FORK_FROM='a?_step=1'",
                "unset WANDB_RESUME",
                "unset WANDB_FORK_FROM",
                "python a.py",
                "if true; then",
                "fi",
                "WANDB_RESUME=must python b.py",
                "(",
                ")",
                "WANDB_GROUP=a",
                "echo $WANDB_GROUP",
                "export WANBD_MODE=a",
            ]
        ),
        max_size=12,
    )
)
def test_no_script_raises(lines: list[str]) -> None:
    text = "\n".join(lines)
    for finding in judge_files({"a.sh": text}, (WANDB,)):
        assert 0 <= finding.location.span.start <= finding.location.span.end <= len(text)


@pytest.mark.parametrize(
    "line",
    [
        "export WANDB_RESUME=allow WANDB_FORK_FROM='a?_step=1'\npython a.py\n",
        "if a; then export WANDB_RESUME=allow; fi; if b; then export WANDB_FORK_FROM='a?_step=1'; fi; python a.py\n",
        "export WANDB_GROUP=a\n",
        "export WANDB_PORJECT=a\n",
        "echo $WANDB_PORJECT\n",
    ],
)
def test_time_grows_with_the_length(line: str) -> None:
    def seconds(count: int) -> float:
        start = time.process_time()
        judge_files({"a.sh": line * count}, (WANDB,), Config(select=tuple(OURS)))
        return time.process_time() - start

    seconds(10)
    once = min(seconds(150), seconds(150))
    assert seconds(600) < 12 * once + 0.2


def test_a_long_word_is_no_name() -> None:
    start = time.process_time()
    assert ours({".env": "WANDB_" + "M" * 1_000_000 + "=a\n", "b.txt": "WANDB" * 200_000}) == []
    assert time.process_time() - start < 30
