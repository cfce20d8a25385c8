"""Where a program spends its time: one run, region by region."""

from dataclasses import dataclass

from optimizer.execution.limits import Limits
from optimizer.execution.program import Binary
from optimizer.execution.runner import Placement, allowed_cpus
from optimizer.execution.timing import Sample, take_sample
from optimizer.ir.outcome import Crashed, Refused, TimedOut

SHORT_S = 0.5  # of a run that is taken again
REPEATS = 2


@dataclass(frozen=True, slots=True)
class Profile:
    """The time spent in each region of a program in one run, and that run as a whole."""

    regions_ns: tuple[float, ...]
    whole: Sample

    @property
    def wall_s(self) -> float:
        """The time of the process."""
        return self.whole.wall_s


def profile(binary: Binary, limits: Limits) -> Profile | Crashed | TimedOut | Refused:
    """The times of one run of `binary`, built to be timed, on one processor.

    The call of a harness, where there is one, is the last region. A short program runs again, and the quicker run
    counts: the first one may have waited for a busy system, and all plans are made by these times.
    """
    placement = Placement(allowed_cpus(1), 1)
    sample = take_sample(binary, placement, limits)
    for _ in range(REPEATS):
        if isinstance(sample, Sample) and sample.wall_s < SHORT_S:
            again = take_sample(binary, placement, limits)
            sample = again if isinstance(again, Sample) and again.wall_s < sample.wall_s else sample
    return Profile(sample.regions_ns, sample) if isinstance(sample, Sample) else sample
