"""65 forms of a line through seven loaders: what envlint believes that each of them makes of it.

The expectations come from running the seven on a file with just that form. Those loaders that are installed here
are asked again: python-dotenv and bash always.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import real_loaders

from envlint.loaders import LOADERS, read
from envlint.source import Source, Span


class Odd:
    """What is no text."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __repr__(self) -> str:
        return self.words


NOTHING = Odd("sets nothing")
UNKNOWN = Odd("is not known")
Seen = str | Odd


@dataclass(frozen=True)
class Form:
    """A form: the text of the file, what most loaders see of `name`, and those who see something else."""

    title: str
    text: str
    usual: Seen
    others: dict[str, Seen] = field(default_factory=dict)
    name: str = "K"

    def seen(self, loader: str) -> Seen:
        return self.others.get(loader.replace("-", "_"), self.usual)


def form(title: str, text: str, usual: Seen, /, *, name: str = "K", **others: Seen) -> Form:
    return Form(title, text, usual, others, name)


FORMS = (
    # These nine mean the same to all.
    form("plain", "K=v\n", "v"),
    form("lower-case name", "k=v\n", "v", name="k"),
    form("blanks before the name", "   K=v\n", "v"),
    form("= in the value", "K=a=b\n", "a=b"),
    form("set twice", "K=1\nK=2\n", "2"),
    form("$ at the end", "K=a$\n", "a$"),
    form("%", "K=%H\n", "%H"),
    form("UTF-8", "K=été\n", "été"),
    form("no line end at the end", "K=v", "v"),
    # And these do not.
    form("export", "export K=v\n", "v", systemd=NOTHING, docker=NOTHING),
    form("blanks around =", "K = v\n", "v", bash=NOTHING, docker=NOTHING),
    form("blank before =", "K =v\n", "v", bash=NOTHING, docker=NOTHING),
    form("blank after =", "K= v\n", "v", bash=NOTHING, docker=" v"),
    form("blanks at the end", "K=v  \n", "v", docker="v  "),
    form("tab at the end", "K=v\t\n", "v", docker="v\t"),
    form("blank and #", "K=a #c\n", "a", systemd="a #c", docker="a #c"),
    form("# without blank", "K=a#c\n", "a#c", node="a", direnv="a"),
    form("# first", "K=#c\n", "#c", node="", direnv=""),
    form("blanks, then #", "K=   # note\n", "", systemd="# note", docker="   # note", compose="# note"),
    form("double quotes", 'K="a"\n', "a", docker='"a"'),
    form("single quotes", "K='a'\n", "a", docker="'a'"),
    form("empty double quotes", 'K=""\n', "", docker='""'),
    form("blank in double quotes", 'K="a b"\n', "a b", docker='"a b"'),
    form("blank in single quotes", "K='a b'\n", "a b", docker="'a b'"),
    form("# in quotes", "K='a # b'\n", "a # b", docker="'a # b'"),
    form("quotes and comment", 'K="a" # c\n', "a", systemd="a# c", docker='"a" # c'),
    form(
        "quotes and more",
        'K="a"b\n',
        '"a"b',
        python_dotenv=NOTHING,
        bash="ab",
        systemd="ab",
        compose="a",
    ),
    form("\\n in double quotes", 'K="a\\nb"\n', "a\nb", bash="a\\nb", systemd="a\\nb", docker='"a\\nb"'),
    form(
        "\\t in double quotes",
        'K="a\\tb"\n',
        "a\\tb",
        python_dotenv="a\tb",
        direnv="atb",
        docker='"a\\tb"',
        compose="a\tb",
    ),
    form(
        "\\$ in double quotes",
        'K="a\\$b"\n',
        "a$b",
        python_dotenv="a\\$b",
        node="a\\$b",
        direnv=UNKNOWN,
        docker='"a\\$b"',
    ),
    form(
        "\\' in single quotes",
        "K='a\\'b'\n",
        "a\\'b",
        python_dotenv="a'b",
        bash=NOTHING,
        systemd="a\\b'",
        docker="'a\\'b'",
        compose=UNKNOWN,
    ),
    form("several lines in double quotes", 'K="a\nb"\n', "a\nb", direnv=UNKNOWN, docker='"a'),
    form("several lines in single quotes", "K='a\nb'\n", "a\nb", direnv=UNKNOWN, docker="'a"),
    form("backslash at the line's end", "K=a\\\nb\n", "a\\", bash="ab", direnv=NOTHING, systemd="ab"),
    form("${A}", "A=1\nK=${A}\n", "1", node="${A}", systemd="${A}", docker="${A}"),
    form("${A} in double quotes", 'A=1\nK="${A}"\n', "1", node="${A}", systemd="${A}", docker='"${A}"'),
    form("${A} in single quotes", "A=1\nK='${A}'\n", "${A}", python_dotenv="1", docker="'${A}'"),
    form("$A", "A=1\nK=$A\n", "1", python_dotenv="$A", node="$A", systemd="$A", docker="$A"),
    form("${X:-d}", "K=${X:-d}\n", "d", node="${X:-d}", systemd="${X:-d}", docker="${X:-d}"),
    form("a name that is set later", "K=${L}\nL=1\n", "", node="${L}", systemd="${L}", docker="${L}"),
    form("$(command)", "K=$(c)\n", "$(c)", bash=UNKNOWN, direnv=UNKNOWN),
    form("backticks", "K=`c`\n", "`c`", node="c", bash=UNKNOWN),
    form("blank, no quotes", "K=a b\n", "a b", bash=NOTHING, direnv=NOTHING),
    form("a;L=z", "K=a;L=z\n", "a;L=z", bash="a"),
    form("a&b", "K=a&b\n", "a&b", bash=NOTHING),
    form("~/x", "K=~/x\n", "~/x", bash=UNKNOWN),
    form("JSON", 'K={"a": "b"}\n', '{"a": "b"}', bash=NOTHING, direnv=NOTHING),
    form("K: v", "K: v\n", "v", python_dotenv=NOTHING, bash=NOTHING, systemd=NOTHING, docker=NOTHING),
    form("name alone", "K\n", NOTHING, docker=UNKNOWN, compose=UNKNOWN),
    form("nothing behind =", "K=\n", ""),
    form("- in the name", "A-B=v\n", "v", name="A-B", bash=NOTHING, direnv=NOTHING, systemd=NOTHING),
    form(". in the name", "A.B=v\n", "v", name="A.B", bash=NOTHING, systemd=NOTHING),
    form("digit first", "1K=v\n", "v", name="1K", bash=NOTHING, systemd=NOTHING),
    form("quoted name", "'K'=v\n", NOTHING, python_dotenv="v"),
    form("+=", "K+=v\n", NOTHING, bash="v"),
    form("CR LF", "K=v\r\nL=1\r\n", "v", bash="v\r"),
    form("byte order mark", "\ufeffK=v\nL=1\n", "v", bash=NOTHING, direnv=NOTHING, systemd=NOTHING),
    form("; comment", "; c\nK=v\n", "v", bash=UNKNOWN, direnv=NOTHING, docker=NOTHING, compose=NOTHING),
    form("# comment", "# c 'x\nK=v\n", "v"),
    form(
        "unclosed double quote",
        'K="a\n',
        '"a',
        python_dotenv=NOTHING,
        bash=NOTHING,
        direnv=UNKNOWN,
        systemd="a\n",
        compose=NOTHING,
    ),
    form(
        "unclosed single quote",
        "K='a\nL=1\n",
        "'a",
        python_dotenv=NOTHING,
        bash=NOTHING,
        direnv=UNKNOWN,
        systemd="a\nL=1\n",
        compose=NOTHING,
    ),
    form(
        "a byte that is no UTF-8",
        "K=\udcff\nL=1\n",
        UNKNOWN,
        python_dotenv=NOTHING,
        bash="\udcff",
        docker=NOTHING,
    ),
    form("such a byte elsewhere", "L=\udcff\nK=v\n", "v", python_dotenv=NOTHING, docker=NOTHING, systemd=UNKNOWN),
    form("NUL", "K=a\0b\n", "a\0b", bash=UNKNOWN, systemd=UNKNOWN),
    form("blanks of Unicode", "K=\u00a0v\u00a0\n", "\u00a0v\u00a0", python_dotenv="v", node="v", compose="v"),
)

ROWS = [pytest.param(each, loader, id=f"{each.title}-{loader}") for each in FORMS for loader in LOADERS]


def believed(text: str, loader: str, name: str) -> Seen:
    """What envlint believes, all names that the file does not set being unset."""
    reading = read(loader, Source(".env", text.encode("utf-8", "surrogateescape")))
    entry = reading.last(name)
    if entry is None:
        at = text.removeprefix("\ufeff").index(name)
        return NOTHING if reading.complete or reading.loss(Span(at, at + 1)) else UNKNOWN
    seen = entry.value.unset().text
    return UNKNOWN if seen is None else seen


def test_there_are_65_forms_and_seven_loaders() -> None:
    assert (len({each.title for each in FORMS}), len(LOADERS)) == (65, 7)


@pytest.mark.parametrize(("each", "loader"), ROWS)
def test_what_is_believed(each: Form, loader: str) -> None:
    assert believed(each.text, loader, each.name) == each.seen(loader)


def checked(loader: str) -> Iterator[Form]:
    """The forms of which something is claimed."""
    return (each for each in FORMS if each.seen(loader) is not UNKNOWN)


def agrees(each: Form, loader: str, real: dict[str, str]) -> bool:
    seen = each.seen(loader)
    return each.name not in real if seen is NOTHING else real.get(each.name) == seen


def test_python_dotenv_agrees(tmp_path: Path) -> None:
    for each in checked("python-dotenv"):
        if "\udcff" in each.text:
            (tmp_path / ".env").write_bytes(each.text.encode("utf-8", "surrogateescape"))
            with pytest.raises(UnicodeDecodeError):
                real_loaders.dotenv_values(tmp_path / ".env")
            continue
        assert agrees(each, "python-dotenv", real_loaders.python_dotenv(each.text)), each.title


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_agrees(tmp_path: Path) -> None:
    for each in checked("bash"):
        assert agrees(each, "bash", real_loaders.bash(each.text, tmp_path)), each.title


@pytest.mark.skipif(real_loaders.without_node() is not None, reason=str(real_loaders.without_node()))
def test_node_agrees() -> None:
    forms = list(checked("node"))
    asked = [each for each in forms if "\udcff" not in each.text]
    for each, real in zip(asked, real_loaders.node([each.text for each in asked]), strict=True):
        assert agrees(each, "node", real), each.title


@pytest.mark.skipif(not real_loaders.GENERATOR.exists(), reason="systemd's environment generator is not installed")
def test_systemd_agrees(tmp_path: Path) -> None:
    for each in checked("systemd"):
        if real_loaders.is_alike_in_environment_d(each.text) and each.seen("systemd") != "":
            assert agrees(each, "systemd", real_loaders.systemd(each.text, tmp_path)), each.title


@pytest.mark.skipif(real_loaders.without_docker() is not None, reason=str(real_loaders.without_docker()))
def test_docker_agrees(tmp_path: Path) -> None:
    with real_loaders.docker_daemon() as address:
        for each in checked("docker"):
            real = real_loaders.docker(each.text, tmp_path, address)
            assert agrees(each, "docker", real if real is not None else {}), each.title


@pytest.mark.skipif(shutil.which("direnv") is None, reason="direnv is not installed")
def test_direnv_agrees(tmp_path: Path) -> None:
    for each in checked("direnv"):
        real = real_loaders.direnv(each.text, tmp_path)
        assert agrees(each, "direnv", real if real is not None else {}), each.title


@pytest.mark.skipif(real_loaders.compose_command() is None, reason="compose 2 is not installed")
def test_compose_agrees(tmp_path: Path) -> None:
    for each in checked("compose"):
        real = real_loaders.compose(each.text, tmp_path)
        assert agrees(each, "compose", real if real is not None else {}), each.title
