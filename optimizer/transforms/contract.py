"""The command `contract`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import islpy as isl

from optimizer.dependences import reanalyze
from optimizer.ir import expr as ir
from optimizer.ir.dependence import Nest
from optimizer.ir.scop import AccessKind, Scop, Statement
from optimizer.transforms.base import Inapplicable, transformation
from optimizer.transforms.names import ArrayName
from optimizer.transforms.refinement import Pieces, Refined, Refinement, with_order
from optimizer.transforms.storage import Cell, Move, Web, common_depth, moved, prefix, webs


@transformation
@dataclass(frozen=True, slots=True)
class Contract(Refinement):
    """Keep the values of a private scalar in the elements of another array that they end up in.

    Rewrite:
        for i: t = A[i]; for k: t -= S(k);  A[i] = t / 2   ->   for i: for k: A[i] -= S(k);  A[i] = A[i] / 2

    What would copy an element to itself is left out.
    """

    name: ClassVar[str] = "contract"
    scalar: ArrayName
    array: ArrayName

    def refine(self, nest: Nest) -> Refined | Inapplicable:
        """The nest without the scalar's values that end up in the array."""
        found = webs(nest, self.scalar)
        if isinstance(found, Inapplicable):
            return found
        names = {array.name for array in nest.scop.arrays}
        if self.array not in names:
            return Inapplicable(f"there is no array '{self.array}'")
        old, target = nest.scop.array(self.scalar), nest.scop.array(self.array)
        if old.rank or old.element != target.element:
            return Inapplicable(f"'{old.text}' is no scalar of the type of '{target.text}'")
        moves = [move for web in found if (move := _contraction(nest.scop, web, self.array)) is not None]
        if not moves:
            return Inapplicable(f"no value of '{old.text}' ends up in an element of '{target.text}' that it may use")
        stored = moved(nest, tuple(moves))
        if isinstance(stored, Inapplicable):
            return stored
        return _without_copies(stored, {name for move in moves for name in move.web.statements}, self.array)

    @classmethod
    def candidates(cls, nest: Nest) -> Iterator[Self]:
        """Every private scalar with every array that takes up a value of it."""
        for ranges in nest.dependences.private:
            found = webs(nest, ranges.array)
            if isinstance(found, Inapplicable) or nest.scop.array(ranges.array).rank:
                continue
            finals = [final for web in found for final in _finals(nest.scop, web)]
            for target in dict.fromkeys(_target(final).array for final in finals):
                if target != ranges.array:
                    yield cls(ArrayName(ranges.array), ArrayName(target))


def _finals(scop: Scop, web: Web) -> Iterator[Statement]:
    """The statements that read a value of `web` and assign to another array."""
    for name in web.statements:
        statement = scop.statement(name)
        match statement.body:
            case (ir.Assign(target=target),) if target.array != web.array:
                yield statement
            case _:
                pass


def _target(statement: Statement) -> ir.Ref:
    assign = statement.body[0]
    assert isinstance(assign, ir.Assign)
    return assign.target


def _contraction(scop: Scop, web: Web, array: str) -> Move | None:
    """The move of `web` to the elements of `array` that its last statement assigns; None if there is none that fits."""
    for final in _finals(scop, web):
        if _target(final).array != array:
            continue
        write = next(access for access in final.accesses if access.kind is AccessKind.WRITE)
        depth = common_depth(scop, web, len(final.counters))
        cells = {name: _cell(scop.statement(name), final, write.relation, depth) for name in web.statements}
        fitting = {name: cell for name, cell in cells.items() if cell is not None}
        if len(fitting) == len(cells) and _are_overwritten(scop, web, fitting, array):
            return Move(web, scop.array(array), fitting)
    return None


def _cell(statement: Statement, final: Statement, write: isl.Map, depth: int) -> Cell | None:
    """The element that `final` writes, as seen from `statement`, which has the same first `depth` counters."""
    inner = {counter.name for counter in final.counters[depth:]}
    subscripts = _target(final).subscripts
    if any(isinstance(part, ir.Iterator) and part.name in inner for each in subscripts for part in ir.walk(each)):
        return None
    here: dict[str, ir.Expr] = {}
    for outer, counter in zip(final.counters[:depth], statement.counters, strict=False):
        if outer.type != counter.type:
            return None
        here[outer.name] = ir.Iterator(counter.name, counter.type)
    function = write.gist_domain(final.domain)
    relation = prefix(statement, depth).apply_range(prefix(final, depth).reverse()).apply_range(function)
    relation = relation.intersect_domain(statement.domain)
    if not relation.is_single_valued() or not statement.domain.is_subset(relation.domain()):
        return None
    return Cell(tuple(ir.with_iterators(each, here) for each in subscripts), relation.reset_tuple_id(isl.dim_type.out))


def _are_overwritten(scop: Scop, web: Web, cells: dict[str, Cell], array: str) -> bool:
    """True if the nest writes `array` itself after each write of a value of `web` to the cell."""
    nothing = isl.UnionMap.empty(scop.context.get_space())
    values, own = nothing, nothing
    for statement in scop.statements:
        executed = statement.domain.intersect_params(scop.context)
        for access in statement.accesses:
            if access.array == web.array and access.kind is not AccessKind.READ and statement.name in cells:
                place = cells[statement.name].relation.set_tuple_name(isl.dim_type.out, array)
                values = values.union(isl.UnionMap.from_map(place.intersect_domain(executed)))
            elif access.array == array and access.kind is AccessKind.WRITE:
                own = own.union(isl.UnionMap.from_map(access.relation.intersect_domain(executed)))
    time = scop.schedule.get_map()
    later = time.intersect_domain(values.domain()).lex_lt_union_map(time.intersect_domain(own.domain()))
    return bool(values.domain().is_subset(values.apply_range(own.reverse()).intersect(later).domain()))


def _without_copies(nest: Nest, changed: set[str], array: str) -> Refined:
    """`nest` without those of the statements `changed` that only copy an element of `array` to itself."""
    scop = nest.scop
    gone: Pieces = {name: () for name in sorted(changed) if _copies_itself(scop.statement(name))}
    if not gone:
        return Refined(nest)
    kept = tuple(statement for statement in scop.statements if statement.name not in gone)
    smaller = with_order(replace(scop, statements=kept), gone)
    return Refined(reanalyze(nest, smaller, frozenset({array})), gone)


def _copies_itself(statement: Statement) -> bool:
    match statement.body:
        case (ir.Assign(target=target, op="=", value=value),):
            return target == value
        case _:
            return False
