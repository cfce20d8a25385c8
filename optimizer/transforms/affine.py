"""Affine facts about loops: when instances run, the range of a loop, the origin of its strips."""

from collections.abc import Sequence
from dataclasses import dataclass

import islpy as isl

from optimizer.transforms.tree import Leaf, Loop, leaves


def time_vector(leaf: Leaf, loops: Sequence[Loop]) -> isl.PwMultiAff:
    """Instances of `leaf` -> (0, iteration of each of `loops`); the leading zero keeps the vector from being empty."""
    local = isl.LocalSpace.from_space(leaf.domain.get_space())
    result = isl.PwMultiAff.from_pw_aff(isl.PwAff.from_aff(isl.Aff.zero_on_domain(local)))
    for loop in loops:
        result = result.flat_range_product(isl.PwMultiAff.from_pw_aff(loop.values[leaf.statement]))
    return result


def image(leaf: Leaf, loops: Sequence[Loop], context: isl.Set) -> isl.Set:
    """The times (0, iteration of each of `loops`) at which instances of `leaf` run."""
    return leaf.domain.intersect_params(context).apply(isl.Map.from_pw_multi_aff(time_vector(leaf, loops)))


def loop_range(loop: Loop, outer: Sequence[Loop], context: isl.Set) -> isl.Map:
    """(0, iterations of `outer`) -> iterations of `loop` in which a statement runs."""
    parts = [image(leaf, (*outer, loop), context) for leaf in leaves(loop.body)]
    union = parts[0]
    for part in parts[1:]:
        union = union.union(part)
    space = union.get_space()
    rank = space.dim(isl.dim_type.set)
    return isl.Map.from_domain(union.coalesce()).move_dims(isl.dim_type.out, 0, isl.dim_type.in_, rank - 1, 1)


@dataclass(frozen=True, slots=True)
class Extent:
    """Total functions (0, outer iterations) -> value, with `first` <= `last` wherever both are used: the smallest and
    largest iteration of a loop; where the loop has none, arbitrary values.
    """

    first: isl.PwAff
    last: isl.PwAff


def extent(loop: Loop, outer: Sequence[Loop], context: isl.Set) -> Extent:
    """The first and last iteration of `loop` as functions of the loops around it."""
    values = loop_range(loop, outer, context)
    first = _total(values.lexmin_pw_multi_aff(), values.domain())
    last = _total(values.lexmax_pw_multi_aff(), values.domain())
    if not first.gt_set(last).intersect_params(context).is_empty():
        last = last.max(first)
    return Extent(_filled(first), _filled(last))


def _total(extreme: isl.PwMultiAff, domain: isl.Set) -> isl.PwAff:
    """The single component of `extreme`, extended beyond `domain`: as the same affine function if there is but one."""
    exact = extreme.get_at(0).coalesce()
    value = exact.gist(domain).coalesce()
    if value.n_piece() > 1 and not _is_function(value):
        value = exact
    if value.domain().complement().is_empty():
        return value
    if value.n_piece() == 1:
        return isl.PwAff.from_aff(value.get_pieces()[0][1])
    return _filled(value)


def _is_function(value: isl.PwAff) -> bool:
    """False if pieces of `value` overlap with different values: `gist` lets them where nobody looks."""
    return isl.Map.from_pw_aff(value).is_single_valued()


def _filled(value: isl.PwAff) -> isl.PwAff:
    """`value`, and 0 where it is not defined."""
    missing = value.domain().complement()
    if missing.is_empty():
        return value
    zero = isl.PwAff.zero_on_domain(isl.LocalSpace.from_space(value.get_domain_space()))
    return value.union_add(zero.intersect_domain(missing))


def sunk(leaf: Leaf, outer: Sequence[Loop], value: isl.PwAff) -> isl.PwAff:
    """`value`, a function of the iterations of `outer`, as a function of the instances of `leaf`."""
    return _filled(value.pullback_pw_multi_aff(time_vector(leaf, outer)))


def first_iteration(loop: Loop, outer: Sequence[Loop], context: isl.Set) -> isl.Aff | None:
    """The first iteration of `loop` as a function of the iterations of `outer`, if that is one affine expression.

    Without `outer` it is the first one of all executions of the loop, a function of the parameters.
    """
    values = loop_range(loop, outer, context)
    if values.is_empty():
        return None
    first = values.lexmin_pw_multi_aff().get_at(0).coalesce().gist(values.domain()).coalesce()
    if first.n_piece() != 1:
        return None
    aff = first.get_pieces()[0][1]
    return None if aff.dim(isl.dim_type.div) > 0 else aff


def step_between(loop: Loop, outer: Sequence[Loop], context: isl.Set) -> int:
    """The distance between iterations of `loop` in each iteration of `outer`: 2 for `i += 2`."""
    values = loop_range(loop, outer, context)
    if values.is_empty():
        return 1
    return max(1, int(values.wrap().get_stride(values.dim(isl.dim_type.in_)).to_python()))


def most_iterations(loop: Loop, outer: Sequence[Loop], context: isl.Set) -> int | None:
    """The largest number of iterations of one execution of `loop`; None if it depends on parameters."""
    values = loop_range(loop, outer, context)
    if values.is_empty():
        return None
    first, last = values.lexmin_pw_multi_aff().get_at(0), values.lexmax_pw_multi_aff().get_at(0)
    span = last.sub(first).max_val()
    return int(span.to_python()) // step_between(loop, outer, context) + 1 if span.is_int() else None


def common_origins(origins: Sequence[isl.Aff | None]) -> list[isl.Aff | None]:
    """`origins`, constant ones replaced by the smallest of them: then the tiles of triangular nests fit together."""
    constants = [origin.get_constant_val() for origin in origins if origin is not None and origin.is_cst()]
    least = min(constants, key=lambda value: value.to_python(), default=None)
    return [
        origin.set_constant_val(least) if origin is not None and least is not None and origin.is_cst() else origin
        for origin in origins
    ]


def strip_values(loop: Loop, size: int, outer: Sequence[Loop], origin: isl.Aff | None) -> dict[str, isl.PwAff]:
    """The loop over the first iterations of strips of `size` iterations of `loop`.

    One strip begins at `origin`, a function of the iterations of `outer`; at 0 if None.
    """
    if origin is not None and origin.is_cst():
        origin = origin.mod_val(isl.Val(size))
        origin = None if origin.get_constant_val().is_zero() else origin
    factor = isl.Val(size)
    result: dict[str, isl.PwAff] = {}
    for leaf in leaves(loop.body):
        value = loop.values[leaf.statement]
        if origin is None:
            result[leaf.statement] = value.scale_down_val(factor).floor().scale_val(factor)
        else:
            start = sunk(leaf, outer, isl.PwAff.from_aff(origin))
            result[leaf.statement] = value.sub(start).scale_down_val(factor).floor().scale_val(factor).add(start)
    return result
