"""Ranking of real programs among themselves. Nothing here depends on how fast the machine is or how busy."""

import time
from typing import Any

from optimizer.execution import Limits, Purpose
from optimizer.execution.heats import Heat, Track, run_heats
from optimizer.execution.runner import Placement
from optimizer.execution.timing import Sample, take_sample
from optimizer.ir.outcome import Crashed, Refused, TimedOut

WORK = "for (volatile int t = 0; t < %d; t++) for (int i = 0; i < N; i++) A[i] += B[i];"
CLOCK = (
    "#include <time.h>\nstatic double now(void) { struct timespec t; "
    "clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e9 + t.tv_nsec; }"
)
SPIN = "double begun = now(); while (now() - begun < %de6) ; A[%d] = 1;"


def _timed(workshop: Any, nest: str, **options: Any) -> Any:
    return workshop.build(workshop.program(nest=nest, **options), Purpose.TIME)


def _track(original: Any) -> Track:
    scale = take_sample(original, Placement(), Limits())
    assert isinstance(scale, Sample)
    return Track(scale, 1, 7, Limits())


def test_the_fastest_is_run_most(workshop: Any) -> None:
    slow, fast = (_timed(workshop, WORK % count) for count in (40000, 2000))
    crash = _timed(workshop, WORK % 2000, after="abort();")
    first, second, third = run_heats([slow, fast, crash], _track(slow), time.monotonic() + 5)
    assert isinstance(first, Heat)
    assert isinstance(second, Heat)
    assert second.watched_ns < first.watched_ns
    assert second.runs >= first.runs
    assert isinstance(third, Crashed)


def test_what_is_clearly_slower_is_stopped(workshop: Any) -> None:
    original = _timed(workshop, WORK % 2000)
    forever = _timed(workshop, 'for (;;) __asm__ volatile("");')
    before = time.monotonic()
    fine, stopped = run_heats([original, forever], _track(original), time.monotonic() + 30)
    assert isinstance(fine, Heat)
    assert isinstance(stopped, TimedOut)
    assert time.monotonic() - before < 25


def test_one_runs_at_least_and_none_after_the_deadline(workshop: Any) -> None:
    binaries = [_timed(workshop, SPIN % (50, index), before=CLOCK) for index in range(4)]
    placings = run_heats(binaries, _track(binaries[0]), time.monotonic())
    assert isinstance(placings[0], Heat)
    assert all(isinstance(placing, Refused) for placing in placings[1:])


def test_another_exit_status_than_the_original_is_a_crash(workshop: Any) -> None:
    original, other = _timed(workshop, WORK % 2000), _timed(workshop, WORK % 2000, after="return 3;")
    (placing,) = run_heats([other], _track(original), time.monotonic() + 2)
    assert placing == Crashed("exit status 3 instead of 0")
