"""Sums in another order, on nests of all kinds: vectors, threads, copies; errors about those of the original."""

import dataclasses
import subprocess
from pathlib import Path

import pytest

from optimizer.codegen import CodegenOptions, Generated, generate, precise_text, replace_nests
from optimizer.dependences import analyze
from optimizer.ir.dependence import Nest
from optimizer.search.checked import Rejected, apply_checked
from optimizer.transforms import parse_script
from optimizer.verify.pipeline import read

HEAD = """
#include <math.h>
#include <stdio.h>
#define N 67
static double A[N][N], B[N][N], C[N][N], v[N], w[N], s, p[2];
static float F[N][N], g[N], t;
static unsigned U[N], total;
static long k[N], most;
static unsigned int r = 12345;
static int next(void) { r = r * 1103515245u + 12345u; return (int)(r >> 16 & 127); }
static void kernel(int n)
{
"""
TAIL = """
}
int main(void)
{
    for (int n = 0; n <= N; n += n < 20 ? 1 : 47) {
        s = 1.5; t = 2; total = 7; most = 3; p[0] = p[1] = 0.5;
        for (int i = 0; i < N; i++) {
            v[i] = next() / 7.0; w[i] = 1 + next() / 400.0; g[i] = (float)next() / 3; U[i] = next() * 77777777u;
            k[i] = next() - 64;
            for (int j = 0; j < N; j++) {
                A[i][j] = next() / 64.0; B[i][j] = next() - 50.5; C[i][j] = next() / 3.0; F[i][j] = (float)next() / 9;
            }
        }
        kernel(n);
        printf("%d %u %ld", n, total, most);
        double all[] = {s, t, p[0], p[1], 0, 0, 0, 0};
        for (int i = 0; i < N; i++) {
            all[4] += v[i] * (i + 1); all[5] += g[i] * (i + 1);
            for (int j = 0; j < N; j++) all[6] += C[i][j] * (i + 2 * j + 1), all[7] += F[i][j] * (i + 2 * j + 1);
        }
        for (int i = 0; i < 8; i++) printf(" %.17g", all[i]);
        printf("\\n");
    }
    return 0;
}
"""
DOT = "for (int i = 0; i < n; i++) s += v[i] * w[i];"
ROWS = "for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) v[i] = v[i] + A[i][j] * w[j];"
LOCAL = "for (int i = 0; i < n; i++) { double x = 0; for (int j = 0; j < n; j++) x += A[i][j] * w[j]; v[i] -= x; }"
PRIVATE = "double x; for (int i = 0; i < n; i++) { x = w[i]; for (int j = 0; j < n; j++) x -= A[i][j]; v[i] = x; }"

SCRIPTS = {
    "a dot product": (DOT, "vectorize(S0@0, 8)"),
    "with partial sums": (DOT, "vectorize(S0@0, 4); unroll(S0@0, 4)"),
    "in a short tile": (DOT, "strip_mine(S0@0, 16); vectorize(S0@1, 4)"),
    "scalar partial sums": (DOT, "unroll(S0@0, 4)"),
    "backwards": (DOT, "reverse(S0@0); vectorize(S0@0, 4)"),
    "in threads": (DOT, "parallel(S0@0)"),
    "in threads and vectors": (DOT, "strip_mine(S0@0, 16); vectorize(S0@1, 4); parallel(S0@0)"),
    "vectors in threads": (DOT, "vectorize(S0@0, 4); parallel(S0@0)"),
    "a longer sum": ("for (int i = 0; i < n; i++) s = v[i] + s - w[i] + A[i][i];",
                     "vectorize(S0@0, 8); unroll(S0@0, 2)"),
    "a product": ("for (int i = 0; i < n; i++) s *= w[i];", "vectorize(S0@0, 4); unroll(S0@0, 2)"),
    "a product in threads": ("for (int i = 0; i < n; i++) s *= w[i];", "parallel(S0@0)"),
    "float from double": ("for (int i = 0; i < n; i++) t += v[i] * g[i];", "vectorize(S0@0, 8)"),
    "float products": ("for (int i = 0; i < n; i++) t *= (float)w[i];", "vectorize(S0@0, 8); unroll(S0@0, 2)"),
    "counted": ("for (int i = 0; i < n; i++) s += i;", "vectorize(S0@0, 8)"),
    "rows": (ROWS, "vectorize(S0@1, 8)"),
    "several rows": (ROWS, "unroll_and_jam(S0@0, 4); vectorize(S0@1, 8)"),
    "rows in order of columns": (ROWS, "interchange(S0@0, S0@1); vectorize(S0@1, 4)"),
    "threads over the terms": (ROWS, "interchange(S0@0, S0@1); interchange(S0@0, S0@1); parallel(S0@1)"),
    "a sum in the nest": (LOCAL, "vectorize(S1@1, 8); unroll(S1@1, 2)"),
    "rows in threads": (LOCAL, "parallel(S0@0); vectorize(S1@1, 4)"),
    "a scalar of the function": (PRIVATE, "vectorize(S1@1, 4)"),
    "threads on it": (PRIVATE, "parallel(S1@1)"),
    "an element": ("for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) p[1] += A[i][j];", "vectorize(S0@1, 8)"),
    "both loops": ("for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) s += A[i][j];",
                   "unroll_and_jam(S0@0, 2); vectorize(S0@1, 8); parallel(S0@0)"),
    "two sums": ("for (int i = 0; i < n; i++) { s += v[i]; t += g[i]; s -= w[i]; }", "vectorize(S0@0, 4)"),
    "a matrix product": ("for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) for (int k = 0; k < n; k++) "
                         "C[i][j] += A[i][k] * B[j][k];", "unroll_and_jam(S0@1, 2); vectorize(S0@2, 8)"),
    "a row in threads": ("for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) v[j] += A[i][j];", "parallel(S0@0)"),
    "a transposed product of floats": ("for (int i = 0; i < n; i++) v[i] = 0; for (int i = 0; i < n; i++) { g[i] = 0; "
                             "for (int j = 0; j < n; j++) g[i] += A[i][j] * w[j]; "
                             "for (int j = 2; j < n; j++) v[j - 1] += A[i][j] * g[i]; }",
                             "unroll_and_jam(S2@0, 4); vectorize(S2@1, 4); vectorize(S3@1, 4); parallel(S2@0)"),
    "a triangle": ("for (int i = 0; i < n; i++) for (int j = 0; j < i; j++) v[i] -= A[i][j] * w[j];",
                   "vectorize(S0@1, 4)"),
    "solving": ("for (int i = 0; i < n; i++) { for (int j = 0; j < i; j++) v[i] -= A[i][j] * v[j]; v[i] /= 99; }",
                "vectorize(S0@1, 4)"),
    "unsigned": ("for (int i = 0; i < n; i++) total += U[i];", "vectorize(S0@0, 8); unroll(S0@0, 2)"),
    "the largest in threads": ("for (int i = 0; i < n; i++) most = most > k[i] ? most : k[i];", "parallel(S0@0)"),
    "lanes apart": ("for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) C[i][j] += A[j][i];",
                    "vectorize(S0@1, 8)"),
}  # fmt: skip


def nest_of(kernel: str, directory: Path, *, reassociates: bool = True) -> Nest:
    (scop,) = read(HEAD + kernel + TAIL, directory, "kernel").scops
    return analyze(dataclasses.replace(scop, reassociates=reassociates))


def code_of(kernel: str, script: str, nest: Nest) -> str:
    """The code that takes the place of `kernel`."""
    schedule = apply_checked(parse_script(script), nest)
    assert not isinstance(schedule, Rejected), schedule
    made = generate(nest, schedule, original=kernel, options=CodegenOptions(min_parallel_work=0))
    assert isinstance(made, Generated)
    return made.text


def program(kernel: str, nest: Nest, code: str) -> str:
    """The program of `kernel` with `code` in place of its nest."""
    return replace_nests((HEAD + kernel + TAIL).encode(), [(nest.scop.span, code)]).decode()


def run(text: str, directory: Path) -> list[list[str]]:
    """The numbers of each line that the program prints, its loops run by two threads."""
    source, program = directory / "sums.c", directory / "sums"
    source.write_text(text)
    command = ["gcc", "-O2", "-mavx2", "-fopenmp", "-ffp-contract=off", "-w", "-o", str(program), str(source), "-lm"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr + text
    ran = subprocess.run(
        [str(program)], capture_output=True, text=True, check=True, timeout=20, env={"OMP_NUM_THREADS": "2"}
    )
    return [line.split() for line in ran.stdout.splitlines()]


@pytest.mark.parametrize("name", SCRIPTS)
def test_sums_are_about_as_exact(name: str, tmp_path: Path) -> None:
    kernel, script = SCRIPTS[name]
    nest = nest_of(kernel, tmp_path)
    made, precise = code_of(kernel, script, nest), precise_text(nest)
    assert isinstance(precise, str)
    texts = (HEAD + kernel + TAIL, program(kernel, nest, made), program(kernel, nest, precise))
    expected, own, true = (run(text, tmp_path) for text in texts)
    assert len(own) == len(expected) > 20
    for one, other, exact in zip(expected, own, true, strict=True):
        assert one[:3] == other[:3] == exact[:3]
        for left, right, truth in zip(one[3:], other[3:], exact[3:], strict=True):
            eps = 1e-5 if "float" in name or "two" in name else 1e-13
            most = 8 * abs(float(left) - float(truth)) + eps * abs(float(truth))
            assert abs(float(right) - float(truth)) <= most, made


@pytest.mark.parametrize("name", ["a dot product", "several rows", "a sum in the nest", "threads on it", "solving"])
def test_not_without_consent(name: str, tmp_path: Path) -> None:
    kernel, script = SCRIPTS[name]
    nest = nest_of(kernel, tmp_path, reassociates=False)
    assert isinstance(apply_checked(parse_script(script), nest), Rejected)


@pytest.mark.parametrize(
    ("kernel", "script"),
    [
        ("for (int i = 0; i < n; i++) { s += v[i]; w[i] = s; }", "vectorize(S0@0, 4)"),  # each partial sum is used
        ("for (int i = 0; i < n; i++) { s += v[i]; w[i] = s; }", "parallel(S0@0)"),
        ("for (int i = 0; i < n; i++) { s += v[i]; s *= w[i]; }", "reverse(S0@0)"),  # two operators
        ("for (int i = 0; i < n; i++) s = v[i] - s;", "reverse(S0@0)"),
        ("for (int i = 0; i < n; i++) s += s * v[i];", "vectorize(S0@0, 4)"),
        ("for (int i = 0; i < n; i++) s = s > v[i] ? s : v[i];", "parallel(S0@0)"),  # signed zeros, NaN
        ("for (int i = 0; i < n; i++) most += k[i];", "vectorize(S0@0, 4)"),  # may overflow
        ("for (int i = 0; i < n; i++) most += v[i];", "vectorize(S0@0, 4)"),  # is cut to an integer each time
        ("for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) v[i] += A[j][i] + v[j];", "interchange(S0@0, S0@1)"),
        ("for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) C[j][0] += A[i][j];", "parallel(S0@0)"),  # a matrix
        ("for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) C[i][j] += C[j][i];", "parallel(S0@0)"),
    ],
)  # fmt: skip
def test_what_is_no_sum_keeps_its_order(kernel: str, script: str, tmp_path: Path) -> None:
    assert isinstance(apply_checked(parse_script(script), nest_of(kernel, tmp_path)), Rejected)


def test_the_code_says_what_was_reordered(tmp_path: Path) -> None:
    nest = nest_of(DOT, tmp_path)
    for script, told in (("vectorize(S0@0, 8)", True), ("parallel(S0@0)", True), ("", False)):
        made = code_of(DOT, script, nest)
        assert ("rounded in another order: s" in made) is told


def test_threads_combine_in_a_clause(tmp_path: Path) -> None:
    nest = nest_of(PRIVATE, tmp_path)
    made = code_of(PRIVATE, "parallel(S1@1)", nest)
    assert "reduction(+:x_0)" in made
