"""The sizes of types in bytes, as `sizeof` gives them."""

from frontends.c.constants import evaluate_integer
from frontends.c.refusal import Refusal
from frontends.c.syntax import Arithmetic, ArrayType, Pointer, SizeOf, Type
from frontends.c.typing_rules import type_of


def size_of(expr: SizeOf) -> int | None:
    """The value of `expr`; None if it is not constant or not known."""
    if expr.type is not None:
        return _bytes(expr.type)
    if expr.operand is None:
        return None
    try:
        return _bytes(type_of(expr.operand))
    except Refusal:
        return None


def _bytes(type_: Type) -> int | None:
    match type_:
        case Arithmetic(ctype):
            return ctype.size
        case Pointer():
            return 8
        case ArrayType(element, extent) if extent is not None:
            length, size = evaluate_integer(extent), _bytes(element)
            return None if length is None or size is None else length * size
        case _:
            return None
