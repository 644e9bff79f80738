"""Which calls of tracked functions the Python surface sees, under which names, and which arguments they get."""

from __future__ import annotations

import pytest

from envlint.facts import Binding, Call, Facts, Wanted
from envlint.source import Source
from envlint.surfaces.python import read

CALLS = {
    "wandb.init": ("entity", "project", "dir"),
    "wandb.setup": ("settings",),
    "wandb.Settings": (),
    "wandb.init.watch": ("models", "criterion", "log"),
    "accelerate.Accelerator.init_trackers": ("project_name", "config", "init_kwargs"),
}
HANDS = {
    "wandb.init": {"settings": "wandb.Settings"},
    "wandb.setup": {"settings": "wandb.Settings"},
    "accelerate.Accelerator.init_trackers": {"init_kwargs.wandb": "wandb.init"},
}
WANTED = Wanted(CALLS, ("",), hands=HANDS, objects=frozenset({"wandb.Settings"}))
IMPORTS = "import functools, os, sys\nimport wandb\nfrom accelerate import Accelerator\nfrom functools import partial\n"


def facts(text: str) -> Facts:
    found = read(Source("train.py", (IMPORTS + text + "\n").encode()), WANTED)
    assert found.unreadable == ()
    return found


def calls(text: str) -> list[tuple[str, dict[str, str | None], bool]]:
    return [
        (call.function, {each.name: each.value.unset().text for each in call.arguments}, call.open)
        for call in facts(text).calls()
    ]


INIT = "wandb.init"
TRACKERS = "accelerate.Accelerator.init_trackers"
SETTINGS = "wandb.Settings"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('run = wandb.init\nrun(project="p")', [(INIT, {"project": "p"}, False)]),
        ('partial(wandb.init, "e")("p")', [(INIT, {"entity": "e", "project": "p"}, False)]),
        ('p = partial(wandb.init, project="p")\np(dir="d")', [(INIT, {"project": "p", "dir": "d"}, False)]),
        ('p = partial(wandb.init, project="p")\np(project="q")', [(INIT, {"project": "q"}, False)]),
        ('p = functools.partial(wandb.init, mode="m")\np()\np()', [(INIT, {"mode": "m"}, False)] * 2),
        ('p = partial(wandb.init, mode="m")\ncall(p)', [(INIT, {"mode": "m"}, True)]),
        ('call(partial(wandb.init, mode="m"))', [(INIT, {"mode": "m"}, True)]),
        (
            'from functools import partial as later\np = later(wandb.init, mode="m")\np()',
            [(INIT, {"mode": "m"}, False)],
        ),
        ('p = partial(print, mode="m")\np()', []),
        ("p = partial(*x)\np()", []),
        ("p = partial(wandb.init, **x)\np()", [(INIT, {}, True)]),
    ],
)
def test_names_and_partials(text: str, expected: list[tuple[str, dict[str, str | None], bool]]) -> None:
    assert calls(text) == expected


WATCH = "wandb.init.watch"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('s = wandb.Settings()\ns.mode = "m"', [(SETTINGS, {}, False), (SETTINGS, {"mode": "m"}, True)]),
        ('def f(s: wandb.Settings):\n    s.mode = "m"', [(SETTINGS, {"mode": "m"}, True)]),
        (
            'class A:\n  def a(self):\n    self.s = wandb.Settings()\n  def b(self):\n    self.s.mode = "m"',
            [(SETTINGS, {}, False), (SETTINGS, {"mode": "m"}, True)],
        ),
        (
            's = wandb.Settings()\ns.mode, s.console = "m", "c"',
            [(SETTINGS, {}, False), (SETTINGS, {"mode": "m"}, True), (SETTINGS, {"console": "c"}, True)],
        ),
        ('s = wandb.Settings()\ns = other()\ns.mode = "m"', [(SETTINGS, {}, False)]),
        ('s = other()\ns.mode = "m"', []),
        ('wandb.config.mode = "m"', []),
    ],
)
def test_attributes_that_are_arguments(text: str, expected: list[tuple[str, dict[str, str | None], bool]]) -> None:
    assert calls(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'run = wandb.init()\nrun.watch(m, log="all")',
            [(INIT, {}, False), (WATCH, {"models": None, "log": "all"}, False)],
        ),
        ('wandb.init().watch(m, log="all")', [(WATCH, {"models": None, "log": "all"}, False), (INIT, {}, False)]),
        ("def f(run):\n    run.watch(m)", []),
        ("init.watch(m)", []),
        ("run = other()\nrun.watch(m)", []),
    ],
)
def test_methods_of_what_a_function_gives(text: str, expected: list[tuple[str, dict[str, str | None], bool]]) -> None:
    assert calls(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('wandb.init(tags=["a", "b"])', ["a", "b"]),
        ('wandb.init(tags=("a", *b))', ["a", None]),
        ('T = ["a"]\nwandb.init(tags=T)', ["a"]),
        ('T = ["a"]\nf(T)\nwandb.init(tags=T)', []),
        ('wandb.init(**{"tags": ["a"]})', ["a"]),
        ('wandb.init(**dict(tags=["a"]))', ["a"]),
        ('wandb.init(tags="a")', []),
        ("wandb.init(tags=[])", []),
    ],
)
def test_elements_of_lists(text: str, expected: list[str | None]) -> None:
    (call,) = facts(text).calls()
    (argument,) = call.arguments
    assert [element.text for element in argument.elements] == expected


@pytest.mark.parametrize(
    ("text", "followed"),
    [
        ("wandb.init(config=vars(options), mode=MODE)", True),
        ('setattr(options, "MODE", "n")\nwandb.init(mode=MODE)', True),
        ("def f():\n    wandb.init(config=locals(), mode=MODE)", True),
        ('vars()["MODE"] = "n"\nwandb.init(mode=MODE)', False),
        ('locals()["MODE"] = "n"\nwandb.init(mode=MODE)', False),
        ('this = sys.modules[__name__]\nsetattr(this, "MODE", "n")\nwandb.init(mode=MODE)', False),
        ('import __main__ as this\nvars(this)["MODE"] = "n"\nwandb.init(mode=MODE)', False),
        ("call(vars)\nwandb.init(mode=MODE)", False),
        ('setattr(find(), "MODE", "n")\nwandb.init(mode=MODE)', False),
    ],
)
def test_names_that_may_change_out_of_sight(text: str, followed: bool) -> None:
    (call,) = facts('MODE = "m"\n' + text).calls()
    assert [each.value.text for each in call.arguments if each.name == "mode"] == ["m" if followed else None]


def test_a_partial_that_is_handed_on_runs_later() -> None:
    found = facts('call(partial(wandb.init, mode="m"))')
    (call,) = found.calls()
    assert [found.scopes[at].kind for at in found.ancestors(call.scope)] == ["function", "file"]


def test_what_a_partial_holds_was_evaluated_where_it_was_made() -> None:
    text = 'os.environ["A"] = "x"\np = partial(wandb.init, mode=os.environ["A"])\nos.environ["A"] = "y"\np()'
    assert [arguments["mode"] for _, arguments, _ in calls(text)] == [None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('wandb.init(settings={"mode": "m"})', {"mode": "m"}),
        ('wandb.init(settings=dict(mode="m"))', {"mode": "m"}),
        ('s = {"mode": "m"}\ns["console"] = "c"\nwandb.init(settings=s)', {"mode": "m", "console": "c"}),
        ('wandb.setup({"mode": "m"})', {"mode": "m"}),
        ('wandb.init(settings=wandb.Settings(mode="m"))', {"mode": "m"}),
    ],
)
def test_settings_in_a_mapping(text: str, expected: dict[str, str]) -> None:
    assert [arguments for function, arguments, _ in calls(text) if function == SETTINGS] == [expected]


@pytest.mark.parametrize("text", ["wandb.init(settings=x)", "wandb.init(settings=None)", "wandb.init(project={})"])
def test_no_settings(text: str) -> None:
    assert [function for function, _, _ in calls(text)] == [INIT]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('accelerator = Accelerator()\naccelerator.init_trackers("p")', [(TRACKERS, {"project_name": "p"}, False)]),
        ('Accelerator().init_trackers("p")', [(TRACKERS, {"project_name": "p"}, False)]),
        ('def f(a: Accelerator):\n    a.init_trackers("p")', [(TRACKERS, {"project_name": "p"}, False)]),
        ('def f(accelerator):\n    accelerator.init_trackers("p")', [(TRACKERS, {"project_name": "p"}, False)]),
        (
            "class T:\n    def __init__(self):\n        self.a = Accelerator()\n    def f(self):\n"
            '        self.a.init_trackers("p")',
            [(TRACKERS, {"project_name": "p"}, False)],
        ),
        ('self.accelerator.init_trackers("p")', [(TRACKERS, {"project_name": "p"}, False)]),
        ('other = Other()\nother.init_trackers("p")', []),
        ('accelerator = Other()\naccelerator.init_trackers("p")', []),
        ('trainer.init_trackers("p")', []),
    ],
)
def test_methods(text: str, expected: list[tuple[str, dict[str, str | None], bool]]) -> None:
    assert calls(text) == expected


def test_arguments_that_a_method_hands_on() -> None:
    text = 'a = Accelerator()\na.init_trackers("p", init_kwargs={"wandb": {"name": "n"}, "other": {"name": "o"}})'
    first, second = calls(text)
    assert first == (INIT, {"name": "n"}, True)
    assert second[0] == TRACKERS


# ---- Defaults


ARGPARSE = "import argparse\np = argparse.ArgumentParser()\n"


@pytest.mark.parametrize(
    ("before", "expression"),
    [
        (f'{ARGPARSE}p.add_argument("--mode", default="x")\nargs = p.parse_args()', "args.mode"),
        (f'{ARGPARSE}p.add_argument("-m", "--wandb-mode", default="x")\nargs = p.parse_args()', "args.wandb_mode"),
        (f'{ARGPARSE}p.add_argument("--mode", dest="m", default="x")\nargs = p.parse_args()', "args.m"),
        (f'{ARGPARSE}p.add_argument("-m", default="x")\nargs = p.parse_args()', "args.m"),
        (f'{ARGPARSE}p.add_argument("mode", nargs="?", type=str, default="x")\nargs = p.parse_args()', "args.mode"),
        (f'{ARGPARSE}p.set_defaults(mode="x")\nconfig, rest = p.parse_known_args()', "config.mode"),
        (f'{ARGPARSE}p.add_argument_group("g").add_argument("--mode", default="x")', "args.mode"),
        (f'{ARGPARSE}X = "x"\np.add_argument("--mode", default=X)\na = p.parse_args()', "a.mode"),
        (f'{ARGPARSE}p.add_argument("--mode", default="x")', "self.args.mode"),
        ('from absl import flags\nflags.DEFINE_string("mode", "x", "help")\nFLAGS = flags.FLAGS', "FLAGS.mode"),
        ('class C:\n    mode: str = "x"', "C.mode"),
        ('class C:\n    mode: str = "x"\nc = C()', "c.mode"),
        ('class C:\n    mode: str = field(default="x")\nc = C()', "c.mode"),
        ('class D:\n    mode = "x"\nclass C:\n    d: D = field(default_factory=D)\nc = C()', "c.d.mode"),
        ('class D:\n    mode = "x"\nclass C:\n    d = D()\nc = C()', "c.d.mode"),
    ],
)
def test_a_default_is_one_possibility(before: str, expression: str) -> None:
    value = list(facts(f'{before}\nos.environ["A"] = {expression}').bindings())[-1].value
    assert value.possible() == ("x",)
    assert not value.exhaustive


@pytest.mark.parametrize(
    "before",
    [
        f'{ARGPARSE}p.add_argument("--mode")\nargs = p.parse_args()',
        f'{ARGPARSE}p.add_argument("--mode", type=convert, default="x")\nargs = p.parse_args()',
        f'{ARGPARSE}p.add_argument("--mode", default=args.mode)\nargs = p.parse_args()',
        f'{ARGPARSE}p.add_argument("--mode", default="x")\nargs = other()',
        "class args:\n    mode = 'x'\n    mode = 'y'",
    ],
)
def test_no_default(before: str) -> None:
    value = list(facts(f'{before}\nos.environ["A"] = args.mode').bindings())[-1].value
    assert value.possible() == ()


@pytest.mark.parametrize(
    "header",
    [
        'def f(mode="x"):',
        'def f(mode: str = typer.Option("x", help="h")):',
        'def f(mode: str = typer.Option(default="x")):',
        'def f(mode: Annotated[str, typer.Option()] = "x"):',
        '@click.command()\n@click.option("--mode", default="x")\ndef f(mode):',
        '@click.option("-m", "--other", "mode", default="x")\ndef f(mode):',
        '@click.argument("mode", default="x")\ndef f(mode):',
    ],
)
def test_a_default_of_a_parameter_is_one_possibility(header: str) -> None:
    (binding,) = facts(f'{header}\n    os.environ["A"] = mode').bindings()
    assert binding.value.possible() == ("x",)
    assert not binding.value.exhaustive


# ---- Loops


def bindings(found: Facts) -> list[tuple[str, str | None]]:
    return [(binding.variable, binding.value.unset().text) for binding in found.bindings()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('for k, v in {"A": "x", "B": "y"}.items(): os.environ[k] = v', [("A", "x"), ("B", "y")]),
        ('for k, v in [("A", "x"), ("B", "y")]:\n    os.environ[k] = v', [("A", "x"), ("B", "y")]),
        ('for k in ("A", "B"):\n    os.environ.setdefault(k, "x")', [("A", "x"), ("B", "x")]),
        ('D = {"A": "x", "B": True}\nfor k in D:\n    os.environ[k] = str(D[k])', [("A", "x"), ("B", "True")]),
        ('D = {"A": "x"}\nD["B"] = "y"\nfor k, v in D.items():\n    os.environ[k] = v', [("A", "x"), ("B", "y")]),
        ('L = ["A", "B"]\nfor k in L:\n    os.environ["V_" + k] = k.lower()', [("V_A", "a"), ("V_B", "b")]),
        ('for k in ["A"]:\n    n = k * 2\n    os.environ[k] = n', [("A", "AA")]),
        ('for k in ["A"]:\n    n = k + "B"\n    os.environ[n] = n', [("AB", "AB")]),
        ('for k in names:\n    os.environ[k] = "x"', []),
        ('for k in ["A", b]:\n    os.environ[k] = "x"', [("A", "x")]),
        ('L = ["A"]\nL.append(x)\nfor k in L:\n    os.environ[k] = "x"', []),
        ('for k in ["A", "B"]:\n    k = other\n    os.environ[k] = "x"', []),
        ('for k, v in [("A", "x"), pair]:\n    os.environ[k] = v', []),
    ],
)
def test_loops_over_what_is_written_out(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert bindings(facts(text)) == expected


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("    os.environ[k] = k", ["file"]),
        ("    if k == x: break\n    os.environ[k] = k", ["loop", "file"]),
    ],
)
def test_a_loop_that_nothing_ends_early_surely_does_it_all(body: str, kinds: list[str]) -> None:
    found = facts(f'for k in ("A", "B"):\n{body}')
    assert [[found.scopes[at].kind for at in found.ancestors(one.scope)] for one in found.bindings()] == [kinds] * 2


def test_a_name_of_a_loop_is_any_of_its_values() -> None:
    (call,) = facts('for m in ("x", "y"):\n    wandb.init(mode=m)').calls()
    assert isinstance(call, Call)
    assert call.arguments[0].value.possible() == ("x", "y")
    assert call.arguments[0].value.exhaustive


# ---- Environments of processes elsewhere


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('ray.init(runtime_env={"env_vars": {"A_B": "x"}})', "runtime-env"),
        ('env = {"A_B": "x"}\nray.init(runtime_env={"env_vars": env})', "runtime-env"),
        ('f.options(runtime_env=RuntimeEnv(env_vars={"A_B": "x"}))', "runtime-env"),
        ('modal.Secret.from_dict({"A_B": "x"})', "secret-dict"),
        ('image.env({"A_B": "x"})', "call-env"),
        ('Estimator(environment={"A_B": "x"})', "call-env"),
        ('V1EnvVar(name="A_B", value="x")', "name-value"),
        ('k8s.V1EnvVar("A_B", "x")', "name-value"),
        ('x = [{"name": "A_B", "value": "x"}]', "name-value"),
        ('x = {"Name": "A_B", "Value": "x"}', "name-value"),
    ],
)
def test_environments_elsewhere(text: str, form: str) -> None:
    found = facts(f"{text}\nwandb.init()")
    (binding,) = (item for item in found.items if isinstance(item, Binding))
    (call,) = found.calls()
    assert (binding.variable, binding.value.text, binding.form) == ("A_B", "x", form)
    assert found.scopes[binding.scope].kind == "command"
    assert binding.scope not in found.ancestors(call.scope)


@pytest.mark.parametrize(
    "text",
    [
        'os.getenv("A_B", "x")',
        'x = {"name": "ab", "value": "x"}',
        'x = {"name": "A_B", "other": "x"}',
        'plot(name="A_B", value="x")',
        'SomeDict.from_dict({"A_B": "x"})',
        'run(environment="A_B")',
    ],
)
def test_no_environments(text: str) -> None:
    assert list(facts(text).bindings()) == []


def test_a_decorator_sends_its_function_there() -> None:
    text = '@ray.remote(runtime_env={"env_vars": {"A_B": "x"}})\ndef f():\n    wandb.init()'
    found = facts(text)
    (binding,) = found.bindings()
    (call,) = found.calls()
    assert binding.scope in found.ancestors(call.scope)


# ---- Magics in an export


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('get_ipython().run_line_magic("env", "A=x")', [("A", "x")]),
        ('get_ipython().run_line_magic("set_env", "A x y")', [("A", "x y")]),
        ('get_ipython().run_line_magic("env", "A = \\"x\\"")', [("A", '"x"')]),
        ('get_ipython().magic("env A=x")', [("A", "x")]),
        ('get_ipython().magic("%env A=x")', [("A", "x")]),
        ('get_ipython().run_line_magic("env", "A=$x")', [("A", None)]),
        ('get_ipython().run_line_magic("env", "A={x}")', [("A", None)]),
        ('get_ipython().run_line_magic("env", "A")', []),
        ('get_ipython().run_line_magic("env", "")', []),
        ('get_ipython().run_line_magic("matplotlib", "A=x")', []),
        ('get_ipython().system("A=x python t.py")', [("A", "x")]),
        ('get_ipython().run_cell_magic("bash", "", "export A=x\\npython t.py\\n")', [("A", "x")]),
        ('get_ipython().run_cell_magic("html", "", "export A=x")', []),
        ('other().run_line_magic("env", "A=x")', []),
    ],
)
def test_magics(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert bindings(facts(text)) == expected
