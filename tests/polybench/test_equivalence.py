"""Every kernel, regenerated as written and under every seed schedule, computes what the original computes, bit for bit.

Raised and generated once, at MINI; compiled and run at MINI and SMALL.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from frontends.c import read_program
from optimizer.codegen import CodegenOptions, Generated, generate, replace_nests
from optimizer.dependences import analyze
from optimizer.ir.dependence import Nest
from optimizer.search.prepare import indent_of, source_of
from optimizer.search.seeds import seed_schedules
from polybench.suite import KERNELS, Kernel, Size

# Parallel loops run on two threads whatever their size.
OPTIONS = CodegenOptions(openmp=True, threads=2, min_parallel_work=0)
FLAGS = ("-w", "-O1", "-ffp-contract=off", "-fopenmp", "-DDUMP")


def _versions(kernel: Kernel) -> Iterator[tuple[str, bytes]]:
    """Each script with the program that it leads to; the first is the order as written."""
    text = kernel.path.read_bytes()
    program = read_program(kernel.path, flags=(f"-D{Size.MINI.macro}",), compiler="gcc", text=text)
    (nest,) = (analyze(scop) for scop in program.scops if scop.function == kernel.function)
    for schedule in seed_schedules(nest):
        yield str(schedule), replace_nests(text, [(nest.scop.span, _code(nest, schedule, text))])


def _code(nest: Nest, schedule, text: bytes) -> str:
    made = generate(
        nest,
        schedule,
        original=source_of(nest.scop, text),
        indent=indent_of(nest.scop, text),
        options=OPTIONS,
    )
    assert isinstance(made, Generated), made
    return made.text


def _output(text: bytes, kernel: Kernel, size: Size, directory: Path) -> str:
    """What the program prints: every element of its result, exactly."""
    source, program = directory / "program.c", directory / f"program-{size.value}"
    source.write_bytes(text)
    place = ("-iquote", kernel.path.parent)
    subprocess.run(["gcc", *FLAGS, f"-D{size.macro}", *place, source, "-o", program, "-lm"], check=True, timeout=120)
    done = subprocess.run([program], check=True, timeout=120, capture_output=True, text=True)
    return done.stdout


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_every_seed_schedule_keeps_the_result(kernel: Kernel, tmp_path: Path):
    sizes = (Size.MINI, Size.SMALL)
    expected = {size: _output(kernel.path.read_bytes(), kernel, size, tmp_path) for size in sizes}
    versions = list(_versions(kernel))
    assert versions[0][0] == ""
    for number, (script, text) in enumerate(versions):
        for size in sizes:
            place = tmp_path / f"{number}"
            place.mkdir(exist_ok=True)
            assert _output(text, kernel, size, place) == expected[size], f"{script or 'as written'} at {size.value}"
