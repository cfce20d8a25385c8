import pytest

from optimizer.transforms import StripMine


def test_splits_a_loop_in_two(toolbox):
    nest = toolbox.nest("i{S0}", "[n] -> { S0[i] : 0 <= i < n }")
    assert toolbox.code("strip_mine(S0@0, 8)", nest) == (
        "for (int c0 = 0; c0 < n; c0 += 8)\nfor (int c1 = c0; c1 <= min(n - 1, c0 + 7); c1 += 1)\nS0(c1);"
    )


def test_strips_begin_where_the_loop_does(toolbox):
    nest = toolbox.nest("i{S0}", "[lo, hi] -> { S0[i] : lo <= i < hi }")
    assert toolbox.code("strip_mine(S0@0, 8)", nest).startswith("for (int c0 = lo; c0 < hi; c0 += 8)")


def test_strips_hold_as_many_iterations_as_asked_for(toolbox):
    nest = toolbox.nest("i{S0}", "{ S0[i] : 0 <= i < 96 and i mod 3 = 0 }")
    assert "c0 += 12" in toolbox.code("strip_mine(S0@0, 4)", nest)


def test_exposes_an_order_that_breaks_a_dependence(toolbox):
    nest = toolbox.nest("i{S0}", "[n] -> { S0[i] : 1 <= i < n }", "r: S0[i] -> A[i - 1]; w: S0[i] -> A[i]")
    assert toolbox.violation("strip_mine(S0@0, 4)", nest) is None
    assert toolbox.violation("strip_mine(S0@0, 4); reverse(S0@1)", nest) is not None


def test_full_tiles_stay_isolated(toolbox):
    nest = toolbox.nest("i{j{S0}}", "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }")
    tiled, panels = "tile(S0@0, 4, 4); isolate(S0@0)", "strip_mine(S0@1, 16); interchange(S0@0, S0@1)"
    before, after = (str(toolbox.run(script, nest).tree) for script in (tiled, f"{tiled}; {panels}"))
    assert after.count("separated") == before.count("separated") > 0


def test_refuses_a_strip_of_one(toolbox):
    nest = toolbox.nest("i{S0}", "[n] -> { S0[i] : 0 <= i < n }")
    assert toolbox.refuse("strip_mine(S0@0, 1)", nest).help == "the size must be at least 2"


@pytest.mark.parametrize("seed", range(6))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(StripMine, seed)
