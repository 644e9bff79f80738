"""Secrets that a command gives away though no variable receives them: facts of the kind Credential.

Owns where in a command such texts stand: its words as one line, what it is given to read, what it compares,
what it writes into a file. The notations within a text are those of `leaks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from envlint.facts import Binding, Call, Credential, Fact, Wanted
from envlint.source import Source, Span
from envlint.surfaces.shell.args import Arg, program_of, text_at, word_set
from envlint.surfaces.shell.leaks import SHORTEST, Leak, answers, concerns, decoded_text, fields, is_secret_name, leaks
from envlint.surfaces.shell.output import Output
from envlint.surfaces.shell.written import Placed, Written
from envlint.value import Value, literal

_NAME = re.compile(r"[A-Za-z0-9_.-]+\Z")
_REFERRED = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
_ALONE = re.compile(r"\s*([^\s\"'`=:]+)(?:\\n|\s)*\Z")
_FIELD = re.compile(r"(?:--[a-z-]+=)?([A-Za-z_][\w.-]*)=")
_COMPARISONS = frozenset({"=", "==", "!=", "=~"})
# Options that hold what the named secret is to be, in the tools of clouds, clusters and forges.
_VALUE_OPTIONS = word_set(
    "-b -v --body --value --secret-string --secret-value --string-value --plaintext --data --content --password "
    "--secret"
)
_VAULTS = word_set("vault bao doppler chamber pass op bw")
_LONGEST = 1_000
# Enough of a notation to find where it begins.
_NAME_PART = 8
_SOME_TEXT = re.compile(r"[A-Za-z0-9]{6}")


class Secrets:
    """The secrets of one text as facts, each place once."""

    def __init__(self, source: Source, wanted: Wanted, text: str) -> None:
        self._source = source
        self.wanted = wanted
        self.credentials = wanted.credentials
        self.sought = concerns(text, wanted)
        """Whether the text can hold any; if not, nothing is looked for."""
        self._known: set[tuple[int, str]] = set()

    def told(self, fact: Fact) -> None:
        """Notes what another fact says already."""
        if not self.sought:
            return
        if isinstance(fact, Binding) and is_secret_name(fact.variable, self.credentials):
            self._note(fact.value)
        elif isinstance(fact, Call):
            for argument in fact.arguments:
                if argument.name == "key":
                    self._note(argument.value)

    def is_name(self, name: str) -> bool:
        """Whether an identifier means the secret."""
        return self.sought and is_secret_name(name, self.credentials)

    def in_command(self, args: Sequence[Arg], before: Iterable[Placed], scope: int) -> Iterator[Credential]:
        """Those in a command's words; `before` stands in front of them."""
        if not self.sought:
            return
        # git names revisions by texts that look like secrets, but for its configuration.
        if args and program_of(args[0]) == "git" and text_at(args, 1) != "config":
            for arg in args:
                yield from self.in_text([(arg.value, arg.span)], scope)
            return
        yield from self.in_text((*before, *map(self._shown, args)), scope, " ")
        yield from self._of_named(args, scope)

    def _shown(self, arg: Arg) -> Placed:
        """A word as it reads; as it is written where it may be a pattern, or is `$NAME=value`, which sets nothing."""
        if "$" not in arg.raw and "`" not in arg.raw and not any(arg.value.literals()):
            return literal(arg.raw, arg.span), arg.span
        found = _REFERRED.match(arg.raw, arg.raw.startswith('"'))
        misused = found is not None and arg.raw.startswith("=", found.end()) and self.is_name(found[1])
        return literal(arg.raw, arg.span) if misused else arg.value, arg.span

    def in_text(self, placed: Iterable[Placed], scope: int, between: str = "") -> Iterator[Credential]:
        """Those in a text."""
        if not self.sought:
            return
        written = Written(self._source, placed, between)
        yield from self._told(written, leaks(written.text, self.wanted), scope)

    def in_fields(self, output: Output, scope: int) -> Iterator[Credential]:
        """Those in a text that is written into a file of the vendor's settings."""
        written = Written(self._source, output)
        yield from self._told(written, fields(written.text, self.credentials, 0, len(written.text)), scope)

    def _told(self, written: Written, found: Iterable[Leak], scope: int) -> Iterator[Credential]:
        for leak in found:
            span = written.span(leak.start, min(leak.start + _NAME_PART, leak.first) or leak.end)
            value = written.cut(leak.first, leak.end)
            value_span = written.span(leak.first, leak.end)
            if leak.decoded is not None:
                value = literal(leak.decoded, value_span)
            yield from self.one(value, span, value_span, scope)

    def in_ranges(self, ranges: Iterable[Span], scope: int) -> Iterator[Credential]:
        """Those in ranges of the source, read as one text."""
        return self.in_text(((literal(self._source.slice(span), span), span) for span in ranges), scope)

    def compared(self, args: Sequence[Arg], scope: int) -> Iterator[Credential]:
        """Those that a test compares with the secret's variable."""
        for at in range(1, len(args) - 1) if self.sought else ():
            if args[at].text not in _COMPARISONS:
                continue
            for name, other in ((args[at - 1], args[at + 1]), (args[at + 1], args[at - 1])):
                if self.refers(name.raw):
                    yield from self.one(other.value, name.span.to(other.span), other.span, scope)

    def refers(self, raw: str) -> bool:
        """Whether a word as written stands for the value of a name that means the secret."""
        return self.sought and any(self.is_name(found[1]) for found in _REFERRED.finditer(raw))

    def given(self, output: Output, args: Sequence[Arg], scope: int) -> Iterator[Credential]:
        """The one that a command is given, to read or as a word: a login, or a command that names the secret."""
        if output and self._logs_in(args):
            yield from self._answers(output, scope)
        elif output and self.are_named(args):
            yield from self.alone(output, scope)

    def _answers(self, output: Output, scope: int) -> Iterator[Credential]:
        """What a login is told, which may ask for more than the secret."""
        if sum(value.min_length for value, _ in output) > _LONGEST:
            return
        written = Written(self._source, output)
        yield from self._told(written, answers(written.text), scope)

    def _logs_in(self, args: Sequence[Arg]) -> bool:
        commands = self.wanted.commands
        return any(
            after.text == "login" and (before.text or "").rpartition("/")[2] in commands
            for before, after in pairwise(args)
        )

    def alone(self, output: Output, scope: int) -> Iterator[Credential]:
        """A text that is nothing but the secret."""
        if sum(value.min_length for value, _ in output) > _LONGEST:
            return
        written = Written(self._source, output)
        found = _ALONE.match(written.text)
        if found is None:
            return
        start, end = found.span(1)
        end -= 2 if written.text.endswith("\\n", start, end) else 0
        span = written.span(start, end)
        yield from self.one(written.cut(start, end), span, span, scope)

    def names(self, arg: Arg) -> bool:
        """Whether a word is the name of the secret and no more, or a path that ends in it."""
        return self.is_target(arg.text if arg.text is not None else arg.raw)

    def are_named(self, args: Sequence[Arg]) -> bool:
        """Whether words name the secret, one alone or the vendor's name and a field behind it."""
        if any(self.names(arg) for arg in args):
            return True
        texts = [arg.text or "" for arg in args]
        return any(self.credentials.is_section(one) and self.credentials.is_field(two) for one, two in pairwise(texts))

    def is_target(self, path: str) -> bool:
        """Whether a path ends in a name that means the secret, or in a field within the vendor's folder."""
        if len(path) > _LONGEST:
            return False
        folder, _, last = path.strip("\"'").rstrip("/").rpartition("/")
        if not _NAME.match(last) or last.startswith("-"):
            return False
        return self.is_name(last) or (self.is_folder(folder) and self.credentials.is_field(last))

    def is_folder(self, path: str) -> bool:
        """Whether a folder is the vendor's."""
        return self.credentials.is_section(path.rpartition("/")[2])

    def one(self, value: Value, span: Span, value_span: Span, scope: int) -> Iterator[Credential]:
        """One secret, unless it is known already or nothing is known of it."""
        first = next((part for part in value.literals() if _SOME_TEXT.search(part.text)), None)
        if not self.sought or first is None or sum(len(part.text) for part in value.literals()) < SHORTEST:
            return
        known = ((first.span or value_span).start, first.text)
        if known in self._known:
            return
        self._known.add(known)
        yield Credential(value, span.to(value_span), value_span, scope)

    def _note(self, value: Value) -> None:
        self._known.update((part.span.start, part.text) for part in value.literals() if part.span)

    def _of_named(self, args: Sequence[Arg], scope: int) -> Iterator[Credential]:
        """The value of a secret that another word names: `put --name wandb_api_key --value KEY`."""
        named = self.are_named(args[1:])
        if not named and not self._of_section(args):
            return
        for at, arg in enumerate(args[1:], 1):
            prefix = arg.value.prefix
            option, mark, _ = prefix.partition("=")
            if named and arg.text in _VALUE_OPTIONS and at + 1 < len(args):
                yield from self.one(args[at + 1].value, arg.span.to(args[at + 1].span), args[at + 1].span, scope)
            elif named and mark and option in _VALUE_OPTIONS:
                yield from self._from(arg, len(option) + 1, scope)
            elif (found := _FIELD.match(prefix)) and self.credentials.is_field(found[1]):
                yield from self._from(arg, found.end(), scope)

    def _of_section(self, args: Sequence[Arg]) -> bool:
        """Whether a command keeps secrets under the vendor's name: `vault kv put secret/wandb api_key=KEY`."""
        texts = [arg.text or "" for arg in args]
        keeps = texts and (program_of(args[0]) in _VAULTS or any(text in ("secret", "secrets") for text in texts))
        return bool(keeps) and any(self.credentials.is_section(text.rpartition("/")[2]) for text in texts[1:])

    def _from(self, arg: Arg, start: int, scope: int) -> Iterator[Credential]:
        """What follows the first characters of a word."""
        written = Written(self._source, [(arg.value, arg.span)])
        end = len(written.text)
        if start < end:
            yield from self.one(written.cut(start, end), arg.span, written.span(start, end), scope)
            decoded = decoded_text(written.text[start:end])
            if decoded is not None:
                span = written.span(start, end)
                yield from self.one(literal(decoded, span), arg.span, span, scope)
