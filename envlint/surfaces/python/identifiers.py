"""Whether what an expression names means a secret: the last name of a chain such as cfg.wandb["api_key"], by
itself or by the section, class or mapping it stands in.
"""

from __future__ import annotations

import libcst as cst

from envlint.surfaces.python.calls import index_of
from envlint.surfaces.python.meanings import BETWEEN
from envlint.surfaces.python.names import plain_text, qualified
from envlint.surfaces.python.reading import Reading
from envlint.surfaces.python.records import Place, Space
from envlint.surfaces.python.text import unescaped

_MOST_LINKS = 16
_LONGEST = 512
_UNKNOWN = "?"


def chain_of(node: cst.CSTNode, space: Space) -> list[str]:
    """The names that lead to what an expression names, the outermost first: attributes, the texts that it is
    indexed with, the texts that a call looks up. Empty where it names nothing."""
    known = qualified(node, space) if isinstance(node, cst.Attribute) else None
    if known is not None:
        return known.split(".")
    names: list[str] = []
    for _ in range(_MOST_LINKS):
        if isinstance(node, cst.Attribute):
            names.append(node.attr.value)
            node = node.value
        elif isinstance(node, cst.Subscript):
            index = index_of(node)
            names.append((word_of(index, space) if index is not None else None) or _UNKNOWN)
            node = node.value
        elif isinstance(node, cst.Call):
            # `os.environ.get("NAME")`, `cfg.get("wandb")`.
            first = node.args[0] if node.args else None
            text = word_of(first.value, space) if first is not None and first.keyword is None else None
            names.append(text or _UNKNOWN)
            node = node.func.value if isinstance(node.func, cst.Attribute) else node.func
        elif isinstance(node, cst.Name):
            names.append((qualified(node, space) if not names else None) or node.value)
            break
        else:
            break
    names.reverse()
    return [part for name in names[:1] for part in name.split(".")] + names[1:]


def word_of(node: cst.CSTNode, space: Space) -> str | None:
    """The text, or bytes, that a string or a name for one spells."""
    if isinstance(node, cst.SimpleString) and "b" in node.prefix.lower() and len(node.value) <= _LONGEST:
        return unescaped(node.raw_value, raw="r" in node.prefix.lower())
    return plain_text(node, space)


def means_secret(reading: Reading, chain: list[str], place: Place) -> bool:
    """Whether the last name of a chain means the secret."""
    meanings = reading.meanings
    *before, last = chain
    if meanings.is_named(last):
        return True
    if meanings.is_section(last):
        holder = before[-1] if before and before[-1] not in ("self", "cls") else place.name or ""
        return meanings.holds_fields(holder)
    if not meanings.is_field(last):
        return False
    if before[-1:] and before[-1] in BETWEEN:
        before = before[:-1]
    if before and meanings.is_section(before[-1]):
        return True
    if not before:
        return place.kind == "class" and meanings.is_context(place.name or "")
    return before in (["self"], ["cls"]) and owner_of(reading, place)


def owner_of(reading: Reading, place: Place) -> bool:
    """Whether a place is in a class that is about the vendor by its name."""
    return any(
        around.kind == "class" and around.name is not None and reading.meanings.is_context(around.name)
        for around in place.within()
    )
