"""Subscripts of arrays that C sees with one dimension and the model with several: `A[i * n + j]` is A[i, j]."""

from collections import Counter as Multiset

import islpy as isl

from optimizer.ir.ctype import INT
from optimizer.ir.expr import Binary, Cast, Expr, Iterator, Literal, Symbol, Unary
from optimizer.ir.extents import product_of, terms_of
from optimizer.ir.form import Form
from optimizer.ir.scop import Array, Scop, Statement

_Polynomial = Multiset[tuple[str, ...]]  # sorted factors -> coefficient; a counter is written with a leading #


def dimensions_of(
    subscript: Expr, relation: isl.Map, statement: Statement, array: Array, scop: Scop
) -> tuple[Form, ...] | None:
    """The indices that `relation` gives for the dimensions of `array` if they make up the linear `subscript`."""
    forms = _forms(relation, statement)
    written = _polynomial(subscript)
    if forms is None or written is None or any(extent is None for extent in array.extents[1:]):
        return None
    texts = {parameter.name: parameter.text for parameter in scop.parameters}
    total: _Polynomial = Multiset()
    for form, extent in zip(forms, array.extents, strict=True):
        if total:
            total = product_of(total, terms_of(extent or ""))
        total = _sum(total, _linear(form, texts), 1)
    return forms if _sum(total, written, -1) == Multiset() else None


def linear_subscript(indices: tuple[Expr, ...], array: Array, scop: Scop) -> Expr:
    """The subscript in C of the element of `array` with the given indices."""
    types = {parameter.text: parameter.type for parameter in scop.parameters}
    result = indices[0]
    for index, extent in zip(indices[1:], array.extents[1:], strict=True):
        code = (extent or "").strip()
        size = Literal(code, INT) if code.isdecimal() else Symbol(code, types.get(code, INT))
        result = Binary("+", Binary("*", result, size), index)
    return result


def _forms(relation: isl.Map, statement: Statement) -> tuple[Form, ...] | None:
    """The indices of `relation` if each is one affine expression without divisions."""
    if not relation.is_single_valued():
        return None
    pieces: list[isl.MultiAff] = []
    isl.PwMultiAff.from_map(relation).foreach_piece(lambda _, value: pieces.append(value))
    if len(pieces) != 1:
        return None
    affs = [pieces[0].get_at(index) for index in range(pieces[0].dim(isl.dim_type.out))]
    return None if any(aff.dim(isl.dim_type.div) for aff in affs) else tuple(_form(aff, statement) for aff in affs)


def _form(aff: isl.Aff, statement: Statement) -> Form:
    names = [aff.get_dim_name(isl.dim_type.param, index) or "" for index in range(aff.dim(isl.dim_type.param))]

    def coefficients(kind: isl.dim_type, names: list[str]) -> tuple[tuple[str, int], ...]:
        values = ((name, int(aff.get_coefficient_val(kind, i).to_python())) for i, name in enumerate(names))
        return tuple(sorted((name, value) for name, value in values if value))

    return Form(
        coefficients(isl.dim_type.in_, [counter.name for counter in statement.counters]),
        coefficients(isl.dim_type.param, names),
        int(aff.get_constant_val().to_python()),
    )


def _linear(form: Form, texts: dict[str, str]) -> _Polynomial:
    result: _Polynomial = Multiset({(): form.constant})
    for name, value in form.counters:
        result["#" + name,] += value
    for name, value in form.parameters:
        result[texts[name],] += value
    return result


def _polynomial(expr: Expr) -> _Polynomial | None:
    match expr:
        case Iterator(name=name):
            return Multiset({("#" + name,): 1})
        case Literal(text=code):
            return Multiset({(): int(code)}) if code.isdecimal() and (code == "0" or code[0] != "0") else None
        case Symbol(text=code):
            return Multiset({(code,): 1})
        case Cast(type=ctype, operand=operand) if ctype.is_integer:
            return _polynomial(operand)
        case Unary(op="-", operand=operand):
            inner = _polynomial(operand)
            return None if inner is None else _sum(Multiset(), inner, -1)
        case Binary(op="+" | "-" | "*" as op, left=left, right=right):
            one, two = _polynomial(left), _polynomial(right)
            if one is None or two is None:
                return None
            return product_of(one, two) if op == "*" else _sum(one, two, 1 if op == "+" else -1)
        case _:
            return None


def _sum(left: _Polynomial, right: _Polynomial, factor: int) -> _Polynomial:
    result = Multiset(left)
    for key, value in right.items():
        result[key] += factor * value
    return Multiset({key: value for key, value in result.items() if value})
