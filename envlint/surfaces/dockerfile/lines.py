"""The lines of a Dockerfile: its text as the sequence of instructions and comments that BuildKit sees.

Owns parser directives, comments, continued lines, keywords, flags and the extent of heredocs, as BuildKit's
frontend/dockerfile/parser (parser.go, directives.go, split_command.go) reads them. Not a grammar's work: where
an instruction ends depends on the quotes, comments and escapes of all of its lines. What an instruction means
is not known here.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from envlint.facts import Comment
from envlint.source import Span
from envlint.surfaces.dockerfile import words

# A line that does not fit into the buffer of Go's bufio.Scanner ends the reading: MaxScanTokenSize.
MAX_LINE = 1 << 16
_DIRECTIVE = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=(.+)", re.DOTALL)
_DIRECTIVES = ("syntax", "escape", "check")
_GO_BLANKS = "\t\n\f\r "
_KEYWORD = re.compile("([^\t\v\f\r ]*)[\t\v\f\r ]*")
_WITH_HEREDOCS = ("ADD", "COPY", "RUN")
_JSON = re.compile(
    r'[\t\n\r ]*\[[\t\n\r ]*(?:"(?:[^"\\\x00-\x1f]|\\.)*"[\t\n\r ]*(?:,[\t\n\r ]*(?=")|(?=\])))*\][\t\n\r ]*'
)
_JSON_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Heredoc:
    """The lines of a heredoc's `body`, and whether their leading tabs are cut."""

    body: Span
    cut: bool

    def pieces(self, text: str) -> Iterator[Span]:
        """The body as it reads, in spans."""
        if not self.cut:
            yield self.body
            return
        at = self.body.start
        while at < self.body.end:
            end = text.find("\n", at, self.body.end) + 1 or self.body.end
            while text.startswith("\t", at):
                at += 1
            yield Span(at, end)
            at = end


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. `text` is its line with the continued ones joined, as BuildKit sees it; each piece of it
    begins at `joints` there and at `places` in the source. `keyword` is in upper case, `start` and `arguments` are
    offsets in `text`: of the keyword, and of what follows keyword and flags. `line` is its span without heredocs."""

    keyword: str
    text: str
    start: int
    arguments: int
    escape: str
    joints: tuple[int, ...]
    places: tuple[int, ...]
    line: Span
    heredocs: tuple[Heredoc, ...] = ()
    end: int = 0

    @property
    def span(self) -> Span:
        """All of it, heredocs with the lines that end them included."""
        return Span(self.line.start, max(self.line.end, self.end))

    @property
    def rest(self) -> str:
        """The arguments."""
        return self.text[self.arguments :]

    def place(self, start: int, end: int) -> Span:
        """Where a range of `text` is written; over a joint it covers what lies between."""
        if len(self.joints) == 1:
            begin = self.places[0] + start
            return Span(begin, max(begin, self.places[0] + end))
        first = bisect_right(self.joints, start) - 1
        last = max(bisect_left(self.joints, end) - 1, first)
        begin = self.places[first] + start - self.joints[first]
        return Span(begin, max(begin, self.places[last] + end - self.joints[last]))

    def pieces(self, start: int, end: int) -> Iterator[Span]:
        """The spans that make up a range of `text`, what is cut out between them left out."""
        for at in range(bisect_right(self.joints, start) - 1, len(self.joints)):
            first = max(start, self.joints[at])
            last = min(end, self.joints[at + 1] if at + 1 < len(self.joints) else end)
            if first >= end:
                return
            if last > first:
                yield Span(self.places[at] + first - self.joints[at], self.places[at] + last - self.joints[at])


@dataclass(frozen=True, slots=True)
class Fault:
    """A place at which BuildKit gives up, and why, in words that follow `because`."""

    span: Span
    cause: str


def read_lines(text: str) -> Iterator[Instruction | Comment | Fault]:
    """Every instruction of a file, with the comments (parser directives too) before, inside and after it."""
    lines = _Lines(text)
    escape = _escape(lines)
    at = 0
    while at < len(lines.texts):
        line = lines.texts[at]
        start = words.skip_spaces(line, 0)
        if line.startswith("#", start):
            yield lines.comment(at)
        if start == len(line) or line.startswith("#", start):
            at += 1
            continue
        after, instruction, comments = _joined(lines, at, escape)
        yield from comments
        instruction, after, faults = _with_heredocs(lines, instruction, after)
        yield instruction
        yield from faults
        at = after
    yield from lines.faults()


class _Lines:
    """The lines of a text without their ends, and where each begins. Only LF ends a line."""

    def __init__(self, text: str) -> None:
        raw = text.split("\n")
        if not raw[-1]:
            raw.pop()
        self.texts = [line.rstrip("\r") for line in raw]
        self.starts: list[int] = []
        at = 0
        for line in raw:
            self.starts.append(at)
            at += len(line) + 1
        self._numbers: dict[bool, dict[str, list[int]]] = {}

    def span(self, number: int) -> Span:
        return Span(self.starts[number], self.starts[number] + len(self.texts[number]))

    def comment(self, number: int) -> Comment:
        span = self.span(number)
        return Comment(Span(span.start + words.skip_spaces(self.texts[number], 0), span.end), own_line=True)

    def find(self, line: str, start: int, *, cut: bool) -> int | None:
        """The first line from number `start` on that is this one, leading tabs cut or not. Looked up, not searched:
        a file may open many heredocs that nothing ends."""
        if cut not in self._numbers:
            numbers: dict[str, list[int]] = {}
            for number, text in enumerate(self.texts):
                numbers.setdefault(text.lstrip("\t") if cut else text, []).append(number)
            self._numbers[cut] = numbers
        found = self._numbers[cut].get(line, [])
        at = bisect_left(found, start)
        return found[at] if at < len(found) else None

    def faults(self) -> Iterator[Fault]:
        for number, text in enumerate(self.texts):
            if len(text) * 4 >= MAX_LINE and len(text.encode("utf-8", "surrogatepass")) >= MAX_LINE:
                yield Fault(self.span(number), f"the line is longer than {MAX_LINE - 1} bytes")


def _escape(lines: _Lines) -> str:
    """The escape character: what the directives say, which stand before everything else and once each."""
    seen: set[str] = set()
    for line in lines.texts:
        text = line[words.skip_spaces(line, 0) :]
        found = _DIRECTIVE.match(text, words.skip_spaces(text, 1)) if text.startswith("#") else None
        if found is None or found[1].lower() not in _DIRECTIVES or found[1].lower() in seen:
            break
        seen.add(found[1].lower())
        if found[1].lower() == "escape" and found[2].strip(_GO_BLANKS) in ("\\", "`"):
            return found[2].strip(_GO_BLANKS)
    return "\\"


def _joined(lines: _Lines, at: int, escape: str) -> tuple[int, Instruction, list[Comment]]:
    """The instruction that begins in a line, and the number of the line after it. Comments and blank lines between
    continued lines are no part of it."""
    skipped = words.skip_spaces(lines.texts[at], 0)
    text, continued = _continued(lines.texts[at][skipped:], escape)
    texts, joints, places = [text], [0], [lines.starts[at] + skipped]
    length = len(text)
    comments: list[Comment] = []
    at += 1
    while continued and at < len(lines.texts):
        line = lines.texts[at]
        start = words.skip_spaces(line, 0)
        if line.startswith("#", start):
            comments.append(lines.comment(at))
        elif start < len(line):
            text, continued = _continued(line, escape)
            texts.append(text)
            joints.append(length)
            places.append(lines.starts[at])
            length += len(text)
        at += 1
    span = Span(places[0], lines.span(at - 1).end)
    joined = "".join(texts).rstrip(words.SPACES)
    head = _head(joined, 0, escape)
    return at, Instruction(*head, escape, tuple(joints), tuple(places), span), comments


def _continued(line: str, escape: str) -> tuple[str, bool]:
    """A line without the escape character that continues it, and whether there is one. Two of them do not continue
    it; blanks may follow."""
    text = line.rstrip(" \t")
    if text.endswith(escape) and not text.endswith(escape * 2):
        return text[:-1], True
    return line, False


def _with_heredocs(lines: _Lines, instruction: Instruction, at: int) -> tuple[Instruction, int, list[Fault]]:
    """The instruction with the heredocs whose bodies begin at a line, the number of the line after them, and what
    is wrong. A heredoc that nothing ends is taken for none, so that the lines below it are still read."""
    inner = triggered(instruction) if instruction.keyword == "ONBUILD" else instruction
    if inner.keyword not in _WITH_HEREDOCS or "<<" not in inner.text or json_words(inner, inner.arguments) is not None:
        return instruction, at, []
    found: list[Heredoc] = []
    for marker in words.markers(inner.text):
        end = lines.find(marker.name, at, cut=marker.cut)
        if end is None:
            # `$((1 << 2))` opens a heredoc in newer versions of BuildKit: not held against the file.
            fault = Fault(instruction.line, "nothing ends the heredoc that it opens")
            return instruction, at, [] if marker.apart else [fault]
        found.append(Heredoc(Span(lines.starts[at], lines.starts[end]), marker.cut))
        at = end + 1
        instruction = replace(instruction, heredocs=tuple(found), end=lines.span(end).end)
    return instruction, at, []


def _head(text: str, start: int, escape: str) -> tuple[str, str, int, int]:
    """The keyword that stands at an offset of a text, the text, and the offsets of the keyword and its arguments."""
    start = words.skip_spaces(text, start)
    found = _KEYWORD.match(text, start)
    keyword = found[1] if found else ""
    return keyword.upper(), text, start, words.after_flags(text, found.end() if found else start, escape)


def triggered(instruction: Instruction) -> Instruction:
    """The instruction that an ONBUILD holds."""
    keyword, _, start, arguments = _head(instruction.text, instruction.arguments, instruction.escape)
    return replace(instruction, keyword=keyword, start=start, arguments=arguments)


def json_words(instruction: Instruction, start: int) -> tuple[tuple[str, Span], ...] | None:
    """The texts of the exec form, a JSON array of texts from an offset on, and where each is written with its quotes;
    None where it is the shell form."""
    if not _JSON.fullmatch(instruction.text, start):
        return None
    found = _JSON_TEXT.finditer(instruction.text, start)
    try:
        return tuple((json.loads(text[0]), instruction.place(*text.span())) for text in found)
    except ValueError:
        return None
