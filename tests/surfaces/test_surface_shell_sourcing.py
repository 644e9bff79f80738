"""Files of the project that a script loads: read in place where their path is certain, possible otherwise."""

from __future__ import annotations

import posixpath
import time
from dataclasses import replace

import pytest

from envlint.facts import Include, Wanted
from envlint.source import Source
from envlint.surfaces.shell import read

WANTED = Wanted(needles=("WANDB_", "wandb"), commands=("wandb",))
SETTINGS = b"MODE=x\nA=$1\nB=${U:-y}\nif cmd; then C=1; else C=2; fi\n"


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("cd data\n. ./settings.sh\nWANDB_MODE=$MODE", ("x",)),
        ('cd data\nsource "$(dirname "$0")/settings.sh"\nWANDB_MODE=$MODE', ("x",)),
        ('source "$ROOT/settings.sh"\nWANDB_MODE=$MODE', ("x",)),
        ("MODE=z\nfor i in 1 2; do . ./settings.sh; done\nWANDB_MODE=$MODE", ()),
        ("cd data\n. ./settings.sh\nWANDB_MODE=$C", ("1", "2")),
        (". ./settings.sh\nWANDB_MODE=$A", ()),
        ("cd data\n. ./settings.sh\nWANDB_MODE=$B", ()),
        (". ./other.sh\nWANDB_MODE=$MODE", ()),
        (". settings.sh\nWANDB_MODE=$MODE # in sh", ("x",)),
        ("source ./settings.sh\nWANDB_MODE=$MODE # in sh", ("x",)),
        ("source env\nWANDB_MODE=$MODE", ()),
        ("X=1 . ./settings.sh\nWANDB_MODE=$MODE", ("x",)),
        ("PWD=/tmp\n. ./settings.sh\nWANDB_MODE=$MODE", ("x",)),
        ('#SBATCH -n 1\n. "$(dirname $0)"/settings.sh\nWANDB_MODE=$MODE', ("x",)),
        ("#PBS -l x\n. ./settings.sh\nWANDB_MODE=$MODE", ("x",)),
        (". ./returns.sh\nWANDB_MODE=$MODE", ("x",)),
        (". ./fields.sh\nWANDB_MODE=$MODE", ("x",)),
    ],
)
def test_a_file_that_may_be_another_one_tells_what_is_possible(text: str, possible: tuple[str, ...]) -> None:
    first = "#!/bin/sh\n" if text.endswith("# in sh") else ""
    binding = list(read(Source("run.sh", (first + text).encode()), loading(FILES)).bindings())[-1]
    assert binding.value.possible() == possible
    assert not binding.value.exhaustive


FILES = {
    "settings.sh": SETTINGS,
    "plain.sh": b'MODE=x\nexport NAME=$RUN-1\n[ -n "$KIND" ] || KIND=d\nunset GONE\n',
    "lib/more.sh": b'HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)\n. "$HERE/inner.sh"\nMODE=$INNER-y\n',
    "lib/inner.sh": b"INNER=i\n",
    "itself.sh": b"MODE=x\n. ./itself.sh\nMODE=y\n",
    "returns.sh": b'MODE=x\n[ -n "$A" ] && return\nX=1\n',
    "fields.sh": b"IFS=,\nMODE=x\n",
    "exports.sh": b"set -a\nMODE=x\n",
    "functions.sh": b"MODE=x\nchange() { MODE=y; }\n",
    "whole.sh": b"declare -i NUMBER=1\nreadonly FIXED=f\n",
}


def loading(files: dict[str, bytes]) -> Wanted:
    def sourced(script: str, path: str) -> Source | None:
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(script), path))
        found = next((one for one in (beside, posixpath.normpath(path)) if one in files and one != script), None)
        return Source(found, files[found]) if found else None

    return replace(WANTED, sourced=sourced)


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("run.sh", ". ./plain.sh\nWANDB_MODE=$MODE", "x"),
        ("run.sh", "source plain.sh\nWANDB_MODE=$MODE", "x"),
        ("run.sh", ". ./plain.sh some arguments\nWANDB_MODE=$MODE", "x"),
        ("run.sh", ". ./plain.sh > log 2>&1\nWANDB_MODE=$MODE", "x"),
        ("run.sh", "RUN=r\n. ./plain.sh\nWANDB_MODE=$NAME", "r-1"),
        ("run.sh", "KIND=k\n. ./plain.sh\nWANDB_MODE=$KIND", "k"),
        ("run.sh", "KIND=\n. ./plain.sh\nWANDB_MODE=$KIND", "d"),
        ("run.sh", "GONE=g\n. ./plain.sh\nWANDB_MODE=${GONE-none}", "none"),
        ("run.sh", "(. ./plain.sh)\nMODE=z\nWANDB_MODE=$MODE", "z"),
        ("run.sh", "load() { . ./plain.sh; }\nload\nWANDB_MODE=$MODE", "x"),
        ("run.sh", "conda activate x\n. ./plain.sh\nWANDB_MODE=$MODE", "x"),
        ("run.sh", ". lib/more.sh\nWANDB_MODE=$MODE", "i-y"),
        ("run.sh", "cd lib\n. ../plain.sh\nWANDB_MODE=$MODE", "x"),
        ("run.sh", ". ./functions.sh\nWANDB_MODE=$MODE", "x"),
        ("run.sh", ". ./functions.sh\nchange\nWANDB_MODE=$MODE", None),
        ("run.sh", ". ./functions.sh\nOTHER=o\nchange\nWANDB_MODE=$OTHER", "o"),
        ("a/run.sh", ". ./functions.sh\nMODE=z\nchange\nWANDB_MODE=$MODE", None),
        ("a/run.sh", ". ./functions.sh\nOTHER=o\nchange\nWANDB_MODE=$OTHER", "o"),
        ("run.sh", ". ./whole.sh\nNUMBER=1+1\nWANDB_MODE=$NUMBER", None),
        ("run.sh", ". ./whole.sh\nFIXED=g\nWANDB_MODE=$FIXED", None),
        ("run.sh", ". ./exports.sh\nexport -n X\ndocker run -e MODE image\nWANDB_MODE=$MODE", "x"),
        ("a/run.sh", '. "$(dirname "$0")/../plain.sh"\nWANDB_MODE=$MODE', "x"),
        ("a/run.sh", '. "${BASH_SOURCE[0]%/*}/../plain.sh"\nWANDB_MODE=$MODE', "x"),
        ("a/run.sh", 'D=$(cd "$(dirname "$0")/.." && pwd -P)\ncd /tmp\n. "$D"/plain.sh\nWANDB_MODE=$MODE', "x"),
        ("a/run.sh", 'D=$(realpath "$(dirname "$0")")\n. $D/../plain.sh\nWANDB_MODE=$MODE', "x"),
        ("a/run.sh", 'cd "$(dirname "$0")/.." || exit 1\n. ./plain.sh\nWANDB_MODE=$MODE', "x"),
        ("a/run.sh", 'pushd "$(dirname "$0")" > /dev/null\n. ../plain.sh\nWANDB_MODE=$MODE', "x"),
        ("a/run.sh", "#!/bin/zsh\n. ${0:A:h}/../plain.sh\nWANDB_MODE=$MODE", "x"),
        ("a/run.sh", ". ./plain.sh\nWANDB_MODE=$MODE", None),
    ],
)
def test_a_file_whose_path_is_certain_is_read_in_place(path: str, text: str, value: str | None) -> None:
    binding = list(read(Source(path, text.encode()), loading(FILES)).bindings())[-1]
    assert binding.variable == "WANDB_MODE"
    assert binding.value.unset().text == value


def test_files_that_load_each_other_end() -> None:
    files = {f"f{at}.sh": f"A=$A{at}\n. ./f{at + 1}.sh\n. ./f{at + 2}.sh\n".encode() for at in range(60)}
    start = time.process_time()
    read(Source("run.sh", b". ./f0.sh\n" * 2_000 + b"WANDB_MODE=$A"), loading(files))
    assert time.process_time() - start < 30


def test_where_a_loaded_file_is_told() -> None:
    found = read(Source("a/run.sh", b'. "$(dirname "$0")/../plain.sh"\n'), loading(FILES))
    (include,) = (item for item in found.items if isinstance(item, Include))
    assert include.path.text == "../plain.sh"
