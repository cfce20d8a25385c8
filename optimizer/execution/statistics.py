"""From pairs of times to a ratio with an interval, and the gate that decides what counts as faster. Pure arithmetic."""

import math
from collections.abc import Sequence

import numpy as np

from optimizer.ir.outcome import Measured

GATE = 1.02  # a win needs the whole interval above this
LEVEL = 0.98  # of the interval
_RESAMPLES = 2000
_FEW = 8  # below this many pairs the bootstrap has too few values to draw from
_USUAL_NOISE = 0.05  # relative; a few pairs that agree better than this do so by chance
_UNKNOWN = 100.0  # the factor by which one pair may be wrong; no interval is wider
_MOST_NOISE = 4.0  # the factor by which two or more pairs may all be wrong
# Student's t at 99 % for 1, 2, ... degrees of freedom
_T99 = (31.821, 6.965, 4.541, 3.747, 3.365, 3.143)


def is_win(measured: Measured) -> bool:
    """True if the candidate is faster than the original beyond the noise."""
    return measured.low > GATE


def is_loss(measured: Measured) -> bool:
    """True if the candidate is slower than the original beyond the noise."""
    return measured.high < 1 / GATE


def summarize(original_ns: Sequence[float], candidate_ns: Sequence[float], seed: int) -> Measured:
    """The median of the ratios of pairs taken together, with its 98 % interval; equal input gives equal output."""
    ratios = np.asarray(original_ns, dtype=np.float64) / np.asarray(candidate_ns, dtype=np.float64)
    low, high = ratio_interval(ratios.tolist(), seed)
    return Measured(
        speedup=float(np.median(ratios)),
        low=low,
        high=high,
        original_ns=float(np.median(original_ns)),
        candidate_ns=float(np.median(candidate_ns)),
        pairs=len(ratios),
    )


def estimate(original_ns: float, candidate_ns: float) -> Measured:
    """What two times say that were not taken together: a ratio without any certainty."""
    ratio = original_ns / candidate_ns
    return Measured(ratio, ratio / _UNKNOWN, ratio * _UNKNOWN, original_ns, candidate_ns, 0)


def ratio_interval(ratios: Sequence[float], seed: int) -> tuple[float, float]:
    """The 98 % interval of the median of `ratios`: percentile bootstrap, at few values widened by Student's t."""
    if len(ratios) == 1:
        return ratios[0] / _UNKNOWN, ratios[0] * _UNKNOWN
    logs = np.log(np.asarray(ratios, dtype=np.float64))
    draws = np.random.default_rng(seed).integers(0, len(logs), (_RESAMPLES, len(logs)))
    medians = np.median(logs[draws], axis=1)
    tail = (1 - LEVEL) / 2
    low, high = (float(q) for q in np.quantile(medians, (tail, 1 - tail)))
    if len(ratios) < _FEW:
        mean, deviation = float(logs.mean()), max(_USUAL_NOISE, float(logs.std(ddof=1)))
        reach = _T99[len(ratios) - 2] * deviation / math.sqrt(len(ratios))
        reach = min(reach, math.log(_MOST_NOISE))
        low, high = min(low, mean - reach), max(high, mean + reach)
    middle, most = float(np.median(logs)), math.log(_UNKNOWN)
    return math.exp(max(low, middle - most)), math.exp(min(high, middle + most))
