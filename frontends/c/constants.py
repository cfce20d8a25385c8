"""The values and types of C constants and of constant integer expressions."""

import operator
import re
from collections.abc import Callable

from frontends.c.syntax import Arithmetic, CastTo, Expr, Infix, Number, Prefix, SizeOf, Ternary
from optimizer.ir.ctype import (
    DOUBLE,
    FLOAT,
    INT,
    LLONG,
    LONG,
    LONG_DOUBLE,
    UINT,
    ULLONG,
    ULONG,
    CType,
    common_type,
    promote,
)
from optimizer.ir.expr import COMPARISONS

_INTEGER = re.compile(r"(?P<digits>0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9]\d*)(?P<suffix>[uUlL]*)\Z")
_FLOAT = re.compile(
    r"(?:\d+\.\d*|\.\d+|\d+(?=[eE])|0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]*(?=[pP]))(?:[eEpP][+-]?\d+)?(?P<suffix>[fFlL]?)\Z"
)
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11, "\\": 92, "'": 39, '"': 34, "?": 63}


def integer_constant(text: str) -> tuple[int, CType] | None:
    """The value and type of an integer or character constant, None if `text` is none."""
    if text.startswith("'"):
        return _character(text)
    match = _INTEGER.match(text)
    if match is None:
        return None
    digits, suffix = match["digits"], match["suffix"].lower()
    decimal = not digits.startswith("0")
    value = int(digits, 0) if decimal or digits[1:2].lower() in ("x", "b") else int(digits, 8)
    longs = suffix.count("l")
    signed, unsigned = [INT, LONG, LLONG][longs:], [UINT, ULONG, ULLONG][longs:]
    if "u" in suffix:
        candidates = unsigned
    elif decimal:
        candidates = signed
    else:
        candidates = [t for pair in zip(signed, unsigned, strict=True) for t in pair]
    return next(((value, t) for t in candidates if value <= t.maximum), None)


def _character(text: str) -> tuple[int, CType] | None:
    inner = text[1:-1]
    if len(inner) == 1 and ord(inner) < 128:
        return ord(inner), INT
    if len(inner) == 2 and inner[0] == "\\" and inner[1] in _ESCAPES:
        return _ESCAPES[inner[1]], INT
    return None


def floating_type(text: str) -> CType | None:
    """The type of a floating constant, None if `text` is none."""
    match = _FLOAT.match(text)
    if match is None:
        return None
    return {"": DOUBLE, "f": FLOAT, "l": LONG_DOUBLE}[match["suffix"].lower()]


def evaluate_integer(expr: Expr) -> int | None:
    """The value of a constant integer expression as C computes it; None if it is none, or not defined."""
    found = _evaluate(expr)
    return None if found is None else found[0]


def _evaluate(expr: Expr) -> tuple[int, CType] | None:
    match expr:
        case Number(text=text):
            return integer_constant(text)
        case Prefix(op=op, operand=operand) if (found := _evaluate(operand)) is not None:
            value, ctype = found[0], promote(found[1])
            if op == "!":
                return int(not value), INT
            result = {"+": value, "-": -value, "~": ~value}.get(op)
            return None if result is None else _fitted(result, ctype)
        case Infix(op=op, left=left, right=right):
            a, b = _evaluate(left), _evaluate(right)
            return None if a is None or b is None else _fold(op, a, b)
        case Ternary(condition=condition, then=then, otherwise=otherwise):
            test, yes, no = _evaluate(condition), _evaluate(then), _evaluate(otherwise)
            if test is None or yes is None or no is None:
                return None
            return _converted((yes if test[0] else no)[0], common_type(yes[1], no[1]))
        case CastTo(type=Arithmetic(ctype), operand=operand) if ctype.is_integer:
            found = _evaluate(operand)
            return None if found is None else _converted(found[0], ctype)
        case SizeOf(type=Arithmetic(ctype)):
            return ctype.size, ULONG
        case _:
            return None


def _converted(value: int, ctype: CType) -> tuple[int, CType] | None:
    """`value` converted to `ctype`; None where the result is up to the implementation."""
    if ctype.name == "_Bool":
        return int(value != 0), ctype
    return _fitted(value, ctype)


def _fitted(value: int, ctype: CType) -> tuple[int, CType] | None:
    if not ctype.signed:
        return value % (ctype.maximum + 1), ctype
    return (value, ctype) if ctype.minimum <= value <= ctype.maximum else None


def _fold(op: str, left: tuple[int, CType], right: tuple[int, CType]) -> tuple[int, CType] | None:
    """`left op right` with C's conversions."""
    if op in ("&&", "||"):
        return int(bool(left[0] and right[0]) if op == "&&" else bool(left[0] or right[0])), INT
    if op in ("<<", ">>"):
        ctype = promote(left[1])
        if not 0 <= right[0] < 8 * ctype.size:
            return None
        return _fitted(left[0] << right[0] if op == "<<" else left[0] >> right[0], ctype)
    ctype = common_type(left[1], right[1])
    a, b = _fitted(left[0], ctype), _fitted(right[0], ctype)
    if a is None or b is None:
        return None
    value = _computed(op, a[0], b[0])
    if value is None:
        return None
    return (value, INT) if op in COMPARISONS else _fitted(value, ctype)


def _computed(op: str, a: int, b: int) -> int | None:
    """`a op b` without limits; None if it is undefined or no such operator."""
    if op in ("/", "%"):
        if b == 0:
            return None
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return quotient if op == "/" else a - b * quotient
    function = _FUNCTIONS.get(op)
    return None if function is None else int(function(a, b))


_FUNCTIONS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "&": int.__and__, "|": int.__or__, "^": int.__xor__,
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
