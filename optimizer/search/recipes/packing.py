"""Which packs give a vector loop elements that follow each other, and in front of which loops they are legal."""

from collections.abc import Iterator
from dataclasses import dataclass

import islpy as isl

from optimizer.dependences.packing import stale_copies
from optimizer.ir.dependence import Nest
from optimizer.ir.packing import can_pack
from optimizer.ir.references import Reference, references, relation_of
from optimizer.ir.schedule import LoopRef, Schedule
from optimizer.ir.scop import AccessKind, Scop, Statement
from optimizer.transforms import Inapplicable, Pack
from optimizer.transforms.address import find
from optimizer.transforms.convert import read_tree
from optimizer.transforms.names import ArrayName
from optimizer.transforms.tree import Loop, leaves


@dataclass(frozen=True, slots=True)
class Layout:
    """A group of references to `array` and the order of dimensions in which a loop runs along the last one."""

    array: str
    group: int
    order: tuple[int, ...]

    def pack(self, loop: LoopRef) -> Pack:
        """The command that packs the group in front of `loop`."""
        return Pack(loop, ArrayName(self.array), self.order, group=self.group)


@dataclass(frozen=True, slots=True)
class VectorLayouts:
    """What a vector loop needs: `needed` are the groups to be packed in another order; `contiguous` are those that it
    reads along their rows already; `scattered` are the arrays that it also touches in ways which no pack mends.
    """

    needed: tuple[Layout, ...]
    contiguous: tuple[Layout, ...]
    scattered: tuple[str, ...]


def vector_layouts(nest: Nest, schedule: Schedule, loop: LoopRef, among: frozenset[str] | None = None) -> VectorLayouts:
    """The layouts with which every reference is contiguous or invariant in `loop`, in the statements (of `among`, if
    given) for which it runs along one counter.
    """
    needed: dict[Layout, None] = {}
    contiguous: dict[Layout, None] = {}
    scattered: dict[str, None] = {}
    for name, position in _counters_along(schedule, loop).items():
        if among is not None and name not in among:
            continue
        statement = nest.scop.statement(name)
        for array in dict.fromkeys(access.array for access in statement.accesses):
            reads = [read for read in references(nest.scop, array) if read.statement == name]
            for read in reads:
                if not _is_moving(read, statement.counters[position].name):
                    continue
                layout = _layout(read, statement.counters[position].name)
                if layout is None or (layout.order and not can_pack(nest.scop, array)):
                    scattered[array] = None
                else:
                    (needed if layout.order else contiguous)[layout] = None
            if not all(is_along_rows(relation, position) for relation in _others(nest.scop, statement, array, reads)):
                scattered[array] = None
    return VectorLayouts(tuple(needed), tuple(contiguous), tuple(scattered))


def _others(scop: Scop, statement: Statement, array: str, reads: list[Reference]) -> Iterator[isl.Map]:
    """The accesses of `statement` to `array` that are none of `reads`: writes, and reads under conditions."""
    known = [relation_of(read, scop) for read in reads]
    for access in statement.accesses:
        if access.array == array:
            relation = access.relation.intersect_domain(statement.domain).intersect_params(scop.context)
            if access.kind is not AccessKind.READ or not any(relation.is_equal(other) for other in known):
                yield relation


def legal_loops(nest: Nest, schedule: Schedule, layout: Layout, loop: LoopRef) -> Iterator[LoopRef]:
    """The loops around the statement of `loop`, from the outermost one to `loop`, in front of which `layout` may be
    packed at least in part.
    """
    for depth in range(loop.depth + 1):
        place = LoopRef(loop.statement, depth)
        packed = layout.pack(place).apply(schedule, nest)
        if not isinstance(packed, Inapplicable) and next(stale_copies(packed, nest), None) is None:
            yield place


def _counters_along(schedule: Schedule, loop: LoopRef) -> dict[str, int]:
    """The statements inside `loop` for which it enumerates one counter, with the position of that counter."""
    tree = read_tree(schedule.tree)
    place = None if tree is None else find(tree, loop)
    if place is None or isinstance(place, Inapplicable):
        return {}
    found = {leaf.statement: _counter(place.loop, leaf.statement) for leaf in leaves(place.loop)}
    return {name: counter for name, counter in found.items() if counter is not None}


def _counter(loop: Loop, statement: str) -> int | None:
    """The counter of `statement` that grows or shrinks by one with each iteration of `loop`, if there is just one."""
    pieces: list[isl.Aff] = []
    loop.values[statement].foreach_piece(lambda _, value: pieces.append(value))
    if len(pieces) != 1 or pieces[0].dim(isl.dim_type.div) > 0:
        return None
    factors = _coefficients(pieces[0])
    moving = [position for position, factor in enumerate(factors) if factor]
    return moving[0] if len(moving) == 1 and abs(factors[moving[0]]) == 1 else None


def _coefficients(value: isl.Aff) -> list[float]:
    count = value.dim(isl.dim_type.in_)
    return [float(value.get_coefficient_val(isl.dim_type.in_, index).to_python()) for index in range(count)]


def _layout(read: Reference, counter: str) -> Layout | None:
    """The layout in which `read` goes along rows when `counter` grows, no order if it does; None if there is none."""
    moving = [d for d, form in enumerate(read.subscripts) if dict(form.counters).get(counter)]
    if len(moving) != 1 or abs(dict(read.subscripts[moving[0]].counters)[counter]) != 1:
        return None
    rank = len(read.subscripts)
    others = tuple(dimension for dimension in range(rank) if dimension != moving[0])
    return Layout(read.ref.array, read.group, () if moving[0] == rank - 1 else (*others, moving[0]))


def _is_moving(read: Reference, counter: str) -> bool:
    return any(dict(form.counters).get(counter) for form in read.subscripts)


def is_along_rows(relation: isl.Map, counter: int) -> bool:
    """True if the element stays or is the next one of its row when the counter at that position grows by one."""
    if not relation.is_single_valued():
        return False
    pieces: list[isl.MultiAff] = []
    isl.PwMultiAff.from_map(relation).foreach_piece(lambda _, value: pieces.append(value))
    for piece in pieces:
        rows = [piece.get_at(index) for index in range(piece.dim(isl.dim_type.out))]
        if any(row.dim(isl.dim_type.div) > 0 for row in rows):
            return False
        moves = [_coefficients(row)[counter] for row in rows]
        if any(moves[:-1]) or (moves and abs(moves[-1]) > 1):
            return False
    return True
