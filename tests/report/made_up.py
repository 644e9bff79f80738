"""Made-up findings for the tests of reports: spans are looked up by the text they cover."""

from __future__ import annotations

import os
import random
from pathlib import Path

from envlint.finding import Confidence, Edit, Finding, Fix, Location, Related, Severity, Suppressed
from envlint.packs import Example, Rule
from envlint.report import Notice, Report
from envlint.source import Source, Span

ROOT = "/srv/project"


def key(seed: int = 0, length: int = 40) -> str:
    """A generated key of hexadecimal digits."""
    generator = random.Random(seed)
    return "".join(generator.choice("0123456789abcdef") for _ in range(length))


def source(path: str, text: str, root: str = ROOT) -> Source:
    return Source(path, text.encode("utf-8", "surrogateescape"), root)


def at(where: Source, text: str, nth: int = 0) -> Span:
    """The span of the nth place where a source holds a text."""
    start = -1
    for _ in range(nth + 1):
        start = where.text.index(text, start + 1)
    return Span(start, start + len(text))


def finding(where: Source, span: Span, **changes: object) -> Finding:
    """A finding about a span, with whatever fields matter to the test."""
    fields: dict[str, object] = {
        "rule": "invalid-value",
        "severity": Severity.ERROR,
        "confidence": Confidence.HIGH,
        "message": "WANDB_MODE is 'ofline': wandb.init raises",
        "location": Location(where, span),
        "surface": "shell",
        "variable": "WANDB_MODE",
    }
    return Finding(**{**fields, **changes})  # type: ignore[arg-type]


def rule(name: str, severity: Severity = Severity.ERROR, check: str = "") -> Rule:
    words = name.replace("-", " ")
    return Rule(
        name=name,
        summary=f"A case of {words}.",
        why=f"What {words} costs the user.",
        severity=severity,
        check=check or name,
        message="{variable} is {value}",
        help="",
        since="0.1.0",
        bad=(Example({"train.sh": "export WANDB_MODE=ofline\n"}, ("ofline",)),),
        good=(Example({"train.sh": "export WANDB_MODE=offline\n"}),),
    )


RULES = (
    rule("committed-api-key", check="committed-key"),
    rule("invalid-value"),
    rule("redundant-argument", Severity.NOTE),
    rule("shadowing-argument", Severity.WARNING),
    rule("unreadable-source", Severity.NOTE, check="unreadable"),
)


def report(*findings: Finding, **changes: object) -> Report:
    """A report of some findings."""
    fields: dict[str, object] = {
        "findings": findings,
        "unreadable": (),
        "rules": RULES,
        "secrets": {},
        "files": 12,
        "suppressed": 0,
        "root": ROOT,
        "cwd": ROOT,
        "version": "0.1.0",
    }
    return Report(**{**fields, **changes})  # type: ignore[arg-type]


def sample(cwd: str = ROOT) -> Report:
    """A small project with one finding of every look."""
    script = source("train.sh", "#!/bin/bash\nset -e\nexport WANDB_MODE=ofline\npython train.py\n")
    secret = key()
    env = source(".env", f"# the team's own\nWANDB_API_KEY={secret}\nWANDB_PROJECT=chess\n")
    docker = source("docker/Dockerfile", "FROM python:3.12\nENV WANDB_PROJECT=chess\nCOPY . .\n")
    train = source(
        "src/train.py",
        "import os\nimport wandb\n\nos.environ['WANDB_MODE'] = 'offline'\n\n\ndef main():\n    wandb.init(\n"
        '        project="go",\n        mode="online",\n    )\n',
    )
    chess = Related(Location(docker, at(docker, "chess")), "WANDB_PROJECT is set to 'chess' here")
    findings = (
        finding(
            env,
            at(env, secret),
            rule="committed-api-key",
            message=f"WANDB_API_KEY holds a key ({secret[:4]}…(40 characters)) in a file that is committed",
            help="revoke the key at https://wandb.ai/authorize and keep the new one out of the repository",
            surface="dotenv",
            variable="WANDB_API_KEY",
            form="dotenv",
        ),
        finding(
            train,
            at(train, 'mode="online"'),
            rule="shadowing-argument",
            severity=Severity.WARNING,
            confidence=Confidence.MEDIUM,
            message="wandb.init(mode='online') wins over WANDB_MODE='offline'",
            help="drop the argument",
            surface="python",
            related=(Related(Location(train, at(train, "'offline'")), "WANDB_MODE is set to 'offline' here"),),
            fix=Fix("remove mode='online'", (Edit(train, at(train, '        mode="online",\n'), ""),), safe=False),
        ),
        finding(
            train,
            at(train, 'project="go"'),
            rule="redundant-argument",
            severity=Severity.NOTE,
            confidence=Confidence.LOW,
            message="wandb.init(project='go') wins over WANDB_PROJECT='chess'",
            surface="python",
            variable="WANDB_PROJECT",
            related=(chess,),
            suppressed=Suppressed("comment", "the sweep needs it"),
        ),
        finding(
            script,
            at(script, "ofline"),
            help="write 'offline'",
            form="shell-export",
            fix=Fix("write 'offline'", (Edit(script, at(script, "ofline"), "offline"),), safe=True),
        ),
    )
    return report(
        *sorted(findings, key=lambda found: found.order),
        unreadable=(Notice("data/odd.py", 7, "the parser gave up: unbalanced brackets"),),
        secrets={env: (at(env, secret),)},
        suppressed=1,
        cwd=cwd,
    )


def golden(name: str, text: str) -> None:
    """Compares a text with the one that is kept under a name, or keeps it (ENVLINT_UPDATE_GOLDEN=1)."""
    kept = Path(__file__).parent.parent / "golden" / "report" / name
    if os.environ.get("ENVLINT_UPDATE_GOLDEN") == "1":
        kept.write_bytes(text.encode("utf-8"))
    assert text == kept.read_bytes().decode("utf-8")
