"""Laws that hold for whatever a file holds: nothing raises, nothing is missed on one surface that is found on
another, and findings stand where they say."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envlint.engine import judge_files
from envlint.finding import Finding
from envlint.knowledge import Knowledge
from envlint.library import read
from envlint.packs import load_builtin
from envlint.source import Source
from envlint.surfaces import surface_of_name

PACKS = (load_builtin("wandb"),)
NAMES = (".env", "train.sh", "Dockerfile", "train.py", "notes.txt")

# Pieces of every notation, so that random texts go deep into the readers.
PIECES = (
    *(
        "WANDB_MODE",
        "WANDB_API_KEY",
        "wandb",
        "import ",
        "export ",
        "ENV ",
        "RUN ",
        "FROM a",
        "os.environ",
        "wandb.init(",
    ),
    *(
        "=",
        '"',
        "'",
        "\\",
        "\n",
        "\r\n",
        "$",
        "${",
        "}",
        "(",
        ")",
        "[",
        "]",
        "#",
        " ",
        "\t",
        ":-",
        "<<EOF",
        "EOF",
        "`",
        "&&",
        "|",
    ),
    *("if x:", "\n  ", "def f():", ";", "é", "\0", "\ufeff", "\udcff", "disable", "0", "envlint: ignore[", "]"),
)
texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60)

LENIENT = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", NAMES)
@LENIENT
@given(text=texts)
def test_no_text_stops_a_run(name: str, text: str) -> None:
    for finding in judge_files({name: text}, PACKS):
        assert "a mistake of envlint" not in finding.message
        source, span = finding.location.source, finding.location.span
        assert 0 <= span.start <= span.end <= len(source.text)


# The same setting as each surface writes it; %s stands for the value, which needs no quoting in any of them.
RENDERINGS = {
    "dotenv": (".env", "{name}={value}\n"),
    "dotenv, quoted": (".env", '{name}="{value}"\n'),
    "dotenv, exported": (".env", "export {name}='{value}' # why\n"),
    "shell export": ("train.sh", "export {name}={value}\n"),
    "shell prefix": ("train.sh", "{name}='{value}' python train.py\n"),
    "shell env": ("job.sbatch", 'env {name}="{value}" srun python train.py\n'),
    "shell, by a name": ("train.sh", "X={value}\nexport {name}=$X\n"),
    "shell default": ("train.sh", 'export {name}="${{{name}:-{value}}}"\n'),
    "sourced by set -a": ("train.sh", "set -a\n{name}={value}\nset +a\npython train.py\n"),
    "a script in a string": ("train.sh", "bash -c 'export {name}={value}; python train.py'\n"),
    "on another host": ("train.sh", "ssh gpu '{name}={value} python train.py'\n"),
    "sbatch --export": ("submit.sh", "sbatch --export=ALL,{name}={value} job.sbatch\n"),
    "#SBATCH --export": ("job.sbatch", "#!/bin/bash\n#SBATCH --export=ALL,{name}={value}\nsrun python train.py\n"),
    "singularity": ("train.sh", "singularity exec --env {name}={value} image.sif python train.py\n"),
    "SINGULARITYENV_": ("train.sh", "export SINGULARITYENV_{name}={value}\n"),
    "a file that is written": ("setup.sh", "cat > .env <<'EOF'\n{name}={value}\nEOF\n"),
    "docker run": ("run.sh", "docker run -e {name}={value} image\n"),
    "ENV": ("Dockerfile", "FROM a\nENV {name}={value}\n"),
    "ENV, old form": ("Dockerfile", "FROM a\nENV {name} {value}\n"),
    "ARG": ("Dockerfile", "FROM a\nARG {name}={value}\n"),
    "RUN": ("Dockerfile", "FROM a\nRUN export {name}={value} && \\\n    python train.py\n"),
    "environ item": ("train.py", "import os\nos.environ['{name}'] = '{value}'\n"),
    "environ, by a constant": ("train.py", "import os\nV = '{value}'\nos.environ['{name}'] = V\n"),
    "setdefault": ("train.py", "from os import environ\nenviron.setdefault('{name}', '{value}')\n"),
    "update": ("train.py", "import os\nos.environ.update({{'{name}': '{value}'}})\n"),
    "update, by keyword": ("train.py", "import os\nos.environ.update({name}='{value}')\n"),
    "|=": ("train.py", "import os\nos.environ |= {{'{name}': '{value}'}}\n"),
    "putenv": ("train.py", "import os\nos.putenv('{name}', '{value}')\n"),
    "shell text in Python": ("train.py", "import os\nos.system('{name}={value} python train.py')\n"),
    "%env": ("train.ipynb", '{{"nbformat": 4, "cells": [{{"cell_type": "code", "source": ["%env {name}={value}"]}}]}}'),
    "a cell": (
        "train.ipynb",
        '{{"nbformat": 4, "cells": [{{"cell_type": "code", "source": '
        "[\"import os\\n\", \"os.environ['{name}'] = '{value}'\"]}}]}}",
    ),
    "%%bash": (
        "train.ipynb",
        '{{"nbformat": 4, "cells": [{{"cell_type": "code", "source": '
        '["%%bash\\n", "export {name}={value}\\n", "python train.py"]}}]}}',
    ),
    "subprocess": (
        "train.py",
        "import os, subprocess\nsubprocess.run(['x'], env={{**os.environ, '{name}': '{value}'}})\n",
    ),
}

BAD = {
    "invalid-value": st.sampled_from(["WANDB_MODE", "WANDB_RESUME", "WANDB_CONSOLE", "WANDB_SILENT"]).flatmap(
        lambda name: st.tuples(st.just(name), st.from_regex(r"[a-z]{3,9}x", fullmatch=True))
    ),
    "overlong-value": st.tuples(st.just("WANDB_RUN_ID"), st.from_regex(r"[a-z0-9]{65,80}", fullmatch=True)),
    "relative-path": st.tuples(st.just("WANDB_DIR"), st.from_regex(r"(\./)?[a-z]{1,8}/[a-z]{1,8}", fullmatch=True)),
    "committed-api-key": st.tuples(
        st.just("WANDB_API_KEY"),
        st.integers(0).map(lambda seed: "".join(random.Random(seed).choices("0123456789abcdef", k=40))),
    ),
}


@pytest.mark.parametrize("rule", BAD)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_one_bad_value_is_found_on_every_surface(rule: str, data: st.DataObject) -> None:
    name, value = data.draw(BAD[rule])
    for title, (file, form) in RENDERINGS.items():
        findings = judge_files({file: form.format(name=name, value=value)}, PACKS)
        found = [finding for finding in findings if finding.rule == rule]
        assert [at(finding) for finding in found] == [value], title
        assert found[0].variable == name, title


def at(finding: Finding) -> str:
    """The text that a finding points at; for a value that a name carried, where the value is written."""
    place = finding.related[0].location if finding.related else finding.location
    return place.source.slice(place.span)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["train.sh", "Dockerfile", ".env", "train.py"])
def test_each_fact_of_a_file_that_is_given_up_stands_in_a_scope(name: str, encoding: str) -> None:
    text = "export WANDB_MODE=ofline\nwandb login\n# WANDB_MODE=offline\n"
    knowledge = Knowledge((load_builtin("wandb"),))
    facts = read(Source(name, text.encode(encoding)), surface_of_name(name) or "text", knowledge.wanted)
    assert facts.unreadable or facts.items
    assert all(item.scope < len(facts.scopes) for item in facts.items)
