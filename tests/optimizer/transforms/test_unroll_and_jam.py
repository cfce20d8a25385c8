import pytest

from optimizer.transforms import UnrollAndJam

COPY = ("i{j{S0}}", "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }", "w: S0[i, j] -> A[i, j]")


def test_moves_the_strip_inside(toolbox):
    nest = toolbox.nest(*COPY)
    assert toolbox.violation("unroll_and_jam(S0@0, 2)", nest) is None
    assert toolbox.order("unroll_and_jam(S0@0, 2)", nest, n=3) == (
        "S0[0,0] S0[1,0] S0[0,1] S0[1,1] S0[0,2] S0[1,2] S0[2,0] S0[2,1] S0[2,2]"
    )
    assert "for (int c2 = c0; c2 <= c0 + 1; c2 += 1)" in toolbox.code("unroll_and_jam(S0@0, 2)", nest)


def test_two_loops_make_a_register_tile_in_the_order_of_the_loops(toolbox):
    nest = toolbox.nest("i{j{k{S0}}}", "[n] -> { S0[i, j, k] : 0 <= i < n and 0 <= j < n and 0 <= k < n }")
    one = toolbox.code("unroll_and_jam(S0@0, 2); unroll_and_jam(S0@1, 4)", nest)
    two = toolbox.code("unroll_and_jam(S0@1, 4); unroll_and_jam(S0@0, 2)", nest)
    assert one == two
    assert "for (int c3 = c0; c3 <= c0 + 1; c3 += 1) {\n// loopwright:unroll\nfor (int c4 = c1; c4 <= c1 + 3;" in one


def test_every_innermost_loop_of_an_imperfect_nest_gets_the_copies(toolbox):
    nest = toolbox.nest(
        "i{S0 j{S1}}", "[n] -> { S0[i] : 0 <= i < n; S1[i, j] : 0 <= i < n and 0 <= j < n }"
    )  # fmt: skip
    assert toolbox.order("unroll_and_jam(S1@0, 2)", nest, n=2) == "S0[0] S0[1] S1[0,0] S1[1,0] S1[0,1] S1[1,1]"


def test_the_full_part_of_a_triangular_loop_is_kept_apart(toolbox):
    nest = toolbox.nest("i{j{S0}}", "[n] -> { S0[i, j] : 0 <= j <= i < n }")
    code = toolbox.code("unroll_and_jam(S0@0, 4)", nest)
    assert "for (int c1 = 0; c1 <= c0; c1 += 1) {\n// loopwright:unroll\nfor (int c2 = c0; c2 <= c0 + 3;" in code


def test_loops_between_are_not_taken_for_isolated_tiles(toolbox):
    nest = toolbox.nest("i{j{S0}}", "[n] -> { S0[i, j] : 0 <= j <= i < n }")
    script = "tile(S0@0, 1, 32); unroll_and_jam(S0@0, 4)"
    once = toolbox.code(script, nest)
    assert "derived" in str(toolbox.run(script, nest).tree)
    assert toolbox.code(f"{script}; parallel(S0@0)", nest).replace("// loopwright:parallel\n", "") == once


def test_reports_a_reversed_dependence(toolbox):
    nest = toolbox.nest(
        "i{j{S0}}", "[n] -> { S0[i, j] : 1 <= i < n and 0 <= j < n - 1 }",
        "r: S0[i, j] -> A[i - 1, j + 1]; w: S0[i, j] -> A[i, j]",
    )  # fmt: skip
    violation = toolbox.violation("unroll_and_jam(S0@0, 2)", nest)
    assert violation is not None
    assert (str(violation.source), str(violation.sink)) == ("S0[1, 1]", "S0[2, 0]")


def test_refuses_an_innermost_loop(toolbox):
    assert toolbox.refuse("unroll_and_jam(S0@1, 4)", toolbox.nest(*COPY)).help == "unroll(S0@1, 4)"


@pytest.mark.parametrize("seed", range(10))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(UnrollAndJam, seed)
