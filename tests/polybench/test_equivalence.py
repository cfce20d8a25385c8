"""Every kernel, regenerated as written and under every seed schedule, computes what the original computes, bit for bit.

The original as the other branch of the run-time checks is replaced by a trap, so that the generated code itself runs.
"""

import subprocess
from itertools import islice
from pathlib import Path

import pytest

from frontends.c import read_program
from optimizer.codegen import CodegenOptions, Generated, generate, replace_nests
from optimizer.dependences import analyze, find_violation
from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.search.seeds import seed_schedules
from optimizer.transforms import apply_script, parse_script
from polybench.suite import KERNELS, Kernel, Size

# Parallel loops run on two threads whatever their size.
OPTIONS = CodegenOptions(openmp=True, threads=2, min_parallel_work=0)
FLAGS = ("-w", "-O1", "-ffp-contract=off", "-fopenmp", "-DDUMP")
MOST_SEEDS = 10  # the order as written and those of isl, tiled and parallel; some kernels have many more structures
TRAP = "__builtin_trap();"


def _nest(kernel: Kernel, size: Size) -> Nest:
    program = read_program(kernel.path, flags=(f"-D{size.macro}",), compiler="gcc")
    (nest,) = (analyze(scop) for scop in program.scops)
    assert program.refusals == ()
    assert nest.scop.function == kernel.function
    return nest


def _text(kernel: Kernel, nest: Nest, schedule: Schedule) -> bytes:
    made = generate(nest, schedule, original=TRAP, indent="    ", options=OPTIONS)
    assert isinstance(made, Generated), made
    return replace_nests(kernel.path.read_bytes(), [(nest.scop.span, made.text)])


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
    small, mini = _nest(kernel, Size.SMALL), _nest(kernel, Size.MINI)
    for number, schedule in enumerate(islice(seed_schedules(small), MOST_SEEDS)):
        assert number or str(schedule) == "", "the first seed is the order as written"
        actual = _output(_text(kernel, small, schedule), kernel, Size.SMALL, tmp_path)
        assert actual == expected[Size.SMALL], f"{schedule} at SMALL"
        again = apply_script(parse_script(str(schedule)), mini)
        if isinstance(again, Schedule) and find_violation(again, mini) is None:
            actual = _output(_text(kernel, mini, again), kernel, Size.MINI, tmp_path)
            assert actual == expected[Size.MINI], f"{schedule} at MINI"
        else:
            assert number, "the order as written is legal at every size"
