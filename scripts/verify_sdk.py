"""Holds the pack of Weights & Biases against releases of the wandb package, and writes the table of them.

For each version it makes an environment with that package, has the package's own loader read every variable of
the pack with the texts of the differential test, and compares what raises with what envlint flags for that
version. Environments under --environments, one folder per version, are used and kept; others are thrown away.

    python scripts/verify_sdk.py 0.18.7 0.31.0
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from envlint.pack import Pack, Variable
from envlint.packs import load_builtin
from envlint.versions import age

_ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(_ROOT / "tests" / "differential"))
from setting_lines import binding, flagged  # noqa: E402
from setting_texts import texts  # noqa: E402

_TABLE = _ROOT / "docs" / "sdk-versions.md"

# Run by the old package's Python, so it must do without envlint; it may be any from 3.8 on.
_LOADER = """
import json, os, sys, warnings
warnings.simplefilter("ignore")
for name in [name for name in os.environ if name.startswith("WANDB")]:
    del os.environ[name]
os.environ["WANDB_SILENT"] = "true"
import wandb
from wandb.sdk.wandb_settings import Settings
del os.environ["WANDB_SILENT"]
wandb.termwarn = wandb.termerror = lambda *args, **kwargs: None
read = "update_from_env_vars" if hasattr(Settings, "update_from_env_vars") else "_apply_env_vars"
import wandb.sdk.wandb_settings as module
consoles = set(getattr(module, "ConsoleValue", ()))
def raises(settings, name, text):
    # Releases up to 0.18 strike two modes off their own list when they refuse another.
    getattr(module, "ConsoleValue", set()).update(consoles)
    try:
        getattr(settings, read)({name: text})
    except Exception as error:
        return type(error).__name__
    return ""
def verdicts(name, every):
    settings = Settings()
    return [raises(settings, name, text) for text in every]
tried = json.load(sys.stdin)
found = {name: verdicts(name, every) for name, every in tried.items()}
json.dump({"version": wandb.__version__, "python": sys.version.split()[0], "raised": found}, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A text on which a release and envlint differ; `error` is what the release raised, or nothing."""

    variable: Variable
    text: str
    error: str

    @property
    def kind(self) -> str:
        """What such disagreements have in common: the variable, and who takes the text."""
        name = self.variable.alias_of or self.variable.name
        return f"{name}: {f'raises {self.error}, not flagged' if self.error else 'taken, but flagged'}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of one release."""

    version: str
    python: str
    variables: int
    texts: int
    disagreements: tuple[Disagreement, ...]


def verify(version: str, python: Path, pack: Pack) -> Verified:
    """Compares one release, run by its environment's Python, with what the pack says of that version.

    Only names that the settings of the release read are compared, so those that something else reads, and that
    raise there, are left to the differential test.
    """
    variables = [variable for variable in pack.variables if not _read_elsewhere(variable)]
    tried = {variable.name: texts(variable) for variable in variables}
    ran = subprocess.run(
        [python, "-c", _LOADER], input=json.dumps(tried), capture_output=True, text=True, check=True, cwd=python.parent
    )
    answer = json.loads(ran.stdout[ran.stdout.index('{"version"') :])
    if answer["version"] != version:
        raise SystemExit(f"{python} has wandb {answer['version']} and not {version}")
    lines = {name: [binding(name, text) for text in every] for name, every in tried.items()}
    judged = flagged(pack, lines, version)
    disagreements = tuple(
        Disagreement(variable, text, error)
        for variable in variables
        for number, (text, error) in enumerate(zip(tried[variable.name], answer["raised"][variable.name], strict=True))
        if bool(error) != (number in judged[variable.name])
    )
    return Verified(version, answer["python"], len(variables), sum(map(len, tried.values())), disagreements)


def _read_elsewhere(variable: Variable) -> bool:
    """Whether what the pack says is about another reader than the settings: the agents, wandb.Api."""
    return any(
        "wandb agent" in s.refused or "launch-agent" in s.refused or "import" in s.refused for s in variable.specs
    ) or (variable.name == "WANDB_ARTIFACT_FETCH_FILE_URL_BATCH_SIZE" or bool(variable.readers))


def _environment(version: str, kept: Path | None, folder: Path) -> Path:
    """The Python of an environment with that release: the one that is kept, or a new one in `folder`."""
    if kept is not None and (kept / version).is_dir():
        return kept / version / "bin" / "python"
    target = folder / version
    venv.create(target, with_pip=True)
    python = target / "bin" / "python"
    # Releases up to 0.15 import pkg_resources, which newer setuptools have no more.
    subprocess.run([python, "-m", "pip", "install", "-q", f"wandb=={version}", "setuptools<80"], check=True)
    return python


def _table(every: Sequence[Verified]) -> Iterator[str]:
    yield "# Checked against the releases"
    yield ""
    yield "What `rules/wandb.toml` says of a version, compared with what the settings of that release of wandb do: each"
    yield "variable, with its other spellings, is tried with the same texts. `scripts/verify_sdk.py` writes this page."
    yield ""
    yield "| wandb | Python | variables | texts | agree | flagged, but taken | raised, but not flagged |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for one in every:
        wrong = sum(not each.error for each in one.disagreements)
        missed = len(one.disagreements) - wrong
        agree = one.texts - len(one.disagreements)
        yield f"| {one.version} | {one.python} | {one.variables} | {one.texts} | {agree} | {wrong} | {missed} |"
    yield ""
    yield "## Where they differ"
    yield ""
    kinds: dict[str, dict[str, Counter[str]]] = {}
    for one in every:
        for each in one.disagreements:
            kinds.setdefault(each.kind, {}).setdefault(one.version, Counter())[each.text] += 1
    if not kinds:
        yield "Nowhere."
    for kind, versions in sorted(kinds.items()):
        shown = list(dict.fromkeys(text for counted in versions.values() for text in counted))
        few = ", ".join(f"`{text!r}`" if len(text) <= 40 else f"`{text[:20]!r}`… ({len(text)})" for text in shown[:6])
        total = sum(sum(counted.values()) for counted in versions.values())
        reason = _REASONS.get(kind.partition(":")[0], "")
        yield f"- **{kind}** ({', '.join(versions)}; {total}): {few}. {reason}".rstrip()


_WARNED = "Until 0.15.5 most of what was wrong was taken with a warning, so the pack flags nothing."
_REASONS: dict[str, str] = {
    "WANDB_RESUME_FROM": "That release took it only beside a WANDB_RUN_ID that names the same run.",
    "WANDB_RUN_ID": "A text of nothing but blanks was refused before a blank at either end was.",
    "WANDB_X_HISTORY_VALUE_ENCODING": "It is the one word that raises; any other is ignored, as ignored-value says.",
    "WANDB__SERVICE_WAIT": "Zero was refused until 0.18, and until 0.15.5 numbers only; the pack has neither.",
    "WANDB__STATS_DISK_PATHS": "It had to be a list, and the pack's shape for lists of texts takes these objects too.",
    "WANDB__STATS_OPEN_METRICS_ENDPOINTS": _WARNED,
    "WANDB__STATS_OPEN_METRICS_FILTERS": _WARNED,
    "WANDB__STATS_SAMPLE_RATE_SECONDS": _WARNED,
}
"""Why a variable is not described down to the last text for an old release."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("versions", nargs="+", metavar="VERSION")
    parser.add_argument("--environments", type=Path, metavar="FOLDER", help="where environments of versions are kept")
    parser.add_argument("--output", type=Path, default=_TABLE, metavar="FILE", help="the page to write")
    chosen = parser.parse_args()
    pack = load_builtin("wandb")
    every = []
    with tempfile.TemporaryDirectory() as folder:
        for version in sorted(chosen.versions, key=lambda version: age(version) or ((), 0)):
            python = _environment(version, chosen.environments, Path(folder))
            every.append(verify(version, python, pack))
            print(f"{version}: {len(every[-1].disagreements)} of {every[-1].texts} disagree", file=sys.stderr)
    chosen.output.write_text("\n".join(_table(every)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
