"""Groups: the findings of one rule about one key stand together in a report for people.

A key that was copied into many files is one thing to revoke. Which places those are it knows by the findings'
numbers; what a key is it does not know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from envlint.finding import Finding
from envlint.report import Report
from envlint.report.paths import in_order


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding, and its path as it is shown."""

    path: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Group:
    """The first finding of a group, the other places that are shown, and how many of those are not."""

    first: Placed
    others: Sequence[Placed] = ()
    more: int = 0


def grouped(report: Report) -> list[Group]:
    """Every finding, in the order of the first of each group."""
    groups: dict[object, list[Placed]] = {}
    for number, (path, finding, _) in enumerate(in_order(report)):
        groups.setdefault(_kinship(finding, number), []).append(Placed(path, finding))
    return [Group(first, others) for first, *others in groups.values()]


def limited(groups: Sequence[Group], most: int) -> Iterator[Group]:
    """The same groups with at most so many findings of each rule: the first of every group before the others of
    any, so that a key which is everywhere hides no other one."""
    firsts = Counter(group.first.finding.rule for group in groups)
    left = {rule: max(most - count, 0) for rule, count in firsts.items()}
    shown: Counter[str] = Counter()
    for group in groups:
        rule = group.first.finding.rule
        shown[rule] += 1
        if shown[rule] > most:
            continue
        others = group.others[: left[rule]]
        left[rule] -= len(others)
        yield Group(group.first, others, len(group.others) - len(others))


def _kinship(finding: Finding, number: int) -> object:
    """What findings of one group have in common: the key, and all that a report says of it but where it stands."""
    if finding.group is None or finding.fix is not None:
        return number
    root = finding.location.source.root
    return finding.rule, root, finding.group, finding.help, finding.related, finding.suppressed
