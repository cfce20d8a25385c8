"""Outcomes of candidates in words, one line each."""

from typing import assert_never

from optimizer.ir.outcome import Accuracy, CompileError, Crashed, Measured, Miscompiled, Outcome, Refused, TimedOut


def outcome_line(outcome: Outcome) -> str:
    """What became of a candidate, for a table cell or a summary."""
    match outcome:
        case Measured(pairs=0):
            return f"about {outcome.speedup:.2f}x, {duration(outcome.candidate_ns)}"
        case Measured():
            interval = f"{outcome.low:.2f} to {outcome.high:.2f}"
            times = f"{duration(outcome.original_ns)} -> {duration(outcome.candidate_ns)}"
            return f"{outcome.speedup:.2f}x ({interval}), {times}, {outcome.pairs} pairs"
        case Miscompiled(detail=detail):
            return f"wrong result: {detail}"
        case CompileError(detail=detail):
            return f"does not compile: {detail}"
        case Crashed(detail=detail):
            return f"crashed: {detail}"
        case TimedOut(limit_s=limit_s):
            return f"stopped after {limit_s:g} s"
        case Refused(reason=reason):
            return f"not run: {reason}"
        case _:
            assert_never(outcome)


def accuracy_line(accuracy: Accuracy) -> str:
    """How far sums in another order are from the truth, beside the original."""
    return f"largest error {accuracy.own_ulps:.3g} ulps, of the original {accuracy.original_ulps:.3g}"


def duration(nanoseconds: float) -> str:
    """`nanoseconds` with three digits and the unit that fits."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.0f} ns"
