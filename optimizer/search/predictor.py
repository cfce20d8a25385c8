"""The seam between search and cost model: whatever ranks candidates implements this."""

from collections.abc import Sequence
from typing import Protocol

from optimizer.codegen import Generated
from optimizer.ir.dependence import Nest


class Predictor(Protocol):
    """Ranks generated code without running it."""

    baseline_cycles: float  # an estimate of the time of the nest as written, to weigh nests against each other

    def score(self, nest: Nest, candidates: Sequence[Generated]) -> Sequence[float]:
        """The predicted log2 speedup of each candidate over the nest as written, in the order given."""
        ...
