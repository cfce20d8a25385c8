"""The command `distribute`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.address import all_loops, find, leaf_path
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.tree import Loop, Sequence, Tree, replace_at, restricted, sequence


@transformation
@dataclass(frozen=True, slots=True)
class Distribute(TreeTransformation):
    """Split a loop into several, one after the other.

    Rewrite:
        for i: S(i); T(i)   ->   for i: S(i)    for i: T(i)

    Without statements, every part of the body gets a loop of its own; else a new loop begins before each part that
    holds one of `before`. Loops between the loop and the sequence are split with it. Also called: loop fission.
    """

    name: ClassVar[str] = "distribute"
    loop: LoopRef
    before: tuple[str, ...] = ()

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the loop, and those directly inside, once for each part of the body."""
        place = find(order.tree, self.loop)
        if isinstance(place, Inapplicable):
            return place
        loops = [place.loop]
        while isinstance(inner := loops[-1].body, Loop):
            loops.append(inner)
        body = loops[-1].body
        if not isinstance(body, Sequence):
            return Inapplicable(f"{self.loop} has only one statement in it")
        starts = _starts(body, self.before)
        if isinstance(starts, Inapplicable):
            return starts
        parts: list[Tree] = []
        for start, end in zip(starts, [*starts[1:], len(body.children)], strict=True):
            part = sequence(list(body.children[start:end]))
            for loop in reversed(loops):
                part = restricted(loop, part)
            parts.append(part)
        return replace_at(order.tree, place.path, sequence(parts))

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every loop around a sequence, split in all places."""
        for ref, place in all_loops(tree):
            if isinstance(place.loop.body, Sequence):
                yield cls(ref)


def _starts(body: Sequence, before: tuple[str, ...]) -> list[int] | Inapplicable:
    if not before:
        return list(range(len(body.children)))
    starts = {0}
    for name in before:
        holding = [i for i, child in enumerate(body.children) if leaf_path(child, name) is not None]
        if not holding:
            return Inapplicable(f"{name} is not in the loop")
        if holding[0] == 0:
            return Inapplicable(f"nothing stands before {name} in the loop")
        starts.add(holding[0])
    return sorted(starts)
