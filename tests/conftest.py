"""What all tests share: the table of reach that the differential tests fill and the summary prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

_TABLES = pytest.StashKey[dict[str, dict[str, tuple[int, int]]]]()

Reach = Callable[[str, Mapping[str, tuple[int, int]]], None]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TABLES] = {}


@pytest.fixture(scope="session")
def reach(pytestconfig: pytest.Config) -> Reach:
    """Records, under a title, how many values of each notation were claimed out of how many there were."""

    def record(title: str, rows: Mapping[str, tuple[int, int]]) -> None:
        pytestconfig.stash[_TABLES][title] = dict(rows)

    return record


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for title, rows in sorted(config.stash[_TABLES].items()):
        terminalreporter.section(f"reach: {title}", sep="-")
        claimed = sum(known for known, _ in rows.values())
        total = sum(every for _, every in rows.values())
        width = max(map(len, rows), default=0)
        for name, (known, every) in [*rows.items(), ("all", (claimed, total))]:
            share = f"{known / every:6.1%}" if every else "     -"
            terminalreporter.write_line(f"{name:<{width}}  {known:>6} of {every:>6}  {share}")
