"""The dimensions of the arrays of a nest: those that C declares, and those found behind linear subscripts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import gcd

import islpy as isl

from frontends.c import sets
from frontends.c.arrays import AccessRecord, ArrayInfo
from frontends.c.conditions import c_value
from frontends.c.evaluator import Evaluator
from frontends.c.model import Model, Obligation, ProductBound, is_postfix
from frontends.c.polynomial import Monomial, Polynomial
from frontends.c.printing import c_text
from frontends.c.refusal import NotAffine, Refusal
from frontends.c.rows import Rows
from frontends.c.syntax import Expr
from optimizer.ir.scop import AccessKind, Assumption, AssumptionKind


@dataclass(frozen=True)
class Shape:
    """The dimensions of an array in access relations: their sizes as C text and, except the first, as polynomials."""

    extents: tuple[str | None, ...]
    sizes: tuple[Polynomial | None, ...]
    subscripts: tuple[tuple[Polynomial, ...] | None, ...]  # per access, None for the whole array


def shape_of(model: Model, evaluator: Evaluator, array: ArrayInfo) -> Shape:
    """The dimensions of `array`, and its subscripts in them; raises Refusal if no shape fits."""
    subscripts = tuple(a.subscripts for a in array.accesses)
    if len(array.extents) == 1 and any(s is not None and s[0].degree > 1 for s in subscripts):
        shape = _delinearized(model, array)
        if shape is not None:
            return shape
        _refuse_writes(model, array)
        return Shape(
            (None,), (None,), tuple(None if s is None or not _is_affine(model, s[0]) else s for s in subscripts)
        )
    for record in array.accesses:
        if record.subscripts is not None and not all(_is_affine(model, s) for s in record.subscripts):
            if record.kind is not AccessKind.READ:
                raise Refusal("LW116", f"a subscript of '{array.text}' is not affine", record.at)
            record.subscripts = None
    sizes = tuple(_declared_size(evaluator, e, array, position) for position, e in enumerate(array.extents))
    texts = tuple(None if e is None else c_text(e) for e in array.extents)
    return Shape(texts, sizes, tuple(a.subscripts for a in array.accesses))


def _is_affine(model: Model, polynomial: Polynomial) -> bool:
    try:
        model.function(polynomial)
    except ArithmeticError:
        return False
    return True


def _refuse_writes(model: Model, array: ArrayInfo) -> None:
    for record in array.accesses:
        if record.kind is AccessKind.READ or record.subscripts is None or _is_affine(model, record.subscripts[0]):
            continue
        reason = f"the linear subscripts of '{array.text}' fit no array with fixed extents"
        raise Refusal("LW130", reason, record.at, "use the same extents in every subscript")


def _declared_size(evaluator: Evaluator, extent: Expr | None, array: ArrayInfo, position: int) -> Polynomial | None:
    if extent is None or position == 0:
        return None
    try:
        return evaluator.observed(extent)
    except NotAffine as error:
        raise Refusal("LW130", f"the extent of '{array.text}' is not known: {error.reason}", error.at) from None


# Linear subscripts ---------------------------------------------------------------------------------------------------
def _delinearized(model: Model, array: ArrayInfo) -> Shape | None:
    """The shape whose row-major addresses are the linear subscripts of `array`, None if there is none."""
    parameters = frozenset(p.name for p in model.parameters.values())
    rows = Rows.of([a.subscripts[0] for a in array.accesses if a.subscripts is not None], parameters)
    linear = rows.linear
    bases = _stride_monomials(linear, parameters)
    if bases is None:
        return None
    factors = [0] * len(bases)
    for polynomial in linear:
        parts = _split(polynomial, bases, parameters)
        if parts is None:
            return None
        for index, part in enumerate(parts):
            factors[index] = gcd(factors[index], *part.terms.values())
    factors[-1] = 1
    for index in range(len(factors) - 2, -1, -1):
        factors[index] = max(factors[index], 1)
    for index in range(1, len(factors) - 1):
        factors[index] = gcd(factors[index - 1], factors[index])
    sizes: list[Polynomial | None] = [None]
    for outer, inner, a, b in zip(bases, bases[1:], factors, factors[1:], strict=False):
        sizes.append(rows.restored(Polynomial({_quotient(outer, inner) or (): a // b})))
    texts = {p.name: p.text for p in model.parameters.values()}
    subscripts: list[tuple[Polynomial, ...] | None] = []
    flat = iter(linear)
    for access in array.accesses:
        if access.subscripts is None:
            subscripts.append(None)
            continue
        parts = _split(next(flat), bases, parameters)
        assert parts is not None
        subscripts.append(
            tuple(
                rows.restored(Polynomial({m: c // f for m, c in part.terms.items()}))
                for part, f in zip(parts, factors, strict=True)
            )
        )
    extents = (None, *(_size_text(size, texts) for size in sizes if size is not None))
    return Shape(extents, tuple(sizes), tuple(subscripts))


def _stride_monomials(linear: Sequence[Polynomial], parameters: frozenset[str]) -> list[Monomial] | None:
    """The products of parameters that counters are multiplied with, each a multiple of the next, () last."""
    found: set[Monomial] = {()}
    for polynomial in linear:
        for monomial in polynomial.terms:
            varying = [atom for atom in monomial if atom not in parameters]
            if len(varying) > 1:
                return None
            if varying:
                found.add(tuple(atom for atom in monomial if atom in parameters))
    bases = sorted(found, key=lambda m: (-len(m), m))
    for outer, inner in pairwise(bases):
        if _quotient(outer, inner) is None:
            return None
    return bases


def _quotient(monomial: Monomial, divisor: Monomial) -> Monomial | None:
    rest = Counter(monomial)
    rest.subtract(Counter(divisor))
    return None if any(n < 0 for n in rest.values()) else tuple(sorted(rest.elements()))


def _split(polynomial: Polynomial, bases: Sequence[Monomial], parameters: frozenset[str]) -> list[Polynomial] | None:
    """One affine polynomial per base so that the sum of base * part is `polynomial`."""
    parts: list[dict[Monomial, int]] = [{} for _ in bases]
    for monomial, coefficient in polynomial.terms.items():
        for index, base in enumerate(bases):
            rest = _quotient(monomial, base)
            if rest is not None and (len(rest) <= 1 or (not base and all(a in parameters for a in rest))):
                parts[index][rest] = coefficient
                break
        else:
            return None
    return [Polynomial(part) for part in parts]


def _size_text(size: Polynomial, texts: dict[str, str]) -> str:
    terms = sorted(size.terms.items(), key=lambda term: (-len(term[0]), term[0]))
    code = "".join(f" {'-' if c < 0 else '+'} {_product_text(m, abs(c), texts)}" for m, c in terms)
    code = f"-{code[3:]}" if code.startswith(" - ") else code[3:]
    return code if len(terms) == 1 else f"({code})"


def _product_text(monomial: Monomial, coefficient: int, texts: dict[str, str]) -> str:
    factors = [t if is_postfix(t := texts[a]) else f"({t})" for a in monomial]
    return " * ".join(([str(coefficient)] if coefficient != 1 or not factors else []) + factors)


# What the shapes assume ----------------------------------------------------------------------------------------------
def require_extents(model: Model, array: ArrayInfo, shape: Shape) -> None:
    """Makes sure that every subscript but the first stays within its dimension."""
    for record, subscripts in zip(array.accesses, shape.subscripts, strict=True):
        if subscripts is None:
            continue
        for subscript, size in zip(subscripts[1:], shape.sizes[1:], strict=True):
            if size is None:
                continue
            value, end = model.function(subscript), model.function(size)
            good = value.ge_set(sets.linear({})).intersect(value.lt_set(end))
            reason = f"a subscript of '{array.text}' would reach into the next row"
            flat = len(array.extents) == 1 and record.subscripts is not None and record.subscripts[0].degree <= 1
            if model.joined and flat and not record.domain.is_subset(good):
                raise Refusal("LW130", f"'{array.text}' is used with another shape in the nest before", record.at)
            model.require(record.domain, [Obligation(good, None, AssumptionKind.EXTENT, reason, record.at)])


def require_products(model: Model, arrays: Sequence[tuple[ArrayInfo, Shape]]) -> None:
    """Makes sure that unsigned linear subscripts do not wrap around; raises Refusal where that cannot be checked."""
    pending = list(model.products)
    for array, shape in arrays:
        for record, subscripts in zip(array.accesses, shape.subscripts, strict=True):
            if record.subscripts is None or subscripts is None or len(subscripts) < 2:
                continue
            for bound in [b for b in pending if b.polynomial == record.subscripts[0]]:
                _require_product(model, record, (subscripts, shape.sizes), bound)
                pending.remove(bound)
    if pending:
        raise Refusal("LW122", "an unsigned product might wrap around", pending[0].at, "use signed integers")


def _require_product(
    model: Model,
    record: AccessRecord,
    dimensions: tuple[Sequence[Polynomial], Sequence[Polynomial | None]],
    bound: ProductBound,
) -> None:
    subscripts, sizes = dimensions
    outer = model.function(subscripts[0])
    good = outer.ge_set(sets.linear({}))
    reason = "an unsigned subscript would wrap around"
    model.require(record.domain, [Obligation(good, None, AssumptionKind.NO_WRAP, reason, record.at)])
    names = {p.name for p in model.parameters.values()}
    reach = sets.atom("__reach").eq_set(outer).intersect(record.domain)
    reach = sets.without(reach, [n for n in sorted(sets.names_of(reach)) if n not in names and n != "__reach"])
    highest = isl.Set.from_params(sets.first(reach, "__reach", ascending=False))
    position = highest.find_dim_by_name(isl.dim_type.param, "__reach")
    largest = highest.move_dims(isl.dim_type.set, 0, isl.dim_type.param, position, 1).dim_max(0)
    texts = model.texts()
    factors = [f"((double)({c_value(largest, sets.universe(), texts)}) + 1.0)"]
    for size in sizes[1:]:
        assert size is not None
        factors.append(f"(double)({c_value(model.function(size), sets.universe(), texts)})")
    condition = f"{' * '.join(factors)} <= {float(1 << bound.width)!r}"
    if condition not in {a.condition for a in model.assumptions}:
        model.extra_assumptions.append(Assumption(AssumptionKind.NO_WRAP, condition, reason))
