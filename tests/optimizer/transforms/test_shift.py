import pytest

from optimizer.transforms import Shift

TWO = (
    "i{S0 S1}", "[n] -> { S0[i] : 0 <= i < n; S1[i] : 0 <= i < n }",
    "w: S0[i] -> A[i]; r: S1[i] -> A[i]; w: S1[i] -> B[i]",
)  # fmt: skip


def test_delays_one_statement(toolbox):
    nest = toolbox.nest(*TWO)
    assert toolbox.violation("shift(S1, 0, 1)", nest) is None
    assert toolbox.order("shift(S1, 0, 1)", nest, n=3) == "S0[0] S0[1] S1[0] S0[2] S1[1] S1[2]"


def test_reports_a_reversed_dependence(toolbox):
    violation = toolbox.violation("shift(S1, 0, -1)", toolbox.nest(*TWO))
    assert violation is not None
    assert (str(violation.source), str(violation.sink)) == ("S0[0]", "S1[0]")


def test_refuses_what_is_not_there(toolbox):
    nest = toolbox.nest(*TWO)
    assert "no loop S1@1" in toolbox.refuse("shift(S1, 1, 1)", nest).reason
    assert "changes nothing" in toolbox.refuse("shift(S1, 0, 0)", nest).reason


@pytest.mark.parametrize("seed", range(8))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(Shift, seed)
