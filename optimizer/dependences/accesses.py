"""The access relations of a Scop, gathered per array and restricted to what is executed."""

from dataclasses import dataclass

import islpy as isl

from optimizer.ir.scop import AccessKind, Scop


@dataclass(frozen=True, slots=True)
class ArrayAccesses:
    """All accesses to one array, as relations instance -> element."""

    reads: isl.UnionMap
    writes: isl.UnionMap  # must-writes
    may_writes: isl.UnionMap

    @property
    def all_writes(self) -> isl.UnionMap:
        """Writes that happen always or under a data-dependent condition."""
        return self.writes.union(self.may_writes)


def flow_between(
    scop: Scop,
    sink: isl.UnionMap,
    *,
    must: isl.UnionMap | None = None,
    may: isl.UnionMap | None = None,
    kill: isl.UnionMap | None = None,
) -> isl.UnionFlow:
    """isl's flow from the last `must` source before each access of `sink`, and from all `may` sources that no `must`
    source and no `kill` hides. isl.Error on some sets with divisions.
    """
    info = isl.UnionAccessInfo.from_sink(sink).set_schedule(scop.schedule)
    if must is not None:
        info = info.set_must_source(must)
    if may is not None:
        info = info.set_may_source(may)
    if kill is not None:
        info = info.set_kill(kill)
    return info.compute_flow()


def pairs_of(flow: isl.UnionFlow) -> isl.UnionMap:
    """The pairs source -> sink of `flow`."""
    return flow.get_may_dependence().union(flow.get_must_dependence()).coalesce()


def accesses_of(scop: Scop, array: str) -> ArrayAccesses:
    """The accesses of the executed instances of `scop` to `array`."""

    def gather(kind: AccessKind) -> isl.UnionMap:
        result = isl.UnionMap.empty(scop.context.get_space())
        for statement in scop.statements:
            executed = statement.domain.intersect_params(scop.context)
            for access in statement.accesses:
                if access.kind is kind and access.array == array:
                    relation = access.relation.intersect_domain(executed)
                    result = result.union(isl.UnionMap.from_map(relation))
        return result.coalesce()

    return ArrayAccesses(gather(AccessKind.READ), gather(AccessKind.WRITE), gather(AccessKind.MAY_WRITE))
