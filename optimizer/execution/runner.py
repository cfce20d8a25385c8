"""One run of an instrumented binary: a fresh directory, a fixed environment, and its result file afterwards."""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.execution.limits import Limits
from optimizer.execution.process import Finished
from optimizer.execution.program import Binary
from optimizer.execution.sandbox import Job, Sandbox, detect_sandbox

_RESULT = "result"
_NAME = "program"
_RESULT_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Placement:
    """On which processors a program runs, and with how many OpenMP threads."""

    cpus: tuple[int, ...] = ()  # () leaves it to the system
    threads: int = 1
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


def allowed_cpus(threads: int) -> tuple[int, ...]:
    """Processors for a program of `threads` threads: one for one, else all that this process may use."""
    cpus = tuple(sorted(os.sched_getaffinity(0)))
    return cpus[-1:] if threads == 1 else cpus


def run_binary(binary: Binary, placement: Placement, limits: Limits) -> tuple[Finished, bytes]:
    """How `binary` ended, and what its runtime wrote ("" if nothing usable).

    The program sees the same name, directory and environment whichever binary it is.
    """
    directory = binary.path.parent
    sandbox = detect_sandbox(directory)
    with _run_directory(directory) as here:
        os.link(binary.path, here / _NAME)
        inside = sandbox.inside(here)
        job = Job(
            (f"./{_NAME}", *binary.program.arguments),
            here,
            _environment(inside, placement),
            binary.program.stdin,
            placement.cpus,
        )
        finished = sandbox.run(job, limits)
        return finished, _read_result(here / _RESULT)


@contextlib.contextmanager
def _run_directory(parent: Path) -> Generator[Path, None, None]:
    here = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
    try:
        yield here
    finally:
        shutil.rmtree(here, ignore_errors=True)


def _environment(inside: str, placement: Placement) -> dict[str, str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": inside,
        "LC_ALL": "C",
        "LW_RESULT": f"{inside}/{_RESULT}",
        "OMP_NUM_THREADS": str(placement.threads),
        "OMP_DYNAMIC": "false",
    }
    if placement.cpus:
        environment["OMP_PROC_BIND"] = "close"
        environment["OMP_PLACES"] = ",".join(f"{{{cpu}}}" for cpu in placement.cpus)
    return environment | dict(placement.environment)


def _read_result(path: Path) -> bytes:
    """The content of a result file; never follows a link or opens a device that a program planted there."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    with open(handle, "rb") as file:  # noqa: PTH123 (a descriptor)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return b""
        return file.read(_RESULT_BYTES)


def sandbox_of(binary: Binary) -> Sandbox:
    """The sandbox that runs of `binary` use."""
    return detect_sandbox(binary.path.parent)
