import math
from dataclasses import replace

import pytest

from optimizer.ir.outcome import CompileError, Measured
from polybench.peers import best_peers, peers
from polybench.results import Report, Row, against_peers, geometric_mean, losses, rival_ratios
from polybench.rivals import Absent, Rival, find_rival
from polybench.suite import KERNELS, Size


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
    ours = find_rival("ours-gcc", 2)
    assert isinstance(ours, Rival) and ours.builds_ours and "-fopenmp" in ours.toolchain.flags
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_rival("gcc", 1) == Absent("gcc", "no gcc on the search path")
    assert find_rival("polly", 2) == Absent("polly", "no clang on the search path")


def test_the_best_peer_is_one_that_was_right_without_fast_math():
    best = best_peers()
    assert set(best) == {kernel.name for kernel in KERNELS}
    assert (best["gemm"].config, best["gemm"].speedup) == ("pluto_clang", 2.135)
    assert (best["nussinov"].config, best["adi"].config) == ("polly_par", "polly_par")
    assert {peer.speedup for peer in peers() if peer.kernel == "adi" and peer.config == "pluto_gcc"} == {None}
    assert not any(peer.config.endswith("_fm") for peer in best.values())


def test_peers_are_compared_at_the_size_that_they_were_measured_at():
    rows = (Row("gemm", measured(2.05)), Row("3mm", measured(16.0)), Row("lu", None))
    assert against_peers(report(*rows)).kernels == 0
    found = against_peers(replace(report(*rows), size=Size.LARGE))
    assert found.kernels == 3
    assert [(row.kernel, peer.config) for row, peer in found.behind] == [("3mm", "polly_par"), ("lu", "pluto_clang")]
