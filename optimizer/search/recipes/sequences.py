"""The statements that stand beside each other in a loop, and how to bring them into another order."""

from collections.abc import Sequence

import islpy as isl

from optimizer.ir.schedule import loops_around
from optimizer.search.recipes.attempt import Attempt


def statements_in(attempt: Attempt, statement: str, depth: int) -> list[str]:
    """The statements directly in the loop, in textual order."""
    node = loops_around(attempt.schedule.tree, statement)[depth].node.child(0)
    if node.get_type() != isl.schedule_node_type.sequence:
        return [statement]
    names: list[str] = []
    for index in range(node.n_children()):
        found: list[isl.Set] = []
        node.child(index).filter_get_filter().foreach_set(found.append)
        names += sorted(part.get_tuple_name() or "" for part in found)
    return names


def exchanges(now: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The commands that bring neighbours in a sequence from the order `now` to the order `wanted`."""
    current = list(now)
    steps: list[str] = []
    for place, name in enumerate(wanted):
        for at in range(current.index(name), place, -1):
            steps.append(f"reorder({current[at - 1]}, {current[at]})")
            current[at - 1], current[at] = current[at], current[at - 1]
    return steps
