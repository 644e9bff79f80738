"""SARIF: what each object holds. That the whole is valid is tested with the validators, next door."""

from __future__ import annotations

import json

import pytest
from made_up import ROOT, at, finding, golden, key, report, rule, sample, source

from envlint.finding import Edit, Fix, Location, Related, Severity, Suppressed
from envlint.report import Notice, Style, load
from envlint.source import Source, Span


def render(shown) -> str:
    return "".join(load("sarif").render(shown, Style()))


def run(shown) -> dict:
    (only,) = json.loads(render(shown))["runs"]
    return only


def result(shown) -> dict:
    (only,) = run(shown)["results"]
    return only


def test_whole_file_is_the_kept_one_from_wherever() -> None:
    for cwd in ("/srv/project", "/srv/project/src", "/"):
        golden("sample.sarif", render(sample(cwd)))


def test_no_path_of_the_machine() -> None:
    assert ROOT not in render(sample())


def test_clean_run_names_its_rules() -> None:
    clean = run(report())
    assert clean["results"] == []
    assert [one["id"] for one in clean["tool"]["driver"]["rules"]] == [
        "committed-api-key",
        "invalid-value",
        "redundant-argument",
        "shadowing-argument",
        "unreadable-source",
    ]
    assert clean["invocations"] == [{"executionSuccessful": True}]


def test_version_stands_near_the_top() -> None:
    assert list(json.loads(render(report()))) == ["$schema", "version", "runs"]


def test_level_is_written_where_it_is_the_default() -> None:
    where = source("a.sh", "x")
    assert result(report(finding(where, Span(0, 1), severity=Severity.WARNING)))["level"] == "warning"
    levels = [one["defaultConfiguration"]["level"] for one in run(report())["tool"]["driver"]["rules"]]
    assert levels == ["error", "error", "note", "warning", "note"]


def test_what_github_sorts_by() -> None:
    properties = {one["id"]: one["properties"] for one in run(report())["tool"]["driver"]["rules"]}
    assert properties["committed-api-key"] == {
        "tags": ["environment", "security", "external/cwe/cwe-798"],
        "precision": "high",
        "security-severity": "9.1",
    }
    assert properties["invalid-value"]["problem.severity"] == "error"
    assert properties["redundant-argument"]["problem.severity"] == "recommendation"


def test_descriptions_fit_githubs_limit() -> None:
    long = rule("invalid-value")
    long = type(long)(
        **{**{name: getattr(long, name) for name in long.__dataclass_fields__}, "why": "word " * 400 + key()}
    )
    (only,) = run(report(rules=(long,)))["tool"]["driver"]["rules"]
    assert len(only["fullDescription"]["text"]) == 1024
    assert key() not in json.dumps(only)


def test_location_with_its_text() -> None:
    where = source("a b/é.sh", "one\nA=😀x\nthree\n")
    (location,) = result(report(finding(where, at(where, "x"))))["locations"]
    physical = location["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "a%20b/%C3%A9.sh", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {
        "startLine": 2,
        "startColumn": 4,
        "endLine": 2,
        "endColumn": 5,
        "snippet": {"text": "x"},
    }
    assert physical["contextRegion"] == {
        "startLine": 1,
        "startColumn": 1,
        "endLine": 3,
        "endColumn": 6,
        "snippet": {"text": "one\nA=😀x\nthree"},
    }


def test_key_is_redacted_and_its_line_has_no_hash() -> None:
    secret = key()
    where = source("a.sh", f"B={'b ' * 100}x\nA={secret}\n")
    on_it = result(report(finding(where, at(where, secret)), secrets={where: (at(where, secret),)}))
    assert on_it["locations"][0]["physicalLocation"]["region"]["snippet"] == {"text": "[REDACTED]"}
    assert list(on_it["partialFingerprints"]) == ["envlint/v1"]
    # The 100 characters from the line before reach to the B, and no further: the blanks do not count.
    above = result(report(finding(where, at(where, "B")), secrets={where: (at(where, secret),)}))
    assert list(above["partialFingerprints"]) == ["primaryLocationLineHash", "envlint/v1"]
    beside = source("a.sh", f"B=x\nA={secret}\n")
    assert list(result(report(finding(beside, at(beside, "x"))))["partialFingerprints"]) == ["envlint/v1"]


def test_line_hash_is_githubs() -> None:
    where = source("a.txt", " a\nb\n  \t\tc\n d")
    prints = result(report(finding(where, at(where, "c"))))["partialFingerprints"]
    assert prints["primaryLocationLineHash"] == "180aee12dab6264:1"


def test_line_hash_counts_a_byte_order_mark_and_leaves_utf16_alone() -> None:
    plain, marked = Source("a", b"x\n"), Source("a", b"\xef\xbb\xbfx\n")
    hashes = [result(report(finding(one, Span(0, 1))))["partialFingerprints"] for one in (plain, marked)]
    assert hashes[0]["primaryLocationLineHash"] != hashes[1]["primaryLocationLineHash"]
    other = Source("a", "\ufeffx\n".encode("utf-16-le"))
    assert "primaryLocationLineHash" not in result(report(finding(other, Span(0, 1))))["partialFingerprints"]


def test_related_locations_are_linked_from_the_message() -> None:
    where = source("a.sh", "A=x\nB=y\n")
    related = (
        Related(Location(where, at(where, "y")), "os.environ['B'] is set here"),
        Related(Location(where, at(where, "A")), "here too"),
    )
    found = result(report(finding(where, at(where, "x"), message="a[0](1) is wrong", help="do b", related=related)))
    assert found["message"]["text"] == (
        "a[0\\](1) is wrong. Help: do b. See: [os.environ\\['B'\\] is set here](1), [here too](2)."
    )
    assert [(one["id"], one["message"]["text"]) for one in found["relatedLocations"]] == [
        (1, "os.environ['B'] is set here."),
        (2, "here too."),
    ]


def test_fix_of_two_files() -> None:
    one, two = source("a.sh", "x\n"), source("b.sh", "y\n")
    edits = (Edit(one, Span(0, 1), "z"), Edit(two, Span(0, 2), ""), Edit(one, Span(1, 1), "!"))
    (fix,) = result(report(finding(one, Span(0, 1), fix=Fix("change both", edits, safe=True))))["fixes"]
    assert [change["artifactLocation"]["uri"] for change in fix["artifactChanges"]] == ["a.sh", "b.sh"]
    first, second = (change["replacements"] for change in fix["artifactChanges"])
    assert [one["insertedContent"]["text"] for one in first] == ["z", "!"]
    assert second == [{"deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 2, "endColumn": 1}}]


def test_fix_with_a_key_is_left_out() -> None:
    where = source("a.sh", "x\n")
    fix = Fix("move it", (Edit(where, Span(0, 1), key()),), safe=False)
    assert "fixes" not in result(report(finding(where, Span(0, 1), fix=fix)))


def test_suppressions_are_on_every_result_or_on_none() -> None:
    where = source("a.sh", "xy\n")
    plain = finding(where, Span(0, 1))
    hidden = finding(where, Span(1, 2), suppressed=Suppressed("baseline", ""))
    assert "suppressions" not in run(report(plain))["results"][0]
    assert [one["suppressions"] for one in run(report(plain, hidden))["results"]] == [
        [],
        [{"kind": "external", "status": "accepted"}],
    ]


def test_unreadable_files_are_notifications() -> None:
    notices = (Notice("a.py", None, "not UTF-8"), Notice("b.py", 3, "cut off", root="/srv/other"))
    (invocation,) = run(report(unreadable=notices))["invocations"]
    first, second = invocation["toolExecutionNotifications"]
    assert (first["level"], first["message"]["text"]) == ("warning", "not UTF-8.")
    assert first["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "a.py", "uriBaseId": "%SRCROOT%"}}
    assert second["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] == "%SRCROOT2%"


def test_each_project_has_a_base_of_its_own() -> None:
    mine, other = source("a.sh", "x"), source("a.sh", "x", root="/srv/other")
    both = run(report(finding(mine, Span(0, 1)), finding(other, Span(0, 1))))
    assert list(both["originalUriBaseIds"]) == ["%SRCROOT%", "%SRCROOT2%"]
    bases = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] for one in both["results"]]
    assert bases == ["%SRCROOT%", "%SRCROOT2%"]


@pytest.mark.parametrize("count", [1, 1000])
def test_long_line_does_not_flood(count: int) -> None:
    where = source("a.sh", "A=x " * 50_000)
    many = [finding(where, Span(4 * n + 2, 4 * n + 3)) for n in range(count)]
    assert len(render(report(*many))) < 12_000 + 3_000 * count
