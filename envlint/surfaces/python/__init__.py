"""The Python surface: what a Python file sets, reads, calls, starts and loads, told from its text alone.

Read by libcst. A file that cannot be parsed, or that it is not safe to parse, is unreadable as a whole; the
plain lines that set a variable are read in it all the same. Knows nothing of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from envlint.facts import Binding, Comment, Credential, Fact, Facts, Scope, Unreadable, Wanted
from envlint.source import Source, Span
from envlint.surfaces.python.facts import collected
from envlint.surfaces.python.meanings import meanings_of
from envlint.surfaces.python.outline import outline
from envlint.surfaces.python.prose import secrets_in
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.text import decoded, plain_lines
from envlint.surfaces.python.tree import MisplacedError, parsed, without_collector
from envlint.value import literal

_MISPLACED = "its lines cannot be told apart with certainty"
_STILL = "; plain os.environ lines in it were still read"


def read(source: Source, wanted: Wanted) -> Facts:
    """The facts of a Python file. Facts.source has the encoding that the file declares.

    Positions are those of the file as it is, whatever its line ends. What the file's own code does to the
    environment is followed along straight lines only; what it cannot tell is an unknown value."""
    with without_collector():
        return _read(source, wanted)


def _read(source: Source, wanted: Wanted) -> Facts:
    source, undecoded = decoded(source)
    if undecoded is not None:
        return _unread(source, wanted, Unreadable(undecoded, source.undecodable))
    tree = parsed(source.text)
    if isinstance(tree, Unreadable):
        return _unread(source, wanted, tree)
    try:
        meanings = meanings_of(wanted)
        found = outline(tree.module, tree.nodes, frozenset(tree.marked(meanings.mark)))
        collector = collected(Reading(source, tree, found, wanted, meanings))
        items, scopes = collector.facts(), collector.scopes()
    except MisplacedError:
        return _unread(source, wanted, Unreadable(_MISPLACED))
    return Facts(
        source,
        "python",
        items=items,
        scopes=scopes,
        comments=tuple(Comment(span, _own_line(source, span)) for span in tree.comments()),
        statements=tuple(sorted(collector.statements)),
    )


def _own_line(source: Source, span: Span) -> bool:
    text = source.text
    start = max(text.rfind("\n", 0, span.start), text.rfind("\r", 0, span.start)) + 1
    return not text[start : span.start].strip()


def _plain_secrets(source: Source, wanted: Wanted, bindings: Sequence[Binding]) -> Iterator[Credential]:
    """The secrets in a text that cannot be parsed, by what stands around them."""
    meanings = meanings_of(wanted)
    known = {piece.span for binding in bindings for piece in binding.value.literals()}
    for start, end in secrets_in(source.text, meanings) if not meanings.silent else ():
        span = Span(start, end)
        if span not in known:
            yield Credential(literal(source.text[start:end], span), span, span)


def _unread(source: Source, wanted: Wanted, unreadable: Unreadable) -> Facts:
    """What is known of a file that Python or this reader cannot parse."""
    scopes = (Scope("file", None, Span(0, len(source.text))),)
    if not wanted.matters(source.text):
        return Facts(source, "python", scopes=scopes)
    bindings = tuple(plain_lines(source))
    reason = unreadable.reason + (_STILL if bindings else "")
    items: tuple[Fact, ...] = (*bindings, *_plain_secrets(source, wanted, bindings))
    return Facts(source, "python", items, scopes, unreadable=(Unreadable(reason, unreadable.span),))
