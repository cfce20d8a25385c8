import pytest

from optimizer.transforms import Wavefront

COPY = ("i{j{S0}}", "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }", "w: S0[i, j] -> A[i, j]")
PASCAL = (
    "i{j{S0}}", "[n] -> { S0[i, j] : 1 <= i < n and 1 <= j < n }",
    "r: S0[i, j] -> A[i - 1, j]; r: S0[i, j] -> A[i, j - 1]; w: S0[i, j] -> A[i, j]",
)  # fmt: skip


def test_runs_the_diagonals_one_after_the_other(toolbox):
    nest = toolbox.nest(*COPY)
    assert toolbox.order("wavefront(S0@0, 2)", nest, n=3) == (
        "S0[0,0] S0[1,0] S0[0,1] S0[2,0] S0[1,1] S0[0,2] S0[2,1] S0[1,2] S0[2,2]"
    )


def test_the_loops_inside_the_wave_are_parallel(toolbox):
    nest = toolbox.nest(*PASCAL)
    assert toolbox.violation("parallel(S0@0)", nest) is not None
    assert toolbox.violation("parallel(S0@1)", nest) is not None
    assert toolbox.violation("wavefront(S0@0, 2); parallel(S0@1)", nest) is None


@pytest.mark.parametrize("sizes", ["4, 8", "8, 2", "3, 5"])
def test_tiles_count_as_steps_whatever_their_size(toolbox, sizes):
    nest = toolbox.nest(*PASCAL)
    script = f"tile(S0@0, {sizes}); wavefront(S0@0, 2)"
    assert toolbox.violation(f"{script}; parallel(S0@1)", nest) is None
    waves = toolbox.code(script, nest).splitlines()[0]
    assert "c0 += 1" in waves
    order = toolbox.order(script, nest, n=12).split()
    assert sorted(order) == sorted(toolbox.order("", nest, n=12).split())


def test_three_loops_make_one_wave(toolbox):
    nest = toolbox.nest(
        "i{j{k{S0}}}", "[n] -> { S0[i, j, k] : 1 <= i < n and 1 <= j < n and 1 <= k < n }",
        "r: S0[i, j, k] -> A[i - 1, j, k]; r: S0[i, j, k] -> A[i, j - 1, k]; r: S0[i, j, k] -> A[i, j, k - 1];"
        "w: S0[i, j, k] -> A[i, j, k]",
    )  # fmt: skip
    script = "tile(S0@0, 4, 4, 4); wavefront(S0@0, 3)"
    assert toolbox.violation(f"{script}; parallel(S0@1)", nest) is None
    assert toolbox.violation(f"{script}; parallel(S0@2)", nest) is None


def test_loops_that_may_not_be_exchanged_make_a_violation(toolbox):
    nest = toolbox.nest(
        "i{j{S0}}", "[n] -> { S0[i, j] : 1 <= i < n and 0 <= j < n - 2 }",
        "r: S0[i, j] -> A[i - 1, j + 2]; w: S0[i, j] -> A[i, j]",
    )  # fmt: skip
    assert toolbox.violation("wavefront(S0@0, 2)", nest) is not None


def test_refuses_a_single_loop(toolbox):
    assert "at least 2" in toolbox.refuse("wavefront(S0@0, 1)", toolbox.nest(*COPY)).reason


def test_refuses_more_loops_than_there_are(toolbox):
    assert "only 2 of the 3" in toolbox.refuse("wavefront(S0@0, 3)", toolbox.nest(*COPY)).reason


@pytest.mark.parametrize("seed", range(10))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(Wavefront, seed)
