"""Local search: scripts that differ in one step, by a number, a step more or less, or the order of tile loops."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from optimizer.ir.schedule import LoopRef
from optimizer.transforms import (
    Interchange,
    Isolate,
    Parallel,
    Script,
    StripMine,
    Tile,
    Transformation,
    Unroll,
    UnrollAndJam,
    Vectorize,
)

SIZES = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
FACTORS = (2, 3, 4, 6, 8, 12, 16)
WIDTHS = (2, 4, 8, 16)
PARALLEL_DEPTHS = 2  # the outermost loops, the only ones worth a parallel region
_KEPT = ("isl", "feautrier")  # steps that all later ones stand on


def neighbours(script: Script, statements: Sequence[str] = ()) -> Iterator[Script]:
    """Scripts that differ from `script` in one step: its numbers, a step more, or one less.

    `statements` are those whose outer loops may become parallel.
    """
    steps = script.steps
    for position, step in enumerate(steps):
        for other in _variants(step):
            yield Script((*steps[:position], other, *steps[position + 1 :]))
    for position, step in enumerate(steps):
        for further in _further(step):
            if further not in steps:
                yield Script((*steps[: position + 1], further, *steps[position + 1 :]))
    for position, step in enumerate(steps):
        if step.name not in _KEPT:
            yield Script((*steps[:position], *steps[position + 1 :]))
    if not any(isinstance(step, Parallel) for step in steps):
        for statement in statements:
            for depth in range(PARALLEL_DEPTHS):
                yield Script((*steps, Parallel(LoopRef(statement, depth))))


def _variants(step: Transformation) -> Iterator[Transformation]:
    """`step` with one other number or another loop to spread; a tile also with all sizes larger or smaller."""
    match step:
        case Tile(sizes=sizes):
            yield from (replace(step, sizes=other) for other in _other_sizes(sizes))
        case StripMine(size=size):
            yield from (replace(step, size=other) for other in _near(SIZES, size))
        case Unroll(factor=factor) | UnrollAndJam(factor=factor):
            yield from (replace(step, factor=other) for other in _near(FACTORS, factor))
        case Vectorize(width=width):
            yield from (replace(step, width=other) for other in _near(WIDTHS, width))
        case Parallel(loop=loop):
            depths = (depth for depth in range(loop.depth + 2) if depth != loop.depth)
            yield from (Parallel(LoopRef(loop.statement, depth)) for depth in depths)
        case _:
            return


def _other_sizes(sizes: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Sizes of 1 leave their loop as it is and stay."""
    for number, size in enumerate(sizes):
        for other in _near(SIZES, size) if size > 1 else ():
            yield (*sizes[:number], other, *sizes[number + 1 :])
    for scaled in (tuple(s * 2 if s > 1 else 1 for s in sizes), tuple(max(1, s // 2) for s in sizes)):
        if all(s == 1 or SIZES[0] <= s <= SIZES[-1] for s in scaled):
            yield scaled


def _further(step: Transformation) -> Iterator[Transformation]:
    """What may follow `step` at once: full tiles apart, tile loops in another order."""
    if isinstance(step, Tile):
        yield Isolate(step.loop)
        statement, first = step.loop.statement, step.loop.depth
        for outer in range(first, first + len(step.sizes) - 1):
            yield Interchange(LoopRef(statement, outer), LoopRef(statement, outer + 1))


def _near(ladder: Sequence[int], value: int) -> list[int]:
    """The two rungs of `ladder` above `value` and the two below."""
    below = [rung for rung in ladder if rung < value]
    above = [rung for rung in ladder if rung > value]
    return [*above[:2], *below[-2:]]
