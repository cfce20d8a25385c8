"""Applies whole scripts."""

from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.ir.scop import Scop
from optimizer.transforms.base import Inapplicable
from optimizer.transforms.script import Script


def original(scop: Scop) -> Schedule:
    """The order of execution as written."""
    return Schedule(scop.schedule)


def apply_script(script: Script, nest: Nest, schedule: Schedule | None = None) -> Schedule | Inapplicable:
    """`schedule` (the order as written if None) after all steps of `script`; says nothing about legality."""
    current = original(nest.scop) if schedule is None else schedule
    for step in script.steps:
        changed = step.apply(current, nest)
        if isinstance(changed, Inapplicable):
            return Inapplicable(f"{step}: {changed.reason}", changed.help)
        current = changed
    return current
