"""Slips: which known name somebody meant who wrote one that is nearly it.

One slip is two neighbours swapped, one character doubled, dropped, replaced or inserted. What rather looks
like a name of its own is none: a number or a suffix at its end, a plural, a short word of other letters.
It knows names only, not who reads them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

# How long a name must be behind its prefix for each slip to be one: `NODE` is not a slip for `MODE`.
_LEAST = {"swapped": 3, "doubled": 3, "dropped": 5, "inserted": 5, "replaced": 6}
_ORDER = tuple(_LEAST)


def meant(name: str, known: tuple[str, ...], prefixes: Collection[str]) -> str | None:
    """The one of some known names from which a name is one slip away; None where there is none, or several are
    equally near. `prefixes` are what the names of vendors begin with."""
    if name != name.upper():
        return None
    found: dict[str, list[str]] = {}
    if len(name) > _longest(known) + 1:
        return None
    for other in _neighbours(name, _index(known)):
        prefix = next((prefix for prefix in prefixes if other.startswith(prefix)), "")
        kind = slip(name, other, len(prefix))
        if kind is not None:
            found.setdefault(kind, []).append(other)
    nearest = next((found[kind] for kind in _ORDER if kind in found), [])
    return nearest[0] if len(nearest) == 1 else None


def slip(name: str, other: str, prefix: int) -> str | None:
    """How a name comes from another one, of which the first `prefix` characters are the vendor's; None: by no
    single slip."""
    at = _first_difference(name, other)
    kind = _kind(name, other, at)
    if kind is None or (at >= prefix and len(other) - prefix < _LEAST[kind]):
        return None
    return None if _is_own(name, other, at, kind, prefix) else kind


def _first_difference(name: str, other: str) -> int:
    pairs = zip(name, other, strict=False)
    return next((at for at, (one, two) in enumerate(pairs) if one != two), min(len(name), len(other)))


def _kind(name: str, other: str, at: int) -> str | None:
    rest, rest_of_other = name[at:], other[at:]
    if len(name) == len(other):
        if rest[1:] == rest_of_other[1:]:
            return "replaced" if rest else None
        swapped = rest[1::-1] == rest_of_other[:2] and rest[2:] == rest_of_other[2:]
        return "swapped" if swapped else None
    if len(name) == len(other) + 1 and rest[1:] == rest_of_other:
        # The second of two equal characters is the one that differs.
        return "doubled" if at and rest[0] == name[at - 1] else "inserted"
    if len(name) + 1 == len(other) and rest == rest_of_other[1:]:
        return "dropped"
    return None


def _is_own(name: str, other: str, at: int, kind: str, prefix: int) -> bool:
    """Whether the difference looks meant: a number, a plural, a letter at the end of the prefix or of the name."""
    written = name[at : at + 1] if kind in ("inserted", "replaced", "doubled") else ""
    if written.isdigit() or (kind in ("replaced", "dropped") and other[at].isdigit()):
        return True
    if kind == "dropped":
        # WANDB_LABEL need not be meant for WANDB__LABEL; WANDB_DISABLE_STATS is hardly anything else.
        return at == prefix and other[at] == "_" and "_" not in other[at + 1 :]
    if kind != "inserted":
        return False
    ends_name = at + 1 == len(name)
    ends_part = not ends_name and name[at + 1] == "_"
    return at == 0 or ends_name or (ends_part and (at < prefix or written == "S"))


def _neighbours(name: str, index: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """The known names that share with a name what is left when each has lost one character or none."""
    seen: set[str] = set()
    for shorter in (name, *_shorter(name)):
        for other in index.get(shorter, ()):
            if other not in seen and other != name:
                seen.add(other)
                yield other


@lru_cache(maxsize=8)
def _index(known: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Every known name, whole and with one character less, and the names that come to it."""
    index: dict[str, list[str]] = {}
    for name in known:
        for shorter in dict.fromkeys((name, *_shorter(name))):
            index.setdefault(shorter, []).append(name)
    return {shorter: tuple(names) for shorter, names in index.items()}


@lru_cache(maxsize=8)
def _longest(known: tuple[str, ...]) -> int:
    return max(map(len, known), default=0)


def _shorter(name: str) -> Iterator[str]:
    return (name[:at] + name[at + 1 :] for at in range(len(name)))
