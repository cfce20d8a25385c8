"""Library functions that neither read nor write memory of the program (errno and rounding flags aside)."""

from typing import Final

from optimizer.ir.ctype import DOUBLE, FLOAT, INT, LLONG, LONG, LONG_DOUBLE, CType

_REAL = [
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logb", "pow", "sqrt", "cbrt", "hypot", "erf",
    "erfc", "tgamma", "fabs", "floor", "ceil", "trunc", "round", "rint", "nearbyint", "fmod", "remainder",
    "fmin", "fmax", "fdim", "fma", "copysign", "ldexp",
]  # fmt: skip
_TO_LONG = ("lrint", "lround")


def _table() -> dict[str, CType]:
    table: dict[str, CType] = {"abs": INT, "labs": LONG, "llabs": LLONG}
    for suffix, ctype in (("", DOUBLE), ("f", FLOAT), ("l", LONG_DOUBLE)):
        table.update({name + suffix: ctype for name in _REAL})
        table.update({name + suffix: LONG for name in _TO_LONG})
        table.update({"l" + name + suffix: LLONG for name in _TO_LONG})
    return table


_RESULTS: Final = _table()


def result_type(name: str) -> CType | None:
    """The result type of the pure library function `name`, None if it is none."""
    return _RESULTS.get(name.removeprefix("__builtin_"))
