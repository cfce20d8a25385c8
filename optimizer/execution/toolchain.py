"""The compiler and its flags. Knows which flags a compiler accepts; runs no user code."""

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.ir.diagnostic import UsageError

_WANTED = ("-O3", "-march=native", "-fopenmp")
_SIMILAR = {"-march=native": ("-mcpu=native",)}


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A C compiler. `user_flags`, from the command line (-I -D -U and after `--`), come after `flags`."""

    compiler: str = "gcc"
    flags: tuple[str, ...] = _WANTED
    user_flags: tuple[str, ...] = ()
    libs: tuple[str, ...] = ("-lm",)

    @property
    def machine_flags(self) -> tuple[str, ...]:
        """The flags that decide how objects fit together; -D, -I and language options are not among them."""
        relevant = ("-m", "-fPI", "-fpi", "-fno-pi", "-flto")
        flags = (*self.flags, *self.user_flags)
        return tuple(flag for flag in flags if flag.startswith(relevant) and flag != "-mllvm")

    @property
    def version(self) -> str:
        """The first line of what the compiler says about itself; empty if it does not run."""
        return _version(self.compiler)


def detect_toolchain(compiler: str | None = None, user_flags: Iterable[str] = ()) -> Toolchain:
    """The compiler `compiler`, else $CC, gcc, clang or cc, with those of our default flags that it can link with.

    Where there is no plain `gcc` or `clang`, the `gcc-N` or `clang-N` with the largest N stands for it.
    Raises UsageError if there is none.
    """
    named = compiler or os.environ.get("CC")
    candidates = (named,) if named else ("gcc", "clang", "cc")
    for candidate in map(newest, candidates):
        if candidate is not None and accepts(candidate, ()):
            flags = tuple(flag for wanted in _WANTED if (flag := _accepted(candidate, wanted)))
            return Toolchain(candidate, flags, tuple(user_flags))
    what = f"the compiler '{named}' does not work" if named else "no C compiler found (looked for gcc, clang, cc)"
    raise UsageError(f"{what}: install one (Debian: apt install gcc) or name one with --cc")


def newest(compiler: str) -> str | None:
    """`compiler` if it is on the search path; else its version `compiler-N` with the largest N; None if neither is."""
    if shutil.which(compiler):
        return compiler
    if "/" in compiler:
        return None
    pattern = re.compile(re.escape(compiler) + r"-(\d+)")
    versions: set[int] = set()
    for folder in os.get_exec_path():
        try:
            names = os.listdir(folder)  # noqa: PTH208  names are all that is needed
        except OSError:
            continue
        versions |= {int(found[1]) for name in names if (found := pattern.fullmatch(name))}
    return f"{compiler}-{max(versions)}" if versions else None


def _accepted(compiler: str, flag: str) -> str | None:
    return next((f for f in (flag, *_SIMILAR.get(flag, ())) if accepts(compiler, (f,))), None)


@functools.lru_cache(maxsize=256)
def accepts(compiler: str, flags: tuple[str, ...]) -> bool:
    """True if `compiler` builds an empty program with `flags`."""
    command = [compiler, *flags, "-x", "c", "-", "-o", os.devnull]
    try:
        done = subprocess.run(command, input=b"int main(void){return 0;}", capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@functools.lru_cache(maxsize=16)
def _version(compiler: str) -> str:
    try:
        done = subprocess.run([compiler, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return next(iter(done.stdout.splitlines()), "")
