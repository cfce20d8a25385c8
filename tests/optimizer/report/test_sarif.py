"""The parts of the SARIF 2.1.0 schema that our logs use, checked by hand: the schema itself is not shipped."""

import json
from typing import Any

import pytest

from optimizer.ir.diagnostic import Diagnostic, Severity, Span
from optimizer.report.sarif import render_sarif

SOURCE = "int é; while (x) y;\n".encode()
SPAN = Span("dir with space/a.c", 1, SOURCE.index(b"while") + 1, 1, SOURCE.index(b"while") + 6)
FOUND = [
    Diagnostic("LW111", Severity.REMARK, "a while loop", SPAN, "here", ((SPAN, "there"),), ("n",), ("h",)),
    Diagnostic("LW108", Severity.ERROR, "cannot read", Span("b.c", 1, 1, 1, 1)),
    Diagnostic("LW111", Severity.WARNING, "another", SPAN),
]
TITLES = {"LW111": "a while or do loop"}


@pytest.fixture
def run() -> Any:
    log = json.loads(render_sarif(FOUND, "1.2.3", {SPAN.file: SOURCE}, TITLES))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    assert set(log) <= {"$schema", "version", "runs"}
    (run,) = log["runs"]
    return run


def test_the_driver_names_the_tool_and_each_rule_once(run: Any) -> None:
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("loopwright", "1.2.3")
    assert driver["rules"] == [
        {"id": "LW108", "shortDescription": {"text": "LW108"}},
        {"id": "LW111", "shortDescription": {"text": "a while or do loop"}},
    ]


def test_each_result_points_to_its_rule(run: Any) -> None:
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [d.code for d in FOUND]
    assert [result["level"] for result in run["results"]] == ["note", "error", "warning"]


def test_columns_count_characters(run: Any) -> None:
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "dir%20with%20space/a.c"
    start = SOURCE.decode().index("while") + 1
    assert place["region"] == {"startLine": 1, "startColumn": start, "endLine": 1, "endColumn": start + 5}


def test_everything_that_is_said_is_in_the_message(run: Any) -> None:
    assert run["results"][0]["message"]["text"] == "a while loop. n. h"
    assert run["results"][0]["relatedLocations"][0]["message"]["text"] == "there"


def test_every_member_is_one_that_the_schema_knows(run: Any) -> None:
    assert set(run) <= {"tool", "columnKind", "results"}
    for result in run["results"]:
        assert set(result) <= {"ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations"}
        for location in result["locations"] + result.get("relatedLocations", []):
            assert set(location) <= {"physicalLocation", "message"}
            region = location["physicalLocation"]["region"]
            assert all(isinstance(value, int) and value >= 1 for value in region.values())


def test_a_clean_run_is_a_log_without_results() -> None:
    assert json.loads(render_sarif([], "1", {}, {}))["runs"][0]["results"] == []
