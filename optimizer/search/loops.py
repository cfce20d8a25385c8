"""A coarse view of a schedule for the search: its outermost nests and one representative statement of each."""

from dataclasses import dataclass

import islpy as isl

from optimizer.ir.schedule import Schedule, loops_around, statements_below


@dataclass(frozen=True, slots=True)
class OuterNest:
    """A subtree that no loop surrounds. `statement` is its first statement with the most loops around it."""

    statement: str
    depth: int  # loops around the statement
    statements: tuple[str, ...]


def outer_nests(schedule: Schedule) -> tuple[OuterNest, ...]:
    """The outermost nests of `schedule` in execution order; subtrees without any loop are left out."""
    found: list[OuterNest] = []
    pending = [schedule.tree.get_root()]
    while pending:
        node = pending.pop(0)
        if node.get_type() == isl.schedule_node_type.band:
            found.append(_describe(schedule, node))
        else:
            pending = [node.get_child(index) for index in range(node.n_children())] + pending
    return tuple(found)


def _describe(schedule: Schedule, band: isl.ScheduleNode) -> OuterNest:
    names = statements_below(band)
    depths = {name: len(loops_around(schedule.tree, name)) for name in names}
    deepest = max(names, key=lambda name: (depths[name], -names.index(name)))
    return OuterNest(deepest, depths[deepest], names)
