"""Paths as reports write them: with `/`, in UTF-8, relative to where the reader stands.

Bytes of a path that are not UTF-8 are percent-encoded, and nothing else is: a path stays what people type. But
for one thing: a key in it is masked, though no file is found by such a path.
No path is looked up; all this is arithmetic on names.
"""

from __future__ import annotations

import os
import re
from urllib.parse import quote

from envlint.finding import Finding, mask_keys
from envlint.report import Notice, Report
from envlint.source import Source

_ESCAPED = re.compile("[\udc80-\udcff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def portable(path: str) -> str:
    """A path as UTF-8 text: bytes that were not UTF-8 as %XX, keys masked."""
    encoded = _ESCAPED.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", mask_keys(path))
    return _SURROGATE.sub("�", encoded)


def near(root: str, path: str, cwd: str) -> str:
    """A path below a root, relative to the current directory; absolute where no relative path leads there."""
    # A relative root is relative to the current directory; os.path.join keeps an absolute one as it is.
    full = os.path.join(cwd, root, path)
    try:
        shown = os.path.relpath(full, cwd)
    except ValueError:  # another drive
        shown = os.path.normpath(full)
    return portable(shown.replace(os.sep, "/"))


def absolute(report: Report, root: str) -> str:
    """A root, of which a relative one is relative to the current directory, in one spelling."""
    return os.path.normpath(os.path.join(report.cwd, root))


def of_source(report: Report, source: Source) -> str:
    """A source's path, relative to the current directory."""
    return near(source.root, source.path, report.cwd)


def of_notice(report: Report, notice: Notice) -> str:
    """A notice's path, relative to the current directory."""
    return near(notice.root if notice.root is not None else report.root, notice.path, report.cwd)


def in_order(report: Report) -> list[tuple[str, Finding, str]]:
    """Each finding with its path and its fingerprint, sorted by path as shown, line, column and rule."""
    placed = [
        (of_source(report, finding.location.source), finding, mark)
        for finding, mark in zip(report.findings, report.marks(), strict=True)
    ]
    return sorted(placed, key=lambda row: (row[0], *row[1].order[1:]))


def uri(path: str) -> str:
    """A path as a relative URI reference: RFC 3986, every byte outside the unreserved ones and `/` encoded. Keys in
    it are masked first."""
    path = mask_keys(path)
    return quote(path.encode("utf-8", "surrogateescape" if not _lone(path) else "surrogatepass"), safe="/")


def _lone(path: str) -> bool:
    """Whether a path holds a surrogate that stands for no byte."""
    return bool(_SURROGATE.search(_ESCAPED.sub("", path)))
