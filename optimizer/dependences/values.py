"""Which write each read gets its value from, access by access: what a change of storage must leave as it is."""

from collections.abc import Iterator
from dataclasses import dataclass

import islpy as isl

from optimizer.dependences.accesses import accesses_of
from optimizer.ir.child import CpuLimitExceeded, result_from_child
from optimizer.ir.scop import Access, AccessKind, Scop, Statement

FLOW_CPU_S = 3


@dataclass(frozen=True, slots=True)
class ValueFlow:
    """`flow`: writing access -> reading access; `unwritten`: the reads that may see a value from before the nest.

    An access is `[S[i, j] -> access2[]]`: the third one of its statement. Elements do not occur: two nests that store
    the same values elsewhere have the same flow.
    """

    flow: isl.UnionMap
    unwritten: isl.UnionSet

    def is_equal(self, other: "ValueFlow") -> bool:
        """True if all reads get the same values."""
        return bool(self.flow.is_equal(other.flow) and self.unwritten.is_equal(other.unwritten))


def value_flow(scop: Scop, arrays: frozenset[str]) -> ValueFlow | None:
    """The flow of values through `arrays` in the order as written; None if isl does not find it exactly."""
    nothing = isl.UnionMap.empty(scop.context.get_space())
    time = scop.schedule.get_map()
    relations = dict.fromkeys(AccessKind, nothing)
    times = nothing
    for statement, access, tag in _tagged(scop, arrays):
        executed = access.relation.intersect_domain(statement.domain.intersect_params(scop.context))
        elements = isl.Set.universe(access.relation.get_space().range())
        named = executed.domain_product(isl.Map.from_domain_and_range(tag.range(), elements))
        relations[access.kind] = relations[access.kind].union(isl.UnionMap.from_map(named))
        times = times.union(isl.UnionMap.from_map(tag.domain_map()).apply_range(time))

    def work() -> ValueFlow | None:
        info = isl.UnionAccessInfo.from_sink(relations[AccessKind.READ]).set_schedule_map(times)
        info = info.set_must_source(relations[AccessKind.WRITE]).set_may_source(relations[AccessKind.MAY_WRITE])
        try:
            found = info.compute_flow()
        except isl.Error:  # the flow analysis fails on some sets with divisions
            return None
        flow = found.get_may_dependence().union(found.get_must_dependence()).coalesce()
        return ValueFlow(flow, found.get_may_no_source().domain().coalesce())

    try:
        return result_from_child(work, FLOW_CPU_S)
    except CpuLimitExceeded:
        return None


def last_writers(scop: Scop, array: str) -> isl.UnionMap | None:
    """Instance -> element of `array`, for the write that is the last one to the element in the order as written; None
    if isl does not find it exactly, or if a write depends on data.
    """
    accesses = accesses_of(scop, array)
    if not accesses.may_writes.is_empty():
        return None

    def work() -> isl.UnionMap | None:
        elements = accesses.writes.range()
        at_end = isl.Schedule.from_domain(elements)
        info = isl.UnionAccessInfo.from_sink(elements.identity()).set_must_source(accesses.writes)
        try:
            found = info.set_schedule(scop.schedule.sequence(at_end)).compute_flow()
        except isl.Error:  # the flow analysis fails on some sets with divisions
            return None
        return found.get_must_dependence().coalesce() if found.get_may_no_source().is_empty() else None

    try:
        return result_from_child(work, FLOW_CPU_S)
    except CpuLimitExceeded:
        return None


def _tagged(scop: Scop, arrays: frozenset[str]) -> Iterator[tuple[Statement, Access, isl.Map]]:
    """Each access to `arrays` with the map from the instances of its statement to its tag."""
    for statement in scop.statements:
        for number, access in enumerate(statement.accesses):
            if access.array in arrays:
                tag = isl.Set(f"{{ access{number}[] }}")
                yield statement, access, isl.Map.from_domain_and_range(statement.domain, tag)
