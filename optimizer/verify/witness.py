"""Confirms a violation by looking at its two instances, without the dependence analysis that found it."""

from collections.abc import Mapping

import islpy as isl

from optimizer.ir.dependence import DependenceKind, Instance, Violation
from optimizer.ir.packing import pack_places
from optimizer.ir.schedule import Schedule, statements_below
from optimizer.ir.scop import AccessKind, Scop
from optimizer.verify.interpreter import concurrent_nodes, loop_times, parameter_set, time_of

_READS = (AccessKind.READ,)
_WRITES = (AccessKind.WRITE, AccessKind.MAY_WRITE)


def confirm(violation: Violation, scop: Scop, schedule: Schedule) -> bool:
    """True if the pair of `violation` exists, conflicts on an element as its kind says, is ordered source first in the
    original order, and is not ordered so by `schedule` (or differs in a loop that is marked parallel). A stale copy is
    confirmed by a loop in front of which its array is packed and which holds both in one execution.
    """
    return refute(violation, scop, schedule) is None


def refute(violation: Violation, scop: Scop, schedule: Schedule) -> str | None:
    """Why `violation` is none, in words; None if it is one."""
    parameters = dict(violation.parameters)
    if {parameter.name for parameter in scop.parameters} - parameters.keys():
        return "a parameter has no value"
    first = time_of(scop, scop.schedule.get_map(), violation.source, parameters)
    second = time_of(scop, scop.schedule.get_map(), violation.sink, parameters)
    if first is None or second is None:
        return "an instance does not exist"
    if first > second or (first == second and not violation.is_stale):
        return "the original order does not run the source first"
    if not _conflict(violation, scop, parameters):
        return "the instances do not touch one element as the kind says"
    if violation.is_stale:
        apart = not _share_a_copy(violation, scop, schedule, parameters)
        return "no packed loop holds both instances in one execution" if apart else None
    if violation.loop is not None:
        kept = not _differs_in_parallel_loop(violation, scop, schedule, parameters)
        return "no parallel loop separates the instances" if kept else None
    return _kept_order(violation, scop, schedule, parameters)


def _kept_order(violation: Violation, scop: Scop, schedule: Schedule, parameters: Mapping[str, int]) -> str | None:
    source = time_of(scop, schedule.map, violation.source, parameters)
    sink = time_of(scop, schedule.map, violation.sink, parameters)
    if source is None or sink is None:
        return "the schedule drops an instance"
    if violation.intruder is None:
        return None if sink <= source else "the schedule runs the source first"
    intruder = time_of(scop, schedule.map, violation.intruder, parameters)
    if intruder is None or violation.intruder in (violation.source, violation.sink):
        return "the intruder does not exist"
    return None if source <= intruder <= sink else "the intruder does not come between"


def _conflict(violation: Violation, scop: Scop, parameters: Mapping[str, int]) -> bool:
    of_source, of_sink = {
        DependenceKind.FLOW: (_WRITES, _READS),
        DependenceKind.ANTI: (_READS, _WRITES),
        DependenceKind.OUTPUT: (_WRITES, _WRITES),
    }[violation.kind]
    common = touched(scop, violation.source, violation.array, of_source, parameters).intersect(
        touched(scop, violation.sink, violation.array, of_sink, parameters)
    )
    if violation.intruder is not None:
        common = common.intersect(touched(scop, violation.intruder, violation.array, _WRITES, parameters))
    return not common.is_empty()


def touched(
    scop: Scop, instance: Instance, array: str, kinds: tuple[AccessKind, ...], parameters: Mapping[str, int]
) -> isl.UnionSet:
    """The elements of `array` that `instance` may touch in one of the ways `kinds` at `parameters`."""
    names = ", ".join(parameter.name for parameter in scop.parameters)
    here = isl.UnionSet.read_from_str(scop.context.get_ctx(), f"[{names}] -> {{ {instance} }}")
    here = here.intersect(scop.domain).intersect_params(parameter_set(scop, parameters))
    result = isl.UnionSet.empty(here.get_space())
    for access in scop.statement(instance.statement).accesses:
        if access.array == array and access.kind in kinds:
            result = result.union(here.apply(isl.UnionMap.from_map(access.relation)))
    return result


def _share_a_copy(violation: Violation, scop: Scop, schedule: Schedule, parameters: Mapping[str, int]) -> bool:
    """True if both instances run in one execution of a loop in front of which the array of `violation` is packed."""
    for place in pack_places(schedule.tree, scop):
        outer = place.body.get_prefix_schedule_union_map()
        inside = statements_below(place.body)
        if place.mark.array == violation.array and {violation.source.statement, violation.sink.statement} <= {*inside}:
            times = [time_of(scop, outer, i, parameters) for i in (violation.source, violation.sink)]
            if times[0] == times[1]:
                return True
    return False


def _differs_in_parallel_loop(
    violation: Violation, scop: Scop, schedule: Schedule, parameters: Mapping[str, int]
) -> bool:
    """True if a loop marked parallel holds both instances, in different iterations of one execution of the loop."""
    for node in concurrent_nodes(schedule.tree):
        outer, inner = loop_times(node, 0)
        times = [
            (time_of(scop, outer, i, parameters) or (), time_of(scop, inner, i, parameters))
            for i in (violation.source, violation.sink)
        ]
        (outer_source, source), (outer_sink, sink) = times
        if source is not None and sink is not None and outer_source == outer_sink and source != sink:
            return True
    return False
