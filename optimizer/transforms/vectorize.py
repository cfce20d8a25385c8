"""The command `vectorize`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.address import all_loops, find
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.jam import has_rolled_loops, jam
from optimizer.transforms.marks import VECTOR, is_replicated
from optimizer.transforms.tree import Tree, replace_at
from optimizer.transforms.unroll import (
    MAXIMAL_FACTOR,
    refuse_replicated,
    replicated_strips,
    tiles_of,
    with_replicated_points,
)

CANDIDATE_WIDTH = 8
WIDTHS = (2, 4, 8, 16, 32, 64)


@transformation
@dataclass(frozen=True, slots=True)
class Vectorize(TreeTransformation):
    """Run `width` iterations of a loop at once, in the lanes of vectors.

    Rewrite:
        for i: for k: S(i, k)   ->   for t = 0, width ..: for k: S(t .. t+width-1, k)    and the rest, less than a strip

    The point loop of a tile of a few vectors runs in vectors as a whole. The loop must carry no dependence, but for
    sums that may be computed in any order: each lane then has a sum of its own. The lanes move inside all loops in it,
    as with `unroll_and_jam`. Also called: SIMD, outer-loop vectorization.
    """

    name: ClassVar[str] = "vectorize"
    loop: LoopRef
    width: int  # lanes

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the loop strip-mined, the full strips kept apart, and the lanes innermost."""
        place = find(order.tree, self.loop)
        if isinstance(place, Inapplicable):
            return place
        if self.width not in WIDTHS:
            return Inapplicable(f"there are no vectors of {self.width} lanes", f"{', '.join(map(str, WIDTHS))} exist")
        refusal = refuse_replicated(place, self.loop)
        if refusal is not None:
            return refusal
        mark = f"{VECTOR}{self.width}"
        tiles, size = tiles_of(order.tree, self.loop)
        if tiles is not None and size <= MAXIMAL_FACTOR and size % self.width == 0:
            return with_replicated_points(order.tree, place, tiles, mark)
        strips, lanes = replicated_strips(place, self.width, order.context, mark)
        body = place.loop.body
        if has_rolled_loops(body):
            return replace_at(order.tree, place.path, replace(strips, body=jam(lanes, body, place.outer)))
        return replace_at(order.tree, place.path, replace(strips, body=replace(lanes, body=body)))

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every loop that is not replicated, with one width."""
        for ref, place in all_loops(tree):
            if not is_replicated(place.loop):
                yield cls(ref, CANDIDATE_WIDTH)
