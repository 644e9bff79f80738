"""What a value says of itself, in the open reading (something outside may set names) and the closed one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envlint.source import Span
from envlint.value import (
    MAX_TEXTS,
    Constant,
    Value,
    choice,
    concat,
    literal,
    ref,
    unknown,
)

A, B = literal("a"), literal("b")


@pytest.mark.parametrize(
    ("value", "possible", "exhaustive"),
    [
        (Value(), ("",), True),
        (A, ("a",), True),
        (concat([A, B]), ("ab",), True),
        (choice([A, B]), ("a", "b"), True),
        (concat([A, choice([B, Value()])]), ("ab", "a"), True),
        (unknown("a call"), (), False),
        (concat([A, unknown("a call")]), (), False),
        (choice([A, unknown("a call")]), ("a",), False),
        # ${X}: anything, from outside.
        (ref("X"), (), False),
        # ${X:-a}: the default is written down, so it is a possibility.
        (ref("X", default=A), ("a",), False),
        # ${X:+a}: set or not, only these two.
        (ref("X", default=Value(), alternate=A), ("a", ""), True),
        (Value((Constant(None),)), (), False),
    ],
)
def test_open_reading(value: Value, possible: tuple[str, ...], exhaustive: bool) -> None:
    assert value.possible() == possible
    assert value.exhaustive is exhaustive
    assert value.text == (possible[0] if exhaustive and len(possible) == 1 else None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ref("X"), ""),
        (ref("X", default=A), "a"),
        (ref("X", default=ref("Y", default=B)), "b"),
        (ref("X", default=Value(), alternate=A), ""),
        (concat([A, ref("X"), B]), "ab"),
        (choice([ref("X", default=A), A]), "a"),
    ],
)
def test_closed_reading_takes_every_name_as_unset(value: Value, text: str) -> None:
    assert value.unset().text == text


def test_what_is_certain_of_a_partly_known_value() -> None:
    value = concat([literal("./runs/"), ref("X"), literal("/x")])
    assert value.prefix == "./runs/"
    assert list(value.fragments()) == ["./runs/", "/x"]
    assert value.min_length == 9


@pytest.mark.parametrize(
    ("value", "is_text", "may_be_none"),
    [
        (A, True, False),
        (Value(), True, False),
        (unknown("a call"), False, True),
        (unknown("a list", type="list"), False, False),
        (unknown("an f-string", type="str"), True, False),
        (concat([A, unknown("a call")]), True, False),
        (Value((Constant(None),)), False, True),
        (Value((Constant(False),)), False, False),
        (choice([A, Value((Constant(None),))]), False, True),
        (ref("X", default=A), True, False),
        (ref("X"), True, False),
    ],
)
def test_whether_it_is_a_text(value: Value, is_text: bool, may_be_none: bool) -> None:
    assert value.is_text is is_text
    assert value.may_be_none is may_be_none


def test_literals_keep_the_place_where_they_are_written() -> None:
    value = concat([literal("a", Span(0, 1)), ref("X", default=literal("d", Span(5, 6)))])
    assert [piece.span for piece in value.literals()] == [Span(0, 1), Span(5, 6)]


def test_doubling_does_not_grow_without_end() -> None:
    value = A
    for _ in range(100):
        value = concat([value, value])
    assert value.possible() == ()
    assert value.exhaustive is False


def test_nesting_does_not_grow_without_end() -> None:
    value = ref("X")
    for _ in range(10_000):
        value = ref("X", default=value)
    assert value.unset().exhaustive is False or value.unset().possible() == ("",)


def test_more_texts_than_can_be_listed_are_not_called_all() -> None:
    bits = choice([literal("0"), literal("1")])
    value = concat([bits] * 10)
    assert len(value.possible()) == MAX_TEXTS
    assert value.exhaustive is False


texts = st.text(alphabet="ab", max_size=2)
values = st.recursive(
    texts.map(literal) | st.just(unknown("outside")) | st.just(ref("X")),
    lambda inner: (
        st.lists(inner, max_size=3).map(concat)
        | st.lists(inner, min_size=1, max_size=3).map(choice)
        | inner.map(lambda value: ref("X", default=value))
    ),
    max_leaves=8,
)


@given(values)
def test_the_certain_parts_agree_with_every_possible_text(value: Value) -> None:
    for text in value.possible():
        assert text.startswith(value.prefix)
        assert len(text) >= value.min_length


@given(values)
def test_the_closed_reading_has_no_names_and_stays_possible(value: Value) -> None:
    closed = value.unset()
    assert list(closed.refs()) == []
    if value.exhaustive:
        assert set(closed.possible()) <= set(value.possible())
