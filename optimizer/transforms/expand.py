"""The command `expand`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import islpy as isl

from optimizer.ir import expr as ir
from optimizer.ir.ctype import INT
from optimizer.ir.dependence import Nest
from optimizer.ir.scop import Array, Scop, Statement, Storage
from optimizer.transforms.base import Inapplicable, transformation
from optimizer.transforms.names import ArrayName
from optimizer.transforms.refinement import Refined, Refinement
from optimizer.transforms.storage import Cell, Move, Web, common_depth, moved, prefix, webs


@transformation
@dataclass(frozen=True, slots=True)
class Expand(Refinement):
    """Give each value of a private array or scalar a cell of its own, so that it orders loops no longer.

    Rewrite:
        for i: t = S(i); T(i, t)   ->   for i: t_x[i] = S(i); T(i, t_x[i])

    The new array has the first `counters` counters of the statements that use the value as its first subscripts, less
    where a value outlives an iteration of these loops. Values that never meet in a statement get arrays of their own.
    Also called: scalar expansion, array expansion.
    """

    name: ClassVar[str] = "expand"
    array: ArrayName
    counters: int

    def refine(self, nest: Nest) -> Refined | Inapplicable:
        """The nest with the new arrays."""
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
            if depth > 0:
                name = _fresh(f"{old.name}_x", taken)
                taken.add(name)
                move = _expansion(nest.scop, web, name, depth)
                if isinstance(move, Inapplicable):
                    return move
                moves.append(move)
        if not moves:
            return Inapplicable(f"a value of '{old.text}' lives from one iteration of its outermost loop to another")
        result = moved(nest, tuple(moves))
        return result if isinstance(result, Inapplicable) else Refined(result)

    @classmethod
    def candidates(cls, nest: Nest) -> Iterator[Self]:
        """Every private array, by as many counters as its values allow."""
        for ranges in nest.dependences.private:
            found = webs(nest, ranges.array)
            depth = 0 if isinstance(found, Inapplicable) else max(common_depth(nest.scop, web, 8) for web in found)
            if depth:
                yield cls(ArrayName(ranges.array), depth)


def _fresh(base: str, taken: set[str]) -> str:
    name, number = base, 2
    while name in taken:
        name, number = f"{base}{number}", number + 1
    return name


def _expansion(scop: Scop, web: Web, name: str, depth: int) -> Move | Inapplicable:
    old = scop.array(web.array)
    users = [scop.statement(user) for user in web.statements]
    shifts: list[int] = []
    for index in range(depth):
        lows = [_lowest(scop, user, index) for user in users]
        known = [low for low in lows if low is not None]
        if len(known) < len(lows):
            return Inapplicable(f"loop {index} around '{old.text}' has no first iteration for all parameters")
        shifts.append(max(0, -min(known)))
    rank = depth + old.rank
    target = Array(name, name, old.element, (None,) * rank, Storage.HEAP, rank, False, False, False)
    return Move(web, target, {user.name: _cell(user, shifts) for user in users})


def _lowest(scop: Scop, statement: Statement, index: int) -> int | None:
    values = statement.domain.intersect_params(scop.context)
    if values.is_empty():
        return 0
    low = values.dim_min_val(index)
    return int(low.to_python()) if low.is_int() else None


def _cell(statement: Statement, shifts: list[int]) -> Cell:
    relation = prefix(statement, len(shifts))
    subscripts: list[ir.Expr] = []
    for index, (counter, shift) in enumerate(zip(statement.counters, shifts, strict=False)):
        here: ir.Expr = ir.Iterator(counter.name, counter.type)
        subscripts.append(ir.Binary("+", here, ir.Literal(str(shift), INT)) if shift else here)
        if shift:
            relation = _shifted(relation, index, shift)
    return Cell(tuple(subscripts), relation)


def _shifted(relation: isl.Map, index: int, shift: int) -> isl.Map:
    values = isl.MultiPwAff.from_pw_multi_aff(isl.PwMultiAff.from_map(relation))
    value = values.get_at(index).add_constant_val(isl.Val(shift))
    return isl.Map.from_multi_pw_aff(values.set_at(index, value))
