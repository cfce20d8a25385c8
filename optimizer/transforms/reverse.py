"""The command `reverse`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.address import all_loops, find
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.tree import Tree, replace_at


@transformation
@dataclass(frozen=True, slots=True)
class Reverse(TreeTransformation):
    """Run a loop backwards.

    Rewrite:
        for i = 0 .. n-1: S(i)   ->   for i' = -(n-1) .. 0: S(-i')
    """

    name: ClassVar[str] = "reverse"
    loop: LoopRef

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the iterations of the loop negated."""
        place = find(order.tree, self.loop)
        if isinstance(place, Inapplicable):
            return place
        values = {name: value.neg() for name, value in place.loop.values.items()}
        return replace_at(order.tree, place.path, replace(place.loop, values=values, permutable=False))

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every loop."""
        for ref, _ in all_loops(tree):
            yield cls(ref)
