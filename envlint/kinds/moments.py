"""Moments of a run, '<run>?_step=<number>', as the SDK takes them for fork_from and resume_from.

The SDK reads them as a URL whose host is the run, by the standard library, and so does this module: where
versions of Python differ, the running one decides in both.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs, urlsplit

from envlint.kinds.numbers import fraction, whole

_SCHEME = "runmoment"
_METRIC = "_step"
# urlsplit normalizes a host that is not ASCII, which takes the square of a run of combining marks.
_MOST_UNNORMALIZED = 16384
_AFTER_RUN = re.compile("[/?#]")


def problem(text: str) -> str | None:
    """Why the loader refuses the moment, in words that follow "it"; None where it takes it.

    None also where the run is not ASCII and longer than 16384 code points: undecided.
    """
    run = _AFTER_RUN.split(text, maxsplit=1)[0]
    if len(run) > _MOST_UNNORMALIZED and not run.isascii():
        return None
    try:
        parts = urlsplit(f"{_SCHEME}://{text}")
        metrics = parse_qs(parts.query)
    except ValueError:
        return f"is not of the form <run>?{_METRIC}=<number>"
    return _stray(parts) or _unknown(metrics)


def _stray(parts: SplitResult) -> str | None:
    if not parts.netloc:
        return f"has no run before ?{_METRIC}="
    if parts.path:
        return "has a slash in its run"
    if parts.fragment:
        return "has a # and more after it"
    return None


def _unknown(metrics: dict[str, list[str]]) -> str | None:
    if not metrics:
        return f"has no ?{_METRIC}=<number> after its run"
    if set(metrics) != {_METRIC}:
        return f"has a metric other than {_METRIC}"
    number = metrics[_METRIC][0]
    value = whole(number, "python") if number.isdigit() else fraction(number, "python")
    return f"has a {_METRIC} that is no number" if value is None else None
