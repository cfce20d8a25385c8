"""C's arithmetic against gcc: random operations of every pair of types, computed by both."""

import random
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from optimizer.ir.ctype import (
    ARITHMETIC_TYPES,
    BOOL,
    CHAR,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    LONG_DOUBLE,
    SHORT,
    UCHAR,
    UINT,
    ULONG,
    CType,
    common_type,
    promote,
)
from optimizer.verify.values import UndefinedBehaviour, Value, binary, convert, parse_literal, unary

OPERATORS = ("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "<", "<=", ">", ">=", "==", "!=")
TYPES = [t for t in ARITHMETIC_TYPES.values() if t != LONG_DOUBLE]


def draw_value(rng: random.Random, ctype: CType) -> Value:
    if ctype.is_float:
        return convert(np.float64(rng.choice((rng.uniform(-3, 3), rng.uniform(-1e6, 1e6), 0.1, -0.0))), ctype)
    limits = (ctype.minimum, ctype.maximum, 0, 1, rng.randint(-9, 9), rng.randint(ctype.minimum, ctype.maximum))
    return convert(rng.choice(limits), ctype)


def spell(value: Value, ctype: CType) -> str:
    if ctype.is_float:
        return f"(({ctype.name}){float(value).hex()})"
    if value == LONG.minimum:
        return f"(({ctype.name})(-9223372036854775807L - 1))"
    return f"(({ctype.name}){value}{'UL' if int(value) > LONG.maximum else 'L'})"


def result_type(op: str, left: CType, right: CType) -> CType:
    if op in ("<", "<=", ">", ">=", "==", "!="):
        return INT
    return promote(left) if op in ("<<", ">>") else common_type(left, right)


def bits(value: Value, ctype: CType) -> str:
    if ctype.is_float:
        code = "<f" if ctype.size == 4 else "<d"
        return struct.pack(code, value).hex()
    return (int(value) & ((1 << 64) - 1)).to_bytes(8, "little").hex()


def draw_case(rng: random.Random) -> tuple[str, str] | None:
    """(C expression that prints the result's bytes, expected bytes) of a defined operation."""
    left_type, right_type, op = rng.choice(TYPES), rng.choice(TYPES), rng.choice(OPERATORS)
    if op in ("%", "&", "|", "^", "<<", ">>") and (left_type.is_float or right_type.is_float):
        return None
    left, right = draw_value(rng, left_type), draw_value(rng, right_type)
    if op in ("<<", ">>"):
        right = convert(rng.randint(0, 40), right_type)
    target = rng.choice(TYPES)
    try:
        value = convert(binary(op, left, right, left_type, right_type), result_type(op, left_type, right_type))
        stored = convert(value, target)
    except UndefinedBehaviour:
        return None
    if stored != stored:  # the sign of a NaN is not specified
        return None
    line = f"{{ {target.name} r = {spell(left, left_type)} {op} {spell(right, right_type)};"
    show = "show_real(&r, sizeof r); }" if target.is_float else "show_integer((long long)r); }"
    return f"{line} {show}", bits(stored, target)


SHOW = """#include <stdio.h>
static void show_real(const void *p, unsigned n) {
    for (unsigned i = 0; i < n; i++) printf("%02x", ((const unsigned char *)p)[i]);
    printf("\\n"); }
static void show_integer(long long v) { show_real(&v, sizeof v); }
int main(void) {
"""


def test_operations_agree_with_gcc(tmp_path: Path) -> None:
    rng = random.Random(11)
    cases = [case for case in (draw_case(rng) for _ in range(6000)) if case is not None]
    assert len(cases) > 2500
    source = tmp_path / "operations.c"
    source.write_text(SHOW + "\n".join(line for line, _ in cases) + "\nreturn 0; }\n")
    program = tmp_path / "operations"
    subprocess.run(["gcc", "-w", "-O0", "-ffp-contract=off", str(source), "-o", str(program)], check=True)
    printed = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout.split()
    wrong = [(line, e, p) for (line, e), p in zip(cases, printed, strict=True) if e != p]
    assert wrong == []


@pytest.mark.parametrize(
    ("op", "left", "right", "ctype"),
    [
        ("+", INT.maximum, 1, INT),
        ("-", INT.minimum, 1, INT),
        ("*", 1 << 20, 1 << 20, INT),
        ("/", 1, 0, INT),
        ("%", 1, 0, UINT),
        ("/", LONG.minimum, -1, LONG),
        ("%", INT.minimum, -1, INT),
        ("<<", 1, 32, INT),
        ("<<", -1, 1, INT),
        (">>", 1, -1, INT),
        ("*", 65535, 65535, ARITHMETIC_TYPES["unsigned short"]),
    ],
)
def test_undefined_operations_are_reported(op: str, left: int, right: int, ctype: CType) -> None:
    with pytest.raises(UndefinedBehaviour):
        binary(op, left, right, ctype, ctype)


@pytest.mark.parametrize("value", [np.float64("nan"), np.float64("inf"), np.float64(3e9), np.float64(-1e10)])
def test_undefined_conversions_are_reported(value: np.float64) -> None:
    with pytest.raises(UndefinedBehaviour):
        convert(value, INT)


@pytest.mark.parametrize(
    ("value", "ctype", "expected"),
    [
        (300, UCHAR, 44),
        (200, CHAR, -56),
        (-1, UINT, 0xFFFFFFFF),
        (-1, ULONG, (1 << 64) - 1),
        (70000, SHORT, 4464),
        (256, BOOL, 1),
        (np.float64(0.25), BOOL, 1),
        (np.float64(-2.9), INT, -2),
        ((1 << 24) + 1, FLOAT, float(1 << 24)),
        ((1 << 53) + 1, DOUBLE, float(1 << 53)),
        ((1 << 60) + (1 << 36) + 1, FLOAT, float((1 << 60) + (1 << 37))),  # twice rounded it would be 1 << 60
        ((1 << 64) - 1, DOUBLE, float(1 << 64)),
    ],
)
def test_conversions(value: Value, ctype: CType, expected: float) -> None:
    assert convert(value, ctype) == expected


@pytest.mark.parametrize(
    ("text", "ctype", "expected"),
    [
        ("0x1Fu", UINT, 31),
        ("017", INT, 15),
        ("10L", LONG, 10),
        ("'a'", INT, 97),
        ("'\\n'", INT, 10),
        ("'\\x41'", INT, 65),
        ("'\\0'", INT, 0),
        ("1e-3", DOUBLE, 1e-3),
        (".5f", FLOAT, 0.5),
        ("0x1p-2", DOUBLE, 0.25),
        ("0x1.8p1f", FLOAT, 3.0),
        ("0.1f", FLOAT, float(np.float32(0.1))),
    ],
)
def test_literals(text: str, ctype: CType, expected: float) -> None:
    assert parse_literal(text, ctype) == expected


def test_floats_are_rounded_after_every_operation() -> None:
    tenth = parse_literal("0.1f", FLOAT)
    product = binary("*", tenth, tenth, FLOAT, FLOAT)
    assert isinstance(product, np.float32)
    assert float(product) == float(np.float32(0.1) * np.float32(0.1))


def test_negation_promotes() -> None:
    assert unary("-", 200, UCHAR) == -200
    assert unary("~", 0, UCHAR) == -1
    assert unary("-", 1, UINT) == UINT.maximum
    assert unary("!", np.float64(0.0), DOUBLE) == 1
    with pytest.raises(UndefinedBehaviour):
        unary("-", INT.minimum, INT)
