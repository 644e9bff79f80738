"""The Python surface: what a Python file sets, reads, calls, starts and loads, told from its text alone.

Read by libcst. A file that cannot be parsed, or that it is not safe to parse, is unreadable as a whole; the
plain lines that set a variable are read in it all the same. Knows nothing of rules.
"""

from __future__ import annotations

from envlint.facts import Comment, Facts, Scope, Unreadable, Wanted
from envlint.source import Source, Span
from envlint.surfaces.python.facts import collected
from envlint.surfaces.python.outline import outline
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.text import decoded, plain_lines
from envlint.surfaces.python.tree import MisplacedError, parsed, without_collector

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
        collector = collected(Reading(source, tree, outline(tree.module, tree.nodes), wanted.calls))
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


def _unread(source: Source, wanted: Wanted, unreadable: Unreadable) -> Facts:
    """What is known of a file that Python or this reader cannot parse."""
    scopes = (Scope("file", None, Span(0, len(source.text))),)
    if not wanted.matters(source.text):
        return Facts(source, "python", scopes=scopes)
    items = tuple(plain_lines(source))
    reason = unreadable.reason + (_STILL if items else "")
    return Facts(source, "python", items, scopes, unreadable=(Unreadable(reason, unreadable.span),))
