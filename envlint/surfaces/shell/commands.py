"""Which program a command starts: wrappers such as env, sudo and timeout, and what they set.

Owns the tables of builtins and wrappers. It sees words that are expanded already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from envlint.surfaces.shell.args import (
    Arg,
    Loaded,
    Started,
    option_values,
    pass_options,
    program_of,
    setting_of,
    text_at,
    without,
    word_set,
)
from envlint.surfaces.shell.programs import of_program
from envlint.value import literal

BUILTINS = word_set(
    ". : [ alias bg bind break builtin caller case cd command compgen complete compopt continue declare dirs disown "
    "echo enable eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd "
    "printf pushd pwd read readarray readonly return set shift shopt source suspend test times trap true type typeset "
    "ulimit umask unalias unset wait"
)
"""What a shell runs by itself (Bash manual 4): no program is started."""


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """A program that starts another one: its options that take a value, and how many operands come first."""

    valued: frozenset[str] = frozenset()
    operands: int = 0
    sets: bool = False


_UVX = word_set("--from --with --python -p --index-url")
_WRAPPERS = {
    "env": _Wrapper(word_set("-u --unset -C --chdir -S --split-string"), sets=True),
    "sudo": _Wrapper(word_set("-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt --chdir"), sets=True),
    "doas": _Wrapper(word_set("-u -C")),
    "nohup": _Wrapper(),
    "setsid": _Wrapper(),
    "exec": _Wrapper(word_set("-a")),
    "command": _Wrapper(),
    "builtin": _Wrapper(),
    "time": _Wrapper(word_set("-f -o --format --output")),
    "nice": _Wrapper(word_set("-n --adjustment")),
    "ionice": _Wrapper(word_set("-c -n --class --classdata")),
    "timeout": _Wrapper(word_set("-s --signal -k --kill-after"), operands=1),
    "stdbuf": _Wrapper(word_set("-i -o -e --input --output --error")),
    "xargs": _Wrapper(word_set("-n -L -I -P -s -d -E -a --max-args --max-procs --max-lines --delimiter --arg-file")),
    "unbuffer": _Wrapper(),
    "npx": _Wrapper(word_set("-p --package")),
    "uvx": _Wrapper(_UVX),
    "caffeinate": _Wrapper(word_set("-t -w")),
    "taskset": _Wrapper(operands=1),
    "chrt": _Wrapper(operands=1),
    "numactl": _Wrapper(word_set("-N -m -C -i -p --cpunodebind --membind --physcpubind --interleave --preferred")),
    "flock": _Wrapper(word_set("-w -E --timeout --conflict-exit-code"), operands=1),
    "tini": _Wrapper(word_set("-p -e")),
    "dumb-init": _Wrapper(word_set("-r --rewrite")),
    "gosu": _Wrapper(operands=1),
    "su-exec": _Wrapper(operands=1),
    "strace": _Wrapper(word_set("-o -e -s -p -E")),
}
# Tools whose subcommand `run` starts a program in an environment of theirs.
_RUNNERS = {
    "uv": word_set("--with --with-requirements --python -p --extra --group --env-file --directory --project --package"),
    "pipx": word_set("--spec --python --pip-args --index-url"),
    "poetry": word_set("-C --directory -P --project"),
    "pipenv": frozenset[str](),
    "pdm": word_set("-p --project --venv"),
    "hatch": word_set("-e --env -p --project"),
    "rye": word_set("--pyproject"),
    "pixi": word_set("-e --environment --manifest-path"),
    "conda": word_set("-n --name -p --prefix --cwd"),
    "mamba": word_set("-n --name -p --prefix --cwd"),
    "micromamba": word_set("-n --name -p --prefix --cwd"),
}


def start_of(args: Sequence[Arg]) -> Started:
    """What a command starts, its wrappers and what they set."""
    started = Started(0)
    while started.at < len(args):
        name = program_of(args[started.at])
        if name in _RUNNERS and text_at(args, started.at + 1) == "run":
            if name == "pipenv":
                # pipenv's documentation: `run` loads the .env of the project.
                started.loaded.append(Loaded(literal(".env"), "python-dotenv", args[started.at].span))
            first, started.at = started.at + 2, pass_options(args, started.at + 2, _RUNNERS[name])
            for arg, start in option_values(args[: started.at], first, "--env-file") if name == "uv" else ():
                started.loaded.append(Loaded(without(arg.value, start), "uv", arg.span))
            continue
        if name == "dotenv" and _dotenv_run(args, started):
            continue
        if name in _DOTENVS and _dotenvs_run(args, started, name):
            continue
        if name == "uv" and (text_at(args, started.at + 1), text_at(args, started.at + 2)) == ("tool", "run"):
            started.at = pass_options(args, started.at + 3, _UVX)
            continue
        wrapper = _WRAPPERS.get(name)
        if wrapper is None:
            started.program = name
            if name in _NODES:
                _node_files(args, started)
            of_program(args, started)
            return started
        _wrap(args, started, name, wrapper)
    return started


def _wrap(args: Sequence[Arg], started: Started, name: str, wrapper: _Wrapper) -> None:
    """Passes one wrapper, its options, operands and settings."""
    first = started.at + 1
    started.at = pass_options(args, first, wrapper.valued)
    options = [arg.text or "" for arg in args[first : started.at]]
    if name == "env":
        _env_options(args[first : started.at], started)
        if text_at(args, started.at) == "-":
            started.clears = True
            started.at += 1
    if name == "sudo" and not any(_keeps_environment(option) for option in options):
        started.clears = True
    if name == "exec" and any(option.startswith("-") and "c" in option for option in options):
        started.clears = True
    if name == "command" and any(option in ("-v", "-V") for option in options):
        started.at = len(args)
    while wrapper.sets and started.at < len(args):
        arg = args[started.at]
        # `env $(cat .env) program`: settings that a command writes.
        split = not arg.whole and arg.raw.startswith(("$(", "`"))
        setting = setting_of(arg)
        if setting is None and not split:
            break
        started.settings += [setting] if setting is not None else []
        started.at += 1
    started.at = min(started.at + wrapper.operands, len(args))


def _dotenv_run(args: Sequence[Arg], started: Started) -> bool:
    """Passes `dotenv [-f file] run`, the command of python-dotenv, which loads a file for what it runs."""
    first = started.at + 1
    at = pass_options(args, first, word_set("-f --file -q --quote -e --export"))
    if text_at(args, at) != "run":
        return False
    given = next(option_values(args[:at], first, "-f", "--file"), None)
    path = without(given[0].value, given[1]) if given else literal(".env")
    span = given[0].span if given else args[started.at].span
    started.loaded.append(Loaded(path, "python-dotenv", span))
    started.at = pass_options(args, at + 1, frozenset())
    return True


_DOTENVS = {"dotenvx": ("-f", "--env-file"), "dotenv": ("-e", "--env-file"), "dotenv-cli": ("-e", "--env-file")}
_NODES = frozenset({"node", "tsx", "nodemon"})


def _dotenvs_run(args: Sequence[Arg], started: Started, name: str) -> bool:
    """Passes `dotenvx run -f file --` and `dotenv -e file --` of dotenv-cli, which load files for what they run, each
    in a way of its own."""
    first = started.at + (2 if text_at(args, started.at + 1) == "run" else 1)
    ends = next((at for at in range(first, len(args)) if args[at].text == "--"), None)
    if (name == "dotenvx") != (first == started.at + 2) or ends is None:
        return False
    files = list(option_values(args[:ends], first, *_DOTENVS[name]))
    loader = "dotenvx" if name == "dotenvx" else "dotenv-cli"
    for arg, start in files:
        started.loaded.append(Loaded(without(arg.value, start), loader, arg.span))
    if not files:
        started.loaded.append(Loaded(literal(".env"), loader, args[started.at].span))
    started.at = ends + 1
    return True


def _node_files(args: Sequence[Arg], started: Started) -> None:
    """`node --env-file=.env` (Node.js, command-line options). Its reader is not that of the package dotenv."""
    options: list[Arg] = []
    for arg in args[started.at + 1 :]:
        if not arg.value.prefix.startswith("-") and not (options and options[-1].text in _NODE_FILES):
            break
        options.append(arg)
    for arg, start in option_values(options, 0, *_NODE_FILES):
        started.loaded.append(Loaded(without(arg.value, start), "node --env-file", arg.span))


_NODE_FILES = ("--env-file", "--env-file-if-exists")


def _keeps_environment(option: str) -> bool:
    return option.startswith("--preserve-env") or (option.startswith("-") and option[1:2] != "-" and "E" in option)


def _env_options(options: Sequence[Arg], started: Started) -> None:
    for at, option in enumerate(options):
        text = option.text or ""
        if text in ("-i", "--ignore-environment"):
            started.clears = True
        elif text.startswith("--unset="):
            started.removed.append((text.partition("=")[2], option.span))
        elif text in ("-u", "--unset") and at + 1 < len(options):
            started.removed.append((options[at + 1].text or "", option.span.to(options[at + 1].span)))
        elif text.startswith("-u"):
            started.removed.append((text[2:], option.span))
        elif text.startswith(("-S", "--split-string")):
            started.at = started.at + len(options)
