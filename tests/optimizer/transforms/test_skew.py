import pytest

from optimizer.transforms import Skew

SEIDEL = (
    "i{j{S0}}", "[n] -> { S0[i, j] : 1 <= i < n and 1 <= j < n - 1 }",
    "r: S0[i, j] -> A[i - 1, j + 1]; r: S0[i, j] -> A[i, j - 1]; w: S0[i, j] -> A[i, j]",
)  # fmt: skip


def test_makes_interchange_legal(toolbox):
    nest = toolbox.nest(*SEIDEL)
    assert toolbox.violation("interchange(S0@0, S0@1)", nest) is not None
    assert toolbox.violation("skew(S0@1, S0@0, 1); interchange(S0@0, S0@1)", nest) is None


def test_exposes_a_wavefront(toolbox):
    nest = toolbox.nest(*SEIDEL)
    script = "skew(S0@1, S0@0, 2); interchange(S0@0, S0@1); parallel(S0@1)"
    assert toolbox.violation(script, nest) is None
    assert toolbox.violation("parallel(S0@1)", nest) is not None


def test_the_source_may_be_inside(toolbox):
    nest = toolbox.nest("i{j{S0}}", "{ S0[i, j] : 0 <= i < 2 and 0 <= j < 2 }")
    assert toolbox.order("skew(S0@0, S0@1, 1)", nest) == "S0[0,0] S0[1,0] S0[0,1] S0[1,1]"


def test_reports_a_reversed_dependence(toolbox):
    violation = toolbox.violation("skew(S0@0, S0@1, -1)", toolbox.nest(*SEIDEL))
    assert violation is not None


def test_refuses_a_factor_of_nothing(toolbox):
    assert "changes nothing" in toolbox.refuse("skew(S0@0, S0@1, 0)", toolbox.nest(*SEIDEL)).reason


@pytest.mark.parametrize("seed", range(8))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(Skew, seed)
