"""Credentials: which names, fields and hosts mean a secret though they are no variable of the SDK's own.

`wandb_key: ...` in a YAML file is read by somebody's program, and `password ...` for the vendor's host by
netrc; both give a key away as surely as the variable does. Judged by whole identifiers, never by nearness.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Behind the name of a secret these words say that something else is meant: where it is, what it is called.
_ABOUT = frozenset(
    """commit digest exists file filename hash id ids length len name names ok path project ref regex pattern
    revision sha url uri valid version""".split()
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a pack knows of other people's names for its secret. Names are words run together in lower case.

    names     identifiers that mean the secret wherever they stand: wandbapikey is WANDB_API_KEY, wandbApiKey,
              wandb.api-key
    fields    names that mean it only inside a section or call of the vendor's: apikey, password
    sections  names of such sections: wandb
    hosts     hosts whose password is the secret, in lower case
    """

    names: Collection[str] = ()
    fields: Collection[str] = ()
    sections: Collection[str] = ()
    hosts: Collection[str] = ()

    def is_named(self, identifier: str) -> bool:
        """Whether an identifier means the secret: a name with whatever words before it (MY_WANDB_API_KEY) and
        with words behind it that tell several apart (wandb_api_key_prod, WANDB_API_KEY_2), but not with a
        word that makes it something else (WANDB_API_KEY_FILE)."""
        words = words_of(identifier)
        for start in range(len(words)):
            for end in range(start + 1, len(words) + 1):
                if "".join(words[start:end]) in self.names:
                    return not _ABOUT.intersection(words[end:])
        return False

    def is_field(self, identifier: str) -> bool:
        """Whether an identifier means the secret inside a section of the vendor's."""
        return "".join(words_of(identifier)) in self.fields

    def is_section(self, identifier: str) -> bool:
        """Whether an identifier names a section of the vendor's."""
        return "".join(words_of(identifier)) in self.sections

    def is_host(self, host: str) -> bool:
        """Whether a host, with or without a port, is one of the vendor's."""
        return host.lower().partition(":")[0].rstrip(".") in self.hosts


# Longer than any identifier that somebody writes.
_LONGEST = 200


def words_of(identifier: str) -> list[str]:
    """The words of an identifier in lower case: snake_case, kebab-case, camelCase and dotted ones alike."""
    return [word.lower() for word in _WORD.findall(identifier[:_LONGEST])]
