"""Adds to a schedule tree the copies that its pack marks ask for, and finds the shapes of the buffers."""

from collections.abc import Sequence
from dataclasses import dataclass

import islpy as isl

from optimizer.codegen.affine import Affine, ParameterValue, Variable, add, number, scale, single
from optimizer.codegen.looptree import Buffer
from optimizer.ir.ctype import LONG
from optimizer.ir.expr import Assign, Iterator, Ref
from optimizer.ir.packing import PackMark, PackPlace, pack_places
from optimizer.ir.references import Form, Reference
from optimizer.ir.scop import Counter, Scop, Statement

COPY_PREFIX = "__pack"  # the numbered names of copies as statements of a schedule tree, and of their marks
PLACE_SUFFIX = "_at"  # the statement that tells the values of the loops around a mark: isl leaves out some variables
LINE_BYTES = 64


class UnboundedBuffer(Exception):
    """No size of a buffer holds all that is packed into it."""


@dataclass(frozen=True, slots=True, eq=False)
class Packing:
    """What one mark asks for: `corner` is the lowest packed index of each dimension of the buffer over the iterations
    of the loops around, which have the names given to `add_copies` (undefined where nothing is packed); `spans` are the
    numbers of indices over the parameters.
    """

    name: str
    place: PackPlace
    elements: isl.Set
    order: tuple[int, ...]
    corner: tuple[isl.PwAff, ...]
    spans: tuple[isl.PwAff | int, ...]


def add_copies(scop: Scop, tree: isl.Schedule, iterators: str) -> tuple[isl.Schedule, tuple[Packing, ...]]:
    """`tree` where the packed elements are copied under each pack mark, by instances of a statement of the same name.

    In front of them runs an instance of another one, with PLACE_SUFFIX, whose counters are the iterations of the loops
    around. In `corner` these loops are called `iterators` and a number. UnboundedBuffer if a buffer may have any size.
    """
    found: list[Packing] = []
    places = [(_address(place.node), place) for place in pack_places(tree, scop)]
    for address, place in sorted(places, key=lambda pair: pair[0], reverse=True):  # inner ones first: addresses last
        packing = _packing(f"{COPY_PREFIX}{len(found)}", place, scop, iterators)
        mark = _node_at(tree, address)
        mark = mark.delete().insert_mark(isl.Id(packing.name, context=scop.context.get_ctx()))
        tree = mark.child(0).graft_before(_copy(packing, scop)).graft_before(_place(packing, scop)).get_schedule()
        found.append(packing)
    return tree, tuple(found)


def _address(node: isl.ScheduleNode) -> tuple[int, ...]:
    address: list[int] = []
    while node.has_parent():
        address.append(node.get_child_position())
        node = node.parent()
    return tuple(reversed(address))


def _node_at(tree: isl.Schedule, address: Sequence[int]) -> isl.ScheduleNode:
    node = tree.get_root()
    for position in address:
        node = node.child(position)
    return node


def _packing(name: str, place: PackPlace, scop: Scop, iterators: str) -> Packing:
    relation = place.elements(scop)
    depth, parameters = relation.dim(isl.dim_type.in_), relation.dim(isl.dim_type.param)
    moved = relation.move_dims(isl.dim_type.param, parameters, isl.dim_type.in_, 0, depth)
    for level in range(depth):
        moved = moved.set_dim_name(isl.dim_type.param, parameters + level, f"{iterators}{level}")
    elements = moved.range()
    rank = elements.dim(isl.dim_type.set)
    order = place.mark.order or tuple(range(rank))
    corner: list[isl.PwAff] = []
    spans: list[isl.PwAff | int] = []
    for dimension in order:
        low = elements.dim_min(dimension).coalesce()
        span = elements.dim_max(dimension).sub(low).add_constant_val(isl.Val.one(low.get_ctx()))
        corner.append(low.gist(elements.params()).coalesce())
        spans.append(_largest(span, parameters, depth))
    return Packing(name, place, relation.range(), order, tuple(corner), tuple(spans))


def _largest(span: isl.PwAff, parameters: int, depth: int) -> isl.PwAff | int:
    """The largest value of `span` over its last `depth` parameters."""
    values = isl.Set.from_pw_aff(span).project_out(isl.dim_type.param, parameters, depth)
    constant = values.dim_max_val(0)
    if constant.is_int():
        return int(constant.to_python())
    if not values.dim_has_upper_bound(isl.dim_type.set, 0):
        raise UnboundedBuffer
    return values.dim_max(0).coalesce()


def _copy(packing: Packing, scop: Scop) -> isl.ScheduleNode:
    """The copy of all elements, to be grafted: rows of the buffer, in strips of lines where it is transposed."""
    mark: PackMark = packing.place.mark
    relation = packing.place.elements(scop).set_tuple_name(isl.dim_type.out, packing.name)
    rank, size = len(packing.order), scop.array(mark.array).element.size
    *others, last = packing.order
    names = [f"e{d}" for d in range(rank)]
    loops = [names[d] for d in packing.order]
    if last != rank - 1:
        lines = f"{names[last]} - {names[last]} mod {max(2, LINE_BYTES // size)}"
        loops = [*(names[d] for d in others if d != rank - 1), lines, names[rank - 1], names[last]]
    instance = f"{packing.name}[{', '.join(names)}]"
    partial = ", ".join(f"{{ {instance} -> [({loop})] }}" for loop in loops)
    ctx = scop.context.get_ctx()
    node = isl.ScheduleNode.from_extension(isl.UnionMap.from_map(relation)).child(0)
    node = node.insert_partial_schedule(isl.MultiUnionPwAff.read_from_str(ctx, f"[{partial}]"))
    return node.root()


def _place(packing: Packing, scop: Scop) -> isl.ScheduleNode:
    """The instance that has the iterations of the loops around as counters, to be grafted."""
    times = packing.place.elements(scop).domain()
    relation = isl.Map.identity(times.get_space().map_from_set()).intersect_domain(times)
    relation = relation.set_tuple_name(isl.dim_type.out, packing.name + PLACE_SUFFIX)
    return isl.ScheduleNode.from_extension(isl.UnionMap.from_map(relation))


def buffer_of(packing: Packing, scop: Scop, spans: tuple[Affine, ...]) -> Buffer:
    """The buffer of `packing`, whose `spans` are given as the generated code computes them."""
    mark = packing.place.mark
    readers = {(r.statement, r.ref): _subscripts(r.subscripts, packing.order) for r in packing.place.readers}
    counters = tuple(_counter(d, packing.place.readers[0], scop) for d in range(len(packing.order)))
    copies = tuple(Iterator(counter.name, counter.type) for counter in counters)
    element = scop.array(mark.array).element
    target = Ref(packing.name, copies, element)
    readers[packing.name, target] = tuple(single(Variable(counters[d].name)) for d in packing.order)
    statement = Statement(
        packing.name,
        counters,
        packing.elements,
        (Assign(target, "=", Ref(mark.array, copies, element)),),
        (),
        scop.statement(packing.place.readers[0].statement).span,
    )
    return Buffer(packing.name, mark.array, element, spans, tuple(readers.items()), statement)


def _subscripts(forms: tuple[Form, ...], order: tuple[int, ...]) -> tuple[Affine, ...]:
    return tuple(_affine(forms[dimension]) for dimension in order)


def _affine(form: Form) -> Affine:
    result = number(form.constant)
    for name, factor in form.counters:
        result = add(result, scale(single(Variable(name)), factor))
    for name, factor in form.parameters:
        result = add(result, scale(single(ParameterValue(name)), factor))
    return result


def _counter(dimension: int, reader: Reference, scop: Scop) -> Counter:
    """The counter of a copy for one dimension, called like the one of the statement that runs along it."""
    sources = {counter.name: counter.source_name for counter in scop.statement(reader.statement).counters}
    match reader.subscripts[dimension].counters:
        case ((name, 1),):
            source = sources[name]
        case _:
            source = "at"
    return Counter(f"e{dimension}", LONG, source)
