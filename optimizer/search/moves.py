"""The steps that the search tries on one outer nest, as script text. Legality and profit are decided elsewhere."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from optimizer.search.loops import OuterNest

TILE_SIZE = 32
UNROLL_FACTORS = (4, 2)
MAX_TILED_LOOPS = 3


def order_moves(outer: OuterNest) -> Iterator[str]:
    """Interchanges of two loops of the nest."""
    for first in range(outer.depth):
        for second in range(first + 1, outer.depth):
            yield f"interchange({outer.statement}@{first}, {outer.statement}@{second})"


def tile_moves(outer: OuterNest) -> Iterator[str]:
    """One-level tilings of two or three loops that follow each other, with one size."""
    for depth in range(outer.depth - 1):
        for count in range(2, min(outer.depth - depth, MAX_TILED_LOOPS) + 1):
            sizes = ", ".join([str(TILE_SIZE)] * count)
            yield f"tile({outer.statement}@{depth}, {sizes})"


def parallel_moves(outer: OuterNest) -> Iterator[str]:
    """The outermost loops first: fewer and larger parallel regions."""
    for depth in range(outer.depth):
        yield f"parallel({outer.statement}@{depth})"


def unroll_moves(outer: OuterNest) -> Iterator[str]:
    """Unroll-and-jam of the two loops around the innermost one, and unrolling of the innermost."""
    for factor in UNROLL_FACTORS:
        for depth in range(outer.depth - 2, max(outer.depth - 4, -1), -1):
            yield f"unroll_and_jam({outer.statement}@{depth}, {factor})"
    yield f"unroll({outer.statement}@{outer.depth - 1}, 4)"


@dataclass(frozen=True, slots=True)
class Stage:
    """One kind of step of the structure search; `first_only` if the first legal move of a nest is the one to take."""

    moves: Callable[[OuterNest], Iterator[str]]
    first_only: bool = False


def stages(*, parallel: bool) -> tuple[Stage, ...]:
    """The order in which the search decides: loop order, tiles, parallel loops, unrolling."""
    found = [Stage(order_moves), Stage(tile_moves)]
    if parallel:
        found.append(Stage(parallel_moves, first_only=True))
    return (*found, Stage(unroll_moves))
