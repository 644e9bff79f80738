"""The Dockerfile surface: what each stage of a build sets, and what it runs, as BuildKit reads the file.

Owns the meaning of the instructions that set something or choose what is set: FROM, ENV, ARG, SHELL, ONBUILD. What
is run is read beside this module; all other instructions set nothing. Knows nothing of rules.
"""

from __future__ import annotations

import re
from dataclasses import replace

from envlint.embedded import placed
from envlint.facts import FILE, Binding, Comment, Facts, Scope, Unreadable, Wanted
from envlint.source import Source, Span
from envlint.surfaces.dockerfile.found import Found
from envlint.surfaces.dockerfile.inner import written_files
from envlint.surfaces.dockerfile.lines import Fault, Instruction, json_words, read_lines, triggered
from envlint.surfaces.dockerfile.pairs import Pair, Refused, pair_of, pairs
from envlint.surfaces.dockerfile.running import healthcheck, run, start, started
from envlint.surfaces.dockerfile.stages import PATH, Stage, dialect_of
from envlint.surfaces.dockerfile.values import Setting, Settings, declared, doubted, expanded, inherited, is_plain
from envlint.surfaces.dockerfile.words import BadWord, split
from envlint.value import Value, unknown

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
_WINDOWS = ("windows", "nanoserver", "servercore")
_WORD = re.compile(r"[^\t\v\f\r ]+")
_ARG_NAME = re.compile(r"[^'\"$`\\]+")
_TRIGGERED = unknown("an ONBUILD of the base may set it", type="str")
_PLATFORM_ARG = unknown("BuildKit sets it", type="str")
# How many names all stages of a file may inherit before they are no longer followed.
_MAX_INHERITED = 1 << 16
_NO_WORD = (0, 0)


def read(source: Source, wanted: Wanted) -> Facts:
    """The settings of each stage and global ARG, what its RUN bodies do, and the programs that it starts.

    What BuildKit refuses is Unreadable where it names something wanted; the rest is read as if it were not there.
    """
    found = Found(source, wanted)
    if source.bom.startswith((b"\xff", b"\xfe", b"\x00")):
        found.unreadable.append(
            Unreadable("BuildKit reads UTF-8, and this file is UTF-16 or UTF-32: it does not build")
        )
    reading = _Reading(found)
    for line in read_lines(source.text):
        if isinstance(line, Comment):
            found.comments.append(line)
        elif isinstance(line, Fault):
            found.refuse(line.span, line.cause)
        else:
            reading.instruction(line)
    reading.end_stage(len(source.text))
    return found.facts()


class _Reading:
    """The stages and global arguments of one file so far."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.arguments = {name: Setting(_PLATFORM_ARG, certain=True, default=_PLATFORM_ARG) for name in _PLATFORM}
        self.stages: dict[str, Stage] = {}
        self.stage = Stage(FILE, {})
        self.count = 0
        self.copied = 0

    def instruction(self, instruction: Instruction) -> None:
        """Notes what an instruction says."""
        span = instruction.span
        if "\n" in self.found.source.text[span.start : span.end]:
            self.found.statements.append(span)
        try:
            if instruction.keyword == "FROM":
                self._from(instruction)
            else:
                self._in_stage(instruction, self.stage)
        except (BadWord, Refused) as refused:
            self.found.refuse(span, str(refused))
        inner = triggered(instruction) if instruction.keyword == "ONBUILD" else instruction
        if inner.keyword not in _RUNNING:
            self._other_secrets(inner, self.stage.scope)
        if inner.heredocs and inner.keyword in ("COPY", "ADD"):
            self._written(inner)

    def _written(self, instruction: Instruction) -> None:
        """The files that a COPY or ADD writes. Each is a world of its own: who reads it, and when, is not told here."""
        found = self.found
        for name, text, facts, stand_ins in written_files(found.source, instruction, found.wanted):
            # The file's scope stands beside the stage's, which goes on after it.
            found.scopes.append(Scope("file", None, instruction.heredocs[0].body, name))
            scope = len(found.scopes) - 1
            found.add(placed(facts, text, found.source, len(found.scopes), scope, stand_ins))

    def _other_secrets(self, instruction: Instruction, scope: int) -> None:
        """The secrets that an instruction gives away though it sets none: in a LABEL, a file that COPY writes, or
        where a slip keeps it from being what it was meant to be."""
        self.found.give_away(instruction, instruction.start, scope)
        for heredoc in instruction.heredocs:
            self.found.give_away_in(heredoc.pieces(self.found.source.text), scope)

    def _in_stage(self, instruction: Instruction, stage: Stage) -> None:
        match instruction.keyword:
            case "ENV":
                self._env(instruction, stage)
            case "ARG":
                self._arg(instruction, stage)
            case "RUN":
                run(self.found, instruction, stage)
            case "CMD" | "ENTRYPOINT":
                start(self.found, instruction, instruction.arguments, stage)
            case "HEALTHCHECK":
                healthcheck(self.found, instruction, stage)
            case "SHELL":
                self._shell(instruction, stage)
            case "ONBUILD":
                self._onbuild(instruction, stage)
            case keyword if not _INSTRUCTION.fullmatch(keyword):
                raise Refused("the line begins with no instruction; should the line before it go on?")

    def _from(self, instruction: Instruction) -> None:
        """Begins a stage. On top of an earlier one it inherits all that was set there, by ARG too: an ARG is "declared
        within a build stage" and "automatically inherited by other stages based on that stage" (Dockerfile reference,
        ARG, Scope), because BuildKit sets it in the stage's state (dockerfile2llb/convert.go, dispatchArg: AddEnv), of
        which the stage on top gets a copy (dispatchState.init)."""
        words = list(_WORD.finditer(instruction.text, instruction.arguments))
        named = len(words) == 3 and words[1][0].lower() == "as"
        if len(words) != 1 and not named:
            self.found.refuse(instruction.span, "FROM takes an image and no more than `AS` and a name behind it")
        name = words[2][0].lower() if named else str(self.count)
        base = self._expanded(instruction, *words[0].span(), self.arguments) if words else Value()
        parent = self.stages.get(base.unset().text or "")
        self.end_stage(instruction.span.start)
        scope = self.found.scope("stage", parent.scope if parent else FILE, instruction.span, name)
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
        triggered = dict.fromkeys(parent.later, Setting(_TRIGGERED, certain=False, kept=_TRIGGERED))
        settings = inherited(parent.settings)
        return {**(settings if certain else doubted(settings)), **triggered}

    def end_stage(self, end: int) -> None:
        """Lets the scope of the stage that is being read end here."""
        scopes = self.found.scopes
        scope = scopes[self.stage.scope]
        if scope.kind == "stage":
            started(self.found, self.stage)
            scopes[self.stage.scope] = replace(scope, span=Span(scope.span.start, end))

    def _env(self, instruction: Instruction, stage: Stage) -> None:
        """`ENV name=value ...`, or `ENV name value` where the first word holds no `=`: then the whole rest is one
        value, quotes and references read as in the other form (instructions/commands.go, expandKvp)."""
        before = stage.settings
        after: dict[str, Setting] = {}
        for pair in list(pairs(instruction)):
            name, name_span = self._name(instruction, pair, before)
            value = self._expanded(instruction, pair.value, pair.end, before)
            span, value_span = instruction.place(pair.start, pair.end), instruction.place(pair.value, pair.end)
            self.found.bind(Binding(name, value, "docker-env", span, name_span, value_span, stage.scope))
            after[name] = Setting(value, certain=True, kept=value)
        if stage.settings is not None:
            stage.settings.update(after)

    def _name(self, instruction: Instruction, pair: Pair, settings: Settings | None) -> tuple[str, Span]:
        """The name that a pair sets, and where it is written, quotes left out."""
        written = instruction.place(pair.start, pair.name_end)
        if is_plain(instruction, pair.start, pair.name_end):
            return instruction.text[pair.start : pair.name_end], written
        name = expanded(instruction, pair.start, pair.name_end, settings)
        if not name.text:
            raise Refused("a name is empty or not known before the build")
        spans = [part.span for part in name.literals() if part.span]
        exact = len(spans) == 1 and self.found.source.slice(spans[0]) == name.text
        return name.text, spans[0] if exact else written

    def _expanded(self, instruction: Instruction, start: int, end: int, settings: Settings | None) -> Value:
        """The value of a word; where BuildKit refuses it, what the word is for is still seen."""
        try:
            return expanded(instruction, start, end, settings)
        except BadWord as bad:
            self.found.refuse(instruction.span, str(bad))
            return unknown(str(bad), instruction.place(start, end), type="str")

    def _arg(self, instruction: Instruction, stage: Stage) -> None:
        """`ARG name` and `ARG name=default`, each of which sees those before it. Before the first FROM they are global:
        a stage takes one over by naming it."""
        outside = stage.scope == FILE
        settings = self.arguments if outside else stage.settings
        for first, end in list(split(instruction.text, instruction.arguments, instruction.escape)) or [_NO_WORD]:
            pair = pair_of(instruction, first, end)
            name = instruction.text[first : pair.name_end]
            if not _ARG_NAME.fullmatch(name):
                raise Refused("ARG takes names, and defaults behind a `=`")
            name_span = instruction.place(first, pair.name_end)
            default = self._default(instruction, pair, settings)
            prior = settings.get(name) if settings is not None else None
            outer = None if outside else self.arguments.get(name)
            value, setting = declared(name, name_span, default, prior, outer)
            span, value_span = instruction.place(first, end), instruction.place(pair.value, end)
            binding = Binding(name, value, "docker-arg", span, name_span, value_span, stage.scope, overrides=False)
            self.found.bind(binding)
            if settings is not None:
                settings[name] = setting

    def _default(self, instruction: Instruction, pair: Pair, settings: Settings | None) -> Value | None:
        if pair.value == pair.name_end:
            return None
        return self._expanded(instruction, pair.value, pair.end, settings)

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
            stage.child = self.found.scope("stage", stage.scope, instruction.span)
        first = len(self.found.items)
        self._in_stage(inner, Stage(stage.child, None, dialect=stage.dialect))
        stage.later.update(item.variable for item in self.found.items[first:] if isinstance(item, Binding))
