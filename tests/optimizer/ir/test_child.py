import pytest

from optimizer.ir.child import ChildFailed, CpuLimitExceeded, result_from_child


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
