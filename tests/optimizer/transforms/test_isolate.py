import pytest

from optimizer.transforms import Isolate

SQUARE = (
    "i{j{S0}}", "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }",
    "r: S0[i, j] -> A[j, i]; w: S0[i, j] -> A[i, j]",
)  # fmt: skip


def test_full_tiles_have_constant_bounds(toolbox):
    nest = toolbox.nest(*SQUARE)
    code = toolbox.code("tile(S0@0, 32, 16); isolate(S0@0)", nest)
    assert "for (int c2 = c0; c2 <= c0 + 31; c2 += 1)\nfor (int c3 = c1; c3 <= c1 + 15; c3 += 1)" in code
    assert code.count("S0(c2, c3)") == 3


def test_does_not_change_the_order(toolbox):
    nest = toolbox.nest(*SQUARE)
    tiled = "tile(S0@0, 2, 3)"
    assert toolbox.order(f"{tiled}; isolate(S0@0)", nest, n=7) == toolbox.order(tiled, nest, n=7)


def test_only_the_outer_level_of_tiles(toolbox):
    nest = toolbox.nest(*SQUARE)
    schedule = toolbox.run("tile(S0@0, 64, 64); tile(S0@2, 8, 8); isolate(S0@0)", nest)
    assert str(schedule.tree).count("separated") == 2  # both tile loops of the outer level
    assert str(schedule.tree).count("isolate") == 1  # the set of full tiles stands at the inner one


def test_loops_added_outside_afterwards_leave_the_option_valid(toolbox):
    nest = toolbox.nest("t{i{j{S0}}}", "[n] -> { S0[t, i, j] : 0 <= t < n and 0 <= i < n and 0 <= j < n }")
    code = toolbox.code("tile(S0@1, 32, 16); isolate(S0@1); strip_mine(S0@0, 4); interchange(S0@1, S0@2)", nest)
    assert "c5 <= c3 + 15" in code


def test_an_illegal_tiling_stays_illegal(toolbox):
    nest = toolbox.nest(
        "i{j{S0}}", "[n] -> { S0[i, j] : 1 <= i < n and 0 <= j < n - 1 }",
        "r: S0[i, j] -> A[i - 1, j + 1]; w: S0[i, j] -> A[i, j]",
    )  # fmt: skip
    assert toolbox.violation("tile(S0@0, 2, 2); isolate(S0@0)", nest) is not None


def test_refuses_what_is_no_tile_loop(toolbox):
    nest = toolbox.nest(*SQUARE)
    assert "not a tile loop" in toolbox.refuse("isolate(S0@0)", nest).reason
    assert "not a tile loop" in toolbox.refuse("tile(S0@0, 4, 4); isolate(S0@2)", nest).reason
    assert "isolated already" in toolbox.refuse("tile(S0@0, 4, 4); isolate(S0@0); isolate(S0@0)", nest).reason


@pytest.mark.parametrize("seed", range(24))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(Isolate, seed)
