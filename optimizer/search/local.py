"""Local search over the numbers of a script: tile sizes and unroll factors, doubled and halved; steps left out."""

from collections.abc import Iterator
from dataclasses import replace

from optimizer.transforms import Script, Tile, Transformation, Unroll, UnrollAndJam

SMALLEST_TILE, LARGEST_TILE = 4, 1024
FACTORS = (2, 3, 4, 6, 8)


def neighbours(script: Script) -> Iterator[Script]:
    """Scripts that differ from `script` in one step: one size, all sizes of a tile, one factor, or the step itself."""
    for position, step in enumerate(script.steps):
        for other in _variants(step):
            yield Script((*script.steps[:position], other, *script.steps[position + 1 :]))
    for position, step in enumerate(script.steps):
        if step.name not in ("isl", "feautrier"):
            yield Script((*script.steps[:position], *script.steps[position + 1 :]))


def _variants(step: Transformation) -> Iterator[Transformation]:
    match step:
        case Tile(sizes=sizes):
            for number, size in enumerate(sizes):
                for other in (size * 2, size // 2, size * 8):
                    if SMALLEST_TILE <= other <= LARGEST_TILE:
                        yield replace(step, sizes=(*sizes[:number], other, *sizes[number + 1 :]))
            for scaled in (tuple(s * 2 for s in sizes), tuple(s // 2 for s in sizes)):
                if all(SMALLEST_TILE <= s <= LARGEST_TILE for s in scaled):
                    yield replace(step, sizes=scaled)
        case Unroll(factor=factor) | UnrollAndJam(factor=factor):
            at = FACTORS.index(factor) if factor in FACTORS else 0
            for other in FACTORS[max(0, at - 1) : at + 2]:
                if other != factor:
                    yield replace(step, factor=other)
        case _:
            return
