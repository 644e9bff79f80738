"""Addresses of servers as the SDK read them until 0.18: by the standard library, and by host names of the DNS.

Owns which texts were taken, after the blanks at both ends and the slashes at the end, which were cut off.
Newer releases follow the WHATWG's rules, which envlint.kinds.urls knows.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

_SCHEMES = ("http", "https")
# Letters beyond ASCII were any characters from here to the end of the first plane.
_LETTER = "a-z\u00a1-\uffff"
# RFC 1034, 3.1: a label has 63 characters at most, and no dash at its ends.
_LABEL = rf"[{_LETTER}0-9](?:[{_LETTER}0-9-]{{0,61}}[{_LETTER}0-9])?"
_TOP = rf"(?:xn--[a-z0-9]{{1,59}}|(?!-)[{_LETTER}-]{{2,63}}(?<!-))"
_SIX = re.compile(r"\[[0-9a-f:.]+\]", re.I)
_PORT = re.compile(r":[0-9]{1,5}")
_USER = re.compile(r"[^\s:@/]+(?::[^\s:@/]*)?")
_BREAK = re.compile(r"[\t\r\n]")
_BLANK = re.compile(r"\s")
_LONGEST_HOST = 253


# These take their time to be made, and most runs judge no such address.
@lru_cache(maxsize=1)
def _host() -> re.Pattern[str]:
    return re.compile(rf"{_LABEL}(?:\.{_LABEL})*(?P<end>\.)?", re.I)


@lru_cache(maxsize=1)
def _top_level() -> re.Pattern[str]:
    return re.compile(_TOP, re.I)


def cut(text: str) -> str:
    """The text as it was then judged, its scheme in lower case since either case was taken."""
    scheme, found, rest = text.strip().rstrip("/").partition("://")
    return f"{scheme.lower()}{found}{rest}" if found else scheme


def problem(text: str) -> str | None:
    """Why the SDK refused the address, in words that follow "it"; None where it took it."""
    text = cut(text)
    scheme, found, rest = text.partition("://")
    if not found or scheme not in _SCHEMES:
        return "has no scheme such as https://"
    if _BREAK.search(text) or _BLANK.search(text, len(text) - len(rest) + _end(rest)):
        return "has a blank in it"
    try:
        host = urlsplit(text).hostname
    except ValueError:
        return "has no host that can be read"
    if host is None or len(host) > _LONGEST_HOST or not _is_server(rest):
        return "has no host that can be read"
    return None


def _end(rest: str) -> int:
    """Where path, query or fragment begin."""
    return min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))


def _is_server(rest: str) -> bool:
    """Whether what follows the scheme is [user[:password]@]host[:port] and a path, a query or a fragment."""
    user, at, server = rest[: _end(rest)].rpartition("@")
    if at and not _USER.fullmatch(user):
        return False
    found = _SIX.match(server) or _host().match(server)
    if found is None:
        return False
    name, port = found.group(), server[found.end() :]
    if port and not _PORT.fullmatch(port):
        return False
    # A dot at the end needs a top-level domain before it.
    _, dot, top = name[:-1].rpartition(".")
    return not name.endswith(".") or (bool(dot) and _top_level().fullmatch(top) is not None)
