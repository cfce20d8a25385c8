"""Sums in another order pass if their error is about that of the original; wrong ones do not, whatever they print."""

from typing import Any

import pytest

from optimizer.execution import Dump
from optimizer.execution.gauge import Gauge
from optimizer.ir.ctype import DOUBLE, FLOAT, INT
from optimizer.ir.outcome import Accuracy, Crashed, Miscompiled, Refused

SUM = "for (int i = 0; i < N; i++) {{ {start}; for (int j = 0; j < 4000; j++) {{ {k}; A[i] += B[(i + k) % N] * k; }} }}"
FORWARDS = SUM.format(start="A[i] = 0", k="int k = j")
BACKWARDS = SUM.format(start="A[i] = 0", k="int k = 3999 - j")
PRECISE = (
    "for (int i = 0; i < N; i++) { long double sum = 0; for (int j = 0; j < 4000; j++) "
    "sum += (long double)B[(i + j) % N] * j; A[i] = sum; }"
)
QUIET = "return 0;"


def judged(workshop: Any, nest: str, *, after: str = QUIET, **options: Any) -> Any:
    original, precise, own = (
        workshop.observe(workshop.program(nest=each, after=after, **options)) for each in (FORWARDS, PRECISE, nest)
    )
    return Gauge(original, precise).judge(own)


def test_another_order_is_about_as_exact(workshop: Any) -> None:
    accuracy = judged(workshop, BACKWARDS)
    assert isinstance(accuracy, Accuracy)
    assert accuracy.label == "A"
    assert 0.0 < accuracy.own_ulps <= 8 * accuracy.original_ulps


def test_the_original_is_as_exact_as_itself(workshop: Any) -> None:
    assert judged(workshop, FORWARDS) == Accuracy("", 0.0, 0.0)


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ("A[3] -= B[5];", "'A[3]' is "),  # a term is missing
        ("A[39] *= 1 + 1e-9;", "'A[39]' is "),
        ("A[7] = 0.0 / (B[0] - 1.0);", "'A[7]' is nan"),
        ("A[7] = 1 / 0.0;", "'A[7]' is inf"),
        ("A[0] = 0;", "'A[0]' is 0.0, off by"),
    ],
)
def test_wrong_sums_are_rejected(workshop: Any, change: str, detail: str) -> None:
    found = judged(workshop, BACKWARDS + change)
    assert isinstance(found, Miscompiled)
    assert found.detail.startswith(detail)


def test_small_elements_are_judged_by_their_size(workshop: Any) -> None:
    """A wrong small element does not hide behind a large one."""
    large = "A[0] = 1e12 / 3; A[1] = 1e-3 / 3;"
    observed = [
        workshop.observe(workshop.program(nest=nest, after=QUIET)) for nest in (large, large, large + "A[1] *= 1.001;")
    ]
    found = Gauge(*observed[:2]).judge(observed[2])
    assert isinstance(found, Miscompiled)
    assert found.detail.startswith("'A[1]'")


def test_integers_are_equal(workshop: Any) -> None:
    dumps = (Dump("A", "A", "sizeof A", DOUBLE), Dump("counts", "counts", "sizeof counts", INT))
    found = judged(workshop, BACKWARDS + "counts[2] = 1;", dumps=dumps)
    assert found == Miscompiled("'counts[2]' is 1 instead of 0")


def test_what_no_sum_reaches_is_equal(workshop: Any) -> None:
    observed = [
        workshop.observe(workshop.program(nest=nest, after=QUIET)) for nest in (FORWARDS, PRECISE, BACKWARDS)
    ]
    assert isinstance(Gauge(observed[0], observed[1], frozenset({"B"})).judge(observed[2]), Accuracy)
    assert isinstance(Gauge(observed[0], observed[1], frozenset({"A"})).judge(observed[2]), Miscompiled)


@pytest.mark.parametrize(
    ("after", "passes"),
    [
        ('printf("%.17g %d\\n", A[1], N); return 0;', True),
        ('printf("%.3e\\n", A[1]); return 0;', True),
        ('printf("%.17g\\n", A[1] - 7976.0 > 0 ? A[1] : A[2]); return 0;', True),
        ('printf("%d\\n", (int)((long)(A[1] * 1e12) & 65535)); return 0;', False),  # an integer with other digits
    ],
)
def test_printed_numbers_may_differ_in_their_last_digits(workshop: Any, after: str, passes: bool) -> None:
    found = judged(workshop, BACKWARDS, after=after)
    assert isinstance(found, Accuracy if passes else Miscompiled)


def test_the_exit_status_stays(workshop: Any) -> None:
    original, precise = (
        workshop.observe(workshop.program(nest=nest, after="return 0;")) for nest in (FORWARDS, PRECISE)
    )
    own = workshop.observe(workshop.program(nest=BACKWARDS, after="return 3;"))
    assert isinstance(Gauge(original, precise).judge(own), Crashed)


def test_a_reference_that_runs_elsewhere_says_nothing(workshop: Any) -> None:
    original = workshop.observe(workshop.program(nest=FORWARDS, after=QUIET))
    other = workshop.observe(workshop.program(nest=PRECISE, after=QUIET, dumps=()))
    assert isinstance(Gauge(original, other).judge(original), Refused)


def test_float_is_judged_by_its_own_rounding(workshop: Any) -> None:
    before = "static float F[1];"
    dumps = (Dump("F", "F", "sizeof F", FLOAT),)
    nests = [
        f"{kind} sum = 0; for (int i = {first}; i < N; i++) sum += B[i]; F[0] = sum + {rest};"
        for kind, first, rest in (("float", 0, "0"), ("long double", 0, "0"), ("float", 1, "B[0]"))
    ]
    observed = [
        workshop.observe(workshop.program(nest=nest, after=QUIET, before=before, dumps=dumps)) for nest in nests
    ]
    found = Gauge(*observed[:2]).judge(observed[2])
    assert isinstance(found, Accuracy)
    assert found.own_ulps < 16
