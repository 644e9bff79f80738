"""Tags: what XML, HTML and property lists call a value by the elements around it."""

from __future__ import annotations

import re

from envlint.credentials import Credentials
from envlint.source import Span
from envlint.surfaces.text.labels import identifier

_TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][\w.:-]{0,80})(?P<rest>[^<>]{0,160})>\Z")
_ATTRIBUTE = re.compile(r"""(?:name|key|id)[ \t]{0,4}=[ \t]{0,4}["']([\w.-]{1,120})["']""")
_NEXT_TAG = re.compile(
    r"\s{0,20}</[\w.:-]{1,80}>\s{0,80}(?:</?[\w.:-]{1,80}>\s{0,20}){0,2}?"
    r"<(?P<tag>[\w.:-]{1,80})>\s{0,20}(?P<name>[\w.-]{1,120})\s{0,20}</(?P=tag)>"
)
_MOST = 4


def tagged(text: str, span: Span, known: Credentials) -> bool:
    """Whether the elements around a value name it: `<x>VALUE</x>`, `<entry key="x">VALUE</entry>`,
    `<name>x</name><value>VALUE</value>` in either order, `<td>x</td><td>VALUE</td>`."""
    left = text[max(0, span.start - 400) : span.start].rstrip("\"'` \t\r\n")
    tags: list[re.Match[str]] = []
    while len(tags) < _MOST and (tag := _TAG.search(left, max(0, len(left) - 260))):
        tags.append(tag)
        left = left[: tag.start()].rstrip()
    if not tags:
        return False
    if _is_for(tags[0], known):
        return True
    before = _content(left)
    if before and known.is_named(before):
        return True
    if before and len(tags) == 2:
        # Nothing but `</name><value>` stands between the two: this value has a name.
        return False
    following = _NEXT_TAG.match(text, span.end, span.end + 400)
    return following is not None and known.is_named(following["name"])


def _is_for(tag: re.Match[str], known: Credentials) -> bool:
    """Whether an opening tag is called for the secret, itself or by an attribute."""
    if tag["close"]:
        return False
    attribute = _ATTRIBUTE.search(tag["rest"])
    return known.is_named(tag["name"]) or (attribute is not None and known.is_named(attribute[1]))


def _content(left: str) -> str:
    """The name that is the whole content of the element which a text ends in, or nothing."""
    name, start = identifier(left.rstrip("`*\"':= "))
    return name if left[:start].rstrip("`*\"' \t\r\n").endswith(">") else ""
