"""The number of integer points of a set without parameters: exact for the domains of loop nests, else an estimate."""

import math

import islpy as isl
import numpy as np
import numpy.typing as npt

MOST_ROWS = 40_000_000  # points of all dimensions but one that are walked through; beyond that the box is taken

Integers = npt.NDArray[np.int64]


def count_points(points: isl.Set) -> float:
    """The number of points of the bounded set `points`; divisions in it, and very many rows, make it an upper bound."""
    pieces: list[isl.BasicSet] = []
    points.make_disjoint().foreach_basic_set(pieces.append)
    return sum(_count(piece) for piece in pieces)


def _count(piece: isl.BasicSet) -> float:
    """Independent groups of dimensions multiply."""
    count = piece.dim(isl.dim_type.set)
    if piece.is_empty():
        return 0.0
    low, high = _box(piece)
    if piece.dim(isl.dim_type.div) > 0:
        return float(math.prod(last - first + 1 for first, last in zip(low, high, strict=True)))
    rows = _constraints(piece, count)
    total = 1.0
    for group in _groups(rows, count):
        inside = [row for row in rows if any(row[1 + d] for d in group)]
        total *= _count_group(inside, group, low, high)
    return total


def _box(piece: isl.BasicSet) -> tuple[list[int], list[int]]:
    whole = isl.Set.from_basic_set(piece)
    count = piece.dim(isl.dim_type.set)
    low = [int(whole.dim_min_val(d).to_python()) for d in range(count)]
    return low, [int(whole.dim_max_val(d).to_python()) for d in range(count)]


def _constraints(piece: isl.BasicSet, count: int) -> list[tuple[int, ...]]:
    """Each inequality as (constant, coefficients...) >= 0; an equality becomes two."""
    rows: list[tuple[int, ...]] = []

    def take(constraint: isl.Constraint) -> None:
        values = [constraint.get_constant_val()]
        values += [constraint.get_coefficient_val(isl.dim_type.set, d) for d in range(count)]
        row = tuple(int(value.to_python()) for value in values)
        rows.append(row)
        if constraint.is_equality():
            rows.append(tuple(-value for value in row))

    piece.foreach_constraint(take)
    return rows


def _groups(rows: list[tuple[int, ...]], count: int) -> list[list[int]]:
    """The dimensions, those that share a constraint together."""
    groups = [{d} for d in range(count)]
    for row in rows:
        used = {d for d in range(count) if row[1 + d]}
        joined = [group for group in groups if group & used]
        if len(joined) > 1:
            groups = [group for group in groups if not group & used] + [set[int]().union(*joined)]
    return [sorted(group) for group in groups]


def _count_group(rows: list[tuple[int, ...]], group: list[int], low: list[int], high: list[int]) -> float:
    """Walk through all but the widest dimension, whose range follows from the others'."""
    last = max(group, key=lambda d: high[d] - low[d])
    outer = [d for d in group if d != last]
    box = math.prod(high[d] - low[d] + 1 for d in group)
    if math.prod(high[d] - low[d] + 1 for d in outer) > MOST_ROWS:
        return float(box)
    ranges = [np.arange(low[d], high[d] + 1) for d in outer]
    values = dict(zip(outer, np.meshgrid(*ranges, indexing="ij", sparse=True) if outer else (), strict=True))
    shape = tuple(high[d] - low[d] + 1 for d in outer)
    first, final = np.full(shape, low[last]), np.full(shape, high[last])
    for row in rows:
        rest: Integers = np.asarray(row[0] + sum(row[1 + d] * values[d] for d in outer))
        factor = row[1 + last]
        if factor > 0:
            first = np.maximum(first, -(rest // factor))
        elif factor < 0:
            final = np.minimum(final, rest // -factor)
        else:
            final = np.where(rest >= 0, final, first - 1)
    return float(np.maximum(final - first + 1, 0).sum())
