"""Builds and runs many programs of the random generator at the price of a few: they are put in one source file, with
their names made different, and print their results one after the other.
"""

import math
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

_FIXED = ("kernel", "main", "state", "state_data", "random_state", "draw", "show_bytes")
_GLOBAL = re.compile(r"^static [\w ]*?(\w+)(?:\[\d+\])*;$", re.MULTILINE)
_MACRO = re.compile(r"^\s*#\s*define (\w+)", re.MULTILINE)


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
    limit_s: float = 20.0  # of one run

    def __str__(self) -> str:
        return f"{self.compiler} {' '.join(self.flags)}"


ORIGINAL = Build("gcc", ("-O0", "-ffp-contract=off"))  # gcc 12 compiles some correct nests wrongly from -O1 on
OPTIMIZED = Build("gcc", ("-O3", "-fopenmp", "-ffp-contract=off", "-march=native"))
LIGHT = Build("gcc", ("-O1", "-fno-ivopts", "-fopenmp", "-ffp-contract=off"))
SANITIZED = Build(
    "gcc",
    ("-O1", "-fopenmp", "-ffp-contract=off", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
)


_DRIVER = """
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_alone(int number, int (*program)(void))
{
    int status = 0;
    printf("== %d\\n", number);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(LIMIT);
        int code = program();
        fflush(stdout);
        _exit(code);
    }
    waitpid(child, &status, 0);
    if (status != 0)
        printf("!! %s %d\\n", WIFSIGNALED(status) ? "signal" : "exit",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

int main(void)
{
"""


def bundle(programs: Sequence[str], limit_s: float) -> str:
    """One C program that runs the given complete programs in turn, each in a process of its own that ends after
    `limit_s`, and after a line that tells its number.
    """
    parts: list[str] = []
    for number, text in enumerate(programs):
        names = dict.fromkeys((*_FIXED, *_GLOBAL.findall(text)))
        parts += [f"#define {name} {name}_in_{number}_" for name in names]
        parts += [text]
        parts += [f"#undef {name}" for name in (*names, *dict.fromkeys(_MACRO.findall(text)))]
    parts.append(_DRIVER.replace("LIMIT", str(math.ceil(limit_s))))
    parts += [f"    run_alone({number}, main_in_{number}_);" for number in range(len(programs))]
    return "\n".join([*parts, "    return 0;", "}", ""])


def run_all(programs: Sequence[str], build: Build, directory: Path) -> list[Result]:
    """The results of `programs` in order. Those that keep a bundle from being compiled are built alone."""
    if not programs:
        return []
    if len(programs) == 1:
        return [_compile_and_run(programs[0], build, build.limit_s, directory)]
    text, limit_s = bundle(programs, build.limit_s), build.limit_s * len(programs)
    whole = _compile_and_run(text, build, limit_s, directory)
    if isinstance(whole, Printed):
        return [_section(section, build) for section in re.split(r"^== \d+\n", whole.text, flags=re.MULTILINE)[1:]]
    half = len(programs) // 2
    return [*run_all(programs[:half], build, directory), *run_all(programs[half:], build, directory)]


def _section(text: str, build: Build) -> Result:
    failed = re.search(r"^!! (\w+) (\d+)$", text, re.MULTILINE)
    if failed is None:
        return Printed(text)
    kind, number = failed.groups()
    return Broken(f"{build}: {signal.Signals(int(number)).name if kind == 'signal' else f'exit {number}'}")


def _compile_and_run(text: str, build: Build, limit_s: float, directory: Path) -> Result:
    with tempfile.TemporaryDirectory(dir=directory) as name:
        source, program = Path(name) / "program.c", Path(name) / "program"
        source.write_text(text)
        command = [build.compiler, "-std=gnu11", "-w", *build.flags, str(source), "-o", str(program), "-lm"]
        compiled = subprocess.run(command, capture_output=True, text=True, check=False)
        if compiled.returncode != 0:
            return Broken(f"{build}: {_first_error(compiled.stderr)}")
        return _run(program, build, limit_s)


def _first_error(text: str) -> str:
    return next((line for line in text.splitlines() if "error" in line), text.strip()[:300])


def _run(program: Path, build: Build, limit_s: float) -> Result:
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(build.threads),
        "OMP_WAIT_POLICY": "passive",
        "ASAN_OPTIONS": "detect_leaks=0",
    }
    try:
        done = subprocess.run(
            [str(program)], capture_output=True, text=True, timeout=limit_s, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        return Broken(f"{build}: still running after {limit_s:g} s")
    if done.returncode < 0:
        return Broken(f"{build}: {signal.Signals(-done.returncode).name}")
    if done.returncode != 0:
        return Broken(f"{build}: exit {done.returncode}: {done.stderr.strip()[:400]}")
    return Printed(done.stdout)
