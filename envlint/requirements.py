"""Requirements: where a project says which version of a package it runs, and which version that is.

Requirement files, pyproject.toml, lock files, conda environments, and `pip install` in scripts and Dockerfiles.
A file is read as text, line by line: only the lines that name the package matter, and a broken file has them
all the same. Which of several pins counts for a file is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from envlint.facts import Facts, Launch
from envlint.finding import Location
from envlint.source import Source, Span
from envlint.versions import age


@dataclass(frozen=True, slots=True)
class Requirement:
    """A line that asks for a package: where the version stands, as it stands, and whether a lock file says it.
    `style` is how its words are read: pip or conda; `installed`: a script or Dockerfile runs it."""

    source: Source
    span: Span
    text: str
    style: str
    locked: bool = False
    installed: bool = False


@dataclass(frozen=True, slots=True)
class Pin:
    """A version of the SDK, and where the project says it: in a lock file, or where a script installs it."""

    version: str
    location: Location
    locked: bool
    installed: bool


_NAMES = re.compile(
    r"(?P<pip>(?:[\w.-]*(?:requirements|constraints)[\w.-]*|requirements/[\w.-]+)\.(?:txt|in)|pyproject\.toml|setup\.cfg|pipfile)"
    r"|(?P<lock>(?:uv|poetry|pdm)\.lock|pipfile\.lock)"
    r"|(?P<conda>[\w.-]*(?:environment|conda|env)[\w.-]*\.ya?ml)",
    re.IGNORECASE,
)


def kind_of(path: str) -> str | None:
    """How a file by this path states requirements: pip, lock or conda; None: not at all."""
    parts = path.rsplit("/", 2)
    for tail in ("/".join(parts[-2:]), parts[-1]):
        found = _NAMES.fullmatch(tail)
        if found is not None:
            return found.lastgroup
    return None


def in_file(source: Source, kind: str, package: str) -> Iterator[Requirement]:
    """The requirements of a package in a file of one of the kinds that `kind_of` names."""
    if kind == "lock":
        yield from _locked(source, package)
        return
    conda = kind == "conda"
    pattern = _line(package)
    for line in re.finditer(r"[^\r\n]+", source.text):
        content = _without_comment(line[0])
        for found in pattern.finditer(content):
            span = Span(line.start() + found.start("spec"), line.start() + found.end("spec"))
            yield Requirement(source, span, found["spec"], "conda" if conda else "pip")


def in_launches(facts: Facts, package: str) -> Iterator[Requirement]:
    """The requirements of a package that a script or Dockerfile installs: pip, uv, conda and their like."""
    pattern = _line(package)
    for item in facts.items:
        if not isinstance(item, Launch) or not _INSTALLS.intersection(word.text for word in item.arguments):
            continue
        style = "conda" if item.program.rpartition("/")[2] in _CONDA else "pip"
        words = [word.text or "" for word in item.arguments]
        for found in pattern.finditer(facts.source.text, item.span.start, item.span.end):
            # Without quotes, a shell takes < and > for redirections, and the word ends before them.
            if found["spec"][0] in "=~" or any(found["spec"] in word for word in words):
                yield Requirement(facts.source, Span(*found.span("spec")), found["spec"], style, installed=True)


def version(requirement: Requirement, known: Collection[str]) -> str | None:
    """The version that a requirement settles on: the newest that it allows of those which it names itself
    and of `known` ones. None where it allows the newest known, or says nothing that can be read."""
    newest = max(known, key=_age)
    specifiers = _specifiers(requirement)
    allows = _allows(specifiers)
    if allows is None or not specifiers:
        return None
    named = [number for part in specifiers for number in [re.sub(r"^[=~<>!]+|\.\*$", "", part)] if age(number)]
    allowed = [candidate for candidate in (*known, *named) if allows(candidate)]
    best = max(allowed, key=_age, default=None)
    return None if best is None or (_age(best) >= _age(newest) and not requirement.locked) else best


_INSTALLS = frozenset({"install", "add", "update", "create"})
_CONDA = frozenset({"conda", "mamba", "micromamba"})
# PEP 440's operators and versions; poetry's caret; conda's single equals sign.
_CLAUSE = r"(?:===?|~=|!=|[<>]=?|\^|~|=)[ \t]*v?[0-9][0-9A-Za-z.*+!_-]{0,60}"


@lru_cache(maxsize=8)
def _line(package: str) -> re.Pattern[str]:
    name = re.sub(r"[-_.]", "[-_.]", re.escape(package).replace(r"\-", "-"))
    extras = r"(?:\[[\w ,.-]{0,200}\])?"
    clauses = rf"{_CLAUSE}(?:[ \t]*,[ \t]*{_CLAUSE}){{0,8}}"
    table = r"""["']?[ \t]*=[ \t]*(?:\{[^{}\r\n]{0,200}?version[ \t]*=[ \t]*)?["']"""
    return re.compile(
        rf"(?<![\w.@/-]){name}(?:{table}|{extras}[ \t]*\(?)"
        rf"(?P<spec>{clauses}|(?<=[\"'])[0-9][0-9A-Za-z.*]{{0,40}})",
        re.IGNORECASE,
    )


def _without_comment(line: str) -> str:
    """A line up to its comment. A `#` in a URL's fragment begins none (pip: only after a blank)."""
    found = re.search(r"(?:^|\s)#", line)
    return line[: found.start()] if found is not None else line


def _locked(source: Source, package: str) -> Iterator[Requirement]:
    """The entry of a package in a lock file: a name, and the version in one of the lines after it."""
    toml = re.compile(rf'^name = "{re.escape(package)}"\r?\nversion = "(?P<spec>[^"\r\n]{{1,60}})"', re.MULTILINE)
    json = re.compile(rf'"{re.escape(package)}": \{{[^{{}}]{{0,20000}}?"version": "==(?P<spec>[^"\r\n]{{1,60}})"')
    for pattern in (toml, json):
        for found in pattern.finditer(source.text):
            yield Requirement(source, Span(*found.span("spec")), "==" + found["spec"], "pip", locked=True)


def _specifiers(requirement: Requirement) -> list[str]:
    """The clauses of a requirement as PEP 440 writes them."""
    clauses = [re.sub(r"\s", "", clause) for clause in requirement.text.split(",")]
    return [inner for clause in clauses for inner in _standard(clause, requirement.style)]


def _standard(clause: str, style: str) -> Iterator[str]:
    if style == "conda" and clause.startswith("=") and not clause.startswith("=="):
        # conda: one equals sign is a prefix, and a build may follow a second one.
        yield f"=={clause[1:].partition('=')[0].removesuffix('.*').removesuffix('*')}.*"
    elif clause.startswith("^"):
        yield from _caret(clause[1:])
    elif clause.startswith("~") and not clause.startswith("~="):
        yield from (f">={clause[1:]}", f"=={'.'.join(clause[1:].split('.')[:2])}.*")
    elif clause[:1].isdigit():
        yield f"=={clause}"
    else:
        yield clause


def _caret(number: str) -> Iterator[str]:
    """Poetry's ^1.2.3: from it on, up to the next change of the first number that is not zero."""
    parts = number.split(".")
    fixed = next((place for place, part in enumerate(parts) if part.strip("0")), len(parts) - 1)
    yield f">={number}"
    yield f"=={'.'.join(parts[: fixed + 1])}.*"


def _allows(specifiers: Sequence[str]) -> Callable[[str], bool] | None:
    # Only a project that pins something pays for the import.
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        found = SpecifierSet(",".join(specifiers), prereleases=True)
    except InvalidSpecifier:
        return None
    return lambda version: found.contains(version)


def _age(version: str) -> tuple[tuple[int, ...], int]:
    return age(version) or ((), 0)
