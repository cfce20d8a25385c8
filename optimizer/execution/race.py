"""Interleaved timing of an original and its candidates: rounds of fresh processes in random order, pinned."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from optimizer.execution.limits import Limits
from optimizer.execution.program import Binary
from optimizer.execution.runner import Placement, allowed_cpus
from optimizer.execution.statistics import is_loss, is_win, summarize
from optimizer.execution.timing import Failure, Sample, take_sample
from optimizer.ir.outcome import Crashed, Measured, Refused, TimedOut

_TIGHT = 1.01**2  # high over low of an interval that is known well enough
_LEAST_ROUNDS = 2  # whatever the budget
_USEFUL_ROUNDS = 5  # with fewer, only a large difference can be told from noise
OVERDRAFT = 2.0  # how far the budget may be passed to get there
_DECIDED_ROUNDS = 12  # rounds before a tight interval ends the race
_CLEAR = 1.025**2  # high over low of an interval that is good enough after _LONG_ROUNDS
_LONG_ROUNDS = 40
_LEAST_S = 0.5  # short programs are run as often as this allows whatever the budget: noise is most of what they show
_DROP_ROUNDS = 3  # rounds before those beaten by another leave
_LOST_ROUNDS = 6  # rounds before those slower than the original leave
_MOST_ROUNDS = 400
_PATIENCE = 5.0  # a candidate that takes so many times as long as the original is stopped
_PAD_BYTES = 4096  # the size of the environment shifts the stack; it changes from round to round


@dataclass(slots=True, eq=False)
class _Entrant:
    binary: Binary
    warm: Sample | None = None
    original_ns: list[float] = field(default_factory=list[float])
    own_ns: list[float] = field(default_factory=list[float])
    failure: Failure | None = None


def measure(
    original: Binary,
    candidate: Binary,
    *,
    budget_s: float,
    seed: int,
    threads: int = 1,
    limits: Limits | None = None,
    known: Sample | None = None,
    overdraft: float = OVERDRAFT,
) -> Measured | Failure:
    """How much faster `candidate` is than `original`, measured until the interval is tight or `budget_s` is spent.

    At least two pairs are taken whatever the budget, five if twice the budget suffices for that, and as many as fit
    into half a second. With one thread both run pinned to one processor, else on all. `known` and `overdraft` as for
    `measure_many`.
    """
    return measure_many(
        original,
        (candidate,),
        budget_s=budget_s,
        seed=seed,
        threads=threads,
        limits=limits,
        known=known,
        overdraft=overdraft,
    )[0]


def measure_many(
    original: Binary,
    candidates: Sequence[Binary],
    *,
    budget_s: float,
    seed: int,
    threads: int = 1,
    limits: Limits | None = None,
    known: Sample | None = None,
    overdraft: float = OVERDRAFT,
) -> tuple[Measured | Failure, ...]:
    """The outcomes of `candidates`, all measured against the same runs of `original`.

    Every round runs each once. A candidate leaves when another is better, or the original is, beyond the noise; where
    the budget does not reach for all, the slowest of the first round leave with that one pair. `known` is an earlier
    run of the original, which saves the one that warms up; `overdraft` says how far the budget may be passed to come
    to five pairs.
    """
    race = _Race(original, candidates, seed, threads, limits or Limits())
    return race.run(budget_s, known, overdraft) if candidates else ()


class _Race:
    """One interleaved measurement."""

    def __init__(
        self, original: Binary, candidates: Sequence[Binary], seed: int, threads: int, limits: Limits
    ) -> None:
        self.original = original
        self.entrants = [_Entrant(candidate) for candidate in candidates]
        self.seed = seed
        self.dice = random.Random(seed)
        self.threads = threads
        self.cpus = allowed_cpus(threads)
        self.limits = limits

    def run(self, budget_s: float, known: Sample | None, overdraft: float) -> tuple[Measured | Failure, ...]:
        """The outcome of every candidate, in their order."""
        started = time.monotonic()
        budget_s = max(budget_s, _LEAST_S)
        warm = known or take_sample(self.original, self._placement(), self.limits)
        if not isinstance(warm, Sample):
            return tuple(_of_original(warm) for _ in self.entrants)
        self.limits = replace(self.limits, wall_s=min(self.limits.wall_s, 2.0 + _PATIENCE * warm.wall_s))
        self._warm_up(warm, started + budget_s)
        racing = self._affordable(warm, budget_s - (time.monotonic() - started))
        rounds, order = 0, list[_Entrant | None]()
        while racing and rounds < _MOST_ROUNDS:
            began = time.monotonic()
            order = _mirrored(order, racing) if rounds % 2 else self._shuffled(racing)
            failure = self._round(order, warm)
            if failure is not None:
                return tuple(_of_original(failure) for _ in self.entrants)
            rounds += 1
            now = time.monotonic()
            reach = budget_s if rounds >= _USEFUL_ROUNDS else overdraft * budget_s
            if rounds >= _LEAST_ROUNDS and 2 * now - began - started > reach:
                break
            racing = self._still_racing(racing, rounds)
            width = _TIGHT if rounds < _LONG_ROUNDS else _CLEAR
            if rounds >= _DECIDED_ROUNDS and all(self._is_within(width, entrant) for entrant in racing):
                break
        return tuple(entrant.failure or self._measured(entrant, warm) for entrant in self.entrants)

    def _placement(self) -> Placement:
        pad = "x" * self.dice.randrange(_PAD_BYTES)
        return Placement(self.cpus, self.threads, {"LW_PAD": pad})

    def _warm_up(self, warm: Sample, deadline: float) -> None:
        """Run everyone once; what this leaves in the caches of the system helps all alike afterwards."""
        for index, entrant in enumerate(self.entrants):
            if index > 0 and time.monotonic() > deadline:
                entrant.failure = Refused("the time for measuring was spent before it could be run")
                continue
            sample = self._sample(entrant, self._placement(), warm)
            if sample is not None:
                entrant.warm = sample

    def _affordable(self, warm: Sample, left_s: float) -> list[_Entrant]:
        """The fastest entrants so far, as many as can run the least number of rounds; one at least."""
        alive = [(entrant.warm.watched_ns, entrant) for entrant in self.entrants if entrant.warm is not None]
        alive.sort(key=lambda pair: pair[0])
        chosen: list[_Entrant] = []
        round_s = warm.wall_s
        for _, entrant in alive:
            assert entrant.warm is not None
            round_s += entrant.warm.wall_s
            if chosen and _LEAST_ROUNDS * round_s > left_s:
                break
            chosen.append(entrant)
        return chosen

    def _shuffled(self, racing: Sequence[_Entrant]) -> list[_Entrant | None]:
        """The original (None) and `racing` in random order."""
        order: list[_Entrant | None] = [None, *racing]
        self.dice.shuffle(order)
        return order

    def _sample(self, entrant: _Entrant, placement: Placement, warm: Sample) -> Sample | None:
        """One run of `entrant`; None if it failed, which it remembers."""
        sample = take_sample(entrant.binary, placement, self.limits)
        if isinstance(sample, Sample) and sample.status == warm.status:
            return sample
        entrant.failure = (
            Crashed(f"exit status {sample.status} instead of {warm.status}") if isinstance(sample, Sample) else sample
        )
        return None

    def _round(self, order: Sequence[_Entrant | None], warm: Sample) -> Failure | None:
        """Run the entrants once in their order, the original at None; the failure of the original, if any."""
        placement = self._placement()
        times: list[tuple[_Entrant, float]] = []
        base_ns = 0.0
        for entrant in order:
            if entrant is None:
                base = take_sample(self.original, placement, self.limits)
                if not isinstance(base, Sample):
                    return base
                base_ns = base.watched_ns
            else:
                sample = self._sample(entrant, placement, warm)
                if sample is not None:
                    times.append((entrant, sample.watched_ns))
        for entrant, own_ns in times:
            entrant.original_ns.append(base_ns)
            entrant.own_ns.append(own_ns)
        return None

    def _measured(self, entrant: _Entrant, warm: Sample) -> Measured:
        if not entrant.own_ns:
            assert entrant.warm is not None
            return summarize([warm.watched_ns], [entrant.warm.watched_ns], self.seed)
        return summarize(entrant.original_ns, entrant.own_ns, self.seed)

    def _still_racing(self, racing: Sequence[_Entrant], rounds: int) -> list[_Entrant]:
        """Those of `racing` that neither failed nor are beaten beyond the noise."""
        racing = [entrant for entrant in racing if entrant.failure is None]
        if rounds < _DROP_ROUNDS or not racing:
            return racing
        current = [(entrant, summarize(entrant.original_ns, entrant.own_ns, self.seed)) for entrant in racing]
        best = max(measured.low for _, measured in current)
        return [
            entrant
            for entrant, measured in current
            if measured.high >= best and not (rounds >= _LOST_ROUNDS and is_loss(measured))
        ]

    def _is_within(self, width: float, entrant: _Entrant) -> bool:
        """True if the interval is narrower than `width` and says on which side of the gate the ratio lies."""
        measured = summarize(entrant.original_ns, entrant.own_ns, self.seed)
        decided = width <= _TIGHT or is_win(measured) or is_loss(measured)
        return decided and measured.high < width * measured.low


def _mirrored(last: Sequence[_Entrant | None], racing: Sequence[_Entrant]) -> list[_Entrant | None]:
    """The order of the last round backwards, which cancels a drift of the machine; without those who left."""
    return [entrant for entrant in reversed(last) if entrant is None or entrant in racing]


def _of_original(failure: Failure) -> Failure:
    match failure:
        case Crashed(detail):
            return Crashed(f"the original {detail}")
        case TimedOut() | Refused():
            return failure
