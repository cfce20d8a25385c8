import pytest

from optimizer.transforms import Fuse

SQUARES = "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n; S1[i, j] : 0 <= i < n and 0 <= j < n }"


def test_merges_down_to_a_depth(toolbox):
    nest = toolbox.nest("i{j{S0}} i{j{S1}}", SQUARES, "w: S0[i, j] -> A[i, j]; r: S1[i, j] -> A[i, j]")
    assert toolbox.violation("fuse(S0, S1, 2)", nest) is None
    assert toolbox.order("fuse(S0, S1, 1)", nest, n=2) == (
        "S0[0,0] S0[0,1] S1[0,0] S1[0,1] S0[1,0] S0[1,1] S1[1,0] S1[1,1]"
    )
    assert toolbox.order("fuse(S1, S0, 2)", nest, n=2) == (
        "S0[0,0] S1[0,0] S0[0,1] S1[0,1] S0[1,0] S1[1,0] S0[1,1] S1[1,1]"
    )


def test_reports_a_reversed_dependence(toolbox):
    nest = toolbox.nest("i{j{S0}} i{j{S1}}", SQUARES, "w: S0[i, j] -> A[i, j]; r: S1[i, j] -> A[i + 1, j]")
    violation = toolbox.violation("fuse(S0, S1, 1)", nest)
    assert violation is not None
    assert (str(violation.source), str(violation.sink)) == ("S0[1, 0]", "S1[0, 0]")
    assert toolbox.violation("fuse(S0, S1, 1); shift(S1, 0, 1)", nest) is None


def test_merges_the_loops_between_too(toolbox):
    nest = toolbox.nest("i{S0} i{S1} i{S2}", "{ S0[i] : 0 <= i < 2; S1[i] : 0 <= i < 2; S2[i] : 0 <= i < 2 }")
    assert toolbox.order("fuse(S0, S2, 1)", nest) == "S0[0] S1[0] S2[0] S0[1] S1[1] S2[1]"


def test_refuses_what_cannot_be_merged(toolbox):
    nest = toolbox.nest("i{S0} S1 i{S2}", "{ S0[i] : 0 <= i < 2; S1[]; S2[i] : 0 <= i < 2 }")
    refusal = toolbox.refuse("fuse(S0, S2, 1)", nest)
    assert refusal.reason.endswith("S1 stands between the loops")
    assert toolbox.order("reorder(S1, S2); fuse(S0, S2, 1)", nest) == "S0[0] S2[0] S0[1] S2[1] S1[]"
    assert "no loop around S1" in toolbox.refuse("fuse(S0, S1, 1)", nest).reason
    assert "share 0 loops" in toolbox.refuse("fuse(S0, S2, 0)", nest).reason


@pytest.mark.parametrize("seed", range(8))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(Fuse, seed)
