"""Statement expressions that only name intermediate values, `({ T x = e; ...; result; })`, as one expression."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from frontends.c.syntax import (
    Arithmetic,
    Assignment,
    CallOf,
    CastTo,
    Declaration,
    Expr,
    ExprStatement,
    Index,
    Infix,
    Member,
    Name,
    Number,
    OtherExpr,
    Postfix,
    Prefix,
    SizeOf,
    Stmt,
    Ternary,
    Variable,
)
from frontends.c.traversal import walk

MAX_NODES = 400


def as_expression(statements: Sequence[Stmt]) -> Expr | None:
    """The value of a statement expression with the given body; None unless every statement but the last declares
    numbers that stay as they are.
    """
    if not statements or not isinstance(statements[-1], ExprStatement):
        return None
    values: dict[Variable, Expr] = {}
    for statement in statements[:-1]:
        if not isinstance(statement, Declaration) or statement.odd:
            return None
        for variable in statement.variables:
            if variable.initial is None or variable.address_taken or not isinstance(variable.type, Arithmetic):
                return None
            value = CastTo(Arithmetic(variable.type.ctype), _replaced(variable.initial, values), variable.at)
            if not _is_harmless(value):
                return None
            values[variable] = value
    result = _replaced(statements[-1].expr, values)
    return result if _is_harmless(result) else None


def _is_harmless(expr: Expr) -> bool:
    """True if computing `expr` twice is the same as once, and its size is bearable."""
    for count, part in enumerate(walk(expr)):
        if count > MAX_NODES or isinstance(part, Assignment | Postfix | OtherExpr):
            return False
        if isinstance(part, Prefix) and part.op in ("++", "--", "&"):
            return False
    return True


def _replaced(expr: Expr, values: Mapping[Variable, Expr]) -> Expr:
    """`expr` with the variables in `values` replaced."""
    match expr:
        case Name(variable=variable) if variable is not None and variable in values:
            return values[variable]
        case Number() | Name() | OtherExpr() | SizeOf():
            return expr
        case Prefix(operand=operand) | Postfix(operand=operand) | CastTo(operand=operand):
            return replace(expr, operand=_replaced(operand, values))
        case Infix(left=left, right=right):
            return replace(expr, left=_replaced(left, values), right=_replaced(right, values))
        case Assignment(target=target, value=value):
            return replace(expr, target=_replaced(target, values), value=_replaced(value, values))
        case Ternary(condition=condition, then=then, otherwise=otherwise):
            test = _replaced(condition, values)
            return Ternary(test, _replaced(then, values), _replaced(otherwise, values), expr.at)
        case CallOf(arguments=arguments):
            return replace(expr, arguments=tuple(_replaced(a, values) for a in arguments))
        case Index(base=base, subscript=subscript):
            return replace(expr, base=_replaced(base, values), subscript=_replaced(subscript, values))
        case Member(base=base):
            return replace(expr, base=_replaced(base, values))
