"""Law: no report shows a key. Keys in many notations, seen from findings on, beside and after them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import at, finding, key, report, rule, source

from envlint.facts import Argument, Binding, Call, Facts, Launch, Read, Scope
from envlint.finding import Edit, Fix, Location, Related, Suppressed, mask_keys
from envlint.hidden import Hidden, cover
from envlint.report import FORMATS, Notice, Report, Style, facts, load
from envlint.source import Source, Span
from envlint.value import concat, literal

HEX, WORD = "0123456789abcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
SHAPES = [("", HEX, 40), ("local-", WORD[:62], 40), ("wandb_v1_", WORD, 77), ("team-wandb_v1_", WORD, 77)]
STYLES = [Style(width=20), Style(width=40, terminal=True, color=True), Style(width=200, verbose=True)]
RUN = 8


def joined(pieces: list[str], head: str, between: str, tail: str) -> tuple[str, list[str]]:
    return head + between.join(pieces) + tail, pieces


def continued(pieces: list[str]) -> tuple[str, list[str]]:
    whole = "\\\r\n".join(pieces)
    return f'export WANDB_API_KEY="{whole}" WANDB_MODE=ofline\n', [whole]


NOTATIONS: dict[str, Callable[[list[str]], tuple[str, list[str]]]] = {
    "plain": lambda pieces: joined(["".join(pieces)], "WANDB_API_KEY=", "", " WANDB_MODE=ofline\n"),
    "shell-quotes": lambda pieces: joined(pieces, "A='", "'\"\"'", "' WANDB_MODE=ofline\n"),
    "python": lambda pieces: joined(pieces, 'os.environ["A"] = (\n  "', '"\n  "', '"\n)  # ofline\n'),
    "sum": lambda pieces: joined(pieces, "a='", "' + f'", "'; ofline\n"),
    "notebook": lambda pieces: joined(["".join(pieces)], '   "%env WANDB_API_KEY=', "", '\\n", ofline\n'),
    "url": lambda pieces: joined(["".join(pieces)], "https://api:", "", "@host/ ofline\n"),
    "continued": continued,
    "long": lambda pieces: joined(pieces, "x " * 500 + "A='", "' '", "' ofline" + " y" * 500 + "\n"),
}


@st.composite
def leaks(draw: st.DrawFn) -> tuple[str, Report]:
    """The random part of a key, and a report of a file that holds it."""
    prefix, alphabet, length = draw(st.sampled_from(SHAPES))
    generator = random.Random(draw(st.integers(0, 2**32)))
    secret = "".join(generator.choice(alphabet) for _ in range(length))
    cuts = draw(st.lists(st.integers(1, len(secret) - 1), unique=True, max_size=5).map(sorted))
    whole = prefix + secret
    bounds = [0, *(len(prefix) + cut for cut in cuts), len(whole)]
    pieces = [whole[start:end] for start, end in pairwise(bounds)]
    text, shown = NOTATIONS[draw(st.sampled_from(sorted(NOTATIONS)))](pieces)
    where = source("a.sh", f"# before\n{text}# after\n")
    spans: list[Span] = []
    for piece in shown:
        start = where.text.index(piece, spans[-1].end if spans else 0)
        spans.append(Span(start, start + len(piece)))
    # A careless check: it quotes the key, or a good part of it.
    careless = draw(st.sampled_from([whole, f"'{whole}'", f"x={secret[:20]}...", secret[-16:], "nothing"]))
    half = Span(spans[0].start, spans[0].start + max(1, len(pieces[0]) // 2))
    places = [Span(0, 3), half, spans[0].to(spans[-1]), at(where, "ofline"), at(where, "after")]
    found = tuple(
        finding(
            where,
            place,
            rule=f"rule-{number}",
            message=careless,
            help=careless,
            variable=careless,
            related=(Related(Location(where, places[0]), careless), Related(Location(where, spans[-1]), careless)),
            fix=Fix(careless, (Edit(where, place, careless),), safe=True),
            suppressed=Suppressed("comment", careless) if number == 1 else None,
        )
        for number, place in enumerate(places)
    )
    notices = (Notice("b.sh", 1, careless),)
    return secret, report(*found, unreadable=notices, secrets={where: tuple(spans)})


def shown_run(secret: str, output: str) -> str | None:
    """Eight characters of the key in a row that the output holds."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    return next((secret[at : at + RUN] for at in range(len(secret) - RUN + 1) if secret[at : at + RUN] in plain), None)


@pytest.mark.parametrize("format", sorted(FORMATS))
@settings(max_examples=60, deadline=None)
@given(leak=leaks())
def test_no_format_shows_a_key(format: str, leak: tuple[str, Report]) -> None:
    secret, leaking = leak
    for style in STYLES:
        assert shown_run(secret, "".join(load(format).render(leaking, style))) is None


def test_keys_in_a_rules_own_words() -> None:
    bad = rule("x", check=f"{key()}")
    words = {name: getattr(bad, name) for name in bad.__dataclass_fields__}
    example = type(bad.bad[0])({"a.env": f"WANDB_API_KEY={key(9)}\n"})
    leaking = report(rules=(type(bad)(**{**words, "summary": key(), "why": key(), "bad": (example,)}),))
    output = "".join(load("sarif").render(leaking, Style()))
    assert shown_run(key(), output) is None
    assert shown_run(key(9), output) is None


@pytest.mark.parametrize("format", ["json", "text"])
def test_facts_show_no_key(format: str) -> None:
    secret, other, named = key(1), key(2), key(3)
    where = source("a.py", f"A='{secret[:15]}' '{secret[15:]}'\nB='x{other}'\n{named}\n")
    pieces = [at(where, secret[:15]), at(where, secret[15:])]
    split = concat([literal(secret[:15], pieces[0]), literal(secret[15:], pieces[1])])
    shaped = literal(f"x{other}", at(where, f"x{other}"))
    here = Span(0, 1)
    arguments = (Argument("key", split, here, here), Argument("host", shaped, here, here))
    items = (
        Binding("WANDB_API_KEY", split, "environ-item", here, here, here),
        Binding("CARRIED", literal(secret[:15], pieces[0]), "shell-assign", here, here, here),
        Binding("B", shaped, "dotenv", here, here, here),
        Binding("SHORT", literal("hunter2-hunter2", None), "dotenv", here, here, here),
        Call("wandb.login", arguments, False, here, here),
        Read(named, here, shaped),
        Launch("wandb", (literal("login"), split), here),
    )
    read = Facts(where, "python", items, (Scope("file", None, here),))
    output = "".join(
        facts.render([read], {where: pieces}, format, cwd="/", secret={"WANDB_API_KEY", "SHORT"}.__contains__)
    )
    for hidden in (secret, other, named, "hunter2-hunter2"):
        assert shown_run(hidden, output) is None
    assert cover(secret) in output


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        (key(), f"{key()[:4]}…(40 characters)"),
        ("x" * 32, "xxxx…(32 characters)"),
        ("x" * 31, "…(31 characters)"),
        ("a", "…(1 characters)"),
        ("ab\\\n" + "c" * 40, "ab\\…(44 characters)"),
    ],
)
def test_cover(secret: str, shown: str) -> None:
    assert cover(secret) == shown


def test_spans_that_touch_are_one() -> None:
    where = Source("a", b"0123456789")
    hidden = Hidden({where: (Span(4, 6), Span(1, 2), Span(2, 4), Span(8, 9), Span(5, 5))})
    assert hidden.spans(where) == [Span(1, 6), Span(8, 9)]
    assert hidden.text(where, Span(0, 10), lambda _: "*") == "0*67*9"
    assert hidden.text(where, Span(3, 8), lambda _: "*") == "*67"
    assert not hidden.touches(where, Span(6, 8))
    assert hidden.touches(where, Span(8, 9))


def test_words_of_the_language_are_no_secret() -> None:
    where = source("a.sh", "WANDB_API_KEY=your_own_api_key_here\nB=wandb_v1_0\n")
    hidden = Hidden({where: (at(where, "your_own_api_key_here"), at(where, "wandb_v1_0"))})
    sentence = "write your_own_api_key_here: a wandb_v1_ key"
    assert hidden.words(sentence) == sentence


def test_many_keys_cost_no_more_than_their_number() -> None:
    def cost(count: int) -> float:
        where = source("a.sh", "".join(f"A={key(seed)} B=ofline\n" for seed in range(count)))
        spans = [Span(50 * line + 2, 50 * line + 42) for line in range(count)]
        found = [finding(where, span) for span in spans]
        started = process_time()
        for format in FORMATS:
            "".join(load(format).render(report(*found, secrets={where: spans}), Style()))
        return process_time() - started

    # Some two seconds where each key costs the same; minutes where each is compared with each.
    assert cost(1000) < 60


def test_a_key_of_letters_only_behind_a_prefix_is_shaped_like_one() -> None:
    letters = "".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", k=40))
    assert letters[4:12] not in mask_keys(f"WANDB_MODE=local-{letters} is none")
    assert mask_keys("a-" + "x" * 40) == "a-" + "x" * 40


def test_a_placeholder_hides_no_name_of_a_variable() -> None:
    made_up = "YOUR_API_KEY_HERE_0123456789_0123456789"
    source = Source("a", f"WANDB_API_KEY={made_up}".encode())
    assert Hidden({source: [Span(14, 14 + len(made_up))]}).words("WANDB_API_KEY") == "WANDB_API_KEY"
