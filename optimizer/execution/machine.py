"""What the machine is that times were taken on, for reports. Reads, changes nothing."""

import os
import platform
from pathlib import Path

from optimizer.execution.sandbox import Sandbox
from optimizer.execution.toolchain import Toolchain

_CPU = Path("/sys/devices/system/cpu")


def machine_description(toolchain: Toolchain, sandbox: Sandbox) -> dict[str, str | int | float]:
    """Processor, caches, system, compiler and load, as they are now; what the system does not tell is left out."""
    description: dict[str, str | int | float] = {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "compiler": toolchain.version,
        "flags": " ".join((*toolchain.flags, *toolchain.user_flags)),
        "sandbox": sandbox.mode,
        "load": round(os.getloadavg()[0], 2),
    }
    description |= cache_sizes()
    governor = _read(_CPU / "cpu0/cpufreq/scaling_governor")
    return description | ({"governor": governor} if governor else {})


def cache_sizes() -> dict[str, int]:
    """Bytes of the data caches that one core sees: `l1_bytes`, `l2_bytes`, `l3_bytes` as far as they are known."""
    sizes: dict[str, int] = {}
    for index in sorted((_CPU / "cpu0/cache").glob("index[0-9]*")):
        level, size = _read(index / "level"), _read(index / "size")
        if _read(index / "type") in ("Data", "Unified") and size.rstrip("KMG").isdigit():
            scale = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(size[-1], 1)
            sizes[f"l{level}_bytes"] = int(size.rstrip("KMG")) * scale
    return sizes


def _cpu_model() -> str:
    for line in _read(Path("/proc/cpuinfo")).splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Model", "cpu model"):
            return value.strip()
    return platform.processor() or platform.machine()


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
