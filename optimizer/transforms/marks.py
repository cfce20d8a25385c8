"""The properties that loops are marked with."""

from dataclasses import replace

from optimizer.ir.schedule import MARK_PREFIX
from optimizer.transforms.tree import Loop

PARALLEL = MARK_PREFIX + "parallel"
UNROLL = MARK_PREFIX + "unroll"
VECTOR = MARK_PREFIX + "vector"  # the iterations run at once, as lanes of vectors
REPLICATED = frozenset((UNROLL, VECTOR))  # loops of a few iterations that leave no loop in the generated code


def marked(loop: Loop, mark: str) -> Loop:
    """`loop` with a further mark."""
    return replace(loop, marks=tuple(dict.fromkeys((*loop.marks, mark))))
