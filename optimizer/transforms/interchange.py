"""The command `interchange`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.address import all_loops, find_pair
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.chain import chain_from, nested
from optimizer.transforms.tree import Tree, replace_at


@transformation
@dataclass(frozen=True, slots=True)
class Interchange(TreeTransformation):
    """Exchange two loops, one of which stands inside the other.

    Rewrite:
        for i: for j: S(i, j)   ->   for j: for i: S(i, j)

    Loops between them stay where they are. Statements that are not inside both loops are first sunk into the inner one.
    Also called: loop permutation.
    """

    name: ClassVar[str] = "interchange"
    first: LoopRef
    second: LoopRef

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the two loops exchanged; their marks stay with them, the scheduler's findings are dropped."""
        pair = find_pair(order.tree, self.first, self.second)
        if isinstance(pair, Inapplicable):
            return pair
        length = len(pair.inner.outer) - len(pair.outer.outer) + 1
        chain = chain_from(pair.outer, pair.statement, length, order.context)
        if isinstance(chain, Inapplicable):
            return chain
        loops = [replace(loop, permutable=False) for loop in chain.loops]
        loops[0], loops[-1] = loops[-1], loops[0]
        return replace_at(order.tree, pair.outer.path, nested(loops, chain.body))

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every pair of loops that stand inside each other."""
        for ref, place in all_loops(tree):
            for depth in range(len(place.outer)):
                yield cls(LoopRef(ref.statement, depth), ref)
