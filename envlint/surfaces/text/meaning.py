"""Meaning: which of the words that may be a secret are one, by what the text around them says.

A word is a secret where a whole identifier that means one receives it, where it is an argument of the vendor's
command, a field of the vendor's section or the password of the vendor's host. Never because a name is near.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from envlint.credentials import MADE_FROM, Credentials, words_of
from envlint.facts import Credential, Wanted
from envlint.source import Source, Span
from envlint.surfaces.text import commands, hosts
from envlint.surfaces.text.columns import headed
from envlint.surfaces.text.labels import DECORATION, Label, identifier, label_of
from envlint.surfaces.text.outline import Bracket, Line, Outline
from envlint.surfaces.text.sections import Sections
from envlint.surfaces.text.tags import tagged
from envlint.surfaces.text.words import Word, words
from envlint.value import literal


def _listed(names: str) -> frozenset[str]:
    return frozenset(names.split())


# Labels that say nothing of their own: what they are of is named beside or around them.
_NEUTRAL = _listed(
    "value val default const content data string text plaintext body secretstring secretvalue secretdata "
    "example b v envvalue input fromliteral"
)
# Labels whose value is the name of what is beside them.
_NAMING = _listed("name key variable var env id option parameter setting property n k title dest label path")
# Words before a name and a blank that make it `set NAME VALUE`.
_SETTERS = re.compile(
    r"(?:^|[\s\"'#!%(;&|`])(?:setenv|setx?|ENV|ARG|export|env|set_env|declare|add|put|define)\b[ \t\w/-]{0,24}\Z",
    re.IGNORECASE,
)
_SIBLING = re.compile(
    r"""(?<![\w-])(?:(?P<label>[A-Za-z][A-Za-z_-]{0,30})\\?["']?[ \t]{0,24}(?:=>|[:=>])"""
    r"""|--?(?P<option>[A-Za-z-]{1,30})[ \t])"""
    r"""(?=[ \t]{0,4}\\?["']?(?P<name>[\w.:/-]{1,120}))"""
)
_QUOTED = re.compile(r"""\\?["'](?P<name>(?:--?)?[A-Za-z_][\w./-]{1,120})\\?["']""")
_PHRASE = re.compile(r"[\w&-]+(?: [\w&-]+){0,5}\Z")
_PROMPT = re.compile(
    r"(?:^|[\s\"'`])(?P<program>[\w-]{1,40}): [^:]{0,60}\b(?:paste|enter)\b[^:]{0,40}\bAPI key\b[^:]{0,80}\Z", re.I
)
_OWNING = _listed("a the my our your his her their")
_LINE_END = re.compile(r"\n|\\n")
# What a value's name stands in when its default follows: `${oc.env:NAME,default}` (OmegaConf, Serverless).
_RESOLVER = re.compile(r"\$\{(?:oc\.)?env:[ \t]{0,4}\Z")
# What is asked of a resource that is named for the secret (Terraform).
_ATTRIBUTE = re.compile(r"\.(?:id|name|arn|secret_id)\Z")
# Labels that give a name only by a reference: `secret = vault_secret.wandb_api_key.id`, but not `secret = true`.
_REFERRING = frozenset({"secret"})
_MAX_DEPTH = 3
_WIDEST = 2000
_ENDINGS = (".txt", ".key", ".secret", ".pem", ".conf", ".cfg")


def credentials(source: Source, wanted: Wanted) -> Iterator[Credential]:
    """The words of a source that mean a secret, in the order of the text, each once."""
    reading = Reading(source, wanted.credentials, tuple(name for name in wanted.calls if " " in name), wanted)
    found = [word for word in words(source.text) if reading.means(word)]
    for word in sorted(found, key=lambda word: word.span):
        yield Credential(literal(word.text, word.span), word.span, word.span)


def _gives_name(word: str, name: str) -> bool:
    """Whether a label that ends in a word gives what is beside it its name."""
    return word in _NAMING or (word in _REFERRING and _ATTRIBUTE.search(name) is not None)


@dataclass(eq=False)
class Reading:
    """One source under reading, and what the packs say of secrets."""

    source: Source
    known: Credentials
    commands: tuple[str, ...]
    wanted: Wanted
    _named: dict[Span, list[tuple[Span, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.text = self.source.text
        self.outline = Outline(self.text)
        self.sections = Sections(self.text, self.source.path, self.outline, self.known, self.wanted.calls)

    def means(self, word: Word) -> bool:
        """Whether a word is a secret."""
        start, end = word.span.start, word.span.end
        if hosts.in_url(self.text, word.span, self.known) or hosts.in_netrc(self.text, start, self.known):
            return True
        if commands.takes(self.text, start, self.commands) or commands.feeds(self.text, end, self.commands):
            return True
        if self._labelled(word, start, 0) or tagged(self.text, word.span, self.known):
            return True
        if headed(self.text, self.source.path, word.span, self.outline, self.known):
            return True
        if hosts.authorizes(self.text, word):
            return hosts.names_host(self.text, self.outline.paragraph(start), self.known)
        return self._fills_file(word)

    # ---- The value of a name

    def _labelled(self, word: Word, at: int, depth: int) -> bool:
        """Whether the label of the value at an offset makes it a secret."""
        label = label_of(self.text, at)
        if label.alone and not self._ends_line(word):
            return False
        if label.link == "call":
            return self._called(word, label, depth)
        if label.link == "none" or not label.name:
            return self._unlabelled(word, at, label)
        if self._is_named(label) or (label.link in ("assigned", "cell") and self._is_phrase(label)):
            return self._receives(word, label)
        if label.link not in ("assigned", "blank"):
            return self._unlabelled(word, at, label)
        if self._is_neutral(label) and self._beside(word, label):
            return True
        return self.sections.owns(word, label) or self.sections.keeps(word, label)

    def _is_named(self, label: Label) -> bool:
        if label.before.endswith("(") and self.text.startswith(")", label.start + len(label.name)):
            # What a hash function makes of the secret: `sha1(WANDB_API_KEY) = ...`.
            function = identifier(label.before[:-1])[0]
            if not MADE_FROM.isdisjoint(words_of(function)):
                return False
        return self.known.is_named(label.name) or bool(label.other and self.known.is_named(label.other))

    def _is_phrase(self, label: Label) -> bool:
        """Whether the words up to a label's name are a name together: `W&B API key: ...`."""
        before = self.text[max(0, label.start - 160) : label.start + len(label.name)]
        written = _LINE_END.split(before)[-1]
        prompt = _PROMPT.search(written)
        if prompt is not None and self.known.is_section(prompt["program"]):
            return True
        if label.link == "cell":
            return "".join(words_of(written.rpartition("|")[2])) in self.known.names
        found = _PHRASE.search(written[-60:])
        spoken = [one for one in found[0].split(" ") if one.lower() not in _OWNING] if found else []
        if not MADE_FROM.isdisjoint(word.lower() for word in spoken):
            return False
        if "for" in spoken:
            spoken = [*spoken[spoken.index("for") + 1 :], *spoken[: spoken.index("for")]]
        starts = range(max(0, len(spoken) - 5), len(spoken) - 1)
        return any(self.known.is_named("_".join(spoken[first:])) for first in starts)

    def _receives(self, word: Word, label: Label) -> bool:
        """Whether a name that means the secret is set by what stands after it."""
        if label.link == "listed":
            return label.quoted or label.first or _RESOLVER.search(label.before[-20:]) is not None
        if label.link == "blank":
            # A name that begins a line, and a word that ends it: two columns.
            columns = label.first and self._ends_line(word)
            return label.name.startswith("-") or columns or label.quoted or _SETTERS.search(label.before) is not None
        return True

    def _is_neutral(self, label: Label) -> bool:
        last = words_of(label.name)[-1:]
        return "".join(words_of(label.name)) in _NEUTRAL or bool(last and last[0] in ("value", "default"))

    def _called(self, word: Word, label: Label, depth: int) -> bool:
        """Whether a word that is the first argument of a function is a secret: the function is a login, or only
        wraps a value that a name receives."""
        if self.known.is_named(label.name):
            return True
        if depth >= _MAX_DEPTH:
            return False
        return self._labelled(word, label.start, depth + 1)

    def _unlabelled(self, word: Word, at: int, label: Label) -> bool:
        """Whether a value without a label of its own is an item of something that is named for the secret."""
        bracket = next(self.outline.brackets(at), None)
        if bracket is not None and bracket.kind == "[" and bracket.name and self.known.is_named(bracket.name):
            return True
        line = self.outline.line(at)
        if line.item and self._opens_line(line, at):
            parent = next(self.outline.parents(at), None)
            return parent is not None and self.known.is_named(parent[0])
        return False

    def _opens_line(self, line: Line, at: int) -> bool:
        return not self.text[line.span.start : at].strip(DECORATION)

    def _ends_line(self, word: Word) -> bool:
        """Whether nothing but closing marks follows a word on its line."""
        after = self.text[word.span.end : word.span.end + 40]
        return not re.split(r"\r|\n|\\n", after, maxsplit=1)[0].strip("\"'`,;)]}\\ \t")

    # ---- A value whose name stands beside or around it

    def _beside(self, word: Word, label: Label) -> bool:
        """Whether the name beside a `value`, or of what it is the default of, is the secret's."""
        # A value on a line of its own stands beside what its label stands beside.
        at = label.start if label.alone else word.span.start
        regions = [self.outline.tag(at), self.outline.inside(at), self.outline.command(at)]
        for region in regions:
            if region is not None and (named := self._name_in(region, at)) is not None:
                return self.known.is_named(_ATTRIBUTE.sub("", named))
        for line in (*self.outline.siblings(at), *self.outline.item_above(at)):
            if (named := self._name_in(line.span, at)) is not None:
                return self.known.is_named(_ATTRIBUTE.sub("", named)) or self._is_kept_secret(named, at)
        bracket = next(self.outline.brackets(at), None)
        if bracket is not None and bracket.kind == "(" and self._first_quoted_is_named(bracket, at):
            return True
        if bracket is not None and bracket.name:
            return self.known.is_named(bracket.name)
        parent = next(self.outline.parents(at), None)
        return parent is not None and self.known.is_named(parent[0])

    def _is_kept_secret(self, named: str, at: int) -> bool:
        """Whether a value of the vendor's name stands in a list of secrets: `secrets: [{name: wandb, value: ...}]`."""
        parent = next(self.outline.parents(at), None) if self.known.is_section(named) else None
        return parent is not None and words_of(parent[0])[-1:] in (["secrets"], ["secret"])

    def _name_in(self, region: Span, at: int) -> str | None:
        """The name nearest to a value in a region: what a label such as `name` is given there."""
        before = after = None
        for span, name in self._names(region):
            if span.end <= at:
                before = name
            elif span.start > at and after is None:
                after = name
        return before or after

    def _names(self, region: Span) -> list[tuple[Span, str]]:
        """What labels such as `name` are given in a region, and where the labels stand."""
        if region not in self._named:
            end = min(region.end, region.start + _WIDEST)
            self._named[region] = [
                (Span(*found.span()), found["name"])
                for found in _SIBLING.finditer(self.text, region.start, end)
                if _gives_name((words_of(found["label"] or found["option"]) or [""])[-1], found["name"])
            ]
        return self._named[region]

    def _first_quoted_is_named(self, bracket: Bracket, at: int) -> bool:
        """Whether a text before the value in a call is the secret's name: `add_argument("--wandb_key", ...)`."""
        return any(
            self.known.is_named(found["name"])
            for found in _QUOTED.finditer(self.text, bracket.at, min(at, bracket.at + 200))
        )

    # ---- A file that holds nothing else

    def _fills_file(self, word: Word) -> bool:
        """Whether the file holds nothing but the word, and is named for the secret."""
        if len(self.text) > len(word.text) + 200 or self.text.strip() != self.text[word.span.start : word.span.end]:
            return False
        name = self.source.path.rpartition("/")[2]
        for ending in _ENDINGS:
            name = name.removesuffix(ending) if self.known.is_named(name.removesuffix(ending)) else name
        return self.known.is_named(name)
