"""Applies the user's own schedule script to one nest of a file, or says why it cannot be applied."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from optimizer.ir.diagnostic import Diagnostic, Severity, UsageError

if TYPE_CHECKING:
    from optimizer.ir.dependence import Nest
    from optimizer.search.checked import Rejected
    from optimizer.search.request import Request, Result
    from optimizer.transforms import Script

REPAIR_SECONDS = 2.0


def follow(request: "Request", schedule: str, name: str | None) -> "Result | Diagnostic":
    """The file of `request` with `schedule` applied to the nest called `name`, or to the only one there is."""
    from optimizer.codegen import GenerationFailed
    from optimizer.search.checked import Rejected
    from optimizer.search.optimize import finish, follow_script
    from optimizer.search.prepare import prepare
    from optimizer.transforms import parse_script

    script = parse_script(schedule)
    ready = prepare(request)
    nest = choose_nest(ready.nests, name)
    made = follow_script(nest, request, script)
    if isinstance(made, Rejected):
        return rejection(made, nest, script)
    if isinstance(made, GenerationFailed):
        message = f"no code for '{script}': {made.reason}"
        return Diagnostic("LW301", Severity.ERROR, message, nest.scop.span)
    result, text = made
    return finish(request, [result], [(nest.scop, text)], ready.program.refusals)


def choose_nest(nests: "Sequence[Nest]", name: str | None) -> "Nest":
    """The nest called `name`; without a name the only nest. UsageError that lists them otherwise."""
    if not nests:
        raise UsageError("there is no loop nest to apply the script to; 'loopwright explain' says why")
    if name is None and len(nests) == 1:
        return nests[0]
    found = [nest for nest in nests if nest.scop.name == name]
    if found:
        return found[0]
    known = ", ".join(f"{nest.scop.name} (line {nest.scop.span.line})" for nest in nests)
    what = f"there is no nest '{name}'" if name is not None else "the file has several nests"
    raise UsageError(f"{what}; choose one of: {known}")


def rejection(rejected: "Rejected", nest: "Nest", script: "Script") -> Diagnostic:
    """Why `script` cannot be applied to `nest`, with scripts that can where some are found quickly."""
    from optimizer.ir.dependence import Violation
    from optimizer.report.violation import violation_diagnostic
    from optimizer.transforms import refine

    if isinstance(rejected.reason, Violation):
        repairs = tuple(find_repairs(nest, script))
        return violation_diagnostic(
            rejected.reason, refine(nest, script).scop, rejected.step, repairs=repairs, severity=Severity.ERROR
        )
    message = f"{rejected.step} does not fit nest {nest.scop.name}: {rejected.reason.reason}"
    hints = (rejected.reason.help,) if rejected.reason.help else ()
    return Diagnostic("LW204", Severity.ERROR, message, nest.scop.span, help=hints)


def find_repairs(nest: "Nest", script: "Script", seconds: float = REPAIR_SECONDS) -> list[str]:
    """A legal script that skews one loop right before the first illegal step; empty if none is found in time."""
    from optimizer.search.checked import Rejected, apply_checked
    from optimizer.transforms import Script, Skew, original

    end = time.monotonic() + seconds
    schedule = original(nest.scop)
    for position, step in enumerate(script.steps):
        following = apply_checked(Script((step,)), nest, schedule)
        if not isinstance(following, Rejected):
            schedule = following
            continue
        before, after = script.steps[:position], script.steps[position:]
        for skew in Skew.applicable(schedule, nest):
            if time.monotonic() > end:
                break
            if not isinstance(apply_checked(Script((skew, *after)), nest, schedule), Rejected):
                return [str(Script((*before, skew, *after)))]
        break
    return []
