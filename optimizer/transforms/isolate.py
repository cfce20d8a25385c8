"""The command `isolate`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.address import all_loops, find
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.fullness import find_strip, is_within
from optimizer.transforms.tree import Loop, Tree, replace_at


@transformation
@dataclass(frozen=True, slots=True)
class Isolate(TreeTransformation):
    """Generate code for full tiles apart from that for partial ones, so that its loops have constant bounds.

    Rewrite:
        for t: for i = t .. min(t+s-1, n-1): S(i)   ->
        for t while t+s <= n: for i = t .. t+s-1: S(i)    for the last t: for i = t .. n-1: S(i)

    `loop` is the outermost of the tile loops directly inside each other. The order of execution does not change.
    """

    name: ClassVar[str] = "isolate"
    loop: LoopRef

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the tile loops marked as isolated."""
        place = find(order.tree, self.loop)
        if isinstance(place, Inapplicable):
            return place
        tiles = _tile_loops(place.loop)
        if not tiles:
            return Inapplicable(f"{self.loop} is not a tile loop", f"tile({self.loop}, 32) makes it one")
        if all(loop.isolated for loop in tiles):
            return Inapplicable(f"the full tiles of {self.loop} are isolated already")
        body = tiles[-1].body
        for loop in reversed(tiles):
            body = replace(loop, body=body, isolated=True)
        return replace_at(order.tree, place.path, body)

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every outermost tile loop that is not isolated."""
        for ref, place in all_loops(tree):
            is_inner = bool(place.outer) and place.outer[-1].body is place.loop and find_strip(place.outer[-1])
            if not is_inner and not place.loop.isolated and find_strip(place.loop) is not None:
                yield cls(ref)


def _tile_loops(loop: Loop) -> list[Loop]:
    """`loop` and the tile loops directly inside each other in it, up to those that are point loops of others."""
    tiles: list[Loop] = []
    node: Tree = loop
    while isinstance(node, Loop) and find_strip(node) is not None:
        if any(is_within(outer, node) for outer in tiles):
            break
        tiles.append(node)
        node = node.body
    return tiles
