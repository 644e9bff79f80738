"""`envlint facts`: what was read, before any judgement, as JSON and as text.

Values are shown in the closed reading: names that the file does not set are unset (`Value.unset`).

- `possible` lists texts only. A Python constant (None, True, 3) is none: it is left out, and as the value may
  then be something that `possible` does not name, `exhaustive` is false. The text form names the constant.
- A text that UTF-8 can't hold (bytes that are no text) can't be written here: it is left out in the same way.
- The value of a secret variable, and everything that is shaped like a key, is masked wherever it went.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from envlint.facts import Binding, Call, Fact, Facts, Include, Launch, Read, exported_bindings
from envlint.hidden import Hidden, cover
from envlint.report.document import SURROGATE, dump, lines_and_columns
from envlint.report.glyphs import columns, visible
from envlint.report.paths import near
from envlint.source import Source, Span
from envlint.value import Constant, Value, unknown

_LISTS: Mapping[type, str] = {
    Binding: "bindings",
    Call: "calls",
    Read: "reads",
    Launch: "launches",
    Include: "includes",
}
# The widest that a column of the text form gets before a long entry sticks out.
_WIDEST = 48
_LONGEST = 200


def render(
    facts: Sequence[Facts],
    secrets: Mapping[Source, Sequence[Span]],
    format: str,
    *,
    cwd: str,
    secret: Callable[[str], bool],
) -> Iterator[str]:
    """The facts of some files as "json" or "text", by path. `secrets` are spans whose text must not be shown,
    `secret` tells whether a variable's value is one, `cwd` is what paths are relative to."""
    view = _View(secrets, cwd, secret)
    placed = sorted(((near(one.source.root, one.source.path, cwd), one) for one in facts), key=lambda row: row[0])
    yield from _text(view, placed) if format == "text" else [dump(_document(view, placed))]


@dataclass(frozen=True, slots=True)
class _Known:
    """What may be shown of a value."""

    possible: list[str]
    exhaustive: bool

    @property
    def text(self) -> str | None:
        return self.possible[0] if self.exhaustive and len(self.possible) == 1 else None

    def document(self) -> dict[str, object]:
        return {"possible": self.possible, "exhaustive": self.exhaustive}


@dataclass(frozen=True, slots=True)
class _View:
    """How the facts are looked at: what is hidden, and where the reader stands."""

    secrets: Mapping[Source, Sequence[Span]]
    cwd: str
    secret: Callable[[str], bool]
    hidden: Hidden = field(init=False)
    _told: dict[Source, frozenset[Span]] = field(default_factory=dict, init=False)
    _exported: dict[Source, frozenset[int]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", Hidden(self.secrets))

    def of(self, source: Source) -> _View:
        """The view of one file: what a fact says is written in it, so nothing else needs to be looked for there."""
        return _View({source: self.secrets.get(source, ())}, self.cwd, self.secret)

    def words(self, text: str) -> str:
        return self.hidden.words(text)

    def known(self, value: Value, source: Source, variable: str | None = None) -> _Known:
        closed = value.unset()
        texts = closed.possible()
        writable = [text for text in texts if not SURROGATE.search(text)]
        shown = self._mask(value, source, variable)
        masked = list(dict.fromkeys(shown(text) if text else text for text in writable))
        return _Known(masked, closed.exhaustive and len(writable) == len(texts))

    def exported(self, facts: Facts, binding: Binding) -> bool:
        if facts.source not in self._exported:
            self._exported[facts.source] = exported_bindings(facts)
        return id(binding) in self._exported[facts.source]

    def _mask(self, value: Value, source: Source, variable: str | None) -> Callable[[str], str]:
        if source not in self._told:
            self._told[source] = frozenset(self.secrets.get(source, ()))
        told = self._told[source]
        secret = variable is not None and self.secret(variable)
        # A secret's text keeps its spans wherever names carried it.
        carried = bool(told) and any(piece.span in told for piece in value.literals())
        return cover if secret or carried else self.words


def _document(whole: _View, placed: Sequence[tuple[str, Facts]]) -> dict[str, list[dict[str, object]]]:
    document: dict[str, list[dict[str, object]]] = {name: [] for name in _LISTS.values()}
    document["unreadable"] = []
    for path, facts in placed:
        view = whole.of(facts.source)
        for item in _in_text_order(facts):
            name = _LISTS.get(type(item))
            if name is not None:
                place = {"path": path, **lines_and_columns(facts.source, item.span)}
                document[name].append({**_entry(view, facts, item), **place})
        for region in facts.unreadable:
            line = facts.source.position(region.span.start).line if region.span is not None else None
            document["unreadable"].append({"path": path, "line": line, "message": view.words(region.reason)})
    return document


def _entry(view: _View, facts: Facts, item: Fact) -> dict[str, object]:
    """A fact without its place."""
    source = facts.source
    match item:
        case Binding():
            known = view.known(_assigned(item), source, item.variable)
            return {
                "variable": view.words(item.variable),
                "value": known.text,
                **known.document(),
                "form": item.form,
                "surface": facts.surface,
                "exported": view.exported(facts, item),
            }
        case Call():
            return {
                "function": view.words(item.function),
                "arguments": {
                    view.words(argument.name): view.known(argument.value, source).document()
                    for argument in item.arguments
                },
                "open": item.open,
            }
        case Read():
            default = view.known(item.default, source, item.variable).document() if item.default is not None else None
            return {"variable": view.words(item.variable), "default": default}
        case Launch():
            arguments = [view.known(argument, source).document() for argument in item.arguments]
            return {"program": view.words(item.program), "arguments": arguments}
        case Include():
            return {
                "file": view.known(item.path, source).document(),
                "loader": item.loader,
                "overrides": item.overrides,
                "exports": item.exports,
            }
        case _:
            return {}


def _text(view: _View, placed: Sequence[tuple[str, Facts]]) -> Iterator[str]:
    """One line for each fact: where, what kind, what, and for a binding how it is written."""
    rows = [row for path, facts in placed for row in _rows(view.of(facts.source), path, facts)]
    widths = [min(max(map(columns, column)), _WIDEST) for column in list(zip(*rows, strict=True))[:-1]]
    for *cells, last in rows:
        padded = (cell + " " * (width - columns(cell)) for cell, width in zip(cells, widths, strict=True))
        yield f"{'  '.join([*padded, last]).rstrip()}\n"


def _rows(view: _View, path: str, facts: Facts) -> Iterator[tuple[str, str, str, str]]:
    for item in _in_text_order(facts):
        line = _line(view, facts, item)
        if line is not None:
            at = facts.source.position(item.span.start)
            kind, what, note = line
            yield f"{visible(path)}:{at.line}:{at.column}", kind, visible(what), note
    for region in facts.unreadable:
        at = facts.source.position(region.span.start if region.span is not None else 0)
        yield f"{visible(path)}:{at.line}:{at.column}", "unreadable", visible(view.words(region.reason)), ""


def _line(view: _View, facts: Facts, item: Fact) -> tuple[str, str, str] | None:
    """A fact's kind, words and note."""
    source = facts.source
    match item:
        case Binding():
            exported = ", exported" if view.exported(facts, item) else ""
            note = f"{item.form}{exported}{'' if item.overrides else ', if unset'}"
            name = view.words(item.variable)
            return "binding", f"{name}={_spelled(view, item.value, source, item.variable)}", note
        case Call():
            arguments = [f"{view.words(one.name)}={_spelled(view, one.value, source)}" for one in item.arguments]
            return "call", f"{view.words(item.function)}({', '.join([*arguments, *['...'][: item.open]])})", ""
        case Read():
            default = item.default
            note = f"default {_spelled(view, default, source, item.variable)}" if default is not None else ""
            return "read", view.words(item.variable), visible(note)
        case Launch():
            words = [view.words(item.program), *(_spelled(view, one, source) for one in item.arguments)]
            return "launch", " ".join(words), ""
        case Include():
            return "include", _spelled(view, item.path, source), item.loader
        case _:
            return None


def _spelled(view: _View, value: Value, source: Source, variable: str | None = None) -> str:
    """A value for people: its texts, its constants, and a question mark where there may be more."""
    known = view.known(value, source, variable)
    constants = [repr(constant.value) for constant in value.constants()]
    # One constant and nothing else is all that this can be, though it is no text.
    alone = len(value.parts) == 1 and isinstance(value.parts[0], Constant)
    more = not known.exhaustive and not alone
    spelled = " | ".join([*map(repr, known.possible), *constants, *(["?"] if more else [])])
    return spelled if len(spelled) <= _LONGEST else f"{spelled[: _LONGEST - 1]}…"


def _assigned(binding: Binding) -> Value:
    """What a binding's place is known to assign. A text that no surface understands promises nothing, and a name
    that is handed on without a value (`docker run -e NAME`) sets none where it is unset."""
    if binding.form == _TEXT:
        return unknown("what reads this text is not known", binding.value_span)
    handed_on = binding.value_span.start == binding.value_span.end and any(binding.value.refs())
    return unknown("handed on from outside", binding.value_span) if handed_on else binding.value


_TEXT = "text"


def _in_text_order(facts: Facts) -> list[Fact]:
    """A file's facts as they stand in the text; some come later in their own order, such as what a stage ends with."""
    return sorted(facts.items, key=lambda item: item.span.start)
