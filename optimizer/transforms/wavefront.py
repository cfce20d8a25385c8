"""The command `wavefront`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import islpy as isl

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.address import all_loops, find
from optimizer.transforms.affine import first_iteration, step_between
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.chain import chain_from, nested
from optimizer.transforms.tree import Loop, Tree, replace_at


@transformation
@dataclass(frozen=True, slots=True)
class Wavefront(TreeTransformation):
    """Run loops along the diagonals of their iteration space, one diagonal after the other.

    Rewrite:
        for i: for j: S(i, j)   ->   for w: for j: S(w - j, j)
        for ti = 0, s1, 2*s1 ..: for tj = 0, s2, 2*s2 ..: S(ti, tj)   ->
        for w: for tj = 0, s2, 2*s2 ..: S(s1*(w - tj/s2), tj)

    `loop` and the next ones around its statement, `loops` in all, take part. The new loop w, at the place of the
    outermost, counts the steps of all of them: an iteration of a tile loop is one step, whatever the tile's size. The
    outermost loop itself is gone, w and the other ones determine it. Where the loops may be exchanged, the ones inside
    w carry no dependence, so that they can be parallel. Also called: skewed tile schedule, pipelined parallelism.
    """

    name: ClassVar[str] = "wavefront"
    loop: LoopRef
    loops: int

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the outermost of the loops replaced by the one over the diagonals."""
        if self.loops < 2:
            return Inapplicable("a wavefront needs at least 2 loops")
        place = find(order.tree, self.loop)
        if isinstance(place, Inapplicable):
            return place
        chain = chain_from(place, self.loop.statement, self.loops, order.context)
        if isinstance(chain, Inapplicable):
            return chain
        steps = [
            _steps(loop, (*place.outer, *chain.loops[:index]), order.context)
            for index, loop in enumerate(chain.loops)
        ]
        waves = dict(steps[0])
        for part in steps[1:]:
            waves = {name: value.add(part[name]).coalesce() for name, value in waves.items()}
        inner = [replace(loop, coincident=False, permutable=False, isolated=False) for loop in chain.loops[1:]]
        return replace_at(order.tree, place.path, nested([Loop(waves, chain.body), *inner], chain.body))

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every two loops directly inside each other."""
        for ref, place in all_loops(tree):
            if isinstance(place.loop.body, Loop):
                yield cls(ref, 2)


def _steps(loop: Loop, outer: Sequence[Loop], context: isl.Set) -> dict[str, isl.PwAff]:
    """The iterations of `loop` counted in its own steps: two neighbouring ones differ by 1."""
    step = step_between(loop, outer, context)
    if step == 1:
        return dict(loop.values)
    origin = first_iteration(loop, (), context)
    offset = origin.get_constant_val().to_python() % step if origin is not None and origin.is_cst() else 0
    factor = isl.Val(step)
    result: dict[str, isl.PwAff] = {}
    for name, value in loop.values.items():
        start = isl.PwAff.val_on_domain(isl.Set.universe(value.get_domain_space()), isl.Val(offset))
        result[name] = value.sub(start).scale_down_val(factor).floor()
    return result
