"""The command line: arguments in, exit code out.

Exit codes, for every format: 0 nothing at or above --fail-on; 1 findings; 2 a mistake in the call, the
configuration or a pack; 3 no finding, but something could not be read. Findings go to standard output,
everything else to standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

from envlint import __version__, commands
from envlint.calls import Options, UsageError
from envlint.commands import FORMATS
from envlint.config import ConfigError
from envlint.discover import PathError
from envlint.finding import Confidence, Severity, mask_keys
from envlint.mishap import place_of
from envlint.packs import PackError

FOUND, WRONG = 1, 2
# 128 + SIGINT, as a shell reports it.
INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    """argparse, with its mistakes told in one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; never raises on what a user or a file does wrong."""
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except (UsageError, ConfigError, PackError, PathError) as error:
        # What was written on the command line may be a key.
        print(f"envlint: {mask_keys(str(error))}", file=sys.stderr)
        return WRONG
    except BrokenPipeError:
        # The reader has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FOUND
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        # Without its words, which may quote a file and so a key.
        print(f"envlint: an internal error, please report it: {place_of(error)}", file=sys.stderr)
        return WRONG


def _run(arguments: Sequence[str]) -> int:
    known, more = parser().parse_known_args(list(_with_range(arguments)))
    options = vars(known)
    # argparse takes positional arguments from one place only: of `check a --fix b` it leaves b over.
    if any(argument.startswith("-") for argument in more) or (more and "paths" not in options):
        raise UsageError(f"unrecognized arguments: {' '.join(more)} (see envlint --help)")
    if more:
        options["paths"] = [*options["paths"], *more]
    command = options.pop("command", None)
    if command is None:
        raise UsageError("a command is needed: check, rules, variables, facts or pack (see envlint --help)")
    if command == "pack":
        return commands.check_packs(options["files"])
    if command in ("rules", "variables"):
        show = commands.show_rules if command == "rules" else commands.show_variables
        return show(options["name"], Options(config=options["config"], isolated=options["isolated"]))
    if command == "facts":
        return commands.show_facts(Options(**options))
    return commands.check(Options(**options))


def _with_range(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments with `--history` as `--history=`: a value must be joined to it, so that the next argument,
    which is a path, is not taken for one."""
    options = True
    for argument in arguments:
        options = options and argument != "--"
        yield "--history=" if options and argument == "--history" else argument


def parser() -> argparse.ArgumentParser:
    """The whole command line, as --help tells it."""
    top = _Parser(
        prog="envlint",
        description="Find committed keys and wrong Weights & Biases settings in .env files, scripts, Dockerfiles "
        "and Python before they cost anything.",
        epilog="Exit codes: 0 nothing found, 1 findings, 2 wrong usage or configuration, 3 something was not readable.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"envlint-policy {__version__}")
    commands_of = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    check = commands_of.add_parser("check", help="judge files and folders", allow_abbrev=False)
    _paths(check)
    _check_options(check)
    _config_options(check)

    rules = commands_of.add_parser("rules", help="list the rules, or show one", allow_abbrev=False)
    rules.add_argument("name", nargs="?", metavar="NAME", help="the rule to show")
    _config_options(rules)

    variables = commands_of.add_parser("variables", help="list the known variables, or show one", allow_abbrev=False)
    variables.add_argument("name", nargs="?", metavar="NAME", help="the variable to show")
    _config_options(variables)

    facts = commands_of.add_parser("facts", help="show what was read, before any judgement", allow_abbrev=False)
    _paths(facts)
    facts.add_argument("--output-format", choices=("text", "json"), default="text", help="how to print (default: text)")
    _walk_options(facts)
    _config_options(facts)

    pack = commands_of.add_parser("pack", help="work with rule packs", allow_abbrev=False)
    inside = pack.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=_Parser)
    pack_check = inside.add_parser("check", help="load packs and run their examples", allow_abbrev=False)
    pack_check.add_argument("files", nargs="+", metavar="FILE", help="a pack, in TOML")
    return top


def _paths(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="*", default=["."], metavar="PATH", help="files and folders (default: .)")


def _check_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--output-format", choices=FORMATS, metavar="FORMAT", help=f"{', '.join(FORMATS)} (default: text)")
    add("-o", "--output-file", metavar="FILE", help="write the report to a file, whole or not at all")
    add("--select", type=_names, metavar="RULE[,RULE]", help='run these rules only, or "all"')
    add("--ignore", type=_names, metavar="RULE[,RULE]", help="run all but these rules")
    add("--min-confidence", type=_level(Confidence), metavar="LEVEL", help="high, medium or low (default: medium)")
    add("--fail-on", type=_level(Severity), metavar="SEVERITY", help="error, warning or note (default: warning)")
    add("--exit-zero", action="store_true", help="exit with 0 whatever is found or can't be read")
    _walk_options(command)
    add("--fix", action="store_true", help="write the safe fixes of what is found; the exit code is of what remains")
    add("--unsafe-fixes", action="store_true", help="with --fix or --diff: also the fixes that may change what happens")
    add("--diff", action="store_true", help="print what --fix would change, write nothing; 1 if it would change a file")
    add("--exit-non-zero-on-fix", action="store_true", help="with --fix: exit with 1 if a file was changed")
    add("--show-suppressed", action="store_true", help="list suppressed findings too")
    add("--staged", action="store_true", help="judge what git's index holds, not the work tree")
    add(
        "--history",
        nargs="?",
        metavar="REV..REV",
        help="look for keys in every version of every file that the commits hold, or those of a range "
        "(--history=REV..REV), and nowhere else",
    )
    add("--color", choices=("auto", "always", "never"), default="auto", help="when to use colours (default: auto)")
    add("--quiet", action="store_true", help="print no summary and no notices")
    add("--verbose", action="store_true", help="print every finding and every notice")
    add("--statistics", action="store_true", help="print how often each rule was broken instead of the findings")
    add("--show-files", action="store_true", help="print the files that would be read, and stop")
    add("--show-settings", action="store_true", help="print the settings in force, and stop")


def _walk_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--exclude", action="append", default=[], metavar="GLOB", help="leave out what matches; may be repeated")
    add("--force-exclude", action="store_true", help="leave it out even where it is named on the command line")
    add("--no-gitignore", action="store_true", help="read what ignore files leave out, too")


def _config_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", metavar="FILE", help="use this envlint.toml or pyproject.toml")
    command.add_argument("--isolated", action="store_true", help="use no configuration file")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _level(kind: type[Severity] | type[Confidence]) -> Callable[[str], Severity | Confidence]:
    def parse(text: str) -> Severity | Confidence:
        for level in kind:
            if str(level) == text:
                return level
        raise argparse.ArgumentTypeError(f"'{text}' is none of {', '.join(map(str, reversed(kind)))}")

    return parse
