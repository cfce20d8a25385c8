"""Where a program spends its time: one run, region by region."""

from dataclasses import dataclass

from optimizer.execution.limits import Limits
from optimizer.execution.program import Binary
from optimizer.execution.runner import Placement, allowed_cpus
from optimizer.execution.timing import Sample, take_sample
from optimizer.ir.outcome import Crashed, Refused, TimedOut


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

    The call of a harness, where there is one, is the last region.
    """
    sample = take_sample(binary, Placement(allowed_cpus(1), 1), limits)
    return Profile(sample.regions_ns, sample) if isinstance(sample, Sample) else sample
