"""Files made to break a reader of Python: none may crash it, stall it or end in a traceback.

Each kind is read in a process of its own, because what the guard keeps away from the parser would end the
process without an exception.
"""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
import time
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envlint.facts import Wanted
from envlint.source import Source
from envlint.surfaces.python import read

SECONDS = 10
CALLS = {"wandb.init": ("entity", "project")}

READ = """
import base64, json, sys, time
from envlint.facts import Wanted
from envlint.source import Source
from envlint.surfaces.python import read
for line in sys.stdin:
    data = base64.b64decode(line)
    begin = time.process_time()
    calls = {"wandb.init": ("entity", "project"), "wandb.Settings": ()}
    facts = read(Source("train.py", data), Wanted(calls, ("",), objects=frozenset({"wandb.Settings"})))
    took = time.process_time() - begin
    print(json.dumps([took, len(list(facts.bindings())), [region.reason for region in facts.unreadable]]), flush=True)
"""

LINE = 'import os\nos.environ["A"] = "x"\n'

# Nothing of these may reach the parser, or the parser refuses them.
UNREADABLE = {
    "parentheses": "(" * 5_000 + ")" * 5_000,
    "open parentheses": "(" * 5_000,
    "brackets": "[" * 1_500 + "]" * 1_500,
    "brackets in strings of fields": 'f"{' * 300 + "1" + '}"' * 300,
    "not": "not " * 20_000 + "1",
    "minus": "-" * 20_000 + "1",
    "lambda": "lambda:" * 5_000 + "1",
    "lambda defaults": "lambda a=" * 150 + "1" + ":1" * 150,
    "calls in a chain": "a" + ".b()" * 5_000,
    "additions": "1+" * 5_000 + "1",
    "strings side by side": "x = (" + '"a" ' * 20_000 + ")\n",
    "elif": "if a:\n x\n" + "elif a:\n x\n" * 3_000,
    "indentation": "".join(" " * depth + "if a:\n" for depth in range(300)) + " " * 300 + "x\n",
    "a list of a megabyte": "[" + "1," * 500_000 + "]\n",
    "ten megabytes of comments": "# a comment line\n" * 600_000,
    "many lines": "x = 1\n" * 100_000,
    "patterns": "match x:\n case " + "{1:(" * 8 + "a" + ")}" * 8 + ": pass\n",
    "many patterns": "match x:\n" + " case [[[[[[[1]]]]]]]: pass\n" * 500,
    "deletions": "del " + "(" * 30 + "1 2" + ")" * 30 + "\n",
    "deletions after a semicolon": "x; del " + "(" * 30 + "1 2" + ")" * 30 + "\n",
    "quotes": "'" * 100_001,
    "names": "a " * 200_000,
    "colons": "x" + ":" * 100_000,
    "dots": "." * 100_000,
    "continuations": "\\\n" * 100_000,
    "tabs": "\t" * 100_000 + "x",
    "unfinished": "def f(",
    "unfinished string": "x = '''",
    "unfinished field": 'x = f"{a',
    "Python 2": 'print "x"\nexec "y"\n',
    "NUL": "import os\0\n",
    "UTF-16": LINE.encode("utf-16"),
    "a codec from text to text": "# coding: rot13\n",
    "an unknown codec": "# coding: nope\n",
    "a slow codec": "# coding: punycode\n" + "a" * 1_000_000 + "-b",
    "a codec that makes code of comments": "# coding: unicode_escape\n# \\nimport os",
    "not UTF-8": b"x = '\xff'\n",
    "binary": bytes(range(256)) * 100,
}

# These are read, whatever the Python that runs the reader makes of them.
READABLE = {
    "nothing": ("", 0),
    "blanks": ("  \n\t\n  ", 0),
    "one long comment": ("#" + "x" * 10_000_000 + "\n" + LINE, 1),
    "one long string": ('x = "' + "a" * 10_000_000 + '"\n' + LINE, 1),
    "nesting within bounds": ("x = " + "(" * 100 + "1" + ")" * 100 + "\n" + LINE, 1),
    "a chain within bounds": ("x = a" + ".b()" * 200 + "\n" + LINE, 1),
    "text with brackets": ('x = """' + "(" * 5_000 + '"""\n# ' + "[" * 5_000 + "\n" + LINE, 1),
    "fields side by side": ('x = f"' + "{a}" * 5_000 + '"\n' + LINE, 1),
    "braces that are text": ('x = f"' + "{{" * 50_000 + '"\n' + LINE, 1),
    "strings in fields (3.12)": ('x = f"{d["a"]}{f"{1}"}"\n' + LINE, 1),
    "type statements (3.12)": ("type X[T] = list[T]\n" + LINE, 1),
    "groups of exceptions (3.11)": ("try:\n pass\nexcept* E:\n pass\n" + LINE, 1),
    "strings of templates (3.14)": ('x = t"a{b}"\n' + LINE, 1),
    "type parameters (3.12)": ("def f[T: int](x: T) -> T: return x\n" + LINE, 1),
    "form feeds": ("\f" + LINE + "if a:\n  x\n\f  os.environ['B'] = 'y'\n", 2),
    "carriage returns": (LINE.replace("\n", "\r"), 1),
    "latin-1": ("# coding: latin-1\n# é\n".encode("latin-1") + LINE.encode(), 1),
    "many assignments": ("import os\n" + 'os.environ["A"] = "x"\n' * 8_000, 8_000),
    "many reads of each other": (
        "import os\n" + "".join(f'os.environ["A{n}"] = os.getenv("A{n - 1}", "x")\n' for n in range(3_000)),
        3_000,
    ),
    "names that follow each other": (
        'x0 = "a"\n'
        + "".join(f"x{n + 1} = x{n} + x{n}\n" for n in range(5_000))
        + "import os\nos.environ['A'] = x5000\n",
        1,
    ),
    "a name bound everywhere": ("if a:\n x = '1'\n" * 4_000 + "import os\nos.environ['A'] = x\n", 1),
    "a name that is itself": ("x = x\nimport os\nos.environ['A'] = x\n", 1),
    "names in a circle": ("def f():\n x = y\n y = x\nimport os\nos.environ['A'] = y\n", 1),
    "one mapping, changed often": ("d = {}\n" + "d['a'] = 'b'\nwandb.init(**d)\n" * 1_500, 0),
    "one mapping, united often": ("d = {}\n" + "d |= {'a': 'b'}\nf(**d)\n" * 1_500, 0),
    "mappings that change each other": (
        "".join(f"d{n} = {{'a': 'b'}}\n" for n in range(6))
        + "".join(f"d{n}.update(d{n + 1})\n" * 60 for n in reversed(range(5)))
        + "wandb.init(**d0)\n" * 100,
        0,
    ),
    "items of each other": (
        "d0 = {'a': 'b'}\n"
        + "".join(f"d{n + 1} = {{'a': d{n}['a']}}\n" for n in range(5_000))
        + "import os\nos.environ['A'] = d5000['a']\n",
        1,
    ),
    "a long loop of many turns": (
        "import os\nfor k in (" + "'A', " * 32 + "):\n" + " os.environ[k] = 'x'\n" * 1_500,
        62 * 32 + 1_438,
    ),
    "loops in loops": (
        "import os\n"
        + "".join(" " * n + f"for k{n} in ('A', 'B', 'C', 'D'):\n" for n in range(30))
        + " " * 30
        + "os.environ[k29 + k3] = k0 + k1 + k2\n",
        0,
    ),
    "one command, started often": (
        "import os\nC = '" + "A=1 x; " * 1_000 + "'\n" + "os.system(C)\n" * 2_000,
        18 * 1_000,
    ),
    "options that are each other's defaults": (
        "".join(f"p.add_argument('--a{n}', default=args.a{n + 1})\n" * 3 for n in range(1_000))
        + "import os\nos.environ['A'] = args.a0\n",
        1,
    ),
    "a call of many arguments": ("wandb.init(" + ", ".join(f"a{n}='x'" for n in range(6_000)) + ")\n", 0),
    "partials of partials": (
        "from functools import partial\np0 = wandb.init\n"
        + "".join(f"p{n + 1} = partial(p{n}, a{n}='x')\n" for n in range(2_000))
        + "p2000()\n",
        0,
    ),
    "one mapping, unpacked often": ("d = {'a': 'b'}\n" + "wandb.init(**d)\n" * 4_000, 0),
    "mappings of mappings": (
        "d0 = {}\n"
        + "".join(f"d{n + 1} = {{" + f"**d{n}," * 1_000 + "}\n" for n in range(4))
        + "import os\nos.environ.update(d4, A='x')\n",
        1,
    ),
    "a wide mapping": (
        "import os\nos.environ.update({" + ",".join(f'"A{n}": "x"' for n in range(8_000)) + "})\n",
        8_000,
    ),
    "many commands": ("import os\n" + "os.system('" + "a; " * 1_000 + "')\n" * 1, 0),
    "many decorators": ("@a\n" * 20_000 + "def f(): pass\n" + LINE, 1),
    "one name, imported in every cell": ("import wandb\n" * 5_000 + "wandb.init()\n" * 5_000 + LINE, 1),
    "one list, handed on often": ("t = [" + "'a'," * 2_000 + "]\n" + "wandb.init(tags=t)\n" * 3_000 + LINE, 1),
    "a list of lists": ("wandb.init(tags=[" + "['a', 'b'], " * 8_000 + "])\n" + LINE, 1),
    "texts of texts": ('x0 = "a"\n' + "".join(f"x{n + 1} = x{n} * 9\n" for n in range(3_000)) + LINE, 1),
    "a list of pairs": ("import os\nos.environ.update([" + "('A', 'x')," * 8_000 + "])\n", 1),
    "settings, changed often": ("s = wandb.Settings()\n" + "s.mode = 'x'\n" * 8_000 + LINE, 1),
    "options, looked at often": ("vars(a)\nsetattr(a, 'b', c)\n" * 4_000 + LINE, 1),
    "many semicolons": ("import os;" + 'os.environ["A"]="x";' * 4_000 + "\n", 4_000),
}


Measured = tuple[float, int, list[str]]
"""How long a file took to read, how many bindings it has, why it is unreadable."""


def measured(texts: Mapping[str, str | bytes]) -> dict[str, Measured]:
    """What reading each file gives. Where one ends the process, it and those after it are missing."""
    given = [data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass") for data in texts.values()]
    lines = b"\n".join(map(base64.b64encode, given))
    done = subprocess.run([sys.executable, "-c", READ], input=lines, capture_output=True, timeout=300, check=False)
    assert done.stderr == b""
    return {kind: tuple(json.loads(line)) for kind, line in zip(texts, done.stdout.splitlines(), strict=False)}


@pytest.fixture(scope="module")
def refused() -> dict[str, Measured]:
    return measured(UNREADABLE)


@pytest.fixture(scope="module")
def odd() -> dict[str, Measured]:
    return measured({kind: data for kind, (data, _) in READABLE.items()})


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_is_refused_is_refused_soon(kind: str, refused: dict[str, Measured]) -> None:
    took, _, reasons = refused[kind]
    assert len(reasons) == 1
    assert took < SECONDS


@pytest.mark.parametrize("kind", READABLE)
def test_what_is_odd_is_read(kind: str, odd: dict[str, Measured]) -> None:
    took, count, reasons = odd[kind]
    assert reasons == []
    assert count == READABLE[kind][1]
    assert took < SECONDS


def test_time_grows_with_the_text_alone() -> None:
    """Twice as much text of the kinds that are costly takes about twice as long: four times at most."""
    for line in (
        "x = a" + ".b()" * 150 + "\n",
        "x = " + "f(" * 60 + ")" * 60 + "\n",
        'os.environ["A"] = os.getenv("B", "x") or "y"\n',
        "match x:\n case {1: [{2: [a, b]}]}: pass\n",
    ):
        once, twice = (_seconds(line * times) for times in (15, 30))
        assert twice < 4 * once + 0.2


def _seconds(text: str) -> float:
    best = 60.0
    for _ in range(3):
        begin = time.process_time()
        facts = read(Source("train.py", text.encode()), Wanted(CALLS, ("",)))
        best = min(best, time.process_time() - begin)
        assert facts.unreadable == ()
    return best


# Pieces that open something, and what closes it: random nestings of them come near every limit.
PIECES = (
    *(("(", ")"), ("[", "]"), ("f(", ")"), ("a[", "]"), ("{1:", "}"), ("(1,", ")"), ("f(*", ")"), ("f(a=", ")")),
    *(("[x for x in ", "]"), ("(lambda a=", ":1)"), ("not ", ""), ("-", ""), ("lambda:", ""), ("a if b else ", "")),
    *(("a if ", " else c"), ('f"{', '}"'), ("f'{", "}'"), ("2**", ""), ("a.b(", ").c"), ("1+", ""), ("a and ", "")),
    *(
        ('"a" ', ""),
        ("", ".b()"),
        ("", "()"),
        ("", "[1]"),
        ('f"{a:{', '}}"'),
        ('rf"\\{', '}"'),
        ("{**", "}"),
        ("x=", ""),
    ),
    *(("\n", ""), (";", ""), ('"""', '"""'), ("#", "\n"), ("if a:\n ", ""), ("del ", ""), ("\\\n", ""), ("await ", "")),
)
CONTEXTS = ("{}\n", "x = {}\n", "match x:\n case {}: pass\n", "@{}\ndef f(a={}): pass\n", "with {}: pass\n", "del {}\n")

READ_ALL = """
import json, signal, sys
from envlint.facts import Wanted
from envlint.source import Source
from envlint.surfaces.python import read
signal.signal(signal.SIGALRM, signal.SIG_DFL)
for text in json.load(sys.stdin):
    signal.alarm(10)
    read(Source("train.py", text.encode()), Wanted({}, ("",)))
"""


@pytest.mark.skipif(not hasattr(__import__("signal"), "alarm"), reason="needs SIGALRM to stop the native parser")
def test_random_nesting_never_ends_the_process() -> None:
    choose = random.Random(20)
    texts = []
    for _ in range(600):
        kinds = choose.sample(PIECES, choose.choice((1, 1, 2, 3)))
        chosen = [choose.choice(kinds) for _ in range(choose.choice((8, 24, 60, 110, 200, 500, 3_000)))]
        middle = choose.choice(("1", "a", "", "1 2"))
        body = "".join(begin for begin, _ in chosen) + middle + "".join(end for _, end in reversed(chosen))
        texts.append(choose.choice(CONTEXTS).replace("{}", body))
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


LINES = st.sampled_from(
    (
        "import os",
        'os.environ["A"] = "x"',
        "x = '''a",
        "b'''",
        "if a:",
        "    os.environ['B'] = x",
        "\tpass",
        "else:",
        "def f(a=1):",
        "class A:",
        "try:",
        "except E:",
        "with a as b:",
        "for i in x:",
        "f(",
        ")",
        "# c",
        "\f",
        "\\",
        "x = f'{a",
        "}'",
        "@a",
        "match a:",
        "    case 1:",
        "wandb.init(**{'a': 1},",
        "\0",
        "é = 'ü'",
        "x; y",
        "",
    )
)


@given(st.lists(LINES, max_size=14), st.sampled_from(("\n", "\r\n", "\r")), st.booleans())
@settings(max_examples=300, deadline=None)
def test_every_text_gives_facts_with_true_positions(lines: list[str], end: str, final: bool) -> None:
    text = end.join(lines) + (end if final else "")
    facts = read(Source("train.py", text.encode()), Wanted(CALLS, ("",)))
    for binding in facts.bindings():
        assert facts.source.slice(binding.name_span) in ("A", "B")
        assert binding.name_span in binding.span
        assert facts.source.slice(binding.span).startswith("os.environ[")
        assert facts.source.slice(binding.value_span) in ('"x"', "x")
    for comment in facts.comments:
        assert facts.source.slice(comment.span).startswith("#")


FUNCTIONS = st.sampled_from(
    (
        *("os.environ.update", "os.environ.setdefault", "os.environ.pop", "os.environ.get", "os.environ.__setitem__"),
        *("os.getenv", "os.putenv", "os.unsetenv", "os.system", "os.popen", "os.execv", "os.execve", "os.execlpe"),
        *("os.spawnve", "os.spawnl", "subprocess.run", "subprocess.Popen", "subprocess.getoutput", "functools.partial"),
        *("dotenv.load_dotenv", "dotenv.find_dotenv", "patch.dict", "monkeypatch.setenv", "monkeypatch.delenv", "dict"),
        *(
            "wandb.init",
            "str",
            "os.path.join",
            "pathlib.Path",
            "'%s{}'.format",
            "','.join",
            "copy.copy",
            "exec",
            "env.update",
        ),
    )
)
EXPRESSIONS = st.recursive(
    st.sampled_from(
        (
            "'A'",
            "'x'",
            "b'x'",
            "''",
            "1",
            "None",
            "True",
            "x",
            "os.environ",
            "env",
            "wandb.init",
            "'a; b'",
            "1.5",
            "...",
        )
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: "[" + ", ".join(parts) + "]"),
        st.lists(inner, max_size=3).map(lambda parts: "(" + "".join(part + "," for part in parts) + ")"),
        st.lists(st.tuples(inner, inner), max_size=2).map(
            lambda items: "{" + ", ".join(f"{k}: {v}" for k, v in items) + "}"
        ),
        inner.map(lambda part: "{**" + part + "}"),
        st.tuples(inner, st.sampled_from(("+", "%", "or", "and", "/", "|", "in", "if x else")), inner)
        .map(" ".join)
        .map("({})".format),
        inner.map(lambda part: f"{part}['A']"),
        inner.map(lambda part: 'f"{' + part.replace('"', "") + '}"'),
        st.tuples(FUNCTIONS, st.lists(inner, max_size=4)).map(lambda call: f"{call[0]}({', '.join(call[1])})"),
    ),
    max_leaves=6,
)
ARGUMENTS = st.lists(
    st.tuples(st.sampled_from(("", "", "", "*", "**", "env=", "key=", "values=", "override=", "A=")), EXPRESSIONS),
    max_size=4,
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                (
                    "{}",
                    "env = {}",
                    "os.environ['A'] = {}",
                    "with {}: pass",
                    "@{}\ndef f(a={}): pass",
                    "del {}['A']",
                    "env['B'] += {}",
                    "os.environ |= {}",
                )
            ),
            FUNCTIONS,
            ARGUMENTS,
        ),
        max_size=3,
    )
)
@settings(max_examples=600, deadline=None)
def test_no_call_raises(statements: list[tuple[str, str, list[tuple[str, str]]]]) -> None:
    lines = ["import os, subprocess, functools, dotenv, wandb, pathlib, copy", "from unittest.mock import patch"]
    for form, function, arguments in statements:
        call = f"{function}({', '.join(star + given for star, given in arguments)})"
        lines.append(form.replace("{}", call))
    facts = read(Source("train.py", ("\n".join(lines) + "\n").encode()), Wanted(CALLS, ("",)))
    for fact in facts.items:
        assert facts.source.slice(fact.span) != ""
        assert 0 <= fact.scope < len(facts.scopes)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=300, deadline=None)
def test_no_bytes_raise(data: bytes) -> None:
    facts = read(Source("train.py", data), Wanted(CALLS, ("",)))
    assert facts.scopes[0].kind == "file"
