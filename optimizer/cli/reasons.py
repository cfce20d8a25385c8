"""`explain --best`: why the schedule that is chosen, or a given one, should be fast."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from optimizer.cli.options import Format
from optimizer.cli.output import Findings, Telling, show
from optimizer.ir.diagnostic import Diagnostic, Severity

if TYPE_CHECKING:
    from optimizer.ir.dependence import Nest
    from optimizer.search.explore import Candidate, Explorer
    from optimizer.search.rationale import Rationale
    from optimizer.search.request import Request


def explain_best(request: "Request", nests: "Sequence[Nest]", text: str | None, telling: Telling) -> int:
    """Explain `text` on the one nest of `nests`, or what `optimize` chooses for each; 1 if `text` is illegal."""
    from optimizer.cli.script import choose_nest
    from optimizer.report.document import Json
    from optimizer.report.rationale import rationale_as_json, rationale_text

    chosen = [choose_nest(nests, None)] if text is not None else list(nests)
    diagnostics: list[Diagnostic] = []
    objects: list[Json] = []
    for nest in chosen:
        found = _explained(request, nest, text)
        if isinstance(found, Diagnostic):
            diagnostics.append(found)
            continue
        objects.append(rationale_as_json(found))
        if telling.output_format is Format.TEXT:
            sys.stdout.write(rationale_text(found, {array.name: array.text for array in nest.scop.arrays}))
    document: dict[str, Json] = {"file": str(request.path), "reasons": objects}
    summary = "" if chosen else f"{request.path}: there is no loop nest here\n"
    sources = {str(request.path): request.text}
    show(Findings(tuple(diagnostics), summary, document, sources), telling, stdout_is_free=True)
    return int(any(found.severity is Severity.ERROR for found in diagnostics))


def _explained(request: "Request", nest: "Nest", text: str | None) -> "Rationale | Diagnostic":
    from optimizer.codegen import GenerationFailed
    from optimizer.search.analytical import AnalyticalModel
    from optimizer.search.explore import Candidate, Effort
    from optimizer.search.optimize import candidates_of, deadline
    from optimizer.search.prepare import explorer_of
    from optimizer.search.rationale import explain_schedule
    from optimizer.transforms import parse_script
    from optimizer.transforms.refinement import refine

    explorer = explorer_of(nest, request, request.sizes, Effort(candidates_of(nest), deadline()))
    if isinstance(explorer, GenerationFailed):
        return Diagnostic("LW301", Severity.REMARK, f"nothing to explain: {explorer.reason}", nest.scop.span)
    found = _candidate(explorer, nest, text)
    if not isinstance(found, Candidate):
        return found
    assert isinstance(explorer.predictor, AnalyticalModel)
    ordered = refine(nest, parse_script(found.script))
    return explain_schedule(ordered, found.schedule.script, found.code, explorer.predictor)


def _candidate(explorer: "Explorer", nest: "Nest", text: str | None) -> "Candidate | Diagnostic":
    """What `text` makes of the nest, else what the static search chooses, else the order as written."""
    from optimizer.cli.script import rejection
    from optimizer.codegen import GenerationFailed
    from optimizer.search.checked import Rejected
    from optimizer.search.static import choose
    from optimizer.transforms import parse_script

    script = parse_script(text or "")
    best = choose(explorer) if text is None else None
    made = best if best is not None else explorer.follow(script)
    if isinstance(made, Rejected):
        return rejection(made, nest, script)
    if isinstance(made, GenerationFailed):
        return Diagnostic("LW301", Severity.ERROR, f"no code for '{script}': {made.reason}", nest.scop.span)
    return made
