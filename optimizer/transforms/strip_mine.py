"""The command `strip_mine`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.address import all_loops, find
from optimizer.transforms.affine import first_iteration, step_between, strip_values
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.tree import Tree, replace_at

CANDIDATE_SIZE = 32


@transformation
@dataclass(frozen=True, slots=True)
class StripMine(TreeTransformation):
    """Split a loop into a loop over strips and a loop over the iterations of a strip.

    Rewrite:
        for i: S(i)   ->   for t = 0, size, 2*size ..: for i = t .. t+size-1: S(i)

    The strips begin at the loop's first iteration of all if that is one affine expression of parameters, else at
    multiples of `size`. A mark (parallel) stays on the outer of the two loops.
    """

    name: ClassVar[str] = "strip_mine"
    loop: LoopRef
    size: int  # iterations

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the loop split in two."""
        if self.size < 2:
            return Inapplicable(f"a strip of {self.size} iterations is none", "the size must be at least 2")
        place = find(order.tree, self.loop)
        if isinstance(place, Inapplicable):
            return place
        origin = first_iteration(place.loop, (), order.context)
        points = replace(place.loop, marks=(), permutable=False)
        size = self.size * step_between(place.loop, place.outer, order.context)
        values = strip_values(place.loop, size, (), origin)
        strips = replace(place.loop, values=values, body=points, permutable=False, isolated=False)
        return replace_at(order.tree, place.path, strips)

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every loop, with one size."""
        for ref, _ in all_loops(tree):
            yield cls(ref, CANDIDATE_SIZE)
