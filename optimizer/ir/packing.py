"""The mark of a loop in front of which elements of an array are copied into a buffer, as a value and as text."""

from collections.abc import Iterator
from dataclasses import dataclass

import islpy as isl

from optimizer.ir.ctype import Kind
from optimizer.ir.references import Reference, references, relation_of
from optimizer.ir.schedule import MARK_PREFIX, statements_below
from optimizer.ir.scop import Scop, Storage

KIND = "pack"


@dataclass(frozen=True, slots=True)
class PackMark:
    """In front of the marked loop, the elements that the references of `group` to `array` read in it are copied.

    Dimension d of the buffer is dimension `order[d]` of the array; no order keeps the dimensions.
    """

    array: str
    group: int
    order: tuple[int, ...]

    def __str__(self) -> str:
        return f"{MARK_PREFIX}{KIND}:{self.array}:{self.group}:{','.join(map(str, self.order))}"

    @classmethod
    def read(cls, name: str) -> "PackMark | None":
        """The mark with the name `name`; None if it is one of another kind."""
        kind, *parts = name.removeprefix(MARK_PREFIX).split(":")
        if kind != KIND or not name.startswith(MARK_PREFIX):
            return None
        array, group, order = parts
        return cls(array, int(group), tuple(map(int, filter(None, order.split(",")))))


def can_pack(scop: Scop, array: str) -> bool:
    """True if elements of `array` may be copied: numbers that exist under the same name all through the nest."""
    found = scop.array(array)
    is_number = found.element.kind in (Kind.INTEGER, Kind.FLOAT) and found.element.size in (1, 2, 4, 8, 16)
    return found.rank > 0 and is_number and found.storage is not Storage.LOCAL and not found.is_private


@dataclass(frozen=True, slots=True, eq=False)
class PackPlace:
    """A pack mark in a schedule tree: the mark node, the node under it, and the references that may read the buffer."""

    mark: PackMark
    node: isl.ScheduleNode
    body: isl.ScheduleNode
    readers: tuple[Reference, ...]

    def elements(self, scop: Scop) -> isl.Map:
        """Iterations of the loops around -> the elements that the readers read under the mark."""
        prefix = self.body.get_prefix_schedule_relation().reverse()
        found = isl.UnionMap.empty(scop.context.get_space())
        for reader in self.readers:
            found = found.union(prefix.apply_range(isl.UnionMap.from_map(relation_of(reader, scop))))
        return isl.Map.from_union_map(found.coalesce())


def pack_places(tree: isl.Schedule, scop: Scop) -> Iterator[PackPlace]:
    """The pack marks of `tree` that have readers, outer ones first, in textual order."""
    yield from _places(tree.get_root(), scop)


def _places(node: isl.ScheduleNode, scop: Scop) -> Iterator[PackPlace]:
    if node.get_type() == isl.schedule_node_type.mark:
        mark = PackMark.read(node.mark_get_id().get_name() or "")
        if mark is not None:
            body = node.child(0)
            inside = statements_below(body)
            found = (r for r in references(scop, mark.array) if r.group == mark.group and r.statement in inside)
            readers = tuple(found)
            if readers:
                yield PackPlace(mark, node, body, readers)
    for index in range(node.n_children()):
        yield from _places(node.child(index), scop)
