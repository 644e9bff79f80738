"""URLs as the SDK takes them for a server or a proxy: http or https, and without any breach of URL syntax.

The loader's validator is pydantic's, in strict mode: it wraps a reader of the WHATWG URL standard and refuses
what that reader refuses or would silently repair, except a name and a password before the host. Owns what
stands around the host; hosts has the host itself. Knows no setting and no server.
"""

from __future__ import annotations

import re

from envlint.kinds import hosts

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SLASHES = re.compile(r"[/\\]*")
_AUTHORITY = re.compile(r"[^/?#\\]*")
# Up to the first colon outside of brackets. A bracket that nothing closes reaches to the end.
_HOST = re.compile(r"(?:[^:\[]|\[[^\]]*\]?)*")
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LAST_OF_PLANES = "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
# URL standard, "URL code points", and the %, which is judged apart. The reader leaves out U+E0000 to U+E0FFF too.
_NO_URL_CHARACTER = re.compile(
    rf'[\x00- "#<>\[\\\]^`{{|}}\x7f-\x9f\ufdd0-\ufdef\U000e0000-\U000e0fff{_LAST_OF_PLANES}]'
)
_LARGEST_PORT = 65535


def problem(text: str) -> str | None:
    """Why the loader refuses the URL, in words that follow "it"; None where it takes it.

    None also where the host is not ASCII and the running Python's Unicode data cannot tell.
    """
    if not text:
        return "is empty"
    if _SURROGATE.search(text):
        return "holds a byte that is no text"
    return _blank(text) or _start(text) or _parts(text)


def _blank(text: str) -> str | None:
    if text[0] <= " ":
        return "begins with a blank or a control character"
    if text[-1] <= " ":
        return "ends with a blank or a control character"
    if any(blank in text for blank in "\t\n\r"):
        return "holds a tab or a line break"
    return None


def _start(text: str) -> str | None:
    scheme = _SCHEME.match(text)
    if scheme is None or (
        scheme.group().lower() not in ("http:", "https:") and not text.startswith("//", scheme.end())
    ):
        return "has no scheme such as https://"
    if scheme.group().lower() not in ("http:", "https:"):
        return "has a scheme other than http and https"
    slashes = _SLASHES.match(text, scheme.end())
    assert slashes is not None
    if "\\" in slashes.group():
        return "has a backslash"
    if len(slashes.group()) < 2:
        return "has no // after its scheme"
    return "has more than two slashes after its scheme" if len(slashes.group()) > 2 else None


def _parts(text: str) -> str | None:
    """What is wrong after the two slashes."""
    start = text.index("//") + 2
    found = _AUTHORITY.match(text, start)
    assert found is not None
    userinfo, _, place = found.group().rpartition("@")
    if "@" in userinfo:
        return "has more than one @ before its host"
    rest = text[found.end() :]
    return _written(userinfo) or _place(place) or _after(rest)


def _place(place: str) -> str | None:
    """What is wrong with a host and its port."""
    found = _HOST.match(place)
    assert found is not None
    host, port = found.group(), place[found.end() + 1 :]
    if not host:
        return "has no host"
    if port and not (port.isascii() and port.isdecimal()):
        return "has a port that is no number"
    significant = port.lstrip("0")
    if len(significant) > 5 or int(significant or "0") > _LARGEST_PORT:
        return f"has a port above {_LARGEST_PORT}"
    return hosts.problem(host)


def _after(rest: str) -> str | None:
    """What is wrong with a path, a query and a fragment."""
    before, _, fragment = rest.partition("#")
    return _written(before) or _written(fragment)


def _written(part: str) -> str | None:
    if _PERCENT.search(part):
        return "has a % that two hexadecimal digits do not follow"
    found = _NO_URL_CHARACTER.search(part)
    if found is None:
        return None
    if found.group() == "\\":
        return "has a backslash"
    if found.group() == " ":
        return "holds a blank"
    if found.group() in '"#<>[]^`{|}':
        return f"holds {found.group()}, which a URL spells with a %"
    return "holds a character that no URL can"
