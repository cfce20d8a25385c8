"""Runs a script step by step and stops at the first step that is inapplicable or illegal."""

from dataclasses import dataclass

from optimizer.dependences import find_violation
from optimizer.ir.dependence import Nest, Violation
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.schedule import Schedule
from optimizer.transforms import Inapplicable, Script, original

STEP_OPERATIONS = 3_000_000  # about a second of CPU; what needs more is not worth a candidate


@dataclass(frozen=True, slots=True)
class Rejected:
    """`step` of a script cannot be taken: it breaks a dependence, does not fit the loops, or isl gave up."""

    step: str
    reason: Violation | Inapplicable


def apply_checked(script: Script, nest: Nest, start: Schedule | None = None) -> Schedule | Rejected:
    """The schedule after all steps of `script`, each of them legal; or the first step that is not."""
    schedule = original(nest.scop) if start is None else start
    for step in script.steps:
        try:
            with operation_limit(nest.scop.context.get_ctx(), STEP_OPERATIONS):
                result = step.apply(schedule, nest)
            if isinstance(result, Inapplicable):
                return Rejected(str(step), result)
            with operation_limit(nest.scop.context.get_ctx(), STEP_OPERATIONS):
                violation = find_violation(result, nest, legal=schedule)
        except OperationLimitExceeded as limit:
            return Rejected(str(step), Inapplicable(str(limit), "a simpler script before this step may help"))
        if violation is not None:
            return Rejected(str(step), violation)
        schedule = result
    return schedule
