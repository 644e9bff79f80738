"""What the Python surface reads: values, bindings, calls, scopes, positions, files that are no Python."""

from __future__ import annotations

import pytest

from envlint.facts import Binding, Call, Facts, Include, Launch, Read, Unset, Wanted
from envlint.source import Source, Span
from envlint.surfaces.python import read
from envlint.value import Choice, Constant, Unknown, Value

CALLS = {
    "wandb.init": ("entity", "project", "dir"),
    "wandb.login": ("key", "relogin"),
    "wandb.Settings": (),
    "lightning.pytorch.loggers.WandbLogger": ("name",),
}
WANTED = Wanted(CALLS, ("WANDB", "wandb"))
EVERYTHING = Wanted(CALLS, ("",))
IMPORTS = "import os\nimport sys\nimport wandb\n"


def facts(text: str | bytes, wanted: Wanted = EVERYTHING) -> Facts:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return read(Source("train.py", data), wanted)


def readable(text: str) -> Facts:
    found = facts(text)
    assert found.unreadable == ()
    return found


def bindings(text: str) -> list[tuple[str, str | None]]:
    return [(binding.variable, binding.value.unset().text) for binding in readable(text).bindings()]


def value(expression: str, before: str = "") -> Value:
    """What `os.environ["V"] = expression` sets, after some other lines."""
    return last_binding(f'{IMPORTS}{before}\nos.environ["V"] = {expression}\n').value


def last_binding(text: str) -> Binding:
    return list(readable(text).bindings())[-1]


def only_call(text: str) -> Call:
    (call,) = readable(text).calls()
    return call


def arguments(call: Call) -> dict[str, str | None]:
    names = [argument.name for argument in call.arguments]
    assert len(names) == len(set(names))
    return {argument.name: argument.value.unset().text for argument in call.arguments}


def kinds(found: Facts, scope: int) -> list[str]:
    return [found.scopes[at].kind for at in found.ancestors(scope)]


# ---- Bindings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('os.environ["A"] = "x"', [("A", "x")]),
        ("os.environ['A']='x'", [("A", "x")]),
        ('(os.environ["A"]) = ("x")', [("A", "x")]),
        ('os.environ["A"] = os.environ["B"] = "x"', [("A", "x"), ("B", "x")]),
        ('os.environ["A"], os.environ["B"] = "x", "y"', [("A", "x"), ("B", "y")]),
        ('[os.environ["A"], (os.environ["B"], c)] = ["x", ("y", "z")]', [("A", "x"), ("B", "y")]),
        ('os.environ["A"], os.environ["B"] = f()', [("A", None), ("B", None)]),
        ('os.environ["A"], *rest = "x", "y"', [("A", None)]),
        ('os.environ["A"]: str = "x"', [("A", "x")]),
        ('os.environ["A"]: str', []),
        ('os.environ["A"] = "x"; os.environ["B"] = "y"', [("A", "x"), ("B", "y")]),
        ('os.environ["A"] = "x"\nos.environ["A"] += "y"', [("A", "x"), ("A", "xy")]),
        ('os.environ["A"] += "y"', [("A", None)]),
        ('os.environ.setdefault("A", "x")', [("A", "x")]),
        ('os.environ.setdefault("A")', []),
        ('os.environ.update({"A": "x", "B": "y"})', [("A", "x"), ("B", "y")]),
        ('os.environ.update(A="x", **{"B": "y"})', [("A", "x"), ("B", "y")]),
        ('os.environ.update(dict(A="x"))', [("A", "x")]),
        ('os.environ.update({k: "x", "B": "y"})', [("B", "y")]),
        ('os.environ.update({"A": "x", "A": "y"})', [("A", "y")]),
        ('os.environ.update({"A": "x"}, A="y")', [("A", "y")]),
        ('new = {"A": "x"}\nos.environ.update(new)', [("A", "x")]),
        ('new = {"A": "x"}\nnew["A"] = "y"\nos.environ.update(new)', [("A", "y")]),
        ('new = {"A": "x"}\nnew["B"] = "y"\nos.environ.update(new)', [("A", "x"), ("B", "y")]),
        ('new = {"A": "x"}\nchange(new)\nos.environ.update(new)', []),
        ('new = {"A": "x"}\nif c:\n    new["A"] = "y"\nos.environ.update(new)', []),
        ('new = {"A": "x", "B": "y"}\nif c:\n    new["A"] = "y"\nos.environ.update(new)', [("B", "y")]),
        ('new = {"A": "x"}\nos.environ.update(new)\nnew["A"] = "y"', [("A", "x")]),
        ('new = {"A": "x"}\nnew[k] = "y"\nos.environ.update(new)', []),
        ('new = {"A": "x", "B": "y"}\ndel new["A"]\nos.environ.update(new)', [("B", "y")]),
        (
            'new = {"A": "x"}\nnew.setdefault("A", "y")\nnew.setdefault("B", "z")\nos.environ.update(new)',
            [("A", "x"), ("B", "z")],
        ),
        ('new = {"A": "x"}\nnew |= {"B": "y"}\nos.environ |= new', [("A", "x"), ("B", "y")]),
        ('new = {"A": "x"}\nfor i in y:\n    os.environ.update(new)\n    new["A"] = "y"', []),
        ('os.environ |= {"A": "x"}', [("A", "x")]),
        ('os.putenv("A", "x")', [("A", "x")]),
        ('os.environ.__setitem__("A", "x")', [("A", "x")]),
        ('KEY = "A"\nos.environ[KEY] = "x"', [("A", "x")]),
        ('os.environ["A" "B"] = "x"', [("AB", "x")]),
        ('os.environ[key] = "x"', []),
        ('os.environ["A=B"] = "x"', []),
        ('os.environ[""] = "x"', []),
        ('os.environ[b"A"] = "x"', []),
        ('os.environ["A", "B"] = "x"', []),
        ('other["A"] = "x"', []),
        ('# os.environ["A"] = "x"', []),
        ('"""os.environ["A"] = 1"""', []),
    ],
)
def test_bindings(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert bindings(f"import os\n{text}\n") == expected


@pytest.mark.parametrize(
    ("imports", "target"),
    [
        ("import os", "os.environ"),
        ("import os as o", "o.environ"),
        ("import os.path", "os.environ"),
        ("from os import environ", "environ"),
        ("from os import environ as e, getenv", "e"),
        ("import os\nenv = os.environ", "env"),
        ("import os\nalias = os\nenv = alias.environ", "env"),
        ("try:\n    import os\nexcept ImportError:\n    os = None", "os.environ"),
        ("", "os.environ"),
        ("def f():\n    import os", "os.environ"),
    ],
)
def test_names_of_the_environment(imports: str, target: str) -> None:
    assert bindings(f'{imports}\n{target}["A"] = "x"\n') == [("A", "x")]


@pytest.mark.parametrize(
    "text",
    [
        'import os\nos = Fake()\nos.environ["A"] = "x"',
        'import fake as os\nos.environ["A"] = "x"',
        'from .os import environ\nenviron["A"] = "x"',
        'def f(os):\n    os.environ["A"] = "x"',
        'for os in every:\n    os.environ["A"] = "x"',
        'import os\nenv = os.environ\nenv = {}\nenv["A"] = "x"',
        'self.os.environ["A"] = "x"',
    ],
)
def test_what_is_not_the_environment(text: str) -> None:
    assert bindings(text + "\n") == []


def test_forms_and_whether_they_override() -> None:
    text = (
        'os.environ["A"] = "x"\nos.environ.setdefault("B", "x")\nos.environ.update(C="x")\n'
        'os.putenv("D", "x")\nos.environ |= {"E": "x"}\nmonkeypatch.setenv("F", "x")\n'
    )
    assert [(b.variable, b.form, b.overrides) for b in readable(text).bindings()] == [
        ("A", "environ-item", True),
        ("B", "environ-setdefault", False),
        ("C", "environ-update", True),
        ("D", "environ-putenv", True),
        ("E", "environ-update", True),
        ("F", "environ-patch", True),
    ]


@pytest.mark.parametrize(
    ("text", "whole", "name", "written"),
    [
        ('os.environ["A"] = "x"', 'os.environ["A"] = "x"', "A", '"x"'),
        ('os.environ[KEY] = "x"', 'os.environ[KEY] = "x"', "KEY", '"x"'),
        ("os.environ['A'] = (  # c\n    'x'\n)", "os.environ['A'] = (  # c\n    'x'\n)", "A", "'x'"),
        ('os.environ.setdefault("A", f("x"))', 'os.environ.setdefault("A", f("x"))', "A", 'f("x")'),
        ('os.environ.update({"B": 1, "A": "x"})', '"A": "x"', "A", '"x"'),
        ('os.environ.update(A="x")', 'A="x"', "A", '"x"'),
        ('if a: b = 1; os.environ["A"] = "x" ; c', 'os.environ["A"] = "x"', "A", '"x"'),
        ('é = "ü"; os.environ["A"] = "x"', 'os.environ["A"] = "x"', "A", '"x"'),
        ('os.environ["A"] = rb"x"', 'os.environ["A"] = rb"x"', "A", 'rb"x"'),
    ],
)
def test_spans_of_bindings(text: str, whole: str, name: str, written: str) -> None:
    found = readable(f'import os\nKEY = "A"\n{text}\n')
    binding = list(found.bindings())[-1]
    assert found.source.slice(binding.span) == whole
    assert found.source.slice(binding.name_span) == name
    assert found.source.slice(binding.value_span) == written


def test_span_of_a_text_is_inside_its_quotes_where_it_is_written() -> None:
    found = readable('MODE = """offline"""\nimport os\nos.environ["A"] = MODE\n')
    (binding,) = found.bindings()
    (part,) = binding.value.literals()
    assert part.span == Span(10, 17)
    assert found.source.slice(binding.value_span) == "MODE"


# ---- Values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('"x"', "x"),
        ("''", ""),
        ("'''a\nb'''", "a\nb"),
        (r'"a\tb\x41\u00e9\N{BULLET}\101\'"', "a\tbAé•A'"),
        (r'"\d"', "\\d"),
        ('"a\\\nb"', "ab"),
        (r'r"\t"', r"\t"),
        (r'R"\""', r"\""),
        ('u"x"', "x"),
        ('"a" "b" r"\\c"', "ab\\c"),
        ('"a" + "b" + "c"', "abc"),
        ('"a" + ("b" + "c")', "abc"),
        ('f"a"', "a"),
        ("f\"{{{'a'}}}\"", "{a}"),
        ("f\"{'a'!s}{1}{None}{True}\"", "a1NoneTrue"),
        ('f"{\'a\'}" "b"', "ab"),
        (r'rf"\t{1}"', r"\t1"),
        ('"a" if 1 else "b"', "a"),
        ('"" or "b"', "b"),
        ('None or "b"', "b"),
        ('"a" or "b"', "a"),
        ('"a" and "b"', "b"),
        ("str(3)", "3"),
        ("str(-1.5)", "-1.5"),
        ('str("x")', "x"),
        ("str(None)", "None"),
        ('"%s-%d%%" % ("a", 3)', "a-3%"),
        ('"%s" % "a"', "a"),
        ('"%(k)s" % {"k": "a"}', "a"),
        ('"{}-{}".format("a", 1)', "a-1"),
        ('"{1}{0}{k}{{}}".format("a", "b", k="c")', "bac{}"),
        ('",".join(["a", "b"])', "a,b"),
        ('",".join(("a",))', "a"),
        ('"OFF".lower()', "off"),
        ('" x ".strip()', "x"),
        ('os.path.join("a", "b")', "a/b"),
        ('os.path.join("a/", "b", "/c", "d")', "/c/d"),
        ('os.path.join("", "b")', "b"),
        ('os.path.join("a", "")', "a/"),
        ('os.getenv("U", "d")', "d"),
        ('os.environ.get("U", default="d")', "d"),
        ('os.getenv("U") or "d"', "d"),
        ('os.getenv("U", "") or "d"', "d"),
        ("f\"{os.getenv('U', 1)}\"", "1"),
        ('(name := "x")', "x"),
        ('"x".encode()', None),
        ("variable", None),
        ("f(1)", None),
        ('"\\ud800"', None),
        ('"a\\0b"', None),
        ('os.getenv("U")', None),
        ('os.environ["U"]', None),
        ('"%s" % args', None),
        ('"%s %s" % "a"', None),
        ('"%5s" % "a"', None),
        ('"{:>5}".format("a")', None),
        ('"{0.x}".format("a")', None),
        ('f"{1:>5}"', None),
        ('f"{1!r}"', None),
        ('f"{1=}"', None),
        ('os.path.join("a", b)', None),
        ('os.path.join(b, "a")', None),
        ('"a" * 3', "aaa"),
        ('2 * "a" "b"', "abab"),
        ('"a" * -1', ""),
        ('"a" * n', None),
        ('"a" * 1.0', None),
        ('"a" * 9999', None),
        ("str(b'x')", None),
        ("str(1, 2)", None),
        ('",".join(*["a"])', None),
    ],
)
def test_texts(expression: str, expected: str | None) -> None:
    assert value(expression).unset().text == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("True", True),
        ("None", None),
        ("3", 3),
        ("-1", -1),
        ("0x1F", 31),
        ("1_000", 1000),
        ("1.5", 1.5),
        ("not 1", False),
    ],
)
def test_constants(expression: str, expected: object) -> None:
    (part,) = value(expression).parts
    assert isinstance(part, Constant)
    assert part.value == expected
    assert type(part.value) is type(expected)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("[1]", "list"),
        ("[x for x in y]", "list"),
        ("(1, 2)", "tuple"),
        ("{}", "dict"),
        ("{1}", "set"),
        ("b'x'", "bytes"),
        ("b'x' b'y'", "bytes"),
        ("2j", "complex"),
        ("int(x)", "int"),
        ("len(x)", "int"),
        ("str(x)", "str"),
        ("f'{x}'.upper()", "str"),
        ("os.environ['U']", "str"),
        ("os.getcwd()", "str"),
        ("lambda: 1", "function"),
        ("__import__('pathlib')", None),
        ("x", None),
        ("x + y", None),
        ("x == y", None),
    ],
)
def test_types_of_what_is_unknown(expression: str, expected: str | None) -> None:
    (part,) = value(expression).parts
    assert isinstance(part, Unknown)
    assert part.type == expected


def test_known_pieces_around_an_unknown_one() -> None:
    found = value('f"run-{x}-end"')
    assert list(found.fragments()) == ["run-", "-end"]
    assert found.prefix == "run-"
    assert [part.type for part in found.parts if isinstance(part, Unknown)] == ["str"]
    assert list(value('"a" + x').fragments()) == ["a"]
    assert list(value('"%s/b" % x').fragments()) == ["/b"]
    assert list(value('"{}/b".format(x)').fragments()) == ["/b"]


@pytest.mark.parametrize(
    ("expression", "expected", "exhaustive"),
    [
        ('"a" if x else "b"', ("a", "b"), True),
        ('"a" if x else y', ("a",), False),
        ('x or "b"', ("b",), False),
        ('x and "b"', ("b",), False),
        ('("a" if x else None) or "b"', ("a", "b"), True),
        ("f\"{'a' if x else 'b'}c\"", ("ac", "bc"), True),
    ],
)
def test_alternatives(expression: str, expected: tuple[str, ...], exhaustive: bool) -> None:
    found = value(expression)
    assert found.possible() == expected
    assert found.exhaustive is exhaustive


# ---- Names


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ('m = "x"', ("x",)),
        ('m: str = "x"', ("x",)),
        ('m, n = "x", "y"', ("x",)),
        ('m = n = "x"', ("x",)),
        ('k = "x"\nm = k + "y"', ("xy",)),
        ('if c:\n    m = "x"', ("x",)),
        ('if c:\n    m = "x"\nelse:\n    m = "y"', ("x", "y")),
        ('if c:\n    m = "x"\nelif d:\n    m = "y"\nelse:\n    m = "z"', ("x", "y", "z")),
        ('m = "x"\nif c:\n    m = "y"', ("x", "y")),
        ('m = "x"\nif c:\n    m = "y"\nelif d:\n    m = "z"', ("x", "y", "z")),
        ('m = None\nif c:\n    m = "x"\nelse:\n    m = "y"', ("x", "y")),
        ('(m := "x")', ("x",)),
        ('if (m := "x"):\n    pass', ("x",)),
        ('if c and (m := "x" "y"):\n    pass', ("xy",)),
        ('match c:\n    case 1:\n        m = "x"\n    case 2:\n        m = "y"', ("x", "y")),
    ],
)
def test_names_that_are_followed(before: str, expected: tuple[str, ...]) -> None:
    found = value("m", before)
    assert found.possible() == expected
    assert found.exhaustive


@pytest.mark.parametrize(
    "before",
    [
        "",
        'm = "x"\nm = "y"',
        'm = "x"\nm += "y"',
        'm = "x"\ndel m',
        'm = "x"\nfor m in y: pass',
        'm = "x"\nwith y as m: pass',
        'm = "x"\ntry: pass\nexcept E as m: pass',
        'm = "x"\n[m := 1 for i in y]',
        '[m := "x" for i in y]',
        'm = "x"\nif (m := "y"):\n    pass',
        'm = "x"\nif c and (m := "y"):\n    pass',
        'if (m := "x"):\n    pass\nelif (m := "y"):\n    pass',
        'while (m := "x"):\n    m = "y"',
        'm = "x"\nmatch y:\n    case [m, *_]: pass',
        'm = "x"\nmatch y:\n    case {"k": 1, **m}: pass',
        'm = "x"\nmatch y:\n    case A(b=1 | 2 as m): pass',
        'm = "x"\ndef m(): pass',
        'm = "x"\nclass m: pass',
        'm = "x"\nimport m',
        'm = "x"\nfrom y import z as m',
        'm = "x"\nfrom y import *',
        'm = "x"\nexec(y)',
        'm = "x"\nglobals()["m"] = 1',
        'm = "x"\ndef f():\n    global m\n    m = 1',
        'm = "x"\nm, n = y',
        'm = "x"\n(m, n) = "a", *y',
        'm = "x"\ntype m = int',
        'm = m + "x"',
        'for i in y:\n    m = "x"\n    m = "y"',
        'if c:\n    m = "x"\n    m = "y"\nelse:\n    m = "z"',
        'm = "x"\nif c:\n    m = "y"\nif d:\n    m = "z"',
        'm = "x"\nif c:\n    if d:\n        m = "y"\nelse:\n    m = "z"',
        'id = "x"\nm = id',
        'def f():\n    m = "x"',
        'class A:\n    m = "x"',
    ],
)
def test_names_that_are_not_followed(before: str) -> None:
    found = value("m", before)
    assert found.possible() == ()
    assert not found.exhaustive


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('os.environ["V"] = m\nm = "x"', ((), False)),
        ('m = "x"\ndef f():\n    os.environ["V"] = m', (("x",), True)),
        ('def f():\n    os.environ["V"] = m\nm = "x"', (("x",), True)),
        ('m = "x"\ndef f():\n    m = "y"\n    os.environ["V"] = m', (("y",), True)),
        ('m = "x"\ndef f(m):\n    os.environ["V"] = m', ((), False)),
        ('def f(m="x"):\n    os.environ["V"] = m', (("x",), False)),
        ('def f(m="x"):\n    m = "y"\n    os.environ["V"] = m', ((), False)),
        ('def f(*m):\n    os.environ["V"] = m', ((), False)),
        ('def f():\n    m = "x"\n    def g():\n        os.environ["V"] = m', (("x",), True)),
        (
            'def f():\n    def g():\n        nonlocal m\n        m = 1\n    m = "x"\n    os.environ["V"] = m',
            ((), False),
        ),
        ('class A:\n    m = "x"\n    os.environ["V"] = m', (("x",), True)),
        ('class A:\n    m = "x"\n    def f(self):\n        os.environ["V"] = m', ((), False)),
        ('m = "x"\n[os.environ.setdefault("V", m) for m in y]', ((), False)),
        ('m = "x"\nf = lambda m: os.environ.setdefault("V", m)', ((), False)),
        ('m = "x"\nf = lambda: os.environ.setdefault("V", m)', (("x",), True)),
        ('if c:\n    m = "x"\n    os.environ["V"] = m\nelse:\n    m = "y"', ((), False)),
        ('if c:\n    m = "y"\nelse:\n    m = "x"\n    os.environ["V"] = m', ((), False)),
        ('m = "x"\nif c:\n    m = "y"\n    os.environ["V"] = m', ((), False)),
    ],
)
def test_which_binding_a_name_sees(text: str, expected: tuple[tuple[str, ...], bool]) -> None:
    found = last_binding(f"import os\n{text}\n").value
    assert (found.possible(), found.exhaustive) == expected


# ---- What the file itself sets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('os.environ["A"] = "x"\nos.environ["V"] = os.environ["A"]', "x"),
        ('os.environ["A"] = "x"\nos.environ["V"] = os.getenv("A", "d")', "x"),
        ('os.environ.update(A="x")\nos.environ["V"] = os.environ.get("A")', "x"),
        ('os.environ["A"] = "x"\nos.environ["A"] = "y"\nos.environ["V"] = os.environ["A"]', "y"),
        ('os.environ["A"] = "x"\nf()\nos.environ["V"] = os.getenv("A", "d")', None),
        ('os.environ["A"] = "x"\ndel os.environ["A"]\nos.environ["V"] = os.getenv("A", "d")', None),
        ('os.environ["A"] = "x"\nos.environ.pop("A")\nos.environ["V"] = os.getenv("A", "d")', None),
        ('os.environ["A"] = "x"\nif c:\n    os.environ["A"] = "y"\nos.environ["V"] = os.environ["A"]', None),
        ('os.environ["A"] = "x"\nfor i in c:\n    os.environ["V"] = os.environ["A"]\n    g()', None),
        ('if c:\n    os.environ["A"] = "x"\nos.environ["V"] = os.getenv("A", "d")', None),
        ('os.environ[k] = "x"\nos.environ["V"] = os.getenv("A", "d")', None),
        ('os.environ["V"] = os.getenv("A", "d")\nos.environ["A"] = "x"', "d"),
        ('os.environ["V"] = os.getenv("V", "d")', "d"),
        ('def f():\n    os.environ["V"] = os.getenv("V", "d")', "d"),
        ('def f():\n    os.environ["V"] = os.getenv("V", "d") + "x"', None),
        ('def f():\n    os.environ["V"] = os.getenv("A", "d")\nos.environ["A"] = "x"', None),
        ('def f():\n    os.environ["A"] = "x"\nf()\nos.environ["V"] = os.getenv("A", "d")', None),
        ('g(os.environ)\nos.environ["V"] = os.getenv("A", "d")', None),
        ('for i in c:\n    os.environ["V"] = os.getenv("A", "d")\n    os.environ["A"] = "x"', None),
        ('d = {"V": os.getenv("A", "d")}\nos.environ["A"] = "x"\nos.environ.update(d)', "d"),
        ('m = os.getenv("A", "d")\nos.environ["A"] = "x"\nos.environ["V"] = m', "d"),
    ],
)
def test_reads_of_what_the_file_sets(text: str, expected: str | None) -> None:
    found = [b for b in readable(f"import os\n{text}\n").bindings() if b.variable == "V"]
    assert found[-1].value.unset().text == expected


# ---- Copies and patches


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('env = os.environ.copy()\nenv["A"] = "x"', [("A", False)]),
        ('env = dict(os.environ)\nenv["A"] = "x"', [("A", False)]),
        ('env = dict(os.environ, A="x")', [("A", False)]),
        ('env = {**os.environ, "A": "x"}', [("A", False)]),
        ('env = os.environ | {"A": "x"}', [("A", False)]),
        ('env = os.environ.copy()\nenv.update(A="x")\nenv.setdefault("B", "y")', [("A", False), ("B", False)]),
        ('env = {"A": "x"}\nsubprocess.run(["a"], env=env)', [("A", True)]),
        ('env = {"A": "x"}', []),
        ('subprocess.run(["a"], env={"A": "x"})', [("A", True)]),
        ('subprocess.run(["a"], env={**os.environ, "A": "x"})', [("A", False)]),
        ('subprocess.run(["a"], env={**base, "A": "x"})', [("A", False)]),
        ('subprocess.run(["a"], env=dict(os.environ, A="x"))', [("A", False)]),
        ('os.execvpe("a", ["a"], {"A": "x"})', [("A", True)]),
        ('subprocess.run(["a"], env=None)', []),
        ('env = base.copy()\nenv["A"] = "x"', []),
    ],
)
def test_environments_of_programs(text: str, expected: list[tuple[str, bool]]) -> None:
    found = readable(f"import os\nimport subprocess\n{text}\n")
    given = [binding for binding in found.bindings() if binding.form == "subprocess-env"]
    assert [(binding.variable, found.scopes[binding.scope].clears) for binding in given] == expected
    assert all(found.scopes[binding.scope].kind == "command" for binding in given)


def test_a_program_sees_the_environment_it_is_given() -> None:
    text = (
        "import os, subprocess\ndef f():\n    env = os.environ.copy()\n    if c:\n        env['A'] = 'x'\n"
        "    subprocess.run(['python', 'train.py'], env=env)\n    subprocess.run(['other'])\n"
    )
    found = readable(text)
    (binding,) = found.bindings()
    given, plain = (item for item in found.items if isinstance(item, Launch))
    assert given.scope in found.ancestors(binding.scope)
    assert kinds(found, binding.scope) == ["branch", "command", "function", "file"]
    assert kinds(found, plain.scope) == ["function", "file"]


@pytest.mark.parametrize(
    "text",
    [
        "with patch.dict(os.environ, {'A': 'x'}):\n    wandb.init()",
        "with mock.patch.dict('os.environ', A='x'):\n    wandb.init()",
        "@patch.dict(os.environ, {'A': 'x'})\ndef test():\n    wandb.init()",
        "with unittest.mock.patch.dict(os.environ, values={'A': 'x'}, clear=True), other() as o:\n    wandb.init()",
    ],
)
def test_patches_hold_for_a_time(text: str) -> None:
    imports = "import os, wandb, unittest.mock\nfrom unittest import mock\nfrom unittest.mock import patch\n"
    found = readable(f"{imports}{text}\n")
    (binding,), (call,) = found.bindings(), found.calls()
    assert (binding.variable, binding.form, binding.value.text) == ("A", "environ-patch", "x")
    assert found.scopes[binding.scope].kind == "command"
    assert binding.scope in found.ancestors(call.scope)
    assert found.scopes[binding.scope].clears is ("clear=True" in text)


def test_patches_of_a_test() -> None:
    found = readable(
        'def test(monkeypatch):\n    monkeypatch.setenv("A", 3)\n    monkeypatch.delenv("B", raising=False)\n'
    )
    binding, unset = found.items
    assert isinstance(binding, Binding)
    assert isinstance(unset, Unset)
    assert (binding.variable, binding.value.text) == ("A", "3")
    assert kinds(found, binding.scope) == kinds(found, unset.scope) == ["command", "function", "file"]


# ---- Reads and removals


def test_reads() -> None:
    text = (
        'os.environ["A"]\nos.environ.get("B")\nos.getenv("C", "c")\n"D" in os.environ\n"E" not in os.environ\n'
        "getenv('F')\nos.getenv(name)\nos.environ.items()\n"
    )
    found = [item for item in readable("import os\nfrom os import getenv\n" + text).items if isinstance(item, Read)]
    assert [item.variable for item in found] == ["A", "B", "C", "D", "E", "F"]
    assert [item.default.text for item in found if item.default is not None] == ["c"]


def test_removals() -> None:
    text = 'del os.environ["A"], os.environ["B"]\nos.environ.pop("C", None)\nos.unsetenv("D")\n'
    found = readable("import os\n" + text).items
    assert [item.variable for item in found if isinstance(item, Unset)] == ["A", "B", "C", "D"]


def test_what_is_read_comes_before_what_it_sets() -> None:
    found = readable('import os\nos.environ["A"] = os.environ["B"] + f(os.getenv("C"))\n')
    assert [(type(item).__name__, item.variable) for item in found.items] == [  # type: ignore[union-attr]
        ("Read", "B"),
        ("Read", "C"),
        ("Binding", "A"),
    ]


# ---- Calls


@pytest.mark.parametrize(
    ("text", "function", "expected", "hidden"),
    [
        ('import wandb\nwandb.init(project="p")', "wandb.init", {"project": "p"}, False),
        (
            'import wandb as wb\nwb.init("e", "p", mode="m")',
            "wandb.init",
            {"entity": "e", "project": "p", "mode": "m"},
            False,
        ),
        ('from wandb import init as start\nstart(dir="d")', "wandb.init", {"dir": "d"}, False),
        ("import wandb.sdk\nwandb.init()", "wandb.init", {}, False),
        ("from wandb import login, init\nlogin('k')", "wandb.login", {"key": "k"}, False),
        ("import wandb\nrun = wandb.init\nrun(id='i')", "wandb.init", {"id": "i"}, False),
        (
            "try:\n    import wandb\nexcept ImportError:\n    wandb = None\nwandb.init(id='i')",
            "wandb.init",
            {"id": "i"},
            False,
        ),
        ("def f():\n    import wandb\n    wandb.init(id='i')", "wandb.init", {"id": "i"}, False),
        ("wandb.init(id='i')", "wandb.init", {"id": "i"}, False),
        ("import wandb\nwandb.init(*a, id='i')", "wandb.init", {"id": "i"}, True),
        ("import wandb\nwandb.init('e', *a, 'x', id='i')", "wandb.init", {"entity": "e", "id": "i"}, True),
        ("import wandb\nwandb.init(**k)", "wandb.init", {}, True),
        ("import wandb\nwandb.init(**{'id': 'i'})", "wandb.init", {"id": "i"}, False),
        ("import wandb\nwandb.init(**dict(id='i', name=n))", "wandb.init", {"id": "i", "name": None}, False),
        ("import wandb\nk = {'id': 'i'}\nwandb.init(**k)", "wandb.init", {"id": "i"}, False),
        ("import wandb\nk = {x: 1, 'id': 'i'}\nwandb.init(**k)", "wandb.init", {"id": "i"}, True),
        ("import wandb\nk = {'id': 'i', x: 1}\nwandb.init(**k)", "wandb.init", {"id": None}, True),
        (
            "import wandb\nk = {'id': 'i'}\nk['dir'] = 'd'\nwandb.init(**k)",
            "wandb.init",
            {"id": "i", "dir": "d"},
            False,
        ),
        ("import wandb\nk = {'id': 'i'}\nif c: k['mode'] = 'm'\nwandb.init(**k)", "wandb.init", {"id": "i"}, True),
        ("import wandb\nk = {'id': 'i'}\nchange(k)\nwandb.init(**k)", "wandb.init", {}, True),
        ("import wandb\nk = {'id': 'i'}\ng(k)\nwandb.init(**k)", "wandb.init", {}, True),
        ("import wandb\nk = {'id': 'i'}\nwandb.init(**{**k, 'id': 'j'})", "wandb.init", {"id": "j"}, False),
        (
            "import wandb\nimport functools\nfunctools.partial(wandb.init, 'e', id='i')",
            "wandb.init",
            {"entity": "e", "id": "i"},
            True,
        ),
        ("import wandb\nx = [wandb.init(id='i') for y in z]", "wandb.init", {"id": "i"}, False),
        ("import wandb\nwith wandb.init(id='i') as run: pass", "wandb.init", {"id": "i"}, False),
        ("import wandb\n@wandb.init(id='i')\ndef f(): pass", "wandb.init", {"id": "i"}, False),
        ("import wandb\ndef f(a=wandb.init(id='i')): pass", "wandb.init", {"id": "i"}, False),
        ("import wandb\nif a: pass\nelif wandb.init(id='i'): pass", "wandb.init", {"id": "i"}, False),
        ("import wandb\nasync def f():\n    await g(wandb.init(id='i'))", "wandb.init", {"id": "i"}, False),
        ("import wandb\nprint(f'{wandb.init(id=1)}')", "wandb.init", {"id": None}, False),
        (
            "try:\n    from lightning.pytorch.loggers import WandbLogger\nexcept ImportError:\n"
            "    from pytorch_lightning.loggers import WandbLogger\nWandbLogger('n')",
            "lightning.pytorch.loggers.WandbLogger",
            {"name": "n"},
            False,
        ),
    ],
)
def test_calls(text: str, function: str, expected: dict[str, str | None], hidden: bool) -> None:
    call = only_call(text + "\n")
    assert call.function == function
    assert arguments(call) == expected
    assert call.open is hidden


@pytest.mark.parametrize(
    "text",
    [
        "import wandb\nwandb = Fake()\nwandb.init()",
        "from mine import wandb\nwandb.init()",
        "from . import wandb\nwandb.init()",
        "def f(wandb):\n    wandb.init()",
        "import wandb\nwandb.log()",
        "import wandb\nwandb.init",
        "import wandb\nself.wandb.init()",
        "import wandb\nrun = wandb.init\nrun = other\nrun()",
    ],
)
def test_calls_of_something_else(text: str) -> None:
    assert list(readable(text + "\n").calls()) == []


def test_spans_of_a_call() -> None:
    found = readable('import wandb as w\nx = (w.init(  # c\n    "e",\n    mode = "m", **{"id": "i"}))\n')
    (call,) = found.calls()
    texts = [found.source.slice(argument.span) for argument in call.arguments]
    values = [found.source.slice(argument.value_span) for argument in call.arguments]
    assert found.source.slice(call.name_span) == "w.init"
    assert found.source.slice(call.span).startswith("w.init(  # c")
    assert found.source.slice(call.span).endswith('{"id": "i"})')
    assert texts == ['"e"', 'mode = "m"', '"id": "i"']
    assert values == ['"e"', '"m"', '"i"']


# ---- Scopes, comments, statements


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", ["file"]),
        ("if a:\n    {}", ["branch", "file"]),
        ("if a: {}", ["branch", "file"]),
        ("if a: pass\nelse:\n    {}", ["branch", "file"]),
        ("if a: pass\nelif b:\n    {}", ["branch", "file"]),
        ("if __name__ == '__main__':\n    {}", ["branch", "file"]),
        ("for a in b:\n    {}", ["loop", "file"]),
        ("for a in b: pass\nelse:\n    {}", ["branch", "file"]),
        ("while a:\n    {}", ["loop", "file"]),
        ("try:\n    {}\nfinally: pass", ["branch", "file"]),
        ("try: pass\nexcept E:\n    {}", ["branch", "file"]),
        ("try: pass\nexcept* E:\n    {}", ["branch", "file"]),
        ("try: pass\nfinally:\n    {}", ["file"]),
        ("with a:\n    {}", ["file"]),
        ("match a:\n    case 1:\n        {}", ["branch", "file"]),
        ("def f():\n    {}", ["function", "file"]),
        ("async def f():\n    async with a:\n        {}", ["function", "file"]),
        ("class A:\n    {}", ["class", "file"]),
        ("class A:\n    def f(self):\n        if a:\n            {}", ["branch", "function", "class", "file"]),
        ("x = lambda: {}", ["function", "file"]),
        ("x = [{} for y in z]", ["function", "file"]),
        ("x = [y for y in {}]", ["file"]),
        ("a and {}", ["branch", "file"]),
        ("{} and a", ["file"]),
        ("{} if a else b", ["branch", "file"]),
        ("a if {} else b", ["file"]),
    ],
)
def test_scopes(text: str, expected: list[str]) -> None:
    found = readable("import wandb\n" + text.replace("{}", "wandb.init()") + "\n")
    (call,) = found.calls()
    assert kinds(found, call.scope) == expected
    for scope in found.ancestors(call.scope):
        assert call.span in found.scopes[scope].span


def test_arms_of_one_statement_are_scopes_of_their_own() -> None:
    found = readable(
        "import wandb\nif a:\n    wandb.init()\n    # c\nelse:\n    wandb.init()\n    b\n\nwandb.login()\n"
    )
    first, second, last = found.calls()
    assert first.scope != second.scope
    assert found.source.slice(found.scopes[first.scope].span) == "wandb.init()"
    assert found.source.slice(found.scopes[second.scope].span) == "wandb.init()\n    b"
    assert last.scope == 0


def test_comments() -> None:
    found = readable("# a\nx = 1  # b\nf(  # c\n    # d\n)\ny = '# no'\nif z:\n\t# e\n\tpass\n# f")
    texts = [(found.source.slice(comment.span), comment.own_line) for comment in found.comments]
    assert texts == [("# a", True), ("# b", False), ("# c", False), ("# d", True), ("# e", True), ("# f", True)]


def test_statements_over_several_lines() -> None:
    text = (
        'import os, wandb\nwandb.init(\n    id="i"\n)\nos.environ["A"] = "x"\nf(\n)\n'
        'if (a\n    ): os.environ["B"] = \\\n  "y"\n'
    )
    found = readable(text)
    assert [found.source.slice(span) for span in found.statements] == [
        'wandb.init(\n    id="i"\n)',
        'os.environ["B"] = \\\n  "y"',
    ]


# ---- Programs and settings files


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('os.system("python train.py --x 1")', [("python", ["train.py", "--x", "1"])]),
        ('os.system("cd a && A=1 python b.py; ls")', [("python", ["b.py"]), ("ls", [])]),
        ("os.system('echo \"$X\" y')", []),
        ("os.system('cat \"$X\" y')", [("cat", [None, "y"])]),
        ('os.system("env A=1 sudo python x.py")', [("python", ["x.py"])]),
        ("os.system('echo \"')", []),
        ("os.system(command)", [("", [])]),
        ('subprocess.run(["python", "-m", name, "b"])', [("python", ["-m", None, "b"])]),
        ('subprocess.run([sys.executable, "a.py"])', [("python", ["a.py"])]),
        ('subprocess.Popen(args=("bash", *rest))', [("bash", [None])]),
        ('subprocess.check_call("ls -l", shell=True)', [("ls", ["-l"])]),
        ('os.execv("/bin/a", ["a", "b"])', [("/bin/a", ["b"])]),
        ('os.execlp("a", "a", "b")', [("a", ["b"])]),
        ('os.spawnv(os.P_WAIT, "a", ["a", "b"])', [("a", ["b"])]),
        ('os.popen("ls")', [("ls", [])]),
        ("run(['a'])", []),
    ],
)
def test_programs(text: str, expected: list[tuple[str, list[str | None]]]) -> None:
    found = readable(f"import os, subprocess, sys\n{text}\n")
    launches = [item for item in found.items if isinstance(item, Launch)]
    assert [(item.program, [word.text for word in item.arguments]) for item in launches] == expected


@pytest.mark.parametrize(
    ("text", "path", "overrides"),
    [
        ("load_dotenv()", ".env", False),
        ("load_dotenv(None)", ".env", False),
        ("load_dotenv('a.env')", "a.env", False),
        ("load_dotenv(dotenv_path='a.env', override=True)", "a.env", True),
        ("load_dotenv('a', None, False, True)", "a", True),
        ("load_dotenv(override=x)", ".env", False),
        ("load_dotenv(find_dotenv())", ".env", False),
        ("load_dotenv(find_dotenv('b.env'))", "b.env", False),
        ("load_dotenv(Path('a') / 'b' / '.env')", "a/b/.env", False),
        ("load_dotenv(os.path.join('a', '.env'))", "a/.env", False),
        ("load_dotenv(Path(__file__).parent / '.env')", None, False),
    ],
)
def test_settings_files(text: str, path: str | None, overrides: bool) -> None:
    imports = "import os\nfrom pathlib import Path\nfrom dotenv import load_dotenv, find_dotenv\n"
    (include,) = (item for item in readable(f"{imports}{text}\n").items if isinstance(item, Include))
    assert (include.path.text, include.loader, include.overrides) == (path, "python-dotenv", overrides)


def test_a_stream_is_no_settings_file() -> None:
    text = "from dotenv import load_dotenv, dotenv_values\nload_dotenv(stream=s)\ndotenv_values('.env')\n"
    assert readable(text).items == ()


# ---- Bytes


ASSIGNMENT = 'import os\nos.environ["A"] = "é"\n'


@pytest.mark.parametrize(
    "data",
    [
        ASSIGNMENT.encode(),
        b"\xef\xbb\xbf" + ASSIGNMENT.encode(),
        ("# -*- coding: utf-8 -*-\n" + ASSIGNMENT).encode(),
        ("# coding=latin-1\n" + ASSIGNMENT).encode("latin-1"),
        ("#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n" + ASSIGNMENT).encode("cp1252"),
        ASSIGNMENT.replace("\n", "\r\n").encode(),
        ASSIGNMENT.replace("\n", "\r").encode(),
        ("x = 1\r\n" + ASSIGNMENT + "y = 2\r").encode(),
        ("\f" + ASSIGNMENT + "\f\n").encode(),
        ("if 1:\n\tpass\n" + ASSIGNMENT + "    ").encode(),
        ASSIGNMENT.rstrip("\n").encode(),
        ("x = '''\r\n\f'''\r\n" + ASSIGNMENT).encode(),
        ("# \0\n" + ASSIGNMENT).encode(),
    ],
)
def test_encodings_and_line_ends(data: bytes) -> None:
    found = facts(data)
    (binding,) = found.bindings()
    assert found.unreadable == ()
    assert binding.value.text == "é"
    assert found.source.slice(binding.span) == 'os.environ["A"] = "é"'
    assert found.source.slice(binding.value_span) == '"é"'


def test_line_ends_in_a_text_read_as_line_feeds() -> None:
    found = facts(b'import os\r\nos.environ["A"] = """x\r\ny\rz"""\r\n')
    (binding,) = found.bindings()
    assert binding.value.text == "x\ny\nz"
    assert found.source.slice(binding.value_span) == '"""x\r\ny\rz"""'


PLAIN = 'os.environ["WANDB_MODE"] = "offline"  # c\n'


@pytest.mark.parametrize(
    "text",
    [
        PLAIN + "def f(\n",
        PLAIN + "print 'wandb'\n",
        PLAIN + "x = 'abc\n",
        PLAIN + "x = 1\0\n",
        PLAIN + "x = " + "(" * 5000,
        "# coding: nope\n" + PLAIN,
        "# coding: rot13\n" + PLAIN,
        PLAIN.encode() + b"x = '\xff'\n",
    ],
)
def test_files_that_are_no_python(text: str | bytes) -> None:
    found = facts(text, WANTED)
    (unreadable,) = found.unreadable
    (binding,) = found.bindings()
    assert unreadable.reason.endswith("; plain os.environ lines in it were still read")
    assert (binding.variable, binding.value.text, binding.form) == ("WANDB_MODE", "offline", "environ-item")
    assert found.source.slice(binding.name_span) == "WANDB_MODE"
    assert found.source.slice(binding.value_span) == '"offline"'
    assert found.scopes[0].kind == "file"


def test_the_place_of_an_error() -> None:
    found = facts("import wandb\nx = 1\ndef f(:\n    pass\n", WANTED)
    (unreadable,) = found.unreadable
    assert unreadable.span is not None
    assert found.source.position(unreadable.span.start).line == 3
    assert unreadable.reason == "it is not valid Python (invalid syntax)"


def test_an_unreadable_file_without_anything_wanted_is_no_matter() -> None:
    found = facts("def f(\n", WANTED)
    assert (found.items, found.unreadable) == ((), ())


def test_the_reason_never_quotes_the_file() -> None:
    secret = "0123456789abcdef" * 2 + "01234567"
    for text in (f"wandb.login(key='{secret}\n", f"wandb {secret}\n", f"wandb.init({secret}=1=2)\n"):
        (unreadable,) = facts(text, WANTED).unreadable
        assert secret not in unreadable.reason


def test_nothing_is_lost_without_a_word() -> None:
    (part,) = value("x" + ".y" * 30).parts
    assert isinstance(part, Unknown)
    nested = value("str(" * 40 + "'x'" + ")" * 40)
    assert nested.possible() == ()
    wide = value(" if a else ".join(f"'{number}'" for number in range(200)))
    assert not wide.exhaustive
    assert not any(isinstance(part, Choice) and len(part.options) > 200 for part in wide.parts)
