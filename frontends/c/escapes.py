"""Which pointers and arrays a function hands on, so that others may reach what they denote.

A restrict parameter promises nothing about its copies; an array that a pointer was set to may be read through it.
"""

from frontends.c.places import is_lvalue, place_of
from frontends.c.refusal import Refusal
from frontends.c.syntax import Arithmetic, ArrayType, Expr, FunctionDef, Name, Pointer, Prefix
from frontends.c.traversal import children, expressions_of, statements_in, walk
from frontends.c.typing_rules import variable_type


def note_escapes(function: FunctionDef) -> None:
    """Sets `escapes` of the pointers and arrays that `function` uses other than to reach an element."""
    if function.body is None:
        return
    for statement in statements_in([function.body]):
        for expr in expressions_of(statement):
            _visit(expr)


def _visit(expr: Expr) -> None:
    if isinstance(expr, Name):
        variable = expr.variable
        if variable is not None and isinstance(variable_type(variable.storage, variable.type), Pointer | ArrayType):
            variable.escapes = True
        return
    if isinstance(expr, Prefix) and expr.op == "&":
        _visit_address(expr.operand)
        return
    if is_lvalue(expr):
        try:
            place = place_of(expr)
        except Refusal:
            place = None
        if place is not None and isinstance(place.type, Arithmetic):
            for subscript in place.subscripts:
                _visit(subscript)
            return
    for child in children(expr):
        _visit(child)


def _visit_address(operand: Expr) -> None:
    for part in walk(operand):
        if isinstance(part, Name) and part.variable is not None:
            part.variable.escapes = True
