"""The execution order of a Scop's statement instances: an isl schedule tree plus the script that produced it.

A loop is one member of one band. It is named `S1@2`: the third band member on the path from the root to statement S1.
Loop properties (parallel, unroll) are mark nodes directly above a band that holds that loop alone. This module only
reads trees; changes to them live in `optimizer.transforms`.
"""

from dataclasses import dataclass, field
from functools import cached_property

import islpy as isl

from optimizer.ir.dependence import Nest

MARK_PREFIX = "loopwright:"
SEPARATED = "separated"  # AST build option of tile loops whose full tiles a condition tells apart; unknown to isl


@dataclass(frozen=True, slots=True, order=True)
class LoopRef:
    """The loop at `depth` (0 is outermost) around `statement`, shared by all statements fused there."""

    statement: str
    depth: int

    def __str__(self) -> str:
        return f"{self.statement}@{self.depth}"


@dataclass(frozen=True)
class Schedule:
    """An isl schedule tree and the text of the commands that led to it from the order as written.

    `refined` is the nest whose instances the tree orders if a command changed statements or storage: it computes what
    the nest as written computes.
    """

    tree: isl.Schedule
    script: tuple[str, ...] = ()
    refined: Nest | None = field(default=None, compare=False)

    def subject(self, nest: Nest) -> Nest:
        """The nest that this schedule, made for `nest`, orders: `nest` itself unless it was refined."""
        return nest if self.refined is None else self.refined

    @cached_property
    def map(self) -> isl.UnionMap:
        """Statement instances -> time; all times have the same length, sequences included."""
        return self.tree.get_map()

    def __str__(self) -> str:
        return "; ".join(self.script)


@dataclass(frozen=True, slots=True)
class LoopPosition:
    """Where a loop stands in a tree: a band node and the index of the member in that band."""

    node: isl.ScheduleNode
    member: int


def statements_below(node: isl.ScheduleNode) -> tuple[str, ...]:
    """The names of the statements that are executed under `node`, sorted."""
    names: set[str] = set()
    # get_domain of isl is what *reaches* a node: nothing at the root, the parent's instances at a filter
    match node.get_type():
        case isl.schedule_node_type.domain:
            domain = node.domain_get_domain()
        case isl.schedule_node_type.filter:
            domain = node.get_domain().intersect(node.filter_get_filter())
        case _:
            domain = node.get_domain()
    domain.foreach_set(lambda part: names.add(part.get_tuple_name() or ""))
    return tuple(sorted(names))


def path_to(schedule: isl.Schedule, statement: str) -> tuple[isl.ScheduleNode, ...]:
    """All nodes from the root to the leaf of `statement`; empty if the tree does not contain it."""
    node = schedule.get_root()
    path = [node]
    if statement not in statements_below(node):
        return ()
    while node.n_children() > 0:
        for index in range(node.n_children()):
            child = node.get_child(index)
            if node.n_children() == 1 or statement in statements_below(child):
                node = child
                break
        path.append(node)
    return tuple(path)


def loops_around(schedule: isl.Schedule, statement: str) -> tuple[LoopPosition, ...]:
    """The loops around `statement`, outermost first."""
    return tuple(
        LoopPosition(node, member)
        for node in path_to(schedule, statement)
        if node.get_type() == isl.schedule_node_type.band
        for member in range(node.band_n_member())
    )


def find_loop(schedule: isl.Schedule, ref: LoopRef) -> LoopPosition | None:
    """The position of the loop that `ref` names, or None if there is no such loop."""
    loops = loops_around(schedule, ref.statement)
    return loops[ref.depth] if 0 <= ref.depth < len(loops) else None


def vector_lanes(marks: tuple[str, ...]) -> int:
    """The lanes of the vectors in which the iterations of a loop with `marks` run; 0 if they do not."""
    return next((int(mark.removeprefix("vector:")) for mark in marks if mark.startswith("vector:")), 0)


def is_concurrent(node: isl.ScheduleNode) -> bool:
    """True if the iterations of the band `node` run at the same time: in threads or in vectors."""
    marks = marks_of(node)
    return "parallel" in marks or vector_lanes(marks) > 0


def marks_of(node: isl.ScheduleNode) -> tuple[str, ...]:
    """The loop properties of a band node: names of the mark nodes right above it, without the prefix."""
    found: list[str] = []
    while node.has_parent():
        node = node.parent()
        if node.get_type() != isl.schedule_node_type.mark:
            break
        name = node.mark_get_id().get_name() or ""
        if name.startswith(MARK_PREFIX):
            found.append(name.removeprefix(MARK_PREFIX))
    return tuple(found)
