"""What the static model knows of a processor: caches, vectors, and what a miss or a parallel region costs."""

import functools
import os
from dataclasses import dataclass
from pathlib import Path

CACHE_LINE_BYTES = 64
PAGE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class CacheLevel:
    """A cache; `line_cycles` is what it costs one core to fetch a line from the level behind it, streaming."""

    bytes: int
    line_cycles: float


@dataclass(frozen=True, slots=True)
class PageLevel:
    """A level of translation: the pages that it knows, and what it costs to look up one that it does not."""

    entries: int
    miss_cycles: float


@dataclass(frozen=True, slots=True)
class Machine:
    """A processor as the static model sees it."""

    caches: tuple[CacheLevel, ...]
    vector_bytes: int  # of the vectors that compilers choose
    widest_vector_bytes: int
    threads: int
    thread_gain: float = 0.8  # what each further thread adds, of one core's speed
    fork_cycles: float = 15_000.0  # entering and leaving a parallel region
    team_cycles: float = 300_000.0  # starting the threads, which the first parallel region of a program does
    scattered_line: float = 3.0  # a line off the stream costs this much more: no prefetch
    pages: tuple[PageLevel, ...] = (PageLevel(64, 6.0), PageLevel(2048, 25.0))

    @property
    def vector_registers(self) -> int:
        """The vectors that fit into registers: processors with vectors of 64 bytes have twice as many."""
        return 32 if self.widest_vector_bytes >= 64 else 16


@functools.lru_cache(maxsize=8)
def this_machine(threads: int | None = None) -> Machine:
    """The processor that this runs on, from what Linux tells; common sizes where it tells nothing."""
    sizes = _cache_sizes()
    costs = (4.0, 12.0, 20.0)
    caches = tuple(CacheLevel(size, cost) for size, cost in zip(sizes, costs[-len(sizes) :], strict=True))
    available = len(os.sched_getaffinity(0))
    return Machine(caches, *_vector_bytes(), min(threads or available, available))


def _cache_sizes() -> tuple[int, ...]:
    found: dict[int, int] = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        try:
            if (index / "type").read_text().strip() in ("Data", "Unified"):
                text = (index / "size").read_text().strip()
                found[int((index / "level").read_text())] = int(text.rstrip("KM")) << (20 if text.endswith("M") else 10)
        except (OSError, ValueError):
            continue
    return (found.get(1, 32 << 10), found.get(2, 1 << 20), min(found.get(3, 16 << 20), 32 << 20))


def _vector_bytes() -> tuple[int, int]:
    """The size of vectors that compilers use, and of the largest that the processor has."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return 16, 16
    usual = 32 if "avx2" in flags else 16  # compilers use 32 bytes even where 64 exist
    return usual, 64 if "avx512f" in flags else usual
