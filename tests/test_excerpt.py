"""An excerpt keeps lines and columns, and of the text what matters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from envlint.excerpt import around
from envlint.source import Source, Span

ENDS = st.sampled_from(["\n", "\r\n", "\r"])
LINES = st.lists(st.tuples(st.text(st.sampled_from("ab \ufeffé\udc80😀"), max_size=6), ENDS), min_size=1, max_size=60)


@given(LINES, st.booleans(), st.data())
def test_kept_spans_stay_where_they_were(lines: list[tuple[str, str]], open_end: bool, data: st.DataObject) -> None:
    text = "".join(line + end for line, end in lines)
    text = text.rstrip("\r\n") if open_end else text
    source = Source("x", b"\xef\xbb\xbf" + text.encode("utf-8", "surrogateescape"))
    text = source.text
    starts = data.draw(st.lists(st.integers(0, len(text)), min_size=1, max_size=3))
    spans = [Span(start, data.draw(st.integers(start, min(len(text), start + 9)))) for start in starts]
    excerpt = around(source, spans)
    for span in spans:
        moved = excerpt.moved(span)
        assert moved is not None
        assert excerpt.source.slice(moved) == source.slice(span)
        assert excerpt.source.position(moved.start) == source.position(span.start)
        line = source.position(span.start).line
        for near in range(max(line - 2, 1), min(line + 2, source.line_count) + 1):
            assert excerpt.source.slice(excerpt.source.line_span(near)) == source.slice(source.line_span(near))


def test_what_is_far_away_is_left_out() -> None:
    source = Source("x", b"aaaa\n" * 1000)
    before = 801 - 1 - 11 - 5
    excerpt = around(source, [Span(2500, 2504), Span(4000, 4004)])
    assert excerpt.source.text.count("a") == 4 * 22
    assert excerpt.source.line_count < source.line_count
    assert excerpt.moved(Span(0, 4)) is None
    # Lines 496 to 506 and 796 to 806 are kept; of all others before the second span only line ends are left.
    assert excerpt.moved(Span(4000, 4004)) == Span(4000 - 3 * before, 4004 - 3 * before)
