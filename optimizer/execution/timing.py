"""The time of one run of a program, taken inside it around the watched code."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from optimizer.execution.limits import Limits
from optimizer.execution.observation import ended_badly, why_not_executed
from optimizer.execution.program import Binary, Purpose
from optimizer.execution.runner import Placement, run_binary
from optimizer.ir.outcome import Crashed, Refused, TimedOut

_SAMPLES = 1024  # per region, as in the runtime
_SHORTEST_NS = 200.0  # less than that is the clock itself

Failure: TypeAlias = Crashed | TimedOut | Refused


@dataclass(frozen=True, slots=True)
class Sample:
    """One process: the time of its watched code, by region and as one figure, and of the process from outside.

    The figure is the sum over all regions; under a harness, which calls with the same input again and again, it is
    the lower quartile of the calls after the first.
    """

    watched_ns: float
    regions_ns: tuple[float, ...]
    status: int
    wall_s: float


def take_sample(binary: Binary, placement: Placement, limits: Limits) -> Sample | Failure:
    """One run of `binary`, built to be timed. Refused if its watched code is not executed or takes no time."""
    assert binary.purpose is Purpose.TIME
    finished, result = run_binary(binary, placement, limits)
    failure = ended_badly(finished, limits)
    if failure is not None:
        return failure
    regions = len(binary.program.watched)
    if len(result) != 8 * regions * (2 + _SAMPLES):
        return Refused("the program left no times")
    timers = np.frombuffer(result, dtype="<u8").reshape(regions, 2 + _SAMPLES)
    if not timers[:, 0].any():
        return Refused(why_not_executed(finished.status, finished.stderr))
    totals = tuple(float(total) for total in timers[:, 1])
    watched_ns = sum(totals) if binary.program.harness is None else _usual_call(timers[-1])
    if watched_ns < _SHORTEST_NS:
        return Refused("the loop nest takes no measurable time: the compiler removed it, or it has nothing to do")
    return Sample(watched_ns, totals, finished.status, finished.wall_s)


def _usual_call(timer: "npt.NDArray[np.uint64]") -> float:
    calls = timer[2 : 2 + min(int(timer[0]), _SAMPLES)]
    return float(np.quantile(calls[1:] if len(calls) > 1 else calls, 0.25)) if len(calls) else 0.0
