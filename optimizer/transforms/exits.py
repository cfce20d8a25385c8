"""Makes what an array holds after a nest a value like any other: a last statement reads it and stores it elsewhere."""

from dataclasses import dataclass, replace
from itertools import count

import islpy as isl

from optimizer.dependences import last_writers, reanalyze
from optimizer.ir import expr as ir
from optimizer.ir.ctype import LONG
from optimizer.ir.dependence import Nest
from optimizer.ir.scop import Access, AccessKind, Array, Counter, Scop, Statement
from optimizer.transforms.base import Inapplicable
from optimizer.transforms.refinement import followed
from optimizer.transforms.storage import Web, common_depth, prefix, webs
from optimizer.transforms.tree import Leaf, Loop, Tree


@dataclass(frozen=True, slots=True)
class Exit:
    """`nest` with the array `array` private: its last values are read by the statement `statement`, which runs after
    all others, in the loops of `tree`, and stores them in the new array `target`.
    """

    nest: Nest
    array: str
    target: str
    statement: str
    tree: Tree


def can_exit(scop: Scop, array: Array) -> bool:
    """True if `array` holds values after the nest, none of them from before it, and the nest reads some as well."""
    accesses = [access for statement in scop.statements for access in statement.accesses]
    kinds = {access.kind for access in accesses if access.array == array.name}
    plain = array.live_out and not array.live_in and array.c_rank == array.rank
    return plain and kinds == {AccessKind.READ, AccessKind.WRITE}


def webs_at_exit(nest: Nest, array: str) -> tuple[Web, ...] | Inapplicable:
    """The webs of `array`, which can exit, but for what it holds after the nest."""
    return webs(_private(nest, array), array)


def with_exit(nest: Nest, array: str, most: int) -> Exit | Inapplicable:
    """`nest` with an exit for `array`; its statement has the first counters, up to `most`, that all writes and reads of
    a value have in common, those of the write that it reads from, and a counter for each subscript.
    """
    alone = _private(nest, array)
    found = webs(alone, array)
    if isinstance(found, Inapplicable):
        return found
    text = nest.scop.array(array).text
    depth = min(common_depth(nest.scop, web, most) for web in found)
    if depth == 0:
        return Inapplicable(f"a value of '{text}' lives from one iteration of its outermost loop to another")
    writers = last_writers(nest.scop, array)
    if writers is None:
        return Inapplicable(f"isl does not find which values '{text}' holds after the nest")
    return _appended(alone, array, writers, depth)


def without_exit(found: Exit, nest: Nest) -> Nest:
    """`nest`, in which no other statement uses the array of `found` any more, with the last values stored there."""
    scop = nest.scop

    def restored(statement: Statement) -> Statement:
        body = ir.with_refs(
            statement.body, lambda ref: replace(ref, array=found.array) if ref.array == found.target else ref
        )
        accesses = tuple(
            replace(a, array=found.array, relation=a.relation.set_tuple_name(isl.dim_type.out, found.array))
            if a.array == found.target
            else a
            for a in statement.accesses
        )
        return replace(statement, body=body, accesses=accesses)

    statements = tuple(restored(each) if each.name == found.statement else each for each in scop.statements)
    arrays = tuple(
        replace(each, live_out=True) if each.name == found.array else each
        for each in scop.arrays
        if each.name != found.target
    )
    changed = replace(scop, arrays=arrays, statements=statements)
    return reanalyze(nest, changed, frozenset({found.array}))


def _private(nest: Nest, array: str) -> Nest:
    scop = nest.scop
    arrays = tuple(replace(each, live_out=False) if each.name == array else each for each in scop.arrays)
    return reanalyze(nest, replace(scop, arrays=arrays), frozenset({array}))


def _appended(nest: Nest, name: str, writers: isl.UnionMap, depth: int) -> Exit:
    scop = nest.scop
    array = scop.array(name)
    target = replace(array, name=f"{name}_exit", live_in=False, live_out=True)
    statement = _statement(scop, array, target.name, writers, depth)
    tree = _loops(statement)
    order = followed(scop.schedule, tree, scop.context)
    changed = replace(
        scop, arrays=(*scop.arrays, target), statements=(*scop.statements, statement), schedule=order
    )
    return Exit(reanalyze(nest, changed, frozenset({name, target.name})), name, target.name, statement.name, tree)


def _statement(scop: Scop, array: Array, target: str, writers: isl.UnionMap, depth: int) -> Statement:
    """`target[e] = array[e]` for each last write [prefix, ...] of an element [e]; its instances are [prefix, e]."""
    pieces: list[isl.Map] = []
    writers.foreach_map(pieces.append)
    last = [scop.statement(piece.get_tuple_name(isl.dim_type.in_) or "") for piece in pieces]
    name = _fresh_name(scop)
    domain: isl.Set | None = None
    for writer, piece in zip(last, pieces, strict=True):
        element = piece.reset_tuple_id(isl.dim_type.out)
        part = prefix(writer, depth).flat_range_product(element).range()
        domain = part if domain is None else domain.union(part)
    assert domain is not None
    outer = last[0].counters[:depth]
    counters = (
        *(Counter(f"x{index}", each.type, each.source_name) for index, each in enumerate(outer)),
        *(Counter(f"e{index}", LONG, f"e{index}") for index in range(array.rank)),
    )
    for index, counter in enumerate(counters):
        domain = domain.set_dim_name(isl.dim_type.set, index, counter.name)
    domain = domain.coalesce().set_tuple_name(name)
    identity = isl.Map.identity(domain.get_space().map_from_set())
    relation = identity.project_out(isl.dim_type.out, 0, depth).intersect_domain(domain)
    subscripts = tuple(ir.Iterator(counter.name, counter.type) for counter in counters[depth:])
    body = ir.Assign(ir.Ref(target, subscripts, array.element), "=", ir.Ref(array.name, subscripts, array.element))
    accesses = tuple(
        Access(kind, place, relation.set_tuple_name(isl.dim_type.out, place))
        for kind, place in ((AccessKind.READ, array.name), (AccessKind.WRITE, target))
    )
    return Statement(name, counters, domain, (body,), accesses, last[0].span, f"{array.text}: last values")


def _fresh_name(scop: Scop) -> str:
    taken = {statement.name for statement in scop.statements}
    return next(name for number in count() if (name := f"S{number}") not in taken)


def _loops(statement: Statement) -> Tree:
    tree: Tree = Leaf(statement.name, statement.domain)
    space = isl.LocalSpace.from_space(statement.domain.get_space())
    for index in reversed(range(len(statement.counters))):
        value = isl.PwAff.from_aff(isl.Aff.var_on_domain(space, isl.dim_type.set, index))
        tree = Loop({statement.name: value}, tree)
    return tree
