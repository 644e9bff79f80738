"""Where a report goes: a file is written whole or not at all, and nothing else is ever put in its place."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from envlint import output


def test_a_file_is_made_or_replaced(tmp_path: Path) -> None:
    for text in ("one", "twö"):
        output.to_file(str(tmp_path / "report"), [text, "\n"])
        assert (tmp_path / "report").read_bytes() == f"{text}\n".encode()
    assert os.listdir(tmp_path) == ["report"]


def test_what_fails_on_the_way_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("old")

    def pieces() -> Iterator[str]:
        yield "new"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        output.to_file(str(tmp_path / "report"), pieces())
    assert (tmp_path / "report").read_text() == "old"
    assert os.listdir(tmp_path) == ["report"]


@pytest.mark.skipif(os.name == "nt", reason="needs links")
def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    output.to_file(str(tmp_path / "link"), ["new"])
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    output.to_file(str(pipe), ["a", "b"])
    reader.join(10)
    assert read == ["ab"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        output.to_file(str(tmp_path), ["x"])
