"""The reference interpreter: runs the instances of a Scop one by one in the order of a schedule. It shares nothing with
the dependence analysis or the generator, so it can judge both. For small parameter values only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

import islpy as isl

from optimizer.ir.dependence import Instance
from optimizer.ir.schedule import is_concurrent
from optimizer.ir.scop import Scop
from optimizer.verify.evaluate import Cell, Memory, NotExecutable, execute
from optimizer.verify.values import UndefinedBehaviour, Value

Time = tuple[int, ...]


class TooLarge(Exception):
    """The nest has more instances at these parameters than the caller wants to run."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A live-out element that two orders leave with different values."""

    array: str
    index: tuple[int, ...]
    expected: Value
    actual: Value

    def __str__(self) -> str:
        subscripts = "".join(f"[{value}]" for value in self.index)
        return f"{self.array}{subscripts} is {self.actual} instead of {self.expected}"


def parameter_set(scop: Scop, parameters: Mapping[str, int]) -> isl.Set:
    """The parameter domain that holds exactly `parameters`."""
    names = [parameter.name for parameter in scop.parameters]
    equalities = " and ".join(f"{name} = {parameters[name]}" for name in names) or "true"
    return isl.Set.read_from_str(scop.context.get_ctx(), f"[{', '.join(names)}] -> {{ : {equalities} }}")


def symbol_values(scop: Scop, parameters: Mapping[str, int]) -> dict[str, int]:
    """The values of the C expressions of the parameters."""
    return {parameter.text: parameters[parameter.name] for parameter in scop.parameters}


def timed_instances(
    scop: Scop, tree: isl.Schedule, parameters: Mapping[str, int], limit: int | None = None
) -> list[tuple[Time, Instance]]:
    """All instances at `parameters` with their times in `tree`, in the order of the times.

    Raises TooLarge if there are more than `limit`.
    """
    times = tree.get_map().intersect_domain(tree.get_domain())  # isl's map is not limited to what the tree executes
    found = [(time, instance) for instance, time in _lookup(scop, times, parameters, limit).items()]
    found.sort(key=lambda pair: pair[0])
    return found


def _maps(union: isl.UnionMap) -> list[isl.Map]:
    parts: list[isl.Map] = []
    union.foreach_map(parts.append)
    return parts


def _points(points: isl.Set, limit: int | None) -> Iterable[tuple[int, ...]]:
    count = points.count_val().to_python()
    if limit is not None and count > limit:
        raise TooLarge(f"{count} instances")
    found: list[tuple[int, ...]] = []
    dimensions = points.dim(isl.dim_type.set)

    def visit(point: isl.Point) -> None:
        values = (point.get_coordinate_val(isl.dim_type.set, d) for d in range(dimensions))
        found.append(tuple(int(value.to_python()) for value in values))

    points.foreach_point(visit)
    return found


def time_of(
    scop: Scop, times: isl.UnionMap, instance: Instance, parameters: Mapping[str, int]
) -> tuple[int, ...] | None:
    """The point to which `times` maps `instance`, None if the instance does not exist at `parameters`."""
    names = ", ".join(parameter.name for parameter in scop.parameters)
    text = f"[{names}] -> {{ {instance} }}"
    here = isl.UnionSet.read_from_str(scop.context.get_ctx(), text)
    here = here.intersect(scop.domain).intersect_params(parameter_set(scop, parameters))
    image = here.apply(times)
    if image.is_empty():
        return None
    space = isl.Set.from_union_set(image)
    space = space.project_out(isl.dim_type.param, 0, space.dim(isl.dim_type.param))
    (point,) = _points(space, 1)
    return point


def run(
    scop: Scop, order: Iterable[Instance], parameters: Mapping[str, int], *, seed: int = 0
) -> dict[Cell, Value]:
    """The live-out elements after running `order`, from initial values drawn from `seed`.

    Raises UndefinedBehaviour (the program has none of its own) and NotExecutable.
    """
    memory = Memory(scop, symbol_values(scop, parameters), seed)
    statements = {
        s.name: (s.body, tuple(counter.name for counter in s.counters)) for s in scop.statements
    }
    for instance in order:
        body, names = statements[instance.statement]
        execute(body, dict(zip(names, instance.counters, strict=True)), memory)
    return memory.live_out()


def first_difference(expected: Mapping[Cell, Value], actual: Mapping[Cell, Value]) -> Difference | None:
    """The first element, in the order of names and indices, at which two results differ; NaN equals NaN."""
    for cell in sorted(expected.keys() | actual.keys()):
        if cell not in expected or cell not in actual:
            return Difference(*cell, expected.get(cell, 0), actual.get(cell, 0))
        left, right = expected[cell], actual[cell]
        both_nan = bool(left != left) and bool(right != right)
        if not both_nan and (left != right or str(left) != str(right)):
            return Difference(*cell, left, right)
    return None


def compare_orders(
    scop: Scop, tree: isl.Schedule, parameters: Mapping[str, int], *, limit: int = 2000, seed: int = 0
) -> Difference | None:
    """The first live-out element that differs between the original order and that of `tree`, None if there is none.

    Loops marked parallel are run in descending order: any order must do. Raises TooLarge above `limit` instances and
    NotExecutable if the original order is undefined for the drawn values (say, subscripts read from an array).
    """
    original = timed_instances(scop, scop.schedule, parameters, limit)
    changed = timed_instances(scop, tree, parameters, limit)
    if sorted(i for _, i in _keyed(original)) != sorted(i for _, i in _keyed(changed)):
        missing = len(original) - len(changed)
        return Difference("(instances)", (), len(original), len(original) - missing)
    reversed_ = parallel_reversed(scop, tree, parameters, changed)
    try:
        expected = run(scop, (instance for _, instance in original), parameters, seed=seed)
    except UndefinedBehaviour as error:
        raise NotExecutable(str(error)) from error
    for order in (changed, reversed_) if reversed_ != changed else (changed,):
        actual = run(scop, (instance for _, instance in order), parameters, seed=seed)
        difference = first_difference(expected, actual)
        if difference is not None:
            return difference
    return None


def _keyed(pairs: list[tuple[Time, Instance]]) -> Iterable[tuple[Time, tuple[str, tuple[int, ...]]]]:
    return ((time, (instance.statement, instance.counters)) for time, instance in pairs)


def concurrent_nodes(tree: isl.Schedule) -> tuple[isl.ScheduleNode, ...]:
    """The band nodes of the loops whose iterations run at the same time, outermost first."""
    found: list[isl.ScheduleNode] = []

    def visit(node: isl.ScheduleNode) -> None:
        if node.get_type() == isl.schedule_node_type.band and is_concurrent(node):
            found.append(node)
        for index in range(node.n_children()):
            visit(node.get_child(index))

    visit(tree.get_root())
    return tuple(found)


def loop_times(node: isl.ScheduleNode, member: int) -> tuple[isl.UnionMap, isl.UnionMap]:
    """(instances -> times of all loops outside a band member, instances -> time of that loop).

    Both are restricted to the instances that reach the band, among which the outer times are comparable.
    """
    partial = node.band_get_partial_schedule()
    pieces = [isl.UnionMap.from_union_pw_aff(partial.get_union_pw_aff(m)) for m in range(member + 1)]
    outer = node.get_prefix_schedule_union_map()
    for piece in pieces[:-1]:
        outer = outer.flat_range_product(piece)
    return outer, pieces[-1].intersect_domain(node.get_domain())


def parallel_reversed(
    scop: Scop, tree: isl.Schedule, parameters: Mapping[str, int], order: list[tuple[Time, Instance]]
) -> list[tuple[Time, Instance]]:
    """`order` with the iterations of every loop that is marked parallel in descending order, as whole blocks."""
    for node in concurrent_nodes(tree):
        outer, inner = (_lookup(scop, times, parameters) for times in loop_times(node, 0))
        order = [
            pair
            for _, run_ in groupby(order, key=lambda pair: _block(pair[1], outer, inner))
            for pair in _reverse_blocks(list(run_), inner)
        ]
    return order


def _block(instance: Instance, outer: Mapping[Instance, Time], inner: Mapping[Instance, Time]) -> Time | None:
    return outer.get(instance, ()) if instance in inner else None


def _reverse_blocks(pairs: list[tuple[Time, Instance]], inner: Mapping[Instance, Time]) -> list[tuple[Time, Instance]]:
    if pairs[0][1] not in inner:
        return pairs
    return sorted(pairs, key=lambda pair: tuple(-value for value in inner[pair[1]]))


def _lookup(
    scop: Scop, times: isl.UnionMap, parameters: Mapping[str, int], limit: int | None = None
) -> dict[Instance, Time]:
    found: dict[Instance, Time] = {}
    for part in _maps(times.intersect_domain(scop.domain).intersect_params(parameter_set(scop, parameters))):
        dimension = part.dim(isl.dim_type.in_)
        name = part.get_tuple_name(isl.dim_type.in_) or ""
        part = part.project_out(isl.dim_type.param, 0, part.dim(isl.dim_type.param))
        for point in _points(part.wrap(), limit):
            found[Instance(name, point[:dimension])] = point[dimension:]
        if limit is not None and len(found) > limit:
            raise TooLarge(f"more than {limit} instances")
    return found
