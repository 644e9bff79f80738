"""Every notation of a value against the readers that the SDK's loader really uses."""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from envlint.kinds import documents, moments, numbers, urls

DIGITS = [*"0123456789", "00", "0_", "_", "__", ".", ".0", ".00", "+", "-", "e", "E5", "e-3", "inf", "nan", "Infinity"]
ODD = [" ", "\t", "\x1c", "\x85", "\xa0", "\u2003", "\u200b", "\ufeff", "١", "²", "0x1", "\udcff", "a", "ı", "ſ"]
LONG = ["1" * 4299, "1" * 4300, "0" * 4301, "-" + "9" * 4300, "9" * 19, "9223372036854775808", "1"]

STARTS = ["http://"] * 12 + ["https://"] * 8
STARTS += [
    "HTTP://",
    "http:/",
    "http:",
    "http:///",
    "http:\\\\",
    "ftp://",
    "",
    "//",
    "localhost:",
    "1http://",
    " http://",
]
USERS = [""] * 6 + ["u@", "u:p@", "@", ":@", "u@v@", "%@", "%41@", "é@", "[@", "u::@"]
HOSTS = [
    "a",
    "b.c",
    "-",
    "_",
    "0",
    "256",
    "255",
    "08",
    "0x",
    "0xg",
    "0x1",
    "0X7F",
    ".",
    "..",
    "[",
    "]",
    "::",
    "1:",
    "ffff",
]
HOSTS += ["1.2.3.4", "01", "%41", "%zz", "%", "%2e", "%00", "%ff", "%c3%a9", "xn--mnchen-3ya", "XN--bcher-kva", "-a"]
HOSTS += [
    *"<>^|`{\"'!$*,;=&~+ \x00\x7f\x1f\t@AZ",
    "4294967296",
    "4294967295",
    "0xffffffff",
    "0x100000000",
    "037777777777",
]
PORTS = ["", "", ":", ":80", ":0", ":65535", ":65536", ":000080", ":8a", ": 80", ":-1", ":99999999999", ":٨"]
RESTS = [
    *"/?#\\^|`{}[]<>\"' \t\n\x00\x7f\x80\xa0é@:~",
    "/a",
    "q=1",
    "%",
    "%4",
    "%41",
    "%zz",
    "..",
    "//",
    "\ufdd0",
    "\ufffe",
]
RESTS += ["\U0001ffff", "\U000e0001", "\U000e1000", "\U0010fffe", "\udcff"]
ADDRESS = ["", "0", "1", "ffff", "12345", "1.2.3.4", "255.255.255.255", "1.2.3", "01.2.3.4", "1.2.3.256", "g"]
INTERNATIONAL = [*"éüßς中אبक١1a-0。．ﬁ／％１Ａ\u3000\u200d\u200c\u094d\u0301\xad\u200b\ue000\u202e\ufeffİKſ", "xn--"]

TOKENS = [
    *"{}[],: \n",
    '"a"',
    '"a":',
    '"1"',
    '" 1 "',
    '"1.0"',
    "1",
    "-1",
    "1.0",
    "1.5",
    "1e400",
    "9223372036854775808.0",
]
TOKENS += [
    "9223372036854774784.0",
    "-9223372036854775808.0",
    "NaN",
    "-Infinity",
    "true",
    "null",
    '"\\ud800"',
    '"\udcff"',
]
TOKENS += ["\ufeff", "\x0b", "1" * 4300, "1" * 4301, "-" + "1" * 4300, "'a'", '"\x01"', '{"a":{}}', "01", "-0", '"\\']
TOKENS += ['"a":[[1]],"a":"x"']

MOMENTS = ["run", "a", "é", "／", "℀", "?", "_step", "=", "1", "²", "1.5", "nan", "&", "_step=1", "_step=", "?_step=1"]
MOMENTS += [*"#/;@:[]% \n\t\x00+", "[::1]", "%5f", "\udcff", "1" * 4301, "1_0", "١", "?_step="]


def glued(rng: random.Random, pieces: Sequence[str], most: int) -> str:
    return "".join(rng.choice(pieces) for _ in range(rng.randint(0, most)))


def taken(reader: Callable[[str], Any], text: str) -> Any:
    """What the reader makes of the text, None where it refuses it."""
    try:
        return reader(text)
    except ValueError:
        return None


def same(ours: Any, theirs: Any) -> bool:
    return type(ours) is type(theirs) and (ours == theirs or (ours != ours and theirs != theirs))


def number_texts() -> Iterator[str]:
    rng = random.Random(1)
    for _ in range(5000):
        yield glued(rng, DIGITS, 6)
        yield glued(rng, DIGITS + ODD, 5)
    for _ in range(80):
        yield glued(rng, DIGITS, 1) + rng.choice(LONG) + glued(rng, DIGITS + ODD + LONG, 1)


def test_numbers_are_read_as_pydantic_and_python_read_them() -> None:
    from pydantic_core import SchemaValidator, core_schema

    readers: list[tuple[Callable[[str], Any], Callable[[str], Any]]] = [
        (lambda text: numbers.fraction(text, "pydantic"), SchemaValidator(core_schema.float_schema()).validate_python),
        (lambda text: numbers.whole(text, "pydantic"), SchemaValidator(core_schema.int_schema()).validate_python),
        (lambda text: numbers.fraction(text, "python"), float),
        (lambda text: numbers.whole(text, "python"), int),
    ]
    texts = list(number_texts())
    for ours, theirs in readers:
        wrong = [text[:50] for text in texts if not same(ours(text), taken(theirs, text))]
        assert wrong == []
        assert sum(taken(theirs, text) is not None for text in texts) > 500


def url_texts() -> Iterator[str]:
    rng = random.Random(2)
    for _ in range(20000):
        yield rng.choice(STARTS) + rng.choice(USERS) + glued(rng, HOSTS, 4) + rng.choice(PORTS) + glued(rng, RESTS, 3)
    for _ in range(5000):
        address = glued(rng, "0123456789abf:.xg[]%", 12)
        yield f"http://[{address}]"
        yield f"http://{address}"
        yield "http://[" + ":".join(rng.choice(ADDRESS) for _ in range(rng.randint(1, 9))) + "]/"


def url_reader() -> Callable[[str], Any]:
    from wandb.sdk.lib import urls as theirs

    # The validator returns nothing; an answer tells taken from refused.
    return lambda text: theirs.validate_url(text) is None


def test_urls_are_taken_as_the_sdk_takes_them() -> None:
    reader = url_reader()
    texts = list(url_texts())
    theirs = [taken(reader, text) is not None for text in texts]
    wrong = [text for text, fits in zip(texts, theirs, strict=True) if fits != (urls.problem(text) is None)]
    assert wrong == []
    assert sum(theirs) > 2000


def test_no_international_host_is_refused_that_the_sdk_takes() -> None:
    reader = url_reader()
    rng = random.Random(3)
    hosts = [glued(rng, INTERNATIONAL, 5) for _ in range(10000)]
    hosts += ["xn--" + glued(rng, "abcdefghijklmnopqrstuvwxyz0123456789-", 8) for _ in range(10000)]
    assigned = [chr(rng.choice((rng.randrange(0x80, 0x3000), rng.randrange(0xF900, 0x20000)))) for _ in range(8000)]
    assigned = [each for each in assigned if unicodedata.category(each) not in ("Cn", "Cs")]
    hosts += [host for each in assigned for host in (f"a{each}b", f"א{each}א", each)]
    hosts += [f"xn--{each.encode('punycode').decode()}" for each in assigned]
    theirs = [taken(reader, f"http://{host}") is not None for host in hosts]
    ours = [urls.problem(f"http://{host}") is None for host in hosts]
    wrong = [host for host, fits, found in zip(hosts, theirs, ours, strict=True) if fits and not found]
    undecided = [host for host, fits, found in zip(hosts, theirs, ours, strict=True) if found and not fits]
    assert wrong == []
    # Of what is refused in truth, nearly all but the random Punycode is known to be.
    assert len([host for host in undecided if not host.startswith("xn--")]) < len(hosts) / 100


def json_texts() -> Iterator[str]:
    rng = random.Random(4)
    for _ in range(15000):
        yield nested(rng, 3)
        yield glued(rng, TOKENS, 5)


def nested(rng: random.Random, depth: int) -> str:
    form = rng.random()
    if depth == 0 or form < 0.4:
        return rng.choice(TOKENS)
    if form < 0.7:
        return "[" + ",".join(nested(rng, depth - 1) for _ in range(rng.randint(0, 3))) + "]"
    keys = ('"a"', '"b"', '"\\ud800"', '"\udcff"')
    return "{" + ",".join(f"{rng.choice(keys)}:{nested(rng, depth - 1)}" for _ in range(rng.randint(0, 3))) + "}"


@pytest.mark.parametrize(
    ("shape", "field"),
    [
        ("texts", "x_extra_http_headers"),
        ("integers", "x_stats_gpu_device_ids"),
        ("filters", "x_stats_open_metrics_filters"),
    ],
)
def test_documents_are_taken_as_the_settings_take_them(shape: str, field: str) -> None:
    from pydantic import TypeAdapter
    from wandb.sdk.wandb_settings import Settings

    validator: TypeAdapter[Any] = TypeAdapter(Settings.model_fields[field].annotation)
    texts = list(json_texts())
    reader = lambda text: (validator.validate_python(json.loads(text)),)  # noqa: E731
    theirs = [taken(reader, text) is not None for text in texts]
    wrong = [text for text, fits in zip(texts, theirs, strict=True) if fits != (documents.problem(text, shape) is None)]
    assert wrong == []
    assert sum(theirs) > 1000


def test_moments_are_taken_as_the_sdk_takes_them() -> None:
    from wandb.sdk.lib.run_moment import RunMoment

    rng = random.Random(5)
    texts = [glued(rng, MOMENTS, 6) for _ in range(20000)]
    texts += [f"{glued(rng, MOMENTS, 1)}?_step={glued(rng, MOMENTS, 2)}" for _ in range(5000)]
    theirs = [taken(RunMoment.from_uri, text) is not None for text in texts]
    wrong = [text for text, fits in zip(texts, theirs, strict=True) if fits != (moments.problem(text) is None)]
    assert wrong == []
    assert sum(theirs) > 300
