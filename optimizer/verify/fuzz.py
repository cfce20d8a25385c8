"""The fuzz campaign: many random nests through the whole path, spread over processes; failures are shrunk and kept."""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from optimizer.ir.child import CpuLimitExceeded, result_from_child
from optimizer.verify.batch import LIGHT, OPTIMIZED, SANITIZED
from optimizer.verify.crew import Crew, Lost
from optimizer.verify.generator import random_nest
from optimizer.verify.judge import choose_build, judge
from optimizer.verify.keep import keep
from optimizer.verify.nests import NestPlan
from optimizer.verify.shrink import Scripts, shrink
from optimizer.verify.trial import Failure, FailureKind, Trial, attempt, replay

_CHUNK = 10  # nests per compilation
_SEED_CPU_S = 30  # far above the average; several seconds already deserve a look
_ATTEMPT_CPU_S = 12  # of that without compiling; isl can take minutes between two points at which it may be stopped
_SHRUNK_PER_CAUSE = 2

Progress = Callable[["FuzzReport"], None]


@dataclass(frozen=True, slots=True)
class FuzzSettings:
    """What to try. `keep_dir` is where failures go; None keeps nothing and shrinks nothing."""

    count: int
    seed: int
    keep_dir: Path | None = None
    jobs: int = 1
    variants: int = 2
    shrink_s: float = 60.0


@dataclass(slots=True)
class FuzzReport:
    """Sums over all nests that were finished."""

    programs: int = 0
    taken: int = 0  # programs whose kernel was raised as a whole
    nests: int = 0
    refusals: Counter[str] = field(default_factory=Counter[str])
    scripts: int = 0  # programs compared after scripts, unchanged ones included
    illegal: int = 0
    interpreted: int = 0
    ungenerated: int = 0
    unfinished: int = 0  # programs whose dependences or scripts took isl too long
    failures: list[Failure] = field(default_factory=list[Failure])

    def add(self, other: "FuzzReport") -> None:
        """Add the sums of `other`."""
        self.programs += other.programs
        self.taken += other.taken
        self.nests += other.nests
        self.refusals.update(other.refusals)
        self.scripts += other.scripts
        self.illegal += other.illegal
        self.interpreted += other.interpreted
        self.ungenerated += other.ungenerated
        self.unfinished += other.unfinished
        self.failures.extend(other.failures)

    @property
    def bugs(self) -> list[Failure]:
        """The failures that are ours."""
        return [failure for failure in self.failures if failure.kind is not FailureKind.COMPILER]

    @property
    def confirmed(self) -> int:
        """The number of illegal schedules whose witness was confirmed."""
        return self.illegal - sum(1 for failure in self.failures if failure.kind is FailureKind.FALSE_WITNESS)


def fuzz(settings: FuzzSettings, progress: Progress | None = None) -> FuzzReport:
    """Try `settings.count` random nests; the report is complete up to the last finished chunk if interrupted.

    Raises KeyboardInterrupt after the workers are stopped; `progress` has then seen the last sums.
    """
    report = FuzzReport()
    for part in _parts(settings):
        report.add(part)
        if progress is not None:
            progress(report)
    if settings.keep_dir is not None:
        keep_all(_to_keep(report.failures), settings, settings.keep_dir)
    return report


def keep_all(failures: Sequence[Failure], settings: FuzzSettings, directory: Path) -> None:
    """Keep each failure with its shrunk form, or as it is if shrinking dies or hangs."""

    def shrink_one(numbers: Sequence[int]) -> tuple[int, Failure]:
        return numbers[0], shrunk(failures[numbers[0]], settings.shrink_s)

    crew = Crew(shrink_one, settings.jobs, int(settings.shrink_s) + _SEED_CPU_S)
    for result in crew.results([[number] for number in range(len(failures))]):
        number, smaller = (result.seed, failures[result.seed]) if isinstance(result, Lost) else result
        keep(smaller, failures[number], directory)


def seeds_of(settings: FuzzSettings) -> list[int]:
    """The seeds of all programs of a campaign."""
    rng = random.Random(settings.seed)
    return [rng.randrange(1 << 32) for _ in range(settings.count)]


def _parts(settings: FuzzSettings) -> Iterator[FuzzReport]:
    seeds = seeds_of(settings)
    chunks = [seeds[start : start + _CHUNK] for start in range(0, len(seeds), _CHUNK)]
    crew = Crew(partial(run_chunk, variants=settings.variants), settings.jobs, _SEED_CPU_S)
    for result in crew.results(chunks):
        if isinstance(result, Lost):
            failure = Failure(FailureKind.DEATH, result.seed, result.reason, random_nest(result.seed))
            yield FuzzReport(programs=1, failures=[failure])
        else:
            yield result


def run_chunk(seeds: Sequence[int], variants: int) -> FuzzReport:
    """The sums over the nests of `seeds`, which are compiled together."""
    report = FuzzReport()
    trials: list[Trial] = []
    for seed in seeds:
        plan = random_nest(seed)
        report.programs += 1
        try:
            trial = result_from_child(partial(attempt, plan, variants), _ATTEMPT_CPU_S)
        except CpuLimitExceeded:
            report.unfinished += 1
            continue
        trials.append(trial)
        report.nests += trial.nests
        report.taken += bool(trial.nests) and not trial.refusals
        report.refusals.update(trial.refusals)
        report.scripts += len(trial.variants)
        report.illegal += trial.illegal
        report.interpreted += trial.interpreted
        report.ungenerated += trial.ungenerated
        report.failures.extend(trial.failures)
    with tempfile.TemporaryDirectory() as directory:
        report.failures.extend(judge(trials, choose_build(random.Random(seeds[0])), Path(directory)))
    return report


def _to_keep(failures: Sequence[Failure]) -> list[Failure]:
    """A few failures of each cause."""
    seen: Counter[tuple[FailureKind, str]] = Counter()
    chosen: list[Failure] = []
    for failure in failures:
        seen[failure.identity] += 1
        if seen[failure.identity] <= _SHRUNK_PER_CAUSE:
            chosen.append(failure)
    return chosen


def shrunk(failure: Failure, budget_s: float) -> Failure:
    """A failure of the same kind with a smaller program; the same one if none was found."""
    latest = [failure]

    def still_fails(plan: NestPlan, scripts: Scripts) -> bool:
        found = reproduce(plan, scripts, failure.kind)
        same = [candidate for candidate in found if candidate.identity == failure.identity]
        if same:
            latest[0] = same[0]
        return bool(same)

    started = time.monotonic()
    if failure.kind not in (FailureKind.GENERATOR, FailureKind.DEATH) and still_fails(failure.plan, failure.scripts):
        shrink(failure.plan, failure.scripts, still_fails, budget_s - (time.monotonic() - started))
    return latest[0]


def reproduce(plan: NestPlan, scripts: Scripts, kind: FailureKind) -> list[Failure]:
    """The failures that `plan` shows under `scripts` (drawn ones where none are given)."""
    by_drawing = kind is FailureKind.EXCEPTION or not scripts or kind is FailureKind.FALSE_WITNESS
    trial = attempt(plan, 2) if by_drawing else replay(plan, scripts)
    if trial.failures or kind not in (FailureKind.WRONG_RESULT, FailureKind.BROKEN_PROGRAM):
        return trial.failures
    with tempfile.TemporaryDirectory() as directory:
        return [f for build in (LIGHT, OPTIMIZED, SANITIZED) for f in judge([trial], build, Path(directory))]
