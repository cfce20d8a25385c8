"""Packed nests give the original's results, and read nothing that the original does not read."""

import subprocess
from pathlib import Path

import pytest

from frontends.c import read_program
from optimizer.codegen import CodegenOptions, Generated, GenerationFailed, generate
from optimizer.dependences import analyze, find_violation
from optimizer.ir.dependence import Nest, Violation
from optimizer.ir.schedule import Schedule
from optimizer.transforms import Inapplicable, apply_script, parse_script

SANITIZED = [
    "gcc", "-std=gnu11", "-O1", "-fopenmp", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror",
    "-fsanitize=address,undefined", "-fno-sanitize-recover",
]  # fmt: skip
MAIN = """
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

@KERNEL@

@REFERENCE@

static double *filled(long count, long diagonal)
{
    double *values = malloc(count * sizeof(double));
    for (long i = 0; i < count; i++)
        values[i] = (i * 37 % 101) / 64.0 - 0.5;
    for (long i = 0; diagonal && i < count; i += diagonal + 1)
        values[i] = 4.0 * diagonal;
    return values;
}

int main(void)
{
    const int sizes[][2] = {{1, 1}, {5, 40}, {37, 21}, {48, 32}};
    for (int s = 0; s < 4; s++) {
        const int n = sizes[s][0], m = sizes[s][1];
        const long counts[] = {@COUNTS@};
        double *x[4], *y[4];
        for (int a = 0; a < 4; a++) {
            x[a] = filled(counts[a], @DIAGONAL@);
            y[a] = filled(counts[a], @DIAGONAL@);
        }
        kernel(n, m, (void *)x[0], (void *)x[1], (void *)x[2]);
        reference(n, m, (void *)y[0], (void *)y[1], (void *)y[2]);
        for (int a = 0; a < 4; a++) {
            if (memcmp(x[a], y[a], counts[a] * sizeof(double)))
                printf("array %d differs for n = %d, m = %d\\n", a, n, m);
            free(x[a]);
            free(y[a]);
        }
    }
    return 0;
}
"""

GEMM = """
static void kernel(int n, int m, double C[n][n], double A[m][n], double B[n][m])
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            for (int k = 0; k < m; k++)
                C[i][j] += A[k][i] * B[j][k];
}
"""
SYRK = """
static void kernel(int n, int m, double C[n][n], double A[n][m], double B[n][m])
{
    (void)B;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++)
            C[i][j] *= 0.5;
        for (int k = 0; k < m; k++)
            for (int j = 0; j <= i; j++)
                C[i][j] += A[i][k] * A[j][k];
    }
}
"""
SYR2K = SYRK.replace("(void)B;", "").replace("A[i][k] * A[j][k]", "A[j][k] * B[i][k] + B[j][k] * A[i][k]")
TENSOR = """
static void kernel(int n, int m, double C[n][m][n], double A[m][n][m], double B[n][m])
{
    for (int a = 0; a < n; a++)
        for (int b = 0; b < m; b++)
            for (int c = 0; c < n; c++)
                for (int d = 0; d < m; d++)
                    C[a][b][c] += A[d][a][b] * B[c][d];
}
"""
CHOLESKY = """
static void kernel(int n, int m, double A[n][n], double B[n][n], double C[n][n])
{
    (void)m;
    (void)B;
    (void)C;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
            for (int k = 0; k < j; k++)
                A[i][j] -= A[i][k] * A[j][k];
            A[i][j] /= A[j][j];
        }
        for (int k = 0; k < i; k++)
            A[i][i] -= A[i][k] * A[i][k];
        A[i][i] = sqrt(A[i][i]);
    }
}
"""
STENCIL = """
static void kernel(int n, int m, double A[n][m], double B[n][m], double C[n][n])
{
    (void)C;
    for (int i = 1; i < n - 1; i++)
        for (int j = 1; j < m - 1; j++)
            A[i][j] = B[i - 1][j] + B[i + 1][j] + B[i][j - 1] + B[i][j + 1];
}
"""
LINEAR = """
static void kernel(int n, int m, double *restrict C, double *restrict A, double *restrict B)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            for (int k = 0; k < m; k++)
                C[i * n + j] += A[m * i + k] * A[j * m + k] + B[k];
}
"""
SQUARES = "n * n, n * m, n * m, 1"


def raised(source: str, directory: Path) -> Nest:
    path = directory / "kernel.c"
    path.write_text(source)
    (scop,) = read_program(path).scops
    return analyze(scop)


def transformed(script: str, nest: Nest) -> Schedule:
    schedule = apply_script(parse_script(script), nest)
    assert not isinstance(schedule, Inapplicable), schedule
    return schedule


def rewritten(source: str, script: str, directory: Path) -> tuple[str, str]:
    """The kernel with `script` applied, and the generated code alone."""
    nest = raised(source, directory)
    schedule = transformed(script, nest)
    assert find_violation(schedule, nest) is None
    start, end = nest.scop.span.start_byte, nest.scop.span.end_byte
    options = CodegenOptions(min_parallel_work=0, threads=3)
    made = generate(nest, schedule, original=source[start:end], indent="    ", options=options)
    assert isinstance(made, Generated), made
    return source[:start] + made.text + source[end:], made.text


def check(source: str, script: str, directory: Path, *, counts: str = SQUARES, diagonal: str = "0") -> str:
    """The generated code, after it gave the original's results bit for bit under the sanitizers."""
    kernel, code = rewritten(source, script, directory)
    reference = source.replace("void kernel", "void reference")
    text = MAIN.replace("@KERNEL@", kernel).replace("@REFERENCE@", reference)
    text = text.replace("@COUNTS@", counts).replace("@DIAGONAL@", diagonal)
    (directory / "program.c").write_text(text)
    program = directory / "program"
    command = [*SANITIZED, "-o", str(program), str(directory / "program.c"), "-lm"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr + code
    ran = subprocess.run([str(program)], capture_output=True, text=True, check=False, timeout=20)
    assert (ran.returncode, ran.stdout) == (0, ""), (ran.stdout, ran.stderr, code)
    return code


@pytest.mark.parametrize(
    "script",
    [
        "pack(S0@0, A, 1, 0); pack(S0@0, B, 1, 0)",
        "tile(S0@0, 16, 24, 8); pack(S0@1, A, 1, 0); pack(S0@3, B); unroll_and_jam(S0@3, 4); isolate(S0@0)",
        "tile(S0@0, 16, 24, 8); pack(S0@1, A, 1, 0); pack(S0@3, B, 1, 0); parallel(S0@0)",
        "unroll(S0@0, 4); pack(S0@2, A)",
    ],
)
def test_gemm_of_transposed_matrices(tmp_path: Path, script: str) -> None:
    check(GEMM, script, tmp_path)


@pytest.mark.parametrize(
    "script",
    [
        "pack(S1@0, A, 1, 0, group=1)",
        "tile(S1@0, 16, 8, 24); pack(S1@3, A); pack(S1@2, A, 1, 0, group=1); parallel(S1@0)",
    ],
)
def test_two_references_of_one_array_in_a_triangle(tmp_path: Path, script: str) -> None:
    check(SYRK, script, tmp_path)


def test_four_references(tmp_path: Path) -> None:
    packs = "pack(S1@3, A, 1, 0); pack(S1@3, A, group=1); pack(S1@3, B, group=0); pack(S1@3, B, 1, 0, group=1)"
    check(SYR2K, f"tile(S1@0, 8, 16, 16); {packs}", tmp_path)


@pytest.mark.parametrize("order", ["", ", 1, 2, 0", ", 2, 1, 0", ", 0, 2, 1"])
def test_any_order_of_three_dimensions(tmp_path: Path, order: str) -> None:
    script = f"tile(S0@0, 8, 8, 16, 8); pack(S0@4, A{order}); pack(S0@3, B, 1, 0)"
    check(TENSOR, script, tmp_path, counts="n * m * n, m * n * m, n * m, 1")


@pytest.mark.parametrize("script", ["pack(S0@1, A, group=1)", "pack(S0@2, A); pack(S2@1, A)"])
def test_an_array_that_is_written_elsewhere(tmp_path: Path, script: str) -> None:
    code = check(CHOLESKY, script, tmp_path, counts="n * n, n * n, n * n, 1", diagonal="n")
    assert "A_pack" in code


@pytest.mark.parametrize(
    "script",
    [
        "pack(S0@0, A, 1, 0, group=1); pack(S0@0, B)",
        "tile(S0@0, 8, 16, 8); pack(S0@3, A, 1, 0, group=1); pack(S0@3, A)",
    ],
)
def test_linearized_arrays(tmp_path: Path, script: str) -> None:
    code = check(LINEAR, script, tmp_path)
    assert "= A[j * m + k];" in code


def test_only_tiles_that_do_not_write_what_they_read_are_packed(tmp_path: Path) -> None:
    script = "tile(S0@0, 8, 8, 8); pack(S0@3, A); pack(S0@3, A, 1, 0, group=1)"
    code = check(CHOLESKY, script, tmp_path, counts="n * n, n * n, n * n, 1", diagonal="n")
    assert "if (ii >= kk + 1) {" in code  # A[j][k] is written in the tiles on the diagonal only
    assert "A[i][k] * A_pack" in code and "A[i][k] * A[j][k]" in code


def test_neighbours_share_a_buffer_that_holds_the_border(tmp_path: Path) -> None:
    code = check(STENCIL, "tile(S0@0, 8, 16); pack(S0@2, B)", tmp_path, counts="n * m, n * m, n * n, 1")
    assert "double B_pack[10][24] __attribute__((aligned(64)));" in code
    assert "A[i][j] = B_pack[i - ii][" in code


def test_small_buffers_are_local_arrays_others_are_allocated_once_for_each_thread(tmp_path: Path) -> None:
    local, _ = rewritten(GEMM, "tile(S0@0, 16, 16, 16); pack(S0@3, A)", tmp_path)
    assert "aligned_alloc" not in local
    shared, _ = rewritten(GEMM, "pack(S0@0, A, 1, 0)", tmp_path)
    assert shared.count("= aligned_alloc(64, A_pack_bytes);") == 1
    owned, _ = rewritten(GEMM, "parallel(S0@0); pack(S0@1, A, 1, 0)", tmp_path)
    assert "= aligned_alloc(64, threads * A_pack_bytes);" in owned
    assert "(char *)A_pack_memory + A_pack_thread * A_pack_bytes" in " ".join(owned.split())


def test_a_copy_for_a_parallel_nest_is_made_in_parallel(tmp_path: Path) -> None:
    code = check(GEMM, "pack(S0@0, A, 1, 0); pack(S0@2, B); parallel(S0@1)", tmp_path)
    assert code.count("#pragma omp parallel for") == 2
    assert code.index("#pragma omp parallel for") < code.index("= A[k][i]")
    assert "#pragma omp parallel for" not in code[code.index("B_pack[") : code.index("= B[j][k]")]


def test_the_original_runs_if_there_is_no_memory(tmp_path: Path) -> None:
    source = GEMM.replace("C[i][j] += ", "C[i][j] = C[i][j] + ")
    kernel, _ = rewritten(source, "pack(S0@0, A, 1, 0)", tmp_path)
    text = "#include <stddef.h>\nstatic void *nothing(size_t a, size_t b) { return (void *)(a * b * 0); }\n"
    text += "#include <stdlib.h>\n" + MAIN.replace("@KERNEL@", kernel.replace(
        "extern void *aligned_alloc(__typeof__(sizeof 0), __typeof__(sizeof 0));", ""
    ).replace("= aligned_alloc(", "= nothing("))  # fmt: skip
    text = text.replace("@REFERENCE@", source.replace("void kernel", "void reference"))
    (tmp_path / "program.c").write_text(text.replace("@COUNTS@", SQUARES).replace("@DIAGONAL@", "0"))
    command = [*SANITIZED, "-o", str(tmp_path / "program"), str(tmp_path / "program.c"), "-lm"]
    subprocess.run(command, check=True)
    ran = subprocess.run([str(tmp_path / "program")], capture_output=True, text=True, check=True, timeout=20)
    assert ran.stdout == ""


def test_nested_parallel_loops_cannot_share_memory(tmp_path: Path) -> None:
    nest = raised(GEMM, tmp_path)
    made = generate(nest, transformed("parallel(S0@0); parallel(S0@1); pack(S0@2, A)", nest), original=";")
    assert made == GenerationFailed("a copy of 'A' for each thread of nested parallel loops is not supported")


@pytest.mark.parametrize("script", ["pack(S0@0, A)", "pack(S0@1, A)"])
def test_what_the_loop_writes_is_not_packed(tmp_path: Path, script: str) -> None:
    nest = raised(CHOLESKY, tmp_path)
    violation = find_violation(transformed(script, nest), nest)
    assert isinstance(violation, Violation) and violation.is_stale
    assert violation.loop == script[5:9]


def test_reads_under_a_condition_stay_where_they_are(tmp_path: Path) -> None:
    source = STENCIL.replace(
        "B[i - 1][j] + B[i + 1][j] + B[i][j - 1] + B[i][j + 1]",
        "B[i][j] > 0 ? B[i][j] + B[i - 1][j] : B[i][j]",
    )
    code = check(source, "tile(S0@0, 8, 16); pack(S0@2, B)", tmp_path, counts="n * m, n * m, n * n, 1")
    assert "B[i - 1][j]" in code
    nest = raised(source, tmp_path)
    relations = [a.relation for s in nest.scop.statements for a in s.accesses if a.array == "B"]
    assert len(relations) == 4


def test_vectors_and_registers_take_what_is_packed(tmp_path: Path) -> None:
    tiles = "tile(S0@0, 8, 4, 16); unroll(S0@4, 4); vectorize(S0@5, 8); isolate(S0@0)"
    script = f"interchange(S0@0, S0@2); interchange(S0@1, S0@2); {tiles}; pack(S0@0, B, 1, 0)"
    code = check(GEMM, script, tmp_path)
    assert "*)&B_pack[" in code and "B[j][k]" in code
    assert "= *(f64x8_u *)&C[" in code  # held while the loop over k runs


def test_a_pack_in_full_tiles_and_in_partial_ones(tmp_path: Path) -> None:
    tiles = "tile(S0@0, 8, 4, 16); unroll(S0@4, 4); vectorize(S0@5, 8); isolate(S0@0)"
    script = f"interchange(S0@0, S0@2); interchange(S0@1, S0@2); {tiles}; pack(S0@3, B, 1, 0)"
    code = check(GEMM, script, tmp_path)
    assert code.count("double B_pack") == 2 and "*)&B_pack" in code
