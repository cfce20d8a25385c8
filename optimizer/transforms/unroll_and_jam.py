"""The command `unroll_and_jam`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.address import all_loops, find
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.jam import has_rolled_loops, jam
from optimizer.transforms.marks import UNROLL, is_replicated
from optimizer.transforms.tree import Tree, replace_at
from optimizer.transforms.unroll import CANDIDATE_FACTOR, refuse_unroll, replicated_strips


@transformation
@dataclass(frozen=True, slots=True)
class UnrollAndJam(TreeTransformation):
    """Run several iterations of a loop together inside the loops in it.

    Rewrite:
        for i: for j: S(i, j)   ->   for t = 0, factor ..: for j: S(t, j); S(t+1, j); .. S(t+factor-1, j)

    In an imperfect nest, every innermost loop and every statement beside loops gets the copies. Also called: register
    tiling.
    """

    name: ClassVar[str] = "unroll_and_jam"
    loop: LoopRef
    factor: int  # iterations

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the loop strip-mined and its point loop, to be unrolled, moved inside all loops in it."""
        place = find(order.tree, self.loop)
        if isinstance(place, Inapplicable):
            return place
        refusal = refuse_unroll(place, self.loop, self.factor)
        if refusal is not None:
            return refusal
        if not has_rolled_loops(place.loop.body):
            return Inapplicable(f"there is no loop inside {self.loop}", f"unroll({self.loop}, {self.factor})")
        strips, points = replicated_strips(place, self.factor, order.context, UNROLL)
        return replace_at(order.tree, place.path, replace(strips, body=jam(points, place.loop.body, place.outer)))

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every loop around others that is not unrolled, with one factor."""
        for ref, place in all_loops(tree):
            if has_rolled_loops(place.loop.body) and not is_replicated(place.loop):
                yield cls(ref, CANDIDATE_FACTOR)
