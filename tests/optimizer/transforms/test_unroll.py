import pytest

from optimizer.transforms import Unroll

LINE = ("i{S0}", "[n] -> { S0[i] : 1 <= i < n }", "r: S0[i] -> A[i - 1]; w: S0[i] -> A[i]")


def test_full_strips_have_constant_bounds(toolbox):
    nest = toolbox.nest(*LINE)
    assert toolbox.violation("unroll(S0@0, 4)", nest) is None
    assert toolbox.code("unroll(S0@0, 4)", nest).startswith(
        "{\nfor (int c0 = 1; c0 < n - 3; c0 += 4) {\n// loopwright:unroll\nfor (int c1 = c0; c1 <= c0 + 3; c1 += 1)"
    )


def test_strips_begin_where_a_triangular_loop_does(toolbox):
    nest = toolbox.nest("i{j{S0}}", "[n] -> { S0[i, j] : 0 <= i < j < n }")
    code = toolbox.code("unroll(S0@1, 4)", nest)
    assert "for (int c1 = c0 + 1; c1 < n - 3; c1 += 4)" in code
    assert "for (int c2 = c1; c2 <= c1 + 3; c2 += 1)" in code


def test_the_point_loop_of_a_tile_is_unrolled_as_a_whole(toolbox):
    nest = toolbox.nest("i{j{S0}}", "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }")
    code = toolbox.code("tile(S0@0, 32, 4); unroll(S0@3, 4)", nest)
    assert "// loopwright:unroll\nfor (int c3 = c1; c3 <= c1 + 3; c3 += 1)" in code


def test_keeps_a_dependence_that_parallel_would_break(toolbox):
    nest = toolbox.nest(*LINE)
    assert toolbox.violation("unroll(S0@0, 4); parallel(S0@1)", nest) is not None


def test_refuses_senseless_factors(toolbox):
    nest = toolbox.nest(*LINE)
    assert "changes nothing" in toolbox.refuse("unroll(S0@0, 1)", nest).reason
    assert "too much code" in toolbox.refuse("unroll(S0@0, 100000)", nest).reason
    assert "unrolled already" in toolbox.refuse("unroll(S0@0, 4); unroll(S0@1, 2)", nest).reason


@pytest.mark.parametrize("seed", range(8))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(Unroll, seed)
