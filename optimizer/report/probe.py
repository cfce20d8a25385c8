"""A probe of the machine in words."""

from optimizer.execution import Probe


def probe_line(probe: Probe) -> str:
    """What `probe` found, in one line."""
    threads = f"{probe.threads} thread{'s' if probe.threads > 1 else ''}"
    return (
        f"{threads}: {probe.double_gflops:.1f} GFLOP/s double, {probe.float_gflops:.1f} float; "
        f"{probe.stream_bytes / 2**20:.0f} MiB: {probe.triad_gbs:.1f} GB/s triad, {probe.read_gbs:.1f} read"
    )
