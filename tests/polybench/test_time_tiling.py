"""The stencil kernels under their first time tiles compute what the original computes, bit for bit, at two sizes."""

import subprocess
from itertools import chain
from pathlib import Path

import pytest

from frontends.c import read_program
from optimizer.codegen import CodegenOptions, Generated, generate, replace_nests
from optimizer.dependences import analyze
from optimizer.search.checked import Rejected, apply_checked
from optimizer.search.machine import CacheLevel, Machine
from optimizer.search.recipes.independent import independent_scripts
from optimizer.search.recipes.setting import Setting
from optimizer.search.recipes.stencil import stencil_scripts
from optimizer.transforms import parse_script
from polybench.suite import Size, find

MACHINE = Machine((CacheLevel(32 << 10, 4.0), CacheLevel(1 << 20, 12.0), CacheLevel(32 << 20, 20.0)), 32, 64, 2)
OPTIONS = CodegenOptions(openmp=True, threads=2, min_parallel_work=0)
FLAGS = ("-w", "-O1", "-ffp-contract=off", "-fopenmp", "-DDUMP")
CASES = (
    ("jacobi-1d", "isl(fusion=max)"),
    ("jacobi-2d", "isl(fusion=max)"),
    ("heat-3d", "isl(fusion=max)"),
    ("fdtd-2d", "isl(fusion=max)"),
    ("seidel-2d", ""),
    ("adi", ""),
)


@pytest.mark.parametrize("size", [Size.MINI, Size.SMALL], ids=lambda size: size.value)
@pytest.mark.parametrize(("name", "structure"), CASES, ids=lambda value: value)
def test_the_first_plan_keeps_the_result(name: str, structure: str, size: Size, tmp_path: Path):
    kernel = find(name)
    (scop,) = read_program(kernel.path, flags=(f"-D{size.macro}",), compiler="gcc").scops
    nest = analyze(scop)
    start = apply_checked(parse_script(structure), nest)
    assert not isinstance(start, Rejected)
    values = kernel.values(size)
    sizes = {p.name: values[p.text.upper()] for p in scop.parameters}
    setting = Setting(MACHINE, sizes, parallel=True)
    plan = next(chain(stencil_scripts(nest, start, setting), independent_scripts(nest, start, setting)))
    made = apply_checked(parse_script(plan), nest, start)
    assert not isinstance(made, Rejected), f"{plan}: {made}"
    code = generate(nest, made, original="__builtin_trap();", indent="    ", options=OPTIONS)
    assert isinstance(code, Generated), code
    text = replace_nests(kernel.path.read_bytes(), [(scop.span, code.text)])
    expected, actual = (_output(t, kernel.path.parent, size, tmp_path) for t in (kernel.path.read_bytes(), text))
    assert actual == expected, plan


def _output(text: bytes, headers: Path, size: Size, directory: Path) -> str:
    source, program = directory / "program.c", directory / "program"
    source.write_bytes(text)
    flags = [*FLAGS, f"-D{size.macro}", "-iquote", headers]
    subprocess.run(["gcc", *flags, source, "-o", program, "-lm"], check=True, timeout=60)
    return subprocess.run([program], check=True, timeout=60, capture_output=True, text=True).stdout
