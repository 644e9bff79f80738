"""Secrets in running text: commands, lines of settings files and URLs that stand inside a string, and what is
left of a file that cannot be parsed.

Looks at each long opaque word and at a bounded stretch before and after it. Knows no Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from envlint.surfaces.python.meanings import SHORTEST, Meanings, is_opaque

HOLE = "\0"
"""Stands in a text for what is not known."""

_RUN = re.compile(rf"[0-9A-Za-z_-]{{{SHORTEST},}}")
_BEFORE = 240
_AFTER = 80
_ABOVE = 600
_WORD = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-."
_QUOTES = "\"'`\\"
# What may stand between a name and its value; blanks, quotes and brackets included.
_GAP = " \t\r\n\"'`=:>?,()[]{}<|!\\-"
_WIDEST = 40
_TYPED = re.compile(r":[ \t]*(?:str|Final|SecretStr|Optional\[str\]|str[ \t]*\|[ \t]*None)[ \t]*=[ \t]*[\"'(]*\Z")
_PREFIX = re.compile(r"(?<!\w)[bBrRuUfF]{1,2}\Z")
_SPLIT = re.compile(r"""[\s"'`,\[\]()]+""")
_SEGMENT = re.compile(r"[\n;]|&&")
_NAME = re.compile(r"(?<![\w-])[nN]ame[\"']?[ \t]{0,8}[:=][ \t]{0,8}[\"']?([A-Za-z_][\w.-]{0,80})")
_PASSWORD = frozenset(("password", "passwd", "bearer", "api"))
_PHRASE = 5


def secrets_in(text: str, meanings: Meanings) -> Iterator[tuple[int, int]]:
    """The ranges of a text that are secrets by what stands around them."""
    for found in _RUN.finditer(text):
        start, end = found.span()
        while text[start] == "-" and end - start > SHORTEST:
            start += 1
        name, _, rest = text[start:end].partition("-")
        if len(rest) >= SHORTEST and meanings.is_named(name):
            # `${NAME-word}` of the shell.
            yield end - len(rest), end
        elif is_opaque(text[start:end]) and _is_secret(text, start, end, meanings):
            yield start, end


def may_hold(spelled: str) -> bool:
    """Whether a string as it is written can have such a word in it."""
    return _RUN.search(spelled) is not None or spelled.count("\\") >= SHORTEST


def _is_secret(text: str, start: int, end: int, meanings: Meanings) -> bool:
    before, after = text[max(0, start - _BEFORE) : start], text[end : end + _AFTER]
    if before.endswith(HOLE) or after.startswith(HOLE):
        return False
    if after.startswith("@"):
        return meanings.begins_with_host(after[1:]) and "://" in before and before.endswith(":")
    # What goes on is a path, an address or a name of its own.
    if after[:1] in ("=", "/", "@", ".", ":") and (after[:1] == "=" or after[1:2].isalnum()):
        return False
    if before.endswith(("/", "@", ".", "#", "?", "&")):
        return False
    return _is_assigned(text, start, before, meanings) or _logs_in(before, after, meanings)


def _is_assigned(text: str, start: int, before: str, meanings: Meanings) -> bool:
    """Whether the name that the word belongs to means the secret."""
    name, gap, rest = _name_before(before)
    if not name or len(gap) > _WIDEST or _parts(gap):
        return False
    if meanings.is_named(name):
        return True
    if meanings.is_field(name) and _in_section(text, start, rest, gap, meanings):
        return True
    if name.lower() == "value" and _named_beside(text, start, meanings):
        return True
    if name.lower() in _PASSWORD and not rest.endswith(("?", "&")) and meanings.names_host(_around(text, start)):
        return True
    if any(mark in gap for mark in ":=") or name == "is":
        return _phrase(rest + name, meanings)
    return False


def _around(text: str, start: int) -> str:
    return text[max(0, start - _ABOVE) : start + _ABOVE]


def _parts(gap: str) -> bool:
    """Whether what stands between parts the two instead of joining them."""
    lines = gap.count("\n") and not any(mark in gap for mark in "(,\\[{:")
    return bool(lines) or "--" in gap or (")" in gap and "," in gap) or "{" in gap.strip(" \t\"'`=:,(\r\n")


def _name_before(before: str) -> tuple[str, str, str]:
    """The last name in a text, what stands after it, and what stands before it."""
    typed = _TYPED.search(before)
    end = typed.start() if typed is not None else len(before)
    head = before[:end].rstrip(_QUOTES)
    prefix = _PREFIX.search(head) if len(head) < end else None
    head = head[: prefix.start()] if prefix is not None else head
    head = head.rstrip(_GAP)
    rest = head.rstrip(_WORD)
    return head[len(rest) :], before[len(head) : end], rest


def _in_section(text: str, start: int, rest: str, gap: str, meanings: Meanings) -> bool:
    """Whether a field stands in a call of the vendor's, or in a section of a settings file."""
    if rest.endswith("("):
        callee = rest[:-1]
        return meanings.is_context(callee[len(callee.rstrip(_WORD)) :].strip("."))
    line = rest.rpartition("\n")[2]
    flow = line.rpartition("{")
    if flow[1] and "}" not in flow[2]:
        head = flow[0].rstrip(_GAP)
        return meanings.is_section(head[len(head.rstrip(_WORD)) :])
    if line.strip(" \t-\"'{") or ":" not in gap:
        return False
    above = text[max(0, start - _ABOVE) : start].split("\n")[:-1]
    return any(meanings.is_section(section) for section in _sections(above, len(line) - len(line.lstrip())))


def _sections(lines: list[str], indent: int) -> Iterator[str]:
    """The name of the section that is nearest above, of lines of YAML or JSON that are indented less."""
    for line in reversed(lines):
        bare = line.strip(" \t\"'{:,\r")
        if bare and len(line) - len(line.lstrip()) < indent:
            yield bare
            return


def _named_beside(text: str, start: int, meanings: Meanings) -> bool:
    """Whether the line above or below, or the same one, says the name that a `value` belongs to."""
    above = text[max(0, start - _BEFORE) : start].split("\n")[-2:]
    below = text[start : start + _BEFORE].split("\n")[:2]
    found = (_NAME.search(line) for line in (*above, *below))
    return any(name is not None and meanings.is_named(name[1]) for name in found)


def _phrase(words: str, meanings: Meanings) -> bool:
    """Whether the last words are a name that is written with blanks: `wandb api key: ...`."""
    line = words.rpartition("\n")[2].removesuffix("is").split()[-_PHRASE:]
    return any(_whole(meanings, "".join(line[at:])) for at in range(len(line)))


def _whole(meanings: Meanings, joined: str) -> bool:
    return "".join(filter(str.isalnum, joined)).lower() in meanings.credentials.names


def _logs_in(before: str, after: str, meanings: Meanings) -> bool:
    """Whether the word is given to a command that logs in: as an argument, or through a pipe."""
    segment = _SEGMENT.split(before)[-1] if "<<" not in before else before
    given = before[-1:].isspace() or before[-1:] in ("'", '"', "<", "`")
    if given and any(_takes_next(_SPLIT.split(segment), words) for words in meanings.logins):
        return True
    piped = after.lstrip("\"' \t)\\n")
    if not piped.startswith("|"):
        return False
    words = _SPLIT.split(_SEGMENT.split(piped)[0])
    return any(after_command(words, command) is not None for command in meanings.logins)


def _takes_next(words: list[str], command: Sequence[str]) -> bool:
    """Whether the words are a command that takes the next one: after it stand only options and what they take."""
    rest = after_command(words, command)
    if rest is None:
        return False
    taken = ["", *rest]
    return all(
        not word.strip("<\\") or word.startswith("-") or before.startswith("-")
        for before, word in zip(taken, rest, strict=False)
    )


def after_command(words: Sequence[str], command: Sequence[str]) -> list[str] | None:
    """The words after a command, whose own words may have options between them; None where it is not there."""
    at = 0
    for index, word in enumerate(words):
        name = word.rpartition("/")[2].lstrip("!%$@").removesuffix(".exe")
        at += name == command[at]
        if at == len(command):
            return list(words[index + 1 :])
    return None
