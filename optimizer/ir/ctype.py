"""C's arithmetic types on an LP64 machine and the conversions between them (C11 6.3.1). No expressions here."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """The family of an arithmetic type."""

    INTEGER = "integer"
    FLOAT = "float"
    OPAQUE = "opaque"  # a type that may be named but not computed with: structs, pointers


@dataclass(frozen=True, slots=True)
class CType:
    """An unqualified C type; `name` is one spelling the compiler accepts at the place of the nest."""

    name: str
    kind: Kind
    size: int  # bytes
    signed: bool = True
    rank: int = 0  # integer conversion rank; larger converts smaller

    @property
    def is_integer(self) -> bool:
        """True for integer types, `_Bool` and `char` included."""
        return self.kind is Kind.INTEGER

    @property
    def is_float(self) -> bool:
        """True for real floating types."""
        return self.kind is Kind.FLOAT

    @property
    def minimum(self) -> int:
        """The smallest value of an integer type."""
        return -(1 << (8 * self.size - 1)) if self.signed else 0

    @property
    def maximum(self) -> int:
        """The largest value of an integer type."""
        if self.name == "_Bool":
            return 1
        return (1 << (8 * self.size - (1 if self.signed else 0))) - 1

    def __str__(self) -> str:
        return self.name


def _integer(name: str, size: int, signed: bool, rank: int) -> CType:
    return CType(name, Kind.INTEGER, size, signed, rank)


BOOL = _integer("_Bool", 1, False, 0)
CHAR = _integer("char", 1, True, 1)
SCHAR = _integer("signed char", 1, True, 1)
UCHAR = _integer("unsigned char", 1, False, 1)
SHORT = _integer("short", 2, True, 2)
USHORT = _integer("unsigned short", 2, False, 2)
INT = _integer("int", 4, True, 3)
UINT = _integer("unsigned int", 4, False, 3)
LONG = _integer("long", 8, True, 4)
ULONG = _integer("unsigned long", 8, False, 4)
LLONG = _integer("long long", 8, True, 5)
ULLONG = _integer("unsigned long long", 8, False, 5)
FLOAT = CType("float", Kind.FLOAT, 4)
DOUBLE = CType("double", Kind.FLOAT, 8)
LONG_DOUBLE = CType("long double", Kind.FLOAT, 16)

ARITHMETIC_TYPES: dict[str, CType] = {
    t.name: t
    for t in (
        BOOL, CHAR, SCHAR, UCHAR, SHORT, USHORT, INT, UINT, LONG, ULONG, LLONG, ULLONG, FLOAT, DOUBLE, LONG_DOUBLE,
    )
}  # fmt: skip


def promote(ctype: CType) -> CType:
    """The type of a value of `ctype` after the integer promotions."""
    return INT if ctype.is_integer and ctype.rank < INT.rank else ctype


def common_type(left: CType, right: CType) -> CType:
    """The type of both operands after the usual arithmetic conversions."""
    if left.is_float or right.is_float:
        return max((t for t in (left, right) if t.is_float), key=lambda t: t.size)
    left, right = promote(left), promote(right)
    if left.signed == right.signed:
        return left if left.rank >= right.rank else right
    unsigned, signed = (right, left) if left.signed else (left, right)
    if unsigned.rank >= signed.rank:
        return unsigned
    if signed.size > unsigned.size:
        return signed
    return {LONG.name: ULONG, LLONG.name: ULLONG}.get(signed.name, ULLONG)
