"""Measured optimization of a file: every nest that matters is searched, run and compared; the original stays unless
it is beaten.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from frontends.c import CProgram
from optimizer.codegen import GenerationFailed, precise_text, replace_nests
from optimizer.dependences import analyze
from optimizer.execution import (
    Limits,
    Program,
    detect_sandbox,
    is_loss,
    synthesize,
    workspace,
)
from optimizer.execution.profile import Profile
from optimizer.ir.dependence import Nest
from optimizer.ir.outcome import Accuracy, Measured, Outcome, Refused
from optimizer.search.call_plan import plan_call
from optimizer.search.explore import Effort
from optimizer.search.machine import this_machine
from optimizer.search.nest_tuner import NestTuner, Report
from optimizer.search.prepare import explorer_of, prepare
from optimizer.search.request import NestResult, Request, Result
from optimizer.search.workbench import Codes, Rounding, Settings, Workbench

LEAST_SHARE = 0.005  # of the time in all nests; what takes less is not worth a search
LEAST_SECONDS = 3.0  # of budget for a nest
RUN_SECONDS = 300.0  # after which a run of the original counts as hanging
TOTAL_SHARE = 0.1  # of the budget, for all winners together
TOTAL_RUNS = 6.0  # of the original that take place then, at least
CLOSING_S = 0.2  # at least, to finish the last run, to clean up and to write the result
CLOSING_SHARE = 0.015


@dataclass(frozen=True, slots=True)
class Target:
    """Something to run: the program itself, or one function of it under a harness; with the nests that it executes."""

    program: Program
    nests: tuple[Nest, ...]
    sizes: Mapping[str, int]


def tune_program(request: Request, *, budget_s: float, report: Report) -> Result:
    """The file of `request` with the fastest code that was found for each nest within `budget_s` seconds.

    The time is kept as long as a few runs of the original fit into it.
    """
    end = time.monotonic() + budget_s - max(CLOSING_S, CLOSING_SHARE * budget_s)
    ready = prepare(request)
    targets, left = _targets(ready.program, ready.nests, request)
    results: dict[str, NestResult] = {result.scop.name: result for result in left}
    codes: dict[str, str] = {}
    sizes: dict[str, int] = {}
    totals: list[Measured] = []
    with workspace() as directory:
        limits = Limits(wall_s=RUN_SECONDS, cpu_s=int(RUN_SECONDS) * 4)
        threads = this_machine(request.threads).threads
        settings = Settings(request.toolchain, directory, limits, threads, request.seed)
        sandbox = detect_sandbox(directory).mode
        for number, target in enumerate(targets):
            sizes |= target.sizes
            run = _TargetRun(target, request, settings, report)
            now = time.monotonic()
            outcome = run.tune(now + (end - now) / (len(targets) - number))
            results |= {result.scop.name: result for result in outcome.results}
            codes |= outcome.codes
            if outcome.total is not None:
                totals.append(outcome.total)
    order = [results[nest.scop.name] for nest in ready.nests if nest.scop.name in results]
    spans = [(nest.scop.span, codes[nest.scop.name]) for nest in ready.nests if nest.scop.name in codes]
    return Result(
        request.path,
        replace_nests(request.text, spans),
        tuple(order),
        ready.refusals,
        totals[0] if len(totals) == 1 else None,
        sandbox,
        sizes,
    )


def _targets(
    program: CProgram, nests: Sequence[Nest], request: Request
) -> tuple[list[Target], list[NestResult]]:
    """What to run, and the results of nests that cannot be run."""
    base = Program(request.path, request.text, links=request.links, arguments=request.arguments)
    if not nests:
        return [], []
    if program.has_main or request.links:
        return [Target(base, tuple(nests), {})], []
    targets: list[Target] = []
    left: list[NestResult] = []
    for function in program.functions:
        own = tuple(nest for nest in nests if nest.scop.function == function.name)
        if not own:
            continue
        planned = plan_call(function, [nest.scop for nest in own], request.sizes)
        harness = planned if isinstance(planned, Refused) else synthesize(function, planned[0])
        if isinstance(harness, Refused) or isinstance(planned, Refused):
            reason = harness.reason if isinstance(harness, Refused) else ""
            left += [NestResult(nest.scop, None, reason, Refused(reason)) for nest in own]
        else:
            targets.append(Target(replace(base, harness=harness), own, planned[1]))
    return targets, left


@dataclass(frozen=True, slots=True)
class _Tuned:
    results: tuple[NestResult, ...]
    codes: Codes
    total: Measured | None


class _TargetRun:
    """Tunes the nests of one target, the ones that take most time first and longest."""

    def __init__(self, target: Target, request: Request, settings: Settings, report: Report) -> None:
        self.target = target
        self.request = request
        self.report = report
        self.settings = settings
        self.bench = Workbench(target.program, [nest.scop for nest in target.nests], settings)
        self.precise: dict[str, str] = {}  # the nests in higher precision that were rewritten with other rounding

    def tune(self, end: float) -> _Tuned:
        """The decisions for all nests, and the code of those that were rewritten, at the time `end` (monotonic)."""
        budget_s = end - time.monotonic()
        names = [nest.scop.name for nest in self.target.nests]
        shares = self._shares(names)
        if isinstance(shares, NestResult):
            return _Tuned(tuple(replace(shares, scop=nest.scop) for nest in self.target.nests), {}, None)
        results: list[NestResult] = []
        codes: dict[str, str] = {}
        worthy = [name for name in names if shares[name] >= LEAST_SHARE]
        run_s = self.bench.scale(names).wall_s
        together_s = max(TOTAL_SHARE * budget_s, TOTAL_RUNS * run_s) if len(worthy) > 1 else 0.0
        for nest in sorted(self.target.nests, key=lambda nest: -shares[nest.scop.name]):
            name = nest.scop.name
            if name not in worthy:
                reason = f"takes {shares[name]:.1%} of the time in loop nests: too little to gain"
                results.append(NestResult(nest.scop, None, reason))
                continue
            weight = shares[name] / sum(shares[other] for other in worthy)
            worthy.remove(name)
            now = time.monotonic()
            result, code = self._tune_nest(nest, now + max(LEAST_SECONDS, (end - together_s - now) * weight))
            results.append(result)
            if code is not None:
                codes[name] = code
        return self._together(results, codes, end)

    def _shares(self, names: list[str]) -> dict[str, float] | NestResult:
        """The fraction of the time in nests that each takes; a result for all if the program cannot be run."""
        found = self.bench.profile(names)
        if not isinstance(found, Profile):
            return NestResult(self.target.nests[0].scop, None, "the original could not be run", found)
        if self.target.program.harness is not None:
            return {name: 1.0 / len(names) for name in names}
        total = sum(found.regions_ns)
        if total <= 0.0:
            reason = "the program never executes this loop nest"
            return NestResult(self.target.nests[0].scop, None, reason, Refused(reason))
        order = sorted(self.target.nests, key=lambda nest: nest.scop.span.start_byte)
        return {
            nest.scop.name: spent / total for nest, spent in zip(order, found.regions_ns, strict=True)
        }

    def _tune_nest(self, nest: Nest, end: float) -> tuple[NestResult, str | None]:
        known = {**self.target.sizes, **self.request.sizes}
        precise: str | GenerationFailed | None = None
        if any(each.commutes and nest.scop.array(each.array).element.is_float for each in nest.dependences.ordered):
            precise = precise_text(nest)
            if isinstance(precise, GenerationFailed):
                nest = analyze(replace(nest.scop, reassociates=False))
        explorer = explorer_of(nest, self.request, known, Effort(0, 0.0))
        if isinstance(explorer, GenerationFailed):
            return NestResult(nest.scop, None, explorer.reason, Refused(explorer.reason)), None
        tuner = NestTuner(explorer, self.bench, end, self.report, precise if isinstance(precise, str) else None)
        result = tuner.tune()
        if isinstance(precise, GenerationFailed):
            result = replace(result, reason=f"{result.reason}; its sums keep their order: {precise.reason}")
        if result.script is None:
            return result, None
        rounding = tuner.rounding_of(result.script)
        if rounding is not None:
            self.precise |= rounding.codes
        return result, tuner.code_of(result.script)

    def _together(self, results: list[NestResult], codes: dict[str, str], end: float) -> _Tuned:
        """All winners in one program, checked and timed again: they must hold up together too."""
        if not codes:
            return _Tuned(tuple(results), {}, None)
        if len(codes) == 1:
            chosen = next(result for result in results if result.script is not None)
            total = chosen.outcome if isinstance(chosen.outcome, Measured) else None
            return _Tuned(tuple(results), codes, total)
        names = list(codes)
        checked = self.bench.check(codes, names, Rounding(self.precise) if self.precise else None)
        if checked is None or isinstance(checked, Accuracy):
            outcome: Outcome = self.bench.measure(codes, names, end - time.monotonic())
        else:
            outcome = checked
        if isinstance(outcome, Measured) and not is_loss(outcome):
            return _Tuned(tuple(results), codes, outcome)
        reason = "faster alone, but not together with the other nests"
        kept = [
            replace(result, script=None, reason=reason, outcome=outcome) if result.script is not None else result
            for result in results
        ]
        return _Tuned(tuple(kept), {}, None)

