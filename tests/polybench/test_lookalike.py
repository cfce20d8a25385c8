"""Programs in the macro style of PolyBench/C compute what our kernels compute."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from frontends.c import read_program
from optimizer.codegen import CodegenOptions, Generated, generate, replace_nests
from optimizer.dependences import analyze
from optimizer.transforms import original
from polybench.suite import KERNELS, Kernel

VARIANTS = {
    "plain": (),
    "C99 prototypes and restrict": ("-DPOLYBENCH_USE_C99_PROTO", "-DPOLYBENCH_USE_RESTRICT"),
    "constant bounds": ("-DPOLYBENCH_USE_SCALAR_LB",),
    "padding": ("-DPOLYBENCH_PADDING_FACTOR=3",),
}
by_name = pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
WriteLookalike = Callable[[str, Path], Path]


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


@by_name
def test_same_values_as_the_kernel(kernel: Kernel, write_lookalike: WriteLookalike, tmp_path: Path):
    source = write_lookalike(kernel.name, tmp_path)
    _run("gcc", "-O0", "-DMINI_DATASET", "-DDUMP", kernel.path, "-o", tmp_path / "ours", "-lm")
    assert _values(source, kernel, ()) == _run(tmp_path / "ours").stdout.split()


@by_name
def test_raised_and_regenerated(kernel: Kernel, write_lookalike: WriteLookalike, tmp_path: Path):
    """In every style of prototypes and bounds the nest is raised, and generated code keeps its values."""
    source = write_lookalike(kernel.name, tmp_path)
    text = source.read_bytes()
    expected = _values(source, kernel, ())
    for macros in VARIANTS.values():
        flags = ("-DMINI_DATASET", f"-I{tmp_path / 'utilities'}", *macros)
        program = read_program(source, flags=flags, compiler="gcc", text=text)
        (nest,) = (analyze(scop) for scop in program.scops if scop.function == kernel.function)
        assert [r for r in program.refusals if kernel.function in r.message] == []
        # where the run-time checks fail, the program traps: the generated code itself must run
        made = generate(nest, original(nest.scop), original="__builtin_trap();", options=CodegenOptions(openmp=False))
        assert isinstance(made, Generated), made
        changed = source.with_name("changed.c")
        changed.write_bytes(replace_nests(text, [(nest.scop.span, made.text)]))
        assert _values(changed, kernel, macros) == expected


def _values(source: Path, kernel: Kernel, macros: tuple[str, ...]) -> list[str]:
    """What the program at `source` prints, built at MINI."""
    utilities, program = source.parent.parent / "utilities", source.with_suffix("")
    style = "%d " if kernel.element == "int" else "%a "
    macros = ("-DMINI_DATASET", "-DPOLYBENCH_DUMP_ARRAYS", f'-DDATA_PRINTF_MODIFIER="{style}"', *macros)
    flags = ("-O0", "-w", f"-I{utilities}", f"-I{source.parent}", *macros)
    _run("gcc", *flags, source, utilities / "polybench.c", "-o", program, "-lm")
    printed = _run(program).stderr.splitlines()
    return [value for line in printed if "dump:" not in line and "DUMP" not in line for value in line.split()]
