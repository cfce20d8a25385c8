"""What a compiler or a program of the user may consume before it is stopped."""

import os
from dataclasses import dataclass, field


def _most_memory() -> int:
    """Nine tenths of the machine's memory: a program that needs more would not run well without us either."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 9 // 10


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one process tree; a tree that passes one is killed as a whole.

    `processes` counts threads too. Output beyond `output_bytes` is read and hashed but not kept.
    """

    wall_s: float = 60.0
    cpu_s: int = 60 * (os.cpu_count() or 1)  # summed over threads
    memory_bytes: int = field(default_factory=_most_memory)  # address space of each process
    processes: int = 64 + 4 * (os.cpu_count() or 1)
    file_bytes: int = 512 << 20
    files: int = 256
    output_bytes: int = 1 << 20
