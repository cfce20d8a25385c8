"""Loops without dependences inside a time loop are all used at once."""

from optimizer.search.recipes.independent import independent_scripts

CHAINS = """for (t = 0; t < t_end; t++) {
    for (i = 0; i < n; i++) for (j = 1; j < n; j++) a[i][j] = a[i][j - 1] * 0.5 + a[i][j];
    for (i = 0; i < n; i++) for (j = n - 2; j >= 0; j--) a[j][i] = a[j + 1][i] * 0.25 + a[j][i]; }"""


def test_all_independent_loops_are_used_and_their_chains_interleaved(bench):
    case = bench(CHAINS)
    start = case.start("")
    plans = list(independent_scripts(case.nest, start, case.setting()))
    assert plans == [
        "parallel(S0@1); parallel(S1@1); unroll_and_jam(S0@1, 8); unroll_and_jam(S1@1, 8)",
        "parallel(S0@1); parallel(S1@1); unroll_and_jam(S0@1, 4); unroll_and_jam(S1@1, 4)",
        "parallel(S0@1); parallel(S1@1)",
    ]
    case.check(plans, start)


def test_a_nest_without_independent_loops_has_no_plan(bench):
    case = bench("for (t = 1; t < t_end; t++) for (i = 1; i < n; i++) a[0][i] = a[0][i - 1] + a[0][i];")
    assert list(independent_scripts(case.nest, case.start(""), case.setting())) == []
