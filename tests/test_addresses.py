"""Addresses of servers as old releases of the SDK took them, from the rules that those releases give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envlint.kinds import addresses

_TAKEN = (
    "https://api.wandb.ai",
    "http://localhost:8080",
    "HTTP://LOCALHOST",  # the case of a scheme was free
    " https://api.wandb.ai/ ",  # blanks and slashes at the ends were cut off
    "http://a",  # a host needed no top-level domain
    "http://1.2.3.256",  # as labels of a name
    "http://[::1]:8080",
    "http://user:password@host",
    "http://host:99999",  # five digits, whatever the number
    "http://host?query",
    "http://host#fragment",
    "http://é.fr",
    "http://a.xn--b.",  # a dot may end a name with a top-level domain
    "http://" + ".".join(["a" * 63] * 3),
)
_REFUSED = (
    "",
    "api.wandb.ai",
    "localhost:8080",
    "//host",
    "ftp://host",
    "http:/host",
    "http://",
    "http:///path",
    "http://a_b",
    "http://-a",
    "http://a-",
    "http://a..b",
    "http://localhost.",  # no top-level domain before the dot
    "http://host:",
    "http://host:123456",
    "http://VOTRE_IP:VOTRE_PORT",
    "http://@host",
    "http://a@b@c",
    "http://a b",
    "http://a/b c",
    "http://a\tb",
    "http://[::1",
    "http://🙂",  # beyond the first plane
    "http://" + "a" * 64,
    "http://" + ".".join(["a" * 63] * 5),
)


@pytest.mark.parametrize("text", _TAKEN)
def test_taken(text: str) -> None:
    assert addresses.problem(text) is None


@pytest.mark.parametrize("text", _REFUSED)
def test_refused(text: str) -> None:
    assert addresses.problem(text)


def test_the_scheme_is_judged_in_lower_case() -> None:
    assert addresses.cut(" HTTPS://API.wandb.ai// ") == "https://API.wandb.ai"


@given(st.text())
def test_no_text_is_too_much(text: str) -> None:
    for one in (text, f"http://{text}"):
        said = addresses.problem(one)
        assert said is None or said.startswith("has ")


@pytest.mark.parametrize("piece", ["a", "a.", "a-", "@", ":", "[", "a:b@", "1."])
def test_a_long_text_takes_no_longer_than_it_is(piece: str) -> None:
    assert addresses.problem("http://" + piece * 100_000) is not None
