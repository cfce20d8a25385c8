"""Nests in which each element of a matrix is used once or twice: matrix-vector products, triangular solves.

They are bound by memory and by the latency of sums in their exact order. So: walk along the rows, read a matrix once
for all products with it, run several rows together (independent sums; a vector that every row updates is loaded and
stored once for all of them), split what a dependence keeps in order into small tiles, then use threads.
"""

from collections.abc import Iterator
from itertools import pairwise

from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule, loops_around
from optimizer.search.loops import OuterNest
from optimizer.search.recipes.attempt import Attempt
from optimizer.search.recipes.setting import Setting
from optimizer.search.recipes.streams import jumps, matrices

MOST_LOOPS = 2  # around any statement
MOST_STATEMENTS = 12
ROWS = (12, 8, 4, 16)  # run together
TRIANGLES = ((8, 16), (8, 8), (16, 16))  # tiles where rows cannot run together
COLUMNS = 512  # of a strip that one thread updates: some pages of memory, a fraction of the first cache


def matrix_vector(nest: Nest, start: Schedule, setting: Setting) -> Iterator[str]:
    """Plans for `start` if no statement has more than two loops around it and some have two."""
    names = [statement.name for statement in nest.scop.statements]
    depths = [len(loops_around(start.tree, name)) for name in names]
    if max(depths, default=0) != MOST_LOOPS or len(names) > MOST_STATEMENTS:
        return
    seen: set[str] = set()
    for rows, tile in zip(ROWS, (*TRIANGLES, TRIANGLES[0]), strict=True):
        for order in orders(Attempt(nest, start), setting):
            together = _rows_together(order, rows, tile)
            plans = [together]
            if setting.parallel:
                plans += [_spread(together), _in_columns(order, rows)]
            for plan in plans:
                if plan.text and plan.text not in seen:
                    seen.add(plan.text)
                    yield plan.text


def orders(attempt: Attempt, setting: Setting) -> list[Attempt]:
    """Orders of `attempt`: along the rows and fused, along the rows, and as it is; equal ones once."""
    along = _along_rows(attempt, setting)
    found = {order.text: order for order in (_fused(along), along, attempt)}
    return list(found.values())


def _along_rows(attempt: Attempt, setting: Setting) -> Attempt:
    """Loops exchanged where the innermost one jumps from row to row."""
    for index in range(len(attempt.outers)):
        outer = attempt.outers[index]
        inner = [name for name in outer.statements if _depth(attempt, name) == MOST_LOOPS]
        if sum(jumps(attempt.nest.scop, attempt.schedule, name, setting.sizes) for name in inner) > 0:
            name = outer.statement
            attempt = attempt.first_of([f"interchange({name}@0, {name}@1)"])
    return attempt


def _fused(attempt: Attempt) -> Attempt:
    """Neighbouring nests merged that read the same matrix, as deep as is legal."""
    while True:
        for one, two in pairwise(attempt.outers):
            scop = attempt.nest.scop
            if matrices(scop, one.statements) & matrices(scop, two.statements):
                depths = range(min(one.depth, two.depth), 0, -1)
                merged = attempt.first_of(f"fuse({one.statement}, {two.statement}, {depth})" for depth in depths)
                if merged is not attempt:
                    attempt = merged
                    break
        else:
            return attempt


def _rows_together(attempt: Attempt, rows: int, tile: tuple[int, int]) -> Attempt:
    """Several iterations of each outermost loop at once; where that is illegal, both loops in tiles."""
    for index in range(len(attempt.outers)):
        outer = attempt.outers[index]
        if outer.depth == MOST_LOOPS:
            attempt = attempt.first_of([f"unroll_and_jam({outer.statement}@0, {rows})", *_tiles(outer, tile)])
    return attempt


def _tiles(outer: OuterNest, sizes: tuple[int, int]) -> Iterator[str]:
    """Tiles whose loops are written out: the processor then works on several rows at the same time."""
    name, (rows, columns) = outer.statement, sizes
    yield f"tile({name}@0, {rows}, {columns}); unroll({name}@3, {columns}); unroll({name}@2, {rows})"
    yield f"tile({name}@0, {rows}, {columns})"


def _spread(attempt: Attempt) -> Attempt:
    """Threads for the outermost loops that allow it."""
    for index in range(len(attempt.outers)):
        outer = attempt.outers[index]
        if outer.depth >= MOST_LOOPS:
            attempt = attempt.first_of([f"parallel({outer.statement}@0)"])
    return attempt


def _in_columns(attempt: Attempt, rows: int) -> Attempt:
    """Threads for the outermost loops, or each thread on its strip of columns, with several rows at once."""
    for index in range(len(attempt.outers)):
        outer = attempt.outers[index]
        if outer.depth == MOST_LOOPS:
            name = outer.statement
            jam = f"unroll_and_jam({name}@0, {rows})"
            strips = f"tile({name}@0, 1, {COLUMNS}); interchange({name}@0, {name}@1)"
            spread = f"{strips}; unroll_and_jam({name}@1, {rows}); parallel({name}@0)"
            attempt = attempt.first_of([f"{jam}; parallel({name}@0)", spread, jam])
    return attempt


def _depth(attempt: Attempt, name: str) -> int:
    return len(loops_around(attempt.schedule.tree, name))
