import pytest

from optimizer.transforms import Distribute

THREE = (
    "i{S0 S1 S2}", "[n] -> { S0[i] : 0 <= i < n; S1[i] : 0 <= i < n; S2[i] : 0 <= i < n }",
    "w: S0[i] -> A[i]; r: S1[i] -> A[i]; w: S1[i] -> B[i]; r: S2[i] -> B[i]",
)  # fmt: skip


def test_splits_everywhere(toolbox):
    nest = toolbox.nest(*THREE)
    assert toolbox.violation("distribute(S0@0)", nest) is None
    assert toolbox.order("distribute(S0@0)", nest, n=2) == "S0[0] S0[1] S1[0] S1[1] S2[0] S2[1]"


def test_splits_before_a_statement(toolbox):
    nest = toolbox.nest(*THREE)
    assert toolbox.order("distribute(S0@0, S2)", nest, n=2) == "S0[0] S1[0] S0[1] S1[1] S2[0] S2[1]"


def test_splits_the_loops_inside_too(toolbox):
    nest = toolbox.nest("i{j{S0 S1}}", "{ S0[i, j] : 0 <= i < 2 and 0 <= j < 1; S1[i, j] : 0 <= i < 2 and 0 <= j < 1 }")
    assert toolbox.order("distribute(S0@0)", nest) == "S0[0,0] S0[1,0] S1[0,0] S1[1,0]"


def test_is_undone_by_fuse(toolbox):
    nest = toolbox.nest(*THREE)
    assert toolbox.order("distribute(S0@0); fuse(S0, S2, 1)", nest, n=3) == toolbox.order("", nest, n=3)


def test_reports_a_reversed_dependence(toolbox):
    nest = toolbox.nest(
        "i{S0 S1}", "[n] -> { S0[i] : 1 <= i < n; S1[i] : 1 <= i < n }",
        "r: S0[i] -> A[i - 1]; w: S0[i] -> B[i]; w: S1[i] -> A[i]",
    )  # fmt: skip
    violation = toolbox.violation("distribute(S0@0)", nest)
    assert violation is not None
    assert (str(violation.source), str(violation.sink)) == ("S1[1]", "S0[2]")


def test_refuses_what_cannot_be_split(toolbox):
    nest = toolbox.nest(*THREE)
    assert "nothing stands before S0" in toolbox.refuse("distribute(S0@0, S0)", nest).reason
    assert "S9 is not in the loop" in toolbox.refuse("distribute(S0@0, S9)", nest).reason
    assert "only one statement" in toolbox.refuse("distribute(S0@0); distribute(S0@0)", nest).reason


@pytest.mark.parametrize("seed", range(8))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(Distribute, seed)
