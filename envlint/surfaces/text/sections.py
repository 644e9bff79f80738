"""Sections: fields that mean a secret because the call, section, object or file around them is the vendor's.

`api_key` alone may be anybody's; in `wandb:`, `wandb.login(...)` or wandb/settings it is not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from envlint.credentials import Credentials, words_of
from envlint.source import Span
from envlint.surfaces.text import hosts
from envlint.surfaces.text.labels import Label
from envlint.surfaces.text.outline import Line, Outline
from envlint.surfaces.text.words import Word

# Parts of a section that keep what is in them the section's own.
_PASSING_NAMES = (
    "auth login settings credential credentials default defaults secret secrets env environment envs "
    "init args kwargs params options data stringdata with inputs"
)
_PASSING = frozenset(_PASSING_NAMES.split())
_OF_VENDOR = re.compile(
    r"""(?<![\w-])(?:_target_|type|class|class_path|name|host|url|base_url|service|provider|backend|logger|tracker)"""
    r"""\\?["']?[ \t]{0,4}[:=][ \t]{0,4}\\?["']?(?P<name>[\w.:/-]{1,120})""",
    re.IGNORECASE,
)
# Endings of INI, TOML and their like, of copies of such files, and of patches to them.
_WITH_HEADINGS = frozenset(
    {"toml", "ini", "cfg", "conf", "config", "properties", "service", "txt", "example", "sample", "template", "dist"}
    | {"bak", "local", "default", "orig", "old", "patch", "diff", "log", "tmpl", "j2", "in"}
)
_KEPT = frozenset({"secrets", "keys", "tokens", "credentials", "creds", "passwords"})
_MAX_DEPTH = 3
_WIDEST = 2000


@dataclass(frozen=True, slots=True)
class Sections:
    """Where the fields of one text stand. `path` is the file's, `calls` are the functions that are tracked."""

    text: str
    path: str
    outline: Outline
    known: Credentials
    calls: Collection[str]

    @property
    def stem(self) -> str:
        """The file's name up to its first dot."""
        return self.path.rpartition("/")[2].partition(".")[0]

    def owns(self, word: Word, label: Label) -> bool:
        """Whether a label such as `api_key` stands in a section, call or file of the vendor's."""
        if not self.known.is_field(label.name):
            return False
        # A value on a line of its own is where its label is.
        at = label.start if label.alone else word.span.start
        if self._is_settings() or self._in_bracket(at) or self._in_block(at):
            return True
        if self._is_section(self._heading(at)):
            return True
        telling = "".join(words_of(label.name)) != "key"
        if (telling and self._is_beside_vendor(at)) or self._is_in_own_file(at, telling=telling):
            return True
        word_before = re.split(r"[\s\"'`]", self.text[max(0, label.start - 200) : label.start])[-1]
        return word_before.startswith("http") and hosts.names_host(
            self.text, Span(label.start - len(word_before), label.start), self.known
        )

    def keeps(self, word: Word, label: Label) -> bool:
        """Whether a label is the vendor's name in a collection of secrets: `secrets: {wandb: ...}`."""
        if not self.known.is_section(label.name):
            return False
        at = word.span.start
        bracket = next(self.outline.brackets(at), None)
        parent = next(self.outline.parents(at), None)
        around = (
            bracket.name if bracket else "",
            parent[0] if parent else "",
            self._heading(at),
            self.stem,
        )
        return any((words_of(name) or [""])[-1] in _KEPT for name in around)

    def _is_beside_vendor(self, at: int) -> bool:
        """Whether a field stands beside one that names the vendor's class or host: `type: wandb`."""
        inside = self.outline.inside(at)
        regions = [inside] if inside is not None else [line.span for line in self.outline.siblings(at)]
        for region in regions:
            for found in _OF_VENDOR.finditer(self.text, region.start, min(region.end, region.start + _WIDEST)):
                name = found["name"]
                host = re.sub(r"\Ahttps?://|[:/].*\Z", "", name)
                if self.known.is_section(name.rpartition(".")[2]) or (name != host and self.known.is_host(host)):
                    return True
                if host.lower() in self.known.hosts:
                    return True
        return False

    def _is_in_own_file(self, at: int, *, telling: bool) -> bool:
        """Whether a field stands at the top of a file that is named for the vendor, `wandb.json`, or for its
        secret; in the first a mere `key` (not `telling`) is nothing yet."""
        if not ((telling and self.known.is_section(self.stem)) or self.known.is_named(self.stem)):
            return False
        outer = list(self.outline.brackets(at))
        return len(outer) <= 1 and not any(bracket.name for bracket in outer) and self.outline.line(at).column <= 4

    def _heading(self, at: int) -> str:
        """The heading of the section that a place stands in, in files whose kind has headings."""
        ending = self.path.rpartition("/")[2].rpartition(".")[2].lower()
        has_ending = "." in self.path.rpartition("/")[2].lstrip(".")
        return (self.outline.heading(at) or "") if not has_ending or ending in _WITH_HEADINGS else ""

    def _in_bracket(self, at: int) -> bool:
        """Whether the brackets around a field belong to the vendor: its call, or a section of that name."""
        for number, bracket in enumerate(self.outline.brackets(at)):
            name = bracket.name
            if bracket.kind == "(" and name:
                last = name.rpartition(".")[2]
                if name in self.calls or self.known.is_named(name) or self.known.is_section(last):
                    return True
                if "".join(words_of(last)) in ("dict", "config", "dictconfig"):
                    continue
                return False
            if name and self._is_section(name):
                return True
            if number >= _MAX_DEPTH or (name and "".join(words_of(name.rpartition(".")[2])) not in _PASSING):
                return False
        return False

    def _in_block(self, at: int) -> bool:
        """Whether the lines that a field is indented under name the vendor: `wandb:`, then `api_key: ...`."""
        for number, (name, line) in enumerate(self.outline.parents(at)):
            joined = "".join(words_of(name))
            if joined in ("data", "stringdata"):
                return self._is_secret_of_vendor(line)
            if name and self._is_section(name):
                return True
            if number >= _MAX_DEPTH or joined not in _PASSING:
                return False
        return False

    def _is_secret_of_vendor(self, line: Line) -> bool:
        """Whether a Kubernetes Secret whose `data:` stands in a line is named for the vendor."""
        return self._is_named_in(self.outline.above(line)) or self._is_named_in(self.outline.below(line))

    def _is_named_in(self, lines: Iterator[Line]) -> bool:
        for line in lines:
            written = self.text[line.span.start : line.span.end].strip()
            if written.startswith("---"):
                return False
            if written.startswith("name:"):
                return any(self.known.is_section(word) for word in words_of(written[5:]))
        return False

    def _is_section(self, name: str) -> bool:
        """Whether a dotted name is a section's, or one within it that keeps what is in it the section's own."""
        if name.lower() in self.known.hosts:
            return True
        parts = [part for part in re.split(r"[.\s\"'/:]+", name) if part]
        while parts and "".join(words_of(parts[-1])) in _PASSING:
            parts.pop()
        return bool(parts) and (self.known.is_section(parts[-1]) or self.known.is_named(parts[-1]))

    def _is_settings(self) -> bool:
        """Whether the file is the settings of the vendor's program: `settings` in a folder of its name."""
        folder, _, name = self.path.rpartition("/")
        return name == "settings" and self.known.is_section(folder.rpartition("/")[2])
