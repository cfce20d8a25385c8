import islpy as isl
import pytest

from optimizer.search import counting
from optimizer.search.counting import count_points


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("{ [i, j] : 0 <= i < 7 and 2 <= j < 5 }", 21),
        ("{ [i, j] : 0 <= i < 10 and 0 <= j <= i }", 55),
        ("{ [i, j, k] : 0 <= i < 6 and 0 <= j < i and 0 <= k < j }", 20),
        ("{ [i, j] : 0 <= i < 10 and 3j <= i and 2j >= i - 4 }", 17),
        ("{ [i, j] : 0 <= i < 10 and j = 2i }", 10),
        ("{ [i] : 0 <= i < 4 or 2 <= i < 8 }", 8),
        ("{ [i] : 1 = 0 }", 0),
        ("{ [] }", 1),
    ],
)
def test_points_are_counted(text: str, count: int):
    points = isl.Set(text)
    seen: list[object] = []
    points.foreach_point(seen.append)
    assert count_points(points) == len(seen) == count


def test_what_is_too_long_to_walk_through_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(counting, "MOST_ROWS", 5)
    assert count_points(isl.Set("{ [i, j] : 0 <= i < 10 and 0 <= j <= i }")) == 100
    assert count_points(isl.Set("{ [i] : 0 <= i < 10 and exists e : i = 2e }")) >= 5
