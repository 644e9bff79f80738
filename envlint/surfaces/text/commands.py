"""Commands in any text: the words of `wandb login KEY` and its like, and what is piped into it.

A command is recognised by its own words, wherever it stands: in a script, a README, a YAML step, a JSON list of
words or a notebook's string.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_REACH = 300
# An option may hold the word of the command: `--relogin`.
_MOST = 4
_BETWEEN = re.compile(r"""[\s"'`,\\()\[\]]+""")
_CONTINUED = re.compile(r"""\\+\r?\n|\\\\\\n["',\s]*|[`^]\r?\n""")
# In a list of a command's words, each item is a word.
_ITEM = re.compile(r"""[ \t#+>]*-[ \t]+["']?(?P<word>[\w.=:/-]{1,80})["']?[ \t]*\r?""")
_NEXT_ITEM = re.compile(r"""[ \t#+>]*-[ \t]+["']?""")
_LINE_END = re.compile(r"\r|\n|\\n")
# Options that take the next word for themselves.
_WITH_WORD = frozenset({"--host", "--base-url", "--timeout", "--key", "-k", "--api-key", "--entity"})
_REDIRECTED = ("<", "$(")
_PIPED = re.compile(r"""(?:\\?n)?["'`\\)\s]{0,8}\|&?\s{0,8}(?P<command>[^|;&\r\n]{0,120})""")


def takes(text: str, at: int, commands: Iterable[str]) -> bool:
    """Whether the word at an offset is the first argument of one of the commands (each of several words), or what
    is redirected into it."""
    left = _listed(text[max(0, at - _REACH) : at])
    for command in commands:
        *first, last = command.split()
        whole = " ".join(first)
        end = len(left)
        for _ in range(_MOST):
            end = left.rfind(last, 0, end)
            before = _BETWEEN.sub(" ", left[:end]).rstrip().removesuffix(".exe") if end > 0 else ""
            if before.endswith(whole) and not _inside_word(before, whole):
                return _only_options(left[end + len(last) :])
    return False


def _listed(left: str) -> str:
    """The words of the list of which the text at the end of `left` begins an item, on one line; else `left`."""
    *lines, last = left.split("\n")
    if not lines or not _NEXT_ITEM.fullmatch(last):
        return left
    words = [" "]
    for line in reversed(lines):
        item = _ITEM.fullmatch(line)
        if item is None:
            break
        words.append(item["word"])
    return " ".join(reversed(words))


def _inside_word(before: str, whole: str) -> bool:
    edge = before[-len(whole) - 1 : -len(whole)]
    return edge.isalnum() or edge in ("_", "-", "@")


def _only_options(between: str) -> bool:
    """Whether nothing but options and redirections stands between a command and its first argument."""
    joined = _CONTINUED.sub(" ", between)
    if not joined or not (joined[0].isspace() or joined[0] in "\"'<,\\"):
        return False
    document = "<<" in joined and "<<<" not in joined
    if _LINE_END.search(joined) and not document:
        return False
    words = [word for word in _BETWEEN.split(joined) if word]
    redirected = any(word.startswith(_REDIRECTED) for word in words)
    for before, word in zip(["", *words], words, strict=False):
        taken = before in _WITH_WORD and not word.startswith("-")
        if not (taken or redirected or word.startswith("-")):
            return False
    return True


def feeds(text: str, end: int, commands: Iterable[str]) -> bool:
    """Whether what ends at an offset is piped into one of the commands."""
    found = _PIPED.match(text, end, end + 200)
    if found is None:
        return False
    words = _BETWEEN.sub(" ", found["command"]) + " "
    return any(f" {command} " in f" {words}" for command in commands)
