import pytest

from optimizer.transforms import Parallel

NEST = "[n] -> { S0[i, j] : 1 <= i < n and 0 <= j < n }"


def test_marks_a_loop(toolbox):
    nest = toolbox.nest("i{j{S0}}", NEST, "r: S0[i, j] -> A[i - 1, j]; w: S0[i, j] -> A[i, j]")
    assert toolbox.violation("parallel(S0@1)", nest) is None
    assert "// loopwright:parallel\nfor (int c1 = 0; c1 < n; c1 += 1)" in toolbox.code("parallel(S0@1)", nest)


def test_reports_a_carried_dependence(toolbox):
    nest = toolbox.nest("i{j{S0}}", NEST, "r: S0[i, j] -> A[i - 1, j]; w: S0[i, j] -> A[i, j]")
    violation = toolbox.violation("parallel(S0@0)", nest)
    assert violation is not None
    assert violation.loop == "S0@0"


def test_refuses_a_parallel_loop(toolbox):
    nest = toolbox.nest("i{j{S0}}", NEST)
    assert "parallel already" in toolbox.refuse("parallel(S0@1); parallel(S0@1)", nest).reason


def test_the_mark_stays_on_the_tile_loop(toolbox):
    nest = toolbox.nest("i{j{S0}}", NEST)
    code = toolbox.code("parallel(S0@0); tile(S0@0, 32, 32)", nest)
    assert code.count("parallel") == 1
    assert code.startswith("// loopwright:parallel\nfor (int c0 = 0")


@pytest.mark.parametrize("seed", range(6))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(Parallel, seed)
