"""The command `skew`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import islpy as isl

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.address import all_loops, find_pair
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.chain import chain_from, nested
from optimizer.transforms.tree import Tree, replace_at


@transformation
@dataclass(frozen=True, slots=True)
class Skew(TreeTransformation):
    """Add a multiple of one loop to another.

    Rewrite:
        for i: for j: S(i, j)   ->   for i: for j' = j + factor*i: S(i, j' - factor*i)

    Either loop may be the outer one. If the source is inside, statements outside it are first sunk into it. With
    interchange and reverse this gives every unimodular combination. Also called: wavefront shear.
    """

    name: ClassVar[str] = "skew"
    target: LoopRef
    source: LoopRef
    factor: int  # iterations of target per iteration of source

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the iterations of `target` increased."""
        if self.factor == 0:
            return Inapplicable("a factor of 0 changes nothing")
        pair = find_pair(order.tree, self.target, self.source)
        if isinstance(pair, Inapplicable):
            return pair
        length = len(pair.inner.outer) - len(pair.outer.outer) + 1
        chain = chain_from(pair.outer, pair.statement, length, order.context)
        if isinstance(chain, Inapplicable):
            return chain
        loops = [replace(loop, coincident=False, permutable=False) for loop in chain.loops]
        target, source = (0, -1) if pair.swapped else (-1, 0)
        factor = isl.Val(self.factor)
        loops[target] = replace(
            loops[target],
            values={
                name: value.add(loops[source].values[name].scale_val(factor))
                for name, value in loops[target].values.items()
            },
        )
        return replace_at(order.tree, pair.outer.path, nested(loops, chain.body))

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every loop by one that is around it, with factors 1, 2 and -1."""
        for ref, place in all_loops(tree):
            for depth in range(len(place.outer)):
                for factor in (1, 2, -1):
                    yield cls(ref, LoopRef(ref.statement, depth), factor)
