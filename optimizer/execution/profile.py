"""Where a program spends its time: one run, region by region."""

from dataclasses import dataclass

import numpy as np

from optimizer.execution.limits import Limits
from optimizer.execution.observation import ended_badly
from optimizer.execution.program import Binary
from optimizer.execution.runner import Placement, allowed_cpus, run_binary
from optimizer.execution.timing import SAMPLES
from optimizer.ir.outcome import Crashed, Refused, TimedOut


@dataclass(frozen=True, slots=True)
class Profile:
    """The time spent in each region of a program in one run, and of the whole process."""

    regions_ns: tuple[float, ...]
    wall_s: float


def profile(binary: Binary, limits: Limits) -> Profile | Crashed | TimedOut | Refused:
    """The times of one run of `binary`, built to be timed, on one processor.

    The call of a harness, where there is one, is the last region.
    """
    finished, result = run_binary(binary, Placement(allowed_cpus(1), 1), limits)
    failure = ended_badly(finished, limits)
    if failure is not None:
        return failure
    regions = len(binary.program.watched)
    if len(result) != 8 * regions * (2 + SAMPLES):
        return Refused("the program left no times")
    timers = np.frombuffer(result, dtype="<u8").reshape(regions, 2 + SAMPLES)
    return Profile(tuple(float(total) for total in timers[:, 1]), finished.wall_s)
