"""What the Dockerfile reference says, row by row: where it is said, a file, and what a name then holds."""

from __future__ import annotations

import pytest

from envlint.facts import Binding, Facts, Launch, Wanted
from envlint.source import Source
from envlint.surfaces.dockerfile import read

WANTED = Wanted(needles=("WANDB_", "A", "B", "C"), commands=("wandb",))


def facts(text: str) -> Facts:
    return read(Source("Dockerfile", text.encode("utf-8", "surrogateescape")), WANTED)


def last(text: str) -> Binding:
    return list(facts(text).bindings())[-1]


# Chapter of the reference, file, and the value of the last binding where the build is given nothing.
ROWS = [
    ("ENV: the value is interpreted for further environment variables", "ENV A=x\nENV B=$A", "x"),
    ("ENV: quote characters are removed if they are not escaped", 'ENV A="x y"', "x y"),
    ("ENV: like command line parsing, quotes and backslashes include spaces", "ENV A=x\\ y", "x y"),
    ("ENV: several pairs in one instruction", "ENV B=x A='y z'", "y z"),
    ("ENV: the alternative syntax without =, one variable, the rest is its value", "ENV A x y", "x y"),
    ("ENV: with it, ONE TWO= THREE=world sets ONE", "ENV A B= C=world", "B= C=world"),
    ("Environment replacement: ${variable} beside text", "ENV B=x\nENV A=${B}_y", "x_y"),
    ("Environment replacement: ${variable:-word}, not set", "ENV A=${B:-word}", "word"),
    ("Environment replacement: ${variable:-word}, set", "ENV B=x\nENV A=${B:-word}", "x"),
    ("Environment replacement: ${variable:+word}, set", "ENV B=x\nENV A=${B:+word}", "word"),
    ("Environment replacement: ${variable:+word}, not set", "ENV A=${B:+word}", ""),
    ("Environment replacement: the word may hold variables", "ENV C=x\nENV A=${B:-$C}", "x"),
    ("Environment replacement: escaping by a backslash, \\$foo", "ENV B=x\nENV A=\\$B", "$B"),
    ("Environment replacement: escaping by a backslash, \\${foo}", "ENV B=x\nENV A=\\${B}", "${B}"),
    ("Environment replacement: one instruction sees the values before it", "ENV B=hello\nENV B=bye A=$B", "hello"),
    ("Environment replacement: and the next one the new values", "ENV B=hello\nENV B=bye C=$B\nENV A=$B", "bye"),
    ("ARG: the default value", "ARG A=x", "x"),
    ("ARG, scope: comes into effect from its line on", "ENV A=${B:-some}\nARG B", None),
    ("ARG, scope: an ENV before it is used", "ENV A=${B:-some}", "some"),
    ("ARG, using variables: an ENV overrides an ARG of its name", "ARG B=x\nENV B=y\nENV A=$B", "y"),
    ("ARG, using variables: the default is used where nothing is passed", "ARG B\nENV A=${B:-v1}", "v1"),
    # "An ARG variable declared within a build stage is automatically inherited by other stages based on that stage.
    # Unrelated build stages do not have access to the variable." BuildKit's frontend/dockerfile/dockerfile2llb/
    # convert.go (73ed682) does so: dispatchArg puts the argument into the stage's state (line 1708, AddEnv), and
    # dispatchState.init gives the stage on top of it a copy of that state (line 1215, ds.state = ds.base.state).
    ("ARG, scope: a stage on top of another inherits it", "ARG B=x\nFROM one\nENV A=$B", "x"),
    ("ARG, scope: so does one on top of that", "ARG B=x\nFROM one AS two\nFROM two\nENV A=$B", "x"),
    ("ARG, scope: any other stage does not", "ARG B=x\nFROM other\nENV A=$B", ""),
    # The same file, line 804: a stage begins with all that its base's image keeps, which ENV alone decides.
    ("ARG, using variables: ENV counts again on top of it", "ENV B=y\nARG B=x\nFROM one\nENV A=$B", "y"),
    ("FROM: a stage on top of another has its ENV", "ENV B=x\nFROM one\nENV A=$B", "x"),
    ("FROM: any other stage does not", "ENV B=x\nFROM other\nENV A=$B", ""),
    ("Format: a comment within a continued line is left out", "ENV A=x \\\n# no\n B=y", "y"),
    ("Format: white space before an instruction is ignored", "  ENV A=x", "x"),
    ("Format: a # that does not begin a line is part of an argument", "ENV A=x#y", "x#y"),
    ("ONBUILD: executed later, in the build on top of it", "ONBUILD ENV B=x\nENV A=$B", ""),
    ("Here-documents: no instruction is looked for in one", "ENV A=x\nRUN <<EOF\nENV A=y\nEOF", "x"),
]


@pytest.mark.parametrize(("said", "text", "expected"), ROWS)
def test_rows(said: str, text: str, expected: str | None) -> None:
    assert last(f"FROM a AS one\n{text}\n").value.unset().text == expected, said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # ARG and FROM: "an ARG declared before a FROM is outside of a build stage", taken over by naming it.
        ("ARG B=x\nFROM a\nARG B\nENV A=$B", "x"),
        ("ARG B=x\nFROM a\nENV A=$B", ""),
        # escape directive: "if set to a backtick, useful on Windows".
        ("# escape=`\nFROM a\nENV A=C:\\dir\\sub", "C:\\dir\\sub"),
        ("# escape=`\nFROM a\nENV A=x`\ny", "xy"),
        ("# escape=`\nFROM a\nENV A=x` y", "x y"),
        ("FROM a\nENV A=C:\\\\dir", "C:\\dir"),
        # "A parser directive is only one before anything else."
        ("# about\n# escape=`\nFROM a\nENV A=x`", "x`"),
    ],
)
def test_whole_files(text: str, expected: str) -> None:
    assert last(text + "\n").value.unset().text == expected


def launches(text: str) -> list[tuple[str, list[str | None]]]:
    found = [item for item in facts(text).items if isinstance(item, Launch)]
    return [(launch.program, [value.unset().text for value in launch.arguments]) for launch in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # CMD: "if you list more than one CMD, only the last one takes effect".
        ('CMD ["x"]\nCMD ["python", "t.py"]', [("python", ["t.py"])]),
        # CMD as default parameters to ENTRYPOINT, exec form.
        ('CMD ["t.py"]\nENTRYPOINT ["python"]', [("python", ["t.py"])]),
        # "The shell form of ENTRYPOINT prevents any CMD from being used": its program is still told.
        ("ENTRYPOINT python t.py", [("python", ["t.py"])]),
        # ENV persists in containers, whatever its place in the stage; ARG does not.
        ("CMD python $A $B\nENV A=t.py\nARG B=x", [("python", ["t.py", ""])]),
        # A base's CMD is reset by an ENTRYPOINT, and kept by nothing else.
        ('CMD ["x"]\nFROM one\nENTRYPOINT ["python", "t.py"]', [("x", []), ("python", ["t.py"])]),
        ('CMD ["python", "t.py"]\nFROM one', [("python", ["t.py"]), ("python", ["t.py"])]),
        ("HEALTHCHECK --interval=5s CMD python t.py", [("python", ["t.py"])]),
        # And finds what ENV kept, whatever an ARG of that name did to the build.
        ("ENV A=x\nARG A=y\nCMD run $A", [("run", ["x"])]),
        ("ENV A=x\nFROM ${X:-one}\nCMD run $A", [("run", ["x"])]),
        # Exec form: words are what they are, `"` and `\` as in JSON; programs that start others are seen through.
        ('CMD ["env", "A=1", "python", "t.py"]', [("python", ["t.py"])]),
        ('CMD ["sh", "-c", "run \\"it\'s\\" A"]', [("sh", ["-c", 'run "it\'s" A']), ("run", ["it's", "A"])]),
        ('CMD ["python", "it\'s", "$A", "*", "a b"]', [("python", ["it's", "$A", "*", "a b"])]),
        # What is no program is started all the same, and nothing is seen in it.
        ('CMD ["A=1", "python"]', [("A=1", ["python"])]),
        ('CMD ["source", ".env"]', [("source", [".env"])]),
        # Exec form: no shell, unless it is what is started.
        ('RUN ["bash", "-c", "A=1 python t.py"]', [("bash", ["-c", "A=1 python t.py"]), ("python", ["t.py"])]),
    ],
)
def test_what_is_started(text: str, expected: list[tuple[str, list[str | None]]]) -> None:
    assert launches(f"FROM a AS one\n{text}\n") == expected


def test_a_container_finds_what_its_stage_has_set_in_the_end() -> None:
    found = facts("FROM a\nCMD python t.py\nENV WANDB_MODE=offline\n")
    kinds = [type(item).__name__ for item in found.items]
    assert kinds == ["Binding", "Launch"]


def test_a_container_may_be_started_with_another_value() -> None:
    (launch,) = (item for item in facts("FROM a\nENV A=x\nCMD run $A\n").items if isinstance(item, Launch))
    assert launch.arguments[0].possible() == ("x",)
    assert not launch.arguments[0].exhaustive


def test_a_secret_is_in_the_environment_of_one_run() -> None:
    found = facts(
        "FROM a\nRUN --mount=type=secret,id=w,env=WANDB_API_KEY python t.py $WANDB_API_KEY\nRUN python u.py\n"
    )
    (secret,) = found.bindings()
    first, second = (item for item in found.items if isinstance(item, Launch))
    assert (secret.variable, secret.form, secret.value.possible()) == ("WANDB_API_KEY", "docker-secret", ())
    assert found.source.slice(secret.name_span) == "WANDB_API_KEY"
    assert secret.scope in found.ancestors(first.scope)
    assert secret.scope not in found.ancestors(second.scope)
    assert first.arguments[1].text is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('RUN ["env", "A=1", "x"]', [("A", "1")]),
        ('CMD ["env", "-i", "A=it\'s", "x"]', [("A", "it's")]),
        ('ENTRYPOINT ["bash", "-c", "export A=1; x"]', [("A", "1")]),
        ('RUN ["export", "A=1"]', []),
        ('RUN ["x", "\\u0000", "A=1"]', []),
        ('RUN ["env", "A=\\ud800", "x"]', []),
    ],
)
def test_what_the_exec_form_sets(text: str, expected: list[tuple[str, str]]) -> None:
    found = facts(f"FROM a\n{text}\n")
    assert [(each.variable, each.value.text) for each in found.bindings()] == expected
    assert all(found.source.slice(each.name_span) == each.variable for each in found.bindings())


def test_the_words_of_a_cmd_above_its_entrypoint_stand_in_the_entrypoint() -> None:
    found = facts('FROM a\nCMD ["t.py", "A"]\nENTRYPOINT ["python"]\n')
    (launch,) = (item for item in found.items if isinstance(item, Launch))
    assert [argument.text for argument in launch.arguments] == ["t.py", "A"]
    assert found.source.slice(launch.span) == '["python"]'


@pytest.mark.parametrize("mount", ["type=secret,id=w", "type=cache,env=WANDB_API_KEY", "type=secret,env="])
def test_other_mounts_set_nothing(mount: str) -> None:
    assert not list(facts(f"FROM a\nRUN --mount={mount} true\n").bindings())


@pytest.mark.parametrize("mount", ['type=secret,env="A\rB"', "type=secret,env=A," + "x" * 140_000])
def test_a_mount_that_is_no_line_of_csv_sets_nothing(mount: str) -> None:
    assert not list(facts(f"FROM a\nRUN --mount={mount} true\n").bindings())


def test_builds_on_top_of_an_image_have_a_scope_of_their_own() -> None:
    found = facts("FROM a AS one\nONBUILD ENV A=x\nONBUILD RUN python t.py\nCMD b\nFROM one\nENV B=$A\n")
    first, second = found.bindings()
    run, start = [item for item in found.items if isinstance(item, Launch)][:2]
    assert first.scope in found.ancestors(run.scope)
    assert first.scope not in found.ancestors(start.scope)
    # The trigger runs in the second stage, so that the name may be set there.
    assert second.value.text is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY <<EOF /app/.env\nWANDB_MODE=x\nEOF", [("WANDB_MODE", "x", "dotenv")]),
        ("COPY <<.env /app/\nWANDB_MODE=x\n.env", [("WANDB_MODE", "x", "dotenv")]),
        ("COPY <<EOF .env\nWANDB_MODE=$A\nEOF", [("WANDB_MODE", None, "dotenv")]),
        ("COPY <<'EOF' run.sh\nexport WANDB_MODE=x\nEOF", [("WANDB_MODE", "x", "shell-export")]),
        ("RUN cat > .env <<EOF\nWANDB_MODE=x\nEOF", [("WANDB_MODE", "x", "dotenv")]),
        ("RUN echo WANDB_MODE=x \\\n  >> /app/.env", [("WANDB_MODE", "x", "dotenv")]),
        ("COPY <<EOF notes.txt\nWANDB_MODE=x\nEOF", []),
        ("COPY <<EOF .env\nWANDB_MODE=\udcff\nEOF", []),
    ],
)
def test_files_that_the_build_writes(text: str, expected: list[tuple[str, str | None, str]]) -> None:
    found = facts(f"FROM a\n{text}\n")
    assert [(each.variable, each.value.text, each.form) for each in found.bindings()] == expected
    for each in found.bindings():
        # Nothing of it reaches the build itself.
        assert [found.scopes[at].kind for at in found.ancestors(each.scope)] == ["file"]
        assert found.source.slice(each.name_span) == each.variable
