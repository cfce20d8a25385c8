"""Vectors and register tiles on nests of all kinds: the same bits as the original under every compiler present."""

import shutil
import subprocess
from pathlib import Path

import pytest

from optimizer.dependences import analyze
from optimizer.search.checked import Rejected, apply_checked
from optimizer.transforms import parse_script
from optimizer.verify.pipeline import emit, read

HEAD = """
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#define N 61
static double A[N][N], B[N][N], C[N][N], v[N], w[N];
static float F[N][N], g[N];
static int I[N][N], k1[N];
static unsigned char p[N], q[N];
static short h[N];
static double L[N * N], M[N * N], K[N * N];
static unsigned char picture[N * N], blurred[N * N];
static unsigned int r = 12345;
static int next(void) { r = r * 1103515245u + 12345u; return (int)(r >> 16 & 127); }
static void kernel(int n)
{
"""
TAIL = """
}
int main(void)
{
    for (int n = 0; n <= N; n += n < 20 ? 1 : 20) {
        for (int i = 0; i < N; i++) {
            v[i] = next() / 7.0; w[i] = next() - 60; g[i] = (float)next() / 3; k1[i] = next() - 64;
            p[i] = (unsigned char)next(); q[i] = (unsigned char)(next() * 2); h[i] = (short)(next() * 300);
            for (int j = 0; j < N; j++) {
                A[i][j] = i == j ? N + 1.0 : next() / 64.0; B[i][j] = next() - 50.5; C[i][j] = next() / 3.0;
                F[i][j] = (float)next() / 9; I[i][j] = next() - 64;
                L[i * N + j] = next() / 5.0; M[i * N + j] = next() - 7.5; K[i * N + j] = next() / 9.0;
                picture[i * N + j] = (unsigned char)(2 * next()); blurred[i * N + j] = 0;
            }
        }
        kernel(n);
        double sum = 0;
        for (int i = 0; i < N; i++) {
            sum = sum * 0.75 + v[i] + w[i] + g[i] + k1[i] + p[i] + q[i] + h[i];
            for (int j = 0; j < N; j++)
                sum = sum * 0.999 + A[i][j] + B[i][j] + C[i][j] + F[i][j] + I[i][j] + L[i * N + j] + blurred[i * N + j];
        }
        printf("%d %a\\n", n, sum);
    }
    return 0;
}
"""

LINES = {
    "copies": ("for (int i = 0; i < n; i++) v[i] = w[i] * 2 + 1;", "vectorize(S0@0, 8)"),
    "broadcast": ("for (int i = 0; i < n; i++) v[i] = -0.0;", "vectorize(S0@0, 4)"),
    "reversed": ("for (int i = 0; i < n; i++) v[i] = w[N - 1 - i];", "vectorize(S0@0, 8)"),
    "strided loads": ("for (int i = 0; 2 * i < n; i++) v[i] = w[2 * i];", "vectorize(S0@0, 4)"),
    "strided stores": ("for (int i = 0; i < n; i++) A[i][3] = w[i] + B[i][2];", "vectorize(S0@0, 8)"),
    "gathered": ("for (int i = 0; i < n; i++) v[i] = w[k1[i] & 31];", "vectorize(S0@0, 8)"),
    "counters": ("for (int i = 0; i < n; i++) v[i] = i * 0.5 + (3 * i - 7) % 5;", "vectorize(S0@0, 8)"),
    "steps": ("for (int i = 0; i < n; i += 3) v[i] = w[i] + i;", "vectorize(S0@0, 8)"),
    "select": ("for (int i = 0; i < n; i++) v[i] = v[i] > w[i] ? v[i] : w[i];", "vectorize(S0@0, 8)"),
    "select of two types": ("for (int i = 0; i < n; i++) v[i] = k1[i] < 3 ? 1.5 : w[i];", "vectorize(S0@0, 8)"),
    "conditions": ("for (int i = 0; i < n; i++) k1[i] = k1[i] > 3 && !(k1[i] > 40) ? 1 : 0;", "vectorize(S0@0, 16)"),
    "guarded access": ("for (int i = 0; i < n; i++) v[i] = i > 0 ? w[i - 1] : 9;", "vectorize(S0@0, 8)"),
    "small integers": ("for (int i = 0; i < n; i++) p[i] = (unsigned char)((p[i] * 3 + q[i] * 5) >> 3);",
                       "vectorize(S0@0, 16)"),
    "shorts": ("for (int i = 0; i < n; i++) h[i] += (short)(h[i] / 3 - p[i]);", "vectorize(S0@0, 16)"),
    "to integers": ("for (int i = 0; i < n; i++) k1[i] = (int)(w[i] * 1.25);", "vectorize(S0@0, 8)"),
    "floats": ("for (int i = 0; i < n; i++) g[i] = g[i] * 0.5f + (float)v[i] * g[i];", "vectorize(S0@0, 16)"),
    "calls": ("for (int i = 0; i < n; i++) v[i] = sqrt(fabs(w[i]));", "vectorize(S0@0, 8)"),
    "ifs": ("for (int i = 0; i < n; i++) if (w[i] > 0) v[i] += w[i];", "vectorize(S0@0, 8)"),
    "if and else": (
        "for (int i = 0; i < n; i++) if (w[i] > 0) v[i] = w[i]; else if (k1[i] & 1) v[i] = 3; else v[i] = p[i];",
        "vectorize(S0@0, 8)",
    ),
    "a value from if and else": (
        "for (int i = 0; i < n; i++) { int t; if (k1[i] > h[i]) t = k1[i] - h[i]; else t = 0; I[3][i] = t; }",
        "vectorize(S0@0, 8)",
    ),
    "maximum of bytes": (
        "for (int i = 0; i < n; i++) { unsigned char m = p[i]; if (q[i] > m) m = q[i]; if (m < 9) m = 9; p[i] = m; }",
        "vectorize(S0@0, 32)",
    ),
    "nested ifs": (
        "for (int i = 0; i < n; i++) { float s = g[i]; if (s < 0) { s = -s; if (p[i] == 3) s += 250; else s *= 2; }"
        " g[i] = s + p[i]; }",
        "vectorize(S0@0, 16)",
    ),
    "an if behind a store": (
        "for (int i = 0; i < n; i++) { v[i] = w[i]; if (k1[i] > 9) v[i] += g[i] * p[i]; g[i] += 1; q[i] = p[i]; }",
        "vectorize(S0@0, 4)",
    ),
    "an if on sizes": ("for (int i = 0; i < n; i++) { w[i] *= 2; if (k1[0] & 5) v[i] = w[i]; else v[i] = 1; }",
                       "vectorize(S0@0, 8)"),
    "small minimum": ("for (int i = 0; i < n; i++) h[i] = h[i] < -5 ? -5 : (h[i] > 600 ? 600 : h[i]);",
                      "vectorize(S0@0, 16)"),
    "bytes to floats": ("for (int i = 0; i < n; i++) { g[i] = p[i] * 0.5f; v[i] = q[i]; p[i] = (unsigned char)v[i]; }",
                        "vectorize(S0@0, 8)"),
    "private scalar": ("for (int i = 0; i < n; i++) { double t = v[i] * w[i]; v[i] = t + 1; w[i] = t - v[i]; }",
                       "vectorize(S0@0, 8)"),
    "outer loop": ("for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) v[i] += A[j][i] * w[j];",
                   "vectorize(S0@0, 8)"),
    "outer loop across rows": ("for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) v[i] += A[i][j] * w[j];",
                               "vectorize(S0@0, 8); unroll_and_jam(S0@0, 2)"),
}  # fmt: skip
PRODUCT = """
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            for (int k = 0; k < n; k++)
                C[i][j] += 1.5 * A[i][k] * B[k][j];
"""
TRIANGLE = PRODUCT.replace("j < n", "j <= i")
FACTORS = """
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
            for (int k = 0; k < j; k++)
                A[i][j] -= A[i][k] * A[k][j];
            A[i][j] /= A[j][j];
        }
        for (int j = i; j < n; j++)
            for (int k = 0; k < i; k++)
                A[i][j] -= A[i][k] * A[k][j];
    }
"""
SCALED = """
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            C[i][j] *= 0.75;
        for (int k = 0; k < n; k++)
            for (int j = 0; j < n; j++)
                C[i][j] += A[i][k] * B[k][j];
    }
"""
NORMALIZED = """
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            for (int k = 0; k < n; k++)
                C[i][j] += A[i][k] * B[k][j];
            C[i][j] /= 3;
        }
"""
SCALED_TILES = "isl(fusion=max); vectorize(S1@1, 8); unroll_and_jam(S1@0, 4)"
TILES = "unroll(S0@4, 4); vectorize(S0@5, 4); isolate(S0@0)"
NESTS = {
    "product": (PRODUCT, "vectorize(S0@1, 8); unroll_and_jam(S0@1, 2); unroll_and_jam(S0@0, 4)"),
    "scaled product": (SCALED, SCALED_TILES),
    "normalized product": (NORMALIZED, SCALED_TILES.replace("S1", "S0")),
    "product of floats": (PRODUCT.replace("C[", "F[").replace("1.5", "1.5f"),
                          "vectorize(S0@1, 8); unroll_and_jam(S0@0, 3)"),
    "product of integers": (PRODUCT.replace("C[", "I[").replace("1.5 * A[i][k] * B[k][j]", "k1[k] - h[i] * p[j]"),
                            "vectorize(S0@1, 16); unroll_and_jam(S0@0, 2)"),
    "triangle": (TRIANGLE, "vectorize(S0@1, 8); unroll_and_jam(S0@0, 4)"),
    "triangle in tiles": (TRIANGLE, f"interchange(S0@1, S0@2); interchange(S0@0, S0@1); tile(S0@0, 8, 4, 12); {TILES}"),
    "factors": (FACTORS, f"isl(); tile(S0@0, 8, 4, 12); reorder(S0, S1); distribute(S1@5, S0); {TILES}"),
    "factors in another order": (
        FACTORS,
        f"isl(); tile(S0@0, 8, 4, 12); reorder(S0, S1); distribute(S1@5, S0); {TILES}; interchange(S0@0, S0@2)",
    ),
    "stencil": ("for (int i = 1; i < n - 1; i++) for (int j = 1; j < n - 1; j++)"
                " C[i][j] = A[i - 1][j] + A[i + 1][j] + A[i][j - 1] + A[i][j + 1];",
                "unroll_and_jam(S0@0, 2); vectorize(S0@1, 8)"),
    "accumulators": ("for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) v[i] += A[i][j] * w[j];",
                     "unroll_and_jam(S0@0, 8)"),
    "linearized product": (
        "for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) for (int k = 0; k < n; k++)"
        " L[i * n + j] += M[i * n + k] * K[k * n + j];",
        "vectorize(S0@1, 8); unroll_and_jam(S0@1, 2); unroll_and_jam(S0@0, 2)",
    ),
    "filter": (
        """for (int y = 1; y < n - 1; y++)
            for (int x = 1; x < n - 1; x++) {
                int s = 0;
                for (int dy = -1; dy <= 1; dy++)
                    for (int dx = -1; dx <= 1; dx++)
                        s += picture[(y + dy) * n + x + dx];
                blurred[y * n + x] = s / 9;
            }""",
        "unroll(S1@3, 3); unroll(S1@2, 3); vectorize(S1@1, 16)",
    ),
    "unsigned diagonals": (
        "for (size_t i = 1; i < (size_t)n; i++) for (size_t j = 0; j + i < (size_t)n; j++) v[j + i - 1] += A[i][j];",
        "isl(fusion=max)",
    ),
    "own row": ("for (int i = 0; i < n; i++) for (int j = 1; j < n; j++) A[i][0] += A[i][j] * A[0][j];", ""),
}  # fmt: skip


def run(text: str, directory: Path, *flags: str, compiler: str = "gcc") -> str:
    source, binary = directory / "run.c", directory / "run"
    source.write_text(text)
    command = [compiler, "-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", *flags]
    built = subprocess.run([*command, "-o", binary, source, "-lm"], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr + text
    ran = subprocess.run([binary], capture_output=True, text=True, check=False, timeout=20)
    assert ran.returncode == 0, ran.stderr + text
    return ran.stdout


def rewritten(kernel: str, script: str, directory: Path) -> str:
    """The program after `script`, which is legal; it computes the same under the compilers present."""
    program = HEAD + kernel + TAIL
    source = read(program, directory, "kernel")
    nest = analyze(source.scops[0])
    schedule = apply_checked(parse_script(script), nest)
    assert not isinstance(schedule, Rejected), schedule
    text = emit(source, [nest], [schedule])
    assert text is not None
    expected = run(program, directory)
    assert run(text, directory, "-fsanitize=address,undefined", "-fno-sanitize-recover=all") == expected, text
    assert run(text, directory, "-O3", "-march=native") == expected, text
    if shutil.which("clang-19"):
        assert run(text, directory, compiler="clang-19") == expected, text
    return text


@pytest.mark.parametrize("name", LINES)
def test_one_loop(name: str, tmp_path: Path) -> None:
    kernel, script = LINES[name]
    text = rewritten(kernel, script, tmp_path)
    if name not in ("ifs", "steps"):  # written out
        assert "vector_size" in text, text


@pytest.mark.parametrize("name", NESTS)
def test_several_loops(name: str, tmp_path: Path) -> None:
    rewritten(*NESTS[name], tmp_path)


def test_accumulators_stay_in_registers(tmp_path: Path) -> None:
    text = rewritten(*NESTS["product"], tmp_path)
    assert "C_0 = C_0 + 1.5 * A[ii][k] * *(const f64x8_u *)&B[k][jjj];" in text


@pytest.mark.parametrize(("name", "condition"), [("scaled product", "k == 0"), ("normalized product", "n - 1 == k")])
def test_conditions_on_the_first_and_the_last_iteration_leave_the_loop(
    name: str, condition: str, tmp_path: Path
) -> None:
    text = rewritten(*NESTS[name], tmp_path)
    assert "C_0 = C_0 + A[ii][k] * *(const f64x8_u *)&B[k][jj];" in text
    assert condition not in text.partition("C_0 = C_0 + ")[0], text


def test_a_loop_without_a_vector_form_stays_a_loop(tmp_path: Path) -> None:
    text = rewritten(*LINES["ifs"], tmp_path)
    assert "for (long i = ii; i < ii + 8; i++) {" in text
    assert "vector_size" not in text


def test_linearized_accumulators_stay_in_registers(tmp_path: Path) -> None:
    text = rewritten(*NESTS["linearized product"], tmp_path)
    assert "L_0 = L_0 + M[ii * n + k] * *(const f64x8_u *)&K[k * n + jjj];" in text


def test_an_element_that_the_loop_also_reads_stays_in_memory(tmp_path: Path) -> None:
    text = rewritten(*NESTS["own row"], tmp_path)
    assert "A[i][0] += A[i][j] * A[0][j];" in text


def test_a_loop_that_carries_a_dependence_is_no_vector(tmp_path: Path) -> None:
    source = read(HEAD + "for (int i = 1; i < n; i++) v[i] = v[i - 1] + 1;" + TAIL, tmp_path, "kernel")
    assert isinstance(apply_checked(parse_script("vectorize(S0@0, 4)"), analyze(source.scops[0])), Rejected)
