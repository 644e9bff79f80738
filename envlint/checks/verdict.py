"""What a check is given and what it returns.

A check decides; its rule, in a pack, has the words. So a check yields verdicts: where, how sure, and the
texts for the fields of the rule's message. It reads facts and knowledge, and never a file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from envlint.facts import Binding, Call, Facts, Include, is_exported
from envlint.finding import Confidence, Fix, Location, Related
from envlint.knowledge import Knowledge
from envlint.loaders.reading import Reading
from envlint.packs import Rule
from envlint.requirements import Pin
from envlint.source import Span


@dataclass(frozen=True, slots=True)
class Reach:
    """A binding that a call's process sees: where it is, how it gets there (words that follow "set "), how sure.
    `is_loaded` False: its file lies where such files are loaded from, and that is all."""

    facts: Facts
    binding: Binding
    how: str
    confidence: Confidence
    is_loaded: bool = True

    @property
    def is_exported(self) -> bool:
        """Whether the programs of a shell that reads the file see it; a settings file's line says so by `export`."""
        if self.binding.form == "dotenv":
            return self.facts.source.slice(self.binding.span).startswith("export")
        return is_exported(self.facts, self.binding)


@dataclass(frozen=True, slots=True)
class Around:
    """What the files of the whole project say, asked only where an answer is needed.

    mentions  whether a name stands anywhere, be it in a comment
    reads     whether a name stands anywhere but where it is given a value, exported, removed or commented on
    sets      whether a name is given a value anywhere
    imports   whether Python code or a notebook names a package
    uses      whether code or requirements hold one of some words
    calls     the calls of tracked functions in the Python files that name a package
    """

    mentions: Callable[[str], bool]
    reads: Callable[[str], bool]
    sets: Callable[[str], bool]
    imports: Callable[[str], bool]
    uses: Callable[[Collection[str]], bool]
    calls: Callable[[str], Iterable[Call]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a program that loads a settings file makes of it, and the place that says that it does (None: the
    configuration says so, or no certain place)."""

    reading: Reading
    where: Location | None


@dataclass(frozen=True, slots=True)
class Subject:
    """One file under judgement: its facts, what is known, and what the rest of the project has to do with it.

    `committed`: what it holds is, or would be, in the repository (unknown counts). `tracked`: git tracks it by
    now; None: that is not known. `reaching` names the bindings of a variable, anywhere in the project, that the
    process of one of its calls sees; `around` answers what the project as a whole says. `pins` are the versions
    that the project pins for this file, by the packs' names. `loaded` tells who loads a settings file, each loader
    once; nobody: python-dotenv alone, whose reading the facts are. `included` gives the bindings of the settings file
    that an Include of this file loads, the last one of each name.
    """

    facts: Facts
    knowledge: Knowledge
    committed: bool
    reaching: Callable[[Call, str], Iterable[Reach]]
    around: Around
    pins: Mapping[str, Pin] = field(default_factory=dict)
    tracked: bool | None = None
    loaded: Callable[[], tuple[Loaded, ...]] = tuple
    included: Callable[[Include], Iterable[Reach]] = lambda include: ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A problem at a span of the subject's source; `fields` fill the rule's message and help. `key` is the key
    that it is about, as the program sees it: it tells verdicts of one key from others, and goes no further than
    the engine."""

    span: Span
    confidence: Confidence
    fields: Mapping[str, str] = field(default_factory=dict)
    variable: str | None = None
    form: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    key: str | None = None


Check: TypeAlias = Callable[[Subject, Rule], Iterator[Verdict]]
