"""Hosts: passwords and tokens that are a secret because of the host they are for.

Owns the notations that name a host and its credentials: user information in a URL (RFC 3986, 3.2.1), netrc, the
options of curl, HTTP's headers.
"""

from __future__ import annotations

import re

from envlint.credentials import Credentials
from envlint.source import Span
from envlint.surfaces.text.words import Word

_REACH = 400
_HOST = re.compile(r"@([\w.-]{1,253})", re.ASCII)
_URL = re.compile(r"(?:(?P<known>//|@)|(?<![\w.@/-]))(?P<host>[A-Za-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){1,8})", re.ASCII)
_MACHINE = re.compile(r"""machine(?:\\[nrt]|[\s"',])+([\w.:-]{1,253})""", re.ASCII)
_PASSWORD = re.compile(r"""password(?:\\[nrt]|[\s"',#+-]){1,20}\Z""")
_NETRC_WORD = re.compile(r"\b(?:login|user|account|password|macdef|machine|default)\b")
_USER = re.compile(r"""(?:^|[\s"'(\[,])(?:-u|--user|--proxy-user)(?:\s|=|["',\\]){0,6}[\w.@-]{0,64}:\Z""")
_ENCODED = re.compile(
    r"""basic[ \t]{1,4}(?:\$\(|`)[ \t]{0,4}(?:echo|printf)(?:[ \t]-\w{1,3}){0,3}[ \t]{1,4}\\?["']?[\w.@-]{0,64}:\Z""",
    re.IGNORECASE,
)
_CODED = re.compile(r"""\b(?:btoa|b64encode|encode64)\([ \t]{0,4}[rbuf]{0,2}\\?["'`][\w.@-]{0,64}:\Z""")
_SCHEME = re.compile(r"(?:bearer|basic|token|apikey)[ \t]{1,4}\Z", re.IGNORECASE)
_PAIR = re.compile(r"""[(\[][ \t]{0,4}\\?["'](?:api|user|token)\\?["'][ \t]{0,4},\s{0,8}[rbuf]?\\?["']\Z""")
_HEADER = re.compile(
    r"""(?:authorization|x-api-key|api-key|x-auth-token)\\?["']?\]?\s{0,4}[:=,]{0,1}\s{0,4}[rbuf]?\\?["'`]?\Z""",
    re.IGNORECASE,
)


def in_url(text: str, span: Span, known: Credentials) -> bool:
    """Whether a word is the user information, or its end, of a URL of one of the vendor's hosts."""
    before = text[max(0, span.start - 80) : span.start]
    if not (before.endswith("//") or re.search(r"//[\w.%@-]{0,64}:\Z", before)):
        return False
    found = _HOST.match(text, span.end)
    return found is not None and known.is_host(found[1])


def in_netrc(text: str, at: int, known: Credentials) -> bool:
    """Whether the value at an offset is the password of a machine that is one of the vendor's hosts."""
    left = text[max(0, at - _REACH) : at]
    if not _PASSWORD.search(left, max(0, len(left) - 40)):
        return False
    machines = list(_MACHINE.finditer(left))
    if not machines or not known.is_host(machines[-1][1]):
        return False
    # An entry without a host of its own, `default`, ends the one before.
    return "default" not in _NETRC_WORD.findall(left, machines[-1].end())


def authorizes(text: str, word: Word) -> bool:
    """Whether a word stands where a request's credentials do: curl's -u, an authorization header, a pair of user
    and password."""
    left = text[max(0, word.span.start - 120) : word.span.start]
    scheme = _SCHEME.search(left, max(0, len(left) - 12))
    if scheme:
        return word.user or _HEADER.search(left[: scheme.start()]) is not None or _quoted(left[: scheme.start()])
    return any(notation.search(left) for notation in (_USER, _ENCODED, _CODED, _PAIR, _HEADER))


def _quoted(left: str) -> bool:
    return left.endswith(('"', "'", "`"))


def names_host(text: str, region: Span, known: Credentials) -> bool:
    """Whether a region names one of the vendor's hosts, as a URL's or by its full known name."""
    for found in _URL.finditer(text, region.start, region.end):
        host = found["host"]
        if host.lower() in known.hosts or (found["known"] and known.is_host(host)):
            return True
    return False
