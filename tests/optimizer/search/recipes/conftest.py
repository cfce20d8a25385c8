"""A program around one nest, and its result after a script."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from frontends.c import read_program
from optimizer.codegen import CodegenOptions, Generated, generate, replace_nests
from optimizer.dependences import analyze
from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.search.checked import Rejected, apply_checked
from optimizer.search.machine import CacheLevel, Machine
from optimizer.search.recipes.setting import Setting
from optimizer.transforms import parse_script

MACHINE = Machine((CacheLevel(32 << 10, 4.0), CacheLevel(1 << 20, 12.0), CacheLevel(32 << 20, 20.0)), 32, 64, 2)
FLAGS = ("-w", "-O1", "-ffp-contract=off", "-fopenmp")

PROGRAM = """
#include <stdio.h>
#define N 37
#define T 23
static double u[3][N][N], a[N][N], b[N][N];
static void kernel(int t_end, int n) {{
    int t, i, j;
    {nest}
}}
int main(void) {{
    int i, j;
    for (i = 0; i < N; i++)
        for (j = 0; j < N; j++) a[i][j] = u[0][i][j] = u[1][i][j] = (i * 31 + j * 17) % 101 / 7.0;
    kernel(T, N);
    for (i = 0; i < N; i++)
        for (j = 0; j < N; j++) printf("%a %a %a\\n", u[T % 3][i][j], a[i][j], b[i][j]);
    return 0;
}}
"""

class Bench:
    """A program around one nest."""

    def __init__(self, nest: str, directory: Path) -> None:
        self.directory = directory
        self.text = PROGRAM.format(nest=nest).encode()
        path = directory / "program.c"
        program = read_program(path, flags=(), compiler="gcc", text=self.text)
        (scop,) = [scop for scop in program.scops if scop.function == "kernel"]
        self.nest: Nest = analyze(scop)

    def setting(self, *, parallel: bool = True) -> Setting:
        sizes = {p.name: 23 if p.text == "t_end" else 37 for p in self.nest.scop.parameters}
        return Setting(MACHINE, sizes, parallel)

    def start(self, script: str) -> Schedule:
        made = apply_checked(parse_script(script), self.nest)
        assert not isinstance(made, Rejected)
        return made

    def output(self, schedule: Schedule | None) -> str:
        text = self.text
        if schedule is not None:
            options = CodegenOptions(openmp=True, threads=2, min_parallel_work=0)
            made = generate(self.nest, schedule, original="__builtin_trap();", indent="    ", options=options)
            assert isinstance(made, Generated), made
            text = replace_nests(text, [(self.nest.scop.span, made.text)])
        source, program = self.directory / "made.c", self.directory / "made"
        source.write_bytes(text)
        subprocess.run(["gcc", *FLAGS, source, "-o", program, "-lm"], check=True, timeout=60)
        return subprocess.run([program], check=True, timeout=60, capture_output=True, text=True).stdout

    def check(self, plans: list[str], start: Schedule) -> None:
        """Every one of `plans` is legal after `start` and keeps the result of the program, bit for bit."""
        expected = self.output(None)
        for plan in plans:
            made = apply_checked(parse_script(plan), self.nest, start)
            assert not isinstance(made, Rejected), f"{plan}: {made}"
            assert self.output(made) == expected, plan


@pytest.fixture
def bench(tmp_path: Path) -> Callable[[str], Bench]:
    """A function: the text of a nest -> the program around it."""
    return lambda nest: Bench(nest, tmp_path)
