"""What `doctor` finds out about compilers: which there are, whether OpenMP works, and how steadily the machine runs."""

import os
import re
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"(?:gcc|clang)(?:-\d+)?")
LIMIT_S = 30
PROBE = r"""
#include <stdio.h>
#include <time.h>
#ifdef _OPENMP
#include <omp.h>
#endif
static volatile double sink;
int main(void) {
  int threads = 1;
#ifdef _OPENMP
#pragma omp parallel
#pragma omp single
  threads = omp_get_num_threads();
#endif
  printf("%d\n", threads);
  for (int run = 0; run < 25; run++) {
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    double x = 1.0;
    for (int i = 0; i < 2000000; i++) x = x * 0.999999 + 1e-6;
    sink = x;
    clock_gettime(CLOCK_MONOTONIC, &b);
    printf("%lld\n", (b.tv_sec - a.tv_sec) * 1000000000LL + (b.tv_nsec - a.tv_nsec));
  }
  return 0;
}
"""


@dataclass(frozen=True, slots=True)
class Compiler:
    """A C compiler on the search path. `openmp_threads` is None if a program with -fopenmp does not build or run."""

    command: str
    path: str
    version: str
    openmp_threads: int | None
    noise: float | None  # spread of the run time of a fixed loop: (9th decile - minimum) / median


def find_compilers() -> list[Compiler]:
    """Every gcc and clang on the search path, each executable once."""
    seen: set[Path] = set()
    found: list[Compiler] = []
    for path in _executables():
        if path.resolve() not in seen and (version := _version(path)) is not None:
            seen.add(path.resolve())
            threads, noise = _probe(path)
            found.append(Compiler(path.name, str(path), version, threads, noise))
    return found


def _executables() -> Iterator[Path]:
    for folder in os.get_exec_path():
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208  a name is all that is needed
        except OSError:
            continue
        for name in names:
            if NAME.fullmatch(name) and os.access(Path(folder, name), os.X_OK):
                yield Path(folder, name)


def _version(path: Path) -> str | None:
    output = _output([str(path), "--version"])
    return output.splitlines()[0] if output else None


def _probe(compiler: Path) -> tuple[int | None, float | None]:
    """The number of OpenMP threads and the noise that a small program built by `compiler` sees."""
    with tempfile.TemporaryDirectory(prefix="loopwright-") as folder:
        source, program = Path(folder, "probe.c"), Path(folder, "probe")
        source.write_text(PROBE)
        for flags in (["-fopenmp"], []):
            if _output([str(compiler), "-O1", *flags, str(source), "-o", str(program)]) is None:
                continue
            output = _output([str(program)])
            if output:
                threads, *times = map(int, output.split())
                return (threads if flags else None), _spread(times)
    return None, None


def _spread(times_ns: list[int]) -> float:
    """(9th decile - minimum) / median of `times_ns`, the first fifth left out as warm-up."""
    steady = times_ns[len(times_ns) // 5 :]
    return (statistics.quantiles(steady, n=10)[-1] - min(steady)) / statistics.median(steady)


def _output(command: list[str]) -> str | None:
    """What `command` prints, or None if it cannot be started, fails or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=True, errors="replace")
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
