"""The compilers that a benchmark compares with: which are found, and with which flags they get their best."""

import shutil
from dataclasses import dataclass, replace

from optimizer.execution.toolchain import Toolchain, accepts, newest
from optimizer.ir.diagnostic import UsageError

_PLAIN = ("-O3", "-march=native")
_POLLY = (*_PLAIN, "-mllvm=-polly")
_GRAPHITE = (*_PLAIN, "-floop-nest-optimize")
NAMES = ("gcc", "graphite", "clang", "polly", "ours-gcc", "ours-clang")


@dataclass(frozen=True, slots=True)
class Rival:
    """A compiler with flags, under the name that the user gave; `builds_ours`: our version, else the original."""

    name: str
    toolchain: Toolchain
    builds_ours: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """A rival that cannot be compared with here, and why."""

    name: str
    reason: str


def find_rival(name: str, threads: int) -> Rival | Absent:
    """The rival called `name`, one of NAMES, set up for `threads` threads; UsageError for another name."""
    match name:
        case "gcc":
            return _rival(name, "gcc", _PLAIN)
        case "graphite":
            parallel = (f"-ftree-parallelize-loops={threads}", "-floop-parallelize-all")
            return _rival(name, "gcc", (*_GRAPHITE, *parallel) if threads > 1 else _GRAPHITE)
        case "clang":
            return _rival(name, newest("clang"), _PLAIN)
        case "ours-gcc" | "ours-clang":
            rival = _rival(name, newest(name.removeprefix("ours-")), (*_PLAIN, "-fopenmp"))
            return replace(rival, builds_ours=True) if isinstance(rival, Rival) else rival
        case "polly":
            if threads > 1:
                return _rival(name, newest("clang"), (*_POLLY, "-mllvm=-polly-parallel"), ("-lm", "-lgomp"))
            return _rival(name, newest("clang"), _POLLY)
        case _:
            raise UsageError(f"--against {name}: unknown, choose from {', '.join(NAMES)}")


def _rival(name: str, compiler: str | None, flags: tuple[str, ...], libs: tuple[str, ...] = ("-lm",)) -> Rival | Absent:
    if compiler is None or shutil.which(compiler) is None:
        return Absent(name, f"no {compiler or 'clang'} on the search path")
    if not accepts(compiler, ()):
        return Absent(name, f"{compiler} does not build a program")
    if not accepts(compiler, (*flags, *libs)):
        return Absent(name, f"{compiler} does not accept {' '.join((*flags, *libs))}")
    return Rival(name, Toolchain(compiler, flags, libs=libs))
