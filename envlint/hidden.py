"""What must not be shown: where a source holds a key or the value of a secret, and what stands there instead.

Everything that shows a piece of a source or a sentence about it goes through here. It does not decide
what is a secret: it is told the spans, and adds what `envlint.finding` calls shaped like a key.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from envlint.finding import SHOWN, key_spans, mask, mask_keys
from envlint.source import Source, Span, merged

# The characters of a text of which none is shown: it may be one of several pieces of a key, and the
# beginnings of all of them together would be much of it.
_WHOLE = 32
# A sentence that holds this many characters of a secret in a row is masked, wherever they are taken from.
_GRAM = 8
_MAX_GRAMS = 1 << 17
# From this length on a secret with a digit is random all through, also where eight letters happen to look like a word.
_RANDOM = 24
_MARKER = re.compile(r"(?:[A-Za-z0-9]{1,40}-)?wandb_v\d_")
_WORD = re.compile(r"\w+")


def cover(secret: str) -> str:
    """A secret as it may be shown: the beginning of a whole one, of a short one only the length."""
    if len(secret) < _WHOLE:
        return f"…({len(secret)} characters)"
    if secret[:SHOWN].isprintable():
        return mask(secret)
    return f"{re.split(r'[^!-~]', secret[:SHOWN])[0]}…({len(secret)} characters)"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line or a region. `secret` is the hidden span that it lies in, or None."""

    span: Span
    secret: Span | None


@dataclass(frozen=True, slots=True)
class Hidden:
    """The places that must not be shown, by source. Each source is searched once, when it is first asked for."""

    secrets: Mapping[Source, Sequence[Span]]
    _spans: dict[Source, list[Span]] = field(default_factory=dict, init=False, repr=False)
    _grams: list[frozenset[str]] = field(default_factory=list, init=False, repr=False)

    def spans(self, source: Source) -> list[Span]:
        """The hidden spans of a source, in order, none touching the next."""
        if source not in self._spans:
            self._spans[source] = merged([*self.secrets.get(source, ()), *key_spans(source.text)])
        return self._spans[source]

    def touches(self, source: Source, span: Span) -> bool:
        """Whether a span holds any hidden character."""
        return any(piece.secret is not None for piece in self.pieces(source, span))

    def pieces(self, source: Source, span: Span) -> Iterator[Piece]:
        """The span cut where hidden spans begin and end, without empty pieces."""
        spans = self.spans(source)
        at = span.start
        for index in range(max(bisect_right(spans, Span(at, at)) - 1, 0), len(spans)):
            secret = spans[index]
            if secret.start >= span.end:
                break
            if secret.end <= at:
                continue
            if secret.start > at:
                yield Piece(Span(at, secret.start), None)
            end = min(secret.end, span.end)
            yield Piece(Span(max(secret.start, at), end), secret)
            at = end
        if at < span.end:
            yield Piece(Span(at, span.end), None)

    def text(self, source: Source, span: Span, instead: Callable[[str], str] = cover) -> str:
        """The text of a span with `instead` of each secret standing where it is."""
        return "".join(
            source.slice(piece.span) if piece.secret is None else instead(source.slice(piece.secret))
            for piece in self.pieces(source, span)
        )

    def words(self, sentence: str) -> str:
        """A sentence that was made elsewhere, with whatever of a key slipped into it masked.

        The last line of defence: such a sentence should hold none.
        """
        masked = mask_keys(sentence)
        grams = self._all_grams()
        if not grams:
            return masked
        return _WORD.sub(lambda word: cover(word[0]) if _holds(word[0], grams) else word[0], masked)

    def _all_grams(self) -> frozenset[str]:
        """Every run of `_GRAM` characters of every secret; of the first ones, where there are very many."""
        if not self._grams:
            self._grams.append(frozenset(_bounded(_grams(self.secrets))))
        return self._grams[0]


def _grams(secrets: Mapping[Source, Sequence[Span]]) -> Iterator[str]:
    for source, spans in secrets.items():
        # The marker of a key is no secret, and a rule's words may name it.
        words = [word for span in sorted(spans) for word in _WORD.findall(_MARKER.sub(" ", source.slice(span)))]
        for word in words:
            yield from filter(_no_name, _runs(word)) if len(word) >= _RANDOM and _has_digit(word) else ()
        # A check that joins the pieces of a key quotes what is written in none of them.
        yield from filter(_telling, _runs("".join(words)))


def _runs(text: str) -> Iterator[str]:
    return (text[at : at + _GRAM] for at in range(len(text) - _GRAM + 1))


def _bounded(grams: Iterator[str]) -> Iterator[str]:
    return (gram for gram, _ in zip(grams, range(_MAX_GRAMS), strict=False))


def _telling(gram: str) -> bool:
    """Whether a few characters are more than a word of the language: `your_key_here` may be written openly."""
    return _has_digit(gram) or not (gram.islower() or gram.isupper())


def _no_name(gram: str) -> bool:
    """Whether a few characters are no piece of a name: `YOUR_API_KEY_0123...` must not hide what holds `_API_KEY`."""
    return "_" not in gram or _has_digit(gram) or not (gram.islower() or gram.isupper())


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _holds(word: str, grams: frozenset[str]) -> bool:
    return any(run in grams for run in _runs(word))
