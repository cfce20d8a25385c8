import os
import time
from collections.abc import Callable

import pytest

from optimizer.ir.child import ChildFailed, CpuLimitExceeded, result_from_child, results_from_children


def test_the_result_comes_back() -> None:
    assert result_from_child(lambda: {"x": "y" * 300_000}, 5) == {"x": "y" * 300_000}


def test_endless_work_ends() -> None:
    def forever() -> str:
        while True:
            pass

    with pytest.raises(CpuLimitExceeded):
        result_from_child(forever, 1)


def test_an_exception_keeps_its_traceback() -> None:
    with pytest.raises(ChildFailed, match="ZeroDivisionError"):
        result_from_child(lambda: 1 // 0, 1)


def test_results_keep_their_order_and_come_from_processes_side_by_side() -> None:
    def work(index: int) -> Callable[[], tuple[int, str]]:
        def answer() -> tuple[int, str]:
            time.sleep(0.02 * (3 - index % 3))
            return index, "x" * 200_000

        return answer

    found = list(results_from_children((work(index) for index in range(12)), 5, 3))
    assert [result[0] for result in found if not isinstance(result, CpuLimitExceeded)] == list(range(12))


def test_one_that_takes_too_long_does_not_spoil_the_others() -> None:
    def forever() -> int:
        while True:
            pass

    first, second, third = results_from_children((lambda: 1, forever, lambda: 3), 1, 2)
    assert (first, third) == (1, 3)
    assert isinstance(second, CpuLimitExceeded)


def test_closing_ends_the_children() -> None:
    started: list[int] = []
    results = results_from_children((lambda: os.getpid(), lambda: time.sleep(600) or 0), 5, 2)
    first = next(results)
    assert isinstance(first, int)
    started.append(first)
    before = time.monotonic()
    results.close()
    assert time.monotonic() - before < 60
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
