"""Runs the benchmark: tunes each kernel, then times original, result and rivals against each other in one run."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.execution import (
    Binary,
    Limits,
    Probe,
    Prober,
    Program,
    Purpose,
    Region,
    Toolchain,
    build,
    measure_many,
    workspace,
)
from optimizer.execution.runner import Placement, allowed_cpus
from optimizer.execution.timing import Sample, take_sample
from optimizer.ir.outcome import Accuracy, CompileError, Outcome, Refused, TimedOut
from optimizer.search.demand import Demand, demand_of
from optimizer.search.request import Request, Result, Trial
from optimizer.search.tune import tune_program
from polybench.results import Row
from polybench.rivals import Rival
from polybench.roofline import Reached
from polybench.suite import Kernel, Size

COMPARISON_SHARE, MOST_COMPARISON_SHARE = 0.25, 0.5  # of a kernel's budget; the rest is for tuning
LEAST_COMPARISON_S = 2.0
LEAST_RUNS = 3  # of everyone in a comparison: one to warm up, two that count
OURS_SHARE = 1 / 3  # of the time of the original, that our version is expected to take
PROBE_S = 0.5
LEAST_PROBED_BYTES = 32_000
RUN_SECONDS = 600.0  # after which a run counts as hanging
_SCOP = re.compile(rb"^#pragma scop\n(.*?)^#pragma endscop", re.MULTILINE | re.DOTALL)

Report = Callable[[str, Trial], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is the same for every kernel of a run. `budget_s` is the time for one kernel."""

    size: Size
    threads: int
    budget_s: float
    toolchain: Toolchain
    rivals: tuple[Rival, ...] = ()
    seed: int = 0
    prober: Prober | None = None
    reassociate: bool = False

    def sized(self, toolchain: Toolchain) -> Toolchain:
        """`toolchain` with the macro of the data set."""
        return replace(toolchain, user_flags=(*toolchain.user_flags, f"-D{self.size.macro}"))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of our version (None if it is the original) and of the rivals, and the machine meanwhile."""

    ours: Outcome | None
    rivals: Mapping[str, Outcome]
    probes: tuple[Probe, ...] = ()


@dataclass(frozen=True, slots=True)
class Background:
    """What is known of a kernel before its comparison: what it asks of the machine, and one run of the original."""

    demand: Demand | None = None
    first: Sample | None = None


@dataclass(frozen=True, slots=True)
class _Race:
    plan: Plan
    directory: Path
    budget_s: float
    first: Sample | None


def run_kernel(kernel: Kernel, plan: Plan, report: Report) -> Row:
    """Tune `kernel`, then compare; `report` hears of every candidate."""
    started = time.monotonic()
    request = Request(
        kernel.path,
        kernel.path.read_bytes(),
        plan.sized(plan.toolchain),
        threads=plan.threads,
        seed=plan.seed,
        reassociate=plan.reassociate,
    )
    first = _first_run(request, plan)
    run_s = first.wall_s if first is not None else 0.0
    left_s = plan.budget_s - (time.monotonic() - started)
    tuned = tune_program(request, budget_s=left_s - _reserved_s(run_s, plan), report=report)
    demand = kernel_demand(kernel, plan.size, tuned)
    left_s = max(LEAST_COMPARISON_S, plan.budget_s - (time.monotonic() - started))
    within = replace(plan, rivals=affordable(plan.rivals, run_s, _ours_seconds(tuned, run_s), left_s))
    compared_s = min(left_s, max(COMPARISON_SHARE * plan.budget_s, _all_runs_s(run_s, plan), LEAST_COMPARISON_S))
    found = compare_versions(request, tuned.text, within, compared_s, Background(demand, first))
    beyond = {rival.name: _BEYOND for rival in plan.rivals if rival not in within.rivals}
    return Row(
        kernel.name,
        found.ours,
        _script(tuned),
        {**found.rivals, **beyond},
        time.monotonic() - started,
        _why_kept(tuned),
        Reached(demand, found.probes),
        "; ".join(nest.settled for nest in tuned.nests if nest.settled),
        tuple(cost for nest in tuned.nests for cost in nest.costs),
        max((nest.text_bytes for nest in tuned.nests if nest.text_bytes is not None), default=None),
        _accuracy(tuned),
    )


def _accuracy(tuned: Result) -> Accuracy | None:
    """That of the nest with the largest error among those that were rounded in another order."""
    found = [nest.accuracy for nest in tuned.nests if nest.accuracy is not None]
    return max(found, key=lambda accuracy: accuracy.own_ulps, default=None)


_BEYOND = Refused("the budget does not reach for it")


def _first_run(request: Request, plan: Plan) -> Sample | None:
    """One run of the original; None if it does not run, which the tuning will find out too."""
    with workspace() as directory:
        built = _build(_program(request.path, request.text), request.toolchain, directory)
        if not isinstance(built, Binary):
            return None
        found = take_sample(built, Placement(allowed_cpus(plan.threads), plan.threads), _limits(plan))
    return found if isinstance(found, Sample) else None


def _limits(plan: Plan) -> Limits:
    return Limits(wall_s=RUN_SECONDS, cpu_s=int(RUN_SECONDS) * plan.threads)


def _ours_seconds(tuned: Result, run_s: float) -> float:
    """About how long our version runs, whatever stands around the nest included."""
    return run_s / tuned.total.speedup if tuned.total is not None else run_s


def _reserved_s(run_s: float, plan: Plan) -> float:
    """The part of the budget that the tuning must leave for the comparison."""
    wanted = max(COMPARISON_SHARE * plan.budget_s, _all_runs_s(run_s, plan))
    return min(wanted, MOST_COMPARISON_SHARE * plan.budget_s)


def _all_runs_s(run_s: float, plan: Plan) -> float:
    """The least that a comparison takes if all rivals take `run_s`, as the original does."""
    originals = LEAST_RUNS - 1  # the first run warms up
    return (originals + LEAST_RUNS * (OURS_SHARE + len(plan.rivals))) * run_s


def affordable(rivals: Sequence[Rival], run_s: float, ours_s: float, left_s: float) -> tuple[Rival, ...]:
    """The first rivals, as many as `left_s` suffices for beside the original and our version, if all take `run_s`."""
    if run_s <= 0.0:
        return tuple(rivals)
    return tuple(rivals[: max(0, int((left_s / LEAST_RUNS - run_s - ours_s) / run_s))])


def kernel_demand(kernel: Kernel, size: Size, tuned: Result) -> Demand:
    """What `kernel` asks of the machine: counted on its nests; by the table's formulas where one was not raised."""
    values = kernel.values(size)
    demands: list[Demand] = []
    for nest in tuned.nests:
        known = {p.name: values[p.text.upper()] for p in nest.scop.parameters if p.text.upper() in values}
        if len(known) == len(nest.scop.parameters):
            demands.append(demand_of(nest.scop, known))
    if not demands or len(demands) < len(tuned.nests) or tuned.refusals:
        return Demand(kernel.operation_count(size), kernel.memory_bytes(size), kernel.element)
    total, *others = demands
    for demand in others:
        total = total.plus(demand)
    return total


def compare_versions(
    request: Request, text: bytes, plan: Plan, budget_s: float, background: Background | None = None
) -> Comparison:
    """The outcomes of `text` and of the rivals' versions; probes before and after if the demand is known.

    All are timed against the same runs of the original, interleaved: what stands between the scop pragmas.
    """
    original = _program(request.path, request.text)
    changed = text != request.text
    versions: dict[str, tuple[Program, Toolchain]] = {}
    if changed:
        versions[""] = (_program(request.path, text), request.toolchain)
    for rival in plan.rivals:
        if changed or not rival.builds_ours:
            program = _program(request.path, text) if rival.builds_ours else original
            versions[rival.name] = (program, plan.sized(rival.toolchain))
    outcomes: Sequence[Outcome] = ()
    probing_s = 2 * PROBE_S if plan.prober is not None else 0.0
    background = background or Background()
    probes = [_probe(plan, background.demand)]
    if versions:
        with workspace() as directory:
            base = (original, request.toolchain)
            race = _Race(plan, directory, max(1.0, budget_s - probing_s), background.first)
            outcomes = _compete(base, list(versions.values()), race)
        probes.append(_probe(plan, background.demand))
    found = dict(zip(versions, outcomes, strict=True))
    ours = found.pop("", None)
    return Comparison(ours, found, tuple(probe for probe in probes if probe is not None))


def _probe(plan: Plan, demand: Demand | None) -> Probe | None:
    """The machine just now, with streams through as many bytes as the kernel touches."""
    if plan.prober is None or demand is None:
        return None
    return plan.prober.probe(plan.threads, max(LEAST_PROBED_BYTES, int(demand.bytes)))


def _compete(
    original: tuple[Program, Toolchain], versions: Sequence[tuple[Program, Toolchain]], race: _Race
) -> Sequence[Outcome]:
    """The outcomes of `versions` in one race that keeps to its budget, building included."""
    started = time.monotonic()
    base, *built = [_build(program, toolchain, race.directory) for program, toolchain in (original, *versions)]
    left_s = max(1.0, race.budget_s - (time.monotonic() - started))
    if not isinstance(base, Binary):
        return [base for _ in versions]
    binaries = [binary for binary in built if isinstance(binary, Binary)]
    plan = race.plan
    measured = iter(
        measure_many(
            base,
            binaries,
            budget_s=left_s,
            seed=plan.seed,
            threads=plan.threads,
            limits=_limits(plan),
            known=race.first,
            overdraft=1.0,
        )
    )
    return [next(measured) if isinstance(binary, Binary) else binary for binary in built]


def _program(path: Path, text: bytes) -> Program:
    found = _SCOP.search(text)
    assert found is not None, "everything outside the nest stays as it was, the pragmas too"
    return Program(path, text, (Region(*found.span(1)),))


def _build(program: Program, toolchain: Toolchain, directory: Path) -> Binary | CompileError | TimedOut:
    return build(program, toolchain, purpose=Purpose.TIME, directory=directory)


def _script(tuned: Result) -> str:
    scripts = [nest.script for nest in tuned.nests if nest.script is not None]
    return " | ".join(script or "as written" for script in scripts)


def _why_kept(tuned: Result) -> str:
    """Why the original stays, if it does."""
    if tuned.changed:
        return ""
    reasons = [nest.reason for nest in tuned.nests] + [str(refusal) for refusal in tuned.refusals]
    return "; ".join(dict.fromkeys(reasons)) or "no loop nest was found"
