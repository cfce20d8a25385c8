"""The command `parallel`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.address import all_loops, find
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.marks import PARALLEL, marked
from optimizer.transforms.tree import Tree, replace_at


@transformation
@dataclass(frozen=True, slots=True)
class Parallel(TreeTransformation):
    """Run the iterations of a loop on several threads.

    Rewrite:
        for i: S(i)   ->   parallel for i: S(i)

    The loop must carry no dependence, but for updates of one element, or of the elements of an array of one dimension,
    that may be done in any order: each thread then updates a copy.
    """

    name: ClassVar[str] = "parallel"
    loop: LoopRef

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the loop marked."""
        place = find(order.tree, self.loop)
        if isinstance(place, Inapplicable):
            return place
        if PARALLEL in place.loop.marks:
            return Inapplicable(f"{self.loop} is parallel already")
        return replace_at(order.tree, place.path, marked(place.loop, PARALLEL))

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every loop that is neither parallel nor inside a parallel one."""
        for ref, place in all_loops(tree):
            if not any(PARALLEL in loop.marks for loop in (*place.outer, place.loop)):
                yield cls(ref)
