"""Recipes for sums in any order: in vectors along rows, scalar down columns, spread over threads; only with consent."""

import dataclasses
from pathlib import Path

import pytest

from optimizer.dependences import analyze
from optimizer.search.checked import Rejected, apply_checked
from optimizer.search.machine import this_machine
from optimizer.search.recipes.setting import Setting
from optimizer.search.recipes.sums import sums_in_parts
from optimizer.transforms import original, parse_script
from optimizer.verify.pipeline import read

HEAD = "#define N 900\nstatic double A[N][N], x[N], y[N], s;\nvoid f(int n) {\n"
DOT = "for (int i = 0; i < n; i++) s += x[i] * y[i];"
ROWS = "for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) y[i] += A[i][j] * x[j];"
COLUMN = "for (int i = 0; i < n; i++) s += A[i][7];"
COPY = "for (int i = 0; i < n; i++) x[i] = y[i];"


def plans(kernel: str, directory: Path, *, reassociates: bool = True, threads: int = 2) -> list[str]:
    (scop,) = read(f"{HEAD}{kernel}\n}}\n", directory).scops
    nest = analyze(dataclasses.replace(scop, reassociates=reassociates))
    machine = dataclasses.replace(this_machine(threads), widest_vector_bytes=32)
    found = list(sums_in_parts(nest, original(nest.scop), Setting(machine, {"n": 900}, threads > 1)))
    assert not any(isinstance(apply_checked(parse_script(text), nest), Rejected) for text in found)
    return found


@pytest.mark.parametrize(
    ("kernel", "script"),
    [
        (DOT, "vectorize(S0@0, 4); unroll(S0@0, 4)"),
        (DOT, "strip_mine(S0@0, 4096); vectorize(S0@1, 4); unroll(S0@1, 4); parallel(S0@0)"),
        (ROWS, "unroll_and_jam(S0@0, 4); vectorize(S0@1, 4); parallel(S0@0)"),
        (ROWS, "vectorize(S0@1, 4); unroll(S0@1, 8)"),
        (COLUMN, "unroll(S0@0, 8)"),
    ],
)
def test_plans(kernel: str, script: str, tmp_path: Path) -> None:
    assert script in plans(kernel, tmp_path)


def test_one_thread_has_no_parallel_loops(tmp_path: Path) -> None:
    assert not any("parallel" in plan for plan in plans(ROWS, tmp_path, threads=1))


@pytest.mark.parametrize(("kernel", "reassociates"), [(DOT, False), (ROWS, False), (COPY, True)])
def test_nothing_to_do(kernel: str, reassociates: bool, tmp_path: Path) -> None:
    assert plans(kernel, tmp_path, reassociates=reassociates) == []
