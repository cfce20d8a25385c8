"""Pointers may overlap at run time: then the optimized function must still do what the original does."""

import subprocess
from pathlib import Path

import pytest

from optimizer.dependences import analyze, find_violation
from optimizer.ir.schedule import Schedule
from optimizer.transforms import apply_script, parse_script
from optimizer.verify.pipeline import emit, read

PROGRAM = r"""
#include <stdio.h>

void shift(double *out, const double *in, int n)
{
    for (int i = 0; i < n; i++)
        out[i] = 0.5 * in[i] + 1.0;
}

void scale(float *rows, float *factor, int n, int m)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            rows[i * m + j] = rows[i * m + j] * factor[i] + 0.25f;
}

void spread(int *values, int *step, int n)
{
    for (int i = 0; i < n; i++)
        values[i] += *step;
}

int main(void)
{
    static double a[64], b[64];
    static float f[64];
    static int v[32];
    for (int k = 0; k < 64; k++) {
        a[k] = k % 5;
        f[k] = (float)(k % 3) + 0.5f;
    }
    for (int k = 0; k < 32; k++)
        v[k] = k - 7;
    shift(a + 1, a, 63);
    shift(b, a, 64);
    shift(a, a + 1, 63);
    shift(a + 20, a, 20);
    shift(a, a + 20, 21);
    scale(f, f + 3, 6, 7);
    scale(f + 8, f, 7, 8);
    spread(v, v + 5, 32);
    spread(v, v + 31, 32);
    spread(v + 1, v, 31);
    for (int k = 0; k < 64; k++)
        printf("%a %a %a\n", a[k], b[k], f[k]);
    for (int k = 0; k < 32; k++)
        printf("%d\n", v[k]);
    return 0;
}
"""

SCRIPTS = {
    "shift": "reverse(S0@0)",
    "scale": "interchange(S0@0, S0@1); reverse(S0@1)",
    "spread": "reverse(S0@0); strip_mine(S0@0, 4)",
}


def run(text: str, directory: Path, *flags: str) -> str:
    (directory / "p.c").write_text(text)
    command = ["gcc", "-ffp-contract=off", *flags, str(directory / "p.c"), "-o", str(directory / "p")]
    subprocess.run(command, check=True)
    return subprocess.run([str(directory / "p")], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("flags", [("-O1",), ("-O3", "-fopenmp", "-march=native")])
def test_overlapping_pointers_give_the_original_result(flags: tuple[str, ...], tmp_path: Path) -> None:
    source = read(PROGRAM, tmp_path)
    scops = [scop for scop in source.scops if scop.function in SCRIPTS]
    assert [scop.function for scop in scops] == list(SCRIPTS)
    nests = [analyze(scop) for scop in scops]
    schedules = [apply_script(parse_script(SCRIPTS[nest.scop.function]), nest) for nest in nests]
    legal: list[Schedule] = []
    for nest, schedule in zip(nests, schedules, strict=True):
        assert isinstance(schedule, Schedule)
        assert find_violation(schedule, nest) is None
        legal.append(schedule)
    text = emit(source, nests, legal)
    assert text is not None
    assert run(text, tmp_path, *flags) == run(PROGRAM, tmp_path, "-O1")


def test_the_scripts_would_change_the_result_without_the_checks(tmp_path: Path) -> None:
    reversed_loops = PROGRAM.replace("for (int i = 0; i < n; i++)", "for (int i = n - 1; i >= 0; i--)")
    assert run(reversed_loops, tmp_path, "-O1") != run(PROGRAM, tmp_path, "-O1")
