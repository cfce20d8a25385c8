import islpy as isl

from optimizer.search.call_plan import evaluate
from optimizer.search.sizes import sizes_near


def test_sizes_are_as_near_as_the_context_allows() -> None:
    context = isl.Set("[n, m] -> { : 2 <= n <= 100 and m = n + 1 }")
    assert sizes_near(context, {}, 1000) == {"n": 100, "m": 101}
    assert sizes_near(context, {"n": 7}, 1000) == {"n": 7, "m": 8}
    assert sizes_near(context, {}, 1) == {"n": 2, "m": 3}


def test_given_sizes_that_contradict_the_context_have_no_answer() -> None:
    assert sizes_near(isl.Set("[n] -> { : n >= 10 }"), {"n": 3}, 50) is None


def test_unbounded_parameters_take_the_wanted_value() -> None:
    assert sizes_near(isl.Set("[n] -> { : }"), {}, 64) == {"n": 64}


def test_extents_in_c_are_evaluated() -> None:
    values = {"n": 10, "s->n": 4, "nn": 3}
    assert evaluate("n + 0", values) == 10
    assert evaluate("(n - 1) * s->n / 2", values) == 18
    assert evaluate("(size_t)nn * 8UL", values) == 24
    assert evaluate("unknown + 1", values) is None
    assert evaluate("f(n)", values) is None
    assert evaluate("n / 0", values) is None
