"""Adds to a schedule tree the copies that its pack marks ask for, and finds the shapes of the buffers."""

from collections.abc import Sequence
from dataclasses import dataclass

import islpy as isl

from optimizer.codegen.affine import Affine, ParameterValue, Variable, add, number, scale, single
from optimizer.codegen.looptree import Buffer
from optimizer.dependences.packing import fresh_elements, stale_executions
from optimizer.ir.ctype import LONG
from optimizer.ir.expr import Assign, Iterator, Ref
from optimizer.ir.form import Form
from optimizer.ir.linearized import linear_subscript
from optimizer.ir.packing import PackMark, PackPlace, pack_places
from optimizer.ir.references import Reference
from optimizer.ir.schedule import Schedule
from optimizer.ir.scop import Counter, Scop, Statement

COPY_PREFIX = "__pack"  # the numbered names of copies as statements of a schedule tree, and of their marks
PLACE_SUFFIX = "_at"  # the statement that tells the values of the loops around a mark: isl leaves out some variables
LINE_BYTES = 64


class UnboundedBuffer(Exception):
    """No size of a buffer holds all that is packed into it."""


@dataclass(frozen=True, slots=True, eq=False)
class Packing:
    """What one mark asks for: `elements` are packed, by iterations of the loops around.

    `corner` is the lowest packed index of each dimension of the buffer, and `executions` tells for which iterations of
    the loops around anything is packed, among those with readers; there these loops are parameters with the names given
    to `add_copies`. `spans` are the numbers of indices over the parameters.
    """

    name: str
    place: PackPlace
    elements: isl.Map
    executions: isl.Set
    order: tuple[int, ...]
    corner: tuple[isl.PwAff, ...]
    spans: tuple[isl.PwAff | int, ...]


def add_copies(scop: Scop, schedule: Schedule, iterators: str) -> tuple[isl.Schedule, tuple[Packing, ...]]:
    """The tree of `schedule` where the packed elements are copied under each pack mark.

    Instances of a statement of the same name do it. In front of them runs one of a statement with PLACE_SUFFIX, whose
    counters are the iterations of the loops around. In `corner` and `executions` these are called `iterators` and a
    number. UnboundedBuffer if a buffer may have any size.
    """
    found: list[Packing] = []
    tree, time = schedule.tree, schedule.map
    places = [(_address(place.node), place) for place in pack_places(tree, scop)]
    for address, place in sorted(places, key=lambda pair: pair[0], reverse=True):  # inner ones first: addresses last
        stale = stale_executions(place, time, scop)
        if fresh_elements(place, stale, scop).is_empty():
            continue
        packing = _packing(f"{COPY_PREFIX}{len(found)}", place, stale, iterators, scop)
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


def _packing(name: str, place: PackPlace, stale: isl.Set, iterators: str, scop: Scop) -> Packing:
    relation = fresh_elements(place, stale, scop)
    depth, parameters = relation.dim(isl.dim_type.in_), relation.dim(isl.dim_type.param)
    elements = _parametric(relation, iterators).range()
    rank = elements.dim(isl.dim_type.set)
    order = place.mark.order or tuple(range(rank))
    corner: list[isl.PwAff] = []
    spans: list[isl.PwAff | int] = []
    for dimension in order:
        low, span = _range(elements, dimension, parameters, depth)
        corner.append(low)
        spans.append(span)
    reached = _parametric(place.elements(scop), iterators).params()
    executions = _outside(_parametric(isl.Map.from_domain(stale), iterators).params(), reached)
    return Packing(name, place, relation, executions, order, tuple(corner), tuple(spans))


def _outside(stale: isl.Set, reached: isl.Set) -> isl.Set:
    """A set that has the elements of `reached` that are not in `stale`, in simple terms."""
    parts: list[isl.BasicSet] = []
    stale.gist(reached).complement().coalesce().foreach_basic_set(parts.append)
    result = isl.Set.empty(reached.get_space())
    for part in parts:
        if not reached.is_disjoint(isl.Set.from_basic_set(part)):
            result = result.union(isl.Set.from_basic_set(part))
    return result


def _parametric(relation: isl.Map, iterators: str) -> isl.Map:
    """`relation` with its input dimensions as further parameters."""
    depth, parameters = relation.dim(isl.dim_type.in_), relation.dim(isl.dim_type.param)
    relation = relation.move_dims(isl.dim_type.param, parameters, isl.dim_type.in_, 0, depth)
    for level in range(depth):
        relation = relation.set_dim_name(isl.dim_type.param, parameters + level, f"{iterators}{level}")
    return relation


def _range(elements: isl.Set, dimension: int, parameters: int, depth: int) -> tuple[isl.PwAff, isl.PwAff | int]:
    """A lower bound of a dimension of `elements`, and the largest distance to its index plus one.

    The bound is the lowest index if one expression gives it, or one expression if that costs little.
    """
    bounded = elements.dim_has_lower_bound, elements.dim_has_upper_bound
    if not all(is_bounded(isl.dim_type.set, dimension) for is_bounded in bounded):
        raise UnboundedBuffer
    low = elements.dim_min(dimension).coalesce().gist(elements.params()).coalesce()
    high = elements.dim_max(dimension)
    exact = _largest(high, low, parameters, depth)
    if low.n_piece() == 1:
        return low, exact
    for simple in _expressions(low):
        if simple.gt_set(low).intersect(elements.params()).is_empty():
            span = _largest(high, simple, parameters, depth)
            if isinstance(span, int) == isinstance(exact, int) and (
                not (isinstance(span, int) and isinstance(exact, int)) or span <= exact + exact // 8 + 2
            ):
                return simple, span
    return low, exact


def _expressions(value: isl.PwAff) -> list[isl.PwAff]:
    """The expressions that `value` consists of, each for all parameters."""
    found: list[isl.PwAff] = []
    value.foreach_piece(lambda _, aff: found.append(isl.PwAff.from_aff(aff)))
    return found


def _largest(high: isl.PwAff, low: isl.PwAff, parameters: int, depth: int) -> isl.PwAff | int:
    """The largest value of `high` - `low` + 1 over the last `depth` parameters."""
    span = high.sub(low).add_constant_val(isl.Val.one(low.get_ctx()))
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
    relation = packing.elements.set_tuple_name(isl.dim_type.out, packing.name)
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
    array = scop.array(mark.array)
    element = array.element
    subscripts = copies if array.c_rank == array.rank else (linear_subscript(copies, array, scop),)
    target = Ref(packing.name, copies, element)
    readers[packing.name, target] = tuple(single(Variable(counters[d].name)) for d in packing.order)
    statement = Statement(
        packing.name,
        counters,
        packing.elements.range(),
        (Assign(target, "=", Ref(mark.array, subscripts, element)),),
        (),
        scop.statement(packing.place.readers[0].statement).span,
    )
    return Buffer(packing.name, mark.array, element, packing.order, spans, tuple(readers.items()), statement)


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
