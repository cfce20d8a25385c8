"""A crew of processes: results of all chunks, and an answer for seeds that kill or block their process."""

import os
from collections.abc import Sequence

from optimizer.verify.crew import Crew, Lost


def total(seeds: Sequence[int]) -> int:
    if 13 in seeds:
        os._exit(3)
    while 17 in seeds:
        pass
    return sum(seeds)


def test_all_chunks_are_answered() -> None:
    assert sorted(Crew(total, 2, 5).results([[1, 2], [3], [4, 5, 6]])) == [3, 3, 15]  # type: ignore[type-var]


def test_a_death_costs_one_seed() -> None:
    results = list(Crew(total, 2, 5).results([[1, 2], [12, 13, 14]]))
    assert sorted(r for r in results if isinstance(r, int)) == [3, 12, 14]
    assert [r.seed for r in results if isinstance(r, Lost)] == [13]


def test_a_hang_costs_one_seed() -> None:
    results = list(Crew(total, 2, 1).results([[17]]))
    assert results == [Lost(17, "out of processor time")]
