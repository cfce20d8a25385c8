"""The measured search for one nest: structures by prediction, tournaments, numbers by local search, confirmation."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from optimizer.execution import Observation, is_win
from optimizer.ir.outcome import Accuracy, Measured, Outcome
from optimizer.search.explore import Candidate, Effort, Explorer
from optimizer.search.lineup import lineup
from optimizer.search.local import neighbours
from optimizer.search.loops import outer_nests
from optimizer.search.request import Cost, NestResult, Trial
from optimizer.search.rounding import exact_arrays
from optimizer.search.standings import Standings
from optimizer.search.workbench import LONG_RUN_S, Rounding, Workbench
from optimizer.transforms import Script, parse_script

EXPLORE_SHARE = 0.3  # of the budget but for runs of the original: making candidates
LEAST_EXPLORE_S = 1.5
STRUCTURE_SHARE = 0.35  # of what is left then: tournaments of structures
MORE_SHARE = 0.5  # of the time that is left when all that was made is settled: making the rest
CONFIRM_SHARE = 0.12
MOST_CANDIDATES = 400  # made before the first tournament
ROUND = 8  # candidates of a tournament
MOST_STRUCTURES = 48  # raced
PARENTS = 4  # of the fastest, whose neighbours are tried
STALE = 32  # candidates in a row without a gain, after which the search has settled
HOPELESS = 2.0  # predicted log2 behind the leader
LEAST_CONFIRM_S = 2.0
PAIRS = ((5, 0.2), (3, 0.5))  # of the confirmation, if they take at most this share of the budget
LEAST_PAIRS = 2
FINALISTS = 2  # how many may fail the check or the final measurement before the original stays

Report = Callable[[str, Trial], None]


class NestTuner:
    """Finds the fastest code for the nest of `explorer` until the time `end` (monotonic)."""

    def __init__(
        self, explorer: Explorer, bench: Workbench, end: float, report: Report, precise: str | None = None
    ) -> None:
        self.explorer = explorer
        self.precise = precise  # the nest in higher precision, if there is such code
        self.bench = bench
        self.end = end
        self.report = report
        self.scop = explorer.nest.scop
        self.watched = [self.scop.name]
        self.trials: list[Trial] = []
        self.begun = time.monotonic()
        self.tried: set[str] = set()  # scripts that local search has proposed
        self.budget_s = max(0.0, end - self.begun)
        self.standings = Standings(bench.scale(self.watched).watched_ns)
        self.dice = random.Random(bench.settings.seed)

    def tune(self) -> NestResult:
        """The winner, checked and measured anew; or the original with the reason why it stays."""
        free_s = self._left_s() - self.bench.scale(self.watched).wall_s
        ranked = self._explore(max(LEAST_EXPLORE_S, EXPLORE_SHARE * free_s))
        if not ranked:
            return NestResult(self.scop, None, "no legal transformation was found")
        reference = self.bench.reference(self.watched)
        if not isinstance(reference, Observation):
            return NestResult(self.scop, None, "the original could not be checked", reference)
        reason = self._compete(ranked)
        if reason and self.explorer.is_cut_short and self._left_s() > 0.0:
            reason = self._compete(self._explore(MORE_SHARE * self._left_s()))
        result = self._confirm()
        spent_s = time.monotonic() - self.begun
        return replace(result, settled=f"settled after {spent_s:.0f} s: {reason}") if reason else result

    def _explore(self, seconds: float) -> list[Candidate]:
        """All candidates that are made after up to `seconds` more, best prediction first, but for the nest as it is."""
        self.explorer.effort = Effort(MOST_CANDIDATES, time.monotonic() + seconds)
        ranked = self.explorer.explore()
        as_written = self.explorer.make("")
        return [c for c in ranked if as_written is None or c.code.text != as_written.code.text]

    def _compete(self, ranked: Sequence[Candidate]) -> str:
        """Race `ranked` and what is near the fastest until the time is up, or until all that is settled; why it is."""
        ranked = [candidate for candidate in ranked if self._can_be_judged(candidate)]
        structures = lineup(ranked)[:MOST_STRUCTURES]
        self._race_structures(structures, STRUCTURE_SHARE)
        reason = self._refine()
        if reason and not all(self.standings.knows(candidate) for candidate in structures):
            self._race_structures(structures, 1.0)
            reason = self._refine()
        return reason

    def _can_be_judged(self, candidate: Candidate) -> bool:
        """True unless the candidate rounds in another order and there is no reference of higher precision."""
        if not candidate.code.reordered:
            return True
        if self.precise is None:
            return False
        return isinstance(self.bench.precise({self.scop.name: self.precise}, self.watched), Observation)

    def _left_s(self) -> float:
        """The time until the confirmation has to begin."""
        return self.end - self._confirm_s() - time.monotonic()

    def _confirm_s(self) -> float:
        """The time that the confirmation of the leader will take."""
        original_ns, own_ns = self.standings.original_ns, self.standings.leader_ns
        own_s = self.bench.beside_s(self.watched) + own_ns * 1e-9
        pair_s = self.bench.scale(self.watched).wall_s + own_s
        affordable = (count for count, share in PAIRS if count * pair_s <= share * self.budget_s)
        measure_s = next(affordable, LEAST_PAIRS) * pair_s + min(LONG_RUN_S, pair_s) + own_s
        least_s = max(LEAST_CONFIRM_S, CONFIRM_SHARE * self.budget_s)
        return max(least_s, measure_s) + self.bench.check_s(self.watched, original_ns / own_ns)

    def _race_structures(self, candidates: Sequence[Candidate], share: float) -> None:
        """Tournaments of the new ones among `candidates`, in their order, as many as `share` of the time allows; one at
        least.
        """
        end = time.monotonic() + share * self._left_s()
        candidates = [candidate for candidate in candidates if not self.standings.knows(candidate)]
        for first in range(0, len(candidates), ROUND):
            started = time.monotonic()
            self._hold(candidates[first : first + ROUND])
            now = time.monotonic()
            if 2 * now - started > end:
                return

    def _hold(self, newcomers: Sequence[Candidate]) -> None:
        """One tournament of `newcomers` and the leader."""
        leader = self.standings.leader
        candidates = [leader, *newcomers] if leader is not None else list(newcomers)
        codes = [{self.scop.name: candidate.code.text} for candidate in candidates]
        placings = self.bench.rank(codes, self.watched, max(LEAST_CONFIRM_S, self._left_s()))
        outcomes = self.standings.enter(candidates, placings)
        for candidate, outcome in zip(candidates, outcomes, strict=True):
            if candidate is not leader:
                self._note(Trial(candidate.script, outcome))

    def _note(self, trial: Trial) -> None:
        self.trials.append(trial)
        self.report(self.scop.name, trial)

    def _refine(self) -> str:
        """Local search around the fastest, until nothing new is better for long or the time is up; why it ended before
        that, else nothing.
        """
        while self.standings.stale < STALE:
            started = time.monotonic()
            fresh = self._fresh()
            if not fresh:
                return "nothing near the fastest was left to try" if self._left_s() > 0.0 else ""
            self._hold(fresh)
            if time.monotonic() - started > self._left_s():
                return ""
        return f"the last {self.standings.stale} candidates brought no gain"

    def _fresh(self) -> list[Candidate]:
        """Candidates that were never raced, from the neighbourhoods of the fastest, hopeless ones left out."""
        leader = self.standings.leader
        if leader is None:
            return []
        found: dict[str, Candidate] = {}
        for made in self.explorer.follow_many((script, None) for script in self._proposals()):
            least = leader.log2_speedup - HOPELESS
            is_new = isinstance(made, Candidate) and made.log2_speedup > least and not self.standings.knows(made)
            if isinstance(made, Candidate) and is_new and self._can_be_judged(made):
                found[made.script] = made
            if len(found) >= ROUND or self._left_s() < 0:
                break
        return list(found.values())

    def _proposals(self) -> Iterator[Script]:
        for parent in self.standings.ranking[:PARENTS]:
            candidate = self.standings.candidates[parent]
            statements = [nest.statement for nest in outer_nests(candidate.schedule)]
            near = list(neighbours(parse_script(parent), statements if self.explorer.space.setting.parallel else ()))
            self.dice.shuffle(near)
            for script in near:
                if str(script) not in self.tried:
                    self.tried.add(str(script))
                    yield script

    def _confirm(self) -> NestResult:
        """The first of the fastest that computes the same and wins beyond the noise when measured again."""
        outcome: Outcome | None = None
        for number, script in enumerate(self.standings.ranking[:FINALISTS]):
            if number and self._left_s() < -LEAST_CONFIRM_S:
                break
            codes = {self.scop.name: self.standings.candidates[script].code.text}
            checked = self.bench.check(codes, self.watched, self.rounding_of(script))
            if checked is None or isinstance(checked, Accuracy):
                outcome = self.bench.measure(codes, self.watched, self.end - time.monotonic())
            else:
                outcome = checked
            self._note(Trial(script, outcome))
            if isinstance(outcome, Measured) and is_win(outcome):
                result = self._result(script, "faster than the original beyond the noise", outcome)
                return replace(result, accuracy=checked if isinstance(checked, Accuracy) else None)
        if outcome is None:
            outcome = next(iter(self.standings.outcomes.values()), None)
        return self._result(None, "nothing was faster than the original beyond the noise", outcome)

    def _result(self, script: str | None, reason: str, outcome: Outcome | None) -> NestResult:
        trials, costs = tuple(self.trials), tuple(self._costs())
        if script is None:
            return NestResult(self.scop, None, reason, outcome, trials=trials, costs=costs)
        chosen = self.standings.candidates[script]
        return NestResult(
            self.scop,
            script,
            reason,
            outcome,
            chosen.log2_speedup,
            trials,
            costs=costs,
            text_bytes=self.bench.text_bytes({self.scop.name: self.code_of(script)}, self.watched),
            reordered=chosen.code.reordered,
        )

    def _costs(self) -> Iterator[Cost]:
        for candidate in self.explorer.candidates:
            yield Cost(candidate.cpu_s, self.bench.compile_s.get(candidate.code.text))

    def rounding_of(self, script: str) -> Rounding | None:
        """How the candidate is to be judged that `script` leads to, which was raced; None: it must be equal."""
        candidate = self.standings.candidates[script]
        if not candidate.code.reordered or self.precise is None:
            return None
        scop = candidate.schedule.subject(self.explorer.nest).scop
        return Rounding({self.scop.name: self.precise}, exact_arrays(scop, candidate.code.reordered))

    def code_of(self, script: str) -> str:
        """The text of a candidate that was measured."""
        return self.standings.candidates[script].code.text
