"""A stage of a build: what is set in it so far, what a container of it starts, and which shell reads its texts.

Owns that state, and how what a build sets differs from what a container finds. Knows no instruction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from envlint.facts import Launch
from envlint.surfaces.dockerfile.lines import Instruction
from envlint.surfaces.dockerfile.values import Setting, Settings
from envlint.value import Value, ref, unknown

SHELLS = {"sh": "sh", "dash": "sh", "ash": "sh", "bash": "bash", "zsh": "zsh", "ksh": "ksh", "mksh": "ksh"}
# What is set where nobody sees it: BuildKit makes sure of a PATH (dockerfile2llb/convert.go).
PATH = Setting(unknown("the base image sets it", type="str"), certain=True)


@dataclass(slots=True)
class Stage:
    """What is set in a stage so far, in which scope, and the dialect of the shell that reads its bodies (None: it is
    no POSIX shell). `settings` None: what is set there is not known, because it is part of another build. `starts`
    are what a container of it starts, by instruction; `child` is the scope of builds on top of it, `later` what those
    may set first."""

    scope: int
    settings: dict[str, Setting] | None
    dialect: str | None = "sh"
    starts: dict[str, Start] = field(default_factory=dict)
    child: int | None = None
    later: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Start:
    """A CMD, ENTRYPOINT or HEALTHCHECK: where its command begins, in which stage and shell it stands, and the programs
    that it was found to start."""

    instruction: Instruction
    at: int
    scope: int
    dialect: str | None
    launches: list[Launch] = field(default_factory=list)


def at_last(settings: Settings | None) -> dict[str, Setting] | None:
    """What a container finds set: by ENV alone, and another value where it is started with one."""
    if settings is None:
        return None
    late = {
        name: Setting(ref(name, default=setting.kept), certain=False)
        for name, setting in settings.items()
        if setting.kept is not None
    }
    return {"PATH": PATH, **late}


def known_of(names: Iterable[str], settings: Settings | None) -> dict[str, Value]:
    """Of these names, those that are set, with their values."""
    if settings is None:
        return dict.fromkeys(names, unknown("what it is comes from another build", type="str"))
    return {name: settings[name].value for name in names if name in settings}


def dialect_of(program: str) -> str | None:
    """The dialect of a shell by its program, None for what is no POSIX shell."""
    return SHELLS.get(re.split(r"[/\\]", program)[-1])
