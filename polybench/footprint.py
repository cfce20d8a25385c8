"""What Loopwright itself costs on each kernel: processor time and memory of its stages, each in its own process."""

import json
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.ir.diagnostic import InputError
from polybench.suite import Kernel, Size
from polybench.usage import Usage, run_measured

MEMORY_LIMIT = 1 << 30
_LARGE_KERNELS = frozenset({"adi", "deriche", "heat-3d", "ludcmp"})


@dataclass(frozen=True, slots=True)
class Footprint:
    """The costs of one kernel. `raise_cpu_s` covers raising and dependences without the interpreter's start;
    `optimize_cpu_s` is the whole command. A cost is None if the stage failed; `failure` then says how.
    """

    kernel: str
    raise_cpu_s: float | None
    optimize_cpu_s: float | None
    raise_peak_bytes: int
    optimize_peak_bytes: int
    failure: str = ""

    @property
    def exceeded(self) -> tuple[str, ...]:
        """Which of the limits that the project set itself are not met."""
        raise_limit, optimize_limit = (3.0, 15.0) if self.kernel in _LARGE_KERNELS else (1.0, 5.0)
        checks = (
            ("raising", self.raise_cpu_s is None or self.raise_cpu_s >= raise_limit),
            ("optimize", self.optimize_cpu_s is None or self.optimize_cpu_s >= optimize_limit),
            ("memory", max(self.raise_peak_bytes, self.optimize_peak_bytes) >= MEMORY_LIMIT),
        )
        return tuple(name for name, failed in checks if failed)


def measure_footprint(kernel: Kernel, size: Size, compiler: str) -> Footprint:
    """Run both stages on `kernel` and say what they took."""
    macro = f"-D{size.macro}"
    raised = run_measured([sys.executable, "-m", "polybench.footprint", str(kernel.path), compiler, macro])
    command = ["optimize", str(kernel.path), macro, "--cc", compiler, "-q"]
    optimized = run_measured([sys.executable, "-m", "optimizer.cli.main", *command])
    raise_cpu_s = float(json.loads(raised.output)["cpu_s"]) if raised.status == 0 else None
    optimize_cpu_s = optimized.cpu_s if optimized.status == 0 else None
    failures = [_last_line(stage, usage) for stage, usage in (("raising", raised), ("optimize", optimized))]
    return Footprint(
        kernel.name,
        raise_cpu_s,
        optimize_cpu_s,
        raised.peak_bytes,
        optimized.peak_bytes,
        "; ".join(failure for failure in failures if failure),
    )


def _last_line(stage: str, usage: Usage) -> str:
    if usage.status == 0:
        return ""
    lines = usage.errors.strip().splitlines()
    return f"{stage} ended with {usage.status}: {lines[-1] if lines else 'no message'}"


def _cpu_s() -> float:
    """The processor time of this process and of the children it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def main(arguments: Sequence[str]) -> int:
    """Raise the nests of a file and compute their dependences; print the processor time that this took as JSON."""
    from frontends.c import read_program
    from optimizer.dependences import analyze

    path, compiler, *flags = arguments
    before = _cpu_s()
    try:
        program = read_program(Path(path), flags=tuple(flags), compiler=compiler)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    nests = [analyze(scop) for scop in program.scops]
    sys.stdout.write(json.dumps({"cpu_s": _cpu_s() - before, "nests": len(nests)}))
    if program.refusals or not nests:
        sys.stderr.write("".join(f"{refusal}\n" for refusal in program.refusals) or "no loop nest was found\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
