"""What the Python surface claims, held against Python itself.

Small programs are made up, and run with every combination of their conditions in one process that starts with
an empty environment. After each write the program's own copy notes what os.environ then holds.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice, product

import pytest

from envlint.facts import Binding, Wanted
from envlint.source import Source
from envlint.surfaces.python import read

PROGRAMS = 800
MOST_RUNS = 64
TEXTS = ("x", "y", "", "a b", "é", "50%", "{k}", "a/b", "/root", "back\\slash", "quo\"te'", "line\nfeed", "0")
VARIABLES = ("A", "B", "C", "D")
METHODS = ("upper", "lower", "strip", "lstrip", "rstrip", "title", "capitalize", "casefold", "swapcase")

# Writes whose names are told by a name, which code that is not in sight may change.
INDIRECT = frozenset(
    {
        "constant key",
        "named dict",
        "built dict",
        "changed dict",
        "changed in a branch",
        "defaults of a dict",
        "copy of a dict",
        "loop over items",
        "loop over pairs",
        "loop over names",
        "loop over keys",
    }
)

# What is not known for certain in a branch is not told, and `e |= ...` makes the name a function's own.
UNCERTAIN = frozenset({"copied back", "changed in a branch", "|= of an alias", "changed dict"})

RUNNER = """
import json, os, sys
programs = json.load(sys.stdin)
results = []
for text, runs in programs:
    code = compile(text, "program", "exec")
    seen = []
    for conditions in runs:
        os.environ.clear()
        written = []
        held = {}
        def before(line, *names):
            held[line] = [name in os.environ for name in names]
        def after(line, *names):
            written.append([line, [os.environ.get(name) for name in names], held[line]])
        turns = []
        def again(number):
            turns.append(number)
            return turns.count(number) < 3
        space = {"__name__": "__main__", "_before": before, "_after": after, "again": again, **conditions}
        try:
            exec(code, space)
            error = None
        except Exception as raised:
            error = type(raised).__name__
        seen.append([error, written])
    results.append(seen)
json.dump(results, sys.stdout)
"""


@dataclass
class Program:
    """A made-up program: the lines as they are read, and as they are run with notes around each write."""

    random: random.Random
    lines: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    writes: dict[int, tuple[str, ...]] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    conditions: int = 0
    functions: int = 0
    bound: int = 0

    def new_name(self) -> str:
        """A name to bind: mostly one of its own, so that there is something to follow."""
        if self.names and self.random.random() < 0.3:
            return self.random.choice(self.names)
        self.bound += 1
        return f"n{self.bound}"

    def add(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)
        self.noted.append("    " * depth + line)

    def write(self, depth: int, line: str, kind: str, *names: str) -> None:
        number = len(self.lines) + 1
        noted = ", ".join([str(number), *map(repr, names)])
        self.lines.append("    " * depth + line)
        self.noted.append("    " * depth + f"_before({noted}); {line}; _after({noted})")
        self.writes[number] = names
        self.kinds[number] = kind
        self.written.extend(names)

    def condition(self) -> str:
        self.conditions += 1
        return f"c{self.conditions}"


def made_up(seed: int) -> Program:
    program = Program(random.Random(seed))
    program.add(0, "import os")
    program.add(0, "from os import environ as e, getenv")
    program.add(0, "import os as o, argparse")
    program.add(0, "from functools import partial")
    program.add(0, "from unittest.mock import patch")
    program.add(0, "import pytest; mp = pytest.MonkeyPatch()")
    program.add(0, "from pathlib import Path, PurePosixPath")
    program.add(0, 'KEY = "A"')
    block(program, 0, program.random.randint(4, 10))
    return program if is_valid(program) else made_up(seed + 1_000_000)


def is_valid(program: Program) -> bool:
    """Whether the program compiles: not so with `:=` in a comprehension of a class, or a name used before `global`."""
    try:
        compile("\n".join(program.noted), "program", "exec")
    except SyntaxError:
        return False
    return True


def block(program: Program, depth: int, length: int) -> None:
    for _ in range(length):
        statement(program, depth)


def statement(program: Program, depth: int) -> None:
    choose = program.random.random()
    if choose < 0.08:
        aside(program, depth)
    elif choose < 0.25:
        given = expression(program)[0]
        name = program.new_name()
        program.add(depth, f"{name} = {given}")
        program.names.append(name)
    elif choose < 0.64 or depth > 2:
        write(program, depth)
    elif choose < 0.68:
        loop(program, depth)
    elif choose < 0.80:
        branches(program, depth)
    elif choose < 0.84:
        around(program, depth)
        block(program, depth + 1, program.random.randint(1, 3))
    elif choose < 0.88:
        program.add(depth, "try:")
        block(program, depth + 1, program.random.randint(1, 2))
        program.add(depth, f"    if {program.condition()}: raise ValueError")
        program.add(depth, "except ValueError:")
        block(program, depth + 1, 1)
    elif choose < 0.95:
        function(program, depth)
    else:
        variable = program.random.choice(VARIABLES)
        program.add(
            depth,
            program.random.choice(
                (f'os.environ.pop("{variable}", None)', f'os.environ["{variable}"] = "g"; del os.environ["{variable}"]')
            ),
        )


def aside(program: Program, depth: int) -> None:
    """A statement that changes the environment or a name in an unusual way, and is not a write to be noted."""
    name = program.random.choice(program.names) if program.names else program.new_name()
    given = literal(program)
    program.add(
        depth,
        program.random.choice(
            (
                f'for key in ("A", "B"): os.environ[key] = {given}',
                'exec(\'os.environ["A"] = "exec"\')',
                f'[os.environ.setdefault("B", x) for x in ({given},)]',
                f"(lambda: os.environ.update(A={given}))()",
                f"{program.condition()} and os.environ.update(B={given})",
                f"os.environ.update(C={given}) if {program.condition()} else None",
                f"(lambda env: env.update(A={given}))(os.environ)",
                f'(lambda env: env.__setitem__("D", {given}))(e)',
                "os.environ.clear()",
                f"(os.environ if {program.condition()} else {{}})['A'] = {given}",
                f"held = [os.environ]; held[0]['B'] = {given}",
                f"env = os.environ if {program.condition()} else {{}}; env['C'] = {given}",
                f"env = os.environ; env['D'] = {given}",
                f"def setter(env=os.environ): env['A'] = {given}",
                'os.environ.__delitem__("A") if "A" in e else None',
                f"globals()[{name!r}] = {given}",
                f"locals()[{name!r}] = {given}",
                f"vars()[{name!r}] = {given}",
                f"held = type('Held', (), {{}})(); setattr(held, {name!r}, {given}); vars(held)['A'] = {given}",
                f"{name} = {given}; del {name}; {name} = {given}",
                f"[{name} := x for x in ({given},)]",
                f"if ({name} := {given}): pass",
                f"for {name} in ({given},): pass",
                f"{name} = {given}",
                f"{name}, other = {given}, {given}",
                f"os.putenv('A', {given})",
                "import os.path",
            )
        ),
    )


def around(program: Program, depth: int) -> None:
    """The header of a compound statement that may run its block again, or in a namespace of its own."""
    program.bound += 1
    header = program.random.choice(
        (
            "for i in range(2):",
            "for i in range(2):",
            f"class K{program.bound}:",
            "with open(os.devnull):",
            f"while again({program.bound}):",
        )
    )
    program.add(depth, header)


def branches(program: Program, depth: int) -> None:
    same = program.random.random() < 0.5
    name = program.new_name()
    known = len(program.names)
    if program.random.random() < 0.4:
        program.add(depth, f"{name} = {literal(program)}")
    program.add(depth, f"if {program.condition()}:")
    arms = [None] if program.random.random() < 0.4 else [None, "else:"]
    if program.random.random() < 0.3:
        arms.insert(1, f"elif {program.condition()}:")
    for arm in arms:
        if arm is not None:
            program.add(depth, arm)
        if same:
            program.add(depth + 1, f"{name} = {literal(program)}")
        else:
            block(program, depth + 1, program.random.randint(1, 2))
    # What only one of several branches binds may be missing afterwards.
    del program.names[known if program.random.random() < 0.9 else len(program.names) :]
    if same and (len(arms) > 1 or name in program.names):
        program.names.append(name)
        program.write(depth, f'os.environ["A"] = {name}', "name after branches", "A")


def function(program: Program, depth: int) -> None:
    program.functions += 1
    called = f"f{program.functions}"
    parameter = program.random.choice(("", "", f"p={literal(program)}"))
    program.add(depth, f"def {called}({parameter}):")
    known = len(program.names)
    if program.names and program.random.random() < 0.2:
        program.add(depth + 1, f"global {program.random.choice(program.names)}")
    block(program, depth + 1, program.random.randint(1, 3))
    if parameter:
        program.write(depth + 1, 'os.environ["A"] = p', "parameter", "A")
    del program.names[known:]
    for _ in range(program.random.choice((0, 1, 1, 2))):
        program.add(depth, f"{called}()")


def write(program: Program, depth: int) -> None:
    first, second = program.random.sample(VARIABLES, 2)
    existing = program.random.choice(program.written or ["A"])
    one, kind = expression(program)
    two, _ = expression(program)
    number = len(program.lines)
    d = f"d{number}"
    forms: dict[str, tuple[str, tuple[str, ...]]] = {
        kind: (f'os.environ["{first}"] = {one}', (first,)),
        "chained": (f'os.environ["{first}"] = os.environ["{second}"] = {one}', (first, second)),
        "tuple": (f'os.environ["{first}"], os.environ["{second}"] = {one}, {two}', (first, second)),
        "setdefault": (f'os.environ.setdefault("{first}", {one})', (first,)),
        "update": (f'os.environ.update({{"{first}": {one}}}, {second}={two})', (first, second)),
        "pairs": (f'e.update([("{first}", {one}), ("{second}", {two})])', (first, second)),
        "|=": (f'os.environ |= {{"{first}": {one}, "{second}": {two}}}', (first, second)),
        "|= of an alias": (f"e |= dict({first}={one})", (first,)),
        "+=": (f'os.environ["{existing}"] += {literal(program)}', (existing,)),
        "alias": (f'e["{first}"] = {one}', (first,)),
        "other module name": (f'o.environ["{first}"] = {one}', (first,)),
        "constant key": (f"os.environ[KEY] = {one}", ("A",)),
        "walrus": (f'os.environ["{first}"] = (w{number} := {one})', (first,)),
        "named dict": (f'{d} = {{"{first}": {one}}}; e.update({d})', (first,)),
        "built dict": (
            f'{d} = {{}}; {d}["{first}"] = {one}; {d}.update({second}={two}); e.update({d})',
            (first, second),
        ),
        "changed dict": (
            f'{d} = dict({first}={literal(program)}); {d}["{first}"] = {one}; {d} |= {{"{second}": {two}}}; e |= {d}',
            (first, second),
        ),
        "changed in a branch": (
            f'{d} = {{"{first}": {one}, "{second}": {two}}}; {d}.pop("{first}") if {program.condition()} else None; '
            f"e.update({d})",
            (first, second),
        ),
        "defaults of a dict": (f'{d} = {{}}; {d}.setdefault("{first}", {one}); e.update(**{d})', (first,)),
        "item of a dict": (f'{d} = {{"k": {one}}}; os.environ["{first}"] = {d}["k"]', (first,)),
        "copy of a dict": (f'{d} = {{"{first}": {one}}}; e.update({{**{d}, "{second}": {two}}})', (first, second)),
        "unknown key": (
            f'e.update({{"{first}": {one}, ("{second}" if {program.condition()} else "{first}"): {literal(program)}}})',
            (first,),
        ),
        "copied back": (f'{d} = os.environ.copy(); {d}["{first}"] = {one}; os.environ.update({d})', (first,)),
        "partial": (f'partial(os.environ.__setitem__, "{first}")({one})', (first,)),
    }
    # Half of the writes are plain, for the sake of the expressions.
    if program.random.random() < 0.1:
        patched(program, depth, first, one)
        return
    label = kind if program.random.random() < 0.5 else program.random.choice(tuple(forms))
    if label == "partial":
        # Its effect is not followed, so that there is nothing to be claimed; what it does must be minded.
        program.add(depth, forms[label][0])
        return
    line, names = forms[label]
    program.write(depth, line, label, *names)


def patched(program: Program, depth: int, variable: str, value: str) -> None:
    """A write that a test makes for a time."""
    forms = {
        "patch.dict": f'with patch.dict(os.environ, {{"{variable}": {value}}}):',
        "patch.dict by name": f'with patch.dict("os.environ", {variable}={value}, clear=True):',
        "setenv": f'mp.setenv("{variable}", {value})',
        "setitem": f'mp.setitem(os.environ, "{variable}", {value})',
    }
    kind = program.random.choice(tuple(forms))
    number = len(program.lines) + 1
    note = f"{number}, {variable!r}"
    ends = (" pass", f" _after({note})") if forms[kind].endswith(":") else ("", f"; _after({note})")
    program.lines.append("    " * depth + forms[kind] + ends[0])
    program.noted.append("    " * depth + f"_before({note})")
    program.noted.append("    " * depth + forms[kind] + ends[1])
    program.writes[number] = (variable,)
    program.kinds[number] = kind
    if kind.startswith("set"):
        program.written.append(variable)


def loop(program: Program, depth: int) -> None:
    """A loop over what is written out, whose only statement is a write."""
    first, second = program.random.sample(VARIABLES, 2)
    one, two = literal(program), expression(program)[0]
    number = len(program.lines)
    k, v = f"k{number}", f"v{number}"
    headers = {
        "items": (f'for {k}, {v} in {{"{first}": {one}, "{second}": {two}}}.items():', v),
        "pairs": (f'for {k}, {v} in [("{first}", {one}), ("{second}", {two})]:', v),
        "names": (f'for {k} in ("{first}", "{second}"):', one),
        "keys": (f'm{number} = {{"{first}": {one}, "{second}": {two}}}\nfor {k} in m{number}:', f"m{number}[{k}]"),
    }
    kind = program.random.choice(tuple(headers))
    header, value = headers[kind]
    for line in header.split("\n"):
        program.add(depth, line)
    store = program.random.choice((f"os.environ[{k}] = {value}", f"os.environ.update({{{k}: str({value})}})"))
    note = len(program.lines) + 1
    program.lines.append("    " * (depth + 1) + store)
    noted = f"{note}, {first!r}, {second!r}"
    guard = f"_after({noted}) if {k} == {second!r} else None"
    program.noted.append("    " * (depth + 1) + f"_before({noted}); {store}; {guard}")
    program.writes[note] = (first, second)
    program.kinds[note] = f"loop over {kind}"
    program.written.extend((first, second))


def literal(program: Program) -> str:
    text = program.random.choice(TEXTS)
    return program.random.choice((repr(text), json.dumps(text, ensure_ascii=False), f"u{text!r}"))


def expression(program: Program, depth: int = 0) -> tuple[str, str]:
    def inner() -> str:
        return expression(program, depth + 1)[0] if depth < 2 else literal(program)

    variable = program.random.choice(VARIABLES)
    set_before = program.random.choice(program.written or [""])
    name = program.random.choice(program.names or [repr("x")])
    forms: dict[str, Callable[[], str]] = {
        "literal": lambda: literal(program),
        "name": lambda: name,
        "+": lambda: f"({inner()} + {inner()})",
        "adjacent": lambda: f"{literal(program)} {literal(program)}",
        "f-string": lambda: f'f"<{{{name}}}{{{program.random.randint(0, 9)}}}>"',
        "if else": lambda: f"({inner()} if {program.condition()} else {inner()})",
        "or": lambda: f"({inner()} or {inner()})",
        "and": lambda: f"({inner()} and {inner()})",
        "getenv": lambda: f'{program.random.choice(("os.getenv", "getenv", "e.get"))}("{variable}", {inner()})',
        "getenv or": lambda: f'(os.getenv("{variable}") or {inner()})',
        "environ[]": lambda: f'os.environ["{set_before}"]' if set_before else literal(program),
        "repeated": lambda: f"({inner()} * {program.random.choice((0, 1, 2, -1))})",
        "str()": lambda: f"str({inner()})",
        "%": lambda: f'"%s-%d%%" % ({inner()}, 7)',
        "format": lambda: f'"<{{}}|{{{{}}}}>".format({inner()})',
        "join": lambda: f'",".join([{inner()}, {inner()}])',
        "path": lambda: f"os.path.join({inner()}, {inner()})",
        "method": lambda: f"{inner()}.{program.random.choice(METHODS)}()",
        "replace": lambda: f"{inner()}.replace({literal(program)}, {literal(program)})",
        "strip": lambda: (
            f"{inner()}.{program.random.choice(('strip', 'lstrip', 'rstrip', 'removeprefix'))}({literal(program)})"
        ),
        "Path": lambda: f"str(Path({literal(program)}) / {inner()})",
        "as_posix": lambda: f"PurePosixPath({literal(program)}, {literal(program)}).as_posix()",
        "item of a list": lambda: f"[{literal(program)}, {inner()}][{program.random.choice((0, 1, -1))}]",
        "item of a display": lambda: f"{{'k': {literal(program)}, 'l': {inner()}}}['l']",
        "number": lambda: f"str({program.random.choice(('7', '-1', 'True', 'None', '1.50'))})",
    }
    kind = program.random.choice(tuple(forms)) if depth else program.random.choice((*forms, "literal", "name"))
    return forms[kind](), kind


def runs(program: Program) -> list[dict[str, bool]]:
    names = [f"c{number + 1}" for number in range(program.conditions)]
    every = [
        dict(zip(names, values, strict=True)) for values in islice(product((False, True), repeat=len(names)), MOST_RUNS)
    ]
    if 2 ** len(names) <= MOST_RUNS:
        return every
    return [{name: program.random.random() < 0.5 for name in names} for _ in range(MOST_RUNS)]


@dataclass(frozen=True)
class Claim:
    """What is claimed of one binding, and what it was seen to set in the runs of its program."""

    program: Program
    binding: Binding
    kind: str
    seen: frozenset[str]
    complete: bool

    def __str__(self) -> str:
        text = "\n".join(self.program.lines)
        return f"{self.binding.variable}: {self.binding.value.unset()} but {sorted(self.seen)} in\n{text}"


def claims() -> list[Claim]:
    programs = [made_up(seed) for seed in range(PROGRAMS)]
    given = [("\n".join(program.noted) + "\n", runs(program)) for program in programs]
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUNNER],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        env={"PYTHONUTF8": "1"},
        check=True,
        timeout=120,
    )
    return [
        claim
        for program, result in zip(programs, json.loads(done.stdout), strict=True)
        for claim in held(program, result)
    ]


def held(
    program: Program, result: list[tuple[str | None, list[tuple[int, list[str | None], list[bool]]]]]
) -> list[Claim]:
    seen: dict[tuple[int, str], set[str]] = defaultdict(set)
    for _, written in result:
        for line, values, before in written:
            kept = [program.kinds[line] == "setdefault" and was_set for was_set in before]
            for name, value, unchanged in zip(program.writes[line], values, kept, strict=True):
                if value is not None and not unchanged:
                    seen[line, name].add(value)
    source = Source("train.py", ("\n".join(program.lines) + "\n").encode())
    facts = read(source, Wanted(needles=("",)))
    assert facts.unreadable == ()
    found = []
    for binding in facts.bindings():
        line = source.position(binding.span.start).line
        if line in program.writes:
            complete = all(error is None for error, _ in result) and 2**program.conditions <= MOST_RUNS
            texts = frozenset(seen[line, binding.variable])
            found.append(Claim(program, binding, program.kinds[line], texts, complete))
    return found


@pytest.fixture(scope="module")
def all_claims() -> list[Claim]:
    return claims()


def test_no_claim_is_unsound(
    all_claims: list[Claim], reach: Callable[[str, Mapping[str, tuple[int, int]]], None]
) -> None:
    rows: dict[str, tuple[int, int]] = {}
    unsound = []
    for claim in all_claims:
        if not claim.seen:
            continue
        value = claim.binding.value.unset()
        claimed, total = rows.get(claim.kind, (0, 0))
        rows[claim.kind] = (claimed + value.exhaustive, total + 1)
        if value.exhaustive and not claim.seen <= set(value.possible()):
            unsound.append(str(claim))
    reach("Python: values that os.environ receives", dict(sorted(rows.items())))
    assert unsound == []
    assert all(total > 20 for _, total in rows.values())
    assert sum(claimed for claimed, _ in rows.values()) > 1_000


def test_what_is_called_possible_happens(all_claims: list[Claim]) -> None:
    """In programs of which no run fails, each text that an exhaustive claim names is seen in some run."""
    idle = []
    checked = 0
    for claim in all_claims:
        value = claim.binding.value.unset()
        if claim.seen and claim.complete and value.exhaustive:
            checked += len(value.possible()) > 1
            if not set(value.possible()) <= claim.seen:
                idle.append(str(claim))
    assert checked > 5
    assert idle == []


def test_every_write_is_found() -> None:
    for seed in range(0, PROGRAMS, 7):
        program = made_up(seed)
        source = Source("train.py", ("\n".join(program.lines) + "\n").encode())
        found: dict[int, list[str]] = defaultdict(list)
        for binding in read(source, Wanted()).bindings():
            found[source.position(binding.span.start).line].append(binding.variable)
        # exec() and globals() may give a name another value, so that no key or dict is followed through one; nor is
        # a name in a class, where it may be that of the module.
        changing = ("exec(", "globals(", "locals(", "vars()", "class K")
        dynamic = any(word in line for line in program.lines for word in changing)
        if any(line.startswith(" ") and "e |= " in line for line in program.lines):
            # In the function that does this, and those inside it, the name is no longer the module's.
            continue
        for line, names in program.writes.items():
            if program.kinds[line] not in UNCERTAIN and (program.kinds[line] not in INDIRECT or not dynamic):
                assert sorted(found[line]) == sorted(names)
