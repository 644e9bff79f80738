"""What the identifiers of a Python file mean: the secret, a field for it, a place where such fields stand.

Wraps the packs' credentials with what Python code needs besides: plurals, callees, the lines worth a second
look. Each identifier is judged once. Knows no syntax tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from envlint.credentials import Credentials, words_of
from envlint.facts import Wanted

# A callee or field with one of these handles data that is logged, stored or looked up, whose keys are no secrets.
_DATA_WORDS = """artifact artifacts cache checkpoint commit digest download file files get hash hashes history image
images log logs media metric metrics plot run runs save sha store summary sweep table upload use watch"""
_DATA = frozenset(_DATA_WORDS.split())
_SECRET = frozenset(("auth", "authenticate", "connect", "credentials", "key", "login", "password", "secret", "token"))
_ASKING = frozenset(("for", "has", "is", "of", "valid"))
# What may stand between a section and its field: cfg.wandb.auth.api_key.
BETWEEN = frozenset(("account", "api", "auth", "credentials", "login", "settings"))
_MOST_WORDS = 16
_NOT_IN_STEM = re.compile(r"[^a-z0-9]")
_GAPS = str.maketrans("", "", "_-. ")


@dataclass(slots=True, eq=False)
class Meanings:
    """The judgement over identifiers. `logins` are the words of the tracked commands that take the secret."""

    credentials: Credentials = field(default_factory=Credentials)
    logins: tuple[tuple[str, ...], ...] = ()
    _named: dict[str, bool] = field(default_factory=dict)
    _fields: dict[str, bool] = field(default_factory=dict)
    _contexts: dict[str, bool] = field(default_factory=dict)
    _stems: Callable[[str], object] | None = None
    _hosts: re.Pattern[str] | None = None

    def __post_init__(self) -> None:
        known = self.credentials
        joined = {_NOT_IN_STEM.sub("", name) for name in (*known.names, *known.sections, *known.hosts)} - {""}
        stems = sorted(stem for stem in joined if not any(other in stem for other in joined if other != stem))
        if stems:
            self._stems = re.compile("|".join(map(re.escape, stems))).search
        if known.hosts:
            hosts = "|".join(map(re.escape, sorted(known.hosts)))
            self._hosts = re.compile(rf"(?<![\w.-])(?:{hosts})(?![\w-])", re.IGNORECASE)

    def mark(self, text: str) -> bool:
        """Whether a line may name the secret at all: a word of the packs is in it, however it is spelled."""
        return self._stems is not None and self._stems(text.lower().translate(_GAPS)) is not None

    @property
    def silent(self) -> bool:
        """Whether nothing can mean a secret."""
        return self._stems is None

    def is_named(self, name: str) -> bool:
        """Whether an identifier means the secret wherever it stands; several of them too (wandb_keys)."""
        if name not in self._named:
            singular = name[:-1] if name[-1:] in ("s", "S") else name
            known = self.credentials
            self._named[name] = known.is_named(name) or (singular != name and known.is_named(singular))
        return self._named[name]

    def is_field(self, name: str) -> bool:
        """Whether an identifier means the secret inside a section."""
        if name not in self._fields:
            self._fields[name] = self.credentials.is_field(name)
        return self._fields[name]

    def is_section(self, name: str) -> bool:
        """Whether an identifier is the name of a section."""
        return self.credentials.is_section(name)

    def holds_fields(self, name: str) -> bool:
        """Whether a mapping, object or class is one of secrets by its name: api_keys, SECRETS."""
        return name[-1:] in ("s", "S") and self.is_field(name[:-1])

    def is_context(self, qualified: str) -> bool:
        """Whether a function or class is the vendor's, or is about the vendor by its name, and not about data:
        wandb.Settings, WandbLoggerCallback and setup_wandb, not wandb.log."""
        if qualified not in self._contexts:
            self._contexts[qualified] = self._is_context(qualified)
        return self._contexts[qualified]

    def takes_secret(self, qualified: str) -> bool:
        """Whether a function of the vendor's is given the secret itself: wandb_login, apikey.write_key; one that
        looks it up or judges it (key_for, is_key_valid) is given something else, or anything."""
        words = words_of(qualified.rpartition(".")[2])
        return self.is_context(qualified) and not _SECRET.isdisjoint(words) and _ASKING.isdisjoint(words)

    def _is_context(self, qualified: str) -> bool:
        *modules, name = qualified.split(".")
        words = words_of(name)[:_MOST_WORDS]
        if _DATA.intersection(words):
            return False
        if modules[1:] and modules[-1] in ("config", "summary") and self.is_section(modules[-2]):
            # What a run is configured with, or ends with.
            return False
        return any(map(self.is_section, modules)) or any(map(self.is_section, _runs(words)))

    def is_host(self, text: str) -> bool:
        """Whether a text is one of the vendor's hosts."""
        return self.credentials.is_host(text)

    def names_host(self, text: str) -> bool:
        """Whether one of the vendor's hosts is in a text."""
        return self._hosts is not None and self._hosts.search(text) is not None

    def begins_with_host(self, text: str) -> bool:
        """Whether a text begins with one of the vendor's hosts."""
        return self._hosts is not None and self._hosts.match(text) is not None


def meanings_of(wanted: Wanted) -> Meanings:
    """The meanings that the packs give to identifiers and commands."""
    logins = tuple(tuple(name.split()) for name in wanted.calls if " " in name)
    return Meanings(wanted.credentials, logins)


def _runs(words: list[str]) -> Iterator[str]:
    """Every run of neighbouring words, joined."""
    return ("".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1))


def is_opaque(text: str) -> bool:
    """Whether a text looks like nothing that a person would write: long, and no identifier in one case."""
    return len(text) >= SHORTEST and (any(map(str.isdigit, text)) or text.lower() != text != text.upper())


SHORTEST = 36
"""No secret that is judged without a name of its own is shorter; the shortest keys have forty characters."""


def first_named(meanings: Meanings, texts: Iterable[str | None]) -> int | None:
    """The index of the first text that is an identifier meaning the secret."""
    return next((at for at, text in enumerate(texts) if text is not None and meanings.is_named(text)), None)
