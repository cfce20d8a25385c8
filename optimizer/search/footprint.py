"""Which cache lines an access touches while some of its loops run: the reuse part of the static model."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from optimizer.codegen.affine import Affine, Variable
from optimizer.codegen.looptree import For, Instance
from optimizer.search.intervals import Interval, interval
from optimizer.search.linear import LinearForm, NumericAccess
from optimizer.search.machine import CACHE_LINE_BYTES, PAGE_BYTES

UNKNOWN_LINES = 1e6  # an access through an index array: any line of a large array


@dataclass(frozen=True, slots=True)
class Level:
    """A loop around an instance and its trips on average."""

    loop: For
    trips: float


@dataclass(frozen=True, slots=True)
class Frame:
    """The loops around a place in a loop tree, outermost first, with the middle value of each variable.

    `definitions` are the variables defined inside them, in order: loops and named values.
    """

    levels: tuple[Level, ...]
    middles: Mapping[str, Interval]
    sizes: Mapping[str, int]
    definitions: tuple[tuple[str, For | Affine], ...] = ()

    @property
    def executions(self) -> float:
        """How often the place is reached in one execution of the nest."""
        return math.prod(level.trips for level in self.levels)

    def inside(self, level: Level, centre: float) -> "Frame":
        """The frame in the body of one more loop, whose variable is `centre` on average."""
        name = level.loop.variable
        return replace(
            self,
            levels=(*self.levels, level),
            middles={**self.middles, name: (centre, centre)},
            definitions=(*self.definitions, (name, level.loop)),
        )

    def with_let(self, name: str, value: Affine) -> "Frame":
        """The frame under a named value."""
        return replace(
            self,
            middles={**self.middles, name: interval(value, self.middles, self.sizes)},
            definitions=(*self.definitions, (name, value)),
        )

    def ranges(self, depth: int) -> dict[str, Interval]:
        """The ranges of all variables while the loops from `depth` on run and the outer ones stand in the middle."""
        found: dict[str, Interval] = {}
        loops = 0
        for name, definition in self.definitions:
            if isinstance(definition, Affine):
                found[name] = interval(definition, found, self.sizes)
                continue
            if loops < depth:
                found[name] = self.middles[name]
            else:
                low = interval(definition.start, found, self.sizes)[0]
                high = interval(definition.stop, found, self.sizes)[1] - definition.step
                found[name] = (low, max(low, high))
            loops += 1
        return found


@dataclass(frozen=True, slots=True)
class Footprint:
    """The cache lines and memory pages that an access touches; `streams`: the lines follow each other."""

    lines: float
    pages: float
    streams: bool


def footprints_of(access: NumericAccess, instance: Instance, frame: Frame) -> list[Footprint]:
    """For every depth the footprint of `access` while the loops from that depth on run, down to a single instance."""
    if access.subscripts is None:
        return [Footprint(UNKNOWN_LINES, UNKNOWN_LINES, streams=False)] * (len(frame.levels) + 1)
    widths = [_widths(access.subscripts, instance, frame, depth) for depth in range(len(frame.levels) + 1)]
    row_bytes = widths[0][-1] * access.element_bytes
    return [_footprint(own, row_bytes, access, frame, depth) for depth, own in enumerate(widths)]


def _widths(subscripts: tuple[LinearForm, ...], instance: Instance, frame: Frame, depth: int) -> list[float]:
    """How many elements each subscript spans while the loops from `depth` on run; 1 for a scalar."""
    ranges = frame.ranges(depth)
    counters = [interval(counter, ranges, frame.sizes) for counter in instance.counters]
    widths = [1.0]
    for form in subscripts:
        spans = (abs(c) * (high - low) for c, (low, high) in zip(form.coefficients, counters, strict=True))
        widths.append(1.0 + sum(spans))
    return widths


def _footprint(
    widths: list[float], row_bytes: float, access: NumericAccess, frame: Frame, depth: int
) -> Footprint:
    most = max(1.0, math.prod(level.trips for level in frame.levels[depth:]))
    per_line = CACHE_LINE_BYTES / access.element_bytes
    rows = math.prod(widths[:-1])
    lines = rows * max(1.0, widths[-1] / per_line)
    if row_bytes >= PAGE_BYTES:
        pages = rows * max(1.0, widths[-1] * access.element_bytes / PAGE_BYTES)
    else:
        pages = max(1.0, rows * row_bytes / PAGE_BYTES)
    return Footprint(min(lines, most), min(pages, most), widths[-1] >= 2 * per_line or lines <= 1.0)


def stride(access: NumericAccess, instance: Instance, variable: str) -> tuple[float, ...] | None:
    """How far each subscript moves when `variable` grows by one; None if that is not known."""
    if access.subscripts is None:
        return None
    moves = [_coefficient(counter, variable) for counter in instance.counters]
    return tuple(
        sum(c * move for c, move in zip(form.coefficients, moves, strict=True)) for form in access.subscripts
    )


def is_invariant(access: NumericAccess, instance: Instance, variable: str) -> bool:
    """True if `access` touches the same element whatever `variable` is."""
    moves = stride(access, instance, variable)
    return moves is not None and not any(moves)


def moves_by_one_element(access: NumericAccess, instance: Instance, variable: str) -> bool:
    """True if `access` stays or goes to the neighbouring element when `variable` grows by one: what vectors like."""
    moves = stride(access, instance, variable)
    return moves is not None and not any(moves[:-1]) and (not moves or abs(moves[-1]) <= 1.0)


def _coefficient(value: Affine, variable: str) -> int:
    return sum(factor for atom, factor in value.terms if atom == Variable(variable))
