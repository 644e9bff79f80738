"""The Dockerfile surface against BuildKit's parser (PyPI: dockerfile), on generated files of every form.

The parser tells instructions, lines, flags, heredocs and raw words. What a word expands to it does not tell: each
generated word comes with the text that the Dockerfile reference says it has.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

import dockerfile
import pytest

from envlint.facts import Binding, Comment, Facts, Wanted
from envlint.source import Source, Span
from envlint.surfaces.dockerfile import read
from envlint.surfaces.dockerfile.lines import Fault, Instruction, json_words, read_lines, triggered

FILES = 3_000
PLAIN = ("offline", "a-b/c", "https://h:1/p?q=1", "0.5", "été", "x,y;z", "{1}", "[a]", "a#b", "<x>")


@dataclass
class Names:
    """The names that a generated stage has set: by ENV or by an ARG's default, for certain."""

    values: dict[str, str]
    inherited: bool = False

    def pick(self, chance: Random) -> tuple[str, str]:
        name = chance.choice([*self.values, "UNSET"])
        return name, self.values.get(name, "")


Word = Callable[[Random, Names, str], tuple[str, str]]
"""Writes a word: given chance, the names that are set and the escape character; the word and what it expands to."""


def _named(chance: Random, names: Names, form: str) -> tuple[str, str]:
    name, value = names.pick(chance)
    return form.format(name), value


def _with_word(chance: Random, names: Names, operator: str) -> tuple[str, str]:
    name, value = names.pick(chance)
    word = chance.choice(PLAIN[:4])
    isset = bool(value) if operator[0] == ":" else name in names.values
    return f"${{{name}{operator}{word}}}", (value if isset else word) if "-" in operator else (word if isset else "")


WORDS: Mapping[str, Word] = {
    "plain": lambda c, n, e: (w := c.choice(PLAIN), w),
    "empty": lambda c, n, e: (c.choice(["", '""', "''"]), ""),
    "double quotes": lambda c, n, e: (f'"{(w := c.choice(PLAIN))} {w}"', f"{w} {w}"),
    "single quotes": lambda c, n, e: (f"'{(w := c.choice(PLAIN))} $A {w}'", f"{w} $A {w}"),
    "escaped blank": lambda c, n, e: (f"{(w := c.choice(PLAIN))}{e} {w}", f"{w} {w}"),
    "escapes": lambda c, n, e: (f"a{e}n{e}'{e}\"{e}{e}", f"an'\"{e}"),
    "escapes in double quotes": lambda c, n, e: (f'"a{e}"b{e}n{e}$A{e}{e}"', f'a"b{e}n$A{e}'),
    "escape in single quotes": lambda c, n, e: (f"'a{e}b'", f"a{e}b"),
    "quotes inside": lambda c, n, e: (f"a\"b c\"'d'{(w := c.choice(PLAIN))}", f"ab cd{w}"),
    "escaped $": lambda c, n, e: (f"{e}$A{e}${{B}}", "$A${B}"),
    "$ alone": lambda c, n, e: ("a$", "a$"),
    "$(command)": lambda c, n, e: ("$(id)", "$(id)"),
    "=": lambda c, n, e: (f"{(w := c.choice(PLAIN))}={w}", f"{w}={w}"),
    "$A": lambda c, n, e: _named(c, n, "${}"),
    "${A}": lambda c, n, e: _named(c, n, "${{{}}}"),
    '"$A"': lambda c, n, e: _named(c, n, '"${}"'),
    "${A:-w}": lambda c, n, e: _with_word(c, n, ":-"),
    "${A-w}": lambda c, n, e: _with_word(c, n, "-"),
    "${A:+w}": lambda c, n, e: _with_word(c, n, ":+"),
    "${A+w}": lambda c, n, e: _with_word(c, n, "+"),
    "${U:-${A}}": lambda c, n, e: ("${UNSET:-" + (x := _named(c, n, "${{{}}}"))[0] + "}", x[1]),
    "pattern": lambda c, n, e: (f"${{{n.pick(c)[0]}{c.choice(['#a', '%b', '/a/b'])}}}", ""),
}
OTHERS = (
    "RUN {e}\n  a {e}\n# c\n\n && b",
    "RUN --mount=type=cache,target=/x --network=none a --b",
    "RUN <<EOF\nENV NO=1\n# no\nEOF",
    "RUN cat <<-'EOF' > f && cat <<B\n\tENV NO=1\n\tEOF\nENV NO=2\nB",
    'RUN ["a", "b c", "\\u00e9"]',
    "CMD a b",
    'CMD [ "a" ,{e}\n "b" ]',
    "ENTRYPOINT ['a']",
    "COPY --from=x a b",
    "COPY <<a <<b /x\nENV NO=1\na\nENV NO=2\nb",
    'LABEL a="b c" {e}\n\n d=e',
    "WORKDIR /a b",
    "USER $X",
    "EXPOSE 80 443/tcp",
    "VOLUME /x",
    "STOPSIGNAL SIGTERM",
    'SHELL ["bash", "-c"]',
    "HEALTHCHECK --interval=5s CMD a",
    "ONBUILD RUN a {e}\n b",
    "# comment",
    "   # comment {e}",
    "",
    "MAINTAINER a b",
    "ADD a b",
)


@dataclass
class Made:
    """A generated file: its text, the escape character, and for each binding of ENV or ARG that it should give,
    in order, the form and the expected text."""

    text: str
    escape: str
    expected: list[tuple[str, str, str]]


def made(chance: Random) -> Made:
    escape = "`" if chance.random() < 0.2 else "\\"
    lines = ["# escape=`"] if escape == "`" else []
    expected: list[tuple[str, str, str]] = []
    names = Names({})
    lines.append(chance.choice(["FROM a AS s0", "from a:b AS s0", "FROM --platform=$P a@sha256:0 as s0"]))
    stages = {"s0": names}
    for number in range(chance.randrange(1, 7)):
        kind = chance.choice(["env", "env", "legacy", "arg", "stage", "other", "other"])
        if kind == "other":
            lines.append(chance.choice(OTHERS).replace("{e}", escape))
        elif kind == "stage":
            base = chance.choice(["b", *stages])
            stage = f"s{len(stages)}"
            lines.append(f"FROM {base} AS {stage}")
            # A stage finds what the one below it has set (Dockerfile reference, FROM; ARG, Scope).
            names = Names(dict(stages[base].values), inherited=True) if base in stages else Names({})
            stages[stage] = names
        else:
            lines.append(_setting(chance, kind, f"K{number}", names, escape, expected))
    end = chance.choice(["\n", "\r\n"])
    text = "\n".join(lines).replace("\n", end) + chance.choice([end, ""])
    return Made(chance.choice(["", "", "\ufeff"]) + text, escape, expected)


def _setting(
    chance: Random, kind: str, name: str, names: Names, escape: str, expected: list[tuple[str, str, str]]
) -> str:
    """One ENV or ARG. All pairs of an ENV see what was set before it, each of an ARG what stands before itself."""
    before = Names(dict(names.values))
    pairs = []
    for number in range(1 if kind == "legacy" else chance.randrange(1, 4)):
        form = chance.choice(list(WORDS))
        word, value = WORDS[form](chance, before if kind != "arg" else names, escape)
        if kind == "legacy" and not word:
            word = '""'
        key = f"{name}{number}"
        pairs.append((key, word))
        row = form if kind != "legacy" else f"{form}, legacy"
        plain = names.inherited and form != "pattern"
        expected.append(("in a stage on top of another" if plain else row, key, value))
        # What a pattern gives is not claimed, and so neither is what refers to it.
        if form != "pattern":
            names.values[key] = value
    if kind == "legacy":
        return f"ENV {pairs[0][0]} {pairs[0][1]}"
    between = chance.choice([" ", "\t", f" {escape}\n  ", f" {escape}\n# c\n ", f" {escape} \n\n  # d\n\t"])
    return f"{kind.upper()} " + between.join(f"{key}={word}" for key, word in pairs)


def instructions(text: str) -> list[Instruction]:
    return [line for line in read_lines(text) if isinstance(line, Instruction)]


def lines_of(text: str, span: Span) -> tuple[int, int]:
    return text.count("\n", 0, span.start) + 1, text.count("\n", 0, span.end) + 1


def test_instructions_are_those_of_buildkit() -> None:
    chance = Random(30)
    kinds: set[str] = set()
    for _ in range(FILES):
        file = made(chance)
        text = file.text.removeprefix("\ufeff")
        real = dockerfile.parse_string(file.text)
        ours = instructions(text)
        assert [line.keyword for line in ours] == [command.cmd.upper() for command in real], repr(text)
        for line, command in zip(ours, real, strict=True):
            assert lines_of(text, line.span) == (command.start_line, command.end_line), repr(text)
            bodies = [text[heredoc.body.start : heredoc.body.end] for heredoc in line.heredocs]
            assert bodies == [heredoc.content for heredoc in command.heredocs], repr(text)
            inner = triggered(line) if line.keyword == "ONBUILD" else line
            _assert_arguments(inner, command)
            kinds.add(line.keyword)
        assert not any(isinstance(line, Fault) for line in read_lines(text))
    assert len(kinds) == 18


def _assert_arguments(line: Instruction, command: dockerfile.Command) -> None:
    """Flags and arguments of the instructions whose arguments are one text or a JSON array."""
    if line.keyword not in ("RUN", "CMD", "ENTRYPOINT", "SHELL"):
        return
    words = json_words(line, line.arguments)
    assert (words is not None) == command.json
    assert command.value == (tuple(text for text, _ in words) if words is not None else (line.rest,))


def test_comments_are_all_that_is_no_instruction_and_no_heredoc() -> None:
    chance = Random(31)
    for _ in range(FILES // 4):
        text = made(chance).text.removeprefix("\ufeff")
        covered = {n for line in instructions(text) for n in range(*lines_of(text, line.span))}
        covered |= {lines_of(text, line.span)[1] for line in instructions(text)}
        found = {lines_of(text, line.span)[0] for line in read_lines(text) if isinstance(line, Comment)}
        for number, line in enumerate(text.splitlines(), 1):
            if number not in covered:
                assert (number in found) == bool(line.strip()), repr(text)


def test_env_and_arg_are_those_of_buildkit(reach: Callable[[str, Mapping[str, tuple[int, int]]], None]) -> None:
    chance = Random(32)
    claimed: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    for _ in range(FILES):
        file = made(chance)
        read_facts = read(Source("Dockerfile", file.text.encode()), Wanted(needles=("",)))
        bindings = [binding for binding in read_facts.bindings() if binding.form.startswith("docker-")]
        assert _raw(read_facts, bindings, file.escape) == _raw_words(dockerfile.parse_string(file.text)), repr(
            file.text
        )
        assert not any("BuildKit" in unreadable.reason for unreadable in read_facts.unreadable), repr(file.text)
        for binding, (form, key, text) in zip(bindings, file.expected, strict=True):
            assert binding.variable == key
            _assert_sound(binding, form, text, file.text)
            if not form.startswith("pattern"):
                total[form] += 1
                claimed[form] += binding.value.unset().text is not None
    reach("Dockerfile, ENV and ARG", {form: (claimed[form], total[form]) for form in sorted(total)})
    assert sum(claimed.values()) >= 0.98 * sum(total.values())


def _assert_sound(binding: Binding, form: str, text: str, file: str) -> None:
    value = binding.value.unset()
    if form.startswith("pattern"):
        assert not value.exhaustive
        return
    assert set(value.possible()) <= {text}, (binding.variable, file)
    assert value.possible() or not value.exhaustive


def _raw(read_facts: Facts, bindings: list[Binding], escape: str) -> list[tuple[str, str]]:
    """Names and raw words as BuildKit shows them: continued lines joined."""
    joint = re.compile(re.escape(escape) + r"[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*")
    return [(binding.variable, joint.sub("", read_facts.source.slice(binding.value_span))) for binding in bindings]


def _raw_words(commands: tuple[dockerfile.Command, ...]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for command in commands:
        if command.cmd.upper() == "ENV":
            pairs += zip(command.value[::2], command.value[1::2], strict=True)
        if command.cmd.upper() == "ARG":
            pairs += [(word.partition("=")[0], word.partition("=")[2]) for word in command.value]
    return pairs


ALPHABET = [
    *"AB=#'\"\\ \t\n\r${}:-x`<[],",
    *(
        "${A}",
        "${B:-x}",
        "A=",
        "\\\n",
        "\\ \n",
        "\nENV ",
        "\nENV A=",
        "\nARG B=",
        "\nRUN ",
        "<<EOF",
        "\nEOF\n",
        "EOF\n",
    ),
    *("\n#", "\u00a0", "\u2028", "é", "\r\n", "\nONBUILD ENV A=", "--x ", "\nFROM b as c\n", '["a"]', "\x0b", "\x1c"),
]


def test_any_text_is_split_as_buildkit_does_or_is_unreadable_where_it_gives_up() -> None:
    chance = Random(33)
    accepted = 0
    for _ in range(FILES * 2):
        text = chance.choice(["", "# escape=`\n"]) + "FROM a\nENV " + "".join(chance.choices(ALPHABET, k=20))
        ours = instructions(text)
        try:
            real = dockerfile.parse_string(text)
        except dockerfile.GoParseError:
            assert read(Source("Dockerfile", text.encode()), Wanted(needles=("",))).unreadable, repr(text)
            continue
        accepted += 1
        assert [(line.keyword, *lines_of(text, line.span)) for line in ours] == [
            ((command.cmd or "").upper(), command.start_line, command.end_line) for command in real
        ], repr(text)
    assert accepted > FILES // 2


@pytest.mark.parametrize("text", ["FROM a\nENV A", "FROM a\nENV A=1 B", "FROM a\nRUN <<EOF\na"])
def test_what_buildkit_refuses_is_unreadable(text: str) -> None:
    with pytest.raises(dockerfile.GoParseError):
        dockerfile.parse_string(text)
    assert read(Source("Dockerfile", text.encode()), Wanted(needles=("",))).unreadable
