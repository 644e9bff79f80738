"""Hosts of URLs: addresses and names, as a reader of the WHATWG URL standard takes them for http.

Owns the two forms of addresses and the way to a name's characters; domains has the rules of names.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from envlint.kinds import domains

_DIGITS_OF = {16: re.compile(r"[0-9a-f]*"), 10: re.compile(r"[0-9]*"), 8: re.compile(r"[0-7]*")}
# More significant digits than these are more than 32 bits.
_MOST_DIGITS = {16: 8, 10: 10, 8: 11}
_PIECE = re.compile(r"[0-9A-Fa-f]{1,4}")
# Three digits at most, no leading zero.
_BYTES = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}")
_NO_IPV4 = "has a host that is no IPv4 address, though its last part is a number"
_NO_IPV6 = "has a host in brackets that is no IPv6 address"


def problem(host: str) -> str | None:
    """Why `host`, at least one character of valid Unicode, is none, in words that follow "it"; None where it is one."""
    if host.startswith("["):
        return None if host.endswith("]") and _is_ipv6(host[1:-1]) else _NO_IPV6
    try:
        decoded = unquote_to_bytes(host).decode()
    except UnicodeDecodeError:
        return domains.NO_NAME
    name = domains.read(decoded)
    if name is None:
        return None
    if name.fault is not None:
        return name.fault
    if not name.text:
        return "has no host"
    return _NO_IPV4 if _ends_in_a_number(name.text) and not _is_ipv4(name.text) else None


def _ends_in_a_number(name: str) -> bool:
    parts = name.rsplit(".", 2)
    if parts[-1] == "":
        parts.pop()
    last = parts[-1] if parts else ""
    return (last.isascii() and last.isdecimal()) or _number(last) is not None


def _is_ipv4(name: str) -> bool:
    parts = name.removesuffix(".").split(".", 4)
    numbers = [number for part in parts if (number := _number(part)) is not None]
    if len(parts) > 4 or len(numbers) < len(parts):
        return False
    # The last number fills all bytes that the others leave.
    return all(number < 256 for number in numbers[:-1]) and numbers[-1] < 256 ** (5 - len(numbers))


def _number(part: str) -> int | None:
    """The number of a part, decimal, hexadecimal or octal as in C; None where it is none. Beyond 32 bits: 2**32."""
    if not part:
        return None
    base, digits = _notation(part)
    if not _DIGITS_OF[base].fullmatch(digits):
        return None
    significant = digits.lstrip("0") or "0"
    return min(int(significant, base), 2**32) if len(significant) <= _MOST_DIGITS[base] else 2**32


def _notation(part: str) -> tuple[int, str]:
    if part.startswith("0x"):
        return 16, part[2:]
    return (8, part[1:]) if part.startswith("0") and len(part) > 1 else (10, part)


def _is_ipv6(address: str) -> bool:
    # An address has 45 characters at most; no longer one is worth splitting.
    if len(address) > 45:
        return False
    head, gap, tail = address.partition("::")
    before = _pieces(head, last=not gap)
    after = _pieces(tail, last=True)
    if before is None or after is None:
        return False
    return before + after == 8 if not gap else before + after < 8


def _pieces(run: str, *, last: bool) -> int | None:
    """How many 16-bit pieces a run without a gap has; None where it is none. IPv4 notation may end the last run."""
    if not run:
        return 0
    pieces = run.split(":")
    count = len(pieces)
    if last and "." in pieces[-1]:
        if not _is_dotted(pieces.pop()):
            return None
        count += 1
    return count if all(map(_PIECE.fullmatch, pieces)) else None


def _is_dotted(text: str) -> bool:
    return _BYTES.fullmatch(text) is not None and all(int(number) < 256 for number in text.split("."))
