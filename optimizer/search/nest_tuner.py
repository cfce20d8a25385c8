"""The measured search for one nest: explore by prediction, hold tournaments, refine sizes, confirm the winner."""

import time
from collections.abc import Callable, Sequence

from optimizer.execution import is_win
from optimizer.ir.outcome import Measured, Outcome
from optimizer.search.explore import Candidate, Effort, Explorer
from optimizer.search.local import neighbours
from optimizer.search.request import NestResult, Trial
from optimizer.search.workbench import Workbench
from optimizer.transforms import parse_script

EXPLORE_SHARE, TOURNAMENT_SHARE, CONFIRM_SHARE = 0.3, 0.3, 0.15
MOST_CANDIDATES = 400  # made before the first tournament
FIRST_ROUND = 10  # candidates of the first tournament
ROUND = 6  # candidates of a round of the local search
LEAST_CONFIRM_S = 2.0
FINALISTS = 2  # how many may fail the check or the final measurement before the original stays

Report = Callable[[str, Trial], None]


class NestTuner:
    """Finds the fastest code for the nest of `explorer` within `budget_s` seconds."""

    def __init__(self, explorer: Explorer, bench: Workbench, budget_s: float, report: Report) -> None:
        self.explorer = explorer
        self.bench = bench
        self.budget_s = budget_s
        self.report = report
        self.scop = explorer.nest.scop
        self.trials: list[Trial] = []
        self._outcomes: dict[str, Outcome] = {}
        self._candidates: dict[str, Candidate] = {}

    def tune(self) -> NestResult:
        """The winner, checked and measured anew; or the original with the reason why it stays."""
        started = time.monotonic()
        self.explorer.effort = Effort(MOST_CANDIDATES, started + EXPLORE_SHARE * self.budget_s)
        ranked = self.explorer.explore()
        as_written = self.explorer.make("")
        ranked = [c for c in ranked if as_written is None or c.code.text != as_written.code.text]
        if not ranked:
            return NestResult(self.scop, None, "no legal transformation was found")
        confirm_s = max(CONFIRM_SHARE * self.budget_s, self.bench.check_s + 4 * self.bench.run_s)
        end = started + self.budget_s - confirm_s
        first = TOURNAMENT_SHARE * self.budget_s
        self._hold(_diverse(ranked, self._affordable(first, FIRST_ROUND)), first)
        self._refine(end)
        return self._confirm(confirm_s - self.bench.check_s)

    def _affordable(self, budget_s: float, most: int) -> int:
        """How many candidates can be built and run in `budget_s`; at least one, at most `most`."""
        return max(1, min(most, int(budget_s / max(self.bench.candidate_s, 1e-3))))

    def _hold(self, candidates: Sequence[Candidate], budget_s: float) -> None:
        codes = [{self.scop.name: candidate.code.text} for candidate in candidates]
        outcomes = self.bench.tournament(codes, [self.scop.name], budget_s)
        for candidate, outcome in zip(candidates, outcomes, strict=True):
            self._candidates[candidate.script] = candidate
            self._outcomes[candidate.script] = outcome
            trial = Trial(candidate.script, outcome)
            self.trials.append(trial)
            self.report(self.scop.name, trial)

    def _refine(self, end: float) -> None:
        """Rounds of local search around the best so far, until nothing new is better or the time is up."""
        while end - time.monotonic() > 2 * self.bench.candidate_s:
            best = self._ranking()
            if not best:
                return
            fresh: list[Candidate] = []
            most = self._affordable(end - time.monotonic(), ROUND)
            for script in best[:2]:
                fresh += self._fresh_neighbours(script, most - len(fresh), end)
            if not fresh:
                return
            incumbent = self._candidates[best[0]]
            remaining = end - time.monotonic()
            self._hold([incumbent, *fresh], max(0.5, min(remaining, TOURNAMENT_SHARE * self.budget_s)))

    def _fresh_neighbours(self, script: str, most: int, end: float) -> list[Candidate]:
        found: list[Candidate] = []
        for other in neighbours(parse_script(script)):
            if len(found) >= most or time.monotonic() > end:
                break
            candidate = self.explorer.make(str(other))
            if candidate is not None and candidate.script not in self._outcomes:
                found.append(candidate)
        return found

    def _ranking(self) -> list[str]:
        """The measured scripts, fastest first."""
        speedups = {script: o.speedup for script, o in self._outcomes.items() if isinstance(o, Measured)}
        return sorted(speedups, key=lambda script: -speedups[script])

    def _confirm(self, budget_s: float) -> NestResult:
        """The first of the fastest that computes the same and wins beyond the noise when measured again."""
        outcome: Outcome | None = None
        for script in self._ranking()[:FINALISTS]:
            candidate = self._candidates[script]
            codes = {self.scop.name: candidate.code.text}
            failure = self.bench.check(codes, [self.scop.name])
            outcome = failure or self.bench.measure(codes, [self.scop.name], max(LEAST_CONFIRM_S, budget_s))
            trial = Trial(script, outcome)
            self.trials.append(trial)
            self.report(self.scop.name, trial)
            if isinstance(outcome, Measured) and is_win(outcome):
                reason = "faster than the original beyond the noise"
                return self._result(script, reason, outcome)
        if outcome is None:
            outcome = next(iter(self._outcomes.values()), None)
        return self._result(None, "nothing was faster than the original beyond the noise", outcome)

    def _result(self, script: str | None, reason: str, outcome: Outcome | None) -> NestResult:
        predicted = self._candidates[script].log2_speedup if script is not None else None
        return NestResult(self.scop, script, reason, outcome, predicted, tuple(self.trials))

    def code_of(self, script: str) -> str:
        """The text of a candidate that was measured."""
        return self._candidates[script].code.text


def _diverse(ranked: Sequence[Candidate], most: int) -> list[Candidate]:
    """The best predictions, with the best of each kind of script first: one that only differs in detail waits."""
    kinds: dict[tuple[str, ...], Candidate] = {}
    for candidate in ranked:
        kinds.setdefault(tuple(step.name for step in parse_script(candidate.script).steps), candidate)
    leaders = list(kinds.values())[: most - most // 3]
    chosen = {candidate.script for candidate in leaders}
    rest = [candidate for candidate in ranked if candidate.script not in chosen]
    return [*leaders, *rest[: most - len(leaders)]]
