"""What the user asks the search for, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.execution import Toolchain
from optimizer.ir.diagnostic import Diagnostic
from optimizer.ir.outcome import Accuracy, Measured, Outcome
from optimizer.ir.scop import Scop


@dataclass(frozen=True, slots=True)
class Request:
    """A file to make faster. `sizes` are values of parameters by their C text; `threads` None means all cores;
    `functions` limits the work to nests of these functions; `arguments` are those of the program itself; `reassociate`
    allows floating-point sums and products in any order.
    """

    path: Path
    text: bytes
    toolchain: Toolchain
    links: tuple[Path, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    threads: int | None = None
    functions: frozenset[str] = frozenset()
    arguments: tuple[str, ...] = ()
    seed: int = 0
    reassociate: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate that was built: its script and what became of it."""

    script: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of one distinct program: to transform, check and print it, and to compile it where it was."""

    generate_s: float
    compile_s: float | None = None


@dataclass(frozen=True, slots=True)
class NestResult:
    """What was decided for one nest: `script` is None if the original stays, `reason` says why in words.

    `outcome` is that of the chosen candidate, or of the best one that was not chosen; None if nothing was run.
    `settled` tells after how long and why the search ended before its time was spent; empty if it did not.
    `text_bytes` is the size of the machine code of the whole program with the chosen candidate in it.
    `reordered` names the sums that the chosen code rounds in another order, `accuracy` tells the error if it was run.
    """

    scop: Scop
    script: str | None
    reason: str
    outcome: Outcome | None = None
    predicted_log2_speedup: float | None = None
    trials: tuple[Trial, ...] = ()
    settled: str = ""
    costs: tuple[Cost, ...] = ()
    text_bytes: int | None = None
    reordered: tuple[str, ...] = ()
    accuracy: Accuracy | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A rewritten file. `text` equals the input if no nest was changed. `total` times all nests together."""

    path: Path
    text: bytes
    nests: tuple[NestResult, ...]
    refusals: tuple[Diagnostic, ...]
    total: Measured | None = None
    sandbox: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """True if at least one nest was rewritten."""
        return any(nest.script is not None for nest in self.nests)
