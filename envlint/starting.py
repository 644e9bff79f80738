"""Starting: which file of the project a launch starts.

By its path where that says so exactly, else by the end of the path, where only one file fits. What the started program
sees is not known here.
"""

from __future__ import annotations

import posixpath

from envlint.facts import Facts, Launch
from envlint.library import SCRIPTS, Library

_SCRIPT = tuple(f".{extension}" for extension in SCRIPTS)


def starts(library: Library, facts: Facts, target: str, path: str) -> bool | None:
    """Whether what a launch names is a file: True for sure, False as the only file that fits, None not."""
    folder = posixpath.dirname(facts.source.path)
    exact = {posixpath.normpath(posixpath.join(folder, target)), posixpath.normpath(target)}
    if path in exact:
        return True
    fitting = _fitting(library, target)
    return False if fitting == (path,) and _is_near(folder, posixpath.dirname(path)) else None


def _fitting(library: Library, target: str) -> tuple[str, ...]:
    """The files whose path ends as the target does, by the longest such end: a container or a job
    starts `/app/train.py` where the repository has `train.py`."""
    parts = [part for part in target.split("/") if part not in ("", ".", "..")]
    named_alike = library.named(parts[-1]) if parts else ()
    for start in range(len(parts)):
        end = "/".join(parts[start:])
        found = tuple(path for path in named_alike if path == end or path.endswith("/" + end))
        if found:
            return found
    return ()


def _is_near(folder: str, other: str) -> bool:
    """Whether a program in one folder may well be what a script in another one starts by its end: it lies further
    out, or somewhere around the script. A namesake in another part of the repository is another program."""
    around = posixpath.dirname(folder)
    return _is_below(folder, other) or _is_below(other, around)


def _is_below(folder: str, outer: str) -> bool:
    return not outer or folder == outer or folder.startswith(outer + "/")


def started(launch: Launch) -> str | None:
    """The path of the script that a launch runs: the first argument, or the program itself, that names one;
    for `-m package.module` the module's path. None where it can't be told."""
    if launch.program.endswith(_SCRIPT):
        return launch.program
    words = [value.text for value in launch.arguments]
    for index, word in enumerate(words):
        if word is None:
            continue
        if word == "-m" and index + 1 < len(words):
            module = words[index + 1]
            # A launcher module starts the script behind it: python -m torch.distributed.run train.py.
            rest = started(Launch("python", launch.arguments[index + 2 :], launch.span))
            return rest or (module.replace(".", "/") + ".py" if module else None)
        if word.endswith(_SCRIPT) and not word.startswith("-"):
            return word
    return None
