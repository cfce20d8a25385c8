import pytest

from optimizer.ir.schedule import Schedule
from optimizer.transforms import Interchange, apply_script, parse_script

COPY = (
    "i{j{S0}}", "[n, m] -> { S0[i, j] : 0 <= i < n and 0 <= j < m }",
    "r: S0[i, j] -> A[i, j]; w: S0[i, j] -> B[i, j]",
)  # fmt: skip
GEMM = (
    "i{j{S0} k{j{S1}}}",
    "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n; S1[i, k, j] : 0 <= i < n and 0 <= k < n and 0 <= j < n }",
    "w: S0[i, j] -> C[i, j]; r: S1[i, k, j] -> C[i, j]; w: S1[i, k, j] -> C[i, j]",
)


def test_exchanges_a_perfect_nest(toolbox):
    nest = toolbox.nest(*COPY)
    assert toolbox.violation("interchange(S0@0, S0@1)", nest) is None
    assert toolbox.order("interchange(S0@0, S0@1)", nest, n=2, m=3) == (
        "S0[0,0] S0[1,0] S0[0,1] S0[1,1] S0[0,2] S0[1,2]"
    )


def test_the_order_of_the_arguments_does_not_matter(toolbox):
    nest = toolbox.nest(*COPY)
    one, two = (toolbox.order(f"interchange({args})", nest, n=3, m=3) for args in ("S0@0, S0@1", "S0@1, S0@0"))
    assert one == two


def test_loops_between_stay_in_place(toolbox):
    nest = toolbox.nest("i{j{k{S0}}}", "{ S0[i, j, k] : 0 <= i < 2 and 0 <= j < 1 and 0 <= k < 2 }")
    assert toolbox.order("interchange(S0@0, S0@2)", nest) == "S0[0,0,0] S0[1,0,0] S0[0,0,1] S0[1,0,1]"


def test_sinks_what_is_not_inside_both(toolbox):
    nest = toolbox.nest(*GEMM)
    assert toolbox.violation("interchange(S0@0, S1@1)", nest) is None
    assert toolbox.order("interchange(S0@0, S1@1)", nest, n=2) == (
        "S0[0,0] S0[0,1] S1[0,0,0] S1[0,0,1] S0[1,0] S0[1,1] S1[1,0,0] S1[1,0,1]"
        " S1[0,1,0] S1[0,1,1] S1[1,1,0] S1[1,1,1]"
    )


def test_reports_a_reversed_dependence(toolbox):
    nest = toolbox.nest(
        "i{j{S0}}", "[n] -> { S0[i, j] : 1 <= i < n and 0 <= j < n - 1 }",
        "r: S0[i, j] -> A[i - 1, j + 1]; w: S0[i, j] -> A[i, j]",
    )  # fmt: skip
    violation = toolbox.violation("interchange(S0@0, S0@1)", nest)
    assert violation is not None
    assert (str(violation.source), str(violation.sink)) == ("S0[1, 1]", "S0[2, 0]")


def test_refuses_loops_beside_each_other(toolbox):
    nest = toolbox.nest(*GEMM)
    assert "do not stand inside each other" in toolbox.refuse("interchange(S0@1, S1@1)", nest).reason
    assert "same loop" in toolbox.refuse("interchange(S0@0, S1@0)", nest).reason
    assert "S0@2: S0 stands in 2 loops" in toolbox.refuse("interchange(S0@0, S0@2)", nest).reason
    assert "no statement S7" in toolbox.refuse("interchange(S0@0, S7@2)", nest).reason


def test_twice_is_the_order_as_written(toolbox):
    nest = toolbox.nest(
        "i{S0 j{S1} S2}", "{ S0[i] : 0 <= i < 3; S1[i, j] : 0 <= i < 3 and i < j < 3; S2[i] : 0 <= i < 3 }"
    )
    twice = "interchange(S1@0, S1@1); interchange(S1@0, S1@1)"
    assert toolbox.order(twice, nest) == toolbox.order("", nest)


@pytest.mark.parametrize("seed", range(8))
def test_random_nests_keep_their_instances(toolbox, seed):
    toolbox.check_random(Interchange, seed)


def test_what_is_sunk_keeps_one_place_where_the_inner_loop_never_runs(toolbox):
    nest = toolbox.nest(
        "i{S0 j{S1} S2}",
        "[n] -> { S0[i] : (2 + i) mod 4 = 0 and -2 <= i < n;"
        " S1[i, j] : ((2 + i) mod 4 = 0 and 2 <= i < n and -2 + i <= j <= 2 + i and j < n)"
        " or (i = -2 and j = 0 and n > 0);"
        " S2[i] : (2 + i) mod 4 = 0 and -2 <= i < n }",
    )
    schedule = apply_script(parse_script("interchange(S1@0, S1@1)"), nest)
    assert isinstance(schedule, Schedule)
    assert schedule.map.intersect_domain(nest.scop.domain).is_single_valued()
