"""Timing of real programs. Nothing here depends on how fast the machine is or how busy."""

import dataclasses
from typing import Any

import pytest

from optimizer.execution import Limits, Purpose, Region, is_win, measure, measure_many
from optimizer.execution.profile import Profile, profile
from optimizer.execution.runner import Placement, allowed_cpus
from optimizer.execution.timing import Sample, take_sample
from optimizer.ir.outcome import Crashed, Measured, Refused, TimedOut

WORK = "for (volatile int t = 0; t < %d; t++) for (int i = 0; i < N; i++) A[i] += B[i];"
CLOCK = (
    "#include <time.h>\nstatic double now(void) { struct timespec t; "
    "clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e9 + t.tv_nsec; }"
)


def _timed(workshop: Any, nest: str = WORK % 2000, **options: Any) -> Any:
    return workshop.build(workshop.program(nest=nest, **options), Purpose.TIME)


def test_a_sample_is_the_time_of_the_region(workshop: Any) -> None:
    spin = "double begun = now(); while (now() - begun < 20e6) ;"
    binary = _timed(workshop, spin, before=CLOCK, after=f"{{ {spin} }} {{ {spin} }} return 0;")
    sample = take_sample(binary, Placement(), Limits())
    assert isinstance(sample, Sample)
    assert 20e6 <= sample.watched_ns < sample.wall_s * 1e9 - 30e6


def test_executions_add_up(workshop: Any) -> None:
    program = workshop.program(nest="double begun = now(); while (now() - begun < 5e6) ;", before=CLOCK)
    loop = b"for (int t = 0; t < 4; t++) "
    region = program.regions[0]
    shift = len(loop) - len(b"/*begin*/")
    moved = dataclasses.replace(region, start=region.start + shift, end=region.end + shift)
    binary = workshop.build(program.with_text(program.text.replace(b"/*begin*/", loop), (moved,)), Purpose.TIME)
    sample = take_sample(binary, Placement(), Limits())
    assert isinstance(sample, Sample)
    assert sample.watched_ns >= 20e6


@pytest.mark.parametrize("ending", ["exit(0);", "_Exit(0);", "return 9;"])
def test_times_survive_every_way_to_exit(workshop: Any, ending: str) -> None:
    assert isinstance(take_sample(_timed(workshop, after=ending), Placement(), Limits()), Sample)


def test_programs_run_where_they_are_put(workshop: Any) -> None:
    cpu = allowed_cpus(1)
    assert len(cpu) == 1
    binary = _timed(
        workshop,
        before="extern int sched_getcpu(void);",
        after=f"return sched_getcpu() == {cpu[0]} ? 0 : *(volatile int *)0;",
    )
    assert isinstance(take_sample(binary, Placement(cpu), Limits()), Sample)


def test_the_same_code_twice_is_no_win(workshop: Any) -> None:
    one = _timed(workshop)
    other = _timed(workshop, before="static int unused;")
    assert one.path != other.path
    measured = measure(one, other, budget_s=2.0, seed=3)
    assert isinstance(measured, Measured)
    assert measured.pairs >= 2
    assert not is_win(measured)


def test_ten_times_less_work_is_a_win(workshop: Any) -> None:
    measured = measure(_timed(workshop, WORK % 100000), _timed(workshop, WORK % 10000), budget_s=3.0, seed=3)
    assert isinstance(measured, Measured)
    assert is_win(measured)
    assert measured.low <= measured.speedup <= measured.high


def test_crashes_of_the_candidate_and_of_the_original_differ(workshop: Any) -> None:
    good, bad = _timed(workshop), _timed(workshop, after="abort();")
    outcome = measure(good, bad, budget_s=1, seed=0)
    assert isinstance(outcome, Crashed)
    assert not outcome.detail.startswith("the original")
    outcome = measure(bad, good, budget_s=1, seed=0)
    assert isinstance(outcome, Crashed)
    assert outcome.detail.startswith("the original ended by SIGABRT")


def test_a_much_slower_candidate_is_not_waited_for(workshop: Any) -> None:
    slow = _timed(workshop, 'for (;;) __asm__ volatile("");')
    assert isinstance(measure(_timed(workshop), slow, budget_s=1, seed=0), TimedOut)


def test_a_region_that_is_never_entered_is_refused(workshop: Any) -> None:
    never = _timed(workshop, before="__attribute__((constructor)) static void first(void) { exit(0); }")
    assert measure(never, never, budget_s=1, seed=0) == Refused("the program ended without executing the loop nest")


def test_a_region_without_work_is_refused(workshop: Any) -> None:
    outcome = measure(_timed(workshop, ";"), _timed(workshop, ";"), budget_s=1, seed=0)
    assert isinstance(outcome, Refused)


def test_a_tournament_answers_for_every_candidate(workshop: Any) -> None:
    candidates = [_timed(workshop, WORK % n) for n in (40000, 4000, 200000)] + [_timed(workshop, after="abort();")]
    outcomes = measure_many(_timed(workshop, WORK % 40000), candidates, budget_s=3, seed=5)
    same, fast, slow, crashed = outcomes
    assert isinstance(fast, Measured)
    assert is_win(fast)
    assert isinstance(same, Measured)
    assert isinstance(slow, Measured)
    assert isinstance(crashed, Crashed)
    assert fast.pairs >= same.pairs
    assert fast.pairs >= slow.pairs


def test_an_empty_tournament_is_over_at_once(workshop: Any) -> None:
    assert measure_many(_timed(workshop), (), budget_s=1, seed=0) == ()


def test_a_race_keeps_to_its_budget(workshop: Any) -> None:
    """Every run takes at least 0.1 s, so that the budget does not reach for all, however fast the machine is."""
    spin = "double begun = now(); while (now() - begun < 100e6) ; A[%d] = 1;"
    binaries = [_timed(workshop, spin % k, before=CLOCK) for k in range(9)]
    outcomes = measure_many(binaries[0], binaries[1:], budget_s=0.35, seed=0)
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) >= 3
    assert sum(isinstance(outcome, Measured) and outcome.pairs >= 2 for outcome in outcomes) == 1


def test_another_exit_status_is_a_crash(workshop: Any) -> None:
    outcome = measure(_timed(workshop), _timed(workshop, after="return 3;"), budget_s=1, seed=0)
    assert outcome == Crashed("exit status 3 instead of 0")


def test_a_profile_tells_regions_apart(workshop: Any) -> None:
    spin = "{ double begun = now(); while (now() - begun < %d) ; }"
    program = workshop.program(nest=spin % 30_000_000, after=spin % 10_000_000 + " return 0;", before=CLOCK)
    second = program.text.rindex(b"{ double begun")
    both = (*program.regions, Region(second, program.text.index(b" return 0;", second)))
    found = profile(workshop.build(program.with_text(program.text, both), Purpose.TIME), Limits())
    assert isinstance(found, Profile)
    assert found.regions_ns[0] >= 30e6
    assert found.regions_ns[1] >= 10e6
    assert found.wall_s >= 0.04
