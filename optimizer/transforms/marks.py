"""The properties that loops are marked with."""

from dataclasses import replace

from optimizer.ir.schedule import MARK_PREFIX
from optimizer.transforms.tree import Loop

PARALLEL = MARK_PREFIX + "parallel"
UNROLL = MARK_PREFIX + "unroll"


def marked(loop: Loop, mark: str) -> Loop:
    """`loop` with a further mark."""
    return replace(loop, marks=tuple(dict.fromkeys((*loop.marks, mark))))
