"""What the candidates of a search took to make, in figures."""

from collections.abc import Sequence
from statistics import median

from optimizer.report.document import Json
from optimizer.search.request import Cost


def cost_line(costs: Sequence[Cost]) -> str:
    """Medians and maxima of the processor seconds of `costs` (at least one), in one line."""
    text = f"{len(costs)} candidates: {_figures([cost.generate_s for cost in costs])} of CPU to generate one"
    total = _totals(costs)
    return f"{text}, {_figures(total)} with compiling ({len(total)} were)" if total else text


def cost_as_json(costs: Sequence[Cost]) -> dict[str, Json]:
    """Medians and maxima of the processor seconds; null where nothing was generated or compiled."""
    return {
        "candidates": len(costs),
        "generate_s": _summary([cost.generate_s for cost in costs]),
        "generate_and_compile_s": _summary(_totals(costs)),
    }


def _totals(costs: Sequence[Cost]) -> list[float]:
    return [cost.generate_s + cost.compile_s for cost in costs if cost.compile_s is not None]


def _summary(seconds: Sequence[float]) -> Json:
    return {"median": round(median(seconds), 4), "max": round(max(seconds), 4)} if seconds else None


def _figures(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.2f} s (at most {max(seconds):.2f} s)"
