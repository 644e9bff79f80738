"""The notebook surface: what is read in which cell, where it stands in the file, and that no file is too much."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_notebooks import cells

from envlint import library
from envlint.facts import FILE, Binding, Call, Credential, Fact, Facts, Include, Launch, Read, Wanted
from envlint.knowledge import Knowledge
from envlint.packs import load_builtin
from envlint.source import Source
from envlint.surfaces.notebook import read
from envlint.surfaces.notebook.document import BrokenError, notebook_of
from envlint.surfaces.notebook.lines import logical_end

WANTED = Wanted(
    calls={"wandb.init": ("entity", "project"), "wandb login": ("key",)},
    needles=("WANDB", "wandb"),
    commands=("wandb",),
)


def facts_of(text: str) -> Facts:
    return read(Source("n.ipynb", text.encode("utf-8", "surrogatepass")), WANTED)


def own(facts: Facts) -> list[Binding]:
    """What the notebook sets for itself."""
    return [binding for binding in facts.bindings() if binding.scope == FILE and binding.form != "text"]


def texts(facts: Facts) -> dict[str, str | None]:
    return {binding.variable: binding.value.text for binding in own(facts)}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("%env WANDB_A=x", "x"),
        ("%env WANDB_A x", "x"),
        ("%env WANDB_A = x", "x"),
        ("%env  WANDB_A =  x  ", "x"),
        ("%set_env WANDB_A=x", "x"),
        ("%set_env WANDB_A x y", "x y"),
        ('%env WANDB_A="x"', '"x"'),
        ("%env WANDB_A='x'", "'x'"),
        ("%env WANDB_A=x # y", "x # y"),
        ("%env WANDB_A=x=y", "x=y"),
        ("%env WANDB_A=", ""),
        ("%env WANDB_A=\\n", "\\n"),
        ("%env WANDB_A=a \\\n b", "a   b"),
        ("%env WANDB_A=é😀", "é😀"),
        ("%env WANDB_A=$HOME/x", "$HOME/x"),
        ("%env WANDB_A={HOME}", "{HOME}"),
        ("%env WANDB_A={{x}}", None),
        ("%env WANDB_A=$$x", None),
        ("v = 'y'\n%env WANDB_A=$v", "y"),
        ("v = 'y'\n%env WANDB_A={v}-z", "y-z"),
        ("v = 'y'\n%env WANDB_A='$v'", None),
        ("v = 'y'\n%env WANDB_A={v}{v}", None),
        ("v = 'y'\n%env WANDB_A={v.upper()}", None),
        ("from x import *\n%env WANDB_A=$HOME", None),
        ("%env WANDB_A={f(1)}", None),
        ("x = %env WANDB_A=x", "x"),
        ("  %env WANDB_A=x\n  y = 1", "x"),
        ("%%time\n%env WANDB_A=x", "x"),
        ("%%capture out\n%%time\n  %env WANDB_A=x", "x"),
        ("env WANDB_A=x", "x"),
        ("%%capture\nenv WANDB_A=x", "x"),
        ("import os\n%time os.environ['WANDB_A'] = 'x'", "x"),
        ("import os\n%timeit -n1 -r 1 os.environ['WANDB_A'] = 'x'", "x"),
    ],
)
def test_a_line_sets(line: str, value: str | None) -> None:
    found = own(facts_of(cells(line)))
    assert [(binding.variable, binding.value.text) for binding in found] == [("WANDB_A", value)]


@pytest.mark.parametrize(
    "line",
    [
        "%env",
        "%env WANDB_A",
        "%env A B=WANDB",
        "%env =WANDB",
        "% env WANDB_A=x",
        "%env\tWANDB_A=x",
        "!export WANDB_A=x",
        "!!export WANDB_A=x",
        "x = !export WANDB_A=x",
        "%sx export WANDB_A=x",
        "%%bash\nexport WANDB_A=x",
        "%%script bash -e\nexport WANDB_A=x",
        "%sh\nexport WANDB_A=x",
        "%md\nWANDB_A",
        "%%python\nimport os\nos.environ['WANDB_A'] = 'x'",
        "%%writefile .env\nWANDB_A=x",
        "%%writefile x.py\nimport os\nos.environ['WANDB_A'] = 'x'",
        "%%html\n%env WANDB_A=x",
        "x = '''\n%env WANDB_A=x\n'''",
        "f(\n%env WANDB_A=x\n)",
        "# %env WANDB_A=x",
        "%env WANDB_A=x\nbroken(",
        "print()\n%%env WANDB_A=x",
        "import os\nos.environ['WANDB_A'] = 'x'\nbroken(",
    ],
)
def test_a_line_sets_nothing_for_the_notebook(line: str) -> None:
    assert own(facts_of(cells(line))) == []


def spelled(item: Fact) -> str:
    match item:
        case Binding(variable=name) | Read(variable=name) | Call(function=name):
            return name
        case Launch(program=program, arguments=arguments):
            return " ".join([program, *(value.text or "?" for value in arguments)])
        case Include(path=path):
            return path.text or "?"
        case _:
            return "?"


def test_order_and_scopes_are_those_of_the_cells() -> None:
    facts = facts_of(
        cells(
            "import os, wandb\n%env WANDB_A=1\nif x:\n    !wandb login\n    %env WANDB_B=2",
            "!python a.py\nos.environ['WANDB_C'] = '3'",
            "%run b.py --fast\n%dotenv -o c.env\n%pip install wandb==0.16\nwandb.init(project='x')",
        )
    )
    assert [(spelled(item), facts.scopes[item.scope].kind) for item in facts.items] == [
        ("WANDB_A", "file"),
        ("wandb login", "subshell"),
        ("wandb login", "subshell"),
        ("WANDB_B", "branch"),
        ("python a.py", "subshell"),
        ("WANDB_C", "file"),
        ("python b.py --fast", "subshell"),
        ("c.env", "file"),
        ("pip install wandb==0.16", "subshell"),
        ("wandb.init", "file"),
    ]
    assert [item.overrides for item in facts.items if isinstance(item, Include)] == [True]
    login = next(facts.calls())
    assert facts.scopes[facts.scopes[login.scope].parent or 0].kind == "branch"


def test_python_values_in_a_command_are_not_known() -> None:
    line = "!WANDB_A={mode} python $mode '{mode}' \"$mode\" $HOMER ${HOMER}"
    facts = facts_of(cells(f"mode = 'x'\n{line}"))
    (binding,) = facts.bindings()
    (launch,) = (item for item in facts.items if isinstance(item, Launch))
    assert binding.value.possible() == ()
    assert not binding.value.exhaustive
    assert [value.possible() for value in launch.arguments] == [()] * 5
    assert [[name.name for name in value.refs()] for value in launch.arguments] == [[], [], [], ["HOMER"], ["HOMER"]]
    assert not [item for item in facts.items if isinstance(item, Read) and "ipython" in item.variable]


_CELL = '%env WANDB_A=é\\"😀'


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"cells": [{"cell_type": "code", "source": [_CELL + "\n", "x"]}]}),
        json.dumps({"cells": [{"cell_type": "code", "source": _CELL}]}, ensure_ascii=False),
        '{"cells":[{"source":"%env \\u0057ANDB_A=\\u00E9\\u005c\\u0022\\ud83d\\uDE00","cell_type":"code"}]} \n',
        '\ufeff{ "cells" : [\n\n{"source": "no", "source"\t: [ "%env WANDB_A" , "=é\\\\\\"😀" ],"cell_type":"code"}]}',
        json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": [_CELL], "language": "python"}]}]}),
        json.dumps(
            {
                "cells": [7, [], {"cell_type": "code", "outputs": [{"a": [{"b": '}"]'}]}], "source": [_CELL, 3]}],
                "a": "wandb",
            }
        ),
    ],
    ids=["list", "string", "escapes", "odd", "format 3", "outputs"],
)
def test_the_same_cell_however_it_is_written(text: str) -> None:
    facts = read(Source("n.ipynb", text.encode()), Wanted(needles=("",)))
    assert texts(facts) == {"WANDB_A": 'é\\"😀'}
    (binding,) = own(facts)
    source = facts.source
    assert json.loads('"' + source.slice(binding.name_span) + '"') == "WANDB_A"
    (piece,) = binding.value.literals()
    assert piece.span is not None
    assert json.loads('"' + source.slice(piece.span) + '"') == 'é\\"😀'
    assert source.slice(binding.span).startswith("%env")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "wandb",
        '{"cells": [{"cell_type": "code", "source": ["wandb"]}]',
        '{"cells": [{"cell_type": "code", "source": ["wandb]}]}',
        '{"cells": [{"cell_type": "code", "source": ["wandb \\x"]}]}',
        '{"cells": [{"cell_type": "code" "source": ["wandb"]}]}',
        '{"cells": []} wandb',
        '<<<<<<< HEAD\n{"cells": ["wandb"]}',
        '{"wandb": }',
    ],
)
def test_what_is_no_json_is_unreadable(text: str) -> None:
    with pytest.raises(BrokenError):
        notebook_of(text)
    assert len(facts_of(text).unreadable) == ("wandb" in text)


@pytest.mark.parametrize(
    ("metadata", "python"),
    [
        ({}, True),
        ({"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}, True),
        ({"kernelspec": {"name": "my-env"}}, True),
        ({"language_info": {"name": "python", "version": "3.11"}}, True),
        ({"kernelspec": {"name": "ir", "language": "R"}}, False),
        ({"kernelspec": {"name": "ir"}}, False),
        ({"kernelspec": {"name": "julia-1.9"}}, False),
        ({"language_info": {"name": "bash"}}, False),
    ],
)
def test_kernels(metadata: dict[str, object], python: bool) -> None:
    cell = {"cell_type": "code", "source": ["%env WANDB_A=x"]}
    facts = facts_of(json.dumps({"cells": [cell], "metadata": metadata}))
    assert [binding.form for binding in facts.bindings()] == ["notebook-env" if python else "text"]


def test_what_is_no_code_is_searched_as_text() -> None:
    document = {
        "cells": [
            {"cell_type": "markdown", "source": "set WANDB_A=1"},
            {"cell_type": "code", "source": ["# WANDB_B=2\n", "1"], "outputs": [{"text": ["set WANDB_C=3"]}]},
            {"cell_type": "raw", "source": ["set WANDB_D=4"]},
            {"cell_type": "code", "source": ["%%writefile a.yaml\n", "set WANDB_E=5"]},
        ]
    }
    facts = facts_of(json.dumps(document))
    assert [(binding.variable, binding.form) for binding in facts.bindings()] == [
        (name, "text") for name in ("WANDB_A", "WANDB_C", "WANDB_D", "WANDB_E")
    ]
    assert [facts.cell(binding.span.start) for binding in facts.bindings()] == [1, 2, 3, 4]
    assert facts.cell(0) is None


def test_lines_are_those_of_the_code() -> None:
    sources = ("# a\nb = 1", "wandb\n")
    text = json.dumps({"cells": [{"cell_type": "code", "source": source} for source in sources]})
    facts = facts_of(text)
    assert [facts.line(text.index(part)) for part in ("cells", "# a", "b = 1", "wandb")] == [0, 1, 2, 4]
    assert [facts.source.slice(comment.span) for comment in facts.comments] == ["# a"]


def test_a_broken_cell_reaches_nothing() -> None:
    facts = facts_of(cells("import os", "os.environ['WANDB_A'] = 'x'\n(", "%env WANDB_B=y", "\0wandb", "(no name)("))
    assert texts(facts) == {"WANDB_B": "y"}
    assert [binding.variable for binding in facts.bindings()] == ["WANDB_A", "WANDB_B"]
    assert [facts.cell(region.span.start) for region in facts.unreadable if region.span is not None] == [2, 4]


def test_a_broken_cell_is_told_at_the_line_that_is_broken() -> None:
    facts = facts_of(cells("!pip install wandb\nx = 1\ny = = 2\n%env WANDB_A=x"))
    assert [facts.source.slice(region.span) for region in facts.unreadable if region.span is not None] == ["y = = 2"]


def test_half_a_character_is_no_python() -> None:
    facts = facts_of(cells("import os", "%env WANDB_A=\ud800", "%env WANDB_B=\ufffd"))
    assert texts(facts) == {"WANDB_B": "\ufffd"}
    assert [facts.cell(region.span.start) for region in facts.unreadable if region.span is not None] == [2]


def test_an_encoding_that_a_comment_tells_is_no_matter() -> None:
    body = "# -*- coding: latin-1 -*-\nimport wandb  # é😀\nwandb.init(project='é')"
    facts = facts_of(cells(body, "%%python\n" + body, "%%writefile a.py\n\ufeff" + body))
    projects = [call.argument("project") for call in facts.calls()]
    assert [project.value.text for project in projects if project is not None] == ["é"] * 3


def test_a_cell_that_only_one_parser_refuses_costs_itself() -> None:
    # libcst 1.9 fails on this with a TypeError, ast does not.
    facts = facts_of(cells("%env WANDB_A=x", "wandb = not(lambda: 1)", "import wandb\nwandb.init(project='y')"))
    assert texts(facts) == {"WANDB_A": "x"}
    assert [call.function for call in facts.calls()] == ["wandb.init"]
    assert [facts.cell(region.span.start) for region in facts.unreadable if region.span is not None] == [2]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("a\nb", 2),
        ("a\r\nb", 3),
        ("a\rb", 2),
        ("f(\n)\nb", 5),
        ("a \\\n b\nc", 7),
        ("'''\n'\n'''\nb", 10),
        ("'a\nb", 3),
        ("'a\\\nb'\nc", 7),
        ("# (\nb", 4),
        (")\nb", 2),
        ("'\\'(' #'\nb", 9),
        ("x = (", 5),
    ],
)
def test_logical_lines(text: str, end: int) -> None:
    assert logical_end(text, 0) == end


@st.composite
def written(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A notebook's JSON in some format, and what its code cells hold."""
    sources = draw(st.lists(st.lists(st.text(max_size=12), max_size=3), max_size=3))
    outputs = ("outputs", [{"text": '\\"}]', "data": {"x": [[1.5, None, "]"]]}}])
    made = []
    for source in sources:
        pair = ("source", source if draw(st.booleans()) else "".join(source))
        made.append(dict(draw(st.permutations([pair, ("cell_type", "code"), outputs]))))
    indent = draw(st.sampled_from([None, 0, 1, "\t"]))
    document = json.dumps({"metadata": {"a": [{}]}, "cells": made}, ensure_ascii=draw(st.booleans()), indent=indent)
    return document, ["".join(source) for source in sources]


@given(written())
@settings(max_examples=150, deadline=None)
def test_every_character_is_where_it_is_written(made: tuple[str, list[str]]) -> None:
    text, sources = made
    code = notebook_of(text).code
    assert [cell.source.text for cell in code] == sources
    for cell in code:
        pieces = (text[start:end] for start, end in zip(cell.source.starts, cell.source.ends, strict=True))
        assert [json.loads(f'"{piece}"') for piece in pieces] == list(cell.source.text)
        assert all(cell.span.start < start for start in cell.source.starts)


_WORDS = [
    *("%env WANDB_A=", "!", "%%bash\n", "%%time\n", "x = !", "\n", "{", "}", "$x", "'", '"""', "\\\n", "?", "wandb"),
    *("(", ")", " ", "\r", "if x:\n  ", "#", "\ufeff", "\u2028", "\x0c", "é", "%time ", "%run ", "%dotenv ", "="),
    *("%%writefile .env\n", "import os\n", "export WANDB_B=", "\0", "%%python\n", "%%script bash\n", "%sh\n", "pip "),
]


@given(st.lists(st.lists(st.sampled_from(_WORDS), max_size=14).map("".join), max_size=4))
@settings(max_examples=200, deadline=None)
def test_no_cell_raises_and_every_span_is_in_one_cell(sources: list[str]) -> None:
    text = json.dumps({"cells": [{"cell_type": "code", "source": ["# wandb\n", source]} for source in sources]})
    bare = json.dumps({"cells": [{"cell_type": "code", "source": source} for source in [*sources, "wandb"]]})
    for document in (text, bare):
        facts = facts_of(document)
        spans = [item.span for item in facts.items] + [comment.span for comment in facts.comments]
        for span in spans:
            assert 0 <= span.start <= span.end <= len(document)
            assert facts.cell(span.start) == facts.cell(max(span.start, span.end - 1)) is not None
        for index, scope in enumerate(facts.scopes):
            assert scope.parent is None or scope.parent < index


@given(st.text(alphabet='{}[]",:\\ \n1wandbcelsourty_p', max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_text_raises(text: str) -> None:
    assert facts_of('{"cells": [' + text).surface == "notebook"


def _hostile(size: int) -> Iterator[tuple[str, str]]:
    yield "nested outputs", '{"wandb": ' + "[" * size + "]" * size + "}"
    yield "open brackets", '{"wandb": ' + "[{" * size
    yield "backslashes", '{"wandb": "' + "\\" * size
    yield "quotes", '{"wandb": "' + '\\"' * size + '"}'
    yield "escapes", cells("wandb = '" + "\\\té" * size + "'")
    yield "question marks", cells("wandb" + "? " * size + "x")
    yield "assignments", cells("wandb" + "a = " * size)
    yield "braces", cells("%env WANDB_A=" + "{a" * size, "%env WANDB_A=" + "{}" * size)
    yield "dollars", cells("a = 1\n%env WANDB_A=" + "$a " * size)
    yield "backslash and line end", cells("%env WANDB_A=" + "a \\\n" * size)
    yield "open strings", cells("wandb = '\n" * (size // 10))
    yield "open calls", cells("wandb(\n" * (size // 10))
    yield "indented", cells("\n".join(" " * 50 + "wandb" for _ in range(size // 50)))
    yield "blanks", cells("wandb\n" + " " * size + "x\n" + " " * size)
    yield (
        "blanks behind a magic",
        cells("%%wandb a" + " " * size + "b\n%env WANDB_A" + " " * size + "=\n%env " + " " * size),
    )
    yield "broken cells", cells(*["wandb("] * (size // 200))


@pytest.mark.parametrize("name", dict(_hostile(1)))
def test_time_is_linear(name: str) -> None:
    """Ten times the text may take twenty times as long, and some time to begin with."""
    took = []
    for size in (2_000, 20_000):
        text = dict(_hostile(size))[name]
        start = time.process_time()
        facts_of(text)
        took.append(time.process_time() - start)
    assert took[1] < 20 * took[0] + 0.3


def test_pictures_cost_next_to_nothing() -> None:
    picture = "".join(random.Random(1).choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef0123456789+/", k=400_000))
    cell = {"cell_type": "code", "source": ["import wandb"], "outputs": [{"data": {"image/png": picture}}]}
    text = json.dumps({"cells": [cell] * 10}, indent=1)
    start = time.process_time()
    facts_of(text)
    assert time.process_time() - start < 30


# ---- Held against IPython itself, where it is installed

_RUN = """
import contextlib, io, json, os, sys
from IPython.core.interactiveshell import InteractiveShell
told = []
for cells in json.load(sys.stdin):
    for name in [name for name in os.environ if name.startswith("WANDB")]:
        del os.environ[name]
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        whole = all([shell.run_cell(cell).success for cell in cells])
    told.append([whole, {name: value for name, value in os.environ.items() if name.startswith("WANDB")}])
json.dump(told, sys.__stdout__)
"""
_TEXTS = [
    *("x", '"x"', "'x'", "x # c", "$v", "{v}", "pre-$v", "a{v}b", "{v}{w}", "$v$w", "$HOMER/x", "${HOMER}", "{{v}}"),
    *("$$v", "{u}", "{1+1}", "a=b", "a b", "  x  ", "\\", "a\\n", "{", "}", "{v", "#", "", "%x", "!x", "?", "'$v'"),
    *('"$v"', "{v!r}", "$v.upper", "é", "x;y", "$id", "a\tb"),
]
_LINES = [
    *("%env NAME=TEXT", "%env NAME TEXT", "%env NAME = TEXT", "%set_env NAME TEXT", "%set_env NAME=TEXT", "%env NAME"),
    *("%env NAME=TEXT \\\n   more", "!export NAME=TEXT", "x = %env NAME=TEXT", "v = 'vv'", "if v:\n    %env NAME=TEXT"),
    *("os.environ['NAME'] = '''\n%env NAME=no\n'''", "%time os.environ['NAME'] = v", "os?", "x = %env NAME"),
    *("os.environ['NAME'] = os.environ.get('WANDB_A', 'd')", "os.environ['NAME'] = (\n  'a' # '\n 'b')"),
]


def _generated(chance: random.Random) -> list[str]:
    made = ["import os\nv='vee'\nw='dub'\nos.environ.update(WANDB_A='0', WANDB_B='0')"]
    for _ in range(chance.randint(1, 3)):
        lines = [
            line.replace("NAME", chance.choice(("WANDB_A", "WANDB_B"))).replace("TEXT", chance.choice(_TEXTS))
            for line in chance.choices(_LINES, k=chance.randint(1, 4))
        ]
        made.append(chance.choice(("", "", "%%capture\n", "%%time\n", "%%html\n", "\n")) + "\n".join(lines))
    return made


def test_ipython_agrees() -> None:
    chance = random.Random(5)
    jobs = [_generated(chance) for _ in range(60)]
    done = subprocess.run(
        [sys.executable, "-c", _RUN], input=json.dumps(jobs), capture_output=True, text=True, check=True, timeout=120
    )
    claimed = 0
    for job, (whole, environment) in zip(jobs, json.loads(done.stdout), strict=True):
        last = {binding.variable: binding for binding in facts_of(cells(*job)).bindings() if _sets(binding)}
        for name, binding in last.items() if whole else ():
            value = binding.value.unset()
            if binding.scope == FILE and value.exhaustive:
                claimed += 1
                assert environment.get(name) in value.possible(), job
    assert claimed > 30


def _sets(binding: Binding) -> bool:
    return binding.form.startswith(("notebook", "environ"))


def test_a_key_beside_pictures_is_found_and_the_pictures_are_no_words() -> None:
    chance = random.Random(2)
    key = "".join(chance.choices("0123456789abcdef", k=40))
    picture = "".join(chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef0123456789+/", k=400_000))
    lines = "\n".join(picture[at : at + 76] for at in range(0, len(picture), 76))
    outputs = [{"data": {"image/png": picture}}, {"data": {"image/png": lines}}, {"text": [f"WANDB_API_KEY={key}\n"]}]
    text = json.dumps({"cells": [{"cell_type": "code", "source": ["import wandb"], "outputs": outputs}] * 5})
    start = time.process_time()
    found = library.read(Source("n.ipynb", text.encode()), "notebook", _packs()).items
    assert time.process_time() - start < 30
    known = [piece.text for item in found if isinstance(item, Credential | Binding) for piece in item.value.literals()]
    assert known == [key] * 5


def _packs() -> Wanted:
    return Knowledge((load_builtin("wandb"),), {}).wanted
