"""Exact dependences of a Scop and the one legality check. Data types live in `optimizer.ir.dependence`."""

from optimizer.dependences.analysis import TooComplex, analyze
from optimizer.dependences.parallelism import private_arrays
from optimizer.dependences.violation import find_violation

__all__ = ["TooComplex", "analyze", "find_violation", "private_arrays"]
