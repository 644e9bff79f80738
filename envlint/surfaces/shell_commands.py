"""What commands do with the environment: wrappers, containers, schedulers and tracked commands.

Owns the tables of programs and their options. It sees words that are expanded already, and must not know
how a shell expands them or what its names hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from envlint.facts import Argument, Wanted
from envlint.source import Span
from envlint.value import Literal, Part, Value, literal


def _options(text: str) -> frozenset[str]:
    return frozenset(text.split())


BUILTINS = _options(
    ". : [ alias bg bind break builtin caller case cd command compgen complete compopt continue declare dirs disown "
    "echo enable eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd "
    "printf pushd pwd read readarray readonly return set shift shopt source suspend test times trap true type typeset "
    "ulimit umask unalias unset wait"
)
"""What a shell runs by itself (Bash manual 4): no program is started."""


@dataclass(frozen=True, slots=True)
class Arg:
    """A word of a command: its value, the text that it is if all outer names are unset, where it stands, how
    it is written, and whether it stays one word whatever its value."""

    value: Value
    text: str | None
    span: Span
    raw: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Setting:
    """`name=value` given to a program. `passed`: only the name is written, and the shell's own value is passed."""

    name: str
    value: Value
    span: Span
    name_span: Span
    value_span: Span
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file of settings that an option names, and who reads it."""

    path: Value
    loader: str
    span: Span


@dataclass
class Started:
    """A program that a command starts: `at` indexes its first word, behind all wrappers. No program: only
    wrappers, or a builtin behind `command`."""

    at: int
    program: str = ""
    settings: list[Setting] = field(default_factory=list)
    removed: list[tuple[str, Span]] = field(default_factory=list)
    loaded: list[Loaded] = field(default_factory=list)
    clears: bool = False


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """A program that starts another one: its options that take a value, and how many operands come first."""

    valued: frozenset[str] = frozenset()
    operands: int = 0
    sets: bool = False


_WRAPPERS = {
    "env": _Wrapper(_options("-u --unset -C --chdir -S --split-string"), sets=True),
    "sudo": _Wrapper(_options("-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt --chdir"), sets=True),
    "doas": _Wrapper(_options("-u -C")),
    "nohup": _Wrapper(),
    "setsid": _Wrapper(),
    "exec": _Wrapper(_options("-a")),
    "command": _Wrapper(),
    "builtin": _Wrapper(),
    "time": _Wrapper(_options("-f -o --format --output")),
    "nice": _Wrapper(_options("-n --adjustment")),
    "ionice": _Wrapper(_options("-c -n --class --classdata")),
    "timeout": _Wrapper(_options("-s --signal -k --kill-after"), operands=1),
    "stdbuf": _Wrapper(_options("-i -o -e --input --output --error")),
    "xargs": _Wrapper(_options("-n -L -I -P -s -d -E -a --max-args --max-procs --max-lines --delimiter --arg-file")),
    "unbuffer": _Wrapper(),
    "caffeinate": _Wrapper(_options("-t -w")),
    "taskset": _Wrapper(operands=1),
    "chrt": _Wrapper(operands=1),
    "numactl": _Wrapper(_options("-N -m -C -i -p --cpunodebind --membind --physcpubind --interleave --preferred")),
    "flock": _Wrapper(_options("-w -E --timeout --conflict-exit-code"), operands=1),
    "strace": _Wrapper(_options("-o -e -s -p -E")),
}
# Tools whose subcommand `run` starts a program in an environment of theirs.
_RUNNERS = {
    "uv": _options("--with --with-requirements --python -p --extra --group --env-file --directory --project --package"),
    "poetry": _options("-C --directory -P --project"),
    "pipenv": frozenset[str](),
    "pdm": _options("-p --project --venv"),
    "hatch": _options("-e --env -p --project"),
    "rye": _options("--pyproject"),
    "pixi": _options("-e --environment --manifest-path"),
    "conda": _options("-n --name -p --prefix --cwd"),
    "mamba": _options("-n --name -p --prefix --cwd"),
    "micromamba": _options("-n --name -p --prefix --cwd"),
}
_CONTAINERS = frozenset({"docker", "podman", "nerdctl"})
_COMPOSE = frozenset({"docker-compose", "podman-compose"})
_SINGULARITY = frozenset({"singularity", "apptainer"})
_SCHEDULERS = frozenset({"srun", "sbatch", "salloc"})
_MPI = frozenset({"mpirun", "mpiexec", "horovodrun", "orterun"})

_CONTAINER_GLOBALS = _options("-H --host -c --context --config -l --log-level")
_CONTAINER_FLAGS = _options(
    "-d -i -t -P -T -q --rm --init --privileged --read-only --no-healthcheck --detach --interactive --tty "
    "--publish-all --sig-proxy --oom-kill-disable --disable-content-trust --quiet --build --no-deps --service-ports "
    "--use-aliases --remove-orphans --no-cache --pull --push --load --squash --force-rm --no-TTY --no-tty"
)
_SHORT_FLAGS = re.compile(r"-[ditPTq]+\Z")
_COMPOSE_GLOBALS = _options("-f --file -p --project-name --profile --env-file --project-directory --progress --ansi")
_SINGULARITY_VALUED = _options(
    "-B --bind -H --home --env --env-file -W --workdir --pwd --cwd -o --overlay -S --scratch --mount --add-caps "
    "--network --apply-cgroups --security --drop-caps --dns --hostname --memory --cpus"
)
_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?==)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

_LOGIN_OPTIONS = {"--host": "host", "--base-url": "base_url"}
_SUBCOMMAND = re.compile(r"[a-z][a-z-]*\Z")
_PYTHON = re.compile(r"python[0-9.]*\Z")


def closed_text(value: Value) -> str | None:
    """The text that a value is if all outer names are unset, or None."""
    match value.parts:
        case ():
            return ""
        case (Literal(text),):
            return text
    return value.unset().text


def setting_of(arg: Arg, start: int = 0) -> Setting | None:
    """The word, or what follows its first characters, as `name=value`."""
    value = _after(arg.value, start)
    found = _SETTING.match(value.prefix)
    if found is None:
        return None
    first = next(part.span for part in value.parts if isinstance(part, Literal))
    rest = _after(value, found.end() + 1)
    if first is None or first.start not in range(arg.span.start, arg.span.end):
        # A name carried it here; it is written elsewhere.
        return Setting(found[0], rest, arg.span, arg.span, arg.span)
    at, end = first.start, arg.span.end
    if start == 0 and len(arg.raw) > 1 and arg.raw[0] in "\"'" and arg.raw[-1] == arg.raw[0]:
        end -= 1
    name_span = Span(at, at + found.end())
    span = arg.span if start == 0 else Span(at, end)
    return Setting(found[0], rest, span, name_span, Span(min(name_span.end + 1, end), end))


def _after(value: Value, length: int) -> Value:
    """A value without its first characters, which are known."""
    parts: list[Part] = []
    for part in value.parts:
        if length and isinstance(part, Literal):
            cut, length = min(length, len(part.text)), max(length - len(part.text), 0)
            # Where escapes make text and characters differ, the span keeps its end.
            span = Span(min(part.span.start + cut, part.span.end), part.span.end) if part.span else None
            part = Literal(part.text[cut:], span)
        if not isinstance(part, Literal) or part.text:
            parts.append(part)
    return Value(tuple(parts))


def _commas(arg: Arg, start: int) -> Iterator[Arg]:
    """The elements of a list with commas, from a place in the word on."""
    pieces: list[list[Part]] = [[]]
    starts = [arg.span.start + start]
    for part in _after(arg.value, start).parts:
        if not isinstance(part, Literal):
            pieces[-1].append(part)
            continue
        at = part.span.start if part.span else arg.span.start
        for index, text in enumerate(part.text.split(",")):
            if index:
                pieces.append([])
                starts.append(at)
            if text:
                pieces[-1].append(Literal(text, Span(at, at + len(text)) if part.span else None))
            at += len(text) + 1
    ends = [*(at - 1 for at in starts[1:]), arg.span.end]
    for parts, first, last in zip(pieces, starts, ends, strict=True):
        # A list that a name carried here is written elsewhere.
        written = arg.span.start <= first <= last <= arg.span.end
        value = Value(tuple(parts))
        yield Arg(value, closed_text(value), Span(first, last) if written else arg.span, value.text or "")


def start_of(args: Sequence[Arg]) -> Started:
    """What a command starts, its wrappers and what they set."""
    started = Started(0)
    while started.at < len(args):
        name = _program(args[started.at])
        if name in _RUNNERS and _text(args, started.at + 1) == "run":
            started.at = _pass_options(args, started.at + 2, _RUNNERS[name])
            continue
        wrapper = _WRAPPERS.get(name)
        if wrapper is None:
            started.program = name
            _of_program(args, started)
            return started
        _wrap(args, started, name, wrapper)
    return started


def _program(arg: Arg) -> str:
    """The name of the program that a word runs, as written: the last part of its path."""
    written = arg.text if arg.text is not None else arg.raw.strip("\"'")
    return written.rstrip("/").rpartition("/")[2]


def _text(args: Sequence[Arg], at: int) -> str | None:
    return args[at].text if at < len(args) else None


def _pass_options(args: Sequence[Arg], at: int, valued: frozenset[str]) -> int:
    """Where the options that begin here end."""
    while (text := _text(args, at)) is not None and text.startswith("-") and len(text) > 1:
        at += 2 if text in valued else 1
        if text == "--":
            break
    return min(at, len(args))


def _wrap(args: Sequence[Arg], started: Started, name: str, wrapper: _Wrapper) -> None:
    """Passes one wrapper, its options, operands and settings."""
    first = started.at + 1
    started.at = _pass_options(args, first, wrapper.valued)
    options = [arg.text or "" for arg in args[first : started.at]]
    if name == "env":
        _env_options(args[first : started.at], started)
        if _text(args, started.at) == "-":
            started.clears = True
            started.at += 1
    if name == "sudo" and not any(_keeps_environment(option) for option in options):
        started.clears = True
    if name == "exec" and any(option.startswith("-") and "c" in option for option in options):
        started.clears = True
    if name == "command" and any(option in ("-v", "-V") for option in options):
        started.at = len(args)
    while wrapper.sets and started.at < len(args) and (setting := setting_of(args[started.at])):
        started.settings.append(setting)
        started.at += 1
    started.at = min(started.at + wrapper.operands, len(args))


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


def _of_program(args: Sequence[Arg], started: Started) -> None:
    """What a program's own options set for what it runs in turn."""
    name, first = started.program, started.at + 1
    if name in _CONTAINERS:
        at = _pass_options(args, first, _CONTAINER_GLOBALS)
        if _text(args, at) in ("container", "buildx", "image"):
            at += 1
        if _text(args, at) == "compose":
            _compose(args, at + 1, started)
        elif _text(args, at) in ("run", "create", "exec"):
            started.clears = True
            _container(args, at + 1, started)
        elif _text(args, at) == "build":
            _build(args, at + 1, started)
    elif name in _COMPOSE:
        _compose(args, first, started)
    elif name in _SINGULARITY:
        _singularity(args, first, started)
    elif name in _SCHEDULERS:
        for value in _option_values(args, first, "--export"):
            _exported(value, started)
    elif name in _MPI:
        for value in _option_values(args, first, "-x"):
            _set_or_pass(value, started)


def _option_values(args: Sequence[Arg], first: int, *names: str) -> Iterator[tuple[Arg, int]]:
    """The values of an option: the word that holds each, and where in it the value begins."""
    for at in range(first, len(args)):
        prefix = args[at].value.prefix
        for name in names:
            if args[at].text == name and at + 1 < len(args):
                yield args[at + 1], 0
            elif name.startswith("--") and prefix.startswith(name + "="):
                yield args[at], len(name) + 1


def _set_or_pass(found: tuple[Arg, int], started: Started) -> None:
    """`name=value` sets, `name` alone passes what the shell has."""
    arg, start = found
    setting = setting_of(arg, start)
    if setting:
        started.settings.append(setting)
        return
    text = arg.text[start:] if arg.text is not None else ""
    if _NAME.match(text):
        span = Span(arg.span.start + start, arg.span.end) if start else arg.span
        started.settings.append(Setting(text, Value(), span, span, Span(span.end, span.end), passed=True))


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
            _set_or_pass(following, started)
        elif text == "--env-file" and following:
            started.loaded.append(Loaded(following[0].value, "docker", args[at].span.to(following[0].span)))
        elif prefix.startswith("--env="):
            _set_or_pass((args[at], 6), started)
        elif prefix.startswith("--env-file="):
            started.loaded.append(Loaded(_after(args[at].value, 11), "docker", args[at].span))
        elif prefix.startswith("-e") and len(prefix) > 2:
            _set_or_pass((args[at], 2), started)


def _build(args: Sequence[Arg], first: int, started: Started) -> None:
    for value in _option_values(args, first, "--build-arg"):
        _set_or_pass(value, started)


def _compose(args: Sequence[Arg], first: int, started: Started) -> None:
    at = _pass_options(args, first, _COMPOSE_GLOBALS)
    for arg, start in _option_values(args[:at], first, "--env-file"):
        started.loaded.append(Loaded(_after(arg.value, start), "compose", arg.span))
    if _text(args, at) in ("run", "exec"):
        started.clears = True
        _container(args, at + 1, started)


def _singularity(args: Sequence[Arg], first: int, started: Started) -> None:
    at = _pass_options(args, first, _SINGULARITY_VALUED)
    if _text(args, at) not in ("exec", "run", "shell", "instance", "test"):
        return
    end = _pass_options(args, at + 1, _SINGULARITY_VALUED)
    options = args[:end]
    if any(arg.text in ("-e", "--cleanenv", "-C", "--containall") for arg in options[at:]):
        started.clears = True
    for arg, start in _option_values(options, at + 1, "--env"):
        for element in _commas(arg, start):
            _set_or_pass((element, 0), started)
    for arg, start in _option_values(options, at + 1, "--env-file"):
        started.loaded.append(Loaded(_after(arg.value, start), "docker", arg.span))


def _exported(found: tuple[Arg, int], started: Started) -> None:
    """Slurm's --export: ALL keeps the environment, a list without it names all that is kept."""
    elements = list(_commas(*found))
    if not any(element.text == "ALL" for element in elements):
        started.clears = True
    for element in elements:
        if element.text not in ("ALL", "NONE", "NIL"):
            _set_or_pass((element, 0), started)


def slurm_directive(text: str, start: int) -> Started:
    """What an `#SBATCH` line sets for the script below it; `text` is the line, `start` its offset."""
    started = Started(0)
    at = text.find("--export")
    rest = text[at + len("--export") :].strip() if at >= 0 else ""
    listed = rest.lstrip("=").split(maxsplit=1)
    # A quote would be taken apart by rules of its own; `--export-file` is another option.
    if not listed or rest.startswith("-") or "'" in rest or '"' in rest:
        return started
    offset = start + text.index(listed[0], at + len("--export"))
    span = Span(offset, offset + len(listed[0]))
    _exported((Arg(literal(listed[0], span), listed[0], span, listed[0]), 0), started)
    return started


@dataclass(frozen=True, slots=True)
class Tracked:
    """A tracked command's call: which, with which arguments, and whether words that are not known may hide more."""

    function: str
    arguments: tuple[Argument, ...]
    open: bool
    span: Span


def tracked(args: Sequence[Arg], started: Started, wanted: Wanted) -> Tracked | None:
    """The call of a tracked command, run by its name or as a Python module."""
    at = started.at
    if started.program not in wanted.commands:
        module = _text(args, at + 2)
        if not (_PYTHON.match(started.program) and _text(args, at + 1) == "-m" and module in wanted.commands):
            return None
        at += 2
    name = _program(args[at])
    after = _pass_options(args, at + 1, frozenset())
    subcommand = _text(args, after)
    if name in BUILTINS or subcommand is None or not _SUBCOMMAND.match(subcommand):
        return Tracked(name, tuple(_positional(args, at + 1)), _hides(args[at + 1 :]), args[at].span)
    span = args[at].span.to(args[after].span)
    rest = args[after + 1 :]
    arguments = tuple(_login(rest) if subcommand == "login" else _positional(args, after + 1))
    seen = {argument.value_span for argument in arguments} if subcommand == "login" else ()
    return Tracked(f"{name} {subcommand}", arguments, _hides([arg for arg in rest if arg.span not in seen]), span)


def _hides(args: Sequence[Arg]) -> bool:
    """Whether a word may stand for several, or for none."""
    return any(not arg.whole or "$@" in arg.raw or "[@]" in arg.raw for arg in args)


def _positional(args: Sequence[Arg], first: int) -> Iterator[Argument]:
    for index, arg in enumerate(args[first:]):
        yield Argument(str(index), arg.value, arg.span, arg.span)


def _login(args: Sequence[Arg]) -> Iterator[Argument]:
    """`login [options] KEY`: the first operand counts, later ones are ignored by the command itself."""
    at = 0
    while at < len(args):
        arg = args[at]
        prefix = arg.value.prefix
        option = prefix.partition("=")[0]
        if option in _LOGIN_OPTIONS and "=" in prefix:
            value = _after(arg.value, len(option) + 1)
            yield Argument(
                _LOGIN_OPTIONS[option], value, arg.span, Span(arg.span.start + len(option) + 1, arg.span.end)
            )
        elif arg.text in _LOGIN_OPTIONS and at + 1 < len(args):
            at += 1
            yield Argument(_LOGIN_OPTIONS[arg.text or ""], args[at].value, arg.span.to(args[at].span), args[at].span)
        elif not prefix.startswith("-"):
            yield Argument("key", arg.value, arg.span, arg.span)
            return
        at += 1
