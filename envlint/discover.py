"""Discovery: which project a path belongs to, which of its files are read, and which surface each one is.

Only names, kinds of files and ignore files are looked at; what stands in a file is not known here, but
for the first line that may name its interpreter.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from envlint import git, tables
from envlint.content import LIMIT, Problem, has_needle, read_bytes, reason
from envlint.finding import mask_keys, shown
from envlint.ignore import Ignores, Patterns, parse, parse_globs
from envlint.surfaces import TEXT, surface_of_name, surface_of_shebang

__all__ = [
    "LIMIT",
    "Candidate",
    "Notice",
    "PathError",
    "Problem",
    "classify",
    "existing",
    "has_needle",
    "project_root",
    "read_bytes",
    "relative",
    "walk",
]

SKIPPED = frozenset({".venv", "venv", "node_modules", "site-packages", ".tox", "__pycache__"})
"""Folders that are not entered outside git, where no ignore file need name them."""

_IGNORE_FILE = ".gitignore"
_IGNORE_LIMIT = 1 << 20
# The kernel reads no more of a first line than this (Linux: BINPRM_BUF_SIZE).
_SHEBANG_LENGTH = 256


class PathError(Exception):
    """A named path that does not exist; the message is one line."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be read.

    `path` is relative to the project's root, with `/`; bytes that are not UTF-8 stand in it as surrogate
    escapes. `surface` is empty where the name does not tell it: `classify` does, once the content is read.
    `named`: named itself on the command line. `tracked`: whether git tracks it, None where that is not
    known. `ignored`: git would not add it by itself; never true of a tracked file.
    """

    path: str
    surface: str
    named: bool
    tracked: bool | None
    ignored: bool

    @property
    def committed(self) -> bool:
        """Whether what the file holds is, or would be, in the repository. Unknown counts as yes."""
        return not (self.ignored and self.tracked is False)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that people should know about the walk as a whole."""

    message: str


def classify(candidate: Candidate, data: bytes) -> str:
    """The surface of a file whose content is known: by its name, else by its first line, else text."""
    return candidate.surface or surface_of_shebang(data[:_SHEBANG_LENGTH].partition(b"\n")[0]) or TEXT


# --- which project


def project_root(path: str) -> str:
    """The root of the project that a path belongs to, as an absolute path; links on the way stay as written.

    The top of the git work tree around it; else the nearest folder upward with settings of envlint; else
    the folder itself, or the one that the file lies in. Never the root of the file system or a home
    folder, unless it is named itself.
    """
    path = os.path.abspath(path)
    start = path if os.path.isdir(path) else os.path.dirname(path)
    folders = list(_upward_to_home(start))
    for marked in (git.is_work_tree, _has_settings):
        found = next(filter(marked, folders), None)
        if found is not None:
            return found
    return start


def existing(path: str) -> str:
    """A path, absolute, or the nearest folder around it that exists."""
    return next(above for above in git.upward(os.path.abspath(path)) if os.path.lexists(above))


def _upward_to_home(folder: str) -> Iterator[str]:
    home = os.path.realpath(os.path.expanduser("~"))
    for above in git.upward(folder):
        if above == os.path.dirname(above) or os.path.realpath(above) == home:
            return
        yield above


def _has_settings(folder: str) -> bool:
    if os.path.isfile(os.path.join(folder, "envlint.toml")):
        return True
    data = read_bytes(os.path.join(folder, "pyproject.toml"), tables.MAX_BYTES)
    if isinstance(data, Problem) or b"envlint" not in data:
        return False
    try:
        tool = tables.parse(data).get("tool")
    except tables.TableError:
        return False
    return isinstance(tool, dict) and "envlint" in tool


# --- which files


@dataclass(frozen=True, slots=True)
class _Tree:
    """What is the same for the whole walk. Paths in it are relative to `top`, the work tree's or the root."""

    top: str
    prefix: str
    in_git: bool
    tracked: git.Tracked | None
    tracked_folders: frozenset[str]
    starts: frozenset[str]
    excluded: Patterns
    gitignore: bool

    def absolute(self, path: str) -> str:
        return os.path.join(self.top, path) if path else self.top

    def is_excluded(self, path: str, *, directory: bool) -> bool:
        """By the user's globs, which are relative to the root."""
        if not self.excluded.lines or len(path) <= len(self.prefix):
            return False
        return self.excluded.ignores(path[len(self.prefix) :], directory=directory) is True

    def is_tracked(self, path: str) -> bool | None:
        return None if self.tracked is None else path in self.tracked.files


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder that is entered. `ignored`: it lies in an ignored one, or is one. `tracked_only`: so only
    what git tracks in it is read. `named`: it is a start of the walk."""

    path: str
    ignores: Ignores
    ignored: bool = False
    tracked_only: bool = False
    named: bool = False

    @property
    def base(self) -> str:
        return f"{self.path}/" if self.path else ""


@dataclass(slots=True)
class _Walk:
    """What the walk has met so far."""

    tree: _Tree
    entered: dict[str, _Folder]
    files: dict[str, Candidate] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)


def walk(
    root: str,
    paths: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    force_exclude: bool = False,
    gitignore: bool = True,
) -> Iterator[Candidate | Problem | Notice]:
    """The files below the named paths that are to be read: notices first, then files and problems, sorted by path.

    `root` is an absolute folder, `paths` lie in it (or are it), absolute or relative to the current folder.
    `exclude` are globs as in .gitignore, relative to the root; with `force_exclude` they hold for named
    paths too. Without `gitignore`, what ignore files leave out is read as well, but still said to be
    ignored. A named path that does not exist raises PathError, one outside of the root ValueError.
    """
    named = sorted({relative(root, path) for path in paths})
    folders = frozenset(path for path in named if _is_folder(os.path.join(root, path), path))
    found = _survey(root, folders, parse_globs(exclude), gitignore=gitignore)
    tree = found.tree
    for path in named:
        whole = tree.prefix + path if path else tree.prefix.rstrip("/")
        if force_exclude and _lies_excluded(tree, whole, directory=path in folders):
            continue
        if path in folders:
            _walk_folder(found, replace(_folder_at(found, whole), named=True, tracked_only=False))
        else:
            _add_named(found, whole)
    yield from dict.fromkeys(found.notices)
    met: list[Candidate | Problem] = [*found.files.values(), *found.problems.values()]
    yield from sorted(met, key=lambda record: record.path)


def relative(root: str, path: str) -> str:
    """A path, absolute or relative to the current folder, relative to a root, with `/`; "" is the root itself.
    ValueError where it lies outside."""
    inside = os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/")
    if inside == ".." or inside.startswith("../"):
        raise ValueError(f"{path} lies outside of {root}")
    return "" if inside == "." else inside


def _is_folder(absolute: str, path: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(absolute).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        raise PathError(f"{shown(path)}: no such file or folder") from None
    except (OSError, ValueError):
        # It is there, or may be: reading it will say what is wrong.
        return False


def _survey(root: str, folders: Collection[str], excluded: Patterns, *, gitignore: bool) -> _Walk:
    """What has to be known before the walk: the work tree, what git tracks, the outermost ignore files."""
    work_tree = git.top_of(root)
    top = work_tree or root
    prefix = "" if top == root else os.path.relpath(root, top).replace(os.sep, "/") + "/"
    answer = git.tracked(root) if work_tree else None
    tracked = _below(answer, prefix) if isinstance(answer, git.Tracked) else None
    starts = frozenset(prefix + folder if folder else prefix.rstrip("/") for folder in folders)
    tree = _Tree(
        top=top,
        prefix=prefix,
        in_git=work_tree is not None,
        tracked=tracked,
        tracked_folders=_folders_of(tracked.files) if tracked else frozenset(),
        starts=starts,
        excluded=excluded,
        gitignore=gitignore,
    )
    found = _Walk(tree, {})
    if isinstance(answer, git.Refusal):
        lost = mask_keys(answer.reason)
        found.notices.append(
            Notice(f"{lost}: which files are tracked is not known, so all that are ignored are left out")
        )
    ignores = Ignores(Patterns(()))
    for path in (git.excludes_file(root), git.info_exclude(top) if work_tree else None):
        ignores = _with_file(found, ignores, path, "") if path else ignores
    found.entered[""] = _Folder("", _with_own_file(found, ignores, ""))
    return found


def _below(tracked: git.Tracked, prefix: str) -> git.Tracked:
    if not prefix:
        return tracked
    return git.Tracked(
        frozenset(prefix + path for path in tracked.files), frozenset(prefix + path for path in tracked.modules)
    )


def _folders_of(files: frozenset[str]) -> frozenset[str]:
    """Every folder that one of the files lies in, however deep."""
    folders: set[str] = {""}
    for path in files:
        folder = path.rpartition("/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(folders)


def _lies_excluded(tree: _Tree, path: str, *, directory: bool) -> bool:
    """Whether a path, or a folder that it lies in, is excluded."""
    parts = path.split("/")
    above = any(tree.is_excluded("/".join(parts[:depth]), directory=True) for depth in range(1, len(parts)))
    return above or tree.is_excluded(path, directory=directory)


def _with_own_file(found: _Walk, ignores: Ignores, folder: str) -> Ignores:
    """With the .gitignore of a folder. git reads no link in its place."""
    path = os.path.join(found.tree.absolute(folder), _IGNORE_FILE)
    return _with_file(found, ignores, path, f"{folder}/" if folder else "", os.lstat)


def _with_file(
    found: _Walk, ignores: Ignores, path: str, folder: str, status: Callable[[str], os.stat_result] = os.stat
) -> Ignores:
    try:
        if not stat.S_ISREG(status(path).st_mode):
            return ignores
    except (OSError, ValueError):
        return ignores
    data = read_bytes(path, _IGNORE_LIMIT)
    if isinstance(data, Problem):
        found.notices.append(Notice(f"the ignore file {shown(path)} is not honoured: {data.message}"))
        return ignores
    patterns = parse(data)
    return Ignores(patterns, folder, ignores) if patterns.lines else ignores


def _folder_at(found: _Walk, path: str) -> _Folder:
    """A folder by its path, with what the ignore files above it say of it."""
    missing: list[str] = []
    while path not in found.entered:
        missing.append(path)
        path = path.rpartition("/")[0]
    folder = found.entered[path]
    for below in reversed(missing):
        ignored = folder.ignored or folder.ignores.ignores(below, directory=True)
        folder = _Folder(below, _with_own_file(found, folder.ignores, below), ignored)
        found.entered[below] = folder
    return folder


def _add_named(found: _Walk, path: str) -> None:
    """A file that is named itself is read whatever it is."""
    above, _, name = path.rpartition("/")
    tracked = found.tree.is_tracked(path)
    folder = _folder_at(found, above)
    ignored = not tracked and (folder.ignored or folder.ignores.ignores(path, directory=False))
    shown_path = path[len(found.tree.prefix) :]
    found.files[shown_path] = Candidate(shown_path, surface_of_name(name) or "", True, tracked, ignored)


def _walk_folder(found: _Walk, start: _Folder) -> None:
    pending = [start]
    while pending:
        folder = pending.pop()
        for entry, kind in _entries(found, folder):
            if kind == stat.S_IFDIR:
                pending.extend(_enter(found, folder, entry))
            elif kind == stat.S_IFREG:
                _add_met(found, folder, entry)


def _entries(found: _Walk, folder: _Folder) -> list[tuple[str, int]]:
    """The names in a folder, each with its kind; links and special files left out. None of them where the
    folder can't be listed, and where it is a repository of its own."""
    tree = found.tree
    path = tree.absolute(folder.path)
    try:
        with os.scandir(path) as listing:
            entries = [(entry.name, _kind(entry)) for entry in listing]
    except OSError as error:
        met = folder.path[len(tree.prefix) :] or "."
        found.problems[met] = Problem(met, f"the folder could not be listed: {reason(error)}")
        return []
    own = not folder.named and any(name == ".git" for name, _ in entries)
    if own and folder.path not in tree.tracked_folders and git.is_work_tree(path):
        return []
    return [(name, kind) for name, kind in entries if kind and name != ".git"]


def _kind(entry: os.DirEntry[str]) -> int:
    """S_IFREG, S_IFDIR, or 0 for all that is not read."""
    try:
        if entry.is_file(follow_symlinks=False):
            return stat.S_IFREG
        # A junction (Windows) leads elsewhere as a link does.
        junction = getattr(entry, "is_junction", None)
        return stat.S_IFDIR if entry.is_dir(follow_symlinks=False) and not (junction and junction()) else 0
    except OSError:
        return 0


def _enter(found: _Walk, folder: _Folder, name: str) -> Iterator[_Folder]:
    """The folder below a folder, if it is entered."""
    tree = found.tree
    path = folder.base + name
    if path in tree.starts or (tree.tracked and path in tree.tracked.modules):
        # A start is walked by itself, a submodule is a project of its own.
        return
    if (name in SKIPPED and not tree.in_git) or tree.is_excluded(path, directory=True):
        return
    ignored = folder.ignores.ignores(path, directory=True)
    hidden = tree.gitignore and (ignored or folder.tracked_only)
    if hidden and path not in tree.tracked_folders:
        return
    ignores = _with_own_file(found, folder.ignores, path)
    yield _Folder(path, ignores, folder.ignored or ignored, hidden)


def _add_met(found: _Walk, folder: _Folder, name: str) -> None:
    """A file met on the way, if it is read."""
    tree = found.tree
    path = folder.base + name
    tracked = tree.is_tracked(path)
    if (folder.tracked_only and not tracked) or tree.is_excluded(path, directory=False):
        return
    surface = surface_of_name(name) or ""
    # What is tracked is read whatever ignore files say, so they need not be asked.
    ignored = not tracked and folder.ignores.ignores(path, directory=False)
    if ignored and tree.gitignore and surface != "dotenv":
        return
    met = path[len(tree.prefix) :]
    found.files.setdefault(met, Candidate(met, surface, False, tracked, not tracked and (folder.ignored or ignored)))
