"""The Dockerfile surface: what each stage of a build sets, and what it runs, as BuildKit reads the file.

Owns the meaning of instructions: FROM, ENV, ARG, RUN, CMD, ENTRYPOINT, HEALTHCHECK, SHELL, ONBUILD; all
others set nothing. Bodies in shell notation are read by the shell surface. Knows nothing of rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from envlint.embedded import placed
from envlint.facts import FILE, Binding, Comment, Fact, Facts, Launch, Scope, ScopeKind, Unreadable, Wanted
from envlint.source import Source, Span
from envlint.surfaces import shell
from envlint.surfaces.dockerfile.inner import given_script, written_files
from envlint.surfaces.dockerfile.lines import Fault, Heredoc, Instruction, json_words, read_lines, triggered
from envlint.surfaces.dockerfile.pairs import Pair, Refused, pair_of, pairs, secrets_of
from envlint.surfaces.dockerfile.stages import PATH, SHELLS, Stage, Start, at_last, dialect_of, known_of
from envlint.surfaces.dockerfile.values import Setting, Settings, declared, expanded
from envlint.surfaces.dockerfile.words import BadWord, marker, skip_spaces, split
from envlint.surfaces.shell import read_words
from envlint.surfaces.shell.secrets import Secrets
from envlint.value import Value, literal, ref, unknown

# BuildKit's instructions; a line that begins with anything else does not build.
_INSTRUCTION = re.compile(
    "ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME"
    "|WORKDIR"
)
# ARGs that BuildKit sets itself in the global scope (dockerfile2llb/platform.go).
_PLATFORM = (
    *(f"BUILD{what}" for what in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")),
    *(f"TARGET{what}" for what in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT", "STAGE")),
)
_RUNNING = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WINDOWS = ("windows", "nanoserver", "servercore")
_WORD = re.compile(r"[^\t\v\f\r ]+")
_ARG_NAME = re.compile(r"[^'\"$`\\]+")
_SHEBANG = re.compile(r"#![ \t]*(\S+)(?:[ \t]+(\S+))?")
_TRIGGERED = unknown("an ONBUILD of the base may set it", type="str")
_PLATFORM_ARG = unknown("BuildKit sets it", type="str")
# Programs to which a CMD behind an exec-form ENTRYPOINT gives a script.
_INTERPRETER = re.compile(r"(?:python|pypy)[0-9.]*|torchrun|accelerate|deepspeed|uv|node")
# How many of the programs that a base starts are told again for each stage on top of it.
_MOST_LAUNCHES = 8
# How many names all stages of a file may inherit before they are no longer followed.
_MAX_INHERITED = 1 << 16
_NO_WORD = (0, 0)
_REFUSED = "BuildKit does not build this, because {cause}"


def read(source: Source, wanted: Wanted) -> Facts:
    """The settings of each stage and global ARG, what its RUN bodies do, and the programs that it starts.

    What BuildKit refuses is Unreadable where it names something wanted; the rest is read as if it were not there.
    """
    reading = _Reading(source, wanted)
    if source.bom.startswith((b"\xff", b"\xfe", b"\x00")):
        reading.unreadable.append(
            Unreadable("BuildKit reads UTF-8, and this file is UTF-16 or UTF-32: it does not build")
        )
    for line in read_lines(source.text):
        if isinstance(line, Comment):
            reading.comments.append(line)
        elif isinstance(line, Fault):
            reading.refuse(line.span, line.cause)
        else:
            reading.instruction(line)
    return reading.facts()


class _Reading:
    """What has been read of one file so far."""

    def __init__(self, source: Source, wanted: Wanted) -> None:
        self.source = source
        self.wanted = wanted
        self.items: list[Fact] = []
        self.comments: list[Comment] = []
        self.unreadable: list[Unreadable] = []
        self.statements: list[Span] = []
        self.scopes = [Scope("file", None, Span(0, len(source.text)))]
        self.arguments = {name: Setting(_PLATFORM_ARG, certain=True, default=_PLATFORM_ARG) for name in _PLATFORM}
        self.stages: dict[str, Stage] = {}
        self.stage = Stage(FILE, {})
        self.secrets = Secrets(source, wanted, source.text)
        self.count = 0
        self.copied = 0

    def facts(self) -> Facts:
        self._end_stage(len(self.source.text))
        return Facts(
            self.source,
            "dockerfile",
            items=tuple(self.items),
            scopes=tuple(self.scopes),
            comments=tuple(sorted(self.comments, key=lambda comment: comment.span)),
            unreadable=tuple(sorted(self.unreadable, key=lambda region: region.span or Span(0, 0))),
            statements=tuple(self.statements),
        )

    def refuse(self, span: Span, cause: str) -> None:
        """Notes a place that BuildKit refuses, if it names something wanted."""
        if self.wanted.matters(self.source.slice(span)):
            self.unreadable.append(Unreadable(_REFUSED.format(cause=cause), span))

    def instruction(self, instruction: Instruction) -> None:
        span = instruction.span
        if "\n" in self.source.text[span.start : span.end]:
            self.statements.append(span)
        try:
            if instruction.keyword == "FROM":
                self._from(instruction)
            else:
                self._in_stage(instruction, self.stage)
        except (BadWord, Refused) as refused:
            self.refuse(span, str(refused))
        inner = triggered(instruction) if instruction.keyword == "ONBUILD" else instruction
        if inner.keyword not in _RUNNING:
            self._other_secrets(inner, self.stage.scope)
        if inner.keyword in ("COPY", "ADD") and inner.heredocs:
            for name, text, facts, stand_ins in written_files(self.source, inner, self.wanted):
                # A file is a world of its own: who reads it, and when, is not known here.
                self.scopes.append(Scope("file", None, inner.heredocs[0].body, name))
                scope = len(self.scopes) - 1
                self._add(placed(facts, text, self.source, len(self.scopes), scope, stand_ins))

    def _other_secrets(self, instruction: Instruction, scope: int) -> None:
        """The secrets that an instruction gives away though it sets none: in a LABEL, a file that COPY writes, or
        where a slip keeps it from being what it was meant to be."""
        self.items += self.secrets.in_ranges(instruction.pieces(instruction.start, len(instruction.text)), scope)
        for heredoc in instruction.heredocs:
            self.items += self.secrets.in_ranges(heredoc.pieces(self.source.text), scope)

    def _bind(self, binding: Binding) -> None:
        self.items.append(binding)
        self.secrets.told(binding)

    def _in_stage(self, instruction: Instruction, stage: Stage) -> None:
        match instruction.keyword:
            case "ENV":
                self._env(instruction, stage)
            case "ARG":
                self._arg(instruction, stage)
            case "RUN":
                self._run(instruction, stage)
            case "CMD" | "ENTRYPOINT":
                self._starts(instruction, instruction.arguments, stage)
            case "HEALTHCHECK":
                self._healthcheck(instruction, stage)
            case "SHELL":
                self._shell(instruction, stage)
            case "ONBUILD":
                self._onbuild(instruction, stage)
            case keyword if not _INSTRUCTION.fullmatch(keyword):
                raise Refused("the line begins with no instruction; should the line before it go on?")

    def _from(self, instruction: Instruction) -> None:
        """Begins a stage. On top of an earlier one it inherits all that was set there, by ARG too ("automatically
        inherited by other stages based on that stage": Dockerfile reference, ARG, Scope)."""
        words = list(_WORD.finditer(instruction.text, instruction.arguments))
        named = len(words) == 3 and words[1][0].lower() == "as"
        if len(words) != 1 and not named:
            self.refuse(instruction.span, "FROM takes an image and no more than `AS` and a name behind it")
        name = words[2][0].lower() if named else str(self.count)
        base = self._expanded(instruction, *words[0].span(), self.arguments) if words else Value()
        parent = self.stages.get(base.unset().text or "")
        self._end_stage(instruction.span.start)
        scope = self._scope("stage", parent.scope if parent else FILE, instruction.span, name)
        if parent is None:
            windows = any(word in instruction.rest.lower() for word in _WINDOWS)
            self.stage = Stage(scope, {"PATH": PATH}, dialect=None if windows else "sh")
        else:
            settings = self._inherited(parent, certain=base.text is not None)
            self.stage = Stage(scope, settings, parent.dialect, dict(parent.starts))
        self.count += 1
        if named:
            self.stages[name] = self.stage

    def _inherited(self, parent: Stage, *, certain: bool) -> dict[str, Setting] | None:
        """What a stage finds set that is based on another one: for certain, or unless --build-arg names another base.
        A file of nothing but stages is followed up to a number of names, so that it costs no more than its length."""
        if parent.settings is None:
            return None
        self.copied += len(parent.settings)
        if self.copied > _MAX_INHERITED:
            return None
        triggered = dict.fromkeys(parent.later, Setting(_TRIGGERED, certain=False, fixed=True))
        if certain:
            return {**parent.settings, **triggered}
        settings = {
            name: setting if setting.open else Setting(ref(name, default=setting.value), certain=False)
            for name, setting in parent.settings.items()
        }
        return {**settings, **triggered}

    def _scope(self, kind: ScopeKind, parent: int, span: Span, name: str | None = None) -> int:
        self.scopes.append(Scope(kind, parent, span, name))
        return len(self.scopes) - 1

    def _end_stage(self, end: int) -> None:
        """Lets the scope of the stage that is being read end here."""
        scope = self.scopes[self.stage.scope]
        if scope.kind == "stage":
            self._started(self.stage)
            self.scopes[self.stage.scope] = replace(scope, span=Span(scope.span.start, end))

    def _env(self, instruction: Instruction, stage: Stage) -> None:
        """`ENV name=value ...`, or `ENV name value` where the first word holds no `=`: then the whole rest is one
        value, quotes and references read as in the other form (instructions/commands.go, expandKvp)."""
        before = stage.settings
        after: dict[str, Setting] = {}
        for pair in list(pairs(instruction)):
            name, name_span = self._name(instruction, expanded(instruction, pair.start, pair.name_end, before), pair)
            value = self._expanded(instruction, pair.value, pair.end, before)
            span, value_span = instruction.place(pair.start, pair.end), instruction.place(pair.value, pair.end)
            self._bind(Binding(name, value, "docker-env", span, name_span, value_span, stage.scope))
            after[name] = Setting(value, certain=True, fixed=True)
        if stage.settings is not None:
            stage.settings.update(after)

    def _name(self, instruction: Instruction, name: Value, pair: Pair) -> tuple[str, Span]:
        """The name that a pair sets, and where it is written, quotes left out."""
        if not name.text:
            raise Refused("a name is empty or not known before the build")
        spans = [part.span for part in name.literals() if part.span]
        exact = len(spans) == 1 and self.source.slice(spans[0]) == name.text
        return name.text, spans[0] if exact else instruction.place(pair.start, pair.name_end)

    def _expanded(self, instruction: Instruction, start: int, end: int, settings: Settings | None) -> Value:
        """The value of a word; where BuildKit refuses it, what the word is for is still seen."""
        try:
            return expanded(instruction, start, end, settings)
        except BadWord as bad:
            self.refuse(instruction.span, str(bad))
            return unknown(str(bad), instruction.place(start, end), type="str")

    def _arg(self, instruction: Instruction, stage: Stage) -> None:
        """`ARG name` and `ARG name=default`, each of which sees those before it. Before the first FROM they are global:
        a stage takes one over by naming it."""
        outside = stage.scope == FILE
        settings = self.arguments if outside else stage.settings
        for start, end in list(split(instruction.text, instruction.arguments, instruction.escape)) or [_NO_WORD]:
            pair = pair_of(instruction, start, end)
            name = instruction.text[start : pair.name_end]
            if not _ARG_NAME.fullmatch(name):
                raise Refused("ARG takes names, and defaults behind a `=`")
            name_span = instruction.place(start, pair.name_end)
            default = self._default(instruction, pair, settings)
            prior = settings.get(name) if settings is not None else None
            outer = None if outside else self.arguments.get(name)
            value, setting = declared(name, name_span, default, prior, outer)
            span, value_span = instruction.place(start, end), instruction.place(pair.value, end)
            binding = Binding(name, value, "docker-arg", span, name_span, value_span, stage.scope, overrides=False)
            self._bind(binding)
            if settings is not None:
                settings[name] = setting

    def _default(self, instruction: Instruction, pair: Pair, settings: Settings | None) -> Value | None:
        if pair.value == pair.name_end:
            return None
        return self._expanded(instruction, pair.value, pair.end, settings)

    def _run(self, instruction: Instruction, stage: Stage) -> None:
        secrets = list(secrets_of(instruction))
        if secrets:
            # They are there for this instruction alone.
            settings = {each.name: Setting(unknown("a secret of the build", type="str"), True) for each in secrets}
            known = {**stage.settings, **settings} if stage.settings is not None else None
            stage = replace(stage, scope=self._scope("command", stage.scope, instruction.span), settings=known)
        for secret in secrets:
            value = unknown("a secret of the build", secret.span, type="str")
            spans = (secret.span, secret.name_span, Span(secret.span.end, secret.span.end))
            self._bind(Binding(secret.name, value, "docker-secret", *spans, stage.scope))
        if not instruction.heredocs:
            self._command(instruction, instruction.arguments, stage)
        elif marker(instruction.rest) is None:
            # The shell gets the line and the heredocs below it, and handles them itself.
            pieces = instruction.pieces(instruction.arguments, len(instruction.text))
            below = Span(self.source.text.index("\n", instruction.line.end), instruction.span.end)
            self._body((*pieces, below), stage)
        else:
            self._script(instruction.heredocs[0], stage)

    def _script(self, heredoc: Heredoc, stage: Stage) -> None:
        """`RUN <<EOF`: the heredoc is what the shell runs, or the program that its first line names."""
        found = _SHEBANG.match(self.source.text, heredoc.body.start, heredoc.body.end)
        if found:
            program = found[2] if found[2] and found[1].endswith("/env") else found[1]
            stage = replace(stage, dialect=dialect_of(program))
        self._body(heredoc.pieces(self.source.text), stage)

    def _command(
        self,
        instruction: Instruction,
        start: int,
        stage: Stage,
        *,
        kind: ScopeKind = "subshell",
        added: Sequence[tuple[str, Span]] = (),
    ) -> None:
        """What is started, by a shell or, if it is a JSON array, without one; `added` are further words."""
        words = json_words(instruction, start)
        if words is None:
            self._body(instruction.pieces(start, len(instruction.text)), stage, kind=kind)
            return
        every = [(text, Span(place.start + 1, place.end - 1)) for text, place in (*words, *added)]
        if words:
            arguments = tuple(literal(text, span) for text, span in every)
            span = instruction.place(start, len(instruction.text))
            self.items.append(Launch(words[0][0], arguments[1:], span, stage.scope))
            told = read_words(self.source, every[: len(words)], self.wanted, self.secrets)
            self.items += (replace(fact, scope=stage.scope) for fact in told)
            self._given_script(words, stage, kind)

    def _given_script(self, words: Sequence[tuple[str, Span]], stage: Stage, kind: ScopeKind) -> None:
        """`["bash", "-c", "..."]`: a shell of its own, whose script is one of the words."""
        names = _NAME.findall(words[-1][0])
        held = dict.fromkeys(names) if stage.settings is None else {name for name in names if name in stage.settings}
        known = {name: unknown("the build sets it", type="str") for name in held}
        found = given_script(self.source, words, self.wanted, known, SHELLS)
        if found is not None:
            embedded, facts = found
            scope = self._scope(kind, stage.scope, embedded.outer(Span(0, len(embedded.text))))
            self._add(placed(facts, embedded, self.source, len(self.scopes), scope))

    def _add(self, facts: Facts) -> None:
        self.scopes += facts.scopes
        self.items += facts.items
        self.comments += facts.comments
        self.unreadable += facts.unreadable
        self.statements += facts.statements

    def _body(self, ranges: Iterable[Span], stage: Stage, *, kind: ScopeKind = "subshell") -> None:
        """Reads what a shell runs. It is a process of its own: what it sets is gone when it ends."""
        body = tuple(ranges)
        if not body or stage.dialect is None:
            self.items += self.secrets.in_ranges(body, stage.scope)
            return
        # Only the names that the body spells: a file may set many and run much.
        names = dict.fromkeys(_NAME.findall("".join(map(self.source.slice, body))))
        known = known_of(names, stage.settings)
        facts = shell.read_ranges(self.source, body, self.wanted, known, dialect=stage.dialect)
        first = len(self.scopes)
        inner = facts.scopes or (Scope("file", None, body[0].to(body[-1])),)
        moved = (
            replace(scope, parent=first + scope.parent if scope.parent is not None else None) for scope in inner[1:]
        )
        items = tuple(replace(item, scope=first + item.scope) for item in facts.items)
        self.scopes.append(Scope(kind, stage.scope, inner[0].span))
        self._add(replace(facts, scopes=tuple(moved), items=items))

    def _healthcheck(self, instruction: Instruction, stage: Stage) -> None:
        word = _WORD.match(instruction.text, instruction.arguments)
        if word and word[0].upper() == "CMD":
            self._starts(instruction, skip_spaces(instruction.text, word.end()), stage)
        else:
            stage.starts.pop("HEALTHCHECK", None)

    def _starts(self, instruction: Instruction, at: int, stage: Stage) -> None:
        """A command that a container runs, not the build: it sees what its stage has set in the end. Only the last of
        its kind counts, and an ENTRYPOINT drops the CMD of its base (Dockerfile reference, CMD and ENTRYPOINT)."""
        if stage.settings is None or stage.scope == FILE:
            self._command(instruction, at, stage)
            return
        before = stage.starts.get(instruction.keyword)
        if before is not None and before.scope == stage.scope:
            rest = before.instruction
            self.items += self.secrets.in_ranges(rest.pieces(before.at, len(rest.text)), stage.scope)
        command = stage.starts.get("CMD")
        if instruction.keyword == "ENTRYPOINT" and command is not None and command.scope != stage.scope:
            del stage.starts["CMD"]
        stage.starts[instruction.keyword] = Start(instruction, at, stage.scope, stage.dialect)

    def _started(self, stage: Stage) -> None:
        """What a container of a stage that has ended starts."""
        entry, command = stage.starts.get("ENTRYPOINT"), stage.starts.get("CMD")
        words = json_words(command.instruction, command.at) if command is not None else None
        program = json_words(entry.instruction, entry.at) if entry is not None else None
        added = words or () if program is not None else ()
        for start in (entry, command, stage.starts.get("HEALTHCHECK")):
            if start is None:
                continue
            first = len(self.items)
            if start.scope != stage.scope:
                self.items += (replace(launch, scope=stage.scope) for launch in start.launches[:_MOST_LAUNCHES])
                continue
            late = replace(stage, dialect=start.dialect, settings=at_last(stage.settings))
            self._command(start.instruction, start.at, late, kind="stage", added=added if start is entry else ())
            if start is command and program and _INTERPRETER.fullmatch(program[0][0].rpartition("/")[2]):
                # What it names is an argument, and no program.
                self.items[first:] = [item for item in self.items[first:] if not isinstance(item, Launch)]
            start.launches = [item for item in self.items[first:] if isinstance(item, Launch)]

    def _shell(self, instruction: Instruction, stage: Stage) -> None:
        words = json_words(instruction, instruction.arguments)
        if not words:
            raise Refused("SHELL takes a JSON array of texts")
        stage.dialect = dialect_of(words[0][0])

    def _onbuild(self, instruction: Instruction, stage: Stage) -> None:
        """An instruction that runs in builds on top of this image, where more may be set."""
        inner = triggered(instruction)
        if inner.keyword in ("FROM", "ONBUILD", "MAINTAINER"):
            raise Refused("ONBUILD takes no such instruction")
        if stage.child is None:
            stage.child = self._scope("stage", stage.scope, instruction.span)
        first = len(self.items)
        self._in_stage(inner, Stage(stage.child, None, dialect=stage.dialect))
        stage.later.update(item.variable for item in self.items[first:] if isinstance(item, Binding))
