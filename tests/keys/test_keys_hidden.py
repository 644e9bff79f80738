"""Law: no report shows a key, in whatever notation it was found, nor in the lines around another finding."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from key_notations import NOTATIONS
from made_keys import FORMS, fill

from envlint.config import Config
from envlint.engine import judge
from envlint.facts import Facts
from envlint.knowledge import Knowledge
from envlint.library import Library
from envlint.packs import load_builtin
from envlint.report import FORMATS, Report, Style, load
from envlint.surfaces import surface_of_name

PACKS = (load_builtin("wandb"),)
KNOWLEDGE = Knowledge(PACKS)
CONFIG = Config()
RUN = 8
# The part of a key that says nothing: it may be shown.
_OPEN = re.compile(r"^(?:[a-z-]*-)?(?:wandb_v1_)?")


def reported(file: str, text: str) -> Report:
    data = {file: text.encode("utf-8", "surrogateescape")}
    surfaces = {file: surface_of_name(file.rpartition("/")[2]) or "text"}
    library = Library(".", KNOWLEDGE.wanted, lambda: surfaces, data.get, lambda path: True)
    facts = library.facts(file)
    assert isinstance(facts, Facts)
    judgement = judge([facts], library, KNOWLEDGE, CONFIG)
    return Report(
        findings=judgement.findings,
        unreadable=(),
        rules=KNOWLEDGE.rules,
        secrets=judgement.secrets,
        files=1,
        suppressed=0,
        root="/project",
        cwd="/project",
        version="0.1.0",
    )


def shown(secret: str, output: str) -> str | None:
    """Eight characters in a row of a key's random part that an output holds."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    random_part = _OPEN.sub("", secret)
    runs = (random_part[at : at + RUN] for at in range(len(random_part) - RUN + 1))
    return next((run for run in runs if run in plain), None)


@settings(max_examples=80, deadline=None)
@given(
    notation=st.sampled_from(sorted(NOTATIONS)),
    form=st.sampled_from(FORMS),
    seed=st.integers(0, 2**32),
    width=st.sampled_from([30, 80, 400]),
)
def test_no_report_shows_a_key(notation: str, form: str, seed: int, width: int) -> None:
    file, template = NOTATIONS[notation]
    filled = fill(template, seed, form)
    # A mistake in the line above and one below bring the key's line into their frames.
    around = "WANDB_MODE=ofline\n" if file.endswith((".env", ".sh")) else ""
    report = reported(file, around + filled.text + ("\n" + around if around else ""))
    assert any(finding.rule == "committed-api-key" for finding in report.findings)
    for format in FORMATS:
        output = "".join(load(format).render(report, Style(width=width)))
        for secret in filled.secrets:
            assert shown(secret, output) is None


def test_the_search_itself_finds_what_is_shown() -> None:
    assert shown("wandb_v1_abcdefghij", "x abcdefgh y") == "abcdefgh"
    assert shown("wandb_v1_abcdefghij", "wandb_v1_abc…(19 characters)") is None
