"""Walks over syntax trees, and what a run of statements does to variables and memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from frontends.c.places import Place, place_of
from frontends.c.syntax import (
    Assignment,
    Block,
    CallOf,
    CastTo,
    Declaration,
    Empty,
    Expr,
    ExprStatement,
    For,
    If,
    Index,
    Infix,
    Jump,
    Member,
    Name,
    Number,
    OtherExpr,
    OtherStmt,
    Postfix,
    Pragma,
    Prefix,
    SizeOf,
    Stmt,
    Ternary,
    Variable,
    While,
)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct subexpressions."""
    match expr:
        case Number() | Name() | OtherExpr() | SizeOf():
            return ()
        case Prefix(operand=operand) | Postfix(operand=operand) | CastTo(operand=operand):
            return (operand,)
        case Infix(left=left, right=right):
            return (left, right)
        case Assignment(target=target, value=value):
            return (target, value)
        case Ternary(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case CallOf(function=function, arguments=arguments):
            return (function, *arguments)
        case Index(base=base, subscript=subscript):
            return (base, subscript)
        case Member(base=base):
            return (base,)


def walk(expr: Expr) -> Iterator[Expr]:
    """`expr` and all its subexpressions."""
    stack = [expr]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(children(current)))


def substatements(statement: Stmt) -> tuple[Stmt, ...]:
    """The direct substatements."""
    match statement:
        case Block(body=body):
            return body
        case If(then=then, otherwise=otherwise):
            return (then,) if otherwise is None else (then, otherwise)
        case For(start=start, body=body):
            return (start, body) if isinstance(start, Declaration) else (body,)
        case While(body=body):
            return (body,)
        case Jump(body=body):
            return () if body is None else (body,)
        case ExprStatement() | Declaration() | Pragma() | Empty() | OtherStmt():
            return ()


def statements_in(statements: Sequence[Stmt]) -> Iterator[Stmt]:
    """All statements, substatements included, outer ones first."""
    stack = list(reversed(statements))
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(substatements(current)))


def expressions_of(statement: Stmt) -> tuple[Expr, ...]:
    """The expressions that belong to `statement` itself."""
    match statement:
        case ExprStatement(expr=expr):
            return (expr,)
        case Declaration(variables=variables):
            return tuple(v.initial for v in variables if v.initial is not None)
        case If(condition=condition) | While(condition=condition):
            return (condition,)
        case For(start=start, condition=condition, step=step):
            parts = (None if isinstance(start, Declaration) else start, condition, step)
            return tuple(p for p in parts if p is not None)
        case Jump(value=value):
            return () if value is None else (value,)
        case Block() | Pragma() | Empty() | OtherStmt():
            return ()


def has_loop(statement: Stmt) -> bool:
    """True if `statement` is or contains a loop."""
    return any(isinstance(s, For | While) for s in statements_in([statement]))


def targets(expr: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Every lvalue that `expr` changes, with the expression that changes it."""
    for part in walk(expr):
        if isinstance(part, Assignment):
            yield part.target, part
        elif isinstance(part, Prefix | Postfix) and part.op in ("++", "--"):
            yield part.operand, part


@dataclass
class Effects:
    """What a run of statements changes: `assigned` are variables by name, `stores` other lvalues."""

    assigned: dict[Variable, list[Expr]] = field(default_factory=dict[Variable, list[Expr]])
    stores: list[Place] = field(default_factory=list[Place])
    declared: set[Variable] = field(default_factory=set[Variable])
    named: set[Variable] = field(default_factory=set[Variable])


def assigned_variables(statements: Sequence[Stmt]) -> dict[Variable, list[Expr]]:
    """The variables that are assigned by name, with the assignments."""
    found: dict[Variable, list[Expr]] = {}
    for statement in statements_in(statements):
        for expr in expressions_of(statement):
            for target, change in targets(expr):
                if isinstance(target, Name) and target.variable is not None:
                    found.setdefault(target.variable, []).append(change)
    return found


def effects_of(statements: Sequence[Stmt]) -> Effects:
    """The effects of `statements`; raises Refusal if a changed lvalue is not modelled."""
    effects = Effects(assigned_variables(statements))
    for statement in statements_in(statements):
        if isinstance(statement, Declaration):
            effects.declared.update(statement.variables)
        for expr in expressions_of(statement):
            for part in walk(expr):
                if isinstance(part, Name) and part.variable is not None:
                    effects.named.add(part.variable)
            for target, _ in targets(expr):
                if not isinstance(target, Name):
                    effects.stores.append(place_of(target))
    return effects
