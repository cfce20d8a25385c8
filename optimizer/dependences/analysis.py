"""Value-based dependences of a Scop by isl's flow analysis (Feautrier 1991), with kills and live ranges."""

from dataclasses import replace

import islpy as isl

from optimizer.dependences.accesses import ArrayAccesses, accesses_of
from optimizer.dependences.reductions import find_reductions
from optimizer.ir.dependence import Dependence, DependenceKind, Dependences, LiveRanges, Nest
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.scop import Array, Scop


class TooComplex(Exception):
    """isl finds no dependences of a nest within its limits; the nest stays as it is."""


EXACT_OPERATIONS = 8_000_000  # a few seconds of CPU


def analyze(scop: Scop) -> Nest:
    """`scop` with its dependences.

    An array that no instance reads before the nest wrote it loses its `live_in`. Where exact analysis of an array
    exceeds its operation limit or fails in isl, all pairs that touch the same element are kept in order instead: more
    constraints, never fewer. TooComplex if isl cannot compute these either.
    """
    ordered: list[Dependence] = []
    private: list[LiveRanges] = []
    arrays: list[Array] = []
    for array in scop.arrays:
        accesses = accesses_of(scop, array.name)
        try:
            with operation_limit(scop.context.get_ctx(), EXACT_OPERATIONS):
                array, found = _exact(scop, array, accesses)
        except (OperationLimitExceeded, isl.Error):  # isl's flow analysis fails on some sets with divisions
            found = _conservative(scop, array, accesses)
            array = replace(array, live_in=True)
        arrays.append(array)
        by_kind = {dependence.kind: dependence.relation for dependence in found}
        if array.is_private and not accesses.all_writes.is_empty():
            order = by_kind[DependenceKind.ANTI].union(by_kind[DependenceKind.OUTPUT])
            private.append(LiveRanges(array.name, by_kind[DependenceKind.FLOW], order, accesses.all_writes))
            found = tuple(d for d in found if d.kind is DependenceKind.FLOW)
        ordered.extend(d for d in found if not d.relation.is_empty())
    refined = replace(scop, arrays=tuple(arrays))
    return Nest(refined, Dependences(tuple(ordered), tuple(private), find_reductions(refined, tuple(ordered))))


def _exact(scop: Scop, array: Array, accesses: ArrayAccesses) -> tuple[Array, tuple[Dependence, ...]]:
    flow = _flow(scop, accesses.reads, must=accesses.writes, may=accesses.may_writes)
    live_in = array.live_in and not flow.get_may_no_source().is_empty()
    anti = _flow(scop, accesses.all_writes, may=accesses.reads, kill=accesses.writes)
    output = _flow(scop, accesses.all_writes, must=accesses.writes, may=accesses.may_writes)
    relations = (
        (DependenceKind.FLOW, flow),
        (DependenceKind.ANTI, anti),
        (DependenceKind.OUTPUT, output),
    )
    return replace(array, live_in=live_in), tuple(
        Dependence(kind, array.name, result.get_may_dependence().union(result.get_must_dependence()).coalesce())
        for kind, result in relations
    )


def _flow(
    scop: Scop,
    sink: isl.UnionMap,
    *,
    must: isl.UnionMap | None = None,
    may: isl.UnionMap | None = None,
    kill: isl.UnionMap | None = None,
) -> isl.UnionFlow:
    info = isl.UnionAccessInfo.from_sink(sink).set_schedule(scop.schedule)
    if must is not None:
        info = info.set_must_source(must)
    if may is not None:
        info = info.set_may_source(may)
    if kill is not None:
        info = info.set_kill(kill)
    return info.compute_flow()


def _conservative(scop: Scop, array: Array, accesses: ArrayAccesses) -> tuple[Dependence, ...]:
    try:
        with operation_limit(scop.context.get_ctx(), EXACT_OPERATIONS):
            return _all_conflicts(scop, array, accesses)
    except (OperationLimitExceeded, isl.Error) as error:
        raise TooComplex(f"the dependences on '{array.text}' are too complex for isl") from error


def _all_conflicts(scop: Scop, array: Array, accesses: ArrayAccesses) -> tuple[Dependence, ...]:
    time = scop.schedule.get_map()
    before = time.lex_lt_union_map(time)

    def conflicts(source: isl.UnionMap, sink: isl.UnionMap) -> isl.UnionMap:
        return source.apply_range(sink.reverse()).intersect(before)

    writes = accesses.all_writes
    return (
        Dependence(DependenceKind.FLOW, array.name, conflicts(writes, accesses.reads)),
        Dependence(DependenceKind.ANTI, array.name, conflicts(accesses.reads, writes)),
        Dependence(DependenceKind.OUTPUT, array.name, conflicts(writes, writes)),
    )
