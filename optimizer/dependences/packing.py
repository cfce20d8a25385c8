"""Copies of array elements that would become stale: an element is written between its copy and a read of the copy."""

from collections.abc import Iterator

import islpy as isl

from optimizer.dependences.accesses import accesses_of
from optimizer.ir.dependence import Nest
from optimizer.ir.packing import PackPlace, pack_places
from optimizer.ir.references import relation_of
from optimizer.ir.schedule import LoopRef, Schedule, statements_below
from optimizer.ir.scop import Scop


def stale_copies(schedule: Schedule, nest: Nest) -> Iterator[tuple[LoopRef, str, isl.UnionMap]]:
    """For each pack of `schedule` that is not legal: its loop, the array, and the pairs (write, read) that show it.

    A pack is legal if it can be done in some executions of its loop and cannot in others at the same parameters.
    """
    time = schedule.map
    for place in pack_places(schedule.tree, nest.scop):
        pairs = stale_pairs(place, time, nest.scop)
        if not pairs.is_empty() and not any(_leaves_some(place, s, nest.scop) for s in _excluded(place, pairs)):
            yield _loop(place), place.mark.array, pairs


def stale_pairs(place: PackPlace, time: isl.UnionMap, scop: Scop) -> isl.UnionMap:
    """The pairs (write, read) of instances that forbid to pack, for the order `time`.

    The read takes an element from the copy that is made in front of the loop, and the write changed that element before
    it, in the same execution of the loop (or by the same instance). Writes after the last read do no harm.
    """
    reads = isl.UnionMap.empty(scop.context.get_space())
    for reader in place.readers:
        reads = reads.union(isl.UnionMap.from_map(relation_of(reader, scop)))
    inside = place.body.get_domain()
    writes = accesses_of(scop, place.mark.array).all_writes.intersect_domain(inside)
    pairs = writes.apply_range(reads.intersect_domain(inside).reverse())
    if pairs.is_empty():
        return pairs
    outer = place.body.get_prefix_schedule_union_map()
    pairs = pairs.intersect(outer.apply_range(outer.reverse()))
    written, read = time.intersect_domain(pairs.domain()), time.intersect_domain(pairs.range())
    return pairs.intersect(written.lex_le_union_map(read))


def stale_executions(place: PackPlace, time: isl.UnionMap, scop: Scop) -> isl.Set:
    """The iterations of the loops around the pack in which nothing is to be packed: a copy would become stale.

    There may be more of them if that makes the set convex and leaves others.
    """
    pairs = stale_pairs(place, time, scop)
    if pairs.is_empty():
        return isl.Set.empty(place.elements(scop).domain().get_space())
    hull, stale = _excluded(place, pairs)
    return hull if _leaves_some(place, hull, scop) else stale


def fresh_elements(place: PackPlace, stale: isl.Set, scop: Scop) -> isl.Map:
    """The elements to be copied in all iterations of the loops around but `stale`."""
    return place.elements(scop).subtract_domain(stale).coalesce()


def _leaves_some(place: PackPlace, stale: isl.Set, scop: Scop) -> bool:
    """True if there are parameters for which some elements are to be copied in other iterations than `stale`, and some
    iterations are in `stale`.
    """
    return not fresh_elements(place, stale, scop).domain().params().is_disjoint(stale.params())


def _excluded(place: PackPlace, pairs: isl.UnionMap) -> tuple[isl.Set, isl.Set]:
    """The iterations of the loops around the pack in which the writes of `pairs` run: a convex hull, and exactly."""
    times = pairs.domain().apply(place.body.get_prefix_schedule_union_map())
    stale = isl.Set.from_union_set(times).coalesce()
    return isl.Set.from_basic_set(stale.simple_hull()), stale


def _loop(place: PackPlace) -> LoopRef:
    return LoopRef(statements_below(place.body)[0], place.body.get_schedule_depth())
