"""Concrete examples of relations between instances: the smallest parameters, then the first pair."""

import islpy as isl

from optimizer.ir.dependence import Instance
from optimizer.ir.limits import OperationLimitExceeded, operation_limit

SEARCH_OPERATIONS = 2_000_000

Parameters = tuple[tuple[str, int], ...]


def smallest_pair(relation: isl.UnionMap) -> tuple[Parameters, Instance, Instance]:
    """Parameter values and one pair (source, sink) of the non-empty `relation`.

    The values are the lexicographically smallest for which a pair exists, if isl finds them quickly.
    """
    pieces: list[isl.Map] = []
    relation.foreach_map(pieces.append)
    piece = next(p for p in pieces if not p.is_empty())
    space = piece.get_space()
    point = _smallest(piece.wrap())
    sizes = [space.dim(kind) for kind in (isl.dim_type.param, isl.dim_type.in_, isl.dim_type.out)]
    values = [
        point.get_coordinate_val(kind, index).to_python()
        for kind, count in ((isl.dim_type.param, sizes[0]), (isl.dim_type.set, sizes[1] + sizes[2]))
        for index in range(count)
    ]
    names = [space.get_dim_name(isl.dim_type.param, index) or "" for index in range(sizes[0])]
    counters = values[sizes[0] :]
    return (
        tuple(zip(names, values[: sizes[0]], strict=True)),
        Instance(space.get_tuple_name(isl.dim_type.in_) or "", tuple(counters[: sizes[1]])),
        Instance(space.get_tuple_name(isl.dim_type.out) or "", tuple(counters[sizes[1] :])),
    )


def fix_parameters(relation: isl.UnionMap, parameters: Parameters) -> isl.UnionMap:
    """`relation` at the given parameter values."""
    space = relation.get_space()
    values = isl.Set.universe(space.params())
    for index in range(space.dim(isl.dim_type.param)):
        name = space.get_dim_name(isl.dim_type.param, index)
        for known, value in parameters:
            if known == name:
                values = values.fix_val(isl.dim_type.param, index, isl.Val.int_from_si(values.get_ctx(), value))
    return relation.intersect_params(values)


def _smallest(pairs: isl.Set) -> isl.Point:
    """The first point of `pairs` at the smallest parameter values; any point where that is too expensive."""
    everything = pairs
    try:
        with operation_limit(pairs.get_ctx(), SEARCH_OPERATIONS):
            pairs = _prefer_sizes(pairs)
            for index in range(pairs.dim(isl.dim_type.param)):
                pairs = pairs.fix_val(isl.dim_type.param, index, _minimum(pairs.params(), index))
            smallest = pairs.lexmin().sample_point()
            if not smallest.is_void():
                return smallest
    except (OperationLimitExceeded, isl.Error):  # lexmin of isl fails on some sets with divisions
        pass
    return everything.sample_point()


def _prefer_sizes(pairs: isl.Set) -> isl.Set:
    """`pairs` for non-negative parameters, if there are any: sizes, and bounded below."""
    sizes = isl.Set.universe(pairs.get_space().params())
    for index in range(sizes.dim(isl.dim_type.param)):
        sizes = sizes.lower_bound_val(isl.dim_type.param, index, isl.Val.zero(pairs.get_ctx()))
    preferred = pairs.intersect_params(sizes)
    return pairs if preferred.is_empty() else preferred


def _minimum(values: isl.Set, index: int) -> isl.Val:
    """A small value of parameter `index` of `values`: the smallest if it is bounded below."""
    count = values.dim(isl.dim_type.param)
    line = values.from_params().move_dims(isl.dim_type.set, 0, isl.dim_type.param, 0, count)
    line = line.project_out(isl.dim_type.set, index + 1, count - index - 1).project_out(isl.dim_type.set, 0, index)
    bounded = line.dim_has_any_lower_bound(isl.dim_type.set, 0)
    return (line.lexmin() if bounded else line).sample_point().get_coordinate_val(isl.dim_type.set, 0)
