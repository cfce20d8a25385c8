"""What became of one candidate program when it was built and run. A wrong result is never folded into "slow"."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Measured:
    """It was timed against the original in one interleaved run; or, with no pairs, only against other candidates, which
    gives an estimate.
    """

    speedup: float  # median of the pairwise ratios original/candidate
    low: float  # confidence interval of the speedup
    high: float
    original_ns: float  # medians
    candidate_ns: float
    pairs: int


@dataclass(frozen=True, slots=True)
class Miscompiled:
    """Its output differs from the original's; `detail` names the array or stream, the place and both values."""

    detail: str


@dataclass(frozen=True, slots=True)
class CompileError:
    """The compiler rejected it; `detail` is its first error."""

    detail: str


@dataclass(frozen=True, slots=True)
class Crashed:
    """It ended by a signal or with another exit status than the original."""

    detail: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """It ran past its limit."""

    limit_s: float


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not run: the static check rejected it, or there is nothing comparable to run."""

    reason: str


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The largest errors of a candidate and of the original in `label`, the memory in which the candidate's is largest,
    against a computation of higher precision; in units of rounding of the largest magnitude there.
    """

    label: str
    own_ulps: float
    original_ulps: float


Outcome: TypeAlias = Measured | Miscompiled | CompileError | Crashed | TimedOut | Refused
