"""What Pluto and Polly reached on the kernels, measured once on another machine run: a table that ships with us."""

import csv
from dataclasses import dataclass
from importlib.resources import files

from polybench.suite import Size

SIZE = Size.LARGE
THREADS = 2
CLOSE_ENOUGH = 0.95  # of the better peer
MACHINE = "AMD EPYC (Zen 4) virtual machine, 2 processors, L1d 32 KiB and L2 1 MiB a core, L3 32 MiB, Debian 12"
COMPILERS = "gcc 12.2.0, clang 22.1.8 with Polly, Pluto's polycc --tile --parallel"
# without -ffast-math, which may change results: what we do not do either
COMPARED = ("polly", "polly_par", "pluto_gcc", "pluto_clang")


@dataclass(frozen=True, slots=True)
class Peer:
    """How many times as fast as `gcc -O3 -march=native` a peer was, and its time; None where its result was wrong or it
    crashed.
    """

    kernel: str
    config: str
    speedup: float | None
    seconds: float | None = None


def peers() -> tuple[Peer, ...]:
    """The whole table."""
    text = files("polybench").joinpath("peers.csv").read_text()
    return tuple(_read(row) for row in csv.DictReader(text.splitlines()))


def _read(row: dict[str, str]) -> Peer:
    if row["correct"] != "yes":
        return Peer(row["kernel"], row["config"], None)
    return Peer(row["kernel"], row["config"], float(row["speedup"]), float(row["seconds"]))


def best_peers() -> dict[str, Peer]:
    """Kernel -> the fastest of COMPARED that was right there; kernels where none was are left out."""
    best: dict[str, Peer] = {}
    for peer in peers():
        known = best.get(peer.kernel)
        if peer.config in COMPARED and (peer.speedup or 0.0) > (known.speedup or 0.0 if known else 0.0):
            best[peer.kernel] = peer
    return best


def provenance() -> str:
    """Where the table comes from, in one line that must stand beside any comparison with it."""
    return (
        f"best peer: the fastest of Pluto and Polly, with {THREADS} threads and without -ffast-math, as measured in "
        f"another run on {MACHINE} ({COMPILERS}); its gcc times too are of that run: take "
        "what differs by less than 20% as equal"
    )
