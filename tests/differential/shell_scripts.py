"""Makes shell scripts out of every notation, with probes that tell what a real shell assigns.

Behind each assignment stands a probe: a line that writes its own number and what the name holds to file
descriptor 3. Nothing here knows what the surface reads.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

NAMES = ["A", "B", "C", "D", "E"]
TEXTS = ["x", "online", "a1", "my-run", "a.b/c", "v_2", "k:w", "é", "p=q", "0"]
SPACED = ["two words", " lead", "trail ", "tab\there", "st*r", "a#b", "# c", "~", "~/d", "a;b", "{a,b}", "$", "100%"]

# Each script runs in a subshell of one shell: a hundred times faster than a shell for each.
_DRIVER = 'for script in "$@"; do ( ulimit -t 1; . "$script" ) 3>"$script.out" 2>/dev/null </dev/null; done'
SETTINGS = "A=sourced\nC='by file'\n"


@dataclass
class Writer:
    """A script in the making: its lines, and for each probe's line the name and the notation it stands for."""

    rng: random.Random
    bash: bool
    lines: list[str] = field(default_factory=list)
    probes: dict[int, tuple[str, str]] = field(default_factory=dict)
    functions: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)
    tag: str = "s"
    defined: int = 0

    @property
    def script(self) -> str:
        """The whole text."""
        return "\n".join(self.lines) + "\n"

    def name(self) -> str:
        return self.rng.choice(NAMES)

    def text(self) -> str:
        return self.rng.choice(TEXTS)

    def spaced(self) -> str:
        return self.rng.choice(SPACED)

    def one(self, *choices: str) -> str:
        return self.rng.choice(choices)

    def probe(self, variable: str, notation: str) -> None:
        """Writes what a name holds after the line before."""
        line = len(self.lines)
        self.probes[line] = (variable, notation)
        self.lines.append(f"printf '%s\\0%s\\0' {line} \"${{{variable}-<unset>}}\" >&3")

    def child(self, variable: str, notation: str, command: str) -> None:
        """Writes what a program sees under a name; the assignment stands in the same line."""
        line = len(self.lines)
        self.probes[line] = (variable, notation)
        # The dot keeps line ends at the end of the value.
        self.lines.append(f"{command} > tmp; printf '%s\\0%s\\0' {line} \"$(cat tmp; echo .)\" >&3")


OWN_LINE = frozenset({"prefix", "env"})
"""Notations whose probe stands in the line that assigns."""

Word = Callable[[Writer], str]
Statement = Callable[[Writer, int], None]


def double(text: str) -> str:
    """A text as it stands in double quotes."""
    return re.sub(r'([$`"\\])', r"\\\1", text)


def escaped(text: str) -> str:
    """A text as it stands without quotes."""
    return re.sub(r"([^A-Za-z0-9é_./:=-])", r"\\\1", text)


def inner(w: Writer) -> str:
    """The word of an expansion outside quotes."""
    return w.one(
        w.text(), "", f"'{w.spaced()}'", f'"{double(w.spaced())}"', f"${w.name()}", f"${{{w.name()}:-{w.text()}}}"
    ) if w.rng.random() < 0.6 else w.one("a b", "~", "a\\}b", "'}'", '"}"', "{x", "a:~", "\\$x")  # fmt: skip


def quoted_inner(w: Writer) -> str:
    """The word of an expansion within double quotes."""
    if w.rng.random() < 0.5:
        return w.one(w.text(), "", f"${w.name()}", f"${{{w.name()}:-{w.text()}}}")
    return w.one("'q'", '"a b"', "a b", "~", "a\\}b", "\\q", '\\"', "a'b", "\\$x", '"}"')


def _expansion(operator: str) -> Word:
    return lambda w: f"${{{w.name()}{operator}{inner(w)}}}"


def _mixed(w: Writer) -> str:
    return f"{w.text()}\"{double(w.spaced())}\"'{w.spaced()}'{w.text()}"


WORDS: dict[str, Word] = {
    "plain": Writer.text,
    "empty": lambda w: w.one("", '""', "''"),
    "single quotes": lambda w: f"'{w.rng.choice(SPACED + TEXTS)}'",
    "double quotes": lambda w: f'"{double(w.rng.choice(SPACED + TEXTS))}"',
    "backslashes": lambda w: escaped(w.rng.choice(SPACED + TEXTS)),
    "odd backslashes": lambda w: w.one('"a\\qb"', "a\\qb", '"\\\'"', "\\'", '"a\\\\"', "a\\\\b", "'a\\'"),
    "mixed quotes": _mixed,
    "$name": lambda w: f"${w.name()}",
    "${name}": lambda w: f"${{{w.name()}}}",
    '"$name"': lambda w: f'"${w.name()}"',
    "names and text": lambda w: f"{w.text()}-${w.name()}-${{{w.name()}}}.${w.name()}/{w.text()}",
    "names and text, quoted": lambda w: f'"{w.text()} ${w.name()} ${{{w.name()}}}: ${w.name()}"',
    ":-": _expansion(":-"),
    "-": _expansion("-"),
    ":=": _expansion(":="),
    "=": _expansion("="),
    ":+": _expansion(":+"),
    "+": _expansion("+"),
    ":?": lambda w: f"${{{w.name()}:?}}",
    "default, quoted": lambda w: f'"${{{w.name()}{w.one(":-", "-", ":+", "+", ":=")}{quoted_inner(w)}}}"',
    "default with text": lambda w: f"{w.text()}${{{w.name()}:-{inner(w)}}}{w.text()}",
    "$'...'": lambda w: w.one(
        "$'a\\tb'", "$'a\\'b'", "$'\\x41\\101'", "$'a\\nb'", "$'\\q\\\\'", "$'\\u0041'", "$'é'"
    ),
    '$"..."': lambda w: f'$"{double(w.rng.choice(TEXTS + SPACED))}"',
    "continued line": lambda w: w.one("a\\\nb", '"a\\\nb"', "'a\\\nb'", "\\\nb", '"x\\\n"y'),
    "line end inside": lambda w: w.one('"a\nb"', "'a\nb'"),
    "tilde": lambda w: w.one("~", "~/d", "a:~/b", "\\~", '"~"', "a~", "x:~:y", "a=~", "$A~", '~"x"'),
    "glob and braces": lambda w: w.one("*", "[ab]", "?", "{a,b}", "a{1..3}", "x*y", "{", "}", "{}"),
    "odd characters": lambda w: w.one(
        "a#b", "!x", "%d", "^", "a=b=c", "=x", "@", ",", "a]", "[", "-x", "+y", "a!", "x\r"
    ),
    "dollar alone": lambda w: w.one("$", '"$"', "a$", '"a$ b"', "$/x", "$,", '"$\'x\'"'),
    "command": lambda w: w.one("$(echo x)", "`echo y`", '"$(printf %s z)"', "a$(:)b", "$(A=1; echo $A)"),
    "arithmetic": lambda w: w.one("$((1+2))", '"$((A=3))"', "$((B++))", "$(( (1) + 2 ))"),
    "other expansions": lambda w: w.one(
        "${#A}", "${A%x}", "${A##*/}", '"${A%\'}\'}"', "$#", "$?", "$1", "${1:-x}", "$$"
    ),
}  # fmt: skip
_BASH_WORDS = frozenset({"$'...'", '$"..."'})


def word(w: Writer) -> tuple[str, str]:
    """A notation and a word of it."""
    notation = w.rng.choice([each for each in WORDS if w.bash or each not in _BASH_WORDS])
    return notation, WORDS[notation](w)


def assignment(w: Writer, depth: int) -> None:
    name, (notation, value) = w.name(), word(w)
    w.lines.append(f"{name}={value}")
    w.probe(name, notation)


def export(w: Writer, depth: int) -> None:
    name, (_, value) = w.name(), word(w)
    w.lines.append(f"export {w.one('', '', 'UNUSED=1 ')}{name}={value}{w.one('', '', ' OTHER=1', ' OTHER')}")
    w.probe(name, "export")


def declaration(w: Writer, depth: int) -> None:
    name, (_, value) = w.name(), word(w)
    how = w.one("declare", "declare -x", "typeset -x", "command export", '"export"', "declare -g")
    w.lines.append(f"{how if w.bash else 'export'} {name}={value}")
    w.probe(name, "declare")


def quoted_export(w: Writer, depth: int) -> None:
    name = w.name()
    operand = w.one(f'"{name}=${w.name()}"', f"'{name}=a b'", f'{name}"="x', f"{name}=a\\ b")
    w.lines.append(f"export {operand}")
    w.probe(name, "export, quoted")


def append(w: Writer, depth: int) -> None:
    name, (_, value) = w.name(), word(w)
    w.lines.append(f"{name}+={value}")
    w.probe(name, "+=")


def several(w: Writer, depth: int) -> None:
    first, second = w.rng.sample(NAMES, 2)
    last = w.one(w.text(), f"${first}", '"$A-$B"')
    w.lines.append(f"{first}={word(w)[1]} {second}={last}")
    w.probe(second, "several")


def prefix(w: Writer, depth: int) -> None:
    name, (_, value) = w.name(), word(w)
    program = w.one("printenv", "env printenv", "nohup printenv", "command printenv")
    w.child(name, "prefix", f"{name}={value} {program} {name}")


def given(w: Writer, depth: int) -> None:
    name, (_, value) = w.name(), word(w)
    w.child(name, "env", f"env {name}={value} printenv {name}")


def defaulted(w: Writer, depth: int) -> None:
    name = w.name()
    w.lines.append(w.one(f": ${{{name}:={inner(w)}}}", f': "${{{name}={quoted_inner(w)}}}"'))
    copy(w, name)


def copy(w: Writer, name: str) -> None:
    """Reads a name where no binding tells what it holds."""
    target = w.rng.choice([each for each in NAMES if each != name])
    w.lines.append(f'{target}="${name}"')
    w.probe(target, "state")


def removal(w: Writer, depth: int) -> None:
    name = w.name()
    w.lines.append(f"unset {name}")
    copy(w, name)


def block(w: Writer, depth: int) -> None:
    for _ in range(w.rng.randint(1, 3)):
        w.rng.choice(STATEMENTS if depth else LEAVES)(w, depth - 1)


CONDITIONS = [
    "true", "false", "! false", "A=x", "[ a = b ]", "printenv A >/dev/null", 'test "$E"',
    '[ -z "$A" ]', '[ -n "$B" ]', '[ "$C" = x ]', '[ "$D" != online ]', '! [ -z "$E" ]', '[ -n "${A:-}" ]',
    "[ -z $B ]", "[ -n $C ]", '[ "${D:-x}" = x ]', '[ "$A" = "$B" ]',
]  # fmt: skip
BASH_CONDITIONS = [
    "[[ -z $A ]]", "[[ -n $B ]]", "[[ $C == x ]]", "[[ $D != o* ]]", "[[ ! -z $E ]]", "(( A ))",
    "[[ -z $A && -n $B ]]", "[[ $E =~ ^o(n|ff) ]]",
]  # fmt: skip


def condition(w: Writer) -> str:
    return w.rng.choice(CONDITIONS + (BASH_CONDITIONS if w.bash else []))


def branch(w: Writer, depth: int) -> None:
    w.lines.append(f"if {condition(w)}; then")
    block(w, depth)
    if w.rng.random() < 0.3:
        w.lines.append(f"elif {condition(w)}; then")
        block(w, depth)
    if w.rng.random() < 0.5:
        w.lines.append("else")
        block(w, depth)
    w.lines.append("fi")
    copy(w, w.name())


def chained(w: Writer, depth: int) -> None:
    name = w.name()
    middle = f"{condition(w)} {w.one('&&', '||')} " if w.rng.random() < 0.4 else ""
    w.lines.append(f"{condition(w)} {w.one('&&', '||')} {middle}{name}={word(w)[1]}")
    copy(w, name)


def cases(w: Writer, depth: int) -> None:
    w.lines.append(f'case "${w.name()}" in')
    for pattern in w.rng.sample(["x", "online|a1", "''", "*", "a*", '"$A"'], 3):
        w.lines.append(f"{pattern})")
        block(w, depth)
        w.lines.append(w.one(";;", ";;", ";;", ";&", ";;&") if w.bash else ";;")
    w.lines.append("esac")
    copy(w, w.name())


def loop(w: Writer, depth: int) -> None:
    words = w.one("x y", "one", "", "$A $B", '"$C"', "a 'b c'", "*", "{1,2}")
    w.lines.append(f"for {w.name()} in {words}; do")
    block(w, depth)
    if w.rng.random() < 0.2:
        w.lines.append(f"{condition(w)} && {w.one('break', 'continue')}")
        assignment(w, 0)
    w.lines.append("done")
    copy(w, w.name())


def reading(w: Writer, depth: int) -> None:
    w.lines.append(f"while read -r {w.name()}; do")
    block(w, depth)
    w.lines.append("done <<EOF\nline one\ntwo $A\nEOF")
    copy(w, w.name())


def group(w: Writer, depth: int) -> None:
    around = [("(", ")"), ("{", "}"), (": | {", "}"), ("{", "} | cat"), ("{", "} & wait"), ("{", "} > /dev/null")]
    opening, closing = w.rng.choice(around)
    w.lines.append(opening)
    block(w, depth)
    w.lines.append(closing)
    copy(w, w.name())


def function(w: Writer, depth: int) -> None:
    w.defined += 1
    name = f"f{w.defined}"
    w.lines.append(f"{name}() {{")
    if w.rng.random() < 0.4 and w.bash:
        w.lines.append(f"local {w.name()}")
    block(w, depth)
    w.lines.append("}")
    w.functions.append(name)


def call(w: Writer, depth: int) -> None:
    known = w.rng.choice(w.functions) if w.functions else ":"
    w.lines.append(w.one("", "", f"{w.name()}=t ") + known)
    copy(w, w.name())


def loading(w: Writer, depth: int) -> None:
    """Loads a file of any statements, which sees all names and may define functions, change options or load others."""
    inner = Writer(w.rng, w.bash, beside=w.beside, tag=w.tag, defined=w.defined + 100 * (len(w.beside) + 1))
    for _ in range(w.rng.randint(1, 3)):
        w.rng.choice(STATEMENTS if depth > 0 else LEAVES)(inner, depth - 1)
    path = f"{w.tag}.{len(w.beside)}.sh"
    w.beside[path] = "\n".join(line for at, line in enumerate(inner.lines) if at not in inner.probes) + "\n"
    w.functions += inner.functions
    how = [". ./@", ". ./@", '. "$(dirname "$0")/@"', '. "$(cd "$(dirname "$0")" && pwd)/@"', "set -a; . ./@; set +a"]
    how += ["( . ./@ )", "true && . ./@", "A=t . ./@", "cd ./; . ./@", "[ -f @ ] && . ./@", "cd /; . ./@", ". ./@ x"]
    how += ["source @", "source ./@ > /dev/null", '. "${BASH_SOURCE[0]%/*}/@"', "pushd /; . @; popd"] if w.bash else []
    w.lines.append(w.rng.choice(how).replace("@", path))
    copy(w, w.name())


CHANGES = [
    'eval "{0}=e"', "x={0}; eval $x=1", ". ./settings", "set -a", "set +a", "set -- $A; {0}=$1", "set -e; set +e",
    "read -r {0} <<EOF\ngiven\nEOF", "export {0}", "export -n {0}", "readonly UNUSED", "unset {0} {1}", "cd .",
    "cat <<EOF > /dev/null\n${{{0}:=h}} $({1}=1)\nEOF", "cat <<'EOF' > /dev/null\n{0}=no\nEOF",
    "cat <<EOF > /dev/null && {0}=after\ntext\nEOF", "cat <<A <<B > /dev/null; {0}=late\n{1}=no\nA\n{0}=no\nB",
    'echo "{0}=no" > /dev/null', "# {0}=no", "true # {0}=no", "{0}=x true", "{0}=x :", "{0}=s & wait", "{0}=s | cat",
    "trap 'true' EXIT", "alias zz=true", "shift $#", "{0}=a; {1}=b", "true && {0}=a", "false || {0}=a", "! {0}=n",
    "{0}=a \\\n  {1}=b", "{0}=x > /dev/null", "> /dev/null {0}=x", "if {0}=c; then {1}=d; fi", "$UNUSED {0}=q",
    "{0}=$(cat <<EOF\n{1}=no\nEOF\n)",
]  # fmt: skip
BASH_CHANGES = [
    "printf -v {0} %s v", "let {0}=4", "(({0}=5))", ": $((  {0} += 2 ))", "[[ {0}=1 -eq 1 ]]", "getopts a {0}",
    "declare -i {0}", "declare -u {0}", "declare {0}", "declare -n R={0}; R=n; unset -n R", "{0}=(x y)", "{0}[0]=z",
    "mapfile -t {0} </dev/null", "read {0} <<< here", "for (({0}=0;{0}<2;{0}++)); do break; done", "time {0}=t",
    "readonly {0}", "readonly {0}=r", "trap '{0}=t' DEBUG", "shopt -s lastpipe", "exec {{{0}}}>/dev/null",
    "export {0} {1}=e", "export {{{0},{1}}}=m", "{0}=1 export {1}=$A", "unset -v {0}", "coproc {{ :; }}",
]  # fmt: skip


def change(w: Writer, depth: int) -> None:
    name = w.name()
    w.lines.append(w.rng.choice(CHANGES + (BASH_CHANGES if w.bash else [])).format(name, w.name()))
    copy(w, name)


LEAVES: list[Statement] = [
    assignment, assignment, assignment, export, declaration, quoted_export, several, defaulted, removal, append, change
]  # fmt: skip
STATEMENTS: list[Statement] = [
    *LEAVES, *LEAVES, branch, branch, chained, chained, cases, loop, reading, group, function, call, loading
]  # fmt: skip


def written(seed: int, statements: Sequence[Statement], size: int, *, bash: bool = True) -> Writer:
    """A script of so many statements."""
    w = Writer(random.Random(seed), bash, tag=f"s{seed}")
    for _ in range(size):
        w.rng.choice(statements)(w, 2)
    return w


def run(
    shell: str, folder: Path, scripts: Mapping[str, Writer], outer: Mapping[str, str]
) -> dict[str, dict[int, set[str]]]:
    """What each probe of each script wrote, `outer` being set in the environment."""
    for name, w in scripts.items():
        (folder / name).write_bytes(w.script.encode())
        for path, text in w.beside.items():
            (folder / path).write_bytes(text.encode())
    (folder / "settings").write_text(SETTINGS)
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", **outer}
    command = [shell, "-c", _DRIVER, "./driver", *(f"./{name}" for name in scripts)]
    subprocess.run(command, cwd=folder, env=environment, check=False, timeout=120, capture_output=True)
    return {name: _seen((folder / f"{name}.out").read_bytes()) for name in scripts}


def _seen(output: bytes) -> dict[int, set[str]]:
    seen: dict[int, set[str]] = {}
    parts = output.decode().split("\0")
    for line, value in zip(parts[::2], parts[1::2], strict=False):
        seen.setdefault(int(line), set()).add(value)
    return seen
