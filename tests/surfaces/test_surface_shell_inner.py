"""Text that a script hands on: scripts for further shells, files that it writes, words that set variables elsewhere."""

from __future__ import annotations

import time

import pytest

from envlint.facts import Binding, Facts, Include, Launch, Stray, Wanted
from envlint.source import Source, Span
from envlint.surfaces.shell import read

WANTED = Wanted(needles=("WANDB_", "wandb"), commands=("wandb",))
Rows = list[tuple[str, str | None, str]]


def facts(text: str, path: str = "run.sh") -> Facts:
    return read(Source(path, text.encode()), WANTED)


def kinds(found: Facts, scope: int) -> str:
    return "/".join(found.scopes[at].kind for at in reversed(list(found.ancestors(scope))))


def inner(found: Facts) -> list[Binding]:
    """The bindings of W&B's names."""
    return [each for each in found.bindings() if each.variable.startswith("WANDB_")]


# A text, the value of WANDB_MODE in it if nothing else is set, and the scopes that it stands in.
@pytest.mark.parametrize(
    ("text", "value", "scopes"),
    [
        ("cat > .env <<EOF\nWANDB_MODE=x\nEOF", "x", "file"),
        ("cat <<EOF > app.env\nWANDB_MODE='x y' # c\nEOF", "x y", "file"),
        ("cat >> conf/.env <<-EOF\n\tWANDB_MODE=x\n\tEOF", "x", "file"),
        ('cat > "$HOME/.env" <<EOF\nWANDB_MODE=x\nEOF', "x", "file"),
        ("M=x\ncat > .env <<EOF\nWANDB_MODE=$M\nEOF", "x", "file"),
        ("cat > .env <<EOF\nWANDB_MODE=${M:-x}\nEOF", "x", "file"),
        ("cat > .env <<EOF\nWANDB_MODE=\\$M\nEOF", "$M", "file"),
        ("cat > .env <<EOF\nWANDB_MODE=$(cmd)\nEOF", None, "file"),
        ("M='a b'\ncat > .env <<EOF\nWANDB_MODE=$M\nEOF", "a b", "file"),
        ("cat > .env <<EOF\nWANDB_MODE=${M:-'x'}\nEOF", None, "file"),
        ("cat > .env <<'EOF'\nA=y\nWANDB_MODE=${A}\nEOF", "y", "file"),
        ("tee run2.sh <<'EOF'\nexport WANDB_MODE=x\nEOF", "x", "file"),
        ("sudo tee -a /etc/app.env > /dev/null <<EOF\nWANDB_MODE=x\nEOF", "x", "file"),
        ("cat <<EOF | tee .env\nWANDB_MODE=x\nEOF", "x", "file"),
        ("cat > t.py <<'EOF'\nimport os\nos.environ['WANDB_MODE'] = 'x'\nEOF", "x", "file"),
        ("echo WANDB_MODE=x >> .env", "x", "file"),
        ('echo "WANDB_MODE=x" | sudo tee -a .env', "x", "file"),
        ("printf 'A=%s\\nWANDB_MODE=%s\\n' 1 x > .env", "x", "file"),
        ("bash -c 'WANDB_MODE=x python t.py'", "x", "file/subshell/command"),
        ('sh -ec "export WANDB_MODE=\\"x\\"; python t.py"', "x", "file/subshell"),
        ("srun -n 2 bash -lc 'export WANDB_MODE=x; python t.py'", "x", "file/subshell"),
        ("docker exec c bash -c 'WANDB_MODE=x python t.py'", "x", "file/command/subshell/command"),
        ("su - me -c 'WANDB_MODE=x python t.py'", "x", "file/subshell/command"),
        ("bash <<'EOF'\nexport WANDB_MODE=x\nEOF", "x", "file/subshell"),
        ("bash -s a b <<'EOF'\nexport WANDB_MODE=x\nEOF", "x", "file/subshell"),
        ("ssh -p 22 me@host 'WANDB_MODE=x python t.py'", "x", "file/command"),
        ("ssh host WANDB_MODE=x python t.py", "x", "file/command"),
        ('M=x; ssh host "export WANDB_MODE=$M"', "x", "file"),
        ("ssh host 'export WANDB_MODE=$M'", "", "file"),
        ("M=y; ssh host 'export WANDB_MODE=$M'", None, "file"),
        ("M=y bash -c 'export WANDB_MODE=$M'", None, "file/command/subshell"),
        ("ssh host bash -s <<EOF\nexport WANDB_MODE=x\nEOF", "x", "file"),
        ("ssh host <<'EOF'\nexport WANDB_MODE=x\nEOF", "x", "file"),
    ],
)
def test_what_stands_in_inner_text(text: str, value: str | None, scopes: str) -> None:
    found = facts(text + "\n")
    (binding,) = inner(found)
    assert (binding.value.unset().text, kinds(found, binding.scope)) == (value, scopes)
    assert found.source.slice(binding.name_span) == "WANDB_MODE"


@pytest.mark.parametrize(
    "text",
    [
        "cat > notes.txt <<EOF\nWANDB_MODE=x\nEOF",
        "cat <<EOF\nWANDB_MODE=x\nEOF",
        "echo WANDB_MODE=x > notes",
        "echo 'A\\nWANDB_MODE=x' > .env",
        "echo bash -c 'WANDB_MODE=x'",
        "grep 'WANDB_MODE=x' .env",
        "git commit -m 'WANDB_MODE=x'",
        "bash run.sh 'WANDB_MODE=x'",
        "bash run.sh <<EOF\nWANDB_MODE=x\nEOF",
    ],
)
def test_what_is_no_inner_text(text: str) -> None:
    assert not inner(facts(text + "\n"))


def test_an_inner_script_starts_programs() -> None:
    found = facts("ssh host 'cd x && python t.py'; bash -c \"$PY u.py\"\n")
    launches = [(item.program, item.arguments[0].text) for item in found.items if isinstance(item, Launch)]
    assert launches == [("ssh", "host"), ("python", "t.py"), ("bash", "-c"), ("$PY", "u.py")]


def test_what_a_name_carried_stands_where_the_name_does() -> None:
    found = facts("M=x\ncat > .env <<EOF\nA=1\nWANDB_MODE=$M\nWANDB_DIR=/y\nEOF\n")
    mode, folder = inner(found)
    assert found.source.slice(mode.span).startswith("WANDB_MODE=")
    assert mode.span.end <= folder.span.start


def test_a_file_that_is_written_changes_nothing_in_the_script() -> None:
    found = facts("A=1\ncat > .env <<EOF\nA=2\nWANDB_MODE=x\nEOF\nB=$A\n")
    assert list(found.bindings())[-1].value.text == "1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kubectl set env deploy/x WANDB_MODE=x B=y", [("WANDB_MODE", "x"), ("B", "y")]),
        ("kubectl -n ns run p --image=i --env=WANDB_MODE=x", [("WANDB_MODE", "x")]),
        ("kubectl create secret generic w --from-literal=WANDB_MODE=x", [("WANDB_MODE", "x")]),
        ("conda env config vars set WANDB_MODE=x", [("WANDB_MODE", "x")]),
        ("sky launch -y --env WANDB_MODE=x --env=B=y t.yaml", [("WANDB_MODE", "x"), ("B", "y")]),
        ("modal secret create w WANDB_MODE=x", [("WANDB_MODE", "x")]),
        ("modal run t.py", []),
        ("qsub -v WANDB_MODE=x,B=y job", [("WANDB_MODE", "x"), ("B", "y")]),
        ("sbatch --export=ALL,WANDB_TAGS=a,b job", [("WANDB_TAGS", "a"), ("b", None)]),
        ('ray job submit --runtime-env-json \'{"env_vars": {"WANDB_MODE": "x", "N": 1}}\' -- y', [("WANDB_MODE", "x")]),
        (
            'ray job submit --runtime-env-json="{\\"env_vars\\": {\\"WANDB_MODE\\": \\"$M\\"}}" -- y',
            [("WANDB_MODE", None)],
        ),
        ("ray job submit --runtime-env-json '{not json' -- y", []),
        ('O=(-e WANDB_MODE=x); docker run "${O[@]}" img', [("WANDB_MODE", "x")]),
        ("wandb offline", []),
    ],
)
def test_settings_for_processes_elsewhere(text: str, expected: list[tuple[str, str | None]]) -> None:
    found = [(each.variable, each.value.text) for each in facts(text).bindings() if each.form == "shell-command"]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uv run --env-file x.env python t.py", ("x.env", "uv")),
        ("dotenv -f x.env run -- python t.py", ("x.env", "python-dotenv")),
        ("dotenv run python t.py", (".env", "python-dotenv")),
        ("sky launch --env-file=.env t.yaml", (".env", "python-dotenv")),
        ("docker run --env-file .env img", (".env", "docker")),
        ("docker compose --env-file x.env up", ("x.env", "compose")),
        ("pipenv run python t.py", (".env", "python-dotenv")),
        ("node --env-file=x.env t.js", ("x.env", "node --env-file")),
        ("node --no-warnings --env-file-if-exists x.env t.js --env-file=y.env", ("x.env", "node --env-file")),
        ("dotenvx run -f x.env -- node t.js", ("x.env", "dotenvx")),
        ("dotenvx run -- python t.py", (".env", "dotenvx")),
        ("npx dotenv -e x.env -- node t.js", ("x.env", "dotenv-cli")),
        ("export $(cat x.env)", ("x.env", "export $(cat)")),
        ("export $(<x.env)", ("x.env", "export $(cat)")),
        ("export `cat x.env`", ("x.env", "export $(cat)")),
        ("export $(grep -v '^#' x.env | xargs)", ("x.env", "export $(xargs)")),
        ("export $(egrep -v '^(#|$)' x.env | xargs -n 1)", ("x.env", "export $(xargs)")),
        ("export $(xargs < x.env)", ("x.env", "export $(xargs)")),
        ("export $(cat x.env | xargs -d '\\n')", ("x.env", "export $(cat)")),
        ("export $(grep -v '^\\s*#' x.env | xargs -0)", ("x.env", "export $(cat)")),
        ("export $(grep WANDB x.env)", ("x.env", "export")),
        ("export $(sed 's/#.*//' x.env)", ("x.env", "export")),
        ("env $(grep -v '^#' x.env | xargs) A=1 python t.py", ("x.env", "export $(xargs)")),
        ('eval "$(cat x.env)"', ("x.env", "bash")),
        ("eval $(cat x.env)", ("x.env", "export")),
    ],
)
def test_files_that_programs_load(text: str, expected: tuple[str, str]) -> None:
    (include,) = (item for item in facts(text).items if isinstance(item, Include))
    assert (include.path.text, include.loader) == expected


@pytest.mark.parametrize(
    "text", ['export "$(cat x.env)"', "A=$(cat x.env)", "export A=$(cat x.env)", "echo $(cat x.env)"]
)
def test_files_that_no_settings_are_made_of(text: str) -> None:
    assert not any(isinstance(item, Include) for item in facts(text).items)


def test_what_a_command_writes_for_env_hides_no_program() -> None:
    found = facts("env $(cat x.env) A=1 python t.py")
    assert [item.program for item in found.items if isinstance(item, Launch)][-1] == "python"


def test_a_directive_without_all_lets_nothing_else_through() -> None:
    assert facts("#SBATCH --export=WANDB_MODE=x\npython t.py\n").scopes[0].clears
    assert not facts("#SBATCH --export=ALL,WANDB_MODE=x\npython t.py\n").scopes[0].clears


@pytest.mark.parametrize(
    "text",
    ["export WANDB_MODE = x", "WANDB_MODE = x", "WANDB_MODE =x python t.py", "export A=1 WANDB_MODE =x"],
)
def test_blanks_around_the_sign_assign_nothing(text: str) -> None:
    found = facts(text)
    assert not inner(found)
    assert not found.unreadable
    (stray,) = (item for item in found.items if isinstance(item, Stray))
    assert (stray.variable, stray.value.text) == ("WANDB_MODE", "x")
    assert found.source.slice(stray.name_span) == "WANDB_MODE"
    assert found.source.slice(stray.value_span) == "x"


@pytest.mark.parametrize("text", ["[ WANDB_MODE = x ]", "export MODE = x", "test WANDB_MODE = x"])
def test_other_signs_are_no_slips(text: str) -> None:
    assert not any(isinstance(item, Stray) for item in facts(text).items)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("export WANDB_MODE = 'a b'", "a b"),
        ("export WANDB_MODE ='a b'", "a b"),
        ("export WANDB_MODE =", ""),
        ("M=x; export WANDB_MODE = $M", None),
        ("export WANDB_MODE = $(date)", None),
        ("env WANDB_MODE = x python t.py", "x"),
        ("sudo -E WANDB_MODE =x python t.py", "x"),
    ],
)
def test_what_was_meant(text: str, value: str | None) -> None:
    (stray,) = (item for item in facts(text).items if isinstance(item, Stray))
    assert stray.value.text == value


NESTED = "bash -c '" * 30_000
LONG = "X='" + "a b " * 10_000 + "'\n"


@pytest.mark.parametrize(
    "text",
    [
        LONG + "cmd $X\n" * 2_000,
        LONG + 'bash -c "$X"\n' * 2_000,
        "R=(" + "a " * 5_000 + ")\n" + 'cmd "${R[@]}"\n' * 2_000,
        "cat > .env <<EOF\n" + "WANDB_A=$X\n" * 10_000 + "EOF\n",
        "".join(f"cat > a.sh <<E{n}\n" for n in range(5_000)) + "".join(f"E{n}\n" for n in reversed(range(5_000))),
        "f() { A=1; B=2; }\n" + "f\n" * 20_000,
        "".join(f"f{n}() {{ f{n + 1}; f{n + 1}; }}\n" for n in range(2_000)) + "f0\n",
        NESTED,
    ],
)
def test_hostile_texts_take_time_in_proportion_to_their_length(text: str) -> None:
    start = time.process_time()
    facts(text)
    assert time.process_time() - start < 30


# What stands in for an expansion stands in the word, wherever its name was given what it stands for.
@pytest.mark.parametrize("assigned", ["T=$()", "T=$(realpath $1)", "T=$1", "T=${U:-x}"])
@pytest.mark.parametrize("script", ["u&&$T", "$T", "$T && $T", "WANDB_MODE=$T u || $T; u"])
def test_what_is_expanded_stands_in_its_word(assigned: str, script: str) -> None:
    text = f'{assigned}\nsh -c "{script}"'
    found = facts(text)
    word = Span(text.index('"'), len(text))
    spans = [each.span for each in found.scopes if each.kind in ("subshell", "branch")]
    spans += [each.span for each in found.items if isinstance(each, Launch) and each.program != "sh"]
    inside = [span for span in spans if span not in Span(0, len(assigned))]
    assert len(inside) > 1
    assert all(word.start <= span.start <= span.end <= word.end for span in inside)
