"""Which restrict parameters a function copies to other pointers; those promise nothing about the copies."""

from frontends.c.places import is_lvalue, place_of
from frontends.c.refusal import Refusal
from frontends.c.syntax import Arithmetic, Expr, FunctionDef, Name, Pointer, Prefix
from frontends.c.traversal import children, expressions_of, statements_in
from frontends.c.typing_rules import variable_type


def note_escapes(function: FunctionDef) -> None:
    """Sets `escapes` of the restrict parameters of `function` that it uses other than to reach an element."""
    restricted = [p for p in function.parameters if "restrict" in variable_type(p.storage, p.type).quals]
    if not restricted or function.body is None:
        return
    for statement in statements_in([function.body]):
        for expr in expressions_of(statement):
            _visit(expr)


def _visit(expr: Expr) -> None:
    if isinstance(expr, Name):
        variable = expr.variable
        if variable is not None and isinstance(variable_type(variable.storage, variable.type), Pointer):
            variable.escapes = True
        return
    taken = isinstance(expr, Prefix) and expr.op == "&"
    if not taken and is_lvalue(expr):
        try:
            place = place_of(expr)
        except Refusal:
            place = None
        if place is not None and place.dereferences and not place.through and isinstance(place.type, Arithmetic):
            for subscript in place.subscripts:
                _visit(subscript)
            return
    for child in children(expr):
        _visit(child)
