"""What notations of values are taken, in tables with reasons; and that hostile texts end quickly."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pytest

from envlint.kinds import documents, moments, numbers, urls

FRACTIONS = [
    ("0.5", 0.5, 0.5),
    ("5.", 5.0, 5.0),  # a point may end a number
    (".5", 0.5, 0.5),
    (".", None, None),
    (" 1e2\n", 100.0, 100.0),
    ("1_0.5", 10.5, 10.5),
    (" 1_0", None, 10.0),  # pydantic takes out blanks or underscores, never both
    ("1_e5", 100000.0, None),  # pydantic drops any single underscore, Python only one between digits
    ("1__0", None, None),
    ("+inf", math.inf, math.inf),
    ("١", None, 1.0),  # digits of other scripts are Python's own
    ("\x1c1", None, None),  # a blank to str.strip, to neither reader
    ("0x10", None, None),
    ("", None, None),
    ("\udcff", None, None),
]
WHOLES = [
    ("300", 300, 300),
    (" +7 ", 7, 7),
    ("1.0", 1, None),  # pydantic cuts off zeros after a point
    ("1.", None, None),
    ("1e2", None, None),
    ("007", 7, 7),
    ("0__7", 7, None),  # pydantic passes over leading zeros and underscores together
    ("1_000", 1000, 1000),
    ("0-1", -1, None),  # and then takes the sign
    ("--1", None, None),
    ("-00", 0, 0),
    ("9" * 4300, 10**4300 - 1, 10**4300 - 1),
    ("-" + "9" * 4300, 1 - 10**4300, 1 - 10**4300),
    ("9" * 4301, None, None),  # one digit too many
    ("0" * 4301, 0, None),  # pydantic counts only the digits that stay
    ("true", None, None),
    ("", None, None),
]


@pytest.mark.parametrize(("text", "pydantic", "python"), FRACTIONS)
def test_fractions(text: str, pydantic: float | None, python: float | None) -> None:
    assert (numbers.fraction(text, "pydantic"), numbers.fraction(text, "python")) == (pydantic, python)


@pytest.mark.parametrize(("text", "pydantic", "python"), WHOLES, ids=[text[:12] for text, _, _ in WHOLES])
def test_wholes(text: str, pydantic: int | None, python: int | None) -> None:
    assert (numbers.whole(text, "pydantic"), numbers.whole(text, "python")) == (pydantic, python)


@pytest.mark.parametrize("grammar", ["pydantic", "python"])
def test_no_number_is_a_number(grammar: str) -> None:
    value = numbers.fraction("-NaN", grammar)
    assert value is not None
    assert math.isnan(value)


TAKEN_URLS = [
    "https://api.wandb.ai",
    "HTTP://LOCALHOST:8080/",
    "http://a:",  # an empty port is the scheme's own
    "http://a:000080",
    "http://user:secret@proxy:3128",
    "http://[::1]:8080",
    "http://[::ffff:1.2.3.4]",
    "http://0x7f.1",
    "http://1.2.3.4.",
    "http://a_b",
    "https://münchen.example/ü?é#ß",
    "http://xn--mnchen-3ya.de",
    "http://a%41",
]
REFUSED_URLS = [
    ("", "is empty"),
    (" https://a", "begins with a blank or a control character"),
    ("https://a\n", "ends with a blank or a control character"),
    ("https://a\tb", "holds a tab or a line break"),
    ("api.wandb.ai", "has no scheme such as https://"),
    ("localhost:8080", "has no scheme such as https://"),
    ("//a", "has no scheme such as https://"),
    ("ftp://a", "has a scheme other than http and https"),
    ("http:/a", "has no // after its scheme"),
    ("http:///a", "has more than two slashes after its scheme"),
    ("http:\\\\a", "has a backslash"),
    ("http://a\\b", "has a backslash"),
    ("https://", "has no host"),
    ("https://:80", "has no host"),
    ("http://\xad", "has no host"),  # a soft hyphen is ignored
    ("http://u@", "has no host"),
    ("http://a@b@c", "has more than one @ before its host"),
    ("http://a:port", "has a port that is no number"),
    ("http://a:65536", "has a port above 65535"),
    ("http://1.2.3.4.5", "has a host that is no IPv4 address, though its last part is a number"),
    ("http://256.1", None),  # the first of two numbers is one byte
    ("http://08", None),  # no octal number
    ("http://0x100000000", None),  # more than 32 bits
    ("http://[::1", "has a host in brackets that is no IPv6 address"),
    ("http://[1::2::3]", "has a host in brackets that is no IPv6 address"),
    ("http://[::1.2.3]", "has a host in brackets that is no IPv6 address"),
    ("http://VOTRE IP", "has a host with a character that no host can have"),
    ("http://<host>", "has a host with a character that no host can have"),
    ("http://a%2fb", "has a host with a character that no host can have"),
    ("http://a／b", "has a host with a character that no host can have"),  # it is mapped to a slash
    ("http://%ff", "has a host with a character that no host can have"),
    ("http://xn--a", "has a host that breaks the rules for international names"),
    ("http://א1.1a", "has a host that mixes directions of writing"),
    ("http://a/%4", "has a % that two hexadecimal digits do not follow"),
    ("http://a/{b}", "holds {, which a URL spells with a %"),
    ("http://a/b c", "holds a blank"),
    ("http://a#b#c", "holds #, which a URL spells with a %"),
    ("http://a/\x7f", "holds a character that no URL can"),
    ("http://a/\udcff", "holds a byte that is no text"),
]


@pytest.mark.parametrize("text", TAKEN_URLS)
def test_urls_that_are_taken(text: str) -> None:
    assert urls.problem(text) is None


@pytest.mark.parametrize(("text", "words"), REFUSED_URLS)
def test_urls_that_are_refused(text: str, words: str | None) -> None:
    ipv4 = "has a host that is no IPv4 address, though its last part is a number"
    assert urls.problem(text) == (words or ipv4)


def test_a_host_that_unicode_versions_judge_differently_is_not_refused() -> None:
    assert urls.problem("http://\u2132") is None


DOCUMENTS = [
    ("texts", '{"a": "b"}', None),
    ("texts", "null", None),
    ("texts", "{}", None),
    ("texts", '{"a": 1, "a": "b"}', None),  # the last of a key counts
    ("texts", '{"a": 1}', "is a JSON object with a value that is no string"),
    ("texts", "[]", "is no JSON object"),
    ("texts", "", "is no JSON"),
    ("texts", "a=b", "is no JSON"),
    ("integers", '[0, true, 1.0, "2", " 3 ", "4.0"]', None),
    ("integers", "[1.5]", "is a JSON list with an item that is no whole number"),
    ("integers", "[NaN]", "is a JSON list with an item that is no whole number"),
    ("integers", "[1e19]", "is a JSON list with an item that is no whole number"),  # beyond 64 bits, as a float
    ("integers", "[10000000000000000000]", None),
    ("integers", "[null]", "is a JSON list with an item that is no whole number"),
    ("integers", "0,1", "is no JSON"),
    ("integers", "0", "is no JSON list"),
    ("integers", '"01"', "is no JSON list"),  # a string is a sequence to Python, not to pydantic
    ("integers", f"[{'1' * 4301}]", "is no JSON"),
    ("filters", '["a"]', None),
    ("filters", '{"a": {"b": "c"}}', None),
    ("filters", '{"a": "b"}', "is a JSON object with a value that is no object of strings"),
    ("filters", "[1]", "is a JSON list with an item that is no string"),
    ("filters", '"a"', "is neither a JSON object nor a JSON list"),
]


@pytest.mark.parametrize(("shape", "text", "words"), DOCUMENTS)
def test_documents(shape: str, text: str, words: str | None) -> None:
    assert documents.problem(text, shape) == words


MOMENTS = [
    ("run?_step=1", None),
    ("run?_step=1.5", None),
    ("run?_step=1&_step=x", None),  # only the first counts
    ("run?_step=x", "has a _step that is no number"),
    ("run?_step=²", "has a _step that is no number"),  # a digit to isdigit, not to int
    ("run?_step=", "has no ?_step=<number> after its run"),
    ("run", "has no ?_step=<number> after its run"),
    ("?_step=1", "has no run before ?_step="),
    ("", "has no run before ?_step="),
    ("a/b?_step=1", "has a slash in its run"),
    ("run?_step=1#x", "has a # and more after it"),
    ("run?step=1", "has a metric other than _step"),
    ("[?_step=1", "is not of the form <run>?_step=<number>"),
]


@pytest.mark.parametrize(("text", "words"), MOMENTS)
def test_moments(text: str, words: str | None) -> None:
    assert moments.problem(text) == words


MEGABYTE = 1_000_000
HOSTILE = [
    unit * (MEGABYTE // len(unit))
    for unit in ("1", "0", "_", "0_", " ", "1 ", "[", "[]", '{"a":', '"', '"\\', '\\"', "\\", "-", "%", "@")
] + [
    unit * (MEGABYTE // len(unit))
    for unit in (":", ".", "a.", "xn--a.", "?", "&_step=1", "\x00", "\udcff", "é", "é.", "\u0315\u0300", "ﷺ", "א")
]
JUDGES: list[Callable[[str], object]] = [
    lambda text: numbers.fraction(text, "pydantic"),
    lambda text: numbers.fraction(text, "python"),
    lambda text: numbers.whole(text, "pydantic"),
    lambda text: numbers.whole(text, "python"),
    lambda text: urls.problem(text),
    lambda text: urls.problem(f"http://{text}"),
    lambda text: urls.problem(f"http://[{text}]"),
    lambda text: urls.problem(f"http://xn--{text}"),
    lambda text: urls.problem(f"http://a:1{text}"),
    lambda text: urls.problem(f"http://a/{text}"),
    lambda text: documents.problem(text, "texts"),
    lambda text: documents.problem(f"[{text}]", "integers"),
    lambda text: moments.problem(text),
    lambda text: moments.problem(f"run?_step={text}"),
]


@pytest.mark.parametrize("text", HOSTILE, ids=[ascii(text[:8]) for text in HOSTILE])
def test_hostile_texts_end_quickly(text: str) -> None:
    for number, judge in enumerate(JUDGES):
        started = time.process_time()
        judge(text)
        assert time.process_time() - started < 30, number


def test_brackets_have_a_bound() -> None:
    assert documents.problem("[" * 100_000, "integers") == "is JSON that is nested too deeply"
    assert documents.problem("[" * 100_000 + "]" * 100_000, "filters") == "is JSON that is nested too deeply"
