import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.ir.diagnostic import Diagnostic, Severity, Span
from optimizer.ir.outcome import Measured, Refused
from optimizer.ir.scop import Scop
from optimizer.report.document import render_json
from optimizer.report.result import outcome_as_json, result_as_json, result_text
from optimizer.search.request import Cost, NestResult, Result, Trial

WIN = Measured(2.0, 1.9, 2.1, 3e9, 1.5e9, 12)


@pytest.fixture
def result(stencil: Scop) -> Result:
    nests = (
        NestResult(stencil, "tile(S0@0, 32)", "faster", WIN, 1.5, (Trial("tile(S0@0, 32)", WIN),)),
        NestResult(stencil, "reverse(S0@0)", "chosen by the model", None, 2.0),
        NestResult(stencil, None, "nothing was faster"),
    )
    refusal = Diagnostic("LW111", Severity.REMARK, "a while loop", Span("jacobi.c", 1, 1, 1, 2))
    return Result(Path("jacobi.c"), b"", nests, (refusal,), WIN, "bubblewrap", {"N": 4}, ("threads share a core",))


def test_each_nest_has_its_line_and_the_file_its_summary(result: Result) -> None:
    assert result_text(result).splitlines() == [
        "jacobi.c:2:2: remark: nest f:0 is 2.00x (1.90 to 2.10), 3 s -> 1.5 s, 12 pairs: tile(S0@0, 32)",
        "jacobi.c:2:2: remark: nest f:0 is rewritten (expected 4x): reverse(S0@0)",
        "jacobi.c:2:2: remark: nest f:0 stays as it is: nothing was faster",
        "jacobi.c: note: threads share a core",
        "jacobi.c: 2 of 3 nests rewritten, 1 refused; "
        "all nests together 2.00x (1.90 to 2.10), 3 s -> 1.5 s, 12 pairs",
    ]


def test_a_search_that_ended_early_says_why(result: Result) -> None:
    reason = "settled after 48 s: the last 32 candidates brought no gain"
    early = replace(result, nests=(replace(result.nests[0], settled=reason), replace(result.nests[2], settled=reason)))
    won, kept, _, _ = result_text(early).splitlines()
    assert f"12 pairs ({reason}): tile(S0@0, 32)" in won
    assert kept.endswith(f"nothing was faster ({reason})")
    document = json.loads(render_json((), result_as_json(early)))
    assert document["nests"][0]["settled"] == reason


def test_the_document_tells_what_candidates_cost(result: Result) -> None:
    costs = (Cost(0.1, 0.4), Cost(0.3), Cost(0.2, 1.0))
    counted = replace(result, nests=(replace(result.nests[0], costs=costs, text_bytes=4096), result.nests[2]))
    nests = json.loads(render_json((), result_as_json(counted)))["nests"]
    assert nests[0]["costs"] == {
        "candidates": 3,
        "generate_s": {"median": 0.2, "max": 0.3},
        "generate_and_compile_s": {"median": 0.85, "max": 1.2},
    }
    assert nests[0]["text_bytes"] == 4096
    assert nests[1]["costs"] == {"candidates": 0, "generate_s": None, "generate_and_compile_s": None}


def test_the_document_holds_every_trial(result: Result) -> None:
    document = json.loads(render_json(result.refusals, result_as_json(result)))
    assert document["nests"][0]["trials"][0]["result"]["speedup"] == 2.0
    assert [nest["script"] for nest in document["nests"]] == ["tile(S0@0, 32)", "reverse(S0@0)", None]
    assert document["diagnostics"][0]["code"] == "LW111"
    assert (document["changed"], document["sizes"], document["sandbox"]) == (True, {"N": 4}, "bubblewrap")


def test_what_json_has_no_number_for_is_spelled_out(result: Result) -> None:
    endless = replace(WIN, high=math.inf, low=math.nan)
    assert outcome_as_json(endless) == {
        "outcome": "Measured",
        "speedup": 2.0,
        "low": "nan",
        "high": "inf",
        "original_ns": 3e9,
        "candidate_ns": 1.5e9,
        "pairs": 12,
    }
    assert outcome_as_json(Refused("no")) == {"outcome": "Refused", "reason": "no"}
    odd = replace(result, nests=(replace(result.nests[1], predicted_log2_speedup=math.inf),))
    assert json.loads(render_json((), result_as_json(odd)))["nests"][0]["predicted_log2_speedup"] == "inf"


def test_one_nest_is_no_plural(result: Result) -> None:
    assert "1 of 1 nest rewritten" in result_text(replace(result, nests=result.nests[:1]))
