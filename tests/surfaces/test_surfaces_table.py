"""Which surface a file is, by its name and by its first line."""

from __future__ import annotations

import sys

import pytest

from envlint.facts import Wanted
from envlint.source import Source
from envlint.surfaces import MODULES, load, surface_of_name, surface_of_shebang


@pytest.mark.parametrize(
    ("name", "surface"),
    [
        ("Dockerfile", "dockerfile"),
        ("Dockerfile.gpu", "dockerfile"),
        ("Dockerfile-dev", "dockerfile"),
        ("Dockerfile_train", "dockerfile"),
        ("Dockerfile.env", "dockerfile"),
        ("Containerfile", "dockerfile"),
        ("Containerfile.cuda", "dockerfile"),
        ("train.dockerfile", "dockerfile"),
        ("Train.Dockerfile", "dockerfile"),
        ("dockerfile", "dockerfile"),
        ("dockerfile.gpu", "dockerfile"),
        ("dockerfiles.txt", None),
        (".dockerignore", None),
        ("Dockerfile.dockerignore", None),
        ("Dockerfile.md", None),
        ("DockerfileParser.py", "python"),
        (".env", "dotenv"),
        (".env.local", "dotenv"),
        (".env.py", "dotenv"),
        ("prod.env", "dotenv"),
        ("PROD.ENV", "dotenv"),
        (".envrc", "dotenv"),
        (".flaskenv", "dotenv"),
        ("env", None),
        (".environment", None),
        (".env_example", None),
        ("train.sh", "shell"),
        ("train.bash", "shell"),
        ("train.zsh", "shell"),
        ("train.ksh", "shell"),
        ("job.sbatch", "shell"),
        ("job.slurm", "shell"),
        ("train.sh.j2", None),
        (".sh", "shell"),
        ("train.py", "python"),
        ("train.PY", "python"),
        ("train.pyi", "python"),
        ("train.pyc", None),
        ("notebook.ipynb", "notebook"),
        ("README", None),
        ("", None),
    ],
)
def test_a_name(name: str, surface: str | None) -> None:
    assert surface_of_name(name) == surface


@pytest.mark.parametrize(
    ("line", "surface"),
    [
        ("#!/bin/sh", "shell"),
        ("#!/bin/sh -eu", "shell"),
        ("#! /bin/bash -l", "shell"),
        ("#!/bin/bash\r", "shell"),
        ("#!/usr/bin/env bash", "shell"),
        ("#!/usr/bin/env -S bash -e", "shell"),
        ("#!/usr/bin/env -Sbash -e", "shell"),
        ("#!/usr/bin/env -iS A=1 bash", "shell"),
        ("#!/usr/bin/env --split-string=dash -x", "shell"),
        ("#!/usr/bin/env -u WANDB_MODE zsh", "shell"),
        ("#!/usr/bin/env WANDB_MODE=offline ksh", "shell"),
        ("#!/bin/busybox sh", "shell"),
        ("#!/usr/bin/python", "python"),
        ("#!/usr/bin/python3.11", "python"),
        ("#!/usr/bin/python3.13t", "python"),
        ("#!/usr/bin/env python3 -u", "python"),
        ("#!/usr/bin/env pypy3", "python"),
        ("#!/usr/bin/env -S uv run --script", "python"),
        ("#!C:\\Python\\python.exe", "python"),
        ("#!/usr/bin/env fish", None),
        ("#!/usr/bin/env node", None),
        ("#!/usr/bin/env", None),
        ("#!/usr/bin/env -S", None),
        ("#!/usr/bin/env -u", None),
        ("#!", None),
        ("# !/bin/sh", None),
        ("/bin/sh", None),
        ("#!/usr/bin/pythonic", None),
    ],
)
def test_a_first_line(line: str, surface: str | None) -> None:
    assert surface_of_shebang(line.encode()) == surface


def test_bytes_that_are_no_text_name_no_interpreter() -> None:
    assert surface_of_shebang(b"#!\xff\xfe\x00") is None


def test_every_row_of_the_table_names_a_reader_of_its_own_surface() -> None:
    for surface in MODULES:
        assert load(surface)(Source("x", b""), Wanted()).surface == surface


def test_a_reader_is_imported_when_it_is_asked_for() -> None:
    load("text")
    assert "envlint.surfaces.text" in sys.modules


def test_there_is_no_other_surface() -> None:
    with pytest.raises(KeyError):
        load("yaml-or-so")
