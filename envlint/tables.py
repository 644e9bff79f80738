"""Tables: TOML that is read strictly, key by key, for packs and for configuration alike.

A table has known keys of known types; anything else is a TableError of one line that says where, what
is wrong and which known name is nearest. Nothing here knows what the keys mean.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

import tomli

from envlint.finding import shown
from envlint.versions import age

MAX_BYTES = 1 << 20
"""The size up to which a TOML file is read; parsing that much takes about a second at worst."""

_T = TypeVar("_T")
_LISTED = 12
_LONGEST_LIST = 100
_A_WORD = 4
_TYPES: Mapping[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
}

# A key of many dotted parts costs a parser the square of their number, and no key of ours has more than three.
# Each part begins where no other can, and the classes of neighbouring pieces are disjoint: matching is linear.
_LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){64}""")


class TableError(ValueError):
    """What is wrong with a TOML file, in one line, without the file's name."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table whose keys are all known. `where` names it in errors, as the file writes it: `[[rule]] name`."""

    content: Mapping[str, object]
    where: str

    def has(self, key: str) -> bool:
        """Whether the key is given."""
        return key in self.content

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not blank; without a default the key is required."""
        given = self._given(key, str, default)
        if not given.strip() and key in self.content:
            raise self.error(f"{key} is empty")
        return given

    def optional_text(self, key: str) -> str | None:
        """A text that is not blank, or None where the key is not given."""
        return self.text(key) if key in self.content else None

    def raw_text(self, key: str) -> str:
        """A text as it stands, which may be empty or blank; empty where the key is not given."""
        return self._given(key, str, "")

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts that are looked for, none of them blank; empty where the key is not given."""
        for word in self.texts(key):
            if not word.strip():
                raise self.error(f"{key} holds an empty text")
        return self.texts(key)

    def named(self, pattern: re.Pattern[str]) -> str:
        """The text under `name`, which must be of a form."""
        name = self.text("name")
        if not pattern.fullmatch(name):
            raise self.error(f"name is {shown(name)}, which is no such name")
        return name

    def version(self, key: str) -> str | None:
        """A version, or None where the key is not given."""
        version = self.optional_text(key)
        if version is not None and age(version) is None:
            raise self.error(f"{key} is {shown(version)}, which is no version such as 0.31.0")
        return version

    def flag(self, key: str, *, default: bool) -> bool:
        """A boolean."""
        return self._given(key, bool, default)

    def count(self, key: str) -> int | None:
        """A whole number from 1, or None where the key is not given."""
        if key not in self.content:
            return None
        number = self._given(key, int, None)
        if number < 1:
            raise self.error(f"{key} must be 1 or more")
        return number

    def number(self, key: str) -> float | None:
        """A number, whole or not, or None where the key is not given."""
        number = self.content.get(key)
        if number is None or (isinstance(number, (int, float)) and not isinstance(number, bool)):
            return number
        raise self._wrong_type(key, "a number", number)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where the key is not given."""
        items = self._given(key, list, [])
        for item in items:
            if not isinstance(item, str):
                raise self.error(f"{key} must be a list of texts, and holds {_type_of(item)}")
        return tuple(items)

    def choice(self, key: str, known: Collection[str], default: str | None = None) -> str:
        """One of the known texts."""
        given = self._given(key, str, default)
        if given not in known:
            raise self.error(f"{key} is {shown(given)}{nearest(given, known)}")
        return given

    def mapping(self, key: str) -> dict[str, str]:
        """A table of texts by texts; empty where the key is not given."""
        items = self._given(key, dict, {})
        for name, item in items.items():
            if not isinstance(item, str):
                raise self.error(f"{key}.{plain(name)} must be a text, and is {_type_of(item)}")
        return items

    def free(self, key: str) -> dict[str, object]:
        """A table of anything, whose keys are its reader's affair; empty where the key is not given."""
        return self._given(key, dict, {})

    def table(self, key: str, known: Collection[str]) -> Table:
        """A table in this one; empty where the key is not given."""
        return opened(self.content.get(key, {}), f"{self.where} [{key}]".lstrip(), known)

    def tables(self, key: str, known: Collection[str], name: str | None = None) -> Iterator[Table]:
        """The tables of an array, each called by its number or, if it has one, by the text under `name`."""
        items = self._given(key, list, [])
        for number, item in enumerate(items, 1):
            called = item.get(name) if isinstance(item, dict) and name is not None else None
            label = plain(called) if isinstance(called, str) else f"number {number}"
            yield opened(item, f"{self.where} [[{key}]] {label}".lstrip(), known)

    def error(self, problem: str) -> TableError:
        """An error that stands in this table."""
        return TableError(f"{self.where}: {problem}" if self.where else problem)

    def _given(self, key: str, kind: type[_T], default: _T | None) -> _T:
        if key not in self.content:
            if default is None:
                raise self.error(f"the key {key} is missing")
            return default
        given = self.content[key]
        # For Python a boolean is a whole number, for TOML it is not.
        if not isinstance(given, kind) or (kind is int and isinstance(given, bool)):
            raise self._wrong_type(key, _TYPES[kind], given)
        return given

    def _wrong_type(self, key: str, wanted: str, given: object) -> TableError:
        return self.error(f"{key} must be {wanted}, and is {_type_of(given)}")


def opened(content: object, where: str, known: Collection[str]) -> Table:
    """A value as a table; TableError where it is none or has a key that is not known."""
    if not isinstance(content, dict):
        raise TableError(f"{where or 'the file'} must be a table, and is {_type_of(content)}")
    for key in content:
        if key not in known:
            raise Table(content, where).error(f"unknown key {shown(key)}{nearest(key, known)}")
    return Table(content, where)


def read(path: Path) -> bytes:
    """The content of a regular file of at most MAX_BYTES; OSError where it can't be read, else TableError."""
    # A named pipe would block, and a device such as /dev/zero never ends.
    if not stat.S_ISREG(path.stat().st_mode):
        raise TableError("is not a regular file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise TableError(f"is larger than {MAX_BYTES >> 10} KiB, which is as much as is read")
    return data


def parse(data: bytes) -> dict[str, object]:
    """TOML as nested dictionaries; TableError on anything that is none or nests beyond reason."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(f"is not UTF-8 at byte {error.start + 1}") from None
    if _LONG_KEY.search(text):
        raise TableError("a key has too many parts")
    try:
        return tomli.loads(text)
    except RecursionError:
        raise TableError("is nested too deeply") from None
    # Besides its own error, tomli lets Python's through: of a number with too many digits, of a date that is none.
    except ValueError as error:
        raise TableError(f"is not TOML: {plain(str(error))}") from None


def problem(error: OSError) -> str:
    """Why a file could not be read, in a few words and without its name."""
    return f"cannot be read: {(error.strerror or type(error).__name__).lower()}"


def nearest(text: str, known: Collection[str]) -> str:
    """The end of a sentence that says a name is not known: the nearest known one, else those there are."""
    by_lower = {name.lower(): name for name in sorted(known)}
    # Part of a name ("dotenv" of "python-dotenv") says more than a likeness of letters.
    whole = [name for name in by_lower if len(text) >= _A_WORD and text.lower() in name]
    near = whole or get_close_matches(text.lower(), by_lower, n=1)
    if near:
        return f"; did you mean {shown(by_lower[near[0]])}?"
    if not known or len(known) > _LISTED or len(", ".join(known)) > _LONGEST_LIST:
        return ", which is not known"
    return f", which is none of {', '.join(sorted(known))}"


def plain(text: str) -> str:
    """A text of a file as a name in an error: short, on one line, and never a key."""
    return shown(text)[1:-1]


def shown_path(path: Path) -> str:
    """A path as an error names it: with `/`, on one line, bytes that are not UTF-8 percent-encoded."""
    return "".join(map(_shown_character, path.as_posix()))


def _shown_character(character: str) -> str:
    # PEP 383: such a byte stands in a path as this range of surrogates.
    if "\udc80" <= character <= "\udcff":
        return f"%{ord(character) - 0xDC00:02X}"
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def _type_of(given: object) -> str:
    return _TYPES.get(type(given), "a date or time")
