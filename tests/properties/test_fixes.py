"""Laws of fixes, on every surface: they remove what they are for, add nothing, come to an end, leave all else as
it is, and show no key when they are shown."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envlint import fix, fixing
from envlint.config import Config
from envlint.discover import Candidate
from envlint.finding import Edit, Finding
from envlint.fixing import Mended
from envlint.hidden import Hidden
from envlint.knowledge import Knowledge
from envlint.packs import load_builtin
from envlint.report.diff import diff
from envlint.source import Source, Span
from envlint.surfaces import surface_of_name
from envlint.trees import Shelf, Tree

KNOWLEDGE = Knowledge((load_builtin("wandb"),))
LENIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# What mended settings may show to be wrong elsewhere: a variable that nothing saw before is now one that counts.
REVEALED = {
    "duplicate-variable",
    "overridden-argument",
    "redundant-argument",
    "resume-without-run-id",
    "shadowing-argument",
}


def tree(files: Mapping[str, str | bytes], config: Config | None = None) -> Tree:
    """A project in memory."""
    data = {path: text.encode() if isinstance(text, str) else text for path, text in sorted(files.items())}
    found = [Candidate(path, surface_of_name(path) or "", False, None, False) for path in data]
    shelf = Shelf(lambda _: iter(found), lambda paths: (data[path] for path in paths), data.__getitem__)
    return Tree("/", ["/"], config or Config(), shelf)


def mend(files: Mapping[str, str | bytes], config: Config | None = None, *, unsafe: bool = True) -> Mended:
    return fixing.mended(tree(files, config), KNOWLEDGE, unsafe=unsafe)


def judged(files: Mapping[str, str | bytes], config: Config | None = None) -> tuple[Finding, ...]:
    return fixing.judged(tree(files, config), KNOWLEDGE)[1].findings


def after(files: Mapping[str, str | bytes], result: Mended) -> dict[str, str | bytes]:
    return {**files, **{change.after.path: change.after.data for change in result.changes}}


def kinds(findings: Sequence[Finding]) -> Counter[tuple[str, str | None]]:
    return Counter((finding.rule, finding.variable) for finding in findings if finding.rule not in REVEALED)


def alike(finding: Finding, others: Sequence[Finding]) -> int:
    """How many findings say of a variable what this one does."""
    return sum((one.rule, one.variable) == (finding.rule, finding.variable) for one in others)


# Each way to write a setting, and lines that mean nothing there.
SURFACES = {
    ".env": (("{name}={value}", 'export {name}="{value}"', "{name} = '{value}'"), ("# é", "", "X=1", "  ")),
    "train.sh": (
        ("export {name}={value}", "{name}='{value}' python train.py", 'env {name}="{value}" python x.py'),
        ("# é", "", "echo 'x", "y'", "if true; then :; fi"),
    ),
    "Dockerfile": (("ENV {name}={value}", 'ENV A=1 {name}="{value}"', "ENV {name} {value}"), ("# é", "", "RUN x")),
    "train.py": (
        ("os.environ['{name}'] = '{value}'", 'os.environ.update({name}="{value}")', "os.putenv('{name}', '{value}')"),
        ("# é", "", "x = '''", "'''", "def f(): pass"),
    ),
}
HEADS = {"Dockerfile": "FROM a", "train.py": "import os"}

# What is wrong, and how it is written once it is mended; all of it has a fix.
WRONG = [
    ("WANDB_MODE", "OFFLINE"),
    ("WANDB_MODE", "ofline"),
    ("WANDB_MODE", "dryrun"),
    ("WANDB_CONSOLE", "Wrap"),
    ("WANDB_RESUME", "Never"),
    ("WANBD_PROJECT", "team"),
    ("WANDB_PROJCT", "team"),
]


@st.composite
def bad_files(draw: st.DrawFn) -> tuple[str, list[str], set[int]]:
    """A file's name, its lines with their ends, and which of them are settings."""
    name = draw(st.sampled_from(list(SURFACES)))
    forms, others = SURFACES[name]
    end = draw(st.sampled_from(["\n", "\n", "\r\n"])) if name != "train.sh" else "\n"
    body: list[str] = [HEADS[name]] if name in HEADS else []
    marked: set[int] = set()
    for _ in range(draw(st.integers(1, 5))):
        variable, value = draw(st.sampled_from(WRONG))
        marked.add(len(body))
        body.append(draw(st.sampled_from(forms)).format(name=variable, value=value))
        body += _whole(draw(st.lists(st.sampled_from(others), max_size=2)), others)
    return name, [f"{line}{end}" for line in body], marked


def _whole(drawn: list[str], others: Sequence[str]) -> list[str]:
    """Lines that mean nothing, the two halves of a text that goes over two lines together."""
    halves = {"echo 'x": ["echo 'x", "y'"], "y'": [], "x = '''": ["x = '''", "'''"], "'''": []}
    return [line for one in drawn for line in halves.get(one, [one])]


@LENIENT
@given(bad_files())
def test_fixes_remove_what_they_are_for_and_add_nothing(made: tuple[str, list[str], set[int]]) -> None:
    name, body, _ = made
    files: dict[str, str | bytes] = {name: "".join(body)}
    before = judged(files)
    fixable = [finding for finding in before if finding.fix is not None]
    result = mend(files)
    assert result.notices == ()
    left = [finding for finding in result.judgement.findings if finding.fix is not None]
    assert left == []
    assert not kinds(result.judgement.findings) - kinds(before)
    assert (result.changes != ()) is (fixable != [])


@LENIENT
@given(bad_files())
def test_each_fix_alone_removes_its_finding(made: tuple[str, list[str], set[int]]) -> None:
    name, body, _ = made
    before = judged({name: "".join(body)})
    for finding in before:
        for text in fix.fixed([finding]).values():
            now = judged({name: text})
            assert alike(finding, now) < alike(finding, before)


@LENIENT
@given(bad_files())
def test_a_second_run_changes_nothing(made: tuple[str, list[str], set[int]]) -> None:
    name, body, _ = made
    files: dict[str, str | bytes] = {name: "".join(body)}
    for unsafe in (False, True):
        files = after(files, mend(files, unsafe=unsafe))
        assert mend(files, unsafe=unsafe).changes == ()


@LENIENT
@given(bad_files())
def test_every_other_line_stays(made: tuple[str, list[str], set[int]]) -> None:
    name, body, marked = made
    text = "".join(body)
    for change in mend({name: text}).changes:
        kept = [number for number, _ in change.lines if number is not None]
        assert {*range(len(body))} - {*kept} <= marked
        assert [line for number, line in change.lines if number is not None] == [body[number] for number in kept]
        assert "".join(line for _, line in change.lines) == change.after.text
        assert change.after.text.count("\r\n") in (0, change.after.text.count("\n"))


ARGUMENTS = st.lists(
    st.sampled_from(
        [
            *("project='p'", 'entity="e"', "mode='ofline'", "mode=mode", "name=f'{x}'", "resume='Allow'", "group='g'"),
            *("tags=['a']", "config={'a': 1}", "projct='p'", "**more"),
        ]
    ),
    unique_by=lambda text: text.partition("=")[0],
    max_size=5,
)


@LENIENT
@given(ARGUMENTS, st.sampled_from([", ", ",\n    ", " ,"]), st.booleans(), st.booleans())
def test_calls_stay_calls(arguments: list[str], comma: str, trailing: bool, future: bool) -> None:
    written = comma.join(arguments) + ("," if trailing and arguments and arguments[-1] != "**more" else "")
    head = '"""Doc."""\nfrom __future__ import annotations\n' if future else ""
    program = f"{head}import wandb\n\n\ndef run(mode, x, more):\n    wandb.init({written})\n"
    setting = (
        "".join(f"WANDB_{name}=v\n" for name in ("PROJECT", "ENTITY", "NAME", "RUN_GROUP")) + "WANDB_MODE=online\n"
    )
    files: dict[str, str | bytes] = {"train.py": program, ".env": setting}
    result = mend(files)
    mended = after(files, result)["train.py"]
    compile(mended, "train.py", "exec")
    assert result.notices == ()
    assert mend(after(files, result)).changes == ()
    assert not kinds(result.judgement.findings) - kinds(judged(files))


LOADERS = ("python-dotenv", "docker", "compose", "bash", "systemd", "direnv", "node")


@LENIENT
@given(
    st.lists(st.sampled_from(['"v"', "'a b'", " v", "v # c", "a;b", "a#c", "$A", '"a"b', "OFFLINE # why"]), max_size=4),
    st.lists(st.sampled_from(LOADERS), min_size=1, unique=True),
)
def test_settings_for_several_loaders_come_to_an_end(values: list[str], loaders: list[str]) -> None:
    names = ("WANDB_MODE", "WANDB_NOTES", "WANDB_NAME", "WANDB_MODE")
    text = "".join(f"{name}={value}\n" for name, value in zip(names, values, strict=False))
    config = Config(loaders=tuple(loaders))
    result = mend({".env": text}, config)
    assert not [finding for finding in result.judgement.findings if finding.fix is not None]
    assert mend(after({".env": text}, result), config).changes == ()


@LENIENT
@given(bad_files(), st.integers(0), st.sampled_from(["{key}", "WANDB_API_KEY={key}", "WANDB_MODE=OFFLINE {key}"]))
def test_no_key_is_shown_in_a_diff(made: tuple[str, list[str], set[int]], seed: int, form: str) -> None:
    name, body, _ = made
    source = random.Random(seed)
    key = "".join(source.choices("0123456789abcdef", k=40))
    at = source.randint(1, len(body))
    comment = "# " if source.random() < 0.5 or name == "train.py" else ""
    lines = [*body[:at], comment + form.format(key=key) + "\n", *body[at:]]
    result = mend({name: "".join(lines)})
    for change in result.changes:
        shown = diff(change.before, change.after, change.lines, Hidden(result.secrets), "/")
        assert not any(key[start : start + 5] in shown.text for start in range(36))
        assert shown.covered is ("…" in shown.text)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "\n", "\r\n"]), max_size=12).map("".join), st.data())
def test_lines_are_the_old_ones_or_were_reached(text: str, data: st.DataObject) -> None:
    source = Source("x", text.encode())
    edits: list[Edit] = []
    at = 0
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(at, len(text)))
        end = data.draw(st.integers(start, len(text)))
        if edits and edits[-1].span == Span(start, end):
            continue
        # No fix begins or ends inside a line end.
        if any(text[place - 1 : place + 1] == "\r\n" for place in (start, end) if place):
            continue
        edits.append(Edit(source, Span(start, end), data.draw(st.sampled_from(["", "x", "x\n", "\n", "x\ny"]))))
        at = end
    expected, at = "", 0
    for edit in edits:
        expected += text[at : edit.span.start] + edit.text
        at = edit.span.end
    expected += text[at:]
    old = fix.lines(text)
    traced = fix.traced(old, source, edits)
    got = "".join(line for _, line in traced)
    # What is new ends its lines as the text does.
    assert got.replace("\r\n", "\n") == expected.replace("\r\n", "\n")
    numbers = [number for number, _ in traced if number is not None]
    assert numbers == sorted({*numbers})
    assert all(old[number] == line for number, line in traced if number is not None)


@pytest.mark.parametrize("count", [2000])
def test_many_fixes_take_time_that_grows_with_the_file(count: int) -> None:
    # A run that took quadratic time would not end within the limit that tests have here.
    source = Source("x", b"".join(b"A=%d\n" % number for number in range(count * 50)))
    old = fix.lines(source.text)
    starts = [source.line_span(number * 50 + 1) for number in range(count)]
    edits = [Edit(source, span, "B=1") for span in starts]
    traced = fix.traced(old, source, edits)
    assert sum(number is None for number, _ in traced) == count
    after = Source("x", "".join(line for _, line in traced).encode())
    assert diff(source, after, traced, Hidden({}), ".").text.count("\n+B=1\n") == count
