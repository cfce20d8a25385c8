"""Ranges of affine expressions at concrete sizes, by interval arithmetic: estimates, never proofs."""

from collections.abc import Mapping
from typing import TypeAlias, assert_never

from optimizer.codegen.affine import (
    Affine,
    Atom,
    Choice,
    FloorDiv,
    Greatest,
    Least,
    ParameterValue,
    Remainder,
    Variable,
)

Interval: TypeAlias = tuple[float, float]


def interval(value: Affine, variables: Mapping[str, Interval], sizes: Mapping[str, int]) -> Interval:
    """The range of `value` for variables in their ranges and parameters at `sizes`."""
    low = high = float(value.constant)
    for atom, factor in value.terms:
        first, second = _atom(atom, variables, sizes)
        low += factor * (first if factor > 0 else second)
        high += factor * (second if factor > 0 else first)
    return low, high


def middle(value: Affine, variables: Mapping[str, Interval], sizes: Mapping[str, int]) -> float:
    """The middle of the range of `value`."""
    low, high = interval(value, variables, sizes)
    return (low + high) / 2


def _atom(atom: Atom, variables: Mapping[str, Interval], sizes: Mapping[str, int]) -> Interval:
    match atom:
        case Variable(name=name):
            return variables[name]
        case ParameterValue(name=name):
            return float(sizes[name]), float(sizes[name])
        case FloorDiv(dividend=dividend, divisor=divisor):
            low, high = interval(dividend, variables, sizes)
            return low // divisor, high // divisor
        case Remainder(divisor=divisor):
            return 0.0, divisor - 1.0
        case Least(values=values):
            ranges = [interval(v, variables, sizes) for v in values]
            return min(r[0] for r in ranges), min(r[1] for r in ranges)
        case Greatest(values=values):
            ranges = [interval(v, variables, sizes) for v in values]
            return max(r[0] for r in ranges), max(r[1] for r in ranges)
        case Choice(then=then, otherwise=otherwise):
            first, second = (interval(v, variables, sizes) for v in (then, otherwise))
            return min(first[0], second[0]), max(first[1], second[1])
        case _:
            assert_never(atom)
