"""Static optimization of a file: chooses by the model, or follows a given script; runs nothing."""

import time
from collections.abc import Callable

from optimizer.codegen import GenerationFailed, replace_nests
from optimizer.ir.dependence import Nest
from optimizer.ir.diagnostic import Diagnostic
from optimizer.ir.scop import Scop
from optimizer.search.checked import Rejected
from optimizer.search.explore import Candidate, Effort, Explorer
from optimizer.search.prepare import explorer_of, prepare
from optimizer.search.request import NestResult, Request, Result
from optimizer.search.static import choose
from optimizer.transforms import Script

MOST_CANDIDATES = 28  # of a nest of one statement; loops of more statements take longer to generate
LEAST_CANDIDATES = 12
LEAST_SHARE = 0.02  # of the estimated time of the longest nest
MOST_SECONDS = 8.0  # for the whole file; on a machine slow enough to hit this, the choice may differ from run to run

Announce = Callable[[Scop], None]


def optimize_program(request: Request, *, announce: Announce) -> Result:
    """The file of `request` with each nest as the static model likes it best.

    Nests that are estimated to take a small fraction of the time of the longest one stay as they are.
    """
    ready = prepare(request)
    end = deadline()
    explorers = {
        nest.scop.name: explorer_of(nest, request, request.sizes, Effort(candidates_of(nest), end))
        for nest in ready.nests
    }
    longest = max((e.baseline_cycles for e in explorers.values() if isinstance(e, Explorer)), default=0.0)
    results: list[NestResult] = []
    changed: list[tuple[Scop, str]] = []
    for nest in ready.nests:
        announce(nest.scop)
        result, text = _choose(nest, explorers[nest.scop.name], LEAST_SHARE * longest)
        results.append(result)
        if text is not None:
            changed.append((nest.scop, text))
    return finish(request, results, changed, ready.refusals)


def _choose(nest: Nest, explorer: Explorer | GenerationFailed, least: float) -> tuple[NestResult, str | None]:
    if isinstance(explorer, GenerationFailed):
        return NestResult(nest.scop, None, explorer.reason), None
    if explorer.baseline_cycles < least:
        return NestResult(nest.scop, None, "takes little time beside the other nests"), None
    best = choose(explorer)
    if best is None:
        return NestResult(nest.scop, None, "no schedule is predicted to be faster"), None
    reason = "chosen by the static model"
    return _result(nest, best, reason), best.code.text


def _result(nest: Nest, chosen: Candidate, reason: str) -> NestResult:
    return NestResult(
        nest.scop, chosen.script, reason, None, chosen.log2_speedup, reordered=chosen.code.reordered
    )


def deadline() -> float:
    """The end (monotonic) of a static search that begins now."""
    return time.monotonic() + MOST_SECONDS


def candidates_of(nest: Nest) -> int:
    """How many candidates a static search makes for `nest`."""
    return max(LEAST_CANDIDATES, MOST_CANDIDATES - 3 * len(nest.scop.statements))


def follow_script(nest: Nest, request: Request, script: Script) -> tuple[NestResult, str] | Rejected | GenerationFailed:
    """The code of `nest` after `script`; Rejected at the first step that is illegal or does not fit."""
    explorer = explorer_of(nest, request, request.sizes, Effort(0, 0.0))
    if isinstance(explorer, GenerationFailed):
        return explorer
    made = explorer.follow(script)
    if not isinstance(made, Candidate):
        return made
    return _result(nest, made, "the given script"), made.code.text


def finish(
    request: Request,
    results: list[NestResult],
    changed: list[tuple[Scop, str]],
    refusals: tuple[Diagnostic, ...],
) -> Result:
    """The result of a static run: the rewritten text and what was decided."""
    text = replace_nests(request.text, [(scop.span, code) for scop, code in changed])
    return Result(request.path, text, tuple(results), refusals)

