import math

import pytest

from optimizer.ir.outcome import CompileError, Measured
from polybench.results import Report, Row, geometric_mean, losses, rival_ratios
from polybench.rivals import Absent, Rival, find_rival
from polybench.suite import Size


def measured(speedup: float, spread: float = 0.01) -> Measured:
    return Measured(speedup, speedup * (1 - spread), speedup * (1 + spread), 1e6 * speedup, 1e6, 12)


def report(*rows: Row) -> Report:
    return Report(Size.MINI, 1, 1.0, "gcc", {"cpu": "a processor"}, "0", rows)


def test_verdicts():
    assert Row("gemm", measured(2.0)).verdict == "faster"
    assert Row("gemm", measured(1.0)).verdict == "within noise"
    assert Row("gemm", measured(0.5)).verdict == "slower"
    assert Row("gemm", None).verdict == "kept"
    assert Row("gemm", CompileError("no")).verdict == "failed"


def test_only_what_was_measured_counts_as_a_ratio():
    assert Row("gemm", measured(2.0)).ratio == 2.0
    assert Row("gemm", None).ratio == 1.0
    assert Row("gemm", CompileError("no")).ratio == 1.0


def test_geometric_mean():
    assert geometric_mean([1.0, 4.0]) == pytest.approx(2.0)
    assert math.isnan(geometric_mean([]))


def test_losses_name_slower_and_failed_kernels_and_better_rivals():
    rows = (
        Row("gemm", measured(2.0), rivals={"polly": measured(3.0), "clang": measured(2.0)}),
        Row("lu", measured(0.5)),
        Row("mvt", CompileError("no")),
        Row("atax", None, rivals={"clang": measured(1.5), "polly": measured(0.4)}),
        Row("bicg", measured(1.5), rivals={"clang": CompileError("no")}),
    )
    assert losses(report(*rows)) == [
        "gemm: polly 3.00x, ours 2.00x",
        "lu: slower",
        "mvt: failed",
        "atax: clang 1.50x, ours 1.00x",
    ]
    assert report(*rows).rivals == ("polly", "clang")
    assert rival_ratios(report(*rows), "clang") == [2.0, 1.5]


def test_a_compiler_that_is_not_there_is_said_to_be_absent(monkeypatch: pytest.MonkeyPatch):
    assert isinstance(find_rival("gcc", 1), Rival)
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_rival("gcc", 1) == Absent("gcc", "no gcc on the search path")
    assert find_rival("polly", 2) == Absent("polly", "no clang on the search path")
