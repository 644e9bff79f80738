"""What simple commands write to their standard output, as far as their own words say.

Owns echo, printf, yes, and the filters that pass on what they are given. It must not know who reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from envlint.source import Source
from envlint.surfaces.shell.args import Arg, word_set
from envlint.surfaces.shell.leaks import decoded_text
from envlint.surfaces.shell.written import Placed, Written
from envlint.value import literal

Output = tuple[Placed, ...]
"""A text that is written, in pieces."""

_ECHOES = frozenset({"echo", "yes", "print"})
_FILTERS = word_set("cat tee tr head tail xargs sort uniq")
_ECHO_OPTION = re.compile(r"-[neE]+\Z")
_DIRECTIVE = re.compile(r"%(?:%|[-+ #0]{0,5}\d{0,4}(?:\.\d{0,4})?[A-Za-z])")
_MOST = 64
"""How many arguments of printf are followed."""

_LONGEST = 1 << 13
"""How many code points of a format are followed, repetitions included."""


def written_by(source: Source, args: Sequence[Arg], at: int, given: Output) -> Output:
    """What a command writes whose program's name is the word `at`, if its input is `given`."""
    name = (args[at].text or "").rpartition("/")[2] if at < len(args) else ""
    if name in _ECHOES:
        rest = list(args[at + 1 :])
        while rest and _ECHO_OPTION.match(rest[0].text or ""):
            rest = rest[1:]
        written = Written(source, ((arg.value, arg.span) for arg in rest), " ")
        return tuple(written.placed(0, len(written.text)))
    if name == "printf":
        return tuple(_printed(source, args[at + 1 :]))
    if name == "base64" and any((arg.text or "").startswith(("-d", "-D", "--decode")) for arg in args[at + 1 :]):
        return _decoded(source, given)
    return given if name in _FILTERS else ()


def _printed(source: Source, args: Sequence[Arg]) -> Iterator[Placed]:
    """printf (POSIX): the format is used again until no argument is left."""
    if args and args[0].text in ("--", "-v"):
        args = args[1 if args[0].text == "--" else 2 :]
    if not args:
        return
    layout = Written(source, [(args[0].value, args[0].span)])
    rest = list(reversed(args[1 : 1 + _MOST]))
    budget = _LONGEST
    directives = list(_DIRECTIVE.finditer(layout.text))[:_MOST]
    while True:
        at = 0
        for found in directives:
            yield from layout.placed(at, found.start())
            at = found.end()
            if found[0] != "%%" and rest:
                arg = rest.pop()
                yield arg.value, arg.span
        yield from layout.placed(at, len(layout.text))
        budget -= len(layout.text)
        if not rest or budget < 0 or all(found[0] == "%%" for found in directives):
            return


def _decoded(source: Source, given: Output) -> Output:
    written = Written(source, given)
    text = decoded_text(written.text)
    if text is None:
        return ()
    span = written.span(0, len(written.text))
    return ((literal(text, span), span),)
