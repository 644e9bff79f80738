"""Embedded texts: the facts of an inner text stand where their characters stand in the outer file."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from envlint.embedded import Embedded, joined, placed, verbatim
from envlint.facts import Binding, Facts, Wanted
from envlint.library import read
from envlint.source import Source, Span

WANTED = Wanted(needles=("WANDB",))


def placed_bindings(outer: Source, embedded: Embedded, surface: str) -> Facts:
    inner = read(embedded.source(outer), surface, WANTED)
    return placed(inner, embedded, outer, first=1, parent=0)


def test_a_span_as_it_stands() -> None:
    outer = Source("Makefile", b"all:\n\texport WANDB_MODE=offline; python t.py\n")
    at = outer.text.index("export")
    facts = placed_bindings(outer, verbatim(outer, Span(at, len(outer.text))), "shell")
    (binding,) = facts.bindings()
    assert outer.slice(binding.value_span) == "offline"
    assert outer.slice(binding.span) == "export WANDB_MODE=offline"
    assert [outer.slice(piece.span) for piece in binding.value.literals() if piece.span] == ["offline"]


def test_an_escape_spells_one_character_with_two() -> None:
    text = 'import os\nos.environ["WANDB_MODE"] = "offline"\n'
    outer = Source("n.ipynb", json.dumps(text).encode())
    facts = placed_bindings(outer, decoded(outer.text), "python")
    (binding,) = facts.bindings()
    assert outer.slice(binding.value_span) == r"\"offline\""
    assert outer.slice(binding.name_span) == "WANDB_MODE"


def decoded(text: str) -> Embedded:
    """A JSON string of ASCII characters with simple escapes, quotes included."""
    pieces, at = [], 1
    while at < len(text) - 1:
        width = 2 if text[at] == "\\" else 1
        pieces.append(Embedded(json.loads(f'"{text[at : at + width]}"'), [at], [at + width], at + width))
        at += width
    return joined(pieces, at)


def test_scopes_keep_their_order_below_the_outer_one() -> None:
    outer = Source("x", b"(export WANDB_MODE=offline)\n(export WANDB_MODE=online)\n")
    inner = read(outer, "shell", WANTED)
    moved = placed(inner, verbatim(outer, Span(0, len(outer.text))), outer, first=7, parent=3)
    assert len(moved.scopes) == len(inner.scopes) - 1
    assert {scope.parent for scope in moved.scopes} <= {3, *range(7, 7 + len(moved.scopes))}
    for before, after in zip(inner.items, moved.items, strict=True):
        assert after.scope == (3 if before.scope == 0 else before.scope + 6)


@given(st.text(alphabet=st.sampled_from("WANDB_MODE=abc \n'\"$()é"), max_size=60), st.text(max_size=10))
def test_what_is_moved_by_a_prefix_is_moved_by_nothing_else(script: str, before: str) -> None:
    outer = Source("x.sh", (before + script).encode("utf-8", "surrogatepass"))
    if outer.text != before + script:
        return
    plain = read(Source("x.sh", script.encode("utf-8", "surrogatepass")), "shell", WANTED)
    moved = placed_bindings(outer, verbatim(outer, Span(len(before), len(outer.text))), "shell")
    pairs = zip(plain.items, moved.items, strict=True)
    for inner, item in pairs:
        assert item.span == Span(inner.span.start + len(before), inner.span.end + len(before))
        if isinstance(inner, Binding) and isinstance(item, Binding):
            assert item.value.possible() == inner.value.possible()


def test_every_code_point_of_a_text_is_one_of_its_source() -> None:
    outer = Source(".env", b"A=\xff\nB=1\n")
    assert verbatim(outer, Span(0, len(outer.text))).source(outer).text == outer.text
    # Half a character, as JSON can spell one.
    spelled = Embedded("a\ud800b", [0, 1, 7], [1, 7, 8], 8)
    assert len(spelled.source(outer).text) == len(spelled.text)
