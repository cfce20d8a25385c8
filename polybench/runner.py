"""Runs the benchmark: tunes each kernel, then times original, result and rivals against each other in one run."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.execution import Binary, Limits, Program, Purpose, Region, Toolchain, build, measure_many, workspace
from optimizer.ir.outcome import CompileError, Outcome, TimedOut
from optimizer.search.request import Request, Result, Trial
from optimizer.search.tune import tune_program
from polybench.results import Row
from polybench.rivals import Rival
from polybench.suite import Kernel, Size

TUNING_SHARE = 0.75  # of a kernel's budget; the rest is for the final comparison
LEAST_COMPARISON_S = 2.0
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

    def sized(self, toolchain: Toolchain) -> Toolchain:
        """`toolchain` with the macro of the data set."""
        return replace(toolchain, user_flags=(*toolchain.user_flags, f"-D{self.size.macro}"))


def run_kernel(kernel: Kernel, plan: Plan, report: Report) -> Row:
    """Tune `kernel`, then compare; `report` hears of every candidate."""
    started = time.monotonic()
    request = Request(
        kernel.path, kernel.path.read_bytes(), plan.sized(plan.toolchain), threads=plan.threads, seed=plan.seed
    )
    tuned = tune_program(request, budget_s=plan.budget_s * TUNING_SHARE, report=report)
    left_s = plan.budget_s - (time.monotonic() - started)
    ours, *others = compare_versions(request, tuned.text, plan, max(LEAST_COMPARISON_S, left_s))
    rivals = dict(zip((rival.name for rival in plan.rivals), (o for o in others if o is not None), strict=True))
    return Row(kernel.name, ours, _script(tuned), rivals, time.monotonic() - started, _why_kept(tuned))


def compare_versions(request: Request, text: bytes, plan: Plan, budget_s: float) -> list[Outcome | None]:
    """The outcome of `text` (None if it is the original), then that of the original with each rival's compiler.

    All are timed against the same runs of the original, interleaved: what stands between the scop pragmas.
    """
    original = _program(request.path, request.text)
    versions: list[tuple[Program, Toolchain]] = []
    if text != request.text:
        versions.append((_program(request.path, text), request.toolchain))
    versions += [(original, plan.sized(rival.toolchain)) for rival in plan.rivals]
    outcomes: list[Outcome | None] = [] if text != request.text else [None]
    if versions:
        with workspace() as directory:
            outcomes += _race((original, request.toolchain), versions, plan, directory, budget_s)
    return outcomes


def _race(
    original: tuple[Program, Toolchain],
    versions: Sequence[tuple[Program, Toolchain]],
    plan: Plan,
    directory: Path,
    budget_s: float,
) -> Sequence[Outcome]:
    base, *built = [_build(program, toolchain, directory) for program, toolchain in (original, *versions)]
    if not isinstance(base, Binary):
        return [base for _ in versions]
    binaries = [binary for binary in built if isinstance(binary, Binary)]
    limits = Limits(wall_s=RUN_SECONDS, cpu_s=int(RUN_SECONDS) * plan.threads)
    measured = iter(
        measure_many(base, binaries, budget_s=budget_s, seed=plan.seed, threads=plan.threads, limits=limits)
        if binaries
        else ()
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
