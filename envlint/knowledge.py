"""Knowledge: the packs that are on, merged, and read for one version of the SDK.

Surfaces are told from here what to look for, checks ask it what a variable accepts. It holds no judgement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from envlint.credentials import Credentials
from envlint.facts import Argument, Wanted
from envlint.packs import Conflict, Function, KeyShape, Override, Pack, Reader, Rule, Spec, Unread, Variable
from envlint.versions import age

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Knowledge:
    """All that the packs say. `versions` are those of the vendors' packages that the project runs, by the
    packs' names; where there is none, the newest known one counts."""

    packs: tuple[Pack, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    _parts: dict[str, Knowledge] = field(default_factory=dict)

    @cached_property
    def variables(self) -> dict[str, Variable]:
        """Every known variable by name, other spellings included."""
        return {variable.name: variable for pack in self.packs for variable in pack.variables}

    @cached_property
    def _folded(self) -> dict[tuple[str, str], Variable]:
        """The variables whose names are taken in any letter case, by prefix and the rest in upper case."""
        return {
            (pack.prefix, variable.name[len(pack.prefix) :].upper()): variable
            for pack in self.packs
            for variable in pack.variables
            if variable.any_case and pack.prefix and variable.name.startswith(pack.prefix)
        }

    @cached_property
    def carriers(self) -> tuple[str, ...]:
        """What container tools put before a name to set it inside the container."""
        return tuple(dict.fromkeys(_all(pack.carriers for pack in self.packs)))

    def variable(self, name: str) -> Variable | None:
        """The variable that a name sets: its own, another letter case where the SDK takes any, or behind what
        a container tool puts before it; None where the packs know none."""
        bare = self.bare(name)
        if bare in self.variables:
            return self.variables[bare]
        for pack in self.packs:
            if pack.prefix and bare.startswith(pack.prefix):
                found = self._folded.get((pack.prefix, bare[len(pack.prefix) :].upper()))
                if found is not None:
                    return found
        return None

    def is_known(self, name: str) -> bool:
        """Whether the packs have anything to say on a name."""
        return self.variable(name) is not None or self.bare(name) in self.unread

    def bare(self, name: str) -> str:
        """A name without what a container tool puts before it."""
        return next((name[len(carrier) :] for carrier in self.carriers if name.startswith(carrier)), name)

    @cached_property
    def _specs(self) -> dict[str, Spec]:
        return {
            variable.name: variable.spec(self.versions.get(pack.name))
            for pack in self.packs
            for variable in pack.variables
        }

    def spec(self, variable: str) -> Spec | None:
        """What this version of the SDK accepts for a variable; None where the packs don't know it."""
        found = self.variable(variable)
        return self._specs[found.name] if found is not None else None

    def require(self, variable: str) -> Spec:
        """What this version of the SDK accepts for a variable that the packs know; KeyError for any other."""
        return self._specs[variable]

    @cached_property
    def read_names(self) -> tuple[str, ...]:
        """The names of the variables that this version of the SDK, or another program, reads."""
        return tuple(name for name, one in self.variables.items() if one.readers or self._specs[name].read)

    @cached_property
    def unread(self) -> dict[str, Unread]:
        """The names that people write and nothing reads."""
        return {one.name: one for pack in self.packs for one in pack.unread}

    @cached_property
    def readers(self) -> dict[str, Reader]:
        """The programs besides the SDK that read variables, by name."""
        return {reader.name: reader for pack in self.packs for reader in pack.readers}

    @cached_property
    def conflicts(self) -> tuple[Conflict, ...]:
        """The variables of which only one may be set, for this version of the SDK."""
        return tuple(one for pack in self.packs for one in pack.conflicts if self.reaches(pack, one.since))

    def rivals(self, variable: str) -> tuple[Variable, ...]:
        """The variables that may not be set beside this one."""
        names = dict.fromkeys(_all(one.variables for one in self.conflicts if variable in one.variables))
        return tuple(self.variables[name] for name in names if name != variable)

    @cached_property
    def overrides(self) -> tuple[Override, ...]:
        """The variables beside which some arguments are not heard."""
        return tuple(one for pack in self.packs for one in pack.overrides)

    def spellings(self, variable: Variable) -> tuple[str, ...]:
        """The names under which the SDK reads a variable, its own first."""
        main = variable.alias_of or variable.name
        return (main, *(one.name for one in self.variables.values() if one.alias_of == main))

    def reaches(self, pack: Pack, since: str | None) -> bool:
        """Whether the version that counts for a pack is at or after another."""
        version = self.versions.get(pack.name) or pack.sdk
        at, begins = age(version or ""), age(since or "")
        return at is None or begins is None or begins <= at

    def version_of(self, variable: str) -> str | None:
        """The version of the SDK by which a variable is judged; None where its pack knows none."""
        pack = next((pack for pack in self.packs for one in pack.variables if one.name == variable), None)
        return None if pack is None else self.versions.get(pack.name) or pack.sdk

    def only(self, pack: str) -> Knowledge:
        """The part of it that one pack says."""
        if pack not in self._parts:
            self._parts[pack] = replace(self, packs=tuple(one for one in self.packs if one.name == pack), _parts={})
        return self._parts[pack]

    def package_of(self, variable: str) -> str:
        """The package whose versions a variable's specs speak of, or its pack's name."""
        pack = next(pack for pack in self.packs for one in pack.variables if one.name == variable)
        return pack.package or pack.name

    def at(self, versions: Mapping[str, str]) -> Knowledge:
        """The same packs, read for other versions."""
        return self if versions == self.versions else replace(self, versions=versions, _parts={})

    def is_secret(self, variable: str) -> bool:
        """Whether a variable's value must not be seen: a secret of the packs, or a name that means one."""
        spec = self.spec(variable)
        return spec.kind == "secret" if spec is not None else self.credentials.is_named(variable)

    @cached_property
    def _functions(self) -> dict[str, tuple[Function, Pack]]:
        """Every tracked function by each of its names, with the pack that tells of it."""
        return {
            name: (function, pack)
            for pack in self.packs
            for function in pack.functions
            for name in (function.name, *function.names)
        }

    def function(self, name: str) -> Function | None:
        """The tracked function of a qualified name; None where the packs know none."""
        found = self._functions.get(name)
        return found[0] if found is not None else None

    def parameter(self, function: str, argument: Argument) -> str | None:
        """The parameter that an argument is for, in the SDK's version that counts; None for one too many."""
        found = self._functions.get(function)
        if argument.position is None or found is None:
            return argument.name
        parameters = found[0].positional(self.versions.get(found[1].name))
        return parameters[argument.position] if argument.position < len(parameters) else None

    def parameters_of(self, function: str) -> frozenset[str]:
        """Every parameter of a tracked function in the SDK's version that counts, those of variables included."""
        found, pack = self._functions[function]
        positional = found.positional(self.versions.get(pack.name))
        return frozenset({*positional, *found.keywords, *(p for f, p in self._parameters if f == found.name)})

    @cached_property
    def _parameters(self) -> dict[tuple[str, str], Variable]:
        return {
            (function, parameter): variable
            for variable in self.variables.values()
            for function, _, parameter in (pair.rpartition(":") for pair in variable.arguments)
        } | {
            (function.name, parameter): self.variables[name]
            for pack in self.packs
            for function in pack.functions
            for parameter, name in function.variables.items()
        }

    def variable_of(self, function: str, argument: Argument) -> Variable | None:
        """The variable over which an argument of a tracked function wins."""
        parameter = self.parameter(function, argument)
        found = self.function(function)
        return self._parameters.get((found.name, parameter)) if found is not None and parameter else None

    def switch(self, function: str, argument: Argument) -> str | None:
        """What a true value means for the variable over which it wins; None: it is no such argument."""
        found, parameter = self.function(function), self.parameter(function, argument)
        return found.switches.get(parameter) if found is not None and parameter else None

    @cached_property
    def keys(self) -> tuple[KeyShape, ...]:
        """What a secret looks like, in the order of the packs."""
        return tuple(shape for pack in self.packs for shape in pack.keys)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, by name."""
        return tuple(sorted(_all(pack.rules for pack in self.packs), key=lambda rule: rule.name))

    @cached_property
    def wanted(self) -> Wanted:
        """What surfaces are to look for. A marker of a self-identifying key is a needle like any other."""
        return Wanted(
            calls={name: function.parameters for name, (function, _) in self._functions.items()},
            writes={name: function.writes for name, (function, _) in self._functions.items() if function.writes},
            options={name: function.options for name, (function, _) in self._functions.items() if function.options},
            needles=tuple(
                dict.fromkeys(
                    [
                        *_all(pack.needles for pack in self.packs),
                        *_all(pack.misprefixes for pack in self.packs),
                        *(shape.marker for shape in self.keys if shape.alone),
                    ]
                )
            ),
            commands=tuple(dict.fromkeys(_all(pack.commands for pack in self.packs))),
            credentials=self.credentials,
            hands={name: function.hands for name, (function, _) in self._functions.items() if function.hands},
            objects=frozenset(name for name, (function, _) in self._functions.items() if function.settings),
        )

    @cached_property
    def credentials(self) -> Credentials:
        """What else means a secret, over all packs."""
        each = [pack.credentials for pack in self.packs]
        return Credentials(
            names=frozenset(name for one in each for name in one.names),
            fields=frozenset(name for one in each for name in one.fields),
            sections=frozenset(name for one in each for name in one.sections),
            hosts=frozenset(host for one in each for host in one.hosts),
        )


def _all(groups: Iterable[tuple[T, ...]]) -> Iterable[T]:
    return (item for group in groups for item in group)
