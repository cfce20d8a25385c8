"""Who leads after several tournaments: times of one tournament compare with each other, ratings across all of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from optimizer.execution.heats import Heat
from optimizer.execution.statistics import estimate
from optimizer.ir.outcome import Outcome
from optimizer.search.explore import Candidate

HOPE = 2.0  # the speedup to plan with before anything ran
GAIN = math.log(1.01)  # a smaller lead is no progress


@dataclass(slots=True)
class Standings:
    """The ratings of all candidates that were raced: log of the estimated speedup over the original.

    The machine changes its speed from minute to minute, so a newcomer is rated by its time against the leader in the
    same tournament.
    """

    original_ns: float
    candidates: dict[str, Candidate] = field(default_factory=dict[str, Candidate])
    ratings: dict[str, float] = field(default_factory=dict[str, float])
    outcomes: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    stale: int = 0  # candidates raced since the lead last grew

    @property
    def ranking(self) -> list[str]:
        """The scripts that ran, fastest first."""
        return sorted(self.ratings, key=lambda script: -self.ratings[script])

    @property
    def leader(self) -> Candidate | None:
        """The fastest so far."""
        ranking = self.ranking
        return self.candidates[ranking[0]] if ranking else None

    @property
    def leader_ns(self) -> float:
        """The estimated time of the leader on a machine as fast as when the original ran; a hope if there is none."""
        ranking = self.ranking
        return self.original_ns / (math.exp(self.ratings[ranking[0]]) if ranking else HOPE)

    def knows(self, candidate: Candidate) -> bool:
        """True if `candidate` was raced or at least built."""
        return candidate.script in self.outcomes

    def enter(self, candidates: Sequence[Candidate], placings: Sequence[Heat | Outcome]) -> list[Outcome]:
        """The outcomes of one tournament, which may include the leader; takes them into account."""
        leader = self.leader
        before = self.ratings[leader.script] if leader is not None else -math.inf
        base = math.log(self.original_ns)
        for candidate, placing in zip(candidates, placings, strict=True):
            if candidate is leader and isinstance(placing, Heat):
                base = before + math.log(placing.watched_ns)
        found: list[Outcome] = []
        for candidate, placing in zip(candidates, placings, strict=True):
            self.candidates[candidate.script] = candidate
            outcome = self._outcome(candidate, placing, base) if candidate is not leader else None
            if outcome is not None:
                self.outcomes[candidate.script] = outcome
            found.append(outcome or self.outcomes[candidate.script])
        grown = max(self.ratings.values(), default=-math.inf) > before + GAIN
        self.stale = 0 if grown else self.stale + len(candidates)
        return found

    def _outcome(self, candidate: Candidate, placing: Heat | Outcome, base: float) -> Outcome:
        if not isinstance(placing, Heat):
            return placing
        rating = base - math.log(placing.watched_ns)
        self.ratings[candidate.script] = rating
        return estimate(placing.watched_ns * math.exp(rating), placing.watched_ns)
