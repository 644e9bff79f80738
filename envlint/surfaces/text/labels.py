"""Labels: what a value is called by the text to the left of it, read from right to left.

One notation at a time is taken off the end of a bounded piece of text: quotes, an operator, a name. So a label is
the whole identifier that a value is assigned to, passed as or listed beside, in whatever language. It does not
know which names matter.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import Literal

_REACH = 240
"""How far to the left of a value its label may begin, in code points."""

_BLANKS = " \t"
_QUOTES = "\"'`"
_OPENING = _QUOTES + "\\"
_PREFIXES = frozenset("rRbBfFuU@$L")
_CLOSING = _QUOTES + "\\]})* \t?!"
_IDENTIFIER = string.ascii_letters + string.digits + "_-."
_COLOUR = re.compile(r"(?:\x1b|\\u001b|\\x1b|\\033|\\e)\[[\d;]{0,8}m\Z")
_ASSIGNING = ("||=", ":=", "?=", "+=", "=>", "->", "<-", "||", "??", ":-", "=", ":")
_SPOKEN = re.compile(r"[ \t](?:is|to|as|or|--?|–|—)\Z")
_BLOCK = re.compile(r":[ \t]*[|>][-+0-9]{0,2}\Z")
# YAML: the tag or the anchor of a value (`!vault ...`, `&key ...`).
_TAG = re.compile(r"(?<=[ \t])(?:!{1,2}|&)[\w-]{1,20}[ \t]{1,4}\Z")
# The end of bold or slanted words in Markdown and HTML, whose colon stands within: `**W&B API key:** ...`.
_BOLD = re.compile(r"(?<=:)(?:\*{1,3}|__|</\w{1,10}>)\Z")
# Commands that a pipeline reads from the output of a step: `##vso[task.setvariable variable=NAME;issecret=true]...`.
_LOGGED = re.compile(
    r"(?:\[task\.setvariable variable=[\w.]{1,80}(?P<azure>(?:;\w{1,20}=\w{0,20}){0,4}\])"
    r"|::set-(?:output|env) name=[\w.]{1,80}(?P<github>::))\Z"
)
_CLOSED_TAG = re.compile(r"</\w{1,20}>\Z")
_SUBSCRIPT = re.compile(r"""\[\\?["']\Z""")
_TYPE = re.compile(r"""[\w.\[\]<>|&?, "'*]{1,60}\Z""")
_TYPES = frozenset({"string", "String", "str", "char", "auto"})
# What may stand before the first word of a line: marks of comments, lists, patches, prompts and quotes.
DECORATION = " \t#;/*+->|!%$&\"'`\\,{[(.<@:"

Link = Literal["assigned", "listed", "cell", "blank", "call", "none"]
"""How a value hangs on its label: by an operator, by a comma, as the next cell of a table, by blanks alone, as an
argument in the label's call, or not at all."""


@dataclass(frozen=True, slots=True)
class Label:
    """A name, how the value hangs on it, and where the name begins.

    `other` is the name before a type, where one stands between it and the value; `quoted`: a quote closes the
    name; `before` is what stands before it on its line; `alone`: the value stands on a line of its own.
    """

    name: str
    link: Link
    start: int
    other: str = ""
    quoted: bool = False
    before: str = ""
    alone: bool = False

    @property
    def first(self) -> bool:
        """Whether the name is the first word of its line."""
        return not self.before.strip(DECORATION)


def label_of(text: str, at: int) -> Label:
    """The label of the value that begins at an offset."""
    left = text[max(0, at - _REACH) : at]
    base = at - len(left)
    head = opened(left)
    if head.endswith("("):
        # A name and a blank before the bracket are words before a remark in brackets.
        name, start = identifier(head[:-1])
        return Label(name, "call", base + start, before=_line_before(head, start))
    rest, link, alone = _operator(head)
    if link == "none":
        return Label("", "none", base + len(rest))
    closed = _CLOSED_TAG.sub("", _uncoloured(rest.rstrip(_CLOSING))).rstrip(_CLOSING)
    name, start = _subscripts(closed, *identifier(closed))
    return Label(
        name,
        link,
        base + start,
        other=_typed(closed, name, start) if "=" in head[len(rest) :] else "",
        quoted=any(mark in rest[len(closed) :] for mark in _QUOTES),
        before=_line_before(closed, start),
        alone=alone,
    )


def _line_before(text: str, at: int) -> str:
    """What stands before an offset on its line; `\\n` ends a line within a string."""
    return text[max(text.rfind("\n", 0, at) + 1, text.rfind("\\n", 0, at) + 2 if "\\n" in text[:at] else 0) : at]


def opened(left: str) -> str:
    """A text without the opening quotes and colour codes at its end."""
    head = left
    for _ in range(3):
        head = head.removesuffix("&quot;").removesuffix("&#34;").removesuffix("&apos;")
        head = _uncoloured(head)
        bare = head.rstrip(_OPENING)
        # The letters before a string in Python, C# and C++ belong to it.
        if len(bare) < len(head) and bare[-1:] in _PREFIXES and bare[-2:-1] not in _IDENTIFIER:
            bare = bare[:-1]
        bare = bare.rstrip() if bare.rstrip().endswith("(") else bare
        if bare == left:
            break
        head = bare
    return head


def _uncoloured(text: str) -> str:
    """A text without the terminal's colour code at its end."""
    colour = _COLOUR.search(text, max(0, len(text) - 16))
    return text[: colour.start()] if colour else text


def _operator(head: str) -> tuple[str, Link, bool]:
    """The text before the operator at the end of `head`, how a value hangs on what stands there, and whether a
    line ends in between."""
    rest, alone = _line_above(_TAG.sub("", head))
    blank = len(rest) < len(head)
    logged = _LOGGED.search(rest, max(0, len(rest) - 200))
    if logged:
        return rest[: logged.start("azure" if logged["azure"] else "github")], "assigned", alone
    rest = _BOLD.sub("", rest) if blank else rest
    if alone and rest.endswith("\\"):
        rest, alone = rest.rstrip(_BLANKS + "\\"), False
    folded = _BLOCK.search(rest, max(0, len(rest) - 12)) if alone else None
    if folded:
        return rest[: folded.start()], "assigned", alone
    if rest.endswith("|") and not rest.endswith("||"):
        return rest[:-1].rstrip(_BLANKS), "cell", alone
    for sign in _ASSIGNING:
        if rest.endswith(sign):
            return rest[: -len(sign)].rstrip(_BLANKS + "="), "assigned", alone
    if rest.endswith(","):
        return rest[:-1].rstrip(_BLANKS), "listed", alone
    if alone:
        # The item after an option in a list of a command's words.
        option = identifier(rest)[0].startswith("--") and head.endswith(("- ", '- "', "- '"))
        return (rest, "blank", False) if option else (rest, "none", alone)
    spoken = _SPOKEN.search(rest, max(0, len(rest) - 4)) if blank else None
    if spoken:
        return rest[: spoken.start()].rstrip(_BLANKS), "assigned", alone
    return rest, "blank" if blank else "none", alone


def _line_above(head: str) -> tuple[str, bool]:
    """A text without the blanks at its end, and whether a line ended among them: a real one, one within a
    string, or one of those that a notebook keeps as a string each."""
    rest = head.rstrip(_BLANKS)
    bare = head.rstrip(' \t\r\n#+-"')
    within = '\\n",' if bare.endswith('\\n",') else "\\n" if bare.endswith("\\n") else ""
    if within or "\n" in head[len(bare) :]:
        return bare.removesuffix(within).rstrip(_BLANKS), True
    return rest, False


def identifier(text: str) -> tuple[str, int]:
    """The identifier at the end of a text, and where it begins."""
    start = len(text.rstrip(_IDENTIFIER))
    # The letter of an escape in a string belongs to no name: `\\nwandb.login(...)`.
    start += 1 if text[start - 1 : start] == "\\" and text[start : start + 1] in ("n", "r", "t") else 0
    return text[start:], start


def _subscripts(text: str, name: str, start: int) -> tuple[str, int]:
    """An identifier with what it is an item of: `config["wandb"]["key"]` is config.wandb.key."""
    for _ in range(4):
        opening = _SUBSCRIPT.search(text, max(0, start - 3), start)
        if opening is None or not name:
            return name, start
        owner, begins = identifier(text[: opening.start()].rstrip(_QUOTES + "\\]"))
        if not owner:
            return name, start
        name, start = f"{owner}.{name}", begins
    return name, start


def _typed(text: str, name: str, start: int) -> str:
    """The name before the type that the name at the end may be: `key: Optional[str] = ...`, `key string = ...`."""
    colon = text.rfind(":", max(0, start - 60), start + len(name))
    if colon > 0 and text[colon + 1 : colon + 2] in (" ", "\t") and _TYPE.fullmatch(text, colon + 1):
        return identifier(text[:colon].rstrip(_BLANKS + "?"))[0]
    return identifier(text[:start].rstrip(_BLANKS + "*&"))[0] if name in _TYPES else ""
