import pytest

from optimizer.ir.child import CpuLimitExceeded, text_from_child


def test_text_comes_back() -> None:
    assert text_from_child(lambda: "x" * 300_000, 5) == "x" * 300_000


def test_endless_work_ends() -> None:
    def forever() -> str:
        while True:
            pass

    with pytest.raises(CpuLimitExceeded):
        text_from_child(forever, 1)


def test_a_failing_child_is_not_an_answer() -> None:
    with pytest.raises(CpuLimitExceeded):
        text_from_child(lambda: str(1 // 0), 1)
