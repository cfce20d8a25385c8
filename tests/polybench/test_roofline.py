import pytest

from optimizer.execution import Probe
from optimizer.search.demand import Demand
from polybench.roofline import Reached, roofline

PROBE = Probe(2, 100.0, 200.0, 1000, 30.0, 40.0)


@pytest.mark.parametrize(
    ("demand", "gops", "bound"),
    [
        (Demand(8e9, 1e9, "double"), 100.0, "compute"),
        (Demand(8e9, 1e9, "float"), 200.0, "compute"),
        (Demand(8e9, 1e9, "int"), 100.0, "compute"),
        (Demand(1e9, 8e9, "double"), 5.0, "stream"),
    ],
)
def test_the_lower_bound_counts(demand: Demand, gops: float, bound: str):
    roof = roofline(demand, PROBE)
    assert (roof.gops, roof.bound) == (gops, bound)


def test_what_was_reached_is_held_against_the_best_probe():
    halved = Probe(2, 50.0, 100.0, 1000, 30.0, 35.0)
    reached = Reached(Demand(8e9, 1e9, "double"), (halved, PROBE))
    assert (reached.gops(1e8), reached.gbs(1e8), reached.fraction(1e8)) == (80.0, 10.0, 0.8)
    assert not reached.is_steady
    assert Reached(reached.demand, (PROBE,)).is_steady
    assert Reached(reached.demand).fraction(1e8) is None
