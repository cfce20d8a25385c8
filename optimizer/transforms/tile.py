"""The command `tile`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self, assert_never

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.address import all_loops, find, leaf_path
from optimizer.transforms.affine import common_origins, first_iteration, step_between, strip_values
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.chain import chain_from, nested
from optimizer.transforms.tree import Leaf, Loop, Sequence, Tree, replace_at, sequence

CANDIDATE_SIZE = 32


@transformation
@dataclass(frozen=True, slots=True)
class Tile(TreeTransformation):
    """Run a loop and the ones inside it in blocks.

    Rewrite:
        for i: for j: S(i, j)   ->
        for ti = 0, s1, 2*s1 ..: for tj = 0, s2, 2*s2 ..: for i = ti .. ti+s1-1: for j = tj .. tj+s2-1: S(i, j)

    `loop` and the next ones around its statement are tiled, one for each size. Statements that are not inside all of
    them run in the tile of the first or last iteration of the loop that they stand beside; inside the tiles nothing
    moves. A size of 1 leaves its loop among the tile loops, without a point loop.
    Tiles begin at the loop's first iteration of all if that is one affine expression of parameters (loops that begin at
    different constants share the smallest one), else at multiples of the size. Tile and point loops can be tiled
    again. Marks stay on the tile loops. Also called: blocking.
    """

    name: ClassVar[str] = "tile"
    loop: LoopRef
    sizes: tuple[int, ...]  # iterations

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the chain of loops split into tile and point loops."""
        if not self.sizes or min(self.sizes) < 1 or max(self.sizes) == 1:
            return Inapplicable("a tile needs positive sizes, at least one of them above 1")
        place = find(order.tree, self.loop)
        if isinstance(place, Inapplicable):
            return place
        context = order.context
        chain = chain_from(place, self.loop.statement, len(self.sizes), context)
        if isinstance(chain, Inapplicable):
            return chain
        permutable = all(loop.permutable for loop in chain.loops[:-1])
        loops = [replace(loop, body=chain.body, permutable=permutable, isolated=False) for loop in chain.loops]
        origins = common_origins([first_iteration(loop, (), context) for loop in loops])
        tiles: list[Loop] = []
        for index, (loop, size, origin) in enumerate(zip(loops, self.sizes, origins, strict=True)):
            if size == 1:
                tiles.append(loop)
            else:
                size *= step_between(loop, (*place.outer, *loops[:index]), context)
                tiles.append(replace(loop, values=strip_values(loop, size, (), origin)))
        tiles[-1] = replace(tiles[-1], permutable=False)
        return replace_at(order.tree, place.path, nested(tiles, _points(place.loop, self.loop.statement, self.sizes)))

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every chain of two and of three loops, with one size."""
        for ref, place in all_loops(tree):
            for length in (2, 3):
                outermost = len(place.outer) + 1 - length
                if outermost >= 0:
                    yield cls(LoopRef(ref.statement, outermost), (CANDIDATE_SIZE,) * length)


def _points(tree: Tree, statement: str, sizes: tuple[int, ...]) -> Tree:
    """What runs in one tile: `tree` with the next loops around `statement` as point loops, those of size 1 left out."""
    if not sizes:
        return tree
    match tree:
        case Loop(body=body):
            inner = _points(body, statement, sizes[1:])
            if sizes[0] == 1:
                return inner
            permutable = tree.permutable and len(sizes) > 1
            return replace(tree, body=inner, marks=(), permutable=permutable, isolated=False)
        case Sequence(children=children):
            position = next(i for i, child in enumerate(children) if leaf_path(child, statement) is not None)
            inner = _points(children[position], statement, sizes)
            return sequence([*children[:position], inner, *children[position + 1 :]])
        case Leaf():
            return tree
        case _:
            assert_never(tree)
