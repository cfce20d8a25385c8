"""One run of an instrumented binary: a fresh directory, a fixed environment, and its result file afterwards."""

import contextlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.execution.limits import Limits
from optimizer.execution.process import Finished
from optimizer.execution.program import Binary
from optimizer.execution.sandbox import Job, detect_sandbox
from optimizer.execution.workspace import remove_tree

_RESULT = ".loopwright-times-and-values"
_NAME = "program"
_RESULT_BYTES = 256 << 20
_LOOK_S = 0.1  # long enough to tell a busy processor
_LONGEST_PATH = 1000
_ARGUMENT_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Placement:
    """On which processors a program runs, and with how many OpenMP threads."""

    cpus: tuple[int, ...] = ()  # () leaves it to the system
    threads: int = 1
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


def allowed_cpus(threads: int) -> tuple[int, ...]:
    """Processors for a program of `threads` threads: the idlest for one, else all that this process may use."""
    cpus = tuple(sorted(os.sched_getaffinity(0)))
    if threads > 1 or len(cpus) == 1:
        return cpus
    before = _idle_ticks()
    time.sleep(_LOOK_S)
    after = _idle_ticks()
    return (max(cpus, key=lambda cpu: (after.get(cpu, 0) - before.get(cpu, 0), cpu)),)


def _idle_ticks() -> dict[int, int]:
    """How long each processor has been idle; empty where the system does not tell."""
    try:
        text = Path("/proc/stat").read_text()
    except OSError:
        return {}
    rows = (line.split() for line in text.splitlines())
    return {int(row[0][3:]): int(row[4]) for row in rows if row and row[0][:3] == "cpu" and row[0][3:].isdigit()}


def run_binary(binary: Binary, placement: Placement, limits: Limits) -> tuple[Finished, bytes]:
    """How `binary` ended, and what its runtime wrote ("" if nothing usable).

    The program sees the same name, directory and environment whichever binary it is. Files below the current directory
    that its arguments name are there too, as copies.
    """
    directory = binary.path.parent
    sandbox = detect_sandbox(directory)
    with _run_directory(directory) as here:
        _provide(binary.program.arguments, here)
        _place(binary.path, here / _NAME)
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
        remove_tree(here)


def _provide(arguments: tuple[str, ...], here: Path) -> None:
    """Copy what `arguments` name to the same place below `here`."""
    for argument in arguments:
        path = Path(argument)
        inside = not path.is_absolute() and ".." not in path.parts and argument not in ("", _NAME)
        possible = inside and len(argument) < _LONGEST_PATH and "\0" not in argument
        if possible and path.is_file() and path.stat().st_size <= _ARGUMENT_BYTES:
            copy = here / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            copy.chmod(0o644)


def _place(binary: Path, here: Path) -> None:
    try:
        os.link(binary, here)
    except OSError:  # a file system without links
        shutil.copy(binary, here)


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
