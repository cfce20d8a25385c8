"""The size of a dimension, written in C, as a sum of products: `3 * m`, `(n + 2)`."""

import re
from collections import Counter as Multiset

Terms = Multiset[tuple[str, ...]]  # sorted factors -> coefficient

_SUM = re.compile(r" ([+-]) ")


def terms_of(code: str) -> Terms:
    """The terms of `code`; other C than sums of products counts as one factor."""
    code = code.strip()
    inner = code[1:-1] if code.startswith("(") and code.endswith(")") else code
    if any(bracket in inner for bracket in "()?"):
        return Multiset({(code,): 1})
    pieces = _SUM.split(f"0 + {inner}")
    result: Terms = Multiset()
    for sign, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        coefficient = 1 if sign == "+" else -1
        factors: list[str] = []
        for factor in piece.split(" * "):
            if factor.strip().isdecimal():
                coefficient *= int(factor)
            else:
                factors.append(factor.strip())
        result[tuple(sorted(factors))] += coefficient
    return Multiset({key: value for key, value in result.items() if value})


def product_of(one: Terms, other: Terms) -> Terms:
    """The product of two sums."""
    result: Terms = Multiset()
    for left, a in one.items():
        for right, b in other.items():
            result[tuple(sorted(left + right))] += a * b
    return Multiset({key: value for key, value in result.items() if value})
