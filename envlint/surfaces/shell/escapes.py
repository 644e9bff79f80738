"""The escapes of `$'...'` (Bash manual 3.1.2.4)."""

from __future__ import annotations

import re

QUOTED = re.compile(r"[^\\']*(?:\\.[^\\']*)*'", re.DOTALL)
"""What follows `$'`, up to and with the closing quote."""

_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|(.))", re.DOTALL)
_ESCAPED = dict(zip("abeEfnrtv\\'\"?", "\a\b\x1b\x1b\f\n\r\t\v\\'\"?", strict=True))


def unescaped(body: str) -> str | None:
    """The text of an ANSI-C string, or None where it depends on the locale or on bytes around it."""
    if not body.isascii() and "\\" in body:
        return None
    known = True

    def character(escape: re.Match[str]) -> str:
        nonlocal known
        octal, hexadecimal, short, long, other = escape.groups()
        if other is not None:
            # \cx, and an x, u or U without digits, are left to the shell.
            known = known and other not in "cxuU"
            return _ESCAPED.get(other, "\\" + other)
        code = int(octal, 8) & 0xFF if octal else int(hexadecimal or short or long, 16)
        known = known and 0 < code < 0x80
        return chr(code) if known else ""

    text = _ESCAPE.sub(character, body)
    return text if known else None
