"""The laws where secrets are looked for in Python: time that grows with the text, places that hold what they say."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envlint.credentials import Credentials
from envlint.facts import Wanted
from envlint.source import Source
from envlint.surfaces.python import read

CREDENTIALS = Credentials(
    names=frozenset({"wandbapikey", "wandbkey", "wandblogin"}),
    fields=frozenset({"apikey", "key", "password"}),
    sections=frozenset({"wandb", "wandbconfig"}),
    hosts=frozenset({"api.wandb.ai"}),
)
CALLS = {"wandb.login": ("key",), "wandb.Api": ("overrides", "timeout", "api_key"), "wandb login": ("key",)}
WANTED = Wanted(CALLS, ("wandb", "WANDB"), ("wandb",), CREDENTIALS)
RANDOM = Random("keys")
KEY = "".join(RANDOM.choice("0123456789abcdef") for _ in range(40))


def seconds(text: str) -> float:
    source = Source("train.py", text.encode())
    start = time.process_time()
    read(source, WANTED)
    return time.process_time() - start


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda n: f'x = ["wandb", "login", {f"{KEY!r}, " * n}]\n', id="login list"),
        pytest.param(lambda n: "x = {" + f'"name": "WANDB_API_KEY", "value": "{KEY}", ' * n + "}\n", id="pairs"),
        pytest.param(lambda n: f"f({f'{KEY!r}, ' * n}{''.join(f'k{i}=WANDB_KEY, ' for i in range(n))})\n", id="call"),
        pytest.param(lambda n: f'big = "wandb{KEY * n}"\n' + "x.wandb_key = big\n" * n, id="one text, many names"),
        pytest.param(lambda n: f"big = {{{f'1: {KEY!r}, ' * n}}}\n" + "x.wandb_key = big\n" * n, id="one dict, many"),
        pytest.param(
            lambda n: f"h = {{{f'1: {KEY!r}, ' * n}}}\n" + 'get("https://api.wandb.ai", headers=h)\n' * n, id="headers"
        ),
        pytest.param(lambda n: f'"""wandb\n{f"WANDB_API_KEY={KEY} {chr(92)}n" * n}"""\n', id="escapes in a text"),
        pytest.param(lambda n: f'"""wandb\n{f"password {KEY} " * n}"""\n', id="passwords in a text"),
        pytest.param(lambda n: f'"""wandb login {"-" * 40 * n}"""\n', id="dashes"),
        pytest.param(lambda n: f'"""{"wandb_" * 10 * n}={KEY}"""\n', id="a long name"),
        pytest.param(lambda n: "class WandbConfig:\n" + f"    key = {KEY!r}\n" * n, id="one name, bound often"),
        pytest.param(lambda n: f"({'wandb_key, ' * n}) = ({f'{KEY!r}, ' * n})\n", id="targets"),
        pytest.param(lambda n: "wandb (\n" + f"{KEY} = " * n, id="no Python"),
    ],
)
def test_time_grows_no_faster_than_the_text(shape: Callable[[int], str]) -> None:
    small, large = (min(seconds(shape(n)) for _ in range(2)) for n in (250, 1_000))
    assert large < max(9 * small, 0.25)


PIECES = st.sampled_from(
    [
        *("wandb", "WANDB_API_KEY", "wandb_key", "login", "wandb login ", "api_key", "key", "os.environ", "KEY"),
        *("=", ":", "==", "(", ")", "[", "]", "{", "}", ",", ".", "+", "%", ":=", "lambda ", "if ", " else ", " or "),
        *('"', "'", '"""', "f'", "b'", "\\n", "\\x41", "\\", "\n", "\n    ", " ", "\0", "\r\n", "é", "!", "#", "-"),
        *("password ", "https://api:", "@api.wandb.ai", "def f", "class Wandb", "return ", "import ", " as ", "@"),
        *(KEY, KEY[:20], KEY.upper(), "base64.b64decode", "input=", "headers=", "[::-1]", ".format", ".join", "$"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_text_raises_and_each_place_holds_its_secret(text: str) -> None:
    found = read(Source("train.py", text.encode()), WANTED)
    size = len(found.source.text)
    for credential in found.credentials():
        assert 0 <= credential.value_span.start < credential.value_span.end <= size
        assert credential.span.end <= size
        for piece in credential.value.literals():
            assert piece.span is not None
            if piece.span.end - piece.span.start == len(piece.text):
                written = found.source.slice(piece.span)
                assert piece.text in (written, written[::-1])


VALUES = st.sampled_from(
    [f'"{KEY}"', f'("{KEY[:9]}" "{KEY[9:]}")', f'"{KEY[:9]}" + "{KEY[9:]}"', f'f"{KEY}"', "f'{HELD}'", "HELD"]
)
NOTATIONS = st.sampled_from(
    [
        "wandb_key = {}",
        "cfg.wandb.api_key = {}",
        'x = {{"wandb": {{"key": {}}}}}',
        "train(1, wandb_key={})",
        'x = ["wandb", "login", {}]',
        'os.system("wandb login " + {})',
        'if os.environ["WANDB_API_KEY"] == {}:\n    pass',
        'getenv("WANDB_API_KEY", {})',
        "def f(wandb_key={}):\n    pass",
        "def f():\n    class C:\n        wandb_key = {}",
        "while x:\n    try:\n        wandb_key = {}\n    finally:\n        pass",
    ]
)


@settings(max_examples=200, deadline=None)
@given(NOTATIONS, VALUES, st.sampled_from(["\n", "\r\n", "\r"]))
def test_one_key_in_every_spelling_is_seen_in_every_notation(notation: str, value: str, line_end: str) -> None:
    text = f'import wandb\nHELD = "{KEY}"\n{notation.format(value)}\n'.replace("\n", line_end)
    found = read(Source("train.py", text.encode()), WANTED)
    values = [credential.value for credential in found.credentials()]
    values += [each.value for call in found.calls() if call.function == "wandb login" for each in call.arguments]
    assert KEY in {known for value in values for known in value.possible()}
