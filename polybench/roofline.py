"""How near a kernel came to what the machine can do: the roofline of multiply-adds and of streams, as probed."""

import functools
from dataclasses import dataclass

from optimizer.execution import Probe
from optimizer.search.demand import Demand

_INTEGER_SHARE = 0.5  # integers have no fused multiply-add: an operation counts as one, not as half of one
_UNSTEADY = 1.2  # two probes that differ by more were taken of different machines, as it were


@dataclass(frozen=True, slots=True)
class Roofline:
    """The bounds of one kernel: `compute_gops` by arithmetic, `stream_gops` by its bytes moved once."""

    compute_gops: float
    stream_gops: float

    @property
    def gops(self) -> float:
        """What no schedule passes: billions of operations a second."""
        return min(self.compute_gops, self.stream_gops)

    @property
    def bound(self) -> str:
        """Which of both is lower: `compute` or `stream`."""
        return "compute" if self.compute_gops <= self.stream_gops else "stream"


def roofline(demand: Demand, probe: Probe) -> Roofline:
    """The roofline of a kernel with `demand` on the machine as `probe` found it, for the probe's threads."""
    match demand.element:
        case "double":
            compute = probe.double_gflops
        case "float":
            compute = probe.float_gflops
        case _:
            compute = probe.float_gflops * _INTEGER_SHARE
    return Roofline(compute, demand.intensity * probe.stream_gbs)


@dataclass(frozen=True, slots=True)
class Reached:
    """What a kernel asks, and the machine as it was probed around its comparison."""

    demand: Demand
    probes: tuple[Probe, ...] = ()

    @property
    def probe(self) -> Probe | None:
        """The best of the probes: a bound holds for the best time of the machine."""
        return functools.reduce(Probe.best, self.probes) if self.probes else None

    @property
    def roof(self) -> Roofline | None:
        """The roofline of the kernel at that time."""
        return roofline(self.demand, self.probe) if self.probe is not None else None

    @property
    def is_steady(self) -> bool:
        """False if the machine changed between the probes."""
        peaks = [probe.double_gflops for probe in self.probes]
        return not peaks or max(peaks) < _UNSTEADY * min(peaks)

    def gops(self, runtime_ns: float) -> float:
        """Billions of operations a second."""
        return self.demand.operations / runtime_ns

    def gbs(self, runtime_ns: float) -> float:
        """Gigabytes a second if each byte moved once."""
        return self.demand.bytes / runtime_ns

    def fraction(self, runtime_ns: float) -> float | None:
        """The part of the roofline; above 1 where data came from a nearer cache than the probe's streams did."""
        return self.gops(runtime_ns) / self.roof.gops if self.roof is not None and self.roof.gops > 0.0 else None
