"""Versions: which of two versions of a package is older, by the part of PEP 440 that releases use.

Nothing here knows which package it is, or where a version was written.
"""

from __future__ import annotations

import re
from typing import TypeAlias

Age: TypeAlias = tuple[tuple[int, ...], int]
"""What versions are compared by: the numbers without zeros at their end; before (-1), at or after (1) that release."""

_VERSION = re.compile(
    r"""v?(?P<numbers>\d{1,9}(?:\.\d{1,9}){0,9})
        (?P<before>[-_.]?(?:alpha|a|beta|b|preview|pre|c|rc)[-_.]?\d{0,9})?
        (?P<after>[-_.]?(?:post|rev|r)[-_.]?\d{0,9}|-\d{1,9})?
        (?P<dev>[-_.]?dev[-_.]?\d{0,9})?
        (?:\+[a-z0-9._-]{1,64})?""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def age(version: str) -> Age | None:
    """What a version is compared by, or None where the text is no version.

    PEP 440: 1.0 and 1.0.0 are one version, 1.0rc1 and 1.0.dev1 come before it, 1.0.post1 after it. Two
    candidates, or two post-releases, of one release count as the same age.
    """
    found = _VERSION.fullmatch(version)
    if found is None:
        return None
    numbers = [int(number) for number in found["numbers"].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    # 1.0.post1.dev1 comes before 1.0.post1, but still after 1.0.
    rank = -1 if found["before"] else 1 if found["after"] else -1 if found["dev"] else 0
    return tuple(numbers), rank
