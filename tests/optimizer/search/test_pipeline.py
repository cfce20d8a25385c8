"""From a file to a faster file: what static and measured optimization promise, on small programs."""

import subprocess
from pathlib import Path

import pytest

from optimizer.execution import Toolchain, detect_toolchain
from optimizer.ir.outcome import Measured
from optimizer.search.optimize import optimize_program
from optimizer.search.request import Request
from optimizer.search.tune import tune_program

COLUMNS = r"""
#include <stdio.h>
#define N 700
static double a[N][N], sums[N];
/* walks down the columns */
static void add(int n) {
    int i, j;
    for (j = 0; j < n; j++)
        for (i = 0; i < n; i++)
            sums[j] += a[i][j];   /* a comment */
}
int main(void) {
    int k;
    for (k = 0; k < N * N; k++) a[k / N][k % N] = k % 17;
    for (k = 0; k < 20; k++) add(N);
    printf("%.17g %.17g\n", sums[3], sums[N - 1]);
    return 0;
}
"""

LONE = r"""
void scale(int n, int m, double x[n][m], const double f[m]) {
    for (int j = 0; j < m; j++)
        for (int i = 0; i < n; i++)
            x[i][j] *= f[j];
}
"""


@pytest.fixture(scope="module")
def toolchain() -> Toolchain:
    return detect_toolchain("gcc")


def quiet(*_: object) -> None:
    """Shows no progress."""


def request(path: Path, text: str, toolchain: Toolchain) -> Request:
    path.write_text(text)
    return Request(path, text.encode(), toolchain, threads=2)


def output(source: bytes, directory: Path, name: str) -> str:
    path = directory / name
    path.with_suffix(".c").write_bytes(source)
    flags = ["-O2", "-ffp-contract=off", "-fopenmp", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["gcc", *flags, str(path.with_suffix(".c")), "-o", str(path)], check=True)
    return subprocess.run([str(path)], check=True, capture_output=True, text=True).stdout


def test_a_static_choice_computes_the_same(tmp_path: Path, toolchain: Toolchain) -> None:
    result = optimize_program(request(tmp_path / "c.c", COLUMNS, toolchain), announce=quiet)
    assert result.changed
    assert output(result.text, tmp_path, "new") == output(COLUMNS.encode(), tmp_path, "old")


def test_what_is_outside_of_the_nests_stays_byte_for_byte(tmp_path: Path, toolchain: Toolchain) -> None:
    result = optimize_program(request(tmp_path / "c.c", COLUMNS, toolchain), announce=quiet)
    changed = [nest.scop.span for nest in result.nests if nest.script is not None]
    head = COLUMNS.encode()[: changed[0].start_byte]
    tail = COLUMNS.encode()[changed[-1].end_byte :]
    assert result.text.startswith(head)
    assert result.text.endswith(tail)


def test_the_same_input_gives_the_same_output(tmp_path: Path, toolchain: Toolchain) -> None:
    texts = {
        optimize_program(request(tmp_path / "c.c", COLUMNS, toolchain), announce=quiet).text
        for _ in range(2)
    }
    assert len(texts) == 1


def test_tuning_runs_the_program_and_keeps_its_result(tmp_path: Path, toolchain: Toolchain) -> None:
    seen: list[str] = []
    result = tune_program(
        request(tmp_path / "c.c", COLUMNS, toolchain),
        budget_s=8.0,
        report=lambda name, trial: seen.append(f"{name} {trial.script}"),
    )
    tuned = next(nest for nest in result.nests if nest.scop.function == "add")
    assert any(isinstance(trial.outcome, Measured) for trial in tuned.trials)
    assert any(line.startswith("add:0 ") for line in seen)
    assert output(result.text, tmp_path, "new") == output(COLUMNS.encode(), tmp_path, "old")
    if tuned.script is not None:
        assert isinstance(tuned.outcome, Measured)
        assert tuned.outcome.low > 1.0


def test_a_function_without_a_program_is_called_by_a_harness(tmp_path: Path, toolchain: Toolchain) -> None:
    result = tune_program(
        request(tmp_path / "l.c", LONE, toolchain), budget_s=6.0, report=quiet
    )
    (nest,) = result.nests
    assert any(isinstance(trial.outcome, Measured) for trial in nest.trials)
    assert result.sizes["n"] >= 100


def test_a_program_that_fails_is_left_alone_with_the_reason(tmp_path: Path, toolchain: Toolchain) -> None:
    text = COLUMNS.replace("int k;", "int k; __builtin_trap();", 1)
    result = tune_program(request(tmp_path / "t.c", text, toolchain), budget_s=4.0, report=quiet)
    assert not result.changed
    assert result.text == text.encode()
    assert all("could not be run" in nest.reason for nest in result.nests)
