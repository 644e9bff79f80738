"""The commands: what each does with its options, from files to a report, and the exit code that comes of it.

Here the disk meets the engine. How options are spelled is the command line's, how findings look the reports'.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from envlint import (
    __version__,
    catalogue,
    config,
    discover,
    engine,
    fixing,
    git,
    history,
    index,
    leaks,
    output,
    packs,
    progress,
    report,
)
from envlint.config import Config
from envlint.finding import Confidence, Finding, Severity, mask_keys, shown
from envlint.fingerprint import fingerprints
from envlint.fixing import Mended
from envlint.hidden import Hidden
from envlint.history import HistoryError, Past
from envlint.ignore import parse_globs
from envlint.knowledge import Knowledge
from envlint.library import Library
from envlint.objects import Objects
from envlint.report import diff as patch
from envlint.report import facts as facts_report
from envlint.surfaces import TEXT
from envlint.tables import nearest
from envlint.trees import Choice, Tree, excluded, in_index, on_disk, read, rooted_settings

CLEAN, FOUND, WRONG, INCOMPLETE = 0, 1, 2, 3
"""Exit codes."""

FORMATS = tuple(report.FORMATS)

_UNREADABLE = "unreadable-source"


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


def check(options: Options) -> int:
    """`envlint check`: judges files and prints a report."""
    _check_together(options)
    run = _prepare(options)
    if options.show_settings:
        return _print(catalogue.settings(run.config, run.knowledge))
    if options.history is not None:
        return _report([_search(root, paths, run) for root, paths in run.roots.items()], run)
    with ExitStack() as stack:
        trees = [_tree(root, paths, run, stack) for root, paths in run.roots.items()]
        if options.show_files:
            return _print(f"{_from_here(tree, item.path)}\n" for tree in trees for item in tree.named)
        if options.diff:
            return _diff(trees, run)
        return _mend(trees, run) if options.fix else _report([_judge(tree, run) for tree in trees], run)


def _check_together(options: Options) -> None:
    mending = (("--fix", options.fix), ("--diff", options.diff))
    for name, given in (("--staged", options.staged), ("--show-files", options.show_files), *mending):
        if given and options.history is not None:
            raise UsageError(f"--history and {name} exclude each other")
    for name, given in mending:
        if given and options.staged:
            raise UsageError(f"{name} and --staged exclude each other: what is staged is not what lies in the files")
    if options.unsafe_fixes and not (options.fix or options.diff):
        raise UsageError("--unsafe-fixes goes with --fix or --diff")
    if options.exit_non_zero_on_fix and not (options.fix or options.diff):
        raise UsageError("--exit-non-zero-on-fix goes with --fix")


def show_facts(options: Options) -> int:
    """`envlint facts`: prints what was read, judging nothing."""
    run = _prepare(options)
    with ExitStack() as stack:
        trees = [_tree(root, paths, run, stack) for root, paths in run.roots.items()]
        facts = [facts for tree in trees for facts in read(tree, run.knowledge).facts if facts.surface != TEXT]
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
    """A call, made ready: options over configuration, packs loaded, paths sorted by the projects' roots."""

    options: Options
    config: Config
    knowledge: Knowledge
    roots: Mapping[str, Sequence[str]]


def _prepare(options: Options) -> _Run:
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
    return _Run(options, settings, knowledge, roots)


def _root(path: str, options: Options) -> str:
    """The root of the project of a path. One that is in the index or the history need not exist on disk."""
    if options.history is not None:
        return history.root_of(path)
    if options.staged:
        return discover.project_root(discover.existing(path))
    if not os.path.lexists(path):
        raise discover.PathError(f"{path}: no such file or folder")
    return discover.project_root(path)


def _choice(options: Options) -> Choice:
    return Choice(options.exclude, options.force_exclude, not options.no_gitignore)


def _tree(root: str, paths: Sequence[str], run: _Run, stack: ExitStack) -> Tree:
    """A project on disk or, with --staged, in git's index. What that takes ends with the stack."""
    settings = rooted_settings(run.config, root)
    if not run.options.staged:
        return Tree(root, paths, settings, on_disk(root, settings, _choice(run.options)))
    staged = index.load(root, stack.enter_context(Objects(root)))
    if isinstance(staged, git.Refusal):
        raise UsageError(f"--staged: {mask_keys(staged.reason)}")
    return Tree(root, paths, settings, in_index(staged, settings, _choice(run.options)))


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


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one project. `files`: how many were looked into."""

    root: str
    judgement: engine.Judgement
    files: int
    notices: Sequence[str]


def _judge(tree: Tree, run: _Run) -> _Outcome:
    reading, judgement = fixing.judged(tree, run.knowledge)
    return _Outcome(tree.root, judgement, reading.files, tree.notices)


def _mend(trees: Sequence[Tree], run: _Run) -> int:
    """Fixes what can be fixed, and reports what remains."""
    results: list[tuple[Tree, Mended]] = []
    for tree in trees:
        result = fixing.mended(tree, run.knowledge, unsafe=run.options.unsafe_fixes)
        results.append((tree, fixing.written(tree, run.knowledge, result)))
    _say_of(results, "Fixed", run)
    outcomes = [_Outcome(tree.root, result.judgement, result.reading.files, tree.notices) for tree, result in results]
    code = _report(outcomes, run)
    changed = any(result.changes for _, result in results)
    return FOUND if changed and run.options.exit_non_zero_on_fix and not run.options.exit_zero else code


def _diff(trees: Sequence[Tree], run: _Run) -> int:
    """Prints what fixes would change, and changes nothing."""
    results = [(tree, fixing.mended(tree, run.knowledge, unsafe=run.options.unsafe_fixes)) for tree in trees]
    diffs = [
        patch.diff(change.before, change.after, change.lines, hidden, os.getcwd())
        for result, hidden in ((result, Hidden(result.secrets)) for _, result in results)
        for change in result.changes
    ]
    _write((diff.text for diff in diffs), run.options)
    _say_of(results, "Would fix", run)
    if any(diff.covered for diff in diffs) and not run.options.quiet:
        print("envlint: keys and unseen characters are covered in the diff: it can't be applied", file=sys.stderr)
    if run.options.exit_zero:
        return CLEAN
    if diffs:
        return FOUND
    return INCOMPLETE if any(_unread(result.judgement) for _, result in results) else CLEAN


def _say_of(results: Sequence[tuple[Tree, Mended]], verb: str, run: _Run) -> None:
    """Tells what was fixed, and what of it could not be."""
    if run.options.quiet:
        return
    for tree, result in results:
        for notice in dict.fromkeys((*(tree.notices if run.options.diff else ()), *result.notices)):
            print(f"envlint: {notice}", file=sys.stderr)
    changes = [change for _, result in results for change in result.changes]
    if changes:
        problems = sum(change.problems for change in changes)
        print(f"{verb} {_many(problems, 'problem')} in {_many(len(changes), 'file')}.", file=sys.stderr)


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _unread(judgement: engine.Judgement) -> list[Finding]:
    return [one for one in judgement.findings if one.suppressed is None and one.rule == _UNREADABLE]


def _search(root: str, paths: Sequence[str], run: _Run) -> _Outcome:
    """Looks through the history of one repository."""
    settings = rooted_settings(run.config, root)
    patterns = parse_globs(excluded(root, settings, _choice(run.options)))
    past = Past(root, [discover.relative(root, path) for path in paths], run.options.history or "", patterns)
    try:
        with _counting(past, run.options) as tell:
            found = leaks.search(past, run.knowledge, settings, tell)
        shallow = ["this is a shallow clone: its older commits were not searched"] if history.is_shallow(past) else []
    except HistoryError as error:
        raise UsageError(f"--history{f'={shown(past.revision)}' if past.revision else ''}: {error}") from None
    library = Library(root, run.knowledge.wanted, dict, lambda _: None, lambda _: True, lambda _: None)
    unread = engine.judge(found.unread, library, run.knowledge, settings).findings
    judgement = engine.Judgement((*unread, *found.findings), found.secrets)
    return _Outcome(root, judgement, found.files, (*shallow, *found.notices))


def _counting(past: Past, options: Options) -> AbstractContextManager[Callable[[int], None]]:
    if options.quiet or not progress.is_watched(sys.stderr):
        return nullcontext(lambda _: None)
    return progress.counting(sys.stderr, "commits", history.count(past))


def _report(outcomes: Sequence[_Outcome], run: _Run) -> int:
    options = run.options
    everything = [finding for outcome in outcomes for finding in outcome.judgement.findings]
    reported = [finding for finding in everything if finding.suppressed is None]
    unread = [finding for finding in reported if finding.rule == _UNREADABLE]
    secrets = {source: spans for outcome in outcomes for source, spans in outcome.judgement.secrets.items()}
    told = everything if options.show_suppressed else reported
    # Over all findings, so that which of them are shown changes no fingerprint.
    marks = dict(zip(everything, fingerprints(everything, secrets), strict=True))
    made = report.Report(
        findings=tuple(told),
        unreadable=tuple(map(_notice, unread)),
        rules=engine.active_rules(run.knowledge, run.config),
        secrets=secrets,
        files=sum(outcome.files for outcome in outcomes),
        suppressed=len(everything) - len(reported),
        root=outcomes[0].root,
        cwd=os.getcwd(),
        version=__version__,
        fingerprints=tuple(marks[finding] for finding in told),
    )
    if not options.quiet:
        for outcome in outcomes:
            for notice in dict.fromkeys(outcome.notices):
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


def _from_here(tree: Tree, path: str) -> str:
    return os.path.relpath(os.path.join(tree.root, path)).replace(os.sep, "/")


def _print(pieces: Iterable[str]) -> int:
    output.to_stdout(pieces)
    return CLEAN


def _write(pieces: Iterable[str], options: Options) -> None:
    if options.output_file is None:
        output.to_stdout(pieces)
        return
    try:
        output.to_file(options.output_file, pieces)
    except OSError as error:
        raise UsageError(f"--output-file {options.output_file}: {error.strerror}") from None
