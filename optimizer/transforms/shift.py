"""The command `shift`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import islpy as isl

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.address import all_loops, find
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.tree import Tree, replace_at, statements


@transformation
@dataclass(frozen=True, slots=True)
class Shift(TreeTransformation):
    """Delay one statement against the others in a loop.

    Rewrite:
        for i: S(i); T(i)   ->   for i: S(i); T(i - amount)
    """

    name: ClassVar[str] = "shift"
    statement: str
    depth: int
    amount: int  # iterations; negative: earlier

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the iterations of `statement` in its loop at `depth` increased."""
        if self.amount == 0:
            return Inapplicable("an amount of 0 changes nothing")
        place = find(order.tree, LoopRef(self.statement, self.depth))
        if isinstance(place, Inapplicable):
            return place
        values = dict(place.loop.values)
        value = values[self.statement]
        amount = isl.PwAff.val_on_domain(isl.Set.universe(value.get_domain_space()), isl.Val(self.amount))
        values[self.statement] = value.add(amount)
        shifted = replace(place.loop, values=values, coincident=False, permutable=False)
        return replace_at(order.tree, place.path, shifted)

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every statement of a shared loop but the first one, by one iteration."""
        for ref, place in all_loops(tree):
            for statement in statements(place.loop)[1:]:
                yield cls(statement, ref.depth, 1)
