"""How far apart the ends of dependences run, in loops directly inside each other, and the data that these touch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import islpy as isl

from optimizer.ir.dependence import Nest
from optimizer.search.sizes import at_sizes
from optimizer.transforms.tree import Loop, Tree, leaves

_SET = isl.dim_type.set
BLOCK = 16  # iterations: enough to tell rows that are read again from new ones


@dataclass(frozen=True, slots=True)
class Distances:
    """The dependences from `source` to `sink` as vectors, an entry a loop, outermost first, at the sizes of the run."""

    source: str
    sink: str
    vectors: isl.Set

    def bounds(self, entry: int, *, where: Mapping[int, int]) -> tuple[int, int] | None:
        """The least and greatest `entry` of the vectors whose entries are as `where` says; None if there are none.

        1 in `where` stands for any positive entry, 0 for 0.
        """
        vectors = self.vectors
        for other, value in where.items():
            bound = isl.Val(value)
            vectors = vectors.lower_bound_val(_SET, other, bound) if value else vectors.fix_val(_SET, other, bound)
        return None if vectors.is_empty() else _range(vectors, entry)


def chain_of(tree: Tree) -> tuple[Loop, ...]:
    """The loops directly inside each other from the root of `tree` on."""
    found: list[Loop] = []
    while isinstance(tree, Loop):
        found.append(tree)
        tree = tree.body
    return tuple(found)


def distances(nest: Nest, loops: Sequence[Loop], sizes: Mapping[str, int]) -> list[Distances]:
    """The dependences between statements inside all of `loops`, without private values."""
    found: list[Distances] = []
    for dependence in nest.dependences.ordered:
        pieces: list[isl.Map] = []
        dependence.relation.foreach_map(pieces.append)
        for piece in pieces:
            source, sink = (piece.get_tuple_name(kind) or "" for kind in (isl.dim_type.in_, isl.dim_type.out))
            if source in loops[0].values and sink in loops[0].values:
                pairs = piece.apply_domain(_times(loops, source)).apply_range(_times(loops, sink))
                vectors = at_sizes(pairs.deltas(), sizes)
                if not vectors.is_empty():
                    found.append(Distances(source, sink, vectors))
    return found


def trips(loops: Sequence[Loop], sizes: Mapping[str, int]) -> int:
    """The iterations of the last of `loops` in the middle of the iterations of the others."""
    longest = 1
    for leaf in leaves(loops[-1].body):
        times = at_sizes(leaf.domain, sizes).apply(_times(loops, leaf.statement))
        middle = _middle(times, len(loops) - 1)
        if not middle.is_empty():
            low, high = _range(middle, len(loops) - 1)
            longest = max(longest, high - low + 1)
    return longest


def slice_bytes(nest: Nest, loops: Sequence[Loop], sizes: Mapping[str, int]) -> int:
    """The data that one iteration of the last of `loops` adds to that of its neighbours, on average of a few.

    Of an array, what the statement touches that touches most.
    """
    most: dict[str, int] = {}
    for leaf in leaves(loops[-1].body):
        ran, times = at_sizes(leaf.domain, sizes), _times(loops, leaf.statement)
        part = ran.intersect(_block(ran.apply(times)).apply(times.reverse()))
        touched: dict[str, isl.Set] = {}
        for access in nest.scop.statement(leaf.statement).accesses:
            elements = at_sizes(part.apply(access.relation), sizes)
            touched[access.array] = touched.get(access.array, elements).union(elements)
        for array, elements in touched.items():
            size = _box_volume(elements) * nest.scop.array(array).element.size
            most[array] = max(most.get(array, 0), size)
    return max(1, sum(most.values()) // BLOCK)


def _block(times: isl.Set) -> isl.Set:
    """The part of `times` in `BLOCK` iterations of its last entry, in the middle of all entries."""
    last = times.dim(_SET) - 1
    times = _middle(times, last)
    if times.is_empty():
        return times
    low, high = _range(times, last)
    first = max(low, (low + high - BLOCK) // 2)
    return times.lower_bound_val(_SET, last, isl.Val(first)).upper_bound_val(_SET, last, isl.Val(first + BLOCK - 1))


def _times(loops: Sequence[Loop], statement: str) -> isl.Map:
    """Instances of `statement` -> iteration of each of `loops`."""
    result: isl.PwMultiAff | None = None
    for loop in loops:
        value = isl.PwMultiAff.from_pw_aff(loop.values[statement])
        result = value if result is None else result.flat_range_product(value)
    assert result is not None
    return isl.Map.from_pw_multi_aff(result).reset_tuple_id(isl.dim_type.out)


def _middle(times: isl.Set, entries: int) -> isl.Set:
    """`times` with its first `entries` fixed, one after the other, to the middle of their range."""
    for entry in range(entries):
        if times.is_empty():
            break
        low, high = _range(times, entry)
        times = times.fix_val(_SET, entry, isl.Val((low + high) // 2))
    return times


def _box_volume(elements: isl.Set) -> int:
    if elements.is_empty():
        return 0
    volume = 1
    for entry in range(elements.dim(_SET)):
        low, high = _range(elements, entry)
        volume *= high - low + 1
    return volume


def _range(part: isl.Set, entry: int) -> tuple[int, int]:
    """The bounds of an entry of `part`, which is not empty and bounded."""
    return int(part.dim_min_val(entry).to_python()), int(part.dim_max_val(entry).to_python())
