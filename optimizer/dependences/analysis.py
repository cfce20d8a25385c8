"""Value-based dependences of a Scop by isl's flow analysis (Feautrier 1991), with kills and live ranges."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import islpy as isl

from optimizer.dependences.accesses import ArrayAccesses, accesses_of, flow_between, pairs_of
from optimizer.dependences.reductions import find_reductions
from optimizer.dependences.updates import commuting_updates, relaxed
from optimizer.ir.child import CpuLimitExceeded, result_from_child
from optimizer.ir.dependence import Dependence, DependenceKind, Dependences, LiveRanges, Nest
from optimizer.ir.scop import Array, Scop, Storage

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
    return _assembled(scop, {array.name: _found_on(scop, array) for array in scop.arrays})


def reanalyze(nest: Nest, scop: Scop, changed: frozenset[str]) -> Nest:
    """`scop`, which differs from that of `nest` only in statements that touch the arrays `changed`, with its
    dependences: those on the other arrays are the ones of `nest`.
    """
    kept = {array.name: _known(nest, array) for array in scop.arrays if array.name not in changed}
    fresh = {array.name: _found_on(scop, array) for array in scop.arrays if array.name in changed}
    return _assembled(scop, {**kept, **fresh})


def renamed(nest: Nest, scop: Scop, pieces: isl.UnionMap) -> Nest:
    """`scop`, whose instances are those of `nest` under the names that the bijection `pieces` gives them, with the
    dependences of `nest`.
    """

    def moved(relation: isl.UnionMap) -> isl.UnionMap:
        return relation.apply_domain(pieces).apply_range(pieces).coalesce()

    found = nest.dependences
    ordered = tuple(replace(d, relation=moved(d.relation)) for d in found.ordered)
    private = tuple(
        replace(r, flow=moved(r.flow), order=moved(r.order), writes=r.writes.apply_domain(pieces))
        for r in found.private
    )
    return Nest(scop, Dependences(ordered, private, find_reductions(scop, ordered)))


@dataclass(frozen=True, slots=True)
class _OnArray:
    """What was found for one array."""

    array: Array
    ordered: tuple[Dependence, ...] = ()
    private: tuple[LiveRanges, ...] = ()


def _assembled(scop: Scop, found: Mapping[str, _OnArray]) -> Nest:
    parts = [found[array.name] for array in scop.arrays]
    ordered = tuple(dependence for part in parts for dependence in part.ordered)
    private = tuple(ranges for part in parts for ranges in part.private)
    refined = replace(scop, arrays=tuple(part.array for part in parts))
    return Nest(refined, Dependences(ordered, private, find_reductions(refined, ordered)))


def _known(nest: Nest, array: Array) -> _OnArray:
    ordered = tuple(d for d in nest.dependences.ordered if d.array == array.name)
    return _OnArray(array, ordered, tuple(r for r in nest.dependences.private if r.array == array.name))


def _found_on(scop: Scop, array: Array) -> _OnArray:
    accesses = accesses_of(scop, array.name)
    live_in, found = _dependences(scop, array, accesses)
    array = replace(array, live_in=live_in)
    is_private = array.is_private and array.storage is not Storage.HEAP and not accesses.all_writes.is_empty()
    updates = commuting_updates(scop, array) if found and not (is_private and array.element.is_integer) else ()
    free = relaxed(scop, array, updates) if updates else None
    writes = accesses.all_writes
    commuting: tuple[Dependence, ...] = ()
    if free is not None:
        found, writes = dict(free.ordered), free.writes
        if not free.commuting.is_empty():
            commuting = (Dependence(DependenceKind.OUTPUT, array.name, free.commuting, commutes=True),)
    private: tuple[LiveRanges, ...] = ()
    if is_private:
        order = found.pop(DependenceKind.ANTI).union(found.pop(DependenceKind.OUTPUT))
        private = (LiveRanges(array.name, found[DependenceKind.FLOW], order, writes),)
    ordered = tuple(Dependence(kind, array.name, pairs) for kind, pairs in found.items() if not pairs.is_empty())
    return _OnArray(array, (*ordered, *commuting), private)


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
    flow = flow_between(scop, accesses.reads, must=accesses.writes, may=accesses.may_writes)
    anti = flow_between(scop, accesses.all_writes, may=accesses.reads, kill=accesses.writes)
    output = flow_between(scop, accesses.all_writes, must=accesses.writes, may=accesses.may_writes)
    relations = ((DependenceKind.FLOW, flow), (DependenceKind.ANTI, anti), (DependenceKind.OUTPUT, output))
    return not flow.get_may_no_source().is_empty(), {
        kind: pairs_of(result) for kind, result in relations
    }


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
