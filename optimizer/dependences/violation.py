"""The one legality check: which dependence does a schedule break, shown on concrete instances?"""

import islpy as isl

from optimizer.dependences.packing import stale_copies
from optimizer.dependences.parallelism import carried_by_concurrent_loop, concurrent_bands
from optimizer.dependences.witness import Parameters, fix_parameters, smallest_pair
from optimizer.ir.dependence import DependenceKind, Instance, LiveRanges, Nest, Violation
from optimizer.ir.schedule import Schedule


def find_violation(schedule: Schedule, nest: Nest, *, legal: Schedule | None = None) -> Violation | None:
    """The first dependence of `nest` that `schedule` breaks, or None if the schedule is legal.

    `legal` is a schedule that is known to be legal: if both run all instances in the same order, only the marks of
    `schedule` are looked at.

    Legal means: each sink runs after its source; no other write to an element of a private array falls between a
    write and its reads; no loop marked parallel or vector carries a dependence; no element that is packed in front of a
    loop is written in it before it is read there. The check is exact for ordered dependences; for private arrays whose
    statements write several elements it may reject a legal schedule, never the reverse. ValueError if the schedule
    leaves out instances: that is a wrong program, not a wrong order.
    """
    nest = schedule.subject(nest)
    if not nest.scop.domain.is_subset(schedule.tree.get_domain().intersect(schedule.map.domain())):
        raise ValueError(f"the schedule '{schedule}' does not run all instances of {nest.scop.name}")
    if legal is not None and legal.refined is schedule.refined and str(legal.map) == str(schedule.map):
        return _marked_wrongly(schedule, nest)
    time = schedule.map.intersect_domain(nest.scop.domain)
    return _reversed(time, nest) or _intruded(time, nest) or _marked_wrongly(schedule, nest)


def reordered_sums(schedule: Schedule, nest: Nest) -> frozenset[str]:
    """The arrays of floating type with updates that `schedule` runs in another order among each other than `nest`, so
    that they are rounded in another way.
    """
    nest = schedule.subject(nest)
    time = schedule.map.intersect_domain(nest.scop.domain)
    commuting = [each for each in nest.dependences.ordered if each.commutes]
    sums = [each for each in commuting if nest.scop.array(each.array).element.is_float]
    return frozenset(each.array for each in sums if _not_before(each.relation, time) is not None)


def _reversed(time: isl.UnionMap, nest: Nest) -> Violation | None:
    for dependence in nest.dependences.ordered:
        if dependence.commutes:
            continue
        broken = _not_before(dependence.relation, time)
        if broken is not None:
            parameters, source, sink = smallest_pair(broken)
            return Violation(dependence.kind, dependence.array, source, sink, parameters)
    return None


def _not_before(relation: isl.UnionMap, time: isl.UnionMap) -> isl.UnionMap | None:
    """The pairs of `relation` whose second instance does not run after the first; None if there are none."""
    times = relation.apply_domain(time).apply_range(time)
    space_pairs: list[isl.Map] = []
    times.foreach_map(space_pairs.append)
    for pairs in space_pairs:
        late = pairs.intersect(isl.Map.lex_ge(pairs.get_space().domain()))
        if not late.is_empty():
            back = isl.UnionMap.from_map(late).apply_domain(time.reverse()).apply_range(time.reverse())
            return relation.intersect(back)
    return None


def _intruded(time: isl.UnionMap, nest: Nest) -> Violation | None:
    for ranges in nest.dependences.private:
        if _not_before(ranges.order, time) is None:
            continue
        found = _intruder(ranges, time)
        if found is not None:
            return found
    return None


def _intruder(ranges: LiveRanges, time: isl.UnionMap) -> Violation | None:
    """A value of a private array that another write destroys before its last read.

    Works on times instead of instances: live ranges mostly lie within one iteration of the outer loops, so that
    almost all dimensions are equal and the sets stay small.
    """
    writes = ranges.writes.apply_domain(time)
    if not time.intersect_domain(ranges.writes.domain()).is_injective():
        return _first(ranges, ranges.flow)
    alive = ranges.flow.apply_domain(time).apply_range(time)
    alive_maps: list[isl.Map] = []
    alive.foreach_map(alive_maps.append)
    for live in alive_maps:
        later = isl.UnionMap.from_map(_later(live))
        times = ranges.writes.domain().apply(time)
        same_element = writes.apply_range(writes.reverse())
        overwrite = later.intersect_domain(isl.UnionMap.from_map(live).domain()).intersect_range(times)
        overwrite = overwrite.intersect(same_element)
        then_read = later.intersect_domain(times).intersect_range(isl.UnionMap.from_map(live).range())
        broken = overwrite.apply_range(then_read).intersect(isl.UnionMap.from_map(live))
        if not broken.is_empty():
            back = time.reverse()
            pairs = ranges.flow.intersect(broken.apply_domain(back).apply_range(back))
            return _with_intruder(ranges, pairs, (overwrite, then_read), time)
    return None


def _later(live: isl.Map) -> isl.Map:
    """Pairs of times, the second later, that agree in the leading dimensions in which all pairs of `live` agree."""
    space = live.get_space()
    later = isl.Map.lex_lt(space.domain())
    same = isl.Map.universe(space)
    for index in range(space.dim(isl.dim_type.in_)):
        narrower = same.equate(isl.dim_type.in_, index, isl.dim_type.out, index)
        if not live.is_subset(narrower):
            break
        same = narrower
    return later.intersect(same)


def _first(ranges: LiveRanges, pairs: isl.UnionMap) -> Violation:
    parameters, source, sink = smallest_pair(pairs)
    return Violation(DependenceKind.FLOW, ranges.array, source, sink, parameters)


def _with_intruder(
    ranges: LiveRanges, pairs: isl.UnionMap, between: tuple[isl.UnionMap, isl.UnionMap], time: isl.UnionMap
) -> Violation:
    """The violation that the first of `pairs` shows, with a write that falls between its two instances."""
    parameters, source, sink = smallest_pair(pairs)
    overwrite, then_read = (fix_parameters(relation, parameters) for relation in between)
    start, end = (_time_of(instance, parameters, time) for instance in (source, sink))
    candidates = overwrite.intersect_domain(start).range().intersect(then_read.intersect_range(end).domain())
    intruders = candidates.apply(fix_parameters(time, parameters).reverse()).intersect(ranges.writes.domain())
    writers = isl.UnionMap.from_domain_and_range(intruders, intruders)
    _, intruder, _ = smallest_pair(writers)
    return Violation(DependenceKind.FLOW, ranges.array, source, sink, parameters, intruder=intruder)


def _time_of(instance: Instance, parameters: Parameters, time: isl.UnionMap) -> isl.UnionSet:
    point = isl.UnionSet(f"{{ {instance.statement}[{', '.join(map(str, instance.counters))}] }}")
    return point.apply(fix_parameters(time, parameters))


def _marked_wrongly(schedule: Schedule, nest: Nest) -> Violation | None:
    return _carried(schedule, nest) or _stale(schedule, nest)


def _stale(schedule: Schedule, nest: Nest) -> Violation | None:
    for ref, array, pairs in stale_copies(schedule, nest):
        parameters, source, sink = smallest_pair(pairs)
        return Violation(DependenceKind.FLOW, array, source, sink, parameters, loop=str(ref), is_stale=True)
    return None


def _carried(schedule: Schedule, nest: Nest) -> Violation | None:
    for ref, band in concurrent_bands(schedule.tree):
        for kind, array, broken in carried_by_concurrent_loop(band, nest):
            parameters, source, sink = smallest_pair(broken)
            return Violation(kind, array, source, sink, parameters, loop=str(ref))
    return None
