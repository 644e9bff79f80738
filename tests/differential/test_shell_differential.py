"""What the shell surface claims, against real shells: no value that is claimed may be another one.

Scripts are made of every notation with equal weight. Behind each assignment stands a probe that writes what
the name holds to a file; a claim is what the binding's closed reading (outer names unset) says it can be.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from envlint.facts import Binding, Facts, Wanted
from envlint.source import Source
from envlint.surfaces.shell import read

Reach = Callable[[str, Mapping[str, tuple[int, int]]], None]

NAMES = ["A", "B", "C", "D", "E"]
TEXTS = ["x", "online", "a1", "my-run", "a.b/c", "v_2", "k:w", "é", "p=q", "0"]
SPACED = ["two words", " lead", "trail ", "tab\there", "st*r", "a#b", "# c", "~", "~/d", "a;b", "{a,b}", "$", "100%"]
WANTED = Wanted(needles=("A", "B", "C", "D", "E"), commands=("wandb",))
DRIVER = 'for script in "$@"; do ( ulimit -t 2; . "$script" ) 3>"$script.out" 2>/dev/null </dev/null; done'


@dataclass
class Writer:
    """A script in the making: its lines, and for each probe its name and the notation that it stands behind."""

    rng: random.Random
    lines: list[str] = field(default_factory=list)
    probes: dict[int, tuple[str, str]] = field(default_factory=dict)
    functions: list[str] = field(default_factory=list)
    bash: bool = True

    def name(self) -> str:
        return self.rng.choice(NAMES)

    def text(self) -> str:
        return self.rng.choice(TEXTS)

    def probe(self, variable: str, notation: str) -> None:
        """Notes that the last line assigns a name, and writes what it holds then."""
        line = len(self.lines)
        self.probes[line] = (variable, notation)
        self.lines.append(f"printf '%s\\0%s\\0' {line} \"${{{variable}-<unset>}}\" >&3")


def double(text: str) -> str:
    return re.sub(r'([$`"\\])', r"\\\1", text)


def escaped(text: str) -> str:
    return re.sub(r"([^A-Za-z0-9é_./:=-])", r"\\\1", text)


Word = Callable[[Writer], str]

WORDS: dict[str, Word] = {
    "plain": lambda w: w.text(),
    "empty": lambda w: w.rng.choice(["", '""', "''"]),
    "single quotes": lambda w: "'" + w.rng.choice(SPACED + TEXTS) + "'",
    "double quotes": lambda w: '"' + double(w.rng.choice(SPACED + TEXTS)) + '"',
    "backslashes": lambda w: escaped(w.rng.choice(SPACED + TEXTS)) or "x",
    "odd backslashes": lambda w: w.rng.choice(['"a\\qb"', "a\\qb", '"\\\'"', "\\'", '"a\\\\"', "a\\\\b", "'a\\'"]),
    "mixed quotes": lambda w: w.text() + '"' + double(w.rng.choice(SPACED)) + "\"'" + w.rng.choice(SPACED) + "'" + w.text(),
    "$name": lambda w: "$" + w.name(),
    "${name}": lambda w: "${" + w.name() + "}",
    '"$name"': lambda w: '"$' + w.name() + '"',
    "names and text": lambda w: f"{w.text()}-${w.name()}-${{{w.name()}}}.${w.name()}/{w.text()}",
    "names and text, quoted": lambda w: f'"{w.text()} ${w.name()} ${{{w.name()}}}: ${w.name()}"',
    ":-": lambda w: "${" + w.name() + ":-" + inner(w) + "}",
    "-": lambda w: "${" + w.name() + "-" + inner(w) + "}",
    ":=": lambda w: "${" + w.name() + ":=" + inner(w) + "}",
    "=": lambda w: "${" + w.name() + "=" + inner(w) + "}",
    ":+": lambda w: "${" + w.name() + ":+" + inner(w) + "}",
    "+": lambda w: "${" + w.name() + "+" + inner(w) + "}",
    ":?": lambda w: "${" + w.name() + ":?}",
    "default, quoted": lambda w: '"${' + w.name() + w.rng.choice([":-", "-", ":+", "+", ":="]) + quoted_inner(w) + '}"',
    "default with text": lambda w: w.text() + "${" + w.name() + ":-" + inner(w) + "}" + w.text(),
    "$'...'": lambda w: w.rng.choice(["$'a\\tb'", "$'a\\'b'", "$'\\x41\\101'", "$'a\\nb'", "$'\\q\\\\'", "$'\\u0041'", "$'é'"]),
    '$"..."': lambda w: '$"' + double(w.rng.choice(TEXTS + SPACED)) + '"',
    "continued line": lambda w: w.rng.choice(["a\\\nb", '"a\\\nb"', "'a\\\nb'", "\\\nb", '"x\\\n"y']),
    "line end inside": lambda w: w.rng.choice(['"a\nb"', "'a\nb'"]),
    "tilde": lambda w: w.rng.choice(["~", "~/d", "a:~/b", "\\~", '"~"', "a~", "x:~:y", "a=~", "$A~", '~"x"']),
    "glob and braces": lambda w: w.rng.choice(["*", "[ab]", "?", "{a,b}", "a{1..3}", "x*y", "{", "}", "{}"]),
    "odd characters": lambda w: w.rng.choice(["a#b", "!x", "%d", "^", "a=b=c", "=x", "@", ",", "a]", "[", "-x", "+y", "a!"]),
    "dollar alone": lambda w: w.rng.choice(["$", '"$"', "a$", '"a$ b"', "$/x", "$,", '"$\'x\'"']),
    "command": lambda w: w.rng.choice(["$(echo x)", "`echo y`", '"$(printf %s z)"', "a$(:)b", "$(A=1; echo $A)"]),
    "arithmetic": lambda w: w.rng.choice(["$((1+2))", '"$((A=3))"', "$((B++))", "$(( (1) + 2 ))"]),
    "other expansions": lambda w: w.rng.choice(["${#A}", "${A%x}", "${A##*/}", '"${A%\'}\'}"', "$#", "$?", "$1", "${1:-x}", "$$"]),
}
BASH_WORDS = frozenset({"$'...'", '$"..."'})


def inner(w: Writer) -> str:
    """The word of an expansion outside quotes."""
    return w.rng.choice(
        [w.text(), "", "'" + w.rng.choice(SPACED) + "'", '"' + double(w.rng.choice(SPACED)) + '"', "$" + w.name(), "a b", "~", "a\\}b"]
        + ["${" + w.name() + ":-" + w.text() + "}", "'}'", '"}"', "{x", "a:~", "\\$x"]
    )


def quoted_inner(w: Writer) -> str:
    """The word of an expansion within double quotes."""
    return w.rng.choice(
        [w.text(), "", "'q'", '"a b"', "$" + w.name(), "a b", "~", "a\\}b", "\\q", '\\"', "${" + w.name() + ":-" + w.text() + "}"]
        + ["a'b", "\\$x", '"}"']
    )


def word(w: Writer) -> tuple[str, str]:
    notation = w.rng.choice([each for each in WORDS if w.bash or each not in BASH_WORDS])
    return notation, WORDS[notation](w)


def assignment(w: Writer, depth: int) -> None:
    name, (notation, value) = w.name(), word(w)
    w.lines.append(f"{name}={value}")
    w.probe(name, notation)


def export(w: Writer, depth: int) -> None:
    name, (notation, value) = w.name(), word(w)
    before = w.rng.choice(["", "", "UNUSED=1 "])
    after = w.rng.choice(["", "", " OTHER=1", " OTHER"])
    w.lines.append(f"export {before}{name}={value}{after}")
    w.probe(name, "export")


def declaration(w: Writer, depth: int) -> None:
    name, (notation, value) = w.name(), word(w)
    how = w.rng.choice(["declare", "declare -x", "typeset -x", "command export", '"export"', "declare -g"] if w.bash else ["export"])
    w.lines.append(f"{how} {name}={value}")
    w.probe(name, "declare")


def quoted_export(w: Writer, depth: int) -> None:
    name = w.name()
    w.lines.append(w.rng.choice([f'export "{name}=${w.name()}"', f"export '{name}=a b'", f'export {name}"="x', f"export {name}=a\\ b"]))
    w.probe(name, "export, quoted")


def append(w: Writer, depth: int) -> None:
    name, (notation, value) = w.name(), word(w)
    w.lines.append(f"{name}+={value}")
    w.probe(name, "+=")


def several(w: Writer, depth: int) -> None:
    first, second = w.rng.sample(NAMES, 2)
    last = w.rng.choice([w.text(), "$" + first, '"$A-$B"'])
    w.lines.append(f"{first}={word(w)[1]} {second}={last}")
    w.probe(second, "several")


def prefix(w: Writer, depth: int) -> None:
    name, (notation, value) = w.name(), word(w)
    line = len(w.lines)
    command = w.rng.choice(["printenv", "env printenv", "nohup printenv", "command printenv"])
    w.probes[line] = (name, "prefix")
    w.lines.append(f"{name}={value} {command} {name} > tmp; printf '%s\\0%s\\0' {line} \"$(cat tmp; echo .)\" >&3")


def given(w: Writer, depth: int) -> None:
    name, (notation, value) = w.name(), word(w)
    line = len(w.lines)
    w.probes[line] = (name, "env")
    w.lines.append(f"env {name}={value} printenv {name} > tmp; printf '%s\\0%s\\0' {line} \"$(cat tmp; echo .)\" >&3")


def defaulted(w: Writer, depth: int) -> None:
    name = w.name()
    w.lines.append(w.rng.choice([f": ${{{name}:={inner(w)}}}", f': "${{{name}={quoted_inner(w)}}}"']))
    copy(w, name)


def copy(w: Writer, name: str) -> None:
    """Reads a name's state where its own binding does not tell."""
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
    "true", "false", "[ -z \"$A\" ]", "[ -n \"$B\" ]", "[ \"$C\" = x ]", "[ \"$D\" != online ]", "! [ -z \"$E\" ]", "[ -n \"${A:-}\" ]",
    "[ -z $B ]", "[ -n $C ]", "A=x", "! false", "[ \"${D:-x}\" = x ]", "printenv A >/dev/null", "test \"$E\"", "[ a = b ]",
    "[ \"$A\" = \"$B\" ]",
]  # fmt: skip
BASH_CONDITIONS = ["[[ -z $A ]]", "[[ -n $B ]]", "[[ $C == x ]]", "[[ $D != o* ]]", "[[ ! -z $E ]]", "(( A ))", "[[ -z $A && -n $B ]]"]


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
    first = w.rng.choice(["&&", "||"])
    middle = f"{condition(w)} {w.rng.choice(['&&', '||'])} " if w.rng.random() < 0.4 else ""
    w.lines.append(f"{condition(w)} {first} {middle}{name}={word(w)[1]}")
    copy(w, name)


def cases(w: Writer, depth: int) -> None:
    w.lines.append(f'case "${w.name()}" in')
    for pattern in w.rng.sample(["x", "online|a1", "''", "*", "a*", '"$A"'], 3):
        w.lines.append(f"{pattern})")
        block(w, depth)
        w.lines.append(w.rng.choice([";;", ";;", ";;", ";&", ";;&"] if w.bash else [";;"]))
    w.lines.append("esac")
    copy(w, w.name())


def loop(w: Writer, depth: int) -> None:
    words = w.rng.choice(["x y", "one", "", "$A $B", '"$C"', "a 'b c'", "*", "{1,2}"])
    w.lines.append(f"for {w.name()} in {words}; do")
    block(w, depth)
    if w.rng.random() < 0.2:
        w.lines.append(f"{condition(w)} && {w.rng.choice(['break', 'continue'])}")
        assignment(w, 0)
    w.lines.append("done")
    copy(w, w.name())


def reading(w: Writer, depth: int) -> None:
    w.lines.append(f"while read -r {w.name()}; do")
    block(w, depth)
    w.lines.append("done <<EOF\nline one\ntwo $A\nEOF")
    copy(w, w.name())


def subshell(w: Writer, depth: int) -> None:
    opening, closing = w.rng.choice([("(", ")"), ("{", "}"), (": | {", "}"), ("{", "} | cat"), ("{", "} & wait"), ("{", "} > /dev/null")])
    w.lines.append(opening)
    block(w, depth)
    w.lines.append(closing)
    copy(w, w.name())


def function(w: Writer, depth: int) -> None:
    name = f"f{len(w.functions)}"
    w.lines.append(f"{name}() {{")
    if w.rng.random() < 0.4 and w.bash:
        w.lines.append(f"local {w.name()}")
    block(w, depth)
    w.lines.append("}")
    w.functions.append(name)


def call(w: Writer, depth: int) -> None:
    known = w.rng.choice(w.functions) if w.functions else ":"
    w.lines.append(w.rng.choice(["", "", f"{w.name()}=t "]) + known)
    copy(w, w.name())


CHANGES = [
    'eval "{0}=e"', "read -r {0} <<EOF\ngiven\nEOF", ". ./settings", "set -a", "set +a", "export {0}", "readonly UNUSED", "unset {0} {1}",
    "cd .", "cat <<EOF > /dev/null\n${{{0}:=h}} $({1}=1)\nEOF", "cat <<'EOF' > /dev/null\n{0}=no\nEOF", "echo \"{0}=no\" > /dev/null",
    "{0}=x true", "# {0}=no", "true # {0}=no", "trap 'true' EXIT", "{0}=s & wait", "{0}=s | cat", "alias zz=true", "shift $#", "{0}=x :",
    "cat <<EOF > /dev/null && {0}=after\ntext\nEOF", "cat <<A <<B > /dev/null; {0}=late\n{1}=no\nA\n{0}=no\nB",
    "{0}=a; {1}=b", "true && {0}=a", "false || {0}=a", "{0}=a \\\n  {1}=b", "{0}=x > /dev/null", "> /dev/null {0}=x", "export -n {0}",
    "! {0}=n", "if {0}=c; then {1}=d; fi", "set -- $A; {0}=$1", "set -e; set +e", "x={0}; eval $x=1", "$UNUSED {0}=q",
]  # fmt: skip
BASH_CHANGES = [
    "printf -v {0} %s v", "let {0}=4", "(({0}=5))", "declare -i {0}", "declare {0}", "mapfile -t {0} </dev/null", "{0}=(x y)", "{0}[0]=z",
    "declare -n R={0}; R=n; unset -n R", "readonly {0}", "readonly {0}=r", "read {0} <<< here", "for (({0}=0;{0}<2;{0}++)); do :; done",
    "trap '{0}=t' DEBUG", "export {0} {1}=e", "declare -u {0}", "time {0}=t", "getopts a {0}", "{0}=1 export {1}=$A", "shopt -s lastpipe",
    "exec {{{0}}}>/dev/null", "[[ {0}=1 -eq 1 ]]", "coproc {{ :; }}", ": $((  {0} += 2 ))", "export {{{0},{1}}}=m", "unset -v {0}",
]  # fmt: skip


def change(w: Writer, depth: int) -> None:
    name = w.name()
    command = w.rng.choice(CHANGES + (BASH_CHANGES if w.bash else []))
    w.lines.append(command.format(name, w.name()))
    copy(w, name)


LEAVES = [assignment, assignment, assignment, export, declaration, quoted_export, several, defaulted, removal, append, change]
STATEMENTS = [*LEAVES, *LEAVES, branch, branch, chained, chained, cases, loop, reading, subshell, function, call]


def script(seed: int, statements: Sequence[Callable[[Writer, int], None]], size: int, *, bash: bool) -> Writer:
    w = Writer(random.Random(seed), bash=bash)
    for _ in range(size):
        w.rng.choice(statements)(w, 2)
    return w


def run(
    shell: str, folder: Path, scripts: Mapping[str, Writer], first: str, outer: Mapping[str, str]
) -> dict[str, dict[int, set[str]]]:
    """What each probe of each script wrote."""
    for name, w in scripts.items():
        (folder / name).write_text(first + "\n".join(w.lines) + "\n", encoding="utf-8", errors="surrogateescape", newline="")
    (folder / "settings").write_text("A=sourced\nC='by file'\n")
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", **outer}
    names = [f"./{name}" for name in scripts]
    for at in range(0, len(names), 500):
        subprocess.run([shell, "-c", DRIVER, shell, *names[at : at + 500]], cwd=folder, env=environment, check=False, timeout=120)
    return {name: _seen((folder / f"{name}.out").read_bytes()) for name in scripts}


def _seen(output: bytes) -> dict[int, set[str]]:
    seen: dict[int, set[str]] = {}
    parts = output.decode("utf-8", "surrogateescape").split("\0")
    for line, value in zip(parts[::2], parts[1::2], strict=False):
        seen.setdefault(int(line), set()).add(value)
    return seen


def claims(facts: Facts, w: Writer, first: str) -> Iterator[tuple[int, str, Binding]]:
    """For each probe, the binding that stands in the line before it, if the surface saw one."""
    at = {binding.name_span.start: binding for binding in facts.bindings() if binding.overrides}
    offsets = [len(first)]
    for line in w.lines:
        offsets.append(offsets[-1] + len(line) + 1)
    for line, (name, notation) in w.probes.items():
        own = line if notation in ("prefix", "env") else line - 1
        places = [found.start() for found in re.finditer(rf"(?<![A-Z]){name}(?=\+?=|\"=)", w.lines[own])]
        column = places[-1] if notation == "several" else places[0]
        binding = at.get(offsets[own] + column)
        if binding and binding.variable == name:
            yield line, notation, binding


def judge(
    scripts: Mapping[str, Writer], seen: Mapping[str, Mapping[int, set[str]]], first: str, *, closed: bool
) -> tuple[list[str], dict[str, tuple[int, int]]]:
    """The claims that do not hold, and for each notation how many values are claimed of how many there were."""
    wrong: list[str] = []
    total: Counter[str] = Counter()
    claimed: Counter[str] = Counter()
    for name, w in scripts.items():
        text = first + "\n".join(w.lines) + "\n"
        facts = read(Source("script.sh", text.encode("utf-8", "surrogateescape")), WANTED)
        found = {line: (notation, binding) for line, notation, binding in claims(facts, w, first)}
        for line, values in seen[name].items():
            _, notation = w.probes[line]
            total[notation] += 1
            if line not in found:
                continue
            value = found[line][1].value.unset() if closed else found[line][1].value
            possible = value.possible()
            claimed[notation] += value.exhaustive and len(possible) == 1
            ends = "\n." if notation in ("prefix", "env") else ""
            odd = [each for each in values if value.exhaustive and each not in [text + ends for text in possible]]
            if odd:
                wrong.append(f"{name} line {line}: {w.lines[line - 1]!r} gives {odd}, claimed {possible}")
    return wrong, {notation: (claimed[notation], count) for notation, count in sorted(total.items())}


