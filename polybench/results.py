"""What a benchmark run found out, as data, and what follows from it: means and losses."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.execution import Probe
from optimizer.execution.statistics import is_loss, is_win
from optimizer.ir.outcome import Accuracy, Measured, Outcome
from optimizer.search.request import Cost
from polybench.peers import CLOSE_ENOUGH, SIZE, Peer, best_peers
from polybench.rivals import Absent
from polybench.roofline import Reached
from polybench.suite import Size


@dataclass(frozen=True, slots=True)
class Row:
    """One kernel. `outcome` is None if the original was kept, so that there was nothing to measure.

    Every Measured, those of the rivals too, is a ratio to the same runs of the original.
    """

    kernel: str
    outcome: Outcome | None
    script: str = ""
    rivals: Mapping[str, Outcome] = field(default_factory=dict[str, Outcome])
    seconds: float = 0.0  # spent on the kernel
    note: str = ""  # why the original was kept
    reached: Reached | None = None
    settled: str = ""  # after how long and why the search ended before the budget was spent
    costs: tuple[Cost, ...] = ()
    text_bytes: int | None = None  # machine code of the whole program with ours in it
    accuracy: Accuracy | None = None  # if sums were rounded in another order

    @property
    def fraction(self) -> float | None:
        """The part of the roofline that was reached; None where it is not known."""
        if self.reached is None or not isinstance(self.outcome, Measured):
            return None
        return self.reached.fraction(self.outcome.candidate_ns)

    @property
    def ratio(self) -> float:
        """How much faster the user's program became: 1 unless something faster was measured to be handed back."""
        return self.outcome.speedup if isinstance(self.outcome, Measured) else 1.0

    @property
    def verdict(self) -> str:
        """The outcome in a word or two."""
        match self.outcome:
            case None:
                return "kept"
            case Measured():
                return "faster" if is_win(self.outcome) else "slower" if is_loss(self.outcome) else "within noise"
            case _:
                return "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """A run of the benchmark: how it was made, and a row for each kernel that was finished."""

    size: Size
    threads: int
    budget_s: float
    compiler: str
    machine: Mapping[str, str | int | float]
    version: str
    rows: tuple[Row, ...]
    absent: tuple[Absent, ...] = ()
    probes: tuple[Probe, ...] = ()  # of the start, with streams beyond the caches
    reassociate: bool = False

    @property
    def peers(self) -> Mapping[str, Peer]:
        """Kernel -> the best peer that was measured at this size; empty at sizes without such a measurement."""
        return best_peers() if self.size is SIZE else {}

    @property
    def rivals(self) -> tuple[str, ...]:
        """The names of the rivals of any row, in the order of their first appearance."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.rivals))


def geometric_mean(ratios: list[float]) -> float:
    """The geometric mean; NaN of nothing."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else math.nan


def rival_ratios(report: Report, name: str) -> list[float]:
    """The ratios original/rival of the kernels where the rival was measured."""
    outcomes = (row.rivals.get(name) for row in report.rows)
    return [outcome.speedup for outcome in outcomes if isinstance(outcome, Measured)]


@dataclass(frozen=True, slots=True)
class AgainstPeers:
    """How many kernels there is a peer for, and those that are slower than CLOSE_ENOUGH times the best peer."""

    kernels: int
    behind: tuple[tuple[Row, Peer], ...]


def against_peers(report: Report) -> AgainstPeers:
    """The comparison of the rows with the best peers of the table, ratio by ratio."""
    peers = report.peers
    pairs = [(row, peers[row.kernel]) for row in report.rows if row.kernel in peers]
    behind = [(row, peer) for row, peer in pairs if row.ratio < CLOSE_ENOUGH * (peer.speedup or 0.0)]
    return AgainstPeers(len(pairs), tuple(behind))


def losses(report: Report) -> list[str]:
    """A line for each kernel that became slower, failed, or is faster beyond the noise when a rival builds it."""
    found: list[str] = []
    for row in report.rows:
        if row.verdict in ("slower", "failed"):
            found.append(f"{row.kernel}: {row.verdict}")
        ours_high = row.outcome.high if isinstance(row.outcome, Measured) else 1.0
        for name, outcome in row.rivals.items():
            if isinstance(outcome, Measured) and outcome.low > max(ours_high, 1.0) and is_win(outcome):
                found.append(f"{row.kernel}: {name} {outcome.speedup:.2f}x, ours {row.ratio:.2f}x")
    return found
