"""Calls: what the command line asks for, made ready: options over configuration, packs loaded, projects opened.

It judges nothing and prints nothing. How options are spelled is the command line's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from envlint import config, discover, engine, git, history, index, packs
from envlint.config import Config
from envlint.finding import Confidence, Severity, mask_keys
from envlint.knowledge import Knowledge
from envlint.objects import Objects
from envlint.tables import nearest
from envlint.trees import Choice, Tree, in_index, on_disk, rooted_settings


class UsageError(Exception):
    """A call that cannot be carried out; the message is one line."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; None: nothing, so the configuration or the default decides.

    `history` is a range of revisions, "" for the whole history; None: files are judged, not the history.
    """

    paths: Sequence[str] = (".",)
    output_format: str | None = None
    output_file: str | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    min_confidence: Confidence | None = None
    fail_on: Severity | None = None
    exit_zero: bool = False
    exclude: Sequence[str] = ()
    force_exclude: bool = False
    no_gitignore: bool = False
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    exit_non_zero_on_fix: bool = False
    show_suppressed: bool = False
    staged: bool = False
    history: str | None = None
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False
    statistics: bool = False
    show_files: bool = False
    show_settings: bool = False
    config: str | None = None
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A call, made ready: options over configuration, packs loaded, paths sorted by the projects' roots."""

    options: Options
    config: Config
    knowledge: Knowledge
    roots: Mapping[str, Sequence[str]]


def prepare(options: Options) -> Run:
    """Everything that a call needs. Raises UsageError, ConfigError, PackError or PathError."""
    roots: dict[str, list[str]] = {}
    for path in options.paths:
        roots.setdefault(_root(path, options), []).append(path)
    settings = _settings(options, next(iter(roots)))
    base = settings.folder or Path(next(iter(roots)))
    loaded = packs.load_all(settings.packs, base)
    for pack in loaded:
        packs.validate(pack, engine.RULE_FIELDS.keys(), engine.RULE_FIELDS)
    knowledge = Knowledge(loaded, settings.versions)
    known = [rule.name for rule in knowledge.rules]
    config.check_rule_names(settings, known)
    _check_names(options, known)
    settings = _with_options(settings, options)
    return Run(options, settings, knowledge, roots)


def _root(path: str, options: Options) -> str:
    """The root of the project of a path. One that is in the index or the history need not exist on disk."""
    if options.history is not None:
        return history.root_of(path)
    if options.staged:
        return discover.project_root(discover.existing(path))
    if not os.path.lexists(path):
        raise discover.PathError(f"{path}: no such file or folder")
    return discover.project_root(path)


def choice(options: Options) -> Choice:
    """What the options say of which files are read."""
    return Choice(options.exclude, options.force_exclude, not options.no_gitignore)


def opened(root: str, paths: Sequence[str], run: Run, stack: ExitStack) -> Tree:
    """A project on disk or, with --staged, in git's index. What that takes ends with the stack."""
    settings = rooted_settings(run.config, root)
    if not run.options.staged:
        return Tree(root, paths, settings, on_disk(root, settings, choice(run.options)))
    staged = index.load(root, stack.enter_context(Objects(root)))
    if isinstance(staged, git.Refusal):
        raise UsageError(f"--staged: {mask_keys(staged.reason)}")
    return Tree(root, paths, settings, in_index(staged, settings, choice(run.options)))


def _settings(options: Options, root: str) -> Config:
    """The configuration in force: the named file, none, or the first one upward from the current folder."""
    if options.isolated:
        if options.config is not None:
            raise UsageError("--config and --isolated exclude each other")
        return Config()
    if options.config is not None:
        if not os.path.isfile(options.config):
            raise UsageError(f"--config {options.config}: no such file")
        return config.load(Path(os.path.abspath(options.config)))
    found = config.find(Path(os.getcwd()), Path(root))
    return config.load(found) if found is not None else Config()


def _check_names(options: Options, known: Sequence[str]) -> None:
    for option, names in (("--select", options.select), ("--ignore", options.ignore)):
        for name in names or ():
            if name != "all" and name not in known:
                raise UsageError(f"{option}: there is no rule {name}{nearest(name, known)}")


def _with_options(settings: Config, options: Options) -> Config:
    given = {
        name: getattr(options, name)
        for name in ("select", "ignore", "min_confidence", "fail_on")
        if getattr(options, name) is not None
    }
    return replace(settings, **given)
