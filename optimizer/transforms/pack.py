"""The command `pack`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Self

from optimizer.ir.dependence import Nest
from optimizer.ir.packing import PackMark, can_pack
from optimizer.ir.references import Reference, references
from optimizer.ir.schedule import LoopRef, Schedule
from optimizer.transforms.address import all_loops, find
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.convert import read_tree
from optimizer.transforms.marks import marked
from optimizer.transforms.names import ArrayName
from optimizer.transforms.tree import Tree, replace_at, statements


@transformation
@dataclass(frozen=True, slots=True)
class Pack(TreeTransformation):
    """Copy what a loop reads of an array into a buffer in front of the loop, and read it from there.

    Rewrite:
        for k: S(A[i][k])   ->   for k: A_pack[k] = A[i][k];    for k: S(A_pack[k])

    The buffer is filled anew each time that the loop is reached: in front of the outermost loop of a tile it holds what
    the tile reads, in front of the outermost loop of the nest all that the nest reads. `order` gives the dimension of
    the array for each dimension of the buffer (1, 0 transposes a matrix); none keeps the layout. References with the
    same subscripts up to constants form a group, numbered in the order of the source; one group is packed. What the
    loop writes before it reads it cannot be packed.
    """

    name: ClassVar[str] = "pack"
    loop: LoopRef
    array: ArrayName
    order: tuple[int, ...]
    group: int = field(default=0, kw_only=True)

    def apply(self, schedule: Schedule, nest: Nest) -> Schedule | Inapplicable:
        """The schedule with the loop marked; says nothing about legality."""
        refusal = self._refusal(schedule, schedule.subject(nest))
        if refusal is not None:
            return refusal
        return TreeTransformation.apply(self, schedule, nest)

    def _refusal(self, schedule: Schedule, nest: Nest) -> Inapplicable | None:
        names = [array.name for array in nest.scop.arrays if can_pack(nest.scop, array.name)]
        if self.array not in names:
            return Inapplicable(f"there is no array {self.array} to pack", f"the arrays are {', '.join(names)}")
        rank = nest.scop.array(self.array).rank
        if self.order and sorted(self.order) != list(range(rank)):
            return Inapplicable(f"the order must name each of the dimensions 0 .. {rank - 1} once")
        tree = read_tree(schedule.tree)
        place = None if tree is None else find(tree, self.loop)
        if place is None or isinstance(place, Inapplicable):
            return place
        inside = statements(place.loop)
        found = [reference for reference in references(nest.scop, self.array) if reference.statement in inside]
        if not any(reference.group == self.group for reference in found):
            groups = sorted({reference.group for reference in found})
            hint = f"the groups there are {', '.join(map(str, groups))}" if groups else ""
            return Inapplicable(f"{self.loop} always reads no reference of group {self.group} to {self.array}", hint)
        return None

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the loop marked."""
        place = find(order.tree, self.loop)
        if isinstance(place, Inapplicable):
            return place
        marks = [mark for name in place.loop.marks if (mark := PackMark.read(name)) is not None]
        if any((mark.array, mark.group) == (self.array, self.group) for mark in marks):
            return Inapplicable(f"group {self.group} of {self.array} is packed in front of {self.loop} already")
        mark = PackMark(self.array, self.group, self.order)
        return replace_at(order.tree, place.path, marked(place.loop, str(mark)))

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:  # noqa: ARG003
        """None: a tree does not tell which arrays there are."""
        return iter(())

    @classmethod
    def applicable(cls, schedule: Schedule, nest: Nest) -> Iterator[Self]:
        """Every group of references in front of every loop, in the layout of the array and in the reverse one."""
        tree = read_tree(schedule.tree)
        nest = schedule.subject(nest)
        if tree is None:
            return
        known = [
            reference
            for array in nest.scop.arrays
            if can_pack(nest.scop, array.name)
            for reference in references(nest.scop, array.name)
        ]
        for ref, place in all_loops(tree):
            for array, group, rank in _groups(known, statements(place.loop)):
                yield cls(ref, ArrayName(array), (), group=group)
                if rank > 1:
                    yield cls(ref, ArrayName(array), tuple(reversed(range(rank))), group=group)


def _groups(known: list[Reference], inside: tuple[str, ...]) -> list[tuple[str, int, int]]:
    """(array, group, rank) of the references of `known` in the statements `inside`, each once."""
    found = ((r.ref.array, r.group, len(r.subscripts)) for r in known if r.statement in inside)
    return list(dict.fromkeys(found))
