"""The command `reorder`."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Self

from optimizer.transforms.address import find_siblings
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.tree import Sequence, Tree, children_of, replace_at, sequence, statements


@transformation
@dataclass(frozen=True, slots=True)
class Reorder(TreeTransformation):
    """Exchange the places of two statements, or of the loops around them, in the sequence in which they part.

    Rewrite:
        for i: S(i); T(i)   ->   for i: T(i); S(i)
    """

    name: ClassVar[str] = "reorder"
    first: str
    second: str

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the two children of the sequence exchanged."""
        siblings = find_siblings(order.tree, self.first, self.second)
        if isinstance(siblings, Inapplicable):
            return siblings
        children = list(siblings.sequence.children)
        one, two = siblings.before, siblings.after
        children[one], children[two] = children[two], children[one]
        return replace_at(order.tree, siblings.path, sequence(children))

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every two neighbours of a sequence."""
        if isinstance(tree, Sequence):
            for one, two in pairwise(tree.children):
                yield cls(statements(one)[0], statements(two)[0])
        for child in children_of(tree):
            yield from cls.candidates(child)
