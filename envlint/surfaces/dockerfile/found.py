"""What has been read of one Dockerfile so far: its facts in the order of the text, its scopes, what does not build.

Owns how facts are gathered, and where secrets are looked for that no setting names. Knows no instruction's meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from envlint.facts import Binding, Comment, Fact, Facts, Scope, ScopeKind, Unreadable, Wanted
from envlint.source import Source, Span
from envlint.surfaces.dockerfile.lines import Instruction
from envlint.surfaces.shell.leaks import SHORTEST
from envlint.surfaces.shell.secrets import Secrets
from envlint.surfaces.shell.written import HOLE

_REFUSED = "BuildKit does not build this, because {cause}"
# A text in which nothing stands that is as long as a secret, and nothing that stands for an unknown one.
_LONG_WORD = re.compile(rf"\S{{{SHORTEST}}}|{HOLE}")


class Found:
    """The facts of one file."""

    def __init__(self, source: Source, wanted: Wanted) -> None:
        self.source = source
        self.wanted = wanted
        self.items: list[Fact] = []
        self.comments: list[Comment] = []
        self.unreadable: list[Unreadable] = []
        self.statements: list[Span] = []
        self.scopes = [Scope("file", None, Span(0, len(source.text)))]
        self.secrets = Secrets(source, wanted, source.text)

    def facts(self) -> Facts:
        """All of it."""
        return Facts(
            self.source,
            "dockerfile",
            items=tuple(self.items),
            scopes=tuple(self.scopes),
            comments=tuple(sorted(self.comments, key=lambda comment: comment.span.start)),
            unreadable=tuple(sorted(self.unreadable, key=lambda region: region.span or Span(0, 0))),
            statements=tuple(self.statements),
        )

    def scope(self, kind: ScopeKind, parent: int, span: Span, name: str | None = None) -> int:
        """A new scope, by its number."""
        self.scopes.append(Scope(kind, parent, span, name))
        return len(self.scopes) - 1

    def refuse(self, span: Span, cause: str) -> None:
        """Notes a place that BuildKit refuses, if it names something wanted."""
        if self.wanted.matters(self.source.slice(span)):
            self.unreadable.append(Unreadable(_REFUSED.format(cause=cause), span))

    def bind(self, binding: Binding) -> None:
        """Notes a setting."""
        self.items.append(binding)
        self.secrets.told(binding)

    def add(self, facts: Facts) -> None:
        """Notes what another surface has read, its scopes behind those that there are."""
        self.scopes += facts.scopes
        self.items += facts.items
        self._add_rest(facts)

    def _add_rest(self, facts: Facts) -> None:
        self.comments += facts.comments
        self.unreadable += facts.unreadable
        self.statements += facts.statements

    def add_body(self, facts: Facts, kind: ScopeKind, parent: int, body: Sequence[Span]) -> None:
        """Notes what a shell's text does: in a process of its own within a scope."""
        first = len(self.scopes)
        inner = facts.scopes or (Scope("file", None, body[0].to(body[-1])),)
        self.scopes.append(Scope(kind, parent, inner[0].span))
        self.scopes += (
            replace(one, parent=first + one.parent if one.parent is not None else None) for one in inner[1:]
        )
        self.items += (replace(item, scope=first + item.scope) for item in facts.items)
        self._add_rest(facts)

    def give_away(self, instruction: Instruction, at: int, scope: int) -> None:
        """The secrets in the text of an instruction, from an offset on."""
        if self.secrets.sought and _LONG_WORD.search(instruction.text, at):
            self.give_away_in(instruction.pieces(at, len(instruction.text)), scope)

    def give_away_in(self, ranges: Iterable[Span], scope: int) -> None:
        """The secrets in ranges of the source."""
        self.items += self.secrets.in_ranges(ranges, scope)
