"""Byte ranges that a nest may touch."""

import islpy as isl

from optimizer.codegen import element_bounds, footprint
from optimizer.ir.ctype import FLOAT
from optimizer.ir.scop import Storage


def test_footprint_of_a_linear_range(make, declare, loops):
    scop = make(["[n] -> { S0[i] : 1 <= i < n - 1 }"], ["a[i] = b[i - 1] + b[i + 1]"], [loops(0, "S0")],
                arrays=[declare("a", None, storage=Storage.POINTER), declare("b", None, element=FLOAT)]).scop()
    written = footprint(scop, "a")
    assert written is not None
    assert (written.first, written.count) == ("a + 1", "n >= 3 ? (long)n - 2 : 0L")
    read = footprint(scop, "b")
    assert read is not None
    assert (read.address, read.size) == ("(const char *)b", "(n >= 3 ? (long)n : 0L) * 4")


def test_footprint_counts_whole_rows(make, declare, loops):
    scop = make(["[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }"], ["A[i][j] = t"], [loops(0, loops(1, "S0"))],
                arrays=[declare("A", None, "n"), declare("t")]).scop()
    found = footprint(scop, "A")
    assert found is not None
    assert found.count == "n >= 1 ? (long)n * n : 0L"
    scalar = footprint(scop, "t")
    assert scalar is not None
    assert (scalar.first, scalar.size) == ("&t", "(n >= 1 ? (long)1 : 0L) * 8")


def test_unbounded_footprint_is_unknown(make, declare, loops):
    scop = make(["[n] -> { S0[i] : i >= n }"], ["a[i] = 1.0"], [loops(0, "S0")], arrays=[declare("a", None)]).scop()
    assert footprint(scop, "a") is None
    known = make(["[n] -> { S0[i] : i >= n }"], ["a[i] = 1.0"], [loops(0, "S0")], arrays=[declare("a", "64")]).scop()
    whole = footprint(known, "a")
    assert whole is not None
    assert whole.count == "(long)64"


def test_element_bounds_are_exact(make, declare, loops):
    scop = make(["[n] -> { S0[i] : 0 <= i < n and i mod 2 = 0 }"], ["a[3 * i + 2] = 1.0"], [loops(0, "S0")],
                arrays=[declare("a", None)]).scop()
    (bounds,) = element_bounds(scop, "a")
    assert bounds.low is not None
    assert bounds.high is not None
    assert bounds.low.plain_is_equal(isl.PwAff("[n] -> { [(2)] : n > 0 }"))
    assert bounds.high.is_equal(isl.PwAff("[n] -> { [(2 + 6*floor((n - 1)/2))] : n > 0 }"))
