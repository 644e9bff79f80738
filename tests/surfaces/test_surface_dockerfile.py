"""What the Dockerfile surface reads: instructions, stages, the words of ENV and ARG, and what the shell is given."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envlint.facts import FILE, Binding, Facts, Launch, Scope, Wanted
from envlint.source import Source, Span
from envlint.surfaces.dockerfile import read
from envlint.value import Value

EVERYTHING = Wanted(needles=("",))
WANDB = Wanted(needles=("WANDB_", "wandb"))


def facts(text: str | bytes, wanted: Wanted = WANDB) -> Facts:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return read(Source("Dockerfile", data), wanted)


def last(text: str) -> Binding:
    return list(facts(text).bindings())[-1]


def closed(text: str) -> list[tuple[str, str | None]]:
    return [(binding.variable, binding.value.unset().text) for binding in facts(text).bindings()]


# Dockerfile reference, ENV: "quote characters will be removed if they are not escaped"; "quotes and backslashes can
# be used to include spaces"; Environment replacement: the forms of `${}`; BuildKit's shell/lex.go for what the
# reference leaves open. P is /p, E is set and empty, U is set nowhere.
@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("x", "x"),
        ("", ""),
        ('""', ""),
        ("''", ""),
        ('"John Doe"', "John Doe"),
        ("Rex\\ The\\ Dog", "Rex The Dog"),
        ("a\"b c\"'d e'f", "ab cd ef"),
        ("a=b", "a=b"),
        ("a#b", "a#b"),
        ("a;b&c|d", "a;b&c|d"),
        ("$(id)`id`", "$(id)`id`"),
        # Outside quotes the escape character makes any character plain; in double quotes only `"`, `$` and itself.
        (r"a\nb", "anb"),
        (r"\"a\'", "\"a'"),
        (r"a\\b", r"a\b"),
        (r'"a\nb"', r"a\nb"),
        (r'"a\"b\\c\$P"', r'a"b\c$P'),
        (r"'a\b'", r"a\b"),
        (r"'$P'", "$P"),
        ('"it\'s"', "it's"),
        ("'\"'", '"'),
        ("$P", "/p"),
        ("${P}", "/p"),
        ("${P}_x", "/p_x"),
        ("$P_x", ""),
        ("$Px", ""),
        ("$P/x", "/p/x"),
        ('"$P x"', "/p x"),
        (r"\$P", "$P"),
        (r"\${P}", "${P}"),
        ("a$", "a$"),
        ("$.", "$."),
        ("$ü", ""),
        ("$1x", "x"),
        ("$$P", "P"),
        ("${U:-d}", "d"),
        ("${U-d}", "d"),
        ("${P:-d}", "/p"),
        ("${P-d}", "/p"),
        ("${E:-d}", "d"),
        ("${E-d}", ""),
        ("${U:-}", ""),
        ("${U:-$P}", "/p"),
        ("${U:-${V:-$P}}", "/p"),
        ("${U:-'a}b'}", "a}b"),
        ('"${U:-"ab"}"', "ab"),
        ("${P:+a}", "a"),
        ("${P+a}", "a"),
        ("${E:+a}", ""),
        ("${E+a}", "a"),
        ("${U:+a}", ""),
        ("${U+a}", ""),
        ("${P:?m}", "/p"),
        ("${P?m}", "/p"),
        ("${E?m}", ""),
        ("a}b", "a}b"),
        # Not in every version of BuildKit, or the build ends there: nothing is claimed.
        ("${P#/}", None),
        ("${P%p}", None),
        ("${P/p/q}", None),
        ("${P//p/q}", None),
        ("${U:?m}", None),
        ("${E:?m}", None),
        ("${+x}", None),
    ],
)
def test_words_are_expanded_as_buildkit_does(word: str, expected: str | None) -> None:
    """One word, in both notations of ENV: "quotes and references are read in the other form too" (expandKvp)."""
    for notation in (f"ENV X={word}", f"ENV X {word}" if word else "ENV X="):
        read_facts = facts(f"FROM a\nENV P=/p E=\n{notation}\n")
        binding = list(read_facts.bindings())[-1]
        assert (binding.variable, binding.value.unset().text) == ("X", expected)
        assert read_facts.unreadable == ()


@pytest.mark.parametrize(
    "word", ["'a", '"a', "a'", '"a\\"', "${", "${}", "${P", "${:-a}", "${{P}}", "${.}", "${P:=a}", "${P:0:1}", "${P^}"]
)
def test_words_that_buildkit_refuses_give_a_name_and_no_value(word: str) -> None:
    read_facts = facts(f"FROM a\nENV WANDB_MODE={word}\nENV B=1\n")
    bad, good = read_facts.bindings()
    assert (bad.variable, bad.value.possible(), bad.value.exhaustive) == ("WANDB_MODE", (), False)
    assert good.value.text == "1"
    (unreadable,) = read_facts.unreadable
    assert read_facts.source.slice(unreadable.span or Span(0, 0)) == f"ENV WANDB_MODE={word}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ENV A=1 B=2", [("A", "1"), ("B", "2")]),
        ("ENV A=1 B='x y'\tC=\"z\"", [("A", "1"), ("B", "x y"), ("C", "z")]),
        ("env A=1\nEnv B=2", [("A", "1"), ("B", "2")]),
        ("  ENV   A=1  ", [("A", "1")]),
        ("ENV A=1 \\\n    B=2", [("A", "1"), ("B", "2")]),
        ("ENV A=1 \\\n# c\n  # d\n    B=2", [("A", "1"), ("B", "2")]),
        ("ENV A=1 \\\n\n   \n    B=2", [("A", "1"), ("B", "2")]),
        ("ENV A=1 \\  \n    B=2", [("A", "1"), ("B", "2")]),
        ("ENV A=x\\\ny B=2", [("A", "xy"), ("B", "2")]),
        ('ENV A="x\\\ny"', [("A", "xy")]),
        ("ENV A=x\\\\\nENV B=2", [("A", "x\\"), ("B", "2")]),
        ("ENV A=1 \\\r\n  B=2\r\nENV C=3\r", [("A", "1"), ("B", "2"), ("C", "3")]),
        ("ENV A=1\\", [("A", "1")]),
        ("ENV K rest of line", [("K", "rest of line")]),
        ("ENV ONE TWO= THREE=world", [("ONE", "TWO= THREE=world")]),
        ("ENV K \"a b\"  'c'", [("K", "a b  c")]),
        ("ENV K a \\\n  b", [("K", "a   b")]),
        ('ENV "A"=1', [("A", "1")]),
        ("ENV N=A\nENV $N=1", [("N", "A"), ("A", "1")]),
        # All pairs of one instruction see the environment before it (Dockerfile reference, Environment replacement).
        ("ENV A=hello\nENV A=bye B=$A\nENV C=$A", [("A", "hello"), ("A", "bye"), ("B", "hello"), ("C", "bye")]),
        ("ENV A=$A", [("A", "")]),
        ("RUN x\nLABEL A=1\nCOPY A=1 .\nENV B=2", [("B", "2")]),
        ("COPY <<EOF /x\nENV A=1\nEOF\nENV B=2", [("B", "2")]),
        ("COPY <<-'A' <<B /x\nENV A=1\n\tA\nENV C=1\nB\nENV D=2", [("D", "2")]),
        ("RUN cat <<EOF\nENV A=1\n# EOF\nEOF\nENV B=2", [("B", "2")]),
        ("RUN <<EOF\nENV A=1\n\nENV B=2", [("A", "1"), ("B", "2")]),
        ('RUN ["a", "<<EOF"]\nENV A=1\nEOF', [("A", "1")]),
        ("LABEL x=<<EOF\nENV A=1\nEOF", [("A", "1")]),
        ("ONBUILD COPY <<EOF /x\nENV A=1\nEOF\nENV B=2", [("B", "2")]),
    ],
)
def test_env(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert [pair for pair in closed(f"FROM a\n{text}\n") if pair[0] != "_"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# escape=`\nFROM a\nENV A=c:\\x\\y `\n B=`$x", [("A", "c:\\x\\y"), ("B", "$x")]),
        ('#escape = `\nFROM a\nENV A="a`"b"', [("A", 'a"b')]),
        ("# syntax=docker/dockerfile:1\n# ESCAPE=`\nFROM a\nENV A=x`\ny", [("A", "xy")]),
        ("# a comment\n# escape=`\nFROM a\nENV A=x` B=2", [("A", "x`"), ("B", "2")]),
        ("\n# escape=`\nFROM a\nENV A=x`", [("A", "x`")]),
        ("# escape=`\nFROM a\nENV A=C:\\\\ B=2", [("A", "C:\\\\"), ("B", "2")]),
        ("\ufeff# escape=`\nFROM a\nENV A=x `\n B=y", [("A", "x"), ("B", "y")]),
    ],
)
def test_the_escape_directive(text: str, expected: list[tuple[str, str]]) -> None:
    assert closed(text) == expected


def test_arg_is_one_alternative_and_env_beats_it() -> None:
    read_facts = facts("FROM a\nARG WANDB_MODE=offline\nENV A=$WANDB_MODE\nENV WANDB_MODE=online\nENV B=$WANDB_MODE\n")
    arg, a, env, b = read_facts.bindings()
    assert (arg.form, arg.overrides, arg.value.possible(), arg.value.exhaustive) == (
        "docker-arg",
        False,
        ("offline",),
        True,
    )
    assert (a.value.possible(), a.value.exhaustive, a.value.unset().text) == (("offline",), False, "offline")
    assert (env.form, env.overrides, env.value.text) == ("docker-env", True, "online")
    assert b.value.text == "online"


def test_arg_without_a_default_is_a_binding_with_nothing_known() -> None:
    read_facts = facts("FROM a\nARG A\nENV B=$A C=${A:-d} D=${A+s}\n")
    a, b, c, d = read_facts.bindings()
    assert (a.value.possible(), a.value.exhaustive, a.value.unset().text) == ((), False, None)
    assert read_facts.source.slice(a.value_span) == ""
    assert (b.value.exhaustive, b.value.unset().text) == (False, "")
    assert (c.value.possible(), c.value.exhaustive, c.value.unset().text) == (("d",), False, "d")
    assert (d.value.possible(), d.value.unset().text) == (("s", ""), "")


# Dockerfile reference, ARG, Scope; Understand how ARG and FROM interact.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ARG A=1\nFROM a\nENV B=$A", ""),
        ("ARG A=1\nFROM a\nARG A\nENV B=$A", "1"),
        ("ARG A=1\nFROM a\nARG A=2\nENV B=$A", "2"),
        ("ARG A=1\nARG B=$A-x\nFROM a\nARG B\nENV C=$B", "1-x"),
        ("FROM a\nENV B=$A\nARG A=1\nENV C=$B", ""),
        ("FROM a\nARG A=1 B=$A\nENV C=$B", "1"),
        ("FROM a\nARG A=1\nARG A\nENV C=$A", "1"),
        ("FROM a\nENV A=1\nARG A\nENV C=$A", "1"),
        ("FROM a\nARG A=1\nFROM b\nENV C=$A", ""),
        ("FROM a AS x\nARG A=1\nFROM x\nENV C=$A", "1"),
        ("FROM a AS x\nENV A=1\nFROM x\nENV C=$A", "1"),
        ("FROM a AS X\nENV A=1\nFROM b\nFROM x\nENV C=$A", "1"),
        ("FROM a AS x\nENV A=1\nFROM b\nENV C=$A", ""),
        ("ARG X=x\nFROM a AS x\nENV A=1\nFROM $X\nENV C=$A", "1"),
        ("FROM a\nARG A=\nENV C=${A:-d}", "d"),
        ("FROM a\nARG A=1\nENV C=${A:-d}", "1"),
        ("FROM a\nENV A=$U\nENV C=${A:-d}", "d"),
        ("FROM a\nENV A=$U\nENV C=${A-d}", ""),
        ("FROM a\nENV A=${U:-u}\nENV C=${A:-d}", "u"),
        ("FROM a\nARG A=$U\nENV C=${A:-d}", "d"),
        ("FROM a\nARG A=1\nENV C=${A:+s}", "s"),
        ("FROM a\nARG A=$U\nENV C=${A:+s}", ""),
        ("FROM a\nARG A=1\nENV C=${A:?m}", "1"),
        ("FROM a\nENV A=1\nARG A=2\nENV C=${A:+s}", None),
        ("ARG X=x\nFROM a AS x\nENV E=\nFROM $X\nENV C=${E+s}", None),
        ("ARG X=x\nFROM a AS x\nENV E=\nFROM $X\nENV C=${E-d}", ""),
        ("ARG X=x\nFROM a AS x\nARG A\nFROM $X\nENV C=${A-d}", "d"),
        ("FROM a\nENV A=1\nFROM b # c\nENV C=$A", ""),
        ("FROM a\nENV A=1\nFROM ${\nENV C=$A", ""),
        # What BuildKit or the image sets is not unset.
        ("FROM a\nENV C=$PATH:/x", None),
        ("FROM a\nARG TARGETARCH\nENV C=$TARGETARCH", None),
        ("FROM a\nENV C=$TARGETARCH", ""),
    ],
)
def test_what_reaches_a_name(text: str, expected: str | None) -> None:
    assert last(text).value.unset().text == expected


def test_a_base_that_a_build_argument_may_change_is_one_alternative() -> None:
    value = last("ARG X=x\nFROM a AS x\nENV A=1\nFROM $X\nENV C=$A").value
    assert (value.possible(), value.exhaustive) == (("1",), False)


def test_an_arg_after_an_env_of_its_name_may_win_or_not() -> None:
    value = last("FROM a\nENV A=1\nARG A=2\nENV C=$A").value
    assert (set(value.unset().possible()), value.unset().exhaustive) == ({"1", "2"}, True)


def test_stages_are_scopes() -> None:
    text = "ARG G=1\nFROM a AS Build\nENV A=1\nFROM build\nENV B=1\nFROM --platform=$P c\nENV C=1\n"
    read_facts = facts(text)
    starts = [text.index("FROM a"), text.index("FROM build"), text.index("FROM --platform")]
    assert read_facts.scopes == (
        Scope("file", None, Span(0, len(text))),
        Scope("stage", FILE, Span(starts[0], starts[1]), "build"),
        Scope("stage", 1, Span(starts[1], starts[2]), "1"),
        Scope("stage", FILE, Span(starts[2], len(text)), "2"),
    )
    assert [binding.scope for binding in read_facts.bindings()] == [FILE, 1, 2, 3]


def test_onbuild_is_another_build() -> None:
    read_facts = facts("FROM a\nENV A=1\nONBUILD ENV B=$A C=x\nENV D=$C\n")
    _, b, c, d = read_facts.bindings()
    assert [read_facts.scopes[binding.scope].kind for binding in (b, c, d)] == ["stage", "stage", "stage"]
    assert b.scope == c.scope != d.scope
    assert (b.value.exhaustive, b.value.unset().text, c.value.text, d.value.unset().text) == (False, None, "x", "")


@pytest.mark.parametrize(
    ("text", "whole", "name", "value", "spelled"),
    [
        ("ENV A='x' B=2", "A='x'", "A", "'x'", ["x"]),
        ('ENV "A"=a"b\\"c"\\ d', '"A"=a"b\\"c"\\ d', "A", 'a"b\\"c"\\ d', ["a", 'b\\"c', "\\ d"]),
        ("ENV A  b 'c' ", "A  b 'c'", "A", "b 'c'", ["b ", "c"]),
        ("ARG A", "A", "A", "", []),
        ("ARG A=${U:-x}", "A=${U:-x}", "A", "${U:-x}", ["x"]),
        ("ENV \\\n  A=1", "A=1", "A", "1", ["1"]),
        ("ENV A=", "A=", "A", "", []),
    ],
)
def test_spans(text: str, whole: str, name: str, value: str, spelled: list[str]) -> None:
    read_facts = facts(f"FROM é\n{text}\n")
    binding = next(read_facts.bindings())
    slices = [read_facts.source.slice(span) for span in (binding.span, binding.name_span, binding.value_span)]
    assert slices == [whole, name, value]
    assert [read_facts.source.slice(part.span) for part in binding.value.literals() if part.span] == spelled


def test_a_value_that_a_name_carried_is_spelled_where_it_was_defined() -> None:
    read_facts = facts("ARG A=xyz\nFROM a\nARG A\nENV B=$A\n")
    spans = [[part.span for part in binding.value.literals()] for binding in read_facts.bindings()]
    assert spans == [[Span(6, 9)]] * 3


def test_comments_and_statements() -> None:
    text = "# syntax=x\n# escape=\\\n  # c # d\nFROM a\nENV A=1 \\\n  # e\n  B=2\nCOPY <<EOF /x\n# no\nEOF\n"
    read_facts = facts(text)
    comments = [read_facts.source.slice(comment.span) for comment in read_facts.comments]
    assert comments == ["# syntax=x", "# escape=\\", "# c # d", "# e"]
    assert all(comment.own_line for comment in read_facts.comments)
    statements = [read_facts.source.slice(span) for span in read_facts.statements]
    assert statements == ["ENV A=1 \\\n  # e\n  B=2", "COPY <<EOF /x\n# no\nEOF"]


@pytest.mark.parametrize(
    "text",
    [
        "ENV WANDB_MODE",
        "ENV WANDB_MODE=offline # a comment",
        "ENV A=1 WANDB_MODE",
        "ENV =WANDB_MODE",
        "WANDB_MODE=offline",
        "RUM wandb login",
        "RUN <<EOF wandb",
        "ONBUILD ONBUILD ENV WANDB_MODE=1",
        "ARG 'WANDB_MODE'=1",
        "SHELL wandb",
        "FROM wandb # a comment",
    ],
)
def test_what_does_not_build_is_unreadable(text: str) -> None:
    read_facts = facts(f"FROM a\nENV A=1\n{text}\nENV B=2\n")
    assert [read_facts.source.slice(u.span or Span(0, 0)) for u in read_facts.unreadable] == [text]
    assert [name for name, _ in closed(f"FROM a\nENV A=1\n{text}\nENV B=2\n")] == ["A", "B"]
    assert facts(f"FROM a\n{text}\n", Wanted(needles=("nothing",))).unreadable == ()


def test_a_line_too_long_for_buildkit_is_unreadable_and_read() -> None:
    read_facts = facts("FROM a\nENV WANDB_NAME=" + "x" * 65_521 + "\n")
    assert len(read_facts.unreadable) == 1
    assert next(read_facts.bindings()).variable == "WANDB_NAME"
    assert facts("FROM a\nENV WANDB_NAME=" + "x" * 65_000 + "\n").unreadable == ()


def test_utf16_does_not_build_and_is_still_read() -> None:
    read_facts = facts("FROM a\nENV A=1\n".encode("utf-16"), Wanted())
    assert [unreadable.span for unreadable in read_facts.unreadable] == [None]
    assert [binding.value.text for binding in read_facts.bindings()] == ["1"]


def test_bytes_that_are_not_utf8_are_no_value() -> None:
    a, b = facts(b"FROM a\nENV A=\xff B=1\n").bindings()
    assert (a.value.possible(), b.value.text) == ((), "1")


class Shell:
    """Stands in for the shell surface: notes what it is given, and answers with one fact in an inner scope."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.known: list[dict[str, Value]] = []
        self.dialects: list[str] = []

    def read_ranges(
        self, source: Source, ranges: Sequence[Span], wanted: Wanted, known: Mapping[str, Value], *, dialect: str
    ) -> Facts:
        self.dialects.append(dialect)
        self.bodies.append("".join(map(source.slice, ranges)))
        self.known.append(dict(known))
        body = ranges[0].to(ranges[-1])
        scopes = (Scope("file", None, body), Scope("function", FILE, body), Scope("loop", 1, body))
        return Facts(source, "shell", (Launch("inner", (), body, 2), Launch("outer", (), body, FILE)), scopes)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    stand_in = Shell()
    monkeypatch.setattr("envlint.surfaces.dockerfile.running.shell", stand_in)
    return stand_in


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("RUN a b", ["a b"]),
        ("RUN --mount=type=secret,id=w --network=none a --b", ["a --b"]),
        ("RUN --mount='type=x' -- a", ["a"]),
        ("RUN a \\\n  # c\n\n && b", ["a  && b"]),
        ("RUN a \\  \n b\r\n", ["a  b"]),
        ("# escape=`\nRUN a `\n b \\", ["a  b \\"]),
        ("RUN", []),
        ("RUN <<EOF\na\n# b\nEOF", ["a\n# b\n"]),
        ("RUN <<-'EOF'\n\ta\n\t\tb\n\tEOF\n", ["a\nb\n"]),
        ("RUN --mount=type=x <<EOF\na\nEOF", ["a\n"]),
        ("RUN <<EOF\n#!/bin/bash -e\na\nEOF", ["#!/bin/bash -e\na\n"]),
        ("RUN <<EOF\n#!/usr/bin/env bash\na\nEOF", ["#!/usr/bin/env bash\na\n"]),
        ("RUN <<EOF\n#!/usr/bin/env python3\na\nEOF", []),
        ("RUN cat <<A > x && \\\n  cat <<B\n1\nA\n2\nB\n", ["cat <<A > x &&   cat <<B\n1\nA\n2\nB"]),
        ("RUN python3 <<EOF\nprint()\nEOF", ["python3 <<EOF\nprint()\nEOF"]),
        ("CMD a $B", ["a $B"]),
        ("ENTRYPOINT a", ["a"]),
        ("CMD ['a']", ["['a']"]),
        ("RUN [ -f x ] && y", ["[ -f x ] && y"]),
        ("HEALTHCHECK --interval=5s CMD a b", ["a b"]),
        ("HEALTHCHECK NONE", []),
        ("ONBUILD RUN a", ["a"]),
        ('SHELL ["pwsh", "-Command"]\nRUN a\nRUN <<EOF\nb\nEOF', []),
        ('SHELL ["/bin/bash", "-c"]\nRUN a', ["a"]),
        ("FROM mcr.microsoft.com/windows/servercore:1\nRUN a", []),
        ('FROM a as x\nSHELL ["cmd"]\nFROM x\nRUN a\nFROM y\nRUN b', ["b"]),
        ("COPY a b\nADD a b\nUSER a\nWORKDIR a\nLABEL a=b", []),
    ],
)
def test_what_the_shell_surface_is_given(shell: Shell, text: str, bodies: list[str]) -> None:
    facts(f"{text}" if text.startswith(("#", "FROM")) else f"FROM a\n{text}")
    assert shell.bodies == bodies


def test_a_body_is_a_process_of_its_own_that_knows_the_stage(shell: Shell) -> None:
    read_facts = facts("ARG G=g\nFROM a\nENV A=1\nARG G\nRUN $A $B $G $PATH $C\nENV B=2\nRUN $A\\\n $B\n")
    kinds = [(scope.kind, scope.parent) for scope in read_facts.scopes]
    body = [("subshell", 1), ("function", 2), ("loop", 3), ("subshell", 1), ("function", 5), ("loop", 6)]
    assert kinds == [("file", None), ("stage", 0), *body]
    launches = [(item.program, item.scope) for item in read_facts.items if isinstance(item, Launch)]
    assert launches == [("inner", 4), ("outer", 2), ("inner", 7), ("outer", 5)]
    first, second = shell.known
    assert {name: value.unset().text for name, value in first.items()} == {"A": "1", "G": "g", "PATH": None}
    assert {name: value.text for name, value in second.items()} == {"A": "1", "B": "2"}


def test_an_onbuild_body_knows_nothing_of_what_is_set(shell: Shell) -> None:
    facts("FROM a\nENV A=1\nONBUILD RUN $A $B\n")
    assert [{name: value.possible() for name, value in known.items()} for known in shell.known] == [{"A": (), "B": ()}]


def test_the_shell_that_reads_a_body(shell: Shell) -> None:
    facts('FROM a\nRUN x\nSHELL ["/bin/bash", "-c"]\nRUN x\nRUN <<EOF\n#!/bin/sh\nx\nEOF\nFROM b\nCMD x\n')
    assert shell.dialects == ["sh", "bash", "sh", "sh"]


def test_the_exec_form_starts_a_program_without_a_shell(shell: Shell) -> None:
    text = 'FROM a\nENTRYPOINT [ "wandb" , "lo\\u0067in", \\\n  "$K" ]\nRUN ["x"]\nCMD []\n'
    read_facts = facts(text)
    run, entry = (item for item in read_facts.items if isinstance(item, Launch))
    assert (entry.program, [argument.text for argument in entry.arguments], entry.scope) == (
        "wandb",
        ["login", "$K"],
        1,
    )
    spans = [part.span for argument in entry.arguments for part in argument.literals() if part.span]
    assert [read_facts.source.slice(span) for span in spans] == ["lo\\u0067in", "$K"]
    assert (run.program, run.arguments) == ("x", ())
    assert shell.bodies == []


def test_a_real_shell_body_is_read_in_place() -> None:
    read_facts = facts("FROM a\nRUN --mount=type=x export WANDB_MODE=offline && \\\n  # c\n  wandb login\n")
    (binding,) = read_facts.bindings()
    assert read_facts.source.slice(binding.name_span) == "WANDB_MODE"
    assert (binding.form, binding.value.text) == ("shell-export", "offline")
    launches = [item for item in read_facts.items if isinstance(item, Launch)]
    assert [launch.program for launch in launches] == ["wandb"]
    assert [read_facts.scopes[scope].kind for scope in read_facts.ancestors(binding.scope)] == [
        "subshell",
        "stage",
        "file",
    ]


WORDS = [
    "${A}",
    "${B:-x}",
    "A=",
    "\\\n",
    "\nENV ",
    "\nARG ",
    "\nRUN ",
    "<<EOF",
    "\nEOF\n",
    "\nONBUILD ",
    "\nFROM b as c\n",
]
CHARACTERS = "AB=#'\"\\ \t\n\r${}:-+?x`<[],\0\u00a0\u2028\udcff"
WRITTEN = ["\nCOPY <<EOF .env\n", "\nADD <<-'EOF' a.sh\n", "\nHEALTHCHECK CMD ", "\nFROM $A AS d\n"]
EXEC = ['["a"]', '["sh", "-c", "A=1 b"]', '["env", "A=\\u00e9", "x"]', "\nENTRYPOINT ", '\'", "--B=1"]']
PIECES = st.sampled_from([*WORDS, *CHARACTERS, *EXEC, *WRITTEN, "\nCMD ", "# escape=`\n", "--x ", "\nSHELL "])
TEXTS = st.lists(PIECES | st.characters(exclude_categories=["Cs"]), max_size=40).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_no_text_raises_and_spans_read_back(text: str) -> None:
    source = Source("Dockerfile", f"FROM a\nENV {text}".encode("utf-8", "surrogateescape"))
    read_facts = read(source, EVERYTHING)
    for binding in read_facts.bindings():
        if binding.form.startswith("docker-"):
            name = source.slice(binding.name_span)
            # A name may be written with quotes, escapes or over two lines; then it is no plain word.
            assert name == binding.variable or set(name) & set("\\`\"'$\n")
            assert binding.name_span in binding.span
            assert binding.value_span in binding.span
    for item in read_facts.items:
        assert 0 <= item.span.start <= item.span.end <= len(source.text)
    for comment in read_facts.comments:
        assert source.slice(comment.span).startswith("#")
    for scope in read_facts.scopes[1:]:
        # A file that the build writes is a world of its own.
        assert (scope.parent is None) == (scope.kind == "file")
        assert scope.parent is None or scope.parent < len(read_facts.scopes)


@pytest.mark.parametrize(
    "piece",
    [
        *("${a:-", "'\"", "\\\n b=c", "b\\\nc", "\nENV b=c", "\nRUN x", "\nRUN <<A", "<<A ", "\nFROM s as s\nENV A$=1"),
        *("$", '\\"', "\\\n", "\0", "\n#", "\nCMD [[", '"a",', " a=b", "\nFROM ${X}", "--a "),
    ],
)
def test_hostile_texts_take_time_in_proportion_to_their_length(piece: str, shell: Shell) -> None:
    # Worse than linear would be hours at this length; the bound leaves room for a slow machine.
    text = "FROM a as s\nENV A=" + piece * (100_000 // len(piece))
    start = time.monotonic()
    facts(text)
    assert time.monotonic() - start < 20


def test_a_directive_of_blanks_takes_time_in_proportion_to_its_length() -> None:
    start = time.process_time()
    assert closed("# syntax=x" + " " * 200_000 + "x\nFROM a\nENV A=1\n") == [("A", "1")]
    assert time.process_time() - start < 10


def test_stages_upon_stages_take_time_in_proportion_to_their_number() -> None:
    text = "FROM a as s0\n" + "".join(f"FROM s{n} as s{n + 1}\nENV A{n}=1 B=$A0\n" for n in range(4_000))
    start = time.monotonic()
    read_facts = facts(text)
    assert time.monotonic() - start < 20
    values = [binding.value for binding in read_facts.bindings() if binding.variable == "B"]
    assert {value.unset().text for value in values} == {"", "1", None}
