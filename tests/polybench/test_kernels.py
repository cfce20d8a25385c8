"""The 30 kernel programs: they match the table, compile without a warning and run without undefined behaviour."""

import shutil
import subprocess
from pathlib import Path

import pytest

from polybench.suite import KERNELS, Kernel, Size, find, sources

COMPILERS = [name for name in ("gcc", "clang", "clang-19") if shutil.which(name)]
by_name = pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)


def _run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_every_source_file_is_in_the_table():
    folder = find("gemm").path.parent
    assert {path.stem for path in folder.glob("*.c")} == set(sources())
    assert len(sources()) == 30


@by_name
def test_the_sizes_of_the_source_are_those_of_the_table(kernel: Kernel):
    for size in Size:
        defined = dict(
            line.split()[1:3]
            for line in _run("gcc", "-E", "-dM", f"-D{size.macro}", kernel.path).splitlines()
            if len(line.split()) == 3
        )
        assert {name: int(defined[name]) for name in kernel.parameters} == kernel.values(size)


def test_medium_is_the_default(tmp_path: Path):
    _run("gcc", "-O1", find("trisolv").path, "-o", tmp_path / "default", "-lm")
    _run("gcc", "-O1", "-DMEDIUM_DATASET", find("trisolv").path, "-o", tmp_path / "medium", "-lm")
    assert _run(tmp_path / "default") == _run(tmp_path / "medium")


@pytest.mark.parametrize("compiler", COMPILERS)
def test_no_warnings(compiler: str):
    _run(compiler, "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-fsyntax-only", *sources().values())


@by_name
def test_runs_clean_and_finite_under_the_sanitizers(kernel: Kernel, tmp_path: Path):
    for size in (Size.MINI, Size.SMALL):
        program = tmp_path / size.value
        flags = ("-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
        _run("gcc", *flags, "-DDUMP", f"-D{size.macro}", kernel.path, "-o", program, "-lm")
        values = _run(program).split()
        assert not {"nan", "-nan", "inf", "-inf"} & set(values)
        assert len(set(values)) > 20  # not degenerate


def test_formulas_count_operations_and_bytes():
    gemm = find("gemm")
    assert gemm.values(Size.MINI) == {"NI": 20, "NJ": 25, "NK": 30}
    assert gemm.operation_count(Size.MINI) == 3 * 20 * 25 * 30 + 20 * 25
    assert gemm.memory_bytes(Size.MINI) == 8 * (20 * 25 + 20 * 30 + 30 * 25)
    assert find("cholesky").operation_count(Size.MINI) == 40**3 // 3 + 40**2 // 2
