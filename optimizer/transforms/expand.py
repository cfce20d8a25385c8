"""The command `expand`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import ClassVar, Self

import islpy as isl

from optimizer.ir import expr as ir
from optimizer.ir.ctype import INT
from optimizer.ir.dependence import Nest
from optimizer.ir.scop import Array, Scop, Statement, Storage
from optimizer.transforms.base import Inapplicable, transformation
from optimizer.transforms.exits import can_exit, webs_at_exit, with_exit, without_exit
from optimizer.transforms.names import ArrayName
from optimizer.transforms.refinement import Refined, Refinement
from optimizer.transforms.storage import Cell, Move, Web, common_depth, moved, place, prefix, webs

MOST_COUNTERS = 8
MOST_STACK_BYTES = 256 * 1024  # of an array whose cells iterations share


@transformation
@dataclass(frozen=True, slots=True)
class Expand(Refinement):
    """Give each value that an array or scalar takes in the nest a cell of its own, so that it orders loops no longer.

    Rewrite:
        for i: t = S(i); T(i, t)   ->   for i: t_x[i] = S(i); T(i, t_x[i])

    The new array has the first `counters` counters of the statements that use the value as its first subscripts, less
    where a value outlives an iteration of these loops. Values that never meet in a statement get arrays of their own.
    The first `shared` counters are left out of the subscripts: iterations of these loops use the same cells, which
    live on the stack of a thread. What the array holds after the nest is copied back by a new statement at the end.
    Also called: scalar expansion, array expansion.
    """

    name: ClassVar[str] = "expand"
    array: ArrayName
    counters: int
    shared: int = field(default=0, kw_only=True)

    def refine(self, nest: Nest) -> Refined | Inapplicable:
        """The nest with the new arrays."""
        array = next((each for each in nest.scop.arrays if each.name == self.array), None)
        if array is None or not can_exit(nest.scop, array):
            made = self._expanded(nest)
            return made if isinstance(made, Inapplicable) else Refined(made)
        leaving = with_exit(nest, self.array, self.counters)
        if isinstance(leaving, Inapplicable):
            return leaving
        made = self._expanded(leaving.nest, everything=True)
        if isinstance(made, Inapplicable):
            return made
        return Refined(without_exit(leaving, made), after=leaving.tree)

    def _expanded(self, nest: Nest, *, everything: bool = False) -> Nest | Inapplicable:
        """`nest` with arrays for values that do not outlive an iteration; `everything`: all or none."""
        found = webs(nest, self.array)
        if isinstance(found, Inapplicable):
            return found
        old = nest.scop.array(self.array)
        if old.c_rank != old.rank:
            return Inapplicable(f"the subscripts of '{old.text}' are linear")
        moves: list[Move] = []
        taken = {array.name for array in nest.scop.arrays}
        for web in found:
            depth = common_depth(nest.scop, web, self.counters)
            if depth > self.shared:
                name = _fresh(f"{old.name}_x", taken)
                taken.add(name)
                move = _expansion(nest.scop, web, name, range(self.shared, depth))
                if isinstance(move, Inapplicable):
                    return move
                moves.append(move)
        if not moves or (everything and len(moves) < len(found)):
            return Inapplicable(f"a value of '{old.text}' lives from one iteration of its outermost loop to another")
        return moved(nest, tuple(moves))

    @classmethod
    def candidates(cls, nest: Nest) -> Iterator[Self]:
        """Every array that may be expanded, by the counters that tell its values apart, and no more than live in an
        iteration of their loops.
        """
        for array in nest.scop.arrays:
            if array.is_private:
                found = webs(nest, array.name)
            elif can_exit(nest.scop, array):
                found = webs_at_exit(nest, array.name)
            else:
                continue
            if isinstance(found, Inapplicable):
                continue
            depth = max(_useful_depth(nest.scop, web) for web in found)
            if depth:
                yield cls(ArrayName(array.name), depth)


def _fresh(base: str, taken: set[str]) -> str:
    name, number = base, 2
    while name in taken:
        name, number = f"{base}{number}", number + 1
    return name


def _expansion(scop: Scop, web: Web, name: str, counters: range) -> Move | Inapplicable:
    """The move of `web` to the new array `name`, which has a dimension for each of `counters` and those of the old."""
    old = scop.array(web.array)
    users = [scop.statement(user) for user in web.statements]
    shifts: dict[int, int] = {}
    for index in counters:
        lows = [_lowest(scop, user, index) for user in users]
        known = [low for low in lows if low is not None]
        if len(known) < len(lows):
            return Inapplicable(f"loop {index} around '{old.text}' has no first iteration for all parameters")
        shifts[index] = max(0, -min(known))
    rank = len(counters) + old.rank
    target = Array(name, name, old.element, (None,) * rank, Storage.HEAP, rank, False, False, False)
    cells = {user.name: _cell(user, shifts) for user in users}
    if counters.start > 0:
        extents = _extents(scop, web, cells)
        if extents is None or prod(extents) * old.element.size > MOST_STACK_BYTES:
            return Inapplicable(f"the cells that iterations would share for '{old.text}' are too many for a stack")
        target = replace(target, extents=tuple(map(str, extents)), storage=Storage.LOCAL)
    return Move(web, target, cells)


def _extents(scop: Scop, web: Web, cells: Mapping[str, Cell]) -> list[int] | None:
    """The least extents of an array in which all of `cells` lie; None if they depend on parameters."""
    places: isl.Set | None = None
    for name, cell in cells.items():
        statement = scop.statement(name)
        for access in statement.accesses:
            if access.array == web.array:
                part = place(cell, access).intersect_domain(statement.domain).range().intersect_params(scop.context)
                places = part if places is None else places.union(part)
    assert places is not None
    if places.is_empty():
        return None
    most = [places.dim_max_val(dimension) for dimension in range(places.dim(isl.dim_type.set))]
    return [int(value.to_python()) + 1 for value in most] if all(value.is_int() for value in most) else None


def _lowest(scop: Scop, statement: Statement, index: int) -> int | None:
    values = statement.domain.intersect_params(scop.context)
    if values.is_empty():
        return 0
    low = values.dim_min_val(index)
    return int(low.to_python()) if low.is_int() else None


def _cell(statement: Statement, shifts: Mapping[int, int]) -> Cell:
    """The cell whose subscripts are the counters with the indices of `shifts`, which follow each other, plus these."""
    first = min(shifts)
    relation = prefix(statement, first + len(shifts)).project_out(isl.dim_type.out, 0, first)
    subscripts: list[ir.Expr] = []
    for index, shift in shifts.items():
        counter = statement.counters[index]
        here: ir.Expr = ir.Iterator(counter.name, counter.type)
        subscripts.append(ir.Binary("+", here, ir.Literal(str(shift), INT)) if shift else here)
        if shift:
            relation = _shifted(relation, index - first, shift)
    return Cell(tuple(subscripts), relation)


def _shifted(relation: isl.Map, index: int, shift: int) -> isl.Map:
    values = isl.MultiPwAff.from_pw_multi_aff(isl.PwMultiAff.from_map(relation))
    value = values.get_at(index).add_constant_val(isl.Val(shift))
    return isl.Map.from_multi_pw_aff(values.set_at(index, value))


def _useful_depth(scop: Scop, web: Web) -> int:
    """The number of counters that the values of `web` have in common, without the last ones that an element and the
    counters before tell.
    """
    depth = common_depth(scop, web, MOST_COUNTERS)
    while depth and _is_told(scop, web, depth):
        depth -= 1
    return depth


def _is_told(scop: Scop, web: Web, depth: int) -> bool:
    """True if the element of each access and the counters before it determine counter `depth` - 1."""
    places: isl.Set | None = None
    for name in web.statements:
        statement = scop.statement(name)
        for access in statement.accesses:
            if access.array == web.array:
                element = access.relation.intersect_domain(statement.domain).reset_tuple_id(isl.dim_type.out)
                part = prefix(statement, depth).flat_range_product(element).range()
                places = part if places is None else places.union(part)
    if places is None:
        return True
    same = places.intersect_params(scop.context).identity()
    return bool(same.project_out(isl.dim_type.out, depth - 1, 1).is_injective())
