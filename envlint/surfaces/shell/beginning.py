"""The beginning of a reading: which functions a script has, and which of its names are not what they seem.

Owns what is settled before the first command of a script, or of a file that a script loads, is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from envlint.facts import Scope, Wanted
from envlint.source import Span
from envlint.surfaces.shell.conditions import Condition
from envlint.surfaces.shell.effects import every_command
from envlint.surfaces.shell.names import Held, Names, Status
from envlint.surfaces.shell.reading import Inner, Loads, Reading
from envlint.surfaces.shell.survey import calculated_names, fixed_names, functions_of, odd_names, volatile_names
from envlint.surfaces.shell.syntax import Command, Item, Script
from envlint.value import Value

Run = Callable[[Reading, Sequence[Item]], Condition]


def begin_script(
    script: Script, items: Sequence[Item], wanted: Wanted, known: Mapping[str, Value], inner: Inner | None, run: Run
) -> Reading:
    """A reading of a script; `known` are names that are set before it begins, `inner` reads scripts in it."""
    names = Names(
        {name: Held(value, Status.SET) for name, value in known.items()}, other_shell=script.dialect in ("zsh", "ksh")
    )
    reading = _begun(script, list(every_command(items)), wanted, names, run)
    reading.inner = inner
    return reading


def begin_loaded(outer: Reading, script: Script, commands: Sequence[Command]) -> Reading:
    """A reading of a file that a script loads: it goes on with the names as they are, and tells no facts."""
    reading = _begun(script, commands, Wanted(sourced=outer.wanted.sourced), outer.names, outer.run)
    own = frozenset(reading.functions.bodies)
    reading.functions.adopt({name: effects for name, effects in outer.functions.effects().items() if name not in own})
    outer.functions.adopt({name: effects for name, effects in reading.functions.effects().items() if name in own})
    reading.loads, reading.exports, reading.exported = outer.loads, outer.exports, set(outer.exported)
    return reading


def _begun(script: Script, commands: Sequence[Command], wanted: Wanted, names: Names, run: Run) -> Reading:
    keeps_last = script.dialect in ("zsh", "ksh") or script.mentions("lastpipe")
    functions = functions_of(commands, keeps_last=keeps_last)
    names.odd |= frozenset(odd_names(commands))
    if names.other_shell:
        names.odd |= frozenset(calculated_names(commands))
    names.readonly |= fixed_names(commands)
    names.volatile |= volatile_names(commands, functions)
    reading = Reading(script, wanted, names, functions, run, loads=Loads())
    reading.scopes.append(Scope("file", None, script.host(Span(0, len(script.text)))))
    return reading
