"""The real loaders, where they are installed: what each makes of the text of a .env file.

docker is asked as it is: its command line reads the file and hands the settings to a daemon, here a few lines of
HTTP that keep them. systemd's reader is reached through its generator for environment.d, which has the same
tokens but expands `$` and refuses empty values.
"""

from __future__ import annotations

import functools
import http.server
import io
import json
import os
import re
import shutil
import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from dotenv import dotenv_values

GENERATOR = Path("/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator")

_SOURCE = "set -a; . ./dot.env >/dev/null 2>&1; set +a; exec /usr/bin/env -0"
_NODE = """
const read = JSON.parse(require('fs').readFileSync(0, 'utf8'))
console.log(JSON.stringify(read.map(text => require('dotenv').parse(Buffer.from(text, 'utf8')))))
"""


def python_dotenv(text: str) -> dict[str, str]:
    """What dotenv_values gives values to, with nothing set outside."""
    before = dict(os.environ)
    os.environ.clear()
    try:
        # Text mode, as dotenv_values opens a file: a byte order mark is taken off, CR LF and CR become LF.
        values = dotenv_values(stream=io.StringIO(text.removeprefix("\ufeff"), newline=None))
    finally:
        os.environ.update(before)
    return {name: value for name, value in values.items() if value is not None}


def bash(text: str, folder: Path) -> dict[str, str]:
    """What `set -a; . ./dot.env` leaves in the environment of a bash that knows no commands."""
    (folder / "dot.env").write_bytes(text.encode("utf-8", "surrogateescape"))
    done = subprocess.run(
        [shutil.which("bash") or "bash", "--norc", "--noprofile", "-c", _SOURCE],
        env={"PATH": "/nonexistent", "HOME": "/home/nobody"},
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=20,
    )
    return _environment(done.stdout)


def systemd(text: str, folder: Path) -> dict[str, str]:
    """What the generator prints for a file of environment.d."""
    (folder / "environment.d").mkdir(exist_ok=True)
    (folder / "environment.d" / "own.conf").write_bytes(text.encode())
    places = {"XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}
    done = subprocess.run([str(GENERATOR)], env=places, capture_output=True, check=False, timeout=20)
    lines = (line.partition("=") for line in done.stdout.decode("utf-8", "surrogateescape").split("\n"))
    return {name: _unquoted(value) for name, _, value in lines if name}


def _unquoted(printed: str) -> str:
    """A value as the generator prints it: in double quotes with escapes, or as it is."""
    if not printed.startswith('"'):
        return printed
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1]), printed[1:-1])


def _environment(printed: bytes) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in printed.decode("utf-8", "surrogateescape").split("\0") if pair)
    return {name: value for name, _, value in pairs if name not in ("PATH", "HOME", "PWD", "SHLVL", "_", "OLDPWD")}


def node(texts: Sequence[str]) -> list[dict[str, str]]:
    """What the package dotenv parses, text by text, in one process."""
    done = subprocess.run(
        ["node", "-e", _NODE], input=json.dumps(texts), env=_with_modules(), capture_output=True, text=True, check=True
    )
    read: list[dict[str, str]] = json.loads(done.stdout)
    return read


@functools.cache
def without_node() -> str | None:
    """Why node's dotenv can't be asked, or None. NODE_PATH may say where it is, as for any module."""
    if shutil.which("node") is None:
        return "node is not installed"
    found = subprocess.run(["node", "-e", "require('dotenv')"], env=_with_modules(), capture_output=True, check=False)
    return "npm's package dotenv is not installed" if found.returncode else None


def _with_modules() -> dict[str, str]:
    kept = ("PATH", "HOME", "NODE_PATH", "SYSTEMROOT")
    return {name: os.environ[name] for name in kept if name in os.environ}


def is_alike_in_environment_d(text: str) -> bool:
    """Whether a file of environment.d is read as one that a unit names: nothing is expanded, and every byte is
    text."""
    return not any(character in text for character in "$\0\udcff")


@functools.cache
def without_docker() -> str | None:
    """Why docker's command line can't be asked, or None."""
    if not hasattr(socketserver, "UnixStreamServer"):
        return "there are no Unix sockets"
    return None if shutil.which("docker") else "docker's command line is not installed"


class _Daemon(http.server.BaseHTTPRequestHandler):
    """As much of docker's daemon as `docker create` asks for."""

    protocol_version = "HTTP/1.1"
    created: ClassVar[list[list[str]]] = []

    def address_string(self) -> str:
        return "socket"

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def do_HEAD(self) -> None:
        self._answer(200, b"")

    def do_GET(self) -> None:
        self._answer(200, b"{}")

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        type(self).created.append(asked.get("Env") or [])
        self._answer(201, json.dumps({"Id": "0" * 64, "Warnings": []}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Api-Version", "1.43")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def docker_daemon() -> Iterator[str]:
    """The address of a daemon that creates nothing."""

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that has gone is no error."""

    with tempfile.TemporaryDirectory() as folder, Server(f"{folder}/socket", _Daemon) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"unix://{folder}/socket"
        server.shutdown()


def docker(text: str, folder: Path, address: str) -> dict[str, str] | None:
    """What `docker create --env-file` hands to the daemon; None where it refuses the file."""
    (folder / "docker.env").write_bytes(text.encode("utf-8", "surrogateescape"))
    _Daemon.created.clear()
    done = subprocess.run(
        ["docker", "create", "--env-file", "docker.env", "image"],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "DOCKER_HOST": address},
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        return None
    return dict(pair.partition("=")[::2] for pair in _Daemon.created[-1])


def _asked(command: Sequence[str], folder: Path) -> Any:
    """The JSON that a command prints in a folder, with nothing set outside; None where it fails."""
    home = {"HOME": str(folder)}
    done = subprocess.run(command, env=home, cwd=folder, capture_output=True, check=False, timeout=60)
    return None if done.returncode else json.loads(done.stdout)


def direnv(text: str, folder: Path) -> dict[str, str] | None:
    """What `direnv dotenv` exports, with nothing set outside; None where it refuses the file."""
    (folder / "direnv.env").write_bytes(text.encode("utf-8", "surrogateescape"))
    read: dict[str, str] | None = _asked((shutil.which("direnv") or "direnv", "dotenv", "json", "direnv.env"), folder)
    return read


_PROJECT = "services:\n  one:\n    image: x\n    env_file: compose.env\n"


@functools.cache
def compose_command() -> tuple[str, ...] | None:
    """The command line of compose 2, by itself or as docker's, or None where there is none."""
    for command in (("docker-compose",), ("docker", "compose")):
        path = shutil.which(command[0])
        found = path and subprocess.run([path, *command[1:], "version", "--short"], capture_output=True, check=False)
        if path and found and found.returncode == 0 and found.stdout.lstrip(b"v").split(b".")[0] not in (b"", b"1"):
            return path, *command[1:]
    return None


def compose(text: str, folder: Path) -> dict[str, str] | None:
    """What compose sets in a container whose `env_file:` it is; None where it refuses the file."""
    (folder / "compose.env").write_bytes(text.encode("utf-8", "surrogateescape"))
    (folder / "compose.yaml").write_text(_PROJECT)
    told = _asked((*(compose_command() or ()), "-f", "compose.yaml", "config", "--format", "json"), folder)
    if told is None:
        return None
    # What is printed is a compose file again, in which a dollar stands twice. A value without a name reaches nobody.
    settings = told["services"]["one"].get("environment") or {}
    return {name: value.replace("$$", "$") for name, value in settings.items() if name and value is not None}
