"""Configuration: [tool.envlint] in pyproject.toml, or envlint.toml, read strictly into a frozen Config.

Whether a rule or a pack of that name exists is for those to say who know them; here the shape is judged.
A configuration is data: nothing that it says is run.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from envlint import tables
from envlint.finding import Confidence, Severity, shown
from envlint.tables import Table, TableError, nearest, opened, plain, problem, read, shown_path
from envlint.versions import age

FILE = "envlint.toml"
PROJECT_FILE = "pyproject.toml"
LOADERS = ("python-dotenv", "docker", "compose", "bash", "systemd", "direnv", "node")
"""Who may read a project's .env files."""

_SEVERITIES = {str(level): level for level in sorted(Severity, reverse=True)}
_CONFIDENCES = {str(level): level for level in sorted(Confidence, reverse=True)}


class ConfigError(Exception):
    """A configuration that cannot be used; the message is one line: file, key, what is wrong, nearest known name."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a project wants. `path` is the file that says so (None: nothing but defaults).

    Globs, and the paths among `packs`, are relative to `folder`. `select` and `ignore` hold rule names or
    "all"; `sdk` is the version of wandb that the project runs, whatever it pins.
    """

    select: tuple[str, ...] = ("all",)
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    packs: tuple[str, ...] = ()
    min_confidence: Confidence = Confidence.MEDIUM
    fail_on: Severity = Severity.WARNING
    loaders: tuple[str, ...] = ()
    sdk: str | None = None
    path: Path | None = None

    @property
    def versions(self) -> dict[str, str]:
        """The versions of packages that are configured, by the names of their packs."""
        return {"wandb": self.sdk} if self.sdk is not None else {}

    @property
    def folder(self) -> Path | None:
        """The folder that paths and globs in the configuration are relative to."""
        return self.path.parent if self.path is not None else None


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the configuration: what may stand there, what holds without it (as TOML), and what it does."""

    name: str
    type: str
    default: str
    summary: str


KEYS = (
    Key("select", "list of rule names", '["all"]', "the rules that are run"),
    Key("ignore", "list of rule names", "[]", "rules that are not run, even if selected"),
    Key("severity", "table: rule = level", "{}", "another severity for a rule: error, warning or note"),
    Key("exclude", "list of globs", "[]", "paths that are not read, written as in .gitignore"),
    Key("per-file-ignores", "table: glob = list of rule names", "{}", "rules that are not reported in some files"),
    Key("packs", "list of names and paths", "[]", "rule packs besides wandb, which -wandb turns off"),
    Key("min-confidence", "high, medium or low", '"medium"', "how sure a finding must be to be reported"),
    Key("fail-on", "error, warning or note", '"warning"', "the least severity that makes the exit code 1"),
    Key("loaders", "list of loaders", "[]", f"who reads the .env files: {', '.join(LOADERS)}"),
    Key("sdk", "version", "none", "the version of wandb that the project runs; without it, the project's own pins say"),
)
"""Every key there is. The one place that says so: reading, the documentation and its test go by it."""


def find(start: Path, root: Path | None = None) -> Path | None:
    """The configuration file of a project: the first one upward from the folder `start` to `root`, or None.

    envlint.toml wins over pyproject.toml in one folder, and a pyproject.toml without [tool.envlint] is
    passed over. Where `start` is not inside `root`, only `root` itself is looked at. Without `root` the
    search ends before a home folder and before the root of the file system. ConfigError where a file on
    the way cannot be read or parsed.
    """
    for folder in _upward(_real(start), _real(root) if root is not None else None):
        if os.path.isfile(folder / FILE):
            return folder / FILE
        project_file = folder / PROJECT_FILE
        if os.path.isfile(project_file) and _content(project_file) is not None:
            return project_file
    return None


def load(path: Path) -> Config:
    """The configuration in a file; ConfigError where it cannot be read, holds none or a wrong one."""
    content = _content(path)
    if content is None:
        raise ConfigError(f"{shown_path(path)}: has no [tool.envlint]")
    return _config(content, path)


def parse(text: str, path: str) -> Config:
    """The configuration that a text holds as the content of a file of this path; ConfigError as for `load`."""
    content = _ours(text.encode("utf-8", "surrogatepass"), Path(path))
    if content is None:
        raise ConfigError(f"{shown_path(Path(path))}: has no [tool.envlint]")
    return _config(content, Path(path))


def check_rule_names(config: Config, known: Collection[str]) -> None:
    """ConfigError where the configuration speaks of a rule that does not exist."""
    for key, name in _rule_names(config):
        if name not in known:
            file = shown_path(config.path) if config.path is not None else "configuration"
            raise ConfigError(f"{file}: {key}: there is no rule {shown(name)}{nearest(name, known)}")


def _rule_names(config: Config) -> Iterator[tuple[str, str]]:
    """Every rule's name that a configuration uses, with the key that uses it."""
    listed = {"select": config.select, "ignore": config.ignore}
    listed |= {f"per-file-ignores.{plain(glob)}": names for glob, names in config.per_file_ignores.items()}
    for key, names in listed.items():
        yield from ((key, name) for name in names if name != "all")
    yield from (("severity", name) for name in config.severity)


def _upward(start: Path, root: Path | None) -> Iterator[Path]:
    if root is not None and root != start and root not in start.parents:
        yield root
        return
    for folder in (start, *start.parents):
        if root is None and (folder == folder.parent or folder == _home()):
            return
        yield folder
        if folder == root:
            return


def _real(path: Path) -> Path:
    # Unlike Path.resolve, this gives an answer even where links lead round in a circle.
    return Path(os.path.realpath(path))


def _home() -> Path | None:
    try:
        return _real(Path.home())
    except RuntimeError:
        return None


def _content(path: Path) -> dict[str, Any] | None:
    """What a file says to envlint; None for a pyproject.toml that says nothing to it."""
    try:
        data = read(path)
    except OSError as error:
        raise ConfigError(f"{shown_path(path)}: {problem(error)}") from None
    except TableError as error:
        raise ConfigError(f"{shown_path(path)}: {error}") from None
    # Most projects' file is not ours: spare it the parser, and its owner our opinion of it.
    if path.name == PROJECT_FILE and b"envlint" not in data:
        return None
    return _ours(data, path)


def _ours(data: bytes, path: Path) -> dict[str, Any] | None:
    try:
        content = tables.parse(data)
    except TableError as error:
        raise ConfigError(f"{shown_path(path)}: {error}") from None
    if path.name != PROJECT_FILE:
        return content
    tool = content.get("tool")
    ours = tool.get("envlint") if isinstance(tool, dict) else None
    if ours is not None and not isinstance(ours, dict):
        raise ConfigError(f"{shown_path(path)}: tool.envlint must be a table")
    return ours


def _config(content: dict[str, Any], path: Path) -> Config:
    where = "[tool.envlint]" if path.name == PROJECT_FILE else ""
    try:
        if "tool" in content and not where:
            raise TableError(f"[tool.envlint] is for {PROJECT_FILE}; in {path.name} its keys stand at the top")
        return _read(opened(content, where, [key.name for key in KEYS]), path)
    except TableError as error:
        raise ConfigError(f"{shown_path(path)}: {error}") from None


def _read(table: Table, path: Path) -> Config:
    default = Config()
    return Config(
        select=table.texts("select") if table.has("select") else default.select,
        ignore=table.texts("ignore"),
        severity={rule: _level(table, rule, name) for rule, name in table.mapping("severity").items()},
        exclude=_globs(table, "exclude", table.texts("exclude")),
        per_file_ignores=_per_file_ignores(table),
        packs=table.texts("packs"),
        min_confidence=_CONFIDENCES[table.choice("min-confidence", _CONFIDENCES, str(default.min_confidence))],
        fail_on=_SEVERITIES[table.choice("fail-on", _SEVERITIES, str(default.fail_on))],
        loaders=_loaders(table),
        sdk=_sdk(table),
        path=path,
    )


def _level(table: Table, rule: str, name: str) -> Severity:
    if name not in _SEVERITIES:
        raise table.error(f"severity.{plain(rule)} is {shown(name)}{nearest(name, _SEVERITIES)}")
    return _SEVERITIES[name]


def _per_file_ignores(table: Table) -> dict[str, tuple[str, ...]]:
    inner = Table(table.free("per-file-ignores"), f"{table.where} per-file-ignores".strip())
    return {glob: inner.texts(glob) for glob in _globs(table, "per-file-ignores", tuple(inner.content))}


def _globs(table: Table, key: str, globs: tuple[str, ...]) -> tuple[str, ...]:
    for glob in globs:
        if not glob.strip() or not glob.isprintable():
            raise table.error(f"{key} holds {shown(glob)}, which is no glob")
    return globs


def _loaders(table: Table) -> tuple[str, ...]:
    names = table.texts("loaders")
    for name in names:
        if name not in LOADERS:
            raise table.error(f"loaders holds {shown(name)}{nearest(name, LOADERS)}")
    return names


def _sdk(table: Table) -> str | None:
    version = table.optional_text("sdk")
    if version is not None and age(version) is None:
        raise table.error(f"sdk is {shown(version)}, which is no version such as 0.31.0")
    return version
