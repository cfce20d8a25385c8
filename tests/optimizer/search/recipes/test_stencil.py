"""Time tiles are found from dependences; what they compute is what the program computes, bit for bit."""

import pytest

from optimizer.search.recipes.stencil import stencil_scripts

PLANES = """for (t = 1; t < t_end; t++) for (i = 1; i < n - 1; i++) for (j = 1; j < n - 1; j++)
    u[(t + 1) % 3][i][j] = 2.0 * u[t % 3][i][j] - u[(t + 2) % 3][i][j]
        + 0.1 * (u[t % 3][i + 1][j] + u[t % 3][i - 1][j] + u[t % 3][i][j + 1] + u[t % 3][i][j - 1]);"""
TWO_ARRAYS = """for (t = 0; t < t_end; t++) {
    for (i = 1; i < n - 1; i++) for (j = 1; j < n - 1; j++) b[i][j] = a[i - 1][j] + a[i + 1][j] * 0.5 - a[i][j + 1];
    for (i = 1; i < n - 1; i++) for (j = 1; j < n - 1; j++) a[i][j] = b[i][j] / 3.0; }"""
IN_PLACE = """for (t = 0; t < t_end; t++) for (i = 1; i < n - 1; i++) for (j = 1; j < n - 1; j++)
    a[i][j] = (a[i - 1][j] + a[i][j - 1] + a[i][j] + a[i][j + 1] + a[i + 1][j - 1]) / 5.0;"""
LINE = """for (t = 0; t < t_end; t++) for (i = 1; i < n - 1; i++)
    a[0][i] = (a[0][i - 1] + a[0][i] + a[0][i + 1]) / 3.0;"""
PRODUCT = """for (i = 0; i < n; i++) for (j = 0; j < n; j++) for (t = 0; t < n; t++)
    b[i][j] += a[i][t] * u[0][t][j];"""


@pytest.mark.parametrize(
    ("nest", "structure"),
    [(PLANES, ""), (TWO_ARRAYS, "isl(fusion=max)"), (IN_PLACE, ""), (IN_PLACE, "isl(fusion=max)"), (LINE, "")],
)
def test_every_plan_is_legal_and_keeps_the_result(bench, nest, structure):
    case = bench(nest)
    start = case.start(structure)
    plans = list(stencil_scripts(case.nest, start, case.setting()))
    assert plans
    case.check(plans, start)


def test_sweeps_of_several_statements_are_distributed(bench):
    case = bench(TWO_ARRAYS)
    first = next(stencil_scripts(case.nest, case.start("isl(fusion=max)"), case.setting()))
    assert first == "tile(S0@0, 4, 8); distribute(S0@3); wavefront(S0@0, 2); parallel(S0@1)"


def test_recurrences_interleave_time_steps(bench):
    case = bench(IN_PLACE)
    first = next(stencil_scripts(case.nest, case.start(""), case.setting()))
    assert first.startswith("skew(S0@1, S0@0, 1); skew(S0@2, S0@0, 1); tile(S0@0, 8, 8); wavefront(S0@0, 2)")
    assert first.endswith("unroll_and_jam(S0@2, 8)")


def test_one_thread_needs_no_wave(bench):
    case = bench(PLANES)
    plans = list(stencil_scripts(case.nest, case.start(""), case.setting(parallel=False)))
    assert plans
    assert not any("wavefront" in plan or "parallel" in plan for plan in plans)


def test_nests_without_a_time_loop_have_no_plan(bench):
    case = bench(PRODUCT)
    assert list(stencil_scripts(case.nest, case.start(""), case.setting())) == []
