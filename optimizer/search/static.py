"""Static choice for one nest: the best prediction, if the model is sure enough that it is no loss."""

from optimizer.search.explore import Candidate, Explorer

LEAST_LOG2_SPEEDUP = 0.3  # predicted gains below this are within the model's error


def choose(explorer: Explorer) -> Candidate | None:
    """The candidate with the best prediction, or None if the nest should stay as it is."""
    ranked = explorer.explore()
    if not ranked or ranked[0].log2_speedup < LEAST_LOG2_SPEEDUP:
        return None
    return ranked[0]
