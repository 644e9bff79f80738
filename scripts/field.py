"""Runs envlint again on the real trees of docs/field-report.tsv, and compares.

    python scripts/field.py FOLDER

FOLDER holds a tree for each repository and commit of the report: a checkout as `owner+name@commit`, the
commit's first ten digits, or the unpacked source archive of a package as `name-version`. A tree that is
missing, or at another commit, is a failure.

A row is a finding that somebody read, "right" or "wrong"; a "missed" one; or, with an empty path, the word
that the whole tree was read and is "clean". Right ones must be found, wrong and missed ones must not be
(else their rows want to be changed), and what is found must have a row. A key is never printed.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPORT = Path(__file__).parent.parent / "docs" / "field-report.tsv"
COLUMNS = ("repository", "commit", "path", "line", "rule", "verdict", "why")
VERDICTS = ("right", "wrong", "missed", "clean")


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
            place = Place(row["path"], int(row["line"] or 0), row["rule"])
            yield Row(row["repository"], row["commit"], place, row["verdict"])


def findings(checkout: Path) -> set[Place]:
    command = [sys.executable, "-I", "-m", "envlint", "check", "--isolated", "--output-format", "json", "."]
    done = subprocess.run(command, cwd=checkout, capture_output=True, check=False)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"{checkout.name}: envlint ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return {Place(found["path"], found["line"], found["rule"]) for found in json.loads(done.stdout)["findings"]}


def tree_of(folder: Path, repository: str, commit: str) -> Path:
    if "/" in repository:
        return folder / f"{repository.replace('/', '+')}@{commit[:10]}"
    return folder / f"{repository}-{commit}"


def differences(folder: Path, repository: str, commit: str, recorded: list[Row]) -> Iterator[str]:
    tree = tree_of(folder, repository, commit)
    if not tree.is_dir():
        yield f"there is no {tree.name}"
        return
    if "/" in repository:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tree, capture_output=True, text=True, check=False)
        if head.stdout.strip() != commit:
            yield f"{tree.name} is at {head.stdout.strip() or 'no commit'}"
            return
    found = findings(tree)
    known = {row.place: row.verdict for row in recorded if row.place.path}
    for place, verdict in sorted(known.items()):
        if (verdict == "right") != (place in found):
            state = "found" if place in found else "not found"
            yield f"{place.path}:{place.line} {place.rule}: recorded as {verdict}, but {state} now"
    for place in sorted(found - known.keys()):
        yield f"{place.path}:{place.line} {place.rule}: found, but nobody has read it"


def main(folder: Path) -> int:
    trees: dict[tuple[str, str], list[Row]] = {}
    for row in rows():
        trees.setdefault((row.repository, row.commit), []).append(row)
    failures = 0
    for (repository, commit), recorded in sorted(trees.items()):
        told = list(differences(folder, repository, commit, recorded))
        failures += len(told)
        counts = Counter(row.verdict for row in recorded)
        words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
        print(f"{repository} {commit[:10]}: {words}{'' if told else ', as recorded'}")
        for line in told:
            print(f"  {line}")
    print(f"{len(trees)} trees, {failures} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
