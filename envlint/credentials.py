"""Credentials: which names, fields and hosts mean a secret though they are no variable of the SDK's own.

`wandb_key: ...` in a YAML file is read by somebody's program, and `password ...` for the vendor's host by
netrc; both give a key away as surely as the variable does. Judged by whole identifiers, never by nearness.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def _listed(names: str) -> frozenset[str]:
    return frozenset(names.split())


# Behind the name of a secret these words say that something else is meant: where it is, what it is called.
_ABOUT = _listed(
    "age arn checksum commit count created digest env envvar etag exist exists expires file filename "
    "fingerprint format hash hashed hint id ids len length md md5 name names ok path prefix project "
    "rev revision ref regex pattern repo sha uri url uuid valid version"
)
# What names within private networks end with (RFC 6762, appendix G).
_PRIVATE = _listed("corp home internal intranet lan local private svc")
# Before it these say that only something made from the secret is meant.
MADE_FROM = _listed("checksum commit digest fingerprint hash hashed md5 md sha")


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
        word that makes it something else (WANDB_API_KEY_FILE, sha1_of_wandb_api_key)."""
        words = words_of(identifier)
        joined = "".join(words)
        starts: dict[int, int] = {}
        at = 0
        for number, word in enumerate(words):
            starts[at] = number
            at += len(word)
        starts[at] = len(words)
        for name in self.names:
            start = joined.find(name)
            # A name begins and ends where a word does; more than a few times it stands in no identifier.
            while start >= 0:
                first, after = starts.get(start), starts.get(start + len(name))
                if first is not None and after is not None:
                    return _ABOUT.isdisjoint(words[after:]) and MADE_FROM.isdisjoint(words[:first])
                start = joined.find(name, start + 1)
        return False

    def is_field(self, identifier: str) -> bool:
        """Whether an identifier means the secret inside a section of the vendor's."""
        return "".join(words_of(identifier)) in self.fields

    def is_section(self, identifier: str) -> bool:
        """Whether an identifier names a section of the vendor's."""
        return "".join(words_of(identifier)) in self.sections

    def is_host(self, host: str) -> bool:
        """Whether a host, with or without a port, is one of the vendor's, or a server of one's own that is named
        for the vendor: one of the labels of its name is a section (`wandb.example.org`)."""
        name = host.lower().partition(":")[0].rstrip(".")
        *labels, last = name.split(".")
        if name in self.hosts:
            return True
        # `wandb.whl` is a file; of names with one dot only those of private networks are hosts for sure.
        return (len(labels) > 1 or last in _PRIVATE) and any(self.is_section(label) for label in labels)


# Longer than any identifier that somebody writes.
_LONGEST = 200


def words_of(identifier: str) -> list[str]:
    """The words of an identifier in lower case: snake_case, kebab-case, camelCase and dotted ones alike."""
    return [word.lower() for word in _WORD.findall(identifier[:_LONGEST])]
