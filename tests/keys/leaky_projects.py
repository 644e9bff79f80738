"""Projects that hold a key in every notation, and the search for a key in what a run has put out.

A key is made twice, alike in what may be shown of it and different in all else: what a run says of a project with
the one and of the same project with the other must be the same.
"""

from __future__ import annotations

import base64
import io
import os
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

from key_notations import NOTATIONS
from made_keys import ALNUM, HEX, WORD

from envlint.cli import main

RUN = 8
"""So many characters of a key in a row are a leak."""

_SHOWN = 4
_MARK = re.compile("§([A-Za-z])")
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")

# A prefix that may be shown, the alphabet of the rest, and the length of that.
FORMS: Mapping[str, tuple[str, str, int]] = {
    "lower": ("", HEX, 40),
    "upper": ("", HEX.upper(), 40),
    "server": ("local-", ALNUM, 40),
    "new": ("wandb_v1_", WORD, 77),
    "new of a server": ("team-wandb_v1_", WORD, 77),
    "longer": ("wandb_v1_", WORD, 120),
    "longer of a server": ("ab12-", WORD, 64),
    "two prefixes": ("my-team-", ALNUM, 40),
}


def _random(source: random.Random, alphabet: str, length: int) -> str:
    return "".join(source.choice(alphabet) for _ in range(length))


@dataclass(frozen=True)
class Secret:
    """A key: what may be seen of it, and its random part. `shift` bytes stand before it where it is in base64."""

    open: str
    hidden: str

    @property
    def key(self) -> str:
        return self.open + self.hidden

    def runs(self) -> Iterator[str]:
        """Every run of its random part, in either case, and of each of its forms in base64."""
        for text in (self.hidden, self.hidden.lower(), self.hidden.upper()):
            yield from _runs(text)
        for before in ("", "api:", "x", "xx"):
            whole = base64.b64encode(f"{before}{self.key}".encode()).decode().rstrip("=")
            yield from _runs(whole[-(-len(before + self.open) * 4 // 3) :])


def _runs(text: str) -> Iterator[str]:
    return (text[at : at + RUN] for at in range(len(text) - RUN + 1))


@dataclass
class Maker:
    """Makes keys, the same in each `universe` but for what must not be shown, and remembers them."""

    seed: str
    universe: int
    secrets: list[Secret] = field(default_factory=list)

    def key(self, form: str) -> str:
        """A new key of a form."""
        prefix, alphabet, length = FORMS[form]
        shared = random.Random(f"{self.seed} {len(self.secrets)}")
        head = "" if prefix else _random(shared, alphabet, _SHOWN)
        own = random.Random(f"{self.seed} {len(self.secrets)} {self.universe}")
        made = Secret(prefix, head + _random(own, alphabet, length - len(head)))
        self.secrets.append(made)
        return made.key

    def fill(self, template: str, form: str) -> str:
        """A notation with keys in place of its marks, and the same digits in place of those that are none."""
        return _MARK.sub(lambda mark: self._made(mark[1], form), template)

    def _made(self, mark: str, form: str) -> str:
        match mark:
            case "U":
                return self.key("upper")
            case "P":
                return self.key("two prefixes")
            case "B" | "E" | "A":
                before, after = ("api:" if mark == "A" else ""), ("\n" if mark == "E" else "")
                return base64.b64encode(f"{before}{self.key(form)}{after}".encode()).decode()
            case "h":
                return _random(random.Random(self.seed), HEX, 40)
        return self.key(form)

    def forms(self) -> Iterator[str]:
        """The forms in turn, without end."""
        while True:
            yield from FORMS


# A mistake beside the key, with a fix, so that the key's line stands in the frame and the diff of something else.
_BESIDE = {
    ".env": "WANDB_MODE=ofline\nWANDB_CONSOLE=offf\n",
    ".sh": "export WANDB_MODE=ofline\nexport WANDB_RESUME=alow\n",
    ".py": "import os\nos.environ['WANDB_MODE'] = 'ofline'\n",
    "Dockerfile": "ENV WANDB_MODE=ofline\n",
}


def project(folder: Path, maker: Maker, names: Sequence[str]) -> None:
    """Writes notations into a folder, each into a folder of its own, with mistakes before and behind the key."""
    forms = maker.forms()
    for number, name in enumerate(names):
        file, template = NOTATIONS[name]
        text = maker.fill(template, next(forms))
        beside = next((words for ending, words in _BESIDE.items() if file.endswith(ending)), "")
        head = "" if text.startswith(("\ufeff", "#!", "FROM", "ARG", '"""')) else beside
        path = folder / f"n{number}" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{head}{text}{'' if text.endswith(chr(10)) else chr(10)}{beside}".encode())


@dataclass(frozen=True)
class Ran:
    """What one call gave."""

    code: int
    out: str
    err: str


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def run(*arguments: str, watched: bool = False) -> Ran:
    """One call of the command line, its output caught; `watched`: on a terminal."""
    kind = _Terminal if watched else io.TextIOWrapper
    with kind(io.BytesIO(), "utf-8", newline="") as out, kind(io.BytesIO(), "utf-8", newline="") as err:
        with redirect_stdout(out), redirect_stderr(err):
            try:
                code = main(arguments)
            except SystemExit as end:
                code = int(end.code or 0)
        out.flush()
        err.flush()
        told = [stream.buffer.getvalue().decode("utf-8") for stream in (out, err)]  # type: ignore[attr-defined]
    return Ran(code, *told)


def leaked(secrets: Sequence[Secret], *texts: str) -> list[str]:
    """Every run of a key that a text holds, with what stands around it."""
    runs = {run for secret in secrets for run in secret.runs()}
    found: list[str] = []
    for text in texts:
        plain = _ESCAPES.sub("", text)
        found += [plain[max(at - 60, 0) : at + 60] for at in range(len(plain)) if plain[at : at + RUN] in runs]
    return found


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for git's own."""
    files = (Path(top) / name for top, _, names in os.walk(folder) if ".git" not in Path(top).parts for name in names)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
