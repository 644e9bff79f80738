"""The timeline of one file: which bindings and which loaded files hold where a call or a launch stands.

A fold over the file's facts, backwards from the place, so that it ends at the first certain answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from envlint.facts import KEPT, Binding, Call, Facts, Include, Launch, Unset, View
from envlint.finding import Confidence

# Bindings in branches that may or may not have run: more of them than this say nothing new.
_MOST = 32


@dataclass(eq=False)
class Timeline:
    """A file's facts by their place in its order. Places are calls and launches of this very file."""

    facts: Facts
    _order: dict[int, int] = field(default_factory=dict)
    _named: dict[str, list[tuple[int, Binding | Unset]]] = field(default_factory=dict)
    _includes: list[tuple[int, Include]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, item in enumerate(self.facts.items):
            match item:
                case Call() | Launch():
                    self._order[id(item)] = number
                case Binding(form=form) if form == KEPT:
                    continue
                case Binding() | Unset():
                    self._named.setdefault(item.variable, []).append((number, item))
                case Include():
                    self._includes.append((number, item))

    def bindings(self, at: Call | Launch, variable: str) -> tuple[tuple[Binding, Confidence], ...]:
        """The bindings of a variable that hold at a place, in order: the last certain one before it, and any
        later one in a branch or loop that may have run."""
        view = View(self.facts, at.scope)
        found: list[tuple[Binding, Confidence]] = []
        for number, item in reversed(self._named.get(variable, ())):
            confidence = _confidence(view, item.scope) if number < self._order[id(at)] else None
            if confidence is None:
                continue
            if isinstance(item, Unset):
                if confidence is Confidence.HIGH:
                    break
                continue
            found.append((item, confidence))
            if confidence is Confidence.HIGH or len(found) == _MOST:
                break
        return tuple(reversed(found))

    def includes(self, at: Call | Launch) -> Iterator[tuple[Include, Confidence]]:
        """The files that are loaded before a place and hold there, the last first, and how sure that is."""
        view = View(self.facts, at.scope)
        for number, item in reversed(self._includes[-_MOST:]):
            confidence = _confidence(view, item.scope) if number < self._order[id(at)] else None
            if confidence is not None:
                yield item, confidence


def _confidence(view: View, scope: int) -> Confidence | None:
    """How sure it is that what happens in a scope holds where the view is from; None: it does not."""
    certain = view.holds(scope)
    if certain is None:
        return None
    return Confidence.HIGH if certain else Confidence.MEDIUM
