"""Between words: line ends, comments, here-documents, reserved words and redirections (POSIX 2.3, 2.4, 2.7).

Owns what a line end makes of the lines that follow it. It must not know which commands there are.
"""

from __future__ import annotations

import re

from envlint.source import Span
from envlint.surfaces.shell.cursor import Cursor, ShellError, pass_comment
from envlint.surfaces.shell.syntax import (
    Piece,
    Redirect,
    Text,
)
from envlint.surfaces.shell.words import quoted_piece, read_word

_RESERVED = re.compile(
    r"(?:if|then|elif|else|fi|for|while|until|do|done|case|esac|select|function|time|coproc|\[\[|[{}!])"
    r"(?=[ \t\n|&;()<>]|\Z)"
)
_REDIRECT = re.compile(r"(?:\d+(?=[<>]))?(?:<<<|<<-|<<|<>|<&|<|>>|>\||>&|>)")
_REDIRECT_BASH = re.compile(
    r"(?:\d+(?=[<>])|\{([A-Za-z_][A-Za-z0-9_]*)\}(?=[<>]))?(?:&>>|&>|<<<|<<-|<<|<>|<&|<|>>|>\||>&|>)"
)
_REDIRECTS = frozenset("<>&{0123456789")
_PLAIN_HEREDOC = re.compile(r"[^\\$`]+")


def pass_lines(cursor: Cursor) -> None:
    """Passes blanks, comments and line ends; reads here-documents whose line has ended."""
    while cursor.at < cursor.end:
        cursor.blanks()
        character = cursor.peek()
        if character == "#" and not (cursor.broken_bom and cursor.at == 0):
            pass_comment(cursor)
        elif character == "\n":
            cursor.at += 1
            read_heredocs(cursor)
        else:
            return


def reserved(cursor: Cursor) -> str:
    """The reserved word at the cursor, or nothing (POSIX 2.4)."""
    if cursor.broken_bom and cursor.at == 0:
        return ""
    found = cursor.match(_RESERVED)
    return found[0] if found else ""


def expect(cursor: Cursor, word: str) -> None:
    """Passes a reserved word that has to stand here."""
    pass_lines(cursor)
    if reserved(cursor) == word:
        cursor.at += len(word)
        return
    if cursor.at >= cursor.end:
        raise cursor.unclosed(f"what ends with {word}")
    raise ShellError(f"an unexpected token where {word} was due", cursor.at)


def read_redirects(cursor: Cursor) -> tuple[Redirect, ...]:
    """The redirections after a compound command."""
    found: list[Redirect] = []
    while True:
        at = cursor.at
        cursor.blanks()
        redirect = read_redirect(cursor)
        if redirect is None:
            cursor.at = at
            return tuple(found)
        found.append(redirect)


def read_redirect(cursor: Cursor) -> Redirect | None:
    """The redirection at the cursor (POSIX 2.7), or None."""
    start = cursor.at
    if cursor.peek() not in _REDIRECTS:
        return None
    bash = cursor.script.is_bash
    found = cursor.match(_REDIRECT_BASH if bash else _REDIRECT)
    if found is None or (bash and (cursor.starts("<(") or cursor.starts(">("))):
        return None
    operator = found[0].lstrip("0123456789")
    variable = found[1] if bash else None
    operator = operator[len(variable) + 2 :] if variable else operator
    cursor.at = found.end()
    cursor.blanks()
    comment = cursor.starts("#")
    target = read_word(cursor)
    numbered = (target.static or "").isdigit() and cursor.peek() in ("<", ">")
    if not target.pieces or comment or numbered:
        raise ShellError("a redirection without a target", cursor.at)
    redirect = Redirect(operator, target, Span(start, cursor.at), variable=variable)
    if operator in ("<<", "<<-"):
        _announce(cursor, redirect)
    return redirect


def _announce(cursor: Cursor, redirect: Redirect) -> None:
    """Notes that the body of a here-document follows this line."""
    target = redirect.target
    delimiter = target.static
    if delimiter is None:
        raise ShellError("a here-document whose end is not plain", target.span.start)
    cursor.pending.append((redirect, delimiter, target.plain is None))


def read_heredocs(cursor: Cursor) -> None:
    """Reads the bodies that the line before the cursor announced (POSIX 2.7.4)."""
    pending, cursor.pending = cursor.pending, []
    for redirect, delimiter, literal in pending:
        start = cursor.at
        end = _heredoc_end(cursor, delimiter, tabs=redirect.operator == "<<-", literal=literal)
        after, cursor.at = cursor.at, start
        if not literal:
            _heredoc_pieces(cursor, redirect.heredoc, end)
        elif end > start:
            redirect.heredoc.append(Text(cursor.text[start:end], Span(start, end), True))
        cursor.at = after


def _heredoc_end(cursor: Cursor, delimiter: str, *, tabs: bool, literal: bool) -> int:
    """Where the body ends; the cursor passes the line with the delimiter. The end of the text closes it too."""
    continued = False
    while cursor.at < cursor.end:
        start = cursor.at
        close = cursor.text.find("\n", start, cursor.end)
        close = cursor.end if close < 0 else close
        line = cursor.text[start:close]
        cursor.at = min(close + 1, cursor.end)
        if not continued and (line.lstrip("\t") if tabs else line) == delimiter:
            return start
        # In an unquoted body a continued line takes the next one into itself, delimiter or not.
        continued = not literal and (len(line) - len(line.rstrip("\\"))) % 2 == 1
    return cursor.end


def _heredoc_pieces(cursor: Cursor, pieces: list[Piece], end: int) -> None:
    whole, cursor.end = cursor.end, end
    while cursor.at < cursor.end:
        at = cursor.at
        if found := cursor.match(_PLAIN_HEREDOC):
            cursor.at = found.end()
            pieces.append(Text(found[0], Span(at, cursor.at), True))
        else:
            quoted_piece(cursor, pieces, "$`\\")
    cursor.end = whole
