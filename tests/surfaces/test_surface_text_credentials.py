"""The text surface's second reading: what a value is called by the text around it, and what that makes of it."""

from __future__ import annotations

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envlint.credentials import Credentials
from envlint.facts import Wanted
from envlint.source import Source, Span
from envlint.surfaces.text import read
from envlint.surfaces.text.labels import label_of
from envlint.surfaces.text.outline import Outline
from envlint.surfaces.text.words import words

KNOWN = Credentials(
    names=("acmekey", "acmelogin"), fields=("key", "password"), sections=("acme",), hosts=("api.acme.test",)
)
WANTED = Wanted(calls={"acme login": ("key",), "acme.login": ("key",)}, needles=("acme",), credentials=KNOWN)


def secret(seed: int = 1) -> str:
    return "".join(random.Random(seed).choice("0123456789abcdef") for _ in range(40))


@pytest.mark.parametrize(
    ("left", "name", "link"),
    [
        ("a = ", "a", "assigned"),
        ("a: ", "a", "assigned"),
        ('"a": "', "a", "assigned"),
        ('\\"a\\": \\"', "a", "assigned"),
        ("a := ", "a", "assigned"),
        ("a <- ", "a", "assigned"),
        ("'a' => '", "a", "assigned"),
        ("a ||= ", "a", "assigned"),
        ("a is ", "a", "assigned"),
        ("${a:-", "a", "assigned"),
        ('a["b"]["c"] = "', "a.b.c", "assigned"),
        ("a.b.c=", "a.b.c", "assigned"),
        ('put("a", "', "a", "listed"),
        ("| a | ", "a", "cell"),
        ("set a ", "a", "blank"),
        ("--a ", "--a", "blank"),
        ('f("', "f", "call"),
        ('a.f(\n    "', "a.f", "call"),
        ('"x\\na.f(\\"', "a.f", "call"),
        ("a: |\n  ", "a", "assigned"),
        ("a: >-\n    ", "a", "assigned"),
        ("a:\n  - ", "a", "assigned"),
        ('"a: |\\n",\n"  ', "a", "assigned"),
        ("a = \\\n  ", "a", "assigned"),
        ("  - --a\n  - ", "--a", "blank"),
        ("a\x1b[0m=\x1b[1m", "a", "assigned"),
        ("a: !!str ", "a", "assigned"),
        ("x = a (", "", "call"),
        ("a\n", "", "none"),
        ("/", "", "none"),
        ("", "", "none"),
    ],
)
def test_a_label_is_the_whole_name(left: str, name: str, link: str) -> None:
    label = label_of(left + secret(), len(left))
    assert (label.name, label.link) == (name, link)


@pytest.mark.parametrize(
    ("left", "other"),
    [
        ("a: str = '", "a"),
        ("a: Optional[str] = '", "a"),
        ("var a string = '", "a"),
        ("const a: &str = '", "a"),
        ("a: b: ", ""),
    ],
)
def test_the_name_before_a_type(left: str, other: str) -> None:
    assert label_of(left + secret(), len(left)).other == other


def test_words_leave_out_what_belongs_to_the_text_around_them() -> None:
    key = secret()
    for before, after in (("\\n", "\\n"), ("\x1b[32m", "\x1b[0m"), (":-", "}"), ("", "-->"), ("=", ";"), ("\0", "\0")):
        (word,) = words(f"{before}{key}{after}")
        assert (word.text, word.span) == (key, Span(len(before), len(before) + 40))


def test_words_in_base64_tell_a_user() -> None:
    key = secret()
    coded = base64.b64encode(f"api:{key}\n".encode()).decode()
    (word,) = (word for word in words(f"x {coded}") if word.coded)
    assert (word.text, word.user, word.span) == (key, True, Span(2, 2 + len(coded)))
    assert [word for word in words(base64.b64encode(bytes(range(200))).decode()) if word.coded] == []


def test_words_of_a_language_are_none() -> None:
    assert list(words("a-long-name-of-a-thing-that-has-no-digit-in-it")) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [("a:\n  b:\n    c: ", ["b", "a"]), ("a:\n  - x: 1\n    c: ", ["a"]), ("a:\n\n  # b\n  c: ", ["a"]), ("c: ", [])],
)
def test_parents_are_the_lines_that_a_line_is_indented_under(text: str, names: list[str]) -> None:
    assert [name for name, _ in Outline(text + "v\n").parents(len(text))] == names


@pytest.mark.parametrize(
    ("text", "brackets"),
    [
        ('f(a={"b": [', [("[", "b"), ("{", "a"), ("(", "f")]),
        ("f(g(), ", [("(", "f")]),
        ("f({", [("{", ""), ("(", "f")]),
        ('variable "a" {\n', [("{", "a")]),
        ("f()", []),
    ],
)
def test_brackets_are_called_by_what_stands_before_them(text: str, brackets: list[tuple[str, str]]) -> None:
    assert [(bracket.kind, bracket.name) for bracket in Outline(text).brackets(len(text))] == brackets


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("acme_key = {}", True),
        ("MY_ACME_KEY={}", True),
        ("acme_key_path = {}", False),
        ("commit = {} # acme_key", False),
        ("acme login {}", True),
        ("acme login --host x.test {}", True),
        ("acme logout {}", False),
        ("acme: login {}", False),
        ("x-acme login {}", False),
        ("echo {} | acme login", True),
        ("echo {} | grep acme", False),
        ("acme:\n  key: {}", True),
        ("acme:\n  x: 1\nkey: {}", False),
        ("[acme]\nkey = {}", True),
        ("[acme]\nx = 1\n[y]\nkey = {}", False),
        ("machine api.acme.test login u password {}", True),
        ("machine api.acme.test login u password x\nmachine y.test login u password {}", False),
        ("machine api.acme.test login u password x default login u password {}", False),
        ("machine acme.example.org login u password {}", True),
        ("https://u:{}@api.acme.test/x", True),
        ("https://u:{}@example.org/acme", False),
        ("https://example.org/acme/{}", False),
        ("curl -u u:{} https://api.acme.test", True),
        ("curl -u u:{} https://example.org/api.acme", False),
        ("name: acme_key\nvalue: {}", True),
        ("name: other\nvalue: {}\nname: acme_key", False),
        ('acme.login("{}")', True),
        ('other.login("{}")', False),
    ],
)
def test_a_value_is_a_secret_by_its_meaning(text: str, found: bool) -> None:
    key = secret()
    source = Source("x.txt", text.format(key).encode())
    assert [source.slice(item.value_span) for item in read(source, WANTED).credentials()] == [key] * found


@given(
    st.lists(
        st.sampled_from(
            [
                *(secret(), "acme", "_key", "login", " ", "\n", "=", ":", '"', "(", ")", "{", "}", "[", "]", "<", ">"),
                *("value", "-", "machine ", "password ", "//", "@", "\\n", "|", "api.acme.test", "\x1b[0m", "é"),
                *("\udc80", ",", "name", "#", "\r"),
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_whatever_stands_there_a_credential_is_what_is_written(text: str) -> None:
    source = Source("x.txt", text.encode("utf-8", "surrogateescape"))
    for item in read(source, WANTED).credentials():
        assert item.value_span in item.span
        assert item.value.text == source.slice(item.value_span)
