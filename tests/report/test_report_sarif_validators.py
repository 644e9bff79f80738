"""SARIF against those who judge it: the JSON schema of the standard, and the multitool with GitHub's rules.

Both come in an npm package, installed once into a cache folder of the user's.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from made_up import at, finding, key, report, sample, source

from envlint.finding import Location, Related, Suppressed
from envlint.report import Notice, Style, load
from envlint.source import Span

PACKAGE = "@microsoft/sarif-multitool-linux"
VERSION = "5.7.0"

EXPLAINED = {
    "SARIF2002": "A message is made by a check out of several texts; a template with one hole would say nothing.",
    "SARIF2003": "What git knows of the checkout is the upload's to say; a remote's URL can hold a password.",
    "SARIF2005": "There is no page of the tool on the web yet, so there is no address to give.",
    "SARIF2006": "The tool asks the network whether an address answers.",
    "SARIF2012": "Nor has a rule a page on the web; its whole page is in its help.",
    "SARIF2009": "A rule's id is its name, by which it is selected, ignored and looked up; there is no number.",
}

ODD = {
    "SARIF2010": "An empty region has no text to show.",
    "SARIF2011": "A region that is the whole file has nothing around it.",
}


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder of the package, with the schema and the tool."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is missing")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "envlint-tests" / f"sarif-{VERSION}"
    folder = cache / "node_modules" / PACKAGE
    if not (folder / "sarif-2.1.0.json").exists():
        cache.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", cache, f"{PACKAGE}@{VERSION}"]
        installed = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if installed.returncode != 0:
            pytest.skip(f"npm can't install {PACKAGE} here: {installed.stderr.strip()[-200:]}")
    return folder


def odd():
    """A report of everything that is unusual."""
    where = source("odd é#%:/\udcff\n.sh", f"A={key()} \x1b[0m\r\nB=\udcfe\r\n\u2028値=😀\n")
    other = source("a.sh", "x", root="/srv/other")
    related = (Related(Location(other, Span(0, 1)), "here [1](2)"), Related(Location(where, Span(0, 0)), "empty"))
    found = (
        finding(other, Span(0, 1), suppressed=Suppressed("baseline", "")),
        finding(where, at(where, key()), rule="committed-api-key", message="no end", help=None),
        finding(where, at(where, "値"), message="\udcff \x00 ends?", related=related, cell=3),
        finding(where, Span(len(where.text), len(where.text)), variable=None),
    )
    notices = (Notice("x", None, "why"), Notice("y\n", 1, "why", root="/srv/other"))
    return report(*found, unreadable=notices)


REPORTS = {"clean": report, "sample": sample, "odd": odd}


@pytest.mark.parametrize("name", REPORTS)
def test_schema(tools: Path, name: str) -> None:
    schema = json.loads((tools / "sarif-2.1.0.json").read_text(encoding="utf-8-sig"))
    document = json.loads("".join(load("sarif").render(REPORTS[name](), Style())))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(document)] == []


@pytest.mark.parametrize("name", REPORTS)
def test_multitool(tools: Path, name: str, tmp_path: Path) -> None:
    tool = tools / "Sarif.Multitool"
    if not os.access(tool, os.X_OK):
        pytest.skip("the multitool is not for this system")
    (tmp_path / "x.sarif").write_text("".join(load("sarif").render(REPORTS[name](), Style())), encoding="utf-8")
    options = ["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note", "--kind", "Fail"]
    command = [tool, "validate", "x.sarif", *options, "-o", "judged.sarif", "--log", "ForceOverwrite"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=True)
    judged = json.loads((tmp_path / "judged.sarif").read_text(encoding="utf-8-sig"))
    results = judged["runs"][0]["results"]
    explained = {*EXPLAINED, *(ODD if name == "odd" else ())}
    assert [one for one in results if one["ruleId"] not in explained] == []
