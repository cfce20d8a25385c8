"""The command `fuse`."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Self

from optimizer.transforms.address import Siblings, find_siblings
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.tree import Leaf, Loop, Sequence, Tree, children_of, replace_at, sequence, statements


@transformation
@dataclass(frozen=True, slots=True)
class Fuse(TreeTransformation):
    """Merge neighbouring loops until two statements share `depth` loops.

    Rewrite:
        for i: S(i)    for j: T(j)   ->   for i: S(i); T(i)

    Iterations with equal values are merged; `shift` aligns them. Loops between the two are merged with them.
    """

    name: ClassVar[str] = "fuse"
    first: str
    second: str
    depth: int  # loops shared afterwards

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the sibling loops merged, level by level."""
        tree = order.tree
        siblings = find_siblings(tree, self.first, self.second)
        if isinstance(siblings, Inapplicable):
            return siblings
        if len(siblings.outer) >= self.depth:
            return Inapplicable(f"{self.first} and {self.second} share {len(siblings.outer)} loops already")
        while len(siblings.outer) < self.depth:
            merged = _merge(siblings, self)
            if isinstance(merged, Inapplicable):
                return merged
            tree = replace_at(tree, siblings.path, merged)
            siblings = find_siblings(tree, self.first, self.second)
            assert not isinstance(siblings, Inapplicable)
        return tree

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every two neighbouring loops, to each depth that both have."""
        for first, second, depth in _neighbours(tree, 0):
            yield cls(first, second, depth)


def _merge(siblings: Siblings, step: Fuse) -> Tree | Inapplicable:
    children = siblings.sequence.children
    group = children[siblings.before : siblings.after + 1]
    loops = [child for child in group if isinstance(child, Loop)]
    for child in group:
        if isinstance(child, Leaf):
            name = child.statement
            if name in (step.first, step.second):
                return Inapplicable(f"no loop around {name} is left to fuse at depth {len(siblings.outer)}")
            return Inapplicable(f"{name} stands between the loops", f"'reorder' can move {name} out of the way")
    fused = Loop(
        {name: value for loop in loops for name, value in loop.values.items()},
        sequence([loop.body for loop in loops]),
        marks=tuple(mark for mark in loops[0].marks if all(mark in loop.marks for loop in loops)),
    )
    return sequence([*children[: siblings.before], fused, *children[siblings.after + 1 :]])


def _neighbours(tree: Tree, depth: int) -> Iterator[tuple[str, str, int]]:
    """Statements of neighbouring loops in `tree`, which stands inside `depth` loops, with each depth to fuse to."""
    if isinstance(tree, Sequence):
        for one, two in pairwise(tree.children):
            levels = min(_levels(one), _levels(two))
            for level in range(depth + 1, depth + levels + 1):
                yield statements(one)[0], statements(two)[0], level
    for child in children_of(tree):
        yield from _neighbours(child, depth + isinstance(tree, Loop))


def _levels(tree: Tree) -> int:
    """The number of loops directly inside each other from the root of `tree` on."""
    return 1 + _levels(tree.body) if isinstance(tree, Loop) else 0
