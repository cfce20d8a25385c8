"""How fast the machine is just now: multiply-adds and streams, measured by a small program in the sandbox.

On a shared or virtual machine the answer changes within minutes: two processors may be two threads of one core.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from optimizer.execution.build import build_file
from optimizer.execution.limits import Limits
from optimizer.execution.runner import allowed_cpus
from optimizer.execution.sandbox import Job, detect_sandbox
from optimizer.execution.toolchain import Toolchain
from optimizer.execution.workspace import remove_tree

WINDOW_MS = 20.0
LARGE_BYTES = 256 << 20  # beyond the caches of most machines
_SOURCE = Path(__file__).with_suffix(".c")
_LIMITS = Limits(wall_s=60, cpu_s=60 * (os.cpu_count() or 1))
_NAMES = ("double", "float", "triad", "read")


@dataclass(frozen=True, slots=True)
class Probe:
    """What `threads` threads reached together: multiply-adds in registers, and streams through `stream_bytes`.

    GFLOP/s count a multiply-add as two; `triad_gbs` counts 24 bytes an element, `read_gbs` the bytes read.
    """

    threads: int
    double_gflops: float
    float_gflops: float
    stream_bytes: int
    triad_gbs: float
    read_gbs: float

    @property
    def stream_gbs(self) -> float:
        """The faster of the two streams: no program moves more."""
        return max(self.triad_gbs, self.read_gbs)

    def best(self, other: "Probe") -> "Probe":
        """The higher figure of both probes, each taken of the same threads and bytes."""
        return Probe(
            self.threads,
            max(self.double_gflops, other.double_gflops),
            max(self.float_gflops, other.float_gflops),
            self.stream_bytes,
            max(self.triad_gbs, other.triad_gbs),
            max(self.read_gbs, other.read_gbs),
        )


class Prober:
    """Measures again and again with one program, built once below `directory` by `toolchain`'s compiler."""

    def __init__(self, toolchain: Toolchain, directory: Path) -> None:
        self.directory = directory
        built = build_file(_SOURCE, Toolchain(toolchain.compiler, _flags(toolchain)), directory)
        self.program = built if isinstance(built, Path) else None

    def probe(self, threads: int, stream_bytes: int = LARGE_BYTES) -> Probe | None:
        """What `threads` threads reach now; None where the program cannot be built or run. Takes half a second."""
        if self.program is None:
            return None
        cpus = allowed_cpus(threads)
        here = Path(tempfile.mkdtemp(prefix="probe-", dir=self.directory))
        try:
            program = here / "probe"
            os.link(self.program, program)
            words = ("./probe", str(threads), str(WINDOW_MS), str(stream_bytes), *map(str, cpus))
            finished = detect_sandbox(self.directory).run(Job(words, here, {"PATH": "/usr/bin:/bin"}), _LIMITS)
        finally:
            remove_tree(here)
        return read_probe(finished.stdout.data.decode(errors="replace"), threads, stream_bytes)


def read_probe(output: str, threads: int, stream_bytes: int) -> Probe | None:
    """The probe that the program printed; None if a figure is missing or none."""
    found: dict[str, float] = {}
    for line in output.splitlines():
        name, _, value = line.partition(" ")
        try:
            found[name] = float(value)
        except ValueError:
            return None
    if any(found.get(name, 0.0) <= 0.0 for name in _NAMES):
        return None
    double, single, triad, read = (found[name] for name in _NAMES)
    return Probe(threads, double, single, stream_bytes, triad, read)


def _flags(toolchain: Toolchain) -> tuple[str, ...]:
    """Optimized as far as possible for the machine that `toolchain` builds for."""
    return ("-O3", *toolchain.machine_flags)
