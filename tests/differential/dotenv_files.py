"""Generated .env files in which every form is as likely as the next: one for each row of the table of loaders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

WORDS = ("offline", "x", "a-b/c", "https://h:1/p?q=1", "0.5", "été", "w@x,y%H", "{}")

Form = Callable[[Random, str, Sequence[str]], str]
"""Writes a form: given chance, the name to set, and the names that earlier lines set."""


def word(chance: Random) -> str:
    return chance.choice(WORDS)


def earlier(chance: Random, names: Sequence[str]) -> str:
    return chance.choice([*names, "UNSET"])


# One for each row of the table of loaders, and what differs inside a row.
FORMS: Mapping[str, Form] = {
    "plain": lambda c, k, n: f"{k}={word(c)}",
    "export": lambda c, k, n: f"export {k}={word(c)}",
    "blanks around =": lambda c, k, n: f"{k} = {word(c)}",
    "blank after =": lambda c, k, n: f"{k}= {word(c)}",
    "leading blanks": lambda c, k, n: f"  \t{k}={word(c)}",
    "trailing blanks": lambda c, k, n: f"{k}={word(c)}   ",
    "blank and #": lambda c, k, n: f"{k}={word(c)} # {word(c)}",
    "# without blank": lambda c, k, n: f"{k}={word(c)}#{word(c)}",
    "# first": lambda c, k, n: f"{k}=#{word(c)}",
    "blanks, then #": lambda c, k, n: f"{k}=   # {word(c)}",
    "double quotes": lambda c, k, n: f'{k}="{word(c)} {word(c)}"',
    "single quotes": lambda c, k, n: f"{k}='{word(c)} {word(c)}'",
    "quotes and comment": lambda c, k, n: f'{k}="{word(c)}" # {word(c)}',
    "quotes and more": lambda c, k, n: f'{k}="{word(c)}"{word(c)}',
    "escapes": lambda c, k, n: f'{k}="{word(c)}\\n\\t\\"\\\\{word(c)}\\q"',
    "escaped $": lambda c, k, n: f'{k}="a\\$b\\${{{earlier(c, n)}}}"',
    "escape in single quotes": lambda c, k, n: f"{k}='a\\'b\\\\c\\n'",
    "escape, no quotes": lambda c, k, n: f"{k}=a\\nb\\",
    "several lines": lambda c, k, n: f"{k}={(q := c.choice(chr(39) + chr(34)))}{word(c)}\n{word(c)}{q}",
    "backslash at line end": lambda c, k, n: f"{k}={word(c)}\\\n{word(c)}",
    "${A}": lambda c, k, n: f"{k}={word(c)}${{{earlier(c, n)}}}",
    "${A} in double quotes": lambda c, k, n: f'{k}="${{{earlier(c, n)}}} {word(c)}"',
    "${A} in single quotes": lambda c, k, n: f"{k}='{word(c)} ${{{earlier(c, n)}}}'",
    "$A": lambda c, k, n: f"{k}=${earlier(c, n)}",
    "${A:-d}": lambda c, k, n: f"{k}=${{{earlier(c, n)}:-{word(c)}}}",
    "${A:-}": lambda c, k, n: f"{k}=${{{earlier(c, n)}:-}}{word(c)}",
    "${A:-${B}}": lambda c, k, n: f"{k}=${{{earlier(c, n)}:-${{{earlier(c, n)}}}}}",
    "${A:x}, ${A": lambda c, k, n: f"{k}={c.choice(['${A:x}', '${A', '${', '${}', '${A:', '${:-d}'])}{word(c)}",
    "own name": lambda c, k, n: f"{k}={word(c)}\n{k}=${{{k}}}{word(c)}",
    "forward reference": lambda c, k, n: f"{k}=${{{k}_LATER}}\n{k}_LATER=1",
    "$(command)": lambda c, k, n: f"{k}=$(echo {word(c)})",
    "backticks": lambda c, k, n: f"{k}=`{word(c)}`",
    "blanks, no quotes": lambda c, k, n: f"{k}={word(c)} {word(c)}",
    "; and &": lambda c, k, n: f"{k}={word(c)};{word(c)}&{word(c)}",
    "~": lambda c, k, n: f"{k}=~/{word(c)}",
    "JSON": lambda c, k, n: f'{k}={{"a": "{word(c)}", "b": [1]}}',
    "K: v": lambda c, k, n: f"{k}: {word(c)}",
    "name alone": lambda c, k, n: k,
    "empty": lambda c, k, n: f"{k}={c.choice(['', '  ', chr(34) * 2, chr(39) * 2])}",
    "odd names": lambda c, k, n: f"{c.choice(['1', 'a-', 'a.', 'é'])}{k}={word(c)}",
    "quoted name": lambda c, k, n: f"'{k}'={word(c)}",
    "+=": lambda c, k, n: f"{k}+={word(c)}",
    "lower case": lambda c, k, n: f"{k.lower()}={word(c)}",
    "duplicate": lambda c, k, n: f"{earlier(c, n)}={word(c)}",
    "CRLF": lambda c, k, n: f"{k}={c.choice(['', chr(34)])}{word(c)}\r",
    "; comment": lambda c, k, n: f"; {word(c)}",
    "# comment": lambda c, k, n: f"  # {k}={word(c)} '",
    "unclosed quote": lambda c, k, n: f"{k}={c.choice(chr(39) + chr(34))}{word(c)}",
    "NUL": lambda c, k, n: f"{k}={word(c)}\0{word(c)}",
    "= in the value": lambda c, k, n: f"{k}={word(c)}={word(c)}",
    "$ at the end": lambda c, k, n: f"{k}={word(c)}$",
    "%": lambda c, k, n: f"{k}=%H{word(c)}%%",
    "blanks of Unicode": lambda c, k, n: f"{k}\u00a0=\u2003{word(c)}\u2028#\x1c{word(c)}\x85",
}


def generated(chance: Random) -> tuple[str, dict[str, str]]:
    """A file, and the form that sets each of its names."""
    lines: list[str] = []
    forms: dict[str, str] = {}
    for number in range(chance.randrange(1, 6)):
        form = chance.choice(list(FORMS))
        name = f"K{number}"
        lines.append(FORMS[form](chance, name, list(forms)))
        forms[name] = form
    mark = chance.choice(["", "", "", "\ufeff"])
    return mark + "\n".join(lines) + chance.choice(["\n", ""]), forms
