"""The commands: what each does with its options, from files to a report, and the exit code that comes of it.

Here the disk meets the engine. How options are spelled is the command line's, how findings look the reports'.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path

from envlint import (
    __version__,
    catalogue,
    discover,
    engine,
    fixing,
    history,
    leaks,
    output,
    packs,
    progress,
    report,
)
from envlint.calls import Options, Run, UsageError, choice, opened, prepare
from envlint.finding import Finding, mask_keys, shown
from envlint.fingerprint import fingerprints
from envlint.fixing import Mended
from envlint.hidden import Hidden
from envlint.history import HistoryError, Past
from envlint.ignore import parse_globs
from envlint.library import Library
from envlint.report import diff as patch
from envlint.report import facts as facts_report
from envlint.surfaces import TEXT
from envlint.trees import Tree, excluded, read, rooted_settings

CLEAN, FOUND, WRONG, INCOMPLETE = 0, 1, 2, 3
"""Exit codes."""

FORMATS = tuple(report.FORMATS)

_UNREADABLE = "unreadable-source"


def check(options: Options) -> int:
    """`envlint check`: judges files and prints a report."""
    _check_together(options)
    run = prepare(options)
    if options.show_settings:
        return _print(catalogue.settings(run.config, run.knowledge))
    if options.history is not None:
        return _report([_search(root, paths, run) for root, paths in run.roots.items()], run)
    with ExitStack() as stack:
        trees = [opened(root, paths, run, stack) for root, paths in run.roots.items()]
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
    run = prepare(options)
    with ExitStack() as stack:
        trees = [opened(root, paths, run, stack) for root, paths in run.roots.items()]
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
    knowledge = prepare(options).knowledge
    return _print(catalogue.rules(knowledge) if name is None else catalogue.rule(knowledge, name))


def show_variables(name: str | None, options: Options) -> int:
    """`envlint variables [NAME]`: the table of variables, or a variable's page."""
    knowledge = prepare(options).knowledge
    return _print(catalogue.variables(knowledge) if name is None else catalogue.variable(knowledge, name))


def check_packs(files: Sequence[str]) -> int:
    """`envlint pack check FILE ...`: loads packs and runs their examples; 1 where an example misbehaves."""
    wrong = 0
    for name in files:
        pack = packs.load(Path(name))
        file = mask_keys(name)
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
class _Outcome:
    """What came of one project. `files`: how many were looked into."""

    root: str
    judgement: engine.Judgement
    files: int
    notices: Sequence[str]


def _judge(tree: Tree, run: Run) -> _Outcome:
    reading, judgement = fixing.judged(tree, run.knowledge)
    return _Outcome(tree.root, judgement, reading.files, tree.notices)


def _mend(trees: Sequence[Tree], run: Run) -> int:
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


def _diff(trees: Sequence[Tree], run: Run) -> int:
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


def _say_of(results: Sequence[tuple[Tree, Mended]], verb: str, run: Run) -> None:
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


def _search(root: str, paths: Sequence[str], run: Run) -> _Outcome:
    """Looks through the history of one repository."""
    settings = rooted_settings(run.config, root)
    patterns = parse_globs(excluded(root, settings, choice(run.options)))
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


def _report(outcomes: Sequence[_Outcome], run: Run) -> int:
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
    return mask_keys(os.path.relpath(os.path.join(tree.root, path)).replace(os.sep, "/"))


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
