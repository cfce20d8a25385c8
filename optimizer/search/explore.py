"""Beam search over structure: from each seed schedule, outer nest by outer nest, the moves that the predictor likes."""

import contextlib
import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import islpy as isl

from optimizer.codegen import CodegenOptions, Generated, GenerationFailed, canonical_text, generate
from optimizer.ir.child import CpuLimitExceeded, results_from_children
from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.search.checked import Rejected, apply_checked
from optimizer.search.loops import outer_nests
from optimizer.search.moves import Stage, stages
from optimizer.search.predictor import Predictor
from optimizer.search.recipes import PLAIN_RECIPES, RECIPES, Recipe
from optimizer.search.recipes.setting import Setting
from optimizer.search.seeds import structure_scripts
from optimizer.transforms import Refinement, Script, Transformation, original, parse_script, refine

STRUCTURE_SHARE = 0.5  # of the time, at most, for the structures that all else starts from
CANDIDATE_CPU_S = 5  # to transform, check and generate one candidate, the scheduler of isl not included


@dataclass(frozen=True, slots=True)
class Candidate:
    """A legal schedule of a nest, its code and what the predictor says about it."""

    schedule: Schedule
    code: Generated
    log2_speedup: float
    recipe: str = ""  # the one that proposed it, if any
    cpu_s: float = 0.0  # that it took to make it

    @property
    def script(self) -> str:
        """The script that leads from the order as written to this candidate."""
        return str(self.schedule)


@dataclass(frozen=True, slots=True)
class Space:
    """What the search may use; `beam` candidates survive each stage."""

    original: str  # the source text of the nest, for the fallback branch
    indent: str
    codegen: CodegenOptions
    setting: Setting
    beam: int = 4


@dataclass(frozen=True, slots=True)
class Effort:
    """When the structure search stops: after `candidates` distinct programs or at the time `deadline` (monotonic)."""

    candidates: int
    deadline: float


@dataclass(frozen=True, slots=True)
class _Made:
    """What comes back from the child that makes a candidate: the schedule as text, and its code."""

    tree: str
    script: tuple[str, ...]
    key: str
    code: Generated
    cpu_s: float


_Plan: TypeAlias = tuple[str, tuple[str, ...], bool]  # a script, the one that led to its start, and if it is wanted


class Explorer:
    """Makes candidates for one nest; each distinct program is made once."""

    def __init__(self, nest: Nest, space: Space, predictor: Predictor, effort: Effort) -> None:
        self.nest = nest
        self.space = space
        self.predictor = predictor
        self.effort = effort
        self.is_cut_short = False  # `explore` ended before it had made all that it knows of
        self._made: dict[str, Candidate] = {}
        self._known: dict[_Plan, Candidate | Rejected | GenerationFailed] = {}
        self._at_once = len(os.sched_getaffinity(0))
        self._nests: dict[str, Nest] = {}  # refined ones

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All distinct programs that were made."""
        return tuple(self._made.values())

    @property
    def baseline_cycles(self) -> float:
        """The estimated time of the nest as written."""
        return self.predictor.baseline_cycles

    def explore(self) -> list[Candidate]:
        """All candidates made, best prediction first. The nest as written is always among them.

        Called again with another effort it goes on where it was cut short.
        """
        starts: list[Candidate] = []
        structures = structure_scripts(self.nest)
        began = time.monotonic()
        enough = began + STRUCTURE_SHARE * (self.effort.deadline - began)
        self.is_cut_short = False
        for made in self.follow_many((parse_script(structure), None) for structure in structures):
            if isinstance(made, Candidate) and not any(made is start for start in starts):
                starts.append(made)
            if starts and (self._is_over() or time.monotonic() > enough):
                self.is_cut_short = True
                break
        starts.sort(key=lambda candidate: -round(candidate.log2_speedup, 1))  # nearly equal ones in their own order
        self._follow_recipes(starts)
        for start in starts:
            if self._is_over():
                break
            self._refine(start)
        self.is_cut_short |= self._is_over()
        return sorted(self._made.values(), key=lambda candidate: -candidate.log2_speedup)

    def make(self, script: str) -> Candidate | None:
        """The candidate of a script, or None if it is illegal, inapplicable or has no code."""
        made = self.follow(parse_script(script))
        return made if isinstance(made, Candidate) else None

    def follow(self, script: Script, start: Schedule | None = None) -> Candidate | Rejected | GenerationFailed:
        """The candidate after `script` from `start` on (the order as written if None), or why there is none."""
        (made,) = self.follow_many(((script, start),), wanted=True)
        return made

    def follow_many(
        self, plans: Iterable[tuple[Script, Schedule | None]], recipe: str = "", *, wanted: bool = False
    ) -> Iterator[Candidate | Rejected | GenerationFailed]:
        """What `follow` gives for each of `plans`, in their order, some of them worked on at the same time.

        Works in child processes, so that no computation of isl can run for ever. Two schedules with the same loops are
        the same candidate. Unless they are `wanted` as they are, schedules whose vectors all come to nothing are none.
        """
        begun: deque[_Plan] = deque()
        works = self._works(plans, begun, wanted=wanted)
        with contextlib.closing(results_from_children(works, CANDIDATE_CPU_S, self._at_once)) as results:
            for made in results:
                plan = begun.popleft()
                match made:
                    case None:
                        pass
                    case CpuLimitExceeded():
                        self._known[plan] = GenerationFailed(str(made))
                    case _Made():
                        self._known[plan] = self._admit(made, recipe)
                    case _:
                        self._known[plan] = made
                yield self._known[plan]

    def _works(
        self, plans: Iterable[tuple[Script, Schedule | None]], begun: deque[_Plan], *, wanted: bool
    ) -> "Iterator[Callable[[], _Made | Rejected | GenerationFailed | None]]":
        """The work for each of `plans`, whose identity is added to `begun`; it gives None for what is known already."""
        for script, start in plans:
            plan = str(script), () if start is None else start.script, wanted
            begun.append(plan)
            yield (lambda: None) if plan in self._known else self._work_on(script, start, wanted=wanted)

    def _admit(self, made: "_Made", recipe: str) -> Candidate:
        """The candidate with the loops of `made`: the one that is known already, or a new one."""
        if made.key not in self._made:
            schedule = Schedule(isl.Schedule(made.tree), made.script, self._refined(made.script))
            (score,) = self.predictor.score(schedule.subject(self.nest), [made.code])
            self._made[made.key] = Candidate(schedule, made.code, score, recipe, made.cpu_s)
        return self._made[made.key]

    def _work_on(
        self, script: Script, start: Schedule | None, *, wanted: bool
    ) -> "Callable[[], _Made | Rejected | GenerationFailed]":
        begin = original(self.nest.scop) if start is None else start
        return lambda: self._work(script, begin, wanted=wanted)

    def _work(self, script: Script, start: Schedule, *, wanted: bool) -> "_Made | Rejected | GenerationFailed":
        begun_s = time.process_time()
        schedule = apply_checked(script, self.nest, start)
        if isinstance(schedule, Rejected):
            return schedule
        space = self.space
        code = generate(self.nest, schedule, original=space.original, indent=space.indent, options=space.codegen)
        if isinstance(code, GenerationFailed):
            return code
        if code.lost_vectors and not wanted:
            return GenerationFailed("no loop has a vector form")
        storage = "; ".join(str(step) for step in _refinements(schedule.script))
        key = f"{storage}\n{canonical_text(code.loop_tree)}"
        return _Made(str(schedule.tree), schedule.script, key, code, time.process_time() - begun_s)

    def _refined(self, script: tuple[str, ...]) -> Nest | None:
        """The nest that a schedule with this script orders, None for the nest as written; the same for one text."""
        steps = _refinements(script)
        nest: Nest | None = None
        for length, step in enumerate(steps, start=1):
            key = str(Script(tuple(steps[:length])))
            if key not in self._nests:
                self._nests[key] = refine(self.nest if nest is None else nest, Script((step,)))
            nest = self._nests[key]
        return nest

    def _follow_recipes(self, starts: Sequence[Candidate]) -> None:
        """What recipes propose for each start, all of them taking turns, the plain ones for the best start first."""
        places = [(recipe, start) for recipe in PLAIN_RECIPES for start in starts[:1]]
        places += [(r, s) for r in RECIPES for s in (starts[1:] if r in PLAIN_RECIPES else starts)]
        running = [(recipe.__name__, self._proposals(recipe, start.schedule)) for recipe, start in places]
        while running:
            for entry in list(running):
                name, plans = entry
                batch = list(itertools.islice(plans, self._at_once))
                if len(batch) < self._at_once:
                    running.remove(entry)
                for _ in self.follow_many(batch, name):
                    if self._is_over():
                        return

    def _proposals(self, recipe: Recipe, start: Schedule) -> Iterator[tuple[Script, Schedule | None]]:
        for text in recipe(start.subject(self.nest), start, self.space.setting):
            yield parse_script(text), start

    def _refine(self, start: Candidate) -> None:
        for index in range(len(outer_nests(start.schedule))):
            beam = [start]
            for stage in stages(parallel=self.space.setting.parallel):
                grown = list(self._extend(beam, stage, index))
                ranked = sorted({c.script: c for c in beam + grown}.values(), key=lambda c: -c.log2_speedup)
                beam = ranked[: self.space.beam]
                if self._is_over():
                    return
            start = beam[0]

    def _extend(self, beam: Sequence[Candidate], stage: Stage, index: int) -> Iterator[Candidate]:
        """Each of `beam` after each move of `stage` on the outer nest `index`, or after the first legal one."""
        plans = [list(_moves(candidate, stage, index)) for candidate in beam]
        groups = plans if stage.first_only else [[move for group in plans for move in group]]
        for group in groups:
            for made in self.follow_many(group):
                if self._is_over():
                    return
                if isinstance(made, Candidate):
                    yield made
                    if stage.first_only:
                        break

    def _is_over(self) -> bool:
        return len(self._made) >= self.effort.candidates or time.monotonic() > self.effort.deadline


def _moves(candidate: Candidate, stage: Stage, index: int) -> Iterator[tuple[Script, Schedule | None]]:
    outers = outer_nests(candidate.schedule)
    if index < len(outers):
        for text in stage.moves(outers[index]):
            yield parse_script(text), candidate.schedule


def _refinements(script: tuple[str, ...]) -> list[Transformation]:
    """The steps of `script` that change what is ordered."""
    return [step for text in script for step in parse_script(text).steps if isinstance(step, Refinement)]
