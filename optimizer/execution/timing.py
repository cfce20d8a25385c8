"""Interleaved timing of an original and its candidates: rounds of fresh processes in random order, pinned."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.execution.limits import Limits
from optimizer.execution.observation import ended_badly
from optimizer.execution.program import Binary, Purpose
from optimizer.execution.runner import Placement, allowed_cpus, run_binary
from optimizer.execution.statistics import summarize
from optimizer.ir.outcome import Crashed, Measured, Refused, TimedOut

SAMPLES = 1024  # per region, as in the runtime
_SHORTEST_NS = 200.0  # less than that is the clock itself
_TIGHT = 0.01  # half width of the interval, relative
_DECIDED_ROUNDS = 12  # rounds before a tight interval ends the measurement
_DROP_ROUNDS = 3  # rounds before a clear loser leaves a tournament
_MOST_ROUNDS = 400
_PAD_BYTES = 4096  # the size of the environment shifts the stack; it changes from round to round

Failure = Crashed | TimedOut | Refused


@dataclass(frozen=True, slots=True)
class Sample:
    """One process: the time of its watched code, and of the whole process from outside."""

    watched_ns: float
    wall_s: float


@dataclass(slots=True, eq=False)
class _Entrant:
    binary: Binary
    original_ns: list[float] = field(default_factory=list[float])
    own_ns: list[float] = field(default_factory=list[float])
    failure: Failure | None = None

    def measured(self, seed: int) -> Measured:
        return summarize(self.original_ns, self.own_ns, seed)


def measure(
    original: Binary, candidate: Binary, *, budget_s: float, seed: int, threads: int = 1, limits: Limits | None = None
) -> Measured | Failure:
    """How much faster `candidate` is than `original`, measured until the interval is tight or `budget_s` is spent.

    At least two pairs are taken whatever the budget. With one thread both run pinned to one processor, else on all.
    """
    return measure_many(original, (candidate,), budget_s=budget_s, seed=seed, threads=threads, limits=limits)[0]


def measure_many(
    original: Binary,
    candidates: Sequence[Binary],
    *,
    budget_s: float,
    seed: int,
    threads: int = 1,
    limits: Limits | None = None,
) -> tuple[Measured | Failure, ...]:
    """The outcomes of `candidates`, all measured against the same runs of `original`.

    Every round runs each once; a candidate leaves when another is better beyond the noise.
    """
    started = time.monotonic()
    limits = limits or Limits()
    entrants = [_Entrant(candidate) for candidate in candidates]
    dice = random.Random(seed)
    warm = take_sample(original, _placement(threads, dice), limits)
    if not isinstance(warm, Sample):
        return tuple(_of_original(warm) for _ in entrants)
    patience = replace(limits, wall_s=min(limits.wall_s, 2.0 + 5.0 * warm.wall_s))
    for entrant in entrants:
        _warm_up(entrant, threads, dice, patience)
    rounds, order = 0, list[_Entrant | None]()
    while rounds < _MOST_ROUNDS:
        alive = [entrant for entrant in entrants if entrant.failure is None]
        racing = _still_racing(alive, seed)
        spent = time.monotonic() - started
        if not racing or (rounds >= 2 and spent + spent / (rounds + 1) > budget_s):
            break
        if rounds >= _DECIDED_ROUNDS and all(_is_tight(entrant.measured(seed)) for entrant in racing):
            break
        order = _mirrored(order, racing) if rounds % 2 else _shuffled(racing, dice)
        failure = _play_round(original, order, _placement(threads, dice), patience)
        if failure is not None:
            return tuple(_of_original(failure) for _ in entrants)
        rounds += 1
    return tuple(entrant.failure or entrant.measured(seed) for entrant in entrants)


def take_sample(binary: Binary, placement: Placement, limits: Limits) -> Sample | Failure:
    """One run of `binary`, built to be timed.

    The time is the sum over all executions of all regions; under a harness, which calls with the same input again and
    again, it is the lower quartile of the calls after the first.
    """
    assert binary.purpose is Purpose.TIME
    finished, result = run_binary(binary, placement, limits)
    failure = ended_badly(finished, limits)
    if failure is not None:
        return failure
    regions = len(binary.program.watched)
    width = 2 + SAMPLES
    if len(result) != 8 * regions * width:
        return Refused("the program left no times")
    timers = np.frombuffer(result, dtype="<u8").reshape(regions, width)
    if not timers[:, 0].any():
        return Refused("the program ended without executing the loop nest")
    if binary.program.harness is not None:
        calls = timers[-1, 2 : 2 + min(int(timers[-1, 0]), SAMPLES)]
        watched_ns = float(np.quantile(calls[1:] if len(calls) > 1 else calls, 0.25)) if len(calls) else 0.0
    else:
        watched_ns = float(timers[:, 1].sum())
    if watched_ns < _SHORTEST_NS:
        return Refused("the loop nest takes no measurable time: the compiler removed it, or it has nothing to do")
    return Sample(watched_ns, finished.wall_s)


def _placement(threads: int, dice: random.Random) -> Placement:
    pad = "x" * dice.randrange(_PAD_BYTES)
    return Placement(allowed_cpus(threads), threads, {"LW_PAD": pad})


def _of_original(failure: Failure) -> Failure:
    match failure:
        case Crashed(detail):
            return Crashed(f"the original {detail}")
        case TimedOut() | Refused():
            return failure


def _warm_up(entrant: _Entrant, threads: int, dice: random.Random, limits: Limits) -> None:
    sample = take_sample(entrant.binary, _placement(threads, dice), limits)
    if not isinstance(sample, Sample):
        entrant.failure = sample


def _shuffled(racing: Sequence[_Entrant], dice: random.Random) -> list[_Entrant | None]:
    """The original (None) and `racing` in random order."""
    order: list[_Entrant | None] = [None, *racing]
    dice.shuffle(order)
    return order


def _mirrored(last: Sequence[_Entrant | None], racing: Sequence[_Entrant]) -> list[_Entrant | None]:
    """The order of the last round backwards, which cancels a drift of the machine; without those who left."""
    return [entrant for entrant in reversed(last) if entrant is None or entrant in racing]


def _play_round(
    original: Binary, order: Sequence[_Entrant | None], placement: Placement, limits: Limits
) -> Failure | None:
    """Run the entrants once in their order, the original at None; the failure of the original, if any."""
    times: dict[int, float] = {}
    base = 0.0
    for entrant in order:
        binary = original if entrant is None else entrant.binary
        sample = take_sample(binary, placement, limits)
        if isinstance(sample, Sample):
            if entrant is None:
                base = sample.watched_ns
            else:
                times[id(entrant)] = sample.watched_ns
        elif entrant is None:
            return sample
        else:
            entrant.failure = sample
    for entrant in order:
        if entrant is not None and id(entrant) in times:
            entrant.original_ns.append(base)
            entrant.own_ns.append(times[id(entrant)])
    return None


def _still_racing(alive: Sequence[_Entrant], seed: int) -> list[_Entrant]:
    """Those that are not beaten beyond the noise by the best of those measured longest."""
    rounds = max((len(entrant.own_ns) for entrant in alive), default=0)
    if rounds < _DROP_ROUNDS:
        return list(alive)
    current = [(entrant, entrant.measured(seed)) for entrant in alive if len(entrant.own_ns) == rounds]
    best = max(measured.low for _, measured in current)
    return [entrant for entrant, measured in current if measured.high >= best]


def _is_tight(measured: Measured) -> bool:
    return measured.high / measured.low < (1 + _TIGHT) ** 2
