"""C text for what one statement computes in all lanes of a vector at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from optimizer.codegen import text
from optimizer.codegen.affine import Affine, Variable, leaves, substitute
from optimizer.codegen.elements import Lanes, element_of, lane_stride
from optimizer.codegen.statements import StatementPrinter
from optimizer.codegen.text import Text
from optimizer.codegen.vector_types import VectorTypes, has_vectors, mask_of
from optimizer.ir import expr as ir
from optimizer.ir.ctype import INT, CType, common_type, promote
from optimizer.ir.expr import COMPARISONS, Action, Expr, type_of

_COMPUTED = frozenset(("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"))
_JOINED = {"&&": "&", "||": "|"}


class NotVector(Exception):
    """A statement has no form that computes all lanes at once."""


@dataclass(frozen=True, slots=True)
class Value:
    """Printed lanes of type `type`; a mask (0 or -1) if `is_mask`. One scalar that all lanes share if not `varies`."""

    text: Text
    type: CType
    varies: bool
    is_mask: bool = False


@dataclass(frozen=True, slots=True)
class VectorPrinter:
    """Prints the body of one statement for `lanes`. `scalar` prints it for one iteration, with the variable of the
    lanes in its counters; `private` names the vectors that take the place of scalars of which each lane has its own.
    """

    scalar: StatementPrinter
    lanes: Lanes
    types: VectorTypes
    private: Mapping[str, str]

    def lines(self, actions: tuple[Action, ...]) -> Iterator[str]:
        """The C statements of `actions`; NotVector if there are none."""
        for action in actions:
            match action:
                case ir.Assign():
                    yield from self._assign(action)
                case ir.Conditional():
                    raise NotVector
                case _:
                    assert_never(action)

    def _assign(self, action: ir.Assign) -> Iterator[str]:
        target = action.target
        value = self._value(action.value)
        if action.op != "=":
            value = self._arithmetic(action.op[:-1], self._value(target), value)
        lanes = self._lanes_of(value, target.type)
        name = self.private.get(target.array) or self._register(target)
        if name is not None:
            yield f"{name} = {lanes.code};"
            return
        if self._is_contiguous(target):
            yield f"*({self.types.memory(target.type, self.lanes.count)} *)&{self._at(target, 0).code} = {lanes.code};"
            return
        yield "{"
        yield f"    const {self._type(target.type)} value = {lanes.code};"
        for lane in range(self.lanes.count):
            yield f"    {self._at(target, lane).code} = value[{lane}];"
        yield "}"

    # Expressions -----------------------------------------------------------------------------------------------------
    def _value(self, expr: Expr) -> Value:
        if not self._varies(expr):
            return Value(self._uniform(expr), type_of(expr), varies=False)
        match expr:
            case ir.Ref():
                return self._load(expr)
            case ir.Iterator(name=name, type=ctype):
                return self._counter(name, ctype)
            case ir.Unary(op="!", operand=operand):
                return self._not(self._value(operand))
            case ir.Unary(op=op, operand=operand):
                ctype = type_of(expr)
                return Value(text.prefix(op, self._as(self._value(operand), ctype)), ctype, varies=True)
            case ir.Binary(op=op, left=left, right=right):
                return self._binary(op, left, right)
            case ir.Select(condition=condition, then=then, otherwise=otherwise):
                return self._select(condition, then, otherwise)
            case ir.Cast(type=ctype, operand=operand):
                if not has_vectors(ctype):
                    raise NotVector
                return Value(self._as(self._value(operand), ctype), ctype, varies=True)
            case ir.Call():
                return self._lane_by_lane(expr)
            case ir.Literal() | ir.Symbol():
                return Value(self._uniform(expr), type_of(expr), varies=False)
            case _:
                assert_never(expr)

    def _binary(self, op: str, left: Expr, right: Expr) -> Value:
        if op in _JOINED:
            if not self._is_safe(right, known=(left,)):
                return self._lane_by_lane(ir.Binary(op, left, right))
            one, other = self._mask(self._value(left)), self._mask(self._value(right))
            other = self._resized(other, one.type)
            return Value(text.binary(_JOINED[op], one.text, other.text), one.type, varies=True, is_mask=True)
        one, other = self._value(left), self._value(right)
        if op in COMPARISONS:
            return self._compare(op, one, other)
        assert op in _COMPUTED
        return self._arithmetic(op, one, other)

    def _arithmetic(self, op: str, left: Value, right: Value) -> Value:
        if not left.varies and not right.varies:
            ctype = promote(left.type) if op in ("<<", ">>") else common_type(left.type, right.type)
            return Value(text.binary(op, left.text, right.text), ctype, varies=False)
        if op in ("<<", ">>"):
            ctype = promote(left.type)
            return Value(text.binary(op, self._lanes_of(left, ctype), self._as(right, ctype)), ctype, varies=True)
        ctype = common_type(left.type, right.type)
        return Value(text.binary(op, self._as(left, ctype), self._as(right, ctype)), ctype, varies=True)

    def _compare(self, op: str, left: Value, right: Value) -> Value:
        ctype = common_type(left.type, right.type)
        if not has_vectors(ctype):
            raise NotVector
        printed = text.binary(op, self._as(left, ctype), self._as(right, ctype))
        mask = mask_of(ctype)
        return Value(text.cast(self._type(mask), printed), mask, varies=True, is_mask=True)

    def _not(self, value: Value) -> Value:
        mask = self._mask(value)
        return Value(text.prefix("~", mask.text), mask.type, varies=True, is_mask=True)

    def _select(self, condition: Expr, then: Expr, otherwise: Expr) -> Value:
        if not (self._is_safe(then, known=(condition,)) and self._is_safe(otherwise, known=(condition,))):
            return self._lane_by_lane(ir.Select(condition, then, otherwise))
        ctype = common_type(type_of(then), type_of(otherwise))
        one, other = (self._spread(self._as(self._value(e), ctype), ctype, e) for e in (then, otherwise))
        test = self._value(condition)
        if not test.varies:
            return Value(text.select(test.text, one, other), ctype, varies=True)
        mask = self._resized(self._mask(test), mask_of(ctype))
        bits = self._type(mask.type)
        if ctype.is_float:
            one, other = text.cast(bits, one), text.cast(bits, other)
        else:
            one, other = (text.cast(bits, each) if not ctype.signed else each for each in (one, other))
        chosen = text.binary(
            "|", text.binary("&", mask.text, one), text.binary("&", text.prefix("~", mask.text), other)
        )
        if ctype.is_float or not ctype.signed:
            chosen = text.cast(self._type(ctype), chosen)
        return Value(chosen, ctype, varies=True)

    def _load(self, ref: ir.Ref) -> Value:
        name = self.private.get(ref.array) or self._register(ref)
        if name is not None:
            return Value(Text(name), ref.type, varies=True)
        if not has_vectors(ref.type):
            raise NotVector
        if not self._is_contiguous(ref):
            return self._lane_by_lane(ref)
        memory = self.types.memory(ref.type, self.lanes.count)
        return Value(Text(f"*(const {memory} *)&{self._at(ref, 0).code}", text.PREFIX), ref.type, varies=True)

    def _counter(self, name: str, ctype: CType) -> Value:
        value = self.scalar.counters[name]
        stride = lane_stride(value, self.lanes)
        if stride is None:
            return self._lane_by_lane(ir.Iterator(name, ctype))
        first = replace(self.scalar, counters={name: substitute(value, self._at_lane(0))})
        steps = ", ".join(str(lane * stride) for lane in range(self.lanes.count))
        base = text.cast(ctype.name, first.expression(ir.Iterator(name, ctype)))
        return Value(text.binary("+", base, Text(f"({self._type(ctype)}){{{steps}}}")), ctype, varies=True)

    def _lane_by_lane(self, expr: Expr) -> Value:
        """A vector of scalars, computed one by one."""
        ctype = type_of(expr)
        if not has_vectors(ctype):
            raise NotVector
        parts = [self._scalar(lane).expression(expr).code for lane in range(self.lanes.count)]
        return Value(Text(f"({self._type(ctype)}){{{', '.join(parts)}}}"), ctype, varies=True)

    # Conversions -----------------------------------------------------------------------------------------------------
    def _as(self, value: Value, ctype: CType) -> Text:
        """`value` converted to `ctype`, still one scalar if all lanes share it."""
        if not has_vectors(ctype) or value.is_mask:
            raise NotVector
        if not value.varies:
            if ctype.is_float and value.text.code.isdecimal() and value.text.code[0] != "0":
                return Text(f"{value.text.code}.0{'f' if ctype.size == 4 else ''}")
            return value.text if value.type == ctype else text.cast(ctype.name, value.text)
        if self._type(value.type) == self._type(ctype):
            return value.text
        return Text(f"__builtin_convertvector({value.text.code}, {self._type(ctype)})")

    def _lanes_of(self, value: Value, ctype: CType) -> Text:
        """`value` as a vector of `ctype`."""
        printed = self._as(value, ctype)
        return printed if value.varies else self._broadcast(printed, ctype)

    def _spread(self, printed: Text, ctype: CType, expr: Expr) -> Text:
        return printed if self._varies(expr) else self._broadcast(printed, ctype)

    def _broadcast(self, printed: Text, ctype: CType) -> Text:
        """A vector whose lanes are all `printed`; x - 0 keeps the sign of a zero, x + 0 does not."""
        return text.binary("-", printed, Text(f"({self._type(ctype)}){{0}}"))

    def _mask(self, value: Value) -> Value:
        if value.is_mask:
            return value
        if not value.varies:
            spread = Value(self._broadcast(self._as(value, promote(value.type)), promote(value.type)), value.type, True)
            return self._compare("!=", spread, Value(Text("0"), INT, varies=False))
        return self._compare("!=", value, Value(Text("0"), INT, varies=False))

    def _resized(self, mask: Value, ctype: CType) -> Value:
        if mask.type == ctype:
            return mask
        printed = Text(f"__builtin_convertvector({mask.text.code}, {self._type(ctype)})")
        return Value(printed, ctype, varies=True, is_mask=True)

    # What depends on the lane ----------------------------------------------------------------------------------------
    def _varies(self, expr: Expr) -> bool:
        """True if the lanes may see different values of `expr`."""
        for part in ir.walk(expr):
            match part:
                case ir.Iterator(name=name):
                    if Variable(self.lanes.variable) in leaves(self.scalar.counters[name]):
                        return True
                case ir.Ref(array=array):
                    if array in self.private:
                        return True
                case _:
                    pass
        return False

    def _is_safe(self, expr: Expr, known: tuple[Expr, ...]) -> bool:
        """True if `expr` may be computed where C would not: it reads only what `known` reads, and divides nothing."""
        read = {part for each in known for part in ir.walk(each) if isinstance(part, ir.Ref)}
        for part in ir.walk(expr):
            if isinstance(part, ir.Ref) and part not in read and part.array not in self.private:
                return False
            if isinstance(part, ir.Call) or (isinstance(part, ir.Binary) and part.op in ("/", "%", "<<", ">>")):
                return False
        return True

    def _register(self, ref: ir.Ref) -> str | None:
        shape = self.scalar.shapes.get(ref.array, ())
        element = element_of(ref, self.scalar.counters, self.lanes, shape)
        return None if element is None else self.scalar.registers.get(element)

    def _is_contiguous(self, ref: ir.Ref) -> bool:
        """True if each lane touches the element behind that of the lane before."""
        strides = [self.scalar.lane_stride(subscript, self.lanes) for subscript in ref.subscripts]
        return strides[-1:] == [1] and not any(stride != 0 for stride in strides[:-1])

    def _uniform(self, expr: Expr) -> Text:
        return self._scalar(0).expression(expr)

    def _at(self, ref: ir.Ref, lane: int) -> Text:
        return self._scalar(lane).expression(ref)

    def _at_lane(self, lane: int) -> Mapping[str, Affine]:
        return {self.lanes.variable: self.lanes.at(lane)}

    def _scalar(self, lane: int) -> StatementPrinter:
        """What prints the statement for one lane."""
        counters = {name: substitute(value, self._at_lane(lane)) for name, value in self.scalar.counters.items()}
        arrays = {**self.scalar.arrays, **{array: f"{name}[{lane}]" for array, name in self.private.items()}}
        return replace(self.scalar, counters=counters, arrays=arrays, registers=self.scalar.registers.by_lane)

    def _type(self, ctype: CType) -> str:
        return self.types.value(ctype, self.lanes.count)
