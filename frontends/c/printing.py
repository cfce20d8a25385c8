"""Syntax trees -> C text with the fewest brackets that keep the meaning."""

from frontends.c.syntax import (
    Arithmetic,
    Assignment,
    CallOf,
    CastTo,
    Expr,
    Index,
    Infix,
    Member,
    Name,
    Number,
    OtherExpr,
    Postfix,
    Prefix,
    SizeOf,
    Ternary,
)

_PRIMARY = (Number, Name, CallOf, Index, Member, Postfix)


def c_text(expr: Expr) -> str:  # noqa: C901 one case per kind of node
    """`expr` in C."""
    match expr:
        case Number(text=text) | Name(text=text):
            return text
        case Prefix(op=op, operand=operand):
            return f"{op}{_bracketed(operand)}"
        case Postfix(op=op, operand=operand):
            return f"{_bracketed(operand)}{op}"
        case Infix(op=",", left=left, right=right):
            return f"{c_text(left)}, {c_text(right)}"
        case Infix(op=op, left=left, right=right):
            return f"{_bracketed(left)} {op} {_bracketed(right)}"
        case Assignment(op=op, target=target, value=value):
            return f"{c_text(target)} {op} {c_text(value)}"
        case Ternary(condition=condition, then=then, otherwise=otherwise):
            return f"{_bracketed(condition)} ? {_bracketed(then)} : {_bracketed(otherwise)}"
        case CastTo(type=Arithmetic(ctype), operand=operand):
            return f"({ctype.name}){_bracketed(operand)}"
        case CastTo(operand=operand):
            return f"(cast){_bracketed(operand)}"
        case CallOf(function=function, arguments=arguments):
            return f"{_bracketed(function)}({', '.join(c_text(a) for a in arguments)})"
        case Index(base=base, subscript=subscript):
            return f"{_bracketed(base)}[{c_text(subscript)}]"
        case Member(base=base, name=name, arrow=arrow):
            return f"{_bracketed(base)}{'->' if arrow else '.'}{name}"
        case SizeOf(type=Arithmetic(ctype)):
            return f"sizeof({ctype.name})"
        case SizeOf(operand=operand):
            return f"sizeof({c_text(operand) if operand is not None else '...'})"
        case OtherExpr(what=what):
            return what
        case _:
            raise AssertionError(expr)


def _bracketed(expr: Expr) -> str:
    text = c_text(expr)
    return text if isinstance(expr, _PRIMARY) else f"({text})"
