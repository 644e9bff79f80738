"""Laws of the shell surface: no text raises, spans lie where they say, hostile texts end in linear time."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from envlint.facts import Binding, Facts, Launch, Wanted
from envlint.source import Source, Span
from envlint.surfaces.shell import read, read_ranges

WANTED = Wanted(needles=("A", "WANDB"), commands=("wandb",))

MARKS = "$ $A ${A:- ${A:= ${ } $( ) (( )) [[ ]] [ ] { ; ;; & && | || < > << <<- <<< ' \" ` \\ # ! ~ * ? = : , + - @"
WORDS = """
A B=x C+=y if then elif else fi for in do done while until case esac select function time coproc E x 1 EOF é
export declare -x -i local readonly unset eval . set -a trap read printf -v env sudo docker run -e wandb login
"""
BLANKS = ("\n", "\r", "\t", "\0", " ", "\ufeff", "\udcff", "\U0001f600")
TOKENS = [*MARKS.split(), *WORDS.split(), *BLANKS]

scripts = st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=3)), max_size=60).map("".join)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def assert_lawful(found: Facts) -> None:
    text = found.source.text
    whole = Span(0, len(text))
    for scope in found.scopes:
        assert scope.span in whole
    for item in found.items:
        assert item.span in whole
        assert 0 <= item.scope < len(found.scopes)
        if isinstance(item, Binding):
            assert item.name_span in whole
            assert item.value_span in whole
            written = found.source.slice(item.name_span)
            assert item.variable == written or "\\\n" in written or "$" in found.source.slice(item.span)
            for part in item.value.literals():
                assert part.span is None or part.span in whole
            item.value.unset().possible()
        if isinstance(item, Launch):
            assert item.program
    for at, scope in enumerate(found.scopes):
        assert (scope.parent is None) == (at == 0)
        assert scope.parent is None or scope.parent < at
    for comment in found.comments:
        assert found.source.slice(comment.span).startswith("#")
    for span in found.statements:
        assert "\n" in found.source.slice(span)
    for region in found.unreadable:
        assert region.span is None or region.span in whole


@given(scripts, st.sampled_from(["", "#!/bin/sh\n", "#!/bin/zsh\n"]))
@settings(max_examples=500, deadline=None)
@example("A='", "")
@example("A=$(", "")
@example("a <<E", "")
@example("a <<'", "")
@example("case x in", "")
@example("\\", "")
@example("A=\\", "")
@example("$", "")
@example("f()", "")
def test_no_text_raises(script: str, first: str) -> None:
    assert_lawful(read(Source("a.sh", encoded(first + script)), WANTED))


@given(st.binary(max_size=80))
@settings(max_examples=200, deadline=None)
def test_no_bytes_raise(data: bytes) -> None:
    assert_lawful(read(Source("a.sh", data), WANTED))


@given(scripts, st.lists(st.integers(0, 60), min_size=2, max_size=6))
@settings(max_examples=200, deadline=None)
def test_ranges_keep_to_themselves(script: str, cuts: list[int]) -> None:
    source = Source("Dockerfile", encoded(script))
    places = sorted({min(cut, len(source.text)) for cut in cuts})
    ranges = [Span(start, end) for start, end in zip(places[::2], places[1::2], strict=False)]
    found = read_ranges(source, ranges, WANTED)
    if len(ranges) < 2:
        # A name may begin in one range and end in the next, and then its span holds what lies between.
        assert_lawful(found)
    for item in found.items:
        assert not ranges or item.span in ranges[0].to(ranges[-1])


@given(scripts)
@settings(max_examples=100, deadline=None)
def test_a_script_is_read_the_same_wherever_it_stands(script: str) -> None:
    """As a file of its own, and as a range within another text: the same facts, moved."""
    alone = read(Source("a.sh", encoded(script)), WANTED)
    # A first line may choose the shell, and a first comment may be a directive.
    if script.startswith(("#", "\ufeff")) or "SBATCH" in script:
        return
    before = "é: "
    host = Source("x.yaml", encoded(before + script + " "))
    moved = read_ranges(host, [Span(len(before), len(host.text) - 1)], WANTED, dialect="bash")
    assert [type(item) for item in moved.items] == [type(item) for item in alone.items]
    for here, there in zip(alone.items, moved.items, strict=True):
        assert there.span == Span(here.span.start + len(before), here.span.end + len(before))


HOSTILE: dict[str, Callable[[int], str]] = {
    "open substitutions": lambda n: "A=" + "$(" * n,
    "closed substitutions": lambda n: "A=" + "$(" * n + "x" + ")" * n,
    "open arithmetic": lambda n: "((" * n,
    "open expansions": lambda n: 'A="${a:-' * n,
    "closed expansions": lambda n: "A=" + '"${a:-' * n + '}"' * n,
    "parentheses": lambda n: "( " * n,
    "braces": lambda n: "{ " * n,
    "if": lambda n: "if " * n,
    "closed if": lambda n: "if a; then " * n + "x" + "; fi" * n,
    "else if": lambda n: "if a; then b; else " * n,
    "elif": lambda n: "if a; then A=1\n" + "elif b; then A=2\n" * n + "fi\n",
    "case": lambda n: "case x in " * n,
    "branches of a case": lambda n: "case x in\n" + "".join(f"a{at}) A{at}=1;;\n" for at in range(n)) + "esac\n",
    "arrays": lambda n: "A=(" * n,
    "backquotes": lambda n: "`" * n,
    "double quotes": lambda n: '"' * n,
    "single quotes": lambda n: "'" * (2 * n),
    "quotes and text": lambda n: "A=" + "'a'b" * n,
    "escapes": lambda n: "A=" + "\\a" * n,
    "here-documents on a line": lambda n: "cat <<A " * n,
    "here-documents": lambda n: "cat <<A\n$A\nA\n" * n,
    "open here-documents": lambda n: "cat <<A\n" * n,
    "pipeline": lambda n: "a |" * n + "a",
    "and": lambda n: "a && " * n + "a",
    "and with assignments": lambda n: "".join(f"x && A{at}=1\n" for at in range(n)),
    "one name, many branches": lambda n: "".join(f"x && A={at}\n" for at in range(n)),
    "doubling": lambda n: "A=$A$A\n" * n,
    "defaults": lambda n: "A=${A:-$A}\n" * n,
    "functions": lambda n: "".join(f"f{at}() {{ A{at}=1; f{at + 1}; }}\nf{at}\n" for at in range(n // 4)),
    "function headers": lambda n: "f() " * n,
    "loops": lambda n: "for A in x y; do B=$A; done\n" * n,
    "nested loops": lambda n: ("for i in a; do " * 20 + "A=1; " + "done; " * 19 + "done\n") * (n // 20),
    "broken lines": lambda n: "A=1 )\n" * n,
    "brackets": lambda n: "a[" * n,
    "extended patterns": lambda n: "case x in " + "@(" * n,
    "redirections": lambda n: "a " + "> f " * n,
    "less than": lambda n: "<" * n,
    "NUL bytes": lambda n: "\0" * n,
    "words": lambda n: "a " * n,
    "options": lambda n: "docker run " + "-e A=1 " * n,
    "commas": lambda n: "srun --export=" + "A=1," * n + " x",
    "one word": lambda n: "A=" + "x" * (50 * n),
    "one string": lambda n: 'A="' + "x y " * (50 * n) + '"',
    "one comment": lambda n: "#" * (50 * n),
    "carriage returns": lambda n: "A=x\r\n" * n,
    "tildes": lambda n: "A=" + "~:" * n,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_end(text: Callable[[int], str]) -> None:
    """Much more than anybody writes, and still an answer: nothing raises, and nothing hangs the tests."""
    for size in (300, 2_400):
        assert_lawful(read(Source("a.sh", text(size).encode()), WANTED))


@pytest.mark.parametrize("operator", ["&", "&&", "|", ";", ";;", ")", "(", "<", ">", "<<E", "|&", "\n", "#", " ", ""])
def test_a_byte_order_mark_before_an_operator_ends(operator: str) -> None:
    for text in (operator, f"{operator} A=1\nexport A=2\n"):
        assert_lawful(read(Source("a.sh", b"\xef\xbb\xbf" + text.encode()), WANTED))


@pytest.mark.parametrize(
    "unit", ["$(", "((", '"${a:-', "{ ", "( ", "if ", "case x in ", "`", "A=(", "[[ ", "$((", "${a:=", "f() { "]
)
def test_a_hundred_thousand_levels(unit: str) -> None:
    start = time.process_time()
    found = read(Source("a.sh", ("A=1\n" + unit * 100_000).encode()), WANTED)
    assert [binding.variable for binding in found.bindings()][:1] == ["A"]
    assert time.process_time() - start < 30


def test_five_megabytes_on_one_line() -> None:
    text = 'export A="' + "x $B " * 1_000 + "y" * 5_000_000 + '"'
    start = time.process_time()
    [binding] = read(Source("a.sh", text.encode()), WANTED).bindings()
    assert binding.variable == "A"
    assert time.process_time() - start < 30
