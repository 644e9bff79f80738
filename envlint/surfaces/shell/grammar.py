"""Reading shell commands: lists, pipelines, compound commands and redirections (POSIX 2.9, 2.10).

Owns how a script is made of commands. What cannot be read becomes a Broken command and reading goes on
at the next line; what is open at the end of the text ends the reading. Each character is read once, and
nesting is bounded, so that time is linear in the text.

Why not a generated parser: tree-sitter-bash 0.25 takes `A=$B-$C`, a line continued inside a word and
`A=x#y z` for other commands than bash does, without an error, and is quadratic in the length of a pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from envlint.source import Span
from envlint.surfaces.shell.cursor import Cursor, ShellError, pass_comment
from envlint.surfaces.shell.lines import expect, pass_lines, read_redirect, read_redirects, reserved
from envlint.surfaces.shell.syntax import (
    Broken,
    Calculation,
    Case,
    Command,
    For,
    Function,
    Group,
    If,
    Item,
    Pipeline,
    Redirect,
    Script,
    Simple,
    Test,
    While,
    Word,
    as_assignment,
)
from envlint.surfaces.shell.words import read_arithmetic, read_word

_OPENS = re.compile(r"[ \t]*\(")
_PARENTHESES = re.compile(r"[ \t]*\([ \t]*\)")
_TIME_OPTIONS = re.compile(r"(?:[ \t]+-p(?=[ \t\n;]))?(?:[ \t]+--(?=[ \t\n;]))?")
_ENDS = frozenset(("", "\n", ";", "|", ")"))
# Words after which arguments may be array assignments (Bash manual 6.7).
DECLARATIONS = frozenset({"export", "declare", "typeset", "local", "readonly"})
_CLOSING = frozenset({"then", "elif", "else", "fi", "do", "done", "esac", "}"})


def read_script(script: Script, *, bom: bool = False) -> tuple[tuple[Item, ...], tuple[Span, ...]]:
    """All commands of a script in order, and its comments. `bom`: a byte order mark stands before the text,
    which makes the first word, a comment or a reserved word included, another one."""
    cursor = Cursor(script, _items, len(script.text), script.text, broken_bom=bom)
    return tuple(_commands(cursor)), tuple(cursor.comments)


def _commands(cursor: Cursor) -> Iterator[Item]:
    length = cursor.end
    # A shell runs nothing of a line before it has parsed all of it.
    line: list[Item] = []
    while True:
        before = start = cursor.at
        try:
            pass_lines(cursor)
            start = cursor.at
            if start >= length or cursor.text.find("\n", before, start) >= 0:
                yield from line
                line = []
            if start >= length:
                return
            line.append(_item(cursor))
        except ShellError as error:
            cursor.end, cursor.depth, cursor.pending = length, 0, []
            stop = cursor.text.find("\n", max(error.at, start))
            cursor.at = length if stop < 0 or error.unclosed else stop + 1
            yield _broken(error.reason, Span(line[0].span.start if line else start, cursor.at))
            line = []


def _broken(reason: str, span: Span) -> Item:
    return Item((("", Pipeline((Broken(reason, span),), False, span)),), False, span)


def _items(cursor: Cursor, closing: frozenset[str]) -> tuple[Item, ...]:
    """The commands up to one of the closing tokens, or to the end; the token is left where it is."""
    items: list[Item] = []
    while True:
        pass_lines(cursor)
        if cursor.at >= cursor.end:
            return tuple(items)
        if cursor.starts(")") or cursor.starts(";;") or cursor.starts(";&") or reserved(cursor) in _CLOSING:
            token = reserved(cursor) or cursor.peek()
            if token not in closing:
                raise ShellError("an unexpected token", cursor.at)
            return tuple(items)
        items.append(_item(cursor))


def _item(cursor: Cursor) -> Item:
    start = cursor.at
    chain = [("", _pipeline(cursor))]
    while True:
        cursor.blanks()
        operator = cursor.peek(2)
        if operator not in ("&&", "||"):
            break
        cursor.at += 2
        pass_lines(cursor)
        chain.append((operator, _pipeline(cursor)))
    span = Span(start, chain[-1][1].span.end)
    background = cursor.starts("&")
    if background and cursor.script.dialect == "zsh" and _assigns_alone(chain[-1][1]):
        raise ShellError("zsh takes no assignment in the background", start)
    if background or (cursor.starts(";") and not (cursor.starts(";;") or cursor.starts(";&"))):
        cursor.at += 1
    elif cursor.at < cursor.end and cursor.peek() not in "\n)#;" and not _follows_compound(cursor, chain[-1][1]):
        raise ShellError("an unexpected token", cursor.at)
    return Item(tuple(chain), background, span)


def _assigns_alone(pipeline: Pipeline) -> bool:
    last = pipeline.commands[-1]
    return isinstance(last, Simple) and bool(last.assignments) and not last.words


def _follows_compound(cursor: Cursor, pipeline: Pipeline) -> bool:
    """Whether a closing word may stand here without a separator, as in `{ if a; then b; fi }`."""
    return not isinstance(pipeline.commands[-1], Simple) and reserved(cursor) in _CLOSING


def _pipeline(cursor: Cursor) -> Pipeline:
    start = cursor.at
    negated = False
    # zsh runs what stands behind `time` apart, be it an assignment.
    prefixes = ("!", "time") if cursor.script.dialect in ("bash", "ksh") else ("!",)
    while (word := reserved(cursor)) in prefixes:
        negated ^= word == "!"
        cursor.at += len(word)
        if word == "time" and (options := cursor.match(_TIME_OPTIONS)):
            cursor.at = options.end()
        cursor.blanks()
    alone = cursor.at > start and cursor.peek() in (*_ENDS, "#")
    commands: list[Command] = [Simple((), (), (), Span(start, cursor.at)) if alone else _command(cursor)]
    end = cursor.at
    cursor.blanks()
    while cursor.starts("|") and not cursor.starts("||"):
        cursor.at += 2 if cursor.starts("|&") else 1
        pass_lines(cursor)
        commands.append(_command(cursor))
        end = cursor.at
        cursor.blanks()
    return Pipeline(tuple(commands), negated, Span(start, end))


def _command(cursor: Cursor) -> Command:
    cursor.blanks()
    cursor.enter()
    command = _compound(cursor) or _simple(cursor)
    cursor.leave()
    return command


def _compound(cursor: Cursor) -> Command | None:
    start = cursor.at
    if cursor.starts("((") and cursor.script.is_bash:
        cursor.at += 2
        expression = read_arithmetic(cursor, start, ")", quoted=True)
        return Calculation(expression, None, read_redirects(cursor), Span(start, cursor.at))
    if cursor.starts("("):
        cursor.at += 1
        body = _items(cursor, frozenset({")"}))
        if not cursor.starts(")"):
            raise cursor.unclosed("a parenthesis")
        cursor.at += 1
        return Group(body, True, read_redirects(cursor), Span(start, cursor.at))
    word = reserved(cursor)
    if not word:
        return None
    cursor.at += len(word)
    match word:
        case "{":
            body = _items(cursor, frozenset({"}"}))
            expect(cursor, "}")
            return Group(body, False, read_redirects(cursor), Span(start, cursor.at))
        case "if":
            return _if(cursor, start)
        case "while" | "until":
            condition = _items(cursor, frozenset({"do"}))
            body = _do(cursor)
            return While(condition, body, read_redirects(cursor), Span(start, cursor.at))
        case "for" | "select":
            return _for(cursor, start)
        case "case":
            return _case(cursor, start)
        case "function":
            return _function(cursor, start)
        case "[[" if cursor.script.is_bash:
            return _test(cursor, start)
    if word in ("[[", "function"):
        cursor.at = start
        return None
    raise ShellError("an unexpected token", start)


def _do(cursor: Cursor) -> tuple[Item, ...]:
    expect(cursor, "do")
    body = _items(cursor, frozenset({"done"}))
    expect(cursor, "done")
    return body


def _if(cursor: Cursor, start: int) -> If:
    clauses = []
    otherwise: tuple[Item, ...] = ()
    word = "if"
    while word in ("if", "elif"):
        condition = _items(cursor, frozenset({"then"}))
        expect(cursor, "then")
        clauses.append((condition, _items(cursor, frozenset({"elif", "else", "fi"}))))
        word = reserved(cursor)
        cursor.at += len(word) if word in ("elif", "else") else 0
    if word == "else":
        otherwise = _items(cursor, frozenset({"fi"}))
    expect(cursor, "fi")
    return If(tuple(clauses), otherwise, read_redirects(cursor), Span(start, cursor.at))


def _for(cursor: Cursor, start: int) -> Command:
    cursor.blanks()
    if cursor.starts("((") and cursor.script.is_bash:
        opening = cursor.at
        cursor.at += 2
        expression = read_arithmetic(cursor, opening, ")", quoted=True)
        _separator(cursor)
        return Calculation(expression, _loop_body(cursor), read_redirects(cursor), Span(start, cursor.at))
    variable = read_word(cursor)
    name = variable.plain
    if not name or not name.isidentifier():
        raise ShellError("a loop without a name", cursor.at)
    pass_lines(cursor)
    words: tuple[Word, ...] | None = None
    if cursor.starts("in") and cursor.peek(3)[2:] in ("", " ", "\t", "\n", ";", "\\"):
        cursor.at += 2
        words = tuple(_words(cursor))
    _separator(cursor)
    return For(name, variable.span, words, _loop_body(cursor), read_redirects(cursor), Span(start, cursor.at))


def _loop_body(cursor: Cursor) -> tuple[Item, ...]:
    """The body of a `for`; bash also takes one in braces."""
    pass_lines(cursor)
    if reserved(cursor) != "{" or not cursor.script.is_bash:
        return _do(cursor)
    cursor.at += 1
    body = _items(cursor, frozenset({"}"}))
    expect(cursor, "}")
    return body


def _separator(cursor: Cursor) -> None:
    cursor.blanks()
    if cursor.starts(";"):
        cursor.at += 1
    pass_lines(cursor)


def _words(cursor: Cursor) -> Iterator[Word]:
    """The words up to the end of the line or command."""
    while True:
        cursor.blanks()
        if cursor.starts("#"):
            pass_comment(cursor)
        word = read_word(cursor)
        if not word.pieces:
            return
        yield word


def _case(cursor: Cursor, start: int) -> Case:
    cursor.blanks()
    subject = read_word(cursor)
    pass_lines(cursor)
    if not subject.pieces or not cursor.starts("in"):
        raise ShellError("an unexpected token after case", cursor.at)
    cursor.at += 2
    branches = []
    pass_lines(cursor)
    while reserved(cursor) != "esac":
        if cursor.at >= cursor.end:
            raise cursor.unclosed("what ends with esac")
        patterns = tuple(_patterns(cursor))
        body = _items(cursor, frozenset({"esac", ";"}))
        falls = cursor.starts(";&") or cursor.starts(";;&")
        cursor.at += 3 if cursor.starts(";;&") else 2 if cursor.starts(";") else 0
        branches.append((patterns, body, falls))
        pass_lines(cursor)
    expect(cursor, "esac")
    return Case(subject, tuple(branches), read_redirects(cursor), Span(start, cursor.at))


def _patterns(cursor: Cursor) -> Iterator[Word]:
    if cursor.starts("("):
        cursor.at += 1
    while True:
        cursor.blanks()
        word = read_word(cursor)
        cursor.blanks()
        if not word.pieces:
            raise ShellError("an unexpected token in a pattern", cursor.at)
        yield word
        if cursor.starts(")"):
            cursor.at += 1
            return
        if not cursor.starts("|"):
            raise ShellError("an unexpected token in a pattern", cursor.at)
        cursor.at += 1


def _function(cursor: Cursor, start: int) -> Function:
    cursor.blanks()
    name = read_word(cursor).static
    if not name:
        raise ShellError("a function without a name", cursor.at)
    cursor.blanks()
    if parentheses := cursor.match(_PARENTHESES):
        cursor.at = parentheses.end()
    return _definition(cursor, name, start)


def _definition(cursor: Cursor, name: str, start: int) -> Function:
    pass_lines(cursor)
    cursor.enter()
    body = _compound(cursor)
    cursor.leave()
    if body is None:
        raise ShellError("a function without a body", cursor.at)
    return Function(name, body, Span(start, cursor.at))


def _test(cursor: Cursor, start: int) -> Test:
    words: list[Word] = []
    while cursor.at < cursor.end:
        pass_lines(cursor)
        at = cursor.at
        word = read_word(cursor)
        if word.plain == "]]":
            return Test(tuple(words), read_redirects(cursor), Span(start, cursor.at))
        if word.pieces:
            words.append(word)
        elif cursor.peek() and cursor.peek() in "()<>&|":
            cursor.at += 1
        elif cursor.at < cursor.end:
            raise ShellError("an unexpected token in a test", at)
    raise cursor.unclosed("a test")


def _simple(cursor: Cursor) -> Command:
    start = end = cursor.at
    assignments = []
    words: list[Word] = []
    redirects: list[Redirect] = []
    declares = False
    while cursor.at < cursor.end:
        cursor.blanks()
        following = cursor.peek()
        if following in _ENDS or (following == "#" and not (cursor.broken_bom and cursor.at == 0)):
            break
        if redirect := read_redirect(cursor):
            redirects.append(redirect)
            end = cursor.at
            continue
        at = cursor.at
        word = read_word(cursor, assigns=not words or declares)
        if cursor.at == at:
            # Nothing, or only a byte order mark with an operator right behind it.
            break
        end = cursor.at
        assignment = None if words else as_assignment(word)
        if assignment:
            assignments.append(assignment)
            continue
        words.append(word)
        declares = declares or (len(words) == 1 and word.static in DECLARATIONS)
        name = word.plain
        if name and len(words) == 1 and not assignments and cursor.match(_OPENS):
            return _defined(cursor, name, start)
    if start == end:
        raise ShellError("an unexpected token", cursor.at)
    return Simple(tuple(assignments), tuple(words), tuple(redirects), Span(start, end))


def _defined(cursor: Cursor, name: str, start: int) -> Function:
    found = cursor.match(_PARENTHESES)
    if found is None:
        raise ShellError("an unexpected token", cursor.at)
    cursor.at = found.end()
    return _definition(cursor, name, start)
