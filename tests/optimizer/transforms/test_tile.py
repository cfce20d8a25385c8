import pytest

from optimizer.transforms import Tile

STENCIL = (
    "t{i{S0} i{S1}}",
    "[n] -> { S0[t, i] : 0 <= t < n and 1 <= i < n - 1; S1[t, i] : 0 <= t < n and 1 <= i < n - 1 }",
    "r: S0[t, i] -> A[i - 1]; r: S0[t, i] -> A[i + 1]; w: S0[t, i] -> B[i]; r: S1[t, i] -> B[i]; w: S1[t, i] -> A[i]",
)
LU = (
    "i{j{k{S0} S1} j{k{S2}}}",
    "[n] -> { S0[i, j, k] : 0 <= k < j < i < n; S1[i, j] : 0 <= j < i < n; S2[i, j, k] : 0 <= k < i <= j < n }",
    "w: S0[i, j, k] -> A[i, j]; r: S0[i, j, k] -> A[i, j]; r: S0[i, j, k] -> A[i, k]; r: S0[i, j, k] -> A[k, j];"
    "w: S1[i, j] -> A[i, j]; r: S1[i, j] -> A[i, j]; r: S1[i, j] -> A[j, j];"
    "w: S2[i, j, k] -> A[i, j]; r: S2[i, j, k] -> A[i, j]; r: S2[i, j, k] -> A[i, k]; r: S2[i, j, k] -> A[k, j]",
)


def test_blocks_a_perfect_nest(toolbox):
    nest = toolbox.nest("i{j{S0}}", "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }", "w: S0[i, j] -> A[i, j]")
    assert toolbox.violation("tile(S0@0, 2, 2)", nest) is None
    assert toolbox.order("tile(S0@0, 2, 2)", nest, n=3) == (
        "S0[0,0] S0[0,1] S0[1,0] S0[1,1] S0[0,2] S0[1,2] S0[2,0] S0[2,1] S0[2,2]"
    )


def test_a_size_of_one_gets_no_point_loop(toolbox):
    nest = toolbox.nest("i{j{S0}}", "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }")
    assert toolbox.code("tile(S0@0, 1, 8)", nest).count("for") == 3


def test_sinks_the_statements_of_an_imperfect_nest(toolbox):
    nest = toolbox.nest(*LU)
    assert toolbox.violation("tile(S0@0, 32, 32, 32)", nest) is None
    assert toolbox.order("tile(S0@0, 100, 100, 100)", nest, n=4) == toolbox.order("", nest, n=4)


def test_is_repeatable_on_point_loops(toolbox):
    nest = toolbox.nest("i{j{S0}}", "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }")
    code = toolbox.code("tile(S0@0, 64, 64); tile(S0@2, 8, 8)", nest)
    assert "c0 += 64" in code
    assert "c2 += 8" in code
    assert code.count("for") == 6


def test_is_repeatable_on_tile_loops(toolbox):
    nest = toolbox.nest("i{j{S0}}", "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }")
    code = toolbox.code("tile(S0@0, 8, 8); tile(S0@0, 4, 4)", nest)
    assert code.startswith("for (int c0 = 0; c0 < n; c0 += 32)")
    assert "c2 += 8" in code


def test_reports_a_reversed_dependence(toolbox):
    nest = toolbox.nest(*STENCIL)
    violation = toolbox.violation("fuse(S0, S1, 2); shift(S1, 1, 1); tile(S0@0, 8, 8)", nest)
    assert violation is not None


def test_is_legal_after_skewing(toolbox):
    nest = toolbox.nest(*STENCIL)
    script = "fuse(S0, S1, 2); shift(S1, 1, 1); skew(S0@1, S0@0, 2); tile(S0@0, 8, 8)"
    assert toolbox.violation(script, nest) is None


def test_refuses_more_sizes_than_loops(toolbox):
    nest = toolbox.nest("i{S0 j{S1}}", "[n] -> { S0[i] : 0 <= i < n; S1[i, j] : 0 <= i < n and 0 <= j < n }")
    assert "only 2 of the 3 loops" in toolbox.refuse("tile(S1@0, 8, 8, 8)", nest).reason
    assert "only 1 of the 2 loops" in toolbox.refuse("tile(S0@0, 8, 8)", nest).reason
    assert "positive sizes" in toolbox.refuse("tile(S1@0, 8, 0)", nest).reason
    assert "positive sizes" in toolbox.refuse("tile(S1@0, 1, 1)", nest).reason
    assert "positive sizes" in toolbox.refuse("tile(S1@0)", nest).reason


@pytest.mark.parametrize("seed", range(8))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(Tile, seed)
