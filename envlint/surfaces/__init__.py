"""Surfaces: one module per kind of file, each with `read(source, wanted) -> Facts`.

The table says which module reads which surface; a module is imported when the first file of its surface
is met. The rules below say which surface a file is, by its name or by its first line. What a surface
reads in a file is not known here.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

from envlint.facts import Facts, Wanted
from envlint.source import Source

Reader: TypeAlias = Callable[[Source, Wanted], Facts]

MODULES = {
    "dockerfile": "envlint.surfaces.dockerfile",
    "dotenv": "envlint.surfaces.dotenv",
    "shell": "envlint.surfaces.shell",
    "python": "envlint.surfaces.python",
    "notebook": "envlint.surfaces.notebook",
    "text": "envlint.surfaces.text",
}
"""Where the reader of each surface lives."""

TEXT = "text"
"""The surface of every file that no rule below knows."""

_DOCKERFILE_NAMES = ("Dockerfile", "Containerfile")
# Files about a Dockerfile, or programs whose names begin like one: their ending says what they are.
# BuildKit reads `Dockerfile.dockerignore` as the ignore file of the Dockerfile beside it.
_NO_DOCKERFILE = (".dockerignore", ".md", ".rst", ".py", ".pyi", ".ipynb", ".json", ".html")
_DOTENV_NAMES = frozenset({".env", ".envrc", ".flaskenv"})
_ENDINGS = {
    **dict.fromkeys((".sh", ".bash", ".zsh", ".ksh", ".sbatch", ".slurm"), "shell"),
    **dict.fromkeys((".py", ".pyi"), "python"),
    ".ipynb": "notebook",
}

_SHELLS = frozenset({"sh", "bash", "rbash", "dash", "ash", "zsh", "ksh", "ksh93", "mksh", "yash"})
_PYTHON = re.compile(r"(?:python|pypy|pythonw)[0-9.]*t?")
# Launchers that run the file itself as a Python script (PEP 723).
_PYTHON_LAUNCHERS = frozenset({"uv", "pipx"})
# Options of env that take the next word for themselves (GNU coreutils, BSD env).
_ENV_OPTIONS_WITH_WORD = frozenset({"-u", "--unset", "-C", "--chdir", "-P"})
_SPLIT_OPTION = re.compile(r"-[A-RT-Za-z0]*S|--split-string=")


def load(surface: str) -> Reader:
    """The reader of a surface; its module is imported on first use. Raises KeyError for an unknown surface."""
    return cast(Reader, importlib.import_module(MODULES[surface]).read)


def surface_of_name(name: str) -> str | None:
    """The surface of a file by its name (no folder), first match, or None where the name tells nothing."""
    lower = name.lower()
    if _is_dockerfile(name, lower):
        return "dockerfile"
    if lower in _DOTENV_NAMES or lower.startswith(".env.") or lower.endswith(".env"):
        return "dotenv"
    return _ENDINGS.get(lower[lower.rfind(".") :]) if "." in lower else None


def _is_dockerfile(name: str, lower: str) -> bool:
    if lower.endswith(".dockerfile"):
        return True
    if not lower.startswith(("dockerfile", "containerfile")) or lower.endswith(_NO_DOCKERFILE):
        return False
    # In lower case only the names that docker itself would try or people pass with -f: not `dockerfiles.txt`.
    stem = re.split(r"[.-]", lower, maxsplit=1)[0]
    return name.startswith(_DOCKERFILE_NAMES) or stem in ("dockerfile", "containerfile")


def surface_of_shebang(first_line: bytes) -> str | None:
    """The surface of a file by its first line, or None where that is no `#!` line of a known interpreter."""
    if not first_line.startswith(b"#!"):
        return None
    words = first_line[2:].decode("utf-8", "replace").split()
    if words and _program(words[0]) == "env":
        words = _after_env(words[1:])
    if not words:
        return None
    program = _program(words[0])
    if program in ("busybox", "toybox") and len(words) > 1:
        program = words[1]
    if program in _SHELLS:
        return "shell"
    return "python" if _PYTHON.fullmatch(program) or program in _PYTHON_LAUNCHERS else None


def _program(word: str) -> str:
    """The name of a program without its folder and without the ending that Windows gives it."""
    return re.split(r"[/\\]", word)[-1].removesuffix(".exe")


def _after_env(words: Sequence[str]) -> list[str]:
    """What env runs: its words without its own options and assignments."""
    rest = list(reversed(words))
    while rest:
        word = rest.pop()
        split = _SPLIT_OPTION.match(word)
        if split:
            # `-S` takes one string and splits it, so what is glued to it is the first word of that string.
            rest.extend([word[split.end() :]] if split.end() < len(word) else [])
        elif word in _ENV_OPTIONS_WITH_WORD:
            del rest[-1:]
        elif not word.startswith("-") and "=" not in word:
            return [word, *reversed(rest)]
    return []
