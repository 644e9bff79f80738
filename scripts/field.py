"""Runs envlint again on the real repositories of docs/field-report.tsv, and compares.

    python scripts/field.py FOLDER

FOLDER holds a checkout of each repository at its commit, as `owner+name`; one that is missing, or at
another commit, is a failure. Every finding that a row says is right must be found, none that it says is
wrong may be, and every finding must have a row. Rows about misses ("missed") are listed, and a miss that is
found now is a failure too: its row wants to be changed. A key is never printed.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPORT = Path(__file__).parent.parent / "docs" / "field-report.tsv"
COLUMNS = ("repository", "commit", "path", "line", "rule", "verdict", "why")
VERDICTS = ("right", "wrong", "missed")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A finding by what does not change with its words."""

    path: str
    line: int
    rule: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report: a finding or a miss that somebody read."""

    repository: str
    commit: str
    place: Place
    verdict: str


def rows() -> Iterator[Row]:
    with REPORT.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if tuple(table.fieldnames or ()) != COLUMNS:
            sys.exit(f"{REPORT}: the columns must be {', '.join(COLUMNS)}")
        for number, row in enumerate(table, 2):
            if row["verdict"] not in VERDICTS:
                sys.exit(f"{REPORT}:{number}: the verdict is none of {', '.join(VERDICTS)}")
            place = Place(row["path"], int(row["line"]), row["rule"])
            yield Row(row["repository"], row["commit"], place, row["verdict"])


def findings(checkout: Path) -> set[Place]:
    command = [sys.executable, "-m", "envlint", "check", "--isolated", "--output-format", "json", "."]
    done = subprocess.run(command, cwd=checkout, capture_output=True, check=False)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"{checkout.name}: envlint ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return {Place(found["path"], found["line"], found["rule"]) for found in json.loads(done.stdout)["findings"]}


def differences(folder: Path, repository: str, recorded: list[Row]) -> Iterator[str]:
    checkout = folder / repository.replace("/", "+")
    if not checkout.is_dir():
        yield "there is no checkout"
        return
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=False)
    if commit.stdout.strip() != recorded[0].commit:
        yield f"the checkout is at {commit.stdout.strip() or 'no commit'}, not at {recorded[0].commit}"
        return
    found = findings(checkout)
    known = {row.place: row.verdict for row in recorded if row.place.path}
    for place, verdict in sorted(known.items()):
        if (verdict == "right") != (place in found):
            state = "found" if place in found else "not found"
            yield f"{place.path}:{place.line} {place.rule}: recorded as {verdict}, but {state} now"
    for place in sorted(found - known.keys()):
        yield f"{place.path}:{place.line} {place.rule}: found, but nobody has read it"


def main(folder: Path) -> int:
    by_repository: dict[str, list[Row]] = {}
    for row in rows():
        by_repository.setdefault(row.repository, []).append(row)
    failures = 0
    for repository, recorded in sorted(by_repository.items()):
        told = list(differences(folder, repository, recorded))
        failures += len(told)
        counts = ", ".join(f"{sum(row.verdict == v for row in recorded)} {v}" for v in VERDICTS)
        print(f"{repository}: {counts}{'' if told else ', as recorded'}")
        for line in told:
            print(f"  {line}")
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
