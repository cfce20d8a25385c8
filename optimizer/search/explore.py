"""Beam search over structure: from each seed schedule, outer nest by outer nest, the moves that the predictor likes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import islpy as isl

from optimizer.codegen import CodegenOptions, Generated, GenerationFailed, canonical_text, generate
from optimizer.ir.child import CpuLimitExceeded, result_from_child
from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.search.checked import Rejected, apply_checked
from optimizer.search.loops import outer_nests
from optimizer.search.moves import Stage, stages
from optimizer.search.predictor import Predictor
from optimizer.search.recipes import recipe_scripts
from optimizer.search.recipes.setting import Setting
from optimizer.search.seeds import structure_scripts
from optimizer.transforms import Refinement, Script, Transformation, original, parse_script, refine

CANDIDATE_CPU_S = 2  # to transform, check and generate one candidate, the scheduler of isl not included


@dataclass(frozen=True, slots=True)
class Candidate:
    """A legal schedule of a nest, its code and what the predictor says about it."""

    schedule: Schedule
    code: Generated
    log2_speedup: float

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


class Explorer:
    """Makes candidates for one nest; each distinct program is made once."""

    def __init__(self, nest: Nest, space: Space, predictor: Predictor, effort: Effort) -> None:
        self.nest = nest
        self.space = space
        self.predictor = predictor
        self.effort = effort
        self._made: dict[str, Candidate] = {}
        self._nests: dict[str, Nest] = {}  # refined ones

    @property
    def baseline_cycles(self) -> float:
        """The estimated time of the nest as written."""
        return self.predictor.baseline_cycles

    def explore(self) -> list[Candidate]:
        """All candidates made, best prediction first. The nest as written is always among them."""
        starts: list[Candidate] = []
        for structure in structure_scripts(self.nest):
            made = self.make(structure)
            if made is not None:
                starts.append(made)
            if self._is_over():
                break
        starts.sort(key=lambda candidate: -candidate.log2_speedup)
        for start in starts:
            self._follow_recipes(start)
        for start in starts:
            if self._is_over():
                break
            self._refine(start)
        return sorted(self._made.values(), key=lambda candidate: -candidate.log2_speedup)

    def make(self, script: str) -> Candidate | None:
        """The candidate of a script, or None if it is illegal, inapplicable or has no code."""
        made = self.follow(parse_script(script))
        return made if isinstance(made, Candidate) else None

    def follow(self, script: Script, start: Schedule | None = None) -> Candidate | Rejected | GenerationFailed:
        """The candidate after `script` from `start` on (the order as written if None), or why there is none.

        Works in a child process, so that no computation of isl can run for ever. Two schedules with the same loops
        are the same candidate.
        """
        begin = original(self.nest.scop) if start is None else start
        try:
            made = result_from_child(lambda: self._work(script, begin), CANDIDATE_CPU_S)
        except CpuLimitExceeded as error:
            return GenerationFailed(str(error))
        if not isinstance(made, _Made):
            return made
        if made.key not in self._made:
            schedule = Schedule(isl.Schedule(made.tree), made.script, self._refined(made.script))
            (score,) = self.predictor.score(schedule.subject(self.nest), [made.code])
            self._made[made.key] = Candidate(schedule, made.code, score)
        return self._made[made.key]

    def _work(self, script: Script, start: Schedule) -> "_Made | Rejected | GenerationFailed":
        schedule = apply_checked(script, self.nest, start)
        if isinstance(schedule, Rejected):
            return schedule
        space = self.space
        code = generate(self.nest, schedule, original=space.original, indent=space.indent, options=space.codegen)
        if isinstance(code, GenerationFailed):
            return code
        storage = "; ".join(str(step) for step in _refinements(schedule.script))
        key = f"{storage}\n{canonical_text(code.loop_tree)}"
        return _Made(str(schedule.tree), schedule.script, key, code)

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

    def _follow_recipes(self, start: Candidate) -> None:
        for text in recipe_scripts(start.schedule.subject(self.nest), start.schedule, self.space.setting):
            if self._is_over():
                return
            self.follow(parse_script(text), start.schedule)

    def _refine(self, start: Candidate) -> None:
        for index in range(len(outer_nests(start.schedule))):
            beam = [start]
            for stage in stages(parallel=self.space.setting.parallel):
                grown = [extended for candidate in beam for extended in self._extend(candidate, stage, index)]
                ranked = sorted({c.script: c for c in beam + grown}.values(), key=lambda c: -c.log2_speedup)
                beam = ranked[: self.space.beam]
                if self._is_over():
                    return
            start = beam[0]

    def _extend(self, candidate: Candidate, stage: Stage, index: int) -> Iterator[Candidate]:
        outers = outer_nests(candidate.schedule)
        if index >= len(outers):
            return
        for text in stage.moves(outers[index]):
            if self._is_over():
                return
            made = self.follow(parse_script(text), candidate.schedule)
            if isinstance(made, Candidate):
                yield made
                if stage.first_only:
                    return

    def _is_over(self) -> bool:
        return len(self._made) >= self.effort.candidates or time.monotonic() > self.effort.deadline


def _refinements(script: tuple[str, ...]) -> list[Transformation]:
    """The steps of `script` that change what is ordered."""
    return [step for text in script for step in parse_script(text).steps if isinstance(step, Refinement)]
