"""The project: the facts of all its files, read when something asks for them, and what reaches what.

This is the only home of cross-file heuristics: which script starts which program, and which settings that
program's process sees. It touches no disk; files come from a library. It knows no rule.

A process sees a binding because

- its own file makes it, before the call and in the same straight line (a branch makes it less sure);
- a script or Dockerfile that starts it has exported it by then;
- the same for a program that imports its file (less sure: the call must be made there);
- a module that it imports, or that imports it, sets it at once (less sure: one of them comes first);
- a settings file is loaded by the file itself, or read or passed by what starts it;
- a .env lies beside it, or at the project's root (less sure: something must load it).

Matching by name over a whole repository would be noise, and is not done.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from envlint import loaders, loading
from envlint.checks.verdict import Around, Loaded, Reach
from envlint.facts import FILE, KEPT, Binding, Call, Export, Facts, Include, Launch, Unset, is_exported
from envlint.finding import Confidence
from envlint.imports import Entrances, Imports
from envlint.library import Library
from envlint.source import Source, merged
from envlint.starting import started, starts
from envlint.timeline import Timeline

# Starting a script that starts a script that ...: as deep as anybody reads.
_MOST_HOPS = 3
# A file that starts one program more often than this says nothing new about it.
_MOST_LAUNCHES = 32
# Modules that set one variable: more of them than this say nothing new about it.
_MOST_MODULES = 64

# What a module does to the environment of its own process.
_OWN_FORMS = frozenset({"environ-item", "environ-update", "environ-setdefault"})


# Who reads these reads about a variable, and not the variable.
_PROSE = (".md", ".rst", ".adoc", ".sarif")
_PYTHON = (".py", ".pyi", ".ipynb")


@dataclass(eq=False)
class Project:
    """The facts of one project, and the folds over them. `carriers` are what container tools put before a name
    to set it inside."""

    library: Library
    carriers: tuple[str, ...] = ()
    _reads: dict[str, bool] = field(default_factory=dict)
    _sets: dict[str, bool] = field(default_factory=dict)
    _timelines: dict[Source, Timeline] = field(default_factory=dict)
    _launches: dict[str, tuple[tuple[Facts, Launch, bool], ...]] = field(default_factory=dict)
    _loaded: dict[str, tuple[Loaded, ...]] = field(default_factory=dict)
    _started: dict[Source, tuple[tuple[Launch, str], ...]] = field(default_factory=dict)
    _ways: dict[str, Entrances] = field(default_factory=dict)
    _imported: dict[tuple[str, frozenset[str] | None, str], tuple[Reach, ...]] = field(default_factory=dict)

    @cached_property
    def around(self) -> Around:
        """What the project as a whole says."""
        return Around(
            mentions=lambda name: any(map(self.library.mentions, self._spellings(name))),
            reads=self.reads,
            sets=self.sets,
            imports=lambda package: any(path.endswith(_PYTHON) for path in self.library.mentions(package)),
            uses=self.library.uses,
            calls=self._calls,
        )

    def reads(self, name: str) -> bool:
        """Whether a file holds a name anywhere but where it is given a value, exported, removed or commented on."""
        if name not in self._reads:
            self._reads[name] = self._reads_loosely(name) or any(
                _stands_freely(facts, name) for facts in self._mentioning(name)
            )
        return self._reads[name]

    def _reads_loosely(self, name: str) -> bool:
        """Whether a settings class of pydantic may read it: by a field's name in any letter case, behind a prefix."""
        if not self.library.uses(("BaseSettings",)):
            return False
        return bool(self.library.mentions(name.lower())) or self.library.uses(("env_prefix",))

    def sets(self, name: str) -> bool:
        """Whether a file gives a name a value."""
        if name not in self._sets:
            self._sets[name] = any(
                binding.variable == spelled and binding.form != KEPT
                for spelled in self._spellings(name)
                for facts in self._mentioning(spelled)
                for binding in facts.bindings()
            )
        return self._sets[name]

    def _spellings(self, name: str) -> tuple[str, ...]:
        return (name, *(carrier + name for carrier in self.carriers))

    def _mentioning(self, name: str) -> Iterator[Facts]:
        for path in self.library.mentions(name):
            facts = self.library.facts(path) if not _is_prose(path) else None
            if facts is not None:
                yield facts

    def _calls(self, package: str) -> Iterator[Call]:
        for path in self.library.mentions(package):
            facts = self.library.facts(path) if path.endswith(_PYTHON) or "." not in posixpath.basename(path) else None
            if facts is not None:
                yield from facts.calls()

    def reaching(self, facts: Facts, call: Call, variable: str) -> tuple[Reach, ...]:
        """The bindings of a variable that the process of a call sees, the surest first in each file."""
        found: dict[tuple[str, int], Reach] = {}
        for reach in self._reaching(facts, call, variable):
            key = (reach.facts.source.path, reach.binding.span.start)
            if key not in found or found[key].confidence < reach.confidence:
                found[key] = reach
        return tuple(found.values())

    def _reaching(self, facts: Facts, call: Call, variable: str) -> Iterator[Reach]:
        timeline = self._timeline(facts)
        for binding, confidence in timeline.bindings(call, variable):
            yield Reach(facts, binding, "earlier in this file", confidence)
        path = facts.source.path
        for include, confidence in timeline.includes(call):
            for target in self._include_targets(facts, include):
                yield from self._all_of(target, variable, f"in {target}, which this file loads", confidence)
        yield from self._from_launchers(path, variable, Confidence.HIGH, _MOST_HOPS)
        yield from self._from_imports(facts, call, variable)
        for target in dict.fromkeys([posixpath.join(posixpath.dirname(path), ".env"), ".env"]):
            where = f"in {target}, beside this file" if posixpath.dirname(target) else f"in {target}"
            found = self._all_of(target, variable, where, Confidence.MEDIUM)
            yield from (replace(reach, is_loaded=False) for reach in found)

    def loaded(self, facts: Facts, configured: Sequence[str] = ()) -> tuple[Loaded, ...]:
        """What those who load a settings file make of it: the loaders that are configured, else those that the
        project names. Nothing where that is python-dotenv alone, whose reading the facts are."""
        path = facts.source.path
        if facts.surface != loading.DOTENV or posixpath.basename(path) == loading.ENVRC:
            return ()
        if path not in self._loaded:
            matters = self.library.wanted.matters(facts.source.text)
            uses = tuple(loading.Use(name, None) for name in dict.fromkeys(configured)) if matters else ()
            uses = uses or (self._uses.get(path, ()) if matters else ())
            alone = {use.loader for use in uses} <= {loaders.DEFAULT}
            self._loaded[path] = () if alone else tuple(_loaded(use, facts.source) for use in uses)
        return self._loaded[path]

    @cached_property
    def _uses(self) -> dict[str, tuple[loading.Use, ...]]:
        return loading.uses(self.library, self._include_targets)

    def _timeline(self, facts: Facts) -> Timeline:
        if facts.source not in self._timelines:
            self._timelines[facts.source] = Timeline(facts)
        return self._timelines[facts.source]

    def _from_imports(self, facts: Facts, call: Call, variable: str) -> tuple[Reach, ...]:
        """What reaches a call from other files of its process, and from what starts that process by another file."""
        if facts.surface != "python" or not self.sets(variable):
            return ()
        key = (facts.source.path, self._entrances(facts, call), variable)
        if key not in self._imported:
            self._imported[key] = (*self._from_importers(*key), *self._from_modules(*key))
        return self._imported[key]

    def _from_importers(self, path: str, entrances: frozenset[str] | None, variable: str) -> Iterator[Reach]:
        """What the starters of the programs that import a file have set for them. That the call is made there is not
        certain; where nothing asks for what it stands in, it is a guess."""
        for program in self._imports.programs(path, entrances):
            limit = Confidence.MEDIUM if program.by_name else Confidence.LOW
            whom = f"{program.path}, which imports this file"
            yield from self._from_launchers(program.path, variable, limit, _MOST_HOPS, whom)

    def _from_modules(self, path: str, entrances: frozenset[str] | None, variable: str) -> Iterator[Reach]:
        """What other modules of the same process set when they are imported or started."""
        surfaces = self.library.surfaces()
        naming = (other for other in self.library.mentions(variable) if other != path)
        others = islice((other for other in naming if surfaces.get(other) == "python"), _MOST_MODULES)
        for other in self._imports.beside(path, entrances, others):
            found = self.library.facts(other.path)
            binding = _set_at_once(found, variable) if found is not None else None
            if found is None or binding is None:
                continue
            how = f"in {other.path}, which {'imports this file' if other.imports else 'this file imports'}"
            yield Reach(found, binding, how, Confidence.MEDIUM if other.by_name else Confidence.LOW)

    @cached_property
    def _imports(self) -> Imports:
        return Imports(self.library)

    def _entrances(self, facts: Facts, call: Call) -> frozenset[str] | None:
        """The functions and classes of its file by which a call may come to be made; None: it is made at once."""
        path = facts.source.path
        if path not in self._ways:
            self._ways[path] = Entrances(facts.source.text)
        named = [facts.scopes[at] for at in facts.ancestors(call.scope)]
        outermost = next((scope.name for scope in reversed(named) if scope.kind in ("function", "class")), None)
        return self._ways[path].to(outermost) if outermost else self._ways[path].at(call.span.start)

    def _from_launchers(
        self, path: str, variable: str, limit: Confidence, hops: int, whom: str = "this program"
    ) -> Iterator[Reach]:
        """What the starters of a file have set for it, and what their own starters have."""
        if hops == 0:
            return
        for launcher, launch, sure in self.launches(path):
            confidence = min(limit, Confidence.HIGH if sure else Confidence.MEDIUM)
            timeline = self._timeline(launcher)
            how = f"in {launcher.source.path}, which starts {whom}"
            for binding, certainty in timeline.bindings(launch, variable):
                if _reaches_programs(launcher, binding, launch):
                    yield Reach(launcher, binding, how, min(confidence, certainty))
            for include, certainty in timeline.includes(launch):
                for target in self._include_targets(launcher, include):
                    words = f"in {target}, which {launcher.source.path} hands to {whom}"
                    for reach in self._all_of(target, variable, words, min(confidence, certainty)):
                        if include.exports or reach.is_exported:
                            yield reach
            if not launcher.scopes[launch.scope].clears:
                yield from self._from_launchers(launcher.source.path, variable, confidence, hops - 1, whom)

    def launches(self, path: str) -> tuple[tuple[Facts, Launch, bool], ...]:
        """Every place of the project that starts a file: the starter's facts, the launch, whether its path
        says so exactly (else by the end of the path, where only one file fits)."""
        if path not in self._launches:
            self._launches[path] = tuple(self._find_launches(path))
        return self._launches[path]

    def _find_launches(self, path: str) -> Iterator[tuple[Facts, Launch, bool]]:
        for launcher in self.library.launchers_naming(path):
            facts = self.library.facts(launcher) if launcher != path else None
            if facts is not None:
                yield from islice(self._launches_in(facts, path), _MOST_LAUNCHES)

    def _launches_in(self, facts: Facts, path: str) -> Iterator[tuple[Facts, Launch, bool]]:
        if facts.source not in self._started:
            launches = (item for item in facts.items if isinstance(item, Launch))
            told = ((launch, started(launch)) for launch in launches)
            self._started[facts.source] = tuple((launch, target) for launch, target in told if target is not None)
        for launch, target in self._started[facts.source]:
            sure = starts(self.library, facts, target, path)
            if sure is not None:
                yield facts, launch, sure

    def _include_targets(self, facts: Facts, include: Include) -> Iterator[str]:
        """The files of the project that an Include can mean, the nearest first."""
        text = include.path.text
        if text is None or text.startswith("/"):
            return
        surfaces = self.library.surfaces()
        folder = posixpath.dirname(facts.source.path)
        candidates = [posixpath.join(folder, text), text]
        if include.loader == "python-dotenv" and "/" not in text:
            # find_dotenv walks up from the calling file's folder to the root of the file system.
            while folder:
                folder = posixpath.dirname(folder)
                candidates.insert(-1, posixpath.join(folder, text))
        for candidate in dict.fromkeys(map(posixpath.normpath, candidates)):
            if candidate in surfaces:
                yield candidate
                return

    def included(self, facts: Facts, include: Include) -> Iterator[Reach]:
        """The bindings of the settings file that an Include means, the last one of each name."""
        for target in self._include_targets(facts, include):
            found = self.library.facts(target)
            last = {one.variable: one for one in found.bindings() if one.scope == FILE} if found is not None else {}
            for binding in last.values():
                assert found is not None
                yield Reach(found, binding, f"in {target}, which this file loads", Confidence.HIGH)

    def _all_of(self, path: str, variable: str, how: str, confidence: Confidence) -> Iterator[Reach]:
        """The last binding of a variable in a settings file that is loaded as a whole."""
        if path not in self.library.surfaces():
            return
        facts = self.library.facts(path)
        if facts is None:
            return
        bindings = [b for b in facts.bindings() if b.variable == variable and b.scope == 0]
        for binding in bindings[-1:]:
            yield Reach(facts, binding, how, confidence)


def _set_at_once(facts: Facts, variable: str) -> Binding | None:
    """The last of the bindings by which a module, wherever it is imported, sets a variable for its process; None where
    there is none, or it is removed again."""
    items = (item for item in facts.items if isinstance(item, (Binding, Unset)) and item.scope == FILE)
    last = next((item for item in reversed(tuple(items)) if item.variable == variable), None)
    return last if isinstance(last, Binding) and last.form in _OWN_FORMS else None


def _is_prose(path: str) -> bool:
    """Whether a file tells people of variables, envlint's own settings and reports included."""
    return path.lower().endswith(_PROSE) or "envlint" in path.rpartition("/")[2]


def _loaded(use: loading.Use, source: Source) -> Loaded:
    return Loaded(loaders.read(use.loader, source), use.where)


def _stands_freely(facts: Facts, name: str) -> bool:
    """Whether a name stands in a file outside of its own bindings, exports and removals, and of comments."""
    taken = [comment.span for comment in facts.comments]
    for item in facts.items:
        if isinstance(item, Binding | Export | Unset) and item.variable == name:
            taken.append(item.span)
    covered = merged(taken)
    starts = [span.start for span in covered]
    for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", facts.source.text, re.ASCII):
        before = bisect_right(starts, found.start()) - 1
        if before < 0 or covered[before].end < found.end():
            return True
    return False


def _reaches_programs(facts: Facts, binding: Binding, launch: Launch) -> bool:
    """Whether a program that is started sees a binding: an ARG reaches only what RUN starts, while the
    image is built; a shell's assignment only once it is exported."""
    if binding.form == "docker-arg":
        return facts.scopes[launch.scope].kind != "stage"
    return is_exported(facts, binding, launch)
