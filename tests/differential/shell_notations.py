"""Makes shell scripts in which every notation occurs with the same weight, and asks real shells what each gives.

A notation writes a few lines and one probe: where a binding stands, and how to learn what it gave. Programs that a
machine for tests lacks (docker, sbatch, ssh ...) are stand-ins: they show the words that the shell gave them, and what
those mean is written down below, from the documentation of each. Nothing here knows what the surface reads.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from dotenv import dotenv_values

PLAIN = ["x", "online", "a1", "my-run", "a.b/c", "v_2", "k:w", "p=q", "0"]
SPACED = ["two words", " lead", "trail ", "st*r", "a#b", "~", "a;b", "{a,b}", "$x", "100%", 'q"q', "b\\b"]
_SEPARATOR = "\x01"

# Each shows its words behind the number of the probe, which is the last of them.
_SHOWS = """#!/bin/sh
for last in "$@"; do :; done
printf '%s\\0' "$last" >&3
for word in "$@"; do printf '%s\\001' "$word" >&3; done
printf '\\0' >&3
"""
_STAND_INS = {
    **dict.fromkeys(["docker", "podman", "singularity", "apptainer", "sbatch", "srun"], _SHOWS),
    **dict.fromkeys(["kubectl", "ray", "conda", "sky", "modal"], _SHOWS),
    "nerdctl": '#!/bin/sh\nfor last in "$@"; do :; done\nprintf \'%s\\0%s\\0\' "$last" "$(printenv T)" >&3\n',
    "sudo": '#!/bin/sh\nexec env "$@"\n',
    "ssh": '#!/bin/sh\nshift\nexec sh -c "$*"\n',
}
# Each script runs in a subshell of one shell, which calls itself by a name in the scripts' folder.
_DRIVER = 'for script in "$@"; do ( . "$script" ) 3>"$script.out" 2>/dev/null </dev/null; done'

Meaning = Callable[[Sequence[str]], str]


@dataclass(frozen=True)
class Probe:
    """Which variable stands on which entry of a script's lines, under which notation, and what the words of a program
    mean for it (None: the value itself is shown)."""

    at: int
    variable: str
    notation: str
    meaning: Meaning | None = None


@dataclass
class Sheet:
    """A script in the making."""

    rng: random.Random
    tag: str
    lines: list[str] = field(default_factory=list)
    probes: dict[int, Probe] = field(default_factory=dict)
    files: dict[int, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)

    @property
    def script(self) -> str:
        return "\n".join(self.lines) + "\n"

    def plain(self) -> str:
        return self.rng.choice(PLAIN)

    def any(self) -> str:
        return self.rng.choice(PLAIN + SPACED)

    def one(self, *choices: str) -> str:
        return self.rng.choice(choices)

    def add(self, *lines: str) -> None:
        self.lines.extend(lines)

    def copy(self, notation: str, word: str = '"$A"') -> None:
        """Reads what is left of a name."""
        number = len(self.lines)
        self.probes[number] = Probe(number, "T", notation)
        self.add(f"T={word}", f"printf '%s\\0%s\\0' {number} \"$T\" >&3")

    def value(self, notation: str, word: str, how: str = "") -> None:
        """Assigns a word to T, and shows it."""
        number = len(self.lines)
        self.probes[number] = Probe(number, "T", notation)
        self.add(f"{how}T={word}", f"printf '%s\\0%s\\0' {number} \"$T\" >&3")

    def child(self, notation: str, command: str, variable: str = "T") -> None:
        """A command that prints what a program sees."""
        number = len(self.lines)
        self.probes[number] = Probe(number, variable, notation)
        self.add(f"{command} > tmp; printf '%s\\0%s\\0' {number} \"$(cat tmp)\" >&3")

    def given(self, notation: str, command: str, meaning: Meaning, variable: str = "T") -> None:
        """A command whose stand-in shows its words; `{n}` is the number of the probe."""
        number = len(self.lines)
        self.probes[number] = Probe(number, variable, notation, meaning)
        self.add(command.replace("{n}", str(number)))

    def loaded(self, *lines: str, folder: str = "") -> str:
        """A file beside the script; its path."""
        path = f"{folder}{self.tag}.{len(self.lines)}.{len(self.beside)}.sh"
        self.beside[path] = "".join(f"{line}\n" for line in lines)
        return path

    def shown(self, notation: str, text: str) -> None:
        """Lines that show T themselves; `{n}` is the number of the probe."""
        number = len(self.lines)
        self.probes[number] = Probe(number, "T", notation)
        self.add(text.replace("{n}", str(number)))


def double(text: str) -> str:
    return '"' + "".join("\\" + c if c in '$`"\\' else c for c in text) + '"'


def single(text: str) -> str:
    return "'" + text + "'"


def word(s: Sheet) -> str:
    """A word of a command whose value is plain to a person."""
    text = s.any()
    return s.one(single(text), double(text), s.plain(), '"$A"', '"${E:-' + s.plain() + '}"', f'"$A {s.plain()}"')


def begin(s: Sheet) -> None:
    """What every notation finds: A holds a text, E the empty one, U is not set."""
    s.add(f"A={s.one(single(s.any()), double(s.any()))} E= T=", "unset U X")


# ---- What programs make of their words


def _after(words: Sequence[str], *options: str) -> list[str]:
    """The values of an option, as `--option value` or `--option=value`."""
    found = [following for word, following in pairwise(words) if word in options]
    return found + [w.partition("=")[2] for w in words if w.partition("=")[0] in options and "=" in w]


def _of_pairs(pairs: Sequence[str]) -> str:
    return next(pair.partition("=")[2] for pair in reversed(pairs) if pair.startswith("T="))


def option(*options: str) -> Meaning:
    """docker run --env, sky launch --env: each value is one pair."""
    return lambda words: _of_pairs(_after(words, *options))


def listed(*options: str) -> Meaning:
    """sbatch --export (slurm.schedmd.com, sbatch), singularity --env (user guide, Environment): pairs with commas."""
    return lambda words: _of_pairs([pair for value in _after(words, *options) for pair in value.split(",")])


def _of_json(words: Sequence[str]) -> str:
    return str(json.loads(_after(words, "--runtime-env-json")[0])["env_vars"]["T"])


# ---- Notations

Notation = Callable[[Sheet], None]


def _valued(name: str, make: Callable[[Sheet], str]) -> tuple[str, Notation]:
    return name, lambda s: s.value(name, make(s))


def _at_home(s: Sheet) -> None:
    """A tilde is plain where the script says what HOME is; that of the user who runs it is not."""
    if s.rng.random() < 0.6:
        s.add(f"HOME={s.one('/data/home', '/x', '/a*b')}" if s.rng.random() < 0.7 else "HOME='/w  w'")
    s.value("tilde, expanded", s.one("~", "~/d", "a:~/b"))


def _readonly(s: Sheet) -> None:
    name = f"R{len(s.lines)}"
    s.add(f"readonly {name}={word(s)}")
    s.copy("readonly", f'"${name}"')


def _ssh(s: Sheet) -> None:
    script = s.one(f"'T={s.plain()} printenv T'", '"T=${E:-' + s.plain() + '}; echo \\$T"')
    s.child("ssh", f"ssh host {script}")


def _carrier(s: Sheet, prefix: str) -> None:
    s.child(prefix, f"{prefix}T={word(s)} printenv {prefix}T", f"{prefix}T")


def _function(s: Sheet) -> None:
    name = f"f{len(s.lines)}"
    s.add(f"{name}() {{ A={word(s)}; {s.one('', 'E=y; ')}}}", name)
    s.copy("function")


def _local(s: Sheet) -> None:
    name, number = f"f{len(s.lines)}", len(s.lines)
    s.probes[number] = Probe(number, "T", "local")
    s.add(f"{name}() {{ local T={single(s.any())}; printf '%s\\0%s\\0' {number} \"$T\" >&3; }}", name)


def _if(s: Sheet) -> None:
    condition = s.one("printenv A >/dev/null", "true", "false", '[ -n "$A" ]')
    s.add(f"if {condition}; then A={word(s)}", f"else A={word(s)}; fi")
    s.copy("if")


def _case(s: Sheet) -> None:
    s.add(f'case "$A" in x|o*) A={word(s)};; *) A={word(s)};; esac')
    s.copy("case")


def _for(s: Sheet) -> None:
    s.add(f"for I in {s.plain()} {single(s.any())}; do {s.one('A=$I', 'A=' + s.plain(), ':')}; done")
    s.copy("for")


def _while(s: Sheet) -> None:
    s.add(f"while false; do A={word(s)}; done")
    s.copy("while")


def _heredoc(s: Sheet, notation: str, delimiter: str) -> None:
    """What writes a .env, read by python-dotenv."""
    number = len(s.lines)
    name = f"{s.tag}.{number}.env"
    s.probes[number] = Probe(number, "T", notation)
    s.files[number] = name
    expanded = ["${E:-y}", "a-$U", "\\$x"] if delimiter == "EOF" else ["x # c", "y", "z#"]
    value = s.one(s.plain(), "'a b'", '"a b"', *expanded)
    s.add(f"cat > {name} <<{delimiter}\nS=1\nT={value}\nEOF")


def _written_script(s: Sheet) -> None:
    number = len(s.lines)
    name = f"{s.tag}.{number}.sh"
    body = f"T={word(s)}\nprintf '%s\\0%s\\0' {number} \"$T\" >&3"
    s.probes[number] = Probe(number, "T", "script in a here-document")
    s.add(f"unset A E; {s.one(f'cat > {name}', f'tee {name} > /dev/null')} <<'EOF'\n{body}\nEOF", f"sh ./{name}")


def _echo_env(s: Sheet) -> None:
    number = len(s.lines)
    name = f"{s.tag}.{number}.env"
    s.probes[number] = Probe(number, "T", "echo into a .env")
    s.files[number] = name
    s.add(f"{s.one('echo', 'printf %s')} {double('T=' + s.plain())} {s.one('>', '>>')} {name}")


def _group_env(s: Sheet) -> None:
    number = len(s.lines)
    name = f"{s.tag}.{number}.env"
    s.probes[number] = Probe(number, "T", "group into a .env")
    s.files[number] = name
    line = s.one(f"echo {double('T=' + s.plain())}", f"printf 'T=%s\\n' {s.plain()}", f"echo S=1; echo T={s.plain()}")
    others = s.one("echo '# made'; ", "A=1; ", "echo T=no > tmp; ", "echo T=no | cat > tmp; ", "")
    s.add(
        s.one(f"{{ {others}{line}; }} > {name}", f"( {others}{line} ) > {name}", f"if true; then {line}; fi >> {name}")
    )


def _stray(s: Sheet) -> None:
    match s.rng.randrange(3):
        case 0:
            s.add(f"export A = {s.plain()}")
            s.copy("stray blank")
        case 1:
            s.value("stray blank", f" {s.plain()}", "export ")
        case _:
            s.value("stray blank", f"{s.plain()}, {s.plain()}", "export ")


def _settings(s: Sheet) -> list[str]:
    """Lines of a file that a script loads, which see what the script has set."""
    lines = [
        f"A={word(s)}",
        f"A={single(s.any())} E={s.plain()}",
        f"export A={word(s)}",
        "A=$A-x",
        "unset A; U=${A-y}",
        f"V={s.plain()}; A=$V$E",
        ": ${U:=d}; A=$U",
        '[ -n "$A" ] || A=z',
        "A=a.b # c",
    ]
    return s.rng.sample(lines, s.rng.randint(1, 3))


def _source(s: Sheet, notation: str, *commands: str, folder: str = "") -> None:
    """Loads a file, which may load another one, by one of some commands; @ stands for its path."""
    lines = _settings(s)
    if s.rng.random() < 0.3:
        lines.insert(s.rng.randrange(len(lines) + 1), f". ./{s.loaded(*_settings(s))}")
    if folder:
        lines = [line for line in lines if not line.startswith(". ")]
    s.add(s.rng.choice(commands).replace("@", s.loaded(*lines, folder=folder)))
    s.copy(notation)


def _source_exported(s: Sheet, notation: str, command: str, how: str) -> None:
    s.add(command.replace("@", s.loaded(f"{how}T={word(s)}", *_settings(s))))
    s.given(notation, "nerdctl run -e T img {n}", lambda words: "")
    s.probes[len(s.lines) - 1] = Probe(len(s.lines) - 1, "T", notation)


NOTATIONS: dict[str, Notation] = dict(
    [
        _valued("'..'", lambda s: single(s.any())),
        _valued('".."', lambda s: double(s.any())),
        _valued("$'..'", lambda s: s.one("$'a\\tb'", "$'a\\'b'", "$'\\x41\\101'", "$'a\\nb'", "$'" + s.plain() + "'")),
        _valued('$".."', lambda s: "$" + double(s.any())),
        _valued("mixed quotes", lambda s: s.plain() + double(s.any()) + single(s.any())),
        _valued("$X", lambda s: s.one("$A", '"$A"', "$E", "$U", 'a-"$A"')),
        _valued("${X}", lambda s: s.one("${A}", '"${A}b"', "${E}", "${U}")),
        _valued("${X:-d}", lambda s: f"${{{s.one('A', 'E', 'U')}:-{s.plain()}}}"),
        _valued("${X-d}", lambda s: f"${{{s.one('A', 'E', 'U')}-{s.plain()}}}"),
        _valued("${X:=d}", lambda s: f"${{{s.one('A', 'E', 'U')}:={s.plain()}}}"),
        _valued("${X=d}", lambda s: f"${{{s.one('A', 'E', 'U')}={s.plain()}}}"),
        _valued("${X:+a}", lambda s: f"${{{s.one('A', 'E', 'U')}:+{s.plain()}}}"),
        _valued("${X+a}", lambda s: f"${{{s.one('A', 'E', 'U')}+{s.plain()}}}"),
        _valued("${X:?m}", lambda s: "${A:?not set}"),
        _valued("${#X}", lambda s: s.one("${#A}", "${#E}", "${#U}")),
        _valued("nested default", lambda s: s.one("${U:-${E:-" + s.plain() + "}}", '"${E:-${A:-x}}"', "${U-${A+y}}")),
        _valued("${X%%p} (unknown)", lambda s: s.one("${A%%o*}", "${A##*/}", "${A%x}")),
        _valued("$(command) (unknown)", lambda s: s.one("$(echo x)", "`echo y`")),
        _valued("$((arithmetic)) (unknown)", lambda s: "$((1 + 2))"),
        ("tilde, expanded", _at_home),
        _valued("tilde, kept", lambda s: s.one('"~"', "a~", "\\~/x", "'~/d'", "x/~")),
        _valued("globs", lambda s: s.one("*", "[ab]*", "x?y", '"*"')),
        _valued("braces", lambda s: s.one("{a,b}", "a{1..3}", "{x}")),
    ]
)  # fmt: skip


def _then_copy(name: str, *choices: str) -> None:
    """One of some lines, in which @ stands for a word; then what A holds."""

    def write(s: Sheet) -> None:
        text = s.rng.choice(choices)
        while "@" in text:
            text = text.replace("@", word(s).replace("@", ""), 1)
        s.add(text)
        s.copy(name)

    NOTATIONS[name] = write


for _name, _choices in {
    "+=": ("A=@; A+=b", "A+=@"),
    "export -n": ("export A=@; export -n A", "export -n A=@"),
    "unset": ("unset A", "A=@; unset A; A=${A-d}"),
    "declare -x": ("declare -x A=@",),
    "typeset -x": ("typeset -x A=@",),
    "set -a": ("set -a; A=@; set +a",),
    "pipeline": ("A=@ | cat", "true | { A=@; }"),
    "subshell": ("(A=@)", "(export A=@; true)"),
    "background": ("A=@ & wait",),
    "eval (unknown)": ("eval 'A=x'",),
    "[ -z ] guard": (
        '[ -z "$X" ] && X=@; A=$X',
        '[ -n "$A" ] || A=@',
        'if [ -z "$X" ]; then X=@; fi; A="$X"',
        "[[ -z $X ]] && X=@; A=$X",
    ),
    ": ${X:=d}": (': "${X:=d}"; A=$X', ": ${A:=d}", ': "${E:=a b}"; A=$E'),
    "arrays": (
        "R=(x @ z); A=${R[1]}",
        "R=(@); A=$R",
        "R=(a 'b c'); A=\"${R[*]}\"",
        "R=(a); R+=(@); A=${#R[@]}",
        "R=(a b); A=${R[@]}",
    ),
    "here-string": ("read -r A <<< 'a b'", "read -r A B <<< word", 'read -r A <<< "x"'),
    "here-document, read": ("read -r A <<EOF\n$E-y\nEOF", "read -r A <<'EOF'\n$E z\nEOF"),
}.items():  # fmt: skip
    _then_copy(_name, *_choices)

NOTATIONS["readonly"] = _readonly
NOTATIONS["ssh"] = _ssh
NOTATIONS["function"] = _function
NOTATIONS["local"] = _local
NOTATIONS["if"] = _if
NOTATIONS["case"] = _case
NOTATIONS["for"] = _for
NOTATIONS["while"] = _while
NOTATIONS["stray blank"] = _stray
NOTATIONS["here-document for a .env"] = lambda s: _heredoc(s, "here-document for a .env", "EOF")
NOTATIONS["here-document for a .env, quoted"] = lambda s: _heredoc(s, "here-document for a .env, quoted", "'EOF'")
NOTATIONS["script in a here-document"] = _written_script
NOTATIONS["echo into a .env"] = _echo_env
NOTATIONS["group into a .env"] = _group_env
NOTATIONS["prefix"] = lambda s: s.child("prefix", f"T={word(s)} printenv T")
NOTATIONS["env -i"] = lambda s: s.child("env -i", f"env -i T={word(s)} /usr/bin/printenv T")
NOTATIONS["sudo A=1"] = lambda s: s.child("sudo A=1", f"sudo T={word(s)} printenv T")
NOTATIONS["bash -c"] = lambda s: s.child("bash -c", "bash -c 'T=" + s.plain() + '; echo "$T"\'')
NOTATIONS["here-document for bash"] = lambda s: s.shown(
    "here-document for bash", "bash <<'EOF'\nT=" + double(s.any()) + "\nprintf '%s\\0%s\\0' {n} \"$T\" >&3\nEOF"
)
for _name, _choices in {
    "source ./file": (". ./@",),
    "source file": ("source @", ". @", "source ./@ 2>/dev/null"),
    "source, by $0": ('. "$(dirname "$0")/@"', '. "${0%/*}/@"', 'D=$(dirname -- "$0"); . "$D"/@', ". $(dirname $0)/@"),
    "source, by BASH_SOURCE": (
        'source "${BASH_SOURCE[0]%/*}/@"',
        'source "$(dirname "${BASH_SOURCE[0]}")/@"',
        '. "$(dirname "${BASH_SOURCE[0]:-$0}")/@"',
        '. "$(dirname "$BASH_SOURCE")"/@',
    ),
    "source, by cd and pwd": (
        '. "$(cd "$(dirname "$0")" && pwd)/@"',
        'D="$( cd "$( dirname "$0" )" >/dev/null 2>&1 ; pwd -P )"; . "$D/@"',
        'D=$(cd -- "$(dirname "$0")" && pwd); cd /; . "$D/@"; cd "$D"',
        'cd "$(dirname "$0")"; . ./@',
        '(cd / && true); D=$(pwd); . "$D/@"',
        'D=$(dirname "$(readlink -f "$0")"); . "$D/@"',
    ),
    "source, in a function": ("load() { . ./@; }; load",),
}.items():  # fmt: skip
    NOTATIONS[_name] = lambda s, name=_name, choices=_choices: _source(s, name, *choices)  # type: ignore[misc]
NOTATIONS["source, another folder"] = lambda s: _source(
    s, "source, another folder", ". ./@", '. "$(dirname "$0")/@"', "cd sub; . ../@; cd ..", folder="sub/"
)
NOTATIONS["source, set -a"] = lambda s: _source_exported(s, "source, set -a", "set -a; . ./@; set +a", "")
NOTATIONS["source, export"] = lambda s: _source_exported(s, "source, export", ". ./@", "export ")
for _name, _command, _meaning in (
    ("docker run -e", "docker run -e T=@ img {n}", option("-e")),
    ("docker run --env", "docker run --env T=@ --rm img {n}", option("--env")),
    ("docker run --env=", "podman run -it --env=T=@ img {n}", option("-e", "--env")),
    ("singularity --env", "singularity exec --nv --env S=1,T=@ img {n}", listed("--env")),
    ("apptainer --env", "apptainer run --env=T=@ img {n}", listed("--env")),
    ("sbatch --export", "sbatch --export=ALL,T=@ job {n}", listed("--export")),
    ("srun --export", "srun --export ALL,T=@,S=1 prog {n}", listed("--export")),
    ("kubectl set env", "kubectl set env deploy/x T=@ {n}", lambda words: _of_pairs(words)),
    ("conda env config vars set", "conda env config vars set T=@ {n}", lambda words: _of_pairs(words)),
    ("sky launch --env", "sky launch --env T=@ {n}", option("--env")),
    ("modal secret create", "modal secret create w T=@ {n}", lambda words: _of_pairs(words)),
):  # fmt: skip

    def _write(s: Sheet, name: str = _name, command: str = _command, meaning: Meaning = _meaning) -> None:
        s.given(name, command.replace("@", word(s)), meaning)

    NOTATIONS[_name] = _write
NOTATIONS["ray --runtime-env-json"] = lambda s: s.given(
    "ray --runtime-env-json",
    f'ray job submit --runtime-env-json \'{{"env_vars": {{"S": "1", "T": "{s.plain()}"}}}}\' -- {{n}}',
    _of_json,
)
NOTATIONS["SINGULARITYENV_"] = lambda s: _carrier(s, "SINGULARITYENV_")
NOTATIONS["APPTAINERENV_"] = lambda s: _carrier(s, "APPTAINERENV_")

BASH_ONLY = frozenset(
    [
        "$'..'",
        '$".."',
        "+=",
        "export -n",
        "declare -x",
        "typeset -x",
        "arrays",
        "here-string",
        "local",
        "[ -z ] guard",
        "source file",
        "source, by BASH_SOURCE",
    ]
)
UNKNOWN = frozenset(name for name in NOTATIONS if name.endswith("(unknown)"))


def sheets(seed: int, count: int, size: int, *, bash: bool = True) -> list[Sheet]:
    """Scripts in which each notation occurs equally often."""
    rng = random.Random(seed)
    names = [name for name in NOTATIONS if bash or name not in BASH_ONLY]
    order: list[str] = []
    made: list[Sheet] = []
    for number in range(count):
        sheet = Sheet(rng, f"s{number}")
        for _ in range(size):
            if not order:
                order = rng.sample(names, len(names))
            begin(sheet)
            NOTATIONS[order.pop()](sheet)
        made.append(sheet)
    return made


def run(shell: str, folder: Path, made: Sequence[Sheet]) -> dict[str, dict[int, str]]:
    """What each probe of each script showed."""
    programs = folder / "bin"
    programs.mkdir()
    for name, text in _STAND_INS.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    (folder / "sub").mkdir()
    for sheet in made:
        (folder / sheet.tag).write_text(sheet.script, encoding="utf-8")
        for name, text in sheet.beside.items():
            (folder / name).write_text(text, encoding="utf-8")
    environment = {"PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/home/user"}
    command = [shell, "-c", _DRIVER, "./driver", *(f"./{sheet.tag}" for sheet in made)]
    subprocess.run(command, cwd=folder, env=environment, check=False, timeout=120, capture_output=True)
    return {sheet.tag: dict(_seen(folder, sheet)) for sheet in made}


def _seen(folder: Path, sheet: Sheet) -> Mapping[int, str]:
    parts = (folder / f"{sheet.tag}.out").read_bytes().decode().split("\0")
    seen = dict(zip(map(int, parts[:-1:2]), parts[1::2], strict=False))
    for number, text in list(seen.items()):
        meaning = sheet.probes[number].meaning
        if meaning is not None:
            seen[number] = meaning(text.split(_SEPARATOR)[:-1])
    for number, name in sheet.files.items():
        if (folder / name).exists():
            seen[number] = dotenv_values(folder / name, interpolate=True).get("T") or ""
    return seen
