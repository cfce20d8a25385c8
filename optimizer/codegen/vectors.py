"""C text for what one statement computes in all lanes of a vector at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from optimizer.codegen import text
from optimizer.codegen.affine import Affine, Variable, leaves, substitute
from optimizer.codegen.elements import Element, Lanes, element_of, integer_literal, lane_stride
from optimizer.codegen.lines import indented
from optimizer.codegen.names import fresh
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
    lanes in its counters; `private` names the vectors that take the place of scalars of which each lane has its own,
    `totals` those in whose lanes an element is updated that is one for all lanes.
    `touched` are the elements that every lane surely reads or writes in these iterations, `stored` those it writes.
    Values that are used several times get names in `named`, to be declared in front of the statement.
    """

    scalar: StatementPrinter
    lanes: Lanes
    types: VectorTypes
    private: Mapping[str, str]
    totals: Mapping[Element, str]
    touched: frozenset[Element]
    stored: frozenset[Element]
    named: list[str] = field(default_factory=list[str])

    def lines(self, actions: tuple[Action, ...]) -> Iterator[str]:
        """The C statements of `actions`; NotVector if there are none."""
        for action in actions:
            whole = _one_assignment(action)
            if whole is not None:
                yield from self._declaring(self._assign(whole))
                continue
            assert isinstance(action, ir.Conditional)
            if self._varies(action.condition):
                yield "{"
                yield from indented(self._masked(action, None, ()))
                yield "}"
                continue
            yield f"if ({self._uniform(action.condition).code}) {{"
            yield from indented(self.lines(action.then))
            if action.otherwise:
                yield "} else {"
                yield from indented(self.lines(action.otherwise))
            yield "}"

    def _declaring(self, statements: Iterable[str]) -> Iterator[str]:
        """`statements` behind the declarations of the values that they use."""
        lines = list(statements)
        declarations = list(self._taken())
        if declarations:
            yield "{"
            yield from indented([*declarations, *lines])
            yield "}"
        else:
            yield from lines

    def _assign(self, action: ir.Assign) -> Iterator[str]:
        target = action.target
        value = self._value(action.value)
        if action.op != "=":
            value = self._arithmetic(action.op[:-1], self._value(target), value)
        yield from self._store(target, self._lanes_of(value, target.type))

    def _store(self, target: ir.Ref, lanes: Text) -> Iterator[str]:
        name = self.private.get(target.array) or self._register(target)
        if name is not None:
            yield f"{name} = {lanes.code};"
        elif self._is_contiguous(target):
            yield f"*({self.types.memory(target.type, self.lanes.count)} *)&{self._at(target, 0).code} = {lanes.code};"
        else:
            name = self._name("value")
            yield f"const {self._type(target.type)} {name} = {lanes.code};"
            for lane in range(self.lanes.count):
                yield f"{self._at(target, lane).code} = {name}[{lane}];"

    # Statements that only some lanes execute -------------------------------------------------------------------------
    def _masked(self, action: ir.Conditional, around: Value | None, known: tuple[Expr, ...]) -> Iterator[str]:
        """`action` in the lanes of the mask `around`; what `known` reads may be read in all lanes."""
        if around is not None and not self._is_safe(action.condition, known):
            raise NotVector
        mask = self._mask(self._value(action.condition))
        if around is not None:
            mask = replace(around, text=text.binary("&", around.text, self._resized(mask, around.type).text))
        name = self._name("chosen")
        yield from self._taken()
        yield f"const {self._type(mask.type)} {name} = {mask.text.code};"
        mask = replace(mask, text=Text(name))
        known = (*known, action.condition)
        yield from self._branch(action.then, mask, known)
        others = text.prefix("~", mask.text)
        if around is not None:
            others = text.binary("&", self._resized(around, mask.type).text, others)
        yield from self._branch(action.otherwise, replace(mask, text=others), known)

    def _branch(self, actions: tuple[Action, ...], mask: Value, known: tuple[Expr, ...]) -> Iterator[str]:
        for action in actions:
            match action:
                case ir.Assign(target=target, op=op, value=expr):
                    is_own = target.array in self.private or self._register(target) is not None
                    if not (is_own or self._element(target) in self.stored) or not self._is_safe(expr, known):
                        raise NotVector
                    value, old = self._value(expr), self._load(target)
                    if op != "=":
                        value = self._arithmetic(op[:-1], old, value)
                    lanes = self._blend(mask, self._lanes_of(value, target.type), old.text, target.type)
                    yield from self._declaring(self._store(target, lanes))
                case ir.Conditional():
                    yield from self._masked(action, mask, known)
                case _:
                    assert_never(action)

    def _taken(self) -> Iterator[str]:
        """The declarations of the named values, which are then no longer pending."""
        declarations = list(self.named)
        self.named.clear()
        return iter(declarations)

    def _blend(self, mask: Value, one: Text, other: Text, ctype: CType) -> Text:
        """The lanes of `one` where `mask` holds and of `other` elsewhere, all of type `ctype`."""
        mask = self._resized(mask, mask_of(ctype))
        if ctype == mask.type:
            return _chosen(mask.text, one, other)
        bits = self._type(mask.type)
        return text.cast(self._type(ctype), _chosen(mask.text, text.cast(bits, one), text.cast(bits, other)))

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
        ctype = _shared_type(left, right)
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
        values = [self._named(self._value(each)) for each in (then, otherwise)]
        ctype = _shared_type(*values)
        one, other = (self._lanes_of(each, ctype) for each in values)
        test = self._value(condition)
        if not test.varies:
            return Value(text.select(test.text, one, other), ctype, varies=True)
        mask = self._named(self._resized(self._mask(test), mask_of(ctype)))
        return Value(self._blend(mask, one, other, ctype), ctype, varies=True)

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
        return self.types.converted(value.text, value.type, ctype, self.lanes.count)

    def _lanes_of(self, value: Value, ctype: CType) -> Text:
        """`value` as a vector of `ctype`."""
        printed = self._as(value, ctype)
        return printed if value.varies else self._broadcast(printed, ctype)

    def _named(self, value: Value) -> Value:
        """`value` as a variable if it is more than one."""
        if not value.varies or value.text.code.isidentifier():
            return value
        name = self._name("lanes")
        self.named.append(f"const {self._type(value.type)} {name} = {value.text.code};")
        return replace(value, text=Text(name))

    def _name(self, base: str) -> str:
        name = fresh(base, self.types.taken)
        self.types.taken.add(name)
        return name

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
        return replace(mask, text=self.types.converted(mask.text, mask.type, ctype, self.lanes.count), type=ctype)

    # What depends on the lane ----------------------------------------------------------------------------------------
    def _varies(self, expr: Expr) -> bool:
        """True if the lanes may see different values of `expr`."""
        for part in ir.walk(expr):
            match part:
                case ir.Iterator(name=name):
                    if Variable(self.lanes.variable) in leaves(self.scalar.counters[name]):
                        return True
                case ir.Ref(array=array):
                    if array in self.private or (self.totals and self._register(part) in self.totals.values()):
                        return True
                case _:
                    pass
        return False

    def _is_safe(self, expr: Expr, known: tuple[Expr, ...]) -> bool:
        """True if `expr` may be computed where C would not: it divides nothing, and reads only what `known` or the
        iteration reads anyway.
        """
        read = {part for each in known for part in ir.walk(each) if isinstance(part, ir.Ref)}
        for part in ir.walk(expr):
            if isinstance(part, ir.Ref) and part not in read and not self._is_touched(part):
                return False
            if isinstance(part, ir.Call) or (isinstance(part, ir.Binary) and part.op in ("/", "%", "<<", ">>")):
                return False
        return True

    def _is_touched(self, ref: ir.Ref) -> bool:
        return ref.array in self.private or self._register(ref) is not None or self._element(ref) in self.touched

    def _element(self, ref: ir.Ref) -> Element | None:
        return element_of(ref, self.scalar.counters, self.lanes, self.scalar.shapes.get(ref.array, ()))

    def _register(self, ref: ir.Ref) -> str | None:
        element = self._element(ref)
        return None if element is None else self.totals.get(element) or self.scalar.registers.get(element)

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


def _one_assignment(action: Action) -> ir.Assign | None:
    """`action` as one assignment if all its branches assign to the same element."""
    if isinstance(action, ir.Assign):
        return action
    match action.then, action.otherwise:
        case (then,), (otherwise,):
            one, other = _one_assignment(then), _one_assignment(otherwise)
        case _:
            return None
    if one is None or other is None or one.target != other.target or {one.op, other.op} != {"="}:
        return None
    branches = (_converted(each.value, one.target.type) for each in (one, other))
    return ir.Assign(one.target, "=", ir.Select(action.condition, *branches))


def _converted(expr: Expr, ctype: CType) -> Expr:
    return expr if type_of(expr) == ctype else ir.Cast(ctype, expr)


def _shared_type(left: Value, right: Value) -> CType:
    """A type that holds both values: that of C's arithmetic, or a smaller one that both have or fit into."""
    for one, other in ((left, right), (right, left)):
        if one.varies and not one.is_mask and one.type.is_integer and one.type.size < INT.size:
            if other.type == one.type and not other.is_mask:
                return one.type
            literal = None if other.varies else integer_literal(other.text.code)
            low = -(1 << 8 * one.type.size - 1) if one.type.signed else 0
            if literal is not None and low <= literal < low + (1 << 8 * one.type.size):
                return one.type
    return common_type(left.type, right.type)


def _chosen(mask: Text, one: Text, other: Text) -> Text:
    return text.binary("|", text.binary("&", mask, one), text.binary("&", text.prefix("~", mask), other))
