import csv
import io
import json
from dataclasses import replace

import pytest

from optimizer.execution import Probe
from optimizer.ir.outcome import Crashed, Measured, Miscompiled
from optimizer.search.demand import Demand
from optimizer.search.request import Cost
from polybench.results import Report, Row
from polybench.rivals import Absent
from polybench.roofline import Reached
from polybench.suite import Size
from polybench.table import as_csv, as_json, print_report

PROBE = Probe(2, 100.0, 200.0, 256 << 20, 30.0, 40.0)


@pytest.fixture
def report() -> Report:
    fast = Measured(2.0, 1.9, 2.1, 3e6, 1.5e6, 12)
    clang = Measured(1.1, 0.0, float("inf"), 3e6, 2.7e6, 1)
    rows = (
        Row(
            "gemm",
            fast,
            "tile(S1@0, 32, 32)",
            {"clang": clang, "graphite": Crashed("SIGSEGV")},
            3.5,
            reached=Reached(Demand(3e7, 1e6, "double"), (PROBE,)),
        ),
        Row("lu", None, note="nothing was faster"),
        Row("mvt", Miscompiled("x1[3]: 1 instead of 2"), "reverse(S0@0)"),
    )
    machine = {"cpu": "a processor"}
    absent = (Absent("polly", "no clang"),)
    return Report(Size.MEDIUM, 2, 30.0, "gcc 12", machine, "0.1", rows, absent, (PROBE,))


def test_the_table_has_a_line_for_each_kernel_and_says_what_is_missing(report: Report):
    out = io.StringIO()
    print_report(report, out)
    text = out.getvalue()
    gemm, lu, mvt = (next(line for line in text.splitlines() if f" {name} " in line) for name in ("gemm", "lu", "mvt"))
    for part in ("3 ms", "1.5 ms", "2.00", "1.90 - 2.10", "20.0 Gop/s", "20%", "1.10", "faster"):
        assert part in gemm
    assert "kept" in lu and "failed" in mvt
    for line in (
        "gemm: tile(S1@0, 32, 32)",
        "kept (nothing was faster): lu",
        "mvt: wrong result: x1[3]: 1 instead of 2",
    ):
        assert line in text.splitlines()
    assert "1.26" in next(line for line in text.splitlines() if "geometric mean" in line)
    assert "not compared: polly (no clang)" in text
    assert "graphite failed on gemm: crashed: SIGSEGV" in text
    assert "  mvt: failed" in text
    assert "machine, 2 threads: 100.0 GFLOP/s double, 200.0 float; 256 MiB: 30.0 GB/s triad, 40.0 read" in text
    assert "best peer" not in text


def test_at_the_size_of_the_peers_they_stand_beside_ours_with_their_origin(report: Report):
    out = io.StringIO()
    print_report(replace(report, size=Size.LARGE), out)
    text = out.getvalue()
    assert "as measured in another run on AMD EPYC" in text
    assert "at least 0.95x of the best peer: 0 of 3 kernels" in text
    assert "  behind on gemm: pluto_clang 2.13x in 104 ms, ours 2.00x in " in text
    document = json.loads(as_json(replace(report, size=Size.LARGE)))
    assert document["best_peers"]["gemm"] == {"config": "pluto_clang", "speedup": 2.135}
    assert document["behind_best_peer"] == ["gemm", "lu", "mvt"]


def test_json_is_standard_and_complete(report: Report):
    document = json.loads(as_json(report), parse_constant=lambda name: pytest.fail(name))
    assert [row["kernel"] for row in document["rows"]] == ["gemm", "lu", "mvt"]
    assert document["rows"][0]["outcome"]["speedup"] == 2.0
    assert document["rows"][0]["rivals"]["clang"]["high"] is None
    assert document["rows"][1]["outcome"] is None
    assert document["rows"][2]["outcome"] == {"kind": "Miscompiled", "detail": "x1[3]: 1 instead of 2"}
    assert document["not_compared"] == {"polly": "no clang"}
    assert document["losses"] == ["mvt: failed"]
    reached = document["rows"][0]["reached"]
    assert (reached["gops"], reached["bound"], reached["roof_gops"]) == (20.0, "compute", 100.0)
    assert document["rows"][0]["fraction_of_roofline"] == pytest.approx(0.2)
    assert document["probes"][0]["read_gbs"] == 40.0 and document["best_peers"] == {}


def test_csv_has_one_line_a_kernel(report: Report):
    gemm, lu, _ = csv.DictReader(io.StringIO(as_csv(report)))
    assert (gemm["kernel"], gemm["ratio"], gemm["low"], gemm["clang_ratio"]) == ("gemm", "2.0", "1.9", "1.1")
    assert (gemm["gops"], gemm["bound"], lu["gops"], lu["best_peer"]) == ("20.0", "compute", "", "")
    assert (lu["verdict"], lu["original_ns"], lu["clang_ratio"]) == ("kept", "", "")


def test_costs_and_early_ends_stand_below_the_table(report: Report) -> None:
    row = replace(
        report.rows[0], settled="settled after 9 s: why", costs=(Cost(0.1, 0.4), Cost(0.3)), text_bytes=20480
    )
    stream = io.StringIO()
    full = replace(report, rows=(row, *report.rows[1:]))
    print_report(full, stream)
    text = stream.getvalue()
    assert "ended before the budget: gemm (settled after 9 s: why)" in text
    assert "2 candidates: 0.20 s (at most 0.30 s) of CPU to generate one, 0.50 s (at most 0.50 s) with" in text
    assert "machine code of a whole program with ours: at most 20 KiB (gemm)" in text
    assert json.loads(as_json(full))["costs"]["generate_s"] == {"median": 0.2, "max": 0.3}
