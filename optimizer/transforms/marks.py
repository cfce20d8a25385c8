"""The properties that loops are marked with."""

from dataclasses import replace

from optimizer.ir.schedule import MARK_PREFIX
from optimizer.transforms.tree import Loop

PARALLEL = MARK_PREFIX + "parallel"
UNROLL = MARK_PREFIX + "unroll"
VECTOR = MARK_PREFIX + "vector:"  # followed by the lanes of the vectors in which the iterations run


def is_replicated(loop: Loop) -> bool:
    """True for a loop of a few iterations that leaves no loop in the generated code: unrolled, or run in vectors."""
    return UNROLL in loop.marks or is_vector(loop)


def is_vector(loop: Loop) -> bool:
    """True if the iterations of `loop` run in the lanes of vectors."""
    return any(mark.startswith(VECTOR) for mark in loop.marks)


def marked(loop: Loop, mark: str) -> Loop:
    """`loop` with a further mark."""
    return replace(loop, marks=tuple(dict.fromkeys((*loop.marks, mark))))
