from hypothesis import given
from hypothesis import strategies as st

from optimizer.codegen.affine import Affine, ParameterValue, Variable, add, floor_div, maximum, minimum, scale, single
from optimizer.search.intervals import interval


@given(
    st.integers(-20, 20),
    st.integers(0, 20),
    st.integers(-5, 5),
    st.integers(-50, 50),
    st.integers(1, 9),
    st.integers(0, 1),
)
def test_an_interval_holds_every_value(
    low: int, width: int, factor: int, constant: int, divisor: int, least: int
) -> None:
    variable = single(Variable("i"))
    linear = add(scale(variable, factor), Affine((), constant))
    limit = single(ParameterValue("n"))
    bounded = minimum([linear, limit]) if least else maximum([linear, limit])
    value = floor_div(bounded, divisor, truncates=False)
    first, last = interval(value, {"i": (low, low + width)}, {"n": 7})
    for i in range(low, low + width + 1):
        inner = factor * i + constant
        exact = (min(inner, 7) if least else max(inner, 7)) // divisor
        assert first <= exact <= last
