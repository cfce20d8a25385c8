"""What `doctor` finds out about the machine: the processor and its caches, from Linux's own files."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
FIELDS = ("level", "type", "size", "shared_cpu_list")
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")


@dataclass(frozen=True, slots=True)
class Cache:
    """One cache of the first core: `size` as the kernel prints it (48K)."""

    level: int
    kind: str  # Data, Instruction, Unified
    size: str
    shared_by: str  # the list of logical CPUs


@dataclass(frozen=True, slots=True)
class Machine:
    """The processor that programs run on."""

    system: str
    processor: str
    usable_cores: int
    caches: tuple[Cache, ...]


def describe_machine() -> Machine:
    """The machine that this process runs on; what the system does not tell is left empty."""
    return Machine(
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        processor=_processor_name(),
        usable_cores=len(os.sched_getaffinity(0)),
        caches=tuple(_caches()),
    )


def _processor_name() -> str:
    try:
        lines = CPUINFO.read_text(errors="replace").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _caches() -> list[Cache]:
    found: list[Cache] = []
    for folder in sorted(CACHES.glob("index*")):
        try:
            fields = {name: (folder / name).read_text().strip() for name in FIELDS}
        except OSError:
            continue
        found.append(Cache(int(fields["level"]), fields["type"], fields["size"], fields["shared_cpu_list"]))
    return found
