"""C text for what one statement instance computes, with the counters replaced by what the generated loops give them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from optimizer.codegen import text
from optimizer.codegen.affine import Affine, add, number, scale, variables
from optimizer.codegen.elements import (
    Lanes,
    Registers,
    affine_of,
    element_of,
    integer_literal,
    lane_stride,
)
from optimizer.codegen.integers import Integers
from optimizer.codegen.text import Text
from optimizer.ir import expr as ir
from optimizer.ir.ctype import INT, CType, promote
from optimizer.ir.expr import Action, Assign, Conditional, Expr, type_of

INDENT = "    "
ZERO = number(0)


@dataclass(frozen=True, slots=True)
class StatementPrinter:
    """Prints the body of one instance. `arrays` gives the C text of each array's base, `counters` the values,
    `registers` the variables that hold elements for the time being, `shapes` the rows of linearized arrays.
    """

    integers: Integers
    arrays: Mapping[str, str]
    counters: Mapping[str, Affine]
    registers: Registers = field(default_factory=Registers)
    shapes: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def lines(self, actions: tuple[Action, ...]) -> Iterator[str]:
        """The C statements of `actions`, relative to no indentation."""
        for action in actions:
            match action:
                case Assign(target=target, op=op, value=value):
                    yield f"{self._ref(target).code} {op} {self.expression(value).code};"
                case Conditional(condition=condition, then=then, otherwise=otherwise):
                    yield f"if ({self.expression(condition).code}) {{"
                    yield from (INDENT + line for line in self.lines(then))
                    if otherwise:
                        yield "} else {"
                        yield from (INDENT + line for line in self.lines(otherwise))
                    yield "}"
                case _:
                    assert_never(action)

    def expression(self, expr: Expr) -> Text:
        """`expr` with the value and the type that it has in the source."""
        match expr:
            case ir.Literal(text=code):
                return Text(code, text.PREFIX if code[0] in "+-" else text.POSTFIX)
            case ir.Symbol(text=code):
                return text.opaque(code)
            case ir.Iterator(name=name, type=ctype):
                return self._counter(self.counters[name], ctype)
            case ir.Ref():
                return self._ref(expr)
            case ir.Unary(op=op, operand=operand):
                return text.prefix(op, self.expression(operand))
            case ir.Binary(op=op, left=left, right=right):
                return text.binary(op, self.expression(left), self.expression(right))
            case ir.Select(condition=condition, then=then, otherwise=otherwise):
                return text.select(self.expression(condition), self.expression(then), self.expression(otherwise))
            case ir.Cast(type=ctype, operand=operand):
                return text.cast(ctype.name, self.expression(operand))
            case ir.Call(function=function, arguments=arguments):
                return Text(f"{function}({', '.join(self.expression(a).code for a in arguments)})")
            case _:
                assert_never(expr)

    def _counter(self, value: Affine, ctype: CType) -> Text:
        """The value of a counter of type `ctype`; the cast keeps int arithmetic, and conversions to float cheap."""
        if value.is_constant and ctype == INT:
            return self.integers.value(value)
        if ctype.size == 8 and ctype.signed:
            return self.integers.wide(value)
        return text.cast(ctype.name, self.integers.value(value))

    def _ref(self, ref: ir.Ref) -> Text:
        if self.registers:
            element = element_of(ref, self.counters, shape=self.shapes.get(ref.array, ()))
            if element is not None and element in self.registers:
                return Text(self.registers[element])
        base = text.opaque(self.arrays[ref.array])
        if not ref.subscripts:
            return base if base.level == text.POSTFIX else Text(f"({base.code})")
        return Text(base.at(text.POSTFIX) + "".join(f"[{self._subscript(s).code}]" for s in ref.subscripts))

    def _subscript(self, expr: Expr) -> Text:
        """An integer expression with the value of `expr`; where no type is unsigned, it may be computed in long."""
        if isinstance(expr, ir.Iterator):
            return self.integers.value(self.counters[expr.name])
        return self._sum_text(self._sum(expr)) if _is_signed(expr) else self.expression(expr)

    def lane_stride(self, expr: Expr, lanes: Lanes) -> int | None:
        """How much the subscript `expr` grows from one lane to the next; None if not by the same number everywhere."""
        if not _is_signed(expr):
            value = affine_of(expr, self.counters)
            return None if value is None else lane_stride(value, lanes)
        total = self._sum(expr)
        if any(re.search(rf"\b{re.escape(lanes.variable)}\b", term.code) for _, term in total.others):
            return None
        return lane_stride(total.affine, lanes)

    def _sum(self, expr: Expr) -> "_Sum":
        """`expr`, all of whose operands are signed, as a sum of counters, a number and other terms."""
        match expr:
            case ir.Iterator(name=name):
                return _Sum(self.counters[name])
            case ir.Literal(text=code) if (value := integer_literal(code)) is not None:
                return _Sum(number(value))
            case ir.Symbol(text=code) if (variable := self.integers.hoisted(code)) is not None:
                return _Sum(ZERO, ((1, variable),), is_long_inside=True)
            case ir.Unary(op="-", operand=operand) if _is_signed(operand):
                return self._sum(operand).times(-1)
            case ir.Binary(op="+" | "-" as op, left=left, right=right) if _is_signed(left) and _is_signed(right):
                return self._sum(left).plus(self._sum(right).times(1 if op == "+" else -1))
            case ir.Binary(op="*", left=left, right=right) if _is_signed(left) and _is_signed(right):
                return self._product(self._sum(left), self._sum(right))
            case _:
                return _Sum(ZERO, ((1, self.expression(expr)),))

    def _product(self, left: "_Sum", right: "_Sum") -> "_Sum":
        for factor, other in ((left, right), (right, left)):
            is_number = factor.affine.is_constant and not factor.others
            if is_number and (not other.others or factor.affine.constant in (-1, 0, 1)):
                return other.times(factor.affine.constant)
        is_long = left.is_long or right.is_long
        printed = text.binary("*", self._sum_text(left), self._sum_text(right))
        return _Sum(ZERO, ((1, printed),), is_long)

    def _sum_text(self, value: "_Sum") -> Text:
        if not value.others:
            return self.integers.value(value.affine)
        terms = list(value.others)
        if value.affine.terms:
            affine = self.integers.wide(value.affine)
            if value.is_long_inside and not affine.code.startswith("-"):
                terms.append((1, Text(affine.code, max(affine.level, text.PRODUCT))))
            else:  # its type long first, so that the rest is computed in long
                terms.insert(0, (1, affine))
        elif value.affine.constant:
            terms.append((1 if value.affine.constant > 0 else -1, Text(str(abs(value.affine.constant)))))
        sign, first = terms[0]
        result = first if sign > 0 else text.prefix("-", first)
        for sign, term in terms[1:]:
            result = text.binary("+" if sign > 0 else "-", result, term)
        return result


@dataclass(frozen=True, slots=True)
class _Sum:
    """affine + the signed `others`, which are printed already; `is_long_inside` if one of these is of type long."""

    affine: Affine
    others: tuple[tuple[int, Text], ...] = ()
    is_long_inside: bool = False

    @property
    def is_long(self) -> bool:
        return self.is_long_inside or bool(variables(self.affine))

    def times(self, factor: int) -> "_Sum":
        if factor == 0:
            return _Sum(ZERO)
        assert not self.others or abs(factor) == 1
        others = tuple((sign * factor, term) for sign, term in self.others)
        return _Sum(scale(self.affine, factor), others, self.is_long_inside)

    def plus(self, other: "_Sum") -> "_Sum":
        long_inside = self.is_long_inside or other.is_long_inside
        return _Sum(add(self.affine, other.affine), self.others + other.others, long_inside)


def _is_signed(expr: Expr) -> bool:
    ctype = type_of(expr)
    return ctype.is_integer and promote(ctype).signed
