"""Ranks candidates by racing them against each other only: rounds in which the slower half leaves.

What a candidate gains over the original is for `optimizer.execution.race` to say; here the original never runs.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TypeAlias

from optimizer.execution.limits import Limits
from optimizer.execution.program import Binary
from optimizer.execution.runner import Placement, allowed_cpus
from optimizer.execution.timing import Failure, Sample, take_sample
from optimizer.ir.outcome import Crashed, Refused, TimedOut

PATIENCE = 1.6  # a run that takes so many times as long as the best one so far is stopped
SLACK_S = 0.5  # what a process may take beside its work without being suspect
CLOSE = 1.15  # within this factor of the best a candidate is worth a second run
MOST_RUNS = 5  # of the last ones left
_PAD_BYTES = 4096  # the size of the environment shifts the stack; it changes from run to run


@dataclass(frozen=True, slots=True)
class Heat:
    """What a candidate showed: the median of its times and how often it was run."""

    watched_ns: float
    runs: int


Placing: TypeAlias = Heat | Failure


@dataclass(frozen=True, slots=True)
class Track:
    """How candidates are run. `scale` is one run of the original: nothing needs to be slower than that, and every
    program must end with its status.
    """

    scale: Sample
    threads: int
    seed: int
    limits: Limits


@dataclass(slots=True, eq=False)
class _Runner:
    binary: Binary
    times_ns: list[float] = field(default_factory=list[float])
    failure: Failure | None = None

    @property
    def usual_ns(self) -> float:
        return median(self.times_ns)


def run_heats(candidates: Sequence[Binary], track: Track, deadline: float) -> tuple[Placing, ...]:
    """The time of each of `candidates`, best known for the fastest.

    No run but the first starts after `deadline` (monotonic). A candidate that is clearly slower than the best one so
    far, or than the original, is stopped: TimedOut.
    """
    return _Heats(candidates, track, deadline).run()


class _Heats:
    """One ranking."""

    def __init__(self, candidates: Sequence[Binary], track: Track, deadline: float) -> None:
        self.runners = [_Runner(candidate) for candidate in candidates]
        self.track = track
        self.deadline = deadline
        self.dice = random.Random(track.seed)
        self.cpus = allowed_cpus(track.threads)
        self.best_ns = track.scale.watched_ns

    def run(self) -> tuple[Placing, ...]:
        """The placing of every candidate, in their order."""
        racing = self.runners
        self._round(racing)
        while len(racing := self._survivors(racing)) > 1 and not self._is_over():
            if min(len(runner.times_ns) for runner in racing) >= MOST_RUNS:
                break
            self._round(racing)
            self._round(racing[::-1])  # a drift of the machine cancels out
        return tuple(self._placing(runner) for runner in self.runners)

    def _round(self, racing: Sequence[_Runner]) -> None:
        for runner in racing:
            if self._is_over() and any(other.times_ns for other in self.runners):
                return
            if runner.failure is None:
                self._run_once(runner)

    def _survivors(self, racing: Sequence[_Runner]) -> list[_Runner]:
        """The faster half of those that ended and are close to the best."""
        alive = [runner for runner in racing if runner.failure is None and runner.times_ns]
        alive.sort(key=lambda runner: runner.usual_ns)
        close = [runner for runner in alive if runner.usual_ns <= CLOSE * self.best_ns]
        return close[: max(2, (len(alive) + 1) // 2)]

    def _run_once(self, runner: _Runner) -> None:
        scale = self.track.scale
        beside_s = max(0.0, scale.wall_s - scale.watched_ns * 1e-9)
        limit_s = SLACK_S + PATIENCE * (beside_s + self.best_ns * 1e-9)
        limits = replace(self.track.limits, wall_s=min(self.track.limits.wall_s, limit_s))
        placement = Placement(self.cpus, self.track.threads, {"LW_PAD": "x" * self.dice.randrange(_PAD_BYTES)})
        sample = take_sample(runner.binary, placement, limits)
        if not isinstance(sample, Sample):
            runner.failure = sample
        elif sample.status != scale.status:
            runner.failure = Crashed(f"exit status {sample.status} instead of {scale.status}")
        else:
            runner.times_ns.append(sample.watched_ns)
            self.best_ns = min(self.best_ns, sample.watched_ns)

    def _placing(self, runner: _Runner) -> Placing:
        if runner.times_ns and (runner.failure is None or isinstance(runner.failure, TimedOut)):
            return Heat(runner.usual_ns, len(runner.times_ns))
        return runner.failure or Refused("the time for measuring was spent before it could be run")

    def _is_over(self) -> bool:
        return time.monotonic() > self.deadline
