"""Which elements a reference denotes in one copy of a loop body: the key under which a value is kept in a register."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from optimizer.codegen.affine import (
    Affine,
    ParameterValue,
    Variable,
    add,
    leaves,
    number,
    scale,
    single,
    substitute,
    subtract,
)
from optimizer.ir import expr as ir
from optimizer.ir.extents import Terms, product_of, terms_of
from optimizer.ir.scop import Array

_OPAQUE = "value of "  # no parameter of a Scop is called so


@dataclass(frozen=True, slots=True)
class Lanes:
    """The iterations start, start + step, .. of the loop over `variable`, which run at once; `count` of them."""

    variable: str
    start: Affine
    step: int
    count: int

    def at(self, lane: int) -> Affine:
        """The value of the variable in `lane`."""
        return add(self.start, number(lane * self.step))


@dataclass(frozen=True, slots=True)
class Element:
    """The elements that lanes 0 .. lanes-1 touch: `subscripts` is that of lane 0, each lane is `strides` further.

    One lane without strides is a scalar reference, and one that all lanes share.
    """

    array: str
    subscripts: tuple[Affine, ...]
    strides: tuple[int, ...]
    lanes: int = 1

    def lane(self, index: int) -> "Element":
        """The element of one lane."""
        moved = tuple(add(s, number(index * d)) for s, d in zip(self.subscripts, self.strides, strict=True))
        return Element(self.array, moved, (0,) * len(moved))


class Registers(dict[Element, str]):
    """The variables that hold elements for the time being; never changed once it is made."""

    @cached_property
    def by_lane(self) -> "Registers":
        """The same with vectors replaced by their lanes."""
        found = Registers()
        for element, name in self.items():
            if element.lanes == 1:
                found[element] = name
            else:
                found |= {element.lane(each): f"{name}[{each}]" for each in range(element.lanes)}
        return found


def element_of(
    ref: ir.Ref, counters: Mapping[str, Affine], lanes: Lanes | None = None, shape: tuple[str, ...] = ()
) -> Element | None:
    """What `ref` touches; None where a subscript is no sum of loop variables, parameters and numbers.

    `shape` is that of `row_shapes` for its array: the one subscript i*n + j then counts as [i][j].
    """
    values = [affine_of(expr, counters) for expr in ref.subscripts]
    if shape and len(values) == 1 and values[0] is None:
        values = rows_of(ref.subscripts[0], counters, shape)
    subscripts: list[Affine] = []
    strides: list[int] = []
    for value in values:
        if value is None:
            return None
        stride = 0
        if lanes is not None:
            found = lane_stride(value, lanes)
            if found is None:
                return None
            stride = found
            value = substitute(value, {lanes.variable: lanes.start})
        if not value.is_linear:  # the printer gives such a counter a name
            return None
        subscripts.append(value)
        strides.append(stride)
    count = lanes.count if lanes is not None and any(strides) else 1
    return Element(ref.array, tuple(subscripts), tuple(strides), count)


def lane_stride(value: Affine, lanes: Lanes) -> int | None:
    """How much `value` grows from one lane to the next; None if not by the same number everywhere."""
    variable = Variable(lanes.variable)
    factor = 0
    for atom, coefficient in value.terms:
        if atom == variable:
            factor = coefficient
        elif variable in leaves(single(atom)):
            return None
    return factor * lanes.step


def affine_of(expr: ir.Expr, counters: Mapping[str, Affine]) -> Affine | None:
    """The integer `expr` as a sum; None if it is none. What the nest does not change counts as a parameter."""
    match expr:
        case ir.Iterator(name=name):
            return counters[name]
        case ir.Symbol(text=text):
            return single(ParameterValue(_OPAQUE + text))
        case ir.Literal(text=text):
            value = integer_literal(text)
            return None if value is None else number(value)
        case ir.Unary(op="-", operand=operand):
            inner = affine_of(operand, counters)
            return None if inner is None else scale(inner, -1)
        case ir.Binary(op="+" | "-" | "*" as op, left=left, right=right):
            one, other = affine_of(left, counters), affine_of(right, counters)
            if one is None or other is None:
                return None
            if op == "*":
                one, other = (other, one) if one.is_constant else (one, other)
                return scale(one, other.constant) if other.is_constant else None
            return add(one, other) if op == "+" else subtract(one, other)
        case _:
            return None


def row_shapes(arrays: Iterable[Array]) -> dict[str, tuple[str, ...]]:
    """The extents but the first, as C text, of the arrays that the source addresses by one linear subscript."""
    linear = [array for array in arrays if array.c_rank == 1 < array.rank]
    return {a.name: tuple(e or "" for e in a.extents[1:]) for a in linear}


def rows_of(expr: ir.Expr, counters: Mapping[str, Affine], shape: tuple[str, ...]) -> list[Affine | None]:
    """The subscripts, one per dimension, that the linear subscript `expr` stands for; [None] if it has another form.

    That they stay within their extents is what the Scop assumes of such arrays.
    """
    terms = _polynomial(expr, counters)
    if terms is None:
        return [None]
    found: list[Affine | None] = []
    for dimension in range(len(shape)):
        row = _row(shape[dimension:])
        leading = max(row, key=lambda monomial: (len(monomial), monomial))
        index = terms.get(leading, number(0))
        if row[leading] != 1:
            return [None]
        for monomial, factor in row.items():
            terms[monomial] = subtract(terms.get(monomial, number(0)), scale(index, factor))
        found.append(index)
    found.append(terms.pop((), number(0)))
    return [None] if any(value != number(0) for value in terms.values()) else found


def _row(extents: tuple[str, ...]) -> Terms:
    """The number of elements of a row with these extents."""
    result = terms_of(extents[0])
    for extent in extents[1:]:
        result = product_of(result, terms_of(extent))
    return result


def _polynomial(expr: ir.Expr, counters: Mapping[str, Affine]) -> dict[tuple[str, ...], Affine] | None:
    """`expr` as a sum of products of symbols, by their sorted texts, with sums of loop variables; None if it is none.
    """
    match expr:
        case ir.Iterator(name=name):
            return {(): counters[name]}
        case ir.Symbol(text=text):
            return {(text,): number(1)}
        case ir.Literal(text=text):
            literal = integer_literal(text)
            return None if literal is None else {(): number(literal)}
        case ir.Cast(type=ctype, operand=operand) if ctype.is_integer and ctype.size == 8:
            return _polynomial(operand, counters)
        case ir.Binary(op="+" | "-" | "*" as op, left=left, right=right):
            one, other = _polynomial(left, counters), _polynomial(right, counters)
            if one is None or other is None:
                return None
            if op == "*":
                return _times(one, other)
            total = dict(one)
            for monomial, value in other.items():
                total[monomial] = add(total.get(monomial, number(0)), scale(value, 1 if op == "+" else -1))
            return total
        case _:
            return None


def _times(
    one: Mapping[tuple[str, ...], Affine], other: Mapping[tuple[str, ...], Affine]
) -> dict[tuple[str, ...], Affine] | None:
    total: dict[tuple[str, ...], Affine] = {}
    for (first, a), (second, b) in product(one.items(), other.items()):
        factor, value = (a, b) if a.is_constant else (b, a)
        if not factor.is_constant:
            return None
        monomial = tuple(sorted(first + second))
        total[monomial] = add(total.get(monomial, number(0)), scale(value, factor.constant))
    return total


def integer_literal(code: str) -> int | None:
    """The value of a decimal, octal or hexadecimal literal."""
    digits = code.lower().rstrip("ul")
    try:
        return int(digits, 8) if len(digits) > 1 and digits.isdigit() and digits[0] == "0" else int(digits, 0)
    except ValueError:
        return None


def references(actions: tuple[ir.Action, ...]) -> Iterator[tuple[ir.Ref, bool, bool]]:
    """The references of `actions`: each with whether it is written, and whether it is touched in every execution.

    The target of `x += 1` comes twice, read and written. References in subscripts are included.
    """
    for action in actions:
        match action:
            case ir.Assign(target=target, op=op, value=value):
                for subscript in target.subscripts:
                    yield from _reads(subscript, always=True)
                yield from _reads(value, always=True)
                if op != "=":
                    yield target, False, True
                yield target, True, True
            case ir.Conditional(condition=condition, then=then, otherwise=otherwise):
                yield from _reads(condition, always=True)
                for ref, written, _ in references(then + otherwise):
                    yield ref, written, False


def _reads(expr: ir.Expr, *, always: bool) -> Iterator[tuple[ir.Ref, bool, bool]]:
    match expr:
        case ir.Ref():
            yield expr, False, always
        case ir.Select(condition=condition, then=then, otherwise=otherwise):
            yield from _reads(condition, always=always)
            yield from _reads(then, always=False)
            yield from _reads(otherwise, always=False)
            return
        case ir.Binary(op="&&" | "||", left=left, right=right):
            yield from _reads(left, always=always)
            yield from _reads(right, always=False)
            return
        case _:
            pass
    for operand in ir.operands(expr):
        yield from _reads(operand, always=always)
