"""The line that says how far a run is."""

from __future__ import annotations

import io

import pytest

from envlint.progress import counting, is_watched, line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("done", "total", "expected"),
    [
        (0, 9000, "[                              ]   0% of 9000 commits"),
        (3000, 9000, "[##########                    ]  33% of 9000 commits"),
        (9000, 9000, "[##############################] 100% of 9000 commits"),
        (9001, 9000, "[##############################] 100% of 9000 commits"),
        (0, 0, "[##############################] 100% of 0 commits"),
    ],
)
def test_the_line(done: int, total: int, expected: str) -> None:
    assert line("commits", done, total) == expected


def test_it_is_drawn_ten_times_a_second_and_erased() -> None:
    times = iter([0.0, 0.01, 0.05, 0.2])
    screen = Terminal()
    with counting(screen, "commits", 4, clock=lambda: next(times)) as tell:
        for done in range(3):
            tell(done)
    drawn = screen.getvalue().split("\r\x1b[K")
    assert drawn == ["", line("commits", 0, 4), line("commits", 2, 4), ""]


def test_it_is_erased_where_the_run_fails() -> None:
    screen = Terminal()

    def run() -> None:
        with counting(screen, "commits", 4) as tell:
            tell(1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        run()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_only_a_terminal_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert is_watched(Terminal())
    assert not is_watched(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not is_watched(Terminal())
