"""Run-time checks that no two names of a nest denote overlapping memory of which one side is written."""

from dataclasses import dataclass
from itertools import combinations

from optimizer.codegen import text
from optimizer.codegen.footprint import BOUND_OPERATIONS, element_pointer, moved, safe_offsets
from optimizer.codegen.polynomial import Polynomial
from optimizer.codegen.text import Text
from optimizer.ir.ctype import Kind
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.scop import AccessKind, Array, Assumption, AssumptionKind, Scop, Storage

_ALONE = {Storage.RESTRICT, Storage.LOCAL, Storage.HEAP}


@dataclass(frozen=True, slots=True)
class OverlapUnknown:
    """Two arrays may overlap and no check can tell."""

    reason: str


def overlap_checks(scop: Scop) -> tuple[Assumption, ...] | OverlapUnknown:
    """The conditions under which the arrays of `scop` are as distinct as its dependences take them to be."""
    written = {a.array for s in scop.statements for a in s.accesses if a.kind is not AccessKind.READ}
    touched = {a.array for s in scop.statements for a in s.accesses}
    arrays = [array for array in scop.arrays if array.name in touched]
    checks: list[Assumption] = []
    for left, right in combinations(arrays, 2):
        if not {left.name, right.name} & written or not _may_overlap(left, right):
            continue
        condition = _disjoint(scop, left, right)
        if condition is None and not scop.types_alias and _have_distinct_types(left, right):
            continue
        if condition is None:
            return OverlapUnknown(f"'{left.text}' and '{right.text}' may overlap, and no check at run time can tell")
        reason = f"'{left.text}' and '{right.text}' overlap"
        checks.append(Assumption(AssumptionKind.NO_OVERLAP, condition, reason))
    return tuple(checks)


def _may_overlap(left: Array, right: Array) -> bool:
    storages = {left.storage, right.storage}
    if left.text == right.text or Storage.POINTER not in storages or storages & _ALONE:
        return False
    return left.is_reachable and right.is_reachable


def _have_distinct_types(left: Array, right: Array) -> bool:
    """True if C forbids to access one object as both element types (C11 6.5p7)."""
    one, other = left.element, right.element
    if Kind.OPAQUE in (one.kind, other.kind) or 1 in (one.size, other.size):
        return False
    return one.kind is not other.kind or one.size != other.size


def _disjoint(scop: Scop, left: Array, right: Array) -> str | None:
    try:
        with operation_limit(scop.context.get_ctx(), BOUND_OPERATIONS):
            left_range, right_range = safe_offsets(scop, left.name), safe_offsets(scop, right.name)
    except OperationLimitExceeded:
        return None
    if left_range is None or right_range is None:
        return None
    cast = None if left.element == right.element else "const char *"
    (left_first, left_end), (right_first, right_end) = left_range, right_range
    before = text.binary("<=", _place(left, left_end, cast), _place(right, right_first, cast))
    after = text.binary("<=", _place(right, right_end, cast), _place(left, left_first, cast))
    return text.binary("||", before, after).code


def _place(array: Array, offset: Polynomial, cast: str | None) -> Text:
    place = moved(element_pointer(array), offset)
    return text.cast(cast, place) if cast else place
