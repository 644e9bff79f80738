"""Reading shell words: quotes, expansions and substitutions (POSIX 2.2, 2.6; Bash manual 3.1.2, 3.5).

Owns how one word is spelled. It must not know what words mean: commands are read by the function that
the cursor carries.
"""

from __future__ import annotations

import re

from envlint.source import Span
from envlint.surfaces.shell.cursor import Cursor, ShellError, pass_comment
from envlint.surfaces.shell.escapes import QUOTED, unescaped
from envlint.surfaces.shell.syntax import (
    Arithmetic,
    Array,
    Opaque,
    Output,
    Parameter,
    Piece,
    Text,
    Word,
)

_PLAIN = re.compile(r"[^ \t\n|&;()<>\\'\"$`]+")
_SHARED_ESCAPES = re.compile(r"(?:[^\\]|\\[abfnrtv\\'])*")
# zsh manual 14.3: `$name[1]`, `$name:h`, and flags such as `$+name` and `$=name`.
_ZSH_MODIFIED = re.compile(r"(?:\[|:[A-Za-z&#])[^\s\"'`$;|&<>()]*")
_ZSH_FLAGGED = re.compile(r"[+^=~]{1,2}[A-Za-z0-9_@*#?!-][^\s\"'`$;|&<>()]*")
_PLAIN_DOUBLE = re.compile(r'[^\\"$`]+')
_PLAIN_BRACED = re.compile(r"[^\\'\"$`}]+")
_PLAIN_BRACED_DOUBLE = re.compile(r"[^\\\"$`}]+")
_PLAIN_ARITHMETIC = re.compile(r"[^\\'\"$`()\]]+")
_BACKQUOTE = re.compile(r"[^\\`]*(?:\\.[^\\`]*)*`", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL = re.compile(r"[0-9@*#?$!-]")
_BRACED_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]")
_OPERATOR = re.compile(r":?[-=+?]")
_OTHER_OPERATOR = re.compile(r"##?|%%?|//?|\^\^?|,,?|[:@\[*]|")
_ARRAY_HEAD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_OPEN_ELEMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\[[^\] \t\n|&;()<>]*(?=[ \t\n|&;()<>]|\Z)")
_ELEMENT_HEAD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\[[^\]\n]{1,80}\]\+?=")
_METACHARACTERS = frozenset(" \t\n|&;()<>")
_PATTERN_OPERATORS = frozenset("#%/^,")


def read_word(cursor: Cursor, *, assigns: bool = False) -> Word:
    """The word at the cursor; empty if there is none. `assigns`: an assignment may stand here, so that
    `A=(...)` is an array and `A[1 + 2]=x` one word (Bash manual 6.7)."""
    start = cursor.at
    pieces: list[Piece] = []
    if cursor.broken_bom and start == 0:
        pieces.append(Text("\ufeff", Span(0, 0), True))
    elif assigns and cursor.script.is_bash and (found := cursor.match(_ELEMENT_HEAD)):
        pieces.append(Text(found[0], Span(start, found.end()), False))
        cursor.at = found.end()
    elif assigns and cursor.script.is_bash and cursor.match(_OPEN_ELEMENT):
        # Bash looks for the end of the subscript beyond blanks and lines.
        raise ShellError("a subscript that is not closed", start)
    while cursor.at < cursor.end:
        at = cursor.at
        character = cursor.text[at]
        if character in _METACHARACTERS:
            if character not in "<>(" or not _opens_inside_word(cursor, start, assigns, pieces):
                break
        elif character == "\\":
            _escape(cursor, pieces)
        else:
            _piece(cursor, pieces, _PLAIN)
    return Word(tuple(pieces), Span(start, cursor.at))


def _opens_inside_word(cursor: Cursor, start: int, assigns: bool, pieces: list[Piece]) -> bool:
    """Reads what begins with a character that else ends a word: `<(...)`, `A=(...)`. False if none does."""
    at = cursor.at
    if cursor.script.is_bash and (cursor.starts("<(") or cursor.starts(">(")):
        cursor.at += 2
        pieces.append(_substitution(cursor, at, quoted=False))
        return True
    head = _ARRAY_HEAD.match(cursor.text, start, at)
    if assigns and cursor.script.is_bash and cursor.starts("(") and head and head.end() == at:
        pieces.append(_array(cursor))
        return True
    if cursor.starts("(") and at > start and cursor.text[at - 1] in "@?*+!" and cursor.script.mentions("extglob"):
        raise ShellError("an extended pattern is not read", at)
    return False


def _piece(cursor: Cursor, pieces: list[Piece], plain: re.Pattern[str]) -> None:
    """Reads one piece of an unquoted context."""
    at = cursor.at
    if found := cursor.match(plain):
        cursor.at = found.end()
        pieces.append(Text(found[0], Span(at, cursor.at), False))
        return
    match cursor.text[at]:
        case "'":
            pieces.append(_single(cursor))
        case '"':
            cursor.at += 1
            _double(cursor, pieces)
        case "$":
            _dollar(cursor, pieces, quoted=False)
        case "`":
            pieces.append(_backquote(cursor, quoted=False))
        case other:
            cursor.at += 1
            pieces.append(Text(other, Span(at, cursor.at), False))


def _escape(cursor: Cursor, pieces: list[Piece]) -> None:
    """A backslash outside quotes (POSIX 2.2.1): it quotes the next character, or joins two lines."""
    at = cursor.at
    cursor.at = min(at + 2, cursor.end)
    following = cursor.text[at + 1 : cursor.at]
    if following != "\n":
        pieces.append(Text(following or "\\", Span(at, cursor.at), True))


def _single(cursor: Cursor) -> Piece:
    """POSIX 2.2.2: everything up to the next quote stands for itself."""
    start = cursor.at + 1
    close = cursor.text.find("'", start, cursor.end)
    if close < 0:
        raise cursor.unclosed("a single quote")
    cursor.at = close + 1
    return Text(cursor.text[start:close], Span(start, close), True)


def _double(cursor: Cursor, pieces: list[Piece]) -> None:
    """POSIX 2.2.3: the inside of double quotes, up to and with the closing one."""
    start = cursor.at
    before = len(pieces)
    while cursor.at < cursor.end:
        at = cursor.at
        if found := cursor.match(_PLAIN_DOUBLE):
            cursor.at = found.end()
            pieces.append(Text(found[0], Span(at, cursor.at), True))
        elif cursor.text[at] == '"':
            if len(pieces) == before:
                pieces.append(Text("", Span(start, at), True))
            cursor.at += 1
            return
        else:
            quoted_piece(cursor, pieces, '$`"\\')
    raise cursor.unclosed("a double quote")


def quoted_piece(cursor: Cursor, pieces: list[Piece], escapable: str) -> None:
    """What a backslash, a dollar sign or a backquote begins where everything is quoted."""
    at = cursor.at
    match cursor.text[at]:
        case "$":
            _dollar(cursor, pieces, quoted=True)
        case "`":
            pieces.append(_backquote(cursor, quoted=True))
        case _:
            following = cursor.text[at + 1 : min(at + 2, cursor.end)]
            if following == "\n":
                cursor.at += 2
            elif following and following in escapable:
                cursor.at += 2
                pieces.append(Text(following, Span(at, cursor.at), True))
            else:
                cursor.at += 1
                pieces.append(Text("\\", Span(at, cursor.at), True))


def _dollar(cursor: Cursor, pieces: list[Piece], *, quoted: bool, braced: bool = False) -> None:
    """Everything that a dollar sign can begin. `braced`: within a quoted `${...}`."""
    start = cursor.at
    following = cursor.text[start + 1 : min(start + 3, cursor.end)]
    if following == "((":
        cursor.at += 3
        pieces.append(read_arithmetic(cursor, start, ")", quoted=quoted))
        return
    first = following[:1]
    if first == "(":
        cursor.at += 2
        pieces.append(_substitution(cursor, start, quoted=quoted))
    elif first == "{":
        cursor.at += 2
        pieces.append(_braced(cursor, start, quoted=quoted))
    elif first == "[" and cursor.script.is_bash:
        cursor.at += 2
        pieces.append(read_arithmetic(cursor, start, "]", quoted=quoted))
    elif first == "'" and (not quoted or (braced and cursor.script.is_bash)):
        pieces.append(_ansi(cursor, quoted=quoted))
    elif first == '"' and braced and quoted and cursor.script.is_bash:
        cursor.at += 1
        pieces.append(Opaque("a translated text", Span(start, start + 1), True))
    elif first == '"' and not quoted:
        _translated(cursor, pieces)
    elif found := (
        _NAME.match(cursor.text, start + 1, cursor.end) or _SPECIAL.match(cursor.text, start + 1, cursor.end)
    ):
        cursor.at = found.end()
        span = Span(start, cursor.at)
        if cursor.script.dialect == "zsh" and (modified := cursor.match(_ZSH_MODIFIED)):
            cursor.at = modified.end()
            pieces.append(Opaque("a subscript or modifier of zsh", Span(start, cursor.at), quoted))
            return
        pieces.append(Parameter(found[0], "", (), span, quoted))
    elif cursor.script.dialect == "zsh" and (flagged := _ZSH_FLAGGED.match(cursor.text, start + 1, cursor.end)):
        cursor.at = flagged.end()
        pieces.append(Opaque("an expansion of zsh", Span(start, cursor.at), quoted))
    else:
        cursor.at += 1
        pieces.append(Text("$", Span(start, cursor.at), True))


def _translated(cursor: Cursor, pieces: list[Piece]) -> None:
    """`$"..."` (Bash manual 3.1.2.5). A POSIX shell keeps the dollar sign."""
    start = cursor.at
    if cursor.script.dialect == "zsh":
        # zsh manual 6.9: it knows no such quotes.
        pieces.append(Text("$", Span(start, start + 1), True))
    elif not cursor.script.is_bash:
        pieces.append(Opaque('$"..." differs between shells', Span(start, start + 1), True))
    elif cursor.script.mentions("TEXTDOMAIN"):
        pieces.append(Opaque("a translated text", Span(start, start + 1), True))
    cursor.at += 2
    _double(cursor, pieces)


def _ansi(cursor: Cursor, *, quoted: bool) -> Piece:
    """`$'...'` (Bash manual 3.1.2.4)."""
    start = cursor.at
    cursor.at += 2
    found = cursor.match(QUOTED)
    if found is None:
        raise cursor.unclosed("a single quote")
    body = found[0][:-1]
    span = Span(cursor.at, found.end() - 1)
    cursor.at = found.end()
    if cursor.script.dialect == "sh":
        if "\\'" in body:
            raise ShellError("a quote that shells end at different places", start)
        return Opaque("$'...' differs between shells", span, quoted)
    text = unescaped(body)
    if cursor.script.dialect != "bash" and not _SHARED_ESCAPES.fullmatch(body):
        # zsh and ksh drop the backslash of an escape that they don't know, bash keeps it.
        return Opaque("an escape that differs between shells", span, quoted)
    if text is None or quoted:
        return Opaque("an escape that depends on the locale", span, quoted)
    return Text(text, span, True)


def _backquote(cursor: Cursor, *, quoted: bool) -> Piece:
    """`...` (POSIX 2.6.3). Its commands are read in place only if no backslash changes their text first."""
    start = cursor.at
    cursor.at += 1
    found = cursor.match(_BACKQUOTE)
    if found is None:
        raise cursor.unclosed("a backquote")
    after = found.end()
    if "\\" in found[0]:
        cursor.at = after
        return Output((), Span(start, after), quoted)
    end, pending = cursor.end, cursor.pending
    cursor.enter()
    cursor.end, cursor.pending = after - 1, []
    body = cursor.commands(cursor, frozenset())
    if cursor.at != after - 1 or cursor.pending:
        raise ShellError("an unexpected token", cursor.at)
    cursor.leave()
    cursor.at, cursor.end, cursor.pending = after, end, pending
    return Output(body, Span(start, after), quoted)


def _substitution(cursor: Cursor, start: int, *, quoted: bool) -> Piece:
    """`$(...)`, `<(...)` and `>(...)`, the opening passed."""
    cursor.enter()
    pending, cursor.pending = cursor.pending, []
    body = cursor.commands(cursor, frozenset({")"}))
    if not cursor.starts(")"):
        raise (
            cursor.unclosed("a substitution")
            if cursor.at >= cursor.end
            else ShellError("an unexpected token", cursor.at)
        )
    cursor.at += 1
    if cursor.pending or (pending and cursor.text.find("\n", start, cursor.at) >= 0):
        # Which lines belong to which here-document is settled differently from shell to shell.
        raise ShellError("a here-document across a substitution", cursor.at)
    cursor.pending = pending
    cursor.leave()
    return Output(body, Span(start, cursor.at), quoted)


def read_arithmetic(cursor: Cursor, start: int, close: str, *, quoted: bool) -> Arithmetic:
    """`$((...))`, `((...))` or `$[...]`, the opening passed."""
    cursor.enter()
    pieces: list[Piece] = []
    plain: list[str] = []
    depth = 0
    while cursor.at < cursor.end:
        at = cursor.at
        if found := cursor.match(_PLAIN_ARITHMETIC):
            cursor.at = found.end()
            plain.append(found[0])
            continue
        character = cursor.text[at]
        if character == close and depth == 0:
            length = 2 if close == ")" else 1
            if cursor.peek(length) != close * length:
                raise ShellError("commands in doubled parentheses are not read", at)
            cursor.at += length
            cursor.leave()
            return Arithmetic("".join(plain), tuple(pieces), Span(start, cursor.at), quoted)
        depth += {"(": 1, ")": -1}.get(character, 0) if close == ")" else 0
        if character in "()]\\":
            cursor.at += 1
            plain.append(character)
        else:
            _piece(cursor, pieces, _PLAIN_ARITHMETIC)
    raise cursor.unclosed("an arithmetic expression")


def _braced(cursor: Cursor, start: int, *, quoted: bool) -> Piece:
    """`${...}` (POSIX 2.6.2), the opening passed."""
    cursor.enter()
    prefix = cursor.peek()
    # `${#name}` is a length and `${!name}` goes by the name's value; `${#}`, `${!}` and `${#-x}` are neither.
    counted = prefix in ("#", "!") and _BRACED_NAME.match(cursor.text, cursor.at + 1, cursor.end)
    if counted and not (cursor.text[counted.end() : counted.end() + 1] != "}" and counted[0] in "-?"):
        cursor.at += 1
    else:
        prefix = ""
    found = cursor.match(_BRACED_NAME)
    if found is None and cursor.script.dialect != "zsh":
        raise ShellError("an expansion that is not read", cursor.at)
    name = found[0] if found else ""
    cursor.at = found.end() if found else cursor.at
    operator = cursor.match(_OPERATOR) or cursor.match(_OTHER_OPERATOR)
    written = operator[0] if operator else ""
    cursor.at += len(written)
    pattern = written[:1] in _PATTERN_OPERATORS
    word = _until_brace(cursor, quoted=quoted, pattern=pattern)
    cursor.leave()
    span = Span(start, cursor.at)
    if prefix or (not written and word):
        return Parameter(name, prefix or "?other", word, span, quoted)
    return Parameter(name, written, word, span, quoted)


def _until_brace(cursor: Cursor, *, quoted: bool, pattern: bool) -> tuple[Piece, ...]:
    """The pieces up to and with the next `}` that nothing quotes."""
    pieces: list[Piece] = []
    literal_quotes = quoted and not pattern
    plain = _PLAIN_BRACED_DOUBLE if literal_quotes and not cursor.script.is_bash else _PLAIN_BRACED
    while cursor.at < cursor.end:
        at = cursor.at
        if found := cursor.match(plain):
            if cursor.script.dialect == "zsh" and "{" in found[0]:
                raise ShellError("a brace that shells close at different places", at)
            cursor.at = found.end()
            pieces.append(Text(found[0], Span(at, cursor.at), quoted))
            continue
        match cursor.text[at]:
            case "}":
                cursor.at += 1
                return tuple(pieces)
            case '"':
                cursor.at += 1
                _double(cursor, pieces)
            case "'":
                pieces.append(_kept_quotes(cursor) if literal_quotes else _single(cursor))
            case "$":
                _dollar(cursor, pieces, quoted=quoted, braced=True)
            case "\\" if not quoted:
                _escape(cursor, pieces)
            case _:
                quoted_piece(cursor, pieces, '$`"\\}')
    raise cursor.unclosed("an expansion")


def _kept_quotes(cursor: Cursor) -> Piece:
    """Single quotes within `"${name:-...}"`: they stay in the text, and yet bash looks for the closing brace
    behind the second one (unlike POSIX 2.6.2)."""
    start = cursor.at
    piece = _single(cursor)
    text, span = cursor.text[start : cursor.at], Span(start, cursor.at)
    plain = not any(mark in text for mark in '$`\\"}')
    return Text(text, span, True) if plain and isinstance(piece, Text) else Opaque("quotes in quotes", span, True)


def _array(cursor: Cursor) -> Array:
    start = cursor.at
    cursor.enter()
    cursor.at += 1
    words: list[Word] = []
    while cursor.at < cursor.end:
        cursor.blanks()
        if cursor.starts("#"):
            pass_comment(cursor)
        elif cursor.starts("\n") and not cursor.pending:
            cursor.at += 1
        elif cursor.starts(")"):
            cursor.at += 1
            cursor.leave()
            return Array(tuple(words), Span(start, cursor.at))
        elif (word := read_word(cursor)).pieces:
            words.append(word)
        elif cursor.at < cursor.end:
            raise ShellError("an unexpected token in an array", cursor.at)
    raise cursor.unclosed("an array")
