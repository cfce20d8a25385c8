"""The reads of an array in statement bodies whose subscripts are affine, and the groups of those with one shape."""

from collections.abc import Iterator as Iterable_
from dataclasses import dataclass
from typing import assert_never

import islpy as isl

from optimizer.ir.expr import (
    Action,
    Assign,
    Binary,
    Call,
    Cast,
    Conditional,
    Expr,
    Iterator,
    Literal,
    Ref,
    Select,
    Symbol,
    Unary,
    operands,
)
from optimizer.ir.form import Form
from optimizer.ir.linearized import dimensions_of
from optimizer.ir.scop import AccessKind, Scop, Statement


@dataclass(frozen=True, slots=True)
class Reference:
    """A read that each instance of `statement` executes: `subscripts` are those of `ref`, one a dimension of the array.

    `group` numbers the shapes (subscripts without constants) of the reads of one array in the order of the source.
    """

    statement: str
    ref: Ref
    subscripts: tuple[Form, ...]
    group: int


def references(scop: Scop, array: str) -> tuple[Reference, ...]:
    """The reads of `array` that are executed unconditionally and have an affine subscript for each of its dimensions.

    A read-modify-write of an element (`x[i] += 1`) is none of them, nor is what an `if` or `?:` on data guards.
    """
    rank = scop.array(array).rank
    groups: dict[tuple[Form, ...], int] = {}
    found: dict[tuple[str, Ref], Reference] = {}
    for statement in scop.statements:
        for ref in _read_always(statement.body):
            if ref.array == array and rank > 0 and (forms := _dimensions(ref, statement, scop)) is not None:
                group = groups.setdefault(tuple(form.shape for form in forms), len(groups))
                found.setdefault((statement.name, ref), Reference(statement.name, ref, forms, group))
    return tuple(found.values())


def _dimensions(ref: Ref, statement: Statement, scop: Scop) -> tuple[Form, ...] | None:
    """The subscripts of `ref` for the dimensions of its array in the model; None if they are not known."""
    array = scop.array(ref.array)
    if len(ref.subscripts) == array.rank:
        forms = tuple(form for s in ref.subscripts if (form := form_of(s, scop)) is not None)
        return forms if len(forms) == array.rank and _is_modelled(statement, forms, array.name, scop) else None
    if len(ref.subscripts) != 1:
        return None
    for access in statement.accesses:
        if access.array == array.name and access.kind is AccessKind.READ:
            found = dimensions_of(ref.subscripts[0], access.relation, statement, array, scop)
            if found is not None:
                return found
    return None


def relation_of(reference: Reference, scop: Scop) -> isl.Map:
    """The executed instances of the statement of `reference` -> the elements that it reads."""
    return _relation(scop.statement(reference.statement), reference.subscripts, reference.ref.array, scop)


def _is_modelled(statement: Statement, forms: tuple[Form, ...], array: str, scop: Scop) -> bool:
    """True if the access relations of `statement` say the same: no subscript wraps around, for one."""
    known = isl.UnionMap.empty(scop.context.get_space())
    for access in statement.accesses:
        if access.array == array and access.kind is AccessKind.READ:
            known = known.union(isl.UnionMap.from_map(access.relation))
    return isl.UnionMap.from_map(_relation(statement, forms, array, scop)).is_subset(known)


def _relation(statement: Statement, forms: tuple[Form, ...], array: str, scop: Scop) -> isl.Map:
    domain = statement.domain.align_params(scop.context.get_space()).intersect_params(scop.context)
    result: isl.Map | None = None
    for form in forms:
        line = isl.Map.from_aff(_aff(form, statement, domain))
        result = line if result is None else result.flat_range_product(line)
    assert result is not None
    return result.set_tuple_name(isl.dim_type.out, array).intersect_domain(domain)


def _aff(form: Form, statement: Statement, domain: isl.Set) -> isl.Aff:
    ctx = domain.get_ctx()
    result = isl.Aff.zero_on_domain(isl.LocalSpace.from_space(domain.get_space()))
    positions = {counter.name: index for index, counter in enumerate(statement.counters)}
    for name, value in form.counters:
        result = result.set_coefficient_val(isl.dim_type.in_, positions[name], isl.Val.int_from_si(ctx, value))
    for name, value in form.parameters:
        position = domain.find_dim_by_name(isl.dim_type.param, name)
        assert position >= 0, f"the context does not mention parameter {name}"
        result = result.set_coefficient_val(isl.dim_type.param, position, isl.Val.int_from_si(ctx, value))
    return result.set_constant_val(isl.Val.int_from_si(ctx, form.constant))


def form_of(expr: Expr, scop: Scop) -> Form | None:
    """The affine form of a subscript, as far as its operators go; None if there is none."""
    match expr:
        case Iterator(name=name):
            return Form(((name, 1),))
        case Literal(text=code):
            return Form(constant=int(code)) if code.isdecimal() and (code == "0" or code[0] != "0") else None
        case Symbol(text=code):
            return _parameter(code, scop)
        case Cast(type=ctype, operand=operand):
            return form_of(operand, scop) if ctype.is_integer else None
        case Unary(op="-", operand=operand):
            inner = form_of(operand, scop)
            return None if inner is None else Form().plus(inner, -1)
        case Binary(op="+" | "-" | "*" as op, left=left, right=right):
            return _combined(op, form_of(left, scop), form_of(right, scop))
        case _:
            return None


def _parameter(code: str, scop: Scop) -> Form | None:
    for parameter in scop.parameters:
        if parameter.text == code and scop.context.find_dim_by_name(isl.dim_type.param, parameter.name) >= 0:
            return Form(parameters=((parameter.name, 1),))
    return None


def _combined(op: str, left: Form | None, right: Form | None) -> Form | None:
    if left is None or right is None:
        return None
    if op != "*":
        return left.plus(right, 1 if op == "+" else -1)
    for factor, other in ((left, right), (right, left)):
        if factor == Form(constant=factor.constant):
            return Form().plus(other, factor.constant)
    return None


def _read_always(actions: tuple[Action, ...]) -> Iterable_[Ref]:
    for action in actions:
        match action:
            case Assign(target=target, value=value):
                yield from _evaluated(value)
                for subscript in target.subscripts:
                    yield from _evaluated(subscript)
            case Conditional(condition=condition):
                yield from _evaluated(condition)
            case _:
                assert_never(action)


def _evaluated(expr: Expr) -> Iterable_[Ref]:
    """The references that are read whenever `expr` is evaluated."""
    match expr:
        case Select(condition=condition):
            yield from _evaluated(condition)
        case Binary(op="&&" | "||", left=left):
            yield from _evaluated(left)
        case Ref():
            yield expr
            for subscript in expr.subscripts:
                yield from _evaluated(subscript)
        case Literal() | Iterator() | Symbol() | Unary() | Binary() | Cast() | Call():
            for operand in operands(expr):
                yield from _evaluated(operand)
        case _:
            assert_never(expr)
