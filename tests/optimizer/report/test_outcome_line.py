import pytest

from optimizer.ir.outcome import CompileError, Crashed, Measured, Miscompiled, Outcome, Refused, TimedOut
from optimizer.report.outcome import duration, outcome_line


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (Measured(2.0, 1.9, 2.1, 3e9, 1.5e9, 12), "2.00x (1.90 to 2.10), 3 s -> 1.5 s, 12 pairs"),
        (Miscompiled("A[3]: 1 and 2"), "wrong result: A[3]: 1 and 2"),
        (CompileError("expected ';'"), "does not compile: expected ';'"),
        (Crashed("signal 11"), "crashed: signal 11"),
        (TimedOut(2.5), "stopped after 2.5 s"),
        (Refused("nothing comparable"), "not run: nothing comparable"),
    ],
)
def test_each_outcome_has_its_line(outcome: Outcome, line: str) -> None:
    assert outcome_line(outcome) == line


@pytest.mark.parametrize(
    ("nanoseconds", "text"), [(12, "12 ns"), (1234, "1.23 us"), (56_700_000, "56.7 ms"), (1.9e9, "1.9 s")]
)
def test_durations_have_the_unit_that_fits(nanoseconds: float, text: str) -> None:
    assert duration(nanoseconds) == text
