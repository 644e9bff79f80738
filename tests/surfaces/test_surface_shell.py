"""What the shell surface reads: words, forms, scopes, programs and calls, a line each."""

from __future__ import annotations

import random

import pytest

from envlint.facts import KEPT, Binding, Call, Export, Facts, Include, Launch, Read, Unset, Wanted, is_exported
from envlint.source import Source, Span
from envlint.surfaces.shell import dialect_of, read, read_ranges
from envlint.value import literal, ref

WANTED = Wanted(needles=("WANDB_", "wandb"), commands=("wandb",))


def facts(text: str, path: str = "run.sh") -> Facts:
    return read(Source(path, text.encode("utf-8", "surrogateescape")), WANTED)


def closed(found: Facts) -> list[tuple[str, str | None]]:
    """Names with the one text that each place assigns if outer names are unset, or None."""
    return [(binding.variable, binding.value.unset().text) for binding in found.bindings()]


def of(found: Facts, kind: type) -> list:  # type: ignore[type-arg]
    return [item for item in found.items if isinstance(item, kind)]


def scope_kinds(found: Facts, scope: int) -> str:
    return "/".join(found.scopes[at].kind for at in reversed(list(found.ancestors(scope))))


# POSIX 2.2 and 2.6, Bash manual 3.1.2 and 3.5. X is set to `x`, E to nothing, U nowhere.
@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("x", "x"),
        ("", ""),
        ('""', ""),
        ("'a b'", "a b"),
        ('"a b"', "a b"),
        (r"a\ b", "a b"),
        (r"a\qb", "aqb"),
        (r'"a\qb"', r"a\qb"),
        (r'"\$X \`\"\\"', '$X `"\\'),
        (r"'a\'", "a\\"),
        ("'a'\"b\"c", "abc"),
        (r"$'a\tb\'\x41\101'", "a\tb'AA"),
        (r"$'\u00e9'", None),
        ('$"a"', "a"),
        ("a\\\nb", "ab"),
        ('"a\\\nb"', "ab"),
        ("'a\\\nb'", "a\\\nb"),
        ("a#b", "a#b"),
        ("a=b", "a=b"),
        ("{a,b}", "{a,b}"),
        ("*", "*"),
        ("$", "$"),
        ("$X", "x"),
        ("${X}", "x"),
        ("$X-$X.$X/${X}", "x-x.x/x"),
        ('"$X y"', "x y"),
        ("'$X'", "$X"),
        (r"\$X", "$X"),
        ("$U", ""),
        ("a${U}b", "ab"),
        ("${X:-d}", "x"),
        ("${U:-d}", "d"),
        ("${U-d}", "d"),
        ("${E:-d}", "d"),
        ("${E-d}", ""),
        ("${U:=d}", "d"),
        ("${U=d}$U", "dd"),
        ("${X:+d}", "d"),
        ("${U:+d}", ""),
        ("${E:+d}", ""),
        ("${E+d}", "d"),
        ("${X:?}", "x"),
        ("${U:?}", None),
        ('"${U:-a b}"', "a b"),
        ('${U:-"a b"}', "a b"),
        ("\"${U:-'a'}\"", "'a'"),
        ("${U:-${X}}", "x"),
        (r"${U:-a\}b}", "a}b"),
        ("~", None),
        ("a:~/b", None),
        ("a~", "a~"),
        (r"\~", "~"),
        ("$(date)", None),
        ("`date`", None),
        ("$((1+1))", None),
        ("${X%x}", None),
        ("${#X}", "1"),
        ("${#E}", "0"),
        ("${#U}", "0"),
        ("$1", None),
        ("$@", None),
        ("$RANDOM", None),
        ("$HOME", None),
        ("(a b)", None),
        ("<(a)", None),
        ("é", "é"),
        ("x\r", "x\r"),
        ("a\udcffb", "a\udcffb"),
        ("a\0b", None),
    ],
)
def test_words(word: str, expected: str | None) -> None:
    assert closed(facts(f"X=x E=\nA={word}\n"))[-1] == ("A", expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=x", [("A", "x", "shell-assign")]),
        ("A=x B=y", [("A", "x", "shell-assign"), ("B", "y", "shell-assign")]),
        ("export A=x", [("A", "x", "shell-export")]),
        ("export A=x B='y z'", [("A", "x", "shell-export"), ("B", "y z", "shell-export")]),
        ('export "A=x y"', [("A", "x y", "shell-export")]),
        ("declare -x A=x", [("A", "x", "shell-export")]),
        ("typeset -x A=x", [("A", "x", "shell-export")]),
        ("declare A=x", [("A", "x", "shell-assign")]),
        ("readonly A=x", [("A", "x", "shell-assign")]),
        ("export -n A=x", [("A", "x", "shell-assign")]),
        ("A=x python t.py", [("A", "x", "shell-prefix")]),
        ("A=1 B=$A python t.py", [("A", "1", "shell-prefix"), ("B", "1", "shell-prefix")]),
        ("env A=x python t.py", [("A", "x", "shell-command")]),
        ("env -u B -i A=x C='y z' python t.py", [("A", "x", "shell-command"), ("C", "y z", "shell-command")]),
        ("sudo -E -u me A=x python t.py", [("A", "x", "shell-command")]),
        ("nohup env A=x python t.py &", [("A", "x", "shell-command")]),
        ("docker run -it -e A=x --env B=y --env=C=z img", [(n, v, "shell-command") for n, v in ("Ax", "By", "Cz")]),
        ("docker run -e A=x img sh -e B=no", [("A", "x", "shell-command")]),
        ('docker run -e "A=x y" img', [("A", "x y", "shell-command")]),
        ("docker compose run -e A=x web", [("A", "x", "shell-command")]),
        ("docker build --build-arg A=x .", [("A", "x", "shell-command")]),
        ("podman exec -e A=x c cmd", [("A", "x", "shell-command")]),
        ("sbatch --export=ALL,A=x,B=y j.sh", [("A", "x", "shell-command"), ("B", "y", "shell-command")]),
        ("srun --export ALL,A=x python t.py", [("A", "x", "shell-command")]),
        ("#!/bin/bash\n#SBATCH --export=ALL,A=x\ntrue", [("A", "x", "shell-command")]),
        ("true\n#SBATCH --export=ALL,A=x", []),
        ("singularity exec --nv --env A=x,B=y i.sif c", [("A", "x", "shell-command"), ("B", "y", "shell-command")]),
        ("mpirun -np 2 -x A=x python t.py", [("A", "x", "shell-command")]),
        (": ${A:=x}", [("A", "x", "shell-assign")]),
        ("for A in x; do :; done", [("A", "x", "shell-assign")]),
        ("export A= 'x'", [("A", "", "shell-export")]),
        ("A= x", [("A", "", "shell-prefix")]),
        ("echo A=x", []),
        ("# A=x", []),
        ("echo 'A=x'", []),
        ('"A"=x', []),
        ("cat <<'E'\nA=x\nE\n", []),
        ("cat <<E\nA=x $(B=y)\nE\n", [("B", "y", "shell-assign")]),
        ("cat <<E && A=x\ntext\nE\nB=y", [("A", "x", "shell-assign"), ("B", "y", "shell-assign")]),
        ("cat <<-E\n\tA=x\n\tE\nB=y", [("B", "y", "shell-assign")]),
        ("A=x > f; > f B=y", [("A", "x", "shell-assign"), ("B", "y", "shell-assign")]),
        ("A=x# y", [("A", "x#", "shell-prefix")]),
        ("export A={1,2}", [("A", None, "shell-export")]),
        ("A[1]=x", [("A", None, "shell-assign")]),
        ("A=1; A+=2", [("A", "1", "shell-assign"), ("A", "12", "shell-assign")]),
    ],
)
def test_forms(text: str, expected: list[tuple[str, str | None, str]]) -> None:
    found = [(each.variable, each.value.unset().text, each.form) for each in facts(text).bindings()]
    assert found == expected


# The last line reads what is left of A; a tuple: all that it can be, None: not known.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nA=2", ("2",)),
        ("A=1; unset A", ("",)),
        ("A=1; unset A; A=${A-d}", ("d",)),
        ("A=1; true && A=2", ("2",)),
        ("A=1; false && A=2", ("1",)),
        ("A=1; false || A=2", ("2",)),
        ("A=1; cmd && A=2", ("2", "1")),
        ("A=1; cmd || A=2", ("2", "1")),
        ("if cmd; then A=1; else A=2; fi", ("1", "2")),
        ("A=0; if cmd; then A=1; elif cmd; then A=2; fi", ("1", "2", "0")),
        ("A=0; if true; then A=1; fi", ("1",)),
        ('[ -z "$A" ] && A=d', ("d",)),
        ('[ -n "$A" ] || A=d', ("d",)),
        ("[[ -z $A ]] && A=d", ("d",)),
        ('A=x; [ -z "$A" ] && A=d', ("x",)),
        ('A=0; if [ "$U" = on ]; then A=1; else A=2; fi', ("2",)),
        ("case $1 in a) A=1;; b) A=2;; *) A=3;; esac", ("1", "2", "3")),
        ("A=0; case $1 in a) A=1;; esac", ("1", "0")),
        ("(A=1)", ("",)),
        ("A=0; A=1 | cat", ("0",)),
        ("A=0; A=1 &", ("0",)),
        ("{ A=1; } > f", ("1",)),
        ("A=0; A=1 cmd", ("0",)),
        ("A=0; A=$(A=1)", None),
        ("for i in a b; do A=$i; done", ("a", "b", "")),
        ("for A in a b; do :; done", ("b",)),
        ("A=; for i in a b; do A=$A$i; done", None),
        ("A=1; while read A; do :; done", None),
        ("A=1; read -r A", None),
        ("A=1; printf -v A x", None),
        ("A=1; eval B=2", None),
        ("A=1; . ./f", None),
        ("A=1; module load cuda", None),
        ("A=1; python t.py", ("1",)),
        ("A=1; f() { A=2; }; f", ("2",)),
        ("A=1; f() { A=2; return; }; f", None),
        ("A=1; f() { A=$1; }; f 2", None),
        ("A=1; f() { local A=2; }; f", None),
        ('f() { [ -z "$A" ] && A=d; }; f', ("d",)),
        ("A=1; f() { A=2; f; }; f", None),
        ("A=1; if a; then f() { A=2; }; fi; f", None),
        ("A=1; f() { A=2; }; . ./x; f", None),
        ("A=1; B=3 f; f() { A=2; }", None),
        ("A=1; f() { B=2; }; f", ("1",)),
        ("f() { A=2; }; A=1", ("1",)),
        ("A=1; g() { f; }; f() { A=2; }; g", ("2",)),
        ("A=1; g() { f; }; g; f() { A=2; }", None),
        ("A=1; $CMD", ("1",)),
        ("A=1; $(which cmd) x", None),
        ("A=1; $DIR/bin/cmd x", ("1",)),
        ("A=1; ((A++))", None),
        ("A=1; let A=2", None),
        ("A=1; B=$((A = 2))", None),
        ("declare -i A; A=1+1", None),
        ("declare -i A=(1+1)", None),
        ("A=(x 'y z')", ("x",)),
        ("X=(x 'y z'); A=${X[1]}", ("y z",)),
        ("X=(x 'y z'); A=${X[@]}", ("x y z",)),
        ("X=(x y); X+=(z); A=${#X[@]}", ("3",)),
        ("X=(x y); X=z; A=${X[*]}", ("z y",)),
        ("X=(x $U y); A=${X[1]}", None),
        ("X=([1]=x); A=${X[1]}", None),
        ("A=()", ("",)),
        ("X=(); A=${X+x}", ("",)),
        ("if a; then X=(x y); fi; A=${X[1]}", None),
        ("read -r A <<< 'a b'", ("a b",)),
        ("read -r A B <<< 'a b'", ("a",)),
        ("read A <<< 'a\\b'", None),
        ("read -r A <<E\n a b \nno\nE", ("a b",)),
        ("read -r A <<E\n$1\nE", None),
        ("export A = 1", ("",)),
        ("A=1; export A = 2", ("1",)),
        ("readonly A=1; A=2", None),
        ("A=1; trap 'A=2' INT", None),
        ("A=1; trap 'rm -f x' EXIT INT", ("1",)),
        ("declare -n R=A; A=1", None),
        ("A=1; cat <<E\n${A:=2}\nE", ("1",)),
        ("A=1; export A", ("1",)),
        ("A=1\nif cmd; then . ./f; fi", None),
        ("A=1; ! A=2", ("2",)),
        ("A=1 $EMPTY", None),
    ],
)
def test_what_a_name_holds_afterwards(text: str, expected: tuple[str, ...] | None) -> None:
    value = list(facts(f'{text}\nLAST="$A"\n').bindings())[-1].value.unset()
    assert (value.possible() if value.exhaustive else None) == expected


def test_a_function_knows_what_can_no_longer_change() -> None:
    found = closed(facts("A=1\nB=2\nf() { C=$A$B D=$U E=$1; }\nB=3\n"))
    assert dict(found)["C"] is None
    assert dict(found)["D"] == ""
    assert dict(closed(facts("A=1\nf() { C=$A; }\nf\n")))["C"] == "1"
    assert dict(closed(facts("f() { C=$A; }\nA=1\nf\n")))["C"] is None


def test_an_open_default_is_a_ref() -> None:
    [binding] = facts("A=${WANDB_MODE:-offline}").bindings()
    assert binding.value == ref("WANDB_MODE", Span(2, 24), default=literal("offline", Span(16, 23)))


def test_a_default_for_an_argument_is_possible_but_not_all() -> None:
    [binding] = facts("MODE=${1:-offline}").bindings()
    assert binding.value.possible() == ("offline",)
    assert not binding.value.exhaustive


def test_a_key_is_pointed_at_where_it_is_written() -> None:
    key = f"{random.Random(5).getrandbits(160):040x}"
    text = f'KEY="{key}"\nexport WANDB_API_KEY=$KEY\n'
    binding = list(facts(text).bindings())[-1]
    [part] = binding.value.literals()
    assert part.span is not None
    assert text[part.span.start : part.span.end] == key


@pytest.mark.parametrize(
    ("text", "whole", "name", "value"),
    [
        ("  A='x y' # c", "A='x y'", "A", "'x y'"),
        ("export A=x", "export A=x", "A", "x"),
        ("export A=x B=y", "A=x", "A", "x"),
        ("A= cmd", "A=", "A", ""),
        ('docker run -e "A=x y" i', '"A=x y"', "A", "x y"),
        ("docker run --env=A=x i", "A=x", "A", "x"),
        ("srun --export=ALL,A=x,B=y c", "A=x", "A", "x"),
        (': "${A:=x}"', "${A:=x}", "A", "x"),
        ("é=1; A=é", "A=é", "A", "é"),
    ],
)
def test_spans(text: str, whole: str, name: str, value: str) -> None:
    found = facts(text)
    binding = next(each for each in found.bindings() if each.variable == "A")
    spans = (binding.span, binding.name_span, binding.value_span)
    assert tuple(map(found.source.slice, spans)) == (whole, name, value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=x", "file"),
        ("(A=x)", "file/subshell"),
        ("a | { A=x; }", "file/subshell"),
        ("A=x &", "file/subshell"),
        ("a $(A=x)", "file/subshell"),
        ("if a; then A=x; fi", "file/branch"),
        ("if A=x; then :; fi", "file"),
        ("a && A=x", "file/branch"),
        ("true && A=x", "file"),
        ("case a in a) A=x;; esac", "file/branch"),
        ("while a; do A=x; done", "file/loop"),
        ("for i in a; do A=x; done", "file/loop"),
        ("f() { A=x; }", "file/function"),
        ("f() ( A=x )", "file/function/subshell"),
        ("A=x a", "file/command"),
        ("{ A=x; }", "file"),
    ],
)
def test_scopes(text: str, expected: str) -> None:
    found = facts(text)
    binding = next(each for each in found.bindings() if each.variable == "A")
    assert scope_kinds(found, binding.scope) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("python train.py --a b", [("python", ["train.py", "--a", "b"])]),
        ("/usr/bin/env -i python3.11 -m pkg.mod", [("python3.11", ["-m", "pkg.mod"])]),
        ("nohup nice -n 5 timeout 1h time -p python t.py", [("python", ["t.py"])]),
        ("sudo -u me python t.py", [("python", ["t.py"])]),
        ("CUDA_VISIBLE_DEVICES=0 exec python t.py", [("python", ["t.py"])]),
        ("xargs -n 1 python t.py", [("python", ["t.py"])]),
        ("uv run --with x python t.py", [("python", ["t.py"])]),
        ("conda run -n env python t.py", [("python", ["t.py"])]),
        ("torchrun --nproc_per_node 4 train.py", [("torchrun", ["--nproc_per_node", "4", "train.py"])]),
        ("srun -n1 python t.py", [("srun", ["-n1", "python", "t.py"])]),
        ("bash other.sh", [("bash", ["other.sh"])]),
        ("ARGS='--a 1'\npython t.py $ARGS", [("python", ["t.py", "--a", "1"])]),
        ("PY=python\n$PY t.py", [("python", ["t.py"])]),
        ("$SUDO python t.py", [("python", ["t.py"])]),
        ('python t.py "$X" $Y', [("python", ["t.py", "", ""])]),
        ("a | b", [("a", []), ("b", [])]),
        ("echo x; cd y; export A; [ a ]; test b; :; true; set -e", []),
        ("command -v python", []),
        ("f() { :; }; f", []),
    ],
)
def test_launches(text: str, expected: list[tuple[str, list[str | None]]]) -> None:
    found = [(each.program, [value.unset().text for value in each.arguments]) for each in of(facts(text), Launch)]
    assert found == expected


def test_a_launch_shares_the_scope_of_what_it_is_given() -> None:
    found = facts("A=1 env -i B=2 python t.py")
    [launch] = of(found, Launch)
    assert {binding.scope for binding in found.bindings()} == {launch.scope}
    assert found.scopes[launch.scope].clears
    assert found.items[-1] is launch


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wandb login KEY", [("wandb login", {"key": "KEY"}, False)]),
        (
            "wandb login --relogin --host https://h KEY more",
            [("wandb login", {"host": "https://h", "key": "KEY"}, False)],
        ),
        ("wandb login --base-url=https://h", [("wandb login", {"base_url": "https://h"}, False)]),
        ("wandb login", [("wandb login", {}, False)]),
        ('wandb login "$@"', [("wandb login", {"key": None}, False)]),
        ("wandb login --cloud $ARGS KEY", [("wandb login", {"key": ""}, True)]),
        ("python -m wandb login KEY", [("wandb login", {"key": "KEY"}, False)]),
        ("poetry run wandb login KEY", [("wandb login", {"key": "KEY"}, False)]),
        ("echo x | wandb login", [("wandb login", {}, False)]),
        ("wandb sync d", [("wandb sync", {"0": "d"}, False)]),
        ("echo wandb login KEY", []),
    ],
)
def test_calls(text: str, expected: list[tuple[str, dict[str, str | None], bool]]) -> None:
    found = [
        (call.function, {each.name: each.value.unset().text for each in call.arguments}, call.open)
        for call in of(facts(text), Call)
    ]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wandb offline", [("WANDB_MODE", "offline")]),
        ("wandb init -p vision --mode=disabled", [("WANDB_PROJECT", "vision"), ("WANDB_MODE", "disabled")]),
        ("wandb init", []),
        ("wandb login KEY", []),
        ("echo wandb offline", []),
    ],
)
def test_what_commands_write_into_a_settings_file(text: str, expected: list[tuple[str, str]]) -> None:
    wanted = Wanted(
        commands=("wandb",),
        writes={"wandb offline": {"WANDB_MODE": "offline"}},
        options={"wandb init": {"-p": "WANDB_PROJECT", "--mode": "WANDB_MODE"}},
    )
    found = read(Source("x.sh", f"set -a; export WANDB_MODE\n{text}\n".encode()), wanted)
    kept = [binding for binding in found.bindings() if binding.form == KEPT]
    assert [(binding.variable, binding.value.text) for binding in kept] == expected
    # They are no part of the environment, whatever is exported.
    assert not any(is_exported(found, binding) for binding in kept)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("source .env", [("bash", ".env", False)]),
        ("set -a; . ./.env; set +a; . ./b", [("bash", "./.env", True), ("bash", "./b", False)]),
        ("set -o allexport\n. ./.env", [("bash", "./.env", True)]),
        ("docker run --env-file .env i", [("docker", ".env", True)]),
        ("docker run --env-file=.env i", [("docker", ".env", True)]),
        ("docker compose --env-file .env up", [("compose", ".env", True)]),
        ("singularity exec --env-file e i c", [("bash", "e", True)]),
    ],
)
def test_includes(text: str, expected: list[tuple[str, str, bool]]) -> None:
    found = [(each.loader, each.path.text, each.exports) for each in of(facts(text), Include)]
    assert found == expected


def test_exports_and_unsets() -> None:
    found = facts("export A B\nexport -n A\ndeclare +x B\nset -a\nset +o allexport\nunset A\nenv -u B c\n")
    exports = [(each.variable, each.on) for each in of(found, Export)]
    assert exports == [("A", True), ("B", True), ("A", False), ("B", False), (None, True), (None, False)]
    assert [each.variable for each in of(found, Unset)] == ["A", "B"]


def test_reads() -> None:
    text = 'echo $WANDB_A "${WANDB_B:-d}" $OTHER `x $WANDB_C`\ncat <<E\n$WANDB_D\nE\n[ -n "$WANDB_E" ]\n'
    found = of(facts(text), Read)
    assert {each.variable for each in found} == {f"WANDB_{letter}" for letter in "ABCDE"}
    assert {each.variable: each.default.text for each in found if each.default} == {"WANDB_B": "d"}
    assert not of(facts("cat <<'E'\n$WANDB_D\nE\n"), Read)


def test_comments_and_statements() -> None:
    found = facts("# one\nA=x # two\ncmd a \\\n  b # three\nx | \\\n  y\necho '# no' a#b\n")
    texts = [(found.source.slice(each.span), each.own_line) for each in found.comments]
    assert texts == [("# one", True), ("# two", False), ("# three", False)]
    assert list(map(found.source.slice, found.statements)) == ["cmd a \\\n  b", "x | \\\n  y"]


def test_facts_of_a_function_stand_where_it_is_defined() -> None:
    assert [name for name, _ in closed(facts("A=1\nf() { B=2; }\nC=3\n"))] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("text", "unreadable", "names"),
    [
        ("A=1\nWANDB_X=( )) \nB=2\n", 1, ["A", "B"]),
        ("A=1\nfi\nB=2\n", 0, ["A", "B"]),
        ("A=1\nWANDB_B='x\nC=1\n", 1, ["A"]),
        ("A=1\nif x; then\nWANDB_B=1\n", 1, ["A"]),
        ("export WANDB_ID <id>\n", 1, []),
        ("A=1\n" + "$(" * 1000 + "WANDB_X\nB=1\n", 1, ["A"]),
    ],
)
def test_what_cannot_be_read(text: str, unreadable: int, names: list[str]) -> None:
    found = facts(text)
    assert len(found.unreadable) == unreadable
    assert [name for name, _ in closed(found) if not name.startswith("WANDB")] == names


def test_after_something_unreadable_nothing_earlier_is_known() -> None:
    assert closed(facts("A=1\n)\nB=$A C=2\n")) == [("A", "1"), ("B", None), ("C", "2")]


# dash 0.5: $'..' and $".." keep the dollar sign, += names a command; export may split its operands.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=$'x'", None),
        ('A=$"x"', None),
        ("A=1; A+=2", None),
        ("X='a b'; export A=$X", None),
        ("X=ab; export A=$X", "ab"),
        ('X="a b"; export A="$X"', "a b"),
        ("A=x; A=y :", None),
        ("A=${U:-d}", "d"),
    ],
)
def test_what_differs_between_shells_is_unknown_in_sh(text: str, expected: str | None) -> None:
    found = closed(facts(f'#!/bin/sh\n{text}\nLAST="$A"\n'))
    assert found[-1] == ("LAST", expected)


@pytest.mark.parametrize(
    ("text", "path", "dialect"),
    [
        ("#!/bin/bash\n", "x", "bash"),
        ("#!/usr/bin/env bash\n", "x", "bash"),
        ("#!/bin/sh -e\n", "x.sh", "sh"),
        ("#! /usr/bin/env -S zsh\n", "x", "zsh"),
        ("A=1", "x.sh", "bash"),
        ("A=1", "x.sbatch", "bash"),
        ("A=1", "x.zsh", "zsh"),
    ],
)
def test_dialects(text: str, path: str, dialect: str) -> None:
    assert dialect_of(Source(path, text.encode())) == dialect


def test_a_byte_order_mark_is_part_of_the_first_word() -> None:
    found = read(Source("a.sh", b"\xef\xbb\xbfA=1\nB=2\n"), WANTED)
    assert closed(found) == [("B", "2")]
    assert found.source.slice(next(found.bindings()).span) == "B=2"
    assert closed(read(Source("a.sh", b"\xef\xbb\xbf# c; A=1\n"), WANTED)) == [("A", "1")]


def test_utf_16_is_no_script() -> None:
    found = read(Source("a.sh", "WANDB_MODE=x\n".encode("utf-16")), WANTED)
    assert not found.items
    assert len(found.unreadable) == 1


def test_windows_line_ends_stay_in_values() -> None:
    assert closed(facts("A=x\r\nexport B='y'\r\n")) == [("A", "x\r"), ("B", "y\r")]


def test_ranges_are_read_as_one_text() -> None:
    host = 'RUN export WANDB_X=a\\\n# comment\nb-$V && \\\n  python t.py "$WANDB_X"\n'
    source = Source("Dockerfile", host.encode())
    ranges = [Span(4, 20), Span(host.index("b-$V"), host.index("\\\n  py")), Span(host.index("  py"), len(host))]
    found = read_ranges(source, ranges, WANTED, {"V": literal("v", Span(0, 1))})
    [binding] = found.bindings()
    assert binding.value.text == "ab-v"
    assert source.slice(binding.span).startswith("export WANDB_X=a")
    assert source.slice(binding.value_span) == "a\\\n# comment\nb-$V"
    assert [launch.program for launch in of(found, Launch)] == ["python"]
    assert [source.slice(each.span) for each in of(found, Read)] == ["$WANDB_X"]
    assert (found.scopes[0].kind, found.scopes[0].span) == ("file", Span(4, len(host)))


def test_no_ranges_have_no_facts() -> None:
    assert not read_ranges(Source("Dockerfile", b"RUN\n"), [], WANTED).items


def test_a_directive_counts_for_the_script_but_may_not_hold() -> None:
    found = facts("#!/bin/bash\n#SBATCH --export=ALL,WANDB_MODE=x\nA=$WANDB_MODE B=${WANDB_MODE:-d}\n")
    assert closed(found) == [("WANDB_MODE", "x"), ("A", None), ("B", None)]
    assert isinstance(found.items[0], Binding)
    assert found.items[0].scope == 0


# zsh manual 14.3 (no splitting), 15.2.3 (elements from 1); bash and ksh split, and count from 0.
@pytest.mark.parametrize(
    ("path", "first", "expected"),
    [
        ("run.sh", "", ["a", "b"]),
        ("run.zsh", "", [None]),
        ("run.sh", "#!/usr/bin/env zsh\n", [None]),
        ("run.zsh", "#!/bin/bash\n", ["a", "b"]),
        ("run.ksh", "", ["a", "b"]),
    ],
)
def test_shells_differ_on_words(path: str, first: str, expected: list[str | None]) -> None:
    (launch,) = of(facts(f"{first}X='a b'\nprogram $X\n", path), Launch)
    assert [value.text for value in launch.arguments] == expected


@pytest.mark.parametrize(("path", "expected"), [("run.sh", "y"), ("run.zsh", None), ("run.ksh", None)])
def test_shells_differ_on_arrays(path: str, expected: str | None) -> None:
    assert closed(facts("R=(x y)\nA=${R[1]}\n", path))[-1] == ("A", expected)
