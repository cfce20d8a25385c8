"""The bytes of memory that a nest may touch in one array, as C expressions that stand in front of the nest."""

from collections.abc import Sequence
from dataclasses import dataclass

import islpy as isl

from optimizer.codegen import text
from optimizer.codegen.affine import TRUE, Affine, single
from optimizer.codegen.bounds import element_bounds, safe_range, touched
from optimizer.codegen.build import Reader
from optimizer.codegen.integers import Integers, ParameterText
from optimizer.codegen.polynomial import Polynomial
from optimizer.codegen.text import Text
from optimizer.ir.ctype import LONG, promote
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.scop import Array, Parameter, Scop, Storage

BOUND_OPERATIONS = 5_000_000


@dataclass(frozen=True, slots=True)
class Footprint:
    """A contiguous range that holds all elements of an array that a nest may touch: `count` elements from `first` on,
    or from the byte `address` (a `const char *`) `size` bytes; all are C expressions, `count` and `size` of type long.
    They are 0 where the nest does nothing.
    """

    first: str  # a pointer to const elements
    count: str
    address: str
    size: str


@dataclass(frozen=True, slots=True)
class Offsets:
    """Computes offsets of elements in the memory of arrays."""

    scop: Scop
    integers: Integers
    reader: Reader
    build: isl.AstBuild

    @classmethod
    def of(cls, scop: Scop) -> "Offsets":
        """The offsets in arrays of `scop`, over the parameters as the source writes them."""
        texts = {p.name: _inline(p) for p in scop.parameters}
        build = isl.AstBuild.from_context(scop.context)
        return cls(scop, Integers(texts, set()), Reader.for_scop(scop), build)

    def extent(self, array: Array, dimension: int) -> Polynomial | None:
        """The size of a dimension if it is known."""
        code = array.extents[dimension]
        if code is None:
            return None
        return Polynomial.number(int(code)) if code.strip().isdecimal() else Polynomial.factor(code.strip())

    def size(self, array: Array) -> Polynomial | None:
        """The number of elements of `array` if it is known."""
        result = Polynomial.number(1)
        for dimension in range(array.rank):
            extent = self.extent(array, dimension)
            if extent is None:
                return None
            result = result * extent
        return result

    def exact(self, value: isl.PwAff) -> Polynomial:
        """The value of `value` where it is defined."""
        return self.polynomial(self.reader.value(self.build.expr_from_pw_aff(value)))

    def polynomial(self, value: Affine) -> Polynomial:
        """The value of `value`, which is over parameters only."""
        result = Polynomial.number(value.constant)
        for atom, factor in value.terms:
            code = self.integers.value(single(atom))
            term = Polynomial.factor(code.at(text.POSTFIX))
            result = result + term * Polynomial.number(factor)
        return result

    def linear(self, array: Array, indices: Sequence[Polynomial]) -> Polynomial | None:
        """The offset of the element at `indices`, in elements; None if an inner extent is unknown."""
        offset = Polynomial()
        for dimension, index in enumerate(indices):
            if dimension > 0:
                extent = self.extent(array, dimension)
                if extent is None:
                    return None
                offset = offset * extent
            offset = offset + index
        return offset


def _inline(parameter: Parameter) -> ParameterText:
    """The parameter as the source writes it; the narrow ones get casts where they are computed with."""
    ctype = promote(parameter.type)
    code = text.opaque(parameter.text).at(text.POSTFIX)
    is_wide = ctype.size >= LONG.size and ctype.signed
    return ParameterText(code, None, not is_wide, not ctype.signed, ctype.minimum, ctype.maximum)


def footprint(scop: Scop, array: str) -> Footprint | None:
    """The footprint of `array` with exact bounds per dimension; None if it is unbounded, too hard to compute, or if no
    statement mentions the array.
    """
    if not any(access.array == array for s in scop.statements for access in s.accesses):
        return None
    found, offsets = scop.array(array), Offsets.of(scop)
    lows: list[Polynomial] = []
    highs: list[Polynomial] = []
    try:
        with operation_limit(scop.context.get_ctx(), BOUND_OPERATIONS):
            for dimension, bounds in enumerate(element_bounds(scop, array)):
                if bounds.low is not None and bounds.high is not None:
                    lows.append(offsets.exact(bounds.low))
                    highs.append(offsets.exact(bounds.high))
                elif (extent := offsets.extent(found, dimension)) is not None:
                    lows.append(Polynomial())
                    highs.append(extent - Polynomial.number(1))
                else:
                    return None
            some = offsets.reader.condition(offsets.build.expr_from_set(touched(scop, array).params()))
    except OperationLimitExceeded:
        return None
    low, last = offsets.linear(found, lows), offsets.linear(found, highs)
    if low is None or last is None:
        return None
    condition = None if some == TRUE else offsets.integers.condition(some)
    return _described(found, low, last + Polynomial.number(1) - low, condition)


def _described(array: Array, low: Polynomial, count: Polynomial, condition: Text | None) -> Footprint:
    first = moved(element_pointer(array), low)
    is_plain = all(len(monomial) <= 1 for monomial, _ in count.terms) and len(count.terms) <= 1
    number = text.cast("long", count.text()) if is_plain else count.text()
    if condition is not None:
        number = text.select(condition, number, Text("0L"))
    size = text.binary("*", number, Text(str(array.element.size)))
    return Footprint(first.code, number.code, text.cast("const char *", first).code, size.code)


def element_pointer(array: Array) -> Text:
    """A pointer to the first element of `array`, of its element type."""
    base = text.opaque(array.text)
    if array.rank == 0:
        if base.code.startswith("*"):
            return text.opaque(base.code[1:])
        return text.prefix("&", base)
    return base if array.c_rank == 1 else text.cast(f"const {array.element.name} *", base)


def moved(pointer: Text, offset: Polynomial) -> Text:
    """`pointer` moved by `offset` elements."""
    if not offset.terms:
        return pointer
    printed = offset.text()
    if len(offset.terms) == 1 and printed.code.startswith("-"):
        return text.binary("-", pointer, (Polynomial() - offset).text())
    return text.binary("+", pointer, printed)


def safe_offsets(scop: Scop, array: str) -> tuple[Polynomial, Polynomial] | None:
    """Offsets (first, end) of elements between which lies all that the nest touches in `array`, in simple terms; None
    if there are no such bounds.
    """
    found, offsets = scop.array(array), Offsets.of(scop)
    if found.storage is Storage.OBJECT and (size := offsets.size(found)) is not None:
        return Polynomial(), size
    lows: list[Polynomial] = []
    highs: list[Polynomial] = []
    for dimension in range(found.rank):
        bounds = safe_range(scop, array, dimension)
        if bounds is not None:
            lows.append(offsets.polynomial(bounds[0]))
            highs.append(offsets.polynomial(bounds[1]))
        elif (extent := offsets.extent(found, dimension)) is not None:
            lows.append(Polynomial())
            highs.append(extent - Polynomial.number(1))
        else:
            return None
    low, last = offsets.linear(found, lows), offsets.linear(found, highs)
    return None if low is None or last is None else (low, last + Polynomial.number(1))
