"""Dependences as people read them: statement to statement, with the distance in each loop that both share."""

from dataclasses import dataclass

import islpy as isl

from optimizer.ir.dependence import Nest
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.schedule import path_to

OPERATIONS = 2_000_000
UNKNOWN = "*"


@dataclass(frozen=True, slots=True)
class Edge:
    """Instances of `sink` depend on instances of `source` through `array`.

    `distance` has one entry a shared loop, outermost first: a number where it is constant, a range where it is bounded,
    `+` (positive), `0+`, `-`, `0-` where only the sign is known, `*` where not even that is.
    """

    kind: str  # flow, anti, output
    array: str
    source: str
    sink: str
    distance: tuple[str, ...]
    private: bool = False  # of a private array: order matters only between a write and the reads of its value
    commutes: bool = False  # any order of the two gives the same

    def __str__(self) -> str:
        return f"{self.kind} {self.array}: {self.source} -> {self.sink} ({', '.join(self.distance)})"


def edges(nest: Nest) -> list[Edge]:
    """The dependences of `nest`, split by pair of statements."""
    private = {ranges.array for ranges in nest.dependences.private}
    found: list[Edge] = []
    for dependence in nest.dependences.ordered:
        pieces: list[isl.Map] = []
        dependence.relation.foreach_map(pieces.append)
        for piece in pieces:
            names = [piece.get_tuple_name(kind) or "" for kind in (isl.dim_type.in_, isl.dim_type.out)]
            distance = _distance(piece, shared_loops(nest, names[0], names[1]))
            hidden = dependence.array in private
            kind, array = dependence.kind.value, dependence.array
            found.append(Edge(kind, array, names[0], names[1], distance, hidden, dependence.commutes))
    return sorted(found, key=lambda edge: (edge.source, edge.sink, edge.array, edge.kind))


def shared_loops(nest: Nest, first: str, second: str) -> int:
    """The number of loops around both statements in the order as written."""
    paths = [path_to(nest.scop.schedule, name) for name in (first, second)]
    count = 0
    for left, right in zip(*paths, strict=False):
        if not left.is_equal(right):
            break
        if left.get_type() == isl.schedule_node_type.band:
            count += left.band_n_member()
    return count


def _distance(piece: isl.Map, loops: int) -> tuple[str, ...]:
    """The distance in the first `loops` dimensions of both sides."""
    try:
        with operation_limit(piece.get_ctx(), OPERATIONS):
            for kind in (isl.dim_type.in_, isl.dim_type.out):
                piece = piece.project_out(kind, loops, piece.dim(kind) - loops).reset_tuple_id(kind)
            deltas = piece.deltas()
            return tuple(_entry(deltas, index) for index in range(loops))
    except OperationLimitExceeded:
        return (UNKNOWN,) * loops


def _entry(deltas: isl.Set, index: int) -> str:
    line = deltas.project_out(isl.dim_type.param, 0, deltas.dim(isl.dim_type.param))
    line = line.project_out(isl.dim_type.set, index + 1, line.dim(isl.dim_type.set) - index - 1)
    line = line.project_out(isl.dim_type.set, 0, index)
    low, high = line.dim_min_val(0), line.dim_max_val(0)
    lowest, highest = low.is_int(), high.is_int()
    if lowest and highest:
        return str(low.to_python()) if low.eq(high) else f"{low.to_python()}..{high.to_python()}"
    if lowest and low.is_nonneg():
        return "+" if low.is_pos() else "0+"
    if highest and high.is_nonpos():
        return "-" if high.is_neg() else "0-"
    return UNKNOWN
