"""What the dotenv surface reads: texts, bindings, positions, and what it says of lines that are dropped."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envlint.facts import Binding, Comment, Facts, Launch, Wanted
from envlint.source import Source, Span
from envlint.surfaces.dotenv import read

EVERYTHING = Wanted(needles=("",))
WANDB = Wanted(needles=("WANDB_",))


def facts(text: str | bytes, wanted: Wanted = EVERYTHING) -> Facts:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return read(Source(".env", data), wanted)


def bindings(text: str) -> list[tuple[str, str | None]]:
    return [(binding.variable, binding.value.unset().text) for binding in facts(text).bindings()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1", [("A", "1")]),
        ("A=1\nB=2\n", [("A", "1"), ("B", "2")]),
        ("\n\n  A=1  \n", [("A", "1")]),
        ("export A=1", [("A", "1")]),
        ("export\tA=1", [("A", "1")]),
        ("export=1", [("export", "1")]),
        ("A = 1", [("A", "1")]),
        ("A=", [("A", "")]),
        ("A=  \nB=1", [("A", ""), ("B", "1")]),
        ("A=a b", [("A", "a b")]),
        ("A=a # c", [("A", "a")]),
        ("A=a#c", [("A", "a#c")]),
        ("A=#c", [("A", "#c")]),
        ("A= # c", [("A", "")]),
        ("A=a\u00a0# c", [("A", "a")]),
        ('A="a" # c', [("A", "a")]),
        ('A="a"# c', [("A", "a")]),
        ("A='a # b'", [("A", "a # b")]),
        ('A=""', [("A", "")]),
        ("A=''", [("A", "")]),
        (r'A="a\nb\t\"c\" \\"', [("A", 'a\nb\t"c" \\')]),
        (r'A="a\$b\q"', [("A", r"a\$b\q")]),
        (r"A='a\'b\\c\n'", [("A", r"a'b\c\n")]),
        (r"A=a\nb", [("A", r"a\nb")]),
        ('A="a\nb"\nB=1', [("A", "a\nb"), ("B", "1")]),
        ("A='a\r\nb'\r\nB=1\r\n", [("A", "a\nb"), ("B", "1")]),
        ("A=1\rB=2", [("A", "1"), ("B", "2")]),
        ("A=x\\\nB=1", [("A", "x\\"), ("B", "1")]),
        ("'A'=1", [("A", "1")]),
        ("'A B'=1", [("A B", "1")]),
        ("A+=1\nA-B=2\n1K=3\nA.B=4", [("A+", "1"), ("A-B", "2"), ("1K", "3"), ("A.B", "4")]),
        ("A=1\nA=2", [("A", "1"), ("A", "2")]),
        ("A=b=c", [("A", "b=c")]),
        ("A=$(id)`id`~/x;y&z", [("A", "$(id)`id`~/x;y&z")]),
        ('A={"a": "b"}', [("A", '{"a": "b"}')]),
        ("# A=1\nB=2", [("B", "2")]),
        ("A=\u00e9\0x", [("A", "\u00e9\0x")]),
        ("\ufeffA=1", [("A", "1")]),
    ],
)
def test_values_are_those_of_python_dotenv(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert bindings(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nB=${A}", "1"),
        ("A=1\nB='${A}'", "1"),
        ('A=1\nB="x${A}y"', "x1y"),
        ("A=1\nB=$A", "$A"),
        ("A=1\nA=2\nB=${A}", "2"),
        ("A=\nB=${A:-d}", ""),
        ("A\nB=${A:-d}", ""),
        ("B=${A:-d}", "d"),
        ("B=${A:-}", ""),
        ("B=${A}\nA=1\nC=${B}.", "."),
        ("A=1\nB=${A:-d}", "1"),
        ("B=${A:-${C}}", "${C}"),
        ("B=${A:x}", "${A:x}"),
        ("B=${A", "${A"),
        ("B=${}", ""),
        ("A=1\nB=${A:${A}}", "${A:1}"),
        (r"B=\${A}", "\\"),
        ("A=1\nB=${A}\nC=${B}${B}", "11"),
    ],
)
def test_references_are_replaced_by_what_earlier_lines_set(text: str, expected: str) -> None:
    assert bindings(text)[-1][1] == expected


def test_a_name_that_the_file_does_not_set_stays_open() -> None:
    plain, default = facts("A=${X}\nB=${X:-offline}").bindings()
    assert (plain.value.possible(), plain.value.exhaustive) == ((), False)
    assert (default.value.possible(), default.value.exhaustive) == (("offline",), False)
    assert [ref.name for ref in (*plain.value.refs(), *default.value.refs())] == ["X", "X"]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ('WANDB_A="x', "quote is not closed"),
        ("WANDB_A='x", "quote is not closed"),
        ('WANDB_A="a"b', "more than a comment"),
        ("WANDB_A: v", "more than a comment"),
        ("'WANDB_A=1", "quote around the name"),
        ("''=WANDB_A", "the name is empty"),
        ("=WANDB_A", "no name"),
    ],
)
def test_a_dropped_statement_is_unreadable_and_takes_its_line_alone(text: str, cause: str) -> None:
    read_facts = facts(f"# c\n{text}\nB=1\n", WANDB)
    (unreadable,) = read_facts.unreadable
    assert unreadable.span == Span(4, 4 + len(text))
    assert cause in unreadable.reason
    assert "python-dotenv drops" in unreadable.reason
    assert [binding.variable for binding in read_facts.bindings()] == ["B"]


def test_a_dropped_statement_that_names_nothing_wanted_is_let_be() -> None:
    assert facts("OTHER: v\n", WANDB).unreadable == ()


def test_a_name_without_a_value_binds_nothing() -> None:
    read_facts = facts("WANDB_MODE\n", WANDB)
    assert (read_facts.items, read_facts.unreadable) == ((), ())


@pytest.mark.parametrize(
    ("text", "whole", "name", "value"),
    [
        (" A = 1 # c", "A = 1", "A", "1"),
        ("export A='x'", "export A='x'", "A", "'x'"),
        ("'A'=\"x\ny\"", "'A'=\"x\ny\"", "A", '"x\ny"'),
        ("A=  ", "A=", "A", ""),
        ("\u00e9\nA=\u00e9", "A=\u00e9", "A", "\u00e9"),
    ],
)
def test_spans(text: str, whole: str, name: str, value: str) -> None:
    read_facts = facts(text)
    binding = list(read_facts.bindings())[-1]
    spans = (binding.span, binding.name_span, binding.value_span)
    assert tuple(map(read_facts.source.slice, spans)) == (whole, name, value)


def test_literals_cover_the_characters_that_spell_them() -> None:
    read_facts = facts('A="a\\tb${X}c"\nB=<${A}>')
    _, last = read_facts.bindings()
    spelled = [(part.text, read_facts.source.slice(part.span)) for part in last.value.literals() if part.span]
    assert spelled == [("<", "<"), ("a\tb", "a\\tb"), ("c", "c"), (">", ">")]


def test_comments_and_whether_they_stand_alone() -> None:
    read_facts = facts("# a\n  # b\nA=1 # c\nB='x' # d\nC= # e\nD # f\nE=#g\nexport # h\n")
    found = [(read_facts.source.slice(comment.span), comment.own_line) for comment in read_facts.comments]
    alone = [("# a", True), ("# b", True)]
    assert found == [*alone, *((f"# {letter}", False) for letter in "cdefh")]


def test_a_comment_in_a_value_is_one() -> None:
    assert facts("A=x # envlint: ignore[y]").comments == (Comment(Span(4, 24), own_line=False),)


def test_statements_are_those_of_several_lines() -> None:
    read_facts = facts("A='x\ny'\nB=1\n")
    assert read_facts.statements == (Span(0, 7),)


def test_bytes_that_are_not_utf8_fail_the_whole_file_and_the_rest_is_still_read() -> None:
    read_facts = facts(b"A=1\nB=\xff\nC=3\n", Wanted())
    (unreadable,) = read_facts.unreadable
    assert unreadable.span == Span(6, 7)
    assert "UnicodeDecodeError" in unreadable.reason
    assert [binding.value.text for binding in read_facts.bindings()] == ["1", None, "3"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_utf16_fails_the_whole_file_and_is_still_read(encoding: str) -> None:
    read_facts = facts("WANDB_MODE=offline\n".encode(encoding), Wanted())
    assert [unreadable.span for unreadable in read_facts.unreadable] == [None]
    assert [binding.value.text for binding in read_facts.bindings()] == ["offline"]


def test_an_envrc_is_a_script_of_bash() -> None:
    text = 'export A="x y" # c\nB=$(id)\nC=1 D=$A\nexport C\n# e\ndotenv .env.local\n'
    found = read(Source("deep/.envrc", text.encode()), EVERYTHING)
    seen = [(one.variable, one.value.text, one.form) for one in found.bindings()]
    assert found.surface == "dotenv"
    assert seen == [
        ("A", "x y", "shell-export"),
        ("B", None, "shell-assign"),
        ("C", "1", "shell-assign"),
        ("D", "x y", "shell-assign"),
    ]
    assert [one.program for one in found.items if isinstance(one, Launch)][-1] == "dotenv"
    assert [found.source.slice(comment.span) for comment in found.comments] == ["# c", "# e"]


TEXTS = st.text(
    st.sampled_from("AB=#'\"\\ \t\n\r${}:-x.\0\u00a0\u2028\u00e9\udcff") | st.characters(exclude_categories=["Cs"]),
    max_size=60,
)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_no_text_raises_and_spans_read_back(text: str) -> None:
    source = Source(".env", text.encode("utf-8", "surrogateescape"))
    read_facts = read(source, EVERYTHING)
    size = len(source.text)
    for binding in read_facts.bindings():
        assert_binding_reads_back(source, binding)
    for comment in read_facts.comments:
        assert source.slice(comment.span).startswith("#")
    for unreadable in read_facts.unreadable:
        assert unreadable.span is None or 0 <= unreadable.span.start < unreadable.span.end <= size


def assert_binding_reads_back(source: Source, binding: Binding) -> None:
    name = source.slice(binding.name_span)
    assert name.replace("\r\n", "\n").replace("\r", "\n") == binding.variable
    assert binding.name_span in binding.span
    assert binding.value_span in binding.span
    for part in binding.value.literals():
        assert part.span is not None
        written = source.slice(part.span)
        assert part.text == written or "\\" in written or "\r" in written


@pytest.mark.parametrize(
    "piece",
    ['A="', "'", "A='\n", "${", "${a:-", 'A="\\', "A=${A}${A}\n", " ", "\\", "A=\0\n", "A=x #", "\n", "'a' b\n", "="],
)
def test_hostile_texts_take_time_in_proportion_to_their_length(piece: str) -> None:
    # Worse than linear would be hours at this length; the bound leaves room for a slow machine.
    text = "A=" + piece * (150_000 // len(piece))
    start = time.monotonic()
    facts(text)
    assert time.monotonic() - start < 20


def test_random_keys_are_read_whole() -> None:
    key = "".join(random.Random(1).choices("0123456789abcdef", k=40))
    read_facts = facts(f'WANDB_API_KEY="{key}"')
    (binding,) = read_facts.bindings()
    assert [read_facts.source.slice(part.span) for part in binding.value.literals() if part.span] == [key]
