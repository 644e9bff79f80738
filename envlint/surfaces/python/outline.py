"""The outline of a Python module: its statements in order, block by block, with what its names are bound to.

Recursive over blocks, whose depth the guard bounds. What a spot means and what a name stands for is not
decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import libcst as cst

from envlint.facts import ScopeKind
from envlint.surfaces.python.records import REFLECTING, Bound, Change, Outline, Place, Space, Step, Suite
from envlint.surfaces.python.walk import bind, bind_targets, is_environ, line_of, parameters, walk


def outline(module: cst.Module, nodes: list[cst.CSTNode], marked: frozenset[int] = frozenset()) -> Outline:
    """The outline of a module; `nodes` is filled with the statements and clauses that logical lines begin, and
    the expressions in the `marked` ones are noted as clues."""
    found = Outline(Space("module"), Place("file", None, (0, 0)), nodes, marked=marked)
    _fill(found, found.suite, module.body, found.module, found.file)
    found.dynamic = found.dynamic or (found.through_objects and found.reflects)
    return found


def _fill(found: Outline, suite: Suite, body: Sequence[cst.CSTNode], space: Space, place: Place) -> None:
    for statement in body:
        if not isinstance(statement, cst.SimpleStatementSuite):
            _begin(found, statement)
        if isinstance(statement, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
            for small in statement.body:
                _simple(found, _step(found, suite, small, space, place))
        else:
            _compound(found, _step(found, suite, statement, space, place))


def _begin(found: Outline, node: cst.CSTNode) -> None:
    """A statement or clause begins a logical line; each decorator before it has one of its own."""
    found.nodes.append(node)
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
        found.nodes.extend([node] * len(node.decorators))


def _step(found: Outline, suite: Suite, node: cst.CSTNode, space: Space, place: Place) -> Step:
    step = Step(node, line_of(found), len(found.steps), space, place)
    suite.steps.append(step)
    found.steps.append(step)
    return step


def _simple(found: Outline, step: Step) -> None:
    match step.node:
        case cst.Expr(value=value) | cst.Return(value=value) if value is not None:
            found.escapes = found.escapes or is_environ(found, value)
            walk(found, step, [value])
        case cst.Assign(targets=targets, value=value):
            walk(found, step, [value])
            for target in targets:
                bind_targets(found, step, target.target, value)
        case cst.AnnAssign(target=target, value=value) if value is not None:
            walk(found, step, [value])
            bind_targets(found, step, target, value)
        case cst.AugAssign(target=target, value=value):
            walk(found, step, [value])
            if isinstance(step.node.operator, cst.BitOrAssign) and isinstance(target, cst.Name):
                _unite(found, step, target.value)
            else:
                bind_targets(found, step, target, None)
            if isinstance(step.node.operator, cst.BitOrAssign) and isinstance(value, cst.Name):
                found.spread[value.value] += 1
        case cst.Import() | cst.ImportFrom():
            _import(found, step)
        case cst.Global(names=names):
            module = found.module
            step.space.shared.update({item.name.value: module for item in names})
        case cst.Nonlocal(names=names):
            _nonlocal(step, [item.name.value for item in names])
        case cst.Del(target=target):
            bind_targets(found, step, target, None)
        case cst.TypeAlias(name=name):
            bind(step, step.space, name.value, Bound("other", step, step.space, step.place))
        case cst.Raise(exc=exception, cause=cause):
            walk(found, step, [exception, cause.item if cause is not None else None])
        case cst.Assert(test=test, msg=message):
            walk(found, step, [test, message])


def _unite(found: Outline, step: Step, name: str) -> None:
    """`name |= mapping` changes a mapping in place (reference 7.2.1, stdtypes `d |= other`)."""
    assert isinstance(step.node, cst.AugAssign)
    value = step.node.value
    bind(step, step.space, name, Bound("union", step, step.space, step.place))
    found.changes.setdefault(name, []).append(Change(step.node, step, step.space, step.place, value))


def _compound(found: Outline, step: Step) -> None:
    match step.node:
        case cst.If():
            _if(found, step, step.node)
        case cst.While(test=test, body=body, orelse=orelse):
            walk(found, step, [test])
            _suite(found, step, body, "loop", "loop")
            _optional(found, step, orelse)
        case cst.For(target=target, iter=iterable, body=body, orelse=orelse):
            walk(found, step, [iterable])
            if isinstance(iterable, cst.Name):
                # Going through a mapping's names hands on no more than these.
                found.spread[iterable.value] += 1
            bind_targets(found, step, target, None)
            _suite(found, step, body, "loop", "loop")
            _optional(found, step, orelse)
        case (
            cst.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final)
            | cst.TryStar(body=body, handlers=handlers, orelse=orelse, finalbody=final)
        ):
            _suite(found, step, body, "maybe", "branch")
            for handler in handlers:
                _begin(found, handler)
                walk(found, step, [handler.type])
                if handler.name is not None:
                    bind_targets(found, step, handler.name.name, None)
                _suite(found, step, handler.body, "maybe", "branch")
            _optional(found, step, orelse)
            if final is not None:
                _begin(found, final)
                _inline(found, step, final.body, step.place)
        case cst.With(items=items, body=body):
            for item in items:
                walk(found, step, [item.item])
                if item.asname is not None:
                    bind_targets(found, step, item.asname.name, None)
            step.disturbs = True
            _inline(found, step, body, Place("branch", step.place, (step.line, step.line), transparent=True))
        case cst.FunctionDef():
            _function(found, step, step.node)
        case cst.ClassDef():
            _class(found, step, step.node)
        case cst.Match():
            _match(found, step, step.node)


def _if(found: Outline, step: Step, node: cst.If) -> None:
    at: cst.If | cst.Else | None = node
    while isinstance(at, cst.If):
        if at is not node:
            _begin(found, at)
        walk(found, step, [at.test])
        _suite(found, step, at.body, "maybe", "branch", choice=node)
        at = at.orelse
    if at is not None:
        _begin(found, at)
        _suite(found, step, at.body, "maybe", "branch", choice=node)


def _optional(found: Outline, step: Step, node: cst.Else | None) -> None:
    if node is not None:
        _begin(found, node)
        _suite(found, step, node.body, "maybe", "branch")


def _match(found: Outline, step: Step, node: cst.Match) -> None:
    walk(found, step, [node.subject])
    for case in node.cases:
        _begin(found, case)
        for name in _captured(case.pattern):
            bind(step, step.space, name, Bound("other", step, step.space, step.place))
        walk(found, step, [case.guard])
        _suite(found, step, case.body, "maybe", "branch", choice=node)


def _captured(pattern: cst.MatchPattern) -> Iterator[str]:
    """The names that a pattern binds."""
    stack: list[cst.CSTNode] = [pattern]
    while stack:
        node = stack.pop()
        if isinstance(node, (cst.MatchAs, cst.MatchStar)) and node.name is not None:
            yield node.name.value
        if isinstance(node, cst.MatchMapping) and node.rest is not None:
            yield node.rest.value
        stack.extend(
            child for child in node.children if isinstance(child, cst.MatchPattern) or type(child) in _PATTERN_PARTS
        )


_PATTERN_PARTS = frozenset(
    {
        cst.MatchSequenceElement,
        cst.MatchStar,
        cst.MatchMappingElement,
        cst.MatchKeywordElement,
        cst.MatchOrElement,
    }
)


def _suite(
    found: Outline,
    step: Step,
    body: cst.BaseSuite,
    runs: Literal["maybe", "loop"],
    kind: ScopeKind,
    *,
    choice: cst.CSTNode | None = None,
) -> None:
    suite = Suite(runs)
    step.suites.append(suite)
    place = Place(kind, step.place, (len(found.nodes), 0), choice=choice)
    if isinstance(body, cst.SimpleStatementSuite):
        place = Place(kind, step.place, (line_of(found), 0), (body.body[0], body.body[-1]), choice=choice)
    _fill(found, suite, _statements(body), step.space, place)
    _end(found, place)


def _inline(found: Outline, step: Step, body: cst.BaseSuite, place: Place) -> None:
    """A block that runs whenever its statement does."""
    suite = Suite("always")
    step.suites.append(suite)
    _fill(found, suite, _statements(body), step.space, place)
    if place is not step.place:
        _end(found, place)


def _end(found: Outline, place: Place) -> None:
    """A region ends with the line that has been walked last."""
    place.lines = (place.lines[0], line_of(found))


def _statements(body: cst.BaseSuite) -> Sequence[cst.CSTNode]:
    return body.body if isinstance(body, cst.IndentedBlock) else [body]


def _function(found: Outline, step: Step, node: cst.FunctionDef) -> None:
    walk(found, step, [decorator.decorator for decorator in node.decorators])
    step.disturbs = bool(node.decorators)
    bind(step, step.space, node.name.value, Bound("other", step, step.space, step.place))
    place = Place("function", step.place, (step.line, step.line), name=node.name.value)
    space = Space("function", step.space)
    parameters(found, step, node.params, space, step.space, place)
    suite = Suite("later")
    step.suites.append(suite)
    _fill(found, suite, _statements(node.body), space, place)
    _end(found, place)


def _class(found: Outline, step: Step, node: cst.ClassDef) -> None:
    walk(found, step, [decorator.decorator for decorator in node.decorators])
    walk(found, step, [argument.value for argument in (*node.bases, *node.keywords)])
    bind(step, step.space, node.name.value, Bound("other", step, step.space, step.place))
    suite = Suite("always")
    step.suites.append(suite)
    # Decorators, metaclasses and __init_subclass__ run with the class.
    step.disturbs = True
    place = Place("class", step.place, (step.line, step.line), name=node.name.value)
    space = Space("class", step.space)
    found.classes[node.name.value] = space
    _fill(found, suite, _statements(node.body), space, place)
    _end(found, place)


def _import(found: Outline, step: Step) -> None:
    # The code of a module runs when it is first imported.
    step.disturbs = True
    node = step.node
    if isinstance(node, cst.Import):
        for alias in node.names:
            whole = dotted(alias.name) or ""
            first = whole.partition(".")[0]
            found.reflects = found.reflects or whole in REFLECTING
            name = _as_name(alias)
            qualified = whole if name is not None else first
            bind(step, step.space, name or first, Bound("import", step, step.space, step.place, qualified))
    elif isinstance(node, cst.ImportFrom):
        if isinstance(node.names, cst.ImportStar):
            found.dynamic = True
            return
        module = "." * len(node.relative) + (dotted(node.module) or "" if node.module is not None else "")
        for alias in node.names:
            whole = dotted(alias.name) or ""
            qualified = f"{module}.{whole}" if not module.endswith(".") else module + whole
            name = _as_name(alias) or whole
            if qualified == "os.environ":
                found.aliases.add(name)
            if whole in REFLECTING:
                found.reflects = True
            bind(step, step.space, name, Bound("import", step, step.space, step.place, qualified))


def _as_name(alias: cst.ImportAlias) -> str | None:
    name = alias.asname.name if alias.asname is not None else None
    return name.value if isinstance(name, cst.Name) else None


def _nonlocal(step: Step, names: Iterable[str]) -> None:
    """Names that belong to some function around: which binding holds when is not followed in any of them."""
    space: Space | None = step.space
    while space is not None and space.kind != "module":
        for name in names:
            space.names.setdefault(name, []).append(Bound("other", step, step.space, step.place))
        space = space.parent


def dotted(node: cst.CSTNode) -> str | None:
    """A chain of plain names as it is written, `a.b.c`; None for anything else."""
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return None
    return ".".join([node.value, *reversed(names)])
