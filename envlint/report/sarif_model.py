"""SARIF's objects: sarif-om's classes behind typed functions, and their way to JSON.

sarif-om has neither types nor a serializer, and its parameters are in an order of its own: so one function for
each object that is used, keyword arguments only, and one walk over the attrs metadata. Only this module
imports it. It knows SARIF 2.1.0 (OASIS, 2020-03-27), not what envlint reports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NewType, TypeAlias

import attr
import sarif_om as om

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Node = NewType("Node", object)
"""An object of sarif-om's."""

Json: TypeAlias = Any

# Written whatever they are. `level` and `kind`: a reader that does not know the default of a missing one takes
# that of the rule.
_ALWAYS = frozenset({"level", "kind", "executionSuccessful"})
# An empty list says that there are none, a missing one that nobody looked (3.14.23, 3.27.23).
_LISTS = frozenset({"results", "suppressions"})
_ROOT = {"$schema": 0, "version": 1}


def to_json(node: object) -> Json:
    """A tree of objects as dictionaries and lists, without what says no more than the default does."""
    kind: Any = type(node)
    if attr.has(kind):
        found = {
            field.metadata["schema_property_name"]: to_json(value)
            for field in attr.fields(kind)
            if _tells(field, value := getattr(node, field.name))
        }
        # Some readers look for the version near the top.
        return dict(sorted(found.items(), key=lambda item: _ROOT.get(item[0], len(_ROOT))))
    if isinstance(node, Mapping):
        return {key: to_json(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [to_json(item) for item in node]
    return node


def _tells(field: attr.Attribute[Any], value: object) -> bool:
    name = field.metadata["schema_property_name"]
    if name in _ALWAYS or (name in _LISTS and value is not None):
        return True
    if value is None or value == "" or value == [] or value == () or value == {}:
        return False
    default: Any = field.default
    return bool(value != (default.factory() if isinstance(default, attr.Factory) else default))  # type: ignore[arg-type]


def log(run: Node) -> Node:
    """The whole file."""
    return Node(om.SarifLog(schema_uri=SCHEMA, version="2.1.0", runs=[run]))


def run(
    *,
    driver: Node,
    results: Sequence[Node],
    invocation: Node,
    base_ids: Mapping[str, Node],
    category: str,
    redaction: str,
) -> Node:
    """One run of the tool. Columns count code points; every line end that counts is named (3.14.24, 3.14.27)."""
    return Node(
        om.Run(
            tool=om.Tool(driver=driver),
            automation_details=om.RunAutomationDetails(id=category),
            invocations=[invocation],
            original_uri_base_ids=dict(base_ids),
            column_kind="unicodeCodePoints",
            newline_sequences=["\r\n", "\n", "\r"],
            redaction_tokens=[redaction],
            results=list(results),
        )
    )


def driver(*, name: str, full_name: str, version: str, rules: Sequence[Node]) -> Node:
    """The tool; `version` is a semantic one."""
    return Node(
        om.ToolComponent(
            name=name,
            full_name=full_name,
            version=version,
            semantic_version=version,
            rules=list(rules),
        )
    )


def rule(
    *,
    id: str,
    name: str,
    short: str,
    full: str,
    help: str,
    markdown: str,
    level: str,
    properties: Mapping[str, Json],
) -> Node:
    """A rule's description."""
    return Node(
        om.ReportingDescriptor(
            id=id,
            name=name,
            short_description=om.MultiformatMessageString(text=short),
            full_description=om.MultiformatMessageString(text=full),
            help=om.MultiformatMessageString(text=help, markdown=markdown),
            default_configuration=om.ReportingConfiguration(level=level),
            properties=dict(properties),
        )
    )


def invocation(*, notifications: Sequence[Node]) -> Node:
    """That the tool ran to its end, and what it could not read on the way."""
    return Node(om.Invocation(execution_successful=True, tool_execution_notifications=list(notifications)))


def notification(*, text: str, locations: Sequence[Node]) -> Node:
    """A warning about the run itself: "the analysis might be incomplete" (3.58.6)."""
    return Node(om.Notification(level="warning", message=message(text), locations=list(locations)))


def message(text: str) -> Node:
    """A plain text; `[words](1)` in it links to the related location of that id."""
    return Node(om.Message(text=text))


def artifact(uri: str, base_id: str) -> Node:
    """A file, relative to a base."""
    return Node(om.ArtifactLocation(uri=uri, uri_base_id=base_id))


def base(description: str) -> Node:
    """A base that other files are relative to, described and not located."""
    return Node(om.ArtifactLocation(description=om.Message(text=description)))


def region(
    *, line: int, column: int | None = None, end_line: int | None = None, end_column: int | None = None, text: str = ""
) -> Node:
    """A part of a file, with its text as far as it may be shown."""
    snippet = om.ArtifactContent(text=text) if text else None
    return Node(
        om.Region(start_line=line, start_column=column, end_line=end_line, end_column=end_column, snippet=snippet)
    )


def location(
    *,
    file: Node,
    region: Node | None = None,
    context: Node | None = None,
    id: int | None = None,
    text: str | None = None,
) -> Node:
    """A place in a file; with an id where a message links to it, and with what is said of it."""
    physical = om.PhysicalLocation(artifact_location=file, region=region, context_region=context)
    said = om.Message(text=text) if text else None
    # sarif-om's default for a missing id is -1, as the schema's.
    return Node(om.Location(id=-1 if id is None else id, physical_location=physical, message=said))


def fix(*, description: str, changes: Sequence[tuple[Node, Sequence[tuple[Node, str]]]]) -> Node:
    """A proposed change: for each file, regions and what stands there afterwards."""
    return Node(
        om.Fix(
            description=om.Message(text=description),
            artifact_changes=[
                om.ArtifactChange(
                    artifact_location=file,
                    replacements=[
                        # Nothing inserted: a deletion (3.57.4).
                        om.Replacement(
                            deleted_region=deleted, inserted_content=om.ArtifactContent(text=text) if text else None
                        )
                        for deleted, text in replacements
                    ],
                )
                for file, replacements in changes
            ],
        )
    )


def suppression(*, kind: str, justification: str) -> Mapping[str, str]:
    """Why a result is not reported. A plain dictionary: sarif-om's class calls `status` `state`, which the
    schema refuses."""
    found = {"kind": kind, "status": "accepted", "justification": justification}
    return {key: value for key, value in found.items() if value}


def result(
    *,
    rule_id: str,
    rule_index: int,
    level: str,
    text: str,
    location: Node,
    related: Sequence[Node],
    fingerprints: Mapping[str, str],
    fixes: Sequence[Node],
    suppressions: Sequence[Mapping[str, str]] | None,
    properties: Mapping[str, Json],
) -> Node:
    """One finding. `suppressions` is a list for every result of a run or for none (3.27.23)."""
    return Node(
        om.Result(
            rule_id=rule_id,
            rule_index=rule_index,
            level=level,
            message=om.Message(text=text),
            locations=[location],
            related_locations=list(related),
            partial_fingerprints=dict(fingerprints),
            fixes=list(fixes),
            suppressions=None if suppressions is None else list(suppressions),
            properties=dict(properties),
        )
    )
