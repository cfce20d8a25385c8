"""C's arithmetic on values, exact to the bit: wrap-around, conversions, truncating division, IEEE rounding, no fused
operations. Integers are Python ints in the range of their type; floating values are NumPy scalars of their format.
"""

from typing import TypeAlias

import numpy as np

from optimizer.ir.ctype import DOUBLE, FLOAT, CType, common_type, promote
from optimizer.ir.expr import COMPARISONS

Real: TypeAlias = np.float32 | np.float64 | np.longdouble
Value: TypeAlias = int | Real


class UndefinedBehaviour(Exception):
    """The C standard gives the operation no meaning: signed overflow, division by zero, an index out of bounds."""


def wrap(value: int, ctype: CType) -> int:
    """`value` reduced to the range of an integer type, modulo 2 to the number of its bits."""
    bits = 8 * ctype.size
    value &= (1 << bits) - 1
    return value - (1 << bits) if ctype.signed and value >> (bits - 1) else value


def convert(value: Value, ctype: CType) -> Value:
    """`value` converted to `ctype` as an assignment or a cast does it."""
    if ctype.is_float:
        return _to_real(value, ctype)
    if ctype.name == "_Bool":
        return int(bool(value != 0))
    if isinstance(value, int):
        return wrap(value, ctype)
    if not np.isfinite(value):
        raise UndefinedBehaviour(f"conversion of {value} to {ctype}")
    whole = int(value)
    if not ctype.minimum <= whole <= ctype.maximum:
        raise UndefinedBehaviour(f"conversion of {value} to {ctype}")
    return whole


def _to_real(value: Value, ctype: CType) -> Real:
    if isinstance(value, int):  # through the 64-bit type: numpy would round a Python int twice on the way to float32
        wide = np.uint64(value) if value > (1 << 63) - 1 else np.int64(value)
        return _real_type(ctype)(wide)
    with np.errstate(all="ignore"):
        return _real_type(ctype)(value)


def _real_type(ctype: CType) -> type[np.float32] | type[np.float64] | type[np.longdouble]:
    if ctype.name == FLOAT.name:
        return np.float32
    return np.float64 if ctype.name == DOUBLE.name else np.longdouble


def unary(op: str, value: Value, ctype: CType) -> Value:
    """`op value` where the operand has type `ctype`."""
    if op == "!":
        return int(bool(value == 0))
    target = promote(ctype)
    value = convert(value, target)
    if not isinstance(value, int):
        return value if op == "+" else -value
    match op:
        case "+":
            return value
        case "-":
            return _in_range(-value, target)
        case "~":
            return wrap(~value, target)
        case _:
            raise ValueError(f"unary operator {op}")


def binary(op: str, left: Value, right: Value, left_type: CType, right_type: CType) -> Value:
    """`left op right` for all binary operators but && and ||, which do not evaluate both operands."""
    if op in ("<<", ">>"):
        return _shift(op, convert(left, promote(left_type)), convert(right, promote(right_type)), promote(left_type))
    ctype = common_type(left_type, right_type)
    left, right = convert(left, ctype), convert(right, ctype)
    if op in COMPARISONS:
        return int(_compare(op, left, right))
    if isinstance(left, int) and isinstance(right, int):
        return _integer(op, left, right, ctype)
    with np.errstate(all="ignore"):
        return _to_real(_real(op, left, right, ctype), ctype)


def _compare(op: str, left: Value, right: Value) -> bool:
    match op:
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case ">=":
            return bool(left >= right)
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case _:
            raise ValueError(f"comparison {op}")


def _in_range(value: int, ctype: CType) -> int:
    if not ctype.signed:
        return wrap(value, ctype)
    if not ctype.minimum <= value <= ctype.maximum:
        raise UndefinedBehaviour(f"overflow of {ctype}: {value}")
    return value


def _integer(op: str, left: int, right: int, ctype: CType) -> int:
    match op:
        case "+":
            return _in_range(left + right, ctype)
        case "-":
            return _in_range(left - right, ctype)
        case "*":
            return _in_range(left * right, ctype)
        case "/" | "%":
            return _divide(op, left, right, ctype)
        case "&":
            return wrap(left & right, ctype)
        case "|":
            return wrap(left | right, ctype)
        case "^":
            return wrap(left ^ right, ctype)
        case _:
            raise ValueError(f"integer operator {op}")


def _divide(op: str, left: int, right: int, ctype: CType) -> int:
    if right == 0:
        raise UndefinedBehaviour("division by zero")
    quotient = abs(left) // abs(right)
    quotient = _in_range(-quotient if (left < 0) != (right < 0) else quotient, ctype)
    return quotient if op == "/" else left - quotient * right


def _shift(op: str, left: Value, count: Value, ctype: CType) -> int:
    if not isinstance(left, int) or not isinstance(count, int):
        raise TypeError("shift of a floating value")
    if not 0 <= count < 8 * ctype.size:
        raise UndefinedBehaviour(f"shift of {ctype} by {count}")
    if op == ">>":
        return left >> count
    if ctype.signed and left < 0:
        raise UndefinedBehaviour(f"left shift of {left}")
    return _in_range(left << count, ctype)


def _real(op: str, left: Value, right: Value, ctype: CType) -> Real:
    wide = DOUBLE if ctype.size < DOUBLE.size else ctype  # 24 bits: one rounding from double is the exact one
    a, b = _to_real(left, wide), _to_real(right, wide)
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return a / b
        case _:
            raise ValueError(f"floating operator {op}")


def parse_literal(text: str, ctype: CType) -> Value:
    """The value of a C literal of type `ctype`."""
    if text.startswith(("'", "L'")):
        return _parse_character(text)
    if ctype.is_float:
        body = text.rstrip("fFlL") if not text.lower().startswith("0x") else text.rstrip("lL").rstrip("fF")
        return _to_real(np.float64(float.fromhex(body) if "x" in body.lower() else float(body)), ctype)
    body = text.rstrip("uUlL").lower()
    if body.startswith(("0x", "0b")):
        return wrap(int(body, 0), ctype)
    return wrap(int(body, 8 if len(body) > 1 and body.startswith("0") else 10), ctype)


_ESCAPES = {"n": 10, "t": 9, "r": 13, "a": 7, "b": 8, "f": 12, "v": 11, "\\": 92, "'": 39, '"': 34, "?": 63}


def _parse_character(text: str) -> int:
    body = text[text.index("'") + 1 : -1]
    if not body.startswith("\\"):
        return ord(body)
    if body[1] in _ESCAPES:
        return _ESCAPES[body[1]]
    return int(body[2:], 16) if body[1] == "x" else int(body[1:], 8)
