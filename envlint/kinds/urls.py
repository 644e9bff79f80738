"""URLs: being written."""

from __future__ import annotations


def problem(text: str) -> str | None:
    return None if text.startswith(("http://", "https://")) else "has no scheme such as https://"
