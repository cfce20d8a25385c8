"""Programs in the macro style of PolyBench/C compute what our kernels compute."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from polybench.suite import KERNELS, Kernel


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_same_values_as_the_kernel(kernel: Kernel, write_lookalike: Callable[[str, Path], Path], tmp_path: Path):
    source = write_lookalike(kernel.name, tmp_path)
    style = "%d " if kernel.element == "int" else "%a "
    utilities = tmp_path / "utilities"
    macros = ("-DMINI_DATASET", "-DPOLYBENCH_DUMP_ARRAYS", f'-DDATA_PRINTF_MODIFIER="{style}"')
    places = (f"-I{utilities}", f"-I{source.parent}")
    _run("gcc", "-O0", *macros, *places, source, utilities / "polybench.c", "-o", tmp_path / "theirs", "-lm")
    _run("gcc", "-O0", "-DMINI_DATASET", "-DDUMP", kernel.path, "-o", tmp_path / "ours", "-lm")
    printed = _run(tmp_path / "theirs").stderr.splitlines()
    theirs = [value for line in printed if "dump:" not in line and "DUMP" not in line for value in line.split()]
    assert theirs == _run(tmp_path / "ours").stdout.split()
