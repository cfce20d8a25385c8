"""The elements of an array that a nest may touch, as bounds per dimension over the parameters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import islpy as isl

from optimizer.codegen.affine import Affine, Choice, add, maximum, minimum, number, subtract
from optimizer.codegen.build import Reader
from optimizer.ir.scop import Access, Scop


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and the largest index in one dimension; None where there is none for all parameters."""

    low: isl.PwAff | None
    high: isl.PwAff | None


def touched(scop: Scop, array: str) -> isl.Set:
    """The elements of `array`, which some statement mentions, that some instance may touch."""
    parts = [_elements(scop, access) for access in _accesses(scop, array)]
    result = parts[0]
    for part in parts[1:]:
        result = result.union(part)
    return result.coalesce()


def _accesses(scop: Scop, array: str) -> list[tuple[isl.Set, Access]]:
    return [(s.domain, access) for s in scop.statements for access in s.accesses if access.array == array]


def _elements(scop: Scop, access: tuple[isl.Set, Access]) -> isl.Set:
    domain, relation = access[0], access[1].relation
    return domain.intersect_params(scop.context).apply(relation)


def element_bounds(scop: Scop, array: str) -> tuple[Bounds, ...]:
    """For each dimension of `array`, the exact bounds of the indices that the nest may touch.

    They are defined for the parameters for which it touches any. May take long: call it under an operation limit.
    """
    elements = touched(scop, array)
    return tuple(_bounds(elements, dimension) for dimension in range(elements.dim(isl.dim_type.set)))


def _bounds(elements: isl.Set, dimension: int) -> Bounds:
    has_low = elements.dim_has_lower_bound(isl.dim_type.set, dimension)
    has_high = elements.dim_has_upper_bound(isl.dim_type.set, dimension)
    return Bounds(
        elements.dim_min(dimension).coalesce() if has_low else None,
        elements.dim_max(dimension).coalesce() if has_high else None,
    )


def safe_range(scop: Scop, array: str, dimension: int) -> tuple[Affine, Affine] | None:
    """An index range (low, high) that contains all that the nest touches in `dimension`, in simple terms.
    None if there is none.

    Each access adds its own bounds, also where it is not executed: the range may be too large, never too small.
    """
    build = isl.AstBuild.from_context(scop.context)
    reader = Reader.for_scop(scop)
    lows: list[Affine] = []
    highs: list[Affine] = []
    for access in _accesses(scop, array):
        elements = _elements(scop, access)
        if elements.is_empty():
            continue
        bounds = _bounds(elements, dimension)
        if bounds.low is None or bounds.high is None:
            return None
        lows.append(_simpler(reader.value(build.expr_from_pw_aff(bounds.low)), minimum))
        highs.append(_simpler(reader.value(build.expr_from_pw_aff(bounds.high)), maximum))
    return (minimum(lows), maximum(highs)) if lows else None


def _simpler(value: Affine, extreme: Callable[[Sequence[Affine]], Affine]) -> Affine:
    """`value`, or the extreme of the two values that it chooses from if these differ by a number."""
    match value.terms:
        case ((Choice(then=then, otherwise=otherwise), 1),):
            both = [_simpler(branch, extreme) for branch in (then, otherwise)]
            if subtract(*both).is_constant:
                return add(extreme(both), number(value.constant))
        case _:
            pass
    return value
