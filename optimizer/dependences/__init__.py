"""Exact dependences of a Scop and the one legality check. Data types live in `optimizer.ir.dependence`."""

from optimizer.dependences.analysis import TooComplex, analyze, reanalyze, renamed
from optimizer.dependences.parallelism import private_arrays
from optimizer.dependences.values import ValueFlow, last_writers, value_flow
from optimizer.dependences.violation import find_violation, reordered_sums

__all__ = [
    "TooComplex",
    "ValueFlow",
    "analyze",
    "find_violation",
    "last_writers",
    "private_arrays",
    "reanalyze",
    "renamed",
    "reordered_sums",
    "value_flow",
]
