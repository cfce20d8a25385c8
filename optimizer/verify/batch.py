"""Builds and runs many programs of the random generator at the price of a few: they are put in one source file, with
their names made different, and print their results one after the other.
"""

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

_SECTION = "== "
_FIXED = ("kernel", "main", "state", "state_data", "random_state", "draw", "show_bytes")
_GLOBAL = re.compile(r"^static [\w ]*?(\w+)(?:\[\d+\])*;$", re.MULTILINE)
_MACRO = re.compile(r"^\s*#\s*define (\w+)", re.MULTILINE)
_RUN_LIMIT_S = 20


@dataclass(frozen=True, slots=True)
class Printed:
    """What a program printed before it ended well."""

    text: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The program was not accepted by the compiler, crashed or did not end."""

    detail: str


Result: TypeAlias = Printed | Broken


@dataclass(frozen=True, slots=True)
class Build:
    """A compiler with its flags."""

    compiler: str
    flags: tuple[str, ...]
    threads: int = 3

    def __str__(self) -> str:
        return f"{self.compiler} {' '.join(self.flags)}"


ORIGINAL = Build("gcc", ("-O1", "-ffp-contract=off"))
OPTIMIZED = Build("gcc", ("-O3", "-fopenmp", "-ffp-contract=off", "-march=native"))
LIGHT = Build("gcc", ("-O1", "-fopenmp", "-ffp-contract=off"))
SANITIZED = Build(
    "gcc",
    ("-O1", "-fopenmp", "-ffp-contract=off", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
)


def bundle(programs: Sequence[str]) -> str:
    """One C program that runs the given complete programs in turn, each after a line that tells its number."""
    parts: list[str] = []
    for number, text in enumerate(programs):
        names = dict.fromkeys((*_FIXED, *_GLOBAL.findall(text)))
        parts += [f"#define {name} {name}_in_{number}_" for name in names]
        parts += [text]
        parts += [f"#undef {name}" for name in (*names, *dict.fromkeys(_MACRO.findall(text)))]
    parts += ["#include <stdio.h>", "int main(void)", "{"]
    for number in range(len(programs)):
        parts += [f'    printf("{_SECTION}{number}\\n");', "    fflush(stdout);", f"    main_in_{number}_();"]
    return "\n".join([*parts, f'    printf("{_SECTION}end\\n");', "    return 0;", "}", ""])


def run_all(programs: Sequence[str], build: Build, directory: Path) -> list[Result]:
    """The results of `programs` in order; those that bring a bundle down are built and run alone."""
    if not programs:
        return []
    whole = _compile_and_run(bundle(programs) if len(programs) > 1 else programs[0], build, directory)
    if len(programs) == 1:
        return [whole]
    if isinstance(whole, Printed):
        return [Printed(section) for section in _sections(whole.text)]
    half = len(programs) // 2
    return [*run_all(programs[:half], build, directory), *run_all(programs[half:], build, directory)]


def _sections(text: str) -> list[str]:
    parts = re.split(rf"^{_SECTION}\w+\n", text, flags=re.MULTILINE)
    return parts[1:-1]


def _compile_and_run(text: str, build: Build, directory: Path) -> Result:
    with tempfile.TemporaryDirectory(dir=directory) as name:
        source, program = Path(name) / "program.c", Path(name) / "program"
        source.write_text(text)
        command = [build.compiler, "-std=gnu11", "-w", *build.flags, str(source), "-o", str(program), "-lm"]
        compiled = subprocess.run(command, capture_output=True, text=True, check=False)
        if compiled.returncode != 0:
            return Broken(f"{build}: {_first_error(compiled.stderr)}")
        return _run(program, build)


def _first_error(text: str) -> str:
    return next((line for line in text.splitlines() if "error" in line), text.strip()[:300])


def _run(program: Path, build: Build) -> Result:
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(build.threads),
        "OMP_WAIT_POLICY": "passive",
        "ASAN_OPTIONS": "detect_leaks=0",
    }
    try:
        done = subprocess.run(
            [str(program)], capture_output=True, text=True, timeout=_RUN_LIMIT_S, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        return Broken(f"{build}: still running after {_RUN_LIMIT_S} s")
    if done.returncode < 0:
        return Broken(f"{build}: {signal.Signals(-done.returncode).name}")
    if done.returncode != 0:
        return Broken(f"{build}: exit {done.returncode}: {done.stderr.strip()[:400]}")
    return Printed(done.stdout)
