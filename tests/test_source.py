"""Offsets, lines and columns of texts in every encoding that occurs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envlint.source import Position, Source, Span, merged, wide_encoding


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\n", "a\n"),
        (b"\xef\xbb\xbfa", "a"),
        ("a\u00e9".encode("utf-16"), "a\u00e9"),
        (b"\xfe\xff\x00a", "a"),
        (b"a\xffb", "a\udcffb"),
        (b"", ""),
    ],
)
def test_decoding(data: bytes, text: str) -> None:
    assert Source("f", data).text == text


def test_the_first_undecodable_byte_has_a_place() -> None:
    assert Source("f", b"ab\xffc\xfe").undecodable == Span(2, 3)
    assert Source("f", b"abc").undecodable is None
    assert Source("f", b"caf\xe9", encoding="latin-1").undecodable is None


def test_an_unknown_encoding_says_so() -> None:
    with pytest.raises(LookupError):
        _ = Source("f", b"a", encoding="no-such-encoding").text


@pytest.mark.parametrize(
    ("text", "offset", "position"),
    [
        ("ab", 1, Position(1, 2)),
        ("a\nb", 2, Position(2, 1)),
        ("a\r\nb", 3, Position(2, 1)),
        ("a\rb", 2, Position(2, 1)),
        ("\u00e9\U0001f600x", 2, Position(1, 3)),
        ("a\n", 2, Position(2, 1)),
        # A form feed or a line separator ends no line.
        ("a\x0c\u2028b", 3, Position(1, 4)),
    ],
)
def test_positions_count_code_points_from_one(text: str, offset: int, position: Position) -> None:
    assert Source("f", text.encode()).position(offset) == position


def test_line_spans_leave_out_the_line_end() -> None:
    source = Source("f", b"ab\r\ncd\n")
    assert [source.slice(source.line_span(line)) for line in (1, 2, 3)] == ["ab", "cd", ""]
    assert source.line_count == 3


characters = st.text(alphabet=st.sampled_from("ab\u00e9\u20ac\U0001f600\n\r"), max_size=30)


@given(characters, st.data())
def test_bytes_and_code_points_agree(text: str, data: st.DataObject) -> None:
    source = Source("f", text.encode())
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    span = Span(start, end)
    first, last = source.byte_range(span)
    assert source.utf8[first:last].decode() == source.slice(span)
    assert source.span_of_bytes(first, last) == span


@given(st.binary(max_size=40))
def test_no_bytes_are_too_odd(data: bytes) -> None:
    source = Source("f", data)
    assert len(source.utf8) >= len(source.text) or max(source.text) >= "\udc80"
    if not source.bom:
        assert source.utf8 == data


@given(characters)
def test_every_offset_lies_in_its_line(text: str) -> None:
    source = Source("f", text.encode())
    for offset in range(len(text) + 1):
        position = source.position(offset)
        assert source.line_span(position.line).start + position.column - 1 == offset


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_known_by_its_zeros(encoding: str) -> None:
    text = "WANDB_MODE=offline\r\nWANDB_NAME=é\r\n"
    assert Source("a", text.encode(encoding)).text == text


@pytest.mark.parametrize("data", [b"", b"a\0", b"\0" * 64, b"WANDB_MODE=off\0line", b"\1\2\3\4" * 20, b"ab\0\0" * 20])
def test_other_bytes_are_none_of_it(data: bytes) -> None:
    assert wide_encoding(data) is None


@pytest.mark.parametrize(
    ("spans", "apart", "expected"),
    [
        ([(5, 9), (0, 3)], 0, [(0, 3), (5, 9)]),
        ([(0, 3), (3, 4), (2, 6)], 0, [(0, 6)]),
        ([(0, 3), (5, 9)], 2, [(0, 9)]),
        ([(0, 9), (2, 3), (4, 4)], 0, [(0, 9)]),
    ],
)
def test_places_that_overlap_or_touch_are_one(spans: list[tuple[int, int]], apart: int, expected: object) -> None:
    assert [(span.start, span.end) for span in merged([Span(*span) for span in spans], apart)] == expected
