"""The commands: what each does with its options, from files to a report, and the exit code that comes of it.

Here the disk meets the engine. How options are spelled is the command line's, how findings look the reports'.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from envlint import __version__, catalogue, config, discover, engine, packs, report
from envlint.config import Config
from envlint.content import has_needle, read_bytes
from envlint.discover import Candidate, Notice, Problem
from envlint.facts import Facts
from envlint.finding import Confidence, Finding, Severity
from envlint.fingerprint import fingerprints
from envlint.knowledge import Knowledge
from envlint.library import Library, unopened
from envlint.report import facts as facts_report
from envlint.surfaces import TEXT
from envlint.tables import nearest

CLEAN, FOUND, WRONG, INCOMPLETE = 0, 1, 2, 3
"""Exit codes."""

FORMATS = tuple(report.FORMATS)

_UNREADABLE = "unreadable-source"


class UsageError(Exception):
    """A call that cannot be carried out; the message is one line."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; None: nothing, so the configuration or the default decides."""

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
    show_suppressed: bool = False
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False
    statistics: bool = False
    show_files: bool = False
    show_settings: bool = False
    config: str | None = None
    isolated: bool = False


@dataclass(eq=False)
class _Tree:
    """One project on disk, and those of its files that are named."""

    root: str
    paths: Sequence[str]
    settings: Config
    options: Options
    notices: list[str] = field(default_factory=list)

    @cached_property
    def named(self) -> tuple[Candidate | Problem, ...]:
        """The files to judge, in order, and what could not be opened on the way to them."""
        return tuple(self._walk(self.paths))

    @cached_property
    def all(self) -> Mapping[str, Candidate]:
        """Every file of the project that may be read."""
        whole = any(os.path.samefile(path, self.root) for path in self.paths)
        found = self.named if whole else (*self._walk([self.root]), *self.named)
        return {item.path: item for item in found if isinstance(item, Candidate)}

    def surfaces(self) -> Mapping[str, str]:
        """The surface of each file, as far as names tell it."""
        return {path: item.surface or TEXT for path, item in self.all.items()}

    def open(self, path: str) -> bytes | None:
        data = read_bytes(os.path.join(self.root, path))
        return None if isinstance(data, Problem) else data

    def committed(self, path: str) -> bool:
        item = self.all.get(path)
        return item is None or item.committed

    def _walk(self, paths: Sequence[str]) -> Iterator[Candidate | Problem]:
        for item in discover.walk(
            self.root,
            paths,
            exclude=tuple(self._globs()),
            force_exclude=self.options.force_exclude,
            gitignore=not self.options.no_gitignore,
        ):
            if isinstance(item, Notice):
                self.notices.append(item.message)
            else:
                yield item

    def _globs(self) -> Iterator[str]:
        folder = self.settings.folder
        yield from rooted(self.settings.exclude, str(folder) if folder is not None else self.root, self.root)
        yield from rooted(self.options.exclude, os.getcwd(), self.root)


def check(options: Options) -> int:
    """`envlint check`: judges files and prints a report."""
    run = _prepare(options)
    if options.show_settings:
        return _print(catalogue.settings(run.config, run.knowledge))
    if options.show_files:
        return _print(f"{_from_here(tree, item.path)}\n" for tree in run.trees for item in tree.named)
    outcome = [_judge(tree, run) for tree in run.trees]
    return _report(outcome, run)


def show_facts(options: Options) -> int:
    """`envlint facts`: prints what was read, judging nothing."""
    run = _prepare(options)
    facts = [facts for tree in run.trees for facts in _read(tree, run.knowledge).facts if facts.surface != TEXT]
    hidden = engine.secrets(facts, run.knowledge)
    code = _print(
        facts_report.render(
            facts, hidden, options.output_format or "text", cwd=os.getcwd(), secret=run.knowledge.is_secret
        )
    )
    return code or (INCOMPLETE if any(file.unreadable for file in facts) else CLEAN)


def show_rules(name: str | None, options: Options) -> int:
    """`envlint rules [NAME]`: the table of rules, or a rule's page."""
    knowledge = _prepare(options).knowledge
    return _print(catalogue.rules(knowledge) if name is None else catalogue.rule(knowledge, name))


def show_variables(name: str | None, options: Options) -> int:
    """`envlint variables [NAME]`: the table of variables, or a variable's page."""
    knowledge = _prepare(options).knowledge
    return _print(catalogue.variables(knowledge) if name is None else catalogue.variable(knowledge, name))


def check_packs(files: Sequence[str]) -> int:
    """`envlint pack check FILE ...`: loads packs and runs their examples; 1 where an example misbehaves."""
    wrong = 0
    for file in files:
        pack = packs.load(Path(file))
        packs.validate(pack, engine.RULE_FIELDS.keys(), engine.RULE_FIELDS)
        beside = () if pack.name == packs.DEFAULT else (packs.load_builtin(packs.DEFAULT),)
        faults = list(engine.faults(pack, beside))
        for fault in faults:
            print(f"{file}: {fault}")
        wrong += len(faults)
        examples = sum(len(rule.bad) + len(rule.good) for rule in pack.rules)
        counts = f"{len(pack.variables)} variables, {len(pack.rules)} rules, {examples} examples"
        print(
            f"{file}: {counts}, {len(faults)} of them wrong" if faults else f"{file}: {counts}, all as they should be"
        )
    return FOUND if wrong else CLEAN


@dataclass(frozen=True, slots=True)
class _Run:
    """A call, made ready: options over configuration, packs loaded, paths sorted into projects."""

    options: Options
    config: Config
    knowledge: Knowledge
    trees: tuple[_Tree, ...]


def _prepare(options: Options) -> _Run:
    roots: dict[str, list[str]] = {}
    for path in options.paths:
        if not os.path.lexists(path):
            raise discover.PathError(f"{path}: no such file or folder")
        roots.setdefault(discover.project_root(path), []).append(path)
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
    trees = tuple(_Tree(root, paths, _rooted_settings(settings, root), options) for root, paths in roots.items())
    return _Run(options, settings, knowledge, trees)


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


def _rooted_settings(settings: Config, root: str) -> Config:
    """The settings with the globs of per-file-ignores made relative to a project's root."""
    folder = str(settings.folder) if settings.folder is not None else root
    ignores: dict[str, tuple[str, ...]] = {}
    for glob, names in settings.per_file_ignores.items():
        for whole in rooted([glob], folder, root):
            ignores[whole] = (*ignores.get(whole, ()), *names)
    return replace(settings, per_file_ignores=ignores)


def rooted(globs: Iterable[str], folder: str, root: str) -> Iterator[str]:
    """Globs that are written relative to a folder, made relative to a root that the folder lies in; where it
    lies elsewhere they stay as they are. As in .gitignore, a glob without an inner slash counts at any depth."""
    inside = os.path.relpath(folder, root).replace(os.sep, "/")
    for glob in globs:
        if inside == "." or inside.startswith(".."):
            yield glob
            continue
        negated, bare = ("!", glob[1:]) if glob.startswith("!") else ("", glob)
        anchored = "/" in bare.rstrip("/")
        yield f"{negated}/{inside}/{'' if anchored else '**/'}{bare.removeprefix('/')}"


@dataclass(frozen=True, slots=True)
class _Read:
    """What reading a project's named files gave: their facts, and how many files were looked into."""

    library: Library
    facts: tuple[Facts, ...]
    files: int


def _read(tree: _Tree, knowledge: Knowledge) -> _Read:
    library = Library(tree.root, knowledge.wanted, tree.surfaces, tree.open, tree.committed)
    found: list[Facts] = []
    files = large = 0
    for item in tree.named:
        if isinstance(item, Problem):
            found.append(unopened(item.path, tree.root, TEXT, item.message))
            continue
        data = read_bytes(os.path.join(tree.root, item.path))
        if isinstance(data, Problem):
            # A model or a data set that is too large to search is no reason to call every run incomplete.
            if data.too_large and item.surface in ("", TEXT) and not item.named:
                large += 1
                continue
            found.append(unopened(item.path, tree.root, item.surface or TEXT, data.message))
            continue
        files += 1
        if has_needle(data, knowledge.wanted.needles):
            found.append(library.read(item.path, discover.classify(item, data), data))
    if large:
        tree.notices.append(f"{large} files larger than 10 MB were not searched for keys")
    return _Read(library, tuple(found), files)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one project."""

    tree: _Tree
    judgement: engine.Judgement
    files: int


def _judge(tree: _Tree, run: _Run) -> _Outcome:
    read = _read(tree, run.knowledge)
    return _Outcome(tree, engine.judge(read.facts, read.library, run.knowledge, tree.settings), read.files)


def _report(outcomes: Sequence[_Outcome], run: _Run) -> int:
    options = run.options
    everything = [finding for outcome in outcomes for finding in outcome.judgement.findings]
    reported = [finding for finding in everything if finding.suppressed is None]
    unread = [finding for finding in reported if finding.rule == _UNREADABLE]
    secrets = {source: spans for outcome in outcomes for source, spans in outcome.judgement.secrets.items()}
    shown = everything if options.show_suppressed else reported
    # Over all findings, so that which of them are shown changes no fingerprint.
    marks = dict(zip(everything, fingerprints(everything, secrets), strict=True))
    made = report.Report(
        findings=tuple(shown),
        unreadable=tuple(map(_notice, unread)),
        rules=engine.active_rules(run.knowledge, run.config),
        secrets=secrets,
        files=sum(outcome.files for outcome in outcomes),
        suppressed=len(everything) - len(reported),
        root=outcomes[0].tree.root,
        cwd=os.getcwd(),
        version=__version__,
        fingerprints=tuple(marks[finding] for finding in shown),
    )
    if not options.quiet:
        for outcome in outcomes:
            for notice in dict.fromkeys(outcome.tree.notices):
                print(f"envlint: {notice}", file=sys.stderr)
    _write(report.load(_format(options)).render(made, _style(options)), options)
    if options.exit_zero:
        return CLEAN
    if any(finding.severity >= run.config.fail_on for finding in reported if finding.rule != _UNREADABLE):
        return FOUND
    return INCOMPLETE if unread else CLEAN


def _notice(finding: Finding) -> report.Notice:
    source = finding.location.source
    line = source.position(finding.location.span.start).line if source.data else None
    return report.Notice(source.path, line, finding.message, source.root)


def _format(options: Options) -> str:
    chosen = options.output_format or os.environ.get("ENVLINT_OUTPUT_FORMAT") or "text"
    if chosen not in FORMATS:
        raise UsageError(f"ENVLINT_OUTPUT_FORMAT is {chosen}, which is none of {', '.join(FORMATS)}")
    return chosen


def _style(options: Options) -> report.Style:
    terminal = options.output_file is None and sys.stdout.isatty()
    return report.Style(
        color=_color(options, terminal),
        width=shutil.get_terminal_size((100, 24)).columns if terminal else 100,
        verbose=options.verbose,
        terminal=terminal,
        statistics=options.statistics,
        quiet=options.quiet,
    )


def _color(options: Options, terminal: bool) -> bool:
    """Whether to use colours: the option, then NO_COLOR (no-color.org), then FORCE_COLOR, then the terminal."""
    if options.color != "auto":
        return options.color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return terminal and os.environ.get("TERM") != "dumb"


def _from_here(tree: _Tree, path: str) -> str:
    return os.path.relpath(os.path.join(tree.root, path)).replace(os.sep, "/")


def _print(pieces: Iterable[str]) -> int:
    out = sys.stdout.buffer
    for piece in pieces:
        out.write(piece.encode("utf-8", "backslashreplace"))
    out.flush()
    return CLEAN


def _write(pieces: Iterable[str], options: Options) -> None:
    """Prints the report, or writes it to a file, whole or not at all."""
    if options.output_file is None:
        _print(pieces)
        return
    target = os.path.abspath(options.output_file)
    try:
        handle, scratch = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".envlint-")
    except OSError as error:
        raise UsageError(f"--output-file {options.output_file}: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as out:
            out.writelines(piece.encode("utf-8", "backslashreplace") for piece in pieces)
        os.chmod(scratch, 0o666 & ~_umask())
        os.replace(scratch, target)
    except OSError as error:
        raise UsageError(f"--output-file {options.output_file}: {error.strerror}") from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(scratch)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
