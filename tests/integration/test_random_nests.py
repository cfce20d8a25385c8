"""Random nests through the whole path: no wrong result, and every refused schedule has a true witness.

The seeds are fixed and split into chunks, so that the chunks spread over the workers of pytest-xdist.
"""

from collections import Counter

import pytest

from optimizer.verify.fuzz import FuzzReport, FuzzSettings, run_chunk, seeds_of
from optimizer.verify.trial import FailureKind

NESTS = 150
CHUNK = 25
SEEDS = seeds_of(FuzzSettings(NESTS, 2026))


@pytest.mark.parametrize("start", range(0, NESTS, CHUNK))
def test_random_nests_keep_their_results(start: int) -> None:
    report = run_chunk(SEEDS[start : start + CHUNK], 1)
    assert [describe(failure) for failure in report.bugs] == []
    assert report.programs == CHUNK
    assert report.unfinished <= 2
    assert report.taken + report.unfinished >= 0.9 * CHUNK
    assert report.ungenerated <= 0.3 * CHUNK
    assert report.scripts >= CHUNK
    assert report.illegal >= 10  # 60 in all chunks together
    assert report.confirmed == report.illegal


def describe(failure: "object") -> str:
    return f"{failure}"


def test_sums_of_reports() -> None:
    first, second = FuzzReport(2, 1, 3, Counter(LW116=1), 4, 5), FuzzReport(1, 1, 1, Counter(LW116=2), 1, 1)
    first.add(second)
    assert (first.programs, first.taken, first.nests, first.scripts, first.illegal) == (3, 2, 4, 5, 6)
    assert first.refusals == Counter(LW116=3)
    assert first.confirmed == 6


def test_failure_kinds_have_distinct_names() -> None:
    assert len({kind.value for kind in FailureKind}) == len(FailureKind)
