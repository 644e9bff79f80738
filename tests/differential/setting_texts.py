"""Texts that a settings loader is tried with: the same for the newest release and for older ones.

They are made from what a variable accepts, and say nothing about which of them are right. A text holds no
NUL and no lone surrogate, since no environment can pass the one and no loader can print the other.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from envlint.pack import Spec, Variable

_SEED = 31

_EVERYWHERE = (
    *("", " ", "\t", "true", "True", "TRUE", "tRuE", "false", "False", "FALSE", "yes", "Yes", "no", "NO", "on", "On"),
    *("off", "OFF", "y", "N", "t", "F", "0", "1", "2", "-1", "1.0", "none", "None", "null", "enabled", "typed"),
    *(
        " true",
        "true ",
        "true\n",
        '"true"',
        "'off'",
        "oui",
        "ｔｒｕｅ",
        "a",
        "A b",
        "a,b",
        "a, b",
        ",",
        "a,",
        ",a",
        "a,,b",
    ),
    *("é", "日本", "🙂", "a/b", "a\\b", "a:b", "a;b", "a'b", "a#b", "a?b", "a%b", "a b", "~/runs", "./runs", "/data"),
    *(
        "{}",
        "[]",
        "[0, 1]",
        '{"a": "b"}',
        "http://localhost:8080",
        "https://api.wandb.ai",
        "run?_step=1",
        "300",
        "60.5",
    ),
    *("x" * 63, "x" * 64, "x" * 65, "x" * 128, "x" * 129, "é" * 64, "é" * 65, "x" * 300),
)

_NUMBERS = (
    *(
        "+5",
        "-0",
        "00",
        "007",
        "1_000",
        "1__0",
        "_1",
        "1_",
        " 300 ",
        "\t1",
        "1\n",
        "1e3",
        "1E3",
        "1e",
        "e1",
        "1.",
        ".5",
    ),
    *(
        ".",
        "+",
        "-",
        "--1",
        "+-1",
        "1.5.2",
        "1,5",
        "1.0e-2",
        "1e400",
        "-1e400",
        "inf",
        "-inf",
        "Infinity",
        "nan",
        "NaN",
    ),
    *("0x10", "0b1", "1e1_0", "١٢", "½", "5m", "60s", "1h", "9" * 19, "9" * 40, "1.000", "-1.0", "-0.0", "0.05", "0.1"),
    *("0.09", "0.1000", "1e-1", "999999999999999999999.0", "9223372036854775808", "1.0000000000000000000001", "0_1"),
)
_ADDRESSES = (
    *(
        "http://",
        "https://",
        "//x",
        "api.wandb.ai",
        "localhost:8080",
        "ftp://x",
        "HTTP://LOCALHOST",
        "http:/x",
        "http:x",
    ),
    *(
        "https://app.wandb.ai",
        "https://wandb.ai",
        "http://api.wandb.ai",
        "https://api.wandb.ai/",
        "https://acme.wandb.io",
    ),
    *("https://api.wandb.ai.evil.com", "https://app.wandb.ai/a.b", "https://eu.wandb.ai", "HTTPS://API.WANDB.AI"),
    *("https://forge.coreweave.com", "https://forge.coreweave.com/api/wandb", "https://forge.coreweave.com/api/wandb/"),
    *(
        "http://forge.coreweave.com/api/wandb",
        "https://forge.coreweave.com:443/api/wandb",
        "https://Forge.CoreWeave.com",
    ),
    *("https://qa.forge.coreweave.com", "https://api.forge.coreweave.com", "http://api.forge.coreweave.com"),
    *(" https://api.wandb.ai", "https://api.wandb.ai ", "https://a b", "https://a/b c", "http://VOTRE_IP:VOTRE_PORT"),
    *(
        "http://x:0",
        "http://x:65535",
        "http://x:65536",
        "http://x:",
        "http://x:8a",
        "http://1.2.3.4",
        "http://1.2.3.256",
    ),
    *("http://[::1]:8080", "http://[::1", "http://u:p@h", "http://@h", "http://h?q", "http://h#f", "http://é.fr"),
    *(
        "http://xn--a.fr",
        "http://a_b",
        "http://-a",
        "http://a..b",
        "http://a.",
        "http://.a",
        "http://a\\b",
        "http://a|b",
    ),
    *("http://a%20b", "http://a/%zz", "http://a/<b>", 'http://a/"b"', "http://a/{b}", "http://a/é", "https:///x"),
    *("http://" + "a" * 63 + ".b", "http://" + "a" * 64 + ".b", "http://a/" + "b" * 3000, "http://a\tb", "http://a\n"),
)
_DOCUMENTS = (
    *("null", "true", "1", '"a"', "{", "}", "[", "{'a': 'b'}", '{"a": 1}', '{"a": null}', '{"a": {"b": "c"}}', "[1]"),
    *('{"a": {"b": 1}}', '{"a": []}', '["a"]', '["a", 1]', '["1"]', '["1.0"]', "[1.0]", "[1.5]", "[true]", "[null]"),
    *("[[1]]", "[NaN]", "[Infinity]", "[1e3]", "[1e30]", "[-1]", "0,1", "0", ' {"a": "b"} ', '{"a": "b",}', "[1,]"),
    *('{"a": "b", "a": "c"}', '{"a":\n"b"}', '{1: "b"}', '{"é": "日"}', "[" * 200, '{"a": {}}', "[9" + "9" * 40 + "]"),
    *('["a_.*", "b"]', "\ufeff{}", '{"a": "\t"}', "[0x1]", "[01]", "[1_0]", "[]]", "nul"),
)
_MOMENTS = (
    *(
        "a?_step=1",
        "a?_step=1.5",
        "a?_step=",
        "a?_step",
        "a?step=1",
        "?_step=1",
        "a?_step=x",
        "a/b?_step=1",
        "a?_step=-1",
    ),
    *("a?_step=1&_step=2", "a?_step=1&b=2", "a#b?_step=1", "a?_step=1#b", "a?_step=inf", "a?_step=1e3", "a?_step=1_0"),
    *("a b?_step=1", "a;b?_step=1", "a?_step=%31", "a?_step=+1", "a?_step=٣", "a?_step=²", "é?_step=1", "a:b?_step=1"),
    *(
        "a@b?_step=1",
        "[a?_step=1",
        "[::1]?_step=1",
        "a?_step=1;b=2",
        "a?_step=1 ",
        " a?_step=1",
        "a??_step=1",
        "a?&_step=1",
    ),
    *("a;p?_step=1", "a/?_step=1", "a?_step==1", "a?_step=0x1", "a?_STEP=1", "a\t?_step=1", "a?_step=1\n"),
)
_LISTS = (
    "a,b,c",
    " a",
    "a ",
    "a ,b",
    ",,",
    "x" * 64 + "," + "y" * 64,
    "x" * 64 + "," + "y" * 65,
    "x" * 66 + ",",
    "['a']",
    "\n",
)
_OF_KIND = {
    "number": _NUMBERS,
    "url": _ADDRESSES,
    "json": _DOCUMENTS,
    "moment": _MOMENTS,
    "list": _LISTS,
    "nothing": (*_NUMBERS[:10], *_DOCUMENTS[:20], *_MOMENTS[:5]),
}
_ALPHABET = "abcxyz ABC019_-.,:;/#?%'\"\t=+éß日"


def texts(variable: Variable) -> tuple[str, ...]:
    """At least sixty texts for a variable: edges of its kinds, its own words and near misses of them, and random
    ones, the same in every run."""
    rng = random.Random(f"{_SEED} {variable.alias_of or variable.name}")
    known = [spec for spec in variable.specs if spec.read]
    chosen = [*_EVERYWHERE]
    for kind in dict.fromkeys(spec.kind for spec in known):
        chosen += _OF_KIND.get(kind, ())
    for spec in known:
        chosen += _own(spec)
    pool = tuple(dict.fromkeys(chosen))
    chosen += (_changed(rng.choice(pool), rng) for _ in range(30))
    return tuple(text for text in dict.fromkeys(chosen) if "\0" not in text)


def _own(spec: Spec) -> Iterator[str]:
    """The words of a spec as they are, in other cases, with blanks, and one slip away; lengths around its limit."""
    for word in (*spec.values, *spec.others, *spec.instead):
        yield from (word, word.upper(), word.title(), word.swapcase(), f" {word}", f"{word} ", f'"{word}"')
        yield from (word[1:], word[:-1], word + word[-1], word[:1] + word)
    if spec.max_length is not None:
        yield from ("x" * length for length in range(spec.max_length - 1, spec.max_length + 3))
    yield from (f"a{character}b" for character in spec.forbidden)
    if spec.minimum is not None:
        yield from (f"{spec.minimum}", f"{spec.minimum - 1:g}", f"{spec.minimum + 1:g}", f"{spec.minimum - 0.001:g}")


def _changed(text: str, rng: random.Random) -> str:
    """The text after one to three random changes."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randint(0, len(text))
        text = rng.choice(_CHANGES)(text, at, rng)
    return text


def _insert(text: str, at: int, rng: random.Random) -> str:
    return text[:at] + rng.choice(_ALPHABET) + text[at:]


def _drop(text: str, at: int, rng: random.Random) -> str:
    return text[:at] + text[at + 1 :]


def _double(text: str, at: int, rng: random.Random) -> str:
    return text[:at] + text[at : at + 1] + text[at:]


def _swap(text: str, at: int, rng: random.Random) -> str:
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def _case(text: str, at: int, rng: random.Random) -> str:
    return text[:at] + text[at:].swapcase()


_CHANGES: Sequence = (_insert, _insert, _drop, _double, _swap, _case)
