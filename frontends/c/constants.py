"""The values and types of C constants and of constant integer expressions."""

import re

from frontends.c.syntax import Arithmetic, CastTo, Expr, Infix, Number, Prefix, SizeOf, Ternary
from optimizer.ir.ctype import DOUBLE, FLOAT, INT, LLONG, LONG, LONG_DOUBLE, UINT, ULLONG, ULONG, CType

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
    """The value of a constant integer expression; None if it is none or leaves the range of int."""
    value = _evaluate(expr)
    return value if value is not None and INT.minimum <= value <= UINT.maximum else None


def _evaluate(expr: Expr) -> int | None:
    match expr:
        case Number(text=text):
            constant = integer_constant(text)
            return constant[0] if constant is not None else None
        case Prefix(op=op, operand=operand) if (value := _evaluate(operand)) is not None:
            return {"+": value, "-": -value, "~": ~value, "!": int(not value)}.get(op)
        case Infix(op=op, left=left, right=right):
            a, b = _evaluate(left), _evaluate(right)
            return None if a is None or b is None else fold(op, a, b)
        case Ternary(condition=condition, then=then, otherwise=otherwise):
            chosen = _evaluate(condition)
            return None if chosen is None else _evaluate(then if chosen else otherwise)
        case CastTo(type=Arithmetic(ctype), operand=operand) if ctype.is_integer:
            value = _evaluate(operand)
            return value if value is not None and ctype.minimum <= value <= ctype.maximum else None
        case SizeOf(type=Arithmetic(ctype)):
            return ctype.size
        case _:
            return None


def fold(op: str, a: int, b: int) -> int | None:
    """`a op b` as C computes it without overflow; None if it is undefined or no integer operator."""
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/" | "%" if b != 0:
            quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
            return quotient if op == "/" else a - b * quotient
        case "<<" | ">>" if 0 <= b < 32:
            return a << b if op == "<<" else a >> b
        case "&" | "|" | "^":
            return a & b if op == "&" else a | b if op == "|" else a ^ b
        case "<" | ">" | "<=" | ">=" | "==" | "!=" | "&&" | "||":
            outcomes = {
                "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b, "==": a == b, "!=": a != b,
                "&&": bool(a and b), "||": bool(a or b),
            }  # fmt: skip
            return int(outcomes[op])
        case _:
            return None
