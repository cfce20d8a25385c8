"""What a loop carries: dependences between different iterations of one band, and arrays that each thread may own."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import islpy as isl

from optimizer.dependences.accesses import accesses_of
from optimizer.dependences.updates import commuting_updates, updated_elements
from optimizer.ir.dependence import DependenceKind, LiveRanges, Nest
from optimizer.ir.schedule import LoopRef, is_concurrent, marks_of, path_to, statements_below, vector_lanes

LANE_OPERATORS = frozenset({"+", "*"})  # of updates that the lanes of a vector do on their own, combined in the end


def concurrent_bands(tree: isl.Schedule) -> tuple[tuple[LoopRef, isl.ScheduleNode], ...]:
    """The bands of `tree` marked parallel or vector, each with a name of its loop."""
    found: list[tuple[LoopRef, isl.ScheduleNode]] = []
    seen: set[tuple[int, ...]] = set()
    for statement in statements_below(tree.get_root()):
        depth = 0
        for node in path_to(tree, statement):
            if node.get_type() != isl.schedule_node_type.band:
                continue
            if is_concurrent(node) and _address(node) not in seen:
                seen.add(_address(node))
                found.append((LoopRef(statement, depth), node))
            depth += node.band_n_member()
    return tuple(found)


def _address(node: isl.ScheduleNode) -> tuple[int, ...]:
    address: list[int] = []
    while node.has_parent():
        address.append(node.get_child_position())
        node = node.parent()
    return tuple(reversed(address))


@dataclass(frozen=True)
class _Iterations:
    """Which pairs of instances below `band` share iterations; found out once for all relations."""

    band: isl.ScheduleNode

    @cached_property
    def inside(self) -> isl.UnionSet:
        """The instances below the band."""
        return self.band.get_domain()

    @cached_property
    def together(self) -> isl.UnionMap:
        """The pairs in one iteration of the loops around the band."""
        outer = self.band.get_prefix_schedule_union_map()
        return outer.apply_range(outer.reverse())

    @cached_property
    def same(self) -> isl.UnionMap:
        """The pairs with the same iteration of the band itself."""
        inner = self.band.band_get_partial_schedule_union_map()
        return inner.apply_range(inner.reverse())

    def carried(self, relation: isl.UnionMap) -> isl.UnionMap:
        """The pairs of `relation` in one iteration of the loops around and in two different ones of the band."""
        within = relation.intersect_domain(self.inside).intersect_range(self.inside)
        return within if within.is_empty() else within.intersect(self.together).subtract(self.same)

    def own(self, ranges: LiveRanges) -> bool:
        """True if every value of `ranges` that is touched here is written and read in one iteration of the band."""
        flow = ranges.flow
        touching = flow.intersect_domain(self.inside).union(flow.intersect_range(self.inside))
        within = flow.intersect_domain(self.inside).intersect_range(self.inside)
        return touching.is_subset(within.intersect(self.together).intersect(self.same))


def carried(band: isl.ScheduleNode, relation: isl.UnionMap) -> isl.UnionMap:
    """The pairs of `relation` that lie in one iteration of the loops around `band` and in two different ones of it."""
    return _Iterations(band).carried(relation)


def private_arrays(band: isl.ScheduleNode, nest: Nest) -> frozenset[str]:
    """The private arrays of `nest` of which each iteration of `band` may own a copy that is dead outside it.

    Those whose every value that `band` touches is written and read in the same iteration of `band`.
    """
    return _owned(_Iterations(band), nest)


def _owned(iterations: _Iterations, nest: Nest) -> frozenset[str]:
    return frozenset(ranges.array for ranges in nest.dependences.private if iterations.own(ranges))


def carried_by_concurrent_loop(
    band: isl.ScheduleNode, nest: Nest
) -> Iterator[tuple[DependenceKind, str, isl.UnionMap]]:
    """The dependences that forbid the iterations of `band` to run at the same time, as non-empty relations.

    Updates that commute do not if `band` is marked and its threads or lanes can each update a copy of the element.
    """
    iterations = _Iterations(band)
    for dependence in nest.dependences.ordered:
        broken = iterations.carried(dependence.relation)
        if not broken.is_empty() and not (dependence.commutes and _is_combined(band, dependence.array, nest)):
            yield dependence.kind, dependence.array, broken
    owned = _owned(iterations, nest)
    for ranges in nest.dependences.private:
        if ranges.array not in owned:
            for kind, conflicts in _conflicts(ranges):
                broken = iterations.carried(conflicts)
                if not broken.is_empty():
                    yield kind, ranges.array, broken


def _is_combined(band: isl.ScheduleNode, array: str, nest: Nest) -> bool:
    """True if the code for the marked `band` combines what its iterations do to elements of `array` after them.

    Lanes may update any elements: where they meet, the generated code sees it. Each thread gets a copy of one element
    or of a whole array of one dimension, so that the statements in `band` must do nothing with it but update it.
    """
    marks = marks_of(band)
    found = nest.scop.array(array)
    updates = commuting_updates(nest.scop, found)
    if vector_lanes(marks) and not all(update.operator in LANE_OPERATORS for update in updates):
        return False
    if "parallel" not in marks:
        return vector_lanes(marks) > 0
    accesses = accesses_of(nest.scop, array)
    touched = accesses.reads.union(accesses.all_writes).intersect_domain(band.get_domain())
    if not touched.is_subset(updated_elements(nest.scop, found, updates)):
        return False
    outer = band.get_prefix_schedule_union_map().intersect_domain(touched.domain())
    return found.c_rank == 1 or bool(outer.reverse().apply_range(touched).is_single_valued())


def _conflicts(ranges: LiveRanges) -> Iterator[tuple[DependenceKind, isl.UnionMap]]:
    """All pairs of instances that touch the same element of a private array, one of them writing."""
    yield DependenceKind.OUTPUT, ranges.writes.apply_range(ranges.writes.reverse())
    yield DependenceKind.ANTI, ranges.flow.reverse().apply_range(ranges.writes).apply_range(ranges.writes.reverse())


def carries_nothing(band: isl.ScheduleNode, nest: Nest) -> bool:
    """True if the iterations of `band` may run in any order or at once, private arrays copied per iteration."""
    return next(carried_by_concurrent_loop(band, nest), None) is None
