"""What a change of rounding in some sums of a nest can reach."""

from collections.abc import Iterable

from optimizer.ir.scop import AccessKind, Scop


def exact_arrays(scop: Scop, reordered: Iterable[str]) -> frozenset[str]:
    """The texts of the arrays of `scop` into which no value of the arrays with the texts `reordered` flows."""
    texts = frozenset(reordered)
    reached = {array.name for array in scop.arrays if array.text in texts}
    while True:
        before = len(reached)
        for statement in scop.statements:
            read = {access.array for access in statement.accesses if access.kind is AccessKind.READ}
            if read & reached:
                reached |= {access.array for access in statement.accesses if access.kind is not AccessKind.READ}
        if len(reached) == before:
            return frozenset(array.text for array in scop.arrays if array.name not in reached) - texts
