"""What programs do with the environment of what they run in turn: containers, schedulers, MPI.

Owns the tables of those programs and their options. It sees words that are expanded already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from envlint.source import Span
from envlint.surfaces.shell.args import (
    Arg,
    Loaded,
    Started,
    elements,
    option_values,
    pass_options,
    set_or_pass,
    text_at,
    without,
    word_set,
)
from envlint.surfaces.shell.setters import SETTERS as _SETTERS
from envlint.surfaces.shell.setters import set_elsewhere
from envlint.value import literal

_CONTAINERS = frozenset({"docker", "podman", "nerdctl"})
_COMPOSE = frozenset({"docker-compose", "podman-compose"})
_SINGULARITY = frozenset({"singularity", "apptainer"})
_SCHEDULERS = frozenset({"srun", "sbatch", "salloc"})
_MPI = frozenset({"mpirun", "mpiexec", "horovodrun", "orterun"})
_CONTAINER_GLOBALS = word_set("-H --host -c --context --config -l --log-level")
_CONTAINER_FLAGS = word_set(
    "-d -i -t -P -T -q --rm --init --privileged --read-only --no-healthcheck --detach --interactive --tty "
    "--publish-all --sig-proxy --oom-kill-disable --disable-content-trust --quiet --build --no-deps --service-ports "
    "--use-aliases --remove-orphans --no-cache --pull --push --load --squash --force-rm --no-TTY --no-tty"
)
_EXPORT = re.compile(r"(?<!\S)--export(?:=|[ \t]+)(?:'([^'\n]*)'(?!\S)|\"([^\"\n]*)\"(?!\S)|(\S+))")
_SHORT_FLAGS = re.compile(r"-[ditPTq]+\Z")
_COMPOSE_GLOBALS = word_set("-f --file -p --project-name --profile --env-file --project-directory --progress --ansi")
_SINGULARITY_VALUED = word_set(
    "-B --bind -H --home --env --env-file -W --workdir --pwd --cwd -o --overlay -S --scratch --mount --add-caps "
    "--network --apply-cgroups --security --drop-caps --dns --hostname --memory --cpus"
)


def of_program(args: Sequence[Arg], started: Started) -> None:
    """What a program's own options set for what it runs in turn."""
    name, first = started.program, started.at + 1
    if name in _CONTAINERS:
        at = pass_options(args, first, _CONTAINER_GLOBALS)
        if text_at(args, at) in ("container", "buildx", "image"):
            at += 1
        if text_at(args, at) == "compose":
            _compose(args, at + 1, started)
        elif text_at(args, at) in ("run", "create", "exec"):
            started.clears = True
            _container(args, at + 1, started)
        elif text_at(args, at) == "build":
            _build(args, at + 1, started)
    elif name in _COMPOSE:
        _compose(args, first, started)
    elif name in _SINGULARITY:
        _singularity(args, first, started)
    elif name in _SCHEDULERS:
        for value in option_values(args, first, "--export"):
            _exported(value, started)
    elif name in _MPI:
        for value in option_values(args, first, "-x"):
            set_or_pass(value, started)
    elif name in _SETTERS:
        set_elsewhere(args, started)


def _container_options(args: Sequence[Arg], at: int) -> Iterator[int]:
    """The places of a container command's options, up to the image. All but a few take a value."""
    while at < len(args) and args[at].value.prefix.startswith("-"):
        yield at
        text = args[at].text
        attached = "=" in args[at].value.prefix or re.match(r"-[evwpu].", args[at].value.prefix)
        alone = text is not None and (text in _CONTAINER_FLAGS or _SHORT_FLAGS.match(text))
        at += 1 if alone or attached else 2


def _container(args: Sequence[Arg], first: int, started: Started) -> None:
    for at in _container_options(args, first):
        prefix, text = args[at].value.prefix, args[at].text
        following = (args[at + 1], 0) if at + 1 < len(args) else None
        if text in ("-e", "--env") and following:
            set_or_pass(following, started)
        elif text == "--env-file" and following:
            started.loaded.append(Loaded(following[0].value, "docker", args[at].span.to(following[0].span)))
        elif prefix.startswith("--env="):
            set_or_pass((args[at], 6), started)
        elif prefix.startswith("--env-file="):
            started.loaded.append(Loaded(without(args[at].value, 11), "docker", args[at].span))
        elif prefix.startswith("-e") and len(prefix) > 2:
            set_or_pass((args[at], 2), started)


def _build(args: Sequence[Arg], first: int, started: Started) -> None:
    for value in option_values(args, first, "--build-arg"):
        set_or_pass(value, started)


def _compose(args: Sequence[Arg], first: int, started: Started) -> None:
    at = pass_options(args, first, _COMPOSE_GLOBALS)
    for arg, start in option_values(args[:at], first, "--env-file"):
        started.loaded.append(Loaded(without(arg.value, start), "compose", arg.span))
    if text_at(args, at) in ("run", "exec"):
        started.clears = True
        _container(args, at + 1, started)


def _singularity(args: Sequence[Arg], first: int, started: Started) -> None:
    at = pass_options(args, first, _SINGULARITY_VALUED)
    if text_at(args, at) not in ("exec", "run", "shell", "instance", "test"):
        return
    end = pass_options(args, at + 1, _SINGULARITY_VALUED)
    options = args[:end]
    if any(arg.text in ("-e", "--cleanenv", "-C", "--containall") for arg in options[at:]):
        started.clears = True
    for arg, start in option_values(options, at + 1, "--env"):
        for element in elements(arg, start):
            set_or_pass((element, 0), started)
    for arg, start in option_values(options, at + 1, "--env-file"):
        # A shell's interpreter evaluates the file (Singularity, util/shell/interpreter, EvaluateEnv).
        started.loaded.append(Loaded(without(arg.value, start), "bash", arg.span))


def _exported(found: tuple[Arg, int], started: Started) -> None:
    """Slurm's --export: ALL keeps the environment, a list without it names all that is kept."""
    listed = list(elements(*found))
    if not any(element.text == "ALL" for element in listed):
        started.clears = True
    for element in listed:
        if element.text not in ("ALL", "NONE", "NIL"):
            set_or_pass((element, 0), started)


def slurm_directive(text: str, start: int) -> Started | None:
    """What an `#SBATCH` line sets for the script below it; `text` is the line, `start` its offset. None: it says
    nothing of the environment."""
    options = list(_EXPORT.finditer(text))
    if not options:
        return None
    started = Started(0)
    group = options[-1].lastindex or 1
    listed = options[-1][group]
    # Other quotes and backslashes would be taken apart by rules of their own.
    if not re.search(r"[\\'\"#]", listed):
        span = Span(start + options[-1].start(group), start + options[-1].end(group))
        _exported((Arg(literal(listed, span), listed, span, listed), 0), started)
    return started
