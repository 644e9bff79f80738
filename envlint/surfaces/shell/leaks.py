"""Where a text gives a secret away: pairs of a name and a value, logins, netrc entries, requests to a host.

Owns the notations of a secret within any text: a command line, a quoted script, the body of a here-document.
It judges by whole names, and must not know where the text comes from nor what a secret looks like. Every
pattern is matched at a place that is looked at once, or within a window of fixed length.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass

from envlint.credentials import Credentials
from envlint.facts import Wanted
from envlint.surfaces.shell.written import HOLE

SHORTEST = 20
"""Code points of a value that can be a secret; a name may also be a switch (`--wandb_login true`)."""

_WINDOW = 400
"""How far from a name its value is looked for where something stands between."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
# No longer than anybody's secret, so that a chain of names and marks costs no more than its length.
_VALUE = re.compile(r"""[^\s"'`,;(){}\[\]<>|&\\$]{1,600}(?![^\s"'`,;(){}\[\]<>|&\\$])""")
# What may stand between a name and its value: the end of a quoted or bracketed name, a mark, an opening quote.
_MARK = re.compile(r"""(?:\\?["'])?[\])}]*[ \t]*(?::=|\+=|=>|==?|:-?)[ \t]*(?:[A-Za-z]{0,2}\\?["'])?""")
_COMMA = re.compile(r"""\\?["'][\])]*[ \t]*,[ \t]*\\?["']""")
_BLANK = re.compile(r"""(?:\\?["'])?[ \t]+(?:\\?["'])?""")
_NAMED_VALUE = re.compile(
    r"""\\?["']?[ \t]*[,;]?\s{0,80}\\?["']?(?:value|Value|VALUE)\\?["']?[ \t]*[:=][ \t]*\\?["']?"""
)
_VALUE_OF = re.compile(
    r"""(?:value|Value|VALUE)\\?["']?[ \t]*[:=][ \t]*\\?["']?([^\s"'`,;(){}\[\]<>|&\\$]+)\\?["']?[ \t]*[,;]?\s{0,40}"""
    r"""\\?["']?(?:name|Name|key|Key)\\?["']?[ \t]*[:=][ \t]*\\?["']?\Z"""
)
# Behind these a name alone is passed on: what follows it is something else.
_PASSES = re.compile(r"(?:^|\s)(?:-e|--env|-x|-S|-G|--env-secrets?)[ =]?\Z")
_SUBSTITUTED = re.compile(r"(?:^|[\s;{])s([/|#@,!%:~])")
_PIPED = re.compile(r"(?:echo|printf|yes)[ \t]+([^|\n;&]{1,300})\|[^|\n;&]{0,80}\Z")
_SPAWN = re.compile(r"\bspawn(?:[ \t]+-\S{1,20})?[ \t]+\Z")
_SEND = re.compile(r"\bsend[ \t]+(?:--[ \t]+)?\\?[\"']?([^\s\"'\\]{20,600})")
_ANSWER = re.compile(r"""(?:^|\s|\\[nrt])([^\s"'`\\]{1,600})(?!\w)""")
_TRAILING = ".:!?,/*"
_TOKEN = re.compile(r"(?:(?!\\[nrt])\S)+")
_WORDS = re.compile(r"[^\s;&|]+")
_HOST = re.compile(r"(?<![\w.-])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_USER = re.compile(r"://(?:[^\s/:@\"']*:)?([^\s/:@\"']+)@\Z")
_REQUEST = re.compile(r"(?<![\w./-])(?:/usr(?:/local)?/bin/|/bin/)?(?:curl|wget|xhs?|https?|httpie)(?=[ \t])")
_ACCOUNT = re.compile(
    r"(?<!\S)(?:-[a-zA-Z]{0,8}u|-a|--user|--auth|--proxy-user)(?:[ \t]*=?[ \t]*)[\"']?[\w.@+-]{0,80}:"
)
_SCHEME = re.compile(r"(?:bearer|token|basic|apikey)[ \t]+", re.IGNORECASE)
_HEADERS = frozenset({"authorization", "xapikey", "httppassword", "proxypassword", "oauth2bearer"})
_CALLED = re.compile(r"\(\s{0,80}")
_KEYWORD = re.compile(r"""([A-Za-z_]\w{0,60})\s{0,10}[=:]\s{0,10}[rbuf]?["']([^"'\s\\]+)["']""")
_FIRST = re.compile(r"""[rbuf]{0,2}["']([^"'\s\\]+)["']""")
_OPENED = re.compile(r"""\\?["']?[ \t]*[:=]?[ \t]*\{""")
_BLOCK = re.compile(r"[ \t]*:[ \t]*(?:\r?\n|\Z)")
_FIELD = re.compile(r"""([A-Za-z_][\w-]{0,60})\\?["']?[ \t]*[:=][ \t]*\\?["']?([^\s"'`,;(){}\[\]<>|&\\$]+)""")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, slots=True)
class Leak:
    """Offsets in the text: where the notation begins, where the value begins and ends. `decoded`: what the value
    means where it is written in base64."""

    start: int
    first: int
    end: int
    decoded: str | None = None


def concerns(text: str, wanted: Wanted) -> bool:
    """Whether a text can give anything away: it spells a name, a host or a command that is looked for."""
    plain = text.lower()
    known = (*wanted.commands, *wanted.credentials.hosts, *wanted.credentials.sections)
    return any(word in plain for word in known) or is_spelled(plain, wanted.credentials)


def is_spelled(text: str, credentials: Credentials) -> bool:
    """Whether a name of the secret stands in a text, whatever stands between its words."""
    squeezed = text.lower().translate(_JOINERS)
    return any(name in squeezed for name in credentials.names)


_JOINERS = dict.fromkeys(map(ord, "_-. "))


def is_secret_name(text: str, credentials: Credentials) -> bool:
    """Whether an identifier means the secret."""
    return is_spelled(text, credentials) and credentials.is_named(text)


def leaks(text: str, wanted: Wanted) -> Iterator[Leak]:
    """Every place of a text that gives a secret away, those of one notation in order; a place may come twice."""
    if not concerns(text, wanted):
        return
    yield from _pairs(text, wanted.credentials)
    yield from _logins(text, wanted)
    yield from _netrc(text, wanted.credentials)
    yield from _requests(text, wanted.credentials)


def _pairs(text: str, credentials: Credentials) -> Iterator[Leak]:
    substituted = _SUBSTITUTED.search(text)
    stop = substituted[1] if substituted else ""
    for found in _IDENTIFIER.finditer(text):
        name, start, after = found[0], found.start(), found.end()
        name = _bare(name, text, start)
        if credentials.is_section(name.partition(".")[0]):
            yield from _in_call(text, start, after, name, credentials)
            yield from _in_section(text, start, after, name, credentials)
        if is_secret_name(name, credentials):
            yield from _after_name(text, start, after, stop)


def _bare(name: str, text: str, start: int) -> str:
    """A name without what belongs to the text before it: an escape such as `\\n`, the D of `-Dname=value`."""
    before = text[max(start - 1, 0) : start]
    return name[1:] if (before == "\\" and name[0] in "nrt") or (before == "-" and name[0] == "D") else name


def _after_name(text: str, start: int, after: int, stop: str) -> Iterator[Leak]:
    """The value behind a name: `NAME=value`, `"NAME": "value"`, `NAME value`, `name: NAME, value: value`."""
    around = _VALUE_OF.search(text, max(start - _WINDOW, 0), start)
    if around:
        yield from _leak(around.start(), *around.span(1), text)
    between = _MARK.match(text, after) or _NAMED_VALUE.match(text, after) or _COMMA.match(text, after)
    if between is None and not _is_passed(text, start):
        between = _BLANK.match(text, after)
        # A mark without a blank behind it: `NAME =value`.
        if between and text.startswith(("-", "="), between.end()):
            between = None
    if between is None or between.end() == after:
        return
    value = _VALUE.match(text, between.end())
    if value is None:
        return
    end = value.end()
    if stop and (cut := text.find(stop, value.start(), end)) >= 0:
        end = cut
    yield from _leak(start, value.start(), end, text)


def _is_passed(text: str, start: int) -> bool:
    """Whether a name without a mark behind it is one that is handed on, or the last part of a path."""
    before = text[max(start - 40, 0) : start].rstrip("\"'")
    return before.endswith(("/", "$", "${")) or bool(_PASSES.search(before))


def _leak(start: int, first: int, end: int, text: str) -> Iterator[Leak]:
    """The leak, if its value can be a secret."""
    value = text[first:end].rstrip(_TRAILING)
    if len(value) < SHORTEST and HOLE not in value:
        return
    yield Leak(start, first, first + len(value))
    decoded = decoded_text(value)
    if decoded is not None:
        yield Leak(start, first, first + len(value), decoded)


def decoded_text(value: str) -> str | None:
    """The secret that a text in base64 means, user names before a colon left out; None where it means no text."""
    value = value.strip()
    if len(value) % 4 or len(value) < SHORTEST or not _BASE64.fullmatch(value):
        return None
    try:
        decoded = b64decode(value, validate=True).decode("ascii").strip().rpartition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None
    return decoded if decoded.isprintable() and len(decoded) >= SHORTEST else None


def _logins(text: str, wanted: Wanted) -> Iterator[Leak]:
    """`wandb login [options] KEY`, and `... KEY | wandb login`, as a line of a text."""
    for command in wanted.commands:
        for found in re.finditer(rf"(?<![\w.-]){re.escape(command)}[ \t]+login\b", text):
            yield from _operand(text, found.start(), found.end())
            yield from _piped(text, found.start())
            yield from _sent(text, found.start(), found.end())


def answers(text: str) -> Iterator[Leak]:
    """The words that can be a secret, of a text that a login is given to read."""
    for found in _ANSWER.finditer(text):
        yield from _leak(found.start(1), *found.span(1), text)


def _piped(text: str, at: int) -> Iterator[Leak]:
    piped = _PIPED.search(text, max(at - _WINDOW, 0), at)
    for value in _VALUE.finditer(text, *piped.span(1)) if piped else ():
        yield from _leak(value.start(), *value.span(), text)


def _sent(text: str, start: int, at: int) -> Iterator[Leak]:
    """What a script for expect(1) answers."""
    spawned = _SPAWN.search(text, max(start - 40, 0), start)
    sent = _SEND.search(text, at, at + _WINDOW) if spawned else None
    if sent:
        yield from _leak(sent.start(), *sent.span(1), text)


def _operand(text: str, start: int, at: int) -> Iterator[Leak]:
    end = text.find("\n", at, at + _WINDOW)
    takes = False
    for found in _WORDS.finditer(text, at, end if end >= 0 else min(at + _WINDOW, len(text))):
        word = found[0].strip("\"'\\")
        separated = re.search(r"[;&|]", text[at : found.start()])
        if separated:
            return
        at = found.end()
        if takes or word in ("<<<", ""):
            takes = False
        elif word.startswith("-") and "=" not in word:
            takes = word in ("--host", "--base-url")
        elif value := _VALUE.search(text, found.start(), found.end()):
            name = word.rpartition("=")[0]
            if name in ("--host", "--base-url", "--cloud"):
                continue
            skipped = len(found[0].partition("=")[0]) + 1 if name.startswith("-") else 0
            value = _VALUE.search(text, found.start() + skipped, found.end()) or value
            yield from _leak(start, *value.span(), text)
            return


def _netrc(text: str, credentials: Credentials) -> Iterator[Leak]:
    """`machine HOST login NAME password SECRET`, on one line or several (netrc(5))."""
    if "machine" not in text or "password" not in text:
        return
    machine: int | None = None
    before = ""
    for found in _TOKEN.finditer(text):
        token, start = found[0], found.start()
        stripped = token.strip("\"'")
        if before == "machine":
            machine = start if credentials.is_host(stripped) else None
        elif before == "password" and machine is not None:
            value = _VALUE.search(text, start, min(found.end(), start + _WINDOW))
            if value:
                yield from _leak(machine, *value.span(), text)
        before = stripped.removeprefix("\\n").removeprefix("\\t")


def _requests(text: str, credentials: Credentials) -> Iterator[Leak]:
    """Requests to one of the vendor's hosts: user information in an address, and what a client is given."""
    asked = -1
    for found in _HOST.finditer(text):
        if not credentials.is_host(found[0]):
            continue
        user = _USER.search(text, max(found.start() - _WINDOW, 0), found.start())
        if user:
            yield from _leak(user.start(), *user.span(1), text)
        # Each line is looked at once, however often it names a host.
        if found.start() < asked:
            continue
        start = _line_start(text, found.start(), max(asked, 0))
        asked = _line_end(text, found.end())
        request = _REQUEST.search(text, start, found.start())
        if request:
            yield from _given(text, request.start(), asked, credentials)


def _line_start(text: str, at: int, first: int) -> int:
    """The beginning of a line, with the lines that it continues, not before an offset."""
    while True:
        start = text.rfind("\n", first, at)
        if start < 0:
            return first
        if text[max(start - 1, 0)] != "\\":
            return start + 1
        at = start


def _line_end(text: str, at: int) -> int:
    """The end of a line, with the lines that continue it."""
    while True:
        end = text.find("\n", at)
        if end < 0:
            return len(text)
        if text[end - 1] != "\\":
            return end
        at = end + 1


def _given(text: str, start: int, end: int, credentials: Credentials) -> Iterator[Leak]:
    """What a client of HTTP is given to prove who asks: an account, a header, a field."""
    for found in _ACCOUNT.finditer(text, start, end):
        if value := _VALUE.match(text, found.end(), end):
            yield from _leak(found.start(), *value.span(), text)
    for found in _IDENTIFIER.finditer(text, start, end):
        squeezed = found[0].lower().translate(_JOINERS)
        if squeezed not in _HEADERS and not credentials.is_field(found[0]):
            continue
        dashed = text.startswith("--", found.start() - 2)
        between = _MARK.match(text, found.end(), end) or (_BLANK.match(text, found.end(), end) if dashed else None)
        if between is None:
            continue
        scheme = _SCHEME.match(text, between.end(), end)
        if value := _VALUE.match(text, (scheme or between).end(), end):
            yield from _leak(found.start(), *value.span(), text)


def _in_call(text: str, start: int, after: int, name: str, credentials: Credentials) -> Iterator[Leak]:
    """`wandb.login(key="...")`, `wandb.Api(api_key="...")` in a program that the text holds."""
    opened = _CALLED.match(text, after)
    if opened is None or "." not in name:
        return
    first = _FIRST.match(text, opened.end())
    if first and name.endswith(".login"):
        yield from _leak(start, *first.span(1), text)
    close = text.find(")", opened.end(), opened.end() + _WINDOW)
    end = close if close >= 0 else min(opened.end() + _WINDOW, len(text))
    for keyword in _KEYWORD.finditer(text, opened.end(), end):
        if credentials.is_field(keyword[1]):
            yield from _leak(start, *keyword.span(2), text)


def _in_section(text: str, start: int, after: int, name: str, credentials: Credentials) -> Iterator[Leak]:
    """Fields of a section: `{"wandb": {"api_key": ...}}`, an indented block, `[wandb]`."""
    if "." in name:
        return
    if opened := _OPENED.match(text, after):
        close = text.find("}", opened.end(), opened.end() + _WINDOW)
        end = close if close >= 0 else min(opened.end() + _WINDOW, len(text))
        first = opened.end()
    elif block := _BLOCK.match(text, after):
        first, end = block.end(), _block_end(text, start, block.end())
    elif text.startswith("[", start - 1) and text.startswith("]", after):
        close = text.find("\n[", after, after + 4 * _WINDOW)
        first, end = after + 1, close if close >= 0 else min(after + 4 * _WINDOW, len(text))
    else:
        return
    yield from fields(text, credentials, first, end)


def fields(text: str, credentials: Credentials, first: int, end: int) -> Iterator[Leak]:
    """The fields that mean the secret in a range which is the vendor's own: a section, a file of its settings."""
    for found in _FIELD.finditer(text, first, end):
        if credentials.is_field(_bare(found[1], text, found.start())):
            yield from _leak(found.start(), *found.span(2), text)


def _block_end(text: str, start: int, at: int) -> int:
    """The end of the lines that are indented deeper than the one in which an offset lies."""
    line = text.rfind("\n", max(start - _WINDOW, 0), start) + 1
    depth = start - line
    last = min(at + 4 * _WINDOW, len(text))
    while at < last:
        end = text.find("\n", at, last)
        end = last if end < 0 else end + 1
        content = text[at:end]
        if content.strip() and len(content) - len(content.lstrip(" \t")) <= depth:
            return at
        at = end
    return at
