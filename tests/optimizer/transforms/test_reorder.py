import pytest

from optimizer.transforms import Reorder


def test_exchanges_statements(toolbox):
    nest = toolbox.nest("i{S0 S1 S2}", "{ S0[i] : 0 <= i < 2; S1[i] : 0 <= i < 2; S2[i] : 0 <= i < 2 }")
    assert toolbox.violation("reorder(S0, S2)", nest) is None
    assert toolbox.order("reorder(S0, S2)", nest) == "S2[0] S1[0] S0[0] S2[1] S1[1] S0[1]"
    assert toolbox.order("reorder(S2, S0)", nest) == toolbox.order("reorder(S0, S2)", nest)


def test_exchanges_the_loops_around(toolbox):
    nest = toolbox.nest("i{S0 S1} j{S2}", "{ S0[i] : 0 <= i < 2; S1[i] : 0 <= i < 2; S2[i] : 0 <= i < 2 }")
    assert toolbox.order("reorder(S1, S2)", nest) == "S2[0] S2[1] S0[0] S1[0] S0[1] S1[1]"


def test_reports_a_reversed_dependence(toolbox):
    nest = toolbox.nest("S0 S1", "{ S0[]; S1[] }", "w: S0[] -> x[]; r: S1[] -> x[]; w: S1[] -> y[]")
    violation = toolbox.violation("reorder(S0, S1)", nest)
    assert violation is not None
    assert violation.array == "x"


def test_refuses_one_statement(toolbox):
    nest = toolbox.nest("S0 S1", "{ S0[]; S1[] }")
    assert "twice" in toolbox.refuse("reorder(S0, S0)", nest).reason
    assert toolbox.refuse("reorder(S0, S2)", nest).help == "the statements are S0, S1"


@pytest.mark.parametrize("seed", range(8))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(Reorder, seed)
