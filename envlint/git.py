"""git: the one door through which it is called, and what the project asks of it.

git runs what a repository's configuration names: a file system monitor at ls-files, hooks, filters of
shown differences, helpers that fetch missing objects. Everything here is made so that a hostile
repository runs nothing. What the answers are used for is not known here.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import IO

from envlint.content import Problem, read_bytes

PIPE = subprocess.PIPE
"""For the input of a git that is told things while it runs."""

TIMEOUT = 60.0
"""Seconds after which git is given up."""

_NO_PROGRAMS = ("--no-ext-diff", "--no-textconv")
# The subcommands that only read, each with what keeps it from running a configured program.
_READERS: Mapping[str, tuple[str, ...]] = {
    "cat-file": (),
    "config": (),
    # Of the index against a commit only: a file of the work tree would pass through its clean filter.
    "diff-index": (*_NO_PROGRAMS, "--cached"),
    "diff-tree": _NO_PROGRAMS,
    "for-each-ref": (),
    "ls-files": (),
    "ls-tree": (),
    "rev-list": (),
    "rev-parse": (),
}
# Options of those subcommands that run a configured filter; `ls-files -m` cleans files to compare them.
_FORBIDDEN = re.compile(r"--textconv|--filters|--ext-diff|--modified|-[A-Za-z]*m[A-Za-z]*")
# What follows one of these is no option, whatever it begins with.
_END_OF_OPTIONS = ("--", "--end-of-options")

_SETTINGS = tuple(
    word
    for setting in (
        "core.fsmonitor=false",
        f"core.hooksPath={os.devnull}",
        "log.showSignature=false",
        "core.quotePath=false",
    )
    for word in ("-c", setting)
)
_ENVIRONMENT = {
    "GIT_NO_LAZY_FETCH": "1",
    # Before git 2.45 that is not known, and a missing object is fetched with the program that the repository
    # names as its transport. This is a list of the transports that are allowed: none has an empty name.
    "GIT_ALLOW_PROTOCOL": ":",
    # A replacement (git-replace(1)) would stand before what is stored, and could hide it.
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}
# Of `git rev-parse --local-env-vars` those that say where a repository lies: a hook's own repository.
_PLACES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_PREFIX",
)

_GIT_FILE_LIMIT = 1 << 16
_COMPLAINT_LIMIT = 1 << 16


@dataclass(frozen=True, slots=True)
class Refusal:
    """git gave no answer: why, in words that end a sentence, and its exit code if it ran to its end."""

    reason: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Tracked:
    """What the index holds below a folder, relative to it, with `/`: files (links too), and submodules' folders."""

    files: frozenset[str]
    modules: frozenset[str]


def run(
    root: str, subcommand: str, *arguments: str, stdin: bytes | None = None, timeout: float = TIMEOUT
) -> bytes | Refusal:
    """What a reading subcommand of git prints when it is run in the folder `root`.

    Paths among the arguments are taken literally. ValueError for a subcommand or an option that could
    run something.
    """
    command = _command(subcommand, arguments)
    if isinstance(command, Refusal):
        return command
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env=_environment(root),
            input=stdin or b"",
            timeout=timeout,
            capture_output=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Refusal(f"git did not answer within {timeout:g} seconds")
    except OSError as error:
        return Refusal(f"git could not be run: {error.strerror or error}")
    if done.returncode != 0:
        return Refusal(_complaint(done.stderr), done.returncode)
    return done.stdout


@dataclass(frozen=True, eq=False)
class Running:
    """A git that runs beside us. `input` is there if it is told things on the way."""

    process: subprocess.Popen[bytes]
    output: IO[bytes]
    input: IO[bytes] | None
    _errors: IO[bytes]

    def finish(self) -> Refusal | None:
        """Waits for the end of one whose output has been read to its end; what it complained of if it failed."""
        code = self.process.wait()
        if code == 0:
            return None
        self._errors.seek(0)
        return Refusal(_complaint(self._errors.read(_COMPLAINT_LIMIT)), code)


@contextmanager
def running(
    root: str, subcommand: str, *arguments: str, stdin: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[Running | Refusal]:
    """A reading subcommand of git as it runs; it is stopped where the block ends. `stdin` as subprocess takes it.

    ValueError as for `run`. Its complaints go to a file, so that no pipe that nobody reads can stop it.
    """
    command = _command(subcommand, arguments)
    if isinstance(command, Refusal):
        yield command
        return
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command, cwd=root, env=_environment(root), stdin=stdin, stdout=subprocess.PIPE, stderr=errors
            )
        except OSError as error:
            yield Refusal(f"git could not be run: {error.strerror or error}")
            return
        assert process.stdout is not None
        try:
            yield Running(process, process.stdout, process.stdin, errors)
        finally:
            process.kill()
            process.stdout.close()
            with suppress(OSError):
                # What was not yet sent goes nowhere.
                process.stdin and process.stdin.close()
            process.wait()


def _command(subcommand: str, arguments: Iterable[str]) -> list[str] | Refusal:
    options = takewhile(lambda argument: argument not in _END_OF_OPTIONS, arguments)
    if subcommand not in _READERS or any(map(_FORBIDDEN.fullmatch, options)):
        raise ValueError(f"git {subcommand} is not for reading only")
    program = _program(os.environ.get("PATH", os.defpath))
    if program is None:
        return Refusal("git was not found")
    return [program, "--no-pager", *_SETTINGS, subcommand, *_READERS[subcommand], *arguments]


@lru_cache(maxsize=4)
def _program(search_path: str) -> str | None:
    """git's full path. Only absolute folders are searched: Windows and an empty entry of PATH would look in
    the current folder, which may be the scanned one."""
    name = "git.exe" if os.name == "nt" else "git"
    folders = (folder for folder in search_path.split(os.pathsep) if os.path.isabs(folder))
    candidates = (os.path.join(folder, name) for folder in folders)
    return next((path for path in candidates if os.path.isfile(path) and os.access(path, os.X_OK)), None)


def _environment(root: str) -> dict[str, str]:
    """The environment for git in a folder. What a hook was told of its repository holds for that one only."""
    around = {**os.environ, **_ENVIRONMENT}
    if home_of(root) != home_of(os.getcwd()):
        return {name: value for name, value in around.items() if name not in _PLACES}
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"):
        if around.get(name):
            around[name] = os.path.abspath(around[name])
    top = top_of(root)
    if around.get("GIT_INDEX_FILE"):
        around["GIT_INDEX_FILE"] = os.path.join(top or os.getcwd(), around["GIT_INDEX_FILE"])
    if around.get("GIT_DIR") and top and top == home_of(root):
        # Without it git takes the folder that it runs in for the work tree's top.
        around.setdefault("GIT_WORK_TREE", top)
    return around


def _complaint(stderr: bytes) -> str:
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    first = next((line for line in lines if line.startswith(("fatal: ", "error: "))), lines[0] if lines else "")
    return f"git refuses: {first.partition(': ')[2] or first}" if first else "git refuses without a word"


def is_work_tree(folder: str) -> bool:
    """Whether a folder is the top of a work tree: it holds `.git`, a repository or a file that names one."""
    path = os.path.join(folder, ".git")
    return os.path.lexists(os.path.join(path, "HEAD")) or _named_repository(path) is not None


def top_of(folder: str) -> str | None:
    """The top of the work tree that a folder lies in, without calling git; None outside of any."""
    return next((above for above in upward(os.path.abspath(folder)) if is_work_tree(above)), None)


def is_bare(folder: str) -> bool:
    """Whether a folder is a repository itself, without a work tree around it (gitrepository-layout(5))."""
    kept = all(os.path.isdir(os.path.join(folder, name)) for name in ("objects", "refs"))
    return kept and os.path.lexists(os.path.join(folder, "HEAD"))


def home_of(folder: str) -> str | None:
    """The top of the work tree, or the bare repository, that a folder lies in, whichever is nearer."""
    around = upward(os.path.abspath(folder))
    return next((above for above in around if is_work_tree(above) or is_bare(above)), None)


def upward(folder: str) -> Iterator[str]:
    """An absolute folder and every folder around it, inside first."""
    above = None
    while folder != above:
        yield folder
        above, folder = folder, os.path.dirname(folder)


def _named_repository(path: str) -> str | None:
    """The repository that a `.git` file names, as a worktree and a submodule have one."""
    content = read_bytes(path, _GIT_FILE_LIMIT) if os.path.isfile(path) else None
    if not isinstance(content, bytes) or not content.startswith(b"gitdir:"):
        return None
    named = os.fsdecode(content.removeprefix(b"gitdir:").strip())
    return os.path.join(os.path.dirname(path), named) if named and "\0" not in named else None


def info_exclude(top: str) -> str:
    """The path of a work tree's own ignore file, info/exclude in the repository that its worktrees share."""
    path = os.path.join(top, ".git")
    repository = _named_repository(path) or path
    # gitrepository-layout(5): commondir names, from here, the repository that a linked worktree belongs to.
    common = read_bytes(os.path.join(repository, "commondir"), _GIT_FILE_LIMIT)
    if isinstance(common, Problem) or b"\0" in common:
        return os.path.join(repository, "info", "exclude")
    return os.path.join(repository, os.fsdecode(common.strip()), "info", "exclude")


def excludes_file(root: str) -> str | None:
    """The path of the user's own ignore file: core.excludesFile, else where git looks without it."""
    answer = run(root, "config", "-z", "--path", "--get", "core.excludesFile")
    if isinstance(answer, bytes):
        # A relative path counts from where git runs, which is the work tree's top.
        path = os.fsdecode(answer.rstrip(b"\0"))
        return os.path.join(top_of(root) or root, path) if path else None
    settings = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(settings, "git", "ignore")


def tracked(root: str) -> Tracked | Refusal:
    """What git tracks below a folder of a work tree."""
    answer = run(root, "ls-files", "-z", "--stage")
    if isinstance(answer, Refusal):
        return answer
    entries = [entry.partition("\t") for entry in os.fsdecode(answer).split("\0") if entry]
    # gitlink: mode 160000, the commit that a submodule is at.
    modules = frozenset(path for head, _, path in entries if head.startswith("160000"))
    return Tracked(frozenset(path for _, _, path in entries) - modules, modules)
