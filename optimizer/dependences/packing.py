"""Copies of array elements that would become stale: written while the copy is in use."""

from collections.abc import Iterator

import islpy as isl

from optimizer.dependences.accesses import accesses_of
from optimizer.ir.dependence import Nest
from optimizer.ir.packing import PackPlace, pack_places
from optimizer.ir.references import relation_of
from optimizer.ir.schedule import LoopRef, Schedule, statements_below


def stale_copies(schedule: Schedule, nest: Nest) -> Iterator[tuple[LoopRef, str, isl.UnionMap]]:
    """For each pack of `schedule` that is not legal: its loop, the array, and the pairs (write, read) that show it.

    The read takes an element from the copy that is made in front of the loop, and the write changed that element before,
    in the same execution of the loop (or by the same instance). Writes after the last read do no harm.
    """
    for place in pack_places(schedule.tree, nest.scop):
        pairs = _pairs(place, schedule.map, nest)
        if not pairs.is_empty():
            yield _loop(place), place.mark.array, pairs


def _pairs(place: PackPlace, time: isl.UnionMap, nest: Nest) -> isl.UnionMap:
    reads = isl.UnionMap.empty(nest.scop.context.get_space())
    for reader in place.readers:
        reads = reads.union(isl.UnionMap.from_map(relation_of(reader, nest.scop)))
    inside = place.body.get_domain()
    writes = accesses_of(nest.scop, place.mark.array).all_writes.intersect_domain(inside)
    pairs = writes.apply_range(reads.intersect_domain(inside).reverse())
    if pairs.is_empty():
        return pairs
    outer = place.body.get_prefix_schedule_union_map()
    pairs = pairs.intersect(outer.apply_range(outer.reverse()))
    written, read = time.intersect_domain(pairs.domain()), time.intersect_domain(pairs.range())
    return pairs.intersect(written.lex_le_union_map(read))


def _loop(place: PackPlace) -> LoopRef:
    return LoopRef(statements_below(place.body)[0], place.body.get_schedule_depth())
