"""Everything that `doctor` reports, as data."""

import importlib.metadata
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from loopwright import __version__
from optimizer.cli.compilers import Compiler, find_compilers
from optimizer.execution import (
    Probe,
    Prober,
    Sandbox,
    Toolchain,
    detect_sandbox,
    detect_toolchain,
    machine_description,
    workspace,
)
from optimizer.ir.diagnostic import UsageError

PACKAGES = ("islpy", "numpy", "typer", "rich")
NOISY = 0.10


@dataclass(frozen=True, slots=True)
class Environment:
    """What Loopwright has to work with. `problems` stop it from working, `advice` would make it work better."""

    loopwright: str
    python: str
    packages: dict[str, str]
    compilers: tuple[Compiler, ...]
    sandbox: str
    machine: dict[str, str | int | float]
    problems: tuple[str, ...]
    advice: tuple[str, ...]
    probes: tuple[Probe, ...] = ()


def inspect_environment(*, probes: bool = False) -> Environment:
    """The environment of this process; runs each compiler found on a small program, and with `probes` the machine."""
    compilers = tuple(find_compilers())
    packages = {name: _package_version(name) for name in PACKAGES}
    with workspace() as directory:
        sandbox = detect_sandbox(directory)
        probed = _probe(directory) if probes and compilers else ()
    return Environment(
        loopwright=__version__,
        python=platform.python_version(),
        packages=packages,
        compilers=compilers,
        sandbox=_describe(sandbox),
        machine=machine_description(_toolchain(), sandbox),
        problems=tuple(_problems(packages, compilers)),
        advice=(*_advice(compilers), *_sandbox_advice(sandbox)),
        probes=probed,
    )


def _probe(directory: Path) -> tuple[Probe, ...]:
    """The machine with one thread and with as many as there are processors."""
    prober = Prober(_toolchain(), directory)
    found = [prober.probe(threads) for threads in dict.fromkeys((1, len(os.sched_getaffinity(0))))]
    return tuple(probe for probe in found if probe is not None)


def _package_version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _problems(packages: dict[str, str], compilers: tuple[Compiler, ...]) -> list[str]:
    problems = [
        f"{name}: pip install {name}" for name, version in packages.items() if version == "missing"
    ]
    if not compilers:
        problems.append("a C compiler: apt-get install gcc libc6-dev")
    return problems


def _advice(compilers: tuple[Compiler, ...]) -> list[str]:
    advice = [
        f"{compiler.command} cannot build with -fopenmp: no parallel loops with it (clang needs libomp)"
        for compiler in compilers
        if compiler.openmp_threads is None
    ]
    noises = [compiler.noise for compiler in compilers if compiler.noise is not None]
    if noises and min(noises) > NOISY:
        advice.append(f"run times vary by {min(noises):.0%}: stop other work before measuring")
    return advice


def _toolchain() -> Toolchain:
    """The compiler that commands use by default; one without a version if there is none."""
    try:
        return detect_toolchain()
    except UsageError:
        return Toolchain(flags=())


SANDBOXES = {
    "bubblewrap": "bubblewrap: no network, only the system's libraries and a private folder, limits",
    "landlock": "landlock: no other files, no TCP, limits; other processes are visible",
    "rlimits": "rlimits: limits only",
}


def _describe(sandbox: Sandbox) -> str:
    return SANDBOXES.get(sandbox.mode, sandbox.mode)


def _sandbox_advice(sandbox: Sandbox) -> list[str]:
    """What would keep programs apart better."""
    if sandbox.mode == "bubblewrap":
        return []
    if shutil.which("bwrap") is None:
        return ["programs would be kept apart better by bubblewrap: apt-get install bubblewrap"]
    return [
        "bubblewrap is installed but may not create user namespaces here; where AppArmor forbids them: "
        "sysctl kernel.apparmor_restrict_unprivileged_userns=0; in a container: allow user namespaces"
    ]
