"""What names hold at a place in a script: the state of a shell as far as it is known.

Owns how knowledge begins, changes, is taken back and is joined. It must not know which commands change it.
Changes are kept in a journal, so that a branch costs what it changes and not what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from envlint.value import Choice, Value, choice, ref, unknown


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names that the shell computes or changes by itself, whatever is assigned (Bash manual 5.2).
_DYNAMIC = _names(
    "_ BASHPID BASHOPTS COLUMNS DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS HISTCMD LINENO LINES MAPFILE "
    "OPTARG OPTIND PIPESTATUS PPID RANDOM READLINE_LINE REPLY SECONDS SHELLOPTS SRANDOM UID"
)
# Names that a shell, a login or a terminal sets before a script begins.
_INITIAL = _names(
    "HOME HOSTNAME HOSTTYPE IFS LOGNAME MACHTYPE OLDPWD OPTERR OSTYPE PATH PS1 PS2 PS4 PWD SHELL SHLVL TERM USER"
)
# What zsh and ksh set besides.
_OTHER_SHELLS = _names("argv path fpath cdpath status pipestatus HOST USERNAME TTY EGID ERRNO prompt match MATCH")


class Status(Enum):
    """Whether a name is set. OUTSIDE: nothing in the script has touched it, so the caller's environment decides.
    LOOSE: something outside the script may have set it since."""

    SET = "set"
    UNSET = "unset"
    MAYBE = "maybe"
    OUTSIDE = "outside"
    LOOSE = "loose"


@dataclass(frozen=True, slots=True)
class Held:
    """What a name holds. Unset: no text. `elements`: those of an array, whose first one is the value (Bash manual
    6.7); None where it is no array, or perhaps another one."""

    value: Value
    status: Status
    elements: tuple[Value, ...] | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a stretch of commands did: the names that it changed, and what all others hold if it forgot them."""

    names: Mapping[str, Held]
    rest: Held | None = None


@dataclass(frozen=True, slots=True)
class _Wiped:
    names: dict[str, Held]
    rest: Held | None


def is_dynamic(name: str) -> bool:
    """Whether a name's value is the shell's own, whatever is assigned to it."""
    return name in _DYNAMIC or name.startswith(("BASH_", "COMP_")) or not name.isidentifier()


@dataclass
class Names:
    """The state. `odd` names have attributes by which a value is not what is assigned (integer, nameref, array);
    `volatile` ones may change at any time (a trap), and None means that any name may. `base` tells what a
    name holds at the beginning, if not what its caller gave."""

    known: dict[str, Held] = field(default_factory=dict)
    odd: frozenset[str] = frozenset()
    readonly: set[str] = field(default_factory=set)
    volatile: set[str | None] = field(default_factory=set)
    other_shell: bool = False
    base: Callable[[str], Held] | None = None
    _rest: Held | None = None
    _journal: list[tuple[str, Held | None] | _Wiped] = field(default_factory=list)

    def get(self, name: str) -> Held:
        """What a name holds here."""
        if name.isdigit() or name in ("@", "*"):
            return Held(unknown("an argument of the script", type="str"), Status.LOOSE)
        if is_dynamic(name) or (self.other_shell and name in _OTHER_SHELLS):
            return Held(unknown("a variable of the shell's own", type="str"), Status.MAYBE)
        if name in self.volatile or None in self.volatile:
            return Held(unknown("a trap may change it", type="str"), Status.MAYBE)
        held = self.known.get(name)
        if held is not None:
            return held
        if self._rest is not None:
            return self._rest
        if self.base is not None:
            return self.base(name)
        if name in _INITIAL:
            return Held(unknown("a variable of the shell's own", type="str"), Status.MAYBE)
        return Held(ref(name), Status.OUTSIDE)

    def assign(self, name: str, value: Value) -> Held:
        """A name receives a value; what it holds then. Of an array it becomes the first element."""
        taken = self.accepted(name, value)
        before = self.known.get(name)
        listed = (taken, *before.elements[1:]) if before is not None and before.elements is not None else None
        held = Held(taken, Status.SET, listed)
        self._put(name, held)
        return held

    def assign_list(self, name: str, elements: tuple[Value, ...] | None) -> None:
        """A name becomes an array of these elements; None: of elements that are not known."""
        if elements is None or self.other_shell or self.accepted(name, Value()).parts:
            self._put(name, _lost("an array"))
        elif elements:
            self._put(name, Held(elements[0], Status.SET, elements))
        else:
            self._put(name, Held(Value(), Status.UNSET, ()))

    def accepted(self, name: str, value: Value) -> Value:
        """The value that a name takes on when it is assigned one."""
        if name in self.readonly:
            return unknown("the name is read-only", type="str")
        if name in self.odd:
            return unknown("the name has attributes that change its value", type="str")
        if is_dynamic(name):
            return unknown("a variable of the shell's own", type="str")
        if name in self.volatile or None in self.volatile:
            return unknown("a trap may change it", type="str")
        return value

    def unset(self, name: str) -> None:
        """A name is removed."""
        # Within a function, a variable of a caller may come to light (Bash manual 3.3).
        kept = name in self.readonly or name in self.odd or self.base is not None
        self._put(name, _lost("it may still be set") if kept else Held(Value(), Status.UNSET))

    def lose(self, names: Iterable[str], reason: str) -> None:
        """Some names may hold anything from here on."""
        for name in names:
            self._put(name, _lost(reason))

    def forget(self, reason: str, *, outside: bool = False) -> None:
        """Every name may hold anything from here on. `outside`: by something that is not part of the script."""
        self._wipe(Held(unknown(reason, type="str"), Status.LOOSE if outside else Status.MAYBE))

    def _wipe(self, rest: Held) -> None:
        self._journal.append(_Wiped(self.known, self._rest))
        self.known, self._rest = {}, rest

    def keep(self, name: str, held: Held) -> None:
        """A name holds this from here on, whatever its attributes."""
        self._put(name, held)

    def _put(self, name: str, held: Held) -> None:
        self._journal.append((name, self.known.get(name)))
        self.known[name] = held

    def mark(self) -> int:
        """A place to go back to."""
        return len(self._journal)

    def changed_since(self, mark: int) -> frozenset[str]:
        """The names that were assigned or lost since a place."""
        return frozenset(entry[0] for entry in self._journal[mark:] if isinstance(entry, tuple))

    def take_back(self, mark: int) -> Changes:
        """Goes back to a place; what had changed since."""
        entries = self._journal[mark:]
        rest = self._rest if any(isinstance(entry, _Wiped) for entry in entries) else None
        changed = {entry[0]: self.get(entry[0]) for entry in entries if isinstance(entry, tuple)}
        for entry in reversed(entries):
            if isinstance(entry, _Wiped):
                self.known, self._rest = entry.names, entry.rest
            elif entry[1] is None:
                self.known.pop(entry[0], None)
            else:
                self.known[entry[0]] = entry[1]
        del self._journal[mark:]
        return Changes(changed, rest)

    def redo(self, changes: Changes) -> None:
        """Makes changes that were taken back."""
        if changes.rest:
            self._wipe(changes.rest)
        for name, held in changes.names.items():
            self._put(name, held)

    def _wiped_by(self, ways: Iterable[Changes]) -> bool:
        """Forgets everything where one of the ways does; whether it is so."""
        rests = [way.rest for way in ways if way.rest]
        if rests:
            self._wipe(next((rest for rest in rests if rest.status is Status.MAYBE), rests[0]))
        return bool(rests)

    def join(self, ways: Sequence[Changes]) -> None:
        """One of several stretches of commands has run, each from here; which one is not known."""
        if self._wiped_by(ways):
            return
        found: dict[str, list[Held]] = {}
        for way in ways:
            for name, held in way.names.items():
                found.setdefault(name, []).append(held)
        for name, changed in found.items():
            unchanged = () if len(changed) == len(ways) else (self.get(name),)
            self._put(name, either((*changed, *unchanged)))

    def join_on(self, name: str, unset: Changes, otherwise: Sequence[Changes]) -> None:
        """Like join, where the first way is taken if an outer name is unset, one of the others only if it is set."""
        if self._wiped_by((unset, *otherwise)):
            return
        for changed in dict.fromkeys(each for way in (unset, *otherwise) for each in way.names):
            default = unset.names.get(changed) or self.get(changed)
            alternate = either(way.names.get(changed) or self.get(changed) for way in otherwise)
            self._put(changed, _on(name, changed, default, alternate))


def _on(name: str, changed: str, default: Held, alternate: Held) -> Held:
    if default == alternate:
        return default
    itself = changed == name and alternate.status is Status.OUTSIDE
    value = ref(name, default=default.value, alternate=None if itself else alternate.value)
    return Held(value, default.status if default.status is alternate.status else Status.MAYBE)


def either(ways: Iterable[Held]) -> Held:
    """What a name holds if one of several things happened."""
    distinct = tuple(dict.fromkeys(ways))
    if len(distinct) == 1:
        return distinct[0]
    statuses = {held.status for held in distinct}
    return Held(one_of(held.value for held in distinct), statuses.pop() if len(statuses) == 1 else Status.MAYBE)


def one_of(values: Iterable[Value]) -> Value:
    """A choice whose options are no choices themselves."""
    options: list[Value] = []
    for value in values:
        match value.parts:
            case (Choice(inner),):
                options.extend(inner)
            case _:
                options.append(value)
    return choice(options)


def _lost(reason: str) -> Held:
    return Held(unknown(reason, type="str"), Status.MAYBE)
