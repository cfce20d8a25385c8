"""The C types of expressions (C11 6.5), as far as the front end models them."""

from frontends.c.constants import floating_type, integer_constant
from frontends.c.pure_functions import result_type
from frontends.c.refusal import Refusal
from frontends.c.syntax import (
    Arithmetic,
    ArrayType,
    Assignment,
    CallOf,
    CastTo,
    Expr,
    FunctionType,
    Index,
    Infix,
    Member,
    Name,
    Number,
    OtherExpr,
    Pointer,
    Postfix,
    Prefix,
    SizeOf,
    StructType,
    Ternary,
    Type,
    qualified,
)
from optimizer.ir.ctype import INT, ULONG, CType, common_type, promote
from optimizer.ir.expr import COMPARISONS


def type_of(expr: Expr) -> Type:  # noqa: C901 one case per kind of node
    """The type of `expr`, arrays not decayed; raises Refusal for what is not modelled."""
    match expr:
        case Number(text=text):
            constant = integer_constant(text)
            ctype = constant[1] if constant is not None else floating_type(text)
            if ctype is None:
                raise Refusal("LW124", f"the constant {text} is not modelled", expr.at)
            return Arithmetic(ctype)
        case Name(variable=None, text=text):
            raise Refusal("LW124", f"'{text}' is not declared as a variable", expr.at)
        case Name(variable=variable) if variable is not None:
            return variable_type(variable.storage, variable.type)
        case Prefix(op="*", operand=operand):
            return _target(operand)
        case Prefix(op="&", operand=operand):
            return Pointer(type_of(operand))
        case Prefix(op="!"):
            return Arithmetic(INT)
        case Prefix(op="++" | "--", operand=operand) | Postfix(operand=operand):
            return type_of(operand)
        case Prefix(operand=operand):
            return Arithmetic(promote(arithmetic(operand)))
        case Assignment(target=target):
            return type_of(target)
        case Infix():
            return _infix(expr)
        case Ternary(then=then, otherwise=otherwise):
            chosen = decayed(type_of(then))
            if isinstance(chosen, Pointer):
                return chosen
            return Arithmetic(common_type(_number(chosen, then), arithmetic(otherwise)))
        case CastTo(type=type_):
            return type_
        case CallOf():
            return _call(expr)
        case Index(base=base, subscript=subscript):
            type_ = decayed(type_of(base))
            return type_.target if isinstance(type_, Pointer) else _target(subscript)
        case Member():
            return _member(expr)
        case SizeOf():
            return Arithmetic(ULONG)
        case OtherExpr(what=what):
            raise Refusal("LW124", f"{what} is not modelled", expr.at)
        case _:
            raise AssertionError(expr)


def variable_type(storage: str, type_: Type) -> Type:
    """The type of a variable in an expression: parameters of array type are pointers."""
    if storage == "param" and isinstance(type_, ArrayType):
        return Pointer(type_.element, type_.quals)
    return type_


def decayed(type_: Type) -> Type:
    """`type_`, with an array replaced by the pointer to its first element."""
    return Pointer(type_.element) if isinstance(type_, ArrayType) else type_


def arithmetic(expr: Expr) -> CType:
    """The arithmetic type of `expr`; raises Refusal if it has another one."""
    return _number(type_of(expr), expr)


def _number(type_: Type, expr: Expr) -> CType:
    if not isinstance(type_, Arithmetic):
        raise Refusal("LW133", "a value that is no number is not modelled", expr.at)
    return type_.ctype


def _target(pointer: Expr) -> Type:
    type_ = decayed(type_of(pointer))
    if not isinstance(type_, Pointer):
        raise Refusal("LW133", "only pointers and arrays have elements", pointer.at)
    return type_.target


def _infix(expr: Infix) -> Type:
    if expr.op == ",":
        return type_of(expr.right)
    if expr.op in COMPARISONS:
        return Arithmetic(INT)
    left, right = decayed(type_of(expr.left)), decayed(type_of(expr.right))  # once each: chains are long
    if isinstance(left, Pointer) or isinstance(right, Pointer):
        if expr.op not in ("+", "-") or (isinstance(left, Pointer) and isinstance(right, Pointer)):
            raise Refusal("LW121", "pointer arithmetic is not modelled", expr.at)
        return left if isinstance(left, Pointer) else right
    if expr.op in ("<<", ">>"):
        return Arithmetic(promote(_number(left, expr.left)))
    return Arithmetic(common_type(_number(left, expr.left), _number(right, expr.right)))


def _call(expr: CallOf) -> Type:
    if isinstance(expr.function, Name):
        variable = expr.function.variable
        if variable is None or variable.storage != "local":
            known = result_type(expr.function.text)
            if known is not None:
                return Arithmetic(known)
        if variable is not None and isinstance(variable.type, FunctionType):
            return variable.type.result
    raise Refusal("LW113", "a call of an unknown function may have side effects", expr.at)


def _member(expr: Member) -> Type:
    base = type_of(expr.base)
    base = decayed(base)
    if expr.arrow:
        if not isinstance(base, Pointer):
            raise Refusal("LW133", "'->' needs a pointer to a structure", expr.at)
        base = base.target
    if not isinstance(base, StructType) or base.definition.fields is None:
        raise Refusal("LW133", f"the structure around '{expr.name}' is not known", expr.at)
    if base.definition.is_union:
        raise Refusal("LW125", f"'{expr.name}' is a member of a union", expr.at, "use a structure")
    if expr.name in base.definition.bitfields:
        raise Refusal("LW125", f"'{expr.name}' is a bit-field", expr.at, "copy it to a local variable first")
    for name, type_ in base.definition.fields:
        if name == expr.name:
            return qualified(type_, base.quals & {"const", "volatile", "_Atomic"})
    raise Refusal("LW125", f"'{expr.name}' is no plain member of the structure", expr.at)
