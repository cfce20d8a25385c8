import pytest

from optimizer.transforms import Reverse


def test_runs_a_loop_backwards(toolbox):
    nest = toolbox.nest("i{S0}", "[n] -> { S0[i] : 0 <= i < n }", "w: S0[i] -> A[i]")
    assert toolbox.violation("reverse(S0@0)", nest) is None
    assert toolbox.order("reverse(S0@0)", nest, n=3) == "S0[2] S0[1] S0[0]"
    assert toolbox.order("reverse(S0@0); reverse(S0@0)", nest, n=3) == "S0[0] S0[1] S0[2]"


def test_turns_a_descending_loop_around(toolbox):
    nest = toolbox.nest("i-{S0}", "[n] -> { S0[i] : 0 <= i < n }")
    assert toolbox.order("", nest, n=3) == "S0[2] S0[1] S0[0]"
    assert toolbox.order("reverse(S0@0)", nest, n=3) == "S0[0] S0[1] S0[2]"


def test_reports_a_reversed_dependence(toolbox):
    nest = toolbox.nest("i{S0}", "[n] -> { S0[i] : 1 <= i < n }", "r: S0[i] -> A[i - 1]; w: S0[i] -> A[i]")
    violation = toolbox.violation("reverse(S0@0)", nest)
    assert violation is not None
    assert (str(violation.source), str(violation.sink)) == ("S0[1]", "S0[2]")


@pytest.mark.parametrize("seed", range(6))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(Reverse, seed)
