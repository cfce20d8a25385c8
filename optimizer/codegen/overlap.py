"""Run-time checks that no two names of a nest denote overlapping memory of which one side is written."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from optimizer.codegen import text
from optimizer.codegen.footprint import element_pointer, moved, safe_offsets
from optimizer.codegen.polynomial import Polynomial
from optimizer.codegen.text import Text
from optimizer.ir.ctype import Kind
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.scop import AccessKind, Array, Assumption, AssumptionKind, Scop, Storage

RANGE_OPERATIONS = 5_000_000  # for all arrays together: about two seconds of CPU

_ALONE = {Storage.RESTRICT, Storage.LOCAL, Storage.HEAP}


@dataclass(frozen=True, slots=True)
class OverlapUnknown:
    """Two arrays may overlap and no check can tell."""

    reason: str


def overlap_checks(scop: Scop) -> tuple[Assumption, ...] | OverlapUnknown:
    """The conditions under which the arrays of `scop` are as distinct as its dependences take them to be."""
    pairs = _suspects(scop)
    ranges = _Ranges(scop)
    ranges.compute({array.name: array for pair in pairs for array in pair}.values())
    checks: list[Assumption] = []
    for left, right in pairs:
        condition = ranges.disjoint(left, right)
        if condition is None and not scop.types_alias and _have_distinct_types(left, right):
            continue
        if condition is None:
            return OverlapUnknown(f"'{left.text}' and '{right.text}' may overlap, and {ranges.why_unknown}")
        reason = f"'{left.text}' and '{right.text}' overlap"
        checks.append(Assumption(AssumptionKind.NO_OVERLAP, condition, reason))
    return tuple(checks)


def _suspects(scop: Scop) -> list[tuple[Array, Array]]:
    """The pairs of arrays that may share memory and of which the nest writes one."""
    written = {a.array for s in scop.statements for a in s.accesses if a.kind is not AccessKind.READ}
    touched = {a.array for s in scop.statements for a in s.accesses}
    pairs = combinations([array for array in scop.arrays if array.name in touched], 2)
    return [(one, other) for one, other in pairs if {one.name, other.name} & written and _may_overlap(one, other)]


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


class _Ranges:
    """The memory that a nest touches in each array, as far as it was found out."""

    def __init__(self, scop: Scop) -> None:
        self.scop = scop
        self.offsets: dict[str, tuple[Polynomial, Polynomial]] = {}
        self.gave_up = False  # isl needed too long for the arrays that are missing

    def compute(self, arrays: Iterable[Array]) -> None:
        """Look at `arrays` until the limit on operations is reached."""
        try:
            with operation_limit(self.scop.context.get_ctx(), RANGE_OPERATIONS):
                for array in arrays:
                    found = safe_offsets(self.scop, array.name)
                    if found is not None:
                        self.offsets[array.name] = found
        except OperationLimitExceeded:
            self.gave_up = True

    @property
    def why_unknown(self) -> str:
        """Why there may be no condition for two arrays."""
        return "what the nest touches takes too long to compute" if self.gave_up else "no check at run time can tell"

    def disjoint(self, left: Array, right: Array) -> str | None:
        """The condition that the memory in `left` and `right` lies apart; None if one of them is not known."""
        if left.name not in self.offsets or right.name not in self.offsets:
            return None
        cast = None if left.element == right.element else "const char *"
        left_first, left_end = self.offsets[left.name]
        right_first, right_end = self.offsets[right.name]
        before = text.binary("<=", _place(left, left_end, cast), _place(right, right_first, cast))
        after = text.binary("<=", _place(right, right_end, cast), _place(left, left_first, cast))
        return text.binary("||", before, after).code


def _place(array: Array, offset: Polynomial, cast: str | None) -> Text:
    place = moved(element_pointer(array), offset)
    return text.cast(cast, place) if cast else place
