"""Value-based dependences of a Scop by isl's flow analysis (Feautrier 1991), with kills and live ranges."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import islpy as isl

from optimizer.dependences.accesses import ArrayAccesses, accesses_of
from optimizer.dependences.reductions import find_reductions
from optimizer.ir.child import CpuLimitExceeded, result_from_child
from optimizer.ir.dependence import Dependence, DependenceKind, Dependences, LiveRanges, Nest
from optimizer.ir.scop import Array, Scop

ARRAY_CPU_S = 3  # for the exact dependences on one array, and again for all conflicts if these are not found

Relations: TypeAlias = dict[DependenceKind, isl.UnionMap]


class TooComplex(Exception):
    """isl finds no dependences of a nest within its limits; the nest stays as it is."""


def analyze(scop: Scop) -> Nest:
    """`scop` with its dependences.

    An array that no instance reads before the nest wrote it loses its `live_in`. Where exact analysis of an array
    takes too long or fails in isl, all pairs that touch the same element are kept in order instead: more constraints,
    never fewer. TooComplex if isl cannot compute these either.
    """
    ordered: list[Dependence] = []
    private: list[LiveRanges] = []
    arrays: list[Array] = []
    for array in scop.arrays:
        accesses = accesses_of(scop, array.name)
        live_in, found = _dependences(scop, array, accesses)
        array = replace(array, live_in=live_in)
        arrays.append(array)
        if array.is_private and not accesses.all_writes.is_empty():
            order = found.pop(DependenceKind.ANTI).union(found.pop(DependenceKind.OUTPUT))
            private.append(LiveRanges(array.name, found[DependenceKind.FLOW], order, accesses.all_writes))
        ordered += [Dependence(kind, array.name, pairs) for kind, pairs in found.items() if not pairs.is_empty()]
    refined = replace(scop, arrays=tuple(arrays))
    return Nest(refined, Dependences(tuple(ordered), tuple(private), find_reductions(refined, tuple(ordered))))


def _dependences(scop: Scop, array: Array, accesses: ArrayAccesses) -> tuple[bool, Relations]:
    """Whether `array` is live into the nest, and the dependences on it."""
    if accesses.all_writes.is_empty():
        return array.live_in, {}
    for compute in (_exact, _all_conflicts):
        found = _in_child(compute, scop, accesses)
        if found is not None:
            may_read_earlier, relations = found
            return may_read_earlier and (array.live_in or compute is _all_conflicts), relations
    raise TooComplex(f"the dependences on '{array.text}' are too complex for isl")


def _in_child(
    compute: Callable[[Scop, ArrayAccesses], tuple[bool, Relations]], scop: Scop, accesses: ArrayAccesses
) -> tuple[bool, Relations] | None:
    """The result of `compute`; None if isl fails or takes too long. Counted operations do not bound isl's flow."""

    def work() -> tuple[bool, Relations] | None:
        try:
            return compute(scop, accesses)
        except isl.Error:  # the flow analysis fails on some sets with divisions
            return None

    try:
        return result_from_child(work, ARRAY_CPU_S)
    except CpuLimitExceeded:
        return None


def _exact(scop: Scop, accesses: ArrayAccesses) -> tuple[bool, Relations]:
    flow = _flow(scop, accesses.reads, must=accesses.writes, may=accesses.may_writes)
    anti = _flow(scop, accesses.all_writes, may=accesses.reads, kill=accesses.writes)
    output = _flow(scop, accesses.all_writes, must=accesses.writes, may=accesses.may_writes)
    relations = ((DependenceKind.FLOW, flow), (DependenceKind.ANTI, anti), (DependenceKind.OUTPUT, output))
    return not flow.get_may_no_source().is_empty(), {
        kind: result.get_may_dependence().union(result.get_must_dependence()).coalesce() for kind, result in relations
    }


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


def _all_conflicts(scop: Scop, accesses: ArrayAccesses) -> tuple[bool, Relations]:
    time = scop.schedule.get_map()
    before = time.lex_lt_union_map(time)

    def conflicts(source: isl.UnionMap, sink: isl.UnionMap) -> isl.UnionMap:
        return source.apply_range(sink.reverse()).intersect(before)

    writes = accesses.all_writes
    return True, {
        DependenceKind.FLOW: conflicts(writes, accesses.reads),
        DependenceKind.ANTI: conflicts(accesses.reads, writes),
        DependenceKind.OUTPUT: conflicts(writes, writes),
    }
